"""Law 5 for typed objects: who holds the last one, or the last few, or parts of them, or none."""

import copy
import json
from functools import cached_property
from random import Random
from typing import Annotated, Any

from hypothesis import given
from pydantic import BaseModel, computed_field

from partialjson import ModelParser, Required
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
    parser: ModelParser[Any] = ModelParser(type_, strict=strict)
    plain: ModelParser[Any] = ModelParser(type_, strict=strict)
    held: list[tuple[Any, Any]] = []
    most = 1
    for piece in pieces(document, cuts(random, len(document))):
        value = parser.feed(dressed(random, piece))
        # Nobody holds a value of this one while it grows.
        assert look(value) == look(plain.feed(piece))
        if random.random() < 0.2:
            most = random.choice((0, 1, 1, 1, 2, 3))
        if random.random() < 0.2:
            value = inner(random, value)
        held.append((value, copy.deepcopy(look(value))))
        del held[: max(0, len(held) - most)]
        for each, as_it_was in held:
            assert look(each) == as_it_was


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

    @computed_field  # type: ignore[prop-decorator]
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
