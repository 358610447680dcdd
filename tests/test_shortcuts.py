"""What relies on CPython's inner workings changes no result, and can be turned off."""

import gc
import inspect
import itertools
import json
import os
import pickle
import random
import subprocess
import sys
import sysconfig
import tracemalloc
import weakref
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from partialjson import MISSING, JSONSyntaxError, LimitExceededError, Parser, loads
from partialjson._partialjson import SHORTCUTS

IS_OFF = os.environ.get("PARTIALJSON_SAFE", "0") not in ("", "0")
VALUES = st.sampled_from(
    [None, True, 0, 7, 1 << 70, 1.5, "", "x", "text", "上海", "😀", [], {}, [1], {"a": {}}]
)


def test_they_are_taken_unless_they_are_turned_off() -> None:
    assert IS_OFF != SHORTCUTS


@pytest.mark.parametrize(
    ("value", "taken"), [("1", False), ("yes", False), ("0", None), ("", None)]
)
def test_the_environment_turns_them_off(value: str, taken: bool | None) -> None:
    program = "from partialjson._partialjson import SHORTCUTS; print(SHORTCUTS)"
    environment = {**os.environ, "PARTIALJSON_SAFE": value}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    expected = taken if taken is not None else SHORTCUTS or IS_OFF
    assert done.stdout.strip() == str(expected)


@pytest.mark.parametrize("size", [0, 1, 2, 2047, 2048, 2049, 10_000])
@pytest.mark.parametrize("step", [1, 7, 5000, 1 << 20])
def test_long_arrays_are_those_of_json(size: int, step: int) -> None:
    text = json.dumps([[i, i / 8] if i % 3 else i for i in range(size)])
    for values in ("snapshot", "live"):
        parser = Parser(values=values)
        for at in range(0, len(text), step):
            parser.write(text[at : at + step])
            if not at % (400 * step):
                # Then it is real, and lengthened from here on.
                held = parser.value
        assert parser.finish() == json.loads(text)
        assert held == json.loads(text) or values == "snapshot"
    found = loads(text)
    # Lists are as long as they say, and go on as any other.
    found.extend(range(9))
    found.reverse()
    assert found == [*reversed(range(9)), *reversed(json.loads(text))]


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


def test_the_memory_of_dicts_is_what_cpython_takes_it_for() -> None:
    """Its debugging allocators abort where memory is given back in another way than taken."""
    program = """if True:
        from partialjson import loads
        for size in range(100):
            values = loads("[" + ",".join(f'{{"{i}": {i}}}' for i in range(200)) + "]")
            value = loads("{" + ",".join(f'"{i}": {i}' for i in range(size)) + "}")
            value.update({str(i): -i for i in range(2 * size)})
            assert value == {str(i): -i for i in range(2 * size)}
            del values, value
        print("done")
    """
    environment = {**os.environ, "PYTHONMALLOC": "debug"}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "done\n"


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


@pytest.mark.parametrize("is_enabled", [True, False])
def test_the_garbage_collector_is_left_as_it_was(is_enabled: bool) -> None:
    was_enabled = gc.isenabled()
    try:
        (gc.enable if is_enabled else gc.disable)()
        loads("[{}, [1]]")
        assert gc.isenabled() == is_enabled
        with pytest.raises(JSONSyntaxError):
            loads("[{}, [1}")
        assert gc.isenabled() == is_enabled
        parser = Parser()
        parser.feed('[{"a": [')
        assert gc.isenabled() == is_enabled
        with pytest.raises(JSONSyntaxError):
            parser.feed("}")
        assert gc.isenabled() == is_enabled
    finally:
        (gc.enable if was_enabled else gc.disable)()


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


