"""Streams of typed objects: two thin shells, synchronous and asynchronous, over one core."""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, Literal, cast, overload

from typing_extensions import TypeVar

from partialjson._closing import aclose_each, close_each, quiet_after
from partialjson._core import Core
from partialjson._partialjson import MISSING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from types import TracebackType

    from typing_extensions import Self

    from partialjson._core import Failure
    from partialjson._types import Delta, Path

T = TypeVar("T")
F = TypeVar("F", default=T)
Hook = TypeVar("Hook", bound="Callable[[Any], object]")


class _InUseError(RuntimeError):
    """Another task or thread is taking an item of `stream`, and is to go on undisturbed."""

    def __init__(self, stream: object) -> None:
        super().__init__("another task or thread is waiting for the next item of this stream")
        self.stream = stream

    def __reduce__(self) -> tuple[Any, ...]:
        # A process that sends it on to another one keeps the stream.
        return RuntimeError, self.args


def _cannot_send(request: dict[str, Any]) -> Any:
    raise AssertionError("only a stream that has retries asks again")


class _Stream(Generic[T, F]):
    """What both kinds of stream have in common."""

    _chunks: Any

    def __init__(self, core: Core) -> None:
        self._core = core
        self._sources: list[Any] = []
        # No lock, which would cost more than it is worth: another consumer has mostly been waiting
        # for long.
        self._is_taken = False
        # The error that `final` has told, and where that came from.
        self._told: Exception | None = None
        self._trace: TracebackType | None = None

    def __repr__(self) -> str:
        return f"<partialjson.{type(self).__name__} {self.status}>"

    @property
    def value(self) -> F:
        """The best-effort value so far, also after an error; `MISSING` before anything shows."""
        return cast("F", self._core.value)

    @property
    def final(self) -> F:
        """The validated value.

        Raises what the iteration raised, or IncompleteJSONError after an early `close`;
        RuntimeError while the stream still runs.
        """
        core = self._core
        error = core.error
        if error is not None:
            # Else its traceback would grow each time, and keep all that whoever asked holds.
            if error is not self._told:
                self._told, self._trace = error, error.__traceback__
            raise error.with_traceback(self._trace)
        if not core.closed:
            raise RuntimeError("the stream has not ended: exhaust it first")
        return cast("F", core.final)

    @property
    def text(self) -> str:
        """The raw JSON so far."""
        return self._core.text

    @property
    def status(self) -> Literal["empty", "open", "complete", "error"]:
        """How far the document is: ``"empty"``, ``"open"``, ``"complete"`` or ``"error"``."""
        return self._core.status

    @property
    def open_path(self) -> Path | None:
        """The keys and indices of the deepest open node; None if none is open."""
        return self._core.open_path

    def state(self, path: Sequence[str | int], /) -> Literal["missing", "open", "complete"]:
        """How far the node at `path` is; `path` has the keys and indices of the JSON."""
        return self._core.state(path)

    @property
    def finish_reason(self) -> str | None:
        """Why the language model stopped, in the service's own word; None until then."""
        return self._core.reader.finish_reason

    @property
    def usage(self) -> Any:
        """The service's token counts, as the SDK's own object; None if it has reported none.

        OpenAI's chat completions report them only with ``stream_options={"include_usage": True}``.
        """
        return self._core.reader.usage

    @property
    def response_id(self) -> str | None:
        """The service's id of this answer; None until it is known."""
        return self._core.reader.response_id

    @property
    def attempt(self) -> int:
        """The number of the current attempt, from 1; higher only with ``max_retries``."""
        return self._core.attempt

    @property
    def failures(self) -> list[Failure]:
        """The failed attempts before this one, with their errors, values and texts."""
        return [*self._core.failures]

    @overload
    def chunks(self, hook: Hook, /, *, type: str | None = None) -> Hook: ...
    @overload
    def chunks(self, /, *, type: str | None = None) -> Callable[[Hook], Hook]: ...
    def chunks(self, hook: Any = None, /, *, type: str | None = None) -> Any:
        """Call `hook` with each raw chunk, before it is read; returns `hook`.

        With `type`, only with chunks whose ``type`` begins so, such as ``"response.reasoning"``.
        Can be used as a decorator, with or without `type`. Raises TypeError for an ``async`` hook:
        nothing would await it.
        """
        if hook is None:
            return partial(self._hook, type)
        return self._hook(type, hook)

    def _hook(self, type: str | None, hook: Any) -> Any:
        if inspect.iscoroutinefunction(hook):
            raise TypeError(f"a hook is called, not awaited: {hook!r} is asynchronous")
        self._core.hooks.append((hook, type))
        return hook

    def _take_turn(self) -> None:
        if self._is_taken and not self._core.dropped:
            raise _InUseError(self)
        self._is_taken = True

    def _goes_on(self, error: BaseException | None) -> bool:
        """Whether a block that was left by `error` leaves more to come.

        Either somebody else is iterating this stream, as `error` says. Or a wait was interrupted:
        that has closed the source, and is still to be told.
        """
        is_anothers = isinstance(error, _InUseError) and error.stream is self
        return is_anothers or self._core.interrupted

    def _closing(self) -> list[Any]:
        """Take what there is to close, outermost first: each is closed but once."""
        self._core.closed = True
        sources, self._sources = self._sources, []
        return sources


