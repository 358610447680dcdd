"""`partialjson.instructor.Partial` in Instructor's own clients, over HTTP."""

# ruff: noqa: E402 - what is imported below needs Instructor

from __future__ import annotations

import asyncio
import gc
import itertools
import weakref
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any

import pytest

REASON = "Instructor pins an old jiter: `make test-sdks` runs this in an environment of its own"
instructor: Any = pytest.importorskip("instructor", reason=REASON)

from anthropic import Anthropic, AsyncAnthropic
from google import genai
from openai import AsyncOpenAI, OpenAI
from pydantic import BaseModel, ValidationError

import partialjson
from partialjson import AsyncPartialStream, PartialStream
from partialjson.instructor import Partial
from tests.openai_clients import MESSAGES, TEXT, USER, VALUE, User
from tests.openai_protocol import (
    chat_answer,
    chat_events,
    chat_whole_answer,
    document_of,
    name_that_grew,
    pieces,
    response_answer,
    text_deltas,
)
from tests.protocol import DROP, Exchange, ProtocolServer, Script, lingering, merged, paced
from tests.sdk_protocols import content_events, message_events, text_block, tool_block
from tests.twins import ServedTwin

# google-genai's, where aiohttp is installed.
pytestmark = pytest.mark.filterwarnings("ignore:Inheritance class AiohttpClientSession")


@dataclass(frozen=True)
class Case:
    """A provider and a mode of Instructor's, and a whole answer with a document."""

    provider: str
    mode: Any
    answer: Any
    before: int | None
    """Events before the first of the document, unless Instructor itself holds it back."""


MODE = instructor.Mode
CASES = {
    "openai tools": Case("openai", MODE.TOOLS, lambda text: chat_answer(text, "tools"), 3),
    "openai schema": Case("openai", MODE.JSON_SCHEMA, lambda text: chat_answer(text, "json"), 3),
    "openai markdown": Case(
        "openai",
        MODE.MD_JSON,
        lambda text: chat_events(text_deltas(f"Here you are:\n```json\n{text}\n```\nDone.")),
        # Its extractor waits for the end of the block.
        None,
    ),
    "openai responses": Case(
        "openai", MODE.RESPONSES_TOOLS, lambda text: response_answer(text, "tools"), 10
    ),
    "anthropic tools": Case(
        "anthropic", MODE.TOOLS, lambda text: message_events(tool_block(0, "User", text)), 4
    ),
    "anthropic json": Case(
        "anthropic", MODE.JSON, lambda text: message_events(text_block(0, text)), 3
    ),
    "google json": Case(
        "google",
        MODE.JSON,
        lambda text: content_events([{"text": piece} for piece in pieces(text)]),
        0,
    ),
}


class Both(ServedTwin):
    """The same tests for synchronous and asynchronous clients."""

    def __init__(self, server: ProtocolServer, is_async: bool) -> None:
        super().__init__(server, is_async)
        self.open: list[Any] = []

    def client(self, case: Case) -> Any:
        if case.provider == "google":
            google = genai.Client(api_key="any", http_options={"base_url": self.server.url})
            self.open.append(google.aio if self.is_async else google)
            return instructor.from_genai(google, case.mode, use_async=self.is_async)
        options: dict[str, Any] = {"api_key": "any", "max_retries": 0}
        if case.provider == "openai":
            make: Any = AsyncOpenAI if self.is_async else OpenAI
            bare = make(base_url=f"{self.server.url}/v1", **options)
            wrap = instructor.from_openai
        else:
            make = AsyncAnthropic if self.is_async else Anthropic
            bare = make(base_url=self.server.url, **options)
            wrap = instructor.from_anthropic
        self.open.append(bare)
        return wrap(bare, mode=case.mode)

    async def create(self, case: Case, response_model: Any = Partial[User], **request: Any) -> Any:
        request = {"model": "m", "messages": MESSAGES, "stream": True, **request}
        if case.provider == "anthropic":
            request["max_tokens"] = 1024
        made = self.client(case).create(response_model=response_model, **request)
        return await made if self.is_async else made

    async def close(self) -> None:
        for bare in self.open:
            close = getattr(bare, "aclose", None) or bare.close
            closing = close()
            if self.is_async:
                await closing


