"""`ModelParser`: what a refusal tells does not depend on the cuts, and nothing is lost."""

from functools import cached_property
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

import partialjson
from partialjson import ModelParser, Partial
from tests.models import Geo, field


class Note(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: str = ""
    words: Annotated[list[str], Field(max_length=1)] = []
    number: int = 0


def feed(parser: ModelParser[Any], text: str, size: int, asks: bool = False) -> None:
    """Feeds the text in pieces of that size."""
    for i in range(0, len(text), size):
        parser.feed(text[i : i + size])
        assert not asks or parser.open_path != ("nowhere",)


def refused(type_: Any, text: str, size: int, asks: bool = False, **options: Any) -> Any:
    """All that can be seen after an error, whoever has asked for paths before."""
    parser: ModelParser[Any] = ModelParser(type_, **options)
    with pytest.raises((partialjson.ParseError, ValidationError)) as caught:
        feed(parser, text, size, asks)
    error = caught.value
    if isinstance(error, partialjson.ParseError):
        told: Any = (error.msg, error.pos, error.path, repr(error.value))
    else:
        assert isinstance(error, ValidationError)
        told = error.errors(include_url=False)
    value = parser.value
    states = [partialjson.state(value, name) for name in type(value).model_fields]
    path = parser.open_path
    shape = (type(value), repr(value), states, path, parser.state(path or ()))
    return type(error), told, parser.offset, parser.text, parser.status, *shape


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ('{"text":"hello","words":[x', {}),
        ('{"text":"hello","words":[x', {"duplicate_keys": "error"}),
        ('{"text":"a","text":"b"}', {"duplicate_keys": "error"}),
        ('{"text":"a","number":"x","text":"b"}', {"duplicate_keys": "error", "fail_fast": True}),
        ('{"text":"a","words":["b"}', {"duplicate_keys": "error", "fail_fast": True}),
        ('{"text":"hello"', {"duplicate_keys": "error", "max_bytes": 14}),
        ('{"text":"a"}```', {}),
        ('{"text":"a"}```', {"duplicate_keys": "error"}),
        ('{"number":"x"}```', {}),
        ('{"number":"x"}```', {"fail_fast": True}),
        ('{"zz":2}', {"fail_fast": True}),
        ('{"text":"a","z\u00e9":"b"}', {"fail_fast": True}),
        ('{"words":["a","bcd"]}', {"fail_fast": True}),
        ('{"words":["a","bcd"]}', {"fail_fast": True, "duplicate_keys": "error"}),
    ],
)
def test_law_1_a_refusal_does_not_depend_on_the_cuts(text: str, options: Any) -> None:
    expected = refused(Note, text, 1, **options)
    for size in (2, 3, 4, 7, len(text)):
        assert refused(Note, text, size, **options) == expected
    assert refused(Note, text, 1, asks=True, **options) == expected


def test_law_8_nothing_is_lost_where_keys_must_not_repeat() -> None:
    parser = ModelParser(Note, duplicate_keys="error")
    with pytest.raises(partialjson.JSONSyntaxError) as caught:
        parser.feed('{"text":"hello","words":[x')
    assert caught.value.value == parser.value == Partial[Note](text="hello", words=[])
    assert (parser.offset, parser.text) == (25, '{"text":"hello","words":[')
    assert (parser.open_path, parser.state(("text",))) == (("words",), "complete")


def test_what_was_whole_before_the_refused_byte_is_validated() -> None:
    parser = ModelParser(Note)
    with pytest.raises(partialjson.JSONSyntaxError) as caught:
        parser.feed('{"text":"a"}```')
    assert type(parser.value) is Note
    assert caught.value.value is parser.value
    for keys in ("last", "error"):
        seen = [
            refused(Geo, '{"lat":1}```', size, fail_fast=True, duplicate_keys=keys)
            for size in (1, 2, 100)
        ]
        assert seen[0][0] is ValidationError
        assert seen[0] == seen[1] == seen[2]
    fast = ModelParser(Geo, fail_fast=True)
    for call in (lambda: fast.feed('{"lat":1}```'), lambda: fast.feed(""), fast.finish):
        with pytest.raises(ValidationError) as refusal:
            call()
    assert refusal.value.errors()[0]["loc"] == ("lon",)


@pytest.mark.parametrize("asks", [False, True])
@pytest.mark.parametrize("type_", [int, Any])
@pytest.mark.parametrize("keys", ["last", "error"])
def test_a_bare_number_is_open_until_the_end_completes_it(
    type_: Any, asks: bool, keys: Any
) -> None:
    parser = ModelParser[Any](type_, deltas=True, duplicate_keys=keys)
    parser.write("12")
    if asks:
        assert (parser.open_path, parser.state(()), parser.take_deltas()) == ((), "open", [])
    assert parser.finish() == 12
    assert (parser.status, parser.open_path, parser.state(())) == ("complete", None, "complete")
    assert parser.take_deltas() == [("add", (), 12)]
    assert (parser.completion, parser.finish()) == ("", 12)


def test_fail_fast_ends_behind_the_key_that_nobody_knows() -> None:
    parser = ModelParser(Note, fail_fast=True)
    with pytest.raises(ValidationError):
        parser.feed('{"text":"a", "zz": 2}')
    assert (parser.offset, parser.text) == (17, '{"text":"a", "zz"')
    assert parser.open_path == ()


def test_fail_fast_shows_nothing_of_an_element_too_many() -> None:
    for size in (1, 100):
        parser = ModelParser(Note, fail_fast=True)
        with pytest.raises(ValidationError) as caught:
            feed(parser, '{"words":["a","bcd"]}', size)
        assert parser.value.words == ["a"]
        (error,) = caught.value.errors()
        assert (error["type"], error["input"]) == ("too_long", ["a"])


def test_a_look_changes_nothing_that_is_held() -> None:
    class Shape(BaseModel):
        size: float = 0

        @cached_property
        def twice(self) -> object:
            return object()

    parser = ModelParser(field(Shape), numbers="eager")
    value = parser.feed('{"it":{"size": 12')
    twice = value.it.twice
    assert parser.value is value
    assert value.it.twice is twice
    parser = ModelParser(tuple[list[float], ...], numbers="eager")
    value = parser.feed("[[1, 2")
    assert parser.value is value
