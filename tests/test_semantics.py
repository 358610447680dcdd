"""The table of docs/semantics.md: each row holds, for the parser and for the peers that it names.

Only what is received and the notes are written by hand, here. The values are the reference's, the
last column is measured. This writes the table anew:

    python -m tests.test_semantics
"""

from __future__ import annotations

import importlib
import re
from ast import literal_eval
from collections.abc import Iterator
from itertools import pairwise, product
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

import partialjson
from tests.observation import Exact, Watched
from tests.reference import Reference
from tests.strategies import pieces

SEMANTICS = Path(__file__).parent.parent / "docs" / "semantics.md"
TABLE = re.compile(r"^\| received .*?\n(?=\n)", re.MULTILINE | re.DOTALL)


def page_and_table() -> tuple[str, str]:
    page = SEMANTICS.read_text("utf-8")
    (table,) = TABLE.findall(page)
    return page, table


# Notes, and what they are about.
ROWS: list[tuple[str, list[str | bytes]]] = [
    ('`status` is `"empty"`', ["", " \n"]),
    (
        "a key shows when the type of its value is known and there is something to show of it",
        ["{", '{"', '{"a', '{"a"', '{"a":'],
    ),
    (
        'a number waits for its end; `state(("a",))` is `"open"`',
        ['{"a":1', '{"a":12.', '{"a":-', '{"a":1e', '{"a":1.5e-'],
    ),
    ("and shows when it is terminated", ['{"a":1,', '{"a":1 ', '{"a":1}']),
    ("a literal waits for its last letter", ['{"a":t', '{"a":tru', '{"a":nul']),
    ("", ['{"a":true', '{"a":null']),
    ("", ['{"a":tx']),
    ("what came before an error stays readable", ['{"a":truex']),
    ("a string shows from its opening quote", ['{"a":"']),
    ("nothing is trimmed", ['{"a":"hi ', '{"a":"hi "']),
    (
        "an unfinished escape is held back, the text before it is not",
        ['{"a":"x\\', '{"a":"x\\u', '{"a":"x\\u00'],
    ),
    ("", ['{"a":"x\\u0041']),
    (
        "a high surrogate waits for its low half",
        ['{"a":"\\ud83d', '{"a":"\\ud83d\\', '{"a":"\\ud83d\\ude'],
    ),
    ("", ['{"a":"\\ud83d\\ude00']),
    (
        "a lone half is refused at the byte that proves it lone",
        ['"\\ud83dx', '"\\ud83d"', '"\\ud83d\\n', '"\\ud83d\\u0', '"\\ude00'],
    ),
    ("text shows by whole characters", [b'"caf\xc3', b'"caf\xc3\xa9']),
    (
        "not UTF-8: no character begins so,",
        [b'"\xff', b'"\x80'],
    ),
    ("overlong forms,", [b'"\xc0', b'"\xe0\x9f', b'"\xf0\x8f']),
    ("surrogates,", [b'"\xed\xa0']),
    ("above U+10FFFF,", [b'"\xf4\x90']),
    ("cut short", [b'"ab\xc3"']),
    ("a control character must be escaped", [b'"ab\x00', b'"ab\n', b'"ab\x1f']),
    ("an element shows when there is something to show of it", ["[", "[1"]),
    ("", ["[1,", "[1 "]),
    ("", ['["a","b']),
    ("", ["[[1],[2"]),
    ("a bare number is open until `finish()`", ["12"]),
    ("or following whitespace", ["12 "]),
    ('a bare string; `status` is `"open"`', ['"ab']),
    ("nothing but whitespace may follow the root", ['{"a":1}x', '{"a":1} {', "12 1"]),
    ("", ['{"a":1} \t']),
    (
        "refused at the first impossible byte: where a value must begin,",
        ["+1", ".5", "// c", "]", "[1,,", "[1,]", '{"a":}'],
    ),
    ("a key,", ["{a", "{'", "{1", '{"a":1,}']),
    ("a colon,", ['{"a" 1', '{"a"}']),
    ("a comma or the end of a container,", ["[1 2", '{"a":1 "b":2}', "[1}", '{"a":1]']),
    ("in a number,", ["01", "1.x", "-x", "1e,", "[1x"]),
    ("in an escape", ['"\\x', '"\\u00g']),
    ("only with `allow_nan=True`", ["NaN", "Infinity", "-Infinity"]),
    (
        "integers are exact, up to `max_digits`",
        ["[123456789012345678901234567890]", "[-0]"],
    ),
    ("floats are those of `float(text)`", ["[0.1,1e23,5e-324]", "[1e400]"]),
    (
        "one UTF-8 byte order mark is skipped at the start; offsets count it",
        [b"\xef\xbb", b"\xef\xbb\xbf", b"\xef\xbb\xbf[1]"],
    ),
    ("", [b"\xef\xbb\xbf\xef", b" \xef"]),
    (
        "the last of repeated keys wins, in the place of the first (unless `duplicate_keys` is"
        ' `"error"`)',
        ['{"a":1,"b":2,"a":3}'],
    ),
    (
        "the earlier value shows until there is something to show of the new one",
        ['{"a":1,"a":2', '{"a":1,"a":', '{"a":1,"a":"'],
    ),
    ("any key is a key", ['{"__proto__":{"x":1},', '{"":1,', '{"a.b":1,"0":2,']),
]


