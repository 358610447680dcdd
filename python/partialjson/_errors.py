"""Every reason for which a document can be refused.

ParseError(json.JSONDecodeError)
├── JSONSyntaxError           at the first byte that no document can have there
├── IncompleteJSONError       ``finish()`` before the end
│   └── StreamError           a stream that tells why nothing more comes
│       ├── TruncatedError        the language model reached its token limit
│       ├── RefusalError          it refused to answer
│       ├── ContentFilterError    a filter of the service stepped in
│       ├── ServiceError          the service sent an error instead of the rest
│       └── DisconnectedError     the connection was lost
└── LimitExceededError        the document exceeds a limit that the caller set
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from partialjson._partialjson import MISSING

if TYPE_CHECKING:
    from partialjson._types import Path

__all__ = [
    "ContentFilterError",
    "DisconnectedError",
    "IncompleteJSONError",
    "JSONSyntaxError",
    "LimitExceededError",
    "ParseError",
    "RefusalError",
    "ServiceError",
    "StreamError",
    "TruncatedError",
]


class ParseError(json.JSONDecodeError):
    """A document was refused. The same bytes give the same error, however they were cut.

    ``doc`` is always empty: the parser keeps no text.
    """

    msg: str
    """What is wrong, without the position."""
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
        value: Any = MISSING,
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
        # All that it has goes along, also what was added to it: notes, for one.
        return ValueError.__new__, (type(self), *self.args), vars(self)


class JSONSyntaxError(ParseError):
    """No document that begins so can have the byte at ``pos`` (RFC 8259; RFC 3629)."""


class IncompleteJSONError(ParseError):
    """Nothing more comes, and the document is not whole. ``pos`` is how many bytes came."""

    open_path: Path | None
    """The path of the deepest node that was open; None if nothing had begun."""

    def __init__(
        self,
        msg: str,
        pos: int = 0,
        lineno: int = 1,
        colno: int = 1,
        path: Path = (),
        value: Any = MISSING,
        open_path: Path | None = None,
    ) -> None:
        super().__init__(msg, pos, lineno, colno, path, value)
        self.open_path = open_path


class StreamError(IncompleteJSONError):
    """A stream ended without a usable answer, and the reason is known.

    `value` holds what had come by then, nearly always a part. The error is raised even if the
    document was already whole; `value` may then hold it, validated.
    """


class TruncatedError(StreamError):
    """The language model stopped at its token limit: ``finish_reason="length"``, or similar."""


class RefusalError(StreamError):
    """The language model refused to answer."""

    refusal: str
    """Its words; empty if the service gives none."""

    def __init__(
        self,
        msg: str,
        pos: int = 0,
        lineno: int = 1,
        colno: int = 1,
        path: Path = (),
        value: Any = MISSING,
        open_path: Path | None = None,
        refusal: str = "",
    ) -> None:
        super().__init__(msg, pos, lineno, colno, path, value, open_path)
        self.refusal = refusal


class ContentFilterError(StreamError):
    """A service filter cut the answer off: ``finish_reason="content_filter"``, or similar."""


class ServiceError(StreamError):
    """The service sent an error instead of the rest of its answer."""

    body: Any
    """The error as the service sent it: decoded JSON or the SDK's own object; None if there is
    none."""

    def __init__(
        self,
        msg: str,
        pos: int = 0,
        lineno: int = 1,
        colno: int = 1,
        path: Path = (),
        value: Any = MISSING,
        open_path: Path | None = None,
        body: Any = None,
    ) -> None:
        super().__init__(msg, pos, lineno, colno, path, value, open_path)
        self.body = body


class DisconnectedError(StreamError):
    """The connection was lost, or timed out; the client's own error is the ``__cause__``."""


class LimitExceededError(ParseError):
    """The document exceeds a limit at ``pos``."""

    limit: str
    """The option that sets it, such as ``"max_depth"``."""
    maximum: int
    """The value of that option."""

    def __init__(
        self,
        msg: str,
        pos: int = 0,
        lineno: int = 1,
        colno: int = 1,
        path: Path = (),
        value: Any = MISSING,
        limit: str = "",
        maximum: int = 0,
    ) -> None:
        super().__init__(msg, pos, lineno, colno, path, value)
        self.limit = limit
        self.maximum = maximum


for _name in __all__:
    # Where users import them from, and so what a traceback shows.
    globals()[_name].__module__ = "partialjson"
