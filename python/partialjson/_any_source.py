"""`stream` and `astream`: objects that grow, from whatever gives chunks."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar, get_args, overload

from partialjson._checks import check_source
from partialjson._core import Document
from partialjson._providers import ChunkReader
from partialjson._reading import Part
from partialjson._stream import AsyncPartialStream, PartialStream

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Unpack

    from partialjson._types import Chunk, ModelOptions

__all__ = ["astream", "stream"]

T = TypeVar("T")


@overload
def stream(
    source: Iterable[Any],
    type_: type[T],
    /,
    *,
    text_of: Callable[[Any], Chunk | None] | None = None,
    part: Part | None = None,
    min_interval: float = 0,
    **options: Unpack[ModelOptions],
) -> PartialStream[T]: ...
@overload
def stream(
    source: Iterable[Any],
    type_: object,
    /,
    *,
    text_of: Callable[[Any], Chunk | None] | None = None,
    part: Part | None = None,
    min_interval: float = 0,
    **options: Unpack[ModelOptions],
) -> PartialStream[Any]: ...
def stream(
    source: Iterable[Any],
    type_: object,
    /,
    *,
    text_of: Callable[[Any], Chunk | None] | None = None,
    part: Part | None = None,
    min_interval: float = 0,
    **options: Unpack[ModelOptions],
) -> PartialStream[Any]:
    """A stream of growing objects of type T, `type_`, from the chunks of `source`.

    `source` gives `str`, bytes, or chunks of an SDK, told by their shape; `text_of` says what the
    JSON of any other chunk is. It is closed with the stream. Of an SDK's chunks is read the text or
    the arguments of the tool call, whichever comes first, or what `part` says: ``"text"``, which
    may have calls behind it, or ``"call"``, which may have text before it. T is what `ModelParser`
    takes, or `Partial[T]`, which is the same here; so are the other options.

    With `min_interval`, in seconds, values come no oftener than that. The first and the last one,
    and any in which an object or array may have closed, are not held back. Values that a slow
    consumer could not take are skipped.

        >>> for user in stream(['{"name": "Ja', 'son"}'], User):
        ...     print(repr(user))
        Partial[User](name='Ja')
        User(name='Jason')

    Raises TypeError for a source that gives no chunks, ValueError for an unknown part. Iteration
    raises TypeError for a chunk of unknown shape; for the rest see `PartialStream`.
    """
    _check_source(source, "stream", Iterable)
    return PartialStream(_document(type_, text_of, part, min_interval, options), source)


@overload
def astream(
    source: AsyncIterable[Any],
    type_: type[T],
    /,
    *,
    text_of: Callable[[Any], Chunk | None] | None = None,
    part: Part | None = None,
    min_interval: float = 0,
    **options: Unpack[ModelOptions],
) -> AsyncPartialStream[T]: ...
@overload
def astream(
    source: AsyncIterable[Any],
    type_: object,
    /,
    *,
    text_of: Callable[[Any], Chunk | None] | None = None,
    part: Part | None = None,
    min_interval: float = 0,
    **options: Unpack[ModelOptions],
) -> AsyncPartialStream[Any]: ...
def astream(
    source: AsyncIterable[Any],
    type_: object,
    /,
    *,
    text_of: Callable[[Any], Chunk | None] | None = None,
    part: Part | None = None,
    min_interval: float = 0,
    **options: Unpack[ModelOptions],
) -> AsyncPartialStream[Any]:
    """What `stream` gives, for an asynchronous source: ``async for`` over it, without ``await``."""
    _check_source(source, "astream", AsyncIterable)
    return AsyncPartialStream(_document(type_, text_of, part, min_interval, options), source)


def _document(
    type_: object,
    text_of: Callable[[Any], Chunk | None] | None,
    part: Part | None,
    min_interval: float,
    options: ModelOptions,
) -> Document:
    def reader() -> ChunkReader:
        return ChunkReader(part, text_of=text_of)

    if part is not None and part not in get_args(Part):
        raise ValueError(f"part is one of {', '.join(get_args(Part))}, not {part!r}")

    return Document(type_, reader, options, min_interval=min_interval)


def _check_source(source: object, name: str, kind: type) -> None:
    if isinstance(source, PartialStream | AsyncPartialStream):
        raise TypeError("the source is a stream of objects already: iterate it as it is")
    check_source(source, name, kind)
