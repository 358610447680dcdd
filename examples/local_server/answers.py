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
    def of(cls, request: dict[str, Any]) -> Wish:
        """Return what `request`, the body of a chat completion request, asks for.

        Raises `BadRequest` where it forces a tool that it does not bring.
        """
        tools = {
            tool["function"]["name"]: tool["function"]
            for tool in request.get("tools") or []
            if tool.get("type") == "function"
        }
        choice = request.get("tool_choice", "auto")
        if tools and choice != "none":
            forced = isinstance(choice, dict)
            name = choice["function"]["name"] if forced else next(iter(tools))
            if name not in tools:
                raise BadRequest(f"Tool choice '{name}' is not among the tools.")
            return cls(name, tools[name].get("parameters") or {}, name, forced)
        response_format = request.get("response_format") or {}
        if response_format.get("type") == "json_schema":
            wanted = response_format["json_schema"]
            return cls(wanted.get("name"), wanted.get("schema") or {}, None)
        if response_format.get("type") == "json_object":
            return cls(None, {"type": "object"}, None)
        return cls(None, None, None)


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
