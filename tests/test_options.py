"""Every option and limit: against the reference at any cuts, and each limit at it and one past."""

import math
import sys
from collections.abc import Callable, Iterator
from itertools import product
from random import Random
from typing import Any

import pytest

import partialjson
from tests.observation import Exact, Watched, refusal, seen
from tests.reference import MISSING, Path, Reference
from tests.strategies import cuts, document, dressed, mutated, pieces, seeded

LIMITS = ("max_depth", "max_bytes", "max_string_bytes", "max_digits")


def random_options(random: Random) -> dict[str, Any]:
    """Draw some options; the limits so low that documents pass them."""
    every: dict[str, tuple[Any, ...]] = {
        "numbers": ("atomic", "eager"),
        "strings": ("append", "atomic"),
        "duplicate_keys": ("last", "error"),
        "allow_nan": (False, True),
        "max_depth": (None, 0, 1, 2, 3, 10),
        "max_bytes": (None, 0, 1, 5, 40),
        "max_string_bytes": (None, 0, 1, 3, 12),
        "max_digits": (None, 1, 2, 8),
    }
    names = random.sample(sorted(every), random.randrange(1, 4))
    return {name: random.choice(every[name]) for name in names}


def with_constants(random: Random, data: bytes) -> bytes:
    """Put what `allow_nan` allows, whole or broken, where a literal stands."""
    for literal in (b"true", b"false", b"null"):
        if random.random() < 0.5:
            constants = (b"NaN", b"Infinity", b"-Infinity", b"-Inf", b"nan", b"+Infinity", b"-NaN")
            data = data.replace(literal, random.choice(constants))
    return data


def test_options_do_as_the_reference_does_at_any_cuts() -> None:
    for random in seeded(2_500, 100_000):
        options = random_options(random)
        data = with_constants(random, document(random, depth=3))
        if random.random() < 0.3:
            data = mutated(random, data)
        reference = Reference(**options)
        if random.random() < 0.3:
            options["values"] = "live"
        watched = Watched(**options)
        for piece in pieces(data, cuts(random, len(data))):
            reference.feed(piece)
            watched.feed(dressed(random, piece))
            assert watched.seen == seen(reference), (data, options)
        reference.finish()
        watched.finish()
        assert watched.seen == seen(reference), (data, options)


def check_at_every_byte(data: str, expected: dict[str, Any], **options: Any) -> None:
    """Feed byte after byte; `expected` says what shows from the end of each text on."""
    parser, reference = partialjson.Parser(**options), Reference(**options)
    value: Any = MISSING
    received = ""
    for character in data:
        received += character
        value = expected.get(received, value)
        reference.feed(character.encode())
        assert Exact(parser.feed(character)) == Exact(value) == Exact(reference.value), received
        assert Exact(partialjson.Parser(**options).feed(received)) == Exact(value), received
    assert expected.keys() <= {data[: size + 1] for size in range(len(data))}


# --- numbers -------------------------------------------------------------------------------------


def test_eager_numbers_show_what_their_digits_make() -> None:
    check_at_every_byte(
        '{"a":-12.50e+1,"b":0}',
        {
            "{": {},
            '{"a":-1': {"a": -1},
            '{"a":-12': {"a": -12},
            '{"a":-12.5': {"a": -12.5},
            '{"a":-12.50e+1': {"a": -125.0},
            '{"a":-12.50e+1,"b":0': {"a": -125.0, "b": 0},
        },
        numbers="eager",
    )


def test_eager_numbers_show_at_the_root() -> None:
    check_at_every_byte("-0.5", {"-0": 0, "-0.5": -0.5}, numbers="eager")
    check_at_every_byte("1e5", {"1": 1, "1e5": 1e5}, numbers="eager")
    parser = partialjson.Parser(numbers="eager")
    assert parser.feed("12") == 12
    assert (parser.status, parser.open_path, parser.state(())) == ("open", (), "open")
    assert parser.finish() == 12
    assert parser.status == "complete"


