"""Open dataclasses: fields that ``__init__`` does not take or keep, dumps and copies."""

import copy
import dataclasses
import json
import pickle
from dataclasses import InitVar, field
from typing import Annotated, Any, Generic, TypeVar

import pydantic
import pytest
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    TypeAdapter,
    ValidationError,
    computed_field,
    field_serializer,
    field_validator,
    model_serializer,
    model_validator,
)
from pydantic_core import ArgsKwargs
from typing_extensions import TypeAliasType

import partialjson
from partialjson import MISSING, ModelParser, Partial, Whole

T = TypeVar("T")


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


@pydantic.dataclasses.dataclass
class Graded:
    level: int

    @field_validator("level", mode="before")
    @classmethod
    def by_name(cls, value: Any) -> Any:
        return {"low": 1}.get(value, value)


@pydantic.dataclasses.dataclass
class Wrapped:
    level: int

    @model_validator(mode="before")
    @classmethod
    def by_name(cls, value: Any) -> Any:
        return ArgsKwargs((), {"level": 1})


@pytest.mark.parametrize("type_", [Graded, Wrapped])
def test_what_a_validator_mends_is_not_refused_before_it(type_: Any) -> None:
    parser: ModelParser[Any] = ModelParser(type_, fail_fast=True)
    parser.feed('{"level":"low",')
    parser.feed('"more":1}')
    assert parser.finish() == type_(level=1)


@pydantic.dataclasses.dataclass
class Wrapped(Generic[T]):
    it: T


def test_each_argument_of_a_generic_one_is_for_itself() -> None:
    types: list[tuple[Any, str, Any]] = [
        (Wrapped[list[str]], '["a', ["a"]),
        (Wrapped[str], '"a', "a"),
        (Wrapped[list[str]], '["a', ["a"]),
    ]
    for type_, text, shown in types:
        assert ModelParser(type_).feed(f'{{"it":{text}').it == shown


KINDS = [Counted, CountedInSlots, CountedByPydantic]


@pytest.mark.parametrize("type_", KINDS)
def test_what_only_post_init_sets_shows_its_default(type_: Any) -> None:
    parser: ModelParser[Any] = ModelParser(type_)
    first = parser.feed('{"name":"A')
    value = parser.feed('nn","extra":1')
    shown = f"Partial[{type_.__name__}](name='Ann', length=None, seen=[], kind='text')"
    assert repr(value) == shown
    assert value.seen is not first.seen
    assert isinstance(value, Partial[type_])
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


@dataclasses.dataclass
class Renamed:
    name: str = field(default="", metadata={"alias": "userName"})
    city: str = Field(default="", alias="cityName")


def test_an_alias_may_be_noted_beside_a_default() -> None:
    document = '{"userName":"Ann","cityName":"Rome"}'
    parser = ModelParser(Renamed)
    assert repr(parser.feed(document[:-3])) == "Partial[Renamed](name='Ann', city='Rom')"
    assert parser.feed(document[-3:]) == TypeAdapter(Renamed).validate_json(document)


class Name(BaseModel):
    text: str


class Box(BaseModel, Generic[T]):
    content: T
    more: str = ""


@dataclasses.dataclass
class Shelf(Generic[T]):
    first: Box[T]
    others: list[Box[T] | None]


Boxed = TypeAliasType("Boxed", Box[T], type_params=(T,))


@pytest.mark.parametrize(
    ("type_", "before", "after"),
    [
        (Shelf[Name], '{"others":[{"content":{"text":"a"}},null],"first":', "}"),
        (Boxed[Name], "", ""),
    ],
)
def test_generic_models_in_other_generic_types_get_their_arguments(
    type_: Any, before: str, after: str
) -> None:
    parser: ModelParser[Any] = ModelParser(type_)
    value = parser.feed(before + '{"content":{"text":"c"},"more":"')
    box = getattr(value, "first", value)
    assert isinstance(box, Box[Name])
    assert box.content == Name(text="c")
    final = parser.feed('d"}' + after)
    assert getattr(final, "first", final).content is box.content
    assert final == TypeAdapter(type_).validate_json(parser.text)


@pydantic.dataclasses.dataclass
class Priced:
    price: int
    code: Annotated[str, Field(exclude=True)]
    next: "Priced | None" = None

    @field_serializer("price")
    def in_cents(self, price: int) -> int:
        return price * 100

    @computed_field
    @property
    def double(self) -> int:
        return self.price * 2


@pydantic.dataclasses.dataclass
class Counter:
    count: int
    last: Priced | None = None

    @model_serializer
    def as_number(self) -> int:
        return self.count + 1


class Order(BaseModel):
    first: Priced
    counter: Counter | None = None


def test_open_dataclasses_are_dumped_as_open_models_are() -> None:
    parser = ModelParser(Order)
    for chunk, expected in [
        ('{"first": {', {"price": None, "next": None}),
        ('"code": "se', {"price": None, "next": None}),
        ('cret", "price": 7,', {"price": 700, "next": None}),
        ('"next": {"price": 1', {"price": 700, "next": {"price": None, "next": None}}),
        ('1, "code": ""', {"price": 700, "next": {"price": 1100, "next": None}}),
    ]:
        value = parser.feed(chunk)
        assert value.model_dump() == {"first": expected, "counter": None}
        assert json.loads(value.model_dump_json()) == value.model_dump()
    value = parser.feed('}}, "counter": {"last": null, ')
    assert value.model_dump(exclude={"first"}) == {"counter": {"count": None, "last": None}}
    assert parser.feed('"count": 1}').model_dump(exclude={"first"}) == {"counter": 2}


