"""Conversations that any client of the wire must understand, with the state after every event.

``python -m tests.wire_corpus`` writes them to wire_corpus.json, where other languages read them.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from partialjson._json_text import json_text
from partialjson._live import Follower, Live
from tests.strategies import cuts, document, pieces
from tests.wire_client import Client

FILE = Path(__file__).with_suffix(".json")

Talk = list[dict[str, Any]]


class Conversation:
    """Events and states of one client, over one or more connections."""

    def __init__(self, name: str, **options: Any) -> None:
        self.name = name
        self.live = Live("s", **options)
        self.client = Client()
        self.connections: list[Talk] = []
        self.connect()

    def connect(self) -> None:
        self.follower = Follower(self.live, self.client.connect())
        self.client.end = None
        self.connections.append([])

    def look(self) -> None:
        while (event := self.follower.take()) is not None:
            self.client.take(*event)
            told = {"event": event.name, "id": event.id, "data": json.loads(event.data)}
            self.connections[-1].append({**told, "state": self.client.state()})

    def write(self, *chunks: str | bytes) -> "Conversation":
        for chunk in chunks:
            self.live.write(chunk)
            self.look()
        return self

    def finish(self) -> "Conversation":
        self.live.finish()
        self.look()
        return self

    def case(self) -> dict[str, Any]:
        return {"name": self.name, "connections": self.connections}


PLAIN: dict[str, tuple[str | bytes, ...]] = {
    "a text that grows": ('{"title":"', "Par", "tial", ' views"}'),
    "several changes in one event": ('["a', 'b",{"x":1,"y":[', '2,"c', 'd"],"z":null,', "]"),
    "characters of every width": ("{", '"é上😀":"', "é", "上", "😀", '\\ud83d\\ude00"', "}"),
    "a character that is cut": (b'"caf\xc3', b'\xa9"'),
    "an escape that is cut": ('["a\\', 'n\\u00', '41b"]'),
    "keys that a pointer escapes": ('{"a/b":{"m~n":{"~1":"', 'x"', '},"":{"":"', 'y"', "}}}"),
    "keys that JavaScript minds": (
        '{"__proto__":{"x":"', 'y"},"constructor":"', 'z","toString":[', '1],"length":2,"0":3',
        ',"hasOwnProperty":{"__proto__":[', "5,6]}}",
    ),
    "keys that look like indices": ('{"1":"', 'a","0":["', 'b"],"01":{"0":"', 'c"}}'),
    "a repeated key": ('{"a":"x', 'y","b":1,"a":"', 'z"', "}"),
    "a repeated key whose type changes": ('{"a":{"b":"', 'x"},"a":["', 'y"],"a":null', "}"),
    "a root text": ('"', "a", "b", '"'),
    "a root number": ("1", "2"),
    "a root literal": ("tr", "ue"),
    "a root null": ("null",),
    "an empty text that stays empty": ('{"a":"', '","b":[', '],"c":{', "}}"),
    "null is not nothing": ("[", "null", ",null", "]"),
    "numbers of every kind": ("[0,-0,1.5,1e400,-1e400,1e-7,", "9007199254740993,0.1", "]"),
    "arrays in arrays": ("[[", "[", "1,", "2]", ",[", "3]]", "]"),
    "whitespace and a byte order mark": (b"\xef\xbb\xbf \n{ ", b' "a" : ', b"[ 1 , 2 ] } \n"),
    "a key that is too long to be repeated": (
        '{"' + "k" * 100 + '":[', "1,2,3,4,5,6,7,8,9,10,11,12,", "13", ',14,"a', 'b"]}',
    ),
    "control characters and separators": ('["\\u0000\\r\\n', '\u2028\u2029\x7f"]',),
}  # fmt: skip


def conversations() -> Iterator[Conversation]:
    for name, chunks in PLAIN.items():
        yield Conversation(name).write(*chunks).finish()
    yield Conversation("nothing at all").write("  ").finish()
    yield Conversation("cut off").write('{"a":["b', "c").finish()
    yield Conversation("an error in the middle").write('{"a":"b', 'c"x', '"d":1}').finish()
    yield Conversation("past a limit", max_depth=2).write("[[1", ",[2]]]").finish()
    yield (
        Conversation("numbers that show early", numbers="eager")
        .write('{"a":1', "2", ".", '5,"b":[-', "1", "2", "]}")
        .finish()
    )
    yield retried()
    yield stopped()
    yield behind()
    yield resumed_in_an_escape()
    yield resumed_with_nothing_new()
    yield resumed_in_another_attempt()
    yield resumed_after_the_end()
    for seed in range(20):
        yield drawn(seed)


def retried() -> Conversation:
    talk = Conversation("asked again").write('{"a":"b', 'c"')
    talk.live.restart()
    talk.look()
    return talk.write('{"a":"', 'd"', "}").finish()


def stopped() -> Conversation:
    talk = Conversation("stopped").write('{"a":"b')
    talk.live.stop()
    talk.look()
    return talk


def behind() -> Conversation:
    talk = Conversation("a slow client").write('{"a":"')
    for chunk in ("b", "c", '","d":{', '"e":[1', ',2,"f', "g", '"]'):
        talk.live.write(chunk)
    talk.look()
    return talk.write("}}").finish()


def resumed_in_an_escape() -> Conversation:
    talk = Conversation("resumed within an escape").write('{"a":"b', "c\\u00")
    talk.connect()
    talk.look()
    return talk.write('e9d"', "}").finish()


def resumed_with_nothing_new() -> Conversation:
    talk = Conversation("resumed with nothing new").write('["a')
    talk.connect()
    talk.look()
    talk.connect()
    return talk.write('b"', "]").finish()


def resumed_in_another_attempt() -> Conversation:
    talk = Conversation("resumed in another attempt").write('["a')
    talk.live.restart()
    talk.live.write('{"b":"c')
    talk.connect()
    talk.look()
    return talk.write('d"}').finish()


def resumed_after_the_end() -> Conversation:
    talk = Conversation("resumed after the end").write("1", "2").finish()
    talk.connect()
    talk.look()
    return talk


def drawn(seed: int) -> Conversation:
    random = Random(seed)
    data = document(random)
    talk = Conversation(f"drawn by lot, {seed}")
    for piece in pieces(data, cuts(random, len(data))):
        talk.live.write(piece)
        if random.random() < 0.15:
            talk.connect()
        if random.random() < 0.7:
            talk.look()
    return talk.finish()


def text() -> str:
    """Give the file as it should be: one event on each line."""
    lines = []
    for each in conversations():
        connections = ",\n".join(
            "[\n" + ",\n".join(dumped(event) for event in talk) + "\n]"
            for talk in each.case()["connections"]
        )
        lines.append(f'{{"name": {dumped(each.name)}, "connections": [{connections}]}}')
    return '{"cases": [\n' + ",\n".join(lines) + "\n]}\n"


def dumped(value: Any) -> str:
    # As the wire has it, so that other languages read the same numbers; ASCII, for editors.
    return re.sub(r"[^ -~]", lambda match: json.dumps(match[0])[1:-1], json_text(value))


if __name__ == "__main__":
    FILE.write_text(text(), "utf-8")
