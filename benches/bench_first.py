"""Where it began: a 9 KB report in pieces of four characters, a value after every one of them.

The same `str` chunks go to both, each value is held by the loop variable until the next one takes
its place, and ours has to be five times as fast as jiter on a growing buffer. To run it alone::

    make bench FILES=benches/bench_first.py
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

import partialjson
from benches import growing
from benches.conftest import Measure
from benches.workloads import cut, workload


def held(chunks: list[str]) -> None:
    for value in partialjson.iterparse(chunks):  # noqa: B007
        pass


LOOPS: dict[str, Callable[[list[str]], None]] = {
    "partialjson": held,
    "jiter": growing.from_tokens,
}


@pytest.mark.parametrize("who", LOOPS)
def test_report_by_four_characters(who: str, measure: Measure) -> None:
    chunks = cut(workload("report").text, 4, 4)
    work = partial(LOOPS[who], chunks)
    measure(work, section="first", case="report", who=who, units=len(chunks))
