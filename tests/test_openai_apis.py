"""What holds for each API of OpenAI's and for Azure alike, over HTTP, with the real clients."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

import pytest
from openai import AsyncAzureOpenAI, AsyncOpenAI, AzureOpenAI, OpenAI

import partialjson
from partialjson import Partial
from partialjson._tool_calls import ToolCalls
from tests.openai_clients import TEXT, USER, User
from tests.openai_protocol import (
    REASONING,
    RESPONSE_USAGE,
    USAGE,
    chat_answer,
    document_of,
    response_answer,
)
from tests.protocol import Exchange, ProtocolServer, Script, event, lingering, paced

FILTERS = {"prompt_index": 0, "content_filter_results": {"hate": {"filtered": False}}}
# Azure tells of its filters first.
AZURE_FIRST = {
    "id": "",
    "object": "",
    "created": 0,
    "model": "",
    "choices": [],
    "prompt_filter_results": [FILTERS],
}


@dataclass(frozen=True)
class Api:
    """One API: what is asked of it, and what it answers."""

    name: str
    before: int
    """Events before the first of the document."""
    reason: str
    total: object
    """Tokens used, as the service counts them."""

    def answer(self, text: str) -> list[bytes]:
        if self.name == "responses":
            return response_answer(text, "json_schema")
        answer = chat_answer(text, "tools")
        return [event(AZURE_FIRST), *answer] if self.name == "azure" else answer

    @asynccontextmanager
    async def client(self, server: ProtocolServer, is_async: bool) -> AsyncIterator[Any]:
        make: Any
        if self.name == "azure":
            make = AsyncAzureOpenAI if is_async else AzureOpenAI
            where = {"azure_endpoint": server.url, "azure_deployment": "mine"}
            bare = make(**where, api_version="2024-10-21", api_key="any", max_retries=0)
        else:
            make = AsyncOpenAI if is_async else OpenAI
            bare = make(base_url=f"{server.url}/v1", api_key="any", max_retries=0)
        yield partialjson.from_openai(bare)
        await bare.close() if is_async else bare.close()

    def create(self, client: Any, prompt: str) -> Any:
        request: dict[str, Any] = {"model": "gpt-4o", "stream": True}
        request["response_model"] = Partial[User]
        if self.name == "responses":
            return client.responses.create(input=prompt, **request)
        messages = [{"role": "user", "content": prompt}]
        return client.chat.completions.create(messages=messages, **request)

    def prompt(self, exchange: Exchange) -> str:
        request = exchange.request
        asked = request["input"] if self.name == "responses" else request["messages"][0]["content"]
        assert isinstance(asked, str)
        return asked


APIS = [
    # The role, an empty delta, and the name of the tool.
    Api("chat", 3, "stop", USAGE["total_tokens"]),
    Api("azure", 4, "stop", USAGE["total_tokens"]),
    # created, in_progress, reasoning, the item and its part.
    Api("responses", 2 + len(REASONING) + 2, "completed", RESPONSE_USAGE["total_tokens"]),
]


@pytest.fixture(params=APIS, ids=[api.name for api in APIS])
def api(request: pytest.FixtureRequest) -> Api:
    assert isinstance(request.param, Api)
    return request.param


def answers(server: ProtocolServer, script: Script) -> None:
    steps = list(script)
    server.exchanges.clear()
    server.script = lambda _: steps


async def opened(api: Api, client: Any, is_async: bool) -> Any:
    made = api.create(client, "Make one up.")
    return await made if is_async else made


async def rest(stream: Any, is_async: bool) -> list[Any]:
    return [item async for item in stream] if is_async else [*stream]


@pytest.mark.parametrize("mode", ["tools", "json_schema"])
async def test_the_helpers_of_openai_say_nothing_twice(
    server: ProtocolServer, api: Api, is_async: bool, mode: str
) -> None:
    """``stream`` in place of ``create`` gives events, which repeat what the chunks bring."""
    answers(server, (response_answer if api.name == "responses" else chat_answer)(TEXT, mode))
    open_ = partialjson.astream if is_async else partialjson.stream
    async with api.client(server, is_async) as client:
        if api.name == "responses":
            helper = client.responses.stream(model="m", input="x")
        else:
            helper = client.chat.completions.stream(model="m", messages=[])
        with pytest.raises(TypeError, match="Manager is a context manager: enter it"):
            open_(helper, User)
        events = await helper.__aenter__() if is_async else helper.__enter__()
        stream = open_(events, User)
        items = await rest(stream, is_async)
    assert items[-1] == USER
    assert len(items) > 10
    assert stream.finish_reason == api.reason


async def test_the_first_value_and_the_last(
    server: ProtocolServer, api: Api, is_async: bool
) -> None:
    """The first comes within two tokens, the last is validated and all is told beside it."""
    events = api.answer(TEXT)
    gate = threading.Event()
    answers(server, [*events[: api.before + 2], gate, *events[api.before + 2 :]])
    async with api.client(server, is_async) as client:
        stream = await opened(api, client, is_async)
        first = await anext(stream) if is_async else next(stream)
        assert type(first) is Partial[User]
        gate.set()
        items = await rest(stream, is_async)
    assert items[-1] == stream.final == USER
    assert type(items[-1]) is User
    assert stream.text == TEXT
    assert (stream.finish_reason, stream.usage.total_tokens) == (api.reason, api.total)
    assert stream.response_id
    if api.name == "azure":
        path = "/openai/deployments/mine/chat/completions?api-version=2024-10-21"
        assert server.exchanges[-1].path == path


async def test_the_server_sees_that_nobody_listens(
    server: ProtocolServer, api: Api, is_async: bool
) -> None:
    answers(server, lingering(api.answer(TEXT)))
    async with api.client(server, is_async) as client:
        stream = await opened(api, client, is_async)
        if is_async:
            async for _ in stream:
                break
        else:
            for _ in stream:
                break
        exchange = server.exchanges[0]
        assert await asyncio.to_thread(exchange.left.wait, 15)


async def test_200_streams_at_once_keep_their_order(server: ProtocolServer, api: Api) -> None:
    def script(exchange: Exchange) -> Script:
        number = int(api.prompt(exchange))
        value = {"name": f"{number} " * 2, "address": {"city": "a", "zip": number}, "tags": []}
        return paced(api.answer(document_of(value)), 0.01)

    server.script = script
    alive = most = 0
    async with api.client(server, True) as client:

        async def one(number: int) -> int:
            nonlocal alive, most
            alive += 1
            stream = await api.create(client, str(number))
            last = ""
            async for user in stream:
                most = max(most, alive)
                name = user.name or ""
                assert name.startswith(last)
                assert (f"{number} " * 2).startswith(name)
                last = name
            alive -= 1
            zip_code: int = stream.final.address.zip
            return zip_code

        assert await asyncio.gather(*map(one, range(200))) == list(range(200))
    assert most > 50


def lines_for_a_piece(calls: int) -> int:
    """How many lines of Python a piece of the last of so many tool calls takes."""
    core = ToolCalls({"User": User}, {})

    def take(index: int, **function: str) -> None:
        call = {"index": index, "id": f"call_{index}", "function": function}
        core.take({"id": "1", "choices": [{"index": 0, "delta": {"tool_calls": [call]}}]})
        core.queue.clear()

    for index in range(calls):
        take(index, name="User", arguments='{"na')
    lines = 0

    def count(_: FrameType, what: str, __: Any) -> Any:
        nonlocal lines
        lines += what == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        take(calls - 1, arguments="me")
    finally:
        sys.settrace(before)
    return lines


def test_a_piece_of_a_tool_call_costs_no_more_the_more_calls_there_are() -> None:
    assert lines_for_a_piece(300) == lines_for_a_piece(3)