# --- what is seen ------------------------------------------------------------------------------


class Outcome(NamedTuple):
    """What shows, and the byte that was refused if one was."""

    value: Exact
    pos: int | None = None

    def __str__(self) -> str:
        shown = f"`{self.value!r}`" if self.value.shows else "∅"
        if self.pos is None:
            return shown
        return f"✗{self.pos} {shown}" if self.value.shows else f"✗{self.pos}"


REFUSED = "✗"


def of_reference(data: bytes) -> Outcome:
    reference = Reference(data)
    return Outcome(Exact(reference.value), reference.error.pos if reference.error else None)


def of_parser(*chunks: str | bytes) -> Outcome:
    watched = Watched()
    for chunk in chunks:
        watched.feed(chunk)
    return Outcome(Exact(watched.parser.value), watched.error.pos if watched.error else None)


def jiter_shows(data: bytes, mode: str) -> str:
    jiter = importlib.import_module("jiter")
    try:
        return f"`{jiter.from_json(data, partial_mode=mode)!r}`"
    except ValueError:
        return REFUSED


# What may make a document of a refused prefix, for a parser that does not refuse it.
ENDS = [
    b"".join(parts)
    for parts in product((b"", b"\x80", b"0"), (b"", b'"', b'":0'), (b"", b"]", b"}"))
]


def whole_documents(data: bytes) -> Iterator[bytes]:
    """Give what a parser gets that takes whole documents only."""
    parser = partialjson.Parser()
    try:
        parser.write(data)
    except partialjson.ParseError:
        yield from (data + end for end in ENDS)
    else:
        yield data + parser.completion.encode("utf-8", "surrogateescape")


def loads_shows(peer: str, data: bytes) -> str:
    loads = importlib.import_module(peer).loads
    for document in whole_documents(data):
        try:
            return f"`{loads(document)!r}`"
        except ValueError:
            continue
    return REFUSED


def differences(peer: str, data: bytes) -> dict[str, str]:
    """Give what a peer makes of a prefix, by a name of it, where that is something else."""
    ours = of_reference(data)
    if peer == "jiter":
        theirs = jiter_shows(data, "trailing-strings")
        when_on = jiter_shows(data, "on")
        expected = str(ours) if ours.pos is None else REFUSED
        found = {"jiter": theirs} if theirs != expected else {}
        return found | ({"jiter `on`": when_on} if when_on != theirs else {})
    theirs = loads_shows(peer, data)
    if ours.pos is None:
        (document,) = whole_documents(data)
        expected = f"`{partialjson.loads(document)!r}`"
    else:
        expected = REFUSED
    return {peer: theirs} if theirs != expected else {}


@pytest.mark.parametrize(
    ("mode", "strings"), [("trailing-strings", "append"), ("on", "atomic"), (True, "atomic")]
)
def test_the_options_for_who_comes_from_jiter(mode: Any, strings: Any) -> None:
    """README.md says which they are, and what is other."""
    jiter = pytest.importorskip("jiter")
    text = r'{"a":12.5e-3,"b":[true,null,"h\u00e9\ud83d\ude00\n",{"c":-7}],"d":"x","e":{},"f":[0]}'
    for end in range(1, len(text)):
        theirs = jiter.from_json(text[:end].encode(), partial_mode=mode)
        ours = partialjson.loads(text[:end], numbers="eager", strings=strings)
        if text[:end].endswith((".", "e", "e-")) and "b" not in text[:end]:
            assert (theirs, ours) == ({}, {"a": float(text[5:end].rstrip(".e-"))})
        else:
            assert theirs == ours


