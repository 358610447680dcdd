"""Documents of any size that a parser would choke on, if it looked at anything twice.

The families of ``tests/cost.rs``, which counts bytes where these are timed.
"""

from __future__ import annotations

from collections.abc import Callable

Family = Callable[[int], str]
# Python's own int is quadratic in its digits, and one such is refused beyond 4,300.
DIGITS = 4300


def repeated(part: str) -> Family:
    """``part`` again and again."""
    return lambda size: part * (size // len(part.encode()))


def wrapped(before: str, part: str, after: str) -> Family:
    """``part`` again and again, between the two others."""
    return lambda size: before + repeated(part)(size) + after


def nested(opening: str, inside: str, closing: str) -> Family:
    """As deep as it gets."""

    def family(size: int) -> str:
        depth = size // len(opening + closing)
        return opening * depth + inside + closing * depth

    return family


def members(size: int) -> str:
    """One object of distinct keys."""
    return "{" + ",".join(f'"key{number:09}":1' for number in range(size // 17)) + "}"


def shapeless(size: int) -> str:
    """Objects of which no two have a key in common."""
    count = size // 40
    return "[" + ",".join(f'{{"a{n:012}":1,"b{n:012}":[]}}' for n in range(count)) + "]"


def duplicates(size: int) -> str:
    """One key, replaced again and again."""
    return "{" + '"a":[1],' * (size // 8) + '"a":0}'


def tree(size: int) -> str:
    """Every container holds sixteen, at any depth, but for the last of each level."""
    level = ['"leaf"'] * (size // 7)
    while len(level) > 1:
        level = ["[" + ",".join(level[at : at + 16]) + "]" for at in range(0, len(level), 16)]
    return level[0]


FAMILIES: dict[str, Family] = {
    "deep arrays": nested("[", "", "]"),
    "deep objects": nested('{"a":', "1", "}"),
    "deep mixed": nested('[{"a":', "1", "}]"),
    "deep and back": wrapped("[", "[[[[[[[[[[]]]]]]]]]],", "1]"),
    "plain string": wrapped('"', "x", '"'),
    "newline escapes": wrapped('"', "\\n", '"'),
    "quote escapes": wrapped('"', '\\"', '"'),
    "backslash escapes": wrapped('"', "\\\\", '"'),
    "unicode escapes": wrapped('"', "\\u4e0a", '"'),
    "surrogate escapes": wrapped('"', "\\ud83d\\ude00", '"'),
    "two-byte characters": wrapped('"', "é", '"'),
    "three-byte characters": wrapped('"', "上", '"'),
    "four-byte characters": wrapped('"', "😀", '"'),
    "widening characters": wrapped('"', "x", 'é上😀"'),
    "mixed characters": wrapped('"', "aé上😀\\n", '"'),
    "long key": wrapped('{"', "k", '":1}'),
    "long escaped key": wrapped('{"', "\\u4e0a", '":1}'),
    "long integers": wrapped("[", "7" * DIGITS + ",", "7]"),
    "long fraction": wrapped("0.", "7", ""),
    "long exponent": wrapped("1e", "0", ""),
    "leading whitespace": wrapped("", " ", "1"),
    "trailing whitespace": wrapped("[]", "\n", ""),
    "inner whitespace": wrapped("[", "\t \n\r", "1]"),
    "array of integers": wrapped("[", "1,", "0]"),
    "array of floats": wrapped("[", "3.14159,", "0]"),
    "array of strings": wrapped("[", '"ab",', "0]"),
    "array of literals": wrapped("[", "true,false,null,", "0]"),
    "wide object": members,
    "shapeless objects": shapeless,
    "duplicate keys": duplicates,
    "records": wrapped("[", '{"id":1,"name":"x","ok":true},', "{}]"),
    "empty containers": wrapped("[", "[],{},", "0]"),
}
# Values that are held cost the widths of what is open, so that here these are bounded.
HELD_FAMILIES: dict[str, Family] = {
    "every other value held": tree,
}
