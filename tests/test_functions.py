"""`loads`, `iterparse` and `aiterparse`: the parser without a parser."""

import asyncio
import inspect
import json
from collections.abc import Callable, Iterator
from itertools import chain, groupby, islice, repeat
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given

import partialjson
from tests.observation import Exact, acollected, asynchronous, collected, refusal
from tests.programs import run
from tests.reference import MISSING, Reference, Refusal
from tests.strategies import (
    broken_documents,
    cuts,
    document,
    documents,
    documents_without_repeats,
    dressed,
    examples,
    pieces,
    seeded,
    seeds,
)


def expected_values(chunks: list[bytes], **options: Any) -> tuple[list[Exact], Refusal | None]:
    """Give what the contract says: one value per whole chunk that changed something."""
    reference = Reference(**options)
    shown, found = Exact(MISSING), []
    for chunk in [*chunks, None]:
        error = reference.finish() if chunk is None else reference.feed(chunk)
        if error:
            return found, error
        before, shown = shown, Exact(reference.value)
        if shown != before:
            found.append(shown)
    return found, None


# --- loads ---------------------------------------------------------------------------------------


@examples(300)
@given(documents, seeds)
def test_loads_gives_the_best_of_what_is_cut_off(data: bytes, seed: int) -> None:
    random = Random(seed)
    prefix = data[: random.randrange(len(data) + 1)]
    reference = Reference(prefix)
    before = Exact(reference.value)
    if reference.finish() is not None:
        assert Exact(reference.value) == before
    assert Exact(partialjson.loads(dressed(random, prefix))) == Exact(reference.value)


@examples(200)
@given(broken_documents)
def test_loads_refuses_what_is_broken(data: bytes) -> None:
    error = Reference(data).error
    if error is None:
        reference = Reference(data)
        reference.finish()
        assert Exact(partialjson.loads(data)) == Exact(reference.value)
    else:
        with pytest.raises(partialjson.ParseError) as caught:
            partialjson.loads(data)
        assert refusal(caught.value) == error


@pytest.mark.parametrize(
    ("data", "value"),
    [
        ("[1, 2", [1]),
        ("12", 12),
        ("1e400", float("inf")),
        ("null", None),
        ('"x', "x"),
        ('{"a"', {}),
        ("", partialjson.MISSING),
        ("-", partialjson.MISSING),
        ("1.", partialjson.MISSING),
        ("nul", partialjson.MISSING),
    ],
)
def test_loads(data: str, value: Any) -> None:
    for chunk in (data, data.encode(), bytearray(data.encode()), memoryview(data.encode())):
        assert Exact(partialjson.loads(chunk)) == Exact(value)


def test_loads_takes_the_options_of_a_parser() -> None:
    assert partialjson.loads("[12", numbers="eager") == [12]
    assert partialjson.loads('["x', strings="atomic") == []
    assert partialjson.loads("[Infinity", allow_nan=True) == [float("inf")]
    with pytest.raises(partialjson.LimitExceededError):
        partialjson.loads("[[", max_depth=1)


# --- iterparse -----------------------------------------------------------------------------------


@examples(400)
@given(documents_without_repeats, seeds)
def test_iterparse_gives_one_value_per_change(data: bytes, seed: int) -> None:
    random = Random(seed)
    data = data[: random.choice((len(data), random.randrange(len(data) + 1)))]
    chunks = pieces(data, cuts(random, len(data)))
    dressed_chunks = [dressed(random, chunk) for chunk in chunks]
    assert collected(partialjson.iterparse(dressed_chunks)) == expected_values(chunks)


@examples(200)
@given(broken_documents, seeds)
def test_iterparse_raises_where_it_must(data: bytes, seed: int) -> None:
    chunks = pieces(data, cuts(Random(seed), len(data)))
    found, error = collected(partialjson.iterparse(chunks))
    # A repeated key is not the question here.
    assert ([value for value, _ in groupby(found)], error) == expected_values(chunks)


async def test_aiterparse_gives_what_iterparse_gives() -> None:
    every: list[dict[str, Any]] = [
        {},
        {"numbers": "eager"},
        {"strings": "atomic"},
        {"max_depth": 2},
    ]
    for random in seeded(200, 5_000):
        data = document(random, depth=3, repeats=False)
        data = data[: random.choice((len(data), random.randrange(len(data) + 1)))]
        chunks = pieces(data, cuts(random, len(data)))
        options = random.choice(every)
        expected = expected_values(chunks, **options)
        values = partialjson.aiterparse(asynchronous(chunks), **options)
        assert await acollected(values) == expected, (chunks, options)
        assert collected(partialjson.iterparse(chunks, **options)) == expected, (chunks, options)


