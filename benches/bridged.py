"""Instructor's own `Partial`, or ours in its place, on the text that its handlers hand to either.

Run as ``python -m benches.bridged CASE alone|ours`` by Instructor's environment's interpreter, it
prints the seconds per token.
"""

from __future__ import annotations

import json
import sys
from importlib import metadata
from typing import Any

from instructor.dsl.partial import Partial as InstructorPartial

from benches.clock import now
from benches.elsewhere import ROUNDS
from benches.typed import TYPED, tokens_of
from partialjson.instructor import Partial

PARTIALS: dict[str, Any] = {"alone": InstructorPartial, "ours": Partial}


def main(name: str, whose: str) -> None:
    """Times `model_from_chunks`, to which each handler's stream comes down."""
    partial = PARTIALS[whose][TYPED[name][0]]
    tokens = tokens_of(name)
    took = min(whole_stream(partial, tokens) for _ in range(ROUNDS)) / len(tokens)
    print(json.dumps({"seconds": took, "version": metadata.version("instructor")}))


def whole_stream(partial: Any, tokens: list[str]) -> float:
    """Seconds for all tokens; values are held by the loop variable."""
    began = now()
    for value in partial.model_from_chunks(iter(tokens)):  # noqa: B007
        pass
    return now() - began


if __name__ == "__main__":
    main(*sys.argv[1:])
