"""Instructor's `Partial`, which pins an older jiter.

Run as ``python -m benches.instructed CASE SECONDS`` by its own environment's interpreter, it prints
the seconds per token and how many beginnings of the document they were taken from.
"""

from __future__ import annotations

import json
import sys
from importlib import metadata
from typing import Any

from instructor.dsl.partial import Partial, process_potential_object

from benches.clock import now
from benches.elsewhere import ROUNDS, best_of
from benches.sampling import affordable, sample
from benches.typed import TYPED, tokens_of


def main(name: str, seconds: float) -> None:
    """Times `model_from_chunks`; or what it calls for each chunk, where that would take too long.

    The latter is given evenly spaced beginnings of the document.
    """
    model, _ = TYPED[name]
    tokens = tokens_of(name)
    partial: Any = Partial[model]
    target = partial.get_partial_model()

    def parse(text: str) -> object:
        return process_potential_object(text, "trailing-strings", target)

    count = affordable(parse, tokens, seconds)
    if count == len(tokens):
        took = min(whole_stream(partial, tokens) for _ in range(ROUNDS)) / count
    else:
        took = best_of(parse, sample(tokens, count))
    version = metadata.version("instructor")
    print(json.dumps({"seconds": took, "sampled": count, "version": version}))


def whole_stream(partial: Any, tokens: list[str]) -> float:
    """Seconds for all tokens."""
    began = now()
    for value in partial.model_from_chunks(tokens):  # noqa: B007
        pass
    return now() - began


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
