"""No memory at each allocation in turn; a collection at each; what a debug allocator finds."""

import gc
import sys
from typing import Any

import pydantic
import pytest

import partialjson
from tests.programs import run

DOCUMENT = (
    '{"id": [1, 2.5, {"a": "x\u00e9", "n": 123456789012345678901234567890}], "t": "some \\n text",'
    ' "records": [{"q": 1, "w": []}, {"q": 300, "w": [null]}, {"q": 3, "w": [5]}],'
    ' "o": "\u4e0a\u6d77 \U0001f600", "e": {"one key": "one text", "another": "another text"}}'
)


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
