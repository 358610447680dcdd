"""The wire: what a client knows is a pure function of the bytes received, whatever happened."""

import json
import math
import sys
import tracemalloc
from pathlib import Path
from random import Random
from typing import Any

import pydantic
import pydantic_core
import pytest
from hypothesis import given
from markdown_it import MarkdownIt

import partialjson
from partialjson import Delta, Parser
from partialjson._json_text import json_text
from partialjson._live import Follower, Live
from partialjson._wire import (
    Cursor,
    CursorError,
    Event,
    Profile,
    failure_data,
    joined,
    pointer,
    tail,
)
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


def known(text: bytes, is_whole: bool, **options: Any) -> tuple[Exact, str | None]:
    """Give what a client has to show that has received `text`."""
    parser = Parser(**options)
    parser.write(text)
    value = parser.finish() if is_whole else parser.value
    where = parser.open_path
    return shown(value), None if where is None else pointer(where)


def shown(value: Any) -> Exact:
    # Through JSON, so that what is compared is what JSON can say.
    return Exact(json.loads(json_text(value)) if value is not partialjson.MISSING else value)


def state(client: Any) -> Exact:
    return Exact(partialjson.MISSING if client.value is MISSING else client.value)


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


# --- cursors -------------------------------------------------------------------------------------

FULL = b'{"title": "a long text", "pages": [1, 2]}'


def live_at(size: int, epoch: int = 0) -> Live:
    live = Live("report", epoch)
    live.write(FULL[:size])
    return live


@pytest.mark.parametrize(
    "cursor",
    [
        "report", "report.0", "report.0.", "report..5", ".0.5", "report.0.5.6", "report.0.-5",
        "report.0.+5", "report.0.5 ", " report.0.5", "report.0.5\n", "report.0.05", "report.00.5",
        "report.0.٥", "report.0.5e1", "report.0.0x5", "report.0.9999999999999999", "r/p.0.5",
        "report.x.5", "%72eport.0.5", "null", "0", "[]", "report.0.5\x00", "é.0.5", "." * 100_000,
        "x" * 65 + ".0.5", "report.0.5,report.0.6",
    ],
)  # fmt: skip
def test_malformed_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(CursorError, match="malformed") as caught:
        Follower(live_at(20), cursor)
    assert caught.value.status_code == 400
    assert cursor not in str(caught.value)


@pytest.mark.parametrize("cursor", ["other.0.5", "Report.0.5", "repor.0.5", "reportx.0.20"])
def test_cursor_of_another_stream_is_refused(cursor: str) -> None:
    with pytest.raises(CursorError, match="another stream"):
        Follower(live_at(20), cursor)


@pytest.mark.parametrize("cursor", ["report.1.21", "report.1.999999999999999", "report.0.5",
                                    "report.2.5", "report.7.0"])  # fmt: skip
def test_cursor_past_the_end_or_of_another_attempt_gets_a_snapshot(cursor: str) -> None:
    live = live_at(20, epoch=1)
    event = Follower(live, cursor).take()
    assert event == Event("snap", "report.1.20", '{"v":{"title":"a long te"},"open":"/title"}')


@pytest.mark.parametrize("profile", ["delta", "snapshot", "json-patch"])
@pytest.mark.parametrize("epoch", [0, 3])
def test_who_knows_more_than_was_read_here_is_not_told_that_nothing_shows(
    epoch: int, profile: Profile
) -> None:
    live = Live("report")
    follower = Follower(live, f"report.{epoch}.20", profile)
    assert follower.take() is None
    live.restart(epoch)
    assert follower.take() is None
    live.write(FULL[:23])
    assert told(follower) == told(Follower(live, f"report.{epoch}.20", profile))


def test_who_knows_more_than_ever_comes_is_told_what_there_is() -> None:
    live = Live("report")
    follower = Follower(live, "report.0.20")
    live.write(FULL[:5])
    assert told(follower) == [live.snap()]


@pytest.mark.parametrize("profile", ["delta", "snapshot", "json-patch"])
@pytest.mark.parametrize("cursor", ["report.0.20", "report.3.20", "report.3.0"])
@pytest.mark.parametrize("is_late", [False, True])
def test_who_knows_more_than_was_ever_read_here_is_told_of_the_end_alone(
    cursor: str, profile: Profile, is_late: bool
) -> None:
    """What came before an error stays as it is, and so does what was open then."""
    for end, kind in (Live.stop, "Stopped"), (fail, "UpstreamError"):
        live = Live("report")
        follower = Follower(live, cursor, profile)
        if not is_late:
            assert follower.take() is None
        end(live)
        if is_late:
            follower = Follower(live, cursor, profile)
        (event,) = told(follower)
        assert event == Event("end", cursor, f'{{"ok":false,"error":{{"type":"{kind}"}}}}')
        assert follower.is_done