@pytest.fixture
async def both(is_async: bool, server: ProtocolServer) -> AsyncIterator[Both]:
    both = Both(server, is_async)
    yield both
    await both.close()


# --- the objects ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CASES)
async def test_growing_objects_with_every_handler(both: Both, name: str) -> None:
    case = CASES[name]
    both.answers(case.answer(TEXT))
    stream = await both.create(case)
    assert type(stream) is (AsyncPartialStream if both.is_async else PartialStream)
    items, error = await both.collect(stream)
    assert error is None
    assert items[-1] == stream.final == USER
    assert [type(item) for item in items] == [partialjson.Partial[User]] * (len(items) - 1) + [User]
    assert stream.text.strip() == TEXT
    parser = partialjson.ModelParser(User)
    values = []
    for piece in pieces(TEXT):
        value = parser.feed(piece)
        if parser.take_changed():
            values.append(value)
    if name != "openai markdown":
        assert items[: len(values)] == values


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.before is not None])
async def test_the_stream_streams(both: Both, name: str) -> None:
    """Instructor's own synchronous handlers give nothing before the last token has come."""
    case = CASES[name]
    both.answers(paced(case.answer(TEXT), 0.02))
    stream = await both.create(case)
    first = await anext(stream) if both.is_async else next(stream)
    assert type(first) is partialjson.Partial[User]
    assert case.before is not None
    assert both.exchange.sent <= case.before + 2
    items, error = await both.collect(stream)
    assert (items[-1], error) == (USER, None)


@pytest.mark.parametrize("name", ["openai tools", "anthropic tools"])
async def test_leaving_early_closes_the_connection(both: Both, name: str) -> None:
    case = CASES[name]
    both.answers(lingering(case.answer(TEXT)))
    stream = await both.create(case)
    if both.is_async:
        async with stream:
            await anext(stream)
    else:
        for _ in stream:
            break
    assert await asyncio.to_thread(both.exchange.left.wait, 15)


async def test_many_streams_do_not_mix(server: ProtocolServer) -> None:
    both = Both(server, is_async=True)
    client = both.client(CASES["openai tools"])
    numbers = itertools.count()

    def answer(_: Exchange) -> Script:
        name = f"Jason {next(numbers)}"
        user = {"name": name, "address": {"city": name, "zip": 1}, "tags": []}
        return merged(chat_answer(document_of(user), "tools"))

    async def one() -> str:
        request: Any = {"model": "m", "messages": MESSAGES, "stream": True}
        stream = await client.create(response_model=Partial[User], **request)
        return name_that_grew([user async for user in stream])

    server.script = answer
    names = await asyncio.gather(*(one() for _ in range(200)))
    assert sorted(names) == sorted(f"Jason {i}" for i in range(200))
    await both.close()


async def test_create_partial_takes_it_too(both: Both) -> None:
    case = CASES["openai tools"]
    both.answers(case.answer(TEXT))
    request: Any = {"model": "m", "messages": MESSAGES, "response_model": Partial[User]}
    items, error = await both.collect(both.client(case).create_partial(**request))
    assert error is None
    assert items[-1] == USER
    assert type(items[-1]) is User


# --- the request ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["openai tools", "openai schema", "anthropic tools"])
async def test_the_request_is_that_of_the_whole_model(both: Both, name: str) -> None:
    case = CASES[name]
    requests = []
    for model in Partial[User], User:
        both.answers(case.answer(TEXT) if model is not User else [_whole(case)])
        made = await both.create(case, model, stream=model is not User)
        if model is not User:
            await both.collect(made)
        requests.append(both.exchange.request)
    for request in requests:
        request.pop("stream", None)
    assert requests[0] == requests[1]


