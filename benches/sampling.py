"""What parsing everything again at every token costs, where doing so to the end takes too long."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from benches.clock import now


def sample(tokens: Sequence[str], count: int) -> list[str]:
    """``count`` beginnings of the stream, evenly spaced.

    Parsing is linear, so that their mean cost is the mean over all beginnings.
    """
    step = len(tokens) / count
    return ["".join(tokens[: int(step * (number + 0.5)) + 1]) for number in range(count)]


def affordable(parse: Callable[[str], object], tokens: Sequence[str], seconds: float) -> int:
    """How many beginnings can be parsed in about that time: at least 4, at most one per token."""
    longest = "".join(tokens[:-1])
    began = now()
    parse(longest)
    each = (now() - began) / 2
    return max(4, min(len(tokens), int(seconds / each)))
