"""Ten thousand streams at once, and four threads at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial

import pytest

import partialjson
from benches.conftest import Record
from benches.turns import Work, in_turn
from benches.workloads import ONE_SHOT, different_profiles, workload

STREAMS = 10_000
# Documents differ, as those of different users do.
DOCUMENTS = 100
THREADS = 4

# For each of two that take turns.
SECONDS = 0.5

Feed = Callable[[str], object]
FEEDS: dict[str, Callable[[partialjson.Parser], Feed]] = {
    "write": lambda parser: parser.write,
    "feed": lambda parser: parser.feed,
}


def streams() -> list[list[str]]:
    """The tokens of different profiles, each as long as the shortest of them."""
    tokens = different_profiles(DOCUMENTS)
    shortest = min(map(len, tokens))
    return [each[:shortest] for each in tokens]


def round_robin(how: str) -> Work:
    """One token to each of the streams in turn, then the next token to each."""
    tokens = streams()
    rounds = [list(each) * (STREAMS // DOCUMENTS) for each in zip(*tokens, strict=True)]

    def work() -> None:
        parsers = [partialjson.Parser() for _ in range(STREAMS)]
        feeds = [FEEDS[how](parser) for parser in parsers]
        for each in rounds:
            for feed, token in zip(feeds, each, strict=True):
                feed(token)

    return Work(work, STREAMS * len(rounds))


def one_after_the_other(how: str) -> Work:
    """The same tokens, as often, and the same two loops, one stream after the other."""
    tokens = streams() * (STREAMS // DOCUMENTS)

    def work() -> None:
        for each in tokens:
            feeds = [FEEDS[how](partialjson.Parser())] * len(each)
            for feed, token in zip(feeds, each, strict=True):
                feed(token)

    return Work(work, sum(map(len, tokens)))


@pytest.mark.parametrize("who", ["10,000 streams", "one stream"])
@pytest.mark.parametrize("how", FEEDS)
def test_many_streams(how: str, who: str, turn: int, record: Record) -> None:
    record(lambda: streams_in_turn(how, turn)[who], section="many", case=how, who=who)


@cache
def streams_in_turn(how: str, _turn: int) -> dict[str, float]:
    works = {"10,000 streams": round_robin(how), "one stream": one_after_the_other(how)}
    return in_turn(works, SECONDS)


def parse_all(documents: list[bytes]) -> list[object]:
    return [partialjson.loads(data) for data in documents]


def stream_all(documents: list[list[str]]) -> list[object]:
    values = []
    for tokens in documents:
        parser = partialjson.Parser()
        for token in tokens:
            parser.feed(token)
        values.append(parser.finish())
    return values


def in_threads(work: Callable[[], list[object]], threads: int) -> list[list[object]]:
    with ThreadPoolExecutor(threads) as pool:
        futures = [pool.submit(work) for _ in range(threads)]
        return [future.result() for future in futures]


THREADED: dict[str, Callable[[], Callable[[], list[object]]]] = {
    "loads": lambda: partial(
        parse_all, [workload(name).data for name in ONE_SHOT if name != "canada"]
    ),
    "feed": lambda: partial(
        stream_all, [workload(name).tokens for name in ("report", "unicode", "extraction")]
    ),
}


@pytest.mark.parametrize("who", ["four threads", "one thread"])
@pytest.mark.parametrize("what", THREADED)
def test_threads(what: str, who: str, turn: int, record: Record) -> None:
    record(lambda: threads_in_turn(what, turn)[who], section="threads", case=what, who=who)


@cache
def threads_in_turn(what: str, _turn: int) -> dict[str, float]:
    work = THREADED[what]()
    expected = work()
    assert in_threads(work, THREADS) == [expected] * THREADS

    def four_times() -> list[list[list[object]]]:
        # Threads hold all their values until the last is through, and so does this one.
        return [in_threads(work, 1) for _ in range(THREADS)]

    works = {
        "four threads": Work(partial(in_threads, work, THREADS), THREADS),
        "one thread": Work(four_times, THREADS),
    }
    # By the clock, for CPU time would not show threads that wait for each other.
    return in_turn(works, SECONDS, time.perf_counter)
