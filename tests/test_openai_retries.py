"""`max_retries`: what is asked again, with which words, and how the stream shows it."""

from __future__ import annotations

import asyncio
import threading
from typing import Annotated, Any

import pytest
from annotated_types import MinLen
from openai import InternalServerError
from pydantic import TypeAdapter, ValidationError, model_validator

import partialjson
from partialjson import Partial
from partialjson._object_stream import ObjectStream
from partialjson._retries import Answer, chat_follow_up
from tests.openai_clients import (
    CALLS,
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
    DONE,
    USAGE,
    call_deltas,
    chat_answer,
    chat_chunk,
    chat_events,
    chat_whole_answer,
    document_of,
)
from tests.protocol import Exchange, Script, event, paced
from tests.test_deltas import applied, apply_deltas
from tests.twins import Twin

# All of it comes before what is wrong with it.
WRONG = document_of({"name": "Jim", "tags": [], "address": {"city": "Bern", "zip": "x"}})


@pytest.mark.parametrize("mode", ["tools", "json_schema", "json_object"])
async def test_a_refused_answer_is_asked_for_again(both: Both, mode: str) -> None:
    both.answers(chat_answer(WRONG, mode), chat_answer(TEXT, mode))
    stream = await both.create(Partial[User], mode=mode, max_retries=2)
    attempts: dict[int, list[Any]] = {}
    async for user in both.items(stream):
        attempts.setdefault(stream.attempt, []).append(user)
    first, second = attempts[1], attempts[2]
    assert first[-1].name == "Jim"
    # The screen is cleared before the new answer comes.
    assert type(second[0]) is Partial[User]
    assert second[0].model_fields_set == set()
    assert second[-1] == stream.final == USER
    assert stream.text == TEXT
    [failure] = stream.failures
    assert failure.attempt == 1
    assert type(failure.error) is ValidationError
    assert failure.value.name == "Jim"
    assert failure.text == WRONG
    before, after = both.requests
    more = after.pop("messages")[len(before.pop("messages")) :]
    assert before == after, "nothing else is changed"
    said, complaint = more
    assert said["role"] == "assistant"
    if mode == "tools":
        [call] = said["tool_calls"]
        assert call["id"] == complaint["tool_call_id"] == "call_0"
        assert call["type"] == "function"
        assert call["function"] == {"name": "User", "arguments": WRONG}
        assert complaint["role"] == "tool"
    else:
        assert said["content"] == WRONG
        assert complaint["role"] == "user"
    assert "- address.zip: Input should be a valid integer" in complaint["content"]


class Person(User):
    @model_validator(mode="after")
    def is_one(self) -> Person:
        assert self.name != "Wien", "a city"
        return self


async def test_each_fault_is_told_on_a_line_of_its_own(both: Both) -> None:
    faulty = {"name": 1, "address": {"city": 2, "zip": 3}, "tags": []}
    for wrong, faults in (
        (faulty, [f"- {key}: Input should be a valid string" for key in ("name", "address.city")]),
        (VALUE | {"name": "Wien"}, ["- all of it: Assertion failed, a city"]),
    ):
        both.answers(chat_answer(document_of(wrong), "tools"), chat_answer(TEXT, "tools"))
        _, _, error = await both.run(Partial[Person], max_retries=1)
        assert error is None
        complaint = both.requests[1]["messages"][-1]["content"]
        assert [line for line in complaint.splitlines() if line[0] == "-"] == faults


async def test_each_attempt_tells_what_it_cost(both: Both) -> None:
    dear = [event(chat_chunk(None, usage=USAGE | {"total_tokens": 1000})), DONE]
    both.answers([*chat_answer(WRONG, "tools")[:-2], *dear], chat_answer(TEXT, "tools"))
    stream, _, error = await both.run(Partial[User], max_retries=1)
    assert error is None
    assert [each.usage.total_tokens for each in stream.failures] == [1000]
    assert stream.usage.total_tokens == USAGE["total_tokens"]
    # Of one that was broken off the service has not told.
    both.answers(chat_answer("{x", "tools"), chat_answer(TEXT, "tools"))
    stream, _, _ = await both.run(Partial[User], max_retries=1)
    assert [each.usage for each in stream.failures] == [None]


