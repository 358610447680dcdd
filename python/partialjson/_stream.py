"""Streams of typed objects: one core without I/O, a thin shell for each kind of iteration."""

# ruff: noqa: ANN401 - values and types of any kind pass through here

from __future__ import annotations

import inspect
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from contextlib import AsyncExitStack, ExitStack
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, cast, overload

from partialjson._errors import IncompleteJSONError
from partialjson._models import ModelParser
from partialjson._partialjson import MISSING
from partialjson._providers import ChunkReader, is_cut_off

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from typing_extensions import Self

    from partialjson._types import Chunk, Path

__all__ = ["AsyncPartialStream", "PartialStream", "astream", "stream"]

T = TypeVar("T")


class Core(Generic[T]):
    """What a stream knows, apart from where its chunks come from."""

    def __init__(self, type_: Any, reader: ChunkReader, options: dict[str, Any]) -> None:
        self.parser: ModelParser[T] = ModelParser(type_, **options)
        self.reader = reader
        self.closed = False
        self._read: Callable[[Any], Chunk] = reader
        self._last: Any = MISSING

    def take(self, chunk: object) -> Any:
        """The value, if `chunk` changed what shows, else MISSING. Raises as `ModelParser.feed`."""
        text = self._read(chunk)
        if len(text):
            self.parser.write(text)
        return self.changed_value()

    def changed_value(self) -> Any:
        if not self.parser.take_changed():
            return MISSING
        self._last = self.parser.value
        return self._last

    def end(self) -> Any:
        """The validated value, or MISSING if it was the last one. Raises as `finish`."""
        final = self.parser.finish()
        return MISSING if final is self._last else final

    def cut_off(self, error: Exception) -> IncompleteJSONError | None:
        """What to raise where the source raised `error`, if not that error itself."""
        if not is_cut_off(error) or self.parser.status == "complete":
            return None
        try:
            self.parser.finish()
        except IncompleteJSONError as incomplete:
            return incomplete
        return None


class _Stream(Generic[T]):
    """What can be asked of a stream, whichever way it is iterated."""

    _source: Any
    _chunks: Any

    def __init__(self, core: Core[T]) -> None:
        self._core = core

    def _sources(self) -> list[Any]:
        """What there is to close, outermost first."""
        is_one = self._chunks is self._source
        return [self._source] if is_one else [self._source, self._chunks]

    @property
    def value(self) -> T:
        """The best-effort value so far, after an error too; `MISSING` before anything shows."""
        return self._core.parser.value

    @property
    def final(self) -> T:
        """The validated value.

        Raises what the iteration raised, or IncompleteJSONError after an early `close`;
        RuntimeError while the stream still runs.
        """
        if not self._core.closed:
            raise RuntimeError("the stream has not ended: iterate it first")
        return self._core.parser.finish()

    @property
    def text(self) -> str:
        """The raw JSON so far."""
        return self._core.parser.text

    @property
    def status(self) -> Literal["empty", "open", "complete", "error"]:
        """``"empty"``, ``"open"``, ``"complete"`` or ``"error"``: how far the document has come."""
        return self._core.parser.status

    @property
    def open_path(self) -> Path | None:
        """The keys and indices of the deepest open node; None if none is open."""
        return self._core.parser.open_path

    @property
    def finish_reason(self) -> str | None:
        """Why the language model stopped, as the service says; None until then."""
        return self._core.reader.finish_reason


