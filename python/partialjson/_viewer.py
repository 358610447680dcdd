"""Who follows a broadcast, and how they wait for it; without sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from partialjson._live import Follower
    from partialjson._wire import Event


class Bell:
    """Wakes all tasks that wait for the next change, in one event loop."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: set[asyncio.Future[bool]] = set()

    def own_loop(self) -> asyncio.AbstractEventLoop:
        """The event loop that is running, if it is that of the broadcast; else RuntimeError."""
        loop = asyncio.get_running_loop()
        if self._loop is None:
            self._loop = loop
        elif loop is not self._loop:
            # Nothing here is locked, and no wake-up would reach it in time.
            raise RuntimeError(
                "a broadcast and its viewers belong to one event loop, and this is another"
            )
        return loop

    def waiter(self) -> asyncio.Future[bool]:
        """A new future, which is true after the next change.

        Each waiting task needs its own: a task that is cancelled cancels the future it waits for.
        """
        future: asyncio.Future[bool] = self.own_loop().create_future()
        self._waiting.add(future)
        return future

    async def wait(self, future: asyncio.Future[bool]) -> bool:
        """Wait for `future`, which `waiter` gave, or for what else is done to it."""
        try:
            return await future
        finally:
            self._waiting.discard(future)

    def ring(self) -> None:
        """There was a change."""
        for future in self._waiting:
            if not future.done():
                future.set_result(True)
        self._waiting.clear()


class Viewer(AsyncIterator["Event"]):
    """The events for one viewer; the last one is ``end``.

    It holds nothing that grows: what came while nobody asked is told in one go.
    """

    def __init__(self, bell: Bell, follower: Follower) -> None:
        self._bell = bell
        self._follower = follower
        self._future: asyncio.Future[bool] | None = None
        self._deadline = inf
        self._timer: asyncio.TimerHandle | None = None

    async def __anext__(self) -> Event:
        event = await self.next()
        if event is None:
            raise StopAsyncIteration
        return event

    async def next(self, timeout: float | None = None) -> Event | None:
        """The next event; None after the last, or if none comes within ``timeout`` seconds.

        Raises RuntimeError while another task waits for it.
        """
        if self._future is not None and not self._future.cancelled():
            raise RuntimeError("another task waits for this viewer's next event: view() for each")
        deadline = None
        while (event := self._follower.take()) is None:
            if self._follower.is_done:
                return None
            if deadline is None:
                # Once: text that changes nothing, such as whitespace, wakes as well.
                deadline = inf if timeout is None else asyncio.get_running_loop().time() + timeout
            if not await self._changed(deadline):
                return None
        return event

    @property
    def is_done(self) -> bool:
        """Whether the last event was taken."""
        return self._follower.is_done

    async def _changed(self, deadline: float) -> bool:
        self._future = future = self._bell.waiter()
        self._deadline = deadline
        if deadline < inf:
            self._set_alarm()
        try:
            return await self._bell.wait(future)
        finally:
            if self._future is future:
                self._future = None

    def _set_alarm(self) -> None:
        # One timer serves many waits, each of which moves the deadline on: a timer for each would
        # cost more than all else that an event does.
        loop = asyncio.get_running_loop()
        if self._timer is not None and self._timer.when() > self._deadline:
            self._timer.cancel()
            self._timer = None
        if self._timer is None:
            self._timer = loop.call_at(self._deadline, self._alarm, loop)

    def _alarm(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        if self._future is None or self._future.done() or self._deadline == inf:
            return
        if loop.time() < self._deadline:
            self._timer = loop.call_at(self._deadline, self._alarm, loop)
        else:
            self._future.set_result(False)
