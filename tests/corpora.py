"""Where the collections of test documents are that are not part of this repository."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
CORPORA = Path(os.environ.get("PARTIALJSON_CORPORA") or ROOT.parent / "shared" / "corpora")
JSON_TEST_SUITE = CORPORA / "JSONTestSuite"
NAUGHTY_STRINGS = CORPORA / "naughty-strings"


def needs(corpus: Path) -> pytest.MarkDecorator:
    return pytest.mark.skipif(
        not corpus.is_dir(),
        reason=f"{corpus.name} is not there; set PARTIALJSON_CORPORA to where it is",
    )


def json_test_suite(prefix: str, number: int) -> Callable[..., Any]:
    """Run a test once for each file of JSONTestSuite of this kind, of which there are `number`."""
    files = sorted(JSON_TEST_SUITE.glob(f"test_parsing/{prefix}*.json"))
    if not files:
        absent = pytest.param(b"", id="absent", marks=needs(JSON_TEST_SUITE))
        return pytest.mark.parametrize("data", [absent])
    assert len(files) == number
    cases = [pytest.param(file.read_bytes(), id=file.stem) for file in files]
    return pytest.mark.parametrize("data", cases)
