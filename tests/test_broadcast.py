"""Several viewers on one stream: all have the same document, and none slows another."""

from __future__ import annotations

import asyncio
import gc
import json
import time
import tracemalloc
from collections.abc import AsyncIterator
from random import Random
from typing import Any

import pytest

from benches.bench_wire import VirtualLoop, sizes
from partialjson import Broadcast, CursorError, Viewer
from tests.broadcasts import TEXT, Source, chunks_of, until, watch
from tests.programs import run
from tests.strategies import cuts, document, pieces, seeded
from tests.wire_client import MISSING, Client


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


# --- calls and waits -----------------------------------------------------------------------------


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


async def test_a_viewer_that_leaves_just_then_does_not_stop_the_others() -> None:
    async with Broadcast(Source()) as broadcast:
        viewers = [broadcast.view() for _ in range(3)]
        for viewer in viewers:
            assert (await viewer.next()) is not None
        waiting = [asyncio.create_task(viewer.next()) for viewer in viewers]
        await asyncio.sleep(0)
        waiting[1].cancel()
        await broadcast.stop()
        ends = await asyncio.gather(*waiting, return_exceptions=True)
        assert [getattr(end, "name", None) for end in ends] == ["end", None, "end"]
        assert broadcast.error is None


async def test_waits_of_any_length_follow_one_another() -> None:
    failed: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failed.append(context))
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
        # Nor does what is left of it matter to anybody where nobody waits.
        source.give("c")
        assert await viewer.next(0.02) is not None
        await asyncio.sleep(0.05)
        assert failed == []


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
    assert run(code) == "[]\n"


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
