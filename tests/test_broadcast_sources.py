"""What a broadcast reads: sources that block, streams of typed objects, chunks of SDKs."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
import weakref
from collections.abc import AsyncIterator, Iterator
from contextvars import ContextVar
from types import SimpleNamespace
from typing import Any
from unittest import mock

import httpx2
import pydantic
import pytest

import partialjson
from partialjson import Broadcast, Restart
from partialjson._core import Core
from tests.broadcasts import Source, chunks_of, until, watch
from tests.test_endings import raising
from tests.wire_client import MISSING, Client


class Whole(pydantic.BaseModel):
    choices: list[str] = []


class Growing(Whole):
    async def __aiter__(self) -> AsyncIterator[str]:
        yield '{"a": 1}'


def test_what_is_no_source_is_told_at_once() -> None:
    """And not to whoever looks at the error of the broadcast, if anybody does."""
    awaited = asyncio.sleep(0)
    # Without `stream=True` an answer is whole, and its iteration gives its fields.
    wrong: list[tuple[Any, str]] = [
        (Whole(), "Whole is in one piece: ask for a stream"),
        (b"{}", "wrap a document that is in one piece in a list"),
        ({"a": 1}, "wrap a document that is in one piece in a list"),
        (awaited, "await it first"),
        (None, "the first argument of Broadcast is a source of chunks, not None"),
    ]
    for source, what_to_do in wrong:
        with pytest.raises(TypeError, match=what_to_do):
            Broadcast(source)
    awaited.close()


async def test_a_model_may_be_a_source() -> None:
    async with Broadcast(Growing()) as broadcast:
        await broadcast.wait()
    assert broadcast.value == {"a": 1}


async def test_who_waits_for_what_was_never_started_is_told() -> None:
    broadcast = Broadcast(["{}"])
    with pytest.raises(RuntimeError, match="has not been started"):
        await broadcast.wait()
    await broadcast.start().wait()
    assert broadcast.value == {}


async def test_text_begins_anew() -> None:
    source = Source()
    async with Broadcast(source, stream="s", min_interval=0) as broadcast:
        watching = asyncio.create_task(watch(broadcast.view()))
        source.give('{"a": "b', Restart(), '{"a": "', 'c"}')
        source.end()
        client = await watching
    assert client.value == {"a": "c"}
    assert client.resets == 1
    assert client.id == "s.1.10"


async def test_source_may_block() -> None:
    gate = threading.Event()
    closed = []

    def blocking() -> Iterator[str]:
        try:
            for chunk in ('{"a": "b', 'c"}'):
                assert gate.wait(5)
                yield chunk
        finally:
            closed.append(threading.current_thread())

    broadcast = Broadcast(blocking(), min_interval=0).start()
    viewer = broadcast.view()
    assert await viewer.next() is not None
    assert await viewer.next(0.01) is None
    gate.set()
    assert (await watch(viewer)).value == {"a": "bc"}
    await broadcast.wait()
    assert len(closed) == 1


async def test_source_that_blocks_is_stopped_after_its_chunk() -> None:
    closed = []

    def blocking() -> Iterator[str]:
        try:
            while True:
                time.sleep(0.02)
                yield "["
        finally:
            closed.append(True)

    broadcast = Broadcast(blocking(), min_interval=0).start()
    await until(lambda: broadcast.text)
    await broadcast.stop()
    assert closed == [True]
    assert broadcast.error is None


async def test_source_that_blocks_runs_in_the_context_that_it_was_started_in() -> None:
    """A log has the number of the request that asked for it, for one."""
    number = ContextVar("number", default=0)
    seen = []

    def blocking() -> Iterator[str]:
        for chunk in "[", "]":
            seen.append(number.get())
            yield chunk
        seen.append(number.get())

    number.set(7)
    broadcast = Broadcast(blocking()).start()
    number.set(8)
    await broadcast.wait()
    assert seen == [7, 7, 7]


async def test_a_mock_is_a_source_like_any_other() -> None:
    source = mock.MagicMock()
    source.__iter__.return_value = iter(['{"a":', "1}"])
    del source.__aiter__
    assert (await watch(Broadcast(source).start().view())).value == {"a": 1}


class Page(pydantic.BaseModel):
    head: str


async def test_only_what_is_new_is_read_of_a_typed_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of its text for each chunk would cost the square of its length."""
    seen: list[int] = []
    bytes_from = partialjson.ModelParser.bytes_from

    def counted(parser: partialjson.ModelParser[Any], offset: int) -> bytes:
        data = bytes_from(parser, offset)
        seen.append(len(data))
        return data

    monkeypatch.setattr(partialjson.ModelParser, "bytes_from", counted)
    text = '{"head":"' + "x" * 500 + '"}'
    broadcast = Broadcast(partialjson.astream(chunks_of([*text]), Page), min_interval=0).start()
    assert (await watch(broadcast.view())).value == {"head": "x" * 500}
    assert sum(seen) == len(text)
    assert len(seen) > 500


