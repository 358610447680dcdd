"""`ModelParser`: what shows when, what is validated when, and what the end says."""

import collections.abc
import enum
import json
import threading
from dataclasses import make_dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, Generic, Literal, NamedTuple, NewType, Optional, TypeVar, Union
from uuid import UUID

import pytest
from pydantic import (
    AfterValidator,
    AliasChoices,
    AliasPath,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    EmailStr,
    Field,
    HttpUrl,
    OnErrorOmit,
    PlainValidator,
    RootModel,
    SecretStr,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    WrapValidator,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticOmit, PydanticUseDefault
from typing_extensions import Self, TypedDict

import partialjson
from partialjson import MISSING, ModelParser, Partial
from tests.model_table.looks import whole_objects

T = TypeVar("T")


class Geo(BaseModel):
    lat: float
    lon: float


class Address(BaseModel):
    city: str
    geo: Geo | None = None


class User(BaseModel):
    username: str
    address: Address
    tags: list[str] = []


def shown(type_: Any, text: str, **options: Any) -> list[Any]:
    """The value after each byte."""
    parser: ModelParser[Any] = ModelParser(type_, **options)
    return [parser.feed(bytes([byte])) for byte in text.encode()]


def field(annotation: Any, default: Any = ..., **config: Any) -> Any:
    """A model with one field."""
    namespace = {"__annotations__": {"it": annotation}, "__module__": __name__}
    if default is not ...:
        namespace["it"] = default
    namespace["model_config"] = ConfigDict(**config)
    return type("Model", (BaseModel,), namespace)


# --- what shows, byte by byte ----------------------------------------------------------------


def test_nothing_shows_before_the_object() -> None:
    parser = ModelParser(User)
    assert parser.value is MISSING
    assert parser.feed(" \n") is MISSING
    assert not parser.value
    assert parser.status == "empty"
    assert type(parser.feed("{")) is Partial[User]


def test_a_nested_object_grows() -> None:
    parser = ModelParser(User)
    cities = []
    for char in '{"username":"jason","address":{"city":"上海","geo":{"lat":31.23,':
        value = parser.feed(char)
        if value.address is not None:
            assert type(value.address) is Partial[Address]
            if not cities or cities[-1] != value.address.city:
                cities.append(value.address.city)
    assert cities == [None, "", "上", "上海"]
    assert value.username == "jason"
    assert value.address.geo == ModelParser(Geo).feed('{"lat":31.23,')
    assert value.address.geo.lat == 31.23
    assert value.address.geo.lon is None
    assert parser.open_path == ("address", "geo")
    assert parser.state(("address", "city")) == "complete"
    assert parser.offset == len(
        '{"username":"jason","address":{"city":"上海","geo":{"lat":31.23,'.encode()
    )


def test_a_closed_object_is_validated_and_stays_the_same_object() -> None:
    parser = ModelParser(User)
    parser.feed('{"address":{"city":"B","geo":{"lat":1,"lon":2}')
    geo = parser.value.address.geo
    assert geo == Geo(lat=1, lon=2)
    address = parser.feed("}").address
    assert address == Address(city="B", geo=Geo(lat=1, lon=2))
    assert address.geo is geo, "a closed object is one object in all later values"
    for chunk in (",", '"username":"jas', "on", '",', '"tags":["a', '"]'):
        assert parser.feed(chunk).address is address
    assert type(parser.value) is Partial[User]


class Title(RootModel[str]):
    pass


class Spot(NamedTuple):
    geo: Geo
    name: Title


@pytest.mark.parametrize("strict", [None, True])
@pytest.mark.parametrize(
    ("annotation", "document"),
    [
        (Title, '"ab"'),
        (RootModel[list[Title]], '["ab"]'),
        (RootModel[int], "7"),
        (tuple[RootModel[int], ...], "[7]"),
        (NamedTuple("Scored", [("score", RootModel[int])]), "[7]"),
        (Spot, '[{"lat":1,"lon":2},"ab"]'),
        (list[Address | Geo], '[{"lat":1,"lon":2}]'),
        (Annotated[Geo, partialjson.Whole], '{"lat":1,"lon":2}'),
    ],
    ids=str,
)
def test_whatever_has_closed_is_in_the_object_around_it(
    annotation: Any, document: str, strict: bool | None
) -> None:
    parser: ModelParser[Any] = ModelParser(list[field(annotation)], strict=strict)
    before = dict(whole_objects(parser.feed(f'[{{"it":{document} ')))
    assert before
    closed = dict(whole_objects(parser.feed("}")))
    assert all(closed[path] is each for path, each in before.items())


def test_items_of_a_list_are_instances() -> None:
    text = '[{"lat":1,"lon":2},{"lat":3,"lon":4},{"la'
    values = shown(list[Geo], text)
    assert values[0] == []
    assert [type(item) for item in values[-1]] == [Geo, Geo, Partial[Geo]]
    firsts = {id(value[0]) for value in values[text.index("}") :]}
    assert len(firsts) == 1


def test_recursive_models() -> None:
    class Node(BaseModel):
        name: str
        next: Optional["Node"] = None
        kids: list[Self] = []

    value = shown(Node, '{"name":"a","next":{"name":"b","kids":[{"name":"c"},{"name":"d')[-1]
    assert type(value.next) is Partial[Node]
    assert [type(kid) for kid in value.next.kids] == [Node, Partial[Node]]
    assert value.next.kids[1].name == "d"


class Left(BaseModel):
    right: Optional["Right"] = None


class Right(BaseModel):
    left: Left | None = None


def test_mutually_recursive_models() -> None:
    value = shown(Left, '{"right":{"left":{"right":{}}')[-1]
    assert type(value.right) is Partial[Right]
    assert value.right.left == Left(right=Right())
    assert type(value.right.left) is Left


class Color(enum.Enum):
    RED = "red"


class Point(TypedDict):
    x: int


Name = NewType("Name", str)
Upper = Annotated[str, AfterValidator(str.upper)]
Pairs = list[tuple[str, int]]


@pytest.mark.parametrize(
    ("annotation", "document", "open_", "closed"),
    [
        # Text and containers show while they are open.
        (str, '"ab"', ["", "a", "ab"], "ab"),
        (Name, '"a"', ["", "a"], "a"),
        (Annotated[str, Field(min_length=2)], '"ab"', ["", "a", "ab"], "ab"),
        (Annotated[str, StringConstraints(to_upper=True)], '"ab"', ["", "a", "ab"], "AB"),
        (Annotated[str, BeforeValidator(str.strip)], '"a "', ["", "a", "a "], "a"),
        (Upper, '"ab"', ["", "a", "ab"], "AB"),
        (str | None, '"ab"', ["", "a", "ab"], "ab"),
        (list[str] | None, '["a"]', [[], [""], ["a"]], ["a"]),
        (str | int, '"7"', ["", "7"], "7"),
        (int | list[str] | Geo, '["a"]', [[], [""], ["a"]], ["a"]),
        (list[int], "[1,2]", [[], [1]], [1, 2]),
        (collections.abc.Sequence[int], "[1,2]", [[], [1]], [1, 2]),
        (list, "[1,[2]]", [[], [1], [1, []]], [1, [2]]),
        (tuple[str, int], '["a",1]', [(), ("",), ("a",)], ("a", 1)),
        (tuple[str, ...], '["a"]', [(), ("",), ("a",)], ("a",)),
        (set[str], '["a","a"]', [set(), {""}, {"a"}, {"a", ""}], {"a"}),
        (frozenset[int], "[1,1]", [frozenset(), {1}], frozenset({1})),
        (dict[str, int], '{"a":1,"b":2}', [{}, {"a": 1}], {"a": 1, "b": 2}),
        (dict[int, str], '{"1":"a"}', [{}, {1: ""}, {1: "a"}], {1: "a"}),
        (dict, '{"a":[1]}', [{}, {"a": []}], {"a": [1]}),
        (Any, '{"a":"b"}', [{}, {"a": ""}, {"a": "b"}], {"a": "b"}),
        (object, "[true]", [[]], [True]),
        (Pairs, '[["a",1]]', [[], [()], [("",)], [("a",)], [("a", 1)]], [("a", 1)]),
        (list[str | None], '["a",null]', [[], [""], ["a"]], ["a", None]),
        # All else shows when it is complete.
        (int, "123", [], 123),
        (float, "1.5", [], 1.5),
        (bool, "true", [], True),
        (Literal["on", "off"], '"on"', [], "on"),
        (Literal["on"] | str, '"on"', [], "on"),
        (Color, '"red"', [], Color.RED),
        (date, '"2024-01-02"', [], date(2024, 1, 2)),
        (datetime | None, '"2024-01-02T03:04:05"', [], datetime(2024, 1, 2, 3, 4, 5)),
        (timedelta, '"PT1H"', [], timedelta(hours=1)),
        (UUID, '"00000000-0000-0000-0000-000000000001"', [], UUID(int=1)),
        (Decimal, '"1.50"', [], Decimal("1.50")),
        (bytes, '"ab"', [], b"ab"),
        (SecretStr, '"ab"', [], SecretStr("ab")),
        (HttpUrl, '"http://a.b/"', [], HttpUrl("http://a.b/")),
        (Annotated[str, PlainValidator(len)], '"ab"', [], 2),
        (date | str, '"2024"', [], "2024"),
        (Point, '{"x":1}', [{}], {"x": 1}),
        (Geo | Address, '{"city":"B"}', [], Address(city="B")),
        (set[tuple[int, int]], "[[1,2]]", [], {(1, 2)}),
    ],
    ids=str,
)
def test_what_grows_and_what_waits(
    annotation: Any, document: str, open_: list[Any], closed: Any
) -> None:
    model = field(annotation)
    values = shown(model, f'{{"it":{document},')
    seen: list[Any] = []
    for value in values[:-1]:
        if "it" in value.model_fields_set and (not seen or seen[-1] != value.it):
            seen.append(value.it)
    assert seen in (open_, [*open_, closed])
    assert values[-1].it == closed
    assert type(values[-1].it) is type(closed)
    assert values[-1].model_fields_set == {"it"}
    finished = ModelParser(model).feed(f'{{"it":{document}}}')
    assert finished.it == closed
    for value in values:
        assert isinstance(value, model)
        value.model_dump_json()


@pytest.mark.parametrize(
    ("annotation", "document"),
    [
        (int, '"x"'),
        (date, '"tomorrow"'),
        (list[int], "{}"),
        (dict[str, int], "[]"),
        (Geo, "[]"),
        (str, "1"),
        (Literal["a"], '"b"'),
        (Geo | None, '"x"'),
    ],
    ids=str,
)
def test_what_does_not_fit_stays_missing_until_the_end(annotation: Any, document: str) -> None:
    model = field(annotation)
    parser = ModelParser(model)
    for value in (parser.feed(f'{{"it":{document}'), parser.feed(","), parser.feed('"x":1}')):
        assert value.it is None
        assert value.model_fields_set == set()
        assert type(value) is Partial[model]
    with pytest.raises(ValidationError) as caught:
        parser.finish()
    with pytest.raises(ValidationError) as expected:
        TypeAdapter(model).validate_json(f'{{"it":{document},"x":1}}')
    assert caught.value.errors() == expected.value.errors()
    assert str(caught.value) == str(expected.value)


def test_elements_that_do_not_fit_are_left_out() -> None:
    assert shown(list[int], '[1,"x",2,')[-1] == [1, 2]
    assert shown(dict[int, int], '{"a":1,"2":2,"3":"x",')[-1] == {2: 2}
    assert shown(tuple[int], "[1,2,3,")[-1] == (1,)


def test_refused_text_stays_as_it_was_shown() -> None:
    values = shown(field(Annotated[str, Field(max_length=2)]), '{"it":"abc","')
    assert [value.it for value in values[-4:]] == ["abc", "abc", "abc", "abc"]
    assert values[-1].model_fields_set == {"it"}


def test_a_refused_object_stays_partial() -> None:
    parser = ModelParser(User)
    value = parser.feed('{"address":{"city":"B","geo":{"lat":"north","lon":1}},"username":"a"')
    assert type(value.address) is Partial[Address]
    assert type(value.address.geo) is Partial[Geo]
    assert (value.address.geo.lat, value.address.geo.lon) == (None, 1.0)
    assert value.address.model_fields_set == {"city", "geo"}
    assert not partialjson.is_complete(value.address)
    assert type(parser.feed("}")) is Partial[User]
    with pytest.raises(ValidationError, match=r"address\.geo\.lat"):
        parser.finish()
    assert parser.value.address is value.address


# --- defaults and keys -----------------------------------------------------------------------


def test_missing_fields_show_their_default_or_none() -> None:
    made = []

    class Model(BaseModel):
        first: int
        text: str = "text"
        items: list[int] = [1]
        fresh: dict[str, int] = Field(default_factory=lambda: made.append(1) or {})
        derived: str = Field(default_factory=lambda data: data["text"])
        nested: Geo = Geo(lat=0, lon=0)

    one = ModelParser(Model).feed("{")
    other = ModelParser(Model).feed("{")
    assert (one.first, one.text, one.items, one.fresh) == (None, "text", [1], {})
    assert one.derived is None, "it is made from all the data"
    assert one.nested == Geo(lat=0, lon=0)
    assert one.model_fields_set == set()
    assert len(made) == 2
    for name in ("items", "fresh", "nested"):
        assert getattr(one, name) is not getattr(other, name)
    assert list(one.__dict__) == list(Model.model_fields)


def test_aliases() -> None:
    class Model(BaseModel):
        one: str = Field(alias="eins")
        two: str = Field(validation_alias=AliasChoices("zwei", AliasPath("deep", 0), "deux"))
        three: str = Field(validation_alias=AliasPath("deep", 1))
        four: str = Field("4", serialization_alias="vier")

    value = shown(Model, '{"one":"no","eins":"yes","deux":"b","four":"f","deep":["a","c"],')[-1]
    assert (value.one, value.two, value.three, value.four) == ("yes", "b", None, "f")
    assert value.model_fields_set == {"one", "two", "four"}
    value = shown(Model, '{"zwei":"a","deux":"b')[-1]
    assert value.two == "a", "the first alias wins, whatever the order"
    whole = ModelParser(Model).feed('{"eins":"yes","deep":["a","c"],"deux":"b"}')
    assert (whole.two, whole.three) == ("a", "c"), "a path is followed when the object closes"


@pytest.mark.parametrize("config", [{"populate_by_name": True}, {"validate_by_name": True}])
def test_fields_by_name(config: Any) -> None:
    class Model(BaseModel):
        model_config = ConfigDict(**config)
        one: str = Field(alias="eins")

    assert shown(Model, '{"one":"a')[-1].one == "a"
    assert shown(Model, '{"eins":"b","one":"a')[-1].one == "b"


def test_alias_generators() -> None:
    class Model(BaseModel):
        model_config = ConfigDict(alias_generator=str.upper)
        one: str

    assert shown(Model, '{"ONE":"a')[-1].one == "a"


def test_extra_keys() -> None:
    assert shown(field(int), '{"other":1,')[-1].model_extra is None
    value = shown(field(int, extra="allow"), '{"other":["a"],"more":"b')[-1]
    assert value.model_extra == {"other": ["a"], "more": "b"}
    assert value.model_fields_set == {"other", "more"}
    assert value.more == "b"
    assert partialjson.state(value, "other") == "complete"
    assert partialjson.state(value, "more") == "open"
    assert value.model_dump() == {"it": None, "other": ["a"], "more": "b"}
    parser = ModelParser(field(int, 0, extra="forbid"))
    assert parser.feed('{"other":1}').it == 0
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        parser.finish()


@pytest.mark.parametrize("size", [1, 3, 100])
def test_a_key_that_is_the_name_of_a_field_with_an_alias_is_none_of_it(size: int) -> None:
    class Model(BaseModel):
        model_config = ConfigDict(extra="allow")
        tags: list[str] = Field(default_factory=list, alias="labels")
        more: list[str] = []

    parser = ModelParser(Model)
    text = '{"tags":["a"],"labels'
    for start in range(0, len(text), size):
        parser.feed(text[start : start + size])
    value = parser.value
    assert (value.tags, value.more, value.model_extra) == ([], [], {"tags": ["a"]})
    value = parser.feed('":["b"')
    assert (value.tags, value.more, value.model_extra) == (["b"], [], {"tags": ["a"]})


def test_a_repeated_key_replaces() -> None:
    parser = ModelParser(User)
    first = parser.feed('{"address":{"city":"A"},"username":"a').address
    second = parser.feed('","address":{"city":"B').address
    assert (first.city, second.city) == ("A", "B")
    assert (type(first), type(second)) == (Address, Partial[Address])
    assert parser.feed('"},').address == Address(city="B")
    assert parser.value.username == "a"


@pytest.mark.parametrize("first", ['""', '"x"', '"yes"', "1", "{}"])
def test_a_repeated_key_shows_what_is_new_at_once(first: str) -> None:
    values = shown(field(Any), f'{{"it":{first},"it":"yes')
    assert [value.it for value in values[-4:]] == ["", "y", "ye", "yes"]


# --- validation ------------------------------------------------------------------------------


def test_validators_wait_for_the_whole_and_run_once() -> None:
    ran: list[str] = []

    def note(name: str) -> Any:
        def run(cls: Any, value: Any) -> Any:
            ran.append(name)
            return value

        return classmethod(run)

    class Inner(BaseModel):
        text: str
        check = field_validator("text")(note("inner"))

    class Middle(BaseModel):
        inner: Inner
        text: str
        check = field_validator("text")(note("middle"))

    class Outer(BaseModel):
        middles: list[Middle]
        text: str
        check = field_validator("text")(note("outer"))

    parser = ModelParser(Outer)
    runs = {}
    text = '{"text":"a","middles":[{"inner":{"text":"b"},"text":"c"},{"inner":{"text":"d"'
    for i, char in enumerate(text):
        parser.feed(char)
        if ran:
            runs[text[: i + 1][-12:]] = ran[:]
            ran.clear()
    assert runs == {'"text":"b"}': ["inner"]} | {'},"text":"c"}': ["middle"]} or runs == {
        text[: text.index('"b"}') + 4][-12:]: ["inner"],
        text[: text.index('"c"}') + 4][-12:]: ["middle"],
    }
    parser.feed('},"text":"e"}')
    assert ran == ["inner", "middle"]
    ran.clear()
    middles = parser.value.middles
    whole = parser.feed("]}")
    # What is in it was validated already, and is in it as it is.
    assert ran == ["outer"]
    assert list(map(id, whole.middles)) == list(map(id, middles))
    assert whole == Outer.model_validate_json(parser.text)
    ran.clear()
    assert parser.finish() is parser.finish() is whole
    assert ran == []


def test_a_validator_before_pydantic_sees_json() -> None:
    class Inner(BaseModel):
        number: int

    class Outer(BaseModel):
        inner: Inner
        other: int = 0

        @field_validator("inner", mode="before")
        @classmethod
        def unwrap(cls, value: Any) -> Any:
            return value.get("wrapped", value) if isinstance(value, dict) else value

    class Root(BaseModel):
        outer: Outer
        name: str

    value = shown(Root, '{"outer":{"inner":{"wrapped":{"number":7}}},"name":"a')[-1]
    assert value.outer == Outer(inner=Inner(number=7))
    value = shown(Root, '{"outer":{"inner":{"number":7}},"name":"a')[-1]
    assert value.outer == Outer(inner=Inner(number=7))


def test_strict_is_that_of_json() -> None:
    class Model(BaseModel):
        when: date
        id: UUID
        pair: tuple[int, str]
        tags: set[str]
        price: Decimal
        color: Color
        nested: list[Geo]

    text = json.dumps(
        {
            "when": "2024-01-02",
            "id": str(UUID(int=1)),
            "pair": [1, "a"],
            "tags": ["a"],
            "price": "1.5",
            "color": "red",
            "nested": [{"lat": 1, "lon": 2}],
        }
    )

    class Strict(Model):
        model_config = ConfigDict(strict=True)

    class Around(BaseModel):
        inner: Strict

    for type_, strict in ((Model, True), (Strict, None), (Model, None)):
        expected = TypeAdapter(type_).validate_json(text, strict=strict)
        before_last = shown(type_, text, strict=strict)[-2]
        assert before_last.model_fields_set == set(Model.model_fields)
        assert before_last.__dict__ == expected.__dict__
        assert shown(type_, text, strict=strict)[-1] == expected
    value = shown(Around, f'{{"inner":{text}')[-1]
    assert value.inner == TypeAdapter(Strict).validate_json(text)


def test_lax_and_strict_leaves() -> None:
    text = '{"lat":"1.5","lon":2,'
    assert shown(Geo, text)[-1].lat == 1.5
    assert shown(Geo, text, strict=True)[-1].lat is None
    assert shown(Geo, text, strict=True)[-1].lon == 2.0
    user = shown(list[User], '[{"username":"a","address":{"city":"B","geo":{"lat":"1","lon":2}}')
    assert user[-1][0].address.geo == Geo(lat=1, lon=2)


def test_context_reaches_every_validator() -> None:
    seen = []

    def look(value: Any, info: ValidationInfo) -> Any:
        seen.append((info.context, info.mode))
        return value

    class Model(BaseModel):
        text: Annotated[str, AfterValidator(look)]

    ModelParser(list[Model], context="here").feed('[{"text":"a"}]')
    assert {context for context, _ in seen} == {"here"}
    assert seen[-1] == ("here", "json")


def test_settings_of_the_model_hold_for_its_leaves() -> None:
    model = field(str, str_strip_whitespace=True)
    values = shown(model, '{"it":" a ",')
    assert [value.it for value in values[-3:]] == [" a ", "a", "a"]
    assert shown(field(str, coerce_numbers_to_str=True), '{"it":1,')[-1].it == "1"


def test_model_validators_that_give_something_else() -> None:
    class Wrapped(BaseModel):
        number: int

        @model_validator(mode="before")
        @classmethod
        def from_number(cls, value: Any) -> Any:
            return {"number": value} if isinstance(value, int) else value

    value = shown(list[Wrapped], '[1,{"number":2},')[-1]
    assert value == [Wrapped(number=1), Wrapped(number=2)]


@pytest.mark.parametrize("fail_fast", [False, True])
def test_an_error_of_another_kind_comes_at_the_end(fail_fast: bool) -> None:
    class Broken(BaseModel):
        text: str

        @field_validator("text")
        @classmethod
        def check(cls, value: str) -> str:
            raise KeyError(value)

    parser = ModelParser(list[Broken], fail_fast=fail_fast)
    value = parser.feed('[{"text":"a"},{"text":"b"')
    assert type(value[0]) is Partial[Broken]
    assert value[0].text == "a"
    if fail_fast:
        with pytest.raises(KeyError, match="a"):
            parser.feed("}]")
    else:
        parser.feed("}]")
    assert parser.status == "error"
    with pytest.raises(KeyError, match="a"):
        parser.finish()


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError, RecursionError])
def test_an_error_that_is_not_of_the_document_comes_at_once(error: type[BaseException]) -> None:
    def stop(value: str) -> str:
        raise error

    parser = ModelParser(field(Annotated[str, AfterValidator(stop)]))
    with pytest.raises(error):
        parser.feed('{"it":"a"')
    # Nor is an interrupt that has passed raised again.
    with pytest.raises(RuntimeError if error is KeyboardInterrupt else error) as raised:
        parser.feed("}")
    assert (type(raised.value.__cause__) is error) == (error is KeyboardInterrupt)


