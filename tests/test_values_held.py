"""Law 5: a value that you hold never changes; and live values, which are the other way round."""

import json
from random import Random
from typing import Any

import pytest
from hypothesis import given

import partialjson
from partialjson._partialjson import SHORTCUTS
from tests.observation import Exact, Watched
from tests.strategies import (
    broken_documents,
    cuts,
    documents,
    documents_without_repeats,
    dressed,
    examples,
    pieces,
    seeded,
    seeds,
)


def some_inner(random: Random, value: Any) -> Any:
    """Draw a container or leaf of a value, or the value itself."""
    while isinstance(value, list | dict) and value and random.random() < 0.6:
        inner = list(value.values()) if isinstance(value, dict) else value
        value = random.choice(inner)
    return value


class Held:
    """Values that someone keeps, each beside the bytes of a copy taken when it was handed out.

    `copy.deepcopy` would not do: it leaves strings as they are, and holds them.
    """

    def __init__(self) -> None:
        self.pairs: list[tuple[Any, Exact]] = []

    def keep(self, value: Any) -> None:
        self.pairs.append((value, Exact(value)))

    def check(self) -> None:
        for value, as_it_was in self.pairs:
            assert Exact(value) == as_it_was


@examples(1_000)
@given(documents, seeds)
def test_held_values_never_change(data: bytes, seed: int) -> None:
    random = Random(seed)
    parser, held = partialjson.Parser(), Held()
    for piece in pieces(data, cuts(random, len(data))):
        value = parser.feed(dressed(random, piece))
        kind = random.randrange(4)
        if kind == 0:
            held.keep(value)
        elif kind == 1:
            held.keep(some_inner(random, value))
        elif kind == 2:
            held.keep(parser.value)
            del held.pairs[: random.randrange(2)]
        # Else nobody holds it, and the parser may change it in place.
        del value
    held.keep(parser.finish())
    parser.reset()
    parser.feed('[{"other":"document"}]')
    held.check()


@examples(300)
@given(broken_documents, seeds)
def test_held_values_never_change_though_the_document_is_broken(data: bytes, seed: int) -> None:
    random = Random(seed)
    watched, held = Watched(), Held()
    for piece in pieces(data, cuts(random, len(data))):
        watched.feed(piece)
        held.keep(some_inner(random, watched.parser.value))
        if watched.error:
            held.keep(watched.error.value)
    watched.finish()
    if watched.error:
        held.keep(watched.error.value)
    watched.parser.reset()
    held.check()


LONG = "".join(["lorem ipsum " * 100, "naïve " * 20, "上海 " * 200, "😀" * 300, "and so on " * 300])
LARGE = [
    json.dumps(LONG, ensure_ascii=False).encode(),
    json.dumps([{"a": LONG, "b": [LONG, 1]}, LONG]).encode(),
    json.dumps({f"key {i}": [i, {"x": i / 7}] for i in range(90)}).encode(),
    b'{"a":{"b":' + json.dumps([[], {}, *range(2_000)]).encode() + b',"a":1,"a":[2]},"a":3}',
]


