"""What was made of a part of JSON is no JSON: whatever sees it again gives what the text gives."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from re import Pattern
from typing import Annotated, Any, Literal, NamedTuple, NewType, get_args

import pytest
import typing_extensions
from pydantic import (
    AfterValidator,
    AliasChoices,
    AliasPath,
    BaseModel,
    ConfigDict,
    Field,
    RootModel,
    SecretStr,
    StrictInt,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    create_model,
    field_validator,
    with_config,
)
from pydantic_core import core_schema
from typing_extensions import TypeAliasType, TypedDict

from partialjson import ModelParser, Whole
from tests.model_table.row import VERSION

# mypy wants these to be written out, and does not know of other keys yet (PEP 728).
make_typed_dict: Any = typing_extensions.TypedDict


class Plain(BaseModel):
    n: int = 0


def beside(type_: Any, **config: Any) -> Any:
    """A model with such a field, and with another model in it, which is ready when it closes."""
    config_: Any = ConfigDict(**config)
    return create_model("Model", plain=(Plain, Plain()), it=(type_, ...), __config__=config_)


def check(type_: Any, text: str) -> None:
    """Compare what becomes of `text` in one piece, and cut anywhere, with Pydantic's."""

    def outcome(call: Any) -> Any:
        try:
            return repr(call())
        except ValidationError as error:
            return error.errors(include_url=False, include_context=False)

    expected = outcome(lambda: TypeAdapter(type_).validate_json(text))
    for size in (1, 3, 1000):
        parser: ModelParser[Any] = ModelParser(type_)
        shown: Any = None
        for start in range(0, len(text), size):
            shown = parser.feed(text[start : start + size])
        assert outcome(parser.finish) == expected
        assert isinstance(expected, list) or repr(shown) == expected


class Words(RootModel[list[str]]):
    pass


class Point(NamedTuple):
    x: int
    y: int


def louder(words: Words) -> Words:
    return Words([word + "!" for word in words.root])


def further(point: Point) -> Point:
    return Point(point.x + 1, point.y)


Louder: Any = Annotated[Words, AfterValidator(louder)]
Further: Any = Annotated[Point, AfterValidator(further)]
Same = AfterValidator(lambda value: value)


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        (Louder, '["a"]'),
        (list[Louder], '[["a"],["b"]]'),
        (Louder | None, '["a"]'),
        (Annotated[Words | None, AfterValidator(louder)], '["a"]'),
        (Annotated[Words, AfterValidator(lambda words: words.root * 2)], '["a"]'),
        (Further, "[1,2]"),
        (dict[str, Further], '{"a":{"x":1,"y":2}}'),
    ],
    ids=str,
)
def test_functions_around_a_root_or_a_named_tuple_run_on_it_alone(type_: Any, text: str) -> None:
    check(beside(type_), f'{{"plain":{{}},"it":{text}}}')


class Address(BaseModel):
    city: str


class OfCity(BaseModel):
    address: Address
    city: str = Field("unknown", validation_alias=AliasPath("address", "city"))


class OfElement(BaseModel):
    items: list[Plain]
    first: int = Field(validation_alias=AliasPath("items", 0, "n"))


class Dated(BaseModel):
    plain: Plain
    day: date | str = Field(validation_alias=AliasPath("meta", "day"))


class Counted(BaseModel):
    plain: Plain
    counts: dict[str, int] = Field(validation_alias=AliasPath("meta", "counts"))


class Raw(BaseModel):
    plain: Plain
    raw: Any = Field(None, validation_alias="plain")


class Either(BaseModel):
    x: Plain
    y: Any = Field(None, validation_alias=AliasChoices("y", "x"))


READ_TWICE = [
    (OfCity, '{"address":{"city":"Berlin"}}'),
    (OfElement, '{"items":[{"n":5}]}'),
    (Dated, '{"plain":{},"meta":{"day":"2024-01-02"}}'),
    (Counted, '{"plain":{},"meta":{"counts":{"a":"x","a":1}}}'),
    (Raw, '{"plain":{"n":5}}'),
    (Either, '{"x":{"n":5}}'),
]