@pytest.mark.parametrize("numbers", ["atomic", "eager"])
@pytest.mark.parametrize("text", ["12", "12.5", "-0.0", "1e400", "123456789012345678901", "7"])
async def test_a_bare_number_is_given_once(text: str, numbers: Any) -> None:
    for chunks in ([text], [text, ""], list(text), [text + " "], [text, " "]):
        expected = expected_values([chunk.encode() for chunk in chunks], numbers=numbers)
        assert expected[0][-1] == Exact(json.loads(text))
        assert collected(partialjson.iterparse(chunks, numbers=numbers)) == expected
        values = partialjson.aiterparse(asynchronous(chunks), numbers=numbers)
        assert await acollected(values) == expected


def test_a_chunk_without_a_change_gives_no_value() -> None:
    chunks = ['{"a"', ":", " ", "", "1", "2", ",", '"b', '":"', "", '"', "}", "\n", ""]
    values = [{}, {"a": 12}, {"a": 12, "b": ""}]
    assert list(partialjson.iterparse(chunks)) == values


def test_a_value_that_begins_to_show_is_a_change() -> None:
    assert list(partialjson.iterparse([" ", "n", "ull", " "])) == [None]
    assert list(partialjson.iterparse(['"', '"'])) == [""]
    assert list(partialjson.iterparse(["[", "]"])) == [[]]
    assert list(partialjson.iterparse(["[n", "ull", "]"])) == [[], [None]]


def test_a_digit_that_changes_nothing_gives_no_value() -> None:
    values = partialjson.iterparse(["[1", "2", ".", "0", "0", " ", "]"], numbers="eager")
    assert [repr(value) for value in values] == ["[1]", "[12]", "[12.0]"]


def test_a_repeated_key_counts_as_a_change_whatever_its_value() -> None:
    """To know better the values would have to be compared."""
    assert list(partialjson.iterparse(['{"a":1,', '"a":1,', '"a":true', "}"])) == [
        {"a": 1},
        {"a": 1},
        {"a": True},
    ]


def test_iterparse_reads_no_further_than_it_must() -> None:
    read = []

    def chunks() -> Iterator[str]:
        for chunk in ("[", "1,", "2,", "x", "never"):
            read.append(chunk)
            yield chunk

    values = partialjson.iterparse(chunks())
    assert read == []
    assert next(values) == []
    assert read == ["["]
    assert next(values) == [1]
    assert read == ["[", "1,"]
    assert next(values) == [1, 2]
    with pytest.raises(partialjson.JSONSyntaxError):
        next(values)
    assert read == ["[", "1,", "2,", "x"]
    with pytest.raises(StopIteration):
        next(values)


def test_iterparse_of_an_endless_source() -> None:
    endless = chain(["["], repeat("0,"))
    lengths = [len(value) for value in islice(partialjson.iterparse(endless), 1_000)]
    assert lengths == list(range(1_000))


def test_iterparse_lets_the_errors_of_the_source_through() -> None:
    class SourceError(Exception):
        pass

    def chunks() -> Iterator[str]:
        yield "[1,"
        raise SourceError

    values = partialjson.iterparse(chunks())
    assert next(values) == [1]
    with pytest.raises(SourceError):
        next(values)


def test_iterparse_raises_for_a_document_that_is_cut_off() -> None:
    values = partialjson.iterparse(["[1,", "2"])
    assert next(values) == [1]
    with pytest.raises(partialjson.IncompleteJSONError) as caught:
        next(values)
    assert caught.value.value == [1]
    assert caught.value.open_path == (1,)
    with pytest.raises(partialjson.IncompleteJSONError):
        list(partialjson.iterparse([]))


def test_an_error_of_iterparse_holds_what_its_chunk_brought() -> None:
    values = partialjson.iterparse(["[1,", "2,3,x"])
    assert next(values) == [1]
    with pytest.raises(partialjson.JSONSyntaxError) as caught:
        next(values)
    assert caught.value.value == [1, 2, 3]


def test_values_of_iterparse_can_be_kept() -> None:
    values = list(partialjson.iterparse('{"a":["x",{"b":"yy"}],"c":[1]}'))
    prefixes = list(expected_values([c.encode() for c in '{"a":["x",{"b":"yy"}],"c":[1]}'])[0])
    assert [Exact(value) for value in values] == prefixes


