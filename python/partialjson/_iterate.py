"""Values from an iterator of chunks: thin shells, synchronous and asynchronous, over one core."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable
from typing import TYPE_CHECKING, Any, Literal, overload

from partialjson import _partialjson
from partialjson._checks import check_source
from partialjson._partialjson import Documents, Items, Parser

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from typing_extensions import Unpack

    from partialjson._types import Chunk, Document, JSONValue, Options

__all__ = ["aiteritems", "aiterparse", "iteritems", "iterparse"]


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
        return _each(chunks, Documents(**options))
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
        return _aeach(chunks, Documents(**options))
    return _avalues(chunks, Parser(**options))


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
    return _each(chunks, Items(path, **options))


def aiteritems(
    chunks: AsyncIterable[Chunk],
    path: str | Sequence[str | int],
    /,
    **options: Unpack[Options],
) -> AsyncIterator[JSONValue]:
    """`iteritems`, for an asynchronous iterator of chunks."""
    check_source(chunks, "aiteritems", AsyncIterable)
    return _aeach(chunks, Items(path, **options))


# An error holds the frame that it came through, and so would hold a source open that nobody else
# has any more: hence each `del`.


def _each(chunks: Iterable[Chunk], parts: Documents | Items) -> Iterator[Any]:
    try:
        for chunk in chunks:
            found: list[Any] = parts.feed(chunk)
            found.reverse()
            # Given away one by one, so that none is held here while the caller has it.
            while found:
                yield found.pop()
            parts.check()
        yield from parts.finish()
    finally:
        del chunks


async def _aeach(chunks: AsyncIterable[Chunk], parts: Documents | Items) -> AsyncIterator[Any]:
    try:
        async for chunk in chunks:
            found: list[Any] = parts.feed(chunk)
            found.reverse()
            while found:
                yield found.pop()
            parts.check()
        for part in parts.finish():
            yield part
    finally:
        del chunks


async def _avalues(chunks: AsyncIterable[Chunk], parser: Parser) -> AsyncIterator[JSONValue]:
    try:
        async for chunk in chunks:
            parser.write(chunk)
            if parser.changed:
                yield parser.value
        shown = parser.value
        value = parser.finish()
        # Only a bare number is completed by the end itself.
        if value is not shown:
            yield value
    finally:
        del chunks


def _is_many(documents: str) -> bool:
    if documents not in ("one", "many"):
        raise ValueError(f'documents must be "one" or "many", not {documents!r}')
    return documents == "many"
