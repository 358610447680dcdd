"""Everything that a document can be refused for.

ParseError(json.JSONDecodeError)
├── JSONSyntaxError       the first byte that no document can have there
├── IncompleteJSONError   ``finish()`` before the end
└── LimitExceededError    a limit that the caller set, passed
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from partialjson._partialjson import MISSING

if TYPE_CHECKING:
    from partialjson._types import Path

__all__ = ["IncompleteJSONError", "JSONSyntaxError", "LimitExceededError", "ParseError"]


class ParseError(json.JSONDecodeError):
    """A document was refused. The same bytes give the same error, however they were cut.

    ``doc`` is always empty: the parser keeps no text.
    """

    msg: str
    """What is wrong, without the place."""
    pos: int
    """Bytes from the start of the stream to the refused byte, 0-based."""
    lineno: int
    """Line of the refused byte, 1-based."""
    colno: int
    """Code points from the start of that line, 1-based."""
    path: Path
    """Keys and indices down to the node that was being read, or that had to begin there."""
    value: Any
    """The best-effort value of everything before the refused byte, or ``MISSING``."""

    def __init__(
        self,
        msg: str,
        pos: int = 0,
        lineno: int = 1,
        colno: int = 1,
        path: Path = (),
        value: Any = MISSING,  # noqa: ANN401 - any JSON value, or a model's
    ) -> None:
        # Not JSONDecodeError's own, which counts lines in the document.
        ValueError.__init__(self, f"{msg}: line {lineno} column {colno} (byte {pos})")
        self.msg = msg
        self.doc = ""
        self.pos = pos
        self.lineno = lineno
        self.colno = colno
        self.path = path
        self.value = value

    def __reduce__(self) -> tuple[Any, ...]:
        place = (self.msg, self.pos, self.lineno, self.colno, self.path, self.value)
        return type(self), place


class JSONSyntaxError(ParseError):
    """The byte at ``pos`` can be part of no document that begins so (RFC 8259; RFC 3629)."""


class IncompleteJSONError(ParseError):
    """Nothing more comes, and the document is not whole. ``pos`` is how many bytes came."""

    open_path: Path | None
    """The path of the deepest node that was open; None where nothing had begun."""

    def __init__(
        self,
        msg: str,
        pos: int = 0,
        lineno: int = 1,
        colno: int = 1,
        path: Path = (),
        value: Any = MISSING,  # noqa: ANN401
        open_path: Path | None = None,
    ) -> None:
        super().__init__(msg, pos, lineno, colno, path, value)
        self.open_path = open_path

    def __reduce__(self) -> tuple[Any, ...]:
        cls, place = super().__reduce__()
        return cls, (*place, self.open_path)


class LimitExceededError(ParseError):
    """The document passes a limit at ``pos``."""

    limit: str
    """The option that sets it: ``"max_depth"``, for one."""
    maximum: int
    """Its bound."""

    def __init__(
        self,
        msg: str,
        pos: int = 0,
        lineno: int = 1,
        colno: int = 1,
        path: Path = (),
        value: Any = MISSING,  # noqa: ANN401
        limit: str = "",
        maximum: int = 0,
    ) -> None:
        super().__init__(msg, pos, lineno, colno, path, value)
        self.limit = limit
        self.maximum = maximum

    def __reduce__(self) -> tuple[Any, ...]:
        cls, place = super().__reduce__()
        return cls, (*place, self.limit, self.maximum)


for _each in (ParseError, JSONSyntaxError, IncompleteJSONError, LimitExceededError):
    # Where users import them from, and so what a traceback shows.
    _each.__module__ = "partialjson"
