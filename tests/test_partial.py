"""`Partial[T]`: what its class is, and what its instances can do."""

import copy
import gc
import json
import pickle
import threading
import warnings
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial as partial_
from http import HTTPStatus
from typing import Annotated, Any, Generic, Literal, Optional, TypeVar

import pytest
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    PrivateAttr,
    PydanticUserError,
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

T = TypeVar("T")


class Address(BaseModel):
    """Where somebody lives."""

    city: str
    zip_code: int = 10115


class User(BaseModel):
    """A user."""

    name: str
    born: date
    address: Address
    friends: list["User"] = []
    password: SecretStr | None = None

    @computed_field
    @property
    def year(self) -> int:
        return self.born.year

    @field_serializer("name")
    def loudly(self, name: str) -> str:
        return name.upper()


def partial(model: type[T], text: str) -> T:
    """The value of a document that is cut off."""
    value = ModelParser(model).feed(text)
    assert isinstance(value, Partial[model])
    return value


# --- the class -------------------------------------------------------------------------------


def test_the_class_is_a_subclass_made_once() -> None:
    assert Partial[User] is Partial[User]
    assert issubclass(Partial[User], User)
    assert Partial[Partial[User]] is Partial[User]
    assert Partial[User] is not Partial[Address]
    assert Partial[User].__name__ == "Partial[User]"
    assert Partial[User].__module__ == __name__
    assert Partial[User].__doc__ == "A user."


def test_parsing_makes_no_further_class() -> None:
    partial(User, '{"name":"J')
    before = User.__subclasses__()
    for _ in range(3):
        partial(User, '{"name":"J')
    assert User.__subclasses__() == before == [Partial[User]]


def test_the_class_goes_with_its_model() -> None:
    def use() -> list[weakref.ref[type]]:
        class Friend(BaseModel):
            name: str

        class Passing(BaseModel):
            friends: list[Friend] = []

        made = (Passing, type(partial(Passing, '{"friends":[{')), Friend, Partial[Friend])
        return [weakref.ref(each) for each in made]

    passed = use()
    # What an old Pydantic's serializer holds goes only after that serializer has gone.
    gc.collect()
    gc.collect()
    assert [each() for each in passed] == [None] * 4


@pytest.mark.skipif(VERSION < (2, 12), reason="Pydantic itself keeps what refers to its own name")
def test_the_class_goes_with_a_recursive_model() -> None:
    def use() -> weakref.ref[type]:
        class Passing(BaseModel):
            friends: "list[Passing]" = []

        partial(Passing, '{"friends":[{')
        return weakref.ref(Passing)

    passed = use()
    gc.collect()
    assert passed() is None


def test_threads_get_one_class() -> None:
    class Child(BaseModel):
        name: str

    class Left(BaseModel):
        child: Child

    class Right(BaseModel):
        child: Child

    found: list[type] = []
    start = threading.Barrier(8)

    def look(model: type[Any]) -> None:
        start.wait()
        value = partial(model, '{"child":{"name":"a')
        found.append(type(value.child))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(look, (Left, Right) * 4))
    assert found == [Partial[Child]] * 8


def test_every_field_is_optional() -> None:
    assert not any(field.is_required() for field in Partial[User].model_fields.values())
    assert Partial[User]().name is None
    # T stays as it was.
    assert User.model_fields["name"].is_required()
    with pytest.raises(ValueError, match="Field required"):
        User()


@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_schema_is_that_of_the_model(mode: Any) -> None:
    schema = User.model_json_schema(mode=mode)
    assert Partial[User].model_json_schema(mode=mode) == schema
    assert TypeAdapter(Partial[User]).json_schema(mode=mode) == schema


def test_partial_alone_is_no_class_to_use() -> None:
    with pytest.raises(TypeError, match=r"Partial\[T\]"):
        Partial()
    with pytest.raises(TypeError, match=r"Partial\[T\]"):

        class Mine(Partial):
            pass


class Generic_(BaseModel, Generic[T]):
    x: T


@dataclass
class Record:
    x: int