async def test_typed_stream_is_followed_by_its_text() -> None:
    text = '{"head": "äöü\\n'
    source = partialjson.astream(chunks_of([*text, 'x"}']), Page)
    broadcast = Broadcast(source, min_interval=0).start()
    client = await watch(broadcast.view())
    assert client.value == {"head": "äöü\nx"}
    assert client.end == {"ok": True}
    assert source.final == Page(head="äöü\nx")


async def test_typed_stream_may_be_synchronous() -> None:
    source = partialjson.stream(iter(['{"head": "a', 'b"}']), Page)
    client = await watch(Broadcast(source).start().view())
    assert client.value == {"head": "ab"}
    assert client.end == {"ok": True}


@pytest.mark.parametrize("is_stopped", [False, True])
async def test_typed_stream_may_be_at_work_in_its_thread(is_stopped: bool) -> None:
    """Nobody else can read its text while it validates; there is time for that."""
    entered, gate = threading.Event(), threading.Event()

    class Patient(pydantic.BaseModel):
        head: str

        @pydantic.field_validator("head")
        @classmethod
        def wait(cls, head: str) -> str:
            entered.set()
            assert gate.wait(5)
            return head

    source = partialjson.stream(['[{"head":', '"a"}', ',{"head":"b', '"}]'], list[Patient])
    broadcast = Broadcast(source, min_interval=0.001).start()
    watching = asyncio.create_task(watch(broadcast.view()))
    await until(entered.is_set)
    stopping = asyncio.create_task(broadcast.stop()) if is_stopped else None
    # The time to publish comes meanwhile.
    await asyncio.sleep(0.02)
    assert not broadcast.ended
    gate.set()
    client = await watching
    if stopping is None:
        assert client.end == {"ok": True}
        assert client.value == [{"head": "a"}, {"head": "b"}]
    else:
        await stopping
        assert client.end["error"] == {"type": "Stopped"}
        assert client.value == [{"head": "a"}]
    assert broadcast.error is None


class Typed:
    """What a broadcast sees of a stream of typed objects: its text, and the attempt."""

    text: Any = ""
    attempt = 1
    lost = None
    added = Core.added

    @property
    def _core(self) -> Any:
        return self


@pytest.mark.parametrize("is_started", [False, True])
async def test_typed_stream_whose_text_cannot_be_read_is_an_error(is_started: bool) -> None:
    class Flat(Typed):
        """As a stream of items is."""

        items = iter(range(100))

        def __iter__(self) -> Iterator[int]:
            return self

        def __next__(self) -> int:
            time.sleep(0.005)
            return next(self.items)

        @property
        def text(self) -> str:
            raise RuntimeError("flat")

    broadcast = Broadcast(Flat(), min_interval=0.001)
    if is_started:
        await broadcast.start().wait()
    else:
        await broadcast.stop()
    assert (await watch(broadcast.view())).end["error"] == {"type": "UpstreamError"}
    assert str(broadcast.error) == "flat"
    # It was found at an item, and not at the end.
    assert next(Flat.items) < 90


async def test_what_does_not_fit_the_type_is_an_error_at_the_end() -> None:
    source = partialjson.astream(chunks_of(['{"head": ', "12}"]), Page)
    broadcast = Broadcast(source, min_interval=0).start()
    client = await watch(broadcast.view())
    assert client.value == {"head": 12}
    assert client.end["error"]["type"] == "ValidationError"
    assert client.end["error"]["errors"][0]["path"] == ["head"]
    assert isinstance(broadcast.error, pydantic.ValidationError)


class Settings(pydantic.BaseModel):
    hunter2: int


def own_errors() -> list[Exception]:
    """Give what a server may meet when it reads something else, such as its settings."""
    errors: list[Exception] = []
    reads: list[Any] = [
        lambda: Settings.model_validate({}),
        lambda: partialjson.loads('{"hunter2": x}'),
        lambda: partialjson.Parser(max_depth=1).write('{"hunter2": ['),
    ]
    for read in reads:
        try:
            read()
        except (pydantic.ValidationError, partialjson.ParseError) as error:
            errors.append(error)
    return errors