def test_eager_numbers_are_never_taken_back() -> None:
    parser = partialjson.Parser(numbers="eager")
    assert parser.feed("[1,2") == [1, 2]
    with pytest.raises(partialjson.JSONSyntaxError):
        parser.feed("x")
    assert parser.value == [1, 2]
    parser.reset()
    parser.feed("[12.5e-")
    with pytest.raises(partialjson.IncompleteJSONError) as caught:
        parser.finish()
    assert parser.value == caught.value.value == [12.5]


def test_eager_numbers_replace_a_repeated_key_with_their_first_digit() -> None:
    check_at_every_byte(
        '{"a":"x","a":-12,',
        {
            "{": {},
            '{"a":"': {"a": ""},
            '{"a":"x': {"a": "x"},
            '{"a":"x","a":-1': {"a": -1},
            '{"a":"x","a":-12': {"a": -12},
        },
        numbers="eager",
    )


def test_eager_numbers_are_open_all_the_same() -> None:
    parser = partialjson.Parser(numbers="eager")
    parser.write('{"a":12')
    assert parser.open_path == ("a",)
    assert parser.state(("a",)) == "open"
    parser.write(",")
    assert parser.state(("a",)) == "complete"


# --- strings -------------------------------------------------------------------------------------


def test_atomic_strings_show_when_they_are_complete() -> None:
    check_at_every_byte(
        '{"a":"xy","b":["","z\\n"]}',
        {
            "{": {},
            '{"a":"xy"': {"a": "xy"},
            '{"a":"xy","b":[': {"a": "xy", "b": []},
            '{"a":"xy","b":[""': {"a": "xy", "b": [""]},
            '{"a":"xy","b":["","z\\n"': {"a": "xy", "b": ["", "z\n"]},
        },
        strings="atomic",
    )
    check_at_every_byte('"ab"', {'"ab"': "ab"}, strings="atomic")


def test_atomic_strings_are_open_all_the_same() -> None:
    parser = partialjson.Parser(strings="atomic")
    parser.write('{"a":"x')
    assert (parser.value, parser.open_path, parser.state(("a",))) == ({}, ("a",), "open")
    parser.reset()
    assert parser.feed('"x') is partialjson.MISSING
    assert (parser.status, parser.open_path) == ("open", ())


def test_an_atomic_string_leaves_a_repeated_key_until_it_is_complete() -> None:
    parser = partialjson.Parser(strings="atomic")
    assert parser.feed('{"a":1,"a":"x') == {"a": 1}
    assert parser.state(("a",)) == "open"
    assert parser.feed('"') == {"a": "x"}


# --- duplicate keys ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "pos", "path"),
    [
        ('{"a":1,"a"', 9, ()),
        ('{"a":1,"b":2,"a"', 15, ()),
        ('{"":1,""', 7, ()),
        ('{"a":1,"\\u0061"', 14, ()),
        ('{"😀":1,"\\ud83d\\ude00"', 23, ()),
        ('{"x":{"a":1,"a"', 14, ("x",)),
        ('[{},{"a":{"a":1},"a"', 19, (1,)),
        ('{"a":[1],"a"', 11, ()),
        ('{"a":null,"a"', 12, ()),
    ],
)
def test_a_repeated_key_is_refused_at_its_closing_quote(data: str, pos: int, path: Path) -> None:
    for chunks in ([data], list(data)):
        watched = Watched(duplicate_keys="error")
        for chunk in chunks:
            watched.feed(chunk)
        assert isinstance(watched.error, partialjson.JSONSyntaxError)
        assert (watched.error.pos, watched.error.path) == (pos, path)
    assert partialjson.Parser().write(data) == len(data.encode())


def test_keys_may_repeat_in_different_objects() -> None:
    data = '{"a":{"a":[{"a":1},{"a":2}]},"A":1,"a ":2}'
    assert partialjson.loads(data, duplicate_keys="error") == partialjson.loads(data)


