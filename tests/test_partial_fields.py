"""`Partial[T]` as the type of a field: it is T there, and open objects may be there, too."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from pydantic import (
    BaseModel,
    ConfigDict,
    TypeAdapter,
    ValidationError,
    create_model,
)
from pydantic.dataclasses import dataclass as pydantic_dataclass

from partialjson import ModelParser, Partial, is_complete
from tests.model_table.looks import look


class User(BaseModel):
    name: str
    age: int = 0


class Deferred(BaseModel):
    model_config = ConfigDict(defer_build=True)

    name: str


@dataclasses.dataclass
class Author:
    name: str


@pydantic_dataclass
class Editor:
    name: str


class Page(BaseModel):
    user: Partial[User]
    users: list[Partial[User]] = []
    deferred: Partial[Deferred] | None = None
    author: Partial[Author] | None = None
    editor: Partial[Editor] | None = None
    names: Partial[list[str]] = []


DOCUMENT = (
    '{"user":{"name":"ab","age":1},"users":[{"name":"c"}],"deferred":{"name":"d"},'
    '"author":{"name":"e"},"editor":{"name":"f"},"names":["g"]}'
)


def test_it_grows_and_becomes_a_whole_one() -> None:
    parser = ModelParser(Page)
    shown = [parser.feed(char) for char in DOCUMENT]
    assert type(shown[20].user) is Partial[User]
    assert type(shown[25].user) is Partial[User]
    assert shown[28].user == User(name="ab", age=1)
    assert look(parser.finish()) == look(Page.model_validate_json(DOCUMENT))
    assert parser.finish().user is shown[28].user
    whole = parser.finish()
    objects = whole.user, whole.users[0], whole.deferred, whole.author, whole.editor
    assert [type(each) for each in objects] == [User, User, Deferred, Author, Editor]
    assert all(map(is_complete, objects))


def test_what_is_missing_is_an_error() -> None:
    parser = ModelParser(Page)
    parser.feed('{"user":{}}')
    for end in (parser.finish, lambda: Page.model_validate_json('{"user":{}}')):
        with pytest.raises(ValidationError) as caught:
            end()
        assert caught.value.errors()[0]["loc"] == ("user", "name")


@pytest.mark.parametrize("name", ["user", "deferred", "author", "editor"])
def test_open_and_whole_objects_may_be_there(name: str) -> None:
    type_: Any = {"user": User, "deferred": Deferred, "author": Author, "editor": Editor}[name]
    objects = ModelParser(type_).feed('{"name":"a"'), type_(name="a"), ModelParser(type_).feed("{")
    for each in objects:
        page = Page.model_validate({"user": User(name="b"), name: each})
        assert getattr(page, name) is each
        assert page.model_dump(mode="json")[name] == vars(each)


def test_the_schema_is_that_of_the_whole() -> None:
    class Plain(BaseModel):
        user: User

    class Marked(BaseModel):
        user: Partial[User]

    assert Marked.model_json_schema()["$defs"] == Plain.model_json_schema()["$defs"]


class Node(BaseModel):
    name: str
    kids: list[Partial[Node]] = []


class Left(BaseModel):
    right: Partial[Right] | None = None


class Right(BaseModel):
    left: Partial[Left] | None = None


class Early(BaseModel):
    both: tuple[Late, list[Partial[Early]]] | None = None


class Late(BaseModel):
    number: int


def test_a_model_may_mention_itself() -> None:
    node = ModelParser(Node).feed('{"name":"a","kids":[{"name":"b"},{"na')
    assert [type(each) for each in node.kids] == [Node, Partial[Node]]


def test_models_may_mention_each_other() -> None:
    left = ModelParser(Left).feed('{"right":{"left":{}')
    assert left.right is not None
    assert (type(left.right), type(left.right.left)) == (Partial[Right], Left)
    assert Left.model_validate_json('{"right":{"left":{}}}') == Left(right=Right(left=Left()))


def test_a_model_may_mention_itself_beside_what_comes_later() -> None:
    early = ModelParser(Early).feed('{"both":[{"number":1},[{')
    assert early.both is not None
    assert (early.both[0], type(early.both[1][0])) == (Late(number=1), Partial[Early])


class Place(BaseModel):
    city: str


class Twice(BaseModel):
    one: Place
    other: Place


class Kin(BaseModel):
    name: str = ""
    kid: Kin | None = None


class Secretive(Kin):
    secret: str = "s"


@pytest.mark.parametrize("type_", [Twice, Kin])
def test_the_type_of_a_field_leaves_its_own_as_it_was(type_: Any) -> None:
    """One that Pydantic refers to by a name, that is."""
    schema = type_.model_json_schema()
    around = create_model("Around", its=(list[Partial[type_]], ...))
    for _ in range(2):
        assert type_.model_json_schema() == schema
        assert Partial[type_].model_json_schema() == schema
        assert (
            around.model_json_schema()
            == create_model("Around", its=(list[type_], ...)).model_json_schema()
        )
        assert TypeAdapter(Partial[type_] | None).json_schema()
    assert around(its=[ModelParser(type_).feed("{")]).model_dump() == {
        "its": [dict.fromkeys(type_.model_fields) | ModelParser(type_).feed("{").model_dump()]
    }


def test_what_a_subclass_adds_shows_where_that_was_asked_for() -> None:
    create_model("Before", its=(Partial[Kin], ...))
    later = create_model("Later", its=(Kin, ...))
    assert later(its=Secretive()).model_dump() == {"its": {"name": "", "kid": None}}
