"""The contract's laws 1, 2, 3, 4 and 8, each one a property; law 5 is in test_values_held."""

import json
import re
from collections.abc import Iterable
from random import Random
from typing import Any

import pytest
from hypothesis import given

import partialjson
from tests.observation import Exact, Watched, refusal, seen, seen_at_once
from tests.oracle import is_document, strict_loads
from tests.reference import MISSING, Reference
from tests.strategies import (
    ALPHABET,
    FRAGMENTS,
    broken_documents,
    cuts,
    document,
    documents,
    documents_without_repeats,
    dressed,
    examples,
    finite_double,
    halfway,
    mutated,
    pieces,
    seeded,
    seeds,
)

# --- law 1: split invariance -------------------------------------------------------------------


def check_split_invariance(random: Random, data: bytes) -> None:
    reference, watched = Reference(), Watched()
    for piece in pieces(data, cuts(random, len(data))):
        reference.feed(piece)
        take = watched.feed if random.random() < 0.7 else watched.write
        take(dressed(random, piece))
        assert watched.seen == seen(reference), data
    reference.finish()
    watched.finish()
    assert watched.seen == seen(reference), data

    at_once = Watched()
    at_once.feed(data)
    at_once.finish()
    assert at_once.seen == watched.seen, data
    assert str(at_once.error) == str(watched.error)


@examples(1_300)
@given(documents, seeds)
def test_any_split_gives_the_same_value(data: bytes, seed: int) -> None:
    check_split_invariance(Random(seed), data)


@examples(1_300)
@given(broken_documents, seeds)
def test_any_split_gives_the_same_error(data: bytes, seed: int) -> None:
    check_split_invariance(Random(seed), data)


def test_any_split_of_very_many_gives_the_same() -> None:
    for random in seeded(300, 100_000):
        data = document(random)
        check_split_invariance(random, mutated(random, data) if random.random() < 0.5 else data)


# --- law 2: final equality ---------------------------------------------------------------------


def check_final_equality(random: Random, data: bytes) -> None:
    expected = Exact(json.loads(data))
    parser = partialjson.Parser()
    for piece in pieces(data, cuts(random, len(data))):
        parser.write(dressed(random, piece))
    assert Exact(parser.finish()) == expected, data
    assert parser.status == "complete"
    assert Exact(partialjson.loads(dressed(random, data))) == expected, data


@examples(1_000)
@given(documents, seeds)
def test_finish_gives_the_value_of_json(data: bytes, seed: int) -> None:
    check_final_equality(Random(seed), data)


def test_finish_gives_the_value_of_json_very_often() -> None:
    for random in seeded(5_000, 1_000_000):
        check_final_equality(random, document(random))


def check_refused(data: str | bytes, pos: int) -> None:
    with pytest.raises(partialjson.JSONSyntaxError) as caught:
        partialjson.loads(data)
    assert caught.value.pos == pos


def test_every_code_unit_escaped() -> None:
    for code in range(0x10000):
        for text in (f'"\\u{code:04X}"', f'"\\u{code:04x}"'):
            if 0xD800 <= code < 0xE000:
                # A low half is known by its second digit, a lone high one by what follows it.
                check_refused(text, 7 if code < 0xDC00 else 4)
            else:
                assert partialjson.loads(text) == chr(code)


def test_every_code_unit_literal() -> None:
    for code in range(0x10000):
        text = f'"{chr(code)}"'
        if 0xD800 <= code < 0xE000:
            check_refused(text, 2)
            check_refused(text.encode("utf-8", "surrogatepass"), 2)
        elif code < 0x20:
            check_refused(text, 1)
        elif chr(code) not in '"\\':
            assert partialjson.loads(text) == partialjson.loads(text.encode()) == chr(code)


def test_every_pair_of_surrogates_at_the_edges() -> None:
    edges = [0xD800, 0xD801, 0xD83D, 0xDBFE, 0xDBFF, 0xDC00, 0xDC01, 0xDE00, 0xDFFE, 0xDFFF]
    for high in edges:
        for low in [*edges, 0x0000, 0x0041, 0xD7FF, 0xE000, 0xFFFF]:
            text = f'"\\u{high:04x}\\u{low:04X}"'
            if high < 0xDC00 <= low < 0xE000:
                assert partialjson.loads(text) == json.loads(text)
            else:
                check_refused(text, 4 if high >= 0xDC00 else 10 if low >> 12 == 0xD else 9)


