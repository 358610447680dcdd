"""The contract's table, row by row: what a parser shows after each prefix, in strict mode."""

from itertools import combinations
from typing import Any, NamedTuple

import pytest

import partialjson
from tests.observation import Exact, Seen, Watched, seen
from tests.reference import MISSING, Reference
from tests.strategies import pieces


class Refused(NamedTuple):
    """A refusal at byte `pos`; `value` is what stays readable, where the row says it."""

    pos: int
    value: Any = None


EMPTY = [(text, MISSING) for text in ("", " ", "\n\t\r ", " " * 100)]
KEYS_WAIT = [(text, {}) for text in ("{", '{"', '{"a', '{"a"', '{"a":', '{"a": ', '{ "a" :')]
NUMBERS_WAIT = [
    (text, {})
    for text in ('{"a":1', '{"a":12.', '{"a":-', '{"a":1e', '{"a":1.5e-', '{"a":1.5', '{"a":0')
]
LITERALS_WAIT = [(text, {}) for text in ('{"a":t', '{"a":tru', '{"a":nul', '{"a":f', '{"a":fals')]
LONE = "a lone half of a surrogate pair"

ROWS: dict[str, list[tuple[str | bytes, Any]]] = {
    "nothing, or only whitespace": EMPTY,
    "a key waits for its value": KEYS_WAIT,
    "a number shows when it is terminated": [
        *NUMBERS_WAIT,
        ('{"a":1,', {"a": 1}),
        ('{"a":1 ', {"a": 1}),
        ('{"a":1}', {"a": 1}),
        ('{"a":-0.0,', {"a": -0.0}),
        ('{"a":1e2}', {"a": 100.0}),
    ],
    "a literal is complete at its last letter": [
        *LITERALS_WAIT,
        ('{"a":true', {"a": True}),
        ('{"a":false', {"a": False}),
        ('{"a":null', {"a": None}),
        ('{"a":tx', Refused(6, {})),
        ('{"a":truex', Refused(9, {"a": True})),
    ],
    "a string grows": [
        ('{"a":"', {"a": ""}),
        ('{"a":"hi ', {"a": "hi "}),
        ('{"a":"hi "', {"a": "hi "}),
    ],
    "an unfinished escape is held back": [
        ('{"a":"x\\', {"a": "x"}),
        ('{"a":"x\\u', {"a": "x"}),
        ('{"a":"x\\u00', {"a": "x"}),
        ('{"a":"x\\u004', {"a": "x"}),
        ('{"a":"x\\u0041', {"a": "xA"}),
        ('{"a":"x\\n', {"a": "x\n"}),
    ],
    "a high surrogate waits for its low half": [
        ('{"a":"\\ud83d', {"a": ""}),
        ('{"a":"\\ud83d\\', {"a": ""}),
        ('{"a":"\\ud83d\\ude', {"a": ""}),
        ('{"a":"\\ud83d\\ude0', {"a": ""}),
        ('{"a":"\\ud83d\\ude00', {"a": "😀"}),
        ('{"a":"x\\uD83D\\uDE00', {"a": "x😀"}),
    ],
    LONE: [
        ('"\\ud83dx', Refused(7, "")),
        ('"\\ud83d"', Refused(7, "")),
        ('"\\ud83d\\n', Refused(8, "")),
        ('"\\ude00', Refused(4, "")),
        ('"\\ud83d\\u0', Refused(9, "")),
        ('"\\ud83d\\uda', Refused(10, "")),
    ],
    "UTF-8 is shown by whole characters": [
        (b'"caf\xc3', "caf"),
        (b'"caf\xc3\xa9', "café"),
        (b'"\xf0\x9f\x98', ""),
        (b'"\xf0\x9f\x98\x80', "😀"),
    ],
    "what is no UTF-8 is refused": [
        (b'"\xff', Refused(1, "")),
        (b'"\x80', Refused(1, "")),
        (b'"\xc0', Refused(1, "")),
        (b'"\xc1', Refused(1, "")),
        (b'"\xe0\x9f', Refused(2, "")),
        (b'"\xf0\x8f', Refused(2, "")),
        (b'"\xed\xa0', Refused(2, "")),
        (b'"\xf4\x90', Refused(2, "")),
        (b'"\xf5', Refused(1, "")),
        (b'"ab\xc3"', Refused(4, "ab")),
        (b'"\xe4\xb8"', Refused(3, "")),
        (b'"\xf0\x9f\x98\\', Refused(4, "")),
    ],
    "a raw control character in a string is refused": [
        (f'"a{chr(code)}', Refused(2, "a")) for code in range(0x20)
    ],
    "an array grows": [
        ("[", []),
        ("[1", []),
        ("[1,", [1]),
        ("[1 ", [1]),
        ('["a","b', ["a", "b"]),
        ("[[1],[2", [[1], []]),
        ("[[1],[2]", [[1], [2]]),
        ("[[],{", [[], {}]),
    ],
    "a bare number": [("12", MISSING), ("12 ", 12), ("-1.5e1\n", -15.0), ("0", MISSING)],
    "a bare string": [('"ab', "ab"), ('"', ""), ('"ab"', "ab")],
    "a bare literal": [("tru", MISSING), ("true", True), ("null", None)],
    "nothing may follow the root": [
        ('{"a":1}x', Refused(7, {"a": 1})),
        ('{"a":1} \n\t ', {"a": 1}),
        ("{}{", Refused(2, {})),
        ("12 1", Refused(3, 12)),
        ("nulll", Refused(4, None)),
        ('""""', Refused(2, "")),
    ],
    "refused at the first impossible byte": [
        ("{a", Refused(1, {})),
        ("{'", Refused(1, {})),
        ("[1,,", Refused(3, [1])),
        ("[1 2", Refused(3, [1])),
        ("[1,]", Refused(3, [1])),
        ('{"a":1,}', Refused(7, {"a": 1})),
        ('{"a" 1', Refused(5, {})),
        ("01", Refused(1, MISSING)),
        ("+1", Refused(0, MISSING)),
        (".5", Refused(0, MISSING)),
        ("1.x", Refused(2, MISSING)),
        ("NaN", Refused(0, MISSING)),
        ("Infinity", Refused(0, MISSING)),
        ("-Infinity", Refused(1, MISSING)),
        ("// c", Refused(0, MISSING)),
        ("-x", Refused(1, MISSING)),
        ("1ex", Refused(2, MISSING)),
        ("1e+,", Refused(3, MISSING)),
        ("[1}", Refused(2, [])),
        ('{"a":1]', Refused(6, {})),
        ("[}", Refused(1, [])),
        ("{]", Refused(1, {})),
        ("{,", Refused(1, {})),
        ("[,", Refused(1, [])),
        ("]", Refused(0, MISSING)),
        (",", Refused(0, MISSING)),
        (":", Refused(0, MISSING)),
        ('{"a"}', Refused(4, {})),
        ('{"a":}', Refused(5, {})),
        ('{"a":1,1', Refused(7, {"a": 1})),
        ('"\\x', Refused(2, "")),
        ('"\\u00g', Refused(5, "")),
        ("\x00", Refused(0, MISSING)),
        ("\x0b", Refused(0, MISSING)),
        ("\u00a0", Refused(0, MISSING)),
    ],
    "integers are exact": [
        ("[123456789012345678901234567890,", [123456789012345678901234567890]),
        ("[-123456789012345678901234567890,", [-123456789012345678901234567890]),
        ("[-0,", [0]),
    ],
    "numbers too big for a double": [
        ("[1e400,-1e400,", [float("inf"), float("-inf")]),
        ("[1e-400,", [0.0]),
    ],
    "a byte order mark first": [
        (b"\xef", MISSING),
        (b"\xef\xbb", MISSING),
        (b"\xef\xbb\xbf", MISSING),
        (b"\xef\xbb\xbf ", MISSING),
        (b"\xef\xbb\xbf[1,", [1]),
        (b"\xef\xbb\xbf[x", Refused(4, [])),
        (b"\xef\xbb\xbf\xef", Refused(3, MISSING)),
        (b"\xef\xbb[", Refused(2, MISSING)),
        (b"\xefx", Refused(1, MISSING)),
        (b" \xef", Refused(1, MISSING)),
        (b"[\xef", Refused(1, [])),
    ],
    "the last of repeated keys wins": [
        ('{"a":1,"a":2,', {"a": 2}),
        ('{"a":1,"a":2', {"a": 1}),
        ('{"a":1,"a":', {"a": 1}),
        ('{"a":1,"a":"', {"a": ""}),
        ('{"a":1,"b":2,"a":3}', {"a": 3, "b": 2}),
        ('{"a":1,"\\u0061":2,', {"a": 2}),
    ],
    "any key is kept": [
        ('{"__proto__":{"x":1},', {"__proto__": {"x": 1}}),
        ('{"":1,', {"": 1}),
        ('{"\\u0000":1,', {"\x00": 1}),
        ('{"a.b":1,"0":2,', {"a.b": 1, "0": 2}),
    ],
}
CASES = [
    pytest.param(received, expected, id=f"{note}: {received!r:.40}")
    for note, cases in ROWS.items()
    for received, expected in cases
]


