"""The wire: what a client knows is a pure function of the bytes received, whatever happened."""

import json
from random import Random
from typing import Any

import pytest
from hypothesis import given

import partialjson
from partialjson import Parser
from partialjson._json_text import json_text
from partialjson._live import Follower, Live
from partialjson._wire import Cursor, pointer
from tests import wire_corpus
from tests.observation import Exact
from tests.strategies import (
    broken_documents,
    cuts,
    document,
    documents,
    examples,
    pieces,
    seeded,
    seeds,
)
from tests.wire_client import MISSING, Client, patched
from tests.wires import shown, state


def known(text: bytes, is_whole: bool, **options: Any) -> tuple[Exact, str | None]:
    """Give what a client has to show that has received `text`."""
    parser = Parser(**options)
    parser.write(text)
    value = parser.finish() if is_whole else parser.value
    where = parser.open_path
    return shown(value), None if where is None else pointer(where)


class Viewer:
    """A client on a connection that is cut now and then."""

    def __init__(self, live: Live, random: Random, **options: Any) -> None:
        self.live = live
        self.random = random
        self.options = options
        self.client = Client()
        self.follower = Follower(live)

    def look(self, at_most: int) -> None:
        for _ in range(at_most):
            if self.random.random() < 0.2:
                self.follower = Follower(self.live, self.client.connect())
                if self.client.end is not None:
                    self.client.end = None
            event = self.follower.take()
            if event is None:
                return
            if self.random.random() < 0.1:
                # Sent, but lost with the connection.
                self.follower = Follower(self.live, self.client.connect())
                continue
            self.client.take(*event)
            self.check()

    def check(self) -> None:
        live = self.live
        assert self.client.id is not None
        cursor = Cursor.parse(self.client.id)
        assert cursor.stream == live.stream
        assert cursor.epoch == live.epoch
        text = bytes(live.text[: cursor.offset])
        told = known(text, False, **self.options)
        if live.ended == '{"ok":true}' and text == live.text:
            # A bare number is complete, and shows, once nothing more comes; and so not at a byte.
            whole = known(text, True, **self.options)
            assert whole == told or live.text.strip()[-1:].isdigit()
            told = (told, whole)[state(self.client) == whole[0] and self.client.open == whole[1]]
        value, where = told
        assert state(self.client) == value
        assert self.client.open == where or self.client.end is not None


def run_viewers(data: bytes, seed: int, retries: int = 0, **options: Any) -> Live:
    random = Random(seed)
    live = Live("s", **options)
    viewers = [Viewer(live, random, **options) for _ in range(3)]
    for attempt in range(retries + 1):
        if attempt:
            live.restart()
        chunks = pieces(data, cuts(random, len(data)))
        if attempt < retries:
            chunks = chunks[: random.randrange(len(chunks) + 1)]
        for piece in chunks:
            live.write(piece)
            for viewer in viewers:
                # Some keep up, some are slow.
                if random.random() < 0.6:
                    viewer.look(random.choice((1, 2, 5)))
    live.finish()
    for viewer in viewers:
        while viewer.client.end is None:
            viewer.look(5)
        assert json.loads(live.ended or "") == viewer.client.end
    return live


@examples(400)
@given(documents, seeds)
def test_every_client_has_the_value_whatever_the_cuts_and_disconnects(
    data: bytes, seed: int
) -> None:
    live = run_viewers(data, seed)
    assert live.ended == '{"ok":true}'
    assert bytes(live.text) == data


@examples(150)
@given(broken_documents, seeds)
def test_every_client_has_what_came_before_an_error(data: bytes, seed: int) -> None:
    live = run_viewers(data, seed)
    expected: partialjson.ParseError | None = None
    parser = Parser()
    try:
        parser.write(data)
        parser.finish()
    except partialjson.ParseError as error:
        expected = error
    end = json.loads(live.ended or "")
    assert end["ok"] is (expected is None)
    if expected is not None:
        where = parser.open_path
        if live.text:
            assert end["open"] == (None if where is None else pointer(where))
        else:
            assert "open" not in end
        assert end["error"] == {
            "type": type(expected).__name__,
            "message": expected.msg,
            "pos": expected.pos,
            "line": expected.lineno,
            "column": expected.colno,
            "path": pointer(expected.path),
        }