def test_floats_have_the_bits_of_float() -> None:
    for random in seeded(3_000, 200_000):
        double = finite_double(random)
        texts = [repr(double), f"{double:.17e}", f"{double:.30e}", halfway(random)]
        data = f"[{','.join(texts)}]"
        cut = random.randrange(len(data))
        parser = partialjson.Parser()
        parser.write(data[:cut])
        parser.write(data[cut:])
        assert Exact(parser.finish()) == Exact([float(text) for text in texts])


def test_integers_are_exact_to_4300_digits() -> None:
    sizes = [*range(1, 45), 63, 64, 65, 100, 308, 309, 310, 999, 1000, 1001, 4299, 4300]
    random = Random(0)
    for size in sizes:
        drawn = str(random.randrange(10 ** (size - 1), 10**size))
        for digits in ("1" + "0" * (size - 1), "9" * size, drawn):
            for text in (digits, "-" + digits):
                cut = random.randrange(size)
                parser = partialjson.Parser()
                parser.write(text[:cut])
                parser.write(text[cut:])
                assert Exact(parser.finish()) == Exact(json.loads(text))


# --- law 3: monotony ---------------------------------------------------------------------------


def check_grown(before: Any, after: Any) -> None:
    """Check that `after` is `before` or more of it."""
    if before is partialjson.MISSING:
        return
    assert type(before) is type(after)
    if isinstance(before, str):
        assert after.startswith(before)
    elif isinstance(before, list | dict):
        old = list(before.items() if isinstance(before, dict) else enumerate(before))
        new = list(after.items() if isinstance(after, dict) else enumerate(after))
        assert [step for step, _ in old] == [step for step, _ in new[: len(old)]]
        if old:
            is_last = len(old) == len(new)
            unchanged = old[:-1]
            assert Exact([value for _, value in unchanged]) == Exact(
                [value for _, value in new[: len(unchanged)]]
            )
            check_grown(old[-1][1], new[len(old) - 1][1])
            assert is_last or type(old[-1][1]) in (str, list, dict) or old[-1] == new[len(old) - 1]
    else:
        assert Exact(before) == Exact(after)


@examples(1_000)
@given(documents_without_repeats, seeds)
def test_what_shows_only_grows(data: bytes, seed: int) -> None:
    parser = partialjson.Parser()
    before: Any = partialjson.MISSING
    for piece in pieces(data, cuts(Random(seed), len(data))):
        after = parser.feed(piece)
        check_grown(before, after)
        before = after
    check_grown(before, parser.finish())


# --- law 4: refusal at the first impossible byte -------------------------------------------------


def check_next_bytes(prefix: bytes, candidates: Iterable[int]) -> None:
    """Check pairs: what is accepted can be completed, what is refused is refused rightly."""
    reference = Reference(prefix)
    for candidate in candidates:
        byte = bytes([candidate])
        watched = Watched()
        watched.parser.write(prefix)
        watched.write(byte)
        reference.feed(byte)
        assert (watched.error and refusal(watched.error)) == reference.error, prefix + byte
        if reference.error is None:
            ending = watched.parser.completion.encode("utf-8", "surrogateescape")
            assert is_document(prefix + byte + ending), prefix + byte
            reference = Reference(prefix)
        else:
            # A byte that is refused changes nothing else.
            reference.error = None


def test_each_byte_is_accepted_or_refused_rightly() -> None:
    """Tries 50,000 pairs of a prefix and a next byte, 1,000,000 in the long run."""
    for random in seeded(2_500, 50_000):
        data = document(random, depth=random.choice((1, 1, 2, 3)))[:120]
        for _ in range(4):
            at = random.randrange(len(data) + 1)
            check_next_bytes(data[:at], [*random.choices(ALPHABET, k=4), random.randrange(256)])


