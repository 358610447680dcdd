"""Names for the shapes that the parser takes and gives."""

from __future__ import annotations

from typing import Any, TypeAlias, Union

JSONValue: TypeAlias = Any
"""What `json.loads` gives: ``dict``, ``list``, ``str``, ``int``, ``float``, ``bool`` or ``None``."""

Path: TypeAlias = tuple[Union[str, int], ...]  # noqa: UP007 - evaluated on Python 3.10
"""Keys and indices from the root; ``()`` is the root."""

Chunk: TypeAlias = Union[str, bytes, bytearray, memoryview]  # noqa: UP007
"""A part of a document, cut anywhere."""