async def test_the_screen_is_cleared_before_the_request_is_sent(both: Both) -> None:
    both.answers(chat_answer(WRONG, "tools"))
    stream = await both.create(Partial[User], max_retries=1)
    while stream.attempt == 1:
        user = await anext(stream) if both.is_async else next(stream)
    assert user.model_fields_set == set()
    assert len(both.requests) == 1
    # Whoever leaves then has not asked again.
    await stream.close() if both.is_async else stream.close()
    assert (await both.collect(stream))[0] == []
    assert len(both.requests) == 1


async def test_a_stream_closed_while_it_is_asked_again_just_ends(both: Both) -> None:
    asked, goes_on = threading.Event(), threading.Event()
    left = [chat_answer(WRONG, "tools"), [*chat_answer(TEXT, "tools")[:4], 10.0]]

    def script(_: Exchange) -> Script:
        answer = left.pop(0)
        if not left:
            asked.set()
            assert goes_on.wait(10)
        return answer

    both.server.script = script
    stream = await both.create(Partial[User], max_retries=1)

    # Not in a loop, which closes what it has left.
    async def next_one() -> Any:
        if both.is_async:
            return await anext(stream, None)
        return await asyncio.to_thread(next, stream, None)

    while stream.attempt == 1:
        user = await next_one()
    assert user.model_fields_set == set()
    coming = asyncio.create_task(next_one())
    assert await asyncio.to_thread(asked.wait, 10)
    await stream.close() if both.is_async else stream.close()
    goes_on.set()
    assert await coming is None
    assert stream.text == ""
    assert await asyncio.to_thread(both.server.exchanges[-1].left.wait, 5)


async def test_messages_that_can_be_read_but_once(both: Both) -> None:
    """OpenAI's client takes them from an iterator, too."""
    both.answers(chat_answer(WRONG, "tools"), chat_answer(TEXT, "tools"))
    messages = iter(MESSAGES)
    _, items, error = await both.run(Partial[User], messages=messages, max_retries=1)
    assert (items[-1], error) == (USER, None)
    first, second = both.requests
    assert first["messages"] == MESSAGES
    assert second["messages"][:-2] == MESSAGES


async def test_no_more_often_than_was_allowed(both: Both) -> None:
    both.answers(chat_answer(WRONG, "tools"))
    stream, items, error = await both.run(Partial[User], max_retries=2)
    assert type(error) is ValidationError
    assert len(both.requests) == 3
    assert stream.attempt == 3
    assert [failure.attempt for failure in stream.failures] == [1, 2]
    assert items[-1].name == "Jim"
    # Each request shows all answers that came before it.
    assert [len(request["messages"]) for request in both.requests] == [1, 3, 5]


async def test_without_retries_it_is_raised(both: Both) -> None:
    both.answers(chat_answer(WRONG, "tools"))
    _, _, error = await both.run(Partial[User])
    assert type(error) is ValidationError
    assert len(both.requests) == 1