@pytest.mark.parametrize(
    "prefix",
    [
        b"", b"\xef", b"\xef\xbb", b"\xef\xbb\xbf", b" ", b"{", b'{"', b'{"a', b'{"a"', b'{"a" ',
        b'{"a":', b'{"a":1', b'{"a":1 ', b'{"a":1,', b'{"a":"x"', b"{}", b"{} ", b"[", b"[ ", b"[]",
        b"[1", b"[1 ", b"[1,", b"[[", b"[{}", b"-", b"0", b"-0", b"1", b"12", b"1.", b"1.5", b"1e",
        b"1E", b"1e+", b"1e-", b"1e5", b"1.5e+10", b"t", b"tr", b"tru", b"true", b"f", b"fa",
        b"fal", b"fals", b"n", b"nu", b"nul", b'"', b'"a', b'"\\', b'"\\u', b'"\\u0', b'"\\u00',
        b'"\\u004', b'"\\u0041', b'"\\ud', b'"\\uD', b'"\\ud8', b'"\\ud83', b'"\\ud83d',
        b'"\\ud83d\\', b'"\\ud83d\\u', b'"\\ud83d\\ud', b'"\\ud83d\\ude', b'"\\ud83d\\ude0',
        b'"\\ud83d\\ude00', b'"\xc2', b'"\xdf', b'"\xe0', b'"\xe0\xa0', b'"\xe4', b'"\xe4\xb8',
        b'"\xed', b'"\xed\x9f', b'"\xef', b'"\xef\xbf', b'"\xf0', b'"\xf0\x9f', b'"\xf0\x9f\x98',
        b'"\xf3', b'"\xf4', b'"\xf4\x8f', b'"\xf4\x8f\xbf', b'{"\\', b'{"\\u', b'{"\xf0\x9f',
        b'{"a\\ud83d', b'{"a":{"b":[1,"',
    ],
)  # fmt: skip
def test_all_256_bytes_after(prefix: bytes) -> None:
    check_next_bytes(prefix, range(256))


@pytest.mark.parametrize("fragment", FRAGMENTS)
def test_no_fragment_is_passed_over_in_silence(fragment: bytes) -> None:
    for data in (b'{"a":1,"b":["x",2,{"c":null}]}', b'[1.5,true,"\\n",[]]', b'"abc"', b"12"):
        for at in range(len(data) + 1):
            broken = data[:at] + fragment + data[at:]
            what = seen_at_once(broken)
            assert (what.error is None) == is_document(broken), broken
            if what.error is None:
                assert what.value == Exact(strict_loads(broken))


def test_nothing_between_two_members_but_a_comma() -> None:
    """What jiter's partial mode passes over in silence."""
    with pytest.raises(partialjson.JSONSyntaxError) as caught:
        partialjson.loads('{"a":1 "b":2}')
    assert caught.value.pos == 7
    assert caught.value.value == {"a": 1}


# --- law 8: errors lose nothing ------------------------------------------------------------------


@examples(500)
@given(broken_documents)
def test_errors_lose_nothing(data: bytes) -> None:
    reference, watched = Reference(data), Watched()
    watched.write(data)
    if reference.error is None:
        reference.finish()
        watched.finish()
    if reference.error is None:
        return
    before = watched.seen
    assert before.error == reference.error
    assert before.error.pos == before.offset
    first = watched.error
    assert first is not None
    assert Exact(first.value) == before.value == Exact(reference.value)
    for again in (b"", b"x", data, "1"):
        watched.error = None
        watched.feed(again)
        assert watched.seen == before
        assert str(watched.error) == str(first)
    watched.error = None
    watched.finish()
    assert watched.seen == before

    parser = watched.parser
    parser.reset()
    assert (parser.value, parser.status, parser.open_path, parser.offset) == (
        partialjson.MISSING,
        "empty",
        None,
        0,
    )
    assert parser.feed('{"a":[1,') == {"a": [1]}


@pytest.mark.parametrize("data", [b"[1,2", b'{"a":tx', b'"a\xff', b"[1,2]x", b"-", b""])
def test_reset_forgets_everything(data: bytes) -> None:
    watched, fresh = Watched(), Watched()
    watched.feed(data)
    watched.finish()
    watched.parser.reset()
    watched.error = None
    for byte in (b"\xef", b"\xbb", b"\xbf", b"[", b"1", b"2", b",", b'"', b"\n"):
        watched.feed(byte)
        fresh.feed(byte)
        assert watched.seen == fresh.seen


def test_states_of_paths_are_those_of_the_reference() -> None:
    for random in seeded(400, 20_000):
        data = document(random, depth=3)
        reference, parser = Reference(), partialjson.Parser()
        whole = json.loads(data)
        for piece in pieces(data, cuts(random, len(data))):
            reference.feed(piece)
            parser.write(piece)
            path = random_path(random, whole)
            assert parser.state(path) == reference.state(path), (data, path)
            assert parser.state(list(path)) == reference.state(path)
            if parser.open_path is not None:
                assert parser.state(parser.open_path) == "open"