@pytest.mark.parametrize(("type_", "text"), READ_TWICE)
def test_what_two_fields_read_is_json_for_both(type_: Any, text: str) -> None:
    check(type_, text)
    check(list[type_], f"[{text}]")


class A(BaseModel):
    kind: Literal["a"]
    tags: set[str]
    when: Annotated[date | str, Same] = ""
    wait: Annotated[timedelta, Same] = timedelta()

    @field_validator("tags", mode="before")
    @classmethod
    def split(cls, value: Any) -> Any:
        return value if isinstance(value, list) else ["?"]


class B(BaseModel):
    kind: Literal["b"]


Tagged: Any = Annotated[A | B, Field(discriminator="kind")]


@pytest.mark.parametrize("type_", [RootModel[Tagged], RootModel[Tagged | None]], ids=str)
@pytest.mark.parametrize("more", ['"when":"2024-01-02"', '"wait":true'])
def test_a_root_of_a_tagged_union_is_as_careful_as_its_members(type_: Any, more: str) -> None:
    text = f'{{"kind":"a","tags":["x"],{more}}}'
    check(type_, text)
    check(beside(type_), f'{{"plain":{{}},"it":{text}}}')


class One(BaseModel):
    kind: Literal[1]
    d: Decimal


class Two(BaseModel):
    kind: Literal[2]


Upper: Any = Annotated[str, AfterValidator(str.upper)]
Stripped: Any = Annotated[str, StringConstraints(strip_whitespace=True)]
UpperOnce: Any = Annotated[str, StringConstraints(to_upper=True, pattern="^[a-z]+$")]
LeftFirst: Any = Field(union_mode="left_to_right")
CountsToo: Any = Annotated[str, Field(coerce_numbers_to_str=True)]


class Name(RootModel[str]):
    pass


Told: Any = Annotated[Literal[1], Field(description="one")]
Nested = TypeAliasType("Nested", "list[Nested] | Annotated[str, AfterValidator(str.upper)]")
AGAIN = [
    (Upper | Literal["auto"], '"auto"'),
    (Stripped | Literal[" a "], '" a "'),
    (SecretStr | Literal["none"], '"none"'),
    (list[SecretStr | Literal["a"]], '["a"]'),
    (NewType("NewUpper", Upper) | Literal["auto"], '"auto"'),
    (TypeAliasType("ByName", Upper) | Literal["auto"], '"auto"'),
    (list[SecretStr] | list[Literal["x"]], '["x"]'),
    (list[Stripped] | list[Literal[" a "]], '[" a "]'),
    (dict[Stripped, int] | dict[Literal[" a "], int], '{" a ":1}'),
    (Told | float, '"1"'),
    (Told | bool, '"true"'),
    (dict[str, Told] | dict[str, float], '{"k":"1"}'),
    (Annotated[bool | float, LeftFirst, Whole], '"1.0"'),
    (Annotated[list[Annotated[bool | float, LeftFirst]], Whole], '["1.0"]'),
    (Nested, '[["a"],"b"]'),
    (Any | Stripped, '" a "'),
    (UpperOnce | bytes, '"abc"'),
    (dict[str, Literal[1]] | dict[str, float], '{"k":"1"}'),
    (list[Annotated[bool | float, LeftFirst]], '["1.0"]'),
    (list[Annotated[int | str, LeftFirst]], '["12"]'),
    (set[Annotated[StrictInt, Same]], "[1,true]"),
    (set[Annotated[int | float, AfterValidator(str)]], "[1,1.0]"),
    (frozenset[Annotated[float, AfterValidator(str)]], "[0.0,-0.0]"),
    (Annotated[CountsToo | None, Same], "2.0"),
    (Annotated[One | Two, Field(discriminator="kind")], '{"kind":true,"d":1.0}'),
    (Annotated[date | Name, Same], '"2024-01-01"'),
    (Name | Upper, '"a"'),
    (make_typed_dict("LeftInside", {"y": Annotated[bool | int, LeftFirst]}), '{"y":"1.0"}'),
    (
        make_typed_dict("ModelInside", {"y": Annotated[list[Any] | Plain, LeftFirst]}),
        '{"y":{"n":1}}',
    ),
    (make_typed_dict("TextInside", {"y": Pattern[str] | CountsToo}), '{"y":0}'),
]


