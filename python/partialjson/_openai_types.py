"""What a type checker sees of a wrapped client: itself, with more ways to call `create`.

Nothing here runs.
"""

# mypy: disable-error-code="override, misc, empty-body, overload-overlap"
# Of several tools mypy knows only that they are classes, which makes the arguments Any.
# Unions and the like are no `type` to checkers: what comes of them is Any.
# A model is an Iterable, too; the overload that comes first wins. mypy takes Iterable[T], which is
# abstract, for a callable, but for no type[...].
# pyright: reportIncompatibleMethodOverride=false, reportReturnType=false
# pyright: reportOverlappingOverload=false

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Sized
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, overload

from openai import AsyncOpenAI, AsyncStream, OpenAI, Stream
from openai.resources.chat import AsyncChat, AsyncCompletions, Chat, Completions
from openai.resources.responses import AsyncResponses, Responses
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import BaseModel

if TYPE_CHECKING:
    from openai import Omit

    from partialjson._stream import AsyncPartialStream, PartialStream
    from partialjson._tool_calls import ToolCall

M = TypeVar("M", bound=BaseModel)
# What is no iterable of values to be given one by one, although it may be iterated.
C = TypeVar("C", bound=BaseModel | Sized)
T = TypeVar("T")
Whole = TypeVar("Whole")
Part = TypeVar("Part")


class Creates(Generic[Whole, Part]):
    """`create` of a resource."""

    @overload
    def create(
        self,
        *,
        response_model: None = None,
        tools: Iterable[Mapping[str, Any]] | Omit = ...,
        stream: Literal[True],
        **request: Any,
    ) -> Stream[Part]: ...
    @overload
    def create(
        self,
        *,
        response_model: None = None,
        tools: Iterable[Mapping[str, Any]] | Omit = ...,
        stream: Literal[False] | Omit | None = None,
        **request: Any,
    ) -> Whole: ...
    @overload
    def create(
        self,
        *,
        response_model: None = None,
        tools: Iterable[Mapping[str, Any]] | Omit = ...,
        stream: bool,
        **request: Any,
    ) -> Whole | Stream[Part]: ...
    @overload
    def create(
        self,
        *,
        tools: Sequence[type[M]],
        stream: Literal[True],
        **request: Any,
    ) -> PartialStream[ToolCall[M], list[ToolCall[M]]]: ...
    @overload
    def create(
        self,
        *,
        tools: Sequence[type[BaseModel] | Mapping[str, Any]],
        stream: Literal[True],
        **request: Any,
    ) -> PartialStream[ToolCall[Any], list[ToolCall[Any]]]: ...
    @overload
    def create(
        self,
        *,
        tools: Sequence[type[M]],
        stream: Literal[False] | None = None,
        **request: Any,
    ) -> list[ToolCall[M]]: ...
    @overload
    def create(
        self,
        *,
        tools: Sequence[type[BaseModel] | Mapping[str, Any]],
        stream: Literal[False] | None = None,
        **request: Any,
    ) -> list[ToolCall[Any]]: ...
    @overload
    def create(
        self,
        *,
        response_model: type[C],
        stream: Literal[True],
        **request: Any,
    ) -> PartialStream[C]: ...
    @overload
    def create(
        self,
        *,
        response_model: type[C],
        stream: Literal[False] | None = None,
        **request: Any,
    ) -> C: ...
    @overload
    def create(
        self,
        *,
        response_model: Callable[..., Iterable[T]],
        stream: Literal[True],
        **request: Any,
    ) -> PartialStream[T]: ...
    @overload
    def create(
        self,
        *,
        response_model: Callable[..., Iterable[T]],
        stream: Literal[False] | None = None,
        **request: Any,
    ) -> list[T]: ...
    @overload
    def create(
        self,
        *,
        response_model: type[T],
        stream: Literal[True],
        **request: Any,
    ) -> PartialStream[T]: ...
    @overload
    def create(
        self,
        *,
        response_model: type[T],
        stream: Literal[False] | None = None,
        **request: Any,
    ) -> T: ...
    @overload
    def create(
        self,
        *,
        response_model: type[T],
        stream: bool,
        **request: Any,
    ) -> T | PartialStream[T]: ...
    @overload
    def create(
        self,
        *,
        response_model: type[T] | None,
        stream: Literal[True],
        **request: Any,
    ) -> PartialStream[T] | Stream[Part]: ...
    @overload
    def create(
        self,
        *,
        response_model: type[T] | None,
        stream: Literal[False] | None = None,
        **request: Any,
    ) -> T | Whole: ...
    @overload
    def create(
        self,
        *,
        response_model: object,
        stream: Literal[True],
        **request: Any,
    ) -> PartialStream[Any]: ...
    @overload
    def create(
        self,
        *,
        response_model: object,
        stream: bool | None = None,
        **request: Any,
    ) -> Any: ...
    def create(self, **request: Any) -> Any: ...
    @overload
    def create_partial(self, *, response_model: type[T], **request: Any) -> PartialStream[T]: ...
    @overload
    def create_partial(self, *, response_model: object, **request: Any) -> PartialStream[Any]: ...
    def create_partial(self, **request: Any) -> Any:
        """A stream of growing objects: ``create`` with ``Partial[T]`` and ``stream=True``."""
        ...

    @overload
    def create_iterable(self, *, response_model: type[T], **request: Any) -> PartialStream[T]: ...
    @overload
    def create_iterable(self, *, response_model: object, **request: Any) -> PartialStream[Any]: ...
    def create_iterable(self, **request: Any) -> Any:
        """A stream of items when they close: ``create`` with ``Iterable[T]``, ``stream=True``."""
        ...


