"""The examples with other SDKs do what they say, as a person would start them."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from examples.local_server import Behaviour, LocalServer
from examples.schemas import User

ROOT = Path(__file__).parent.parent
RECORDED = ROOT / "examples" / "local_server" / "recorded"
JASON = User.model_validate_json((RECORDED / "User.json").read_text("utf-8"))
BLANK = "Partial[User](name=None, bio=None, skills=None)"


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with LocalServer(Behaviour(pace_s=0.01)) as server:
        yield server


def example(server: LocalServer, name: str, needs: str) -> list[str]:
    """The lines that a program prints."""
    if find_spec(needs) is None:
        pytest.skip(f"{needs} is for an older openai: `make test-sdks` runs this")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("OPENAI_", "ANTHROPIC_"))}
    service = {
        "OPENAI_API_KEY": "any",
        "OPENAI_BASE_URL": server.base_url,
        "ANTHROPIC_API_KEY": "any",
        "ANTHROPIC_BASE_URL": server.base_url.removesuffix("/v1"),
    }
    done = subprocess.run(
        [sys.executable, f"examples/{name}.py"],
        cwd=ROOT,
        env=kept | {"PYTHONUTF8": "1"} | service,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert (done.stderr, done.returncode) == ("", 0)
    return done.stdout.splitlines()


def test_anthropic(server: LocalServer) -> None:
    lines = example(server, "anthropic_stream", "anthropic")
    assert lines[0].endswith(BLANK)
    assert lines[-2] == f"None: {JASON!r}"
    assert lines[-1].startswith("tool_use, ")
    assert 3 < len(lines) < 40
    [asked] = [exchange.request for exchange in server.exchanges]
    assert asked["tool_choice"] == {"type": "tool", "name": "User"}


def test_instructor(server: LocalServer) -> None:
    *lines, last = example(server, "instructor_bridge", "instructor")
    assert lines[0].endswith(BLANK)
    assert lines[-1] == f"None: {JASON!r}"
    assert len(lines) > 50
    assert last == f"The name is enough: {JASON.name}"
    left = server.exchanges[-1]
    assert left.ended.wait(2)
    assert left.outcome == "left"


def test_langchain(server: LocalServer) -> None:
    *lines, bio, last = example(server, "langchain_runnable", "langchain_openai")
    assert lines[0] == BLANK
    assert lines[-1] == last == repr(JASON)
    assert len(lines) > 50
    assert all(a != b for a, b in itertools.pairwise(lines[:-1]))
    name, _, begun = bio.partition(": ")
    assert name == JASON.name
    assert begun
    assert JASON.bio.startswith(begun)
