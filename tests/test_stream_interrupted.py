"""Waits that are cancelled or interrupted: never taken for the end of a stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import anyio
import pytest
from pydantic import BaseModel

import partialjson
from partialjson import MISSING, IncompleteJSONError, JSONSyntaxError
from tests.streams import CHUNKS


class User(BaseModel):
    name: str


class Source:
    """Chunks, then none; and it takes its time to close."""

    def __init__(self, *chunks: str, closes_in: float = 0) -> None:
        self.chunks = [*chunks]
        self.closes_in = closes_in
        self.is_closed = False

    def __aiter__(self) -> Source:
        return self

    async def __anext__(self) -> str:
        if not self.chunks:
            await asyncio.sleep(60)
        return self.chunks.pop(0)

    async def aclose(self) -> None:
        await asyncio.sleep(self.closes_in)
        self.is_closed = True


async def exhaust(items: AsyncIterator[Any]) -> None:
    async for _ in items:
        pass


WAYS = [lambda stream: stream, aiter, lambda stream: stream.deltas()]


@pytest.mark.parametrize("again", WAYS)
@pytest.mark.parametrize("of", WAYS)
async def test_another_loop_after_a_timeout_is_told(of: Any, again: Any) -> None:
    source = Source('{"name":"A')
    stream = partialjson.astream(source, User)
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(exhaust(of(stream)), 0.01)
    assert source.is_closed
    with pytest.raises(IncompleteJSONError, match="cancelled"):
        await exhaust(again(stream))
    assert [each async for each in stream] == []


async def test_a_block_that_is_left_by_a_timeout_changes_nothing_about_that() -> None:
    stream = partialjson.astream(Source('{"name":"A'), User)

    async def read() -> None:
        async with stream:
            await exhaust(stream)

    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(read(), 0.01)
    with pytest.raises(IncompleteJSONError, match="cancelled"):
        await anext(stream)


async def test_who_closes_it_then_wants_to_hear_nothing() -> None:
    stream = partialjson.astream(Source('{"name":"A'), User)
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(exhaust(stream), 0.01)
    await stream.close()
    assert [each async for each in stream] == []
    with pytest.raises(IncompleteJSONError):
        _ = stream.final


def test_another_loop_after_an_interrupt_is_told() -> None:
    def chunks() -> Iterator[str]:
        yield '{"name":"A'
        raise KeyboardInterrupt

    stream = partialjson.stream(chunks(), User)
    with pytest.raises(KeyboardInterrupt):
        list(stream)
    with pytest.raises(IncompleteJSONError, match="interrupted"):
        list(stream)
    assert list(stream) == []


@pytest.mark.parametrize("of", WAYS[:2])
@pytest.mark.parametrize(
    ("chunks", "kind"),
    [(['{"name":"A'], IncompleteJSONError), (['{"name":"A', "\n"], JSONSyntaxError)],
)
async def test_who_is_cancelled_while_it_closes_is_told(of: Any, chunks: Any, kind: Any) -> None:
    items = of(partialjson.astream(Source(*chunks, closes_in=60), User))
    # Which cancels every wait, also that for the closing.
    with anyio.move_on_after(0.02) as scope:
        await exhaust(items)
    assert scope.cancelled_caught
    with pytest.raises(kind):
        await anext(items)
    with pytest.raises(StopAsyncIteration):
        await anext(items)


def raising(error: type[Exception]) -> Any:
    def hook(_: object) -> None:
        raise error

    return hook


async def test_a_hook_cannot_end_it() -> None:
    stream = partialjson.stream(iter(['{"name":"A']), User)
    stream.chunks(raising(StopIteration))
    with pytest.raises(RuntimeError, match="the end of an iteration"):
        next(stream)
    astream = partialjson.astream(Source('{"name":"A'), User)
    astream.chunks(raising(StopAsyncIteration))
    with pytest.raises(RuntimeError, match="the end of an iteration"):
        await anext(astream)


@pytest.mark.parametrize("end", [StopIteration, StopAsyncIteration])
async def test_final_tells_of_that_what_the_iteration_told(end: type[Exception]) -> None:
    """Not the end of whatever asks for it: `map` over streams would leave out all that follow."""
    stream = partialjson.stream(iter(['{"name":"A']), User)
    astream = partialjson.astream(Source('{"name":"A'), User)
    for each in stream, astream:
        each.chunks(raising(end))
    with pytest.raises(RuntimeError, match="the end of an iteration") as told:
        next(stream)
    with pytest.raises(RuntimeError, match="the end of an iteration") as atold:
        await anext(astream)
    for each, error in (stream, told.value), (astream, atold.value):
        with pytest.raises(RuntimeError) as raised:
            _ = each.final
        assert raised.value is error
        assert isinstance(error.__cause__, end)


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


@pytest.mark.parametrize("of", WAYS)
async def test_a_wait_that_is_cancelled_is_not_the_end(of: Any) -> None:
    """Whoever sends something to keep a connection alive meanwhile may go on asking."""
    closed = []

    async def chunks() -> AsyncIterator[str]:
        try:
            yield '{"name":"A'
            await asyncio.sleep(60)
        finally:
            closed.append(True)

    stream = partialjson.astream(chunks(), User)
    items = of(stream)
    await anext(items)
    assert stream.value.name == "A"
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(anext(items), 0.01)
    assert closed == [True]
    with pytest.raises(IncompleteJSONError, match="a wait for its next item was cancelled") as told:
        await anext(items)
    assert told.value.value == stream.value
    with pytest.raises(StopAsyncIteration):
        await anext(items)


def test_an_interrupt_is_not_the_end() -> None:
    def chunks() -> Iterator[str]:
        yield '{"name":"A'
        raise KeyboardInterrupt

    stream = partialjson.stream(chunks(), User)
    assert next(stream).name == "A"
    with pytest.raises(KeyboardInterrupt):
        next(stream)
    with pytest.raises(IncompleteJSONError, match="cancelled or interrupted"):
        next(stream)
    assert [*stream] == []


def test_an_interrupt_of_the_parser_itself_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def raises(error: BaseException) -> Any:
        def fail(*_: object) -> None:
            raise error

        return fail

    stream = partialjson.stream(iter(CHUNKS), User)
    next(stream)
    broken = RuntimeError("building the value was interrupted")
    with monkeypatch.context() as patch:
        patch.setattr(stream._core, "take", raises(KeyboardInterrupt()))
        patch.setattr(stream._core, "place", raises(broken))
        with pytest.raises(KeyboardInterrupt):
            next(stream)
    with pytest.raises(RuntimeError) as told:
        next(stream)
    assert told.value is broken