@pytest.mark.parametrize(("type_", "text"), AGAIN, ids=str)
def test_no_other_member_takes_what_was_made(type_: Any, text: str) -> None:
    check(beside(type_), f'{{"plain":{{}},"it":{text}}}')


class Small(int, Enum):
    one = 1


class OwnTuple(NamedTuple):
    x: int
    y: int

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        both = core_schema.tuple_schema([core_schema.int_schema(), core_schema.int_schema()])
        return core_schema.no_info_after_validator_function(lambda v: cls(v[0] + 1, v[1]), both)


def test_what_a_configuration_or_a_class_makes_of_it_is_seen_once() -> None:
    check(beside(Small | float, use_enum_values=True), '{"plain":{},"it":"1"}')
    raw = make_typed_dict("Raw", {"y": Small | float})
    check(beside(raw, use_enum_values=True), '{"plain":{},"it":{"y":"1"}}')
    # No enum is in these.
    check(beside(Plain | dict[str, int], use_enum_values=True), '{"plain":{},"it":{"n":1}}')
    check(beside(tuple[str, ...] | list[str], use_enum_values=True), '{"plain":{},"it":["1"]}')
    check(beside(OwnTuple), '{"plain":{},"it":[1,2]}')
    tags: Any = Annotated[Sequence[str], Field(validate_default=True)]
    check(create_model("Model", plain=(Plain, ...), tags=(tags, ())), '{"plain":{}}')


class Around(RootModel[list[str]]):
    @field_validator("root")
    @classmethod
    def with_names(cls, value: list[str], info: ValidationInfo) -> list[str]:
        return value + sorted(info.data or {})


def with_count(value: list[str], info: ValidationInfo) -> list[str]:
    return [*value, str(len(info.data or {}))]


@pytest.mark.parametrize(
    "type_", [Around, list[Around], RootModel[Annotated[list[str], AfterValidator(with_count)]]]
)
def test_a_root_is_told_what_is_around_it(type_: Any) -> None:
    text = '[["a"]]' if type_ == list[Around] else '["a"]'
    check(beside(type_), f'{{"plain":{{}},"it":{text}}}')


def below_the_limit(value: int, info: ValidationInfo) -> int:
    assert value <= (info.data or {})["limit"]
    return value


class Limited(BaseModel):
    limit: int
    n: Annotated[int, AfterValidator(below_the_limit)] = 0
    more: list[Annotated[int, AfterValidator(below_the_limit)]] = []


class InRoot(RootModel[int]):
    @field_validator("root")
    @classmethod
    def count(cls, value: int, info: ValidationInfo) -> int:
        return value + len(info.data or {})


class AroundRoot(RootModel[InRoot | None]):
    pass


def test_so_is_a_root_in_a_root() -> None:
    check(beside(AroundRoot), '{"plain":{},"it":1}')


class Pair(NamedTuple):
    x: int


UserId = NewType("UserId", int)
Number = TypeAliasType("Number", int)
KEPT = [UserId | None, Number | None, Pair | None, UserId | list[UserId]]


@pytest.mark.parametrize("type_", [*KEPT, Annotated[int, AfterValidator(abs)] | None], ids=str)
def test_models_beside_other_names_stay_the_objects_that_were_shown(type_: Any) -> None:
    text = "[1]" if Pair in get_args(type_) else "1"
    parser: ModelParser[Any] = ModelParser(beside(type_))
    shown = parser.feed(f'{{"plain":{{"n":1}},"it":{text}').plain
    assert parser.feed("}").plain is shown
    check(beside(type_), f'{{"plain":{{}},"it":{text}}}')


LOCK = threading.Lock()


