"""A whole document at once: megabytes per second, the time to drop the result included."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import TypeVar

import pytest

import partialjson
from benches import peers
from benches.conftest import SECONDS, Record
from benches.turns import Work, in_turn
from benches.workloads import ONE_SHOT, workload

Text = TypeVar("Text", bytes, str)

FROM_BYTES: dict[str, Callable[[bytes], object]] = {
    "partialjson": partialjson.loads,
    **peers.FROM_BYTES,
}
FROM_STR: dict[str, Callable[[str], object]] = {"partialjson": partialjson.loads, **peers.FROM_STR}

# Where a document has no more than a handful of strings, few can be new.
KEYED = [
    "tool_call",
    "profile",
    "report",
    "extraction",
    "unicode",
    "shapes",
    "twitter",
    "citm_catalog",
]
# So much at least before the clock is read again.
BYTES = 200_000


def passes(parse: Callable[[Text], object], documents: Sequence[Text]) -> Work:
    """One document after the other, each dropped before the next is parsed."""

    def run() -> None:
        for data in documents:
            parse(data)

    return Work(run, len(documents))


def new_passes(parse: Callable[[bytes], object], new: Callable[[int], list[bytes]]) -> Work:
    """The same, of documents that are made anew before the clock starts."""
    documents = new(-(-BYTES // len(new(1)[0])))

    def prepare() -> None:
        documents[:] = new(len(documents))

    return replace(passes(parse, documents), prepare=prepare)


@cache
def warm(name: str, _turn: int) -> dict[str, float]:
    """What one document takes each of them, from bytes and from str."""
    each = workload(name)
    times = -(-BYTES // len(each.data))
    works = {f"{who}, bytes": passes(f, [each.data] * times) for who, f in FROM_BYTES.items()}
    works |= {f"{who}, str": passes(f, [each.text] * times) for who, f in FROM_STR.items()}
    return in_turn(works, SECONDS)


@cache
def cold(name: str, _turn: int) -> dict[str, float]:
    """What one document takes each of them, its keys new."""
    new = workload(name).new_keys
    return in_turn({who: new_passes(f, new) for who, f in FROM_BYTES.items()}, SECONDS)


@cache
def fresh(name: str, _turn: int) -> dict[str, float]:
    """What one document takes each of them, its strings new."""
    new = workload(name).new_strings
    return in_turn({who: new_passes(f, new) for who, f in FROM_BYTES.items()}, SECONDS)


@pytest.mark.parametrize("who", FROM_BYTES)
@pytest.mark.parametrize("name", ONE_SHOT)
def test_bytes_warm(name: str, who: str, turn: int, record: Record) -> None:
    """The same document again and again: every key is one that was seen a moment ago."""
    size = len(workload(name).data)
    one = f"{who}, bytes"
    record(lambda: warm(name, turn)[one], section="bytes, warm", case=name, who=who, size=size)


@pytest.mark.parametrize("who", FROM_BYTES)
@pytest.mark.parametrize("name", KEYED)
def test_bytes_cold(name: str, who: str, turn: int, record: Record) -> None:
    """Documents of one shape, of which no two have a key in common: none was ever seen before."""
    size = len(workload(name).new_keys(1)[0])
    record(lambda: cold(name, turn)[who], section="bytes, cold", case=name, who=who, size=size)


@pytest.mark.parametrize("who", FROM_BYTES)
@pytest.mark.parametrize("name", KEYED)
def test_bytes_fresh(name: str, who: str, turn: int, record: Record) -> None:
    """Documents with the keys of those before, and of other strings none: the usual case."""
    size = len(workload(name).new_strings(1)[0])
    record(lambda: fresh(name, turn)[who], section="bytes, fresh", case=name, who=who, size=size)


@pytest.mark.parametrize("who", FROM_STR)
@pytest.mark.parametrize("name", ONE_SHOT)
def test_str_warm(name: str, who: str, turn: int, record: Record) -> None:
    size = len(workload(name).data)
    one = f"{who}, str"
    record(lambda: warm(name, turn)[one], section="str", case=name, who=who, size=size)
