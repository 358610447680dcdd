"""Chat completions as the service sends them, byte for byte, to the real clients."""

from __future__ import annotations

import asyncio
import itertools
import json
import threading
import typing
import weakref
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import openai
import pytest
from openai.types import CompletionUsage
from pydantic import RootModel, ValidationError
from typing_extensions import TypedDict

import partialjson
from partialjson import Partial, ToolCall
from tests.openai_clients import (
    ADDRESSES,
    CALLS,
    MANY,
    MESSAGES,
    TEXT,
    USER,
    VALUE,
    Address,
    Both,
    Search,
    User,
    Weather,
)
from tests.openai_protocol import (
    USAGE,
    call_deltas,
    chat_answer,
    chat_chunk,
    chat_events,
    chat_whole,
    chat_whole_answer,
    document_of,
    pieces,
    text_deltas,
)
from tests.protocol import LAYOUTS, event, paced

MODES = ["tools", "json_schema", "json_object"]


# --- modes and layouts ---------------------------------------------------------------------------


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("mode", MODES)
async def test_growing_objects_in_every_mode(
    both: Both, mode: str, layout: Callable[[Iterable[bytes]], list[bytes]]
) -> None:
    both.answers(layout(chat_answer(TEXT, mode)))
    stream, items, error = await both.run(Partial[User], mode=mode)
    assert error is None
    assert items[-1] == stream.final == USER
    assert [type(item) for item in items] == [Partial[User]] * (len(items) - 1) + [User]
    names = [item.name for item in items if item.name is not None]
    assert all(USER.name.startswith(name) for name in names)
    assert len(set(names)) > 2
    assert stream.text == TEXT
    assert stream.finish_reason == "stop"
    assert stream.usage == CompletionUsage.model_validate(USAGE)
    assert stream.response_id == "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT"
    assert stream.state(("address", "city")) == "complete"
    assert stream.attempt == 1


async def test_the_first_value_comes_within_two_tokens(both: Both) -> None:
    # The role, an empty delta, the name of the tool, and then the first token of the arguments.
    events = chat_answer(TEXT, "tools")
    gate = threading.Event()
    both.answers([*events[: 3 + 2], gate, *events[3 + 2 :]])
    stream = await both.create(Partial[User])
    first = await anext(stream) if both.is_async else next(stream)
    assert type(first) is Partial[User]
    gate.set()
    items, error = await both.collect(stream)
    assert (items[-1], error) == (USER, None)


async def test_each_object_comes_before_the_next_token_is_sent(both: Both) -> None:
    """Who waited for one token more would get none, and an error in its place."""
    # The role, an empty delta, the name of the tool, and then the tokens.
    events = iter(chat_answer(TEXT, "tools"))
    steps: list[Any] = [next(events) for _ in range(3)]
    parser = partialjson.ModelParser(User)
    values, gates = [], []
    for piece in pieces(TEXT):
        value = parser.feed(piece)
        steps.append(next(events))
        # The last is the model itself, and may have to wait for the end of the answer.
        if parser.take_changed() and parser.status != "complete":
            values.append(value)
            gates.append(threading.Event())
            steps.append(gates[-1])
    both.answers([*steps, *events])
    items = []
    async for item in both.items(await both.create(Partial[User])):
        items.append(item)
        if len(items) <= len(gates):
            gates[len(items) - 1].set()
    assert len(gates) > 5
    assert items == [*values, USER]


def schema_of(request: dict[str, Any], mode: str) -> dict[str, Any]:
    """The schema that a request asks for, where its mode has it."""
    if mode == "tools":
        [tool] = request["tools"]
        assert request["tool_choice"]["function"]["name"] == tool["function"]["name"]
        schema: dict[str, Any] = tool["function"]["parameters"]
        assert tool["function"]["strict"] is True
        return schema
    assert "tools" not in request
    wanted = request["response_format"]
    assert wanted["type"] == mode
    if mode == "json_schema":
        assert wanted["json_schema"]["strict"] is True
        schema = wanted["json_schema"]["schema"]
        return schema
    system, *messages = request["messages"]
    assert messages == MESSAGES
    assert "JSON" in system["content"]
    schema = json.loads(system["content"].partition("\n")[2])
    return schema


