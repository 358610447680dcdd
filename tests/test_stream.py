"""Streams over sources of every kind: what they yield, what they raise, and that they close."""

import asyncio
import copy
import gc
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

import pytest
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from pydantic import BaseModel, ValidationError

import partialjson
from partialjson import MISSING, AsyncPartialStream, IncompleteJSONError, Partial, PartialStream

from .twins import Twin


class Address(BaseModel):
    city: str


class User(BaseModel):
    name: str
    address: Address


CHUNKS = ['{"name":', ' "Ja', "son", '", ', '"address": {"ci', 'ty": "上', '海"', "}", " }\n"]


class Source:
    """Chunks, and whether they were closed."""

    def __init__(self, chunks: Iterable[Any], error: BaseException | None = None) -> None:
        self.chunks = iter(chunks)
        self.error = error
        self.given = 0
        self.closed = 0

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        for chunk in self.chunks:
            self.given += 1
            return chunk
        if self.error is not None:
            raise self.error
        raise StopIteration

    def close(self) -> None:
        self.closed += 1


class AsyncSource(Source):
    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        await asyncio.sleep(0)
        try:
            return next(self)
        except StopIteration:
            raise StopAsyncIteration from None

    async def aclose(self) -> None:
        await asyncio.sleep(0)
        self.close()


class Both(Twin):
    """The same tests for `stream` and `astream`."""

    def open(
        self, chunks: Iterable[Any], error: BaseException | None = None, **options: Any
    ) -> Any:
        self.source = (AsyncSource if self.is_async else Source)(chunks, error)
        make: Any = partialjson.astream if self.is_async else partialjson.stream
        self.stream = make(self.source, options.pop("type_", User), **options)
        return self.stream

    async def leave(self) -> None:
        if self.is_async:
            async for _ in self.stream:
                break
        else:
            for _ in self.stream:
                break

    async def close(self) -> None:
        if self.is_async:
            await self.stream.close()
        else:
            self.stream.close()


@pytest.fixture(params=[False, True], ids=["sync", "async"])
def both(request: pytest.FixtureRequest) -> Both:
    return Both(request.param)


# --- what comes --------------------------------------------------------------------------------


async def test_one_object_for_each_chunk_that_shows_more(both: Both) -> None:
    items, error = await both.collect(both.open(CHUNKS))
    assert error is None
    assert [item.model_dump(exclude_unset=True) for item in items] == [
        {},
        {"name": "Ja"},
        {"name": "Jason"},
        {"name": "Jason", "address": {}},
        {"name": "Jason", "address": {"city": "上"}},
        {"name": "Jason", "address": {"city": "上海"}},
        {"name": "Jason", "address": {"city": "上海"}},
        {"name": "Jason", "address": {"city": "上海"}},
    ]
    assert [type(item) for item in items] == [Partial[User]] * 7 + [User]
    assert [type(item.address) for item in items[3:]] == [Partial[Address]] * 3 + [Address] * 2
    stream = both.stream
    assert stream.final is stream.value is items[-1]
    assert stream.text == "".join(CHUNKS)
    assert stream.status == "complete"
    assert stream.open_path is None
    assert both.source.closed == 1


async def test_an_object_comes_before_the_next_chunk_is_taken(both: Both) -> None:
    given = []
    async for item in both.items(both.open(CHUNKS)):
        given.append((both.source.given, item.model_fields_set))
    assert [each for each, _ in given] == [1, 2, 3, 5, 6, 7, 8, 9]


async def test_chunks_may_be_bytes_cut_anywhere(both: Both) -> None:
    text = "".join(CHUNKS).encode()
    kinds = (bytes, bytearray, memoryview)
    chunks = [kinds[i % 3](text[i : i + 1]) for i in range(len(text))]
    items, error = await both.collect(both.open(chunks))
    assert error is None
    assert items[-1] == User(name="Jason", address=Address(city="上海"))
    assert len(items) == 13


async def test_one_at_a_time(both: Both) -> None:
    stream = both.open(CHUNKS)
    assert stream.value is MISSING
    first = await anext(stream) if both.is_async else next(stream)
    assert first.model_fields_set == set()
    second = await anext(stream) if both.is_async else next(stream)
    assert second.name == "Ja"
    assert stream.value is second
    assert (stream.status, stream.open_path, stream.text) == ("open", ("name",), '{"name": "Ja')
    with pytest.raises(RuntimeError, match="has not ended"):
        _ = stream.final
    items, _ = await both.collect(stream)
    assert items[0].name == "Jason"
    assert stream.final == items[-1]
    if both.is_async:
        with pytest.raises(StopAsyncIteration):
            await anext(stream)
    else:
        with pytest.raises(StopIteration):
            next(stream)


