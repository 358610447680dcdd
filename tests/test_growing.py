"""An open string grows where it shows, as long as nobody but its container has it."""

import ctypes
import itertools
import json
import sys
import sysconfig
import tracemalloc
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import given

from partialjson import Parser, loads
from partialjson._partialjson import SHORTCUTS
from tests.observation import Exact
from tests.strategies import cuts, documents, examples, pieces, seeds

GROWS = SHORTCUTS and not sysconfig.get_config_var("Py_GIL_DISABLED")
TEXTS = ["x", "of a \n", "é", "Ünïcode", "上海", "x上", "😀", "x" * 30 + "😀", "é" * 99 + "上"]

utf8_of = ctypes.pythonapi.PyUnicode_AsUTF8
utf8_of.argtypes = [ctypes.py_object]
utf8_of.restype = ctypes.c_char_p
check_consistency = ctypes.pythonapi._PyUnicode_CheckConsistency
check_consistency.argtypes = [ctypes.py_object, ctypes.c_int]


def slots(value: Any) -> list[tuple[Any, Any]]:
    """Give all containers of a value, each with a key or index of a string in it."""
    found = []
    if isinstance(value, list | dict):
        for step in list(value) if isinstance(value, dict) else range(len(value)):
            if isinstance(value[step], str):
                found.append((value, step))
            found += slots(value[step])
    return found


def take_out(container: Any, step: Any) -> str:
    text: str = container[step]
    container[step] = None
    return text


def exchange(container: Any, step: Any) -> str:
    text: str = container[step]
    container[step] = text + "!"
    return text


def look_it_up(container: Any, step: Any) -> list[str]:
    return list({container[step]: 1})


Reader = Callable[[Any, Any], Any]
# What a reader may do with a string of a value that he then lets go of; returned is what he keeps.
LOOKS: list[Reader] = [
    lambda container, step: container[step],
    lambda container, step: [container[step]],
    lambda container, step: hash(container[step]),
    lambda container, step: len(utf8_of(container[step]) or b""),
    lambda container, step: sys.intern(container[step]),
    look_it_up,
]
KEEPS: list[Reader] = [
    lambda container, step: container,
    lambda container, step: container.copy(),
]
CHANGES: list[Reader] = [take_out, exchange]


@examples(1_000)
@given(documents, seeds)
def test_no_reader_sees_one_grow(data: bytes, seed: int) -> None:
    random = Random(seed)
    # Who keeps containers does not change them.
    readers = LOOKS + random.choice((KEEPS, CHANGES))
    parser = Parser()
    kept: list[tuple[Any, str]] = []
    value: Any = None
    for piece in pieces(data, cuts(random, len(data))):
        # The last one is held by the loop variable, or nobody has it.
        if random.random() < 0.5:
            value = None
        value = parser.feed(piece)
        found = slots(value)
        if found and random.random() < 0.5:
            container, step = random.choice(found[-3:])
            keeps = random.choice(readers)(container, step)
            kept.append((keeps, repr(keeps)))
            del container, keeps
        del found
        for each, as_it_was in kept:
            assert repr(each) == as_it_was
    parser.finish()
    for each, as_it_was in kept:
        assert repr(each) == as_it_was


@examples(500)
@given(documents, seeds)
def test_one_that_has_grown_is_like_any_other(data: bytes, seed: int) -> None:
    random = Random(seed)
    parser = Parser(values=random.choice(("snapshot", "live")))
    for piece in pieces(data, cuts(random, len(data))):
        value = parser.feed(piece)
        for container, step in slots(value):
            # Looked at as a whole only now and then: after that, it does not grow.
            assert check_consistency(container[step], 1)
            if random.random() < 0.02:
                assert_like_any_other(container[step])
        del value
    assert Exact(parser.finish()) == Exact(loads(data))


