"""How long something takes: by the clock where that is short, else of the processor's time.

A machine that shares its processor is told how long it was kept from it, and takes that off the
processor's time, in portions that may be due for another time: of a few milliseconds, half is
missing now and then, and the best of many rounds would be one of those. Short rounds are mostly not
interrupted, so that the best of them is right by the clock. Long ones all are, and a portion is
little of them.
"""

from __future__ import annotations

import time
from typing import NamedTuple

SHORT_SECONDS = 0.02


class Moment(NamedTuple):
    """What the clocks say; subtracted, the seconds that passed."""

    clock: float
    processor: float

    def __sub__(self, earlier: Moment) -> float:
        passed = self.clock - earlier.clock
        return passed if passed < SHORT_SECONDS else self.processor - earlier.processor


def now() -> Moment:
    return Moment(time.perf_counter(), time.process_time())
