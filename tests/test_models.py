"""`ModelParser`: what shows when, type by type."""

import collections.abc
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, NamedTuple, NewType, Optional, TypeVar, Union
from uuid import UUID

import pytest
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    EmailStr,
    Field,
    HttpUrl,
    PlainValidator,
    RootModel,
    SecretStr,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)
from typing_extensions import Self, TypedDict

import partialjson
from partialjson import MISSING, ModelParser, Partial
from tests.model_table.looks import whole_objects
from tests.models import Address, Color, Geo, User, field, shown

T = TypeVar("T")


# --- what shows, byte by byte --------------------------------------------------------------------


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


# --- types that the tests above do not name ------------------------------------------------------


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
    assert shown(field(EmailStr), '{"it":"a@example.com')[-1].it is None
