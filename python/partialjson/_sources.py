"""Where the chunks of a broadcast come from: one way to iterate and close whatever gives some."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncGenerator, AsyncIterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, suppress
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["End", "Restart", "close", "items_of"]


class Restart(NamedTuple):
    """Yielded by a source in place of a chunk: the language model was asked again.

    The text begins anew.
    """

    epoch: int | None = None
    """The number of the attempt that begins; the next one by default."""


class End(NamedTuple):
    """Among the chunks of a source: nothing more comes, and this is why."""

    data: str
    """What the ``end`` event says."""


async def items_of(source: AsyncIterable[Any] | Iterable[Any]) -> AsyncGenerator[Any, None]:
    """What ``source`` gives; it is closed with the iterator."""
    if not isinstance(source, AsyncIterable):
        async with aclosing(_in_thread(source)) as items:
            async for item in items:
                yield item
        return
    iterator = aiter(source)
    try:
        async for item in iterator:
            yield item
    finally:
        await close(iterator)
        if source is not iterator:
            await close(source)


async def _in_thread(source: Iterable[Any]) -> AsyncGenerator[Any, None]:
    """The same, for one that blocks: in a thread of its own, so that many can block at once."""
    done = object()
    iterator = iter(source)
    loop = asyncio.get_running_loop()
    # It goes on where an asynchronous one would: with the request's id in its logs, say.
    context = copy_context()
    take = partial(next, iterator, done)
    thread = ThreadPoolExecutor(1, "partialjson")
    coming = None
    try:
        while True:
            coming = loop.run_in_executor(thread, context.run, take)
            item = await asyncio.shield(coming)
            if item is done:
                return
            yield item
    finally:
        # No more than this is waited for, and not here: that would stop the event loop.
        thread.shutdown(wait=False)
        if coming is not None and not coming.done():
            # A thread cannot be cancelled; what it still waits for is not wanted.
            with suppress(Exception):
                await coming
        await close(iterator)
        if source is not iterator:
            await close(source)


async def close(source: object) -> None:
    """Close what can be closed, whichever way."""
    how = getattr(source, "aclose", None) or getattr(source, "close", None)
    if how is not None and inspect.isawaitable(closing := how()):
        await closing