@pytest.mark.parametrize("error", own_errors(), ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("is_typed", [False, True])
async def test_error_about_another_document_is_for_the_log_alone(
    error: Exception, is_typed: bool
) -> None:
    source: Any = Source()
    source.give('{"head": "a', error)
    broadcast = Broadcast(partialjson.astream(source, Page) if is_typed else source).start()
    client = await watch(broadcast.view())
    assert client.value == {"head": "a"}
    assert client.end["error"] == {"type": "UpstreamError"}
    assert broadcast.error is error


@pytest.mark.parametrize("error", own_errors(), ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("where", ["hook", "text_of"])
async def test_so_is_one_of_what_reads_the_chunks(error: Exception, where: str) -> None:
    def read(chunk: str) -> str:
        if chunk == "fails":
            raise error
        return chunk

    chunks = chunks_of(['{"head": "a', "fails"])
    source = partialjson.astream(chunks, Page, text_of=read if where == "text_of" else None)
    if where == "hook":
        source.chunks(read)
    client = await watch(Broadcast(source).start().view())
    assert client.value == {"head": "a"}
    assert client.end["error"] == {"type": "UpstreamError"}


@pytest.mark.parametrize("error", own_errors(), ids=lambda error: type(error).__name__)
async def test_and_one_of_closing_a_source(error: Exception) -> None:
    class Failing(Source):
        async def aclose(self) -> None:
            raise error

    source = Failing()
    source.give('{"head": "a", "count": 1}')
    source.end()
    broadcast = Broadcast(partialjson.astream(source, Page)).start()
    client = await watch(broadcast.view())
    assert client.value == {"head": "a", "count": 1}
    assert client.end["error"] == {"type": "UpstreamError"}
    assert broadcast.error is error


async def test_limit_of_a_typed_stream_is_about_the_document() -> None:
    source = partialjson.astream(chunks_of(['{"head": "', "a" * 100]), Page, max_bytes=50)
    client = await watch(Broadcast(source).start().view())
    assert client.end["error"]["type"] == "LimitExceededError"
    assert client.end["error"]["pos"] == 50


async def test_attempts_of_a_typed_stream_are_followed() -> None:
    class Retrying(Typed):
        async def __aiter__(self) -> AsyncIterator[Any]:
            for attempt, text in ((1, '{"a": "x'), (1, '{"a": "xy'), (2, '{"b'), (2, '{"b": 1}')):
                self.attempt, self.text = attempt, text
                yield text

    broadcast = Broadcast(Retrying(), stream="s", min_interval=0)
    # Begun before its source, so that it sees every step.
    client = Client()
    watching = asyncio.create_task(watch(broadcast.view(), client))
    await asyncio.sleep(0)
    broadcast.start()
    await watching
    assert client.value == {"b": 1}
    assert client.resets == 1
    assert client.id == "s.1.8"


async def test_a_look_that_falls_between_two_attempts_takes_nothing() -> None:
    class Going(Typed):
        """One whose thread begins its second attempt while its text is read."""

        async def __aiter__(self) -> AsyncIterator[Any]:
            for self.text in ('["a', '["b"', '["b"]'):
                yield None

        def added(self, known: bytes | bytearray) -> bytes:
            if known and self.attempt == 1:
                self.attempt = 2
                return b'"of another'
            return super().added(known)

    client = await watch(Broadcast(Going(), min_interval=0).start().view())
    assert (client.value, client.end) == (["b"], {"ok": True})


async def test_text_that_does_not_only_grow_is_an_error() -> None:
    class Shuffling(Typed):
        async def __aiter__(self) -> AsyncIterator[Any]:
            for self.text in ('["a', '["b"]'):
                yield None

    broadcast = Broadcast(Shuffling(), min_interval=0).start()
    client = await watch(broadcast.view())
    assert client.end["error"] == {"type": "UpstreamError"}
    assert "must only grow" in str(broadcast.error)


async def test_broadcast_runs_though_nobody_holds_it() -> None:
    def start() -> weakref.ref[Source]:
        source = Source()
        Broadcast(source).start()
        return weakref.ref(source)

    held = start()
    # What it waits for is known to its source alone, and that to its task alone.
    await asyncio.sleep(0.001)
    gc.collect()
    source = held()
    assert source is not None
    source.give("[]")
    source.end()
    await until(lambda: source.closed)


async def test_chunks_of_an_sdk_are_read() -> None:
    def chunk(text: str) -> Any:
        delta = SimpleNamespace(content=text, tool_calls=None, refusal=None)
        choice = SimpleNamespace(index=0, delta=delta, finish_reason=None)
        return SimpleNamespace(id="c", choices=[choice], usage=None)

    client = await watch(Broadcast(chunks_of([chunk('["a'), chunk('b"]')])).start().view())
    assert client.value == ["ab"]


async def test_error_among_the_chunks_is_the_services() -> None:
    failure = {"error": {"message": "the password was hunter2", "code": 500}}
    broadcast = Broadcast(chunks_of(['[\n"ä', failure])).start()
    client = await watch(broadcast.view())
    assert client.value == ["ä"]
    assert client.end == {"ok": False, "error": {"type": "ServiceError"}, "open": "/0"}
    error = broadcast.error
    assert isinstance(error, partialjson.ServiceError)
    assert "hunter2" in str(error)
    assert error.body == failure["error"]
    assert (error.pos, error.lineno, error.colno) == (5, 2, 3)
    assert (error.path, error.open_path, error.value) == ((0,), (0,), ["ä"])


def chat(text: str | None, reason: str | None = None, **more: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": {"content": text, **more}, "finish_reason": reason}
    return {"object": "chat.completion.chunk", "choices": [choice]}


async def ended(*items: Any, **options: Any) -> tuple[Client, BaseException | None]:
    """Give who has watched a broadcast of these chunks, and what its log says."""
    source: Any = Source()
    source.give(*items)
    source.end()
    broadcast = Broadcast(source, **options).start()
    client = await watch(broadcast.view())
    await broadcast.wait()
    assert source.closed == 1
    return client, broadcast.error


@pytest.mark.parametrize("text", ['{"a":"b"}', '{"a":"b', ""])
@pytest.mark.parametrize(
    "end",
    [
        [chat(None, "length")],
        [chat(None, "content_filter")],
        [chat(None, refusal="I would "), chat(None, "stop", refusal="rather not")],
        [ConnectionResetError("hunter2")],
        [httpx2.ReadTimeout("hunter2")],
        [chat(None, "length"), TimeoutError("hunter2")],
    ],
)
async def test_chunks_end_as_they_do_in_a_stream(text: str, end: list[Any]) -> None:
    """Even if the document is whole: what the service disowns is no answer."""
    items = [chat(text), *end]
    with pytest.raises(partialjson.StreamError) as caught:
        list(partialjson.stream(raising(items), dict[str, str]))
    client, error = await ended(*items)
    assert client.end["error"] == {"type": type(caught.value).__name__}
    assert client.value == ({"a": "b"} if text else MISSING)
    assert isinstance(error, partialjson.StreamError)
    assert str(error) == str(caught.value)
    assert (error.path, error.open_path) == (caught.value.path, caught.value.open_path)
    assert error.__cause__ is caught.value.__cause__
    assert vars(error).get("refusal") == vars(caught.value).get("refusal")


async def test_text_that_the_language_model_left_open_says_so() -> None:
    client, _ = await ended(chat('["a'), chat(None, "stop"))
    error = client.end["error"]
    assert error["type"] == "IncompleteJSONError"
    assert error["message"] == "the language model stopped before the end of the document (stop)"
    assert (error["pos"], error["line"], error["column"], error["path"]) == (3, 1, 4, "/0")


async def test_bare_number_that_was_perhaps_cut_off_does_not_show() -> None:
    client, _ = await ended(chat("8.7"), chat(None, "length"))
    assert client.end == {"ok": False, "error": {"type": "TruncatedError"}, "open": ""}
    assert client.value is MISSING
    client, _ = await ended(chat("8.7"), chat(None, "stop"))
    assert client.value == 8.7


@pytest.mark.parametrize("min_interval", [0, 60])
async def test_what_is_malformed_stays_malformed(min_interval: float) -> None:
    client, _ = await ended(chat('["a"'), chat("x", "length"), min_interval=min_interval)
    assert client.end["error"]["type"] == "JSONSyntaxError"


def call(id_: str, arguments: str) -> dict[str, Any]:
    function = {"name": "give", "arguments": arguments}
    return chat(None, tool_calls=[{"index": 0, "id": id_, "function": function}])


async def test_attempts_of_chunks_are_read_each_by_itself() -> None:
    first = [call("1", '["a'), chat(None, "length"), chat(None, refusal="No")]
    client, error = await ended(*first, Restart(), call("2", '["b"]'), chat(None, "stop"))
    assert error is None
    assert client.end == {"ok": True}
    assert client.value == ["b"]
    # What comes of it may be of another kind.
    client, _ = await ended(*first, Restart(), chat('["c"]'))
    assert client.value == ["c"]


async def test_connection_is_the_services_only_where_its_chunks_come_over_it() -> None:
    """And not one of the application's own, which may be that to a store."""

    def read(chunk: Any) -> str:
        if chunk is None:
            raise lost
        return chunk

    lost = ConnectionResetError("hunter2")
    sent: list[tuple[list[Any], dict[str, Any]]] = [
        (['["a', lost], {}),
        ([b'["a', lost], {}),
        ([None], {"text_of": read}),
        (['["a', None], {"text_of": read}),
    ]
    for items, options in sent:
        client, error = await ended(*items, **options)
        assert client.end["error"] == {"type": "UpstreamError"}
        assert client.value == (["a"] if len(items) > 1 else MISSING)
        assert error is lost


class Breaks:
    """Its connection is lost, and can then not be closed."""

    is_closed = False

    def __iter__(self) -> Iterator[Any]:
        yield chat('{"a":1}')
        raise httpx2.ReadError("lost")

    def close(self) -> None:
        self.is_closed = True
        raise RuntimeError("it cannot be closed")


class AsyncBreaks:
    is_closed = False

    async def __aiter__(self) -> AsyncIterator[Any]:
        yield chat('{"a":1}')
        raise httpx2.ReadError("lost")

    async def aclose(self) -> None:
        self.is_closed = True
        raise RuntimeError("it cannot be closed")


class BeginsAnew(AsyncBreaks):
    async def __aiter__(self) -> AsyncIterator[Any]:
        yield Restart(0)


async def test_what_is_wrong_with_a_chunk_is_told_though_the_source_cannot_be_closed() -> None:
    source = BeginsAnew()
    broadcast = Broadcast(source, epoch=1).start()
    await broadcast.wait()
    assert source.is_closed
    assert "epoch" in str(broadcast.error)


@pytest.mark.parametrize("kind", [Breaks, AsyncBreaks])
async def test_a_block_that_fails_is_not_forgotten_though_it_cannot_be_closed(kind: Any) -> None:
    source = kind()
    with pytest.raises(ZeroDivisionError):
        async with Broadcast(source):
            raise ZeroDivisionError
    assert source.is_closed


@pytest.mark.parametrize("kind", [Breaks, AsyncBreaks])
async def test_where_nothing_else_is_wrong_it_is_told_that_it_cannot_be_closed(kind: Any) -> None:
    source = kind()
    with pytest.raises(RuntimeError, match="cannot be closed"):
        async with Broadcast(source):
            pass
    assert source.is_closed


@pytest.mark.parametrize("kind", [Breaks, AsyncBreaks])
async def test_error_is_told_though_the_source_cannot_be_closed(kind: Any) -> None:
    source = kind()
    broadcast = Broadcast(source).start()
    client = await watch(broadcast.view())
    assert source.is_closed
    assert client.end["error"] == {"type": "DisconnectedError"}
    assert isinstance(broadcast.error, partialjson.DisconnectedError)
    assert isinstance(broadcast.error.__cause__, httpx2.ReadError)


async def test_text_is_text_after_another_attempt_too() -> None:
    lost = ConnectionResetError("hunter2")
    for items in (['["a', Restart(), lost], ["", lost]):
        client, error = await ended(*items)
        assert client.end["error"] == {"type": "UpstreamError"}
        assert error is lost


async def test_what_a_typed_stream_raises_as_it_is_stays_so() -> None:
    def look(_: Any) -> None:
        raise lost

    lost = ConnectionResetError("hunter2")
    source = partialjson.astream(chunks_of([chat('["a'), chat('"]')]), list[str])
    source.chunks(look)
    broadcast = Broadcast(source).start()
    assert (await watch(broadcast.view())).end["error"] == {"type": "UpstreamError"}
    assert broadcast.error is lost


async def test_text_of_reads_any_other_chunk() -> None:
    source = chunks_of([{"t": "[0"}, Restart(), {"t": "[1,"}, {"t": None}, {"t": "2]"}])
    broadcast = Broadcast(source, text_of=lambda chunk: chunk["t"]).start()
    assert (await watch(broadcast.view())).value == [1, 2]


@pytest.mark.parametrize("no_text", [8, True, 1.5, [91, 93]])
async def test_text_of_gives_text(no_text: Any) -> None:
    broadcast = Broadcast(chunks_of([0]), text_of=lambda _: no_text).start()
    assert (await watch(broadcast.view())).end["error"] == {"type": "UpstreamError"}
    assert isinstance(broadcast.error, TypeError)
    assert broadcast.text == b""