class Place(BaseModel):
    city: str

    @model_validator(mode="before")
    @classmethod
    def shout(cls, value: Any) -> Any:
        return {"city": value["city"].upper()}


def rename(value: Any) -> Any:
    return value if isinstance(value, Place) else {"city": value.get("town") or value["city"]}


class Trip(BaseModel):
    to: Place
    via: list[Annotated[Place, BeforeValidator(rename)]] = []
    number: Annotated[int, BeforeValidator(lambda value: value["value"])] = 0

    @field_validator("to", mode="before")
    @classmethod
    def rename_to(cls, value: Any) -> Any:
        return rename(value)

    @model_validator(mode="before")
    @classmethod
    def box(cls, value: Any) -> Any:
        return {**value, "number": {"value": value.get("number", 0)}}


def default_for_null(value: Any) -> Any:
    if value is None:
        raise PydanticUseDefault
    return value


def leave_out(value: Any, handler: Any) -> Any:
    try:
        return handler(value)
    except ValidationError:
        raise PydanticOmit from None


class Sparse(BaseModel):
    name: Annotated[str, BeforeValidator(default_for_null)] = "nobody"
    number: Annotated[int, BeforeValidator(default_for_null)] = 3
    numbers: list[Annotated[int, WrapValidator(leave_out)]] = []
    inner: "Sparse | None" = None


