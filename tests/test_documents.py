"""Many documents in one stream: each in turn, told apart, and nothing lost between them."""

import json
from collections.abc import AsyncIterator, Iterable, Iterator
from random import Random
from typing import Any

import pytest

import partialjson
from partialjson import Document
from tests.observation import Exact, asynchronous, refusal
from tests.reference import MISSING, Reference, Refusal
from tests.strategies import (
    Chunk,
    cuts,
    document,
    dressed,
    mutated,
    pieces,
    seeded,
)

Seen = tuple[int, Exact, bool]


def many(chunks: Iterable[Chunk], **options: Any) -> Iterator[Document]:
    return partialjson.iterparse(chunks, documents="many", **options)


def collected(documents: Iterator[Document]) -> tuple[list[Seen], Refusal | None]:
    """Give all documents up to the end or to an error, and the error."""
    found: list[Seen] = []
    try:
        for each in documents:
            assert type(each) is Document
            found.append((each.index, Exact(each.value), each.complete))
    except partialjson.ParseError as error:
        return found, refusal(error)
    return found, None


async def acollected(documents: AsyncIterator[Document]) -> tuple[list[Seen], Refusal | None]:
    found: list[Seen] = []
    try:
        async for index, value, complete in documents:
            found.append((index, Exact(value), complete))
    except partialjson.ParseError as error:
        return found, refusal(error)
    return found, None


def expected_documents(chunks: list[bytes], **options: Any) -> tuple[list[Seen], Refusal | None]:
    """Give every document once it is complete, and once per chunk in which it changed before."""
    reference = Reference(many=True, **options)
    found: list[Seen] = []
    shown, told = Exact(MISSING), 0  # of the document that is open; how many are complete
    for chunk in [*chunks, None]:
        error = reference.finish() if chunk is None else reference.feed(chunk)
        done = list(reference.documents)
        root = reference.root
        if root is not None and root.complete:
            done.append(root.value)
        for value in done[told:]:
            found.append((told, Exact(value), True))
            shown, told = Exact(MISSING), told + 1
        if error:
            return found, error
        if root is not None and not root.complete:
            now = Exact(reference.value)
            if now != shown:
                shown = now
                found.append((told, now, False))
    return found, None


def stream(random: Random) -> bytes:
    """Join documents as JSON Lines, as RFC 7464 records, by whitespace, or by nothing."""
    data = b""
    for _ in range(random.randrange(6)):
        one = document(random, depth=2, repeats=False).removeprefix(b"\xef\xbb\xbf")
        separator = random.choice((b"\n", b"\r\n", b"\x1e", b" ", b"\n\x1e\n", b"\x1e\x1e", b""))
        if random.random() < 0.5:
            one = one.strip(b" \t\r\n")
        # What two bare numbers or words make together may be one, or none.
        data += one + separator
    return (b"\xef\xbb\xbf" if random.random() < 0.1 else b"") + data


def test_documents_are_those_of_the_reference() -> None:
    for random in seeded(500, 20_000):
        data = stream(random)
        chunks = pieces(data, cuts(random, len(data)))
        found = collected(many([dressed(random, chunk) for chunk in chunks]))
        assert found == expected_documents(chunks), chunks


def test_broken_streams_fail_as_the_reference_says() -> None:
    for random in seeded(500, 20_000):
        data = mutated(random, stream(random))
        chunks = pieces(data, cuts(random, len(data)))
        found, error = collected(many(chunks))
        expected, expected_error = expected_documents(chunks)
        assert error == expected_error, chunks
        # Mutation may repeat a key, which is told again though its value is equal.
        assert unrepeated(found) == unrepeated(expected), chunks


def unrepeated(found: list[Seen]) -> list[Seen]:
    return [one for at, one in enumerate(found) if at == 0 or one != found[at - 1]]


def test_any_cuts_give_the_same_complete_documents() -> None:
    for random in seeded(300, 10_000):
        data = stream(random)
        if random.random() < 0.3:
            data = mutated(random, data)
        outcomes = set()
        for _ in range(3):
            found, error = collected(many(pieces(data, cuts(random, len(data)))))
            complete = tuple(one for one in found if one[2])
            assert [index for index, _, _ in complete] == list(range(len(complete)))
            outcomes.add((complete, error))
        assert len(outcomes) == 1