@dataclasses.dataclass
class Plain:
    name: Annotated[str, PlainSerializer(str.upper)]
    code: Annotated[str, Field(exclude=True)] = ""
    next: "Plain | None" = None
    more: "list[Plain]" = field(default_factory=list)


class Plains(BaseModel):
    first: Plain
    others: dict[str, list[Plain | None]] = {}


def test_open_dataclasses_of_the_standard_library_are_dumped_as_whole_ones_are() -> None:
    inner = '{"name":"b","code":"secret","more":[{"name":"c"}]}'
    document = (
        f'{{"first":{{"name":"a","code":"secret","next":{inner},"more":[{inner},{inner}]}},'
        f'"others":{{"x":[{inner},null],"y":[{inner},{inner}]}}}}'
    )
    expected = Plains.model_validate_json(document).model_dump()
    parser = ModelParser(Plains)
    for char in document:
        value: Any = parser.feed(char)
        if value is not MISSING and value.first is not None:
            dumped = value.model_dump()
            assert json.loads(value.model_dump_json()) == dumped
            assert "secret" not in str(dumped)
            assert_dump_grew(dumped, expected)
    assert dumped == expected


def assert_dump_grew(shown: Any, whole: Any) -> None:
    if isinstance(shown, dict):
        for key, value in shown.items():
            assert_dump_grew(value, whole[key])
    elif isinstance(shown, list):
        for one, other in zip(shown, whole, strict=False):
            assert_dump_grew(one, other)
    elif shown is not None:
        assert whole.startswith(shown)


class Handle:
    pass


@dataclasses.dataclass
class Held:
    name: str
    handle: Handle | None = None


def test_what_only_the_configuration_around_allows_is_dumped_as_it_shows() -> None:
    class Holder(BaseModel):
        model_config = ConfigDict(arbitrary_types_allowed=True)

        held: Held

    held = {"name": "a", "handle": None}
    assert ModelParser(Holder).feed('{"held":{"name":"a').model_dump() == {"held": held}


@pydantic.dataclasses.dataclass(config=ConfigDict(extra="allow"))
class Loose:
    name: str


def test_copies_have_what_no_field_is_for() -> None:
    value: Any = ModelParser(Loose).feed('{"name":"Ann","more":"te')
    for copied in (copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert vars(copied) == vars(value) == {"name": "Ann", "more": "te"}


@pydantic.dataclasses.dataclass(config=ConfigDict(extra="allow"))
class Open:
    first: str

    @property
    def full(self) -> str:
        return self.first


@pytest.mark.parametrize("key", ["full", "__class__", "__dict__", "other"])
def test_a_key_that_no_field_is_for_is_none_of_the_class(key: str) -> None:
    """Whatever it is called: the text decides that."""
    text = f'{{"{key}":"b","first":"a'
    value = ModelParser(Open).feed(text)
    assert isinstance(value, Open)
    assert (value.first, vars(value)[key]) == ("a", "b")
    for twin in (copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert vars(twin) == vars(value)
        assert type(twin) is Partial[Open]
    assert ModelParser(Open).feed(text + '"}') == TypeAdapter(Open).validate_json(text + '"}')


def test_one_whose_schema_is_deferred_is_dumped() -> None:
    @pydantic.dataclasses.dataclass(config=ConfigDict(defer_build=True))
    class Later:
        k: int
        t: Annotated[int, PlainSerializer(lambda value: value + 1)]

    class Around(BaseModel):
        it: Later

    assert ModelParser(Around).feed('{"it":{"k":1').model_dump() == {"it": {"k": None, "t": None}}


class Point(BaseModel):
    x: int


@dataclasses.dataclass
class Holder:
    point: Point


@dataclasses.dataclass
class Numbered:
    number: int


@pytest.mark.parametrize(
    "type_",
    [Annotated[Holder, Whole], Annotated[Holder | None, Whole], Holder | Numbered],
    ids=["whole", "optional", "union"],
)
def test_one_that_shows_when_it_is_complete_stays_the_object_that_was_shown(type_: Any) -> None:
    """It is taken ready-made, and so are the models in it and beside it."""

    class Around(BaseModel):
        beside: Point
        it: type_

    parser = ModelParser(Around)
    shown = parser.feed('{"beside":{"x":1},"it":{"point":{"x":2}}')
    whole = parser.feed("}")
    assert type(whole) is Around
    assert whole.beside is shown.beside
    assert whole.it is shown.it

    class Alone(BaseModel):
        it: type_

    alone = ModelParser(Alone)
    first = alone.feed('{"it":{"point":{"x":2}}')
    assert alone.feed("}").it is first.it


def test_one_that_is_to_be_validated_again_sees_its_json() -> None:
    class Around(BaseModel):
        model_config = ConfigDict(revalidate_instances="always")
        it: Annotated[Holder, Whole]

    text = '{"it":{"point":{"x":2}}}'
    parser = ModelParser(Around)
    shown = parser.feed(text[:-1])
    assert parser.feed("}") == TypeAdapter(Around).validate_json(text)
    assert parser.finish().it is not shown.it
