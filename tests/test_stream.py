"""Streams over sources of every kind: what they yield, what they raise, and that they close."""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

import pytest
from openai.types.chat import ChatCompletionChunk
from pydantic import BaseModel, ValidationError

import partialjson
from partialjson import MISSING, AsyncPartialStream, Partial, PartialStream


class Address(BaseModel):
    city: str


class User(BaseModel):
    name: str
    address: Address


CHUNKS = ['{"name":', ' "Ja', "son", '", ', '"address": {"ci', 'ty": "上', '海"', "}", " }\n"]


class Source:
    """Chunks, and whether they were closed."""

    def __init__(self, chunks: Iterable[Any], error: BaseException | None = None) -> None:
        self.chunks = iter(chunks)
        self.error = error
        self.given = 0
        self.closed = 0

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        for chunk in self.chunks:
            self.given += 1
            return chunk
        if self.error is not None:
            raise self.error
        raise StopIteration

    def close(self) -> None:
        self.closed += 1


class AsyncSource(Source):
    def __aiter__(self) -> AsyncIterator[Any]:
        return self  # type: ignore[return-value]

    async def __anext__(self) -> Any:
        await asyncio.sleep(0)
        try:
            return next(self)
        except StopIteration:
            raise StopAsyncIteration from None

    async def aclose(self) -> None:
        await asyncio.sleep(0)
        self.close()


class Both:
    """The same tests for `stream` and `astream`."""

    def __init__(self, is_async: bool) -> None:
        self.is_async = is_async

    def open(
        self, chunks: Iterable[Any], error: BaseException | None = None, **options: Any
    ) -> Any:
        self.source = (AsyncSource if self.is_async else Source)(chunks, error)
        make: Any = partialjson.astream if self.is_async else partialjson.stream
        self.stream = make(self.source, options.pop("type_", User), **options)
        return self.stream

    async def items(self, stream: Any) -> AsyncIterator[Any]:
        if self.is_async:
            async for item in stream:
                yield item
        else:
            for item in stream:
                yield item

    async def collect(self, stream: Any) -> tuple[list[Any], BaseException | None]:
        items = []
        try:
            async for item in self.items(stream):
                items.append(item)
        except Exception as error:
            return items, error
        return items, None

    async def leave(self) -> None:
        if self.is_async:
            async for _ in self.stream:
                break
        else:
            for _ in self.stream:
                break

    async def close(self) -> None:
        if self.is_async:
            await self.stream.close()
        else:
            self.stream.close()


@pytest.fixture(params=[False, True], ids=["sync", "async"])
def both(request: pytest.FixtureRequest) -> Both:
    return Both(request.param)


# --- what comes --------------------------------------------------------------------------------


async def test_one_object_for_each_chunk_that_shows_more(both: Both) -> None:
    items, error = await both.collect(both.open(CHUNKS))
    assert error is None
    assert [item.model_dump(exclude_unset=True) for item in items] == [
        {},
        {"name": "Ja"},
        {"name": "Jason"},
        {"name": "Jason", "address": {}},
        {"name": "Jason", "address": {"city": "上"}},
        {"name": "Jason", "address": {"city": "上海"}},
        {"name": "Jason", "address": {"city": "上海"}},
        {"name": "Jason", "address": {"city": "上海"}},
    ]
    assert [type(item) for item in items] == [Partial[User]] * 7 + [User]
    assert [type(item.address) for item in items[3:]] == [Partial[Address]] * 3 + [Address] * 2
    stream = both.stream
    assert stream.final is stream.value is items[-1]
    assert stream.text == "".join(CHUNKS)
    assert stream.status == "complete"
    assert stream.open_path is None
    assert both.source.closed == 1


async def test_an_object_comes_before_the_next_chunk_is_taken(both: Both) -> None:
    given = []
    async for item in both.items(both.open(CHUNKS)):
        given.append((both.source.given, item.model_fields_set))
    assert [each for each, _ in given] == [1, 2, 3, 5, 6, 7, 8, 9]


async def test_chunks_may_be_bytes_cut_anywhere(both: Both) -> None:
    text = "".join(CHUNKS).encode()
    kinds = (bytes, bytearray, memoryview)
    chunks = [kinds[i % 3](text[i : i + 1]) for i in range(len(text))]
    items, error = await both.collect(both.open(chunks))
    assert error is None
    assert items[-1] == User(name="Jason", address=Address(city="上海"))
    assert len(items) == 13


async def test_one_at_a_time(both: Both) -> None:
    stream = both.open(CHUNKS)
    assert stream.value is MISSING
    first = await anext(stream) if both.is_async else next(stream)
    assert first.model_fields_set == set()
    second = await anext(stream) if both.is_async else next(stream)
    assert second.name == "Ja"
    assert stream.value is second
    assert (stream.status, stream.open_path, stream.text) == ("open", ("name",), '{"name": "Ja')
    with pytest.raises(RuntimeError, match="has not ended"):
        stream.final  # noqa: B018
    items, _ = await both.collect(stream)
    assert items[0].name == "Jason"
    assert stream.final == items[-1]
    if both.is_async:
        with pytest.raises(StopAsyncIteration):
            await anext(stream)
    else:
        with pytest.raises(StopIteration):
            next(stream)


