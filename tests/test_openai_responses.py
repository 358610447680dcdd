"""The Responses API as the service sends it, byte for byte, to the real clients."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

import openai
import pytest
from openai.types.responses import Response, ResponseUsage
from pydantic import ValidationError

import partialjson
from partialjson import Partial, ToolCall
from tests.openai_clients import (
    CALLS,
    TEXT,
    USER,
    VALUE,
    Address,
    BothResponses,
    Search,
    User,
    Weather,
)
from tests.openai_protocol import (
    REASONING,
    RESPONSE_USAGE,
    call_item,
    call_output,
    document_of,
    message_item,
    message_output,
    refusal_output,
    response,
    response_answer,
    response_events,
    response_whole_answer,
)
from tests.protocol import DROP, LAYOUTS, ProtocolServer, lingering

MODES = ["tools", "json_schema", "json_object"]


@pytest.fixture
async def both(is_async: bool, server: ProtocolServer) -> AsyncIterator[BothResponses]:
    both = BothResponses(server, is_async)
    yield both
    await both.bare.close() if both.is_async else both.bare.close()


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("mode", MODES)
async def test_growing_objects_in_every_mode(
    both: BothResponses, mode: str, layout: Callable[[Iterable[bytes]], list[bytes]]
) -> None:
    both.answers(layout(response_answer(TEXT, mode)))
    stream, items, error = await both.run(Partial[User], mode=mode)
    assert error is None
    assert items[-1] == stream.final == USER
    assert [type(item) for item in items] == [Partial[User]] * (len(items) - 1) + [User]
    assert len({item.name for item in items}) > 2
    assert stream.text == TEXT
    assert stream.finish_reason == "completed"
    assert stream.usage == ResponseUsage.model_validate(RESPONSE_USAGE)
    assert stream.response_id == "resp_67c9fdcecf488190bdd9a0409de3a1ec07b8b0ad4e5eb654"


async def test_the_id_is_known_before_anything_shows(both: BothResponses) -> None:
    both.answers(response_answer(TEXT, "json_schema"))
    stream = await both.create(Partial[User])
    assert [stream.response_id is None async for _ in both.items(stream)].count(True) == 0


async def test_what_is_asked_for(both: BothResponses) -> None:
    both.answers(response_answer(TEXT, "json_schema"))
    await both.run(Partial[User], text={"verbosity": "low"})
    text = both.requests[0]["text"]
    assert text["verbosity"] == "low"
    assert text["format"]["type"] == "json_schema"
    assert text["format"]["strict"] is True
    assert text["format"]["name"] == "User"
    assert text["format"]["schema"]["required"] == ["name", "address", "tags"]
    await both.run(Partial[User], mode="json_object")
    system, user = both.requests[1]["input"]
    assert both.requests[1]["text"] == {"format": {"type": "json_object"}}
    assert "JSON" in system["content"]
    assert user == {"role": "user", "content": "Make one up."}
    both.answers(response_answer(TEXT, "tools"))
    await both.run(Partial[User], mode="tools")
    [tool] = both.requests[0]["tools"]
    assert (tool["type"], tool["name"], tool["strict"]) == ("function", "User", True)
    assert tool["description"] == "A user."
    assert both.requests[0]["tool_choice"] == {"type": "function", "name": "User"}
    with pytest.raises(TypeError, match=r"text\.format"):
        await both.create(Partial[User], text={"format": {"type": "text"}})


@pytest.mark.parametrize("mode", MODES)
async def test_objects_and_items(both: BothResponses, mode: str) -> None:
    both.answers([response_whole_answer(TEXT, mode)])
    assert await both.create(User, mode=mode, stream=False) == USER
    many = [{"city": f"city {i}", "zip": i} for i in range(3)]
    addresses = [Address.model_validate(each) for each in many]
    both.answers(response_answer(document_of({"items": many}), mode))
    assert (await both.run(Iterable[Address], mode=mode))[1:] == (addresses, None)
    _, items, error = await both.run(Partial[list[Address]], mode=mode)
    assert (items[-1], error) == (addresses, None)


async def test_without_response_model_nothing_changes(both: BothResponses) -> None:
    both.answers([response_whole_answer(TEXT, "json_schema")])
    whole = await both.create(stream=False)
    assert type(whole) is Response
    assert whole.output_text == TEXT
    both.answers(response_answer(TEXT, "json_schema"))
    stream = await both.create()
    events = [event async for event in both.items(stream)]
    assert events[-1].type == "response.completed"
    assert both.requests[-1] == {"model": "gpt-4o", "input": "Make one up.", "stream": True}


async def test_reasoning_goes_to_a_hook(both: BothResponses) -> None:
    both.answers(response_answer(TEXT, "json_schema"))
    stream = await both.create(Partial[User])
    thoughts: list[str] = []
    events: list[str] = []

    @stream.chunks
    def see(event: Any) -> None:
        events.append(event.type)

    @stream.chunks(type="response.reasoning_summary_text.delta")
    def think(event: Any) -> None:
        thoughts.append(event.delta)

    items, error = await both.collect(stream)
    assert (items[-1], error) == (USER, None)
    assert "".join(thoughts) == "**Thinking of {braces}**"
    assert events[0] == "response.created"
    assert events[-1] == "response.completed"


async def test_what_is_said_on_the_way_is_no_answer(both: BothResponses) -> None:
    events = response_events(
        REASONING,
        message_output("Let me {think}.", "commentary"),
        message_output(TEXT, "final_answer"),
    )
    both.answers(events)
    stream, items, error = await both.run(Partial[User])
    assert (items[-1], error) == (USER, None)
    assert stream.text == TEXT
    outputs = [message_item("Let me {think}.", "commentary"), message_item(TEXT, "final_answer")]
    both.answers([response("completed", outputs)])
    assert await both.create(User, stream=False) == USER


def check_calls(calls: list[ToolCall[Any]]) -> None:
    assert calls == [
        ToolCall(0, "call_1", "Weather", Weather(city="Wien", days=3), True),
        ToolCall(1, "call_2", "Search", Search(query="schönes Wetter", site=None), True),
    ]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("interleaved", [False, True])
async def test_several_tool_calls(
    both: BothResponses, interleaved: bool, layout: Callable[[Iterable[bytes]], list[bytes]]
) -> None:
    outputs = [call_output(name, text, i) for i, (name, text) in enumerate(CALLS, 1)]
    asides = message_output("I will call two tools.")
    both.answers(layout(response_events(REASONING, *outputs, asides, interleaved=interleaved)))
    stream, items, error = await both.run(tools=[Weather, Search])
    assert error is None
    check_calls(stream.final)
    order = [item.index for item in items]
    assert (order[:6] == [0, 1, 0, 1, 0, 1]) is interleaved
    assert [item.complete for item in items].count(True) == 2
    assert stream.usage.total_tokens == 50
    assert [tool["name"] for tool in both.requests[0]["tools"]] == ["Weather", "Search"]


async def test_tools_of_both_kinds_not_streamed(both: BothResponses) -> None:
    items = [call_item(name, text, i) for i, (name, text) in enumerate(CALLS, 1)]
    both.answers([response("completed", [message_item("Well."), *items])])
    search = {"type": "web_search"}
    check_calls(await both.create(tools=[Weather, Search, search], stream=False))
    assert both.requests[0]["tools"][2] == search


async def test_what_is_wrong_about_a_written_tool_the_service_tells(both: BothResponses) -> None:
    of_chat = {"type": "function", "function": {"name": "Search"}}
    both.answers([{"status_code": 400, "error": {"message": "Missing: 'tools[1].name'."}}])
    with pytest.raises(openai.BadRequestError, match="Missing"):
        await both.create(tools=[Weather, of_chat])


ERROR = {"code": "server_error", "message": "The server had an error.", "param": None}
HALF = TEXT[: TEXT.index("]c")]


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        (
            "incomplete",
            {"incomplete_details": {"reason": "max_output_tokens"}},
            partialjson.TruncatedError,
        ),
        (
            "incomplete",
            {"incomplete_details": {"reason": "content_filter"}},
            partialjson.ContentFilterError,
        ),
        ("incomplete", {}, partialjson.TruncatedError),
        ("failed", {"error": ERROR}, partialjson.ServiceError),
        ("error", ERROR, partialjson.ServiceError),
        ("drop", {}, partialjson.DisconnectedError),
        ("end", {}, partialjson.IncompleteJSONError),
    ],
)
async def test_no_half_answer_is_taken_for_a_whole_one(
    both: BothResponses, name: str, data: dict[str, Any], kind: type[Exception]
) -> None:
    half = message_output(HALF)[:-3]
    if name in ("drop", "end"):
        script: list[Any] = response_events(half)[:-1] + [0.05, DROP] * (name == "drop")
    elif name == "error":
        script = response_events(half, last=("error", data))
    else:
        script = response_events(half, last=(name, {"response": response(name, **data)}))
    both.answers(script)
    stream, items, error = await both.run(Partial[User])
    assert type(error) is kind
    assert error.value == stream.value == items[-1]
    assert error.value.name == USER.name
    assert error.open_path == ("tags", 1)
    if kind is partialjson.ServiceError:
        assert "The server had an error." in str(error)
        assert error.body.code == "server_error"


async def test_refusal(both: BothResponses) -> None:
    words = "I am sorry, but I cannot help with that."
    both.answers(response_events(refusal_output(words)))
    _, items, error = await both.run(Partial[User])
    assert items == []
    assert type(error) is partialjson.RefusalError
    assert error.refusal == words
    item = message_item("") | {"content": [{"type": "refusal", "refusal": words}]}
    both.answers([response("completed", [item])])
    with pytest.raises(partialjson.RefusalError, match="I am sorry"):
        await both.create(User, stream=False)


async def test_whole_answers_that_failed(both: BothResponses) -> None:
    both.answers([response("failed", error={"code": "server_error", "message": "no"})])
    with pytest.raises(partialjson.ServiceError, match="no"):
        await both.create(User, stream=False)
    both.answers([response_whole_answer("{}", "json_schema")])
    with pytest.raises(ValidationError):
        await both.create(User, stream=False)


async def test_a_second_call_where_one_was_expected(both: BothResponses) -> None:
    outputs = [call_output("User", TEXT, i) for i in range(2)]
    both.answers(response_events(*outputs))
    _, _, error = await both.run(Partial[User], mode="tools")
    assert type(error) is ValueError
    assert "several tool calls" in str(error)


WRONG = document_of(VALUE | {"address": {"city": "Bern", "zip": "x"}})


@pytest.mark.parametrize("mode", ["tools", "json_schema"])
async def test_a_refused_answer_is_asked_for_again(both: BothResponses, mode: str) -> None:
    both.answers(response_answer(WRONG, mode), response_answer(TEXT, mode))
    stream, items, error = await both.run(Partial[User], mode=mode, max_retries=1)
    assert (items[-1], error, stream.attempt) == (USER, None, 2)
    first, said, complaint = both.requests[1]["input"]
    assert first == {"role": "user", "content": "Make one up."}
    if mode == "tools":
        assert said == {
            "type": "function_call",
            "call_id": "call_0",
            "name": "User",
            "arguments": WRONG,
        }
        assert (complaint["type"], complaint["call_id"]) == ("function_call_output", "call_0")
        words = complaint["output"]
    else:
        assert said == {"role": "assistant", "content": WRONG}
        words = complaint["content"]
    assert "- address.zip: Input should be a valid integer" in words
    assert json.dumps(both.requests[0]["tools" if mode == "tools" else "text"]) == json.dumps(
        both.requests[1]["tools" if mode == "tools" else "text"]
    )


async def test_leaving_early_closes_the_connection(both: BothResponses) -> None:
    both.answers(lingering(response_answer(TEXT, "json_schema")))
    stream = await both.create(Partial[User])
    if both.is_async:
        async for _ in stream:
            break
    else:
        for _ in stream:
            break
    assert await asyncio.to_thread(both.server.exchanges[0].left.wait, 15)


async def test_the_first_value_comes_within_two_tokens(both: BothResponses) -> None:
    # created, in_progress, reasoning, the item and its part, and then the first token.
    events = response_answer(TEXT, "json_schema")
    before = 2 + len(REASONING) + 2
    gate = threading.Event()
    both.answers([*events[: before + 2], gate, *events[before + 2 :]])
    stream = await both.create(Partial[User])
    first = await anext(stream) if both.is_async else next(stream)
    assert type(first) is Partial[User]
    gate.set()
    items, error = await both.collect(stream)
    assert (items[-1], error) == (USER, None)
