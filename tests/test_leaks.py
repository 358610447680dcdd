"""Memory: a million parses leave nothing behind, errors among them; an open parser takes little."""

import sys

import pytest

from partialjson import Parser
from tests.programs import run

PROGRAM = """
    import gc, sys
    import pydantic
    import partialjson
    from partialjson import ModelParser, Parser

    class Inner(pydantic.BaseModel):
        name: str = ""
        tags: list[str] = []

    class Outer(pydantic.BaseModel):
        inner: Inner
        others: list[Inner] = []
        number: int = 0

    TEXT = '{"inner": {"name": "Ann 上海", "tags": ["a", "b c"]}, "others": [{"name": "x"}, {}]'
    KEYS = [*(f"key {number}" for number in range(3)), "once", "more"]

    def by_tokens(parser):
        for at in range(0, len(TEXT), 7):
            value = parser.feed(TEXT[at : at + 7])
        return parser.feed(', "number": 1234567890123456789012}')

    def loads(_):
        partialjson.loads('[{"key 0": 1.5, "key 1": null}, {"key 0": [true], "key 1": "a\\\\n"}]')

    def refused(number):
        for text in ('{"a": [1, "b": 2}', '{"a": tru3', '["\\\\ud800x"]', "[1,]", b"\\xff"):
            try:
                Parser().feed(text)
            except partialjson.JSONSyntaxError as error:
                assert error.path is not None
        try:
            Parser(max_depth=2, deltas=True).feed("[[[")
        except partialjson.LimitExceededError:
            pass
        try:
            ModelParser(Outer, fail_fast=True).feed('{"inner": [')
        except pydantic.ValidationError:
            pass

    def half(number):
        parser = Parser(deltas=True)
        parser.feed(TEXT[: number % len(TEXT)])
        parser.take_deltas(), parser.completion, parser.open_path, parser.state(("inner", "name"))
        try:
            parser.finish()
        except partialjson.IncompleteJSONError as error:
            error.value

    def streams(_):
        for value in partialjson.iterparse([TEXT, "}"]):
            pass
        list(partialjson.iterparse('{"a":1}[2] 3', documents="many"))
        list(partialjson.iteritems([TEXT, "}"], "others[*]"))

    def typed(number):
        by_tokens(ModelParser(Outer)) if number % 4 == 0 else None
        cut = ModelParser(Outer)
        cut.feed(TEXT[: number % len(TEXT)])

    WAYS = [lambda _: by_tokens(Parser()), loads, refused, half, streams, typed]

    def parse(count):
        for number in range(count):
            WAYS[number % len(WAYS)](number)
            if number % 5_000 == 0:
                # Errors refer to themselves by their frames; without a global lock, garbage waits
                # for a tenth more memory.
                gc.collect()

    def resident():
        gc.collect()
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * 4096

    def references():
        # CPython's method cache names each of its empty entries None, and by the chance of
        # addresses other types' lookups fill them meanwhile. (From 3.12 on None is immortal.)
        if sys.version_info < (3, 12):
            sys._clear_type_cache()
        return [sys.getrefcount(each) for each in (*KEYS, None, True, False, partialjson.MISSING)]

    parse({warm})
    before, counts = resident(), references()
    parse({count})
    grown = resident() - before
    moved = max(abs(now - then) for now, then in zip(references(), counts))
    print(grown, moved)
"""


@pytest.mark.parametrize(
    ("warm", "count"),
    [(5_000, 50_000), pytest.param(30_000, 1_000_000, marks=pytest.mark.long)],
)
def test_nothing_is_left_behind(warm: int, count: int) -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("resident memory is read from /proc")
    program = PROGRAM.replace("{warm}", str(warm)).replace("{count}", str(count))
    grown, moved = map(int, run(program).split())
    print(f"{count:,} parses: {grown / 2**20:.2f} MiB more, references moved by {moved} at most")
    assert grown <= 4 * 2**20
    # A reference left for each parse would be thousands.
    assert moved < 10


def test_an_open_parser_takes_a_small_block() -> None:
    # CPython's own allocator has blocks of up to 512 bytes: larger ones take twice as long to get.
    # 32 of them are the heads of every object and of the garbage collector.
    assert Parser.__basicsize__ - object.__basicsize__ <= 512 - 32