class Locked(BaseModel):
    plain: Plain
    name: str
    lock: Any = LOCK


def test_a_default_that_cannot_be_copied_is_shared() -> None:
    parser = ModelParser(Locked)
    assert parser.feed('{"plain":{},"name":"a').lock is LOCK
    assert parser.feed('"}').lock is LOCK


class Nodes(NamedTuple):
    v: int
    kids: Sequence[Nodes] = ()


def test_a_named_tuple_may_be_in_itself() -> None:
    check(Nodes, "[1,[[2],[3,[[4]]]]]")
    check(beside(Nodes), '{"plain":{},"it":[1,[[2]]]}')
    assert ModelParser(Nodes).feed("[1,[[2],[3") == Nodes(1, [Nodes(2)])


def test_any_beside_what_changes_numbers_shows_when_it_is_known() -> None:
    for type_ in (float | Any, Literal[True] | Any, list[float] | Any):
        assert ModelParser(beside(type_)).feed('{"it":1').it is None
        check(beside(type_), '{"it":1}')
        check(beside(type_), '{"it":[1]}')
    for type_ in (int | Any, float | Any, Any | Literal[1, "a"]):
        assert ModelParser(beside(type_)).feed('{"it":["a').it == ["a"]
        assert ModelParser(beside(type_)).feed('{"it":"a').it == "a"


class Reached(BaseModel):
    a: str = Field(validation_alias=AliasPath("p", 0))
    b: str = Field(validation_alias=AliasChoices(AliasPath("p", 1), "c"))
    model_config = ConfigDict(populate_by_name=True)


def test_what_a_path_reaches_is_not_refused_by_another_key() -> None:
    """Which may be there in vain."""
    text = '{"p":["x","y"],"a":true,"c":true,"b":true}'
    read = TypeAdapter(Reached).validate_json(text)
    assert (read.a, read.b) == ("x", "y")
    assert ModelParser(Reached, fail_fast=True).feed(text) == read


def test_what_is_told_what_is_around_it_is_not_refused_alone() -> None:
    text = '{"limit":5,"n":3,"more":[1,2]}'
    assert ModelParser(Limited, fail_fast=True).feed(text) == Limited(limit=5, n=3, more=[1, 2])
    with pytest.raises(ValidationError):
        ModelParser(Limited, fail_fast=True).feed(text.replace("3", "7"))


def test_what_may_be_several_things_shows_when_it_is_known() -> None:
    shown = ModelParser(beside(list[Annotated[int | str, LeftFirst]])).feed('{"it":["12')
    assert shown.it == []


def test_models_beside_plain_unions_stay_the_objects_that_were_shown() -> None:
    for type_, text in ((date | str, '"a"'), (str | int, '"a"'), (Literal["a"] | str, '"a"')):
        parser: ModelParser[Any] = ModelParser(beside(type_))
        shown = parser.feed(f'{{"plain":{{"n":1}},"it":{text}').plain
        assert parser.feed("}").plain is shown


class Defaulted(TypedDict):
    level: Annotated[int, Field(default="7")]


@with_config(ConfigDict(val_json_bytes="base64"))
class Grandparent(TypedDict):
    a: bytes


class Parent(Grandparent):
    pass


class Child(Parent):
    plain: Plain


More: Any = Annotated[int, AfterValidator(lambda value: value + 1)]


Extras: Any = make_typed_dict("Extras", {"a": int}, extra_items=More)


def test_models_in_tuples_with_other_things_stay_the_objects_that_were_shown() -> None:
    parser: ModelParser[Any] = ModelParser(create_model("Model", it=(tuple[Plain, str], ...)))
    shown = parser.feed('{"it":[{"n":1},"a').it[0]
    assert type(shown) is Plain
    assert parser.feed('"]}').it[0] is shown


class DefaultedPair(NamedTuple):
    first: int
    second: Any = "7"
    third: int = second


def test_defaults_of_named_tuples_are_not_validated() -> None:
    for text in "[1]", '{"first":1}', "[1,2]":
        check(beside(DefaultedPair), f'{{"plain":{{"n":1}},"it":{text}}}')


