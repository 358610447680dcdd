"""What one more token costs after so many, along one stream of a megabyte: the README's picture."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice

import pytest

import partialjson
from benches import growing, peers
from benches.clock import now
from benches.conftest import Record
from benches.workloads import LARGE, workload

POSITIONS = [10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000, 250_000]
# Tokens over which the clock runs, after each position.
WINDOW = 20
PASSES = 3
# A peer that needs longer than this for one value is not asked for the later ones.
LONGEST = 0.1


def held(tokens: Iterable[str]) -> None:
    for value in partialjson.iterparse(tokens):  # noqa: B007
        pass


def live(tokens: Iterable[str]) -> None:
    for value in partialjson.iterparse(tokens, values="live"):  # noqa: B007
        pass


INCREMENTAL: dict[str, Callable[[Iterable[str]], None]] = {
    "partialjson": held,
    "partialjson, live value": live,
    "jsonriver": peers.jsonriver_stream,
}
REPARSERS: dict[str, Callable[[str], object]] = {
    "jiter, growing buffer": lambda text: growing.from_beginning(text.encode()),
    **{
        who: peers.REPARSERS[who]
        for who in ("partial-json-parser", "fast-json-repair", "json-repair")
    },
}


def watched(took: list[float]) -> Iterator[str]:
    """The tokens; notes in ``took`` how long the consumer spent on one, in each of the windows."""
    tokens = iter(workload(LARGE).tokens)
    received = 0
    for position in POSITIONS:
        yield from islice(tokens, position - received)
        began = now()
        yield from islice(tokens, WINDOW)
        took.append((now() - began) / WINDOW)
        received = position + WINDOW
    yield from tokens


def along_the_stream(consume: Callable[[Iterable[str]], None], found: dict[str, object]) -> float:
    passes: list[list[float]] = []
    for _ in range(PASSES):
        took: list[float] = []
        consume(watched(took))
        passes.append(took)
    least: list[float] = [min(each) for each in zip(*passes, strict=True)]
    found.update(tokens=POSITIONS, seconds=least)
    return least[-1]


def at_each_position(parse: Callable[[str], object], found: dict[str, object]) -> float:
    least: list[float] = []
    for position in POSITIONS:
        text = "".join(workload(LARGE).tokens[:position])
        times = []
        for _ in range(PASSES):
            began = now()
            parse(text)
            times.append(now() - began)
        least.append(min(times))
        if least[-1] > LONGEST:
            break
    found.update(tokens=POSITIONS[: len(least)], seconds=least)
    return least[-1]


@pytest.mark.parametrize("who", [*INCREMENTAL, *REPARSERS])
def test_curve(who: str, record: Record) -> None:
    found: dict[str, object] = {}
    if who in INCREMENTAL:
        work = partial(along_the_stream, INCREMENTAL[who], found)
    else:
        work = partial(at_each_position, REPARSERS[who], found)
    record(work, section="curve", case=LARGE, who=who, found=found)