@pytest.mark.parametrize("text", ["a", "é", "東", "😀"])
@pytest.mark.parametrize("length", [1, 1000, 41_000, 200_000])
def test_a_long_string_with_escapes_is_measured_before_it_is_made(text: str, length: int) -> None:
    value = f"{text}\n" * 3000 + text * length + f'"{text}\\' * 30_000 + text * length
    for document in (json.dumps([value, value], ensure_ascii=False), json.dumps([value, value])):
        assert loads(document) == [value, value]
        assert loads(document.encode()) == [value, value]
        assert loads(document[:-9])[0] == value
        parser = Parser(deltas=True)
        parser.feed(document)
        assert [delta.value for delta in parser.take_deltas()][-1] == [value, value]


def test_strings_are_those_of_cpython() -> None:
    """Whatever their length: those of more than 512 bytes are allocated elsewhere."""
    for length in [*range(130), *range(400, 530), 1000, 100_000]:
        expected = "".join(map(chr, random.Random(length).choices(range(35, 92), k=length)))
        found: Any = loads(json.dumps([expected, expected]))
        if length > 1:
            # Before they are interned, which in 3.12 makes them immortal.
            theirs = json.loads(json.dumps([expected, expected]))
            assert list(map(sys.getrefcount, found)) == list(map(sys.getrefcount, theirs))
        for each in found:
            assert type(each) is str
            assert (each, hash(each), len(each)) == (expected, hash(expected), length)
            assert sys.getsizeof(each) == sys.getsizeof(expected)
            assert each.isascii()
            assert {expected: 1}[each] == 1
            assert each.encode() == expected.encode()
            assert each + "é" == expected + "é"
            assert sys.intern(each + "") == expected


def test_numbers_are_those_of_cpython() -> None:
    """Beyond the hundred that CPython keeps at hand, too."""
    expected = [random.Random(i).uniform(-1e3, 1e3) for i in range(1000)]
    for _ in range(5):
        found: Any = loads(json.dumps(expected))
        assert found == expected
        assert {type(each) for each in found} == {float}
        assert list(map(hash, found)) == list(map(hash, expected))
        assert len(set(map(id, found))) == len(found)
        theirs = json.loads(json.dumps(expected))
        assert list(map(sys.getrefcount, found)) == list(map(sys.getrefcount, theirs))
        assert sys.getsizeof(found[-1]) == sys.getsizeof(expected[-1])


def test_what_was_made_is_given_back() -> None:
    text = json.dumps([[i / 7, f"a string {i}"] for i in range(1000)])
    loads(text)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(20):
            value = loads(text)
        assert tracemalloc.get_traced_memory()[0] - before >= 1000 * (24 + 40)
        del value
        assert tracemalloc.get_traced_memory()[0] - before < 10_000
    finally:
        tracemalloc.stop()


@pytest.mark.skipif(
    not hasattr(sys, "gettotalrefcount"), reason="debug builds alone count all references"
)
def test_the_count_of_all_references_is_right() -> None:
    """What hunts leaks by it must not miss those that weigh as much as what we make."""

    def after_parsing() -> int:
        for i in range(100):
            loads(json.dumps([i / 7, "a string", {"a key": "another one"}]))
        return sys.gettotalrefcount()

    after_parsing()
    assert abs(after_parsing() - after_parsing()) < 10


def used_up(chunks: list[str], **options: Any) -> None:
    """Lets go of a parser of a whole document."""
    parser = Parser(**options)
    for chunk in chunks:
        parser.feed(chunk)
    parser.finish()


DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text('a\n"é東😀', max_size=200),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=20,
).map(json.dumps)


