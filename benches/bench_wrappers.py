"""What `from_openai`'s streams add to the SDK's bare iteration and to parsing: µs per chunk.

Chunks are the SDK's own objects, made beforehand, so that HTTP and the SDK's decoding, which is the
same for all, do not hide it. ``python -m benches.bench_wrappers`` prints the figures alone.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import TYPE_CHECKING

import pytest

from benches.clock import now
from benches.typed import TYPED, tokens_of
from partialjson import MISSING, ModelParser, stream

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletionChunk

    from benches.conftest import Measure

openai = pytest.importorskip("openai")

CASES = ["profile", "report"]
TARGET_US = 2.0
REPEAT = 30


@cache
def chunks_of(name: str) -> list[ChatCompletionChunk]:
    """One chunk with a part of a tool call's arguments for each token of a document."""
    from openai.types.chat import ChatCompletionChunk

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
    for token in tokens_of(name):
        value = parser.advance(token)
        if value is not MISSING:
            shown = value  # noqa: F841
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


def overheads_us() -> Iterator[tuple[str, float, float, float]]:
    """For each case the best times of parsing and of all of it, and what is neither, per chunk."""
    for name in CASES:
        count = len(chunks_of(name))
        best = dict.fromkeys(WORKS, float("inf"))
        # As the harness does: the chunks, of which there are many, are no garbage.
        gc.collect()
        gc.freeze()
        for _ in range(REPEAT):
            # By turns, so that what else the machine does spoils all alike.
            for who, work in WORKS.items():
                began = now()
                work(name)
                best[who] = min(best[who], (now() - began) * 1e6 / count)
        without = best["SDK, bare"] + best["parsing alone"]
        yield name, best["parsing alone"], best["partialjson"], best["partialjson"] - without


if __name__ == "__main__":
    for name, parsed, all_of_it, added in overheads_us():
        verdict = "PASS" if added <= TARGET_US else "FAIL"
        print(
            f"{name:10} parsing {parsed:5.2f}  with the stream {all_of_it:5.2f}"
            f"  added {added:5.2f} µs per chunk (<= {TARGET_US:g})  {verdict}"
        )
