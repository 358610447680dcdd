"""Deltas: applied in order to nothing they give the value, whatever the takes and the cuts."""

import copy
import pathlib
import runpy
import sys
from random import Random
from typing import Any

import pytest
from hypothesis import given

import partialjson
from partialjson import Delta
from tests.observation import Exact
from tests.reference import MISSING, Path, Reference
from tests.strategies import (
    broken_documents,
    cuts,
    document,
    documents,
    documents_without_repeats,
    examples,
    pieces,
    seeded,
    seeds,
)


def applied(value: Any, delta: Delta) -> Any:
    """Give `value` changed by one delta; what the delta holds is not changed."""
    assert delta.op in ("add", "append")
    assert delta.value is not partialjson.MISSING
    if not delta.path:
        if delta.op == "append":
            assert isinstance(value, str)
            return value + delta.value
        return copy.deepcopy(delta.value)
    parent = value
    for step in delta.path[:-1]:
        assert isinstance(parent, dict if isinstance(step, str) else list)
        parent = parent[step]
    step = delta.path[-1]
    if delta.op == "append":
        assert isinstance(parent[step], str)
        parent[step] += delta.value
    elif isinstance(step, str):
        parent[step] = copy.deepcopy(delta.value)
    elif step == len(parent):
        parent.append(copy.deepcopy(delta.value))
    else:
        # Only a number that shows early is told anew at the same place.
        assert step == len(parent) - 1
        parent[step] = delta.value
    return value


def apply_deltas(value: Any, deltas: list[Delta]) -> Any:
    for delta in deltas:
        value = applied(value, delta)
    return value


def check_coalesced(deltas: list[Delta]) -> None:
    """Check that one take has one delta per node, and none for what another one holds."""
    paths = [delta.path for delta in deltas]
    assert len(set(paths)) == len(paths)
    added = {delta.path for delta in deltas if delta.op == "add"}
    for path in paths:
        for length in range(len(path)):
            assert path[:length] not in added, deltas
    for delta in deltas:
        assert type(delta.path) is tuple
        assert delta.op == "add" or (isinstance(delta.value, str) and delta.value)


def differences(path: Path, before: Any, after: Any) -> list[Delta]:
    """Give the deltas of a document without repeated keys, from two values of the reference."""
    if before is MISSING:
        return [] if after is MISSING else [Delta("add", path, after)]
    if isinstance(before, str):
        grown = after[len(before) :]
        return [Delta("append", path, grown)] if grown else []
    found = []
    if isinstance(before, list | dict):
        steps = after if isinstance(after, dict) else range(len(after))
        old = before if isinstance(before, dict) else range(len(before))
        for step in steps:
            inner = before[step] if step in old else MISSING
            found += differences((*path, step), inner, after[step])
    return found


@examples(600)
@given(documents, seeds)
def test_deltas_rebuild_the_value_at_every_take(data: bytes, seed: int) -> None:
    random = Random(seed)
    parser = partialjson.Parser(deltas=True)
    built: Any = partialjson.MISSING
    for piece in pieces(data, cuts(random, len(data))):
        parser.write(piece)
        if random.random() < 0.6:
            deltas = parser.take_deltas()
            check_coalesced(deltas)
            built = apply_deltas(built, deltas)
            assert Exact(built) == Exact(parser.value), deltas
            assert parser.take_deltas() == []
    parser.finish()
    built = apply_deltas(built, parser.take_deltas())
    assert Exact(built) == Exact(parser.value)


@examples(300)
@given(broken_documents, seeds)
def test_deltas_rebuild_the_value_of_a_broken_document(data: bytes, seed: int) -> None:
    random = Random(seed)
    parser = partialjson.Parser(deltas=True)
    reference = Reference()
    built: Any = partialjson.MISSING
    for piece in pieces(data, cuts(random, len(data))):
        if reference.feed(piece):
            with pytest.raises(partialjson.ParseError):
                parser.write(piece)
        else:
            parser.write(piece)
        built = apply_deltas(built, parser.take_deltas())
        assert Exact(built) == Exact(parser.value) == Exact(reference.value)


@examples(600)
@given(documents_without_repeats, seeds)
def test_deltas_are_the_differences_of_the_reference(data: bytes, seed: int) -> None:
    """Also law 1: they depend on where they are taken, and not on the cuts between."""
    random = Random(seed)
    parser, reference = partialjson.Parser(deltas=True), Reference()
    before: Any = MISSING
    for piece in pieces(data, cuts(random, len(data))):
        parser.write(piece)
        reference.feed(piece)
        if random.random() < 0.6:
            deltas = parser.take_deltas()
            assert deltas == differences((), before, reference.value)
            assert all(isinstance(delta, Delta) for delta in deltas)
            before = reference.value
    parser.finish()
    reference.finish()
    assert parser.take_deltas() == differences((), before, reference.value)


