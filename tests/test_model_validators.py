"""Nested objects with validators of their own, or in unions, are in the end what Pydantic makes."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, NewType

import pydantic
import pytest
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    RootModel,
    TypeAdapter,
    ValidationError,
    create_model,
    field_validator,
    model_validator,
)
from pydantic_core import core_schema
from typing_extensions import Self, TypeAliasType, TypedDict

from partialjson import ModelParser

if TYPE_CHECKING:
    from collections.abc import Callable


class After(BaseModel):
    n: int

    @model_validator(mode="after")
    def more(self) -> Self:
        self.n += 1
        return self


class Inherited(After):
    pass


class Wrapped(BaseModel):
    n: int

    @model_validator(mode="wrap")
    @classmethod
    def more(cls, value: Any, handler: Any) -> Any:
        made = handler(value)
        made.n += 1
        return made


class Before(BaseModel):
    n: int

    @model_validator(mode="before")
    @classmethod
    def more(cls, value: Any) -> Any:
        return {"n": value["n"] + 1}


class OfField(BaseModel):
    n: int

    @field_validator("n")
    @classmethod
    def more(cls, value: int) -> int:
        return value + 1


class OwnSchema(BaseModel):
    n: int

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        def more(value: Self) -> Self:
            value.n += 1
            return value

        return core_schema.no_info_after_validator_function(more, handler(source))


class Root(RootModel[list[int]]):
    @model_validator(mode="after")
    def more(self) -> Self:
        self.root.append(len(self.root))
        return self


@pydantic.dataclasses.dataclass
class PydanticDataclass:
    n: int

    @model_validator(mode="after")
    def more(self) -> Self:
        self.n += 1
        return self


More = Annotated[int, AfterValidator(lambda n: n + 1)]


@dataclasses.dataclass
class Dataclass:
    n: More


class Typed(TypedDict):
    n: More


class TypedAround(TypedDict):
    n: Typed


class Named(NamedTuple):
    n: More
    m: str = "default"


class Plain(BaseModel):
    x: int = 0


class TaggedAfter(After):
    kind: Literal["after"]


class TaggedPlain(BaseModel):
    kind: Literal["plain"]


class AnnotatedWhole(BaseModel):
    n: int


def copied(value: AnnotatedWhole) -> AnnotatedWhole:
    return AnnotatedWhole.model_construct(n=value.n + 1)


TYPES: dict[str, tuple[Any, str]] = {
    each.__name__: (each, '{"n":1}')
    for each in (
        After,
        Inherited,
        Wrapped,
        Before,
        OfField,
        OwnSchema,
        PydanticDataclass,
        Dataclass,
        Typed,
    )
}
TYPES |= {
    "Root": (Root, "[1,2]"),
    "Named": (Named, "[1]"),
    "TypedAround": (TypedAround, '{"n":{"n":1}}'),
    "Tagged": (
        Annotated[TaggedAfter | TaggedPlain, Field(discriminator="kind")],
        '{"n":1,"kind":"after"}',
    ),
    "Annotated": (Annotated[AnnotatedWhole, AfterValidator(copied)], '{"n":1}'),
}


def holders(type_: Any, text: str) -> list[tuple[Any, str]]:
    """Types in which objects of one stand beside whole models, and one document of each."""
    around = f'{{"one":{text},"x":{{"x":1}},"many":[{text},{text}],"named":{{"k":{text}}}}}'
    needed: Any = {
        "one": (type_, ...),
        "x": (Plain, ...),
        "many": (list[type_], ...),
        "named": (dict[str, type_], ...),
    }
    holder: Any = create_model("Holder", **needed)
    outer: Any = create_model("Outer", holder=(holder, ...), x=(Plain, Plain()))
    return [
        (type_, text),
        (list[type_], f"[{text}]"),
        (holder, around),
        (outer, f'{{"holder":{around}}}'),
        (holder | None, around),
        (list[holder], f"[{around}]"),
        (RootModel[holder], around),
        (RootModel[list[type_]], f"[{text}]"),
    ]


@pytest.mark.parametrize("name", TYPES)
def test_validators_run_as_often_as_in_pydantic(name: str) -> None:
    for type_, document in holders(*TYPES[name]):
        parser: ModelParser[Any] = ModelParser(type_)
        held = []
        for character in document:
            value = parser.feed(character)
            held.append((value, repr(value)))
        assert parser.finish() == TypeAdapter(type_).validate_json(document)
        for value, as_it_was in held:
            assert repr(value) == as_it_was


def test_a_tagged_object_without_such_a_validator_stays_the_object_that_was_shown() -> None:
    class Other(BaseModel):
        kind: Literal["other"]

    class Around(BaseModel):
        x: Plain
        one: Annotated[TaggedPlain | Other, Field(discriminator="kind")]

    parser = ModelParser(Around)
    shown = parser.feed('{"x":{"x":1},"one":{"kind":"plain"}')
    final = parser.feed("}")
    assert final.x is shown.x
    assert final.one is shown.one


class Text(BaseModel):
    s: str = ""


class TypedText(TypedDict):
    s: str


@dataclasses.dataclass
class DataclassText:
    s: str


class NamedText(NamedTuple):
    s: str


UNIONS: list[Any] = [
    Text | TypedText,
    TypedText | Text,
    DataclassText | dict[str, str],
    Text | DataclassText,
    DataclassText | Text,
    Text | dict[str, str],
    TypedText | dict[str, str] | list[str],
]


@pytest.mark.parametrize("union", UNIONS, ids=str)
def test_unions_beside_models_are_what_pydantic_makes_of_them(union: Any) -> None:
    around: Any = create_model("Around", x=(Plain, ...), value=(union, ...))
    parser: ModelParser[Any] = ModelParser(around)
    document = '{"x":{},"value":{"s":"ab"}}'
    shown = parser.feed(document[:-1]).value
    final = parser.feed(document[-1:])
    expected = around.model_validate_json(document)
    assert final == expected
    assert type(final.value) is type(expected.value) is type(shown)


@pytest.mark.parametrize("member", [tuple[str, ...], set[str], NamedText, list[str], Text, str])
def test_unions_with_any_are_what_pydantic_makes_of_them(member: Any) -> None:
    around: Any = create_model("Around", x=(Plain, ...), value=(member | Any, ...))
    for text in ('["ab"]', '{"s":"ab"}', '"ab"', "null"):
        document = f'{{"x":{{}},"value":{text}}}'
        parser: ModelParser[Any] = ModelParser(around)
        expected = around.model_validate_json(document)
        assert repr(parser.feed(document)) == repr(expected)


def test_models_beside_an_optional_any_stay_the_objects_that_were_shown() -> None:
    around: Any = create_model("Around", x=(Plain, ...), value=(Any | None, ...))
    parser: ModelParser[Any] = ModelParser(around)
    shown = parser.feed('{"x":{"x":1},"value":[1]')
    assert parser.feed("}").x is shown.x


Numbers = TypeAliasType("Numbers", int | list[int])
Texts = TypeAliasType("Texts", str | list[int])
BY_OTHER_NAMES: list[tuple[Any, str]] = [
    (Numbers | float, '"1.5"'),
    (Texts | float, '"1.5"'),
    (Texts | dict[str, int], '{"a":1}'),
    (NamedText | float, '"1.5"'),
    (NamedText | str, '"ab"'),
    (NamedText | int, '["ab"]'),
]


@pytest.mark.parametrize("value", ["fits", "null"])
@pytest.mark.parametrize(("union", "text"), BY_OTHER_NAMES, ids=str)
def test_all_members_decide_beside_a_union_by_another_name(
    union: Any, text: str, value: str
) -> None:
    model: Any = create_model("Model", value=(union, ...))
    document = f'{{"value":{text if value == "fits" else value}}}'
    parser: ModelParser[Any] = ModelParser(model, fail_fast=True)
    expected = outcome(lambda: model.model_validate_json(document))
    assert outcome(lambda: parser.feed(document)) == expected
    if value == "fits":
        shown = ModelParser(model).feed(document[:-1])
        assert shown.value == model.model_validate_json(document).value


class Lamp(BaseModel):
    kind: Literal["lamp"]
    on: bool


class RedDoor(BaseModel):
    kind: Literal["door"]
    color: Literal["red"]
    width: int


class BlueDoor(BaseModel):
    kind: Literal["door"]
    color: Literal["blue"]
    width: int


Door = Annotated[RedDoor | BlueDoor, Field(discriminator="color")]
Thing = Annotated[Door | Lamp, Field(discriminator="kind")]
MendedDoor = Annotated[Door, BeforeValidator(lambda value: value)]
AnyDoor = Annotated[MendedDoor | Lamp, Field(discriminator="kind")]


class Window(BaseModel):
    kind: Literal["window"]
    panes: int


# Told by the same field as what they are in: Pydantic makes one union of both, if it can.
Inner = Annotated[Lamp | Window, Field(discriminator="kind")]
OneUnion = Annotated[Inner | RedDoor, Field(discriminator="kind")]
Renamed = NewType("Renamed", Inner)
OneUnionByName = Annotated[Renamed | RedDoor, Field(discriminator="kind")]
SeenInner = Annotated[Inner, AfterValidator(lambda value: value)]
TwoUnions = Annotated[SeenInner | RedDoor, Field(discriminator="kind")]
TAGGED: list[tuple[Any, str]] = [
    (Thing | list[Thing], '{"kind":"lamp","on":"x"}'),
    (Thing | list[Thing], '{"on":"x","kind":"lamp"}'),
    (Thing | list[Thing], '{"kind":"none"}'),
    (Thing | int, '{"kind":"door","color":"red","width":"x"}'),
    (Thing | int, '{"kind":"door","color":"none"}'),
    (Thing, '{"kind":"door","color":"none"}'),
    (Thing, '{"kind":"door","width":1}'),
    (Annotated[Thing, AfterValidator(lambda value: value)], '{"kind":"lamp"}'),
    (Annotated[Thing, BeforeValidator(lambda value: value)], '{"kind":"lamp"}'),
    (Annotated[Thing, BeforeValidator(lambda value: value)], '{"kind":"door","color":"none"}'),
    (RootModel[Thing], '{"kind":"lamp"}'),
    (RootModel[Thing], '{"kind":"lamp","on":"x"}'),
    (RootModel[Thing], '{"kind":"door","color":"red","width":"x"}'),
    (RootModel[Thing], '{"kind":"door","color":"none"}'),
    (AnyDoor, '{"kind":"door","color":"red","width":"x"}'),
    (AnyDoor, '{"width":"x","color":"red","kind":"door"}'),
    (AnyDoor, '{"kind":"door","color":"none"}'),
    (AnyDoor, '{"kind":"lamp","on":"x"}'),
    (OneUnion, '{"kind":"window","panes":"x"}'),
    (OneUnion, '{"panes":"x","kind":"window"}'),
    (OneUnion, '{"kind":"none"}'),
    (OneUnionByName, '{"kind":"lamp","on":"x"}'),
    (TwoUnions, '{"kind":"window","panes":"x"}'),
    (TwoUnions, '{"kind":"none"}'),
    (Annotated[int | list[str], Field(description="either")] | None, "[1]"),
]


@pytest.mark.parametrize(("type_", "text"), TAGGED, ids=str)
def test_fail_fast_finds_errors_in_unions_where_pydantic_does(type_: Any, text: str) -> None:
    model: Any = create_model("Model", value=(type_, ...))
    document = f'{{"value":{text}}}'
    with pytest.raises(ValidationError) as expected:
        model.model_validate_json(document)
    with pytest.raises(ValidationError) as caught:
        ModelParser(model, fail_fast=True).feed(document)
    assert [each["loc"] for each in caught.value.errors()] == [
        each["loc"] for each in expected.value.errors()
    ]


def without_unit(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_unit(each) for key, each in value.items()}
    return value.strip("€") if isinstance(value, str) else value


class Priced:
    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        return core_schema.no_info_before_validator_function(without_unit, handler(source))


class Price(BaseModel):
    amount: int

    def __init__(self, **members: Any) -> None:
        super().__init__(**without_unit(members))


class CheaperPrice(Price):
    pass


class PriceMended(Priced, BaseModel):
    amount: int


@dataclasses.dataclass
class PriceRecord(Priced):
    amount: int


class Prices(Priced, RootModel[dict[str, int]]):
    pass


class PricesMade(RootModel[dict[str, int]]):
    def __init__(self, **members: Any) -> None:
        super().__init__(without_unit(members))


class Offer(Priced, BaseModel):
    # What sees the whole of it expects the JSON of this.
    price: PriceMended


MENDED_BY_CLASS = [
    *((each, "") for each in (Price, CheaperPrice, PriceMended, PriceRecord)),
    *((each, "") for each in (Prices, PricesMade)),
    (Offer, "price"),
]


@pytest.mark.parametrize(("type_", "within"), MENDED_BY_CLASS)
def test_fail_fast_spares_what_code_of_a_class_may_mend(type_: Any, within: str) -> None:
    text = '{"amount":"7€"}'
    text = f'{{"{within}":{text}}}' if within else text
    model: Any = create_model("Model", value=(list[type_], ...))
    document = f'{{"value":[{text},{text}]}}'
    expected = model.model_validate_json(document)
    parser: ModelParser[Any] = ModelParser(model, fail_fast=True)
    last = [parser.feed(each) for each in document][-1]
    assert last == expected
    refused = document.replace("7€", "seven")
    with pytest.raises(ValidationError):
        ModelParser(model, fail_fast=True).feed(refused)


def counted(value: Any) -> Any:
    runs.append(value)
    return value


class CountedPrice(BaseModel):
    amount: Annotated[int, AfterValidator(counted)]


class Gift(BaseModel):
    wrapping: str


runs: list[Any] = []
COUNTED = [
    (CountedPrice | Gift, '{"amount":7}'),
    (RootModel[CountedPrice | Gift], '{"amount":7}'),
    (Annotated[Any, BeforeValidator(counted)], '{"amount":7}'),
    (Annotated[str, AfterValidator(counted)], '"seven"'),
    (RootModel[Annotated[str, AfterValidator(counted)]], '"seven"'),
    (Annotated[int, AfterValidator(counted)], "7"),
]


@pytest.mark.parametrize("size", [1, 5, 100])
@pytest.mark.parametrize(("type_", "text"), COUNTED, ids=str)
def test_validators_of_the_document_run_once(type_: Any, text: str, size: int) -> None:
    runs.clear()
    parser: ModelParser[Any] = ModelParser(type_)
    for start in range(0, len(text), size):
        parser.feed(text[start : start + size])
    whole = parser.finish()
    assert parser.value is whole
    assert len(runs) == 1
    assert whole == TypeAdapter(type_).validate_json(text)


def test_text_beside_a_named_tuple_grows() -> None:
    model: Any = create_model("Model", value=(NamedText | str, ...))
    assert ModelParser(model).feed('{"value":"a').value == "a"


Tags = RootModel[list[str]]
AS_IS = BeforeValidator(lambda value: value)


@pytest.mark.parametrize(
    ("type_", "layers"),
    [
        (Annotated[Tags, AS_IS], 1),
        (RootModel[Annotated[list[str], AS_IS]], 1),
        (RootModel[Annotated[Tags, AS_IS]], 2),
        (Annotated[RootModel[Tags], AS_IS], 2),
    ],
)
def test_root_models_grow_as_such_whatever_sees_them_first(type_: Any, layers: int) -> None:
    shown = ModelParser(type_).feed('["a')
    for _ in range(layers):
        assert isinstance(shown, RootModel)
        shown = shown.root
    assert shown == ["a"]


def outcome(call: Callable[[], Any]) -> Any:
    try:
        return repr(call())
    except ValidationError as error:
        return error.errors(include_context=False)
