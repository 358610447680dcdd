"""What goes wrong around a parser: no memory, other threads, callbacks, forks, collections."""

import contextlib
import gc
import json
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

import pydantic
import pytest

import partialjson
from partialjson._partialjson import Documents, Items

DOCUMENT = (
    '{"id": [1, 2.5, {"a": "x\u00e9", "n": 123456789012345678901234567890}], "t": "some \\n text",'
    ' "records": [{"q": 1, "w": []}, {"q": 300, "w": [null]}, {"q": 3, "w": [5]}],'
    ' "o": "\u4e0a\u6d77 \U0001f600", "e": {"one key": "one text", "another": "another text"}}'
)


class Within(pydantic.BaseModel):
    a: list[int]
    b: str


class Kept(pydantic.BaseModel):
    inner: Within


def run(program: str, *options: str, **environment: str) -> str:
    """What a program prints in an interpreter of its own."""
    done = subprocess.run(
        [sys.executable, *options, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("options", [{}, {"deltas": True}, {"duplicate_keys": "error"}])
@pytest.mark.parametrize("size", [3, 1000])
def test_no_memory_at_any_allocation_is_an_error_or_nothing(
    options: dict[str, Any], size: int
) -> None:
    """After MemoryError the parser raises it again and again, until it is reset."""
    pytest.importorskip("_testcapi")
    program = f"""
        import _testcapi, gc, json
        import partialjson

        document, options, size = {DOCUMENT!r}.encode(), {options!r}, {size}
        chunks = [document[i : i + size] for i in range(0, len(document), size)]
        gc.disable()
        failures = 0
        for n in range(1, 400):
            parser = partialjson.Parser(**options)
            held, failure, value = [], None, None
            _testcapi.set_nomemory(n, n + 1)
            try:
                for chunk in chunks:
                    held.append(parser.feed(chunk))
                value = parser.finish()
            except MemoryError as error:
                failure = error
            finally:
                _testcapi.remove_mem_hooks()
            if failure is None:
                assert value == json.loads(document), (n, value)
                continue
            failures += 1
            if parser.status != "error":
                # It came before the parser was asked, or after it had answered.
                continue
            for call in (lambda: parser.feed(b"1"), lambda: parser.value, parser.finish):
                try:
                    call()
                except MemoryError:
                    continue
                raise AssertionError((n, call))
            parser.reset()
            assert parser.feed(document) == json.loads(document)
        print(failures)
    """
    # Free lists and the interned keep most of them from asking for memory at all.
    assert int(run(program)) > 8


@pytest.mark.parametrize("options", [{}, {"deltas": True}, {"duplicate_keys": "error"}])
def test_no_memory_in_any_call_is_told_and_loses_nothing(options: dict[str, Any]) -> None:
    """Either nothing was taken, and the call works when repeated, or all that follows raises."""
    pytest.importorskip("_testcapi")
    program = f"""
        import _testcapi, gc, json
        import partialjson

        OPTIONS, DOCUMENT = {options!r}, {DOCUMENT!r}.encode()
        # Within a string, a number and a key.
        STARTS = [DOCUMENT.index(part) + 1 for part in (b"text", b"2.5", b'n":')]
        CALLS = [
            lambda parser: parser.status,
            lambda parser: parser.state(("id", 1)),
            lambda parser: parser.completion,
            lambda parser: parser.open_path,
            lambda parser: parser.offset,
            lambda parser: parser.value,
            lambda parser: parser.changed,
            lambda parser: parser.write(b""),
            lambda parser: parser.finish(),
            lambda parser: parser.take_deltas(),
            repr,
        ]
        TAKES = [
            lambda parser, rest: parser.write(rest),
            lambda parser, rest: parser.feed(rest),
            lambda parser, rest: parser.feed(bytearray(rest)),
            lambda parser, rest: parser.feed("\\ud800"),
            lambda parser, rest: parser.feed(12),
        ]
        EXPECTED = (MemoryError, ValueError, TypeError)
        failures = 0

        def outcome(call, *arguments):
            try:
                return call(*arguments)
            except EXPECTED as error:
                return type(error)

        def check(start, call, *arguments):
            global failures
            for n in range(30):
                parser = partialjson.Parser(**OPTIONS)
                held = parser.feed(DOCUMENT[:7])
                parser.write(DOCUMENT[7:start])
                failed = False
                _testcapi.set_nomemory(n, n + 1)
                try:
                    call(parser, *arguments)
                except MemoryError:
                    failed = True
                except EXPECTED:
                    pass
                finally:
                    _testcapi.remove_mem_hooks()
                failures += failed
                value = outcome(lambda: parser.value)
                if value is MemoryError:
                    for other in CALLS:
                        outcome(other, parser)
                elif failed and parser.status == "open":
                    assert parser.offset == start, n
                    parser.feed(DOCUMENT[start:])
                    assert parser.finish() == json.loads(DOCUMENT)

        gc.disable()
        for start in STARTS:
            for call in CALLS:
                check(start, call)
            for take in TAKES:
                check(start, take, DOCUMENT[start : start + 60])
        print(failures)
    """
    assert int(run(program)) > 8


def test_no_memory_for_what_is_remembered_is_an_error() -> None:
    """Of objects whose keys are new, and come often enough to be remembered together."""
    pytest.importorskip("_testcapi")
    program = """
        import _testcapi, gc, json
        import partialjson

        gc.disable()
        failures = 0
        for n in range(400):
            records = [{f"{n} first": [], f"{n} second": "text"}] * 12
            document = json.dumps(records)
            value = None
            _testcapi.set_nomemory(n, n + 1)
            try:
                value = partialjson.loads(document)
            except MemoryError:
                failures += 1
            finally:
                _testcapi.remove_mem_hooks()
            assert value in (None, records), (n, value)
            assert partialjson.loads(document) == records, n
        print(failures)
    """
    assert int(run(program)) > 8


@pytest.mark.parametrize("way", ["documents", "items"])
def test_no_memory_loses_no_document_and_no_item(way: str) -> None:
    pytest.importorskip("_testcapi")
    program = f"""
        import _testcapi, gc
        # Imported with the first one otherwise, which takes memory, too.
        from partialjson import Document
        from partialjson._partialjson import Documents, Items

        CHUNKS = ["[1][2]", "[3][4]"] if {way!r} == "documents" else ["[[1],[2],", "[3],[4]]"]
        gc.disable()
        failures = 0
        for n in range(30):
            splitter = Documents() if {way!r} == "documents" else Items(("*",))
            told, failed = [], False
            for chunk in CHUNKS:
                _testcapi.set_nomemory(n, n + 1)
                try:
                    told += splitter.feed(chunk)
                except MemoryError:
                    failed = True
                finally:
                    _testcapi.remove_mem_hooks()
            values = [each if {way!r} == "items" else each.value for each in told]
            assert values == [[1], [2], [3], [4]][: len(values)], (n, values)
            assert failed or len(values) == 4
            failures += failed
        print(failures)
    """
    assert int(run(program)) > 0


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


@pytest.mark.parametrize("kind", [MemoryError, RecursionError])
def test_a_document_is_not_invalid_for_want_of_memory(kind: type[Exception]) -> None:
    failures = [kind()]

    class Whole(pydantic.BaseModel):
        a: int

        @pydantic.model_validator(mode="after")
        def check(self) -> "Whole":
            if failures:
                raise failures.pop()
            return self

    parser = partialjson.ModelParser(Whole)
    with pytest.raises(kind):
        parser.feed('{"a": 1}')
    assert parser.status == "complete"
    assert parser.finish() == Whole(a=1)


@pytest.mark.parametrize(
    ("options", "chunks"),
    [
        ({"fail_fast": True}, ['{"a": {}, "b": 2}']),
        ({"fail_fast": True}, ['{"a": [1], "b": "x"', ', "a": ', "{}"]),
        ({}, ['{"a": [1], "b": "x" x']),
        ({"duplicate_keys": "error"}, ['{"a": [1], "b": "x", "b": 1']),
    ],
)
def test_no_memory_in_a_typed_parser_is_told_and_leaves_no_half(
    options: dict[str, Any], chunks: list[str]
) -> None:
    """After MemoryError what follows raises, or the same bytes go on to the same end."""
    pytest.importorskip("_testcapi")
    program = f"""
        import _testcapi, gc
        import partialjson, pydantic

        class Within(pydantic.BaseModel):
            a: list[int]
            b: str

        def outcome(call):
            try:
                return repr(call())
            except (partialjson.ParseError, pydantic.ValidationError, MemoryError) as error:
                return type(error)

        def run(n):
            parser = partialjson.ModelParser(Within, **{options!r})
            last, failed = {chunks!r}[-1], False
            for chunk in {chunks!r}[:-1]:
                parser.feed(chunk)
            if n is not None:
                _testcapi.set_nomemory(n, n + 1)
            try:
                parser.feed(last)
            except (partialjson.ParseError, pydantic.ValidationError):
                pass
            except MemoryError:
                failed = True
            except BaseException as error:
                # Pydantic panics where it has no memory for an error, called from Python.
                assert error.__traceback__.tb_next, error
                return True, MemoryError
            finally:
                _testcapi.remove_mem_hooks()
            end = outcome(parser.finish)
            return failed, end, parser.offset, parser.text, outcome(lambda: parser.value)

        gc.disable()
        _, *expected = run(None)
        taken = expected[1]
        failures = 0
        for n in range(150):
            failed, end, *rest = run(n)
            failures += failed
            if failed and (end is MemoryError or rest[0] < taken):
                continue
            assert [end, *rest] == expected, (n, failed, end, rest, expected)
        print(failures)
    """
    assert int(run(program)) > 3


def test_no_memory_to_tell_a_wrong_option() -> None:
    pytest.importorskip("_testcapi")
    program = """
        import _testcapi
        import partialjson

        kinds = set()
        for n in range(30):
            _testcapi.set_nomemory(n, n + 1)
            try:
                partialjson.Parser(allow_nan=2)
            except BaseException as error:
                kinds.add(type(error))
            finally:
                _testcapi.remove_mem_hooks()
        print(*sorted(kind.__name__ for kind in kinds))
    """
    assert run(program) == "MemoryError TypeError\n"


def test_the_debug_allocator_finds_nothing() -> None:
    program = f"""
        import gc, json
        import partialjson

        document = {DOCUMENT!r}
        for options in ({{}}, {{"values": "live"}}, {{"deltas": True}}, {{"numbers": "eager"}}):
            for size in (1, 2, 7, 1000):
                parser = partialjson.Parser(**options)
                held = []
                for i in range(0, len(document), size):
                    held.append(parser.feed(document[i : i + size]))
                    if options.get("deltas"):
                        parser.take_deltas()
                assert parser.finish() == json.loads(document)
        for bad in ("[1,", "[1}}", '"\\ud800', "[" * 2000, b"\\xff"):
            try:
                partialjson.Parser().feed(bad)
            except partialjson.ParseError:
                pass
        gc.collect()
        print("done")
    """
    assert run(program, "-X", "dev", PYTHONMALLOC="debug") == "done\n"


def test_a_collection_at_every_allocation_changes_nothing() -> None:
    before = gc.get_threshold()
    gc.set_threshold(1)
    try:
        for size in (1, 5, 1000):
            parser = partialjson.Parser(deltas=True)
            held = [parser.feed(DOCUMENT[i : i + size]) for i in range(0, len(DOCUMENT), size)]
            assert parser.finish() == partialjson.loads(DOCUMENT) == held[-1]
    finally:
        gc.set_threshold(*before)


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


def test_a_chunk_for_whose_copy_there_is_no_memory_is_not_taken() -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("memory is limited and read as Linux does")
    program = """
        import mmap, resource
        from partialjson import Parser

        parser = Parser()
        parser.write(bytearray(b"["))
        # More than what an allocator may have set aside, and nothing of it is touched.
        chunk = memoryview(mmap.mmap(-1, 2**32))
        with open("/proc/self/statm") as file:
            most = int(file.read().split()[0]) * resource.getpagesize() + 2**27
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        try:
            parser.write(chunk)
        except MemoryError:
            print(parser.offset, parser.feed("1]"))
    """
    assert run(program) == "1 [1]\n"
