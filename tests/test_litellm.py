"""Streams through LiteLLM, over HTTP: what it makes of services' chunks is read as OpenAI's are."""

# ruff: noqa: E402 - what is set and skipped comes before the imports

from __future__ import annotations

import asyncio
import itertools
import threading
from typing import Any

import pytest

# Or it would ask the network for the prices of models.
pytest.MonkeyPatch().setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")
REASON = "LiteLLM pins an old openai: `make test-sdks` runs this in an environment of its own"
litellm: Any = pytest.importorskip("litellm", reason=REASON)

import partialjson
from partialjson import Partial
from tests.openai_clients import MESSAGES, TEXT, USER, User
from tests.openai_protocol import USAGE, chat_answer, document_of, name_that_grew
from tests.protocol import DROP, Exchange, ProtocolServer, Script, lingering, merged
from tests.sdk_protocols import message_events, text_block, tool_block
from tests.twins import ServedTwin

# What it does at its import and with its clients is not ours to warn of.
pytestmark = pytest.mark.filterwarnings("ignore")

CASES: dict[str, tuple[str, list[bytes], str]] = {
    # The service says "stop" where a tool was asked for by name, LiteLLM since 1.110 does not.
    "openai tools": ("openai/gpt-4o", chat_answer(TEXT, "tools"), "tool_calls"),
    "openai text": ("openai/gpt-4o", chat_answer(TEXT, "json_schema"), "stop"),
    "anthropic tool": (
        "anthropic/claude-sonnet-5",
        message_events(tool_block(0, "User", TEXT), stop_reason="tool_use"),
        "tool_calls",
    ),
    "anthropic text": ("anthropic/claude-sonnet-5", message_events(text_block(0, TEXT)), "stop"),
}


class Both(ServedTwin):
    """The same tests for `completion` and `acompletion`."""

    async def open(self, model: str, script: Script) -> Any:
        self.answers(script)
        return await self.ask(model)

    async def ask(self, model: str) -> Any:
        is_openai = model.startswith("openai")
        request: dict[str, Any] = {
            "model": model,
            "messages": MESSAGES,
            "stream": True,
            "stream_options": {"include_usage": True},
            "api_key": "any",
            "api_base": f"{self.server.url}/v1" if is_openai else self.server.url,
        }
        if self.is_async:
            return partialjson.astream(await litellm.acompletion(**request), User)
        return partialjson.stream(litellm.completion(**request), User)


@pytest.fixture
def both(is_async: bool, server: ProtocolServer) -> Both:
    return Both(server, is_async)


@pytest.mark.parametrize("name", CASES)
async def test_growing_objects(both: Both, name: str) -> None:
    model, answer, reason = CASES[name]
    stream = await both.open(model, answer)
    items = [item async for item in both.items(stream)]
    assert items[-1] == stream.final == USER
    assert [type(item) for item in items] == [Partial[User]] * (len(items) - 1) + [User]
    assert len(items) > 10
    assert stream.text == TEXT
    assert stream.finish_reason == reason
    assert stream.response_id.startswith("chatcmpl-")
    if name.startswith("openai"):
        assert stream.usage.completion_tokens == USAGE["completion_tokens"]
    else:
        assert stream.usage.completion_tokens == 89


@pytest.mark.parametrize("name", CASES)
async def test_the_first_value_comes_within_two_tokens(both: Both, name: str) -> None:
    model, answer, _ = CASES[name]
    # Anthropic's tools begin with an empty delta, its texts do not.
    before = 4 if name == "anthropic tool" else 3
    gate = threading.Event()
    stream = await both.open(model, [*answer[: before + 2], gate, *answer[before + 2 :]])
    first = await anext(stream) if both.is_async else next(stream)
    assert type(first) is Partial[User]
    gate.set()
    items = [item async for item in both.items(stream)]
    assert items[-1] == USER


async def test_leaving_early_closes_the_connection(server: ProtocolServer) -> None:
    """Where LiteLLM's stream can be closed: not a synchronous one, nor that of every service."""
    both = Both(server, is_async=True)
    model, answer, _ = CASES["openai tools"]
    async with await both.open(model, lingering(answer)) as stream:
        await anext(stream)
    assert await asyncio.to_thread(both.exchange.left.wait, 15)


async def test_many_streams_do_not_mix(server: ProtocolServer) -> None:
    both = Both(server, is_async=True)
    numbers = itertools.count()

    def answer(_: Exchange) -> Script:
        name = f"Jason {next(numbers)}"
        user = {"name": name, "address": {"city": name, "zip": 1}, "tags": []}
        return merged(chat_answer(document_of(user), "tools"))

    async def one() -> str:
        return name_that_grew([user async for user in await both.ask("openai/gpt-4o")])

    server.script = answer
    names = await asyncio.gather(*(one() for _ in range(200)))
    assert sorted(names) == sorted(f"Jason {i}" for i in range(200))


async def test_a_lost_connection(both: Both) -> None:
    stream = await both.open("openai/gpt-4o", [*chat_answer(TEXT, "tools")[:8], DROP])
    with pytest.raises(partialjson.DisconnectedError) as raised:
        _ = [item async for item in both.items(stream)]
    assert raised.value.value == stream.value


async def test_a_cut_answer(both: Both) -> None:
    answer = chat_answer(TEXT[:30], "tools", finish_reason="length")
    stream = await both.open("openai/gpt-4o", answer)
    with pytest.raises(partialjson.TruncatedError) as raised:
        _ = [item async for item in both.items(stream)]
    assert raised.value.value == stream.value