@pytest.mark.parametrize("fail_fast", [False, True])
@pytest.mark.parametrize(
    ("type_", "text"),
    [
        (Trip, '{"to":{"town":"Ulm"}}'),
        (Trip, '{"to":{"city":null,"town":"Ulm"},"number":5}'),
        (Trip, '{"to":{"city":"Bonn"},"via":[{"town":"Ulm"},{"city":"Jena"}]}'),
        (Sparse, '{"name":null,"number":null}'),
        (Sparse, '{"name":"x","number":null,"numbers":[1,"x",2]}'),
        (Sparse, '{"inner":{"name":null,"numbers":["x"]},"name":"x"}'),
    ],
)
def test_what_validators_around_it_would_change_raises_nothing(
    type_: Any, text: str, fail_fast: bool
) -> None:
    # A part is validated by itself before them; what it then raises, it need not raise in the end.
    assert shown(type_, text, fail_fast=fail_fast)[-1] == type_.model_validate_json(text)


# --- the end, errors, and the rest of the face -----------------------------------------------


def test_the_end_is_that_of_pydantic() -> None:
    text = '{"username":"a","address":{"city":"B"}}'
    parser = ModelParser(User)
    whole = parser.feed("\ufeff" + text + " ")
    assert type(whole) is User
    assert whole == User.model_validate_json(text)
    assert parser.status == "complete"
    assert parser.finish() is whole is parser.finish()
    with pytest.raises(ValueError, match="finish"):
        parser.feed(" ")


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        (int, "12"),
        (str, '"a"'),
        (date, '"2024-01-02"'),
        (Any, '{"a":[1]}'),
        (list[int] | None, "null"),
        (dict[str, Geo], '{"a":{"lat":1,"lon":2}}'),
        (User | list[User], '[{"username":"a","address":{"city":"B"}}]'),
        (tuple[int, str], '[1,"a"]'),
    ],
    ids=str,
)
def test_types_that_are_no_models(type_: Any, text: str) -> None:
    parser: ModelParser[Any] = ModelParser(type_)
    for char in text:
        parser.feed(char)
    assert parser.finish() == TypeAdapter(type_).validate_json(text)


