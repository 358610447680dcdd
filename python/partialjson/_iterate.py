"""The asynchronous face of the parser; the synchronous one is compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from partialjson._partialjson import Parser

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator

    from partialjson._types import Chunk, JSONValue

__all__ = ["aiterparse"]


async def aiterparse(
    chunks: AsyncIterable[Chunk],
    /,
    **options: Any,  # noqa: ANN401 - the stub spells them out
) -> AsyncIterator[JSONValue]:
    """An asynchronous iterator of best-effort values: one after every chunk that changed something.

    Takes the options of `Parser`, and raises as `iterparse` does.
    """
    parser = Parser(**options)
    async for chunk in chunks:
        parser.write(chunk)
        if parser.changed:
            yield parser.value
    shown = parser.value
    value = parser.finish()
    # Only a bare number is completed by the end itself.
    if value is not shown:
        yield value
