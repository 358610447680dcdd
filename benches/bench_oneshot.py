"""A whole document at once: megabytes per second, the time to drop the result included."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import TypeVar

import jiter
import pytest

import partialjson
from benches import peers
from benches.conftest import SECONDS, Record
from benches.targets import UNCACHED
from benches.turns import Work, in_turn
from benches.workloads import ONE_SHOT, Workload, workload

Text = TypeVar("Text", bytes, str)

FROM_BYTES: dict[str, Callable[[bytes], object]] = {
    "partialjson": partialjson.loads,
    **peers.FROM_BYTES,
    UNCACHED: lambda data: jiter.from_json(data, cache_mode="none"),
}
FROM_STR: dict[str, Callable[[str], object]] = {"partialjson": partialjson.loads, **peers.FROM_STR}

# Where a document has no more than a handful of strings, few can be new.
MANY_STRINGS = [
    "tool_call",
    "profile",
    "report",
    "extraction",
    "unicode",
    "shapes",
    "twitter",
    "citm_catalog",
]
# What no document before had: the strings that are no keys, as is usual, or the keys.
NEW = {"bytes, fresh": Workload.new_strings, "bytes, cold": Workload.new_keys}
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
def anew(section: str, name: str, _turn: int) -> dict[str, float]:
    """What one document takes each of them, of such as are made anew."""
    new = partial(NEW[section], workload(name))
    return in_turn({who: new_passes(f, new) for who, f in FROM_BYTES.items()}, SECONDS)


@pytest.mark.parametrize("who", FROM_BYTES)
@pytest.mark.parametrize("name", ONE_SHOT)
def test_bytes_warm(name: str, who: str, turn: int, record: Record) -> None:
    """The same document again and again: every key is one that was seen a moment ago."""
    size = len(workload(name).data)
    one = f"{who}, bytes"
    record(lambda: warm(name, turn)[one], section="bytes, warm", case=name, who=who, size=size)


@pytest.mark.parametrize("who", FROM_BYTES)
@pytest.mark.parametrize("name", MANY_STRINGS)
@pytest.mark.parametrize("section", NEW)
def test_bytes_anew(section: str, name: str, who: str, turn: int, record: Record) -> None:
    """Documents of one shape that have no such string in common: none was ever seen before."""
    size = len(NEW[section](workload(name), 1)[0])
    record(lambda: anew(section, name, turn)[who], section=section, case=name, who=who, size=size)


@pytest.mark.parametrize("who", FROM_STR)
@pytest.mark.parametrize("name", ONE_SHOT)
def test_str_warm(name: str, who: str, turn: int, record: Record) -> None:
    size = len(workload(name).data)
    one = f"{who}, str"
    record(lambda: warm(name, turn)[one], section="str", case=name, who=who, size=size)