def test_very_many_keys_are_told_apart() -> None:
    members = ",".join(f'"{number:x}":{number}' for number in range(5_000))
    parser = partialjson.Parser(duplicate_keys="error")
    parser.write("{" + members)
    with pytest.raises(partialjson.JSONSyntaxError):
        parser.write(',"1000"')
    assert partialjson.loads("{" + members + "}") == {f"{n:x}": n for n in range(5_000)}


# --- allow_nan -----------------------------------------------------------------------------------


def test_allow_nan_takes_what_json_takes() -> None:
    check_at_every_byte(
        "[Infinity,-Infinity,-1,-0.5]",
        {
            "[": [],
            "[Infinity": [math.inf],
            "[Infinity,-Infinity": [math.inf, -math.inf],
            "[Infinity,-Infinity,-1,": [math.inf, -math.inf, -1],
            "[Infinity,-Infinity,-1,-0.5]": [math.inf, -math.inf, -1, -0.5],
        },
        allow_nan=True,
    )
    (found,) = partialjson.loads("[NaN]", allow_nan=True)
    assert math.isnan(found)
    assert math.isnan(partialjson.loads("NaN", allow_nan=True))


@pytest.mark.parametrize(
    ("data", "pos"),
    [
        ("nan", 1),
        ("Nan", 2),
        ("NAN", 1),
        ("NaNN", 3),
        ("inf", 0),
        ("Inf,", 3),
        ("INFINITY", 1),
        ("+Infinity", 0),
        ("-NaN", 1),
        ("--Infinity", 1),
        ("-Infinity1", 9),
        ("1Infinity", 1),
        ("-1Infinity", 2),
        ("-i", 1),
    ],
)
def test_allow_nan_takes_nothing_else(data: str, pos: int) -> None:
    with pytest.raises(partialjson.JSONSyntaxError) as caught:
        partialjson.loads(data, allow_nan=True)
    assert caught.value.pos == pos


@pytest.mark.parametrize("data", ["NaN", "Infinity", "-Infinity"])
def test_nan_is_refused_by_default(data: str) -> None:
    for options in ({}, {"allow_nan": False}):
        with pytest.raises(partialjson.JSONSyntaxError) as caught:
            partialjson.loads(data, **options)
        assert caught.value.pos == (1 if data.startswith("-") else 0)


# --- limits --------------------------------------------------------------------------------------


def check_limit(data: bytes, limit: str, maximum: int, pos: int | None, path: Path = ()) -> None:
    """Check that `data` is refused at `pos`, or not at all, at any cut and byte by byte."""
    options: dict[str, Any] = {limit: maximum}
    for chunks in (
        [data],
        pieces(data, range(1, len(data))),
        *(pieces(data, [cut]) for cut in range(min(len(data), 40))),
    ):
        watched = Watched(**options)
        for chunk in chunks:
            watched.feed(chunk)
        if pos is None:
            assert watched.error is None
            continue
        error = watched.error
        assert isinstance(error, partialjson.LimitExceededError)
        assert (error.limit, error.maximum, error.pos, error.path) == (limit, maximum, pos, path)
        assert watched.parser.offset == pos
        assert watched.parser.status == "error"
    reference = Reference(data, **options)
    assert (reference.error and reference.error.pos) == pos


@pytest.mark.parametrize("depth", [1, 2, 3, 17, 1024])
def test_max_depth(depth: int) -> None:
    for left, right in ((b"[", b"]"), (b'{"a":', b"}")):
        inner = left * depth
        value = b"0" if left != b"[" else b""
        check_limit(inner + value + right * depth, "max_depth", depth, None)
        steps: Path = (0,) * depth if left == b"[" else ("a",) * depth
        check_limit(inner + b"{", "max_depth", depth, len(inner), steps)
        check_limit(inner + b"[", "max_depth", depth, len(inner), steps)
    # Depth is not the number of containers.
    check_limit(b"[[],[],{},[" + b"],[" * 50 + b"]]", "max_depth", 2, None)


