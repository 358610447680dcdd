"""`min_interval`: how often a stream yields, and what it never holds back."""

from collections.abc import Iterable
from typing import Any

import pytest
from pydantic import BaseModel

import partialjson
from tests.streams import CHUNKS, Address, AsyncSource, Both, User


@pytest.fixture
def both(is_async: bool) -> Both:
    return Both(is_async)


class Clock:
    """Time that passes when the tests say so."""

    def __init__(self) -> None:
        self.now = 1024.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("partialjson._pacing.time", clock)
    return clock


class Paced(AsyncSource):
    """Chunks that come one after the other, some time apart, whether they are taken or not."""

    def __init__(self, chunks: Iterable[Any], clock: Clock, seconds: float) -> None:
        super().__init__(chunks)
        self.clock = clock
        self.seconds = seconds
        self.began = clock.now

    @property
    def unread(self) -> int:
        """How many have come and were not taken."""
        return max(0, int((self.clock.now - self.began) / self.seconds) - self.given)

    def __next__(self) -> Any:
        # An SDK takes a moment, too, to decode one that has come already.
        due = self.began + (self.given + 1) * self.seconds
        self.clock.now = max(self.clock.now + 1 / 64, due)
        return super().__next__()


class Slow(BaseModel):
    text: str


SLOW = ['{"text":"', *(f"{i} " for i in range(100)), '"}']


async def paced_items(
    both: Both, source: Paced, min_interval: float, busy: float = 0.0
) -> list[tuple[float, int, Any]]:
    """When an item came, how many chunks lay unread by then, and the item."""
    make: Any = partialjson.astream if both.is_async else partialjson.stream
    shown = []
    async for item in both.items(make(source, Slow, min_interval=min_interval)):
        shown.append((source.clock.now, source.unread, item))
        source.clock.now += busy
    return shown


async def test_no_oftener_than_the_interval(both: Both, clock: Clock) -> None:
    shown = await paced_items(both, Paced(SLOW, clock, 1), min_interval=3)
    # The last one, which closes the object, is not held back.
    assert [at - shown[0][0] for at, _, _ in shown] == [*range(0, 101, 3), 101]
    assert type(shown[-1][2]) is Slow
    assert shown[-1][2].text == "".join(SLOW[1:-1])


async def test_a_slow_consumer_gets_the_newest_value(both: Both, clock: Clock) -> None:
    shown = await paced_items(both, Paced(SLOW, clock, 1), min_interval=3, busy=20)
    assert 5 <= len(shown) <= 7
    # What piled up is skipped; the last one closes the object and does not wait for the end.
    assert [unread for _, unread, _ in shown[:-1]] == [0] * (len(shown) - 1)
    assert shown[-1][2].text == "".join(SLOW[1:-1])


async def test_what_such_a_consumer_has_to_wait_for_shows_at_once(both: Both, clock: Clock) -> None:
    shown = await paced_items(both, Paced(SLOW, clock, 2), min_interval=3, busy=2.5)
    # While it is busy, one chunk comes, and is old when it asks again; the next one is not.
    assert [at - shown[0][0] for at, _, _ in shown[:-1]] == [*range(0, 201, 4)]


async def test_a_source_that_is_faster_than_can_be_read(both: Both, clock: Clock) -> None:
    shown = await paced_items(both, Paced(SLOW, clock, 1 / 1024), min_interval=0.5)
    # It is read as fast as it can be, and one value shows in each interval all the same.
    assert [at - shown[0][0] for at, _, _ in shown[:-1]] == [0.0, 0.5, 1.0, 1.5]


async def test_what_closes_is_not_held_back(both: Both) -> None:
    chunks = ["", " ", '{"name":', '"a","address":{"city":"[b]', "[c]", '"}', " ", "}"]
    items, error = await both.collect(both.open(chunks, min_interval=1000))
    assert error is None
    # The first one; the second chunk may have closed something. Brackets in a text close nothing.
    cities = [item.address and item.address.city for item in items]
    assert cities == [None, "[b]", "[b][c]", "[b][c]"]
    assert [type(item.address) for item in items[2:]] == [Address, Address]
    assert type(items[-1]) is User


async def test_an_interval_that_is_none(both: Both) -> None:
    for wrong in (-1, float("nan")):
        with pytest.raises(ValueError, match="min_interval"):
            both.open(CHUNKS, min_interval=wrong)
    for no_number in ("30ms", "", None, []):
        with pytest.raises(TypeError, match="min_interval must be a number of seconds, not"):
            both.open(CHUNKS, min_interval=no_number)