def test_a_root_that_grows() -> None:
    assert shown(str, '"ab') == ["", "a", "ab"]
    assert shown(str | None, '"a') == ["", "a"]
    assert shown(int, "12") == [MISSING, MISSING]
    assert shown(Any, "[[") == [[], [[]]]


def test_malformed_json_keeps_the_partial_object() -> None:
    parser = ModelParser(User)
    with pytest.raises(partialjson.JSONSyntaxError) as caught:
        parser.feed('{"username":"a","address":{"city":"B","geo":x')
    error = caught.value
    assert (error.pos, error.path) == (44, ("address", "geo"))
    assert type(error.value) is Partial[User]
    assert error.value.address.city == "B"
    assert parser.value is error.value
    assert parser.status == "error"
    with pytest.raises(partialjson.JSONSyntaxError) as again:
        parser.finish()
    assert again.value is error
    parser.reset()
    assert parser.value is MISSING
    assert parser.feed('{"username":"b').username == "b"


def test_a_document_that_is_cut_off() -> None:
    parser = ModelParser(User)
    parser.feed('{"username":"a","address":{"city":"B')
    with pytest.raises(partialjson.IncompleteJSONError) as caught:
        parser.finish()
    assert caught.value.open_path == ("address", "city")
    assert caught.value.value.address.city == "B"
    assert caught.value.value == parser.value


