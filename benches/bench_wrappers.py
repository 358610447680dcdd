"""What `from_openai`'s streams add to the SDK's bare iteration and to parsing: µs per chunk.

Chunks are the SDK's own objects, made beforehand, so that HTTP and the SDK's decoding, which is the
same for all, do not hide it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING

import pytest
from openai.types.chat import ChatCompletionChunk

from benches.typed import TYPED, tokens_of
from partialjson import MISSING, ModelParser, stream

if TYPE_CHECKING:
    from benches.conftest import Measure

CASES = ["profile", "report"]


@cache
def chunks_of(name: str) -> list[ChatCompletionChunk]:
    """One chunk with a part of a tool call's arguments for each token of a document."""
    return [
        ChatCompletionChunk.model_validate(
            {
                "id": "chatcmpl-1",
                "created": 0,
                "model": "m",
                "object": "chat.completion.chunk",
                "choices": [
                    {
                        "index": 0,
                        "delta": {"tool_calls": [{"index": 0, "function": {"arguments": token}}]},
                        "finish_reason": None,
                    }
                ],
            }
        )
        for token in tokens_of(name)
    ]


def bare(name: str) -> None:
    """The SDK's own iteration."""
    for chunk in iter(chunks_of(name)):  # noqa: B007
        pass


def parsing(name: str) -> None:
    """The same values of the same tokens, without a stream."""
    parser = ModelParser(TYPED[name][0])
    shown = None
    for token in tokens_of(name):
        value = parser.advance(token)
        if value is not MISSING:
            shown = value
    assert shown is not None
    parser.finish()


def wrapped(name: str) -> None:
    """A stream over the SDK's."""
    for value in stream(iter(chunks_of(name)), TYPED[name][0]):  # noqa: B007
        pass


WORKS: dict[str, Callable[[str], None]] = {
    "SDK, bare": bare,
    "parsing alone": parsing,
    "partialjson": wrapped,
}


@pytest.mark.parametrize("who", WORKS)
@pytest.mark.parametrize("name", CASES)
def test_wrappers(name: str, who: str, measure: Measure) -> None:
    count = len(chunks_of(name))
    work = partial(WORKS[who], name)
    measure(work, section="wrappers", case=name, who=who, units=count, tokens=count)
