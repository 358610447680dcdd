"""`iterparse`, `iteritems` and their asynchronous twins: sources, interruptions, and the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from typing import Any

import pytest

import partialjson
from tests.observation import acollected

ITERATIONS: dict[
    str, tuple[Callable[[Any], Iterator[Any]], Callable[[Any], AsyncIterator[Any]]]
] = {
    "values": (partialjson.iterparse, partialjson.aiterparse),
    "documents": (
        lambda source: partialjson.iterparse(source, documents="many"),
        lambda source: partialjson.aiterparse(source, documents="many"),
    ),
    "items": (
        lambda source: partialjson.iteritems(source, "[*]"),
        lambda source: partialjson.aiteritems(source, "[*]"),
    ),
}


class Source:
    """Chunks of two generators that tell when they are closed."""

    def __init__(self, *chunks: str) -> None:
        self.chunks = chunks
        self.is_closed = False

    def __iter__(self) -> Iterator[str]:
        try:
            yield from self.chunks
        finally:
            self.is_closed = True

    async def __aiter__(self) -> AsyncIterator[str]:
        try:
            for chunk in self.chunks:
                yield chunk
        finally:
            self.is_closed = True

    async def closes(self) -> bool:
        """Whether the event loop has closed it after a few turns."""
        for _ in range(10):
            await asyncio.sleep(0)
        return self.is_closed


@pytest.mark.parametrize("name", ITERATIONS)
async def test_a_source_need_not_be_its_own_iterator(name: str) -> None:
    iterate, aiterate = ITERATIONS[name]
    found = list(iterate(Source("[1,", "2]")))
    assert found
    assert [each async for each in aiterate(Source("[1,", "2]"))] == found


@pytest.mark.parametrize("name", ITERATIONS)
async def test_a_source_that_nobody_else_has_is_closed_with_the_loop(name: str) -> None:
    iterate, aiterate = ITERATIONS[name]
    source = Source("[1,", "2]")
    for _ in iterate(iter(source)):
        break
    assert source.is_closed
    source = Source("[1,", "2]")
    async for _ in aiterate(aiter(source)):
        break
    assert await source.closes()


@pytest.mark.parametrize("name", ITERATIONS)
async def test_an_error_does_not_hold_its_source_open(name: str) -> None:
    iterate, aiterate = ITERATIONS[name]
    source = Source("[1,", "x", "2]")
    with pytest.raises(partialjson.JSONSyntaxError) as raised:
        list(iterate(iter(source)))
    assert source.is_closed
    source = Source("[1,", "x", "2]")
    with pytest.raises(partialjson.JSONSyntaxError) as raised:
        async for _ in aiterate(aiter(source)):
            pass
    assert await source.closes()
    del raised


@pytest.mark.parametrize("name", ITERATIONS)
async def test_a_source_of_the_callers_goes_on_where_it_was_left(name: str) -> None:
    iterate, aiterate = ITERATIONS[name]
    source = Source("[1,", "2]", "more")
    chunks = iter(source)
    for _ in iterate(chunks):
        break
    assert [*chunks][-1] == "more"
    source = Source("[1,", "2]", "more")
    async with aclosing(aiter(source)) as achunks:
        async with aclosing(aiterate(achunks)) as values:
            async for _ in values:
                break
        assert not await source.closes()
        assert await anext(achunks) in ("2]", "more")
    assert source.is_closed, "and it is the caller who closes it, at once"


class Queue:
    """Chunks of a queue: they still come after a wait for one was cancelled."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[str | None] = asyncio.Queue()

    def __aiter__(self) -> AsyncIterator[str]:
        return self

    async def __anext__(self) -> str:
        chunk = await self.queue.get()
        if chunk is None:
            raise StopAsyncIteration
        return chunk


@pytest.mark.parametrize("name", ITERATIONS)
async def test_a_wait_that_is_cancelled_is_not_the_end(name: str) -> None:
    iterate, aiterate = ITERATIONS[name]
    source = Queue()
    values = aiterate(source)
    seen = []

    async def take() -> None:
        while True:
            seen.append(await asyncio.wait_for(anext(values), 0.01))

    for chunk in ("[1,", "2", ",3]"):
        source.queue.put_nowait(chunk)
        with pytest.raises(asyncio.TimeoutError):
            await take()
    source.queue.put_nowait(None)
    seen += [each async for each in values]
    assert seen == [*iterate(["[1,", "2", ",3]"])]


@pytest.mark.parametrize("name", ITERATIONS)
async def test_a_source_that_was_cancelled_has_ended_too_early(name: str) -> None:
    _, aiterate = ITERATIONS[name]

    async def chunks() -> AsyncIterator[str]:
        yield "[1,"
        await asyncio.sleep(60)

    values = aiterate(chunks())
    await anext(values)
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(anext(values), 0.01)
    with pytest.raises(partialjson.IncompleteJSONError):
        await anext(values)
    with pytest.raises(StopAsyncIteration):
        await anext(values)


class Interrupted:
    """Chunks, with an interrupt before each of them."""

    def __init__(self, *chunks: str) -> None:
        self.chunks = chunks
        self.turn = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        self.turn += 1
        if self.turn % 2:
            raise KeyboardInterrupt
        if self.turn // 2 > len(self.chunks):
            raise StopIteration
        return self.chunks[self.turn // 2 - 1]


@pytest.mark.parametrize("name", ITERATIONS)
def test_an_interrupt_is_not_the_end(name: str) -> None:
    iterate, _ = ITERATIONS[name]
    chunks = "[1,", "2", ",3]"
    values = iterate(Interrupted(*chunks))
    seen: list[Any] = []
    for _ in range(len(chunks) + 1):
        with pytest.raises(KeyboardInterrupt):
            seen.extend(values)
    assert [*seen, *values] == [*iterate(chunks)]


@pytest.mark.parametrize("name", ITERATIONS)
def test_a_source_that_an_interrupt_ended_has_ended_too_early(name: str) -> None:
    iterate, _ = ITERATIONS[name]

    def chunks() -> Iterator[str]:
        yield "[1,"
        raise KeyboardInterrupt

    values = iterate(chunks())
    next(values)
    with pytest.raises(KeyboardInterrupt):
        next(values)
    with pytest.raises(partialjson.IncompleteJSONError):
        next(values)
    assert [*values] == []


@pytest.mark.parametrize("name", ITERATIONS)
async def test_a_second_task_does_not_end_it_for_the_first(name: str) -> None:
    iterate, aiterate = ITERATIONS[name]
    source = Queue()
    values = aiterate(source)

    async def read() -> list[Any]:
        return [value async for value in values]

    first = asyncio.create_task(read())
    await asyncio.sleep(0)
    with pytest.raises(RuntimeError, match="another task"):
        await anext(values)
    for chunk in ("[1,", "2,", "3]", None):
        source.queue.put_nowait(chunk)
    assert await first == [*iterate(["[1,", "2,", "3]"])]


@pytest.mark.parametrize("end", ["[1,2,", None])
@pytest.mark.parametrize("name", ITERATIONS)
async def test_nothing_comes_of_what_was_closed_during_a_wait(name: str, end: str | None) -> None:
    source = Queue()
    values: Any = ITERATIONS[name][1](source)
    task = asyncio.create_task(acollected(values))
    await asyncio.sleep(0)
    await values.aclose()
    source.queue.put_nowait(end)
    assert await task == ([], None)
