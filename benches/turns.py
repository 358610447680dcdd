"""What is compared takes turns: whatever delays the machine then delays all alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from benches.clock import now

Who = TypeVar("Who")


@dataclass(frozen=True)
class Work:
    """Something to time, and how many tokens, calls or documents it is worth.

    What it needs anew each time is prepared before the clock starts.
    """

    run: Callable[[], object]
    units: int
    prepare: Callable[[], object] = lambda: None


def in_turn(
    works: dict[Who, Work], seconds: float, clock: Callable[[], Any] = now
) -> dict[Who, float]:
    """The least seconds per unit that each took: always that one is next that had less time.

    It ends when each has had about so many `seconds`.
    """
    for work in works.values():
        work.prepare()
        work.run()
    least = dict.fromkeys(works, float("inf"))
    spent = dict.fromkeys(works, 0.0)
    while min(spent.values()) < seconds:
        who = min(spent, key=spent.__getitem__)
        works[who].prepare()
        began = clock()
        works[who].run()
        took = clock() - began
        spent[who] += took
        least[who] = min(least[who], took / works[who].units)
    return least
