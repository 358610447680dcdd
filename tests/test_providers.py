"""Streams of other services: their real clients, over HTTP, to servers that say what they say."""

from __future__ import annotations

import asyncio
import gc
import itertools
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import pytest

import partialjson
from partialjson import Partial
from tests.openai_clients import TEXT, USER, User
from tests.openai_protocol import document_of, name_that_grew, pieces
from tests.protocol import (
    DROP,
    LAYOUTS,
    Exchange,
    ProtocolServer,
    Script,
    event,
    kept_alive,
    lingering,
    merged,
)
from tests.sdk_clients import AnthropicService, GoogleService, MistralService, Service, connected
from tests.sdk_protocols import (
    ANTHROPIC_LAST_USAGE,
    ANTHROPIC_USAGE,
    GOOGLE_ID,
    GOOGLE_USAGE,
    MESSAGE_ID,
    MISTRAL_ID,
    MISTRAL_USAGE,
    anthropic_error,
    call_part,
    content_chunk,
    content_events,
    message_events,
    mistral_call,
    mistral_events,
    mistral_text,
    text_block,
    text_parts,
    thinking_block,
    tool_block,
)
from tests.twins import ServedTwin


@dataclass(frozen=True)
class Case:
    """A service, and one of the places in its answers where a document can be."""

    service: type[Service]
    answer: Callable[[str], list[bytes]]
    """A whole stream with this document."""
    reason: str
    usage: dict[str, Any]
    id: str
    before: int
    """Events before the first of the document."""
    is_whole: bool = False
    """Whether the document comes in one piece."""


CASES = {
    "anthropic tool": Case(
        AnthropicService,
        lambda text: message_events(tool_block(0, "User", text), stop_reason="tool_use"),
        "tool_use",
        ANTHROPIC_USAGE | ANTHROPIC_LAST_USAGE,
        MESSAGE_ID,
        before=4,
    ),
    "anthropic text": Case(
        AnthropicService,
        lambda text: message_events(thinking_block(0, "Hm {"), text_block(1, text)),
        "end_turn",
        ANTHROPIC_USAGE | ANTHROPIC_LAST_USAGE,
        MESSAGE_ID,
        before=9,
    ),
    "google text": Case(
        GoogleService,
        lambda text: content_events(text_parts(text)),
        "STOP",
        GOOGLE_USAGE,
        GOOGLE_ID,
        before=1,
    ),
    "google call": Case(
        GoogleService,
        lambda text: content_events([call_part("User", text)]),
        "STOP",
        GOOGLE_USAGE,
        GOOGLE_ID,
        before=0,
        is_whole=True,
    ),
    "mistral text": Case(
        MistralService,
        lambda text: mistral_events(mistral_text(text)),
        "stop",
        MISTRAL_USAGE,
        MISTRAL_ID,
        before=2,
    ),
    "mistral call": Case(
        MistralService,
        lambda text: mistral_events([mistral_call(0, "User", text)], "tool_calls"),
        "tool_calls",
        MISTRAL_USAGE,
        MISTRAL_ID,
        before=1,
        is_whole=True,
    ),
}
GROWING = {name: case for name, case in CASES.items() if not case.is_whole}


class Both(ServedTwin):
    """The same tests for synchronous and asynchronous clients."""

    def open(self, chunks: Any, **options: Any) -> Any:
        make: Any = partialjson.astream if self.is_async else partialjson.stream
        return make(chunks, User, **options)

    async def run(self, case: Case, script: Script) -> tuple[Any, list[Any], Any]:
        self.answers(script)
        async with connected(case.service, self.server.url, self.is_async) as service:
            stream = self.open(await service.chunks())
            return (stream, *await self.collect(stream))


@pytest.fixture
def both(is_async: bool, server: ProtocolServer) -> Both:
    return Both(server, is_async)


def told(usage: Any) -> dict[str, Any]:
    """The counts that the service told, by the names that it gives them."""
    dumped: dict[str, Any] = usage.model_dump(mode="json", by_alias=True, exclude_none=True)
    return dumped


# --- what comes ----------------------------------------------------------------------------------


