"""Chat completions of those who imitate OpenAI, and older ones, with the real clients over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from openai.types.chat import ChatCompletionChunk
from pydantic import BaseModel, ValidationError

import partialjson
from partialjson import Partial
from tests.openai_clients import CALLS, TEXT, USER, VALUE, Both, Search, User, Weather
from tests.openai_protocol import USAGE, call_deltas, chat_chunk, chat_events, chat_whole, pieces
from tests.protocol import event

# What Azure's filter sends behind the text that it has looked at: a choice without a delta.
ANNOTATION = chat_chunk({}) | {
    "choices": [{"index": 0, "finish_reason": None, "content_filter_offsets": {"end_offset": 9}}]
}
LONE_USAGE = chat_chunk(None, usage=USAGE) | {"choices": None}


@pytest.mark.parametrize("beside", [ANNOTATION, LONE_USAGE], ids=["no delta", "no choices"])
async def test_chunks_that_say_nothing(both: Both, beside: dict[str, Any]) -> None:
    *events, usage, end = chat_events(call_deltas(CALLS[:1]), "tool_calls")
    both.answers([*events[:5], event(beside), *events[5:], event(beside), usage, end])
    stream, items, error = await both.run(tools=[Weather])
    assert (items[-1].arguments, error) == (Weather(city="Wien", days=3), None)
    assert stream.usage.total_tokens == USAGE["total_tokens"]
    stream, items, error = await both.run(Partial[Weather])
    assert (items[-1], error) == (Weather(city="Wien", days=3), None)


def test_nor_does_the_json_of_one_that_has_no_choices() -> None:
    chunks = [chat_chunk({"content": TEXT}), LONE_USAGE]
    for shape in (dict, ChatCompletionChunk.construct):
        stream = partialjson.stream([shape(**each) for each in [LONE_USAGE, *chunks]], User)
        assert [*stream][-1] == USER
        assert stream.usage


async def test_content_in_parts(both: Both) -> None:
    """Mistral's, where the language model thinks aloud; OpenAI's client knows of no parts."""
    thought = {"type": "thinking", "thinking": [{"type": "text", "text": "{Hm."}]}
    parts: list[Any] = [[thought], *([{"type": "text", "text": piece}] for piece in pieces(TEXT))]
    both.answers(chat_events({"content": each} for each in parts))
    _, items, error = await both.run(Partial[User], mode="json_object")
    assert (items[-1], error) == (USER, None)


@pytest.mark.parametrize("id_", [None, ""])
async def test_calls_that_are_not_numbered_are_told_apart(both: Both, id_: Any) -> None:
    """One after the other, where only the first part of each has an id."""
    deltas = [*call_deltas(CALLS)]
    for call in (call for delta in deltas for call in delta["tool_calls"]):
        call["index"] = None
        call.setdefault("id", id_)
    both.answers(chat_events(deltas, "tool_calls"))
    stream, _, error = await both.run(tools=[Weather, Search])
    assert error is None
    assert [(call.id, call.arguments) for call in stream.final] == [
        ("call_0", Weather(city="Wien", days=3)),
        ("call_1", Search(query="schönes Wetter", site=None)),
    ]
    deltas = [delta for delta in deltas if delta["tool_calls"][0].get("id") != "call_1"]
    both.answers(chat_events(deltas[: len(pieces(CALLS[0][1])) + 1], "tool_calls"))
    _, items, error = await both.run(Partial[Weather])
    assert (items[-1], error) == (Weather(city="Wien", days=3), None)


async def test_calls_that_have_all_one_number_are_told_apart_by_their_ids(both: Both) -> None:
    """As Google numbers them where it imitates OpenAI."""
    deltas = [*call_deltas(CALLS)]
    for call in (call for delta in deltas for call in delta["tool_calls"]):
        call["index"] = 0
    both.answers(chat_events(deltas, "tool_calls"))
    stream, items, error = await both.run(tools=[Weather, Search])
    assert error is None
    assert [(call.index, call.id, call.arguments) for call in stream.final] == [
        (0, "call_0", Weather(city="Wien", days=3)),
        (1, "call_1", Search(query="schönes Wetter", site=None)),
    ]
    assert sorted({call.index for call in items}) == [0, 1]
    both.answers(chat_events(deltas, "tool_calls"))
    _, items, error = await both.run(Partial[Weather])
    assert items[-1] == Weather(city="Wien", days=3)
    assert "several tool calls" in str(error)


@pytest.mark.parametrize("has_name", [False, True])
async def test_an_id_or_a_name_with_every_piece_begins_no_other_call(
    both: Both, has_name: bool
) -> None:
    deltas = [*call_deltas(CALLS[:1])]
    for i, delta in enumerate(deltas[1:]):
        (call,) = delta["tool_calls"]
        call["id"] = "call_0" if has_name else f"another_{i}"
        call["function"]["name"] = CALLS[0][0] if has_name else None
    both.answers(chat_events(deltas, "tool_calls"))
    stream, _, error = await both.run(tools=[Weather, Search])
    assert error is None
    assert [(call.id, call.arguments) for call in stream.final] == [
        ("call_0", Weather(city="Wien", days=3))
    ]


def by_turns(index: int | None, call_id: str, name: str, text: str) -> dict[str, list[Any]]:
    """A call whose id and name come in other pieces than usual: of id, name and arguments each."""
    half = len(text) // 2
    orders: dict[str, list[tuple[Any, Any, Any]]] = {
        "id last": [(None, name, ""), (None, None, text[:half]), (call_id, None, text[half:])],
        "name last": [(call_id, None, text[:half]), (None, None, text[half:]), (None, name, "")],
        "one by one": [(call_id, None, None), (None, name, None), (None, None, text)],
        "empty first": [("", "", ""), (call_id, "", text[:half]), (None, name, text[half:])],
    }
    return {
        order: [
            {"tool_calls": [{"index": index, "id": i, "function": {"name": n, "arguments": t}}]}
            for i, n, t in pieces
        ]
        for order, pieces in orders.items()
    }


@pytest.mark.parametrize("order", by_turns(0, "", "", ""))
async def test_the_id_and_the_name_of_a_call_may_come_late(both: Both, order: str) -> None:
    deltas = [
        *by_turns(0, "call_0", "Weather", '{"city":"Wien","days":"few"}')[order],
        *by_turns(1, "call_1", *CALLS[1])[order],
    ]
    both.answers(chat_events(deltas, "tool_calls"), chat_events(call_deltas(CALLS), "tool_calls"))
    stream, items, error = await both.run(tools=[Weather, Search], max_retries=1)
    assert error is None
    assert {call.name for call in items} == {"Weather", "Search"}
    said, *complaints = both.requests[1]["messages"][1:]
    assert [call["id"] for call in said["tool_calls"]] == ["call_0", "call_1"]
    assert [each["tool_call_id"] for each in complaints] == ["call_0", "call_1"]

    deltas = by_turns(0, "call_0", *CALLS[0])[order]
    both.answers(chat_events(deltas, "tool_calls"))
    stream, items, error = await both.run(Partial[Weather])
    assert (items[-1], error) == (Weather(city="Wien", days=3), None)
    stream, items, error = await both.run(tools=[Weather])
    assert error is None
    [call] = stream.final
    assert (call.id, call.arguments) == ("call_0", Weather(city="Wien", days=3))
    assert items[-1] == call


async def test_a_call_whose_name_never_comes_is_an_error(both: Both) -> None:
    deltas = by_turns(0, "call_0", *CALLS[0])["name last"][:-1]
    both.answers(chat_events(deltas, "tool_calls"))
    _, items, error = await both.run(tools=[Weather])
    assert items == []
    assert type(error) is ValueError
    assert "was not given: None" in str(error)


async def test_functions_as_they_were_called_before_tools(both: Both) -> None:
    deltas: list[dict[str, Any]] = [{"function_call": {"name": "User", "arguments": ""}}]
    deltas += [{"function_call": {"arguments": piece}} for piece in pieces(TEXT)]
    both.answers(chat_events(deltas, "function_call"))
    bare = await both.create()
    stream: Any = (partialjson.astream if both.is_async else partialjson.stream)(bare, User)
    items = [item async for item in both.items(stream)]
    assert items[-1] == USER
    assert len(items) > 10
    assert stream.text == TEXT
    whole = chat_whole(None)
    whole["choices"][0]["message"]["function_call"] = {"name": "User", "arguments": TEXT}
    assert [*partialjson.stream([whole], User)][-1] == USER


@pytest.mark.parametrize("arguments", ["", None])
async def test_a_tool_that_takes_nothing_may_be_given_nothing(both: Both, arguments: Any) -> None:
    function = {"name": "Now", "arguments": arguments}
    call = {"index": 0, "id": "call_0", "type": "function", "function": function}
    both.answers(chat_events([{"tool_calls": [call]}], "tool_calls"))
    stream, items, error = await both.run(tools=[Now])
    assert error is None
    assert stream.final == [items[-1]]
    assert (items[-1].arguments, items[-1].complete) == (Now(), True)
    # Whether it takes something is the model's to say.
    function["name"] = "Weather"
    both.answers(chat_events([{"tool_calls": [call]}], "tool_calls"))
    _, _, error = await both.run(tools=[Weather])
    assert isinstance(error, ValidationError)
    assert [fault["loc"] for fault in error.errors()] == [("city",), ("days",)]
    # Unless the answer was cut off.
    both.answers(chat_events([{"tool_calls": [call]}], "length"))
    _, _, error = await both.run(tools=[Weather])
    assert isinstance(error, partialjson.TruncatedError)


class Now(BaseModel):
    """Tells the time."""


async def test_arguments_may_come_as_an_object(both: Both) -> None:
    """In one piece, as some do it, and not as its JSON in a string."""
    call = {"id": "call_0", "type": "function", "function": {"name": "User", "arguments": VALUE}}
    whole = chat_whole(None)
    whole["choices"][0]["message"]["tool_calls"] = [call]
    both.answers([whole])
    assert await both.create(User, stream=False) == USER
    [made] = await both.create(tools=[User], stream=False)
    assert (made.id, made.arguments, made.complete) == ("call_0", USER, True)
    both.answers(chat_events([{"tool_calls": [call | {"index": 0}]}], "tool_calls"))
    stream, _, error = await both.run(tools=[User])
    assert error is None
    assert [call.arguments for call in stream.final] == [USER]


async def test_only_calls_that_have_an_id_are_answered(both: Both) -> None:
    """A message about a call that the service cannot find would be refused."""
    wrong = [("Weather", '{"city":"Wien","days":"few"}'), CALLS[1]]
    deltas = [*call_deltas(wrong)]
    for call in (call for delta in deltas for call in delta["tool_calls"]):
        if call["index"] == 1:
            call["id"] = None
    both.answers(chat_events(deltas, "tool_calls"), chat_events(call_deltas(CALLS), "tool_calls"))
    _, _, error = await both.run(tools=[Weather, Search], max_retries=1)
    assert error is None
    said, *complaints = both.requests[1]["messages"][1:]
    assert [call["id"] for call in said["tool_calls"]] == ["call_0"]
    assert [each["tool_call_id"] for each in complaints] == ["call_0"]