@pytest.mark.parametrize("type_", [Partial[User], list[User], Partial[list[User]], User | None])
async def test_types(both: Both, type_: Any) -> None:
    is_list = "list" in str(type_)
    chunks = ["[", *CHUNKS, "]"] if is_list else CHUNKS
    items, error = await both.collect(both.open(chunks, type_=type_))
    assert error is None
    user = User(name="Jason", address=Address(city="上海"))
    assert items[-1] == ([user] if is_list else user)


async def test_options_reach_the_parser(both: Both) -> None:
    _, error = await both.collect(both.open(CHUNKS, max_bytes=20))
    assert isinstance(error, partialjson.LimitExceededError)
    _, error = await both.collect(both.open(CHUNKS, strict=True, context={}, fail_fast=True))
    assert error is None


async def test_a_bare_number_comes_at_the_end(both: Both) -> None:
    assert await both.collect(both.open(["1", "2"], type_=int)) == ([12], None)


# --- chat completion chunks ----------------------------------------------------------------------


def chunk(*, index: int = 0, finish_reason: Any = None, **delta: Any) -> ChatCompletionChunk:
    return ChatCompletionChunk.model_validate(
        {
            "id": "c",
            "created": 0,
            "model": "m",
            "object": "chat.completion.chunk",
            "choices": [{"index": index, "delta": delta, "finish_reason": finish_reason}],
        }
    )


def call(arguments: str | None, index: int = 0, **more: Any) -> ChatCompletionChunk:
    function = {"arguments": arguments, **more}
    return chunk(tool_calls=[{"index": index, "function": function}])


USAGE = chunk().model_copy(update={"choices": []})


async def test_message_text(both: Both) -> None:
    chunks = [
        chunk(role="assistant", content=""),
        *(chunk(content=text) for text in CHUNKS),
        chunk(index=1, content="another answer"),
        chunk(finish_reason="stop"),
        USAGE,
    ]
    items, error = await both.collect(both.open(chunks))
    assert error is None
    assert items[-1].address.city == "上海"
    assert both.stream.finish_reason == "stop"


async def test_tool_call_arguments(both: Both) -> None:
    chunks = [
        chunk(role="assistant", content=None),
        call("", name="User"),
        call(None),
        chunk(tool_calls=[{"index": 0}]),
        *map(call, CHUNKS),
        chunk(content="and text that is no JSON"),
        chunk(finish_reason="tool_calls"),
    ]
    items, error = await both.collect(both.open(chunks))
    assert error is None
    assert len(items) == 8
    assert both.stream.finish_reason == "tool_calls"


async def test_a_second_tool_call_is_not_passed_over(both: Both) -> None:
    items, error = await both.collect(both.open([call("{", 0), call("{", 1)]))
    assert len(items) == 1
    assert isinstance(error, ValueError)
    assert "several tool calls" in str(error)
    assert both.source.closed == 1


@pytest.mark.parametrize("strange", [1, None, {"choices": []}, object()])
async def test_unknown_chunks_are_named(both: Both, strange: Any) -> None:
    _, error = await both.collect(both.open([CHUNKS[0], strange]))
    assert isinstance(error, TypeError)
    assert type(strange).__qualname__ in str(error)
    assert both.source.closed == 1


def test_a_source_of_the_other_kind() -> None:
    with pytest.raises(TypeError, match="not iterable"):
        partialjson.stream(AsyncOnly(), User)  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="async"):
        partialjson.astream(CHUNKS, User)  # type: ignore[call-overload]


class AsyncOnly:
    def __aiter__(self) -> Any:
        raise AssertionError("is not asked")


# --- errors --------------------------------------------------------------------------------------


async def test_malformed_json(both: Both) -> None:
    chunks = [*CHUNKS[:6], "\0", *CHUNKS[6:]]
    items, error = await both.collect(both.open(chunks))
    assert isinstance(error, partialjson.JSONSyntaxError)
    assert error.pos == len("".join(CHUNKS[:6]).encode())
    assert error.path == ("address", "city")
    assert type(error.value) is Partial[User]
    assert error.value == both.stream.value == items[-1]
    assert both.stream.status == "error"
    assert both.source.closed == 1
    assert both.source.given == 7, "what comes after the error is not read"
    with pytest.raises(partialjson.JSONSyntaxError) as again:
        both.stream.final  # noqa: B018
    assert again.value is error
    assert await both.collect(both.stream) == ([], None)


async def test_a_source_that_ends_too_early(both: Both) -> None:
    items, error = await both.collect(both.open(CHUNKS[:6]))
    assert isinstance(error, partialjson.IncompleteJSONError)
    assert error.open_path == ("address", "city")
    assert error.value == both.stream.value == items[-1]
    assert error.value.address.city == "上"
    assert both.source.closed == 1


async def test_a_source_that_ends_before_it_begins(both: Both) -> None:
    items, error = await both.collect(both.open([]))
    assert items == []
    assert isinstance(error, partialjson.IncompleteJSONError)
    assert error.value is MISSING


