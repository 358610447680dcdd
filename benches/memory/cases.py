"""What is counted, one case per process: ``python -m benches.memory.cases CASE WHO WORKLOAD``.

Runs under the preloaded counter and prints its figures as JSON.
"""

from __future__ import annotations

import ctypes
import gc
import json
import sys
from collections.abc import Callable
from typing import Any

import partialjson
from benches.workloads import cut, workload

COUNTER = ctypes.CDLL(None)
COUNTER.counter_live.restype = COUNTER.counter_peak.restype = ctypes.c_size_t
USABLE_SIZE = COUNTER.malloc_usable_size
USABLE_SIZE.argtypes, USABLE_SIZE.restype = [ctypes.c_void_p], ctypes.c_size_t
PARSERS = 1000
STREAMS = 10_000
GENERATIONS = 3


def live() -> int:
    """Bytes that malloc has out, once the interpreter's own free lists are empty."""
    gc.collect()
    count: int = COUNTER.counter_live()
    return count


def one_shot(who: str, name: str) -> dict[str, int]:
    """The most that a parse has out, and what its result takes in the end.

    Keys and other strings that the parser keeps for later are the result's, too: what they take is
    part of it, and of what is kept.
    """
    parse = parser_of(who)
    data = workload(name).data
    workload.cache_clear()
    # Whatever is set up once per process is set up now.
    parse(b'{"first": [1.5, "second"]}')
    before = live()
    COUNTER.counter_restart()
    value = parse(data)
    peak = COUNTER.counter_peak() - before
    with_value = live()
    strings = strings_of(value)
    del value
    counts = reference_counts(strings)
    kept = (each for each, n in zip(strings, counts, strict=True) if n > HELD_BY_US)
    shared = sum(USABLE_SIZE(id(each)) for each in kept)
    del strings, counts, kept
    without = live()
    return {
        "result": with_value - without + shared,
        "peak": peak,
        "kept": without - before,
        "document": len(data),
    }


def strings_of(value: object) -> list[str]:
    """All strings in there, keys and values, each once."""
    found: dict[int, str] = {}
    remaining: list[object] = [value]
    while remaining:
        each = remaining.pop()
        if isinstance(each, str):
            found[id(each)] = each
        elif isinstance(each, dict):
            remaining += [*each, *each.values()]
        elif isinstance(each, list):
            remaining += each
    # The interpreter itself keeps those of one character.
    return [each for each in found.values() if len(each) > 1]


def reference_counts(strings: list[str]) -> list[int]:
    """Of each string; the list's own reference and this function's are in it."""
    return [sys.getrefcount(each) for each in strings]


# Of a string that only such a list holds.
HELD_BY_US = reference_counts(["".join(("no", "body's"))])[0]


def parser_of(who: str) -> Callable[[bytes], object]:
    """That parser's one call, with no other parser imported."""
    if who == "partialjson":
        return partialjson.loads
    from benches import peers

    return peers.FROM_BYTES[who]


def open_parser(_: str, name: str) -> dict[str, float]:
    """What a parser that is open on the first kilobyte costs, and what its value does."""
    tokens = cut(workload(name).text[:1024], 2, 6)[:-1]

    def opened() -> partialjson.Parser:
        parser = partialjson.Parser()
        for token in tokens:
            parser.feed(token)
        return parser

    parsers = [opened() for _ in range(PARSERS)]
    values = [parser.value for parser in parsers]
    del parsers, values
    # Slots are there before the count begins, so that the lists do not come into it.
    slots: list[Any] = [None] * PARSERS
    held: list[Any] = [None] * PARSERS
    before = live()
    for number in range(PARSERS):
        slots[number] = opened()
    with_parsers = live() - before
    for number in range(PARSERS):
        held[number] = slots[number].value
    slots.clear()
    without = live() - before
    return {"parser_and_value": with_parsers / PARSERS, "value": without / PARSERS}


def many_streams(_: str, name: str) -> dict[str, list[int]]:
    """What is out after each generation of ten thousand streams has come and gone."""
    tokens = workload(name).tokens

    def generation() -> int:
        parsers = [partialjson.Parser() for _ in range(STREAMS)]
        for token in tokens:
            for parser in parsers:
                parser.write(token)
        return sum(parser.finish() is not None for parser in parsers)

    out = []
    for _generation in range(GENERATIONS):
        assert generation() == STREAMS
        out.append(live())
    return {"out": out}


if __name__ == "__main__":
    case, who, name = sys.argv[1:]
    cases = {each.__name__: each for each in (one_shot, open_parser, many_streams)}
    print(json.dumps(cases[case](who, name)))
