"""Every Python block of the README runs, and the output shown under it is what it prints.

A block of ``text`` that comes next after one of ``python`` is its output, to the letter; a line of
just ``...`` in it stands for any number of lines. What a program that clears the screen shows is
its frames, one after another.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from examples.local_server import Behaviour, LocalServer

ROOT = Path(__file__).parent.parent
CLEAR = "\033[H\033[J"
README = (ROOT / "README.md").read_text("utf-8")
FENCES = [token for token in MarkdownIt().parse(README) if token.type == "fence"]
PROGRAMS = [i for i, fence in enumerate(FENCES) if fence.info == "python"]


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with LocalServer(Behaviour(pace_s=0)) as server:
        yield server


def run(program: str, server: LocalServer) -> str:
    """Run `program` as a user would, against the local server, and return what it printed."""
    environment = os.environ | {
        "OPENAI_API_KEY": "any",
        "OPENAI_BASE_URL": server.base_url,
        "PYTHONWARNINGS": "error",
        "PYTHONUTF8": "1",
    }
    done = subprocess.run(
        [sys.executable, "-"],
        input=program,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert done.stderr == ""
    assert done.returncode == 0
    return done.stdout


def as_pattern(shown: str) -> str:
    """Return a regular expression for output as the README shows it."""
    lines = shown.splitlines(keepends=True)
    return "".join("(?:.*\\n)*?" if line == "...\n" else re.escape(line) for line in lines)


@pytest.mark.parametrize("index", PROGRAMS, ids=[f"block{i}" for i in range(len(PROGRAMS))])
def test_block_prints_what_is_shown_under_it(index: int, server: LocalServer) -> None:
    printed = run(FENCES[index].content, server)
    after = FENCES[index + 1] if index + 1 < len(FENCES) else None
    if after is None or after.info != "text":
        assert printed == "", "what a block prints is shown under it"
        return
    printed = "".join(printed.split(CLEAR))
    assert re.fullmatch(as_pattern(after.content), printed), printed


def test_first_program_is_the_quickstart() -> None:
    quickstart = (ROOT / "examples" / "quickstart.py").read_text("utf-8")
    assert FENCES[PROGRAMS[0]].content == quickstart