@given(DOCUMENTS, DOCUMENTS, st.lists(st.integers(0, 400), max_size=6), st.booleans())
def test_a_parser_after_another_is_a_new_one(
    first: str, second: str, cuts: list[int], finishes: bool
) -> None:
    """The memory of the last one may be used again; nothing of its document is left in it."""
    bounds = [0, *sorted(cuts), len(first)]
    before = Parser()
    held = [before.feed(first[start:end]) for start, end in itertools.pairwise(bounds)]
    if finishes:
        before.finish()
    copies = json.dumps(held[-1]) if held[-1] is not MISSING else None
    del before
    parser = Parser()
    fresh = Parser()
    assert sys.getrefcount(parser) == sys.getrefcount(fresh)
    for each in (parser, fresh):
        assert (each.status, each.offset, each.changed) == ("empty", 0, False)
        assert (each.value, each.open_path, each.state(())) == (MISSING, None, "missing")
        assert gc.is_tracked(each)
    for start in range(0, len(second), 7):
        assert parser.feed(second[start : start + 7]) == fresh.feed(second[start : start + 7])
        assert parser.open_path == fresh.open_path
    assert parser.finish() == fresh.finish() == json.loads(second)
    if copies is not None:
        assert json.dumps(held[-1]) == copies
    for each in (parser, fresh):
        each.reset()
        assert (each.status, each.offset, each.changed) == ("empty", 0, False)
        with pytest.raises(JSONSyntaxError) as caught:
            each.feed("\n\n [1] x")
        assert (caught.value.lineno, caught.value.colno, caught.value.pos) == (3, 6, 7)


@pytest.mark.parametrize(
    "options",
    [
        {"values": "live"},
        {"numbers": "eager"},
        {"strings": "atomic"},
        {"duplicate_keys": "error"},
        {"deltas": True},
        {"allow_nan": True},
        {"max_depth": 3},
        {"max_bytes": 100},
        {"max_string_bytes": 100},
        {"max_digits": 100_000},
    ],
)
def test_a_parser_after_one_with_options_has_none(options: dict[str, Any]) -> None:
    text = '{"a": [1, 22], "b": "text"}'
    for _ in range(3):
        used_up([text[:16], text[16:]], **options)
        parser = Parser()
        for end in range(len(text)):
            first, again = Parser().feed(text[:end]), loads(text[:end])
            assert first == again
        held = parser.feed('{"a": "t')
        assert parser.feed('ext", "a": 12') == {"a": "text"}
        assert held == {"a": "t"}
        with pytest.raises(ValueError, match="deltas=True"):
            parser.take_deltas()
        with pytest.raises(LimitExceededError):
            parser.feed("1" * 5000)
        with pytest.raises(JSONSyntaxError):
            Parser().feed("NaN")


def test_a_parser_in_its_own_value_is_collected() -> None:
    class Witness:
        pass

    for _ in range(5):
        used_up(['["x"]'])
        parser = Parser()
        value: Any = parser.feed("[1]")
        witness = Witness()
        value += [parser, witness]
        gone = weakref.ref(witness)
        del parser, value, witness
        gc.collect()
        assert gone() is None


def test_a_parser_whose_end_makes_and_drops_others_is_freed() -> None:
    class Busy:
        def __del__(self) -> None:
            used_up(["[1, ", "2]"])
            made.append(Parser())
            assert made[-1].feed("[3]") == [3]

    made: list[Parser] = []
    for _ in range(5):
        parser = Parser()
        value: Any = parser.feed("[]")
        value.append(Busy())
        del value, parser
    assert len(made) == 5
    assert [each.finish() for each in made] == [[3]] * 5


@pytest.mark.skipif(
    bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    reason="there, how often a class is referred to is not counted exactly",
)
def test_each_parser_holds_its_class_once() -> None:
    used_up(["[1]"])
    count = sys.getrefcount(Parser)
    for _ in range(100):
        used_up(["[1]"])
    assert sys.getrefcount(Parser) == count
    parsers = [Parser() for _ in range(100)]
    assert sys.getrefcount(Parser) in (count + 99, count + 100)
    for parser in parsers:
        parser.feed("[1")
    del parser, parsers
    assert count - 1 <= sys.getrefcount(Parser) <= count


