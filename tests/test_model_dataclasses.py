"""Dataclasses with fields that their ``__init__`` does not take, or does not keep."""

import copy
import dataclasses
import pickle
from dataclasses import InitVar, field
from typing import Any

import pydantic
import pytest
from pydantic import ConfigDict, TypeAdapter, ValidationError

import partialjson
from partialjson import ModelParser, Partial


@dataclasses.dataclass
class Counted:
    name: str
    length: int = field(init=False)
    seen: list[int] = field(init=False, default_factory=list)
    kind: str = field(init=False, default="text")
    extra: InitVar[int] = 5

    def __post_init__(self, extra: int) -> None:
        self.length = len(self.name) + extra


@dataclasses.dataclass(slots=True)
class CountedInSlots:
    name: str
    length: int = field(init=False)
    seen: list[int] = field(init=False, default_factory=list)
    kind: str = field(init=False, default="text")
    extra: InitVar[int] = 5

    def __post_init__(self, extra: int) -> None:
        self.length = len(self.name) + extra


@pydantic.dataclasses.dataclass
class CountedByPydantic:
    name: str
    length: int = field(init=False)
    seen: list[int] = field(init=False, default_factory=list)
    kind: str = field(init=False, default="text")
    extra: InitVar[int] = 5

    def __post_init__(self, extra: int) -> None:
        self.length = len(self.name) + extra


@dataclasses.dataclass
class Strict:
    __pydantic_config__ = ConfigDict(extra="forbid")
    name: str
    extra: InitVar[int]


KINDS = [Counted, CountedInSlots, CountedByPydantic]


@pytest.mark.parametrize("type_", KINDS)
def test_what_only_post_init_sets_shows_its_default(type_: Any) -> None:
    parser: ModelParser[Any] = ModelParser(type_)
    first = parser.feed('{"name":"A')
    value = parser.feed('nn","extra":1')
    shown = f"Partial[{type_.__name__}](name='Ann', length=None, seen=[], kind='text')"
    assert repr(value) == shown
    assert value.seen is not first.seen
    assert isinstance(value, Partial[type_])  # type: ignore[arg-type]
    assert partialjson.state(value, "length") == "missing"
    for copied in (copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert copied == value
        assert repr(copied) == shown
    final = parser.feed("}")
    assert final == TypeAdapter(type_).validate_json('{"name":"Ann","extra":1}')
    assert final.length == 4


def test_a_key_that_only_init_takes_is_known() -> None:
    document = '{"name":"Ann","extra":1}'
    assert ModelParser(Strict, fail_fast=True).feed(document) == Strict("Ann", 1)
    with pytest.raises(ValidationError) as caught:
        ModelParser(Strict, fail_fast=True).feed('{"name":"Ann","extra":"x"')
    assert [each["loc"] for each in caught.value.errors()] == [("extra",)]


@pydantic.dataclasses.dataclass(config=ConfigDict(extra="allow"))
class Loose:
    name: str


def test_copies_have_what_no_field_is_for() -> None:
    value: Any = ModelParser(Loose).feed('{"name":"Ann","more":"te')
    for copied in (copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert vars(copied) == vars(value) == {"name": "Ann", "more": "te"}