# google-genai takes no comments in a stream, and its service sends none.
LAID_OUT = [
    (name, layout)
    for name, case in CASES.items()
    for layout in LAYOUTS
    if layout is not kept_alive or case.service is not GoogleService
]


@pytest.mark.parametrize(("name", "layout"), LAID_OUT)
async def test_growing_objects(
    both: Both, name: str, layout: Callable[[Iterable[bytes]], list[bytes]]
) -> None:
    case = CASES[name]
    stream, items, error = await both.run(case, layout(case.answer(TEXT)))
    assert error is None
    assert items[-1] == stream.final == USER
    assert [type(item) for item in items] == [Partial[User]] * (len(items) - 1) + [User]
    assert (stream.finish_reason, stream.response_id) == (case.reason, case.id)
    assert told(stream.usage) == case.usage
    if not case.is_whole:
        assert stream.text == TEXT
        parser = partialjson.ModelParser(User)
        values = [parser.feed(piece) for piece in pieces(TEXT)]
        assert items == [each for each, _ in itertools.groupby(values)]


@pytest.mark.parametrize("name", CASES)
async def test_the_first_value_comes_within_two_tokens(both: Both, name: str) -> None:
    case = CASES[name]
    events = case.answer(TEXT)
    gate = threading.Event()
    both.answers([*events[: case.before + 2], gate, *events[case.before + 2 :]])
    async with connected(case.service, both.server.url, both.is_async) as service:
        stream = both.open(await service.chunks())
        first = await anext(stream) if both.is_async else next(stream)
        assert isinstance(first, User)
        gate.set()
        items, error = await both.collect(stream)
    assert (items[-1:] or [first], error) == ([USER], None)


@pytest.mark.parametrize("name", GROWING)
async def test_leaving_early_closes_the_connection(both: Both, name: str) -> None:
    case = CASES[name]
    both.answers(lingering(case.answer(TEXT)))
    async with connected(case.service, both.server.url, both.is_async) as service:
        stream = both.open(await service.chunks())
        if both.is_async:
            async with stream:
                await anext(stream)
        else:
            for _ in stream:
                break
        if both.is_async and case.service is GoogleService:
            # Here the client's stream refers to itself: left early, its request lives until it
            # is collected, even if it is closed.
            for _ in range(100):
                await asyncio.sleep(0.05)
                gc.collect()
                if both.exchange.left.is_set():
                    break
        assert await asyncio.to_thread(both.exchange.left.wait, 15)


@pytest.mark.parametrize("name", ["anthropic tool", "google text", "mistral text"])
async def test_many_streams_do_not_mix(server: ProtocolServer, name: str) -> None:
    case = CASES[name]
    both = Both(server, is_async=True)

    numbers = itertools.count()

    def answer(_: Exchange) -> Script:
        name = f"Jason {next(numbers)}"
        user = {"name": name, "address": {"city": name, "zip": 1}, "tags": []}
        return merged(case.answer(document_of(user)))

    server.script = answer
    async with connected(case.service, server.url, True) as service:

        async def one() -> str:
            return name_that_grew([user async for user in both.open(await service.chunks())])

        names = await asyncio.gather(*(one() for _ in range(200)))
    assert sorted(names) == sorted(f"Jason {i}" for i in range(200))


# --- what is passed over, and what is not --------------------------------------------------------


async def test_the_tools_of_the_service_are_not_ours(both: Both) -> None:
    """Anthropic's own tools, as its search of the web, get their input in the same stream."""
    blocks = [
        tool_block(0, "web_search", '{"query": "x"}', "server_tool_use"),
        tool_block(1, "User", TEXT),
        text_block(2, "There you are."),
    ]
    case = CASES["anthropic tool"]
    stream, items, error = await both.run(case, message_events(*blocks))
    assert (items[-1], error, stream.text) == (USER, None, TEXT)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("anthropic tool", message_events(tool_block(0, "A", TEXT), tool_block(1, "A", TEXT))),
        ("google call", content_events([call_part("A", TEXT), call_part("A", TEXT)])),
        ("mistral call", mistral_events([mistral_call(0, "A", TEXT), mistral_call(1, "A", TEXT)])),
    ],
)
async def test_a_second_call_is_not_passed_over(both: Both, name: str, answer: Any) -> None:
    _, _, error = await both.run(CASES[name], answer)
    assert type(error) is ValueError
    assert "several tool calls" in str(error)


