"""Keys and objects made past CPython's API are those of `json`, whatever was remembered."""

import gc
import itertools
import json
import random
import sys
import sysconfig
import tracemalloc
import weakref
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from partialjson import JSONSyntaxError, LimitExceededError, Parser, loads
from partialjson._partialjson import SHORTCUTS

VALUES = st.sampled_from(
    [None, True, 0, 7, 1 << 70, 1.5, "", "x", "text", "上海", "😀", [], {}, [1], {"a": {}}]
)


# More than enough for keys to be remembered, and known by heart.
OFTEN = 12


@given(st.integers(1, 100), st.lists(VALUES, min_size=4, max_size=40), st.integers(0, 9))
def test_objects_of_one_shape_are_those_of_json(width: int, values: list[Any], seed: int) -> None:
    keys = [f"{seed}-{i}" if i % 3 else f"ключ {seed} {i}" for i in range(width)]
    objects = [
        dict(zip(keys, random.Random(i).choices(values, k=width), strict=True))
        for i in range(OFTEN)
    ]
    text = json.dumps(objects)
    for _ in range(2):
        found = loads(text)
        assert found == objects
        assert [list(each) for each in found] == [keys] * OFTEN
        # What comes out is an ordinary dict.
        for each, other in zip(found, objects, strict=True):
            assert gc.is_tracked(each) == gc.is_tracked(json.loads(json.dumps(other)))
            each["more"] = each.pop(keys[0])
            other = dict(other)
            other["more"] = other.pop(keys[0])
            assert each == other
            assert list(each) == list(other)


KEYS = st.text('ab"\\é東😀\n', max_size=3) | st.integers(0, 9**9).map(
    lambda i: f"the key {i}" * (i % 7)
)


@given(st.lists(KEYS, max_size=100), st.lists(st.integers(0, 110), max_size=80), st.randoms())
def test_objects_of_keys_that_are_new_are_those_of_json(
    keys: list[str], steps: list[int], random: random.Random
) -> None:
    """Repeated ones among them; and they go on as any other dict does."""
    members = ", ".join(f"{json.dumps(key)}: {random.choice(['1', '[]', '{}'])}" for key in keys)
    found: Any = loads("{" + members + "}")
    expected: Any = json.loads("{" + members + "}")
    assert found == expected
    assert expected == found
    for step in steps:
        key = keys[step] if step < len(keys) else f"another key {step}"
        assert found.get(key, step) == expected.get(key, step)
        for each in (found, expected):
            if key in each and step % 2:
                del each[key]
            else:
                each[key] = step
    assert list(found.items()) == list(expected.items())
    assert list(found.copy()) == list(expected)
    while expected:
        assert found.popitem() == expected.popitem()
    assert not found


def test_repeated_keys_of_objects_that_come_again() -> None:
    for _ in range(OFTEN):
        assert loads('[{"twice": 1, "twice": 2}, {"twice": 3, "twice": 4}]') == [
            {"twice": 2},
            {"twice": 4},
        ]


def test_a_document_does_not_see_what_became_of_the_one_before() -> None:
    text = '{"shape a": 1, "shape b": [2], "shape c": "three"}'
    for _ in range(OFTEN):
        value: Any = loads(text)
        assert value == {"shape a": 1, "shape b": [2], "shape c": "three"}
        value["shape a"] = value["shape b"].append(value)
        del value["shape c"]
        value["shape d"] = None


def test_a_cycle_through_such_an_object_is_collected() -> None:
    class Witness:
        pass

    text = '{"loop a": null, "loop b": [], "loop c": 1}'
    for _ in range(OFTEN):
        value: Any = loads(text)
        value["loop b"].append(value)
        witness = Witness()
        value["loop a"] = witness
        gone = weakref.ref(witness)
        del value, witness
        gc.collect()
        assert gone() is None


def test_long_keys_are_not_kept() -> None:
    """New ones often lie where the last ones did, and so look like the same objects."""
    text = json.dumps({letter * 1_000_000: 1 for letter in "abcd"})
    tracemalloc.start()
    try:
        for _ in range(OFTEN):
            loads(text)
        assert tracemalloc.get_traced_memory()[0] < 500_000
    finally:
        tracemalloc.stop()


def test_objects_of_every_width() -> None:
    for width in [*range(1, 90), 170, 171, 200]:
        shape = {f"width {width} key {i}": [i, "v", None, 0.5][i % 4] for i in range(width)}
        text = json.dumps([shape, shape, shape])
        for _ in range(OFTEN):
            assert loads(text) == [shape] * 3


def known_by_heart(document: str) -> None:
    """After a few times, each key is read by comparing it with the one that came next before."""
    for _ in range(4):
        assert loads(document) == json.loads(document)


