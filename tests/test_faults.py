"""What goes wrong around a parser: threads, callbacks, interrupts, forks, great depth."""

import contextlib
import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

import pydantic
import pytest

import partialjson
from partialjson._partialjson import Documents, Items
from tests.programs import run


class Within(pydantic.BaseModel):
    a: list[int]
    b: str


class Kept(pydantic.BaseModel):
    inner: Within


@contextlib.contextmanager
def interrupted() -> Iterator[None]:
    """A profiler, a debugger or Ctrl-C stops the making of an exception of ours."""

    def interrupt(frame: Any, event: str, _argument: Any) -> None:
        if event == "call" and frame.f_globals["__name__"] == "partialjson._errors":
            raise KeyboardInterrupt

    sys.setprofile(interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            yield
    finally:
        sys.setprofile(None)


@pytest.mark.parametrize(
    "tell",
    [
        lambda parser: parser.feed("2]}"),
        lambda parser: parser.finish(),
        lambda parser: parser.completion,
    ],
)
def test_an_error_that_could_not_be_told_is_told_by_the_next_call(tell: Any) -> None:
    parser = partialjson.Parser()
    parser.write('{"a": [1, ')
    with interrupted():
        parser.feed("}")
    assert parser.status == "error"
    assert parser.value == {"a": [1]}
    with pytest.raises(partialjson.JSONSyntaxError) as caught:
        tell(parser)
    assert (caught.value.pos, caught.value.path) == (10, ("a", 1))


@pytest.mark.parametrize("keys", ["last", "error"])
@pytest.mark.parametrize(
    "tell",
    [
        lambda parser: parser.feed(""),
        lambda parser: parser.feed('"b": ""}'),
        lambda parser: parser.finish(),
        lambda parser: parser.completion,
    ],
)
def test_a_typed_error_that_could_not_be_told_is_told_by_the_next_call(
    tell: Any, keys: str
) -> None:
    parser = partialjson.ModelParser(Within, duplicate_keys=keys)
    parser.write('{"a": [1, ')
    with interrupted():
        parser.feed("} and more")
    assert (parser.status, parser.offset) == ("error", 10)
    assert parser.value.a == [1]
    with pytest.raises(partialjson.JSONSyntaxError) as caught:
        tell(parser)
    assert (caught.value.pos, caught.value.path) == (10, ("a", 1))
    assert caught.value.value.a == [1]


@pytest.mark.parametrize(
    ("make", "chunk"),
    [(Documents, "1] }"), (lambda: Items(("*",)), "[1], }")],
    ids=["many", "items"],
)
def test_an_interrupt_is_raised_once_and_what_came_before_it_is_not_lost(
    make: Callable[[], Documents | Items], chunk: str
) -> None:
    """Who had no part in it is told that nothing can follow, and not that somebody wants to end."""
    parts = make()
    parts.feed("[")
    with interrupted():
        assert len(parts.feed(chunk)) == 1
        parts.check()
    for call in (parts.check, parts.finish, lambda: parts.feed("]"), parts.check):
        with pytest.raises(RuntimeError, match="interrupted"):
            call()


def test_chunks_that_feed_the_iterator_itself_are_told() -> None:
    values: Iterator[Any]

    def chunks() -> Iterator[str]:
        yield "[1,"
        with pytest.raises(RuntimeError, match="it is in use by another thread, or by a call"):
            next(values)
        yield "2]"

    values = partialjson.iterparse(chunks())
    assert list(values) == [[1], [1, 2]]


class Feeds:
    """Feeds a parser when it is dropped, as any object with a finaliser may."""

    def __init__(self, call: Callable[[], Any], outcome: list[Any]) -> None:
        self.call = call
        self.outcome = outcome

    def __del__(self) -> None:
        try:
            self.outcome.append(self.call())
        except RuntimeError as error:
            self.outcome.append(error)


@pytest.mark.parametrize(
    "ask",
    [
        lambda parser: parser.feed(""),
        lambda parser: parser.write(""),
        lambda parser: parser.value,
        lambda parser: parser.finish(),
        lambda parser: parser.changed,
        lambda parser: parser.status,
        lambda parser: parser.open_path,
        lambda parser: parser.state(()),
        lambda parser: parser.offset,
        lambda parser: parser.completion,
        lambda parser: parser.take_deltas(),
        lambda parser: parser.reset(),
        lambda parser: repr(parser),
    ],
)
def test_whatever_is_asked_within_a_call_is_refused_in_the_same_words(
    ask: Callable[[Any], Any],
) -> None:
    parser = partialjson.Parser(values="live")
    outcome: list[Any] = []
    value = parser.feed('{"a": 1, "b": ["x')
    value["a"] = Feeds(lambda: ask(parser), outcome)
    assert parser.feed('y"], "a": 2}') == {"a": 2, "b": ["xy"]}
    assert "it is in use by another thread, or by a call" in str(outcome[0])


def test_nobody_can_change_what_a_parser_does(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TypeError, match="cannot set 'feed' attribute of immutable type"):
        monkeypatch.setattr(partialjson.Parser, "feed", None)
    assert partialjson.Parser().feed("[1") == []


def test_a_finaliser_within_a_call_is_told_and_the_parser_stays_intact() -> None:
    parser = partialjson.Parser(values="live")
    outcome: list[Any] = []
    value = parser.feed('{"a": 1, "b": ["x')
    value["a"] = Feeds(lambda: parser.feed("never"), outcome)
    # The repeated key drops the object in the middle of the call.
    assert parser.feed('y"], "a": 2, ') == {"a": 2, "b": ["xy"]}
    assert [type(each) for each in outcome] == [RuntimeError]
    assert "it is in use" in str(outcome[0])
    assert parser.feed('"c": 3}') == {"a": 2, "b": ["xy"], "c": 3}
    assert parser.finish() == {"a": 2, "b": ["xy"], "c": 3}


def test_calls_within_a_call_get_no_table_that_it_is_using() -> None:
    def key() -> str:
        return next(iter(partialjson.loads('{"a key of the table": 1}')))

    # What comes for the third time is remembered, whatever came before.
    known = [key() for _ in range(3)][-1]
    assert key() is known
    parser = partialjson.Parser(values="live")
    value = parser.feed('[{"a": 1, "b": ["x')
    outcome: list[Any] = []
    value[0]["a"] = Feeds(lambda: [key() for _ in range(4)], outcome)
    # The repeated key has the call take the table, and the bracket has it drop the object.
    parser.feed('y"], "a": 2}')
    assert [each is known for each in outcome[0]] == [False] * 4
    assert key() is known


def test_threads_with_parsers_of_their_own_do_not_mix() -> None:
    start = threading.Barrier(4)
    failures: list[Any] = []

    def work(number: int) -> None:
        start.wait(10)
        text = f'{{"thread": {number}, "text": "{"x" * 50}", "list": [{{"key{number}": [1, 2]}}]}}'
        expected = partialjson.loads(text)
        for size in (1, 3, 200) * 20:
            parser = partialjson.Parser()
            for i in range(0, len(text), size):
                parser.feed(text[i : i + size])
            if parser.finish() != expected:
                failures.append(number)

    with ThreadPoolExecutor() as threads:
        list(threads.map(work, range(4)))
    assert not failures


def test_threads_that_know_one_another_s_keys_do_not_mix() -> None:
    """Without a global lock, a table that two calls have at once would crash the interpreter."""
    random = Random(0)

    def record() -> dict[str, int]:
        return {f"{'k' * random.randrange(9)}{random.randrange(50)}": i for i in range(5)}

    values = [[record() for _ in range(30)] for _ in range(300)]
    documents = [(json.dumps(value), value) for value in values]
    start = threading.Barrier(4)

    def work(number: int) -> list[str]:
        start.wait(10)
        asked = Random(number).choices(documents, k=3_000)
        return [text for text, value in asked if partialjson.loads(text) != value]

    with ThreadPoolExecutor() as threads:
        assert list(threads.map(work, range(4))) == [[]] * 4


@pytest.mark.parametrize("typed", [False, True])
def test_values_that_other_threads_keep_never_change(typed: bool) -> None:
    """They take them from where the parser's thread lets go of them, at any time."""
    shown: list[Any] = [(None, "None")]
    changed: list[Any] = []
    taken = 0

    def keep() -> None:
        nonlocal taken
        kept: list[Any] = []
        while shown:
            with contextlib.suppress(IndexError):
                value, text = shown[0]
                kept.append((value, text))
                del value
            taken += 1
            changed.extend(text for value, text in kept if repr(value) != text)
            del kept[taken % 9 :]

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    with ThreadPoolExecutor() as threads:
        keepers = [threads.submit(keep) for _ in range(2)]
        try:
            for turn in range(150):
                parser = partialjson.ModelParser(Kept) if typed else partialjson.Parser()
                text = f'{{"inner": {{"a": [{turn}, 2, 3, 4], "b": "some words, and more"}}}}'
                for i in range(0, len(text), 3):
                    value = parser.feed(text[i : i + 3])
                    shown[0] = value, repr(value)
                    del value
        finally:
            shown.clear()
            sys.setswitchinterval(interval)
        for keeper in keepers:
            keeper.result()
    assert taken > 10
    assert not changed


def test_threads_on_one_parser_are_told_or_take_turns() -> None:
    parser = partialjson.Parser()
    parser.write("[")
    start = threading.Barrier(4)
    outcomes: list[Any] = []

    def work(_: int) -> None:
        start.wait(10)
        for _ in range(2000):
            try:
                parser.write("1,")
            except RuntimeError as error:
                outcomes.append(error)
            else:
                outcomes.append(None)

    with ThreadPoolExecutor() as threads:
        list(threads.map(work, range(4)))
    assert len(parser.value) == outcomes.count(None)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform has no fork")
def test_a_forked_parser_goes_on_in_both() -> None:
    program = """
        import os
        import partialjson

        parser = partialjson.Parser()
        parser.feed('{"a": [1, "x')
        child = os.fork()
        parser.feed('y"]}' if child else 'z"]}')
        value = parser.finish()
        if not child:
            os._exit(0 if value == {"a": [1, "xz"]} else 1)
        _, status = os.waitpid(child, 0)
        print(value == {"a": [1, "xy"]}, os.waitstatus_to_exitcode(status))
    """
    assert run(program) == "True 0\n"


def test_law_6_a_write_costs_no_more_the_deeper_it_is() -> None:
    """One by one, which takes minutes where each write looks at all that is open."""
    depth = 300_000
    parser = partialjson.Parser(max_depth=depth)
    parser.feed("[")
    for _ in range(depth - 1):
        parser.write("[")
    assert parser.open_path == (0,) * (depth - 1)
    for _ in range(depth):
        parser.write("]")
    assert parser.status == "complete"


def test_law_7_a_million_brackets_on_a_small_stack() -> None:
    program = """
        import sys
        import threading
        import partialjson

        DEPTH = 1_000_000
        # Imported when it is asked for first, which takes more of a stack than all that follows.
        partialjson.LimitExceededError

        def work():
            parser = partialjson.Parser(max_depth=DEPTH)
            parser.write("[" * DEPTH)
            assert parser.status == "open" and len(parser.open_path) == DEPTH - 1
            assert parser.state((0,) * 5) == "open"
            assert parser.completion == "]" * DEPTH
            value = parser.value
            try:
                parser.write("[")
            except partialjson.LimitExceededError as error:
                assert error.pos == DEPTH and error.value is value
            del value
            parser.reset()
            whole = partialjson.loads("[" * DEPTH + "]" * DEPTH, max_depth=DEPTH)
            del whole
            try:
                partialjson.loads("[" * 2000)
            except partialjson.LimitExceededError as error:
                print(error.pos, error.limit, error.maximum)

        # Python 3.13 itself, to take apart nested lists, needs more.
        threading.stack_size(8 << 20 if sys.version_info[:2] == (3, 13) else 64 << 10)
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    """
    assert run(program) == "1024 max_depth 1024\n"
