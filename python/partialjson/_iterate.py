"""Values from an iterator of chunks: thin shells, synchronous and asynchronous, over one core."""

# ruff: noqa: ANN401 - what is no source may be anything

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable
from typing import TYPE_CHECKING, Any, Literal, overload

from partialjson import _partialjson
from partialjson._partialjson import Documents, Items, Parser

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from typing_extensions import Unpack

    from partialjson._types import Chunk, Document, JSONValue, Options

__all__ = ["aiteritems", "aiterparse", "check_source", "iteritems", "iterparse"]


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

    With ``documents="many"``, of `Document` tuples instead: for a stream of JSON Lines, of RFC 7464
    records, or of documents that simply follow one another.

    Takes the options of `Parser`. Raises `JSONSyntaxError` at the first impossible byte,
    `LimitExceededError` past a limit, and `IncompleteJSONError` where the chunks end before the
    document does, each after the values before it; TypeError at once for what gives no chunks.
    """
    check_source(chunks, "iterparse")
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
    check_source(chunks, "aiterparse")
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

    A path is a sequence of keys and indices, where ``"*"`` stands for any, or its short form:
    ``("records", "*")`` or ``"records[*]"``. No finished item is held, so that an array of any
    length streams in flat memory.

    Takes the options of `Parser` and raises as `iterparse` does; ``duplicate_keys="error"`` looks
    into items only.
    """
    check_source(chunks, "iteritems")
    return _each(chunks, Items(path, **options))


def aiteritems(
    chunks: AsyncIterable[Chunk],
    path: str | Sequence[str | int],
    /,
    **options: Unpack[Options],
) -> AsyncIterator[JSONValue]:
    """`iteritems`, for an asynchronous iterator of chunks."""
    check_source(chunks, "aiteritems")
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


# What can be iterated, but not for chunks.
_IN_ONE_PIECE = (bytes, bytearray, memoryview, dict)


def check_source(source: Any, name: str) -> None:
    """Raise TypeError for what gives no chunks, or not in the way that the function `name` takes.

    What begins with an ``a`` takes asynchronous sources, and a `Broadcast` takes both kinds.
    """
    is_async = name.startswith("a")
    iterate = getattr(source.__class__, "__iter__", None)
    if (is_async or name == "Broadcast") and isinstance(source, AsyncIterable):
        return
    if is_async or not isinstance(source, Iterable) or isinstance(source, _IN_ONE_PIECE):
        raise _no_source(source, name)
    # What a model of Pydantic's gives are its fields, unless it says otherwise.
    if getattr(iterate, "__module__", None) == "pydantic.main":
        raise _no_source(source, name)


def _no_source(source: Any, name: str) -> TypeError:
    """What to say where `source` is none for the function of this name."""
    from contextlib import AbstractAsyncContextManager, AbstractContextManager

    class_ = source.__class__
    kind = class_.__name__
    if isinstance(source, _IN_ONE_PIECE):
        return TypeError("the source has to give chunks: put what comes in one piece into a list")
    if hasattr(class_, "model_fields"):
        return TypeError(f"{kind} comes in one piece: ask for a stream, or put it into a list")
    if hasattr(source, "__await__"):
        return TypeError(f"the source is a {kind}: what it returns may be one, so await it")
    if hasattr(source, "__fspath__"):
        return TypeError(f"{kind} is the path of a file: open it, and give the file")
    is_async = name.startswith("a")
    if (is_async or name == "Broadcast") and isinstance(source, AbstractAsyncContextManager):
        return TypeError(f"{kind} is a context manager: what `with` gives of it may be a source")
    if not is_async and isinstance(source, AbstractContextManager):
        return TypeError(f"{kind} is a context manager: what `with` gives of it may be a source")
    if isinstance(source, AsyncIterable):
        return TypeError(f"{kind} is asynchronous, which a{name} is for")
    if isinstance(source, Iterable):
        return TypeError(f"{kind} is not asynchronous: {name[1:]} is for such sources")
    return TypeError(f"{name} takes a source of chunks first, not {source!r}")


def _is_many(documents: str) -> bool:
    if documents not in ("one", "many"):
        raise ValueError(f'documents must be "one" or "many", not {documents!r}')
    return documents == "many"