def take_turns(data: bytes, random: Random, longest: int) -> None:
    """Whoever reads holds the last value, or the last few, or parts of them, or none."""
    deltas = random.random() < 0.5
    parser, plain = partialjson.Parser(), partialjson.Parser(deltas=deltas)
    held: list[tuple[Any, Exact]] = []
    most = 1
    for piece in pieces(data, sorted(random.sample(range(len(data)), len(data) // longest))):
        value = parser.feed(piece)
        # Nobody holds a value of this one while it grows.
        plain.write(piece)
        if deltas and random.random() < 0.5:
            plain.take_deltas()
        assert Exact(value) == Exact(plain.value)
        if random.random() < 0.1:
            most = random.choice((0, 1, 1, 1, 2, 3))
        if random.random() < 0.1:
            value = some_inner(random, value)
        held.append((value, Exact(value)))
        del held[: max(0, len(held) - most)]
        for each, as_it_was in held:
            assert Exact(each) == as_it_was
    assert Exact(parser.finish()) == Exact(plain.finish())


@examples(600)
@given(documents, seeds)
def test_values_that_take_turns_are_right(data: bytes, seed: int) -> None:
    take_turns(data, Random(seed), 2)


@pytest.mark.parametrize("number", range(len(LARGE)))
def test_large_values_that_take_turns_are_right(number: int) -> None:
    for random in seeded(2, 50):
        take_turns(LARGE[number], random, random.choice((10, 100)))


def test_a_value_that_was_changed_and_dropped_does_not_come_back_broken() -> None:
    """It is read-only, but the parser must not trip over it."""
    parser = partialjson.Parser()
    first = parser.feed('{"a":[1,2,')
    second = parser.feed("3,")
    first["a"].clear()
    del first
    assert parser.feed("4,") == {"a": [1, 2, 3, 4]}
    assert second == {"a": [1, 2, 3]}


def test_held_values_never_change_byte_by_byte() -> None:
    """Holds every inner container of every value of every prefix."""
    for random in seeded(15, 500):
        parser, held = partialjson.Parser(), Held()
        data = random_small(random)
        for at in range(len(data)):
            keep_all(held, parser.feed(data[at : at + 1]))
        held.check()


def random_small(random: Random) -> bytes:
    inner = random.choice([b"[]", b'{"b":[1,"x\\n"],"c":{}}', '["上",{"d":"😀"}]'.encode()])
    return b'{"a":[' + inner + b"," + inner + b'],"e":' + inner + b',"a":' + inner + b"}"


def keep_all(held: Held, value: Any) -> None:
    held.keep(value)
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            keep_all(held, inner)


@pytest.mark.parametrize("hold", [lambda value: value, lambda value: [value], lambda v: {"v": v}])
def test_a_single_held_value_never_changes(hold: Any) -> None:
    data = b'{"a":["x",{"b":"yy","c":[1,2]}],"d":"zz"}'
    for at in range(len(data)):
        parser = partialjson.Parser()
        held = hold(parser.feed(data[:at]))
        as_it_was = repr(held)
        parser.write(data[at:])
        assert parser.finish() == {"a": ["x", {"b": "yy", "c": [1, 2]}], "d": "zz"}
        assert repr(held) == as_it_was


def test_a_held_inner_container_never_changes() -> None:
    """Only the innermost is held, so nothing above it says that it must be copied."""
    parser = partialjson.Parser()
    inner = parser.feed('{"a":{"b":["x"')["a"]["b"]
    parser.write(',"y","z')
    assert inner == ["x"]
    assert parser.value == {"a": {"b": ["x", "y", "z"]}}
    middle = parser.value["a"]
    parser.write('z"],"c":1')
    assert middle == {"b": ["x", "y", "z"]}
    assert parser.feed(" ") == {"a": {"b": ["x", "y", "zz"], "c": 1}}


def test_a_held_string_never_changes() -> None:
    parser = partialjson.Parser()
    texts = [parser.feed('"')]
    for letter in "hold on to every one of these 上海 😀":
        texts.append(parser.feed(letter))
    whole = "hold on to every one of these 上海 😀"
    assert texts == [whole[:size] for size in range(len(whole) + 1)]
    assert len({text for text in texts}) == len(texts)


def test_a_held_string_that_is_a_key_elsewhere_never_changes() -> None:
    """A text whose hash was taken must not grow in place."""
    parser = partialjson.Parser()
    seen: dict[str, int] = {}
    parser.write('["')
    for size in range(100):
        seen[parser.feed("x")[0]] = size + 1
    assert seen == {"x" * size: size for size in range(1, 101)}


@examples(500)
@given(documents_without_repeats, seeds)
def test_closed_subtrees_are_shared(data: bytes, seed: int) -> None:
    random = Random(seed)
    parser = partialjson.Parser()
    before: Any = partialjson.MISSING
    open_path: tuple[str | int, ...] | None = ()
    for piece in pieces(data, cuts(random, len(data))):
        after = parser.feed(piece)
        if before is not partialjson.MISSING:
            check_shared(before, after, open_path)
        before, open_path = after, parser.open_path


def check_shared(before: Any, after: Any, open_path: tuple[str | int, ...] | None) -> None:
    """Check that all that was closed is the same object in the later value."""
    if open_path is None:
        assert before is after
        return
    if not isinstance(before, list | dict):
        return
    for step in before if isinstance(before, dict) else range(len(before)):
        if open_path and step == open_path[0]:
            check_shared(before[step], after[step], open_path[1:])
        else:
            assert before[step] is after[step]


def test_a_value_that_did_not_change_is_not_made_anew() -> None:
    parser = partialjson.Parser()
    value = parser.feed('{"a":[1,2],"b":"x"')
    assert parser.feed(" ") is value
    assert parser.feed("") is value
    assert parser.value is value


@pytest.mark.skipif(not SHORTCUTS, reason="without exact counts everything is copied")
def test_values_that_nobody_holds_are_changed_in_place() -> None:
    """A copy would be made while the original is still there, and so at another address."""
    parser = partialjson.Parser()
    address = id(parser.feed('{"a":['))
    for _ in range(100):
        assert id(parser.feed('{"b":["x"]},')) == address
    inner = id(parser.value["a"])
    assert id(parser.feed('"y')["a"]) == inner
    assert id(parser.feed('y",1')["a"]) == inner


# --- live values -------------------------------------------------------------------------------


@examples(300)
@given(documents, seeds)
def test_live_values_are_those_of_snapshots(data: bytes, seed: int) -> None:
    random = Random(seed)
    live, snapshot = Watched(values="live"), Watched()
    for piece in pieces(data, cuts(random, len(data))):
        live.feed(piece)
        snapshot.feed(piece)
        assert live.seen == snapshot.seen
    live.finish()
    snapshot.finish()
    assert live.seen == snapshot.seen


@examples(200)
@given(broken_documents, seeds)
def test_live_values_fail_as_snapshots_do(data: bytes, seed: int) -> None:
    random = Random(seed)
    live, snapshot = Watched(values="live"), Watched()
    for piece in pieces(data, cuts(random, len(data))):
        live.feed(piece)
        snapshot.feed(piece)
        assert live.seen == snapshot.seen


def test_a_live_root_is_the_same_object_every_time() -> None:
    for text in ('{"a":{"b":["x",1,{}]},"c":"yy"}', '[[1,[2,"x"]],{"a":"yy"},3]'):
        parser = partialjson.Parser(values="live")
        root = parser.feed(text[0])
        for letter in text[1:]:
            assert parser.feed(letter) is root
        assert parser.finish() is root
        assert root == partialjson.loads(text)


def test_a_live_list_that_grows_while_it_is_sorted_is_told_of_by_python() -> None:
    parser = partialjson.Parser(values="live")
    root = parser.feed("[3, 1, 2, ")
    keys: list[int] = []

    def key(value: int) -> int:
        if not keys:
            parser.feed("4, " * 100 + "5")
        keys.append(value)
        return value

    with pytest.raises(ValueError, match="modified during sort"):
        root.sort(key=key)
    assert root == [1, 2, 3]
    assert parser.feed(", 6]") is root
    assert root == [1, 2, 3, 5, 6]


def test_live_inner_containers_stay_the_same_objects() -> None:
    parser = partialjson.Parser(values="live")
    root = parser.feed('{"a":{"b":["x"')
    middle, inner = root["a"], root["a"]["b"]
    held = [root, middle, inner]
    parser.feed(',"y","z')
    assert (root, middle, inner) == ({"a": {"b": inner}}, {"b": inner}, ["x", "y", "z"])
    parser.feed('z"],"c":1}}')
    assert held[2] == ["x", "y", "zz"]
    assert middle == {"b": inner, "c": 1}
    assert parser.value is root is held[0]
    assert root["a"] is middle
    assert middle["b"] is inner


@pytest.mark.parametrize("text", ["x", "é", "上", "😀", "x" * 50 + "上"])
@pytest.mark.parametrize("values", ["snapshot", "live"])
def test_a_long_string_grows_whether_it_is_held_or_not(text: str, values: Any) -> None:
    """From some length on an open string grows in place, but for those who hold it."""
    for opening in ("", "[", '{"a":1,"b":', '[[],{"k":['):
        parser = partialjson.Parser(values=values)
        parser.write(opening + '"')
        held = Held()
        for i in range(300):
            parser.write(text * 20)
            value = parser.value
            if i % 7 == 0:
                held.keep(value)
            del value
        parser.write(text + '"')
        rest = parser.completion
        assert parser.feed(rest) == json.loads(opening + '"' + text * 6001 + '"' + rest)
        if values == "snapshot":
            held.check()


def test_containers_wider_than_what_piles_up_are_whole() -> None:
    wide = {
        "list": list(range(10_000)),
        "dict": {f"key {i}": [i, {}] for i in range(10_000)},
        "deep": [[[i] * 3 for i in range(5_000)], {"x": list("ab") * 5_000}],
    }
    text = json.dumps(wide)
    assert Exact(partialjson.loads(text)) == Exact(wide)
    parser = partialjson.Parser(deltas=True)
    for start in range(0, len(text), 9_999):
        parser.write(text[start : start + 9_999])
    assert Exact(parser.finish()) == Exact(wide)


@pytest.mark.parametrize("deltas", [False, True])
@pytest.mark.parametrize("numbers", ["atomic", "eager"])
@pytest.mark.parametrize("duplicate_keys", ["last", "error"])
@pytest.mark.parametrize(
    "text", ['{"a":{"b":[1,{"c":-2}],"d":"e"},"f":{}}', '[{"a":1},{"a":{"b":2}}]']
)
def test_looking_for_a_repeated_key_changes_no_held_value(
    text: str, duplicate_keys: Any, numbers: Any, deltas: bool
) -> None:
    parser = partialjson.Parser(duplicate_keys=duplicate_keys, numbers=numbers, deltas=deltas)
    held = Held()
    for character in text:
        held.keep(parser.feed(character))
        held.check()
    assert parser.finish() == json.loads(text)
    held.check()
