"""The smallest calls there are: what a parser costs before it parses anything."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import pytest

import partialjson
from benches import peers
from benches.conftest import SECONDS, Record
from benches.turns import Work, in_turn

DATA = b'{"ok":true,"id":417}'
assert len(DATA) == 20
# Calls before the clock is read again.
CALLS = 1000

ONE_CALL: dict[str, Callable[[bytes], object]] = {
    "partialjson": partialjson.loads,
    **peers.FROM_BYTES,
}


def three_calls() -> None:
    # By a name of its own, as the functions below are called.
    make, data = partialjson.Parser, DATA
    for _ in range(CALLS):
        parser = make()
        parser.feed(data)
        parser.finish()


def one_reset() -> None:
    data = DATA
    parser = partialjson.Parser()
    for _ in range(CALLS):
        parser.feed(data)
        parser.finish()
        parser.reset()


def one_call(parse: Callable[[bytes], object]) -> None:
    data = DATA
    for _ in range(CALLS):
        parse(data)


@cache
def calls(_turn: int) -> dict[tuple[str, str], float]:
    """What each takes, by case and who."""
    works = {
        ("loads", who): Work(partial(one_call, parse), CALLS) for who, parse in ONE_CALL.items()
    }
    works["parser", "partialjson"] = Work(three_calls, CALLS)
    works["reset", "partialjson"] = Work(one_reset, CALLS)
    return in_turn(works, SECONDS)


@pytest.mark.parametrize("case", ["parser", "reset"])
def test_a_parser(case: str, turn: int, record: Record) -> None:
    who = "partialjson"
    record(lambda: calls(turn)[case, who], section="short", case=case, who=who)


@pytest.mark.parametrize("who", ONE_CALL)
def test_one_call(who: str, turn: int, record: Record) -> None:
    record(lambda: calls(turn)["loads", who], section="short", case="loads", who=who)