def test_wrong_calls_of_iterparse() -> None:
    with pytest.raises(ValueError, match="numbers"):
        list(partialjson.iterparse(["1"], numbers="lazy"))
    with pytest.raises(ValueError, match="documents"):
        list(partialjson.iterparse(["1"], documents="some"))
    with pytest.raises(TypeError):
        list(partialjson.iterparse(["1"], nonsense=1))
    with pytest.raises(TypeError):
        list(partialjson.iterparse(5))
    with pytest.raises(TypeError):
        list(partialjson.iterparse([5]))


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_bytes_are_one_chunk_and_no_source_of_chunks(kind: Any) -> None:
    """Their iteration gives numbers; that of a str gives characters."""
    data = kind(b"[1]")
    takes: list[Callable[[Any], Any]] = [
        partialjson.iterparse,
        lambda source: partialjson.iterparse(source, documents="many"),
        lambda source: partialjson.iteritems(source, "[*]"),
        lambda source: partialjson.stream(source, list[int]),
    ]
    for take in takes:
        with pytest.raises(TypeError, match="wrap a document that is in one piece in a list"):
            take(data)
        assert [*take("[1]")][-1] == [*take([data])][-1]


class Response:
    """As those of httpx are read."""

    def iter_bytes(self) -> None: ...
    def aiter_bytes(self) -> None: ...


@pytest.mark.parametrize("name", ["iterparse", "iteritems", "aiterparse", "aiteritems"])
def test_what_is_no_source_is_told_at_once(name: str) -> None:
    """And what to do instead."""
    path = ["[*]"] if name.endswith("items") else []
    awaited = asyncio.sleep(0)
    is_async = name.startswith("a")
    how = "aiter_bytes" if is_async else "iter_bytes"
    other: Any = ["[1]"] if is_async else asynchronous(["[1]"])
    wrong = [
        (other, f"use {name[1:]}" if is_async else f"asynchronous: use a{name}"),
        (awaited, "await it first"),
        (Path("a.json"), "Path is a file path: open the file"),
        (Response(), f"Response is an HTTP response: pass what its {how}"),
        (None, f"the first argument of {name} is a source of chunks, not None"),
    ]
    for source, what_to_do in wrong:
        with pytest.raises(TypeError, match=what_to_do):
            getattr(partialjson, name)(source, *path)
    awaited.close()


async def test_wrong_calls_of_aiterparse() -> None:
    with pytest.raises(ValueError, match="numbers"):
        await acollected(partialjson.aiterparse(asynchronous([]), numbers="lazy"))
    with pytest.raises(TypeError):
        await acollected(partialjson.aiterparse(["1"]))
    with pytest.raises(partialjson.IncompleteJSONError):
        async for _ in partialjson.aiterparse(asynchronous(["[1"])):
            pass


def test_every_entry_point_documents_itself() -> None:
    for function in (
        partialjson.loads,
        partialjson.iterparse,
        partialjson.aiterparse,
        partialjson.iteritems,
        partialjson.aiteritems,
        partialjson.Parser,
        partialjson.Parser.feed,
        partialjson.Parser.finish,
    ):
        assert inspect.getdoc(function)
    told = inspect.getdoc(partialjson.Parser) or ""
    for option in inspect.signature(partialjson.Parser).parameters:
        assert f"``{option}" in told


def test_a_name_that_needs_more_packages_says_how_to_get_them() -> None:
    # Without `site` there are no packages but ours.
    home = Path(partialjson.__file__).parents[1]
    program = f"""
        import sys
        sys.path.insert(0, {str(home)!r})
        import partialjson
        print(partialjson.loads('[1, '))
        for name in "stream", "from_openai", "redis", "langchain", "instructor":
            try:
                exec(f"from partialjson import {{name}}")
            except ModuleNotFoundError as error:
                print(error.name, error)
    """
    loaded, *hints = run(program, "-S").splitlines()
    assert loaded == "[1]"
    extras = ("models", "openai", "redis", "langchain", "instructor")
    for hint, extra in zip(hints, extras, strict=True):
        assert f"pip install 'partialjson-rs[{extra}]'" in hint


@pytest.mark.parametrize("version", ["1.10.22", "2.9.2", "2.10.0b2", "2.10.2"])
def test_a_pydantic_that_is_too_old_is_told(version: str) -> None:
    """Which may be there where nobody has asked for the extra."""
    program = f"""
        import pydantic
        pydantic.VERSION = {version!r}
        try:
            from partialjson import stream
        except ImportError as error:
            print(error)
    """
    told = run(program)
    assert "pip install 'partialjson-rs[models]'" in told
    assert f"Pydantic is {version}, and has to be 2.10.3 or newer" in told
