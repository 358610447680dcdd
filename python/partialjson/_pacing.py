"""How often a stream shows a value: no oftener than a screen can, and never an old one."""

from __future__ import annotations

import time
from numbers import Real
from typing import Any, cast

# A chunk for which one waits less than this part of the interval comes from a backlog. Nothing that
# is lost by a wrong guess takes longer than one interval.
_BACKLOG = 0.1


def checked_interval(interval_s: float) -> float:
    """`interval_s`, if it is one.

    Raises TypeError where it is no number, ValueError where it is negative or NaN.
    """
    if not isinstance(cast("Any", interval_s), Real):
        raise TypeError(f"min_interval must be a number of seconds, not {interval_s!r}")
    if not interval_s >= 0:
        raise ValueError(f"min_interval must be a number of seconds, not {interval_s!r}")
    return interval_s


class Pacer:
    """Says when a value is due: at most once per interval, and not while newer ones are waiting.

    A consumer that takes longer than the interval finds a backlog of chunks. They are read through
    without showing what each of them made, until one had to be waited for, or for one interval.
    """

    def __init__(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._shown_at = float("-inf")
        self._resumed_at = self._asked_at = time.monotonic()

    def resume(self) -> None:
        """The consumer has come back for the next value."""
        self._resumed_at = self._asked_at = time.monotonic()

    def is_due(self) -> bool:
        """Whether what the chunk that has just come made is to be shown, and not held back."""
        now = time.monotonic()
        waited_s, self._asked_at = now - self._asked_at, now
        if self._shown_at == float("-inf"):
            return True
        if now - self._shown_at < self._interval_s:
            return False
        return waited_s > self._interval_s * _BACKLOG or now - self._resumed_at >= self._interval_s

    def show(self) -> None:
        """A value is shown."""
        self._shown_at = time.monotonic()