def test_max_depth_by_default() -> None:
    assert partialjson.Parser().write("[" * 1024) == 1024
    parser = partialjson.Parser()
    with pytest.raises(partialjson.LimitExceededError) as caught:
        parser.write("[" * 1_000_000)
    assert (caught.value.pos, caught.value.limit, caught.value.maximum) == (1024, "max_depth", 1024)


def test_max_depth_of_none_at_all() -> None:
    for data in ("12", '"x"', "null", " true "):
        assert partialjson.loads(data, max_depth=0) == partialjson.loads(data)
    check_limit(b" []", "max_depth", 0, 1)
    check_limit(b"{}", "max_depth", 0, 0)


def test_brackets_that_may_not_be_there_are_syntax_errors() -> None:
    for data in (b"[1[", b'{"a"[', b"{{", b"[]["):
        with pytest.raises(partialjson.JSONSyntaxError):
            partialjson.loads(data, max_depth=1)


@pytest.mark.parametrize("size", [0, 1, 2, 5, 12, 13])
def test_max_bytes(size: int) -> None:
    data = b'{"a":"\xc3\xa9\\n"} '
    assert len(data) == 13
    expected = size if size < len(data) else None
    error = Reference(data, max_bytes=size).error
    check_limit(data, "max_bytes", size, expected, error.path if error else ())


def test_max_bytes_counts_all_bytes() -> None:
    check_limit(b"\xef\xbb\xbf[]", "max_bytes", 5, None)
    check_limit(b"\xef\xbb\xbf[]", "max_bytes", 4, 4, (0,))
    check_limit(b"[]   ", "max_bytes", 4, 4)
    check_limit(b"[1,x", "max_bytes", 3, 3, (1,))
    assert partialjson.loads(b"[1, 2]", max_bytes=6) == [1, 2]
    assert partialjson.loads("[上]".replace("上", '"上"'), max_bytes=7) == ["上"]
    with pytest.raises(partialjson.LimitExceededError):
        partialjson.loads('["上"]', max_bytes=6)


@pytest.mark.parametrize(
    ("data", "size", "pos", "path"),
    [
        ('["abc"]', 3, None, ()),
        ('["abcd"]', 3, 5, (0,)),
        ('["abcd', 3, 5, (0,)),
        ('["ab","abc","a"]', 2, 9, (1,)),
        ('{"abc":1}', 3, None, ()),
        ('{"abcd":1}', 3, 5, ()),
        ('{"x":{"abcd":1}}', 3, 10, ("x",)),
        ('["é"]', 2, None, ()),
        ('["é"]', 1, 3, (0,)),
        ('["上"]', 2, 4, (0,)),
        ('["\\n"]', 2, None, ()),
        ('["\\n"]', 1, 3, (0,)),
        ('["\\u00e9"]', 6, None, ()),
        ('["\\u00e9"]', 5, 7, (0,)),
        ('["\\""]', 1, 3, (0,)),
        ('["\\""]', 2, None, ()),
        ('[""]', 0, None, ()),
        ('["a"]', 0, 2, (0,)),
        ('{"":""}', 0, None, ()),
        # A limit comes before what else is wrong with a byte.
        ('["abc\n', 3, 5, (0,)),
        ('["abcdefghijklmnopqrstuvwxyz"]', 25, 27, (0,)),
        ('["' + "x" * 5_000 + '"]', 5_000, None, ()),
        ('["' + "x" * 5_001 + '"]', 5_000, 5_002, (0,)),
    ],
)
def test_max_string_bytes(data: str, size: int, pos: int | None, path: Path) -> None:
    check_limit(data.encode(), "max_string_bytes", size, pos, path)


