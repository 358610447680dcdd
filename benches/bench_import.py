"""How long it takes until a parser is there: each import in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

from benches.conftest import Record

WHO = ["partialjson", "jiter", "orjson", "msgspec", "pydantic_core", "simdjson", "json"]
# What has been imported by then: nothing, or what most programs have.
BEFORE = {"alone": "sys", "after typing and json": "json, typing"}
PROCESSES = 5


def seconds(module: str, before: str) -> float:
    """What the interpreter takes to import it, in the best of a few processes."""
    program = f"""if True:
        import time, {before}
        began = time.perf_counter()
        import {module}
        print(time.perf_counter() - began)
    """
    command = [sys.executable, "-c", program]
    done = (subprocess.run(command, check=True, stdout=subprocess.PIPE) for _ in range(PROCESSES))
    return min(float(each.stdout) for each in done)


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("case", BEFORE)
def test_import(case: str, who: str, turn: int, record: Record) -> None:
    name = "pysimdjson" if who == "simdjson" else who
    record(lambda: seconds(who, BEFORE[case]), section="import", case=case, who=name)