async def test_an_attempt_begins_when_nothing_is_left_of_the_one_before(
    both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broadcast may look from another thread, at any time."""
    seen: list[tuple[int, str]] = []
    restart = ObjectStream.restart

    def restarted(core: ObjectStream) -> Any:
        seen.append((stream.attempt, stream.text))
        item = restart(core)
        seen.append((stream.attempt, stream.text))
        return item

    monkeypatch.setattr(ObjectStream, "restart", restarted)
    both.answers(chat_answer(WRONG, "tools"), chat_answer(TEXT, "tools"))
    stream = await both.create(Partial[User], max_retries=1)
    items = [item async for item in both.items(stream)]
    assert seen == [(1, WRONG), (1, "")]
    assert (stream.attempt, items[-1]) == (2, USER)


async def test_a_client_that_cannot_ask_is_no_answer(
    both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor to be asked again, even where it raises what a refused answer would."""
    both.answers(chat_answer(WRONG, "tools"), chat_answer(TEXT, "tools"))
    with pytest.raises(ValidationError) as broken:
        TypeAdapter(int).validate_python("x")
    ask = both.bare.chat.completions.create

    def create(**request: Any) -> Any:
        if len(both.requests) == 1:
            raise broken.value
        return ask(**request)

    monkeypatch.setattr(both.bare.chat.completions, "create", create)
    stream, _, error = await both.run(Partial[User], max_retries=3)
    assert error is broken.value
    assert len(both.requests) == len(stream.failures) == 1


async def test_fail_fast_does_not_wait_for_the_rest(both: Both) -> None:
    long = WRONG[:-1] + ', "more": "' + "x" * 4000 + '"}'
    both.answers(paced(chat_answer(long, "tools"), 0.002), chat_answer(TEXT, "tools"))
    stream, items, error = await both.run(Partial[User], max_retries=1, fail_fast=True)
    assert error is None
    assert items[-1] == USER
    assert both.server.exchanges[0].left.wait(1)
    assert stream.failures[0].text.startswith(WRONG[:-2])
    assert len(stream.failures[0].text) < 200


async def test_json_that_is_malformed_is_asked_for_again(both: Both) -> None:
    both.answers(chat_answer('{"name": "Jim",}', "json_object"), chat_answer(TEXT, "json_object"))
    stream, items, error = await both.run(Partial[User], mode="json_object", max_retries=1)
    assert (items[-1], error) == (USER, None)
    assert type(stream.failures[0].error) is partialjson.JSONSyntaxError
    assert "line 1 column 16" in both.requests[1]["messages"][-1]["content"]


FENCED = f"```json\n{TEXT}\n```"


@pytest.mark.parametrize("mode", ["json_object", "tools"])
@pytest.mark.parametrize("text", [FENCED, TEXT + " Hope this helps!", TEXT[:-1] + ", é}"])
async def test_what_is_malformed_is_shown(both: Both, mode: str, text: str) -> None:
    both.answers(chat_answer(text, mode), chat_answer(TEXT, mode))
    stream, items, error = await both.run(Partial[User], mode=mode, max_retries=1)
    assert (items[-1], error) == (USER, None)
    said = both.requests[1]["messages"][-2]
    shown = said["content"] or said["tool_calls"][0]["function"]["arguments"]
    assert text.startswith(shown)
    # As much as had come, what was refused included.
    assert len(shown.encode()) > stream.failures[0].error.pos
    assert stream.failures[0].text == shown


@pytest.mark.parametrize(
    "fails", [TypeAdapter(int).validate_json, partialjson.loads], ids=["validates", "parses"]
)
async def test_what_a_hook_raises_is_no_fault_of_the_answer(both: Both, fails: Any) -> None:
    both.answers(chat_answer(TEXT, "tools"))
    stream = await both.create(Partial[User], max_retries=2)
    stream.chunks(lambda _: fails("x"))
    items, error = await both.collect(stream)
    assert items == []
    assert type(error) in (ValidationError, partialjson.JSONSyntaxError)
    assert stream.failures == []
    assert len(both.requests) == 1


@pytest.mark.parametrize("reason", ["length", "content_filter"])
async def test_what_was_cut_is_not(both: Both, reason: str) -> None:
    both.answers(chat_answer(TEXT[:30], "tools", finish_reason=reason))
    _, _, error = await both.run(Partial[User], max_retries=3)
    assert isinstance(error, partialjson.StreamError)
    assert len(both.requests) == 1


@pytest.mark.parametrize("streams", [False, True])
async def test_whole_objects(both: Both, streams: bool) -> None:
    if streams:
        both.answers(chat_answer(WRONG, "tools"), chat_answer(TEXT, "tools"))
        _, items, error = await both.run(User, max_retries=1)
        assert (items, error) == ([USER], None), "and no other shows"
    else:
        both.answers([chat_whole_answer(WRONG, "tools")], [chat_whole_answer(TEXT, "tools")])
        assert await both.create(User, stream=False, max_retries=1) == USER
    complaint = both.requests[1]["messages"][-1]
    assert complaint["tool_call_id"] == "call_0"


async def test_lists_begin_again_empty(both: Both) -> None:
    wrong = document_of({"items": [{"city": "a", "zip": 1}, {"city": "b", "zip": "b"}]})
    right = document_of({"items": [{"city": "a", "zip": 1}]})
    both.answers(chat_answer(wrong, "tools"), chat_answer(right, "tools"))
    stream = await both.create(Partial[list[Address]], max_retries=1)
    attempts: dict[int, list[Any]] = {}
    async for items in both.items(stream):
        attempts.setdefault(stream.attempt, []).append(items)
    assert len(attempts[1][-1]) == 2
    assert attempts[2][0] == []
    assert attempts[2][-1] == [Address(city="a", zip=1)]


async def test_what_is_never_empty_begins_again_without_it(both: Both) -> None:
    both.answers(chat_answer('{"value":"x"}', "tools"), chat_answer('{"value":5}', "tools"))
    stream, items, error = await both.run(Partial[int], max_retries=1)
    assert (items, error, stream.attempt) == ([5], None, 2)


async def test_tool_calls(both: Both) -> None:
    wrong = [("Weather", '{"city":"Wien","days":"few"}'), CALLS[1]]
    both.answers(
        chat_events(call_deltas(wrong), "tool_calls"), chat_events(call_deltas(CALLS), "tool_calls")
    )
    stream, items, error = await both.run(tools=[Weather, Search], max_retries=1)
    assert error is None
    assert [call.arguments for call in stream.final] == [
        Weather(city="Wien", days=3),
        Search(query="schönes Wetter", site=None),
    ]
    assert stream.attempt == 2
    # The call with that index begins anew.
    starts = [i for i, call in enumerate(items) if call.arguments is partialjson.MISSING]
    assert [items[i].index for i in starts] == [0, 1, 0, 1]
    said, first, second = both.requests[1]["messages"][1:]
    assert [call["id"] for call in said["tool_calls"]] == ["call_0", "call_1"]
    assert "days" in first["content"]
    assert (second["tool_call_id"], "right" in second["content"]) == ("call_1", True)


async def test_calls_of_an_attempt_that_was_left_are_not_final(both: Both) -> None:
    """Even if those of the one before had all come."""
    wrong = [("Weather", '{"city":"Wien","days":"few"}')]
    both.answers(
        chat_events(call_deltas(wrong), "tool_calls"), chat_events(call_deltas(CALLS), "tool_calls")
    )
    stream = await both.create(tools=[Weather, Search], max_retries=1)
    async for call in both.items(stream):
        if call.complete:
            await stream.close() if both.is_async else stream.close()
    assert (stream.attempt, call.index) == (2, 0)
    with pytest.raises(partialjson.IncompleteJSONError):
        _ = stream.final


async def test_a_call_that_another_has_interrupted_is_not_called_right(both: Both) -> None:
    wrong = [("Weather", '{"days":"few","city":"Wien"}'), CALLS[1]]
    both.answers(
        chat_events(call_deltas(wrong, interleaved=True), "tool_calls"),
        chat_events(call_deltas(CALLS), "tool_calls"),
    )
    stream, _, error = await both.run(tools=[Weather, Search], max_retries=1, fail_fast=True)
    assert (error, stream.attempt) == (None, 2)
    said, first, second = both.requests[1]["messages"][1:]
    assert said["tool_calls"][1]["function"]["arguments"] != CALLS[1][1]
    assert "days" in first["content"]
    assert ("right" in second["content"], "interrupted" in second["content"]) == (False, True)


@pytest.mark.parametrize(
    ("type_", "wrong", "right", "empty"),
    [
        (User, WRONG, TEXT, {}),
        (list[int], '{"items":[1,2,"x"]}', '{"items":[1,2,3]}', []),
        (Annotated[str, MinLen(2)], '{"value":"a"}', '{"value":"ab"}', ""),
    ],
)
async def test_deltas_begin_again_with_the_root(
    both: Both, type_: Any, wrong: str, right: str, empty: Any
) -> None:
    both.answers(chat_answer(wrong, "tools"), chat_answer(right, "tools"))
    stream = await both.create(Partial[type_], max_retries=1)
    deltas, asked = [], []
    async for delta in both.items(stream.deltas()):
        deltas.append(delta)
        asked.append(len(both.requests))
    # The screen is cleared before the request is sent.
    cleared = asked.index(2) - 1
    assert deltas[cleared] == partialjson.Delta("add", (), empty)
    assert [i for i, delta in enumerate(deltas) if not delta.path] == [0, cleared, cleared + 1]
    value = apply_deltas(partialjson.MISSING, deltas)
    assert TypeAdapter(type_).validate_python(value) == stream.final


async def test_deltas_of_an_attempt_that_shows_nothing_leave_nothing_of_the_one_before(
    both: Both,
) -> None:
    both.answers(chat_answer(WRONG, "tools"), chat_answer("", "tools", finish_reason="length"))
    stream = await both.create(Partial[User], max_retries=1)
    deltas, error = await Twin.collect(both, stream.deltas())
    assert type(error) is partialjson.TruncatedError
    assert apply_deltas(partialjson.MISSING, deltas) == {}
    # Nor was there anything to clear.
    both.answers(chat_answer("x", "tools"))
    stream = await both.create(Partial[User], max_retries=1)
    deltas, error = await Twin.collect(both, stream.deltas())
    assert type(error) is partialjson.JSONSyntaxError
    assert deltas == []


async def test_what_stands_beside_a_list_is_no_change_of_it(both: Both) -> None:
    """It is asked for in an object, to which the language model may add what it likes."""
    document = {"note": "a few", "items": [{"city": "a", "zip": 1}], "notes": ["x"], "count": 1}
    both.answers(chat_answer(document_of(document), "tools"))
    stream = await both.create(Partial[list[Address]])
    value: Any = partialjson.MISSING
    async for delta in both.items(stream.deltas()):
        value = applied(value, delta)
        assert stream.open_path in (None, ()) or stream.state((0,)) != "missing"
    assert value == document["items"]
    both.answers(chat_answer('{"items":[],"notes":["x', "tools"))
    _, _, error = await both.run(Partial[list[Address]])
    assert isinstance(error, partialjson.IncompleteJSONError)
    assert (error.path, error.open_path) == ((), None)


async def test_an_error_of_the_new_request_is_the_clients_own(both: Both) -> None:
    both.answers(chat_answer(WRONG, "tools"), [{"status_code": 500, "error": {"message": "no"}}])
    stream = await both.create(Partial[User], max_retries=1)
    with pytest.raises(InternalServerError):
        async for _ in both.items(stream):
            pass
    assert stream.value is partialjson.MISSING
    assert stream.failures[0].value.name == "Jim"
    assert len(both.requests) == 2
    assert both.requests[1]["messages"][0] == MESSAGES[0]


@pytest.mark.parametrize("key", ["k", "k" * 30_000])
def test_of_very_many_faults_the_first_are_told(key: str) -> None:
    """All of them would be more than the language model can read."""
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(dict[str, list[str]]).validate_python({key: [1] * 10_000})
    answer = Answer("call_0", "tool", "", refused.value, is_whole=True)
    request = chat_follow_up({"messages": []}, [answer])
    _, first, *others, rest, _ = request["messages"][-1]["content"].split("\n")
    assert first == f"- {key}.0: Input should be a valid string"
    assert rest == f"- and {10_000 - 1 - len(others)} more"
    assert len(others) < 1000
