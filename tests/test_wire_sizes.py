"""The wire: events, and what is kept for them, are not much larger than the text."""

import json
import tracemalloc
from typing import Any

import pydantic
import pytest

from partialjson._live import Follower, Live
from partialjson._wire import failure_data
from tests.wire_client import Client
from tests.wires import shown, state, told


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


@pytest.mark.parametrize("chunks", [["1,2,3,4,5,6,7,8,9,"], [f"{each}," for each in range(1, 10)]])
def test_one_who_is_told_all_of_it_is_told_changes_after_that(chunks: list[str]) -> None:
    live = Live("s")
    follower = Follower(live)
    live.write(LONG_KEY)
    told(follower)
    for chunk in chunks:
        live.write(chunk)
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
