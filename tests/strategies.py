"""Documents as nasty as they come, broken ones too, and where to cut them.

Every function draws from a `random.Random`: a seeded one where a test wants very many, quickly,
or one whose choices hypothesis makes, which shrinks what failed. The strategies are at the end.
"""

import json
import os
import re
import struct
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from random import Random

from hypothesis import settings
from hypothesis import strategies as st

LONG = os.environ.get("PARTIALJSON_LONG", "") not in ("", "0")


def scaled(default: int, long: int) -> int:
    """Say how many of something to try."""
    return long if LONG else default


def examples(default: int) -> settings:
    return settings(max_examples=scaled(default, 20 * default))


def seeded(default: int, long: int) -> Iterator[Random]:
    """Give that many sources of choices, the same ones each time: quicker than hypothesis."""
    return map(Random, range(scaled(default, long)))


class Choices(Random):
    """Takes its choices from given bytes, and after them always the first.

    So that hypothesis draws once for a whole document and can yet shrink it; its own
    `st.randoms()` draws for every choice.
    """

    def __new__(cls, data: bytes) -> "Choices":
        return super().__new__(cls)

    def __init__(self, data: bytes) -> None:
        super().__init__(0)
        self.left = iter(data)

    def random(self) -> float:
        return self.getrandbits(16) / 0x10000

    def getrandbits(self, k: int, /) -> int:
        taken = bytes(next(self.left, 0) for _ in range((k + 7) // 8))
        return int.from_bytes(taken, "little") & ((1 << k) - 1)


Chunk = str | bytes | bytearray | memoryview

BOM = b"\xef\xbb\xbf"
# Around the widths at which a vectorised search goes over from one block to the next.
LENGTHS = (0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 130)
KEYS = (
    '""', '"a"', '"b"', '"a"', '"ab"', '"id"', '"name"', '"键"', '"😀"', '"__proto__"',
    '"\\u0061"', '"a\\n"', '"\\ud83d\\ude00"', '"\\""', '"\\\\"', '"é"', '"e\u0301"',
    '"constructor"', '"a key that is rather longer than the others, thirty-two bytes at least"',
    '" "', '"\\u0000"',
)  # fmt: skip
TEXTS = (
    "a", "b", " ", "  ", "null", "{", "}", "[", "]", ",", ":", "//", "'", "\x7f", "word", "12.5",
    "é", "ß", "上海", "上", "日本語", "\u00a0", "\u0301", "\u07ff", "\u0800", "\u2028", "\u2029",
    "\ud7ff", "\ue000", "\ufeff", "\ufffd", "\ufffe", "\uffff", "\U00010000", "\U0010ffff", "😀",
    "👩‍👩‍👧‍👦", "🇨🇳", "İ", "ﷺ", "𝄞", "\u0080", "\u202e",
)  # fmt: skip
ESCAPES = (
    '\\"', "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t", "\\u0000", "\\u001f", "\\u0022",
    "\\u005c", "\\u005C", "\\u007f", "\\u0080", "\\u00e9", "\\u07ff", "\\u0800", "\\u4e0a",
    "\\u4E0A", "\\uD7FF", "\\ud7ff", "\\ue000", "\\uFfFf", "\\ufeff", "\\ud83d\\ude00",
    "\\uD83D\\uDE00", "\\ud800\\udc00", "\\uDBFF\\uDFFF", "\\uD834\\udd1e",
)  # fmt: skip
NUMBERS = (
    "0", "-0", "1", "-1", "7", "10", "12", "123", "-9", "0.0", "-0.0", "0.5", "12.5", "1e5", "1E5",
    "1e+5", "1e-5", "1.5e-7", "1.50E+07", "0e0", "-0e-0", "0.1", "0.30000000000000004", "1e400",
    "-1e400", "1e-400", "5e-324", "4.9e-324", "2.5e-324", "2.4703282292062327e-324",
    "2.4703282292062328e-324", "2.2250738585072011e-308", "2.2250738585072014e-308",
    "1.7976931348623157e308", "1.7976931348623159e308", "9007199254740992", "9007199254740993",
    "9007199254740993.0", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
    "-9223372036854775809", "18446744073709551615", "18446744073709551616", "4294967296",
    "123456789012345678901234567890", "6929495644600919.5", "3.141592653589793238462643383279",
    "0.000000000000000000000000000000000000000000000000001", "100000000000000000000000000000000e-9",
    "6.929001713869936e+236", "8.988465674311582e307", "1.00000000000000011102230246251565404",
    "1.00000000000000011102230246251565405", "1e00000000000000000005", "0.1e1", "22.222E2",
)  # fmt: skip
WHITESPACE = (" ", "\n", "\t", "\r", "\r\n", "  ", "\n  ", "\n\n\t", " " * 40, "\n" + " " * 17)


def whitespace(random: Random, often: float = 0.2) -> str:
    return random.choice(WHITESPACE) if random.random() < often else ""


def string(random: Random) -> str:
    pieces = []
    for _ in range(random.randrange(5)):
        kind = random.randrange(10)
        if kind < 4:
            pieces.append(random.choice(TEXTS))
        elif kind < 7:
            pieces.append(random.choice(ESCAPES))
        elif kind < 8:
            pieces.append(random.choice("xé上😀") * random.choice(LENGTHS))
        else:
            code = random.choice((0x80, 0x800, 0x10000, 0x110000))
            code = random.randrange(0x20, code)
            text = "?" if 0xD800 <= code < 0xE000 else chr(code)
            pieces.append(json.dumps(text, ensure_ascii=kind == 8)[1:-1])
    return '"' + "".join(pieces) + '"'


def number(random: Random) -> str:
    kind = random.randrange(8)
    if kind < 4:
        return random.choice(NUMBERS)
    if kind == 4:
        most = 10 ** random.randrange(1, 40)
        return str(random.randrange(-most, most))
    if kind == 5:
        return repr(finite_double(random))
    sign = random.choice(("", "-"))
    whole = str(random.randrange(10 ** random.randrange(1, 20)))
    fraction = random.choice(("", f".{random.randrange(10 ** random.randrange(1, 20))}"))
    exponent = random.choice(("", f"{random.choice('eE')}{random.randrange(-330, 330):+04}"))
    return sign + whole + fraction + exponent


def finite_double(random: Random) -> float:
    """Draw any bit pattern, subnormals as often as all others."""
    bits = random.getrandbits(64)
    if random.random() < 0.5:
        bits &= 0x800FFFFFFFFFFFFF
    if bits & 0x7FF0000000000000 == 0x7FF0000000000000:
        bits ^= 0x0010000000000000
    (double,) = struct.unpack("<d", struct.pack("<Q", bits))
    return float(double)


def halfway(random: Random) -> str:
    """Write a number that lies between two doubles, or one last digit beside it, in full."""
    double = abs(finite_double(random)) % 1e16
    (bits,) = struct.unpack("<Q", struct.pack("<d", double))
    (above,) = struct.unpack("<d", struct.pack("<Q", bits + 1))
    middle = (Fraction(double) + Fraction(above)) / 2
    places = middle.denominator.bit_length() - 1
    digits = str(middle.numerator * 5**places)
    digits = digits.rjust(places + 1, "0")
    whole, fraction = digits[: len(digits) - places], digits[len(digits) - places :]
    tail = random.choice(("", "0", "1", "0" * 20 + "1"))
    if random.random() < 0.3 and fraction:
        fraction = fraction[:-1] + "4"  # it ended in 5, as every such number does
    return f"{whole}.{fraction}{tail}" if fraction + tail else f"{whole}e0"


def scalar(random: Random) -> str:
    kind = random.randrange(10)
    if kind < 4:
        return string(random)
    if kind < 7:
        return number(random)
    return random.choice(("true", "false", "null"))


def members(random: Random, size: int, depth: int, repeats: bool) -> Iterator[str]:
    keys: set[str] = set()
    for _ in range(size):
        key = random.choice(KEYS) if random.random() < 0.8 else string(random)
        name = json.loads(key)
        if repeats or name not in keys:
            keys.add(name)
            yield f"{key}{whitespace(random)}:{value(random, depth, repeats)}"


def value(random: Random, depth: int, repeats: bool) -> str:
    before, after = whitespace(random), whitespace(random)
    kind = random.randrange(10) if depth > 0 else 0
    if kind < 5:
        return before + scalar(random) + after
    size = random.choice((0, 1, 1, 2, 2, 3, 4))
    inside = whitespace(random)
    if kind < 8:
        parts = members(random, size, depth - 1, repeats)
        between = "," + whitespace(random)
        return f"{before}{{{inside}{between.join(parts)}{inside}}}{after}"
    parts = (value(random, depth - 1, repeats) for _ in range(size))
    return f"{before}[{inside}{','.join(parts)}]{after}"


def document(random: Random, *, depth: int = 4, repeats: bool = True) -> bytes:
    """Make a valid document; its keys differ within each object if `repeats` is false."""
    kind = random.randrange(20)
    if kind == 0:
        text = whitespace(random) + scalar(random) + whitespace(random)
    elif kind == 1:
        text = value(random, 1, repeats)
        for _ in range(random.randrange(1, 60)):
            before, after = random.choice((("[", "]"), ('{"a":', "}"), ("[0,", "]"), ("[", ",1]")))
            text = before + text + after
    elif kind < 11:
        size = random.randrange(8)
        text = "{" + ",".join(members(random, size, depth - 1, repeats)) + "}"
    else:
        size = random.randrange(6)
        text = "[" + ",".join(value(random, depth - 1, repeats) for _ in range(size)) + "]"
    return (BOM if random.random() < 0.03 else b"") + text.encode()


def without_backslash_keys(data: bytes) -> bytes:
    """Double the text that is one backslash.

    For V8: once it has read that as a key, it takes other keys for it that are one escaped
    character, in Node.js 24 and 26 (https://github.com/nodejs/node/issues/63785).
    """
    return re.sub(rb'"(\\\\|\\u005[cC])"', rb'"\1\1"', data)


# Every byte that the grammar names, and those at the edges of the UTF-8 table.
ALPHABET = (
    b'{}[]:,"\\/bfnrtueE+-.0123456789 \t\n\raltrsNIdDxcC\x00\x1e\x1f\x7f\x80\x8f\x90\x9f\xa0\xbf'
    b"\xc0\xc1\xc2\xdf\xe0\xe1\xec\xed\xee\xef\xf0\xf1\xf3\xf4\xf5\xfe\xff\xbb'#\x0b\x0c"
)
FRAGMENTS = (
    b"\\", b"\\u", b"\\ud83d", b"\\ude00", b"\\u12", b"\\x41", b'"', b'""', b",,", b"01", b"+1",
    b".5", b"1.", b"1e", b"--1", b"NaN", b"Infinity", b"-Infinity", b"True", b"nul", b"// c\n",
    b"/**/", b"\xff", b"\xc3", b"\xc0\x80", b"\xe0\x80\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80",
    b"\x00", b"\n", b"\t", BOM, b"{", b"}", b"[", b"]", b":", b"'a'", b"undefined", b"0x1F",
    b"1_000", b"{}",
)  # fmt: skip


def mutated(random: Random, data: bytes) -> bytes:
    """Break a document in one to three places; it may by chance still be one."""
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        at = random.randrange(len(data) + 1)
        end = min(len(data), at + random.choice((0, 1, 1, 2, 5)))
        match random.randrange(6):
            case 0:
                data = data[:at] + data[end:]
            case 1:
                data = data[:at] + bytes([random.choice(ALPHABET)]) + data[at:]
            case 2:
                data = data[:at] + bytes([random.choice(ALPHABET)]) + data[at + 1 :]
            case 3:
                data = data[:at] + random.choice(FRAGMENTS) + data[at:]
            case 4:
                data = data[:at] + data[at:end] * 2 + data[end:]
            case _:
                data = data[:at]
    return data


def cuts(random: Random, size: int) -> list[int]:
    """Say where to cut `size` bytes: nowhere, everywhere, every few bytes, or at a few places."""
    if size < 2:
        return []
    match random.randrange(6):
        case 0:
            return []
        case 1:
            return list(range(1, size))
        case 2:
            return list(range(random.randrange(1, size), size, random.randrange(1, 8)))
        case _:
            return sorted(random.randrange(1, size) for _ in range(random.randrange(1, 7)))


def pieces(data: bytes, at: Sequence[int]) -> list[bytes]:
    edges = [0, *at, len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


def dressed(random: Random, chunk: bytes) -> Chunk:
    """Give the same bytes in any type that a chunk may have."""
    kind = random.randrange(6)
    if kind == 0:
        return bytearray(chunk)
    if kind == 1:
        return memoryview(b"<" + chunk + b">")[1:-1]
    if kind < 4:
        try:
            return chunk.decode()
        except UnicodeDecodeError:
            return chunk
    return chunk


seeds = st.integers(0, 2**32 - 1)
choices = st.binary(min_size=200, max_size=400)
documents = choices.map(lambda data: document(Choices(data)))
documents_without_repeats = choices.map(lambda data: document(Choices(data), repeats=False))
broken_documents = st.builds(lambda data, seed: mutated(Random(seed), data), documents, seeds)
