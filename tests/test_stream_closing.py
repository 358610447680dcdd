"""Sources whose closing fails: what went wrong before is what is told."""

from __future__ import annotations

import asyncio
import pickle
import threading
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

import pytest
from pydantic import BaseModel

import partialjson
from tests.streams import applied
from tests.twins import Twin


class User(BaseModel):
    name: str


class Chunks:
    """Chunks, of which each iteration is to be closed."""

    def __init__(self, chunks: Iterable[Any], closing: Exception) -> None:
        self.chunks = iter(chunks)
        self.closing = closing
        self.closed = 0

    def __next__(self) -> Any:
        item = next(self.chunks)
        if isinstance(item, BaseException):
            raise item
        return item

    async def __anext__(self) -> Any:
        try:
            return next(self)
        except StopIteration:
            raise StopAsyncIteration from None

    def __iter__(self) -> Chunks:
        return self

    def __aiter__(self) -> Chunks:
        return self

    def close(self) -> None:
        self.closed += 1
        raise self.closing


class Source(Chunks):
    """What such an iteration is of; it is to be closed, too."""

    def __iter__(self) -> Chunks:
        return self.inner

    def __aiter__(self) -> Chunks:
        return self.inner

    def __init__(self, chunks: Iterable[Any]) -> None:
        super().__init__((), OSError("the source"))
        self.inner = Chunks(chunks, OSError("its iterator"))

    __next__ = __anext__ = None


@pytest.fixture
def both(is_async: bool) -> Twin:
    return Twin(is_async)


def opened(both: Twin, source: Any, **options: Any) -> Any:
    return (partialjson.astream if both.is_async else partialjson.stream)(source, User, **options)


async def take(items: AsyncIterator[Any], into: list[Any]) -> None:
    async for item in items:
        into.append(item)


CLOSING = OSError("cannot be closed")
FAILED: list[tuple[list[Any], type[BaseException]]] = [
    (['{"name":"a', '"x'], partialjson.JSONSyntaxError),
    (['{"name":"a'], partialjson.IncompleteJSONError),
    (['{"name":"a', ConnectionError("gone")], partialjson.DisconnectedError),
    (['{"name":"a', LookupError("its own")], LookupError),
    (['{"name":"a', asyncio.CancelledError()], asyncio.CancelledError),
]


@pytest.mark.parametrize(("chunks", "kind"), FAILED)
@pytest.mark.parametrize("as_deltas", [False, True])
async def test_the_error_that_came_first_is_told(
    both: Twin, chunks: list[Any], kind: type[BaseException], as_deltas: bool
) -> None:
    source = Chunks(chunks, CLOSING)
    stream = opened(both, source, min_interval=60)
    told: list[Any] = []
    with pytest.raises(kind) as raised:
        await take(both.items(stream.deltas() if as_deltas else stream), told)
    assert source.closed == 1
    if as_deltas:
        assert applied(told) == {"name": "a"}
    if isinstance(raised.value, Exception):
        with pytest.raises(kind) as again:
            _ = stream.final
        assert again.value is raised.value


@pytest.mark.parametrize("as_deltas", [False, True])
async def test_where_all_went_well_it_is_told(both: Twin, as_deltas: bool) -> None:
    stream = opened(both, Chunks(['{"name":"a', '"}'], CLOSING))
    items, error = await both.collect(stream.deltas() if as_deltas else stream)
    assert error is CLOSING
    assert items[-1] == User(name="a") if not as_deltas else applied(items) == {"name": "a"}


@pytest.mark.parametrize("as_deltas", [False, True])
async def test_what_comes_with_the_end_comes_before_that(both: Twin, as_deltas: bool) -> None:
    open_ = partialjson.astream if both.is_async else partialjson.stream
    stream: Any = open_(Chunks(['"a\\', '"b"'], CLOSING), str, min_interval=60)
    items, error = await both.collect(stream.deltas() if as_deltas else stream)
    assert error is CLOSING
    assert (applied(items) if as_deltas else items[-1]) == 'a"b'


async def leave(stream: Any, both: Twin) -> None:
    if both.is_async:
        async with stream:
            raise ZeroDivisionError
    with stream:
        raise ZeroDivisionError


async def test_a_block_that_fails_is_not_forgotten(both: Twin) -> None:
    with pytest.raises(ZeroDivisionError):
        await leave(opened(both, Chunks(["{"], CLOSING)), both)


async def test_each_is_closed_whatever_becomes_of_the_other(both: Twin) -> None:
    source = Source(["{"])
    stream = opened(both, source)
    with pytest.raises(OSError, match="the source") as raised:
        await stream.close() if both.is_async else stream.close()
    assert str(raised.value.__context__) == "its iterator"
    assert (source.closed, source.inner.closed) == (1, 1)