@examples(300)
@given(documents, seeds)
def test_any_cuts_between_takes_give_the_same_deltas(data: bytes, seed: int) -> None:
    random = Random(seed)
    whole, cut = partialjson.Parser(deltas=True), partialjson.Parser(deltas=True)
    for piece in pieces(data, cuts(random, len(data))):
        whole.feed(piece)
        for smaller in pieces(piece, cuts(random, len(piece))):
            cut.write(smaller)
            if random.random() < 0.2:
                assert cut.value == cut.value
        assert [repr(delta) for delta in whole.take_deltas()] == [
            repr(delta) for delta in cut.take_deltas()
        ]


def test_a_prefix_of_the_deltas_gives_a_value_on_the_way() -> None:
    """One that some prefix of the document could have shown, had strings come in one piece."""
    for random in seeded(150, 5_000):
        data = document(random, depth=3, repeats=False)
        parser, reference = partialjson.Parser(deltas=True), Reference()
        built: Any = partialjson.MISSING
        for piece in pieces(data, cuts(random, len(data))):
            on_the_way = set()
            for at in range(len(piece)):
                reference.feed(piece[at : at + 1])
                on_the_way.add(Exact(reference.value))
            parser.write(piece)
            for delta in parser.take_deltas():
                built = applied(built, delta)
                assert Exact(built) in on_the_way, (data, delta)


def test_held_deltas_never_change() -> None:
    for random in seeded(200, 5_000):
        data = document(random, depth=3)
        parser = partialjson.Parser(deltas=True)
        held: list[tuple[Delta, Exact]] = []
        for piece in pieces(data, cuts(random, len(data))):
            parser.write(piece)
            held += [(delta, Exact(tuple(delta))) for delta in parser.take_deltas()]
        parser.finish()
        parser.reset()
        for delta, as_it_was in held:
            assert Exact(tuple(delta)) == as_it_was


def test_deltas_with_every_option() -> None:
    options: list[dict[str, Any]] = [
        {"numbers": "eager"},
        {"strings": "atomic"},
        {"duplicate_keys": "error"},
        {"numbers": "eager", "strings": "atomic"},
    ]
    for random in seeded(300, 10_000):
        chosen = random.choice(options)
        data = document(random, depth=3, repeats="duplicate_keys" not in chosen)
        parser = partialjson.Parser(deltas=True, **chosen)
        built: Any = partialjson.MISSING
        for piece in pieces(data, cuts(random, len(data))):
            parser.write(piece)
            deltas = parser.take_deltas()
            check_coalesced(deltas)
            built = apply_deltas(built, deltas)
            assert Exact(built) == Exact(parser.value), (data, chosen)
        parser.finish()
        built = apply_deltas(built, parser.take_deltas())
        assert Exact(built) == Exact(parser.value)


def taken(*chunks: str, **options: Any) -> list[list[Delta]]:
    """Feed chunk after chunk; give what was taken after each of them."""
    parser = partialjson.Parser(deltas=True, **options)
    found = []
    for chunk in chunks:
        parser.write(chunk)
        found.append(parser.take_deltas())
    return found


def add(path: Path, value: Any) -> Delta:
    return Delta("add", path, value)


def append(path: Path, text: str) -> Delta:
    return Delta("append", path, text)


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        (["", " "], [[], []]),
        (["{", '"a', '":', "1", ","], [[add((), {})], [], [], [], [add(("a",), 1)]]),
        (
            ['{"a":"', "x", "y", '"'],
            [[add((), {"a": ""})], [append(("a",), "x")], [append(("a",), "y")], []],
        ),
        (
            ['{"a":"x', 'y","b":"z'],
            [[add((), {"a": "x"})], [append(("a",), "y"), add(("b",), "z")]],
        ),
        (
            ["[", "[", "1,", "2]"],
            [[add((), [])], [add((0,), [])], [add((0, 0), 1)], [add((0, 1), 2)]],
        ),
        (["[", "[1,2"], [[add((), [])], [add((0,), [1])]]),
        (['[["x', 'y"],["z"'], [[add((), [["x"]])], [append((0, 0), "y"), add((1,), ["z"])]]),
        (['"a', "b", '"'], [[add((), "a")], [append((), "b")], []]),
        (["12", " "], [[], [add((), 12)]]),
        (["true"], [[add((), True)]]),
        (["null"], [[add((), None)]]),
        (['"\\ud83d', "\\ude00"], [[add((), "")], [append((), "😀")]]),
        # Repeated keys give one `add` that replaces.
        (['{"a":1,', '"a":2,'], [[add((), {"a": 1})], [add(("a",), 2)]]),
        (['{"a":1,"a":2,'], [[add((), {"a": 2})]]),
        (['{"a":[1,', '2,3],"a":5,'], [[add((), {"a": [1]})], [add(("a",), 5)]]),
        (['{"a":"x', 'y","a":"z'], [[add((), {"a": "x"})], [add(("a",), "z")]]),
        (
            ['{"a":"x', '","a":"', "z"],
            [[add((), {"a": "x"})], [add(("a",), "")], [append(("a",), "z")]],
        ),
        (
            ['{"a":1,"b":[', '1],"a":2,'],
            [[add((), {"a": 1, "b": []})], [add(("b", 0), 1), add(("a",), 2)]],
        ),
    ],
)
def test_what_is_taken(chunks: list[str], expected: list[list[Delta]]) -> None:
    found = taken(*chunks)
    assert found == expected
    assert repr(found) == repr(expected)