@pytest.mark.parametrize("type_", [Partial[User], list[User], Partial[list[User]], User | None])
async def test_types(both: Both, type_: Any) -> None:
    is_list = "list" in str(type_)
    chunks = ["[", *CHUNKS, "]"] if is_list else CHUNKS
    items, error = await both.collect(both.open(chunks, type_=type_))
    assert error is None
    user = User(name="Jason", address=Address(city="上海"))
    assert items[-1] == ([user] if is_list else user)


async def test_options_reach_the_parser(both: Both) -> None:
    _, error = await both.collect(both.open(CHUNKS, max_bytes=20))
    assert isinstance(error, partialjson.LimitExceededError)
    _, error = await both.collect(both.open(CHUNKS, strict=True, context={}, fail_fast=True))
    assert error is None


async def test_a_bare_number_comes_at_the_end(both: Both) -> None:
    assert await both.collect(both.open(["1", "2"], type_=int)) == ([12], None)


# --- chat completion chunks ----------------------------------------------------------------------


def chunk(*, index: int = 0, finish_reason: Any = None, **delta: Any) -> ChatCompletionChunk:
    return ChatCompletionChunk.model_validate(
        {
            "id": "c",
            "created": 0,
            "model": "m",
            "object": "chat.completion.chunk",
            "choices": [{"index": index, "delta": delta, "finish_reason": finish_reason}],
        }
    )


def call(arguments: str | None, index: int = 0, **more: Any) -> ChatCompletionChunk:
    function = {"arguments": arguments, **more}
    return chunk(tool_calls=[{"index": index, "function": function}])


USAGE = chunk().model_copy(update={"choices": []})


async def test_message_text(both: Both) -> None:
    chunks = [
        chunk(role="assistant", content=""),
        *(chunk(content=text) for text in CHUNKS),
        chunk(index=1, content="another answer"),
        chunk(finish_reason="stop"),
        USAGE,
    ]
    items, error = await both.collect(both.open(chunks))
    assert error is None
    assert items[-1].address.city == "上海"
    assert both.stream.finish_reason == "stop"


async def test_tool_call_arguments(both: Both) -> None:
    chunks = [
        chunk(role="assistant", content=None),
        call("", name="User"),
        call(None),
        chunk(tool_calls=[{"index": 0}]),
        *map(call, CHUNKS),
        chunk(content="and text that is no JSON"),
        chunk(finish_reason="tool_calls"),
    ]
    items, error = await both.collect(both.open(chunks))
    assert error is None
    assert len(items) == 8
    assert both.stream.finish_reason == "tool_calls"


async def test_a_second_tool_call_is_not_passed_over(both: Both) -> None:
    items, error = await both.collect(both.open([call("{", 0), call("{", 1)]))
    assert len(items) == 1
    assert isinstance(error, ValueError)
    assert "several tool calls" in str(error)
    assert both.source.closed == 1


@pytest.mark.parametrize("strange", [1, None, {"shape": "strange"}, object()])
async def test_unknown_chunks_are_named(both: Both, strange: Any) -> None:
    _, error = await both.collect(both.open([CHUNKS[0], strange]))
    assert isinstance(error, TypeError)
    assert type(strange).__qualname__ in str(error)
    assert both.source.closed == 1


def test_a_source_of_the_other_kind() -> None:
    with pytest.raises(TypeError, match="AsyncOnly is asynchronous: use astream"):
        partialjson.stream(AsyncOnly(), User)
    with pytest.raises(TypeError, match="list is not asynchronous: use stream"):
        partialjson.astream(CHUNKS, User)


class AsyncOnly:
    def __aiter__(self) -> Any:
        raise AssertionError("is not asked")