def _whole(case: Case) -> dict[str, Any]:
    if case.provider == "openai":
        return chat_whole_answer(TEXT, "tools" if case.mode is MODE.TOOLS else "json")
    block = {"type": "tool_use", "id": "toolu_0", "name": "User", "input": VALUE}
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [block],
        "stop_reason": "tool_use",
        "stop_sequence": None,
        "usage": {"input_tokens": 1, "output_tokens": 1},
    }


async def test_context_and_strict_are_those_of_the_call(both: Both) -> None:
    case = CASES["openai tools"]
    text = document_of(VALUE | {"address": {"city": "x", "zip": "8000"}})
    both.answers(case.answer(text))
    items, error = await both.collect(await both.create(case, strict=False))
    assert (items[-1].address.zip, error) == (8000, None)
    items, error = await both.collect(await both.create(case, strict=True))
    assert type(error) is ValidationError
    assert items


# --- how it can end ------------------------------------------------------------------------------


async def test_a_cut_answer_is_not_taken_for_whole(both: Both) -> None:
    case = CASES["openai tools"]
    both.answers(chat_answer(TEXT[:30], "tools", finish_reason="length"))
    items, error = await both.collect(await both.create(case))
    assert type(error) is partialjson.IncompleteJSONError
    assert error.value == items[-1]


async def test_a_lost_connection(both: Both) -> None:
    case = CASES["openai tools"]
    both.answers([*case.answer(TEXT)[:8], 0.1, DROP])
    items, error = await both.collect(await both.create(case))
    assert type(error) is partialjson.DisconnectedError
    assert error.value == items[-1]


# --- the class -----------------------------------------------------------------------------------


def test_one_class_for_each_model() -> None:
    assert Partial[User] is Partial[User] is Partial[partialjson.Partial[User]]
    assert Partial[Partial[User]] is Partial[User]
    assert issubclass(Partial[User], User)
    assert Partial[User].__name__ == "User"
    assert Partial[User].model_json_schema() == User.model_json_schema()
    assert type(Partial[User].model_validate(VALUE)) is User


def test_the_model_learns_nothing_of_it() -> None:
    """Instructor derives a class at every call, which is to be forgotten."""

    class Temporary(BaseModel):
        name: str

    gone = [weakref.ref(type("Temporary", (Partial[Temporary],), {})) for _ in range(10)]
    gc.collect()
    assert [each() for each in gone] == [None] * 10
    assert Partial[Temporary].model_json_schema() == Temporary.model_json_schema()


def test_it_goes_with_its_model() -> None:
    class Temporary(BaseModel):
        name: str

    gone = weakref.ref(Partial[Temporary])
    del Temporary
    gc.collect()
    assert gone() is None


def test_what_it_does_not_take() -> None:
    for type_ in int, list[User], dict[str, int]:
        with pytest.raises(TypeError, match="streams models"):
            Partial[type_]


def test_each_client_has_a_partial_of_its_own() -> None:
    """A migration that changes one without the other is told so, before anything is asked."""
    client = OpenAI(base_url="http://127.0.0.1:9/v1", api_key="any")
    asked: Any = {"model": "gpt-4o", "messages": MESSAGES, "stream": True}
    ours: Any = partialjson.from_openai(client).chat.completions
    for type_ in Partial[User], instructor.Partial[User], Iterable[instructor.Partial[User]]:
        with pytest.raises(TypeError, match=r"pass partialjson\.Partial\[T\]"):
            ours.create(response_model=type_, **asked)
    its: Any = instructor.from_openai(client).chat.completions
    with pytest.raises(TypeError, match=r"take Partial from partialjson\.instructor"):
        its.create(response_model=partialjson.Partial[User], **asked)


@pytest.mark.parametrize("name", ["openai tools", "anthropic tools"])
async def test_an_answer_that_is_not_streamed_is_the_model(both: Both, name: str) -> None:
    both.answers([_whole(CASES[name])])
    user = await both.create(CASES[name], stream=False)
    assert type(user) is User
    assert user == USER