@pytest.mark.parametrize("mode", MODES)
async def test_what_is_asked_for(both: Both, mode: str) -> None:
    both.answers(chat_answer(TEXT, mode))
    await both.run(Partial[User], mode=mode)
    schema = schema_of(both.requests[0], mode)
    assert schema["required"] == ["name", "address", "tags"]
    assert schema["additionalProperties"] is False
    both.answers(chat_answer(document_of({"items": [VALUE]}), mode))
    await both.run(Partial[list[User]], mode=mode)
    schema = schema_of(both.requests[0], mode)
    assert schema["type"] == "object"
    assert schema["required"] == ["items"]


async def test_the_mode_of_the_client(both: Both) -> None:
    both.client = partialjson.from_openai(both.bare, mode="json_schema")
    both.answers(chat_answer(TEXT, "json_schema"))
    _, items, error = await both.run(Partial[User])
    assert (items[-1], error) == (USER, None)
    assert both.requests[0]["response_format"]["type"] == "json_schema"
    both.answers(chat_answer(TEXT, "tools"))
    both.client = both.client.with_options(timeout=5)
    _, items, error = await both.run(Partial[User], mode="tools")
    assert (items[-1], error) == (USER, None)
    with pytest.raises(ValueError, match="json_object"):
        partialjson.from_openai(both.bare, mode="yaml")


@pytest.mark.parametrize("mode", MODES)
async def test_one_validated_object(both: Both, mode: str) -> None:
    both.answers(chat_answer(TEXT, mode))
    stream, items, error = await both.run(User, mode=mode)
    assert (items, error) == ([USER], None)
    assert type(items[0]) is User
    assert stream.final is items[0]
    both.answers([chat_whole_answer(TEXT, mode)])
    user = await both.create(User, mode=mode, stream=False)
    assert type(user) is User
    assert user == USER
    assert both.requests[0].get("stream") is False


@pytest.mark.parametrize("mode", MODES)
async def test_items_when_they_close(both: Both, mode: str) -> None:
    # No more is sent than two items and a half, until these two have come.
    events = chat_answer(document_of({"items": MANY}), mode)
    middle = len(events) // 2
    gate = threading.Event()
    both.answers([*events[:middle], gate, *events[middle:]])
    stream = await both.create(Iterable[Address], mode=mode)
    items = []
    async for item in both.items(stream):
        items.append(item)
        if len(items) == 2:
            gate.set()
    assert items == ADDRESSES
    assert {type(item) for item in items} == {Address}
    assert stream.final is items[-1]
    both.answers([chat_whole_answer(document_of({"items": MANY}), mode)])
    assert await both.create(Iterable[Address], mode=mode, stream=False) == ADDRESSES


async def test_no_item_is_kept_but_the_last(both: Both) -> None:
    many = [{"city": "x" * 100, "zip": i} for i in range(200)]
    both.answers([b"".join(chat_answer(document_of({"items": many}), "json_schema"))])
    stream = await both.create(Iterable[Address], mode="json_schema")
    seen = []
    async for item in both.items(stream):
        seen.append(weakref.ref(item))
        del item
        # This one, the one before it, and those of the same chunk that wait.
        assert sum(each() is not None for each in seen) <= 2
    assert len(seen) == 200
    assert stream.final == Address.model_validate(many[-1])
    for ask in (lambda: stream.text, lambda: stream.state((0,)), lambda: stream.open_path):
        with pytest.raises(RuntimeError, match="flat"):
            ask()
    with pytest.raises(TypeError, match="deltas"):
        stream.deltas()