def test_typed_dictionaries_with_defaults_inherited_configurations_and_other_keys() -> None:
    check(beside(Defaulted), '{"plain":{},"it":{}}')
    check(Child, '{"a":"YWI=","plain":{}}')
    check(beside(Extras), '{"plain":{},"it":{"a":1,"b":2}}')


class NamedFor:
    """What a key becomes, and whom for."""

    def __init__(self, text: str, parser: ModelParser[Any]) -> None:
        self.text, self.parser = text, parser


@pytest.mark.parametrize("text", ['{"a":', '{"a":1', '{"a":1,"b":2'])
@pytest.mark.parametrize("is_shown", [True, False])
def test_a_parser_whose_keys_lead_back_to_it_can_be_collected(text: str, is_shown: bool) -> None:
    def use() -> list[weakref.ref[NamedFor]]:
        made: list[weakref.ref[NamedFor]] = []
        parsers: list[ModelParser[Any]] = []

        def name(text: str) -> NamedFor:
            key = NamedFor(text, parsers[0])
            made.append(weakref.ref(key))
            return key

        parser: ModelParser[Any] = ModelParser(dict[Annotated[str, AfterValidator(name)], int])
        parsers.append(parser)
        take = parser.feed if is_shown else parser.write
        take(text)
        # What Pydantic keeps for the type holds the function that makes keys.
        parsers.clear()
        return made

    made = use()
    gc.collect()
    assert made
    assert all(key() is None for key in made)


def test_a_type_that_many_others_hold_is_asked_once() -> None:
    """It would take years if each that holds another asked that one anew."""
    # Checkers know of such a call only where it stands alone.
    made: Any = TypedDict
    outer = made("Inner", {"a": int})
    for _ in range(40):
        outer = made("Outer", {"a": outer, "b": outer})
    assert ModelParser(outer).feed('{"b": {"a": {') == {"b": {"a": {}}}


SEEN: list[str] = []


class Leaf(BaseModel):
    size: int
    name: Annotated[str, AfterValidator(lambda name: SEEN.append(name) or name)]


class Branch(BaseModel):
    leaves: list[Leaf] = []
    branches: dict[str, list[Branch]] = {}


@pytest.mark.parametrize("depth", [2, 20])
def test_what_is_around_a_misfit_is_not_validated_again(depth: int) -> None:
    """The validator would see each name once for each object around it."""
    misfit = '{"leaves": [{"name": "good", "size": 1}, {"name": "bad", "size": "x"}]}'
    text = '{"branches": {"b": [' * depth + misfit + "]}}" * depth
    SEEN.clear()
    parser = ModelParser(Branch)
    parser.feed(text)
    # When it closes, with the object around it, and there once more by its text.
    assert SEEN.count("good") <= 3
    with pytest.raises(ValidationError) as error:
        parser.finish()
    assert error.value.error_count() == 1


def test_a_misfit_that_is_replaced_is_no_misfit() -> None:
    replaced = '{"leaves": [{"name": "bad", "size": "x"}], "leaves": []}'
    value = ModelParser(Branch).feed('{"branches": {"a": [{"branches": {"b": [' + replaced + "]}}")
    assert type(value.branches["a"][0]) is Branch
    assert value.branches["a"] == [Branch(branches={"b": [Branch()]})]


class Cat(BaseModel):
    kind: Literal["cat"]
    size: int = 0


class Dog(BaseModel):
    kind: Literal["dog"]
    name: str = ""


class Home(BaseModel):
    pet: Annotated[Cat | Dog, Field(discriminator="kind")]


@pytest.mark.skipif(VERSION < (2, 11), reason="Pydantic itself goes by the first tag")
def test_what_its_last_tag_takes_is_no_misfit() -> None:
    text = '{"pet": {"kind": "cat", "name": "Rex", "kind": "dog"}}'
    value = ModelParser(list[Home]).feed(f"[{text}, ")
    assert value == [Home(pet=Dog(kind="dog", name="Rex"))]