def test_limits_and_other_options_are_those_of_the_parser() -> None:
    parser = ModelParser(User, max_string_bytes=10)
    with pytest.raises(partialjson.LimitExceededError) as caught:
        parser.feed('{"username":"a name that is long')
    assert caught.value.limit == "max_string_bytes"
    assert caught.value.value.username == "a name tha"
    assert shown(User, '{"username":"ab', strings="atomic")[-1].username is None
    assert shown(field(int), '{"it":12', numbers="eager")[-1].it is None
    with pytest.raises(ValueError, match="live"):
        ModelParser(User, values="live")
    with pytest.raises(TypeError, match="values must be a str, not NoneType"):
        ModelParser(User, values=None)
    with pytest.raises(ValueError, match="values must be"):
        ModelParser(User, values="dead")
    with pytest.raises(TypeError):
        ModelParser(User, colour="red")


def test_a_repr_says_how_far_it_is() -> None:
    parser = ModelParser(User)
    parser.feed('{"name":')
    assert repr(parser) == "<partialjson.ModelParser open at byte 8>"


def test_write_builds_nothing() -> None:
    made = []

    class Model(BaseModel):
        text: str
        fresh: list[int] = Field(default_factory=lambda: made.append(1) or [])

    parser = ModelParser(Model)
    for char in '{"text":"上':
        assert parser.write(char) == len(char.encode())
    assert made == []
    assert parser.value.text == "上"
    assert len(made) == 1
    assert parser.value is parser.value


