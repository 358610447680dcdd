"""Names for the shapes that the parser takes and gives."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, TypeAlias, TypedDict, Union

JSONValue: TypeAlias = Any
"""What `json.loads` gives: a ``dict``, ``list``, ``str``, ``int``, ``float``, ``bool`` or None."""

Path: TypeAlias = tuple[Union[str, int], ...]  # noqa: UP007 - evaluated on Python 3.10
"""Keys and indices from the root; ``()`` is the root."""

Chunk: TypeAlias = Union[str, bytes, bytearray, memoryview]  # noqa: UP007
"""A part of a document, cut anywhere."""


class Options(TypedDict, total=False):
    """The keyword options of every entry point; None is no limit."""

    numbers: Literal["atomic", "eager"]
    """Whether an open number shows: the one that its digits so far make."""
    strings: Literal["append", "atomic"]
    """Whether an open string shows."""
    duplicate_keys: Literal["last", "error"]
    """Which of two values a repeated key has; or that it is refused."""
    values: Literal["snapshot", "live"]
    """Whether a value that was handed out stays as it is, or grows in place."""
    allow_nan: bool
    """Whether ``NaN``, ``Infinity`` and ``-Infinity`` are numbers."""
    max_depth: int | None
    """Containers within one another."""
    max_bytes: int | None
    """Bytes in all."""
    max_string_bytes: int | None
    """Bytes between the quotes of one string or key, as they came."""
    max_digits: int | None
    """Digits of the integer part of a number; the interpreter's own limit by default."""
    deltas: bool
    """Whether ``take_deltas()`` can be asked."""


class ModelOptions(Options, total=False):
    """The same where there is a type; no ``values`` but ``"snapshot"``."""

    context: Any
    """What Pydantic hands to validators."""
    strict: bool | None
    """Whether Pydantic is to be strict, whatever its types say."""
    fail_fast: bool
    """Whether what can no longer become valid is reported at once."""


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

    index: int  # type: ignore[assignment]  # the name matters more than `tuple.index`
    """How many came before it."""
    value: JSONValue
    """Its best-effort value."""
    complete: bool
    """Whether its last byte has come; the next ``Document`` is another one then."""
