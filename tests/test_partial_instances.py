"""`Partial[T]`: what its instances can do."""

import copy
import json
import pickle
import warnings
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import pytest
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    PrivateAttr,
    SecretStr,
    SerializerFunctionWrapHandler,
    TypeAdapter,
    computed_field,
    field_serializer,
    field_validator,
    model_serializer,
    model_validator,
)

import partialjson
from partialjson import ModelParser, Partial
from tests.model_table.row import VERSION
from tests.partials import Address, User, partial


@pytest.fixture
def user() -> User:
    return partial(
        User,
        '{"name":"Jo","friends":[{"name":"Al","address":{"city":"B"},"password":"x","address":{"c',
    )


def test_an_open_object_is_an_instance(user: User) -> None:
    assert isinstance(user, User)
    assert type(user) is Partial[User]
    assert type(user.friends[0]) is Partial[User]


def test_repr_names_the_class_and_what_shows(user: User) -> None:
    assert repr(partial(Address, '{"city":"Be')) == "Partial[Address](city='Be', zip_code=10115)"
    assert repr(user).startswith(
        "Partial[User](name='Jo', born=None, address=None, friends=[Partial"
    )
    assert str(user).startswith("name='Jo' born=None")


def test_dumping_works_and_warns_of_nothing(user: User) -> None:
    friend = {
        "name": "AL",
        "born": None,
        "address": {"city": None, "zip_code": 10115},
        "friends": [],
        "password": SecretStr("x"),
    }
    whole = {"name": "JO", "born": None, "address": None, "friends": [friend], "password": None}
    assert user.model_dump() == whole
    assert user.model_dump(exclude_unset=True) == {
        "name": "JO",
        "friends": [{"name": "AL", "address": {}, "password": SecretStr("x")}],
    }
    assert user.model_dump(exclude_defaults=True, exclude={"friends"}) == {"name": "JO"}
    assert user.model_dump(mode="json") == whole | {
        "friends": [friend | {"password": "**********"}]
    }
    assert user.model_dump_json(exclude_unset=True) == (
        '{"name":"JO","friends":[{"name":"AL","address":{},"password":"**********"}]}'
    )


def test_a_list_of_open_and_closed_models_is_dumped_as_it_is() -> None:
    user = partial(
        User,
        '{"friends":[{"name":"Al","born":"2000-01-01","address":{"city":"B"}},{"name":"Be',
    )
    closed, open_ = user.model_dump()["friends"]
    assert type(user.friends[0]) is User
    assert closed["year"] == 2000, "computed fields are those of whole objects"
    assert "year" not in open_
    assert open_["name"] == "BE"


def test_serialization_of_the_whole_model_waits_for_it() -> None:
    class Pair(BaseModel):
        left: int
        right: int

        @model_serializer
        def joined(self) -> int:
            return self.left + self.right

    assert partial(Pair, '{"left":1,').model_dump() == {"left": 1, "right": None}
    assert ModelParser(Pair).feed('{"left":1,"right":2}').model_dump() == 3


@pytest.mark.skipif(VERSION < (2, 12), reason="exclude_if came with 2.12")
def test_a_missing_field_is_not_asked_whether_to_leave_it_out() -> None:
    options: Any = {"exclude_if": lambda value: value > 3}
    unless_none: Any = {"exclude_if": lambda value: value is None}

    class Row(BaseModel):
        low: int = Field(**options)
        high: int = Field(**options)
        none: int | None = Field(None, **unless_none)

    assert partial(Row, '{"high":').model_dump() == {"low": None, "high": None}
    assert partial(Row, '{"high":5,').model_dump() == {"low": None}
    assert ModelParser(Row).feed('{"high":5,"low":1}').model_dump_json() == '{"low":1}'


def test_serializers_around_fields_are_given_what_is_open() -> None:
    class Item(BaseModel):
        price: float

        @computed_field
        @property
        def gross(self) -> float:
            return self.price * 2

    class Order(BaseModel):
        pair: tuple[int, str] = (0, "")
        items: list[Item] = []

        @field_serializer("pair", "items", mode="wrap")
        def within(self, value: object, handler: SerializerFunctionWrapHandler) -> Any:
            return [handler(value)]

    order = partial(Order, '{"pair":[1')
    assert order.model_dump() == {"pair": [()], "items": [[]]}
    order = partial(Order, '{"pair":[1,"a"],"items":[{"price":1},{')
    assert order.model_dump() == {
        "pair": [(1, "a")],
        "items": [[{"price": 1.0, "gross": 2.0}, {"price": None}]],
    }
    assert json.loads(order.model_dump_json())["pair"] == [[1, "a"]]


Iso = Annotated[datetime, PlainSerializer(lambda moment: moment.isoformat())]


class Moment(BaseModel):
    at: Iso
    name: str


def test_serializers_for_json_alone_leave_python_what_is_open() -> None:
    class Event(BaseModel):
        moment: Moment
        moments: list[Moment] = []
        pair: tuple[str, int] = ("", 0)

        @field_serializer("moment", when_used="json")
        def by_name(self, moment: Moment) -> str:
            return moment.name

        @field_serializer("moments", "pair", when_used="json-unless-none")
        def by_length(self, several: Any) -> int:
            return len(several)

    event = partial(Event, '{"pair":["a"],"moments":[{"name":"b"}],"moment":{"name":"c')
    assert event.model_dump() == {
        "moment": {"at": None, "name": "c"},
        "moments": [{"at": None, "name": "b"}],
        "pair": ("a",),
    }
    assert json.loads(event.model_dump_json()) == {"moment": "c", "moments": 1, "pair": 1}
    event = partial(Event, '{"moments":[')
    assert json.loads(event.model_dump_json()) == {"moment": None, "moments": 0, "pair": 2}


