"""Parsers in the memory of others, which leave nothing behind."""

import gc
import itertools
import json
import sys
import sysconfig
import weakref
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partialjson import MISSING, JSONSyntaxError, LimitExceededError, Parser, loads


def used_up(chunks: list[str], **options: Any) -> None:
    """Lets go of a parser of a whole document."""
    parser = Parser(**options)
    for chunk in chunks:
        parser.feed(chunk)
    parser.finish()


DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text('a\n"é東😀', max_size=200),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=20,
).map(json.dumps)


@given(DOCUMENTS, DOCUMENTS, st.lists(st.integers(0, 400), max_size=6), st.booleans())
def test_a_parser_after_another_is_a_new_one(
    first: str, second: str, cuts: list[int], finishes: bool
) -> None:
    """The memory of the last one may be used again; nothing of its document is left in it."""
    bounds = [0, *sorted(cuts), len(first)]
    before = Parser()
    held = [before.feed(first[start:end]) for start, end in itertools.pairwise(bounds)]
    if finishes:
        before.finish()
    copies = json.dumps(held[-1]) if held[-1] is not MISSING else None
    del before
    parser = Parser()
    fresh = Parser()
    assert sys.getrefcount(parser) == sys.getrefcount(fresh)
    for each in (parser, fresh):
        assert (each.status, each.offset, each.changed) == ("empty", 0, False)
        assert (each.value, each.open_path, each.state(())) == (MISSING, None, "missing")
        assert gc.is_tracked(each)
    for start in range(0, len(second), 7):
        assert parser.feed(second[start : start + 7]) == fresh.feed(second[start : start + 7])
        assert parser.open_path == fresh.open_path
    assert parser.finish() == fresh.finish() == json.loads(second)
    if copies is not None:
        assert json.dumps(held[-1]) == copies
    for each in (parser, fresh):
        each.reset()
        assert (each.status, each.offset, each.changed) == ("empty", 0, False)
        with pytest.raises(JSONSyntaxError) as caught:
            each.feed("\n\n [1] x")
        assert (caught.value.lineno, caught.value.colno, caught.value.pos) == (3, 6, 7)


@pytest.mark.parametrize(
    "options",
    [
        {"values": "live"},
        {"numbers": "eager"},
        {"strings": "atomic"},
        {"duplicate_keys": "error"},
        {"deltas": True},
        {"allow_nan": True},
        {"max_depth": 3},
        {"max_bytes": 100},
        {"max_string_bytes": 100},
        {"max_digits": 100_000},
    ],
)
def test_a_parser_after_one_with_options_has_none(options: dict[str, Any]) -> None:
    text = '{"a": [1, 22], "b": "text"}'
    for _ in range(3):
        used_up([text[:16], text[16:]], **options)
        parser = Parser()
        for end in range(len(text)):
            first, again = Parser().feed(text[:end]), loads(text[:end])
            assert first == again
        held = parser.feed('{"a": "t')
        assert parser.feed('ext", "a": 12') == {"a": "text"}
        assert held == {"a": "t"}
        with pytest.raises(ValueError, match="deltas=True"):
            parser.take_deltas()
        with pytest.raises(LimitExceededError):
            parser.feed("1" * 5000)
        with pytest.raises(JSONSyntaxError):
            Parser().feed("NaN")


def test_a_parser_in_its_own_value_is_collected() -> None:
    class Witness:
        pass

    for _ in range(5):
        used_up(['["x"]'])
        parser = Parser()
        value: Any = parser.feed("[1]")
        witness = Witness()
        value += [parser, witness]
        gone = weakref.ref(witness)
        del parser, value, witness
        gc.collect()
        assert gone() is None


def test_a_parser_whose_end_makes_and_drops_others_is_freed() -> None:
    class Busy:
        def __del__(self) -> None:
            used_up(["[1, ", "2]"])
            made.append(Parser())
            assert made[-1].feed("[3]") == [3]

    made: list[Parser] = []
    for _ in range(5):
        parser = Parser()
        value: Any = parser.feed("[]")
        value.append(Busy())
        del value, parser
    assert len(made) == 5
    assert [each.finish() for each in made] == [[3]] * 5


@pytest.mark.skipif(
    bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    reason="there, how often a class is referred to is not counted exactly",
)
def test_each_parser_holds_its_class_once() -> None:
    used_up(["[1]"])
    count = sys.getrefcount(Parser)
    for _ in range(100):
        used_up(["[1]"])
    assert sys.getrefcount(Parser) == count
    parsers = [Parser() for _ in range(100)]
    assert sys.getrefcount(Parser) in (count + 99, count + 100)
    for parser in parsers:
        parser.feed("[1")
    del parser, parsers
    assert count - 1 <= sys.getrefcount(Parser) <= count


@pytest.mark.parametrize("text", ["[1]", "[[1], 2]", '["a\\n"]'])
def test_what_a_parser_held_is_let_go_of_with_it(text: str) -> None:
    class Witness:
        pass

    for let_go in (lambda _: None, Parser.reset):
        parser = Parser()
        value: Any = parser.feed(text)
        witness = Witness()
        value.append(witness)
        gone = weakref.ref(witness)
        let_go(parser)
        del parser, value, witness
        assert gone() is None