def fail(live: Live) -> None:
    live.fail(ConnectionError("the store is away"))


def test_who_was_at_an_earlier_attempt_is_told_that_nothing_shows() -> None:
    live = Live("report", 1)
    live.stop()
    assert [event.name for event in told(Follower(live, "report.0.20"))] == ["snap", "end"]


@pytest.mark.parametrize("cursor", [None, ""])
def test_without_a_cursor_all_of_it_comes(cursor: str | None) -> None:
    assert Follower(live_at(20), cursor).take() == live_at(20).snap()


@pytest.mark.parametrize("name", ["", "a.b", "a b", "é", "x" * 65, "a\n", "a/b"])
def test_name_of_a_stream_fits_into_an_id(name: str) -> None:
    with pytest.raises(ValueError, match="stream's name"):
        Live(name)


def test_unknown_profile_is_refused() -> None:
    profile: Any = "diff"
    with pytest.raises(ValueError, match="profile"):
        Follower(live_at(20), None, profile)


# --- the shape of events -------------------------------------------------------------------------


def told(follower: Follower) -> list[Event]:
    events = []
    while (event := follower.take()) is not None:
        events.append(event)
    return events


def test_page_shows_what_is_sent() -> None:
    """docs/wire.md has one conversation in full."""
    page = (Path(__file__).parent.parent / "docs" / "wire.md").read_text("utf-8")
    blocks = [
        t.content for t in MarkdownIt().parse(page) if t.type == "fence" and "id:" in t.content
    ]
    live = Live("r7")
    follower = Follower(live)
    events = told(follower)
    for chunk in ('{"title":"Par', "tial", " views", '!","pages":[1 ', "]}"):
        live.write(chunk)
        events += told(follower)
    live.finish()
    events += told(follower)
    frames = [
        ("" if name == "d" else f"event: {name}\n") + f"data: {data}\nid: {id_}\n\n"
        for name, id_, data in events
    ]
    assert "".join(frames) == blocks[0]


def test_several_changes_at_once_are_one_event() -> None:
    live = Live("s")
    follower = Follower(live)
    live.write('["a')
    assert follower.take() == Event("snap", "s.0.3", '{"v":["a"],"open":"/0"}')
    live.write('b", {"x/y~z": null, "": [')
    assert follower.take() == Event(
        "d",
        "s.0.28",
        '[{"o":"append","p":"/0","v":"b"},'
        '{"o":"add","p":"/1","v":{"x/y~z":null,"":[]},"open":"/1/"}]',
    )
    live.write("[")
    assert follower.take() == Event("d", "s.0.29", '{"p":"/1//0","v":[]}')


def test_one_who_is_behind_gets_one_event_for_all() -> None:
    live = Live("s")
    quick, slow = Follower(live), Follower(live)
    assert told(quick) == told(slow)
    for chunk in ('{"a":"', *"hello", '","b":"', *"world"):
        live.write(chunk)
        told(quick)
    (event,) = told(slow)
    assert json.loads(event.data) == [
        {"o": "add", "p": "", "v": {"a": ""}},
        {"o": "append", "p": "/a", "v": "hello"},
        {"o": "add", "p": "/b", "v": ""},
        {"o": "append", "v": "world"},
    ]
    live.write("!")
    assert told(quick) == told(slow) == [Event("d", live.id, '{"v":"!"}')]


def test_steps_that_are_not_kept_any_more_are_told_from_the_text() -> None:
    live = Live("s")
    quick, slow = Follower(live), Follower(live)
    client = Client()
    live.write('["')
    client.take(*told(slow)[0])
    for number in range(5000):
        live.write(f"{number},")
        told(quick)
    assert len(live.steps) < 300
    (event,) = told(slow)
    client.take(*event)
    assert client.value == live.value
    assert len(event.data) < len(live.text) + 100


def test_root_may_be_any_value() -> None:
    for text, expected in (("12", 12), ("true", True), ("null", None), ('"x"', "x"), ("[]", [])):
        live = Live("s")
        client = Client()
        follower = Follower(live)
        client.take(*told(follower)[0])
        assert client.value is MISSING
        live.write(text)
        for event in told(follower):
            client.take(*event)
        before_the_end = client.id
        live.finish()
        for event in told(follower):
            client.take(*event)
        assert Exact(client.value) == Exact(expected)
        assert client.end == {"ok": True}
        # Whoever lost the last events gets them again, also a number that only the end completes.
        again = Client()
        again.value = MISSING if text == "12" else expected
        again.id = before_the_end
        for event in told(Follower(live, again.connect())):
            again.take(*event)
        assert Exact(again.value) == Exact(expected)


