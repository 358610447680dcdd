"""What a request to OpenAI asks for, with ``response_model`` or tools that are models."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import (
    TYPE_CHECKING,
    Any,
    Literal,
    NamedTuple,
    NewType,
    TypeAlias,
    TypeGuard,
    cast,
    get_args,
    get_origin,
)

import openai
from pydantic import RootModel

from partialjson._core import Core
from partialjson._envelope import Envelope
from partialjson._item_stream import ItemStream
from partialjson._metadata import ALIASES
from partialjson._object_stream import ObjectStream
from partialjson._partial import Partial, check_names, is_model, is_partial, whole_type
from partialjson._providers import ChunkReader
from partialjson._retries import Retries, chat_follow_up, input_items, responses_follow_up
from partialjson._tool_calls import ToolCalls
from partialjson._types import ModelOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pydantic import BaseModel

RequestMode: TypeAlias = Literal["tools", "json_schema", "json_object"]
"""How a service is asked for an object: as a tool's arguments, by a schema, or in words."""

# What is ours among the arguments of `create`: options of the parser and of the stream.
_PARSING = ModelOptions.__annotations__.keys() - {"values", "deltas"}
# What callers of OpenAI's client say in place of nothing; older ones know but the first.
_NOT_GIVEN: tuple[type, ...] = (openai.NotGiven, getattr(openai, "Omit", openai.NotGiven))


class Order(NamedTuple):
    """A request, and what is to be made of its answer."""

    request: dict[str, Any]
    core: Core
    gives: Literal["stream", "value", "items"]
    """What `create` returns: the stream itself, its last value, or a list of its items."""


class _Arguments(NamedTuple):
    """The arguments of `create`, by whom they are for."""

    request: dict[str, Any]
    """The service."""
    parsing: Any
    """The parser."""
    mode: Any
    max_retries: Any
    min_interval: Any


class _ResponseModel(NamedTuple):
    """What ``response_model`` says."""

    type_: Any
    """T, or the type of the items."""
    model: type[BaseModel]
    """What the service is asked for: T, or an envelope around it."""
    envelope: Envelope | None
    kind: Literal["partial", "whole", "items"]


@dataclass(frozen=True)
class Api:
    """What is particular to one of OpenAI's two interfaces."""

    default_mode: RequestMode
    arrange: Callable[[dict[str, Any], _Function, RequestMode], dict[str, Any]]
    """Puts the function that stands for a model into a request."""
    as_tool: Callable[[_Function], dict[str, Any]]
    """A function as one of the tools of a request."""
    tool_name: Callable[[Any], str | None]
    """The name of a tool that was written for OpenAI; None if it is no function."""
    follow_up: Callable[..., dict[str, Any]]
    """The request that follows refused answers."""

    def order(self, arguments: dict[str, Any], mode: RequestMode | None) -> Order | None:
        """What the arguments of `create` ask of us; None where they are for the client alone.

        Raises TypeError for what makes no sense, ValueError for an unknown mode.
        """
        response_model = arguments.get("response_model")
        if response_model is not None:
            return self._order_model(response_model, arguments, mode)
        tools = arguments.get("tools")
        if isinstance(tools, type):
            raise TypeError(f"tools takes a list of models, not {tools!r} alone")
        if isinstance(tools, Iterable) and not isinstance(tools, str | Mapping):
            # They may be read but once.
            tools = arguments["tools"] = [*cast("Any", tools)]
        if _has_models(tools):
            return self._order_tools(tools, arguments)
        arguments.pop("response_model", None)
        return None

    def _order_model(self, response_model: Any, arguments: dict[str, Any], mode: Any) -> Order:
        wanted = _parsed(response_model)
        request, parsing, own_mode, max_retries, min_interval = _split(arguments)
        mode = checked_mode(own_mode or mode) or self.default_mode
        streams = _streams(request)
        if wanted.kind == "partial" and not streams:
            raise TypeError("response_model=Partial[T] gives a stream: pass stream=True")
        if mode != "tools" and _has_models(request.get("tools")):
            raise TypeError("response_model and models as tools cannot be combined")
        request = self.arrange(request, _function(wanted.model), mode)
        reader = partial(ChunkReader, "call" if mode == "tools" else "text")
        core: Core
        if wanted.envelope is not None and wanted.kind == "items":
            if max_retries:
                raise TypeError(
                    "Iterable[T] has no retries: items already given cannot be taken back"
                )
            core = ItemStream(
                wanted.type_, wanted.envelope, reader, min_interval=min_interval, **parsing
            )
        else:
            core = ObjectStream(
                wanted.type_,
                reader,
                parsing,
                envelope=wanted.envelope,
                whole_only=wanted.kind == "whole",
                retries=self._retries(request, max_retries),
                min_interval=min_interval,
            )
        if streams:
            return Order(request, core, "stream")
        return Order(request, core, "items" if wanted.kind == "items" else "value")

    def _order_tools(self, tools: Sequence[Any], arguments: dict[str, Any]) -> Order:
        request, parsing, mode, max_retries, min_interval = _split(arguments)
        if mode not in (None, "tools"):
            raise TypeError("tools are asked for in the mode 'tools'")
        types: dict[str, Any] = {}
        asked: list[Any] = []
        for tool in tools:
            if not isinstance(tool, Mapping):
                model = whole_type(tool)
                if not is_model(model):
                    raise TypeError(
                        f"a tool must be a Pydantic model or what OpenAI takes, not {tool!r}"
                    )
                function = _function(model)
                name: str | None = function["name"]
                asked.append(self.as_tool(function))
            elif _is_custom(tool):
                raise TypeError(f"a custom tool takes text, not JSON: {tool!r} has no arguments")
            else:
                # One that was written for OpenAI: the arguments of its calls are plain values.
                model, name = Any, self.tool_name(tool)
                asked.append(tool)
            if name is not None:
                if name in types:
                    raise ValueError(f"two tools are named {name!r}")
                types[name] = model
        request["tools"] = asked
        core = ToolCalls(
            types,
            parsing,
            retries=self._retries(request, max_retries),
            min_interval=min_interval,
        )
        return Order(request, core, "stream" if _streams(request) else "value")

    def _retries(self, request: dict[str, Any], maximum: int) -> Retries | None:
        if not isinstance(cast("Any", maximum), int):
            raise TypeError(f"max_retries must be a number of retries, not {maximum!r}")
        if maximum < 0:
            raise ValueError(f"max_retries must be a number of retries, not {maximum!r}")
        return Retries(request, maximum, self.follow_up) if maximum else None


