"""What mypy and pyright, both strict, must accept; and the types that they must find."""

# pyright: strict

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Annotated, Literal

from openai import AsyncOpenAI, AsyncStream, OpenAI, Stream
from openai.types import CreateEmbeddingResponse
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import BaseModel
from typing_extensions import TypedDict, assert_type

import partialjson
from partialjson import (
    AsyncPartialOpenAI,
    AsyncPartialStream,
    Delta,
    ModelParser,
    Partial,
    PartialOpenAI,
    PartialStream,
    ToolCall,
)


class Address(BaseModel):
    city: str


class Query(BaseModel):
    text: str


class User(BaseModel):
    name: str
    address: Address


class City(TypedDict):
    name: str


def parsers() -> None:
    parser = ModelParser(User, strict=True, context={"a": 1}, fail_fast=True, max_depth=10)
    assert_type(parser, ModelParser[User])
    assert_type(parser.feed("{"), User)
    assert_type(parser.feed(b"{").address.city, str)
    assert_type(parser.value, User)
    assert_type(parser.finish(), User)
    assert_type(parser.write("}"), int)
    assert_type(ModelParser(Partial[User]).feed("{"), User)
    assert_type(ModelParser(list[User]).finish(), list[User])
    assert_type(ModelParser(dict[str, int]).finish(), dict[str, int])
    parser.reset()


def partials(user: Partial[User]) -> Partial[User]:
    assert_type(user, User)
    assert_type(user.address, Address)
    assert_type(partialjson.is_complete(user), bool)
    if partialjson.state(user, "name") == "open":
        return user
    return User(name="a", address=user.address)


def streams(source: Iterator[str], chunks: Stream[ChatCompletionChunk]) -> None:
    stream = partialjson.stream(source, User, max_bytes=1000)
    assert_type(stream, PartialStream[User])
    for user in stream:
        assert_type(user, User)
    with partialjson.stream(chunks, Partial[User]) as users:
        assert_type(next(users), User)
        assert_type(users.value, User)
        assert_type(users.final, User)
        assert_type(users.text, str)
        assert_type(users.finish_reason, str | None)
        assert_type(users.response_id, str | None)
        assert_type(users.attempt, int)
        assert_type(next(users.deltas()), Delta)
    paced = partialjson.stream(chunks, User, min_interval=0.03, text_of=str, part="call")
    assert_type(paced.final, User)

    @paced.chunks
    def show(chunk: ChatCompletionChunk) -> None:
        assert_type(chunk, ChatCompletionChunk)

    show(next(chunks))

    @paced.chunks(type="response.reasoning")
    def think(event: object) -> int:
        return id(event)

    assert_type(think(1), int)
    assert_type(partialjson.stream([b"["], list[User]), PartialStream[list[User]])


async def astreams(source: AsyncIterator[bytes], chunks: AsyncStream[ChatCompletionChunk]) -> None:
    stream = partialjson.astream(source, User)
    assert_type(stream, AsyncPartialStream[User])
    async for user in stream:
        assert_type(user, User)
    async with partialjson.astream(chunks, Partial[User]) as users:
        assert_type(await anext(users), User)
        assert_type(users.final, User)
        await users.close()


