"""The reference itself, held against Python's own `json` and against what its tests list."""

import json
from itertools import product

import pytest

from tests.corpora import json_test_suite
from tests.oracle import is_document, strict_loads
from tests.reference import MISSING, Reference
from tests.strategies import document, mutated, seeded


def completed(prefix: bytes, reference: Reference) -> bytes:
    return prefix + reference.completion.encode("utf-8", "surrogateescape")


def test_reference_gives_the_value_of_json() -> None:
    for random in seeded(2_000, 20_000):
        data = document(random)
        reference = Reference(data)
        assert reference.finish() is None
        assert repr(reference.value) == repr(strict_loads(data))


def test_reference_accepts_what_json_accepts() -> None:
    for random in seeded(2_000, 20_000):
        data = mutated(random, document(random, depth=2))
        reference = Reference(data)
        assert (reference.finish() is None) == is_document(data)


def test_reference_completes_every_prefix() -> None:
    for random in seeded(200, 2_000):
        data = document(random, depth=2)
        reference = Reference()
        for size in range(len(data) + 1):
            assert is_document(completed(data[:size], reference)), data[:size]
            reference.feed(data[size : size + 1])


@pytest.mark.parametrize(
    "prefix",
    [
        b"", b"\xef", b"\xef\xbb\xbf", b" ", b"{", b'{"', b'{"a', b'{"a"', b'{"a":', b'{"a":1,',
        b"[", b"[1,", b"[[", b"-", b"1.", b"1e", b"tr", b"tru", b'"\\', b'"\\u00', b'"\xe4\xb8',
    ],
)  # fmt: skip
def test_no_text_completes_sooner_than_the_reference_says(prefix: bytes) -> None:
    alphabet = [bytes([byte]) for byte in b'{}[]:,"0aeuln\\\xbb\xbf\x80']
    shorter = range(min(len(Reference(prefix).completion), 4))
    for length in shorter:
        for text in product(alphabet, repeat=length):
            assert not is_document(prefix + b"".join(text))


def test_no_ending_saves_a_prefix_that_the_reference_refuses() -> None:
    for random in seeded(300, 3_000):
        good = document(random, depth=1)
        bad = mutated(random, good)
        error = Reference(bad).error
        if error is None:
            continue
        impossible = bad[: error.pos + 1]
        before = Reference(bad[: error.pos])
        assert before.error is None
        endings = [before.completion.encode("utf-8", "surrogateescape"), b""]
        endings += [good[start:] for start in range(len(good))]
        for ending in endings:
            assert not is_document(impossible + ending)


def test_reference_knows_nothing_of_chunks() -> None:
    data = '{"a":["x\\ud83d\\ude00",12.5e1,{"上":true}]'.encode()
    in_steps = Reference()
    for size in range(len(data) + 1):
        at_once = Reference(data[:size])
        assert vars(at_once) == vars(in_steps)
        in_steps.feed(data[size : size + 1])


@json_test_suite("y_", 95)
def test_reference_accepts_json_test_suite(data: bytes) -> None:
    reference = Reference(data)
    assert reference.finish() is None
    assert repr(reference.value) == repr(json.loads(data))


@json_test_suite("n_", 188)
def test_reference_refuses_json_test_suite(data: bytes) -> None:
    assert Reference(data).finish() is not None


def test_reference_follows_the_worked_example() -> None:
    reference = Reference('{"a":"上'.encode()[:-1])
    assert reference.value == {"a": ""}
    assert reference.status == "open"
    assert reference.open_path == ("a",)
    assert reference.completion == '\udc80"}'
    assert [reference.state(path) for path in ((), ("a",), ("b",))] == ["open", "open", "missing"]
    assert Reference(b" ").value is MISSING
