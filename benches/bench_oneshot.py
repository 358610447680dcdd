"""A whole document at once: megabytes per second, the time to drop the result included."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import TypeVar

import pytest

import partialjson
from benches import peers
from benches.conftest import Measure
from benches.workloads import ONE_SHOT, workload

Text = TypeVar("Text", bytes, str)

FROM_BYTES: dict[str, Callable[[bytes], object]] = {
    "partialjson": partialjson.loads,
    **peers.FROM_BYTES,
}
FROM_STR: dict[str, Callable[[str], object]] = {"partialjson": partialjson.loads, **peers.FROM_STR}

# Where a document has no more than a handful of keys, there is nothing to be cold.
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
COLD_BYTES = 4_000_000
# More keys than any cache holds, at 8 keys per document.
COLD_DOCUMENTS = 5000


def drop(parse: Callable[[Text], object], data: Text) -> None:
    parse(data)


def drop_all(parse: Callable[[bytes], object], documents: list[bytes]) -> None:
    for data in documents:
        parse(data)


@cache
def variants(name: str) -> list[bytes]:
    each = workload(name)
    return each.variants(min(COLD_DOCUMENTS, COLD_BYTES // len(each.data)))


@pytest.mark.parametrize("who", FROM_BYTES)
@pytest.mark.parametrize("name", ONE_SHOT)
def test_bytes_warm(name: str, who: str, measure: Measure) -> None:
    """The same document again and again: every key is one that was seen a moment ago."""
    data = workload(name).data
    work = partial(drop, FROM_BYTES[who], data)
    measure(work, section="bytes, warm", case=name, who=who, size=len(data))


@pytest.mark.parametrize("who", FROM_BYTES)
@pytest.mark.parametrize("name", KEYED)
def test_bytes_cold(name: str, who: str, measure: Measure) -> None:
    """Documents of one shape, of which no two have a key in common."""
    documents = variants(name)
    count = len(documents)
    size = sum(map(len, documents)) / count
    work = partial(drop_all, FROM_BYTES[who], documents)
    measure(work, section="bytes, cold", case=name, who=who, units=count, size=size)


@pytest.mark.parametrize("who", FROM_STR)
@pytest.mark.parametrize("name", ONE_SHOT)
def test_str_warm(name: str, who: str, measure: Measure) -> None:
    each = workload(name)
    work = partial(drop, FROM_STR[who], each.text)
    size, ascii = len(each.data), each.text.isascii()
    measure(work, section="str", case=name, who=who, size=size, ascii=ascii)
