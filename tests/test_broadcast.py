"""Several viewers on one stream: all have the same document, and none slows another."""

from __future__ import annotations

import asyncio
import gc
import json
import subprocess
import sys
import time
import tracemalloc
from collections.abc import AsyncIterator
from random import Random
from typing import Any

import pytest

import partialjson
from benches.bench_wire import VirtualLoop, sizes
from partialjson import Broadcast, CursorError, Viewer
from tests.strategies import cuts, document, pieces, seeded
from tests.wire_client import MISSING, Client

TEXT = '{"title": "Partial views", "pages": [1, 2, {"head": "one"}]}'


async def chunks_of(chunks: Any, pause: float = 0) -> AsyncIterator[Any]:
    for chunk in chunks:
        await asyncio.sleep(pause)
        yield chunk


class Source:
    """A source that gives what a test puts into it, and says whether it was closed."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[Any] = asyncio.Queue()
        self.closed = 0

    def __aiter__(self) -> Source:
        return self

    async def __anext__(self) -> Any:
        item = await self.queue.get()
        if isinstance(item, BaseException):
            raise item
        return item

    async def aclose(self) -> None:
        # As closing a connection does, which a second cancellation would break off.
        await asyncio.sleep(0)
        self.closed += 1

    def give(self, *items: Any) -> None:
        for item in items:
            self.queue.put_nowait(item)

    def end(self) -> None:
        self.queue.put_nowait(StopAsyncIteration())


async def watch(viewer: Viewer, client: Client | None = None) -> Client:
    client = client or Client()
    async for event in viewer:
        client.take(*event)
    assert viewer.is_done
    return client


async def until(condition: Any) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.001)


async def test_viewers_that_come_early_late_and_after_the_end() -> None:
    for random in seeded(40, 500):
        data = document(random)
        chunks = pieces(data, cuts(random, len(data)))
        broadcast = Broadcast(chunks_of(chunks), stream="s", min_interval=0)
        early = asyncio.create_task(watch(broadcast.view()))
        broadcast.start()
        for _ in range(random.randrange(2 * len(chunks) + 1)):
            await asyncio.sleep(0)
        late = asyncio.create_task(watch(broadcast.view()))
        await broadcast.wait()
        after = await watch(broadcast.view())
        for client in (await early, await late, after):
            assert client.value == json.loads(data.decode("utf-8-sig"))
            assert client.end == {"ok": True}
            assert client.id == broadcast.id == f"s.0.{len(data)}"
        assert broadcast.text == data
        assert broadcast.ended
        assert broadcast.error is None


async def test_source_is_read_whether_or_not_anybody_looks_on() -> None:
    source = Source()
    async with Broadcast(source, stream="s", min_interval=0) as broadcast:
        source.give('{"a": "b', "c")
        await until(lambda: broadcast.value == {"a": "bc"})
        viewer = broadcast.view()
        first = await viewer.next()
        assert first is not None
        assert first.data == '{"v":{"a":"bc"},"open":"/a"}'
        assert await viewer.next(0.01) is None
        assert not viewer.is_done
        source.give('d"}')
        source.end()
        await broadcast.wait()
    assert broadcast.value == {"a": "bcd"}
    assert source.closed == 1


async def test_reader_that_reconnects_gets_the_tail() -> None:
    source = Source()
    async with Broadcast(source, stream="s", min_interval=0) as broadcast:
        client = Client()
        source.give('{"a": "b')
        async for event in broadcast.view(client.connect()):
            client.take(*event)
            if client.value is not MISSING:
                break
        source.give("cd", 'e", "f": [1')
        await until(lambda: broadcast.id == "s.0.21")
        viewer = broadcast.view(client.connect())
        event = await viewer.next()
        assert event is not None
        assert event.name == "d"
        client.take(*event)
        assert client.value == {"a": "bcde", "f": []}
        source.give("2]}")
        source.end()
        await watch(viewer, client)
    assert client.value == {"a": "bcde", "f": [12]}


async def test_wrong_cursor_is_refused_before_anything_is_sent() -> None:
    broadcast = Broadcast(chunks_of([TEXT]), stream="mine")
    for cursor in ("yours.0.3", "mine.0", "x"):
        with pytest.raises(CursorError):
            broadcast.view(cursor)


async def test_changes_are_gathered() -> None:
    source = Source()
    async with Broadcast(source, min_interval=0.05) as broadcast:
        viewer = broadcast.view()
        assert (await viewer.next()) is not None
        for chunk in ('{"a": "', *"bcdef"):
            source.give(chunk)
            await asyncio.sleep(0)
        event = await viewer.next(5)
        assert event is not None
        assert json.loads(event.data)["v"] == {"a": "bcdef"}
        source.give('"}')
        source.end()
        # The end is not gathered with what comes later.
        assert [each.name async for each in viewer] == ["end"]


def test_bytes_stay_within_their_budget() -> None:
    """9 bytes for one of text with an id on each token, 3 if they are gathered."""
    budgets = [size for size in sizes() if size.target is not None]
    assert len(budgets) == 3
    for size in budgets:
        assert size.target is not None
        assert size.ratio <= size.target, size


def test_what_is_gathered_does_not_wait_for_long() -> None:
    pauses = [0, 0.01, 0.01, 0.009, 0.01, 0.2, 0.02, 0.02]
    times: list[float] = []

    async def source() -> AsyncIterator[str]:
        yield '["'
        for pause in pauses:
            await asyncio.sleep(pause)
            yield "abcd"
        await asyncio.sleep(1)
        yield '"]'

    async def follow() -> None:
        loop = asyncio.get_running_loop()
        viewer = Broadcast(source(), min_interval=0.03).start().view()
        async for event in viewer:
            if event.name == "d":
                times.append(loop.time())

    loop = VirtualLoop()
    loop.run_until_complete(follow())
    loop.close()
    # The first to come when 30 ms are over, or nearly; or half as much later, if none comes.
    assert times == pytest.approx([0.029, 0.084, 0.279], abs=1e-6)


# --- ends ----------------------------------------------------------------------------------------


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


@pytest.mark.parametrize("what", ["begin", "write"])
async def test_those_who_follow_elsewhere_are_told_where_the_store_is_back(what: str) -> None:
    class Blip:
        def __init__(self) -> None:
            self.ends: list[str] = []

        async def begin(self, *_: Any) -> None:
            self.fail("begin")

        async def write(self, *_: Any) -> None:
            self.fail("write")

        async def end(self, stream: str, epoch: int, data: str) -> None:
            self.ends.append(data)

        def fail(self, name: str) -> None:
            if name == what:
                raise ConnectionError("lost for a moment")

    store = Blip()
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

    class Cancelled:
        def __init__(self) -> None:
            self.ends: list[str] = []

        async def begin(self, *_: Any) -> None:
            self.fail("begin")

        async def write(self, *_: Any) -> None:
            self.fail("write")

        async def end(self, stream: str, epoch: int, data: str) -> None:
            self.ends.append(data)
            if data == '{"ok":true}':
                self.fail("end")

        def fail(self, name: str) -> None:
            if name == what:
                raise Group if is_group else asyncio.CancelledError

    class Group(BaseException):
        pass

    store = Cancelled()
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


async def test_a_viewer_is_for_one_connection() -> None:
    """Two would each get a half of the changes."""
    source = Source()
    viewer = Broadcast(source).start().view()
    await anext(viewer)
    first = asyncio.create_task(anext(viewer))
    await asyncio.sleep(0)
    with pytest.raises(RuntimeError, match="another task waits for this viewer's next event"):
        await anext(viewer)
    first.cancel()
    # At once, before the one that was cancelled has had its turn.
    second = asyncio.create_task(anext(viewer))
    source.give("[1]")
    source.end()
    assert (await second).name == "d"
    assert first.cancelled()


async def test_cancelled_viewer_disturbs_nobody() -> None:
    source = Source()
    async with Broadcast(source, min_interval=0) as broadcast:
        watching = [asyncio.create_task(watch(broadcast.view())) for _ in range(5)]
        source.give('["a')
        await asyncio.sleep(0.01)
        for task in watching[:4]:
            task.cancel()
        source.give('b"]')
        source.end()
        assert (await watching[4]).value == ["ab"]
        for task in watching[:4]:
            with pytest.raises(asyncio.CancelledError):
                await task
        assert not broadcast._bell._waiting


def test_what_makes_no_broadcast() -> None:
    sources: list[Any] = [None, 5]
    for nothing in sources:
        with pytest.raises(TypeError, match="a source of chunks"):
            Broadcast(nothing)
    for wrong in (-1, float("nan")):
        with pytest.raises(ValueError, match="min_interval"):
            Broadcast(["1"], min_interval=wrong)
    no_numbers: list[Any] = ["30ms", "", None]
    for no_number in no_numbers:
        with pytest.raises(TypeError, match="min_interval must be a number of seconds, not"):
            Broadcast(["1"], min_interval=no_number)
    kinds: list[Any] = ["live", "frozen"]
    for kind in kinds:
        with pytest.raises(ValueError, match="values"):
            Broadcast(["1"], values=kind)
    no_store: Any = object()
    with pytest.raises(TypeError, match="a TextStore, such as a RedisStore, not obj"):
        Broadcast(["1"], store=no_store)

    class Delegating:
        def __getattr__(self, name: str) -> Any:
            return {"begin": print, "write": print, "end": print}[name]

    delegating: Any = Delegating()
    Broadcast(["1"], store=delegating)
    with pytest.raises(RuntimeError, match="no running event loop"):
        Broadcast(["1"]).start()


async def test_broadcast_starts_once() -> None:
    async with Broadcast(chunks_of(["1"])) as broadcast:
        with pytest.raises(RuntimeError, match="once"):
            broadcast.start()


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


async def test_waits_of_any_length_follow_one_another() -> None:
    source = Source()
    async with Broadcast(source, min_interval=0) as broadcast:
        viewer = broadcast.view()
        assert await viewer.next(0.03) is not None
        for timeout in (0.02, 5, 0.001, 0, 0.03):
            if timeout == 5:
                source.give('["')
                assert await viewer.next(timeout) is not None
                continue
            began = time.monotonic()
            assert await viewer.next(timeout) is None
            assert timeout - 0.005 < time.monotonic() - began < 1
        # A wait that has no end is not ended by what is left of one that has.
        source.give("a")
        assert await viewer.next(0.05) is not None
        waiting = asyncio.create_task(viewer.next())
        await asyncio.sleep(0.08)
        assert not waiting.done()
        source.give("b")
        assert await waiting is not None


async def test_another_event_loop_is_told_that_it_is_one() -> None:
    """It would be woken late, or never, and read what is being written."""
    source = Source()

    async def elsewhere() -> list[str]:
        viewer = broadcast.view()
        names = []
        event = await viewer.next(5)
        while event is not None:
            names.append(event.name)
            event = await viewer.next(5)
        await broadcast.stop()
        await broadcast.wait()
        return names

    async with Broadcast(source) as broadcast:
        for call in (elsewhere, broadcast.wait, broadcast.stop):
            with pytest.raises(RuntimeError, match="one event loop"):
                await asyncio.to_thread(asyncio.run, call())
        source.give("[]")
        source.end()
        await broadcast.wait()
        # What has ended waits for nothing.
        assert await asyncio.to_thread(asyncio.run, elsewhere()) == ["snap", "end"]


# --- memory and time -----------------------------------------------------------------------------


async def test_viewer_that_never_asks_costs_nothing() -> None:
    source = Source()
    async with Broadcast(source, min_interval=0) as broadcast:
        stuck = [broadcast.view() for _ in range(200)]
        for viewer in stuck:
            assert await viewer.next() is not None
        source.give('["')
        for _ in range(300):
            source.give("word ")
        await until(source.queue.empty)
        gc.collect()
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(8000):
            source.give("word ")
            await asyncio.sleep(0)
        await until(source.queue.empty)
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        # The text, the value, what lies ready for both to grow, and the last few changes; a queue
        # would hold 1,600,000.
        assert grown < 10 * 8000 * len("word "), grown
        client = Client()
        event = await stuck[0].next()
        assert event is not None
        client.take(*event)
        assert client.value == ["word " * 8300]


@pytest.mark.parametrize("min_interval", [0, 0.03])
async def test_source_that_never_waits_stops_nobody_else(min_interval: float) -> None:
    """As one that replays an answer, or reads it out of a buffer."""
    given = 0

    async def source() -> AsyncIterator[str]:
        nonlocal given
        yield '["'
        while given < 500_000:
            given += 1
            yield "a"

    broadcast = Broadcast(source(), min_interval=min_interval).start()
    viewer = broadcast.view()
    events = [await viewer.next(5) for _ in range(5)]
    assert None not in events
    await broadcast.stop()
    assert given < 500_000
    assert broadcast.text == b'["' + b"a" * given


async def test_slow_viewer_does_not_slow_the_others() -> None:
    source = Source()
    async with Broadcast(source, min_interval=0) as broadcast:
        quick, slow = broadcast.view(), broadcast.view()
        sleepy = asyncio.create_task(_slowly(slow))
        assert await quick.next() is not None
        source.give('["')
        assert await quick.next(1) is not None
        for number in range(200):
            source.give(f"{number} ")
            event = await quick.next(1)
            assert event is not None
            assert event.data == f'{{"v":"{number} "}}' or number == 0
        source.give('"]')
        source.end()
        assert [event.name async for event in quick] == ["end"]
        client, count = await sleepy
    assert client.value == [" ".join(map(str, range(200))) + " "]
    assert count < 50


async def _slowly(viewer: Viewer) -> tuple[Client, int]:
    client, count = Client(), 0
    async for event in viewer:
        client.take(*event)
        count += 1
        await asyncio.sleep(0.01)
    return client, count


def test_a_broadcast_needs_no_other_package() -> None:
    code = (
        "import sys; from partialjson import Broadcast, sse, ws;"
        "print([m for m in ('pydantic', 'fastapi', 'starlette', 'openai', 'redis') "
        "if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


async def test_names_drawn_by_lot_fit() -> None:
    names = {Broadcast(chunks_of([])).stream for _ in range(200)}
    assert len(names) > 190
    assert {len(name) for name in names} == {4}


async def test_random_viewers_of_random_documents() -> None:
    for random in seeded(30, 500):
        await _random_viewers(random)


async def _random_viewers(random: Random) -> None:
    data = document(random)
    source = Source()
    broadcast = Broadcast(source, stream="s", min_interval=random.choice((0, 0.001))).start()
    watching = [asyncio.create_task(_unsteady(broadcast, random)) for _ in range(4)]
    for piece in pieces(data, cuts(random, len(data))):
        source.give(piece)
        if random.random() < 0.3:
            await asyncio.sleep(random.choice((0, 0, 0.001)))
    source.end()
    for client in await asyncio.gather(*watching):
        assert client.value == json.loads(data.decode("utf-8-sig"))


async def _unsteady(broadcast: Broadcast, random: Random) -> Client:
    """Watch to the end over connections that break."""
    client = Client()
    while client.end is None:
        async for event in broadcast.view(client.connect()):
            if random.random() < 0.1:
                break
            client.take(*event)
            if random.random() < 0.1:
                await asyncio.sleep(0)
    return client
