"""Law 5 for typed objects: who holds the last one, or the last few, or parts of them, or none."""

import copy
import json
import tracemalloc
import weakref
from functools import cached_property
from random import Random
from typing import Annotated, Any

import pytest
from hypothesis import given
from pydantic import BaseModel, ConfigDict, computed_field

from partialjson import ModelParser, Required
from partialjson._partialjson import SHORTCUTS
from partialjson._types import Options
from tests.model_table.looks import look
from tests.strategies import choices, cuts, dressed, examples, pieces, seeds
from tests.test_model_generated import case


def inner(random: Random, value: Any) -> Any:
    """Draw something that is in a value, or the value itself."""
    while random.random() < 0.6:
        if isinstance(value, BaseModel):
            parts: list[Any] = list(value.__dict__.values())
        elif isinstance(value, dict):
            parts = list(value.values())
        elif isinstance(value, list | tuple):
            parts = list(value)
        else:
            break
        if not parts:
            break
        value = random.choice(parts)
    return value


def take_turns(type_: Any, document: bytes, random: Random, strict: bool | None = None) -> None:
    options = Options(numbers=random.choice(("atomic", "eager")))
    parser: ModelParser[Any] = ModelParser(type_, strict=strict, **options)
    plain: ModelParser[Any] = ModelParser(type_, strict=strict, **options)
    # As text: a copy would hold the strings.
    held: list[tuple[Any, str]] = []
    most = 1
    for piece in pieces(document, cuts(random, len(document))):
        value = parser.feed(dressed(random, piece))
        # Nobody holds a value of this one while it grows.
        assert look(value) == look(plain.feed(piece))
        if random.random() < 0.2:
            most = random.choice((0, 1, 1, 1, 2, 3))
        if random.random() < 0.2:
            value = inner(random, value)
        held.append((value, repr(look(value))))
        del held[: max(0, len(held) - most)]
        for each, as_it_was in held:
            assert repr(look(each)) == as_it_was


@examples(100)
@given(choices, seeds)
def test_objects_that_take_turns_are_right(data: bytes, seed: int) -> None:
    type_, document, strict, _ = case(data)
    take_turns(type_, document, Random(seed), strict)


class Figure(BaseModel):
    label: str
    value: float = 0.5
    tags: list[str] = []


class Section(BaseModel):
    heading: Annotated[str, Required]
    body: str = ""
    figures: list[Figure] = []
    by_name: dict[str, Figure] = {}


class Report(BaseModel):
    title: str
    sections: list[Section] = []
    pair: tuple[str, list[int]] = ("", [])
    more: Any = None


FIGURE = {"label": "two", "value": 1.25, "tags": ["a", "上海"]}
SECTION = {"heading": "H" * 9, "body": "text 😀 " * 200, "figures": [FIGURE] * 3}
SECTION["by_name"] = {f"name {number}": FIGURE for number in range(40)}
REPORT = {"more": [1, {"a": "b"}, []], "title": "T", "sections": [SECTION, {"body": "late"}]}
REPORT |= {"pair": ["one", [1, 2, 3]], "title": "once more"}


def test_a_report_in_turns_is_right() -> None:
    document = json.dumps(REPORT, ensure_ascii=False).encode()
    for number in range(2):
        take_turns(Report, document, Random(number))


class Name(BaseModel):
    first: str = ""
    last: str = ""

    @computed_field
    @cached_property
    def full(self) -> str:
        return f"{self.first} {self.last}"


def test_a_cached_property_is_of_its_own_object() -> None:
    parser = ModelParser(Name)
    first = parser.feed('{"first":"A')
    assert first.full == "A "
    second = parser.feed('nn","last":"Le')
    assert second.full == "Ann Le"
    assert first.full == "A "
    del first, second
    assert parser.feed('e"').full == "Ann Lee"
    assert parser.feed("}").model_dump()["full"] == "Ann Lee"


class Band(BaseModel):
    singer: Name = Name()
    names: list[Name] = []

    @cached_property
    def lineup(self) -> str:
        return ", ".join(name.full for name in self.names if name)