@pytest.mark.parametrize("whole", [User, Record, Generic_], ids=str)
def test_a_class_made_of_it_is_refused(whole: Any) -> None:
    with pytest.raises(TypeError, match="cannot be subclassed: subclass T"):

        class Child(Partial[whole]):
            pass

    with pytest.raises(TypeError, match="cannot be subclassed: subclass T"):
        Partial[Generic_][int]


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"type": "object"}, "such as a model or list.int., not an instance of dict"),
        ([Record], "such as a model or list.int., not an instance of list"),
        ({Record}, "not an instance of set"),
        ((each for each in [Record]), "not an instance of generator"),
        (
            TypeAdapter(list[Record]),
            "such as a model or list.int., not an instance of TypeAdapter",
        ),
        (3, "not an instance of int"),
        (HTTPStatus.OK, "not an instance of HTTPStatus"),
        (Address(city="B"), "such as Address, not an instance of it"),
        (Record(1), "such as Record, not an instance of it"),
    ],
)
def test_what_is_no_type_is_named_as_the_mistake_it_is(given: Any, match: str) -> None:
    for made in (ModelParser, Partial.__class_getitem__):
        with pytest.raises(TypeError, match=match):
            made(given)


@pytest.mark.parametrize(
    "given",
    [
        "User",
        list["User"],
        Optional["User"],
        dict[str, list["User"]],
        Annotated["User", "seen"],
        Partial["User"],
    ],
)
def test_a_name_is_no_type(given: Any) -> None:
    # Another module's class of that name was given, where that module had asked first.
    for made in (ModelParser, partial_(partialjson.stream, [])):
        with pytest.raises(TypeError, match="not its name: pass User itself, not 'User'"):
            made(given)


def test_words_are_no_names() -> None:
    parser = ModelParser(list[Annotated[Literal["User", "Guest"], "of whom"]])
    assert parser.feed('["User","Guest","') == ["User", "Guest"]


@pytest.mark.parametrize("option", ["strict", "fail_fast"])
def test_options_of_models_are_true_or_false(option: Any) -> None:
    with pytest.raises(TypeError, match=f"{option} must be True or False"):
        ModelParser(User, **{option: "yes"})


def test_registries_of_subclasses_do_not_see_it() -> None:
    seen: list[type] = []

    class Plugin(BaseModel):
        name: str

        def __init_subclass__(cls, **kwargs: Any) -> None:
            seen.append(cls)

        @classmethod
        def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
            seen.append(cls)

    partial(Plugin, '{"name":"a')
    assert seen == []


def test_a_metaclass_need_not_take_arguments() -> None:
    meta: Any = type(BaseModel)

    def new(registry: Any, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> Any:
        return meta.__new__(registry, name, bases, namespace)

    registry: Any = type("Registry", (meta,), {"__new__": new})
    body = {"__module__": __name__, "__annotations__": {"name": str}}
    Plugin = registry("Plugin", (BaseModel,), body)
    assert partial(Plugin, '{"name":"a').name == "a"


@pytest.mark.parametrize("of", [lambda model: model, lambda model: list[model]])
def test_a_model_that_was_asked_for_before_it_was_defined_grows(of: Any) -> None:
    class Early(BaseModel):
        title: str
        later: "Later | None" = None

    with pytest.raises(PydanticUserError, match="not fully defined"):
        ModelParser(of(Early))

    class Later(BaseModel):
        text: str

    Early.model_rebuild(_types_namespace={"Later": Later})
    begun = '{"title":"a","later":{"text":"b'
    shown = ModelParser(of(Early)).feed(begun if of(Early) is Early else "[" + begun)
    early = shown if of(Early) is Early else shown[0]
    assert (early.title, early.later.text) == ("a", "b")


def test_other_types_are_marked() -> None:
    users = ModelParser(Partial[list[User]]).feed('[{"name":"J')
    assert users == ModelParser(list[User]).feed('[{"name":"J')
    assert Partial[Partial[list[User]]] == Partial[list[User]]


def test_generic_models() -> None:
    class Box(BaseModel, Generic[T]):
        content: T

    assert Partial[Box[int]].__name__ == "Partial[Box[int]]"
    box = partial(Box[list[str]], '{"content":["a')
    assert isinstance(box, Box)
    assert box.content == ["a"]


# --- its instances ---------------------------------------------------------------------------


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
