"""One stream of a language model, and all who follow it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterable, Iterable
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Any, Protocol

from partialjson._checks import check_source
from partialjson._closing import aclose_each, quiet_after
from partialjson._feeds import feed_of
from partialjson._live import Follower, Live
from partialjson._pacing import checked_interval
from partialjson._partialjson import MISSING
from partialjson._sources import End, Restart, items_of
from partialjson._viewer import Bell, Viewer
from partialjson._wire import failure_data

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from typing_extensions import Self, Unpack

    from partialjson._types import Chunk, JSONValue, Options
    from partialjson._wire import Profile

# Event loops hold their tasks weakly, and nobody need hold a broadcast.
_RUNNING: set[asyncio.Task[None]] = set()

# Seconds by which event loops and clocks are early or late; nobody sees so little.
_ABOUT = 0.001

# Seconds for which a source may have the event loop to itself.
_TURN = 0.05


class TextStore(Protocol):
    """Keeps the text of streams for other processes; `partialjson.redis` has one."""

    async def begin(self, stream: str, epoch: int) -> None:
        """An attempt begins, with no text."""
        ...

    async def write(self, stream: str, epoch: int, offset: int, data: bytes) -> None:
        """``data`` follows the first ``offset`` bytes. Writing it twice is the same as once."""
        ...

    async def end(self, stream: str, epoch: int, data: str) -> None:
        """Nothing more comes in this attempt; ``data`` is that of the ``end`` event."""
        ...


class Broadcast:
    """One stream of a language model that any number of viewers follow while it runs.

    A task of its own iterates ``source`` once, whether or not anybody is watching: from `start` on,
    or for an ``async with`` block. The source is an iterable, asynchronous or not, of what `stream`
    takes: `str`, bytes, chunks of an SDK, and `Restart` when the text begins anew. Or it is a
    `PartialStream` or `AsyncPartialStream`, whose attempts are followed automatically. It is closed
    at the end, at the first error, and by `stop`.

    As long as the object lives, it keeps its text, its value, and a few of the last changes; for
    each viewer, only the viewer's position. A slow viewer is told more at a time.

    ``stream`` is its name in the ids of events; by default, four random characters. Give each run
    its own name, or else a later ``epoch``. Changes are gathered for ``min_interval`` seconds after
    the first of them, and half as long again if no chunk comes then. ``store`` gets the text for
    other processes. ``text_of`` returns the text of a chunk that is of no known SDK. The other
    options are those of `Parser`, for all viewers alike: ``max_bytes`` bounds the memory.

    Use it from one event loop: RuntimeError if another one would have to wait for it. Raises
    TypeError if ``source`` is not a source of chunks, TypeError or ValueError for a wrong option.
    """

    def __init__(
        self,
        source: AsyncIterable[Any] | Iterable[Any],
        *,
        stream: str | None = None,
        epoch: int = 0,
        min_interval: float = 0.03,
        store: TextStore | None = None,
        text_of: Callable[[Any], Chunk | None] | None = None,
        **options: Unpack[Options],
    ) -> None:
        self._live = Live(secrets.token_urlsafe(3) if stream is None else stream, epoch, **options)
        check_source(source, "Broadcast", Iterable, AsyncIterable)
        self._source = source
        self._feed = feed_of(source, self._live, text_of)
        if store is not None:
            _check_store(store)
        self._store = store
        self._min_interval = checked_interval(min_interval)
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0
        self._bell = Bell()
        self._reading: asyncio.Task[None] | None = None
        self._has_run = False
        self._is_broken_off = False
        self._storing: asyncio.Task[None] | None = None
        # Why the store lacks some of the text.
        self._lost: BaseException | None = None

    # What it is.

    @property
    def stream(self) -> str:
        """The name of the stream."""
        return self._live.stream

    @property
    def id(self) -> str:
        """The cursor of everything that viewers can have been told so far."""
        return self._live.id

    @property
    def text(self) -> bytes:
        """The JSON text of this attempt so far, as viewers know it."""
        return bytes(self._live.text)

    @property
    def value(self) -> JSONValue:
        """What shows of the document, or ``MISSING``."""
        return self._live.value

    @property
    def ended(self) -> bool:
        """Whether nothing more comes."""
        return self._live.ended is not None

    @property
    def error(self) -> BaseException | None:
        """What went wrong, for the log: what ended it, or why a store failed after the end.

        A cancellation is an error, too, unless it is that of `stop`. Viewers are told less.
        """
        return self._live.error or self._lost

    # Running.

    def start(self) -> Self:
        """Begin to read the source, in a task; returns the broadcast itself.

        Raises RuntimeError the second time, and outside of an event loop.
        """
        self._bell.own_loop()
        if self._reading is not None or self.ended:
            raise RuntimeError("a broadcast can be started only once")
        self._reading = _task(self._run())
        if self._store is not None:
            self._storing = _task(self._record(self._store))
        return self

    async def stop(self) -> None:
        """Close the source, which cancels the request, and end the stream for its viewers.

        Returns once that is done. Has no effect after the end.
        """
        if not self.ended:
            self._bell.own_loop()
        if self._publish():
            self._live.stop()
            self._bell.ring()
        # Else the task that reads does that, once its thread is done with the chunk.
        self._break_off()
        await self.wait()
        if not self._has_run:
            # Never started, or broken off before its task had its first turn.
            self._has_run = True
            await aclose_each([self._source])

    async def wait(self) -> None:
        """Return once nothing more comes and the store has all of it; see `error`.

        Raises RuntimeError before `start`, because nothing comes until then.
        """
        if self._reading is None and not self.ended:
            raise RuntimeError("the broadcast has not been started")
        # A source or a store may stop its own broadcast: it would wait for itself.
        mine = asyncio.current_task()
        tasks = [task for task in (self._reading, self._storing) if task and task is not mine]
        if not all(task.done() for task in tasks):
            self._bell.own_loop()
            await asyncio.wait(tasks)

    async def __aenter__(self) -> Self:
        return self.start()

    async def __aexit__(self, _: object, error: BaseException | None, *__: object) -> None:
        with quiet_after(error):
            await self.stop()

    def view(self, cursor: str | None = None, profile: Profile = "delta") -> Viewer:
        """The events for one more viewer, from ``cursor`` on, or from a ``snap`` if that is None.

        The caller must check first that this viewer may see this stream. Raises CursorError for a
        cursor that is malformed or of another stream, ValueError for an unknown profile.
        """
        return Viewer(self._bell, Follower(self._live, cursor, profile))

    async def _run(self) -> None:
        live, loop = self._live, asyncio.get_running_loop()
        turn = loop.time() + _TURN
        self._has_run = True
        try:
            async with aclosing(items_of(self._source)) as items:
                async for item in items:
                    try:
                        self._take(item)
                    except Exception as error:
                        # At once: closing the source may fail as well.
                        self._publish()
                        live.fail(error)
                    if live.ended is not None:
                        break
                    if loop.time() > turn:
                        # A source that never waits would stop all others, and could not be stopped.
                        await asyncio.sleep(0)
                        turn = loop.time() + _TURN
            self._publish()
            self._feed.finish()
        except asyncio.CancelledError as error:
            self._publish()
            # By `stop`, or else by the source's own client, or by an event loop at its end.
            live.stop(None if self._is_broken_off else error)
            raise
        except BaseException as error:
            self._publish()
            self._feed.fail(error)
            # Viewers are told of every error. What is no Exception, as some groups of errors, goes
            # on after that.
            if not isinstance(error, Exception):
                raise
        finally:
            self._bell.ring()

    def _take(self, item: Any) -> None:
        if isinstance(item, Restart):
            self._publish()
            self._live.restart(item.epoch)
            self._feed.restart()
            self._bell.ring()
        elif isinstance(item, End):
            self._publish()
            self._live.end(item.data)
        elif self._feed.take(item):
            self._gather()
        elif self.ended:
            # By an error in the chunk: viewers need not wait until the source is closed.
            self._publish()

    def _gather(self) -> None:
        """Publish what has come, now or soon."""
        if not self._min_interval:
            self._publish()
            return
        loop = asyncio.get_running_loop()
        if self._timer is None:
            self._due = loop.time() + self._min_interval - _ABOUT
            # Half as long again: the chunk that comes just after the time is up would otherwise
            # have to wait as long once more, and make an event of its own.
            self._timer = loop.call_later(1.5 * self._min_interval, self._publish)
        elif loop.time() >= self._due:
            self._publish()

    def _publish(self) -> bool:
        """Let viewers see what has come; False if the source cannot be looked at just now."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        is_idle = True
        try:
            self._feed.write()
        except Exception as error:
            # A stream that blocks may be at work in its thread, in a validator, say, where its text
            # cannot be read. It is not while the task that reads has an item of it in hand.
            has_turn = not self._has_run or asyncio.current_task() is self._reading
            is_idle = has_turn or type(error) is not RuntimeError
            if is_idle:
                self._live.fail(error)
            else:
                wait = max(self._min_interval, _ABOUT)
                self._timer = asyncio.get_running_loop().call_later(wait, self._publish)
        if self._live.ended is not None:
            # The text was refused: the rest of the answer is not worth its price.
            self._break_off()
        self._bell.ring()
        return is_idle

    def _break_off(self) -> None:
        """Let the task that reads close the source, once; it does so by itself where it can."""
        task = self._reading
        if task is not None and not self._is_broken_off and asyncio.current_task() is not task:
            self._is_broken_off = True
            task.cancel()

    async def _record(self, store: TextStore) -> None:
        """Write the text to the store, as one more who follows it."""
        live = self._live
        epoch, offset, has_begun = -1, 0, False
        try:
            while True:
                if epoch != live.epoch:
                    epoch, offset, has_begun = live.epoch, 0, False
                    await store.begin(live.stream, epoch)
                    has_begun = True
                elif data := bytes(live.text[offset:]):
                    await store.write(live.stream, epoch, offset, data)
                    offset += len(data)
                elif live.ended is not None:
                    await store.end(live.stream, epoch, live.ended)
                    return
                else:
                    await self._bell.wait(self._bell.waiter())
        except GeneratorExit:
            # The event loop is gone, and with it all who could be told.
            raise
        except BaseException as error:
            self._lost = error
            # By the store's own client, or by an event loop at its end: nobody cancels this task.
            is_cancelled = isinstance(error, asyncio.CancelledError)
            # Viewers in other processes would wait for ever. So the stream ends for all.
            self._publish()
            if is_cancelled:
                live.stop(error)
            else:
                live.fail(error)
            self._bell.ring()
            self._break_off()
            if has_begun and not isinstance(error, KeyboardInterrupt | SystemExit):
                # The store may work again by now, but it lacks some of the text.
                told = failure_data(None if is_cancelled else error, MISSING)
                with suppress(Exception):
                    await store.end(live.stream, epoch, told)
            if not isinstance(error, Exception):
                raise


def _task(coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    task = asyncio.create_task(coroutine)
    _RUNNING.add(task)
    task.add_done_callback(_RUNNING.discard)
    return task


def _check_store(store: object) -> None:
    """Raise TypeError for what has not the methods of a store, be it by itself or by another."""
    if not all(callable(getattr(store, name, None)) for name in ("begin", "write", "end")):
        # By its type: a client may show its password.
        its = type(store).__name__
        raise TypeError(f"the store must be a TextStore, such as a RedisStore, not {its}")
