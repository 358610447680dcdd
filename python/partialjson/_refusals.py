"""Pydantic's errors for a part of a document, as the whole document would have reported them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from pydantic import ValidationError
from pydantic_core import PydanticCustomError, core_schema

if TYPE_CHECKING:
    from pydantic_core import InitErrorDetails

    from partialjson._types import Path

_KNOWN_ERRORS = frozenset(get_args(core_schema.ErrorType))


def located(error: ValidationError, location: Path, title: str) -> ValidationError:
    """The same errors, further down: at `location` in a document of type `title`."""
    lines: list[InitErrorDetails] = []
    for line in error.errors(include_url=False):
        kind: str | PydanticCustomError = line["type"]
        if kind not in _KNOWN_ERRORS:
            kind = PydanticCustomError(kind, line["msg"], line.get("ctx"))  # type: ignore[arg-type]
        lines.append(_line(kind, (*location, *line["loc"]), line["input"], line.get("ctx")))
    return ValidationError.from_exception_data(title, lines, "json")


def refusal(error: tuple[str, Any, dict[str, Any]], location: Path, title: str) -> ValidationError:
    """One error: its type, the input, and what Pydantic's message needs."""
    kind, value, context = error
    if kind == "too_long":
        ((misfit, most),) = context.items()
        field_type = "Tuple" if misfit == "tuple_type" else "List"
        context = {"field_type": field_type, "max_length": most, "actual_length": most + 1}
    lines = [_line(kind, location, value, context)]
    return ValidationError.from_exception_data(title, lines, "json")


def _line(
    kind: str | PydanticCustomError, location: Path, value: object, context: dict[str, Any] | None
) -> InitErrorDetails:
    line: InitErrorDetails = {"type": kind, "loc": location, "input": value}
    # An empty one would be told, where Pydantic tells none.
    return {**line, "ctx": context} if context else line
