"""How a case is measured, and what is written down about it."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from typing import Any, Protocol

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benches.clock import now

# Everything is measured this often, each time after everything else: a machine that is busy for a
# minute spoils a turn or two of each, and the report takes the best.
TURNS = int(os.environ.get("TURNS", "7"))
# For one case in one turn.
SECONDS = 0.04
# So long that reading the clock costs nothing.
ROUND_SECONDS = 0.002


class Measure(Protocol):
    """Times ``work``, which does ``units`` units of work and drops all that it made.

    ``section``, ``case`` and ``who`` say which cell of which table the time belongs in; ``notes``
    are kept beside it.
    """

    def __call__(
        self,
        work: Callable[[], object],
        *,
        section: str,
        case: str,
        who: str,
        units: int = 1,
        **notes: Any,
    ) -> None: ...


class Record(Protocol):
    """Writes down a figure that was measured in some other way than by timing a callable."""

    def __call__(
        self,
        figure: Callable[[], float],
        *,
        section: str,
        case: str,
        who: str,
        **notes: Any,
    ) -> None: ...


@pytest.fixture(scope="session", autouse=True)
def _nothing_old_to_collect() -> None:
    """Keeps the harness' own objects out of every garbage collection that a parser sets off."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", params=range(TURNS))
def turn(request: pytest.FixtureRequest) -> int:
    """Which turn it is; pytest goes through all cases before it comes to the next one."""
    number: int = request.param
    return number


@pytest.fixture
def measure(benchmark: BenchmarkFixture, turn: int) -> Measure:
    def measure(
        work: Callable[[], object],
        *,
        section: str,
        case: str,
        who: str,
        units: int = 1,
        **notes: Any,
    ) -> None:
        benchmark.extra_info.update(section=section, case=case, who=who, units=units, notes=notes)
        iterations, rounds = plan(work)
        run: Any = benchmark.pedantic
        run(work, iterations=iterations, rounds=rounds)

    return measure


def plan(work: Callable[[], object]) -> tuple[int, int]:
    """Iterations per round and rounds, so that they take about `SECONDS`; warms up, too."""
    iterations, took = 1, seconds(work, 1)
    while took < ROUND_SECONDS:
        iterations *= 2
        took = seconds(work, iterations)
    return iterations, max(1, round(SECONDS / took))


def seconds(work: Callable[[], object], iterations: int) -> float:
    began = now()
    for _ in range(iterations):
        work()
    return now() - began


@pytest.fixture
def record(benchmark: BenchmarkFixture) -> Record:
    def record(
        figure: Callable[[], float],
        *,
        section: str,
        case: str,
        who: str,
        **notes: Any,
    ) -> None:
        run: Any = benchmark.pedantic
        value = run(figure, rounds=1, iterations=1)
        benchmark.extra_info.update(section=section, case=case, who=who, figure=value, notes=notes)

    return record
