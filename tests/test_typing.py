"""mypy and pyright, strict, find the types that a user expects."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SAMPLES = Path("tests/typing")


def mypy(sample: Path) -> set[int]:
    command = ["mypy", "--strict", "--no-error-summary", "--output=json", str(sample)]
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True
    )
    assert done.stderr == ""
    found = [json.loads(line) for line in done.stdout.splitlines()]
    errors = [each for each in found if each["severity"] == "error"]
    assert {each["file"] for each in errors} <= {str(sample)}
    return {each["line"] for each in errors}


def pyright(sample: Path) -> set[int]:
    command = ["pyright", "--outputjson", "--pythonpath", sys.executable, str(sample)]
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True
    )
    report = json.loads(done.stdout)
    assert report["summary"]["filesAnalyzed"] == 1
    errors = [each for each in report["generalDiagnostics"] if each["severity"] == "error"]
    assert {Path(each["file"]).name for each in errors} <= {sample.name}
    return {each["range"]["start"]["line"] + 1 for each in errors}


@pytest.fixture(params=[mypy, pyright], ids=["mypy", "pyright"])
def errors_in(request: pytest.FixtureRequest) -> Callable[[Path], set[int]]:
    """How to get the numbers of the lines that a checker refuses."""
    check: Callable[[Path], set[int]] = request.param
    return check


def test_accepted(errors_in: Callable[[Path], set[int]]) -> None:
    assert errors_in(SAMPLES / "accepted.py") == set()


def test_rejected(errors_in: Callable[[Path], set[int]]) -> None:
    sample = SAMPLES / "rejected.py"
    lines = (ROOT / sample).read_text("utf-8").splitlines()
    wrong = {number for number, line in enumerate(lines, 1) if line.endswith("# wrong")}
    assert len(wrong) > 10
    assert errors_in(sample) == wrong