@pytest.mark.parametrize("held", range(4))
def test_cached_properties_follow_a_string_that_grows(held: int) -> None:
    parser = ModelParser(Band)
    parser.feed('{"names":[{"first":"A","last":"B"},{"last":"C","first":"')
    values: list[Any] = []
    for letter in "defghi":
        values.append(parser.feed(letter))
        del values[: max(0, len(values) - held)]
        value = parser.value
        grown = "defghi"[: "defghi".index(letter) + 1]
        assert value.lineup == f"A B, {grown} C"
        assert value.names[1].full == f"{grown} C"
        del value
    lineups = [value.lineup for value in values]
    assert lineups == [f"A B, {'defghi'[:count]} C" for count in range(7 - held, 7)]


class Anything(BaseModel):
    value: Any = None


@pytest.mark.parametrize("type_", [Anything, dict[str, Any], list[Any], Any])
def test_what_is_held_of_plain_values_does_not_grow_with_an_open_number(type_: Any) -> None:
    parser: ModelParser[Any] = ModelParser(type_, numbers="eager")
    value = parser.feed('[{"n":[1,' if type_ == list[Any] else '{"value":{"n":[1,')
    held = inner_dict(value)
    del value
    assert held == {"n": [1]}
    now = parser.feed("2")
    assert held == {"n": [1]}
    assert inner_dict(now) == {"n": [1, 2]}


def inner_dict(value: Any) -> Any:
    if isinstance(value, list):
        return value[0]
    node: Any = value
    return node.value if isinstance(value, BaseModel) else node["value"]


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")


@pytest.mark.skipif(not SHORTCUTS, reason="without exact counts everything is copied")
@pytest.mark.parametrize("type_", [Anything, dict[str, Any], list[Any], Open])
def test_plain_values_in_objects_take_turns(type_: Any) -> None:
    """Else each look would copy all that is in them."""
    parser: ModelParser[Any] = ModelParser(type_)
    opening = '[{"n":[' if type_ == list[Any] else '{"value":{"n":['
    held = parser.feed(opening + "1," * 50_000)
    taken: list[int] = []
    for _ in range(6):
        tracemalloc.start()
        held = parser.feed("1,")
        taken.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert len(inner_dict(held)["n"]) == 50_006
    # The first two are copies, and any may need a larger place once.
    assert sorted(taken)[2] < 100_000


@pytest.mark.parametrize(
    "part",
    [
        lambda value: value,
        vars,
        copy.copy,
        lambda value: value.model_extra,
        lambda value: value.value,
        lambda value: value.value["n"],
        lambda value: value.value["n"][0],
    ],
)
@pytest.mark.parametrize("type_", [Anything, Open])
def test_whatever_is_held_of_an_object_keeps_its_plain_values(type_: Any, part: Any) -> None:
    parser: ModelParser[Any] = ModelParser(type_)
    parser.feed('{"value":{"n":[[1,')
    kept: list[tuple[Any, str]] = []
    last: Any = None
    for number in range(40):
        last = parser.feed(f"{number},")
        if number % 5 == 0:
            held = part(last)
            kept.append((held, repr(held)))
            del held
        assert all(repr(each) == as_it_was for each, as_it_was in kept)
    assert last.value == {"n": [[1, *range(40)]]}


def test_an_object_to_which_there_is_a_weak_reference_does_not_change() -> None:
    class Numbers(BaseModel):
        values: list[int] = []

    parser = ModelParser(Numbers)
    reference = weakref.ref(parser.feed('{"values":[1,'))
    parser.write("2,")
    held = reference()
    was = copy.deepcopy(held)
    assert parser.feed("3,").values == [1, 2, 3]
    assert held == was


def test_open_strings_of_objects_grow_but_for_those_who_hold_them() -> None:
    parser: ModelParser[Any] = ModelParser(list[Figure])
    parser.write('[{"label":"')
    held: list[tuple[Any, str]] = []
    value: Any = None
    for count in range(1, 200):
        value = parser.feed("ab")
        assert value[0].label == "ab" * count
        if count % 10 == 0:
            kept = value if count % 20 else value[0].label
            held.append((kept, repr(kept)))
            del kept
        if count % 3 == 0:
            value = None
    for each, as_it_was in held:
        assert repr(each) == as_it_was
    assert parser.feed('"}]') == [Figure(label="ab" * 199)]