async def test_a_connection_that_breaks(both: Both) -> None:
    reset = ConnectionResetError("by peer")
    items, error = await both.collect(both.open(CHUNKS[:6], reset))
    assert type(error) is partialjson.DisconnectedError
    assert isinstance(error, partialjson.IncompleteJSONError)
    assert error.open_path == ("address", "city")
    assert error.__cause__ is reset
    with pytest.raises(partialjson.DisconnectedError) as again:
        both.stream.final  # noqa: B018
    assert again.value is error
    assert error.value == items[-1]
    assert both.source.closed == 1
    # It is no success, either, where all of the document had come.
    items, error = await both.collect(both.open(CHUNKS, reset))
    assert type(error) is partialjson.DisconnectedError
    assert (error.pos, error.lineno, error.colno) == (len("".join(CHUNKS).encode()), 2, 1)
    assert error.value is items[-1]
    assert type(error.value) is User


async def test_a_document_that_does_not_fit(both: Both) -> None:
    items, error = await both.collect(both.open(['{"name":"a",', '"address":{"city":1}', "}"]))
    assert isinstance(error, ValidationError)
    with pytest.raises(ValidationError) as expected:
        User.model_validate_json('{"name":"a","address":{"city":1}}')
    assert str(error) == str(expected.value)
    assert type(items[-1]) is type(both.stream.value) is Partial[User]
    assert both.stream.value.name == "a"
    assert both.source.closed == 1
    with pytest.raises(ValidationError) as again:
        both.stream.final  # noqa: B018
    assert again.value is error


async def test_fail_fast_stops_there(both: Both) -> None:
    chunks = ['{"address":{"city":', "1", "}", ',"name":"a"}']
    _, error = await both.collect(both.open(chunks, fail_fast=True))
    assert isinstance(error, ValidationError)
    assert error.errors()[0]["loc"] == ("address", "city")
    assert (both.source.given, both.source.closed) == (3, 1)


async def test_an_error_of_the_source_passes_through(both: Both) -> None:
    failure = LookupError("what the SDK raises")
    items, error = await both.collect(both.open(CHUNKS[:3], failure))
    assert error is failure
    assert both.stream.value == items[-1]
    assert both.source.closed == 1


# --- closing -------------------------------------------------------------------------------------


async def test_leaving_a_loop_closes_the_source(both: Both) -> None:
    both.open(CHUNKS)
    await both.leave()
    # The event loop closes what an ``async for`` left at its next turns.
    gc.collect()
    for _ in range(10):
        await asyncio.sleep(0)
    assert both.source.closed == 1
    assert both.source.given == 1
    with pytest.raises(partialjson.IncompleteJSONError):
        both.stream.final  # noqa: B018
    assert await both.collect(both.stream) == ([], None)


async def test_an_error_in_the_loop_closes_the_source(both: Both) -> None:
    both.open(CHUNKS)

    async def fail() -> None:
        if both.is_async:
            async with both.stream as stream:
                async for _ in stream:
                    raise ZeroDivisionError
        else:
            with both.stream as stream:
                for _ in stream:
                    raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert both.source.closed == 1


async def test_close_ends_the_iteration(both: Both) -> None:
    both.open(CHUNKS)
    items = []
    async for item in both.items(both.stream):
        items.append(item)
        if len(items) == 2:
            await both.close()
    assert len(items) == 2
    await both.close()
    assert both.source.closed == 1
    assert both.stream.value is items[-1]


async def test_generators_are_closed() -> None:
    closed = []

    def chunks() -> Iterator[str]:
        try:
            yield from CHUNKS
        finally:
            closed.append("sync")

    async def achunks() -> AsyncIterator[str]:
        try:
            for each in CHUNKS:
                yield each
        finally:
            closed.append("async")

    with partialjson.stream(chunks(), User) as stream:
        next(stream)
    async with partialjson.astream(achunks(), User) as astream:
        await anext(astream)
    assert closed == ["sync", "async"]
    assert isinstance(stream, PartialStream)
    assert isinstance(astream, AsyncPartialStream)


async def test_cancellation_closes_the_source() -> None:
    closed = []

    async def chunks() -> AsyncIterator[str]:
        try:
            yield CHUNKS[0]
            await asyncio.sleep(60)
        finally:
            closed.append(True)

    async def read() -> None:
        async for _ in stream:
            pass

    stream = partialjson.astream(chunks(), User)
    task = asyncio.create_task(read())
    while stream.value is MISSING:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert closed == [True]


async def test_many_streams_do_not_mix() -> None:
    async def one(number: int) -> int:
        text = f'{{"name":"{number}","address":{{"city":"{number}"}}}}'
        stream = partialjson.astream(AsyncSource(text), User)
        last = ""
        async for user in stream:
            assert (user.name or "").startswith(last)
            last = user.name or ""
            assert str(number).startswith(last)
        return int(stream.final.address.city)

    assert await asyncio.gather(*map(one, range(200))) == list(range(200))