@pytest.mark.parametrize(
    ("data", "digits", "pos", "path"),
    [
        ("[123]", 3, None, ()),
        ("[1234]", 3, 4, (0,)),
        ("[-123]", 3, None, ()),
        ("[-1234]", 3, 5, (0,)),
        ("[123.456789]", 3, None, ()),
        ("[1234.5]", 3, 4, (0,)),
        ("[123e45678]", 3, None, ()),
        ("[0.0001]", 1, None, ()),
        ("[1,22", 1, 4, (1,)),
        ('{"a":12', 1, 6, ("a",)),
        ("12", 1, 1, ()),
    ],
)
def test_max_digits(data: str, digits: int, pos: int | None, path: Path) -> None:
    check_limit(data.encode(), "max_digits", digits, pos, path)


def test_a_digit_that_may_not_be_there_is_a_syntax_error() -> None:
    with pytest.raises(partialjson.JSONSyntaxError) as caught:
        partialjson.loads("01", max_digits=1)
    assert caught.value.pos == 1


def test_max_digits_is_the_interpreters_own_by_default() -> None:
    limit = getattr(sys, "get_int_max_str_digits", lambda: 4300)() or 10_000
    assert partialjson.loads("9" * limit) == int("9" * limit)
    with pytest.raises(partialjson.LimitExceededError) as caught:
        partialjson.loads("9" * (limit + 1))
    assert (caught.value.limit, caught.value.maximum) == ("max_digits", limit)
    assert caught.value.pos == limit


@pytest.fixture
def set_max_digits() -> Iterator[Callable[[int], None]]:
    """Sets the interpreter's limit, until the test ends."""
    if not hasattr(sys, "set_int_max_str_digits"):
        pytest.skip("Python is older than 3.10.7, and has no such limit")
    before = sys.get_int_max_str_digits()
    yield sys.set_int_max_str_digits
    sys.set_int_max_str_digits(before)


def test_max_digits_follows_the_interpreter(set_max_digits: Callable[[int], None]) -> None:
    set_max_digits(700)
    assert partialjson.loads("9" * 700) == 10**700 - 1
    with pytest.raises(partialjson.LimitExceededError) as caught:
        partialjson.loads("9" * 701)
    assert caught.value.maximum == 700
    set_max_digits(0)
    assert partialjson.loads("9" * 20_000) == 10**20_000 - 1


def test_a_parser_keeps_the_limit_of_digits_that_it_was_told(
    set_max_digits: Callable[[int], None],
) -> None:
    parser = partialjson.Parser()
    set_max_digits(700)
    parser.feed("9" * 700)
    set_max_digits(0)
    parser.reset()
    with pytest.raises(partialjson.LimitExceededError) as caught:
        parser.feed("9" * 701)
    assert caught.value.maximum == 700


def test_the_parser_after_it_asks_for_that_limit_anew(
    set_max_digits: Callable[[int], None],
) -> None:
    document = "[" + "9" * 750 + "]"
    for _ in range(3):
        set_max_digits(800)
        assert partialjson.Parser().feed(document) == [10**750 - 1]
        set_max_digits(700)
        with pytest.raises(partialjson.LimitExceededError):
            partialjson.Parser().feed(document)


@pytest.mark.parametrize("digits", [4_301, 10_000, 40_000])
def test_without_max_digits_integers_are_exact_at_any_length(digits: int) -> None:
    smallest = 10 ** (digits - 1)
    for text, value in (("9" * digits, 10 * smallest - 1), ("-1" + "0" * (digits - 1), -smallest)):
        assert partialjson.loads(text, max_digits=None) == value
        parser = partialjson.Parser(max_digits=None)
        parser.write("[" + text[:5_000])
        parser.write(text[5_000:] + "]")
        assert parser.finish() == [value]


def test_no_limit_is_no_limit() -> None:
    unlimited: dict[str, Any] = dict.fromkeys(LIMITS)
    data = "[" * 5_000 + '"' + "x" * 100_000 + '"' + "]" * 5_000
    value = partialjson.loads(data, **unlimited)
    for _ in range(5_000):
        (value,) = value
    assert value == "x" * 100_000


