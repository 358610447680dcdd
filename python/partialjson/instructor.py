"""`Partial[T]` for Instructor's streams, with each byte parsed once. Needs ``instructor``.

Write ``client.create(response_model=Partial[User], stream=True, ...)`` with this `Partial` instead
of Instructor's own.
"""

from __future__ import annotations

from types import new_class
from typing import TYPE_CHECKING, Any, ClassVar, cast

from partialjson._cells import lock
from partialjson._extras import needing

with needing("instructor", "instructor"):
    from pydantic_core import core_schema

    from partialjson._any_source import astream, stream
    from partialjson._partial import is_model, partial_class, whole_type

    if not TYPE_CHECKING:
        from instructor.dsl.iterable import IterableBase
        from instructor.dsl.partial import PartialBase

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator

    from pydantic import BaseModel, GetCoreSchemaHandler

    from partialjson._partial import Partial
    from partialjson._stream import AsyncPartialStream, PartialStream

    class IterableBase: ...

    class PartialBase: ...


__all__ = ["Partial"]

# Where `Partial[T]` keeps the class that Instructor gets for T.
_NAME = "__partialjson_instructor__"


class _Streamed:
    """What Instructor asks of a class whose objects are streamed."""

    __partialjson_whole__: ClassVar[type[BaseModel]]

    @classmethod
    def from_streaming_response(
        cls,
        completion: Iterable[Any],
        stream_extractor: Callable[[Iterable[Any]], Iterator[str]],
        **options: Any,
    ) -> PartialStream[Any]:
        """The objects of a stream, by the extractor of the provider and mode that are in use."""
        return cls.model_from_chunks(_Extracted(completion, stream_extractor), **options)

    @classmethod
    def from_streaming_response_async(
        cls,
        completion: AsyncIterable[Any],
        stream_extractor: Callable[[AsyncIterable[Any]], AsyncIterator[str]],
        **options: Any,
    ) -> AsyncPartialStream[Any]:
        """The same for asynchronous clients."""
        return cls.model_from_chunks_async(_Extracted(completion, stream_extractor), **options)

    @classmethod
    def model_from_chunks(
        cls,
        json_chunks: Iterable[str | None],
        context: Any = None,
        strict: bool | None = None,
        **_: Any,
    ) -> PartialStream[Any]:
        """The objects of a stream of JSON."""
        whole = cls.__partialjson_whole__
        return stream(json_chunks, whole, text_of=_same, context=context, strict=strict)

    @classmethod
    def model_from_chunks_async(
        cls,
        json_chunks: AsyncIterable[str | None],
        context: Any = None,
        strict: bool | None = None,
        **_: Any,
    ) -> AsyncPartialStream[Any]:
        """The same for asynchronous clients."""
        whole = cls.__partialjson_whole__
        return astream(json_chunks, whole, text_of=_same, context=context, strict=strict)

    # Where an `IterableBase` is told from others before a `PartialBase`.
    tasks_from_chunks = model_from_chunks
    tasks_from_chunks_async = model_from_chunks_async

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler, /
    ) -> core_schema.CoreSchema:
        # What is asked for, and what is made of a whole answer, is the model itself. Its schema is
        # put into another, because Pydantic notes in the one it gets here how it is to be shown as
        # JSON schema, for each of the classes that Instructor derives from this one at every call.
        return core_schema.chain_schema([handler(cls.__partialjson_whole__)])


class _Extracted:
    """What is JSON in the chunks of a provider. Closing it closes their source."""

    def __init__(self, completion: Any, extract: Callable[[Any], Any]) -> None:
        self._completion = completion
        self._extract = extract

    def __iter__(self) -> Iterator[str | None]:
        return cast("Iterator[str | None]", self._extract(self._completion))

    def __aiter__(self) -> AsyncIterator[str | None]:
        return cast("AsyncIterator[str | None]", self._extract(self._completion))

    def close(self) -> Any:
        """Close the source; gives what there is to await, for an asynchronous one."""
        source = self._completion
        close = getattr(source, "aclose", None) or getattr(source, "close", None)
        return None if close is None else close()


def _same(text: str | None) -> str | None:
    return text


if not TYPE_CHECKING:

    class Partial:
        """`Partial[T]`, of a model T, for the ``response_model`` of Instructor's ``create``.

        With ``stream=True`` that gives a `partialjson.PartialStream`, or an `AsyncPartialStream`
        where the client is asynchronous: growing objects of type T, the last one validated. The
        language model is asked for T by T's own name and schema. A stream that ends before its
        document does raises IncompleteJSONError; ``max_retries`` covers the request alone.

        Raises TypeError for anything but a Pydantic model.
        """

        def __class_getitem__(cls, type_: Any) -> Any:
            model = whole_type(type_)
            if not is_model(model):
                raise TypeError(f"Instructor streams models, not {type_!r}")
            if issubclass(model, _Streamed):
                return model
            return _streamed_class(model)


def _streamed_class(model: type[BaseModel]) -> type[BaseModel]:
    """The same class for a model at every call, as long as the model lives."""
    keeper = partial_class(model)
    with lock:
        made: Any = cast("dict[str, Any]", vars(keeper)).get(_NAME)
        if made is None:
            namespace = {
                "__module__": model.__module__,
                "__qualname__": model.__qualname__,
                "__doc__": model.__doc__,
                "__partialjson_whole__": model,
            }
            # The handlers of Instructor's synchronous clients collect the whole stream of a
            # `PartialBase`. What an `IterableBase` streams they hand on as it comes.
            bases = (_Streamed, model, PartialBase, IterableBase)
            made = new_class(model.__name__, bases, exec_body=lambda body: body.update(namespace))
            type.__setattr__(keeper, _NAME, made)
    return cast("type[BaseModel]", made)