async def test_the_helper_of_anthropic_says_nothing_twice(server: ProtocolServer) -> None:
    """``messages.stream`` repeats each delta as an event of its own."""
    both = Both(server, is_async=False)
    for answer in CASES["anthropic tool"].answer, CASES["anthropic text"].answer:
        both.answers(answer(TEXT))
        async with connected(AnthropicService, server.url, False) as service:
            helper: Any = service.client.messages.stream(
                model="claude-sonnet-5", max_tokens=9, messages=[{"role": "user", "content": "x"}]
            )
            with helper as events:
                items = [*partialjson.stream(events, User)]
        assert items[-1] == USER


# --- how it can end ------------------------------------------------------------------------------

CUT = TEXT[:25]
ENDINGS: list[Any] = [
    (
        "anthropic tool",
        message_events(tool_block(0, "User", CUT), stop_reason="max_tokens"),
        partialjson.TruncatedError,
    ),
    (
        "anthropic text",
        message_events(text_block(0, CUT), stop_reason="refusal"),
        partialjson.RefusalError,
    ),
    (
        "anthropic text",
        [*message_events(text_block(0, CUT), stop_reason=None), anthropic_error()],
        partialjson.ServiceError,
    ),
    (
        "google text",
        content_events(text_parts(CUT), "MAX_TOKENS"),
        partialjson.TruncatedError,
    ),
    (
        "google text",
        content_events(text_parts(CUT), "SAFETY"),
        partialjson.ContentFilterError,
    ),
    (
        "google text",
        content_events(text_parts(CUT), "RECITATION"),
        partialjson.ContentFilterError,
    ),
    (
        "mistral text",
        mistral_events(mistral_text(CUT), "length"),
        partialjson.TruncatedError,
    ),
    (
        "mistral text",
        mistral_events(mistral_text(CUT), "model_length"),
        partialjson.TruncatedError,
    ),
]


@pytest.mark.parametrize(("name", "answer", "kind"), ENDINGS)
async def test_a_bad_end_is_an_error_with_the_partial_value(
    both: Both, name: str, answer: Any, kind: type[Exception]
) -> None:
    stream, items, error = await both.run(CASES[name], answer)
    assert type(error) is kind
    assert type(error.value) is Partial[User]
    assert error.value == items[-1] == stream.value
    assert stream.text == CUT


@pytest.mark.parametrize("name", GROWING)
async def test_a_stream_that_just_ends(both: Both, name: str) -> None:
    case = CASES[name]
    events = case.answer(TEXT)[: case.before + 5]
    _, items, error = await both.run(case, events)
    assert type(error) is partialjson.IncompleteJSONError
    assert error.value == items[-1]


@pytest.mark.parametrize("name", GROWING)
async def test_a_lost_connection(both: Both, name: str) -> None:
    case = CASES[name]
    events = [*case.answer(TEXT)[: case.before + 5], 0.1, DROP]
    _, items, error = await both.run(case, events)
    assert type(error) is partialjson.DisconnectedError
    assert error.value == items[-1]
    assert error.__cause__ is not None


async def test_what_google_refuses_to_be_asked(both: Both) -> None:
    blocked = content_chunk(None, promptFeedback={"blockReason": "PROHIBITED_CONTENT"})
    del blocked["candidates"]
    stream, items, error = await both.run(CASES["google text"], [event(blocked)])
    assert items == []
    assert type(error) is partialjson.ContentFilterError
    assert stream.finish_reason == "PROHIBITED_CONTENT"


def test_no_sdk_is_imported() -> None:
    program = """if True:
        import sys
        from pydantic import BaseModel
        import partialjson
        class User(BaseModel):
            name: str
        chunk = {"type": "content_block_delta", "index": 0,
                 "delta": {"type": "text_delta", "text": '{"name": "A"}'}}
        [user, *_] = partialjson.stream([chunk], User)
        sdks = {"openai", "anthropic", "google.genai", "mistralai", "langchain_core", "litellm"}
        print(user.name, sdks & set(sys.modules))
    """
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("A set()\n", "")
