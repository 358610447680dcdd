"""Names for the shapes that the parser takes and gives."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, TypeAlias, Union

JSONValue: TypeAlias = Any
"""What `json.loads` gives: ``dict``, ``list``, ``str``, ``int``, ``float``, ``bool`` or ``None``."""

Path: TypeAlias = tuple[Union[str, int], ...]  # noqa: UP007 - evaluated on Python 3.10
"""Keys and indices from the root; ``()`` is the root."""

Chunk: TypeAlias = Union[str, bytes, bytearray, memoryview]  # noqa: UP007
"""A part of a document, cut anywhere."""


class Delta(NamedTuple):
    """One change of a value."""

    op: Literal["add", "append"]
    """``"add"``: the node at ``path`` shows now, or shows anew. ``"append"``: its text grew."""
    path: Path
    """Keys and indices from the root."""
    value: JSONValue
    """All of the node that shows, or the text to add to its end."""


class Document(NamedTuple):
    """One of many documents in a stream, as far as it has come."""

    index: int
    """How many came before it."""
    value: JSONValue
    """Its best-effort value."""
    complete: bool
    """Whether its last byte has come; the next ``Document`` is another one then."""