@pytest.mark.parametrize("open_", [partialjson.stream, partialjson.astream])
def test_a_source_that_gives_no_chunks(open_: Any) -> None:
    """What is easily taken for one; each is told at once, and what to do instead."""
    for in_one_piece in (b"{}", bytearray(b"{}"), memoryview(b"{}"), {"name": "Jason"}):
        with pytest.raises(TypeError, match="wrap a document that is in one piece in a list"):
            open_(in_one_piece, User)
    for none in (None, 5, User):
        with pytest.raises(TypeError, match="is a source of chunks, not"):
            open_(none, User)
    # So it is without `stream=True`.
    with pytest.raises(TypeError, match="ChatCompletion is in one piece: ask for a stream, or"):
        open_(ChatCompletion.model_construct(choices=[]), User)
    with pytest.raises(TypeError, match="already a stream of objects"):
        open_(partialjson.stream(CHUNKS, User), User)
    awaited = asyncio.sleep(0)
    with pytest.raises(TypeError, match="await it first"):
        open_(awaited, User)
    awaited.close()


async def test_a_model_may_be_a_source(both: Both) -> None:
    class Answer(BaseModel):
        pieces: list[str]

        def __iter__(self) -> Any:
            return iter(self.pieces)

        async def __aiter__(self) -> Any:
            for piece in self.pieces:
                yield piece

    open_: Any = partialjson.astream if both.is_async else partialjson.stream
    stream = open_(Answer(pieces=CHUNKS), User)
    assert (await both.collect(stream))[0][-1] == stream.final


async def test_a_repr_says_how_far_it_is(both: Both) -> None:
    stream = both.open(CHUNKS)
    kind = type(stream).__name__
    assert repr(stream) == f"<partialjson.{kind} empty>"
    await both.collect(stream)
    assert repr(stream) == f"<partialjson.{kind} complete>"


def test_a_type_without_its_own() -> None:
    for open_ in (partialjson.stream, lambda _, type_: partialjson.ModelParser(type_)):
        with pytest.raises(TypeError, match="Partial needs a type"):
            open_(CHUNKS, Partial)
        with pytest.raises(TypeError, match="such as Address, not an instance of it"):
            open_(CHUNKS, Address(city="a"))


# --- errors --------------------------------------------------------------------------------------


async def test_malformed_json(both: Both) -> None:
    chunks = [*CHUNKS[:6], "\0", *CHUNKS[6:]]
    items, error = await both.collect(both.open(chunks))
    assert isinstance(error, partialjson.JSONSyntaxError)
    assert error.pos == len("".join(CHUNKS[:6]).encode())
    assert error.path == ("address", "city")
    assert type(error.value) is Partial[User]
    assert error.value == both.stream.value == items[-1]
    assert both.stream.status == "error"
    assert both.source.closed == 1
    assert both.source.given == 7, "what comes after the error is not read"
    with pytest.raises(partialjson.JSONSyntaxError) as again:
        _ = both.stream.final
    assert again.value is error
    assert await both.collect(both.stream) == ([], None)


async def test_a_source_that_ends_too_early(both: Both) -> None:
    items, error = await both.collect(both.open(CHUNKS[:6]))
    assert isinstance(error, partialjson.IncompleteJSONError)
    assert error.open_path == ("address", "city")
    assert error.value == both.stream.value == items[-1]
    assert error.value.address.city == "上"
    assert both.source.closed == 1


async def test_a_source_that_ends_before_it_begins(both: Both) -> None:
    items, error = await both.collect(both.open([]))
    assert items == []
    assert isinstance(error, partialjson.IncompleteJSONError)
    assert error.value is MISSING


async def test_a_connection_that_breaks(both: Both) -> None:
    reset = ConnectionResetError("by peer")
    items, error = await both.collect(both.open(CHUNKS[:6], reset))
    assert type(error) is partialjson.DisconnectedError
    assert isinstance(error, partialjson.IncompleteJSONError)
    assert error.open_path == ("address", "city")
    assert error.__cause__ is reset
    with pytest.raises(partialjson.DisconnectedError) as again:
        _ = both.stream.final
    assert again.value is error
    assert error.value == items[-1]
    assert both.source.closed == 1
    # It is no success, either, where all of the document had come.
    items, error = await both.collect(both.open(CHUNKS, reset))
    assert type(error) is partialjson.DisconnectedError
    assert (error.pos, error.lineno, error.colno) == (len("".join(CHUNKS).encode()), 2, 1)
    assert error.value is items[-1]
    assert type(error.value) is User


async def test_a_document_that_does_not_fit(both: Both) -> None:
    items, error = await both.collect(both.open(['{"name":"a",', '"address":{"city":1}', "}"]))
    assert isinstance(error, ValidationError)
    with pytest.raises(ValidationError) as expected:
        User.model_validate_json('{"name":"a","address":{"city":1}}')
    assert str(error) == str(expected.value)
    assert type(items[-1]) is type(both.stream.value) is Partial[User]
    assert both.stream.value.name == "a"
    assert both.source.closed == 1
    with pytest.raises(ValidationError) as again:
        _ = both.stream.final
    assert again.value is error