def test_equality(user: User) -> None:
    assert user == copy.copy(user) == copy.deepcopy(user)
    assert partial(Address, '{"city":"B') == partial(Address, '{"city":"B"')
    assert partial(Address, '{"city":"B') != partial(Address, '{"city":"Be')
    assert partial(Address, '{"city":"B"') != Address(city="B")


def test_copies_are_the_same_and_independent(user: User) -> None:
    for same in (
        copy.copy(user),
        copy.deepcopy(user),
        user.model_copy(),
        user.model_copy(deep=True),
    ):
        assert type(same) is Partial[User]
        assert same.model_fields_set == {"name", "friends"}
        assert partialjson.state(same, "friends") == "open"
    copy.deepcopy(user).friends[0].name = "other"
    assert user.friends[0].name == "Al"


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickle(user: User, protocol: int) -> None:
    same = pickle.loads(pickle.dumps(user, protocol))
    assert same == user
    assert type(same) is Partial[User]
    assert same.model_fields_set == user.model_fields_set
    assert partialjson.state(same, "friends") == "open"


def test_frozen_models() -> None:
    class Fixed(BaseModel):
        model_config = ConfigDict(frozen=True)
        name: str
        other: str

    value = partial(Fixed, '{"name":"a')
    assert hash(value) == hash(copy.copy(value))
    with pytest.raises(ValueError, match="frozen"):
        value.name = "b"


def test_building_one_runs_no_code_of_the_model() -> None:
    ran: list[str] = []

    class Busy(BaseModel):
        name: Annotated[str, Field(min_length=2)]
        count: int = 0
        _state: list[int] = PrivateAttr(default=[])
        _made: dict[str, int] = PrivateAttr(default_factory=lambda: ran.append("factory") or {})

        def __init__(self, **data: Any) -> None:
            ran.append("init")
            super().__init__(**data)

        def model_post_init(self, context: Any) -> None:
            ran.append("post_init")

        def __setattr__(self, name: str, value: Any) -> None:
            ran.append("setattr")

        @field_validator("name", mode="before")
        @classmethod
        def before(cls, value: Any) -> Any:
            ran.append("before")
            return value

        @field_validator("count")
        @classmethod
        def after(cls, value: Any) -> Any:
            ran.append("after")
            return value

        @model_validator(mode="after")
        def whole(self) -> "Busy":
            ran.append("whole")
            return self

    parser = ModelParser(Busy)
    value = parser.feed('{"count":1,"name":"abc","na')
    assert (value.name, value.count, ran) == ("abc", 1, [])
    assert value._state == []
    assert value._state is not parser.feed('me":"abcd')._state, "not shared between objects"
    whole = parser.feed('"}')
    assert parser.finish() is whole
    by_us, ran[:] = ran[:], []
    TypeAdapter(Busy).validate_json('{"count":1,"name":"abcd"}')
    assert by_us == ran
    assert "post_init" in ran


@pytest.mark.parametrize("base", [BaseModel, object])
def test_a_finaliser_is_for_what_the_class_has_made(base: Any) -> None:
    """One that closes or deletes what its object names would do so to half a name."""
    ended: list[str] = []

    class File(base):
        path: str

        def __del__(self) -> None:
            ended.append(self.path)

    type_ = File if base is BaseModel else dataclass(File)
    parser = ModelParser(type_)
    shown = [parser.feed(chunk) for chunk in ['{"path": "/ho', "me/me/", 'draft"']]
    assert [each.path for each in shown] == ["/ho", "/home/me/", "/home/me/draft"]
    shown.clear()
    copy.copy(parser.value)
    assert parser.feed("}").path == "/home/me/draft"
    assert ended == []
    parser.reset()
    assert ended == ["/home/me/draft"]


def test_state_of_fields() -> None:
    parser = ModelParser(User)
    seen = []
    for chunk in (
        "{",
        '"name":"J',
        'o"',
        ',"born":"20',
        '24-01-01"',
        ',"address":{"city":"B"',
        "}",
    ):
        value = parser.feed(chunk)
        seen.append([partialjson.state(value, name) for name in ("name", "born", "address")])
    assert seen == [
        ["missing", "missing", "missing"],
        ["open", "missing", "missing"],
        ["complete", "missing", "missing"],
        ["complete", "open", "missing"],
        ["complete", "complete", "missing"],
        ["complete", "complete", "open"],
        ["complete", "complete", "complete"],
    ]
    assert partialjson.is_complete(value.address)
    assert not partialjson.is_complete(value)
    whole = parser.feed("}")
    assert partialjson.is_complete(whole)
    assert partialjson.state(whole, "friends") == "complete"
    with pytest.raises(AttributeError, match="no field 'nam'"):
        partialjson.state(whole, "nam")


def test_nothing_warns() -> None:
    # pytest makes errors of warnings; this is for what is cached by the time a test runs.
    with warnings.catch_warnings():
        warnings.simplefilter("error")

        class Fresh(BaseModel):
            model_config = ConfigDict(protected_namespaces=())
            model_name: str
            inner: Address | None = None

        value = partial(Fresh, '{"model_name":"a","inner":{"city":"B')
        assert value.model_dump_json() == (
            '{"model_name":"a","inner":{"city":"B","zip_code":10115}}'
        )
