"""Sources that block: what becomes of the event loop meanwhile."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from partialjson._sources import items_of


async def test_who_is_cancelled_twice_does_not_stop_the_event_loop() -> None:
    waits, go = threading.Event(), threading.Event()
    ended = []

    def chunks() -> Iterator[str]:
        yield "{"
        waits.set()
        ended.append(go.wait(5))

    async def read() -> None:
        async for _ in items_of(chunks()):
            pass

    task = asyncio.create_task(read())
    assert await asyncio.to_thread(waits.wait, 5)
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == [], "the thread still waits, but nobody else"
    go.set()
