"""The Python encoder and the TypeScript client, the real ones: what one sends, the other knows."""

import base64
import json
import math
import os
import subprocess
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given

from partialjson import MISSING, Event, Parser, sse
from partialjson._live import Follower, Live
from tests.strategies import (
    Choices,
    choices,
    cuts,
    document,
    examples,
    mutated,
    pieces,
    without_backslash_keys,
)
from tests.web.site import REPORT, Site

HERE = Path(__file__).parent


class Node:
    """A program for node, which says and is told one JSON value a line."""

    def __init__(self, script: str, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [os.environ.get("NODE", "node"), HERE / script, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def __enter__(self) -> "Node":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=10)
        assert self._process.returncode == 0

    def hear(self) -> Any:
        """What it says next. All numbers are floats, as over there."""
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline(), parse_int=float)

    def tell(self, value: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(value).encode() + b"\n")
        self._process.stdin.flush()


def in_javascript(value: Any) -> Any:
    """What a value is once JavaScript has read it, as follower.mjs writes that."""
    if isinstance(value, dict):
        return {key: in_javascript(each) for key, each in value.items()}
    if isinstance(value, list):
        return [in_javascript(each) for each in value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    try:
        number = float(value)
    except OverflowError:
        number = math.copysign(math.inf, value)
    return number if math.isfinite(number) else {"∞": math.copysign(1.0, number)}


def pointer(path: Any) -> str | None:
    if path is None:
        return None
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


class Conversation:
    """A document on its way to a client, over connections that are lost at any byte."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._live = Live("s")
        self._texts: dict[int, bytes] = {}
        self._coming = self._pieces()
        self._told: str | None = None
        self.connections = 0

    def _pieces(self) -> list[bytes]:
        random = self._random
        data = document(random)
        if random.random() < 0.2:
            data = mutated(random, data)
        if random.random() < 0.2:
            data = data[: random.randrange(len(data) + 1)]
        data = without_backslash_keys(data)
        return pieces(data, cuts(random, len(data)))

    def _go_on(self) -> None:
        """The next bit of the document, or another attempt at it, or its end."""
        if not self._coming:
            self._live.finish()
            return
        if self._live.epoch < 2 and self._random.random() < 0.03:
            self._live.restart()
            self._coming = self._pieces()
        self._live.write(self._coming.pop(0))
        self._texts[self._live.epoch] = bytes(self._live.text)

    def check(self, state: Any) -> None:
        """Hold what the client knows against a parser that has read just as much."""
        assert state["id"] == self._told if self._told else "id" not in state
        if self._told is None:
            assert "value" not in state
            return
        _, epoch, offset = self._told.split(".")
        parser = Parser()
        parser.write(self._texts.get(int(epoch), b"")[: int(offset)])
        # A number at the root is known to be whole when nothing more comes.
        if state["status"] == "done" or ("value" in state and parser.value is MISSING):
            assert int(offset) == len(self._texts[int(epoch)])
            parser.finish()
        if parser.value is MISSING:
            assert "value" not in state
        else:
            assert state["value"] == in_javascript(parser.value)
            assert list(_keys(state["value"])) == list(_keys(in_javascript(parser.value)))
        if state["status"] == "failed":
            assert state["open"] is None
            assert state["left"] == pointer(parser.open_path)
        elif state["status"] != "done":
            assert state["open"] == pointer(parser.open_path)

    def answer(self, url: str) -> list[bytes]:
        """The bytes of one connection, up to where it is lost, in the pieces that arrive."""
        self.connections += 1
        cursor = parse_qs(urlsplit(url).query).get("cursor", [None])[0]
        assert cursor == self._told
        follower = Follower(self._live, cursor)
        random = self._random
        is_last = self.connections > 12
        frames: list[tuple[Event, bytes]] = []
        while not follower.is_done and (is_last or random.random() < 0.9):
            if random.random() < 0.8:
                self._go_on()
            while random.random() < 0.8 and (event := follower.take()) is not None:
                frames.append((event, sse.frame(event)))
        sent = b"".join(frame for _, frame in frames)
        if not is_last and random.random() < 0.7:
            sent = sent[: random.randrange(len(sent) + 1)]
        end = 0
        for event, frame in frames:
            end += len(frame)
            if end <= len(sent):
                self._told = event.id
        return pieces(sent, cuts(random, len(sent)))


def _keys(value: Any) -> Iterator[str]:
    """All keys in their order, but for those that JavaScript puts first."""
    if isinstance(value, dict):
        yield from (key for key in value if not key.isdigit())
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _keys(each)


@pytest.fixture(scope="module")
def follower() -> Iterator[Node]:
    with Node("follower.mjs") as node:
        yield node


NUMBERS = count()


@examples(300)
@given(choices)
def test_client_knows_what_the_parser_knows(follower: Node, data: bytes) -> None:
    talk = Conversation(Choices(data))
    number = next(NUMBERS)
    follower.tell(number)

    def hear() -> Any:
        while (said := follower.hear())["number"] != number:
            pass
        return said

    while "url" in (said := hear()):
        talk.check(said["state"])
        encoded = [base64.b64encode(piece).decode() for piece in talk.answer(said["url"])]
        follower.tell(encoded)
    talk.check(said["ended"])
    assert said["ended"]["status"] in ("done", "failed")


@pytest.mark.parametrize("kind", ["events", "socket"])
def test_client_resumes_over_sse_and_websocket(site: Site, kind: str) -> None:
    name = site.begin()
    scheme = "ws" if kind == "socket" else "http"
    url = f"{scheme}://127.0.0.1:{site.network.port}/reports/{name}/{kind}"
    with Node("watcher.mjs", url) as node:
        states = [node.hear()]
        while "sections" not in states[-1].get("value", {}):
            states.append(node.hear())
        site.network.cut()
        while states[-1]["status"] != "reconnecting":
            states.append(node.hear())
        site.network.mend()
        while states[-1]["status"] not in ("done", "failed"):
            states.append(node.hear())
    assert states[-1]["value"] == in_javascript(REPORT)
    offsets = [int(state["id"].split(".")[2]) for state in states if "id" in state]
    assert offsets == sorted(offsets)
    assert {state["status"] for state in states} == {
        "connecting",
        "streaming",
        "reconnecting",
        "done",
    }
    # It did not begin again: each state that shows something shows as much as the one before.
    sizes = [len(json.dumps(state["value"])) for state in states if "value" in state]
    assert sizes == sorted(sizes)


def test_websocket_of_another_stream_is_refused(site: Site) -> None:
    name, other = site.begin(), site.begin()
    url = f"ws://127.0.0.1:{site.network.port}/reports/{name}/socket"
    with Node("watcher.mjs", url, json.dumps({"id": f"{other}.0.10", "open": None})) as node:
        while (state := node.hear())["status"] in ("connecting", "closed"):
            pass
        assert state["status"] == "reconnecting"
        assert "value" not in state
        node.tell("leave")