async def test_a_growing_list(both: Both) -> None:
    both.answers(chat_answer(document_of({"items": MANY}), "tools"))
    stream, items, error = await both.run(Partial[list[Address]])
    assert error is None
    assert items[-1] == stream.final == stream.value == ADDRESSES
    lengths = [len(item) for item in items]
    assert lengths == sorted(lengths)
    assert set(lengths) >= {1, 2, 3, 4, 5}
    assert [type(each) for each in items[len(items) // 2]][:-1] == [Address] * (
        len(items[len(items) // 2]) - 1
    )
    assert stream.state((0, "city")) == "complete"


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        (Partial[list[str]], ["a", "bc"]),
        (Partial[dict[str, int]], {"a": 1}),
        (Partial[Address | int], {"city": "a", "zip": 1}),
        (int, 12),
    ],
)
async def test_what_is_no_object_comes_in_one(both: Both, type_: Any, value: Any) -> None:
    field = "items" if isinstance(value, list) else "value"
    both.answers(chat_answer(document_of({field: value}), "json_schema"))
    stream, items, error = await both.run(type_, mode="json_schema")
    assert error is None
    last = items[-1].model_dump() if isinstance(items[-1], Address) else items[-1]
    assert last == value
    assert stream.final is items[-1]


@dataclass
class Place:
    city: str
    zip: int


class PlaceDict(TypedDict):
    city: str
    zip: int


class Zips(RootModel[list[int]]):
    """A list of numbers."""


@pytest.mark.parametrize(
    ("type_", "value", "expected"),
    [
        (Place, {"city": "Wien", "zip": 1}, Place("Wien", 1)),
        (PlaceDict, {"city": "Wien", "zip": 1}, {"city": "Wien", "zip": 1}),
        (Zips, [1, 2], Zips([1, 2])),
        (typing.List, [1, "a"], [1, "a"]),  # noqa: UP006
    ],
)
async def test_types_that_are_no_model(both: Both, type_: Any, value: Any, expected: Any) -> None:
    field = "items" if typing.get_origin(type_) is list else "value"
    text = document_of({field: value})
    both.answers(chat_answer(text, "tools"))
    stream, items, error = await both.run(Partial[type_])
    assert error is None
    assert items[-1] == stream.final == expected
    assert type(items[-1]) is type(expected)
    assert len(items) > 2
    both.answers([chat_whole_answer(text, "tools")])
    assert await both.create(type_, stream=False) == expected
    [tool] = both.requests[0]["tools"]
    assert tool["function"]["parameters"]["required"] == [field]


async def test_short_names(both: Both) -> None:
    both.answers(chat_answer(TEXT, "tools"))
    request = {"model": "gpt-4o", "messages": MESSAGES}
    completions = both.client.chat.completions
    stream = completions.create_partial(response_model=User, **request)
    items, error = await both.collect(await stream if both.is_async else stream)
    assert (items[-1], error) == (USER, None)
    assert type(items[0]) is Partial[User]
    both.answers(chat_answer(document_of({"items": MANY}), "tools"))
    stream = completions.create_iterable(response_model=Address, **request)
    assert await both.collect(await stream if both.is_async else stream) == (ADDRESSES, None)


# --- tools ---------------------------------------------------------------------------------------


def check_calls(items: list[ToolCall[Any]]) -> None:
    weather = [item for item in items if item.index == 0]
    search = [item for item in items if item.index == 1]
    assert {item.id for item in weather} == {"call_0"}
    assert {item.name for item in search} == {"Search"}
    assert weather[-1] == ToolCall(0, "call_0", "Weather", Weather(city="Wien", days=3), True)
    expected = Search(query="schönes Wetter", site=None)
    assert search[-1] == ToolCall(1, "call_1", "Search", expected, True)
    assert type(search[-1].arguments) is Search
    for calls, type_ in (weather, Weather), (search, Search):
        assert [call.complete for call in calls] == [False] * (len(calls) - 1) + [True]
        # A call shows as soon as its name is known.
        assert calls[0].arguments is partialjson.MISSING
        assert {type(call.arguments) for call in calls[1:-1]} == {Partial[type_]}
    queries = [call.arguments.query or "" for call in search[1:]]
    assert all(later.startswith(query) for query, later in itertools.pairwise(queries))
    assert len(set(queries)) > 3


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("interleaved", [False, True])
async def test_several_tool_calls(
    both: Both, interleaved: bool, layout: Callable[[Iterable[bytes]], list[bytes]]
) -> None:
    deltas = call_deltas(CALLS, interleaved=interleaved)
    both.answers(layout(chat_events(deltas, "tool_calls")))
    stream, items, error = await both.run(tools=[Weather, Search])
    assert error is None
    check_calls(items)
    order = [item.index for item in items]
    assert (order[:6] == [0, 1, 0, 1, 0, 1]) is interleaved
    assert stream.finish_reason == "tool_calls"
    assert stream.usage.total_tokens == 50
    assert stream.final == stream.value == [items[-1 - order[::-1].index(i)] for i in (0, 1)]
    assert stream.text.splitlines() == [text for _, text in CALLS]
    assert stream.status == "complete"
    assert stream.state((1, "query")) == "complete"
    tools = both.requests[0]["tools"]
    assert [tool["function"]["name"] for tool in tools] == ["Weather", "Search"]
    assert "tool_choice" not in both.requests[0]


async def test_a_call_that_is_whole_is_not_held_back(both: Both) -> None:
    events = chat_events(call_deltas(CALLS), "tool_calls")
    middle = len(events) // 2
    gate = threading.Event()
    both.answers([*events[:middle], gate, *events[middle:]])
    stream = await both.create(tools=[Weather, Search])
    async for call in both.items(stream):
        if call.complete:
            gate.set()
    assert [call.complete for call in stream.final] == [True, True]


@pytest.mark.parametrize("interleaved", [False, True])
async def test_calls_come_no_oftener_than_the_interval(both: Both, interleaved: bool) -> None:
    both.answers(chat_events(call_deltas(CALLS, interleaved=interleaved), "tool_calls"))
    stream, items, error = await both.run(tools=[Weather, Search], min_interval=1000)
    assert error is None
    # What is whole is not held back, and what has come of the others comes with it.
    told = [(0, False), (0, True), *([(1, False)] if interleaved else []), (1, True)]
    assert [(call.index, call.complete) for call in items] == told
    assert stream.final == [call for call in items if call.complete]


async def test_objects_do_so_too_and_items_come_when_they_are_whole(both: Both) -> None:
    both.answers(chat_answer(TEXT, "tools"))
    _, items, error = await both.run(Partial[User], min_interval=1000)
    assert error is None
    # The first, where the address and the tags end, and the last.
    assert [len(item.model_fields_set) for item in items] == [0, 2, 3, 3]
    both.answers(chat_answer(document_of({"items": MANY}), "tools"))
    _, items, error = await both.run(Iterable[Address], min_interval=1000)
    assert (items, error) == (ADDRESSES, None)


async def test_words_in_place_of_a_call_are_in_the_error(both: Both) -> None:
    words = "Sure! Wien is lovely in spring." + " It is." * 100
    both.answers(chat_events(text_deltas(words), "stop"))
    _, items, error = await both.run(Partial[User])
    assert isinstance(error, partialjson.IncompleteJSONError)
    assert str(error).startswith("the language model made no tool call (stop), but said 'Sure! W")
    assert len(str(error)) < 300
    assert not any(item.model_dump(exclude_unset=True) for item in items)
    both.answers([chat_whole(words)])
    with pytest.raises(partialjson.IncompleteJSONError, match="but said 'Sure! Wien is") as raised:
        await both.create(User, stream=False)
    assert len(str(raised.value)) < 300
    # Beside a call that is cut off, they are not what is wrong.
    started = [*text_deltas(words), *call_deltas([("User", '{"name": "Ja')])]
    both.answers(chat_events(started, "stop"))
    _, _, error = await both.run(Partial[User])
    assert "stopped before the end of the document (stop)" in str(error)


async def test_tool_calls_that_are_not_streamed(both: Both) -> None:
    both.answers([chat_whole(None, CALLS, finish_reason="tool_calls")])
    calls = await both.create(tools=[Weather, Search], stream=False)
    assert [call.arguments for call in calls] == [
        Weather(city="Wien", days=3),
        Search(query="schönes Wetter", site=None),
    ]
    assert all(call.complete for call in calls)


async def test_tools_of_both_kinds(both: Both) -> None:
    plain = {"type": "function", "function": {"name": "Search", "parameters": {"type": "object"}}}
    both.answers(chat_events(call_deltas(CALLS), "tool_calls"))
    stream, _, error = await both.run(tools=[Partial[Weather], plain], tool_choice="required")
    assert error is None
    weather, search = stream.final
    assert type(weather.arguments) is Weather
    assert search.arguments == {"query": "schönes Wetter", "site": None}
    assert both.requests[0]["tools"][1] == plain
    assert both.requests[0]["tool_choice"] == "required"


async def test_tools_that_can_be_read_but_once(both: Both) -> None:
    both.answers(chat_events(call_deltas(CALLS), "tool_calls"))
    stream, _, error = await both.run(tools=(tool for tool in (Weather, Search)))
    assert error is None
    assert [type(call.arguments) for call in stream.final] == [Weather, Search]


async def test_a_tool_that_takes_any_text_is_refused(both: Both) -> None:
    """For its calls are no JSON, and nothing else could be made of them."""
    with pytest.raises(TypeError, match="a custom tool takes text, not JSON"):
        await both.create(tools=[Weather, {"type": "custom", "custom": {"name": "shell"}}])


async def test_what_is_wrong_about_a_written_tool_the_service_tells(both: Both) -> None:
    of_responses = {"type": "function", "name": "Search", "parameters": {"type": "object"}}
    message = "Missing required parameter: 'tools[1].function'."
    both.answers([{"status_code": 400, "error": {"message": message}}])
    with pytest.raises(openai.BadRequestError, match="Missing"):
        await both.create(tools=[Weather, of_responses])
    assert both.requests[0]["tools"][1] == of_responses


async def test_an_answer_without_a_call(both: Both) -> None:
    both.answers(chat_events(text_deltas("I would rather talk.")))
    stream, items, error = await both.run(tools=[Weather])
    assert (items, error, stream.final) == ([], None, [])


async def test_calls_of_which_more_might_have_come(both: Both) -> None:
    events = chat_events(call_deltas(CALLS), "tool_calls")
    # The stream ends in good order between two calls, with no reason given.
    end = next(i for i, each in enumerate(events) if b"call_1" in each)
    both.answers(events[:end])
    stream, items, error = await both.run(tools=[Weather, Search])
    assert items[-1].complete
    assert type(error) is partialjson.IncompleteJSONError
    assert error.value == stream.value == [items[-1]]
    both.answers(events)
    stream = await both.create(tools=[Weather, Search])
    async for call in both.items(stream):
        if call.complete:
            await stream.close() if both.is_async else stream.close()
    assert call.index == 0
    with pytest.raises(partialjson.IncompleteJSONError) as raised:
        _ = stream.final
    assert raised.value.value == [call]


async def test_nothing_comes_after_a_close(both: Both) -> None:
    # All items in one segment: they wait already when the first one comes.
    both.answers([b"".join(chat_answer(document_of({"items": MANY}), "tools"))])
    stream = await both.create(Iterable[Address])
    items = []
    async for item in both.items(stream):
        items.append(item)
        await stream.close() if both.is_async else stream.close()
    assert items == ADDRESSES[:1]


@pytest.mark.parametrize("wish", [{"response_model": Iterable[Address]}, {"tools": [Weather]}])
async def test_items_and_calls_end_where_a_hook_or_the_service_fails(both: Both, wish: Any) -> None:
    def fails(_: object) -> None:
        raise ZeroDivisionError

    both.answers(chat_events(call_deltas(CALLS[:1]), "tool_calls"))
    stream = await both.create(**wish)
    stream.chunks(fails)
    items, error = await both.collect(stream)
    assert (items, type(error)) == ([], ZeroDivisionError)
    # As Groq says so.
    overloaded = chat_chunk({}) | {"x_groq": {"error": "Overloaded"}}
    both.answers([event(overloaded), *chat_events(call_deltas(CALLS[:1]), "tool_calls")])
    _, items, error = await both.run(**wish)
    assert (items, type(error)) == ([], partialjson.ServiceError)
    assert "Overloaded" in str(error)


async def test_a_tool_that_was_not_given(both: Both) -> None:
    both.answers(chat_events(call_deltas([("Dance", "{}")])))
    _, items, error = await both.run(tools=[Weather])
    assert items == []
    assert type(error) is ValueError
    assert "'Dance'" in str(error)


async def test_a_call_that_does_not_fit(both: Both) -> None:
    calls = [("Weather", '{"city":"Wien","days":"few"}'), CALLS[1]]
    both.answers(chat_events(call_deltas(calls), "tool_calls"))
    stream, items, error = await both.run(tools=[Weather, Search])
    assert type(error) is ValidationError
    assert [each["loc"] for each in error.errors()] == [("days",)]
    assert stream.status == "error"
    assert [call.complete for call in stream.value] == [False, True]
    assert items[-1].arguments.query == "schönes Wetter"
    both.answers(paced(chat_events(call_deltas(calls), "tool_calls"), 0.002))
    _, _, error = await both.run(tools=[Weather, Search], fail_fast=True)
    assert type(error) is ValidationError
    assert await asyncio.to_thread(both.server.exchanges[0].left.wait, 1)
