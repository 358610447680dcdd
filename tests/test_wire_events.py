"""The wire: cursors, and events as they are sent."""

import json
from pathlib import Path
from typing import Any

import pydantic
import pydantic_core
import pytest
from markdown_it import MarkdownIt

import partialjson
from partialjson import Delta
from partialjson._live import Follower, Live
from partialjson._wire import CursorError, Event, Profile, failure_data, joined, tail
from tests.observation import Exact
from tests.wire_client import MISSING, Client
from tests.wires import told

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


@pytest.mark.parametrize(
    ("profile", "name"), [("delta", "snap"), ("snapshot", "snap"), ("json-patch", "reset")]
)
def test_who_was_at_an_earlier_attempt_is_told_that_nothing_shows(
    profile: Profile, name: str
) -> None:
    live = Live("report", 1)
    live.stop()
    assert [event.name for event in told(Follower(live, "report.0.20", profile))] == [name, "end"]


@pytest.mark.parametrize("cursor", ["report.0.5", "report.1.21"])
def test_patches_for_who_was_elsewhere_begin_with_a_reset(cursor: str) -> None:
    live = live_at(20, epoch=1)
    reset, patch = told(Follower(live, cursor, "json-patch"))
    assert reset == Event("reset", "report.1.0", "{}")
    assert json.loads(patch.data) == [{"op": "add", "path": "", "value": live.value}]


def test_who_comes_between_two_attempts_is_told_that_nothing_shows() -> None:
    live = live_at(20)
    assert told(Follower(live)) == [live.snap()]
    live.restart()
    assert told(Follower(live)) == [Event("snap", "report.1.0", '{"open":null}')]
    assert told(Follower(live, profile="json-patch")) == []


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