def test_a_value_that_is_held_never_changes() -> None:
    values = shown(User, '{"username":"a","address":{"city":"B"},"tags":["a","b"]}')
    assert [value.model_dump_json(exclude_unset=True) for value in values[::8]] == [
        "{}",
        "{}",
        '{"username":"a"}',
        '{"username":"a"}',
        '{"username":"a","address":{}}',
        '{"username":"a","address":{"city":"B"}}',
        '{"username":"a","address":{"city":"B"},"tags":["a"]}',
    ]


def test_one_caller_at_a_time() -> None:
    parser: ModelParser[Any]
    caught = []

    def feed_again(value: Any) -> Any:
        with pytest.raises(RuntimeError, match="it is in use"):
            parser.feed(" ")
        caught.append(value)
        return value

    class Model(BaseModel):
        text: Annotated[str, AfterValidator(feed_again)]

    parser = ModelParser(Model)
    assert parser.feed('{"text":"a",').text == "a"
    assert caught == ["a"]

    entered, leave = threading.Event(), threading.Event()

    def wait(value: Any) -> Any:
        entered.set()
        leave.wait(10)
        return value

    class Slow(BaseModel):
        text: Annotated[str, AfterValidator(wait)]

    parser = ModelParser(Slow)
    thread = threading.Thread(target=parser.feed, args=('{"text":"a",',))
    thread.start()
    assert entered.wait(10)
    with pytest.raises(RuntimeError, match="it is in use"):
        parser.feed("x")
    leave.set()
    thread.join()
    assert parser.value.text == "a"


def test_no_recursion_in_deep_documents() -> None:
    class Node(BaseModel):
        next: Optional["Node"] = None
        items: list[Any] = []

    depth = 1000
    parser = ModelParser(Node)
    value: Any = parser.feed('{"next":' * depth + "{")
    for _ in range(depth):
        value = value.next
    assert type(value) is Partial[Node]
    value = parser.feed("}" * depth)
    assert type(value) is Partial[Node]
    assert type(value.next) is Node
    parser = ModelParser(Node)
    parser.feed('{"items":' + "[" * depth + "]" * depth + ',"next":{"items":')
    parser.feed("[" * depth + "]" * depth + "}")
    assert parser.value.next is not None


class Chain(BaseModel):
    number: int = 0
    next: "Link | None" = None


class Link(RootModel[Chain]):
    pass


@pytest.mark.parametrize("type_", [Chain, Link])
def test_a_root_model_of_an_object_that_it_is_in(type_: Any) -> None:
    text = '{"next":{"next":{"number":2}}}'
    value = shown(type_, text[:-2])[-1]
    value = value.root if type_ is Link else value
    assert value.next.root.next == Link(Chain(number=2))
    assert shown(type_, text)[-1] == type_.model_validate_json(text)


@pytest.mark.parametrize("kind", [set[str], frozenset[str], tuple[str, ...], list[set[str]]])
def test_a_validator_before_a_set_or_tuple_sees_a_list(kind: Any) -> None:
    seen: list[Any] = []

    class Inner(BaseModel):
        values: kind

        @field_validator("values", mode="before")
        @classmethod
        def look(cls, value: Any) -> Any:
            seen.append(value)
            return value

    class Outer(BaseModel):
        inner: Inner
        flag: bool

    values = '[["a"]]' if kind == list[set[str]] else '["a"]'
    text = '{"inner":{"values":' + values + '},"flag":true}'
    assert shown(Outer, text)[-1] == Outer.model_validate_json(text)
    assert seen.count(seen[-1]) == len(seen)


# --- fail_fast -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("type_", "text", "loc", "kind"),
    [
        (User, '{"username":1,', ("username",), "string_type"),
        (User, '{"address":{"geo":{"lat":"north"', ("address", "geo", "lat"), "float_parsing"),
        (User, '{"address":{"geo":{"lat":1}', ("address", "geo", "lon"), "missing"),
        (User, '{"tags":{}', ("tags",), "list_type"),
        (User, '{"tags":["a",1,', ("tags", 1), "string_type"),
        (list[int], '[1,"x"', (1,), "int_parsing"),
        (dict[str, tuple[str, int]], '{"a":null', ("a",), "tuple_type"),
        (dict[str, list[date]], '{"a":["2024"', ("a", 0), "date_from_datetime_inexact"),
        (field(int, extra="forbid"), '{"other"', ("other",), "extra_forbidden"),
        (
            field(make_dataclass("Record", [("x", int)]), extra="forbid"),
            '{"it":{"other"',
            ("it", "other"),
            "unexpected_keyword_argument",
        ),
        (field(Literal["a", "b"]), '{"it":"c', ("it",), "literal_error"),
    ],
)
def test_fail_fast(type_: Any, text: str, loc: tuple[Any, ...], kind: str) -> None:
    parser: ModelParser[Any] = ModelParser(type_, fail_fast=True)
    parser.feed(text[:-1])
    with pytest.raises(ValidationError) as caught:
        parser.feed(text[-1])
    (error,) = caught.value.errors()
    assert (error["loc"], error["type"]) == (loc, kind)
    assert parser.status == "error"
    for again in (parser.finish, lambda: parser.feed(" "), lambda: parser.write(" ")):
        with pytest.raises(ValidationError) as repeated:
            again()
        assert repeated.value is caught.value
    assert parser.value is not MISSING
    # Without it the same text passes until the end.
    patient: ModelParser[Any] = ModelParser(type_)
    patient.feed(text)