def test_stop_ends_it_and_nothing_comes_after() -> None:
    live = live_at(20)
    follower = Follower(live)
    told(follower)
    live.stop()
    live.write(FULL[20:])
    live.finish()
    live.restart()
    (event,) = told(follower)
    data = '{"ok":false,"error":{"type":"Stopped"},"open":"/title"}'
    assert event == Event("end", "report.0.20", data)
    assert told(follower) == []
    assert [e.name for e in told(Follower(live, "report.0.20"))] == ["end"]
    assert [e.name for e in told(Follower(live))] == ["snap", "end"]


def test_epochs_only_grow() -> None:
    with pytest.raises(ValueError, match="non-negative integer"):
        Live("s", -1)
    live = live_at(20, epoch=3)
    with pytest.raises(ValueError, match="does not follow"):
        live.restart(3)
    live.restart(9)
    assert live.id == "report.9.0"
    live.restart(9)
    assert Follower(live).take() == Event("snap", "report.9.0", '{"open":null}')


class Age(pydantic.BaseModel):
    age: int


def test_epochs_fit_into_an_id() -> None:
    last = 10**15 - 1
    assert Follower(Live("s", last), f"s.{last}.0").take() is None
    for wrong in (-1, last + 1):
        with pytest.raises(ValueError, match="15 digits"):
            Live("s", wrong)
    with pytest.raises(ValueError, match="15 digits"):
        Live("s").restart(last + 1)
    # True is an integer in Python.
    second = Live("s")
    second.restart(True)
    for live in second, Live("s", True):
        assert live.id == "s.1.0"
        assert Follower(live, live.id).take() is None
    moment: Any = 1.5
    with pytest.raises(TypeError, match="integer"):
        Live("s", moment)


def test_errors_tell_what_a_viewer_may_know() -> None:
    with pytest.raises(pydantic.ValidationError) as caught:
        Age.model_validate_json('{"age": "secret"}')
    told = json.loads(failure_data(caught.value, (), is_of_document=True))["error"]
    assert told["type"] == "ValidationError"
    assert told["errors"][0]["path"] == ["age"]
    assert told["errors"][0].keys() == {"path", "type", "message"}
    unsayable = pydantic_core.PydanticCustomError("size", "is {size}", {"size": "\ud800"})
    no_errors = pydantic_core.ValidationError.from_exception_data(
        "Age", [{"type": unsayable, "input": 1}]
    )
    told = json.loads(failure_data(no_errors, (), is_of_document=True))["error"]
    assert told == {"type": "ValidationError", "errors": []}
    refusal = partialjson.RefusalError("words of the service")
    assert json.loads(failure_data(refusal, ()))["error"] == {"type": "RefusalError"}
    error = ConnectionError("postgres://user:password@host")
    assert failure_data(error, None) == '{"ok":false,"error":{"type":"UpstreamError"},"open":null}'


# --- how large events get ------------------------------------------------------------------------


def sizes_of_events(chunks: list[str], profile: Any) -> list[tuple[int, int]]:
    """Give the size of each event and of the text then, for who keeps up, lags, and resumes."""
    live = Live("s")
    quick, slow = Follower(live, None, profile), Follower(live, None, profile)
    client, sizes = Client(), []
    for at, chunk in enumerate(chunks):
        live.write(chunk)
        followers = [quick, Follower(live, f"s.0.{len(live.text) // 2}", profile)]
        if at % 3 == 2 or at == len(chunks) - 1:
            followers.append(slow)
        for follower in followers:
            for event in told(follower):
                sizes.append((len(event.data), len(live.text)))
                if profile == "delta" and follower is slow:
                    client.take(*event)
    if profile == "delta":
        assert state(client) == shown(live.value)
    return sizes


LONG_KEY = '{"' + "k" * 3000 + '":['
LARGE = {
    "a long key": [LONG_KEY, *["1," * 1000] * 4],
    "a long key, and little at a time": [LONG_KEY, *["1,2,3,"] * 700],
    "many that are open at once": ["[" * 400, "1" + "],1" * 390, ",2,", "3,4"],
    "great depth": ["[" * 400, *["1," * 500] * 4],
    "escapes": ['{"' + "~" * 3000 + '":{', *[f'"é{at}":1,' * 100 for at in range(5)]],
}


@pytest.mark.parametrize("profile", ["delta", "json-patch"])
@pytest.mark.parametrize("chunks", LARGE.values(), ids=LARGE)
def test_no_event_is_much_larger_than_the_text(chunks: list[str], profile: Any) -> None:
    """A pointer can be as long as the text, and there may be one for every second byte of it."""
    for size, text in sizes_of_events(chunks, profile):
        assert size < 40 * text