@pytest.mark.parametrize(
    "key",
    [
        *('sec"ond', "sec\\ond", "sec\nond", "sec\x7fond", "sec\tond", '東"京', "東\\京", "東\n京"),
        *('"', "\\", "\n", "\x7f", "\x00"),
    ],
)
def test_bytes_are_not_taken_for_a_key_that_has_escapes(key: str) -> None:
    known_by_heart(json.dumps({"first": 1, key: 2, "third of the keys": 3}))
    raw = f'{{"first": 1, "{key}": 2, "third of the keys": 3}}'
    try:
        expected = json.loads(raw)
    except json.JSONDecodeError:
        with pytest.raises(JSONSyntaxError):
            loads(raw)
    else:
        assert loads(raw) == expected


def test_a_key_known_by_heart_meets_its_limits() -> None:
    document = json.dumps({"first of the keys": 1, "second of the keys": 2})
    known_by_heart(document)
    longest = len("second of the keys")
    assert loads(document, max_string_bytes=longest) == json.loads(document)
    with pytest.raises(LimitExceededError):
        loads(document, max_string_bytes=longest - 1)
    twice = '{"first of the keys": 1, "second of the keys": 2, "first of the keys": 3}'
    known_by_heart(twice)
    with pytest.raises(JSONSyntaxError) as caught:
        loads(twice, duplicate_keys="error")
    assert caught.value.pos == twice.rindex('": 3')


@pytest.mark.parametrize(
    "key",
    [
        *("a key of some length"[:length] for length in range(1, 20)),
        *("k" * 64, "é", "城市", "ключ", "东" * 5, "ключ в 16"),
    ],
)
@pytest.mark.parametrize("rest", [',"":"' + "." * 99 + '"', ',"":""', ""])
def test_a_key_known_by_heart_is_not_seen_in_another_one(key: str, rest: str) -> None:
    """Neither in a longer nor a shorter one, nor where a letter is another, nor before it ends."""
    text = '{"first":1,"KEY":2' + rest + "}"
    known_by_heart(text.replace("KEY", key))
    others = [key + "x", key[:-1], *(key[:i] + "?" + key[i + 1 :] for i in range(len(key)))]
    for document in (text.replace("KEY", other) for other in others):
        assert loads(document) == json.loads(document)
    for document in (text.replace("KEY", other) for other in [key, *others[:3]]):
        for end in range(len(document)):
            whole = Parser()
            whole.write(document[:end])
            assert whole.feed(document[end:]) == json.loads(document)


@given(
    st.lists(st.lists(st.text('ab"\\é東😀\n', max_size=9), unique=True, max_size=6), max_size=6),
    st.booleans(),
)
def test_keys_of_any_order_are_those_of_json(orders: list[list[str]], ascii: bool) -> None:
    objects = [dict.fromkeys(keys, "." * 20) for keys in orders]
    for _ in range(OFTEN):
        for value in objects:
            found = loads(json.dumps(value, ensure_ascii=ascii))
            assert found == value
            assert list(found) == list(value)


@pytest.mark.parametrize("key", ["x", "name", "é", "éé", "prénom", "城市", "ключ", "东" * 5])
def test_a_key_that_came_before_is_the_same_one(key: str) -> None:
    document = json.dumps([{key: i, "z": i} for i in range(9)], ensure_ascii=False)
    assert loads(document) == json.loads(document)
    assert len({id(name) for each in loads(document) for name in each if name == key}) == 1
    # Columns are counted in characters, wherever the key came from.
    for _ in range(2):
        with pytest.raises(JSONSyntaxError) as caught:
            loads(document[:-1] + ", x]")
        assert caught.value.colno == len(document) + 2


@pytest.mark.parametrize("letter", ["", "é", "東", "😀"])
@pytest.mark.parametrize("size", [4, 8, 13, 14, 64])
def test_what_is_kept_of_keys_is_bounded(letter: str, size: int) -> None:
    """Of more keys than there is ever room for, all of one length, that come again and again."""
    keys = [letter + str(i).rjust(size, "-") for i in range(5000)]
    documents = [json.dumps({key: 1}, ensure_ascii=False).encode() for key in keys]
    # CPython keeps the memory of some that were dropped, which is not to be counted.
    held = [loads(document) for document in documents]
    del held
    tracemalloc.start()
    try:
        # Once is not enough: keys that come once are not remembered after the first hundreds.
        for _ in range(12):
            for document in documents:
                loads(document)
        kept = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    longest = {"": 64, "é": 16, "東": 16, "😀": 0}[letter]
    if len(keys[0].encode()) <= longest:
        # Thousands of them are: else nothing would be bounded here.
        assert 3000 * sys.getsizeof(keys[0]) < kept <= 8 * 61 * 1024
    else:
        assert kept < 1024


