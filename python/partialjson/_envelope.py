"""Objects around what is no object: services take only those as a schema's root."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, create_model

from partialjson._errors import IncompleteJSONError
from partialjson._partialjson import MISSING
from partialjson._types import Delta

if TYPE_CHECKING:
    from collections.abc import Sequence

    from partialjson._errors import ParseError
    from partialjson._types import Path


class Envelope:
    """A model of one field, `field`, that holds a T; and T's side of what comes in it."""

    def __init__(self, name: str, field: str, type_: Any) -> None:
        self.field = field
        fields: dict[str, Any] = {field: (type_, ...)}
        self.model: type[BaseModel] = create_model(name, **fields)
        self._told: ParseError | None = None

    def open(self, value: Any) -> Any:
        """What is in it, or MISSING; a value that is no envelope is what it is."""
        if not isinstance(value, self.model):
            return value
        return getattr(value, self.field) if value.model_fields_set else MISSING

    def inner(self, path: Path | None) -> Path | None:
        """The path in T of what is at `path` in the envelope; None for what is beside T."""
        return path[1:] if path and path[0] == self.field else None

    def outer(self, path: Sequence[str | int]) -> Path:
        """The path in the envelope of what is at `path` in T."""
        return (self.field, *path)

    def relocate(self, error: ParseError) -> None:
        """Have `error` tell T's value and paths in place of the envelope's."""
        error.value = self.open(error.value)
        # A parser that has failed raises the same error again.
        if error is not self._told:
            self._told = error
            error.path = self.inner(error.path) or ()
            if isinstance(error, IncompleteJSONError):
                error.open_path = self.inner(error.open_path)

    def delta(self, delta: Delta) -> list[Delta]:
        """The change of T, if it is one."""
        if delta.path:
            path = self.inner(delta.path)
            return [] if path is None else [delta._replace(path=path)]
        members: Any = delta.value
        # What is no envelope has nothing of T.
        if isinstance(members, dict) and self.field in members:
            return [delta._replace(value=members[self.field])]
        return []
