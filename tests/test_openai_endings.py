"""How chat completions end: whole, cut off, refused, filtered, or left early."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
from pydantic import ValidationError

import partialjson
from partialjson import Partial
from tests.openai_clients import ADDRESSES, MANY, TEXT, USER, Address, Both, User
from tests.openai_protocol import (
    DONE,
    chat_answer,
    chat_chunk,
    chat_events,
    chat_whole,
    document_of,
)
from tests.protocol import DROP, event, lingering

# --- how streams end -----------------------------------------------------------------------------


HALF = TEXT[: TEXT.index("]c")]
ERROR = {"error": {"message": "The server had an error.", "type": "server_error", "code": None}}


@pytest.mark.parametrize("tools", [False, True])
@pytest.mark.parametrize(
    ("ending", "kind"),
    [
        ("length", partialjson.TruncatedError),
        ("content_filter", partialjson.ContentFilterError),
        ("error", partialjson.ServiceError),
        ("drop", partialjson.DisconnectedError),
        ("end", partialjson.IncompleteJSONError),
    ],
)
async def test_no_half_answer_is_taken_for_a_whole_one(
    both: Both, ending: str, kind: type[Exception], tools: bool
) -> None:
    events = chat_answer(HALF, "tools")[:-3]
    if ending in ("length", "content_filter"):
        events += [event(chat_chunk({}, finish_reason=ending)), DONE]
    elif ending == "error":
        events += [event(ERROR), DONE]
    script: list[Any] = [*events, 0.05, DROP] if ending == "drop" else events
    both.answers(script)
    if tools:
        stream, items, error = await both.run(tools=[User])
        assert error.value == stream.value == [items[-1]]
        user = items[-1].arguments
    else:
        stream, items, error = await both.run(Partial[User])
        assert error.value == stream.value == items[-1]
        user = items[-1]
    assert type(error) is kind
    assert isinstance(error, partialjson.IncompleteJSONError)
    assert type(user) is Partial[User]
    assert user.name == USER.name
    assert error.open_path == error.path == ("tags", 1)
    assert stream.text == HALF
    assert error.pos == len(HALF.encode())
    if ending == "error":
        assert error.body == ERROR["error"]
        assert "The server had an error." in str(error)
    assert (error.__cause__ is not None) is (ending in ("error", "drop"))


@pytest.mark.parametrize(("ending", "kind"), [("length", "Truncated"), ("drop", "Disconnected")])
async def test_nor_a_whole_one_that_the_service_disowns(both: Both, ending: str, kind: str) -> None:
    events = chat_answer(TEXT, "tools", finish_reason="length")
    both.answers([*events[:-3], 0.05, DROP] if ending == "drop" else events)
    _, items, error = await both.run(Partial[User])
    assert type(error).__name__ == f"{kind}Error"
    assert error.value == USER
    assert type(items[-1]) is User


@pytest.mark.parametrize("model", [Partial[User], Iterable[User], User, "tools"])
async def test_refusal(both: Both, model: Any) -> None:
    words = "I am sorry, but I cannot help with that."
    deltas = [{"refusal": word + " "} for word in words.split()]
    both.answers(chat_events(deltas))
    wish = {"tools": [User]} if model == "tools" else {"response_model": model}
    _, items, error = await both.run(**wish)
    assert items == []
    assert type(error) is partialjson.RefusalError
    assert error.refusal.strip() == words
    assert words in str(error)
    both.answers([chat_whole(None, refusal=words)])
    if model is not Partial[User]:
        with pytest.raises(partialjson.RefusalError, match="I am sorry"):
            await both.create(**wish, stream=False)


async def test_a_cut_list_of_items(both: Both) -> None:
    text = document_of({"items": MANY})[:60]
    both.answers(chat_answer(text, "json_schema", finish_reason="length"))
    stream, items, error = await both.run(Iterable[Address], mode="json_schema")
    assert items == ADDRESSES[:1]
    assert type(error) is partialjson.TruncatedError
    assert error.value == stream.value == ADDRESSES[0]
    assert error.open_path == error.path == (1,)
    assert error.pos == 60
    assert stream.status == "error"


async def test_the_status_of_items(both: Both) -> None:
    both.answers(chat_answer(document_of({"items": MANY}), "json_schema"))
    stream = await both.create(Iterable[Address], mode="json_schema")
    seen = [stream.status]
    async for _ in both.items(stream):
        seen.append(stream.status)
    assert [*seen, stream.status] == ["empty", *["open"] * len(ADDRESSES), "complete"]


async def test_an_item_that_does_not_fit(both: Both) -> None:
    wrong = [*MANY[:2], {"city": "a", "zip": "b"}, *MANY[2:]]
    both.answers([b"".join(chat_answer(document_of({"items": wrong}), "tools"))])
    _, items, error = await both.run(Iterable[Address])
    assert items == ADDRESSES[:2], "what came before it comes first"
    assert type(error) is ValidationError
    assert error.errors()[0]["loc"] == ("zip",)


async def test_whole_answers_are_checked_too(both: Both) -> None:
    both.answers([chat_whole(None, [("User", HALF)], finish_reason="length")])
    with pytest.raises(partialjson.TruncatedError) as raised:
        await both.create(User, stream=False)
    assert raised.value.value.name == USER.name
    both.answers([chat_whole(None, [("User", "{}")])])
    with pytest.raises(ValidationError):
        await both.create(User, stream=False)


# --- leaving early -------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["break", "close", "error"])
async def test_the_server_sees_that_nobody_listens(both: Both, how: str) -> None:
    both.answers(lingering(chat_answer(TEXT, "tools")))
    stream = await both.create(Partial[User])

    async def read() -> None:
        if both.is_async:
            async for _ in stream:
                if how == "break":
                    break
                if how == "close":
                    await stream.close()
                else:
                    raise ZeroDivisionError
        else:
            for _ in stream:
                if how == "break":
                    break
                if how == "close":
                    stream.close()
                else:
                    raise ZeroDivisionError

    try:
        await read()
    except ZeroDivisionError:
        assert how == "error"
    exchange = both.server.exchanges[0]
    assert await asyncio.to_thread(exchange.left.wait, 15)
    with pytest.raises(partialjson.IncompleteJSONError):
        _ = stream.final
