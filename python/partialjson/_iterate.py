"""Values from an iterator of chunks: thin shells, synchronous and asynchronous, over one core."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Literal, overload

from partialjson import _partialjson
from partialjson._checks import check_source
from partialjson._partialjson import Documents, Items, Parser

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typing_extensions import Unpack

    from partialjson._types import Chunk, Document, JSONValue, Options


@overload
def iterparse(
    chunks: Iterable[Chunk],
    /,
    *,
    documents: Literal["one"] = ...,
    **options: Unpack[Options],
) -> Iterator[JSONValue]: ...
@overload
def iterparse(
    chunks: Iterable[Chunk],
    /,
    *,
    documents: Literal["many"],
    **options: Unpack[Options],
) -> Iterator[Document]: ...
def iterparse(
    chunks: Iterable[Chunk],
    /,
    *,
    documents: str = "one",
    **options: Unpack[Options],
) -> Iterator[JSONValue]:
    """An iterator of best-effort values: one after every chunk that changed something.

    With ``documents="many"``, it yields `Document` tuples instead. The stream may then be JSON
    Lines, RFC 7464 records, or documents that simply follow one another.

    Takes the options of `Parser`. Raises `JSONSyntaxError` at the first impossible byte,
    `LimitExceededError` past a limit, and `IncompleteJSONError` if the chunks end before the
    document does, each after the values before it. Raises TypeError at once if `chunks` is not an
    iterable of chunks.
    """
    check_source(chunks, "iterparse", Iterable)
    if _is_many(documents):
        return _Parts(chunks, Documents(**options))
    return _partialjson.iterparse(chunks, **options)


@overload
def aiterparse(
    chunks: AsyncIterable[Chunk],
    /,
    *,
    documents: Literal["one"] = ...,
    **options: Unpack[Options],
) -> AsyncIterator[JSONValue]: ...
@overload
def aiterparse(
    chunks: AsyncIterable[Chunk],
    /,
    *,
    documents: Literal["many"],
    **options: Unpack[Options],
) -> AsyncIterator[Document]: ...
def aiterparse(
    chunks: AsyncIterable[Chunk],
    /,
    *,
    documents: str = "one",
    **options: Unpack[Options],
) -> AsyncIterator[JSONValue]:
    """`iterparse`, for an asynchronous iterator of chunks."""
    check_source(chunks, "aiterparse", AsyncIterable)
    if _is_many(documents):
        return _AsyncParts(chunks, Documents(**options))
    return _AsyncValues(chunks, Parser(**options))


def iteritems(
    chunks: Iterable[Chunk],
    path: str | Sequence[str | int],
    /,
    **options: Unpack[Options],
) -> Iterator[JSONValue]:
    """An iterator of the nodes at ``path``, each when it is complete; nothing else is built.

    A path is a sequence of keys and indices, or its short form: ``("records", "*")`` or
    ``"records[*]"``. ``"*"`` stands for any member. No finished item is kept, so an array of any
    length streams in flat memory.

    Takes the options of `Parser` and raises as `iterparse` does. ``duplicate_keys="error"`` checks
    only inside items.
    """
    check_source(chunks, "iteritems", Iterable)
    return _Parts(chunks, Items(path, **options))


def aiteritems(
    chunks: AsyncIterable[Chunk],
    path: str | Sequence[str | int],
    /,
    **options: Unpack[Options],
) -> AsyncIterator[JSONValue]:
    """`iteritems`, for an asynchronous iterator of chunks."""
    check_source(chunks, "aiteritems", AsyncIterable)
    return _AsyncParts(chunks, Items(path, **options))


# None of these is a generator: that ends if a wait for its next value is cancelled or interrupted,
# as if it were done. Here, a consumer that goes on gets what the next chunk makes. If the source
# was ended by the interruption, the document is incomplete, and that is raised.


class _Parts(Iterator[Any]):
    """The documents or items that chunks make."""

    _chunks: Iterator[Chunk] | None

    def __init__(self, chunks: Iterable[Chunk], parts: Documents | Items) -> None:
        self._chunks = iter(chunks)
        self._parts = parts
        self._found: list[JSONValue | Document] = []

    def __next__(self) -> JSONValue | Document:
        found = self._found
        if not found:
            found = self._found = self._find()
            if not found:
                raise StopIteration
            # Given away one by one, so that none is held here while the caller has it.
            found.reverse()
        return found.pop()

    def _find(self) -> list[Any]:
        if self._chunks is None:
            return []
        parts = self._parts
        try:
            parts.check()
            for chunk in self._chunks:
                found = parts.feed(chunk)
                if found:
                    return found
                parts.check()
            self._chunks = None
            return parts.finish()
        except Exception:
            # An error keeps the frames that it came through, with their variables. If a source that
            # nobody else has were among these, it would stay open.
            self._chunks = None
            raise


class _AsyncIterator(AsyncIterator[Any]):
    """What both of the following have in common."""

    _chunks: AsyncIterator[Chunk] | None

    def __init__(self, chunks: AsyncIterable[Chunk]) -> None:
        self._chunks = aiter(chunks)
        self._is_taken = False
        """Whether a task waits for the next value."""
        self._is_closed = False
        """Whether nothing more is wanted, which another task may say during that wait."""

    async def aclose(self) -> None:
        """Give nothing more. The source stays open: the caller may go on with it, or close it."""
        self._is_closed = True
        self._chunks = None


def _in_use() -> RuntimeError:
    return RuntimeError("another task is waiting for the next item of this iterator")


class _AsyncValues(_AsyncIterator):
    """The values of one document."""

    def __init__(self, chunks: AsyncIterable[Chunk], parser: Parser) -> None:
        super().__init__(chunks)
        self._parser = parser

    async def __anext__(self) -> JSONValue:
        if self._is_taken:
            raise _in_use()
        self._is_taken = True
        parser = self._parser
        try:
            while self._chunks is not None:
                try:
                    chunk = await anext(self._chunks)
                except StopAsyncIteration:
                    self._chunks = None
                    if not self._is_closed:
                        shown, value = parser.value, parser.finish()
                        # Only a bare number is completed by the end itself.
                        if value is not shown:
                            return value
                else:
                    if self._is_closed:
                        break
                    parser.write(chunk)
                    if parser.changed:
                        return parser.value
        except Exception:
            self._chunks = None
            raise
        finally:
            self._is_taken = False
        raise StopAsyncIteration


class _AsyncParts(_AsyncIterator):
    """The documents or items that chunks make."""

    def __init__(self, chunks: AsyncIterable[Chunk], parts: Documents | Items) -> None:
        super().__init__(chunks)
        self._parts = parts
        self._found: list[JSONValue | Document] = []

    async def __anext__(self) -> JSONValue | Document:
        if self._is_taken:
            raise _in_use()
        self._is_taken = True
        parts = self._parts
        try:
            while not self._found and self._chunks is not None:
                parts.check()
                try:
                    chunk = await anext(self._chunks)
                except StopAsyncIteration:
                    self._chunks = None
                    found = [] if self._is_closed else parts.finish()
                else:
                    found = [] if self._is_closed else parts.feed(chunk)
                found.reverse()
                self._found = found
        except Exception:
            self._chunks = None
            raise
        finally:
            self._is_taken = False
        if not self._found:
            raise StopAsyncIteration
        return self._found.pop()

    async def aclose(self) -> None:
        self._found.clear()
        await super().aclose()


def _is_many(documents: str) -> bool:
    if documents not in ("one", "many"):
        raise ValueError(f'documents must be "one" or "many", not {documents!r}')
    return documents == "many"
