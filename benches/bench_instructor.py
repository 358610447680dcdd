"""What a stream through Instructor costs to parse, with its own `Partial` and with ours."""

from __future__ import annotations

from typing import Any

import pytest

from benches.conftest import Record
from benches.elsewhere import timed_in
from benches.targets import OURS
from benches.typed import tokens_of

WHO = {OURS: "ours", "instructor alone": "alone"}


@pytest.mark.parametrize("who", WHO)
def test_bridge(who: str, record: Record) -> None:
    found: dict[str, Any] = {}

    def figure() -> float:
        arguments = "report", WHO[who]
        found.update(timed_in("bench-instructor", "benches.bridged", *arguments, with_ours=True))
        return float(found["seconds"])

    tokens = len(tokens_of("report"))
    record(figure, section="bridge", case="report", who=who, found=found, tokens=tokens)
