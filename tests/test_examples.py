"""The examples do what they say, as a person would start them."""

from __future__ import annotations

import io
import itertools
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openai import OpenAI
from rich.console import Console

import partialjson
from examples import demo, growing, schemas
from examples.local_server import Behaviour, LocalServer
from partialjson import Partial

ROOT = Path(__file__).parent.parent
RECORDED = ROOT / "examples" / "local_server" / "recorded"


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with LocalServer(Behaviour(pace_s=0)) as server:
        yield server


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a Python program from the root of the checkout, with no key but what is given."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("OPENAI_")}
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=kept | {"PYTHONWARNINGS": "error", "PYTHONUTF8": "1"} | environment,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )


def test_quickstart_prints_growing_users(server: LocalServer) -> None:
    done = run("examples/quickstart.py", OPENAI_API_KEY="any", OPENAI_BASE_URL=server.base_url)
    assert (done.stderr, done.returncode) == ("", 0)
    empty, *frames = done.stdout.split("\033[H\033[J")
    assert empty == ""
    users = [json.loads(frame) for frame in frames]
    recorded = json.loads((RECORDED / "User.json").read_text("utf-8"))
    assert users[-1] == recorded
    bios = [user["bio"] for user in users if user["bio"] is not None]
    assert all(later.startswith(bio) for bio, later in itertools.pairwise(bios))
    # A frame for nearly every token, and not one at the end.
    assert len(users) > 50


def test_demo_prints_lines_where_there_is_no_terminal() -> None:
    done = run("-m", "examples.demo", "--pace", "0")
    assert (done.stderr, done.returncode) == ("", 0)
    assert "\033" not in done.stdout
    for line in (
        r"name = 'Jason Reyes'",
        r"address\.city = 'Strasbourg'",
        r"sights\[1\]\.name = '豫园'",
        r"sections\[2\]\.table\.rows\[1\]\.revenue = 0\.31",
    ):
        assert len(re.findall(rf" s  {line}$", done.stdout, re.MULTILINE)) == 1
    for name in demo.WISHES:
        answer = json.loads((RECORDED / f"{name}.json").read_text("utf-8"))
        assert json.dumps(answer, indent=2, ensure_ascii=False) in done.stdout
        assert re.search(rf"{name} +\d+ +\d+\.\d +\d+\.\d\d +\d+\.\d\d", done.stdout)


def test_demo_uses_the_service_that_a_key_is_given_for(server: LocalServer) -> None:
    done = run(
        "-m",
        "examples.demo",
        "User",
        OPENAI_API_KEY="any",
        OPENAI_BASE_URL=server.base_url,
        OPENAI_MODEL="gpt-4.1-mini",
    )
    assert (done.stderr, done.returncode) == ("", 0)
    assert server.exchanges[-1].request["model"] == "gpt-4.1-mini"
    assert "on this machine" not in done.stdout


def test_demo_says_in_one_line_what_went_wrong() -> None:
    with LocalServer() as gone:
        pass
    done = run("-m", "examples.demo", "User", OPENAI_API_KEY="any", OPENAI_BASE_URL=gone.base_url)
    assert done.returncode == 1
    assert done.stderr == "demo: Connection error.\n"


def test_demo_draws_a_tree_in_a_terminal(server: LocalServer) -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=80, height=24)
    server.behaviour = Behaviour(pace_s=0.01)
    with OpenAI(base_url=server.base_url, api_key="any") as client:
        demo.run(console, client, "gpt-4o", ["CityGuide"])
    server.behaviour = Behaviour(pace_s=0)
    drawn = screen.getvalue()
    assert "Partial[CityGuide]" in drawn
    assert growing.CURSOR in drawn
    assert "CityGuide ✓" in drawn
    assert growing.CURSOR not in drawn[drawn.rindex("CityGuide ✓") :]


def grown(model: Any, text: str) -> growing.Node:
    """The node of what `text`, the beginning of a document, makes of `model`."""
    return growing.root(partialjson.ModelParser(model).feed(text))


def test_open_leaf_is_the_last_one() -> None:
    node = grown(schemas.Report, '{"title":"T","sections":[{"heading":"H","paragraphs":["a","b')
    leaves = [(growing.dotted(leaf.path), leaf.value, leaf.state) for leaf in node.leaves()]
    assert leaves == [
        ("title", "T", "complete"),
        ("sections[0].heading", "H", "complete"),
        ("sections[0].paragraphs[0]", "a", "complete"),
        ("sections[0].paragraphs[1]", "b", "open"),
    ]


def test_closed_model_in_an_open_list_is_complete() -> None:
    node = grown(schemas.Order, '{"items":[{"name":"ball","quantity":1,"unit_price":2,"gift":true}')
    [items] = [child for child in node.children if child.path == ("items",)]
    assert items.state == "open"
    assert [child.state for child in items.children] == ["complete"]


def test_long_tree_shows_its_end() -> None:
    report = (RECORDED / "Report.json").read_text("utf-8")
    node = grown(schemas.Report, report[: report.index("One engineer") + 12])
    screen = io.StringIO()
    console = Console(file=screen, width=80, height=20)
    console.print(growing.Tail(growing.tree(node, "Report"), spare=3))
    lines = screen.getvalue().splitlines()
    assert len(lines) == 17
    assert any(line.endswith(f"One engineer{growing.CURSOR}") for line in lines)


def test_partial_model_is_asked_for_by_its_own_name(server: LocalServer) -> None:
    with OpenAI(base_url=server.base_url, api_key="any") as client:
        stream = partialjson.from_openai(client).chat.completions.create(
            model="gpt-4o",
            response_model=Partial[schemas.User],
            stream=True,
            messages=[{"role": "user", "content": "Hello"}],
        )
        last = list(stream)[-1]
    assert type(last) is schemas.User
    assert last.name == "Jason Reyes"