@pytest.mark.parametrize("text", ["[1]", "[[1], 2]", '["a\\n"]'])
def test_what_a_parser_held_is_let_go_of_with_it(text: str) -> None:
    class Witness:
        pass

    for let_go in (lambda _: None, Parser.reset):
        parser = Parser()
        value: Any = parser.feed(text)
        witness = Witness()
        value.append(witness)
        gone = weakref.ref(witness)
        let_go(parser)
        del parser, value, witness
        assert gone() is None


@pytest.mark.parametrize(
    "call",
    [
        lambda: Parser(1),
        lambda: Parser(bogus=1),
        lambda: Parser(**{"numbers": 1}),
        lambda: Parser().feed(),
        lambda: Parser().feed("1", "2"),
        lambda: Parser().feed(chunk="1"),
        lambda: Parser().feed(1),
        lambda: Parser().write(None),
        lambda: Parser().finish(1),
        lambda: Parser.feed(object(), "1"),
        lambda: Parser.finish("1"),
        lambda: loads(),
        lambda: loads("1", "2"),
        lambda: loads(data="1"),
        lambda: loads("1", bogus=1),
        lambda: loads(1),
    ],
)
def test_wrong_calls_are_told_whichever_way_they_come(call: Any) -> None:
    with pytest.raises(TypeError):
        call()


def test_every_way_to_call_does_the_same() -> None:
    text = '{"a": [1, 2.5, "x"]}'
    expected = json.loads(text)
    assert loads(text) == loads(*[text]) == loads(text, **{}) == loads(text, numbers="eager")
    for make in (lambda: Parser(), lambda: Parser(**{}), lambda: Parser(numbers="eager")):
        parser: Any = make()
        assert type(parser) is Parser
        assert Parser.write(parser, text[:7]) == 7
        assert parser.feed(*[text[7:]]) == expected
        assert Parser.finish(parser) == expected
        with pytest.raises(ValueError, match="finished"):
            parser.feed("")
    assert gc.is_tracked(Parser())


def test_what_is_called_without_a_detour_looks_as_it_did() -> None:
    assert str(inspect.signature(Parser.feed)) == "(self, chunk, /)"
    assert str(inspect.signature(Parser.write)) == "(self, chunk, /)"
    assert str(inspect.signature(Parser.finish)) == "(self, /)"
    assert str(inspect.signature(loads)).startswith("(data, /, *, numbers='atomic'")
    assert pickle.loads(pickle.dumps(loads)) is loads
    for each in (Parser.feed, Parser.write, Parser.finish, loads):
        assert each.__doc__
        assert each.__doc__.endswith(("\n", "."))
    assert (loads.__name__, Parser.feed.__qualname__) == ("loads", "Parser.feed")
    assert loads.__module__ == "partialjson._partialjson"


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
    if key.isascii() and looks and not IS_OFF:
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
    """Those of records are, a few of them later."""
    many_keys_come_but_once()
    records: Any = loads(json.dumps([{"name of it": i, "age of it": i} for i in range(50)]))
    assert records == [{"name of it": i, "age of it": i} for i in range(50)]
    later = {id(key) for record in records[9:] for key in record}
    assert len(later) == 2
    again: Any = loads('{"name of it": 1, "age of it": 2}')
    assert {id(key) for key in again} == later


NESTED = {
    "a": [[[1], [2, [], {}]], [[[3], 4]], [{"b": [[5]], "c": {"d": [6]}}]],
    "e": {"f": {"g": [[7], [[8], 9]]}, "h": [{"i": {"j": [10]}}]},
}


def outer_then_inner(value: Any) -> Iterator[tuple[Any, Any]]:
    """Each container with each one in it; empty ones, which lead nowhere, aside."""
    for inner in value.values() if isinstance(value, dict) else value:
        if isinstance(inner, dict | list) and inner:
            yield value, inner
            yield from outer_then_inner(inner)


