"""Where the chunks of a broadcast come from: one way to iterate and close whatever gives some."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, asynccontextmanager, suppress
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from partialjson._closing import aclose_each, quiet_after

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


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
    if isinstance(source, AsyncIterable):
        chunks = aiter(source)
        async with _closed(source, chunks):
            async for item in chunks:
                yield item
    else:
        iterator = iter(source)
        async with _closed(source, iterator), aclosing(_in_thread(iterator)) as items:
            async for item in items:
                yield item


async def _in_thread(iterator: Iterator[Any]) -> AsyncGenerator[Any, None]:
    """The items of an iterator that may block: in its own thread, so that many can at once."""
    done = object()
    loop = asyncio.get_running_loop()
    # It sees the context variables that an asynchronous source would see: a request's id, say.
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
        # The thread is not waited for: that would stop the event loop.
        thread.shutdown(wait=False)
        if coming is not None and not coming.done():
            # A thread cannot be cancelled. The chunk for which it still waits is dropped.
            with suppress(Exception):
                await coming


@asynccontextmanager
async def _closed(source: object, iterator: object) -> AsyncGenerator[None, None]:
    """Close both at the end of the block. An error in the block is raised before one of closing."""
    sources = [source] if iterator is source else [source, iterator]
    try:
        yield
    except BaseException as error:
        with quiet_after(error):
            await aclose_each(sources)
        raise
    await aclose_each(sources)