class Waiting:
    """A source that waits for the rest of its chunks; if there is none, until it is closed."""

    def __init__(self, *rest: str) -> None:
        self.rest = rest
        self.closed = 0
        self.waits = threading.Event()
        self.left = threading.Event()

    def __iter__(self) -> Iterator[str]:
        yield '{"name":"a'
        self.waits.set()
        self.left.wait(10)
        if not self.rest:
            raise ConnectionError("closed")
        yield from self.rest

    async def __aiter__(self) -> AsyncIterator[str]:
        yield '{"name":"a'
        self.waits.set()
        await asyncio.to_thread(self.left.wait, 10)
        if not self.rest:
            raise ConnectionError("closed")
        for chunk in self.rest:
            yield chunk

    def close(self) -> None:
        self.closed += 1
        self.left.set()


class Unclosed:
    """The iteration of that, which does not mind."""

    def __init__(self, source: Waiting) -> None:
        self.source = source
        self.sync = iter(source)
        self.asynchronous = aiter(source)

    def __iter__(self) -> Unclosed:
        return self

    __aiter__ = __iter__

    def __next__(self) -> str:
        return next(self.sync)

    async def __anext__(self) -> str:
        return await anext(self.asynchronous)

    def close(self) -> None:
        self.source.close()


async def next_within(outer: Any, stream: Any, both: Twin) -> None:
    if both.is_async:
        async with outer:
            await anext(stream)
    with outer:
        next(stream)


def read_elsewhere(both: Twin, stream: Any) -> asyncio.Task[tuple[list[Any], Any]]:
    """Collect the stream in another task or, if it is synchronous, in another thread."""
    if both.is_async:
        return asyncio.create_task(both.collect(stream))
    return asyncio.create_task(asyncio.to_thread(asyncio.run, both.collect(stream)))


async def test_a_stream_closed_from_elsewhere_just_ends(both: Twin) -> None:
    """As one that is closed in its loop: nobody has lost the connection."""
    source = Waiting()
    stream = opened(both, Unclosed(source))
    reading = read_elsewhere(both, stream)
    assert await asyncio.to_thread(source.waits.wait, 10)
    await stream.close() if both.is_async else stream.close()
    # For whoever asks, too, even if the other has yet to notice.
    assert await both.collect(stream) == ([], None)
    items, error = await reading
    assert ([item.name for item in items], error) == (["a"], None)
    assert (stream.status, source.closed) == ("open", 1)
    with pytest.raises(partialjson.IncompleteJSONError) as raised:
        _ = stream.final
    assert type(raised.value) is partialjson.IncompleteJSONError


@pytest.mark.parametrize("is_generator", [False, True])
async def test_two_who_iterate_at_once_do_not_mix(both: Twin, is_generator: bool) -> None:
    """The second is told, and the first, who waits, does not notice."""
    source = Waiting("b", '"}')
    chunks: Any = aiter(source) if both.is_async else iter(source)
    stream = opened(both, chunks if is_generator else Unclosed(source))
    reading = read_elsewhere(both, stream)
    assert await asyncio.to_thread(source.waits.wait, 10)
    for _ in range(2):
        items, error = await both.collect(stream)
        assert (items, isinstance(error, RuntimeError)) == ([], True)
        assert "another task or thread" in str(error)
        copy = pickle.loads(pickle.dumps(error))
        assert (type(copy), str(copy)) == (RuntimeError, str(error)), "for another process"
    other = Chunks(["{"], CLOSING)
    with pytest.raises(RuntimeError, match="another task or thread"):
        await next_within(opened(both, other), stream, both)
    assert other.closed == 1, "an error of another stream's is one like any other"
    source.left.set()
    items, error = await reading
    assert ([item.name for item in items], error) == (["a", "ab", "ab"], None)


def test_a_hook_may_close_the_stream() -> None:
    """Of the chunk that it saw nothing shows any more, and no other is read."""
    chunks = iter(['{"name":"a', "b", '"}'])
    stream = partialjson.stream(chunks, User)
    stream.chunks(lambda chunk: stream.close() if chunk == "b" else None)
    assert [user.name for user in stream] == ["a"]
    assert [*chunks] == ['"}']
    with pytest.raises(partialjson.IncompleteJSONError):
        _ = stream.final


@pytest.mark.parametrize("by", ["hook", "text_of"])
async def test_what_is_raised_by_who_has_closed_the_stream_is_told(both: Twin, by: str) -> None:
    def spent(_: Any) -> Any:
        stream._core.drop()
        raise ZeroDivisionError

    source = Chunks(['{"name":"a', '"}'], CLOSING)
    stream = opened(both, source, text_of=spent if by == "text_of" else None)
    if by == "hook":
        stream.chunks(spent)
    items, error = await both.collect(stream)
    assert (items, type(error)) == ([], ZeroDivisionError)
    assert source.closed == 1


async def test_a_bare_number_of_a_stream_that_was_left_is_not_final(both: Twin) -> None:
    """Of 8.75 it could be the beginning."""
    source = Chunks(["8.7", asyncio.CancelledError()], CLOSING)
    stream = (partialjson.astream if both.is_async else partialjson.stream)(source, float)
    with pytest.raises(asyncio.CancelledError):
        await both.collect(stream)
    for _ in range(2):
        with pytest.raises(partialjson.IncompleteJSONError) as raised:
            _ = stream.final
        assert raised.value.value is stream.value is partialjson.MISSING
