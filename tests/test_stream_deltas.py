"""Deltas of a stream, in place of objects."""

import copy
from typing import Any

import pytest
from pydantic import ValidationError

import partialjson
from tests.streams import CHUNKS, Address, Both, User, applied


@pytest.fixture
def both(is_async: bool) -> Both:
    return Both(is_async)


async def test_deltas_in_place_of_objects(both: Both) -> None:
    stream = both.open(CHUNKS)
    deltas = []
    async for delta in both.items(stream.deltas()):
        deltas.append(delta)
        # No more is told than shows, and nothing less.
        shown = stream.value.model_dump(exclude_unset=True)
        assert applied(copy.deepcopy(deltas)) == shown or len(deltas) < 3
    assert {type(delta) for delta in deltas} == {partialjson.Delta}
    assert len(deltas) > 4
    assert applied(deltas) == {"name": "Jason", "address": {"city": "上海"}}
    assert stream.final == User(name="Jason", address=Address(city="上海"))
    assert both.source.closed == 1


async def test_deltas_from_the_middle_begin_with_all_of_it(both: Both) -> None:
    stream = both.open(CHUNKS)
    for _ in range(3):
        await anext(stream) if both.is_async else next(stream)
    deltas = [delta async for delta in both.items(stream.deltas())]
    assert deltas[0].path == ()
    assert applied(deltas) == {"name": "Jason", "address": {"city": "上海"}}


async def test_deltas_from_the_middle_of_a_character(both: Both) -> None:
    data = '{"name": "上海"}'.encode()
    for cut in range(1, len(data)):
        chunks = [data[:cut], *(bytes([byte]) for byte in data[cut:])]
        stream = both.open(chunks, type_=Any)
        await anext(stream) if both.is_async else next(stream)
        deltas, error = await both.collect(stream.deltas())
        assert error is None
        assert applied(deltas) == stream.final == {"name": "上海"}


async def test_deltas_raise_what_objects_raise(both: Both) -> None:
    stream = both.open(['{"name":1,', '"address":{"city":"a"}}'])
    deltas, error = await both.collect(stream.deltas())
    assert isinstance(error, ValidationError)
    assert applied(deltas) == {"name": 1, "address": {"city": "a"}}
    _, error = await both.collect(both.open(CHUNKS[:4]).deltas())
    assert isinstance(error, partialjson.IncompleteJSONError)


BROKEN: dict[str, tuple[list[Any], dict[str, Any]]] = {
    "malformed": (['{"name":"Ja', 'son","address":{"city":"上" oops'], {}),
    "cut off": (['{"name":"Ja', 'son","address":{"city":"上'], {}),
    "cut off in a character": ([b'{"name":"Ja', 'son","address":{"city":"上海'.encode()[:-1]], {}),
    "repeated": (['{"name":"Ja', 'son","name":"x'], {"duplicate_keys": "error"}),
    "too long": (['{"name":"Ja', 'son","address":{"city":"上"}}'], {"max_string_bytes": 4}),
    "lost": (['{"name":"Ja', "son"], {"error": ConnectionError("gone")}),
}


@pytest.mark.parametrize("interval", [0, 60])
@pytest.mark.parametrize("name", BROKEN)
async def test_deltas_tell_all_that_came_before_an_error(
    both: Both, name: str, interval: float
) -> None:
    chunks, options = BROKEN[name]
    stream = both.open(chunks, min_interval=interval, **options)
    deltas, error = await both.collect(stream.deltas())
    assert isinstance(error, partialjson.ParseError | partialjson.StreamError)
    assert applied(deltas) == stream.value.model_dump(exclude_unset=True)
    # The error comes once, and then nothing more.
    assert await both.collect(stream) == ([], None)
    assert both.source.closed == 1


async def test_a_stream_that_is_left_before_its_error_does_not_raise_it(both: Both) -> None:
    stream = both.open(BROKEN["malformed"][0])
    async for _ in both.items(stream.deltas()):
        if stream.status == "error":
            break
    await both.close()
    assert await both.collect(stream) == ([], None)


async def test_deltas_can_be_asked_of_a_stream_that_was_made_for_them(both: Both) -> None:
    stream = both.open(CHUNKS, deltas=True)
    deltas, error = await both.collect(stream.deltas())
    assert (applied(deltas), error) == ({"name": "Jason", "address": {"city": "上海"}}, None)


async def test_deltas_of_a_bare_number(both: Both) -> None:
    deltas, error = await both.collect(both.open(["1", "2"], type_=int).deltas())
    assert ([tuple(delta) for delta in deltas], error) == ([("add", (), 12)], None)
