"""Streams over sources of every kind: chunks of SDKs, strange ones, and hooks for them."""

import asyncio
from typing import Any

import pytest
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from pydantic import BaseModel

import partialjson
from partialjson import Partial
from tests.streams import CHUNKS, Address, AsyncSource, Both, User


@pytest.fixture
def both(is_async: bool) -> Both:
    return Both(is_async)


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
    for stream in partialjson.stream(CHUNKS, User), partialjson.astream(AsyncSource(CHUNKS), User):
        with pytest.raises(TypeError, match="already a stream of objects"):
            open_(stream, User)
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


def test_a_type_without_its_own() -> None:
    for open_ in (partialjson.stream, lambda _, type_: partialjson.ModelParser(type_)):
        with pytest.raises(TypeError, match="Partial needs a type"):
            open_(CHUNKS, Partial)
        with pytest.raises(TypeError, match="such as Address, not an instance of it"):
            open_(CHUNKS, Address(city="a"))


# --- hooks and text_of ---------------------------------------------------------------------------


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


@pytest.mark.parametrize("as_dicts", [False, True])
async def test_hooks_for_chunks_of_one_type(both: Both, as_dicts: bool) -> None:
    events = [Event("reasoning.delta"), *(Event("text", text) for text in CHUNKS)]
    chunks: list[Any] = [vars(event) for event in events] if as_dicts else events
    stream = both.open(chunks, text_of=lambda e: e["text"] if as_dicts else e.text)
    seen: list[Any] = []
    stream.chunks(seen.append, type="reasoning")
    _, error = await both.collect(stream)
    assert error is None
    assert seen == chunks[:1]


@pytest.mark.parametrize("min_interval", [0, 1000])
async def test_text_of_chunks_that_nobody_knows(both: Both, min_interval: float) -> None:
    texts = [CHUNKS[0], None, *CHUNKS[1:], None]
    chunks = [{"piece": text} for text in texts]
    stream = both.open(chunks, text_of=lambda each: each["piece"], min_interval=min_interval)
    items, error = await both.collect(stream)
    assert error is None
    assert items[-1].address.city == "上海"


def test_text_of_that_cannot_be_called_is_refused_at_once(both: Both) -> None:
    with pytest.raises(TypeError, match="text_of must be callable, not 'delta'"):
        both.open([], text_of="delta")