async def test_asynchronous_documents_are_the_same() -> None:
    for random in seeded(100, 5_000):
        data = stream(random)
        if random.random() < 0.3:
            data = mutated(random, data)
        chunks = pieces(data, cuts(random, len(data)))
        values = partialjson.aiterparse(asynchronous(chunks), documents="many")
        assert await acollected(values) == collected(many(chunks)), chunks


def values(data: str | bytes, **options: Any) -> list[Any]:
    """Give the complete documents of a stream, which must be the same byte by byte."""
    at_once = [one.value for one in many([data], **options) if one.complete]
    raw = data.encode() if isinstance(data, str) else data
    every_byte = pieces(raw, range(1, len(raw)))
    slowly = [one.value for one in many(every_byte, **options) if one.complete]
    assert repr(at_once) == repr(slowly)
    return at_once


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("", []),
        (" \n\t", []),
        ("\x1e", []),
        (b"\xef\xbb\xbf", []),
        ("{}", [{}]),
        ('{"a":1}\n{"a":2}\n', [{"a": 1}, {"a": 2}]),
        ('{"a":1}\r\n\r\n{"a":2}', [{"a": 1}, {"a": 2}]),
        ('\x1e{"a":1}\n\x1e[2]\n', [{"a": 1}, [2]]),
        ("\x1e1\n\x1e2\n", [1, 2]),
        ("\x1e1\x1e2\x1e\x1e3", [1, 2, 3]),
        ("[1][2]{}[]", [[1], [2], {}, []]),
        ("1 2\n3", [1, 2, 3]),
        ('1"a"2[3]4{}5', [1, "a", 2, [3], 4, {}, 5]),
        ('"a""b"', ["a", "b"]),
        ("truefalsenull", [True, False, None]),
        ("true1", [True, 1]),
        ("null-1", [None, -1]),
        ("{}1", [{}, 1]),
        ("[]tru" + "e", [[], True]),
        ("1.5e1 -0 1e400", [15.0, 0, float("inf")]),
        (b"\xef\xbb\xbf1 2", [1, 2]),
        ("NaN 1 -Infinity", None),
    ],
)
def test_documents(data: str | bytes, expected: list[Any] | None) -> None:
    if expected is None:
        found = values(data, allow_nan=True)
        assert repr(found) == "[nan, 1, -inf]"
    else:
        assert repr(values(data)) == repr(expected)


@pytest.mark.parametrize(
    ("data", "pos", "complete"),
    [
        ("{}x", 2, 1),
        ("{},{}", 2, 1),
        ("1,2", 1, 0),
        ("1true", 1, 0),
        ("1-2", 1, 0),
        ("12 x", 3, 1),
        ('{"a":\x1e1}', 5, 0),
        ("[1\x1e]", 2, 0),
        ('["\x1e"]', 2, 0),
        ("tr\x1eue", 2, 0),
        ("{} ]", 3, 1),
        ("1 2 01", 5, 2),
        (b"1\n\xef\xbb\xbf2", 2, 1),
        (b"\xef\xbb\xbf\xef\xbb\xbf", 3, 0),
        ("{}\x00", 2, 1),
    ],
)
def test_what_no_stream_may_hold(data: str | bytes, pos: int, complete: int) -> None:
    raw = data.encode() if isinstance(data, str) else data
    for chunks in ([raw], pieces(raw, range(1, len(raw)))):
        found, error = collected(many(chunks))
        assert error is not None
        assert (error.kind, error.pos) == ("JSONSyntaxError", pos)
        assert sum(one[2] for one in found) == complete


def test_lines_and_offsets_are_those_of_the_stream_and_paths_those_of_the_document() -> None:
    data = '{"a":1}\n{"b":2}\n{"c":[3,x]}\n'
    _, error = collected(many([data]))
    assert error is not None
    assert (error.pos, error.lineno, error.colno) == (24, 3, 9)
    assert error.path == ("c", 1)