async def test_fail_fast_stops_there(both: Both) -> None:
    chunks = ['{"address":{"city":', "1", "}", ',"name":"a"}']
    _, error = await both.collect(both.open(chunks, fail_fast=True))
    assert isinstance(error, ValidationError)
    assert error.errors()[0]["loc"] == ("address", "city")
    assert (both.source.given, both.source.closed) == (3, 1)


async def test_an_error_of_the_source_passes_through(both: Both) -> None:
    failure = LookupError("what the SDK raises")
    items, error = await both.collect(both.open(CHUNKS[:3], failure))
    assert error is failure
    assert both.stream.value == items[-1]
    assert both.source.closed == 1


# --- closing -------------------------------------------------------------------------------------


async def test_leaving_a_loop_closes_the_source(both: Both) -> None:
    both.open(CHUNKS)
    await both.leave()
    # The event loop closes what an ``async for`` left at its next turns.
    gc.collect()
    for _ in range(10):
        await asyncio.sleep(0)
    assert both.source.closed == 1
    assert both.source.given == 1
    with pytest.raises(partialjson.IncompleteJSONError):
        _ = both.stream.final
    assert await both.collect(both.stream) == ([], None)


async def test_an_error_in_the_loop_closes_the_source(both: Both) -> None:
    both.open(CHUNKS)

    async def fail() -> None:
        if both.is_async:
            async with both.stream as stream:
                async for _ in stream:
                    raise ZeroDivisionError
        else:
            with both.stream as stream:
                for _ in stream:
                    raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert both.source.closed == 1


async def test_close_ends_the_iteration(both: Both) -> None:
    both.open(CHUNKS)
    items = []
    async for item in both.items(both.stream):
        items.append(item)
        if len(items) == 2:
            await both.close()
    assert len(items) == 2
    await both.close()
    assert both.source.closed == 1
    assert both.stream.value is items[-1]


async def test_generators_are_closed() -> None:
    closed = []

    def chunks() -> Iterator[str]:
        try:
            yield from CHUNKS
        finally:
            closed.append("sync")

    async def achunks() -> AsyncIterator[str]:
        try:
            for each in CHUNKS:
                yield each
        finally:
            closed.append("async")

    with partialjson.stream(chunks(), User) as stream:
        next(stream)
    async with partialjson.astream(achunks(), User) as astream:
        await anext(astream)
    assert closed == ["sync", "async"]
    assert isinstance(stream, PartialStream)
    assert isinstance(astream, AsyncPartialStream)


async def test_cancellation_closes_the_source() -> None:
    closed = []

    async def chunks() -> AsyncIterator[str]:
        try:
            yield CHUNKS[0]
            await asyncio.sleep(60)
        finally:
            closed.append(True)

    async def read() -> None:
        async for _ in stream:
            pass

    stream = partialjson.astream(chunks(), User)
    task = asyncio.create_task(read())
    while stream.value is MISSING:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert closed == [True]


@pytest.mark.parametrize("of", [lambda stream: stream, aiter, lambda stream: stream.deltas()])
async def test_a_wait_that_is_cancelled_is_not_the_end(of: Any) -> None:
    """Whoever sends something to keep a connection alive meanwhile may go on asking."""
    closed = []

    async def chunks() -> AsyncIterator[str]:
        try:
            yield '{"name":"A'
            await asyncio.sleep(60)
        finally:
            closed.append(True)

    stream = partialjson.astream(chunks(), User)
    items = of(stream)
    await anext(items)
    assert stream.value.name == "A"
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(anext(items), 0.01)
    assert closed == [True]
    with pytest.raises(IncompleteJSONError, match="a wait for its next item was cancelled") as told:
        await anext(items)
    assert told.value.value == stream.value
    with pytest.raises(StopAsyncIteration):
        await anext(items)


def test_an_interrupt_is_not_the_end() -> None:
    def chunks() -> Iterator[str]:
        yield '{"name":"A'
        raise KeyboardInterrupt

    stream = partialjson.stream(chunks(), User)
    assert next(stream).name == "A"
    with pytest.raises(KeyboardInterrupt):
        next(stream)
    with pytest.raises(IncompleteJSONError, match="cancelled or interrupted"):
        next(stream)
    assert [*stream] == []


