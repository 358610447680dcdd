"""The smallest calls there are: what a parser costs before it parses anything."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import partialjson
from benches import peers
from benches.conftest import Measure

DATA = b'{"ok":true,"id":417}'
assert len(DATA) == 20


def three_calls(data: bytes) -> None:
    parser = partialjson.Parser()
    parser.feed(data)
    parser.finish()


def one_reset(parser: partialjson.Parser, data: bytes) -> None:
    parser.feed(data)
    parser.finish()
    parser.reset()


def test_three_calls(measure: Measure) -> None:
    measure(lambda: three_calls(DATA), section="short", case="parser", who="partialjson")


def test_a_parser_used_again(measure: Measure) -> None:
    parser = partialjson.Parser()
    work = lambda: one_reset(parser, DATA)  # noqa: E731
    measure(work, section="short", case="reset", who="partialjson")


ONE_CALL: dict[str, Callable[[bytes], object]] = {
    "partialjson": partialjson.loads,
    **peers.FROM_BYTES,
}


@pytest.mark.parametrize("who", ONE_CALL)
def test_one_call(who: str, measure: Measure) -> None:
    parse = ONE_CALL[who]

    def one_call(data: bytes) -> None:
        parse(data)

    measure(lambda: one_call(DATA), section="short", case="loads", who=who)