def test_a_key_that_repeats_before_it_was_taken_keeps_its_first_place() -> None:
    found = taken('{"x":0,', '"b":1,"a":1,"b":2,')
    built = apply_deltas(partialjson.MISSING, [delta for take in found for delta in take])
    assert list(built.items()) == [("x", 0), ("b", 2), ("a", 1)]


def test_what_an_added_node_holds_is_not_told_at_any_depth() -> None:
    """Nor is it looked for at each: thousands of changes down there would take minutes."""
    depth, count = 3000, 5_000
    parser = partialjson.Parser(deltas=True, max_depth=depth + 1)
    parser.write('{"a":1,"b":' + "[" * depth)
    parser.take_deltas()
    parser.write("0," * count)
    path = ("b", *[0] * (depth - 1))
    assert parser.take_deltas() == [add((*path, i), 0) for i in range(count)]
    parser.write("0," * count + "0" + "]" * depth + ',"a":2,"b":3,"c":4')
    assert parser.take_deltas() == [add(("a",), 2), add(("b",), 3)]


def test_eager_numbers_are_told_anew() -> None:
    assert taken("[1", "2", ".", "5", "e", "1", ",", numbers="eager") == [
        [add((), [1])],
        [add((0,), 12)],
        [],
        [add((0,), 12.5)],
        [],
        [add((0,), 125.0)],
        [],
    ]


def test_atomic_strings_are_told_once() -> None:
    assert taken('["a', "b", '"', strings="atomic") == [[add((), [])], [], [add((0,), "ab")]]


def test_the_end_tells_of_a_bare_number() -> None:
    parser = partialjson.Parser(deltas=True)
    parser.write("12")
    assert parser.take_deltas() == []
    parser.finish()
    assert parser.take_deltas() == [add((), 12)]
    parser.finish()
    assert parser.take_deltas() == []


def test_deltas_before_an_error_are_not_lost() -> None:
    parser = partialjson.Parser(deltas=True)
    with pytest.raises(partialjson.JSONSyntaxError):
        parser.write('{"a":[1,"x",}')
    assert parser.take_deltas() == [add((), {"a": [1, "x"]})]
    assert parser.take_deltas() == []


def test_deltas_that_could_not_be_made_are_made_later() -> None:
    """Whatever interrupts that: here, the limit of recursion."""

    def within(frames: int, call: Any) -> Any:
        return within(frames - 1, call) if frames else call()

    interrupted = 0
    for frames in range(sys.getrecursionlimit() - 200, sys.getrecursionlimit()):
        parser = partialjson.Parser(deltas=True)
        parser.write("[1,2,")
        try:
            within(frames, parser.take_deltas)
        except RecursionError:
            assert parser.status == "open"
            assert parser.value == [1, 2]
            parser.write("3,")
            deltas = parser.take_deltas()
            if deltas != [add((), [1, 2, 3])]:
                assert deltas == [add((), [1, 2]), add((2,), 3)]
                interrupted += 1
            assert parser.take_deltas() == []
    assert interrupted


def test_reset_forgets_deltas() -> None:
    parser = partialjson.Parser(deltas=True)
    parser.write("[1,")
    parser.reset()
    assert parser.take_deltas() == []
    parser.write("{")
    assert parser.take_deltas() == [add((), {})]


def test_deltas_must_be_asked_for() -> None:
    for parser in (partialjson.Parser(), partialjson.Parser(deltas=False)):
        parser.write("[1,")
        with pytest.raises(ValueError, match="deltas"):
            parser.take_deltas()
        assert parser.value == [1]


def test_live_values_have_no_deltas() -> None:
    """They would change within a delta that someone holds."""
    with pytest.raises(ValueError, match="deltas"):
        partialjson.Parser(deltas=True, values="live")


def test_a_delta_is_a_tuple_of_three() -> None:
    (delta,) = taken("[1,")[0]
    assert isinstance(delta, tuple)
    assert delta == ("add", (), [1])
    assert (delta.op, delta.path, delta.value) == ("add", (), [1])


def test_what_the_fuzzer_checks_holds_for_its_seeds() -> None:
    """`make fuzz` needs more than others have: its part in Python would break unseen."""
    fuzz = pathlib.Path(__file__).parent.parent / "fuzz"
    check = runpy.run_path(str(fuzz / "deltas.py"))["check"]
    seeds = sorted((fuzz / "seeds" / "streams").iterdir())
    assert seeds
    for seed in seeds:
        check(seed.read_bytes())