class PartialStream(_Stream[T], Iterator[T]):
    """Objects that grow: one after each chunk that changed something; the last one is validated.

    A context manager. The source (an HTTP response, for an SDK's stream) is closed when the
    stream ends, on any error, when a ``for`` loop over it is left early, and by `close`.

    Iteration raises JSONSyntaxError for malformed JSON, IncompleteJSONError where the source ends
    or loses its connection before the document does, and Pydantic's ValidationError for one that
    does not fit T. The partial object stays in `value`, and in ``error.value`` of the first two.
    """

    def __init__(self, core: Core[T], source: Iterable[Any]) -> None:
        super().__init__(core)
        self._source = source
        # Not `iter` of an iterator, which may be a generator around it: one more thing to close.
        self._chunks = source if isinstance(source, Iterator) else iter(source)

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

    def _next(self) -> Any:
        core = self._core
        if core.closed:
            return MISSING
        try:
            while (chunk := self._chunk()) is not MISSING:
                item = core.take(chunk)
                if item is not MISSING:
                    return item
            item = core.end()
        except BaseException:
            self.close()
            raise
        self.close()
        return item

    def _chunk(self) -> Any:
        try:
            return next(self._chunks, MISSING)
        except Exception as error:
            incomplete = self._core.cut_off(error)
            if incomplete is None:
                raise
            raise incomplete from error

    def close(self) -> None:
        """Close the source: the request, if it still runs, is cancelled. Nothing more comes."""
        if self._core.closed:
            return
        self._core.closed = True
        with ExitStack() as stack:
            # The last one first; and each, whatever becomes of the other.
            for each in self._sources():
                close = getattr(each, "close", None)
                if close is not None:
                    stack.callback(close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class AsyncPartialStream(_Stream[T], AsyncIterator[T]):
    """`PartialStream` for ``async for`` and ``async with``: the same objects, errors and closing.

    When a loop over it is left early, the event loop closes the source at its next turn; within
    ``async with`` it is closed when the block ends.
    """

    def __init__(self, core: Core[T], source: AsyncIterable[Any]) -> None:
        super().__init__(core)
        self._source = source
        self._chunks = source if isinstance(source, AsyncIterator) else aiter(source)

    async def __aiter__(self) -> AsyncIterator[T]:
        async with self:
            while (item := await self._next()) is not MISSING:
                yield item

    async def __anext__(self) -> T:
        item = await self._next()
        if item is MISSING:
            raise StopAsyncIteration
        return cast("T", item)

    async def _next(self) -> Any:
        core = self._core
        if core.closed:
            return MISSING
        try:
            while (chunk := await self._chunk()) is not MISSING:
                item = core.take(chunk)
                if item is not MISSING:
                    return item
            item = core.end()
        except BaseException:
            await self.close()
            raise
        await self.close()
        return item

    async def _chunk(self) -> Any:
        try:
            return await anext(self._chunks, MISSING)
        except Exception as error:
            incomplete = self._core.cut_off(error)
            if incomplete is None:
                raise
            raise incomplete from error

    async def close(self) -> None:
        """Close the source: the request, if it still runs, is cancelled. Nothing more comes."""
        if self._core.closed:
            return
        self._core.closed = True
        async with AsyncExitStack() as stack:
            for each in self._sources():
                close = getattr(each, "aclose", None) or getattr(each, "close", None)
                if close is not None:
                    stack.push_async_callback(_awaited, close)

    aclose = close

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()


async def _awaited(close: Callable[[], Any]) -> None:
    closing = close()
    if inspect.isawaitable(closing):
        await closing


@overload
def stream(source: Iterable[Any], type_: type[T], /, **options: Any) -> PartialStream[T]: ...
@overload
def stream(source: Iterable[Any], type_: Any, /, **options: Any) -> PartialStream[Any]: ...
def stream(source: Iterable[Any], type_: Any, /, **options: Any) -> PartialStream[Any]:
    """A stream of growing objects of type T, `type_`, from the chunks of `source`.

    `source` gives `str`, bytes, or OpenAI chat completion chunks; it is closed with the stream.
    T is what `ModelParser` takes, or `Partial[T]`, which is the same here; so are the options.

        >>> for user in stream(['{"name": "Ja', 'son"}'], User):
        ...     print(repr(user))
        Partial[User](name='Ja')
        User(name='Jason')

    Iteration raises TypeError for a chunk of unknown shape; for the rest see `PartialStream`.
    """
    return PartialStream(Core(type_, ChunkReader(), options), source)


@overload
def astream(
    source: AsyncIterable[Any], type_: type[T], /, **options: Any
) -> AsyncPartialStream[T]: ...
@overload
def astream(
    source: AsyncIterable[Any], type_: Any, /, **options: Any
) -> AsyncPartialStream[Any]: ...
def astream(source: AsyncIterable[Any], type_: Any, /, **options: Any) -> AsyncPartialStream[Any]:
    """What `stream` gives, for an asynchronous source: ``async for`` over it, without ``await``."""
    return AsyncPartialStream(Core(type_, ChunkReader(), options), source)
