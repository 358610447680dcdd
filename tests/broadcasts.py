"""A source that gives what a test puts into it, and who watches a broadcast."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

from partialjson import Viewer
from tests.wire_client import Client

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