def assert_like_any_other(text: str) -> None:
    other = "".join(list(text))
    assert text == other
    assert hash(text) == hash(other)
    assert {text: 1}[other] == 1
    assert text.encode("utf-8", "surrogatepass") == other.encode("utf-8", "surrogatepass")
    assert text.encode("utf-16", "surrogatepass") == other.encode("utf-16", "surrogatepass")
    assert text + "x" == other + "x"
    assert text.isascii() == other.isascii()
    # CPython has those of one character already, some with their UTF-8.
    assert len(text) < 2 or sys.getsizeof(text) == sys.getsizeof(other)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("opening", ["", "[", "[1,", '{"a":', '{"b":1,"a":', '{"a":1,"b":2,"a":'])
@pytest.mark.parametrize("values", ["snapshot", "live"])
def test_every_width_grows_from_the_first_character_on(
    text: str, opening: str, values: Any
) -> None:
    parser = Parser(values=values)
    parser.write(opening + '"')
    whole = ""
    for at in range(300):
        letter = text[at % len(text)]
        whole += letter
        shown = parser.feed(json.dumps(letter, ensure_ascii=False)[1:-1])
        expected = loads(opening + json.dumps(whole, ensure_ascii=False)[:-1])
        assert shown == expected
        del shown
    rest = parser.completion
    assert parser.feed(rest) == loads(opening + json.dumps(whole) + rest[1:])


@pytest.mark.parametrize("opening", ["[", "[1,", '{"a":', '{"b":1,"a":', '{"a":1,"b":2,"a":'])
@pytest.mark.parametrize("letter", ["x", "é", "上", "😀"])
@pytest.mark.parametrize("values", ["snapshot", "live"])
def test_it_is_the_same_object_for_many_tokens(opening: str, letter: str, values: Any) -> None:
    parser = Parser(values=values)
    parser.write(opening + '"')
    ids = [id(string_of(parser.feed(letter * 2))) for _ in range(200)]
    # A new one is made while the last is still there, and so at another address.
    made_anew = sum(last != this for last, this in itertools.pairwise(ids))
    assert made_anew < 40 if GROWS else made_anew == 199
    assert string_of(parser.value) == letter * 400


def string_of(value: Any) -> Any:
    return value["a"] if isinstance(value, dict) else value[-1]


@pytest.mark.parametrize("opening", ["", "[", '[{"a":1},{"a":'])
def test_two_take_turns_in_a_loop_that_holds_the_last_value(opening: str) -> None:
    parser = Parser()
    value = parser.feed(opening + '"')
    ids = []
    for _ in range(200):
        value = parser.feed("xy")
        ids.append(id(innermost(value)))
    assert all(last != this for last, this in itertools.pairwise(ids))
    made_anew = sum(before != this for before, this in zip(ids, ids[2:], strict=False))
    # Elsewhere a new one may come to be where one before was.
    assert made_anew < 80 or not GROWS
    assert value == loads(opening + json.dumps("xy" * 200) + parser.completion[1:])


def innermost(value: Any) -> Any:
    while not isinstance(value, str):
        value = string_of(value)
    return value


@pytest.mark.parametrize("letter", ["x", "上", "😀"])
@pytest.mark.parametrize("length", [1, 10, 100, 1_000, 30_000])
def test_little_room_stays_behind_it(letter: str, length: int) -> None:
    def streamed() -> Any:
        parser = Parser()
        parser.write('["')
        for _ in range(length):
            parser.feed(letter)
        return parser.feed('"]')

    def taken_by(make: Callable[[], Any]) -> int:
        make()
        tracemalloc.start()
        value = make()
        taken, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        del value
        return taken

    text = json.dumps([letter * length], ensure_ascii=False)
    size = sys.getsizeof(letter * length)
    assert taken_by(streamed) <= taken_by(lambda: loads(text)) + max(128, size // 4)


def test_a_root_that_is_shown_and_ends_stays() -> None:
    for text in ('""', '"x"', '"上"', '"xy😀"'):
        parser = Parser()
        for letter in text:
            parser.feed(letter)
        assert parser.finish() == loads(text)
