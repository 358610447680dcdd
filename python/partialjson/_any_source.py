"""`stream` and `astream`: growing objects from any source of chunks."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, get_args, overload

from partialjson._checks import check_source
from partialjson._object_stream import ObjectStream
from partialjson._providers import ChunkReader
from partialjson._reading import Part
from partialjson._stream import AsyncPartialStream, PartialStream

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Unpack

    from partialjson._types import Chunk, ModelOptions

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

    `source` yields `str`, bytes, or chunks of an SDK, which are recognized by their shape. For
    other chunks, `text_of` returns their JSON. The source is closed with the stream. In an SDK's
    chunks, the text or the arguments of the tool call are read, whichever comes first. `part`
    overrides that: ``"text"``, even if calls follow it, or ``"call"``, even if text comes before
    it. T is what `ModelParser` takes; `Partial[T]` means the same. The other options are those of
    `ModelParser`.

    With `min_interval`, values come at most once per so many seconds. The first and the last one,
    and any in which an object or array may have closed, are not held back. Values that a slow
    consumer could not take are skipped.

        >>> for user in stream(['{"name": "Ja', 'son"}'], User):
        ...     print(repr(user))
        Partial[User](name='Ja')
        User(name='Jason')

    Raises TypeError if `source` is not a source of chunks, ValueError for an unknown part.
    Iteration raises TypeError for a chunk of unknown shape; for other errors see `PartialStream`.
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
    """`stream` for an asynchronous source. Use ``async for`` over it, without ``await``."""
    _check_source(source, "astream", AsyncIterable)
    return AsyncPartialStream(_document(type_, text_of, part, min_interval, options), source)


def _document(
    type_: object,
    text_of: Callable[[Any], Chunk | None] | None,
    part: Part | None,
    min_interval: float,
    options: ModelOptions,
) -> ObjectStream:
    if part is not None and part not in get_args(Part):
        raise ValueError(f"part must be one of {', '.join(get_args(Part))}, not {part!r}")
    reader = partial(ChunkReader, part, text_of=text_of)
    return ObjectStream(type_, reader, options, min_interval=min_interval)


def _check_source(source: object, name: str, kind: type) -> None:
    if isinstance(source, PartialStream | AsyncPartialStream):
        raise TypeError("the source is already a stream of objects: iterate it directly")
    check_source(source, name, kind)
