"""What relies on CPython's inner workings changes no result, and can be turned off."""

import gc
import inspect
import json
import os
import pickle
import random
import sys
import tracemalloc
from typing import Any

import pytest

from partialjson import Parser, loads
from partialjson._partialjson import SHORTCUTS
from tests.programs import run

IS_OFF = os.environ.get("PARTIALJSON_SAFE", "0") not in ("", "0")


def test_they_are_taken_unless_they_are_turned_off() -> None:
    assert IS_OFF != SHORTCUTS


@pytest.mark.parametrize(
    ("value", "taken"), [("1", False), ("yes", False), ("0", None), ("", None)]
)
def test_the_environment_turns_them_off(value: str, taken: bool | None) -> None:
    program = "from partialjson._partialjson import SHORTCUTS; print(SHORTCUTS)"
    expected = taken if taken is not None else SHORTCUTS or IS_OFF
    assert run(program, PARTIALJSON_SAFE=value).strip() == str(expected)


@pytest.mark.parametrize("text", ["a", "é", "東", "😀"])
@pytest.mark.parametrize("length", [1, 1000, 41_000, 200_000])
def test_a_long_string_with_escapes_is_measured_before_it_is_made(text: str, length: int) -> None:
    value = f"{text}\n" * 3000 + text * length + f'"{text}\\' * 30_000 + text * length
    for document in (json.dumps([value, value], ensure_ascii=False), json.dumps([value, value])):
        assert loads(document) == [value, value]
        assert loads(document.encode()) == [value, value]
        assert loads(document[:-9])[0] == value
        parser = Parser(deltas=True)
        parser.feed(document)
        assert [delta.value for delta in parser.take_deltas()][-1] == [value, value]


@pytest.mark.parametrize("letters", ["abcXYZ09", "aéÿ÷", "дя ж", "東京a。", "é東😀z", "😀🧪"])
def test_strings_are_those_of_cpython(letters: str) -> None:
    """Whatever their length: those of more than 512 bytes are allocated elsewhere."""
    for length in [*range(130), *range(400, 530), 1000, 100_000]:
        expected = "".join(random.Random(length).choices(letters, k=length))
        document = json.dumps([expected, expected], ensure_ascii=False)
        found: Any = [*loads(document), *loads(document.encode())]
        if length > 1:
            # Before they are interned, which in 3.12 makes them immortal.
            theirs = [*json.loads(document), *json.loads(document)]
            assert list(map(sys.getrefcount, found)) == list(map(sys.getrefcount, theirs))
        for each in found:
            assert type(each) is str
            assert (each, hash(each), len(each)) == (expected, hash(expected), length)
            assert sys.getsizeof(each) == sys.getsizeof(expected)
            assert each.isascii() == expected.isascii()
            assert {expected: 1}[each] == 1
            assert each.encode() == expected.encode()
            assert each + "é" == expected + "é"
            assert sys.intern(each + "") == expected


def test_numbers_are_those_of_cpython() -> None:
    """Beyond the hundred that CPython keeps at hand, too."""
    expected = [random.Random(i).uniform(-1e3, 1e3) for i in range(1000)]
    for _ in range(5):
        found: Any = loads(json.dumps(expected))
        assert found == expected
        assert {type(each) for each in found} == {float}
        assert list(map(hash, found)) == list(map(hash, expected))
        assert len(set(map(id, found))) == len(found)
        theirs = json.loads(json.dumps(expected))
        assert list(map(sys.getrefcount, found)) == list(map(sys.getrefcount, theirs))
        assert sys.getsizeof(found[-1]) == sys.getsizeof(expected[-1])


def test_what_was_made_is_given_back() -> None:
    text = json.dumps([[i / 7, f"a string {i}"] for i in range(1000)])
    loads(text)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(20):
            value = loads(text)
        assert tracemalloc.get_traced_memory()[0] - before >= 1000 * (24 + 40)
        del value
        assert tracemalloc.get_traced_memory()[0] - before < 10_000
    finally:
        tracemalloc.stop()


@pytest.mark.skipif(
    not hasattr(sys, "gettotalrefcount"), reason="debug builds alone count all references"
)
def test_the_count_of_all_references_is_right() -> None:
    """What hunts leaks by it must not miss those that weigh as much as what we make."""

    def after_parsing() -> int:
        for i in range(100):
            loads(json.dumps([i / 7, "a string", {"a key": "another one"}]))
        return sys.gettotalrefcount()

    after_parsing()
    assert abs(after_parsing() - after_parsing()) < 10


@pytest.mark.parametrize(
    "call",
    [
        lambda: Parser(1),
        lambda: Parser(bogus=1),
        lambda: Parser(**{"numbers": 1}),
        lambda: Parser().feed(),
        lambda: Parser().feed("1", "2"),
        lambda: Parser().feed(chunk="1"),
        lambda: Parser().feed(1),
        lambda: Parser().write(None),
        lambda: Parser().finish(1),
        lambda: Parser.feed(object(), "1"),
        lambda: Parser.finish("1"),
        lambda: loads(),
        lambda: loads("1", "2"),
        lambda: loads(data="1"),
        lambda: loads("1", bogus=1),
        lambda: loads(1),
    ],
)
def test_wrong_calls_are_told_whichever_way_they_come(call: Any) -> None:
    with pytest.raises(TypeError):
        call()


def test_every_way_to_call_does_the_same() -> None:
    text = '{"a": [1, 2.5, "x"]}'
    expected = json.loads(text)
    assert loads(text) == loads(*[text]) == loads(text, **{}) == loads(text, numbers="eager")
    for make in (lambda: Parser(), lambda: Parser(**{}), lambda: Parser(numbers="eager")):
        parser: Any = make()
        assert type(parser) is Parser
        assert Parser.write(parser, text[:7]) == 7
        assert parser.feed(*[text[7:]]) == expected
        assert Parser.finish(parser) == expected
        with pytest.raises(ValueError, match="finished"):
            parser.feed("")
    assert gc.is_tracked(Parser())


def test_what_is_called_without_a_detour_looks_as_it_did() -> None:
    assert str(inspect.signature(Parser.feed)) == "(self, chunk, /)"
    assert str(inspect.signature(Parser.write)) == "(self, chunk, /)"
    assert str(inspect.signature(Parser.finish)) == "(self, /)"
    assert str(inspect.signature(loads)).startswith("(data, /, *, numbers='atomic'")
    assert pickle.loads(pickle.dumps(loads)) is loads
    for each in (Parser.feed, Parser.write, Parser.finish, loads):
        assert each.__doc__
        assert each.__doc__.endswith(("\n", "."))
    assert (loads.__name__, Parser.feed.__qualname__) == ("loads", "Parser.feed")
    assert loads.__module__ == "partialjson._partialjson"
