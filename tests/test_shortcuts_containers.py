"""Lists and dicts made past CPython's API: their memory, and the garbage collector."""

import gc
import json
import random
import sysconfig
from collections.abc import Iterator
from typing import Any

import pytest

from partialjson import MISSING, JSONSyntaxError, Parser, loads
from partialjson._partialjson import SHORTCUTS
from tests.programs import run


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


def test_the_memory_of_dicts_is_what_cpython_takes_it_for() -> None:
    """Its debugging allocators abort where memory is given back in another way than taken."""
    program = """
        from partialjson import loads
        for size in range(100):
            values = loads("[" + ",".join(f'{{"{i}": {i}}}' for i in range(200)) + "]")
            value = loads("{" + ",".join(f'"{i}": {i}' for i in range(size)) + "}")
            value.update({str(i): -i for i in range(2 * size)})
            assert value == {str(i): -i for i in range(2 * size)}
            del values, value
        print("done")
    """
    assert run(program, PYTHONMALLOC="debug") == "done\n"


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
