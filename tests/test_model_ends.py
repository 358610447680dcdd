"""`ModelParser`: the end, errors, options, and who may call it when."""

import threading
from datetime import date
from typing import Annotated, Any, Optional

import pytest
from pydantic import AfterValidator, BaseModel, Field, RootModel, TypeAdapter, field_validator

import partialjson
from partialjson import MISSING, ModelParser, Partial
from tests.models import Geo, User, field, shown


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