def test_fail_fast_spares_what_a_validator_may_mend() -> None:
    class Model(BaseModel):
        number: int
        inner: Geo | None = None

        @field_validator("number", "inner", mode="before")
        @classmethod
        def mend(cls, value: Any) -> Any:
            return 7 if value == "seven" else None if value == {} else value

    parser = ModelParser(Model, fail_fast=True)
    value = parser.feed('{"number":"seven","inner":{}')
    assert value.number is None
    assert parser.feed("}") == Model(number=7, inner=None)


def zero_for_bad(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: 0 if each == "bad" else each for key, each in value.items()}
    return [each for each in value if each != "bad"] if isinstance(value, list) else value


def zero_where_refused(value: Any, handler: Any) -> Any:
    try:
        return handler(value)
    except ValidationError:
        return handler(zero_for_bad(value))


class Point(BaseModel):
    x: int


class Span(NamedTuple):
    first: int
    last: int = 0


class Numbers(RootModel[list[int]]):
    pass


class MendedNumbers(RootModel[list[int]]):
    @field_validator("root", mode="before")
    @classmethod
    def mend(cls, value: Any) -> Any:
        return zero_for_bad(value)


class TaggedPoint(Point):
    kind: Literal["point"]


class TaggedSize(BaseModel):
    kind: Literal["size"]
    width: int


MEND = BeforeValidator(zero_for_bad)
MENDED = [
    (Annotated[list[int], MEND], '[1,"bad",2]'),
    (Annotated[list[int] | None, MEND], '[1,"bad",2]'),
    (Annotated[int | list[int], MEND], '[1,"bad",2]'),
    (Annotated[list[list[int]], MEND], '[[1],"bad"]'),
    (Annotated[tuple[int, int], MEND], '[1,"bad",2]'),
    (Annotated[set[int], MEND], '[1,"bad",2]'),
    (Annotated[dict[str, int], MEND], '{"a":"bad"}'),
    (Annotated[Point, MEND], '{"x":"bad"}'),
    (Annotated[Point | None, MEND], '{"x":"bad"}'),
    (Annotated[make_dataclass("Spot", [("x", int)]), MEND], '{"x":"bad"}'),
    (Annotated[TypedDict("Spot", {"x": int}), MEND], '{"x":"bad"}'),
    (Annotated[Span, MEND], '[1,"bad",2]'),
    (Annotated[Numbers, MEND], '[1,"bad",2]'),
    (MendedNumbers, '[1,"bad",2]'),
    (
        Annotated[TaggedPoint | TaggedSize, Field(discriminator="kind"), MEND],
        '{"kind":"point","x":"bad"}',
    ),
    (
        Annotated[
            Annotated[TaggedPoint, MEND] | TaggedSize,
            Field(discriminator="kind"),
        ],
        '{"kind":"point","x":"bad"}',
    ),
    (
        Annotated[
            TaggedPoint | TaggedSize,
            Field(discriminator="kind"),
            WrapValidator(zero_where_refused),
        ],
        '{"kind":"point","x":"bad"}',
    ),
    (Annotated[Point, WrapValidator(zero_where_refused)], '{"x":"bad"}'),
    (Annotated[Point, PlainValidator(lambda value: Point(x=len(value)))], '{"x":"bad"}'),
    (Annotated[Point, BeforeValidator(lambda value: {"x": 1})], "[1]"),
    (Annotated[list[int], BeforeValidator(lambda value: [1])], "{}"),
    (Annotated[list[int], BeforeValidator(lambda value: [1])], '"text"'),
]


@pytest.mark.parametrize("around", ["{}", "[{}]", '{{"it":{}}}', '{{"it":{{"a":[{}]}}}}'])
@pytest.mark.parametrize(("type_", "text"), MENDED)
def test_fail_fast_spares_what_metadata_may_mend(type_: Any, text: str, around: str) -> None:
    types = {
        "{}": type_,
        "[{}]": list[type_],
        '{{"it":{}}}': field(type_),
        '{{"it":{{"a":[{}]}}}}': field(dict[str, tuple[type_, ...]]),
    }
    whole = around.format(text)
    expected = TypeAdapter(types[around]).validate_json(whole)
    assert shown(types[around], whole, fail_fast=True)[-1] == expected
    assert shown(types[around], whole)[-1] == expected


def test_what_is_mended_grows_and_is_mended_when_it_closes() -> None:
    model = field(Annotated[Point, MEND])
    *_, before, open_, closed = shown(model, '{"it":{"x":"bad"}')
    assert (type(open_.it), before.it) == (Partial[Point], Partial[Point]())
    assert closed.it == Point(x=0)
    assert shown(field(Annotated[list[int], MEND]), '{"it":["bad",1')[-1].it == []
    assert shown(field(Annotated[list[int], MEND]), '{"it":["bad",1]')[-1].it == [1]


def test_fail_fast_refuses_what_was_not_mended() -> None:
    parser = ModelParser(field(Annotated[list[int], MEND]), fail_fast=True)
    parser.feed('{"it":["worse",1')
    with pytest.raises(ValidationError) as caught:
        parser.feed("]")
    assert caught.value.errors()[0]["loc"] == ("it", 0)


def distinct(values: list[Any]) -> list[Any]:
    return list(dict.fromkeys(values))


class Skipped(BaseModel):
    x: int

    @model_validator(mode="after")
    def skip(self) -> Self:
        if self.x < 0:
            raise PydanticOmit
        return self


class AtMostTwo(RootModel[Annotated[list[int], Field(max_length=2)]]):
    @model_validator(mode="before")
    @classmethod
    def shorten(cls, value: Any) -> Any:
        return distinct(value)