def test_an_interrupt_of_the_parser_itself_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def raises(error: BaseException) -> Any:
        def fail(*_: object) -> None:
            raise error

        return fail

    stream = partialjson.stream(iter(CHUNKS), User)
    next(stream)
    broken = RuntimeError("building the value was interrupted")
    with monkeypatch.context() as patch:
        patch.setattr(stream._core, "take", raises(KeyboardInterrupt()))
        patch.setattr(stream._core, "place", raises(broken))
        with pytest.raises(KeyboardInterrupt):
            next(stream)
    with pytest.raises(RuntimeError) as told:
        next(stream)
    assert told.value is broken


async def test_many_streams_do_not_mix() -> None:
    async def one(number: int) -> int:
        text = f'{{"name":"{number}","address":{{"city":"{number}"}}}}'
        stream = partialjson.astream(AsyncSource(text), User)
        last = ""
        async for user in stream:
            assert (user.name or "").startswith(last)
            last = user.name or ""
            assert str(number).startswith(last)
        return int(stream.final.address.city)

    assert await asyncio.gather(*map(one, range(200))) == list(range(200))


# --- more to ask of a stream ---------------------------------------------------------------------


async def test_state_of_a_node(both: Both) -> None:
    stream = both.open(CHUNKS[:6])
    await both.collect(stream)
    paths = [("name",), ("address",), ("address", "city"), ("address", "zip")]
    assert [stream.state(path) for path in paths] == ["complete", "open", "open", "missing"]


async def test_raw_chunks_go_to_hooks(both: Both) -> None:
    chunks = [chunk(content=text) for text in CHUNKS]
    stream = both.open(chunks)
    seen: list[Any] = []

    @stream.chunks
    def see(each: Any) -> None:
        seen.append(each)

    stream.chunks(seen.append, type="response.")
    items, error = await both.collect(stream)
    assert error is None
    assert seen == chunks
    assert callable(see)
    assert len(items) == 8


async def test_hooks_are_called_and_not_awaited(both: Both) -> None:
    """One that has to be awaited would never run, and nothing would be said."""

    async def see(_: Any) -> None: ...

    stream = both.open(CHUNKS)
    with pytest.raises(TypeError, match=r"see.* is asynchronous"):
        stream.chunks(see)
    with pytest.raises(TypeError, match="not awaited"):
        stream.chunks(type="response.")(see)


class Event:
    """A chunk that has a type, as those of the newer SDKs."""

    def __init__(self, type_: str, text: str = "") -> None:
        self.type = type_
        self.text = text


async def test_hooks_for_chunks_of_one_type(both: Both) -> None:
    chunks: list[Any] = [Event("reasoning.delta", ""), *(Event("text", t) for t in CHUNKS)]
    stream = both.open(chunks, text_of=lambda event: event.text)
    seen: list[Any] = []
    stream.chunks(seen.append, type="reasoning")
    _, error = await both.collect(stream)
    assert error is None
    assert seen == chunks[:1]


async def test_text_of_chunks_that_nobody_knows(both: Both) -> None:
    chunks = [{"piece": text} for text in CHUNKS] + [{"end": True}]
    stream = both.open(chunks, text_of=lambda each: each.get("piece"))
    items, error = await both.collect(stream)
    assert error is None
    assert items[-1].address.city == "上海"


def test_text_of_that_cannot_be_called_is_refused_at_once(both: Both) -> None:
    with pytest.raises(TypeError, match="text_of must be callable, not 'delta'"):
        both.open([], text_of="delta")


def applied(deltas: list[Any]) -> Any:
    """The value that deltas make, in order."""
    root: Any = MISSING
    for op, path, value in deltas:
        if not path:
            root = root + value if op == "append" else value
            continue
        parent = root
        for step in path[:-1]:
            parent = parent[step]
        last = path[-1]
        if op == "append":
            parent[last] += value
        elif isinstance(parent, list) and last == len(parent):
            parent.append(value)
        else:
            parent[last] = value
    return root


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


@pytest.mark.parametrize("type_", [Any, dict[str, Any]])
async def test_open_numbers_show_if_they_are_to(both: Both, type_: Any) -> None:
    stream = both.open([*'{"a":{"b":12}}'], type_=type_, numbers="eager")
    items, error = await both.collect(stream)
    assert error is None
    shown = [repr(item) for item in items if "b" in repr(item)]
    assert list(dict.fromkeys(shown)) == ["{'a': {'b': 1}}", "{'a': {'b': 12}}"]


