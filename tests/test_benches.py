"""The benchmarks run, on what is installed beside the tests: no peers but jiter."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pydantic import BaseModel

import partialjson
from benches.families import FAMILIES, HELD_FAMILIES
from benches.results import Results
from benches.targets import sections
from benches.typed import TYPED, optional
from benches.workloads import STREAMED, workload

ROOT = Path(__file__).parent.parent
# In kilobytes, as the figures are published for.
SIZES = {
    "tool_call": 0.2,
    "profile": 0.8,
    "report": 9,
    "extraction": 75,
    "code": 36,
    "unicode": 15,
    "numbers": 19,
    "extraction_1mb": 1000,
}

BESIDE = ["jsonriver", "ijson", "msgspec", "orjson", "simdjson", "json_repair", "fast_json_repair"]
BESIDE += ["partial_json_parser", "langchain_core"]
# What each module needs beyond what the tests have.
PEERS = {
    "bench_curve": BESIDE,
    "bench_import": [],
    "bench_instructor": [],
    "bench_many": [],
    "bench_memory": BESIDE,
    "bench_models": [],
    "bench_oneshot": BESIDE,
    "bench_scaling": [],
    "bench_short": BESIDE,
    "bench_stream": BESIDE,
    "namesake": [],
    "bridged": ["instructor"],
    "instructed": ["instructor"],
    "report": ["matplotlib"],
}


@pytest.mark.parametrize("name", SIZES)
def test_workload_has_its_size(name: str) -> None:
    assert len(workload(name).data) / 1000 == pytest.approx(SIZES[name], rel=0.25)


@pytest.mark.parametrize("name", STREAMED)
def test_every_cut_is_all_of_the_document(name: str) -> None:
    each = workload(name)
    assert "".join(each.tokens) == "".join(each.characters) == each.text
    assert b"".join(each.byte_tokens) == b"".join(each.frames) == each.data


@pytest.mark.parametrize("name", [*FAMILIES, *HELD_FAMILIES])
def test_family_is_of_documents_as_long_as_asked_for(name: str) -> None:
    family = {**FAMILIES, **HELD_FAMILIES}[name]
    texts = [family(size) for size in (50_000, 100_000)]
    for text in texts:
        parser = partialjson.Parser(max_depth=None, max_digits=None)
        parser.write(text)
        parser.finish()
    small, large = (len(text.encode()) for text in texts)
    assert large / small == pytest.approx(2, rel=0.05)


@pytest.mark.parametrize(("model", "make"), TYPED.values(), ids=list(TYPED))
def test_an_optional_model_takes_all_and_nothing(
    model: type[BaseModel], make: Callable[[Random], Any]
) -> None:
    document = make(Random(1))
    assert optional(model).model_validate(document).model_dump() == document
    assert set(optional(model)().model_dump().values()) == {None}


@pytest.mark.parametrize("module", PEERS)
def test_module_imports(module: str) -> None:
    for peer in PEERS[module]:
        pytest.importorskip(peer)
    import_module(f"benches.{module}")


def test_the_first_benchmark_gives_a_verdict(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    command = [sys.executable, "-m", "pytest", "-c", "benches/pytest.ini"]
    command += ["benches/bench_first.py", f"--benchmark-json={out}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    (section,) = sections(Results(json.loads(out.read_text())))
    (row,) = section.rows
    assert set(row.cells) == {"partialjson", "jiter"}
    (verdict,) = row.verdicts
    assert (verdict.target, verdict.at_least) == (5, True)
    # Five times is for `make bench` to ask, on a machine that has nothing else to do.
    assert verdict.ratio > 1


def test_a_typed_benchmark_runs() -> None:
    command = [sys.executable, "-m", "pytest", "-c", "benches/pytest.ini", "--benchmark-disable"]
    command += ["benches/bench_models.py", "-k", "profile and not instructor"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "passed" in done.stdout