AT_MOST_TWO = Field(max_length=2)


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        (Annotated[set[int], AT_MOST_TWO], "[1,1,2]"),
        (Annotated[frozenset[str], AT_MOST_TWO], '["a","a","b"]'),
        (Annotated[list[int], AfterValidator(distinct), AT_MOST_TWO], "[1,1,2]"),
        (Annotated[list[int], BeforeValidator(distinct), AT_MOST_TWO], "[1,1,2]"),
        (Annotated[list[int], AT_MOST_TWO, BeforeValidator(distinct)], "[1,1,2]"),
        (AtMostTwo, "[1,1,2]"),
        (Annotated[list[OnErrorOmit[int]], AT_MOST_TWO], '[1,2,"x"]'),
        (Annotated[list[Skipped], AT_MOST_TWO], '[{"x":1},{"x":2},{"x":-1}]'),
        (Annotated[list[Skipped | None], AT_MOST_TWO], '[{"x":1},{"x":2},{"x":-1}]'),
        (Annotated[list[int], AT_MOST_TWO] | Annotated[str, BeforeValidator(str)], "[1,2,3]"),
    ],
)
def test_fail_fast_counts_only_what_pydantic_counts(type_: Any, text: str) -> None:
    whole = '{"it":' + text + "}"
    model = field(type_)
    assert shown(model, whole, fail_fast=True)[-1] == model.model_validate_json(whole)


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        (Annotated[list[int], AT_MOST_TWO], "[1,2,3]"),
        (Annotated[tuple[str, ...], AT_MOST_TWO], '["a","b","c"]'),
        (Annotated[list[Geo | None], AT_MOST_TWO, AfterValidator(distinct)], "[null,null,null]"),
        (Annotated[list[Any], AT_MOST_TWO], "[{},{},[[]]]"),
    ],
)
def test_fail_fast_refuses_one_element_too_many(type_: Any, text: str) -> None:
    parser = ModelParser(field(type_), fail_fast=True)
    with pytest.raises(ValidationError) as caught:
        parser.feed('{"it":' + text)
    with pytest.raises(ValidationError) as expected:
        field(type_).model_validate_json('{"it":' + text + "}")
    assert caught.value.errors(include_input=False) == expected.value.errors(include_input=False)
    assert parser.offset == len('{"it":') + text.rindex(",") + 2


@pytest.mark.parametrize("loc_by_alias", [False, True])
@pytest.mark.parametrize("text", ['{"at":{"IT":["x"]}}', '{"at":{"IT":1}}', '{"at":{"other":[1]}}'])
def test_fail_fast_names_fields_as_pydantic_does(loc_by_alias: bool, text: str) -> None:
    model = field(Annotated[list[int], Field(alias="IT")], loc_by_alias=loc_by_alias)
    type_: Any = dict[str, model]
    with pytest.raises(ValidationError) as expected:
        TypeAdapter(type_).validate_json(text)
    with pytest.raises(ValidationError) as caught:
        ModelParser(type_, fail_fast=True).feed(text[:-1])
    (error,) = caught.value.errors()
    assert error["loc"] == expected.value.errors()[0]["loc"]


def test_fail_fast_refuses_a_repeated_key_at_its_first_value() -> None:
    text = '{"it":"a","it":2}'
    assert shown(field(int), text)[-1].it == field(int).model_validate_json(text).it == 2
    with pytest.raises(ValidationError):
        ModelParser(field(int), fail_fast=True).feed(text[:9])


def test_fail_fast_keeps_messages_of_validators() -> None:
    def refuse(value: str) -> str:
        raise ValueError(f"no {value}s {{here}}")

    model = field(list[Annotated[str, AfterValidator(refuse)]])
    parser = ModelParser(model, fail_fast=True)
    with pytest.raises(ValidationError) as caught:
        parser.feed('{"it":["cat"')
    (error,) = caught.value.errors()
    assert (error["loc"], error["msg"]) == (("it", 0), "Value error, no cats {here}")


# --- refusals, cut anywhere --------------------------------------------------------------------


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


# --- types that the tests above do not name ----------------------------------------------------


class Page(BaseModel, Generic[T]):
    items: list[T]


def test_generic_models() -> None:
    value = shown(Page[Geo], '{"items":[{"lat":1,"lon":2},{"lat":3')[-1]
    assert [type(item) for item in value.items] == [Geo, Partial[Geo]]


def test_unions_of_one_object_and_one_array() -> None:
    type_ = Union[Geo, list[Geo], str, None]  # noqa: UP007 - the older spelling
    assert type(shown(type_, "{")[-1]) is Partial[Geo]
    assert shown(type_, "[{")[-1] == shown(list[Geo], "[{")[-1]
    assert shown(type_, '"a')[-1] == "a"


def test_discriminated_unions_show_as_soon_as_their_tag_is_complete() -> None:
    class Cat(BaseModel):
        kind: Literal["cat"]

    class Dog(BaseModel):
        kind: Literal["dog"]
        sound: str = ""

    model = field(Annotated[Cat | Dog, Field(discriminator="kind")])
    assert shown(model, '{"it":{"sound":"wo')[-1].it is None
    assert shown(model, '{"it":{"sound":"woof","kind":"do')[-1].it is None
    value = shown(model, '{"it":{"sound":"woof","kind":"dog"')[-1].it
    assert (type(value), value.sound, value.kind) == (Partial[Dog], "woof", "dog")
    value = shown(model, '{"it":{"kind":"dog","sound":"wo')[-1].it
    assert (type(value), value.sound) == (Partial[Dog], "wo")
    assert shown(model, '{"it":{"kind":"dog"}')[-1].it == Dog(kind="dog")
    root = RootModel[Annotated[Cat | Dog, Field(discriminator="kind")]]
    value = shown(field(root), '{"it":{"kind":"dog","sound":"wo')[-1].it
    assert (type(value), type(value.root), value.root.sound) == (Partial[root], Partial[Dog], "wo")


def test_email_is_no_text() -> None:
    pytest.importorskip("email_validator")
    assert shown(field(EmailStr), '{"it":"a@example.com')[-1].it is None
