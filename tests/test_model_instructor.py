"""What users of Instructor's `Partial` rely on, and what they had to do without."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Optional, Union

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError, field_validator, model_validator
from typing_extensions import Self

import partialjson
from partialjson import ModelParser, Partial


class Inner(BaseModel):
    count: int
    text: str = "default"


class Outer(BaseModel):
    name: str
    age: int
    inner: Inner | None = None
    items: list[Inner] = []
    note: str = "none"


def shown(type_: Any, text: str) -> Any:
    """The value after the whole text, fed byte by byte."""
    parser: ModelParser[Any] = ModelParser(type_)
    value = None
    for byte in text.encode():
        value = parser.feed(bytes([byte]))
    return value


def test_what_is_missing_is_none_or_its_default() -> None:
    value = shown(Outer, "{")
    assert (value.name, value.age, value.inner, value.items) == (None, None, None, [])
    assert value.note == "none"
    assert value.model_fields_set == set()
    assert shown(Outer, '{"inner":{').inner.text == "default"


def test_text_shows_as_it_comes() -> None:
    assert shown(Outer, '{"name": "Jo').name == "Jo"
    assert shown(Outer, '{"name": "').name == ""


class Noted(BaseModel):
    """Notes which of its validators ran, in `ran`."""

    text: str
    number: int

    @field_validator("text")
    @classmethod
    def check_text(cls, value: str) -> str:
        ran.append(("text", value))
        return value

    @field_validator("number", mode="before")
    @classmethod
    def check_number(cls, value: Any) -> Any:
        ran.append(("number", value))
        return value

    @model_validator(mode="after")
    def check(self) -> Self:
        ran.append(("model", self.text))
        return self


ran: list[tuple[str, Any]] = []


def test_no_validator_is_called_while_open_and_all_run_at_the_end() -> None:
    ran.clear()
    parser = ModelParser(Noted)
    for char in '{"text":"ab","number":7':
        parser.feed(char)
    assert ran == []
    parser.feed("}")
    assert ran == [("text", "ab"), ("number", 7), ("model", "ab")]
    parser.finish()
    assert len(ran) == 3


def test_validators_of_a_nested_object_see_it_whole() -> None:
    ran.clear()
    parser = ModelParser(list[Noted])
    for char in '[{"text":"ab","number":7':
        parser.feed(char)
    assert ran == []
    assert parser.feed("}") == [Noted.model_construct(text="ab", number=7)]
    assert ran == [("text", "ab"), ("number", 7), ("model", "ab")]


def test_a_closed_nested_text_in_an_int_field_is_an_int_in_lax_mode() -> None:
    value = shown(Outer, '{"inner":{"count":"7"}')
    assert value.inner == Inner(count=7)
    assert type(value.inner.count) is int
    assert shown(Outer, '{"inner":{"count":"7"').inner.count == 7


def test_an_optional_object_that_closed_is_a_real_one() -> None:
    value = shown(Outer, '{"inner":{"count":7},"na')
    assert type(value) is Partial[Outer]
    assert type(value.inner) is Inner
    assert partialjson.is_complete(value.inner)
    assert not partialjson.is_complete(value)


def test_an_open_second_item_is_an_instance() -> None:
    value = shown(Outer, '{"items":[{"count":1},{"count":2,"text":"a')
    first, second = value.items
    assert type(first) is Inner
    assert type(second) is Partial[Inner]
    assert isinstance(second, Inner)
    assert (second.count, second.text) == (2, "a")


class Leaf(BaseModel):
    leaf: str


class Tree(BaseModel):
    children: list[Union[Leaf, Self]]  # noqa: UP007 - as Instructor's users write it


def test_a_union_with_self_streams() -> None:
    value = shown(Tree, '{"children":[{"leaf":"a"},{"children":[{"leaf":"b"}]},')
    assert value.children == [Leaf(leaf="a"), Tree(children=[Leaf(leaf="b")])]
    assert type(value) is Partial[Tree]


class Chain(BaseModel):
    name: str
    next: Optional["Chain"] = None


class Folder(BaseModel):
    name: str
    files: list["File"]


class File(BaseModel):
    name: str
    folder: Folder | None = None


class Required(BaseModel):
    name: str
    self: "Required"  # only a document without an end would fit


def test_linked_lists_stream() -> None:
    depth = 300
    value: Any = shown(Chain, '{"name":"a","next":' * depth + '{"name":"b')
    for _ in range(depth):
        assert type(value) is Partial[Chain]
        value = value.next
    assert value.name == "b"


def test_mutual_recursion_streams() -> None:
    value = shown(
        Folder, '{"name":"a","files":[{"name":"b","folder":{"name":"c","files":[{"name":"d'
    )
    (file,) = value.files
    assert type(file) is Partial[File]
    assert type(file.folder) is Partial[Folder]
    assert file.folder.files[0].name == "d"


def test_a_required_reference_to_itself_does_not_overflow() -> None:
    value = shown(Required, '{"name":"a","self":{"name":"b')
    assert value.self.name == "b"
    parser = ModelParser(Required)
    parser.feed('{"name":"a","self":{"name":"b"}}')
    with pytest.raises(ValidationError, match=r"self\.self"):
        parser.finish()


class Page(BaseModel):
    by_name: dict[str, Inner] = {}
    either: Inner | str | None = None


def test_models_in_dicts_and_unions_are_no_raw_dicts() -> None:
    value = shown(Page, '{"by_name":{"a":{"count":1},"b":{"count":2,')
    assert [type(each) for each in value.by_name.values()] == [Inner, Partial[Inner]]
    assert type(shown(Page, '{"either":{"count":2,').either) is Partial[Inner]
    assert shown(Page, '{"either":"a').either == "a"


def test_the_end_raises_what_pydantic_raises() -> None:
    text = '{"name":1,"inner":{"count":"x"}}'
    parser = ModelParser(Outer)
    parser.feed(text)
    with pytest.raises(ValidationError) as caught:
        parser.finish()
    with pytest.raises(ValidationError) as expected:
        TypeAdapter(Outer).validate_json(text)
    assert caught.value.errors() == expected.value.errors()


def test_two_threads_that_share_a_child_are_both_right() -> None:
    for _ in range(5):

        class Child(BaseModel):
            name: str

        class One(BaseModel):
            child: Child

        class Other(BaseModel):
            children: list[Child]

        start = threading.Barrier(8)

        def build(type_: Any, text: str, start: threading.Barrier = start) -> tuple[Any, type]:
            start.wait(10)
            return shown(type_, text), Partial[type_]

        texts = '{"child":{"name":"a', '{"children":[{"name":"b"},{"name":"c'
        with ThreadPoolExecutor(8) as threads:
            results = list(threads.map(build, (One, Other) * 4, texts * 4))
        for value, class_ in results:
            assert type(value) is class_
            children = [value.child] if isinstance(value, One) else value.children
            assert type(children[-1]) is Partial[Child]
            assert [child.name for child in children] in (["a"], ["b", "c"])


def test_partial_is_for_subscripts_only() -> None:
    with pytest.raises(TypeError, match=r"Partial\[T\]"):
        Partial()
    with pytest.raises(TypeError, match=r"Partial\[T\]"):

        class Sub(Partial):
            pass
