"""A best-effort value after every token: microseconds per token.

Every loop holds its last value in the loop variable, as a caller's would, and drops all that it
made before the clock stops.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any

import pytest

import partialjson
from benches import growing, peers
from benches.conftest import SECONDS, Measure, Record
from benches.elsewhere import timed_in
from benches.sampling import affordable, sample
from benches.targets import AT_ONCE, OURS
from benches.turns import Work, in_turn
from benches.workloads import LARGE, STREAMED, Workload, different_profiles, workload

JITER = "jiter"
EVERY = 50
# What a pass may take before a peer that parses everything again is sampled. All of `extraction`
# takes jiter 2 to 3 seconds; everything smaller it is given to the end.
JITER_SECONDS = 1.0
OTHERS_SECONDS = 0.1
HELD = [*STREAMED, LARGE]


def held(chunks: Sequence[Any]) -> None:
    for value in partialjson.iterparse(chunks):  # noqa: B007
        pass


def looked_at_sometimes(tokens: list[str]) -> None:
    parser = partialjson.Parser()
    write = parser.write
    for at in range(0, len(tokens), EVERY):
        for token in tokens[at : at + EVERY]:
            write(token)
        held = parser.value
        del held
    parser.finish()


def live(tokens: list[str]) -> None:
    for value in partialjson.iterparse(tokens, values="live"):  # noqa: B007
        pass


INCREMENTAL: dict[str, Callable[[list[str]], None]] = {
    OURS: held,
    "jsonriver": peers.jsonriver_stream,
}
# Beside our live values: one object that changes in place, whoever holds it. Of ijson's, an open
# string is not seen.
LIVE: dict[str, Callable[[list[str]], None]] = {
    "jsonriver": peers.jsonriver_stream,
    "ijson": peers.ijson_push,
}
# Those that are through with a megabyte in less than an hour, or are worth a sample.
UNLIMITED = [JITER, *INCREMENTAL]


# All peers take their turn at a document before the next one comes: what else the machine was
# doing then, it did to all of them.
@pytest.mark.parametrize("who", [*INCREMENTAL, *peers.REPARSERS_OF_BYTES, *peers.REPARSERS])
@pytest.mark.parametrize("name", HELD)
def test_held(name: str, who: str, measure: Measure) -> None:
    if name == LARGE and who not in UNLIMITED:
        pytest.skip("a megabyte would take hours")
    tokens = workload(name).tokens
    if who in peers.REPARSERS_OF_BYTES:
        of_bytes = peers.REPARSERS_OF_BYTES[who]
        stream = partial(growing.from_tokens, tokens, of_bytes)
        reparse(measure, name, who, lambda text: of_bytes(text.encode()), stream)
    elif who in peers.REPARSERS:
        parse = peers.REPARSERS[who]
        reparse(measure, name, who, parse, partial(peers.growing_text, parse, tokens))
    else:
        work = partial(INCREMENTAL[who], tokens)
        measure(work, section="held", case=name, who=who, units=len(tokens), tokens=len(tokens))


def reparse(
    measure: Measure,
    name: str,
    who: str,
    parse: Callable[[str], object],
    stream: Callable[[], None],
) -> None:
    """Times the whole stream, or as many beginnings of the document as the seconds allow."""
    tokens = workload(name).tokens
    seconds = JITER_SECONDS if who == JITER else OTHERS_SECONDS
    count = affordable(parse, tokens, seconds)
    work = stream
    if count < len(tokens):
        prefixes = sample(tokens, count)

        def work() -> None:
            for prefix in prefixes:
                value = parse(prefix)  # noqa: F841  held, as a caller would

    measure(
        work, section="held", case=name, who=who, units=count, sampled=count, tokens=len(tokens)
    )


@pytest.mark.parametrize("name", STREAMED)
def test_namesake_held(name: str, record: Record) -> None:
    found: dict[str, Any] = {}

    def figure() -> float:
        found.update(timed_in("bench-namesake", "benches.namesake", name, str(OTHERS_SECONDS)))
        return float(found["seconds"])

    tokens = len(workload(name).tokens)
    record(figure, section="held", case=name, who="partialjson 1.x", found=found, tokens=tokens)


# The same loop, the stream cut in other ways.
CUTS: dict[str, Callable[[Workload], Sequence[Any]]] = {
    "bytes": lambda each: each.byte_tokens,
    "characters": lambda each: each.characters,
    "1 KB frames": lambda each: each.frames,
}


@pytest.mark.parametrize("how", CUTS)
@pytest.mark.parametrize("who", [OURS, JITER])
@pytest.mark.parametrize("name", STREAMED)
def test_held_cut_otherwise(name: str, who: str, how: str, measure: Measure) -> None:
    if who == JITER and name == "extraction" and how != "1 KB frames":
        pytest.skip("would take minutes, and the tokens have shown it")
    chunks = CUTS[how](workload(name))
    again = growing.from_tokens if how == "characters" else growing.from_byte_chunks
    work = partial(held if who == OURS else again, chunks)
    measure(work, section=how, case=name, who=who, units=len(chunks))


@pytest.mark.parametrize("who", LIVE)
@pytest.mark.parametrize("name", HELD)
def test_live_peers(name: str, who: str, measure: Measure) -> None:
    tokens = workload(name).tokens
    measure(partial(LIVE[who], tokens), section="live", case=name, who=who, units=len(tokens))


# What a token costs where no value is held, beside one call of jiter's for all of `tool_call`.
# The documents take turns, too, for what is asked for is the ratio of the longest to a short one.
LOOPS: dict[str, Callable[[list[str]], None]] = {"not held": looked_at_sometimes, "live": live}
CALLS = 1000
# A profile again and again is so short that a processor learns its turns by heart, as it cannot
# those of a megabyte: so there are others, too, one after the other.
PROFILES = 400
OTHERS = f"{PROFILES} profiles"


@pytest.mark.parametrize("who", [OURS, AT_ONCE])
@pytest.mark.parametrize("name", [*HELD, OTHERS])
@pytest.mark.parametrize("how", LOOPS)
def test_not_held(name: str, how: str, who: str, turn: int, record: Record) -> None:
    whose = name if who == OURS else AT_ONCE
    record(lambda: per_token(how, turn)[whose], section=how, case=name, who=who)


@cache
def per_token(how: str, _turn: int) -> dict[str, float]:
    loop, others = LOOPS[how], different_profiles(PROFILES)
    works = {
        name: Work(partial(loop, workload(name).tokens), len(workload(name).tokens))
        for name in HELD
    }
    works[OTHERS] = Work(partial(each, loop, others), sum(map(len, others)))
    works[AT_ONCE] = Work(parse_at_once, CALLS)
    return in_turn(works, SECONDS)


def each(loop: Callable[[list[str]], None], documents: list[list[str]]) -> None:
    for tokens in documents:
        loop(tokens)


def parse_at_once() -> None:
    data = workload("tool_call").data
    parse = peers.FROM_BYTES[JITER]
    for _ in range(CALLS):
        parse(data)
