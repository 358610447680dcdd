"""`from_openai`: an OpenAI client whose chat completions can be asked for growing objects."""

# ruff: noqa: ANN401 - values and types of any kind pass through here

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast, overload

import openai
from pydantic import BaseModel

from partialjson._partial import is_model, is_partial, whole_type
from partialjson._providers import ChunkReader
from partialjson._stream import AsyncPartialStream, Core, PartialStream

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openai import AsyncOpenAI, AsyncStream, OpenAI, Stream
    from openai.resources.chat import AsyncChat, AsyncCompletions, Chat, Completions
    from openai.types.chat import ChatCompletion, ChatCompletionChunk, ChatCompletionMessageParam

__all__ = ["from_openai"]

M = TypeVar("M", bound=BaseModel)

if TYPE_CHECKING:
    # What a checker sees: the client itself, and `create` with one more way to call it.

    class PartialCompletions(Completions):
        """Chat completions that take ``response_model=Partial[T]``."""

        @overload  # type: ignore[override]
        def create(
            self,
            *,
            response_model: type[M],
            messages: Iterable[ChatCompletionMessageParam],
            model: str,
            stream: Literal[True],
            **request: Any,
        ) -> PartialStream[M]: ...
        @overload
        def create(
            self,
            *,
            response_model: None = None,
            messages: Iterable[ChatCompletionMessageParam],
            model: str,
            stream: Literal[True],
            **request: Any,
        ) -> Stream[ChatCompletionChunk]: ...
        @overload
        def create(
            self,
            *,
            response_model: None = None,
            messages: Iterable[ChatCompletionMessageParam],
            model: str,
            stream: Literal[False] | None = None,
            **request: Any,
        ) -> ChatCompletion: ...
        def create(self, **request: Any) -> Any: ...  # pyright: ignore[reportIncompatibleMethodOverride]

    class AsyncPartialCompletions(AsyncCompletions):
        """Chat completions that take ``response_model=Partial[T]``."""

        @overload  # type: ignore[override]
        async def create(
            self,
            *,
            response_model: type[M],
            messages: Iterable[ChatCompletionMessageParam],
            model: str,
            stream: Literal[True],
            **request: Any,
        ) -> AsyncPartialStream[M]: ...
        @overload
        async def create(
            self,
            *,
            response_model: None = None,
            messages: Iterable[ChatCompletionMessageParam],
            model: str,
            stream: Literal[True],
            **request: Any,
        ) -> AsyncStream[ChatCompletionChunk]: ...
        @overload
        async def create(
            self,
            *,
            response_model: None = None,
            messages: Iterable[ChatCompletionMessageParam],
            model: str,
            stream: Literal[False] | None = None,
            **request: Any,
        ) -> ChatCompletion: ...
        async def create(self, **request: Any) -> Any: ...  # pyright: ignore[reportIncompatibleMethodOverride]

    class PartialChat(Chat):
        @property
        def completions(self) -> PartialCompletions: ...

    class AsyncPartialChat(AsyncChat):
        @property
        def completions(self) -> AsyncPartialCompletions: ...

    class PartialOpenAI(OpenAI):
        @property
        def chat(self) -> PartialChat: ...

    class AsyncPartialOpenAI(AsyncOpenAI):
        @property
        def chat(self) -> AsyncPartialChat: ...


@overload
def from_openai(client: OpenAI) -> PartialOpenAI: ...
@overload
def from_openai(client: AsyncOpenAI) -> AsyncPartialOpenAI: ...
def from_openai(client: OpenAI | AsyncOpenAI) -> Any:
    """`client` with ``response_model=Partial[T]`` in ``chat.completions.create``.

    With it, and ``stream=True``, T's schema goes to the language model as a strict function tool
    that it has to call, and `create` returns a `PartialStream` of T as the arguments arrive
    (awaited, an `AsyncPartialStream` from an asynchronous client). Without it, and everywhere
    else, the client does what it always does.

    Raises TypeError for what is no OpenAI client; `create` raises it for a `response_model`
    that is not `Partial` of a model, or without ``stream=True``.
    """
    if isinstance(client, openai.OpenAI):
        return _Client(client, _create)
    if isinstance(client, openai.AsyncOpenAI):  # pyright: ignore[reportUnnecessaryIsInstance]
        return _Client(client, _create_async)
    raise TypeError(f"from_openai takes an OpenAI or AsyncOpenAI client, not {client!r}")


class _Proxy:
    """Everything of the object that it stands for, but for what a subclass adds."""

    __slots__ = ("_create", "_wrapped")
    _create: Any
    _wrapped: Any

    def __init__(self, wrapped: Any, create: Any) -> None:
        object.__setattr__(self, "_wrapped", wrapped)
        object.__setattr__(self, "_create", create)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._wrapped, name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self._wrapped, name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._wrapped, name)

    def __dir__(self) -> Iterable[str]:
        return dir(self._wrapped)

    def __repr__(self) -> str:
        return f"partialjson.from_openai({self._wrapped!r})"

    # So that it passes for the client where somebody asks with ``isinstance``.
    __class__: Any = property(lambda self: cast("Any", type(self._wrapped)))


class _Client(_Proxy):
    __slots__ = ()

    @property
    def chat(self) -> _Chat:
        return _Chat(self._wrapped.chat, self._create)

    def copy(self, *args: Any, **kwargs: Any) -> _Client:
        return _Client(self._wrapped.copy(*args, **kwargs), self._create)

    with_options = copy

    def __enter__(self) -> _Client:
        self._wrapped.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._wrapped.__exit__(*error)

    async def __aenter__(self) -> _Client:
        await self._wrapped.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._wrapped.__aexit__(*error)


class _Chat(_Proxy):
    __slots__ = ()

    @property
    def completions(self) -> _Completions:
        return _Completions(self._wrapped.completions, self._create)


class _Completions(_Proxy):
    __slots__ = ()

    def create(self, *args: Any, response_model: Any = None, **request: Any) -> Any:
        if response_model is None:
            return self._wrapped.create(*args, **request)
        return self._create(self._wrapped, response_model, request)


def _create(completions: Any, response_model: Any, request: dict[str, Any]) -> PartialStream[Any]:
    chunks = completions.create(**_with_tool(response_model, request))
    return PartialStream(Core(response_model, ChunkReader("call"), {}), chunks)


async def _create_async(
    completions: Any, response_model: Any, request: dict[str, Any]
) -> AsyncPartialStream[Any]:
    chunks = await completions.create(**_with_tool(response_model, request))
    return AsyncPartialStream(Core(response_model, ChunkReader("call"), {}), chunks)


def _with_tool(response_model: Any, request: dict[str, Any]) -> dict[str, Any]:
    """The request for a call of a function that takes a T."""
    model = whole_type(response_model)
    if not (is_partial(response_model) and is_model(model)):
        raise TypeError(f"response_model takes Partial[T] of a model T, not {response_model!r}")
    if request.get("stream") is not True:
        raise TypeError("response_model=Partial[T] gives a stream: say stream=True")
    for name in ("tools", "tool_choice", "response_format"):
        if name in request:
            raise TypeError(f"response_model=Partial[T] makes the request's {name} itself")
    # A name may hold nothing else, and is no longer than that; generic models have brackets.
    name = re.sub(r"[^a-zA-Z0-9_-]+", "_", model.__name__)[:64]
    tool = openai.pydantic_function_tool(model, name=name)
    choice = {"type": "function", "function": {"name": name}}
    return {**request, "tools": [tool], "tool_choice": choice}
