"""Names for the types that the parser takes and returns."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, TypeAlias, TypedDict

JSONValue: TypeAlias = Any
"""What `json.loads` gives: a ``dict``, ``list``, ``str``, ``int``, ``float``, ``bool`` or None."""

Path: TypeAlias = tuple[str | int, ...]
"""Keys and indices from the root; ``()`` is the root."""

Chunk: TypeAlias = str | bytes | bytearray | memoryview
"""A part of a document, cut anywhere."""


class Options(TypedDict, total=False):
    """The keyword options of every entry point; None means no limit."""

    numbers: Literal["atomic", "eager"]
    """Whether an open number shows, as its digits so far."""
    strings: Literal["append", "atomic"]
    """Whether an open string shows."""
    duplicate_keys: Literal["last", "error"]
    """Whether the last value of a repeated key wins, or the key is refused."""
    values: Literal["snapshot", "live"]
    """Whether a value that was handed out stays as it is, or grows in place."""
    allow_nan: bool
    """Whether ``NaN``, ``Infinity`` and ``-Infinity`` are accepted as numbers."""
    max_depth: int | None
    """Containers nested in one another."""
    max_bytes: int | None
    """Bytes in the whole stream."""
    max_string_bytes: int | None
    """Bytes between the quotes of one string or key, as received."""
    max_digits: int | None
    """Digits of the integer part of a number; the interpreter's own limit by default."""
    deltas: bool
    """Whether changes are recorded for ``take_deltas()``."""


class ModelOptions(Options, total=False):
    """The same options if there is a type; ``values`` must be ``"snapshot"``."""

    context: Any
    """What Pydantic passes to validators as their context."""
    strict: bool | None
    """Whether Pydantic validates strictly, whatever its types say."""
    fail_fast: bool
    """Whether an error is raised as soon as it is certain, not at the end."""


class Delta(NamedTuple):
    """One change of a value."""

    op: Literal["add", "append"]
    """``"add"``: the node at ``path`` is new or replaced. ``"append"``: its text grew."""
    path: Path
    """Keys and indices from the root."""
    value: JSONValue
    """Everything that shows of the node, or the text to append."""


class Document(NamedTuple):
    """One of many documents in a stream, as far as it has arrived."""

    index: int  # type: ignore[assignment]  # the name matters more than `tuple.index`
    """How many documents came before it."""
    value: JSONValue
    """Its best-effort value."""
    complete: bool
    """Whether its last byte has come. If so, the next ``Document`` is a different one."""