class PartialCompletions(Creates[ChatCompletion, ChatCompletionChunk], Completions):
    """OpenAI's, and ``response_model``."""


class PartialResponses(Creates[Response, ResponseStreamEvent], Responses):
    """OpenAI's, and ``response_model``."""


class PartialChat(Chat):
    """OpenAI's, and ``response_model``."""

    @property
    def completions(self) -> PartialCompletions: ...


class PartialOpenAI(OpenAI):
    """OpenAI's client, and ``response_model``."""

    @property
    def chat(self) -> PartialChat: ...
    @property
    def responses(self) -> PartialResponses: ...


class AsyncCreates(Generic[Whole, Part]):
    """`create` of an asynchronous resource."""

    @overload
    async def create(
        self,
        *,
        response_model: None = None,
        tools: Iterable[Mapping[str, Any]] | Omit = ...,
        stream: Literal[True],
        **request: Any,
    ) -> AsyncStream[Part]: ...
    @overload
    async def create(
        self,
        *,
        response_model: None = None,
        tools: Iterable[Mapping[str, Any]] | Omit = ...,
        stream: Literal[False] | Omit | None = None,
        **request: Any,
    ) -> Whole: ...
    @overload
    async def create(
        self,
        *,
        response_model: None = None,
        tools: Iterable[Mapping[str, Any]] | Omit = ...,
        stream: bool,
        **request: Any,
    ) -> Whole | AsyncStream[Part]: ...
    @overload
    async def create(
        self,
        *,
        tools: Sequence[type[M]],
        stream: Literal[True],
        **request: Any,
    ) -> AsyncPartialStream[ToolCall[M], list[ToolCall[M]]]: ...
    @overload
    async def create(
        self,
        *,
        tools: Sequence[type[BaseModel] | Mapping[str, Any]],
        stream: Literal[True],
        **request: Any,
    ) -> AsyncPartialStream[ToolCall[Any], list[ToolCall[Any]]]: ...
    @overload
    async def create(
        self,
        *,
        tools: Sequence[type[M]],
        stream: Literal[False] | None = None,
        **request: Any,
    ) -> list[ToolCall[M]]: ...
    @overload
    async def create(
        self,
        *,
        tools: Sequence[type[BaseModel] | Mapping[str, Any]],
        stream: Literal[False] | None = None,
        **request: Any,
    ) -> list[ToolCall[Any]]: ...
    @overload
    async def create(
        self,
        *,
        response_model: type[C],
        stream: Literal[True],
        **request: Any,
    ) -> AsyncPartialStream[C]: ...
    @overload
    async def create(
        self,
        *,
        response_model: type[C],
        stream: Literal[False] | None = None,
        **request: Any,
    ) -> C: ...
    @overload
    async def create(
        self,
        *,
        response_model: Callable[..., Iterable[T]],
        stream: Literal[True],
        **request: Any,
    ) -> AsyncPartialStream[T]: ...
    @overload
    async def create(
        self,
        *,
        response_model: Callable[..., Iterable[T]],
        stream: Literal[False] | None = None,
        **request: Any,
    ) -> list[T]: ...
    @overload
    async def create(
        self,
        *,
        response_model: type[T],
        stream: Literal[True],
        **request: Any,
    ) -> AsyncPartialStream[T]: ...
    @overload
    async def create(
        self,
        *,
        response_model: type[T],
        stream: Literal[False] | None = None,
        **request: Any,
    ) -> T: ...
    @overload
    async def create(
        self,
        *,
        response_model: type[T],
        stream: bool,
        **request: Any,
    ) -> T | AsyncPartialStream[T]: ...
    @overload
    async def create(
        self,
        *,
        response_model: type[T] | None,
        stream: Literal[True],
        **request: Any,
    ) -> AsyncPartialStream[T] | AsyncStream[Part]: ...
    @overload
    async def create(
        self,
        *,
        response_model: type[T] | None,
        stream: Literal[False] | None = None,
        **request: Any,
    ) -> T | Whole: ...
    @overload
    async def create(
        self,
        *,
        response_model: object,
        stream: Literal[True],
        **request: Any,
    ) -> AsyncPartialStream[Any]: ...
    @overload
    async def create(
        self,
        *,
        response_model: object,
        stream: bool | None = None,
        **request: Any,
    ) -> Any: ...
    async def create(self, **request: Any) -> Any: ...
    @overload
    async def create_partial(
        self, *, response_model: type[T], **request: Any
    ) -> AsyncPartialStream[T]: ...
    @overload
    async def create_partial(
        self, *, response_model: object, **request: Any
    ) -> AsyncPartialStream[Any]: ...
    async def create_partial(self, **request: Any) -> Any:
        """A stream of growing objects: ``create`` with ``Partial[T]`` and ``stream=True``."""
        ...

    @overload
    async def create_iterable(
        self, *, response_model: type[T], **request: Any
    ) -> AsyncPartialStream[T]: ...
    @overload
    async def create_iterable(
        self, *, response_model: object, **request: Any
    ) -> AsyncPartialStream[Any]: ...
    async def create_iterable(self, **request: Any) -> Any:
        """A stream of items when they close: ``create`` with ``Iterable[T]``, ``stream=True``."""
        ...


class AsyncPartialCompletions(AsyncCreates[ChatCompletion, ChatCompletionChunk], AsyncCompletions):
    """OpenAI's, and ``response_model``."""


class AsyncPartialResponses(AsyncCreates[Response, ResponseStreamEvent], AsyncResponses):
    """OpenAI's, and ``response_model``."""


class AsyncPartialChat(AsyncChat):
    """OpenAI's, and ``response_model``."""

    @property
    def completions(self) -> AsyncPartialCompletions: ...


class AsyncPartialOpenAI(AsyncOpenAI):
    """OpenAI's client, and ``response_model``."""

    @property
    def chat(self) -> AsyncPartialChat: ...
    @property
    def responses(self) -> AsyncPartialResponses: ...