def encoded(received: str | bytes) -> bytes:
    return received.encode() if isinstance(received, str) else received


def check(what: Seen, data: bytes, expected: Any) -> None:
    if not isinstance(expected, Refused):
        assert what.error is None
        assert what.value == Exact(expected)
        assert what.offset == len(data)
        return
    assert what.error is not None
    assert what.error.kind == "JSONSyntaxError"
    assert what.error.pos == what.offset == expected.pos
    assert what.value == Exact(expected.value)


@pytest.mark.parametrize(("received", "expected"), CASES)
def test_reference_shows_the_row(received: str | bytes, expected: Any) -> None:
    data = encoded(received)
    check(seen(Reference(data)), data, expected)


@pytest.mark.parametrize(("received", "expected"), CASES)
def test_parser_shows_the_row_at_once(received: str | bytes, expected: Any) -> None:
    data = encoded(received)
    for chunk in (received, data, bytearray(data), memoryview(data)):
        watched = Watched()
        watched.feed(chunk)
        check(watched.seen, data, expected)


@pytest.mark.parametrize(("received", "expected"), CASES)
def test_parser_shows_the_row_wherever_it_is_cut(received: str | bytes, expected: Any) -> None:
    data = encoded(received)
    places = range(len(data) + 1)
    for cuts in [*combinations(places, 1), *combinations(places[:12], 2), tuple(places)]:
        watched = Watched()
        for piece in pieces(data, cuts):
            watched.feed(piece)
        check(watched.seen, data, expected)