@pytest.mark.parametrize("options", [{}, {"numbers": "eager"}, {"values": "live"}], ids=str)
def test_what_is_asked_beside_the_value_leaves_it_to_be_asked_for(options: Any) -> None:
    for random in seeded(200, 10_000):
        data = document(random, depth=3)
        whole = json.loads(data)
        asked, other = partialjson.Parser(**options), partialjson.Parser(**options)
        for piece in pieces(data, cuts(random, len(data))):
            asked.write(piece)
            other.write(piece)
            asked.state(random_path(random, whole))
            assert asked.open_path == other.open_path
            assert asked.completion == other.completion
            assert asked.changed == other.changed, (data, piece)
            if random.random() < 0.5:
                assert Exact(asked.value) == Exact(other.value)
                assert not asked.changed


def random_path(random: Random, whole: Any) -> tuple[str | int, ...]:
    """Draw a path of the whole document, or one that leads out of it."""
    path: tuple[str | int, ...] = ()
    node = whole
    while isinstance(node, list | dict) and node and random.random() < 0.8:
        steps = list(node) if isinstance(node, dict) else range(len(node))
        step = random.choice(steps)
        path, node = (*path, step), node[step]
    if random.random() < 0.2:
        path += (random.choice(("a", "", 0, 1, -1, 10**30)),)
    return path


@pytest.mark.parametrize(
    ("received", "path", "state"),
    [
        ("", (), "missing"),
        (" ", (), "missing"),
        ("[", (), "open"),
        ("[]", (), "complete"),
        ("12", (), "open"),
        ("12 ", (), "complete"),
        ('{"a"', ("a",), "missing"),
        ('{"a":', ("a",), "missing"),
        ('{"a":1', ("a",), "open"),
        ('{"a":1,', ("a",), "complete"),
        ('{"a":t', ("a",), "open"),
        ('{"a":"x', ("a",), "open"),
        ('{"a":"x"', ("a",), "complete"),
        ('{"a":"x"', ("a", 0), "missing"),
        ('{"a":[1,[2', ("a", 1), "open"),
        ('{"a":[1,[2', ("a", 1, 0), "open"),
        ('{"a":[1,[2', ("a", 0), "complete"),
        ('{"a":[1,[2', ("a", 2), "missing"),
        ('{"a":[1,[2', ("a", -1), "missing"),
        ('{"a":[1,[2', ("a", "0"), "missing"),
        ('{"a":[1,[2', (0,), "missing"),
        ('{"a":1,"a":', ("a",), "complete"),
        ('{"a":1,"a":2', ("a",), "open"),
        ('{"a":1,"a":2,', ("a",), "complete"),
        ('{"a":1x', ("a",), "open"),
        ('{"a":{"b":1}}x', ("a", "b"), "complete"),
    ],
)
def test_state_of_a_path(received: str, path: tuple[str | int, ...], state: str) -> None:
    assert Reference(received.encode()).state(path) == state
    watched = Watched()
    watched.feed(received)
    assert watched.parser.state(path) == state


@pytest.mark.parametrize(
    ("received", "path"),
    [
        ("", None), (" ", None), ("{", ()), ('{"a', ()), ('{"a"', ()), ('{"a":', ()),
        ('{"a":1', ("a",)), ('{"a":t', ("a",)), ('{"a":"x', ("a",)), ('{"a":"x"', ()), ("[1", (0,)),
        ("[1,", ()), ("[1,2", (1,)), ("12", ()), ("12 ", None), ("{}", None),
        ('{"a":[{"b":"', ("a", 0, "b")), ('{"a":[{"b":""}', ("a",)),
    ],
)  # fmt: skip
def test_open_path(received: str, path: tuple[str | int, ...] | None) -> None:
    assert Reference(received.encode()).open_path == path
    parser = partialjson.Parser()
    parser.write(received)
    assert parser.open_path == path


def test_missing_is_neither_null_nor_a_value() -> None:
    assert not partialjson.MISSING
    assert partialjson.MISSING is not None
    assert type(partialjson.MISSING)() is partialjson.MISSING
    assert re.fullmatch(r"(partialjson\.)?MISSING", repr(partialjson.MISSING))
    assert Exact(partialjson.MISSING) == Exact(MISSING) != Exact(None)
