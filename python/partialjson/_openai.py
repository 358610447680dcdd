"""`from_openai`: an OpenAI client that returns objects of a model."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from typing import TYPE_CHECKING, Any, NamedTuple, cast, overload

import openai

from partialjson._openai_requests import CHAT, RESPONSES, Api, Order, RequestMode, checked_mode
from partialjson._partial import Partial
from partialjson._stream import AsyncPartialStream, PartialStream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from openai import AsyncOpenAI, OpenAI

    from partialjson._openai_types import AsyncPartialOpenAI, PartialOpenAI
else:
    # To `isinstance`, a wrapped client is one of those that it wraps.
    AsyncPartialOpenAI, PartialOpenAI = openai.AsyncOpenAI, openai.OpenAI

__all__ = ["AsyncPartialOpenAI", "PartialOpenAI", "from_openai"]


@overload
def from_openai(client: OpenAI, *, mode: RequestMode | None = None) -> PartialOpenAI: ...
@overload
def from_openai(client: AsyncOpenAI, *, mode: RequestMode | None = None) -> AsyncPartialOpenAI: ...
def from_openai(client: OpenAI | AsyncOpenAI, *, mode: RequestMode | None = None) -> Any:
    """`client` with ``response_model`` and typed tools in ``create``.

    In ``chat.completions.create`` and ``responses.create``, `response_model` may be

    - ``Partial[T]``, with ``stream=True``: returns a `PartialStream` of T as it arrives;
    - ``T``: returns a validated T; with ``stream=True``, a `PartialStream` of just that object;
    - ``Iterable[T]``: returns a list of T; with ``stream=True``, a `PartialStream` that yields each
      item when it closes.

    With a list of models as `tools`, `create` returns a list of `ToolCall`; with ``stream=True``, a
    `PartialStream` of them as they arrive. With an asynchronous client, await the call; a stream is
    then an `AsyncPartialStream`. ``create_partial`` and ``create_iterable`` are short for the first
    and the last, with ``stream=True``.

    `mode`, here or in a call, is how T is asked for: ``"tools"`` (a strict function tool that must
    be called; the default of chat completions), ``"json_schema"`` (the format of the answer; the
    default of responses), or ``"json_object"`` (in words, for models that take no schema).
    ``max_retries=n`` asks again, up to n times, if the answer does not fit. ``min_interval`` is
    that of `stream`; ``context``, ``strict``, ``fail_fast`` and limits are those of `ModelParser`.

    Without `response_model` or such tools, and elsewhere, the client does what it always does.

    Raises TypeError if `client` is not an OpenAI client, ValueError for an unknown mode. `create`
    raises TypeError for a call that makes no sense.
    """
    mode = checked_mode(mode)
    if isinstance(client, openai.OpenAI):
        return _Client(client, _Way(_answer, mode))
    if isinstance(client, openai.AsyncOpenAI):  # pyright: ignore[reportUnnecessaryIsInstance]
        return _Client(client, _Way(_answer_async, mode))
    raise TypeError(f"from_openai takes an OpenAI or AsyncOpenAI client, not {client!r}")


class _Way(NamedTuple):
    """How the calls of a client are answered."""

    answer: Callable[[Callable[..., Any], Order], Any]
    mode: RequestMode | None


class _Proxy:
    """Everything of the object that it stands for, but for what a subclass adds."""

    _way: _Way
    _wrapped: Any
    _parts: dict[str, _Proxy]

    def __init__(self, wrapped: Any, way: _Way) -> None:
        self.__dict__.update(_wrapped=wrapped, _way=way, _parts={})

    def __getattr__(self, name: str) -> Any:
        return getattr(self._wrapped, name)

    def __setattr__(self, name: str, value: object) -> None:
        # Tracers and tests replace methods. One that replaced ours must not end up in what is
        # wrapped: ours calls that, which would call ours again.
        if hasattr(type(self), name):
            self.__dict__[name] = value
        else:
            setattr(self._wrapped, name, value)

    def __delattr__(self, name: str) -> None:
        if name in self.__dict__:
            del self.__dict__[name]
        else:
            delattr(self._wrapped, name)

    def _part(self, name: str, kind: type[_Proxy]) -> Any:
        """A resource of what is wrapped, as one of ours: the same one for as long as that is."""
        if name in self.__dict__:
            return self.__dict__[name]
        wrapped, part = getattr(self._wrapped, name), self._parts.get(name)
        if part is None or part._wrapped is not wrapped:
            part = self._parts[name] = kind(wrapped, self._way)
        return part

    def __dir__(self) -> Iterable[str]:
        return dir(self._wrapped)

    def __copy__(self) -> _Proxy:
        return type(self)(copy(self._wrapped), self._way)

    def __repr__(self) -> str:
        return f"partialjson.from_openai({self._wrapped!r})"

    # So that it passes for the client where somebody asks with ``isinstance``.
    __class__: Any = property(lambda self: cast("Any", type(self._wrapped)))


class _Client(_Proxy):
    @property
    def chat(self) -> Any:
        return self._part("chat", _Chat)

    @property
    def responses(self) -> Any:
        return self._part("responses", _Responses)

    def copy(self, *args: Any, **kwargs: Any) -> _Client:
        return _Client(self._wrapped.copy(*args, **kwargs), self._way)

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
    @property
    def completions(self) -> Any:
        return self._part("completions", _Completions)


class _Creating(_Proxy):
    """A resource whose `create` takes ``response_model``."""

    _api: Api

    def create(self, *args: Any, **arguments: Any) -> Any:
        order = self._api.order(arguments, self._way.mode)
        if order is None:
            return self._wrapped.create(*args, **arguments)
        if args:
            raise TypeError("create takes keyword arguments only")
        return self._way.answer(self._wrapped.create, order)

    def create_partial(self, *, response_model: Any, **arguments: Any) -> Any:
        arguments["stream"] = True
        return self.create(response_model=cast("Any", Partial)[response_model], **arguments)

    def create_iterable(self, *, response_model: Any, **arguments: Any) -> Any:
        arguments["stream"] = True
        return self.create(response_model=Iterable[response_model], **arguments)


class _Completions(_Creating):
    _api = CHAT


class _Responses(_Creating):
    _api = RESPONSES


def _answer(create: Callable[..., Any], order: Order) -> Any:
    def send(request: dict[str, Any]) -> Iterable[Any]:
        answer = create(**request)
        # A whole answer is a stream of one chunk.
        return answer if order.gives == "stream" else [answer]

    stream: PartialStream[Any] = PartialStream(order.core, send(order.request), send)
    if order.gives == "stream":
        return stream
    items = list(stream)
    return items if order.gives == "items" else stream.final


async def _answer_async(create: Callable[..., Awaitable[Any]], order: Order) -> Any:
    async def send(request: dict[str, Any]) -> Any:
        answer = await create(**request)
        return answer if order.gives == "stream" else _alone(answer)

    source = await send(order.request)
    stream: AsyncPartialStream[Any] = AsyncPartialStream(order.core, source, send)
    if order.gives == "stream":
        return stream
    items = [item async for item in stream]
    return items if order.gives == "items" else stream.final


async def _alone(answer: Any) -> AsyncIterator[Any]:
    yield answer
