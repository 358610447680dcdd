"""The text of streams in Redis: one process writes it, any number serve it.

    store = RedisStore(Redis())
    Broadcast(source, stream="r7", store=store).start()  # in the process that reads the model
    Broadcast(store.read("r7"), stream="r7").start()  # in a process that serves viewers

Needs the package ``redis``, 5.0 or newer, and a server that has 6.0's commands: Redis or Valkey.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from numbers import Real
from typing import TYPE_CHECKING, Any, cast

from partialjson._extras import needing
from partialjson._sources import End, Restart
from partialjson._wire import checked_stream

with needing("redis", "redis"):
    from redis.asyncio import Redis
    from redis.exceptions import WatchError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

__all__ = ["RedisStore"]


class RedisStore:
    """Where a `Broadcast` keeps its text for other processes, and where those read it.

    ``client`` is a ``redis.asyncio.Redis`` that returns bytes. With ``decode_responses`` it is a
    ValueError, because a text may be cut inside a character. A stream is kept for ``ttl`` seconds
    after its last change. ``prefix`` begins the names of all keys and channels. Raises TypeError or
    ValueError for a wrong option.

    A stream is two keys: a hash with the epoch, a mark of the run that writes it, and the end once
    it has come; and the text of that epoch. Every change is announced on a channel. Announcements
    may be lost, so a reader that has heard none for ``poll`` seconds looks by itself.
    """

    def __init__(
        self,
        client: Redis,
        *,
        ttl: float = 3600,
        prefix: str = "partialjson:",
        poll: float = 1,
    ) -> None:
        # Any, since redis is typed in parts only.
        self._client: Any = client
        if not isinstance(self._client, Redis):
            raise TypeError(f"the client must be a redis.asyncio.Redis, not a {type(client)}")
        if client.connection_pool.connection_kwargs.get("decode_responses"):
            raise ValueError("the client must give bytes: decode_responses=False")
        if not isinstance(cast("Any", prefix), str):
            raise TypeError(f"prefix must be a str, not {prefix!r}")
        self._ttl_ms = int(_checked_seconds("ttl", ttl) * 1000)
        self._prefix = prefix
        self._poll = _checked_seconds("poll", poll)

    def _state(self, stream: str) -> str:
        # In a cluster, what stands in braces decides where a key is: all of one stream together.
        return f"{self._prefix}{{{checked_stream(stream)}}}"

    def _text(self, stream: str, epoch: int) -> str:
        return f"{self._state(stream)}:{epoch}"

    async def has(self, stream: str) -> bool:
        """Whether ``stream`` has begun, and is still kept."""
        return bool(await self._client.exists(self._state(stream)))

    # As a broadcast wants it: see TextStore.

    async def begin(self, stream: str, epoch: int) -> None:
        """Begin an attempt, with no text; the text of the attempt before is deleted.

        Raises ValueError if this attempt, or a later one, has already begun.
        """
        # If this mark is there already, the attempt has begun, and only the answer was lost.
        run = secrets.token_bytes(8)
        begun = False
        while not begun:
            # Another one has begun meanwhile, or the connection was lost: look again.
            with suppress(WatchError):
                begun = await self._begin(stream, epoch, run)

    async def _begin(self, stream: str, epoch: int, run: bytes) -> bool:
        state = self._state(stream)
        async with self._client.pipeline(transaction=True) as pipe:
            await pipe.watch(state)
            last, by = await pipe.hmget(state, "epoch", "run")
            if by == run:
                return True
            if last is not None and int(last) >= epoch:
                raise ValueError(f"attempt {epoch} at stream {stream!r} is not a new one")
            pipe.multi()
            if last is not None:
                pipe.delete(self._text(stream, int(last)))
            # A writer that went on after all was forgotten has left a text without a beginning.
            pipe.delete(state, self._text(stream, epoch))
            pipe.hset(state, mapping={"epoch": epoch, "run": run})
            await self._commit(pipe, stream, epoch)
        return True

    async def write(self, stream: str, epoch: int, offset: int, data: bytes) -> None:
        """``data`` follows the first ``offset`` bytes.

        Raises LookupError if this attempt is forgotten, or a later one has begun.
        """
        async with self._client.pipeline(transaction=True) as pipe:
            # Not APPEND, which the client may send twice when a connection breaks.
            pipe.setrange(self._text(stream, epoch), offset, data)
            pipe.hget(self._state(stream), "epoch")
            _, now, *_ = await self._commit(pipe, stream, epoch)
        _check_current(stream, epoch, now)

    async def end(self, stream: str, epoch: int, data: str) -> None:
        """Nothing more comes; ``data`` is that of the ``end`` event.

        Raises LookupError if this attempt is forgotten, or a later one has begun.
        """
        ended = False
        while not ended:
            with suppress(WatchError):
                ended = await self._end(stream, epoch, data)

    async def _end(self, stream: str, epoch: int, data: str) -> bool:
        state = self._state(stream)
        async with self._client.pipeline(transaction=True) as pipe:
            # An attempt that was replaced may end after the next one has begun.
            await pipe.watch(state)
            _check_current(stream, epoch, await pipe.hget(state, "epoch"))
            pipe.multi()
            pipe.hset(state, "end", data)
            await self._commit(pipe, stream, epoch)
        return True

    async def _commit(self, pipe: Any, stream: str, epoch: int) -> list[Any]:
        state = self._state(stream)
        pipe.pexpire(state, self._ttl_ms)
        pipe.pexpire(self._text(stream, epoch), self._ttl_ms)
        pipe.publish(state, b"")
        results: list[Any] = await pipe.execute()
        return results

    # For a broadcast in another process.

    async def read(self, stream: str) -> AsyncGenerator[bytes | Restart | End, None]:
        """The text of ``stream`` from its start, as it comes: the source of a `Broadcast`.

        Raises LookupError if there is no such stream, or not any more.
        """
        channel = self._state(stream)
        epoch, offset = 0, 0
        async with self._client.pubsub() as announcements:
            # Before the first look, so that nothing can happen in between.
            await announcements.subscribe(channel)
            while True:
                now, end, data = await self._look(stream, epoch, offset)
                if now is None:
                    raise LookupError(f"there is no stream {stream!r}")
                if now != epoch:
                    epoch, offset = now, 0
                    yield Restart(epoch)
                    continue
                offset += len(data)
                if data:
                    yield data
                if end is not None:
                    yield End(end)
                    return
                await self._announced(announcements)

    async def _look(
        self, stream: str, epoch: int, offset: int
    ) -> tuple[int | None, str | None, bytes]:
        """The epoch, the end, and what has come in `epoch` after `offset`, all at one time."""
        async with self._client.pipeline(transaction=True) as pipe:
            pipe.hmget(self._state(stream), "epoch", "end")
            pipe.getrange(self._text(stream, epoch), offset, -1)
            (now, end), data = await pipe.execute()
        return (
            None if now is None else int(now),
            None if end is None else end.decode(),
            data,
        )

    async def _announced(self, announcements: Any) -> None:
        """Return once there may be news; those of the past are passed over."""
        message = await announcements.get_message(timeout=self._poll)
        while message is not None:
            message = await announcements.get_message(timeout=0)


def _checked_seconds(name: str, seconds: float) -> float:
    if not isinstance(cast("Any", seconds), Real):
        raise TypeError(f"{name} must be a number of seconds, not {seconds!r}")
    # Redis counts milliseconds, in 64 bits.
    if not 0.001 <= seconds <= 1e12:
        raise ValueError(f"{name} must be a number of seconds from 0.001 to 1e12, not {seconds!r}")
    return seconds


def _check_current(stream: str, epoch: int, now: bytes | None) -> None:
    if now is None or int(now) != epoch:
        raise LookupError(f"attempt {epoch} at stream {stream!r} is not kept any more")
