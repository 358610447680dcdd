"""What is no object comes in one, which nobody sees; with the real clients over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NewType

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError, field_validator
from typing_extensions import TypeAliasType

import partialjson
from partialjson import MISSING, Broadcast, Partial
from tests.broadcasts import watch
from tests.openai_clients import Address, Both
from tests.openai_protocol import (
    DONE,
    chat_answer,
    chat_chunk,
    chat_events,
    chat_whole_answer,
    text_deltas,
)
from tests.protocol import event
from tests.streams import applied

Addresses = TypeAliasType("Addresses", list[Address])
Zip = NewType("Zip", int)


@pytest.mark.parametrize(
    ("type_", "expected"), [(Addresses, [Address(city="a", zip=1)]), (Zip, 12), (list[Zip], [1])]
)
async def test_types_by_another_name(both: Both, type_: Any, expected: Any) -> None:
    field = "items" if type_ == list[Zip] else "value"
    text = TypeAdapter(Any).dump_json({field: expected}).decode()
    both.answers(chat_answer(text, "json_schema"))
    for each in type_, Partial[type_]:
        _, items, error = await both.run(each, mode="json_schema")
        assert (items[-1], error) == (expected, None)


CUT = '{"items":[{"city":"a","zip":1},{"city":"b'
FIRST = Address(city="a", zip=1)


@pytest.mark.parametrize(
    ("type_", "path", "value"),
    [(Partial[list[Address]], (1, "city"), 2), (Iterable[Address], (), 1)],
)
async def test_after_an_early_close_the_error_tells_of_the_list(
    both: Both, type_: Any, path: Any, value: int
) -> None:
    both.answers(chat_answer(CUT, "json_schema"))
    stream = await both.create(type_, mode="json_schema")
    async for item in both.items(stream):
        if not isinstance(item, list) or (len(item) == 2 and item[1].city == "b"):
            break
    await stream.close() if both.is_async else stream.close()
    for _ in range(2):
        with pytest.raises(partialjson.IncompleteJSONError) as raised:
            _ = stream.final
        error = raised.value
        assert error.path[: len(path)] == path
        assert "items" not in error.path
        assert "items" not in (error.open_path or ())
        shown = error.value[0] if value == 2 else error.value
        assert shown == FIRST


BESIDE = '{"note":"items","more":{"a":[1]},"items":["a","bc"],"end":"x"}'


async def test_what_is_beside_the_list_is_not_of_it(both: Both) -> None:
    both.answers(chat_answer(BESIDE, "json_object"))
    stream = await both.create(Partial[list[str]], mode="json_object")
    paths = set()

    @stream.chunks
    def look(_: Any) -> None:
        paths.add(stream.open_path)

    deltas = [delta async for delta in both.items(stream.deltas())]
    assert applied(deltas) == stream.final == ["a", "bc"]
    assert deltas[0].path == ()
    assert {delta.path for delta in deltas[1:]} <= {(0,), (1,)}
    assert paths <= {None, (), (0,), (1,)}


async def test_nor_is_an_error_there(both: Both) -> None:
    both.answers(chat_answer('{"note":[1,x', "json_object"))
    stream, _, error = await both.run(Partial[list[str]], mode="json_object")
    assert type(error) is partialjson.JSONSyntaxError
    assert (error.path, stream.open_path, stream.value) == ((), None, MISSING)


@pytest.mark.parametrize("text", ['["items"]', '"items"', '"itemsitems"'])
async def test_deltas_of_what_is_no_envelope(both: Both, text: str) -> None:
    # In one chunk, so that the field's name is all of a delta.
    both.answers(chat_events([{"content": text}]))
    stream = await both.create(Partial[list[str]], mode="json_object")
    shown = []
    with pytest.raises(ValidationError):
        shown = [delta async for delta in both.items(stream.deltas())]
    assert shown == []


@pytest.mark.parametrize(
    ("type_", "path"), [(Partial[list[Address]], (1, "city")), (Iterable[Address], (1,))]
)
async def test_so_does_the_error_of_an_answer_that_breaks_off(
    both: Both, type_: Any, path: Any
) -> None:
    both.answers(chat_events([{"content": CUT}], None))
    stream = await both.create(type_, mode="json_schema")
    _, error = await both.collect(stream)
    assert type(error) is partialjson.IncompleteJSONError
    assert error.path[: len(path)] == error.open_path[: len(path)] == path
    assert error.value == stream.value


NO_LISTS = [
    '{"cities":[{"city":"a","zip":1}]}',
    '[{"city":"a","zip":1}]',
    "{}",
    '{"items":null}',
    '{"items":"a"}',
    '{"items":{"a":{"city":"a","zip":1}}}',
    "5",
]


@pytest.mark.parametrize("streams", [True, False])
@pytest.mark.parametrize("text", NO_LISTS)
async def test_items_that_are_in_no_list_are_not_passed_over(
    both: Both, text: str, streams: bool
) -> None:
    """What the whole list would be refused for, its items are."""
    both.answers(chat_answer(text, "json_object"))
    _, _, expected = await both.run(list[Address], mode="json_object")
    assert type(expected) is ValidationError
    if streams:
        _, items, error = await both.run(Iterable[Address], mode="json_object")
        assert items == []
    else:
        both.answers([chat_whole_answer(text, "json_object")])
        with pytest.raises(ValidationError) as raised:
            await both.create(Iterable[Address], mode="json_object", stream=False)
        error = raised.value
    assert type(error) is ValidationError
    assert error.title == expected.title
    [told], [wanted] = error.errors(), expected.errors()
    assert (told["type"], told["loc"]) == (wanted["type"], wanted["loc"])


async def test_what_is_in_no_list_is_told_before_the_end(both: Both) -> None:
    chunks = [{"content": '{"items":"a",'}, {"content": '"b":"'}]
    both.answers(chat_events(chunks, "length"))
    _, items, error = await both.run(Iterable[Address], mode="json_object")
    assert (items, type(error)) == ([], ValidationError)


@pytest.mark.parametrize(
    "item", ["[" * 1020 + "]" * 1020, '{"a":' * 1020 + "1" + "}" * 1020, "1" * 5000]
)
async def test_an_item_that_is_too_much_for_pydantic_is_refused_by_it(
    both: Both, item: str
) -> None:
    """As in a list, however deep it is, and however long a number in it."""
    both.answers(chat_answer(f'{{"items":[1,{item}]}}', "json_object"))
    for type_ in list[Any], Iterable[Any]:
        _, items, error = await both.run(type_, mode="json_object", max_digits=None)
        assert type(error) is ValidationError
        assert [each["type"] for each in error.errors()] == ["json_invalid"]
    assert items == [1]


@pytest.mark.parametrize("size", [1, 5, 1000])
async def test_a_key_that_repeats_before_the_list_is_not_passed_over(both: Both, size: int) -> None:
    for text in ('{"a":1,"a":2,"items":{"b":"c"}}', '{"a":1,"a":2}', '{"a":1,"a":2,"items":["c"]}'):
        chunks = [{"content": text[i : i + size]} for i in range(0, len(text), size)]
        both.answers(chat_events(chunks))
        _, items, error = await both.run(Iterable[str], mode="json_object", duplicate_keys="error")
        assert (items, type(error)) == ([], partialjson.JSONSyntaxError)
        assert "repeated key" in error.msg


@pytest.mark.parametrize("size", [1, 5, 1000])
async def test_items_before_half_a_surrogate_are_not_lost(both: Both, size: int) -> None:
    text = '{"items":["a","\ud83d"]}'
    chunks = [chat_chunk({"content": text[i : i + size]}) for i in range(0, len(text), size)]
    # Escaped, as JSON can have it.
    both.answers([*(event(json.dumps(chunk)) for chunk in chunks), DONE])
    _, items, error = await both.run(Iterable[str], mode="json_object")
    assert (items, type(error)) == (["a"], partialjson.JSONSyntaxError)


OTHERS = [
    '{"items":{"a":"Paris","b":"Rome"}}',
    '{"items":{"items":["Paris"]}}',
    '{"items":"Paris"}',
]


@pytest.mark.parametrize("size", [1, 4, 1000])
async def test_nor_is_anything_taken_for_a_list_wherever_it_is_cut(both: Both, size: int) -> None:
    for text in OTHERS:
        chunks = [{"content": text[i : i + size]} for i in range(0, len(text), size)]
        both.answers(chat_events(chunks))
        _, items, error = await both.run(Iterable[str], mode="json_object")
        assert (items, type(error)) == ([], ValidationError), text
    # What comes behind a list changes nothing, as it comes too late.
    text = '{"a":{"b":["x"]},"items":["Paris","Rome"],"items":{"c":"Bern"},"more":["d"]}'
    chunks = [{"content": text[i : i + size]} for i in range(0, len(text), size)]
    both.answers(chat_events(chunks))
    _, items, error = await both.run(Iterable[str], mode="json_object")
    assert (items, error) == (["Paris", "Rome"], None)


@pytest.mark.parametrize("text", ['{"items":[]}', '{"note":{"a":[1]},"items":[ ] }'])
async def test_no_items_are_none(both: Both, text: str) -> None:
    both.answers(chat_answer(text, "json_object"))
    stream, items, error = await both.run(Iterable[Address], mode="json_object")
    assert (items, error, stream.final) == ([], None, MISSING)


class Picky(BaseModel):
    name: str

    @field_validator("name")
    @classmethod
    def looked_up(cls, name: str) -> str:
        return {"a": name}[name]


async def test_items_come_before_the_error_of_one_whatever_it_is(both: Both) -> None:
    # In one chunk.
    both.answers(chat_events([{"content": '{"items":[{"name":"a"},{"name":"b"}'}]))
    _, items, error = await both.run(Iterable[Picky], mode="json_schema")
    assert items == [Picky(name="a")]
    assert type(error) is KeyError


@pytest.mark.parametrize("is_one_chunk", [False, True])
async def test_the_error_behind_items_tells_of_the_list(both: Both, is_one_chunk: bool) -> None:
    text = '{"items":["a","b",{"c":x'
    both.answers(chat_events([{"content": text}] if is_one_chunk else text_deltas(text)))
    stream = await both.create(Iterable[str], mode="json_schema")
    items, error = await both.collect(stream)
    assert items == ["a", "b"]
    assert isinstance(error, partialjson.JSONSyntaxError)
    assert (error.path, error.value, error.pos) == ((2, "c"), "b", len(text) - 1)
    assert stream.value == "b"


async def test_a_page_sees_the_object_that_was_asked_for(both: Both) -> None:
    both.answers(chat_answer('{"items":[{"city":"a","zip":1}]}', "json_schema"))
    stream = await both.create(Partial[list[Address]], mode="json_schema")
    client = await watch(Broadcast(stream).start().view())
    assert client.value == {"items": [FIRST.model_dump()]}
    assert client.end == {"ok": True}