def _streams(request: dict[str, Any]) -> bool:
    return request.get("stream") is True


def _has_models(tools: Any) -> TypeGuard[Sequence[Any]]:
    """Whether `tools` are for us, and not all of them written for OpenAI."""
    return isinstance(tools, list | tuple) and not all(
        isinstance(tool, Mapping) for tool in cast("Sequence[Any]", tools)
    )


def _is_custom(tool: Any) -> bool:
    return bool(tool.get("type") == "custom")


def checked_mode(mode: Any) -> RequestMode | None:
    """`mode`, if it is one, or None. Raises ValueError for anything else."""
    if mode is not None and mode not in get_args(RequestMode):
        raise ValueError(f"mode must be one of {', '.join(get_args(RequestMode))}, not {mode!r}")
    return cast("RequestMode | None", mode)


def _split(arguments: dict[str, Any]) -> _Arguments:
    given = {k: v for k, v in arguments.items() if not isinstance(v, _NOT_GIVEN)}
    request = {k: v for k, v in given.items() if k not in _PARSING}
    parsing = {k: v for k, v in given.items() if k in _PARSING}
    request.pop("response_model", None)
    mode, max_retries = request.pop("mode", None), request.pop("max_retries", None)
    min_interval = request.pop("min_interval", 0)
    if isinstance(request.get("messages"), Iterator):
        # OpenAI's client takes one, but they may have to be sent again.
        request["messages"] = [*request["messages"]]
    max_retries = 0 if max_retries is None else max_retries
    return _Arguments(request, parsing, mode, max_retries, min_interval)


_TYPES = (type, NewType, *ALIASES)
_MANY = (Iterable, Iterator, AsyncIterable, AsyncIterator)


def _parsed(response_model: Any) -> _ResponseModel:
    origin = get_origin(response_model)
    is_bare = origin in _MANY and not get_args(response_model)
    if is_bare or response_model in (Partial, *_MANY):
        raise TypeError(f"{response_model!r} needs a type in brackets")
    if origin in _MANY:
        item: Any = _value_type(get_args(response_model)[0])
        many: Any = list
        envelope = Envelope(_name_of(item, "items"), "items", many[item])
        return _ResponseModel(item, envelope.model, envelope, "items")
    type_ = _value_type(response_model)
    kind: Literal["partial", "whole"] = "partial" if is_partial(response_model) else "whole"
    if is_model(type_) and not issubclass(type_, RootModel):
        return _ResponseModel(type_, type_, None, kind)
    if not (isinstance(type_, _TYPES) or get_origin(type_) is not None):
        raise TypeError(f"response_model takes a type, not {response_model!r}")
    field = "items" if get_origin(type_) is list else "value"
    envelope = Envelope(_name_of(type_, field), field, type_)
    return _ResponseModel(type_, envelope.model, envelope, kind)


