"""The demo server sends what the service sends, at the pace and with the faults asked for."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai import (
    APIConnectionError,
    AsyncOpenAI,
    BadRequestError,
    OpenAI,
    pydantic_function_tool,
)
from openai.types.chat import ChatCompletionChunk
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from examples import schemas
from examples.local_server import Behaviour, LocalServer
from examples.local_server.behaviour import tokens
from examples.local_server.invent import invent

MODELS = [schemas.User, schemas.Order, schemas.CityGuide, schemas.Report]
MESSAGES: list[Any] = [{"role": "user", "content": "Make one up."}]


@pytest.fixture
def server(running: LocalServer) -> LocalServer:
    running.behaviour = Behaviour(pace_s=0)
    return running


@pytest.fixture
def client(server: LocalServer) -> Iterator[OpenAI]:
    with OpenAI(base_url=server.base_url, api_key="any", max_retries=0) as client:
        yield client


def wanting(model: type[BaseModel], **more: Any) -> dict[str, Any]:
    """The arguments of a request that forces a call with the fields of `model`."""
    return {
        "model": "gpt-4o",
        "messages": MESSAGES,
        "tools": [pydantic_function_tool(model)],
        "tool_choice": {"type": "function", "function": {"name": model.__name__}},
        **more,
    }


def chunks_for(client: OpenAI, model: type[BaseModel], **more: Any) -> list[ChatCompletionChunk]:
    return list(client.chat.completions.create(**wanting(model, **more), stream=True))


def arguments(chunks: list[ChatCompletionChunk]) -> list[str]:
    calls = [c.choices[0].delta.tool_calls for c in chunks if c.choices]
    functions = [call[0].function for call in calls if call]
    return [f.arguments for f in functions if f and f.arguments]


@pytest.mark.parametrize("model", MODELS)
def test_recorded_answer_is_what_streams(client: OpenAI, model: type[BaseModel]) -> None:
    text = "".join(arguments(chunks_for(client, model)))
    answer = model.model_validate_json(text)
    # A recorded answer, and not one invented from the schema.
    assert "quick brown fox" not in text
    assert len(answer.model_fields_set) == len(model.model_fields)


def test_chunks_come_in_the_order_and_shape_of_the_service(client: OpenAI) -> None:
    chunks = chunks_for(client, schemas.User, stream_options={"include_usage": True})
    role, call, *pieces, reason, usage = chunks

    assert role.choices[0].delta.to_dict() == {
        "role": "assistant",
        "content": None,
        "refusal": None,
    }
    [named] = call.choices[0].delta.tool_calls or []
    assert named.id is not None
    assert named.id.startswith("call_")
    assert named.to_dict() == {
        "index": 0,
        "id": named.id,
        "type": "function",
        "function": {"name": "User", "arguments": ""},
    }
    for piece in pieces:
        [delta] = piece.choices[0].delta.tool_calls or []
        # The name and the id are said once.
        assert set(delta.to_dict()) == {"index", "function"}
        assert set(delta.function.to_dict() if delta.function else {}) == {"arguments"}
    assert reason.choices[0].delta.to_dict() == {}
    assert [c.choices[0].finish_reason for c in chunks[:-1]] == [None] * len(chunks[:-2]) + ["stop"]
    assert usage.choices == []
    assert usage.usage is not None
    assert usage.usage.completion_tokens == len(pieces)
    assert all(c.usage is None for c in chunks[:-1])
    assert {(c.id, c.object, c.model) for c in chunks} == {
        (role.id, "chat.completion.chunk", "gpt-4o")
    }


def test_wire_is_an_event_stream_that_ends_with_done(client: OpenAI) -> None:
    raw = client.chat.completions.with_raw_response.create(**wanting(schemas.User, stream=True))
    assert raw.headers["content-type"].startswith("text/event-stream")
    events = raw.http_response.read().decode().split("\n\n")
    assert events.pop() == ""
    assert events.pop() == "data: [DONE]"
    assert all(json.loads(event.removeprefix("data: "))["choices"] for event in events)


def test_no_usage_unless_asked_for(client: OpenAI) -> None:
    assert all("usage" not in c.to_dict() for c in chunks_for(client, schemas.User))


def test_free_choice_of_tool_ends_with_tool_calls(client: OpenAI) -> None:
    chunks = chunks_for(client, schemas.User, tool_choice="auto")
    assert chunks[-1].choices[0].finish_reason == "tool_calls"


@given(st.text())
def test_tokens_are_small_and_lose_nothing(text: str) -> None:
    pieces = tokens(text)
    assert "".join(pieces) == text
    assert all(0 < len(piece.strip()) <= 6 or piece.isspace() for piece in pieces)


def test_same_text_comes_without_streaming(client: OpenAI) -> None:
    completion = client.chat.completions.create(**wanting(schemas.Order))
    [call] = completion.choices[0].message.tool_calls or []
    assert call.type == "function"
    assert call.function.arguments == "".join(arguments(chunks_for(client, schemas.Order)))
    assert completion.usage is not None


@pytest.mark.parametrize("stream", [True, False])
def test_response_format_is_answered_as_content(client: OpenAI, stream: bool) -> None:
    schema = {"name": "User", "schema": schemas.User.model_json_schema()}
    answer: Any = client.chat.completions.create(
        model="gpt-4o",
        messages=MESSAGES,
        response_format={"type": "json_schema", "json_schema": schema},
        stream=stream,
    )
    if stream:
        text = "".join(chunk.choices[0].delta.content or "" for chunk in answer)
    else:
        text = answer.choices[0].message.content
    assert schemas.User.model_validate_json(text).name == "Jason Reyes"


def test_plain_question_is_answered_in_prose(client: OpenAI) -> None:
    answer = client.chat.completions.create(model="gpt-4o", messages=MESSAGES)
    assert answer.choices[0].message.content
    assert answer.choices[0].finish_reason == "stop"


async def test_async_client_gets_the_same(server: LocalServer) -> None:
    async with AsyncOpenAI(base_url=server.base_url, api_key="any") as client:
        stream = await client.chat.completions.create(**wanting(schemas.User), stream=True)
        chunks = [chunk async for chunk in stream]
    schemas.User.model_validate_json("".join(arguments(chunks)))


class Colour(Enum):
    RED = "red"


class Tree(BaseModel):
    name: str
    children: list[Tree]
    parent: Tree | None


class Everything(BaseModel):
    text: Annotated[str, Field(min_length=80, max_length=90)]
    short: Annotated[str, Field(max_length=3)]
    count: Annotated[int, Field(gt=100, le=200)]
    share: Annotated[float, Field(ge=0, lt=1)]
    even: Annotated[int, Field(multiple_of=4)]
    flag: bool
    day: date
    moment: datetime
    key: UUID
    price: Decimal
    colour: Colour
    one: Literal["x", "y"]
    exactly: Literal[3]
    maybe: int | None
    either: int | Tree
    pair: tuple[float, str]
    numbers: set[int]
    table: dict[str, int]
    anything: Any
    at_least: Annotated[list[str], Field(min_length=3)]


@pytest.mark.parametrize("wanted", [Everything, Tree, list[Everything], dict[str, int], int])
def test_invented_answer_fits_its_schema(wanted: Any) -> None:
    adapter = TypeAdapter(wanted)
    adapter.validate_json(json.dumps(invent(adapter.json_schema())))


def test_unknown_schema_is_answered_with_an_invented_value(client: OpenAI) -> None:
    text = "".join(arguments(chunks_for(client, Everything)))
    Everything.model_validate_json(text)


def test_recorded_answer_is_not_sent_for_another_model_of_that_name(client: OpenAI) -> None:
    class User(BaseModel):
        login: str
        age: int

    User.model_validate_json("".join(arguments(chunks_for(client, User))))


def test_pace_is_kept(server: LocalServer, client: OpenAI) -> None:
    server.behaviour = Behaviour(pace_s=0.02, answer='{"name":"Jason Reyes"}')
    began = time.perf_counter()
    pieces = arguments(chunks_for(client, schemas.User))
    took = time.perf_counter() - began
    assert len(pieces) * 0.02 <= took
    sent = [when for when, _ in server.exchanges[-1].sent]
    assert sorted(sent) == sent
    assert sent[-1] - sent[0] >= (len(pieces) - 2) * 0.02


def test_malformed_answer_has_a_nul_where_asked_for(server: LocalServer, client: OpenAI) -> None:
    server.behaviour = Behaviour(pace_s=0, fault="malformed", fault_at=20)
    text = "".join(arguments(chunks_for(client, schemas.User)))
    with pytest.raises(json.JSONDecodeError) as refused:
        json.loads(text)
    assert refused.value.pos == 20


@pytest.mark.parametrize("model", MODELS)
def test_unfit_answer_is_json_that_breaks_the_model(
    server: LocalServer, client: OpenAI, model: type[BaseModel]
) -> None:
    server.behaviour = Behaviour(pace_s=0, fault="unfit")
    text = "".join(arguments(chunks_for(client, model)))
    json.loads(text)
    with pytest.raises(ValidationError):
        model.model_validate_json(text)


def test_length_fault_stops_with_its_finish_reason(server: LocalServer, client: OpenAI) -> None:
    server.behaviour = Behaviour(pace_s=0, fault="length", fault_at=30)
    chunks = chunks_for(client, schemas.User)
    assert len("".join(arguments(chunks))) == 30
    assert chunks[-1].choices[0].finish_reason == "length"


def test_end_fault_stops_without_a_finish_reason(server: LocalServer, client: OpenAI) -> None:
    server.behaviour = Behaviour(pace_s=0, fault="end", fault_at=30)
    chunks = chunks_for(client, schemas.User)
    assert len("".join(arguments(chunks))) == 30
    assert [c.choices[0].finish_reason for c in chunks] == [None] * len(chunks)


def test_drop_fault_breaks_the_connection(server: LocalServer, client: OpenAI) -> None:
    server.behaviour = Behaviour(pace_s=0, fault="drop", fault_at=30)
    received: list[ChatCompletionChunk] = []
    with pytest.raises(APIConnectionError):
        received.extend(client.chat.completions.create(**wanting(schemas.User), stream=True))
    exchange = server.exchanges[-1]
    assert exchange.ended.wait(5)
    assert exchange.outcome == "dropped"
    assert "".join(piece for _, piece in exchange.sent) == '{"name":"Jason Reyes","bio":"J'


def test_client_that_leaves_ends_the_exchange(server: LocalServer, client: OpenAI) -> None:
    server.behaviour = Behaviour(pace_s=0.02)
    with client.chat.completions.create(**wanting(schemas.Report), stream=True) as stream:
        next(iter(stream))
    exchange = server.exchanges[-1]
    assert exchange.ended.wait(5)
    assert exchange.outcome == "left"
    assert len(exchange.sent) < 100


def test_server_that_stops_lets_no_client_wait() -> None:
    with (
        LocalServer(Behaviour(pace_s=0.02)) as server,
        OpenAI(base_url=server.base_url, api_key="any", max_retries=0) as client,
    ):
        stream = iter(client.chat.completions.create(**wanting(schemas.Report), stream=True))
        next(stream)
        began = time.perf_counter()
        server.stop()
        assert time.perf_counter() - began < 3
        with pytest.raises(APIConnectionError):
            list(stream)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"messages": []}, "messages"),
        ({"tool_choice": {"type": "function", "function": {"name": "Other"}}}, "Other"),
    ],
)
def test_bad_request_is_refused_as_the_service_does(
    client: OpenAI, change: dict[str, Any], reason: str
) -> None:
    with pytest.raises(BadRequestError, match=reason) as refused:
        client.chat.completions.create(**wanting(schemas.User, **change))
    assert refused.value.type == "invalid_request_error"
