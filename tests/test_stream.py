"""Streams: what they yield, what they raise, and that they close."""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from pydantic import ValidationError

import partialjson
from partialjson import MISSING, AsyncPartialStream, IncompleteJSONError, Partial, PartialStream
from tests.streams import CHUNKS, Address, AsyncSource, Both, User


@pytest.fixture
def both(is_async: bool) -> Both:
    return Both(is_async)


# --- what comes ----------------------------------------------------------------------------------


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
        _ = stream.final
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


async def test_a_repr_says_how_far_it_is(both: Both) -> None:
    stream = both.open(CHUNKS)
    kind = type(stream).__name__
    assert repr(stream) == f"<partialjson.{kind} empty>"
    await both.collect(stream)
    assert repr(stream) == f"<partialjson.{kind} complete>"


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
        _ = both.stream.final
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
        _ = both.stream.final
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
        _ = both.stream.final
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
        _ = both.stream.final
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


# --- more to ask of a stream ---------------------------------------------------------------------


async def test_state_of_a_node(both: Both) -> None:
    stream = both.open(CHUNKS[:6])
    await both.collect(stream)
    paths = [("name",), ("address",), ("address", "city"), ("address", "zip")]
    assert [stream.state(path) for path in paths] == ["complete", "open", "open", "missing"]


@pytest.mark.parametrize("type_", [Any, dict[str, Any]])
async def test_open_numbers_show_if_they_are_to(both: Both, type_: Any) -> None:
    stream = both.open([*'{"a":{"b":12}}'], type_=type_, numbers="eager")
    items, error = await both.collect(stream)
    assert error is None
    shown = [repr(item) for item in items if "b" in repr(item)]
    assert list(dict.fromkeys(shown)) == ["{'a': {'b': 1}}", "{'a': {'b': 12}}"]


def test_an_error_does_not_grow_each_time_it_is_told() -> None:
    stream = partialjson.stream(['{"name":'], User)
    with pytest.raises(IncompleteJSONError):
        list(stream)

    def length() -> int:
        with pytest.raises(IncompleteJSONError) as told:
            _ = stream.final
        return len(told.traceback)

    assert length() == length() == length()
