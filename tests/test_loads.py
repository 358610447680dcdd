"""`loads` begins each document as if it were the first, though it uses its parser again."""

import gc
import sys
import sysconfig
import threading
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

import pytest

import partialjson
from tests.observation import Exact, refusal
from tests.strategies import document, mutated, seeded

# A keyword, the default's too, has a parser made for the call.
APART: dict[str, Any] = {"max_depth": 1024}


def outcome(data: bytes, **options: Any) -> Any:
    try:
        return Exact(partialjson.loads(data, **options))
    except partialjson.ParseError as error:
        return refusal(error), Exact(error.value)


def cut_or_broken(random: Random) -> bytes:
    data = document(random)
    kind = random.randrange(4)
    return data if kind else mutated(random, data)


def test_a_document_leaves_nothing_to_the_next() -> None:
    for random in seeded(200, 20_000):
        for _ in range(20):
            data = cut_or_broken(random)
            data = data[: random.randrange(len(data) + 1)] if random.random() < 0.2 else data
            assert outcome(data) == outcome(data, **APART), data


@pytest.mark.parametrize(
    "before",
    [b"[\n\n1]\n", b"1", b"[1", b'{"a', b"[" * 300 + b"]" * 300, b"[" + b"1," * 5000 + b"1]", b"x"],
)
def test_places_are_counted_from_the_start(before: bytes) -> None:
    outcome(before)
    with pytest.raises(partialjson.JSONSyntaxError) as told:
        partialjson.loads("[1,\n x]")
    error = told.value
    assert (error.pos, error.lineno, error.colno, error.value) == (5, 2, 2, [1])
    assert partialjson.loads("") is partialjson.MISSING


def test_a_lower_limit_of_digits_holds_from_then_on() -> None:
    long = "[" + "7" * 5000 + "]"
    before = sys.get_int_max_str_digits()
    try:
        sys.set_int_max_str_digits(6000)
        assert partialjson.loads(long) == [int("7" * 5000)]
        sys.set_int_max_str_digits(before)
        with pytest.raises(partialjson.LimitExceededError):
            partialjson.loads(long)
        assert partialjson.loads("[1]") == [1]
    finally:
        sys.set_int_max_str_digits(before)


@pytest.mark.skipif(
    bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    reason="without a global lock a collection waits for more than its threshold",
)
def test_a_call_within_a_call_has_a_parser_of_its_own() -> None:
    seen: list[Any] = []

    def within(phase: str, _: dict[str, int]) -> None:
        if phase == "start":
            seen.append(partialjson.loads('{"within": [1, "x", {"y": null}]}'))

    threshold = gc.get_threshold()
    gc.callbacks.append(within)
    gc.set_threshold(1)
    try:
        # So short that a collection may come in the middle of it.
        values = [partialjson.loads('[[[1], {"a": [2]}], [[3]], [4]]') for _ in range(500)]
    finally:
        gc.set_threshold(*threshold)
        gc.callbacks.remove(within)
    assert values == [[[[1], {"a": [2]}], [[3]], [4]]] * 500
    assert len(seen) > 20
    assert seen == [{"within": [1, "x", {"y": None}]}] * len(seen)


def test_threads_come_and_go() -> None:
    start = threading.Barrier(4)
    values: list[Any] = []

    def work(number: int) -> None:
        start.wait(10)
        values.extend(partialjson.loads(f'{{"n": {number}}}')["n"] for _ in range(100))

    for group in range(5):
        with ThreadPoolExecutor() as threads:
            list(threads.map(work, range(group * 4, group * 4 + 4)))
    assert sorted(values) == [number for number in range(20) for _ in range(100)]
