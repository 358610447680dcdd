"""Pydantic's errors for a part of a document, as the whole document would have reported them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, get_args

from pydantic import ValidationError
from pydantic_core import PydanticCustomError, core_schema

if TYPE_CHECKING:
    from pydantic_core import InitErrorDetails

    from partialjson._types import Path

__all__ = ["located", "refusal"]


def located(error: ValidationError, location: Path, title: str) -> ValidationError:
    """The same errors, further down: at `location` in a document of type `title`."""
    lines: list[InitErrorDetails] = []
    for line in error.errors(include_url=False):
        kind: str | PydanticCustomError = line["type"]
        if kind not in _known_errors():
            kind = PydanticCustomError(kind, line["msg"], line.get("ctx"))  # type: ignore[arg-type]
        lines.append(
            {
                "type": kind,
                "loc": (*location, *line["loc"]),
                "input": line["input"],
                "ctx": line.get("ctx", {}),
            }
        )
    return ValidationError.from_exception_data(title, lines, "json")


def refusal(error: tuple[str, Any, dict[str, Any]], location: Path, title: str) -> ValidationError:
    """One error: its type, the input, and what Pydantic's message needs."""
    kind, value, context = error
    if kind == "too_long":
        ((misfit, most),) = context.items()
        field_type = "Tuple" if misfit == "tuple_type" else "List"
        context = {"field_type": field_type, "max_length": most, "actual_length": most + 1}
    line: InitErrorDetails = {"type": kind, "loc": location, "input": value, "ctx": context}
    return ValidationError.from_exception_data(title, [line], "json")


@lru_cache(maxsize=1)
def _known_errors() -> frozenset[str]:
    return frozenset(get_args(core_schema.ErrorType))