@pytest.mark.skipif(
    bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    reason="without a global lock the collector goes through memory, whatever came first",
)
@pytest.mark.parametrize("chunks", [1, 2])
@pytest.mark.parametrize("objects", [0, 5, 5000])
def test_in_a_long_document_a_container_comes_before_those_in_it(objects: int, chunks: int) -> None:
    """The garbage collector has to move what comes before its parent there and back."""
    documents = {f"document {i}": NESTED for i in range(300)}
    text = json.dumps({"of the same kind": [{"x": i} for i in range(objects)], **documents})
    step = -(-len(text) // chunks)
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        parser = Parser()
        for at in range(0, len(text), step):
            parser.write(text[at : at + step])
        found = parser.finish()
        order = {id(each): at for at, each in enumerate(gc.get_objects())}
    finally:
        if was_enabled:
            gc.enable()
    # Of a dict without containers it does not know, up to CPython 3.13.
    pairs = [pair for pair in outer_then_inner(found) if id(pair[1]) in order]
    assert len(pairs) > 300 * 16
    # Else in that in which they became whole.
    assert all(order[id(outer)] < order[id(inner)] for outer, inner in pairs) == SHORTCUTS


AROUND = [
    "[{}]",
    '[{{"a": 1}}, {}, [2]]',
    '{{"b": {}}}',
    '{{"c": [{{}}], "b": {}, "d": [[3], {{"e": [4]}}]}}',
    '["é\\n😀 text", {{"fe\\u0301": -12.5e3}}, {}, "\\ud83d\\ude00", 1234567890123456789012]',
]


@pytest.mark.parametrize("depth", [1, 7, 253, 254, 255, 256, 257, 900])
@pytest.mark.parametrize(
    "options",
    [{}, {"duplicate_keys": "error"}, {"deltas": True}, {"numbers": "eager"}, {"values": "live"}],
)
def test_long_documents_of_any_depth_are_those_of_json(depth: int, options: Any) -> None:
    """What is open after a long chunk is made real: the same as from a few bytes at a time."""
    for seed in range(12):
        random_ = random.Random(seed)
        text = "1"
        for _ in range(depth):
            text = random_.choice(AROUND).format(text)
        cut = random_.randrange(len(text))
        expected = json.loads(text)
        head, tail = " " * 20_000 + text[:cut], text[cut:] + " " * 20_000 * (seed % 2)
        assert loads(head + tail, **options) == expected
        parser, other = Parser(**options), Parser(**options)
        parser.write(head)
        for at in range(0, cut, 7):
            other.write(text[:cut][at : at + 7])
        held = parser.value if seed % 3 else MISSING
        before = held if held is MISSING else json.dumps(held)
        if seed % 3:
            assert before == (MISSING if other.value is MISSING else json.dumps(other.value))
        parser.write(tail)
        other.write(tail)
        assert parser.finish() == other.finish() == expected
        if "deltas" in options:
            assert parser.take_deltas() == other.take_deltas()
        if "values" not in options and before is not MISSING:
            assert json.dumps(held) == before


@pytest.mark.parametrize(
    "options", [{}, {"duplicate_keys": "error"}, {"deltas": True}, {"values": "live"}]
)
def test_collections_between_chunks_find_all_in_its_place(options: Any) -> None:
    """A debug build of CPython looks at every link of the list of containers, at each of them."""
    for seed in range(8):
        random_ = random.Random(seed)
        text = "1"
        for _ in range(random_.choice([5, 60, 300])):
            text = random_.choice(AROUND).format(text)
        text = " " * 20_000 + f"[{', '.join([text] * random_.randint(1, 30))}]"
        parser, at = Parser(**options), 0
        held = []
        while at < len(text):
            size = random_.choice([5, 300, 17_000, 30_000, 60_000])
            parser.write(text[at : at + size])
            at += size
            if random_.random() < 0.3:
                value = parser.value
                held.append((value, repr(value)))
            gc.collect(random_.choice([0, 1, 2]))
        assert parser.finish() == json.loads(text)
        assert "values" in options or all(repr(value) == before for value, before in held)
        del parser, held
        gc.collect()
