"""`Partial[T]`: what its class is."""

import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial as partial_
from http import HTTPStatus
from typing import Annotated, Any, Generic, Literal, Optional

import pytest
from pydantic import BaseModel, PydanticUserError, TypeAdapter

import partialjson
from partialjson import ModelParser, Partial
from tests.model_table.row import VERSION
from tests.partials import Address, T, User, partial


def test_the_class_is_a_subclass_made_once() -> None:
    assert Partial[User] is Partial[User]
    assert issubclass(Partial[User], User)
    assert Partial[Partial[User]] is Partial[User]
    assert Partial[User] is not Partial[Address]
    assert Partial[User].__name__ == "Partial[User]"
    assert Partial[User].__module__ == User.__module__
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