def test_one_who_is_told_all_of_it_is_told_changes_after_that() -> None:
    live = Live("s")
    follower = Follower(live)
    live.write(LONG_KEY)
    told(follower)
    live.write("1,2,3,4,5,6,7,8,9,")
    (event,) = told(follower)
    delta = json.loads(event.data)
    assert (delta["o"], delta["p"], delta["v"]) == ("add", "", live.value)
    assert delta["open"] == "/" + "k" * 3000
    live.write('"a')
    (event,) = told(follower)
    assert json.loads(event.data)["p"] == delta["open"] + "/9"
    live.write("b")
    (event,) = told(follower)
    assert event.data == '{"o":"append","v":"b"}'


@pytest.mark.parametrize("key", ["k", "k" * 10_000])
def test_an_end_is_not_much_larger_than_the_text(key: str) -> None:
    """There is an error for every second byte of it, and each has its whole path."""
    text = json.dumps({key: [1] * 20_000}, separators=(",", ":"))
    with pytest.raises(pydantic.ValidationError) as caught:
        pydantic.TypeAdapter(dict[str, list[str]]).validate_json(text)
    data = failure_data(caught.value, (), is_of_document=True)
    errors = json.loads(data)["error"]["errors"]
    assert [each["path"] for each in errors] == [[key, at] for at in range(len(errors))]
    assert len(errors) > 1
    assert len(data) < 8 * len(text)


def test_steps_that_are_kept_are_no_larger_than_what_they_say() -> None:
    live = Live("s")
    live.write(LONG_KEY)
    tracemalloc.start()
    for _ in range(300):
        live.write("1,2,3,")
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # An event for each would be 2,700,000.
    assert held < 300_000


@pytest.mark.parametrize("follows", [False, True])
def test_paths_that_are_too_long_to_be_told_take_no_memory(follows: bool) -> None:
    """Those of all changes would take 160 MB."""
    depth, many = "[" * 400, "1," * 50_000
    live = Live("s")
    for text in [depth, many] if follows else [depth + many]:
        tracemalloc.start()
        live.write(text)
        follower = Follower(live, f"s.0.{len(depth)}")
        event = follower.take()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 20_000_000
    assert event is not None
    client = Client()
    client.take("snap", f"s.0.{len(depth)}", '{"v":[],"open":""}')
    client.take(*event)
    assert state(client) == shown(live.value)


def test_whitespace_is_no_change_however_much_and_deep() -> None:
    live = Live("s")
    live.write("[" * 1000)
    count = live.count
    live.write(" " * 50_000)
    assert live.count == count
    live.write(" " * 50_000 + "x" + "1" * 50_000)
    assert live.count == count
    assert len(live.text) == 101_000
    assert json.loads(str(live.ended))["error"]["pos"] == 101_000


# --- JSON text -----------------------------------------------------------------------------------


def test_json_text_is_read_back() -> None:
    for random in seeded(300, 5000):
        value = json.loads(document(random).decode("utf-8-sig"))
        text = json_text(value)
        assert "\n" not in text
        assert Exact(json.loads(text)) == Exact(value)


def test_json_text_of_any_depth() -> None:
    size = 100_000
    value: Any = 1
    for _ in range(size):
        value = {"a": [0, value]}
    assert json_text(value) == '{"a":[0,' * size + "1" + "]}" * size
    # Comparing and dropping it would recurse in Python itself: it is taken apart by hand.
    while isinstance(value, dict):
        value = value.pop("a").pop()


def test_numbers_that_json_has_not() -> None:
    inf = math.inf
    assert json_text([inf, -inf, math.nan, -0.0, {}]) == "[1e999,-1e999,null,-0.0,{}]"
    assert [json_text(x) for x in (inf, -inf, math.nan)] == ["1e999", "-1e999", "null"]
    big = 7 * 10**5000 + 3
    limit = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)
    try:
        text = json_text([big, True, None, "x"])
    finally:
        sys.set_int_max_str_digits(limit)
    assert text == "[7" + "0" * 4999 + '3,true,null,"x"]'


# --- parts ---------------------------------------------------------------------------------------


def test_joined_deltas_say_the_same() -> None:
    a, b = ("a",), ("b",)
    deltas = [
        Delta("append", a, "1"), Delta("append", a, "2"), Delta("append", b, "3"),
        Delta("append", a, "4"), Delta("add", a, "5"), Delta("append", a, "6"),
        Delta("append", a, "7"), Delta("append", a, "8"),
    ]  # fmt: skip
    assert joined(deltas) == [
        Delta("append", a, "12"), Delta("append", b, "3"), Delta("append", a, "4"),
        Delta("add", a, "5"), Delta("append", a, "678"),
    ]  # fmt: skip
    assert joined([]) == []


def test_tail_leaves_the_text_free_to_grow() -> None:
    text = bytearray(b'{"a": "b')
    told = tail(text, 7, {"deltas": True})
    text += b"c"
    assert told == ([Delta("append", ("a",), "b")], ("a",))


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