def test_every_client_follows_retries() -> None:
    for random in seeded(150, 3000):
        data = document(random)
        run_viewers(data, random.randrange(2**32), retries=random.choice((1, 2)))


def test_options_of_the_parser_hold_on_the_wire() -> None:
    for random in seeded(200, 4000):
        options = random.choice(({"numbers": "eager"}, {"strings": "atomic"}))
        run_viewers(document(random), random.randrange(2**32), **options)


@examples(200)
@given(documents, seeds)
def test_any_cursor_gets_exactly_what_is_missing(data: bytes, seed: int) -> None:
    """Also one within a character or an escape, which no server of ours has given out."""
    random = Random(seed)
    live = Live("s")
    live.write(data[: random.randrange(len(data) + 1)])
    if random.random() < 0.3:
        live.write(data[len(live.text) :])
        live.finish()
    offset = random.randrange(len(live.text) + 1)
    client = Client()
    parser = Parser()
    parser.write(data[:offset])
    client.value = (
        MISSING if parser.value is partialjson.MISSING else json.loads(json_text(parser.value))
    )
    client.id = f"s.0.{offset}"
    follower = Follower(live, client.connect())
    while (event := follower.take()) is not None:
        assert event.name in ("d", "end")
        client.take(*event)
    value, _ = known(bytes(live.text), live.ended is not None)
    assert state(client) == value


@pytest.mark.parametrize("numbers", ["atomic", "eager"])
def test_json_patch_is_plain_rfc_6902(numbers: Any) -> None:
    for random in seeded(250, 5000):
        data = document(random)
        live = Live("s", numbers=numbers)
        reader = PatchReader(live, numbers)
        for piece in pieces(data, cuts(random, len(data))):
            live.write(piece)
            if random.random() < 0.7:
                reader.look()
            if random.random() < 0.1:
                reader.follower = Follower(live, live.id, "json-patch")
        live.finish()
        reader.look()
        assert Exact(reader.value) == known(data, True, numbers=numbers)[0]


class PatchReader:
    """A client that knows RFC 6902 and nothing else."""

    def __init__(self, live: Live, numbers: str) -> None:
        self.live = live
        self.numbers = numbers
        self.value: Any = MISSING
        self.follower = Follower(live, None, "json-patch")

    def look(self) -> None:
        live = self.live
        while (event := self.follower.take()) is not None and event.name != "end":
            assert event.name == "d"
            self.value = patched(self.value, json.loads(event.data))
            is_whole = live.ended is not None
            assert state(self) == known(bytes(live.text), is_whole, numbers=self.numbers)[0]


def test_snapshot_profile_sends_the_value_whole() -> None:
    for random in seeded(100, 2000):
        data = document(random)
        live = Live("s")
        follower = Follower(live, None, "snapshot")
        for piece in pieces(data, cuts(random, len(data))):
            live.write(piece)
            while (event := follower.take()) is not None:
                assert event.name == "snap"
                content = json.loads(event.data)
                value, where = known(bytes(live.text), False)
                assert Exact(content.get("v", partialjson.MISSING)) == value
                assert content["open"] == where


# --- the corpus ----------------------------------------------------------------------------------


def test_corpus_is_what_the_encoder_writes() -> None:
    """The file that other clients are tested with: ``python -m tests.wire_corpus`` writes it."""
    assert wire_corpus.FILE.read_text("utf-8") == wire_corpus.text()


def test_corpus_holds_for_our_own_client() -> None:
    names = set()
    for case in json.loads(wire_corpus.FILE.read_text("utf-8"))["cases"]:
        assert case["name"] not in names
        names.add(case["name"])
        client = Client()
        for connection in case["connections"]:
            client.connect()
            client.end = None
            for event in connection:
                client.take(event["event"], event["id"], json.dumps(event["data"]))
                assert client.state() == event["state"]
    assert len(names) >= 40
