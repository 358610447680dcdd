"""`iteritems`: each element when it completes, with nothing else kept."""

import gc
import json
import sys
import tracemalloc
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

import pytest

import partialjson
from tests.observation import Exact, acollected, asynchronous, collected
from tests.reference import Node, Reference, Refusal
from tests.strategies import cuts, document, dressed, mutated, pieces, seeded

Pattern = str | Sequence[str | int]


def complete_nodes(node: Node | None, path: Sequence[str | int]) -> Iterator[Any]:
    """Give the complete nodes at a path of the reference's tree, in document order."""
    if node is None:
        return
    if not path:
        if node.complete:
            yield node.value
        return
    for member in node.members:
        if path[0] in ("*", member.step) and type(path[0]) in (str, type(member.step)):
            yield from complete_nodes(member, path[1:])


def expected_items(
    data: bytes, path: Sequence[str | int], **options: Any
) -> tuple[list[Exact], Refusal | None]:
    reference = Reference(data, **options)
    reference.finish()
    return [Exact(item) for item in complete_nodes(reference.root, path)], reference.error


def random_pattern(random: Random, whole: Any) -> tuple[str | int, ...]:
    """Draw a path of the document, with some of its steps left open."""
    path: tuple[str | int, ...] = ()
    while isinstance(whole, list | dict) and whole and random.random() < 0.8:
        step = random.choice(list(whole) if isinstance(whole, dict) else range(len(whole)))
        path += ("*" if random.random() < 0.6 else step,)
        whole = whole[step]
    return path


def test_items_are_those_of_the_reference() -> None:
    for random in seeded(600, 20_000):
        data = document(random)
        path = random_pattern(random, json.loads(data))
        if random.random() < 0.3:
            data = data[: random.randrange(len(data) + 1)]
        elif random.random() < 0.5:
            data = mutated(random, data)
        chunks = [dressed(random, chunk) for chunk in pieces(data, cuts(random, len(data)))]
        assert collected(partialjson.iteritems(chunks, path)) == expected_items(data, path), (
            data,
            path,
        )


async def test_asynchronous_items_are_the_same() -> None:
    for random in seeded(100, 5_000):
        data = document(random)
        path = random_pattern(random, json.loads(data))
        if random.random() < 0.3:
            data = mutated(random, data)
        chunks = pieces(data, cuts(random, len(data)))
        items = partialjson.aiteritems(asynchronous(chunks), path)
        assert await acollected(items) == expected_items(data, path)


RECORDS = '{"version":1,"records":[{"id":1},{"id":2,"tags":["a","b"]},3,"four"],"rest":[9]}'


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("records", "*"), [{"id": 1}, {"id": 2, "tags": ["a", "b"]}, 3, "four"]),
        (["records", "*"], [{"id": 1}, {"id": 2, "tags": ["a", "b"]}, 3, "four"]),
        ("records[*]", [{"id": 1}, {"id": 2, "tags": ["a", "b"]}, 3, "four"]),
        (("records", "*", "id"), [1, 2]),
        ("records[*].id", [1, 2]),
        (("records", "*", "tags", "*"), ["a", "b"]),
        ("records[*].tags[*]", ["a", "b"]),
        (("records", 1, "tags"), [["a", "b"]]),
        ("records[1].tags", [["a", "b"]]),
        (("version",), [1]),
        ("version", [1]),
        (("*", "*"), [{"id": 1}, {"id": 2, "tags": ["a", "b"]}, 3, "four", 9]),
        (("nothing", "*"), []),
        (("version", "*"), []),
        (("records", "id"), []),
        (("records", 7), []),
        ((), [json.loads(RECORDS)]),
    ],
)
def test_items_at_a_path(path: Pattern, expected: list[Any]) -> None:
    for chunks in ([RECORDS], list(RECORDS), [RECORDS.encode()], [RECORDS[:31], RECORDS[31:]]):
        assert list(partialjson.iteritems(chunks, path)) == expected


def test_items_of_an_array_at_the_root() -> None:
    for path in (("*",), "[*]"):
        assert list(partialjson.iteritems(["[1,[2", "],{", '"a":3}]'], path)) == [1, [2], {"a": 3}]


def test_items_within_nested_keys() -> None:
    for path in (("a", "b", "*"), "a.b[*]"):
        assert list(partialjson.iteritems(['{"a":{"c":[0],"b":[1,2]},"b":[3]}'], path)) == [1, 2]


def test_a_path_of_steps_can_name_any_key() -> None:
    data = '{"a.b":{"[*]":{"":[1]}},"a":{"b":2}}'
    assert list(partialjson.iteritems([data], ("a.b", "[*]", "", "*"))) == [1]


def test_an_item_comes_with_its_last_byte() -> None:
    read = []

    def chunks() -> Iterator[str]:
        for letter in '{"records":[{"a":1},[],"x",12,true,null]}':
            read.append(letter)
            yield letter

    items = partialjson.iteritems(chunks(), "records[*]")
    assert read == []
    for last, item in (("}", {"a": 1}), ("]", []), ('"', "x"), (",", 12), ("e", True), ("l", None)):
        assert next(items) == item
        assert read[-1] == last
    with pytest.raises(StopIteration):
        next(items)
    assert read[-2:] == ["]", "}"]