async def test_deltas_of_a_bare_number(both: Both) -> None:
    deltas, error = await both.collect(both.open(["1", "2"], type_=int).deltas())
    assert ([tuple(delta) for delta in deltas], error) == ([("add", (), 12)], None)


# --- pace ----------------------------------------------------------------------------------------


class Clock:
    """Time that passes when the tests say so."""

    def __init__(self) -> None:
        self.now = 1024.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("partialjson._pacing.time", clock)
    return clock


class Paced(AsyncSource):
    """Chunks that come one after the other, some time apart, whether they are taken or not."""

    def __init__(self, chunks: Iterable[Any], clock: Clock, seconds: float) -> None:
        super().__init__(chunks)
        self.clock = clock
        self.seconds = seconds
        self.began = clock.now

    @property
    def unread(self) -> int:
        """How many have come and were not taken."""
        return max(0, int((self.clock.now - self.began) / self.seconds) - self.given)

    def __next__(self) -> Any:
        # An SDK takes a moment, too, to decode one that has come already.
        due = self.began + (self.given + 1) * self.seconds
        self.clock.now = max(self.clock.now + 1 / 64, due)
        return super().__next__()


class Slow(BaseModel):
    text: str


SLOW = ['{"text":"', *(f"{i} " for i in range(100)), '"}']


async def paced_items(
    both: Both, source: Paced, min_interval: float, busy: float = 0.0
) -> list[tuple[float, int, Any]]:
    """When an item came, how many chunks lay unread by then, and the item."""
    make: Any = partialjson.astream if both.is_async else partialjson.stream
    shown = []
    async for item in both.items(make(source, Slow, min_interval=min_interval)):
        shown.append((source.clock.now, source.unread, item))
        source.clock.now += busy
    return shown


async def test_no_oftener_than_the_interval(both: Both, clock: Clock) -> None:
    shown = await paced_items(both, Paced(SLOW, clock, 1), min_interval=3)
    # The last one, which closes the object, is not held back.
    assert [at - shown[0][0] for at, _, _ in shown] == [*range(0, 101, 3), 101]
    assert type(shown[-1][2]) is Slow
    assert shown[-1][2].text == "".join(SLOW[1:-1])


async def test_a_slow_consumer_gets_the_newest_value(both: Both, clock: Clock) -> None:
    shown = await paced_items(both, Paced(SLOW, clock, 1), min_interval=3, busy=20)
    assert 5 <= len(shown) <= 7
    # What piled up is skipped; the last one closes the object and does not wait for the end.
    assert [unread for _, unread, _ in shown[:-1]] == [0] * (len(shown) - 1)
    assert shown[-1][2].text == "".join(SLOW[1:-1])


async def test_a_source_that_is_faster_than_can_be_read(both: Both, clock: Clock) -> None:
    shown = await paced_items(both, Paced(SLOW, clock, 1 / 1024), min_interval=0.5)
    # It is read as fast as it can be, and one value shows in each interval all the same.
    assert [at - shown[0][0] for at, _, _ in shown[:-1]] == [0.0, 0.5, 1.0, 1.5]


async def test_what_closes_is_not_held_back(both: Both) -> None:
    chunks = ["", " ", '{"name":', '"a","address":{"city":"[b]', "[c]", '"}', " ", "}"]
    items, error = await both.collect(both.open(chunks, min_interval=1000))
    assert error is None
    # The first one; the second chunk may have closed something. Brackets in a text close nothing.
    cities = [item.address and item.address.city for item in items]
    assert cities == [None, "[b]", "[b][c]", "[b][c]"]
    assert [type(item.address) for item in items[2:]] == [Address, Address]
    assert type(items[-1]) is User


async def test_an_interval_that_is_none(both: Both) -> None:
    for wrong in (-1, float("nan")):
        with pytest.raises(ValueError, match="min_interval"):
            both.open(CHUNKS, min_interval=wrong)
    for no_number in ("30ms", "", None, []):
        with pytest.raises(TypeError, match="min_interval must be a number of seconds, not"):
            both.open(CHUNKS, min_interval=no_number)


def test_an_error_does_not_grow_each_time_it_is_told() -> None:
    stream = partialjson.stream(['{"name":'], User)
    with pytest.raises(IncompleteJSONError):
        list(stream)

    def length() -> int:
        with pytest.raises(IncompleteJSONError) as told:
            _ = stream.final
        return len(told.traceback)

    assert length() == length() == length()