def test_there_is_more_room_for_keys_that_come_again_and_less_when_they_do_not() -> None:
    """Thousands of keys are remembered when they came several times, and forgotten after others."""
    keys = [f"one of many keys {i}" for i in range(2400)]
    document = json.dumps([{key: 1} for key in keys])
    tracemalloc.start()
    try:
        for _ in range(40):
            assert [list(each) for each in loads(document)] == [[key] for key in keys]
        before: Any = loads(document)
        again: Any = loads(document)
        assert (
            sum(next(iter(a)) is next(iter(b)) for a, b in zip(before, again, strict=True)) > 2000
        )
        del before, again
        assert tracemalloc.get_traced_memory()[0] < 512 * 1024
        for start in range(0, 60_000, 1000):
            others = {f"key that comes once {i}": i for i in range(start, start + 1000)}
            assert loads(json.dumps(others)) == others
        del others
        assert tracemalloc.get_traced_memory()[0] < 128 * 1024 + sys.getsizeof(document)
    finally:
        tracemalloc.stop()
    assert [list(each) for each in loads(document)] == [[key] for key in keys]


def test_keys_that_come_again_displace_all_that_do_not() -> None:
    """Not only where they happen to meet them."""
    for name in ("one of the first", "one of the others"):
        document = json.dumps([{f"{name} {i}": 1} for i in range(2400)])
        for _ in range(60):
            before: Any = loads(document)
        again: Any = loads(document)
        same = (next(iter(a)) is next(iter(b)) for a, b in zip(before, again, strict=True))
        assert sum(same) > 2000


NUMBERS = itertools.count()


def many_keys_come_but_once() -> None:
    """From then on keys that are new are not kept."""
    for i in itertools.islice(NUMBERS, 3000):
        key = f"once {i}"
        assert loads(f'{{"{key}": 1, "{key}!": 2}}') == {key: 1, f"{key}!": 2}


@pytest.mark.parametrize("key", ["it", "name", "a key that is longer than most", "é", "東京"])
def test_the_first_objects_of_an_array_share_keys_that_are_new(key: str) -> None:
    many_keys_come_but_once()
    shape = {f"{key} of those": 1, f"{key}, again": {f"{key} within": [2, {}]}, f"{key}, last": ""}
    text = json.dumps([shape] * 3, ensure_ascii=False)
    found: Any = loads(text)
    assert found == [shape] * 3
    # In debug builds and in those without a lock, nobody looks into a dict's table.
    looks = not hasattr(sys, "gettotalrefcount") and not sysconfig.get_config_var("Py_GIL_DISABLED")
    if key.isascii() and looks and SHORTCUTS:
        assert len({id(key) for each in found for key in each}) == len(shape)


@given(st.lists(st.dictionaries(KEYS, VALUES, max_size=4) | VALUES, max_size=4), st.booleans())
@example([{"a key": 1}, {"a kez": 1}, {"a ke": 1}, {"a key!": 1}], False)
@example([{"a key": 1, "b key": 2}, {"b key": 1, "a key": 2}, {}, {"a key": 1}], False)
@example([{"a key": 1}, {"another": {"a key": 1}}, {"a key": {"a key": []}}], True)
def siblings_are_those_of_json(siblings: list[Any], is_cut: bool) -> None:
    text = json.dumps({"them": siblings}, ensure_ascii=False)
    parser = Parser()
    for chunk in text if is_cut else [text]:
        parser.write(chunk)
    found = parser.finish()
    assert found == json.loads(text)
    assert json.dumps(found, ensure_ascii=False) == text


def test_siblings_with_keys_that_are_new_are_those_of_json() -> None:
    many_keys_come_but_once()
    siblings_are_those_of_json()


def test_keys_are_remembered_again_after_many_that_came_but_once() -> None:
    """Those of records are, hundreds of them later."""
    many_keys_come_but_once()
    records: Any = loads(json.dumps([{"name of it": i, "age of it": i} for i in range(500)]))
    assert records == [{"name of it": i, "age of it": i} for i in range(500)]
    later = {id(key) for record in records[460:] for key in record}
    assert len(later) == 2
    again: Any = loads('{"name of it": 1, "age of it": 2}')
    assert {id(key) for key in again} == later


def test_keys_are_looked_for_again_after_many_that_are_new() -> None:
    """Where all are new, most are not even looked for; a thousand keys later, this is over."""
    many_keys_come_but_once()
    for _ in range(1200):
        assert loads('{"one of these": 1}') == {"one of these": 1}
    before: Any = loads('{"one of these": 1}')
    again: Any = loads('{"one of these": 2}')
    assert next(iter(before)) is next(iter(again))