class PartialStream(_Stream[T, F], Iterator[T]):
    """Growing objects: one after each chunk that changed something; the last one is validated.

    It is a context manager. The source (an HTTP response, for an SDK's stream) is closed when the
    stream ends, on any error, when a ``for`` loop over it is left early, and by `close`.

    Iteration raises JSONSyntaxError for malformed JSON, and IncompleteJSONError if the source ends
    before the document does: a kind of StreamError if the reason is known. It raises Pydantic's
    ValidationError for a document that does not fit T. The partial object stays in `value`, and
    in ``error.value`` of all these except ValidationError.

    A stream is for one thread at a time. If another thread asks for an item meanwhile, that one
    gets a RuntimeError, and the first goes on.
    """

    def __init__(
        self,
        core: Core,
        source: Iterable[Any],
        send: Callable[[dict[str, Any]], Iterable[Any]] = _cannot_send,
    ) -> None:
        super().__init__(core)
        self._send = send
        self._connect(source)

    def _connect(self, source: Iterable[Any]) -> None:
        # Not `iter` of an iterator: that may be a generator around it, and one more thing to close.
        chunks = source if isinstance(source, Iterator) else iter(source)
        self._chunks = chunks
        self._sources = [source] if chunks is source else [source, chunks]

    def __iter__(self) -> Iterator[T]:
        # A generator, because Python closes it when a loop over it is left.
        with self:
            while (item := self._next()) is not MISSING:
                yield item

    def __next__(self) -> T:
        item = self._next()
        if item is MISSING:
            raise StopIteration
        return cast("T", item)

    def deltas(self) -> Iterator[Delta]:
        """The changes of the document instead of its objects; applied in order, they rebuild it.

        Each comes as soon as it is known. Raises what the iteration raises; the document is still
        validated at the end. After a failed attempt, an ``add`` of something empty at ``()`` comes
        first, and then the changes of the next attempt, from nothing.
        """
        self._core.give_deltas()
        return cast("Iterator[Delta]", iter(self))

    def _next(self) -> Any:
        """The next item, or MISSING at the end."""
        self._take_turn()
        try:
            return self._item()
        finally:
            self._is_taken = False

    def _item(self) -> Any:
        core = self._core
        while True:
            if core.queue:
                return core.queue.popleft()
            if core.closed and core.pending is None:
                return MISSING
            try:
                request = core.resume()
                if request is not None:
                    with core.asking():
                        self._connect(self._send(request))
                if core.dropped:
                    # Closed while it was asked again: there was no source to close then.
                    self._close()
                    return MISSING
                chunks = self._chunks
                while True:
                    try:
                        chunk = next(chunks)
                    except StopIteration:
                        break
                    except Exception as error:
                        core.lose(error)
                    item = core.take(chunk)
                    if item is not MISSING:
                        return item
                item = core.end()
                with core.closing(item):
                    self._close()
            except BaseException as error:
                with core.closing_after(error):
                    self._close()
                item = core.recover(error)
            if item is not MISSING:
                return item

    def close(self) -> None:
        """Close the source: the request, if it still runs, is cancelled. Nothing more comes."""
        self._core.drop()
        self._close()

    def _close(self) -> None:
        close_each(self._closing())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, *__: object) -> None:
        if not self._goes_on(error):
            with quiet_after(error):
                self.close()


