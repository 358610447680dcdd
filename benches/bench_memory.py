"""Peak memory of a parse, and what an open parser costs; a process of its own for every case."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benches import peers
from benches.conftest import Record
from benches.workloads import ONE_SHOT, WIDE

ROOT = Path(__file__).parents[1]
SOURCE = Path(__file__).parent / "memory" / "counter.c"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="preloading needs Linux")


@pytest.fixture(scope="session")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The counter, as a library to preload."""
    library = tmp_path_factory.mktemp("counter") / "counter.so"
    command = ["cc", "-O2", "-shared", "-fPIC", "-o", str(library), str(SOURCE), "-ldl"]
    subprocess.run(command, check=True)
    return library


def counted(counter: Path, case: str, who: str, name: str) -> dict[str, Any]:
    environment = {**os.environ, "LD_PRELOAD": str(counter), "PYTHONMALLOC": "malloc"}
    command = [sys.executable, "-m", "benches.memory.cases", case, who, name]
    done = subprocess.run(
        command, env=environment, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("name", [*ONE_SHOT, *WIDE])
def test_one_shot_ours(name: str, counter: Path, record: Record) -> None:
    one_shot("partialjson", name, counter, record)


@pytest.mark.parametrize("who", peers.FROM_BYTES)
@pytest.mark.parametrize("name", ["report", "extraction_1mb", "twitter", "canada", *WIDE])
def test_one_shot_peer(name: str, who: str, counter: Path, record: Record) -> None:
    one_shot(who, name, counter, record)


def one_shot(who: str, name: str, counter: Path, record: Record) -> None:
    found: dict[str, Any] = {}

    def beyond_the_result() -> float:
        found.update(counted(counter, "one_shot", who, name))
        return float(found["peak"] - found["result"])

    record(beyond_the_result, section="peak", case=name, who=who, found=found)


def test_open_parser(counter: Path, record: Record) -> None:
    found: dict[str, Any] = {}

    def beyond_the_value() -> float:
        found.update(counted(counter, "open_parser", "partialjson", "report"))
        return float(found["parser_and_value"] - found["value"])

    record(beyond_the_value, section="open", case="report", who="partialjson", found=found)


def test_many_streams(counter: Path, record: Record) -> None:
    found: dict[str, Any] = {}

    def growth() -> float:
        found.update(counted(counter, "many_streams", "partialjson", "tool_call"))
        first, *_, last = found["out"]
        return float(last - first)

    record(growth, section="flat", case="tool_call", who="partialjson", found=found)
