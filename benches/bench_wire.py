"""What the wire costs: bytes for each byte of text, and time for each delta.

``python -m benches.bench_wire`` prints both beside their targets; 1 if one is missed. The bytes are
the same on every machine: time is virtual there.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from random import Random
from typing import Any, NamedTuple

from benches.clock import now
from benches.workloads import cut, workload
from partialjson import Broadcast, Delta, Event, Parser, sse, ws
from partialjson._wire import Profile, delta_data

# Four characters, as one says of the tokens of English.
TEXT = json.dumps({"text": "abcd" * 2560})
TOKENS = [TEXT[at : at + 4] for at in range(0, len(TEXT), 4)]
STREAM = "r7"


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop that does not wait: its clock is moved on instead."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        loop: Any = self
        select = loop._selector.select

        def at_once(timeout: float | None) -> Any:
            self._now += timeout or 0
            return select(0)

        loop._selector.select = at_once

    def time(self) -> float:
        """Seconds that would have passed."""
        return self._now


def events(
    tokens: Sequence[str], pauses: Iterator[float], profile: Profile, min_interval: float
) -> list[Event]:
    """All that one viewer is told of a stream whose tokens come after these pauses."""

    async def source() -> AsyncIterator[str]:
        for token, pause in zip(tokens, pauses, strict=False):
            await asyncio.sleep(pause)
            yield token

    async def follow() -> list[Event]:
        broadcast = Broadcast(source(), stream=STREAM, min_interval=min_interval)
        viewer = broadcast.view(None, profile)
        broadcast.start()
        return [event async for event in viewer]

    loop = VirtualLoop()
    try:
        return loop.run_until_complete(follow())
    finally:
        loop.close()


def steady(rate: float) -> Iterator[float]:
    """Pauses that are all the same."""
    while True:
        yield 1 / rate


def irregular(rate: float) -> Iterator[float]:
    """Pauses as those between calls at an exchange: any may be short or long."""
    random = Random(7)
    while True:
        yield random.expovariate(rate)


class Size(NamedTuple):
    """A way to send the text, and how many bytes it takes for each of it."""

    name: str
    ratio: float
    target: float | None = None


def sizes() -> Iterator[Size]:
    """Over SSE, if nothing else is said; what is not ours is computed as it would be sent."""

    def ratio(pauses: Iterator[float], profile: Profile = "delta", gather: float = 0) -> float:
        sent = events(TOKENS, pauses, profile, gather)
        return sum(len(sse.frame(event)) for event in sent) / len(TEXT)

    yield Size("delta, an event for each token", ratio(steady(100)), 9)
    told = events(TOKENS, steady(100), "delta", 0)
    yield Size("the same over WebSocket", sum(len(ws.message(e)) for e in told) / len(TEXT))
    for name, pauses in (("steady", steady), ("irregular", irregular)):
        ratio_gathered = ratio(pauses(100), gather=0.03)
        yield Size(f"delta, gathered for 30 ms, {name}", ratio_gathered, 3)
    yield Size("json-patch", ratio(steady(100), "json-patch"))
    yield Size("snapshot", ratio(steady(100), "snapshot"))
    report = workload("report")
    tokens = cut(report.text, 2, 6)
    sent = events(tokens, steady(100), "delta", 0.03)
    size = sum(len(sse.frame(event)) for event in sent)
    yield Size("a nested report, gathered for 30 ms", size / len(report.data))


def microseconds(text: str, tokens: Sequence[str]) -> float:
    """What it takes to make a delta into the bytes of an event; the best of many times."""
    parser = Parser(deltas=True)
    taken: list[tuple[list[Delta], Any, int]] = []
    for token in tokens:
        parser.write(token)
        if deltas := parser.take_deltas():
            taken.append((deltas, parser.open_path, parser.offset))
    best = float("inf")
    for _ in range(100):
        before = None
        began = now()
        for deltas, open_path, offset in taken:
            data = delta_data(deltas, open_path, before)
            sse.frame(Event("d", f"{STREAM}.0.{offset}", data))
            before = deltas[-1][:2]
        best = min(best, now() - began)
    return best / sum(len(deltas) for deltas, _, _ in taken) * 1e6


def main() -> int:
    """Print the tables."""
    missed = 0
    print(f"bytes sent for each byte of a text of {len(TEXT):,}, in tokens of four")
    for name, ratio, target in sizes():
        missed += target is not None and ratio > target
        bound = "" if target is None else f"  (at most {target:g})"
        print(f"  {name:40} {ratio:8,.2f}{bound}")
    print("microseconds to encode a delta (at most 1.5)")
    report = workload("report")
    texts = {"a long text": (TEXT, TOKENS), "a report": (report.text, cut(report.text, 2, 6))}
    for name, (text, tokens) in texts.items():
        took = microseconds(text, tokens)
        missed += took > 1.5
        print(f"  {name:40} {took:8.2f}")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