@pytest.mark.parametrize(("received", "expected"), CASES)
def test_parser_agrees_with_the_reference_at_every_byte(
    received: str | bytes, expected: Any
) -> None:
    data = encoded(received)
    watched, reference = Watched(), Reference()
    for byte in pieces(data, range(1, len(data))):
        watched.feed(byte)
        reference.feed(byte)
        assert watched.seen == seen(reference)
    watched.finish()
    reference.finish()
    assert watched.seen == seen(reference)


JASON = '{"username":"jason","address":{"city":"上海","geo":[31.23,'


def jason_at_every_byte() -> list[tuple[bytes, Any]]:
    """Write down the value after each byte of JASON, from the contract's table."""
    named: dict[str, Any] = {"username": "jason"}
    steps: list[tuple[str, Any]] = [('{"username":', {})]
    steps += [('"', {"username": ""})]
    steps += [(letter, {"username": "jason"[: size + 1]}) for size, letter in enumerate("jason")]
    steps += [('","address":', named), ('{"city":', named | {"address": {}})]
    steps += [('"', named | {"address": {"city": ""}})]
    steps += [("上", named | {"address": {"city": "上"}})]
    steps += [("海", named | {"address": {"city": "上海"}})]
    steps += [('","geo":', named | {"address": {"city": "上海"}})]
    steps += [("[31.23", named | {"address": {"city": "上海", "geo": []}})]
    steps += [(",", named | {"address": {"city": "上海", "geo": [31.23]}})]
    shown: list[tuple[bytes, Any]] = []
    for text, value in steps:
        data = text.encode()
        # A character shows with its last byte.
        waits = len(data) - 1 if len(text) == 1 else 0
        before = shown[-1][1] if shown else MISSING
        shown += [(data[at : at + 1], before if at < waits else value) for at in range(len(data))]
    return shown


def test_the_line_of_jason_byte_by_byte() -> None:
    expected = jason_at_every_byte()
    assert b"".join(byte for byte, _ in expected) == JASON.encode()
    parser, reference = partialjson.Parser(), Reference()
    for byte, value in expected:
        reference.feed(byte)
        assert Exact(parser.feed(byte)) == Exact(value) == Exact(reference.value)


@pytest.mark.parametrize("size", range(1, len(JASON.encode()) + 1))
def test_the_line_of_jason_in_chunks_of_any_size(size: int) -> None:
    values = [value for _, value in jason_at_every_byte()]
    data = JASON.encode()
    parser = partialjson.Parser()
    for start in range(0, len(data), size):
        end = min(start + size, len(data))
        assert Exact(parser.feed(data[start:end])) == Exact(values[end - 1])
    parser = partialjson.Parser()
    for start in range(0, len(JASON), size):
        text = JASON[: start + size]
        assert Exact(parser.feed(text[start:])) == Exact(values[len(text.encode()) - 1])


def test_digits_beyond_the_interpreters_limit_are_refused() -> None:
    limit = 4300
    assert partialjson.loads(f"[{'9' * limit}]", max_digits=limit) == [int("9" * limit)]
    with pytest.raises(partialjson.LimitExceededError) as caught:
        partialjson.loads(f"[{'9' * (limit + 1)}]", max_digits=limit)
    assert caught.value.pos == 1 + limit


def test_repeated_keys_can_be_refused() -> None:
    parser = partialjson.Parser(duplicate_keys="error")
    with pytest.raises(partialjson.JSONSyntaxError) as caught:
        parser.feed('{"a":1,"a":2,')
    assert caught.value.pos == 9
    assert parser.value == {"a": 1}