def _value_type(type_: Any) -> Any:
    whole = whole_type(type_)
    check_names(whole)
    if hasattr(whole, "from_streaming_response"):
        # Nothing would grow here, and the class has another name and other fields than T.
        raise TypeError(f"{whole!r} is for Instructor's client: pass partialjson.Partial[T]")
    if get_origin(whole) in _MANY:
        # Pydantic would make an iterator of it, which is read but once.
        raise TypeError(f"{whole!r} is not a type of values: use Iterable[T] alone, or list[T]")
    return whole


def _name_of(type_: Any, field: str) -> str:
    # There are none in typing.List.
    inner: Any = (get_args(type_) or (type_,))[0] if get_origin(type_) is list else type_
    return f"{getattr(inner, '__name__', 'any')}_{field}"


# --- the two interfaces --------------------------------------------------------------------------

_Function: TypeAlias = dict[str, Any]
"""The name, description and strict schema of a function that takes a model."""


def _function(model: type[BaseModel]) -> _Function:
    # A name may hold nothing else, and is no longer than that; generic models have brackets.
    name = re.sub(r"[^a-zA-Z0-9_-]+", "_", model.__name__)[:64]
    return cast("_Function", openai.pydantic_function_tool(model, name=name)["function"])


def _refuse(request: dict[str, Any], mode: RequestMode, *names: str) -> None:
    for name in names:
        if name in request:
            raise TypeError(f"response_model sets the request's {name} itself in mode {mode!r}")


def _schema_of(function: _Function) -> dict[str, Any]:
    return {"name": function["name"], "schema": function["parameters"], "strict": True}


def _wording(function: _Function) -> dict[str, Any]:
    """The message that asks for JSON where no schema can be given; it has to name JSON."""
    schema = json.dumps(function["parameters"], ensure_ascii=False)
    text = f"Answer with one JSON object and nothing else. It fits this JSON schema:\n{schema}"
    return {"role": "system", "content": text}


def _arrange_chat(
    request: dict[str, Any], function: _Function, mode: RequestMode
) -> dict[str, Any]:
    if mode == "tools":
        _refuse(request, mode, "tools", "tool_choice", "response_format")
        choice = {"type": "function", "function": {"name": function["name"]}}
        return {**request, "tools": [_chat_tool(function)], "tool_choice": choice}
    _refuse(request, mode, "response_format")
    if mode == "json_schema":
        schema = {"type": "json_schema", "json_schema": _schema_of(function)}
        return {**request, "response_format": schema}
    messages = [_wording(function), *request.get("messages", ())]
    return {**request, "messages": messages, "response_format": {"type": "json_object"}}


def _chat_tool(function: _Function) -> dict[str, Any]:
    return {"type": "function", "function": function}


def _chat_tool_name(tool: Any) -> str | None:
    # What is wrong about a tool that was written out, the service tells.
    function: Any = tool.get("function") or {}
    return function.get("name") if tool.get("type") == "function" else None


def _arrange_responses(
    request: dict[str, Any], function: _Function, mode: RequestMode
) -> dict[str, Any]:
    text: dict[str, Any] = request.get("text") or {}
    if "format" in text:
        raise TypeError("response_model sets the request's text.format itself")
    if mode == "tools":
        _refuse(request, mode, "tools", "tool_choice")
        choice = {"type": "function", "name": function["name"]}
        return {**request, "tools": [_responses_tool(function)], "tool_choice": choice}
    if mode == "json_schema":
        schema = {"type": "json_schema", **_schema_of(function)}
        return {**request, "text": {**text, "format": schema}}
    return {
        **request,
        "input": [_wording(function), *input_items(request)],
        "text": {**text, "format": {"type": "json_object"}},
    }


def _responses_tool(function: _Function) -> dict[str, Any]:
    return {"type": "function", **function}


def _responses_tool_name(tool: Any) -> str | None:
    return tool.get("name") if tool.get("type") == "function" else None


CHAT = Api("tools", _arrange_chat, _chat_tool, _chat_tool_name, chat_follow_up)
RESPONSES = Api(
    "json_schema",
    _arrange_responses,
    _responses_tool,
    _responses_tool_name,
    responses_follow_up,
)