class AsyncPartialStream(_Stream[T, F], AsyncIterator[T]):
    """`PartialStream` for ``async for`` and ``async with``: the same objects, errors and closing.

    If a loop over it is left early, the event loop closes the source at its next turn. In an
    ``async with`` block, it is closed when the block ends.
    """

    def __init__(
        self,
        core: Core,
        source: AsyncIterable[Any],
        send: Callable[[dict[str, Any]], Awaitable[AsyncIterable[Any]]] = _cannot_send,
    ) -> None:
        super().__init__(core)
        self._send = send
        self._connect(source)

    def _connect(self, source: AsyncIterable[Any]) -> None:
        chunks = source if isinstance(source, AsyncIterator) else aiter(source)
        self._chunks = chunks
        self._sources = [source] if chunks is source else [source, chunks]

    def __aiter__(self) -> AsyncIterator[T]:
        return _Loop(self, self._core, self._items())

    async def _items(self) -> AsyncGenerator[T, None]:
        # A generator, because the event loop closes it when a loop over it is left.
        async with self:
            while (item := await self._next()) is not MISSING:
                yield item

    async def __anext__(self) -> T:
        item = await self._next()
        if item is MISSING:
            raise StopAsyncIteration
        return cast("T", item)

    def deltas(self) -> AsyncIterator[Delta]:
        """`PartialStream.deltas`, for ``async for``."""
        self._core.give_deltas()
        return cast("AsyncIterator[Delta]", aiter(self))

    async def _next(self) -> Any:
        self._take_turn()
        try:
            return await self._item()
        finally:
            self._is_taken = False

    async def _item(self) -> Any:
        core = self._core
        while True:
            if core.queue:
                return core.queue.popleft()
            if core.closed and core.pending is None:
                return MISSING
            try:
                request = core.resume()
                if request is not None:
                    with core.asking():
                        self._connect(await self._send(request))
                if core.dropped:
                    # Closed while it was asked again: there was no source to close then.
                    await self._close()
                    return MISSING
                chunks = self._chunks
                while True:
                    try:
                        chunk = await anext(chunks)
                    except StopAsyncIteration:
                        break
                    except Exception as error:
                        core.lose(error)
                    item = core.take(chunk)
                    if item is not MISSING:
                        return item
                item = core.end()
                with core.closing(item):
                    await self._close()
            except BaseException as error:
                with core.closing_after(error):
                    await self._close()
                item = core.recover(error)
            if item is not MISSING:
                return item

    async def close(self) -> None:
        """Close the source: the request, if it still runs, is cancelled. Nothing more comes."""
        self._core.drop()
        await self._close()

    async def _close(self) -> None:
        await aclose_each(self._closing())

    aclose = close

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, _: object, error: BaseException | None, *__: object) -> None:
        if not self._goes_on(error):
            with quiet_after(error):
                await self.close()


class _Loop(AsyncIterator[Any]):
    """A loop over a stream: a generator, until a wait for its next item is cancelled.

    That ends the generator. A consumer that goes on after a timeout would take the object so far
    for all of it. So the stream itself is asked from then on.
    """

    def __init__(
        self, stream: AsyncPartialStream[Any, Any], core: Core, items: AsyncGenerator[Any, None]
    ) -> None:
        self._stream = stream
        self._core = core
        self._items: AsyncGenerator[Any, None] | AsyncPartialStream[Any, Any] = items

    def __anext__(self) -> Awaitable[Any]:
        if self._core.interrupted:
            self._items = self._stream
        return anext(self._items)

    async def aclose(self) -> None:
        await self._items.aclose()
