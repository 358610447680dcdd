"""Law 6 by the clock: twice the document, twice the time, whatever the document and its cuts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import pytest

import partialjson
from benches.clock import now
from benches.conftest import Record
from benches.families import FAMILIES, HELD_FAMILIES, Family

MEGABYTE = 1024 * 1024
# More than any document: that one comes in one chunk.
WHOLE = 1 << 30
SIZES = {
    64: [4 * MEGABYTE, 8 * MEGABYTE, 16 * MEGABYTE],
    1: [MEGABYTE // 2, MEGABYTE],
    WHOLE: [4 * MEGABYTE, 8 * MEGABYTE, 16 * MEGABYTE],
}
# A family is timed again and again for so long in each turn, and once at least.
SECONDS = 0.2
OPTIONS: dict[str, Any] = {"max_depth": None, "max_digits": None}

pytestmark = pytest.mark.usefixtures("turn")


def write_all(chunks: Sequence[bytes]) -> None:
    parser = partialjson.Parser(**OPTIONS)
    write = parser.write
    for chunk in chunks:
        write(chunk)
    parser.finish()


def hold_every_other(chunks: Sequence[bytes]) -> None:
    parser = partialjson.Parser(**OPTIONS)
    feed = parser.feed
    for number, chunk in enumerate(chunks):
        value = feed(chunk)
        if number % 2:
            held = value  # noqa: F841  until the next one that is
    parser.finish()


def growth(
    family: Family, chunk: int, parse: Callable[[Sequence[bytes]], None], found: dict[str, Any]
) -> float:
    """The largest time(2n) / time(n), by the least time that each size took in any round."""
    streams = []
    for size in SIZES[chunk]:
        data = family(size).encode()
        streams.append([data[at : at + chunk] for at in range(0, len(data), chunk)])
    least = [float("inf")] * len(streams)
    spent = 0.0
    while True:
        for number, chunks in enumerate(streams):
            began = now()
            parse(chunks)
            took = now() - began
            least[number] = min(least[number], took)
            spent += took
        if spent > SECONDS:
            break
    found.update(sizes=SIZES[chunk], seconds=least)
    return max(later / earlier for earlier, later in pairwise(least))


def section(chunk: int) -> str:
    return "growth, whole" if chunk == WHOLE else f"growth, {chunk}"


@pytest.mark.parametrize("chunk", SIZES)
@pytest.mark.parametrize("name", FAMILIES)
def test_growth(name: str, chunk: int, record: Record) -> None:
    found: dict[str, Any] = {}
    work = partial(growth, FAMILIES[name], chunk, write_all, found)
    record(work, section=section(chunk), case=name, who="partialjson", found=found)


@pytest.mark.parametrize("chunk", SIZES)
@pytest.mark.parametrize("name", HELD_FAMILIES)
def test_growth_held(name: str, chunk: int, record: Record) -> None:
    found: dict[str, Any] = {}
    work = partial(growth, HELD_FAMILIES[name], chunk, hold_every_other, found)
    record(work, section=section(chunk), case=name, who="partialjson", found=found)
