"""How broadcasts end: stopped, with an error of the source or of the store, or cut off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

import partialjson
from partialjson import Broadcast
from tests.broadcasts import Source, chunks_of, until, watch


async def test_stop_closes_the_source_and_tells_the_viewers() -> None:
    source = Source()
    broadcast = Broadcast(source, min_interval=60).start()
    watching = asyncio.create_task(watch(broadcast.view()))
    source.give('["a')
    await until(lambda: source.queue.empty())
    await broadcast.stop()
    assert source.closed == 1
    client = await watching
    assert client.end["error"] == {"type": "Stopped"}
    assert client.end["open"] == "/0"
    # What had come, and was still being gathered, is not lost.
    assert client.value == ["a"]
    await broadcast.stop()
    assert source.closed == 1
    assert broadcast.error is None


async def test_source_may_stop_its_own_broadcast() -> None:
    steps: list[str] = []

    async def source() -> AsyncIterator[str]:
        try:
            yield '["a'
            await broadcast.stop()
            steps.append("stopped")
            yield "b"
            steps.append("went on")
        finally:
            steps.append("closed")

    broadcast = Broadcast(source()).start()
    client = await watch(broadcast.view())
    await broadcast.wait()
    assert client.value == ["a"]
    assert client.end["error"] == {"type": "Stopped"}
    assert steps == ["stopped", "closed"]


async def test_viewers_are_told_of_what_goes_wrong_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def finished(*_: object) -> None:
        raise MemoryError("no room")

    monkeypatch.setattr("partialjson._live.finished", finished)
    broadcast = Broadcast(chunks_of(["[1]"])).start()
    client = await asyncio.wait_for(watch(broadcast.view()), 10)
    assert not client.end["ok"]
    assert isinstance(broadcast.error, MemoryError)


async def test_error_in_a_chunk_is_told_before_the_source_is_closed() -> None:
    """And what was still gathered does not disturb the closing."""
    closing, closed = asyncio.Event(), []

    async def source() -> AsyncIterator[Any]:
        try:
            yield '{"a": "b'
            yield {"error": {"message": "overloaded"}}
        finally:
            # Longer than changes are gathered.
            await closing.wait()
            await asyncio.sleep(0.03)
            closed.append(True)

    broadcast = Broadcast(source(), min_interval=0.01).start()
    client = await asyncio.wait_for(watch(broadcast.view()), 5)
    assert (client.value, client.end["error"]) == ({"a": "b"}, {"type": "ServiceError"})
    assert not closed
    closing.set()
    await broadcast.wait()
    assert closed


async def test_error_in_the_text_closes_the_source_at_once() -> None:
    for min_interval in (0, 0.001):
        source = Source()
        broadcast = Broadcast(source, min_interval=min_interval).start()
        source.give('{"a": 1x', "never read")
        client = await watch(broadcast.view())
        await broadcast.wait()
        assert source.closed == 1
        assert client.end["error"]["type"] == "JSONSyntaxError"
        assert client.end["error"]["pos"] == 7
        assert isinstance(broadcast.error, partialjson.JSONSyntaxError)


async def test_error_of_the_source_is_for_the_log_alone() -> None:
    source = Source()
    broadcast = Broadcast(source, min_interval=60).start()
    error = ConnectionError("the password was hunter2")
    source.give('["a', error)
    client = await watch(broadcast.view())
    assert client.value == ["a"]
    assert client.end["error"] == {"type": "UpstreamError"}
    assert broadcast.error is error
    assert source.closed == 1


async def test_error_of_any_kind_reaches_the_viewers() -> None:
    """A group of errors with a cancellation in it is no `Exception`."""

    class Group(BaseException):
        pass

    source = Source()
    broadcast = Broadcast(source, min_interval=60).start()
    source.give('["a', Group())
    client = await watch(broadcast.view())
    assert client.value == ["a"]
    assert client.end["error"] == {"type": "UpstreamError"}
    assert isinstance(broadcast.error, Group)


@pytest.mark.parametrize("what", ["begin", "write", "end"])
async def test_store_that_fails_is_an_error_also_after_the_end(what: str) -> None:
    class Failing:
        async def begin(self, *_: Any) -> None:
            await self.fail("begin")

        async def write(self, *_: Any) -> None:
            await self.fail("write")

        async def end(self, *_: Any) -> None:
            await self.fail("end")

        async def fail(self, name: str) -> None:
            if name == what:
                await until(lambda: broadcast.ended)
                raise ConnectionError(name)

    broadcast = Broadcast(chunks_of(['["a"]']), store=Failing()).start()
    assert (await watch(broadcast.view())).end == {"ok": True}
    await broadcast.wait()
    assert isinstance(broadcast.error, ConnectionError)


class Faulty:
    """A store that does all but one thing, which raises an error."""

    def __init__(self, what: str, error: BaseException) -> None:
        self.what = what
        self.error = error
        self.ends: list[str] = []

    async def begin(self, *_: Any) -> None:
        self.fail("begin")

    async def write(self, *_: Any) -> None:
        self.fail("write")

    async def end(self, stream: str, epoch: int, data: str) -> None:
        self.ends.append(data)
        if data == '{"ok":true}':
            self.fail("end")

    def fail(self, what: str) -> None:
        if what == self.what:
            raise self.error


@pytest.mark.parametrize("what", ["begin", "write"])
async def test_those_who_follow_elsewhere_are_told_where_the_store_is_back(what: str) -> None:
    store = Faulty(what, ConnectionError("lost for a moment"))
    broadcast = Broadcast(chunks_of(['["a', '"]']), store=store).start()
    await broadcast.wait()
    assert isinstance(broadcast.error, ConnectionError)
    # What it has not let begin may be another's.
    assert ["UpstreamError" in each for each in store.ends] == ([True] if what == "write" else [])


@pytest.mark.parametrize("what", ["begin", "write", "end"])
@pytest.mark.parametrize("is_group", [False, True])
async def test_store_whose_client_was_cancelled_has_failed_as_any_other(
    what: str, is_group: bool
) -> None:
    """Whoever waits for a task that was cancelled raises CancelledError, which is no Exception."""

    class Group(BaseException):
        pass

    store = Faulty(what, Group() if is_group else asyncio.CancelledError())
    broadcast = Broadcast(chunks_of(['["a', '"]']), store=store).start()
    await broadcast.wait()
    assert isinstance(broadcast.error, Group if is_group else asyncio.CancelledError)
    type_ = "UpstreamError" if is_group else "Stopped"
    # What it has not let begin may be another's.
    assert [type_ in each for each in store.ends[-1:]] == ([] if what == "begin" else [True])


async def test_source_that_is_cancelled_from_elsewhere_is_an_error_for_the_log() -> None:
    source = Source()
    broadcast = Broadcast(source).start()
    source.give('["a', asyncio.CancelledError())
    client = await watch(broadcast.view())
    assert client.end["error"] == {"type": "Stopped"}
    await broadcast.wait()
    assert isinstance(broadcast.error, asyncio.CancelledError)
    stopped = Broadcast(Source()).start()
    await stopped.stop()
    assert stopped.error is None


def test_an_event_loop_that_ends_tells_the_store() -> None:
    ends: list[str] = []

    class Store:
        async def begin(self, *_: Any) -> None: ...
        async def write(self, *_: Any) -> None: ...
        async def end(self, stream: str, epoch: int, data: str) -> None:
            ends.append(data)

    async def leave() -> None:
        source = Source()
        broadcast = Broadcast(source, store=Store()).start()
        source.give('["a')
        await until(lambda: broadcast.text)

    asyncio.run(leave())
    assert ["Stopped" in each for each in ends] == [True]


async def test_what_had_come_when_the_store_failed_is_not_lost() -> None:
    class Failing:
        async def begin(self, *_: Any) -> None:
            await until(lambda: source.queue.empty())
            raise ConnectionError("gone")

        async def write(self, *_: Any) -> None: ...
        async def end(self, *_: Any) -> None: ...

    source = Source()
    broadcast = Broadcast(source, min_interval=60, store=Failing()).start()
    source.give('["a')
    client = await watch(broadcast.view())
    await broadcast.wait()
    assert client.value == ["a"]
    assert client.end["error"] == {"type": "UpstreamError"}
    assert source.closed == 1


async def test_text_that_is_cut_off_is_an_error() -> None:
    broadcast = Broadcast(chunks_of(['["a'])).start()
    client = await watch(broadcast.view())
    assert client.end["error"]["type"] == "IncompleteJSONError"
    assert client.end["error"]["path"] == "/0"


async def test_limits_bound_the_memory() -> None:
    broadcast = Broadcast(chunks_of(['["' + "a" * 100] * 100), max_bytes=1000).start()
    client = await watch(broadcast.view())
    assert client.end["error"]["type"] == "JSONSyntaxError"
    broadcast = Broadcast(chunks_of(['["', *["a" * 100] * 100]), max_bytes=1000).start()
    client = await watch(broadcast.view())
    assert client.end["error"]["type"] == "LimitExceededError"
    assert len(broadcast.text) == 1000


async def test_source_of_nothing_known_is_an_error() -> None:
    broadcast = Broadcast(chunks_of([object()])).start()
    client = await watch(broadcast.view())
    assert client.end["error"] == {"type": "UpstreamError"}
    assert isinstance(broadcast.error, TypeError)


@pytest.mark.parametrize("is_started", [False, True])
async def test_stop_closes_a_source_that_was_not_read_yet(is_started: bool) -> None:
    source = Source()
    broadcast = Broadcast(source)
    viewer = broadcast.view()
    if is_started:
        broadcast.start()
    for _ in range(2):
        await broadcast.stop()
        assert source.closed == 1
    assert [event.name async for event in viewer] == ["snap", "end"]
    with pytest.raises(RuntimeError, match="once"):
        broadcast.start()


@pytest.mark.parametrize("is_stopped", [False, True])
async def test_source_that_fails_at_once_clears_no_screen(is_stopped: bool) -> None:
    """As one does that reads from a store which is away; the client has come from elsewhere."""
    source = Source()
    async with Broadcast(source, stream="s") as broadcast:
        viewer = broadcast.view("s.0.500")
        if is_stopped:
            await broadcast.stop()
        else:
            source.give(ConnectionError("away"))
        assert [(event.name, event.id) async for event in viewer] == [("end", "s.0.500")]
