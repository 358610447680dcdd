"""The loop that ours takes the place of: jiter, on a buffer that grows."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import jiter


def from_beginning(data: bytes) -> object:
    """What jiter makes of the beginning of a document."""
    return jiter.from_json(data, partial_mode="trailing-strings")


def from_tokens(tokens: Iterable[str], parse: Callable[[bytes], object] = from_beginning) -> None:
    """The loop of the OpenAI and Anthropic SDKs: bytes are added up, and all parsed again."""
    buffer = b""
    for token in tokens:
        buffer += token.encode()
        value = parse(buffer)  # noqa: F841  held, as a caller would


def from_byte_chunks(chunks: Iterable[bytes]) -> None:
    """The same, from bytes."""
    buffer = b""
    for chunk in chunks:
        buffer += chunk
        value = from_beginning(buffer)  # noqa: F841