def test_a_stream_that_is_cut_off() -> None:
    found, error = collected(many(['{"a":1}\n{"b":', '"x']))
    assert found == [
        (0, Exact({"a": 1}), True),
        (1, Exact({}), False),
        (1, Exact({"b": "x"}), False),
    ]
    assert error == Refusal("IncompleteJSONError", 15, 2, 8, ("b",))
    for part in (b"\xef", b"\xef\xbb"):
        found, error = collected(many([part]))
        assert (found, error) == ([], Refusal("IncompleteJSONError", len(part), 1, 2, ()))


def test_an_error_holds_the_document_that_it_is_in() -> None:
    documents = many(['[1][2,"x', "\n"])
    assert next(documents) == (0, [1], True)
    assert next(documents) == (1, [2, "x"], False)
    with pytest.raises(partialjson.JSONSyntaxError) as caught:
        next(documents)
    assert caught.value.value == [2, "x"]


def test_complete_documents_before_an_error_in_their_chunk_are_not_lost() -> None:
    documents = many(["[1][2]x[3]"])
    assert next(documents) == (0, [1], True)
    assert next(documents) == (1, [2], True)
    with pytest.raises(partialjson.JSONSyntaxError) as caught:
        next(documents)
    assert caught.value.pos == 6


def test_each_document_grows_before_it_is_complete() -> None:
    chunks = ['{"a"', ':"x', "y", '"}{"b":[', "1", ",2]", "}", "3"]
    assert [(one.index, one.value, one.complete) for one in many(chunks)] == [
        (0, {}, False),
        (0, {"a": "x"}, False),
        (0, {"a": "xy"}, False),
        (0, {"a": "xy"}, True),
        (1, {"b": []}, False),
        (1, {"b": [1, 2]}, False),
        (1, {"b": [1, 2]}, True),
        (2, 3, True),
    ]


def test_a_document_that_is_complete_without_a_change_is_told() -> None:
    assert list(many(["[", "]", '"x', '"'])) == [
        (0, [], False),
        (0, [], True),
        (1, "x", False),
        (1, "x", True),
    ]


def test_documents_can_be_kept() -> None:
    data = '{"a":[1,{"b":"xx"}]}' * 3
    whole = list(many(list(data)))
    assert [Exact(one.value) for one in whole] == [
        value for _, value, _ in expected_documents([c.encode() for c in data])[0]
    ]


def test_options_hold_for_each_document() -> None:
    assert values("[[1]][[2]]", max_depth=2) == [[[1]], [[2]]]
    _, error = collected(many(["[[1]][[[2]]]"], max_depth=2))
    assert error is not None
    assert (error.kind, error.pos, error.path) == ("LimitExceededError", 7, (0, 0))
    assert values('{"a":1}{"a":2}', duplicate_keys="error") == [{"a": 1}, {"a": 2}]
    assert list(many(["[1", "2]"], numbers="eager")) == [(0, [1], False), (0, [12], True)]


def test_max_bytes_holds_for_the_stream() -> None:
    assert values("[1][2]", max_bytes=6) == [[1], [2]]
    found, error = collected(many(["[1][2]"], max_bytes=5))
    assert [one[2] for one in found] == [True]
    assert error is not None
    assert (error.kind, error.pos, error.limit) == ("LimitExceededError", 5, "max_bytes")


def test_documents_read_no_further_than_they_must() -> None:
    read = []

    def chunks() -> Iterator[str]:
        for chunk in ("[1]", "[2]", "never"):
            read.append(chunk)
            yield chunk

    documents = many(chunks())
    assert read == []
    assert next(documents).value == [1]
    assert next(documents).value == [2]
    assert read == ["[1]", "[2]"]


def test_json_lines_of_any_length_are_all_there() -> None:
    lines = [{"id": number, "text": "上海" * (number % 7)} for number in range(3_000)]
    data = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    chunks = [data[start : start + 1_000] for start in range(0, len(data), 1_000)]
    complete = [one for one in many(chunks) if one.complete]
    assert [one.value for one in complete] == lines
    assert [one.index for one in complete] == list(range(3_000))


def test_a_document_is_a_tuple_of_three() -> None:
    (one,) = many(["[1]"])
    assert isinstance(one, tuple)
    assert one == (0, [1], True)
    assert (one.index, one.value, one.complete) == (0, [1], True)