PEERS = ("jiter", "json", "orjson")


# --- the table ---------------------------------------------------------------------------------


class Line(NamedTuple):
    """A row of the table; all that is received has the same outcome."""

    received: list[bytes]
    outcome: str
    note: str
    others: str


def written(received: bytes) -> str:
    """Give it as text, or as a literal of Python where text would not show it."""
    try:
        text = received.decode()
    except UnicodeDecodeError:
        return f"`{received!r}`"
    visible = text.strip() and text.isprintable()
    return f"`{text}`" if visible else f"`{received!r}`"


def read(span: str) -> bytes:
    data = literal_eval(span) if span.startswith(("b'", 'b"')) else span.encode()
    assert isinstance(data, bytes)
    return data


def lines() -> Iterator[Line]:
    """Give the table as it must be, with the last column measured now."""
    for note, prefixes in ROWS:
        groups: dict[tuple[str, str], list[bytes]] = {}
        for prefix in prefixes:
            data = prefix.encode() if isinstance(prefix, str) else prefix
            found = {name: what for peer in PEERS for name, what in differences(peer, data).items()}
            others = "; ".join(f"{name} {what}" for name, what in found.items())
            groups.setdefault((str(of_reference(data)), others), []).append(data)
        for (outcome, others), received in groups.items():
            yield Line(received, outcome, note, others)
            note = ""


def table() -> str:
    rows = ["| received | value | note | jiter / json / orjson |", "|---|---|---|---|"]
    for received, outcome, note, others in lines():
        cells = (" ".join(map(written, received)), outcome, note, others)
        rows.append("|" + "|".join(f" {cell} " if cell else " " for cell in cells) + "|")
    return "\n".join(rows) + "\n"


def documented() -> Iterator[Line]:
    """Give the rows of the table as the page has it."""
    cells: list[Token] = []
    for before, token in pairwise(MarkdownIt().enable("table").parse(page_and_table()[1])):
        if before.type == "td_open":
            cells.append(token)
        elif token.type == "tr_close" and cells:
            received, outcome, note, others = cells
            spans = [c.content for c in received.children or () if c.type == "code_inline"]
            yield Line(
                [read(span) for span in spans], outcome.content, note.content, others.content
            )
            cells = []


LINES = list(documented())
PREFIXES = [
    pytest.param(data, line.outcome, id=repr(data)[2:-1])
    for line in LINES
    for data in line.received
]


def test_table_is_the_one_that_is_written_here() -> None:
    pytest.importorskip("jiter")
    pytest.importorskip("orjson")
    assert page_and_table()[1] == table()


@pytest.mark.parametrize(("data", "outcome"), PREFIXES)
def test_row_is_what_the_reference_says(data: bytes, outcome: str) -> None:
    assert str(of_reference(data)) == outcome


@pytest.mark.parametrize(("data", "outcome"), PREFIXES)
def test_row_holds_wherever_it_is_cut(data: bytes, outcome: str) -> None:
    assert str(of_parser(data)) == outcome
    assert str(of_parser(*pieces(data, range(1, len(data))))) == outcome
    for cut in range(len(data) + 1):
        assert str(of_parser(data[:cut], data[cut:])) == outcome
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return
    assert str(of_parser(text)) == str(of_parser(*text)) == outcome


@pytest.mark.parametrize("peer", PEERS)
def test_peer_does_what_the_last_column_says(peer: str) -> None:
    pytest.importorskip(peer)
    for line in LINES:
        said = dict(re.findall(r"(jiter `on`|jiter|json|orjson) (`[^`]*`|✗)", line.others))
        assert "; ".join(f"{name} {what}" for name, what in said.items()) == line.others
        for data in line.received:
            about_peer = {name: what for name, what in said.items() if name.split()[0] == peer}
            assert differences(peer, data) == about_peer, data


if __name__ == "__main__":
    page, old = page_and_table()
    SEMANTICS.write_text(page.replace(old, table()), "utf-8")