def test_items_before_an_error_in_their_chunk_are_not_lost() -> None:
    items = partialjson.iteritems(['{"records":[1,2,{"a":3},x'], "records[*]")
    assert [next(items), next(items), next(items)] == [1, 2, {"a": 3}]
    with pytest.raises(partialjson.JSONSyntaxError) as caught:
        next(items)
    assert (caught.value.pos, caught.value.path) == (24, ("records", 3))


def test_items_of_a_document_that_is_cut_off() -> None:
    items = partialjson.iteritems(['{"records":[1,{"a":'], "records[*]")
    assert next(items) == 1
    with pytest.raises(partialjson.IncompleteJSONError) as caught:
        next(items)
    assert caught.value.open_path == ("records", 1)
    with pytest.raises(partialjson.IncompleteJSONError):
        list(partialjson.iteritems([], "records[*]"))


def test_what_is_beside_the_items_is_checked_too() -> None:
    for data, pos in (('{"a":[tx],"records":[1]}', 7), ('{"records":[1],"z":01}', 20)):
        found, error = collected(partialjson.iteritems([data], "records[*]"))
        assert error is not None
        assert (error.kind, error.pos) == ("JSONSyntaxError", pos)
        assert len(found) == (pos > 10)


def test_items_of_a_repeated_key() -> None:
    data = '{"records":[1],"records":[2,3]}'
    assert list(partialjson.iteritems([data], "records[*]")) == [1, 2, 3]


@pytest.mark.parametrize("data", ["12", '"x"', "null", "[]", "{}", " 12 "])
def test_a_whole_document_is_an_item_too(data: str) -> None:
    assert list(partialjson.iteritems(list(data), ())) == [json.loads(data)]


def test_options_of_items() -> None:
    assert list(partialjson.iteritems(["[Infinity]"], "[*]", allow_nan=True)) == [float("inf")]
    for options, data, pos in (
        ({"max_depth": 2}, "[[1],[[2]]]", 6),
        ({"max_bytes": 5}, "[[1],[[2]]]", 5),
        ({"max_string_bytes": 1}, '["a","bb"]', 7),
        ({"max_digits": 1}, "[1,22]", 4),
    ):
        found, error = collected(partialjson.iteritems([data], "[*]", **options))
        assert len(found) == 1
        assert error is not None
        assert (error.kind, error.pos, error.limit) == (
            "LimitExceededError",
            pos,
            next(iter(options)),
        )


def test_no_finished_item_is_held() -> None:
    ours = {"a": [1]}
    items = partialjson.iteritems(['{"records":[{"a":[1]},{"a":[2]}', "]}"], "records[*]")
    for item in items:
        assert sys.getrefcount(item) == sys.getrefcount(ours)
        assert sys.getrefcount(item["a"]) == sys.getrefcount(ours["a"])


async def test_no_finished_item_is_held_asynchronously() -> None:
    ours = {"a": [1]}
    chunks = asynchronous(['{"records":[{"a":[1]},{"a":[2]}', "]}"])
    async for item in partialjson.aiteritems(chunks, "records[*]"):
        assert sys.getrefcount(item) == sys.getrefcount(ours)


def test_an_array_of_any_length_streams_in_flat_memory() -> None:
    text = '{"id":1,"name":"a record of some length","tags":["x","y"]},'

    def chunks() -> Iterator[str]:
        yield '{"before":[' + ",".join(["[0]"] * 1_000) + '],"records":['
        for _ in range(20_000):
            yield text
        yield 'null],"after":{"a":"' + "x" * 100_000 + '"}}'

    count = 0
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for _ in partialjson.iteritems(chunks(), ("records", "*")):
            count += 1
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 20_001
    # 20,000 records are more than 10 MB.
    assert peak - before < 500_000


def test_wrong_calls_of_iteritems() -> None:
    path: Any
    for path in (5, None, 1.5, [1.5], [None], [["a"]]):
        with pytest.raises(TypeError):
            list(partialjson.iteritems(["[]"], path))
    for path in ("records[", "records]", "records[x]", "a..b", "records[*", "a[-1]", ("a", -1)):
        with pytest.raises(ValueError, match="path"):
            list(partialjson.iteritems(["[]"], path))
    with pytest.raises(ValueError, match="numbers"):
        list(partialjson.iteritems(["[]"], "[*]", numbers="lazy"))
    with pytest.raises(TypeError):
        list(partialjson.iteritems(["[]"]))


def test_a_wrong_path_is_told_before_anything_is_read() -> None:
    def never() -> Iterator[str]:
        raise AssertionError("read")
        yield ""

    with pytest.raises(ValueError, match="path"):
        partialjson.iteritems(never(), "records[")