def test_limits_are_told_by_their_own_names() -> None:
    for limit, data in zip(LIMITS, ("[[", "[1", '["ab', "[12"), strict=True):
        with pytest.raises(partialjson.LimitExceededError, match=r"1") as caught:
            partialjson.Parser(**{limit: 1}).write(data)
        assert (caught.value.limit, caught.value.maximum) == (limit, 1)


def test_feeding_again_after_a_limit_raises_it_again() -> None:
    parser = partialjson.Parser(max_bytes=3)
    with pytest.raises(partialjson.LimitExceededError) as first:
        parser.feed("[1,2]")
    for chunk in ("", "]", "x"):
        with pytest.raises(partialjson.LimitExceededError) as again:
            parser.feed(chunk)
        assert refusal(again.value) == refusal(first.value)
    assert parser.value == [1]
    parser.reset()
    assert parser.feed("[1,") == [1]
    with pytest.raises(partialjson.LimitExceededError):
        parser.feed("2")


def test_huge_limits_are_fine() -> None:
    huge: dict[str, Any] = dict.fromkeys(LIMITS, 2**31 - 1)
    assert partialjson.loads('{"a":[12,"x"]}', **huge) == {"a": [12, "x"]}


# --- no recursion --------------------------------------------------------------------------------


@pytest.mark.parametrize(("values", "depth"), [("snapshot", 1_000_000), ("live", 100_000)])
def test_a_million_brackets(values: Any, depth: int) -> None:
    """Law 7: neither parsing, looking, failing nor dropping recurses."""
    parser = partialjson.Parser(max_depth=depth, values=values)
    parser.write("[" * depth)
    assert parser.open_path == (0,) * (depth - 1)
    assert parser.completion == "]" * depth
    value, found = parser.value, 0
    while value:
        (value,), found = value, found + 1
    assert found == depth - 1
    del value
    with pytest.raises(partialjson.LimitExceededError) as caught:
        parser.write("[")
    assert caught.value.pos == depth
    assert len(caught.value.path) == depth
    parser.reset()
    del caught
    parser.write("[" * depth)
    parser.write("]" * depth)
    parser.finish()


def test_very_many_objects_in_one_another() -> None:
    depth = 100_000
    parser = partialjson.Parser(max_depth=depth)
    parser.write('{"a":' * depth)
    with pytest.raises(partialjson.JSONSyntaxError):
        parser.write("x")
    assert parser.state(("a",) * (depth - 1)) == "open"
    assert parser.state(("a",) * depth) == "missing"


# --- together ------------------------------------------------------------------------------------


def test_options_hold_after_reset() -> None:
    options: dict[str, Any] = {
        "numbers": "eager",
        "strings": "atomic",
        "duplicate_keys": "error",
        "allow_nan": True,
        "max_depth": 2,
    }
    parser = partialjson.Parser(**options)
    for _ in range(3):
        assert parser.feed('{"a":12') == {"a": 12}
        assert parser.feed(',"b":"x') == {"a": 12}
        assert parser.feed('","c":Infinity') == {"a": 12, "b": "x", "c": math.inf}
        with pytest.raises(partialjson.JSONSyntaxError):
            parser.feed(',"a":')
        parser.reset()
        with pytest.raises(partialjson.LimitExceededError):
            parser.feed("[[[")
        parser.reset()


def test_all_combinations_of_choices_read_the_same_document() -> None:
    data = '{"a":[1,-2.5e3,"x\\n",{"b":null}],"c":{"d":true}}'
    for numbers, strings, duplicates, values in product(
        ("atomic", "eager"), ("append", "atomic"), ("last", "error"), ("snapshot", "live")
    ):
        options: Any = {
            "numbers": numbers,
            "strings": strings,
            "duplicate_keys": duplicates,
            "values": values,
        }
        parser = partialjson.Parser(**options)
        for letter in data:
            parser.write(letter)
        assert Exact(parser.finish()) == Exact(partialjson.loads(data))
