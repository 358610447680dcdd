"""`completion`: a shortest text that makes a document of what came so far."""

from itertools import product
from random import Random
from typing import Any

import pytest
from hypothesis import given

import partialjson
from tests.oracle import is_document, strict_loads
from tests.reference import Reference
from tests.strategies import (
    cuts,
    document,
    documents,
    examples,
    mutated,
    pieces,
    seeded,
    seeds,
)


def completion_of(prefix: bytes, **options: Any) -> bytes:
    parser = partialjson.Parser(**options)
    parser.write(prefix)
    return parser.completion.encode("utf-8", "surrogateescape")


@examples(300)
@given(documents, seeds)
def test_completion_is_that_of_the_reference(data: bytes, seed: int) -> None:
    parser, reference = partialjson.Parser(), Reference()
    prefix = b""
    for piece in pieces(data, cuts(Random(seed), len(data))):
        parser.write(piece)
        reference.feed(piece)
        prefix += piece
        assert parser.completion == reference.completion, prefix
        ending = parser.completion.encode("utf-8", "surrogateescape")
        assert is_document(prefix + ending), prefix
    parser.finish()
    assert parser.completion == ""


@pytest.mark.parametrize(
    ("received", "completion"),
    [
        ("", "0"),
        (" ", "0"),
        (b"\xef", "\udcbb\udcbf0"),
        (b"\xef\xbb", "\udcbf0"),
        (b"\xef\xbb\xbf", "0"),
        ("{", "}"),
        ('{"', '":0}'),
        ('{"a', '":0}'),
        ('{"a"', ":0}"),
        ('{"a":', "0}"),
        ('{"a":1', "}"),
        ('{"a":1.', "0}"),
        ('{"a":1e', "0}"),
        ('{"a":1e-', "0}"),
        ('{"a":-', "0}"),
        ('{"a":1,', '"":0}'),
        ('{"a":t', "rue}"),
        ('{"a":fals', "e}"),
        ('{"a":nu', "ll}"),
        ('{"a":"x', '"}'),
        ('{"a":"x\\', 'n"}'),
        ('{"a":"x\\u', '0000"}'),
        ('{"a":"x\\u1', '000"}'),
        ('{"a":"x\\ud', '000"}'),
        ('{"a":"x\\ud8', '00\\udc00"}'),
        ('{"a":"x\\ud83d', '\\udc00"}'),
        ('{"a":"x\\ud83d\\', 'udc00"}'),
        ('{"a":"x\\ud83d\\u', 'dc00"}'),
        ('{"a":"x\\ud83d\\ud', 'c00"}'),
        ('{"a":"x\\ud83d\\ude', '00"}'),
        ('{"a\\ud83d', '\\udc00":0}'),
        (b'"\xe4', '\udc80\udc80"'),
        (b'"\xe4\xb8', '\udc80"'),
        (b'"\xe0', '\udca0\udc80"'),
        (b'"\xf0', '\udc90\udc80\udc80"'),
        (b'{"\xc3', '\udc80":0}'),
        ("[", "]"),
        ("[1,", "0]"),
        ("[1", "]"),
        ('[{"a":[{"b":"', '"}]}]'),
        ("12", ""),
        ("12.", "0"),
        ("{}", ""),
        ("{} ", ""),
        ("true", ""),
        ("[" * 1024, "]" * 1024),
    ],
)
def test_completion(received: str | bytes, completion: str) -> None:
    data = received.encode() if isinstance(received, str) else received
    assert Reference(data).completion == completion
    parser = partialjson.Parser()
    parser.write(received)
    assert parser.completion == completion
    # Asking changes nothing.
    assert parser.completion == completion
    assert parser.offset == len(data)


def test_completion_makes_a_document_with_every_option() -> None:
    choices = {
        "numbers": ("atomic", "eager"),
        "strings": ("append", "atomic"),
        "duplicate_keys": ("last", "error"),
        "allow_nan": (False, True),
        "values": ("snapshot", "live"),
        "max_digits": (3, None),
    }
    every = [dict(zip(choices, chosen, strict=True)) for chosen in product(*choices.values())]
    for random in seeded(300, 10_000):
        options: dict[str, Any] = random.choice(every)
        data = document(random, depth=2)
        prefix = mutated(random, data)[: random.randrange(len(data) + 1)]
        for_reference = {name: value for name, value in options.items() if name != "values"}
        reference = Reference(prefix, **for_reference)
        if reference.error is None:
            ending = completion_of(prefix, **options)
            assert len(ending) == len(reference.completion)
            assert Reference(prefix + ending, **for_reference).finish() is None
            assert is_document(prefix + ending, allow_nan=options["allow_nan"])


@pytest.mark.parametrize(
    "prefix",
    [
        '{"":1,',
        '{"a":1,"a',
        '{"a":1,"',
        '{"":1,"',
        '{"":1,"0":1,',
        '{"":1,"0":1,"1":1,"2":1,',
        '{"\\n":1,"\\',
        '{"\\n":1,"\\t":1,"\\',
        '{"\\u0000":1,"\\u00',
        '{"\\u0000":1,"\\u0001":1,"\\u000',
        '{"a\\ud83d\\udc00":1,"a\\ud83d',
        '{"x":{"":1},"x',
        '[{"":1},{',
    ],
)
def test_completion_makes_a_new_key_where_keys_may_not_repeat(prefix: str) -> None:
    data = prefix.encode()
    ending = completion_of(data, duplicate_keys="error")
    completed = Reference(data + ending, duplicate_keys="error")
    assert completed.finish() is None
    assert len(ending) == len(Reference(data, duplicate_keys="error").completion)
    assert partialjson.loads(data + ending, duplicate_keys="error") == strict_loads(data + ending)


def test_completion_after_every_escape_key_was_taken() -> None:
    members = ",".join(f'"\\{letter}":0' for letter in 'nrtbf"\\/')
    data = f'{{{members},"\\'.encode()
    ending = completion_of(data, duplicate_keys="error")
    assert Reference(data + ending, duplicate_keys="error").finish() is None


def test_completion_of_a_number_that_may_not_be() -> None:
    for text, completion in (("N", "aN"), ("-I", "nfinity"), ("Infin", "ity"), ("-", "0")):
        assert completion_of(text.encode(), allow_nan=True) == completion.encode()


def test_completion_looks_past_the_limits_on_bytes() -> None:
    assert completion_of(b'["ab', max_bytes=4) == b'"]'
    assert completion_of(b'["a\\', max_string_bytes=2) == b'n"]'


def test_completion_after_an_error_is_that_error() -> None:
    parser = partialjson.Parser()
    with pytest.raises(partialjson.JSONSyntaxError):
        parser.write("[1 2")
    with pytest.raises(partialjson.JSONSyntaxError) as caught:
        _ = parser.completion
    assert caught.value.pos == 3
    parser.reset()
    assert parser.completion == "0"
    parser.write("[")
    with pytest.raises(partialjson.IncompleteJSONError):
        parser.finish()
    with pytest.raises(partialjson.IncompleteJSONError):
        _ = parser.completion


def test_completion_fed_back_finishes_the_parser() -> None:
    for random in seeded(200, 5_000):
        data = document(random, depth=3)
        data = data[: random.randrange(len(data) + 1)]
        parser = partialjson.Parser()
        parser.write(data)
        ending = parser.completion.encode("utf-8", "surrogateescape")
        parser.write(ending)
        assert parser.finish() == strict_loads(data + ending)
