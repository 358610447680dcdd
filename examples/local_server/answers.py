"""What to answer: a recorded answer where one fits what was asked for, else an invented one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from jsonschema import Draft202012Validator

from .invent import invent

PROSE = "I answer with structured data. Ask me with a tool or a response format."


class BadRequest(Exception):
    """The service would answer this request with status 400 and this text."""


@dataclass(frozen=True)
class Wish:
    """What a request asks for.

    ``tool_name`` is None where the answer is to come as the message's content; ``schema`` is None
    where prose will do; ``forced`` says that the request left the model no choice.
    """

    name: str | None
    schema: dict[str, Any] | None
    tool_name: str | None
    forced: bool = False

    @classmethod
    def of_chat(cls, request: dict[str, Any]) -> list[Wish]:
        """Return what `request`, the body of a chat completion request, asks for.

        Raises `BadRequest` where it forces a tool that it does not bring.
        """
        functions = [tool.get("function") for tool in _functions(request)]
        choice = request.get("tool_choice", "auto")
        name = choice["function"]["name"] if isinstance(choice, dict) else None
        response_format = request.get("response_format") or {}
        wanted = response_format.get("json_schema")
        return cls._all_of(functions, choice, name, response_format.get("type"), wanted)

    @classmethod
    def of_response(cls, request: dict[str, Any]) -> list[Wish]:
        """Return what `request`, the body of a request for a response, asks for.

        Raises `BadRequest` as `of_chat` does.
        """
        choice = request.get("tool_choice", "auto")
        name = choice["name"] if isinstance(choice, dict) else None
        wanted = (request.get("text") or {}).get("format") or {}
        return cls._all_of(_functions(request), choice, name, wanted.get("type"), wanted)

    @classmethod
    def of_message(cls, request: dict[str, Any]) -> list[Wish]:
        """Return what `request`, the body of a request for one of Anthropic's messages, asks for.

        Raises `BadRequest` as `of_chat` does.
        """
        functions = [
            {"name": tool["name"], "parameters": tool["input_schema"]}
            for tool in request.get("tools") or []
        ]
        choice = request.get("tool_choice") or {"type": "auto"}
        wanted = (request.get("output_config") or {}).get("format") or {}
        return cls._all_of(
            functions, choice["type"], choice.get("name"), wanted.get("type"), wanted
        )

    @classmethod
    def _all_of(
        cls,
        functions: list[Any],
        choice: object,
        forced: str | None,
        format_: str | None,
        wanted: dict[str, Any] | None,
    ) -> list[Wish]:
        tools = {function["name"]: function.get("parameters") or {} for function in functions}
        if tools and choice != "none":
            if forced is not None and forced not in tools:
                raise BadRequest(f"Tool choice '{forced}' is not among the tools.")
            # A model that must call something calls all that it has; one that may, the first.
            names = [forced] if forced else [*tools][: None if choice == "required" else 1]
            return [cls(name, tools[name], name, forced is not None) for name in names]
        if format_ == "json_schema" and wanted is not None:
            return [cls(wanted.get("name"), wanted.get("schema") or {}, None)]
        if format_ == "json_object":
            return [cls(None, {"type": "object"}, None)]
        return [cls(None, None, None)]


def _functions(request: dict[str, Any]) -> list[dict[str, Any]]:
    return [tool for tool in request.get("tools") or [] if tool.get("type") == "function"]


def answer_to(wish: Wish) -> str:
    """Return the text that answers `wish`: JSON that its schema accepts, else prose."""
    if wish.schema is None:
        return PROSE
    value = _recorded().get(wish.name or "")
    # Someone else's `User` is another model: what was recorded for ours would not fit.
    if value is None or not Draft202012Validator(wish.schema).is_valid(value):
        value = invent(wish.schema)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@cache
def _recorded() -> dict[str, Any]:
    folder = resources.files(__package__) / "recorded"
    return {
        file.name.removesuffix(".json"): json.loads(file.read_text("utf-8"))
        for file in folder.iterdir()
    }