def openai(client: OpenAI) -> None:
    wrapped: PartialOpenAI = partialjson.from_openai(client)
    completions = wrapped.chat.completions
    for user in completions.create(
        model="gpt-4o",
        response_model=Partial[User],
        stream=True,
        messages=[{"role": "user", "content": "Make one up."}],
        temperature=0.5,
    ):
        assert_type(user, User)
    one = completions.create(model="gpt-4o", response_model=User, messages=[], max_retries=2)
    assert_type(one, User)
    many = completions.create(
        model="gpt-4o", response_model=Partial[list[User]], stream=True, messages=[]
    )
    assert_type(many, PartialStream[list[User]])
    for growing in completions.create_partial(response_model=User, model="gpt-4o", messages=[]):
        assert_type(growing, User)
    for item in completions.create(
        model="gpt-4o", response_model=Iterable[User], stream=True, messages=[]
    ):
        assert_type(item, User)
    items = completions.create(model="gpt-4o", response_model=Iterable[User], messages=[])
    assert_type(items, list[User])
    for item in completions.create_iterable(response_model=User, model="gpt-4o", messages=[]):
        assert_type(item, User)
    calls = completions.create(
        model="gpt-4o", messages=[], tools=[User, User], stream=True, mode="tools"
    )
    assert_type(calls, PartialStream[ToolCall[User], list[ToolCall[User]]])
    for call in calls:
        assert_type(call.arguments, User)
        assert_type(call.complete, bool)
    assert_type(calls.final, list[ToolCall[User]])
    assert_type(completions.create(model="m", messages=[], tools=[User]), list[ToolCall[User]])
    # mypy makes no list of classes whose fields are as many, in whichever call.
    for either in completions.create(model="m", messages=[], tools=(Address, Query), stream=True):
        print(either.name, either.arguments)
    for city in completions.create(
        model="m", messages=[], response_model=Partial[City], stream=True
    ):
        assert_type(city["name"], str)
    assert_type(completions.create(model="m", messages=[], response_model=str), str)
    assert_type(completions.create(model="m", messages=[], response_model=set[User]), set[User])
    model: type[User] | None = User if client.max_retries else None
    both = completions.create(model="m", messages=[], response_model=model)
    assert_type(both, User | ChatCompletion)
    # What is no class to checkers is taken, and gives what they do not know.
    flag = bool(client.max_retries)
    print(completions.create(model="m", messages=[], response_model=User, stream=flag))
    completions.create(model="m", messages=[], response_model=User | Address)
    completions.create(model="m", messages=[], response_model=Literal["a", "b"])
    for either in completions.create(
        model="m", messages=[], response_model=Annotated[User | Address, "either"], stream=True
    ):
        print(either)
    completions.create_partial(response_model=User | Address, model="m", messages=[])
    for user in wrapped.responses.create(
        model="gpt-4o", response_model=Partial[User], stream=True, input="Make one up."
    ):
        assert_type(user, User)
    assert_type(wrapped.responses.create(model="gpt-4o", response_model=User, input=""), User)
    assert_type(wrapped.responses.create(model="gpt-4o", input=""), Response)
    assert_type(
        wrapped.responses.create(model="gpt-4o", input="", stream=True), Stream[ResponseStreamEvent]
    )
    assert_type(completions.create(model="gpt-4o", messages=[]), ChatCompletion)
    assert_type(
        completions.create(model="gpt-4o", messages=[], stream=True), Stream[ChatCompletionChunk]
    )
    streams = bool(wrapped.max_retries)
    assert_type(
        completions.create(model="gpt-4o", messages=[], stream=streams),
        ChatCompletion | Stream[ChatCompletionChunk],
    )
    assert_type(wrapped.embeddings.create(model="m", input="a"), CreateEmbeddingResponse)
    # It is a client wherever one is asked for.
    partialjson.from_openai(wrapped)


async def async_openai(client: AsyncOpenAI) -> None:
    wrapped: AsyncPartialOpenAI = partialjson.from_openai(client)
    completions = wrapped.chat.completions
    stream = await completions.create(
        model="gpt-4o", response_model=Partial[User], stream=True, messages=[]
    )
    assert_type(stream, AsyncPartialStream[User])
    async for user in stream:
        assert_type(user.address.city, str)
    one = await completions.create(model="gpt-4o", response_model=User, messages=[])
    await completions.create(model="gpt-4o", response_model=User | Address, messages=[])
    await completions.create_partial(response_model=User | Address, messages=[])
    assert_type(one, User)
    async for item in await completions.create_iterable(response_model=User, messages=[]):
        assert_type(item, User)
    calls = await completions.create(model="gpt-4o", messages=[], tools=[User], stream=True)
    async for call in calls:
        assert_type(call.arguments, User)
    assert_type(await completions.create(model="gpt-4o", messages=[]), ChatCompletion)
    assert_type(
        await completions.create(model="gpt-4o", messages=[], stream=True),
        AsyncStream[ChatCompletionChunk],
    )
    streams = bool(client.max_retries)
    assert_type(
        await completions.create(model="gpt-4o", messages=[], stream=streams),
        ChatCompletion | AsyncStream[ChatCompletionChunk],
    )
