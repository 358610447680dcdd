"""Over real HTTP, through the frameworks that people use: what arrives, and what must not."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import StreamingResponse
from fastapi.sse import EventSourceResponse
from sse_starlette import EventSourceResponse as OtherEventSourceResponse
from starlette.applications import Starlette
from starlette.routing import Route

from benches.bench_wire import VirtualLoop
from partialjson import Broadcast, CursorError, Event, Restart, Viewer, sse
from tests.broadcasts import TEXT, Source, chunks_of, until
from tests.loopback import follow, get, serving
from tests.wire_client import MISSING, Client

ROOT = Path(__file__).parent.parent
STREAMS: dict[str, Broadcast] = {}


def viewer_of(name: str, request: Request) -> Viewer:
    if name not in STREAMS:
        raise HTTPException(404)
    profile: Any = request.query_params.get("profile", "delta")
    try:
        return STREAMS[name].view(sse.cursor(request), profile)
    except CursorError as error:
        raise HTTPException(error.status_code, str(error)) from None


Asked = Annotated[Viewer, Depends(viewer_of)]
fastapi_app = FastAPI()


@fastapi_app.get("/fastapi/{name}", response_class=EventSourceResponse)
async def by_fastapi(viewer: Asked) -> AsyncIterator[Any]:
    async for event in sse.events(viewer):
        yield event


@fastapi_app.get("/fastapi-bytes/{name}")
async def by_fastapi_bytes(viewer: Asked) -> EventSourceResponse:
    return EventSourceResponse(sse.frames(viewer), headers=sse.HEADERS)


async def by_starlette(request: Request) -> StreamingResponse:
    viewer = viewer_of(request.path_params["name"], request)
    frames = sse.frames(viewer, ping=0.05)
    return StreamingResponse(frames, media_type=sse.MEDIA_TYPE, headers=sse.HEADERS)


async def by_sse_starlette(request: Request) -> OtherEventSourceResponse:
    return OtherEventSourceResponse(sse.frames(viewer_of(request.path_params["name"], request)))


starlette_app = Starlette(
    routes=[
        Route("/starlette/{name}", by_starlette),
        Route("/sse-starlette/{name}", by_sse_starlette),
    ]
)
APPS: dict[str, Any] = {
    "fastapi": fastapi_app,
    "fastapi-bytes": fastapi_app,
    "starlette": starlette_app,
    "sse-starlette": starlette_app,
}
each_app = pytest.mark.parametrize("way", list(APPS))


@pytest.fixture(autouse=True)
def _no_streams() -> None:
    STREAMS.clear()


async def test_nobody_on_the_way_is_to_gather_events() -> None:
    async with serving(starlette_app) as port:
        STREAMS["a"] = Broadcast(chunks_of([TEXT])).start()
        async with get(port, "/starlette/a") as answer:
            assert answer.headers["cache-control"] == "no-store, no-transform"
            assert answer.headers["x-accel-buffering"] == "no"


@each_app
async def test_document_arrives_as_it_grows(way: str) -> None:
    source = Source()
    async with serving(APPS[way]) as port:
        STREAMS["a"] = Broadcast(source, stream="a", min_interval=0).start()
        client = Client()
        async with get(port, f"/{way}/a") as answer:
            assert answer.status == 200
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert answer.headers["cache-control"].startswith("no-")
            assert answer.headers["x-accel-buffering"] == "no"
            events = answer.events()
            client.take(*await anext(events))
            assert client.value is MISSING
            source.give('{"title": "Par')
            client.take(*await anext(events))
            assert client.value == {"title": "Par"}
            source.give('tial \\n\\r\u2028"')
            client.take(*await anext(events))
            assert client.value == {"title": "Partial \n\r\u2028"}
            source.give("}")
            source.end()
            async for event in events:
                client.take(*event)
        assert client.end == {"ok": True}


@each_app
async def test_connection_that_is_cut_is_resumed(way: str) -> None:
    source = Source()
    async with serving(APPS[way]) as port:
        STREAMS["a"] = Broadcast(source, stream="a", min_interval=0).start()
        client = Client()
        source.give(TEXT[:15])
        await follow(port, f"/{way}/a", client, at_most=1)
        source.give(TEXT[15:20], TEXT[20:40])
        await until(lambda: STREAMS["a"].id == "a.0.40")
        await follow(port, f"/{way}/a", client, at_most=1)
        assert client.id == "a.0.40"
        source.give(TEXT[40:])
        source.end()
        await follow(port, f"/{way}/a", client)
        assert client.value == json.loads(TEXT)
        assert client.end == {"ok": True}


@each_app
@pytest.mark.parametrize("cursor", ["b.0.5", "a.0.-1", "a", "%00", "a.0.5%0A"])
async def test_wrong_cursor_gets_a_400_without_any_text(way: str, cursor: str) -> None:
    async with serving(APPS[way]) as port:
        STREAMS["a"] = Broadcast(chunks_of(['"secret"']), stream="a").start()
        STREAMS["b"] = Broadcast(chunks_of(['"hidden"']), stream="b").start()
        await STREAMS["a"].wait()
        async with get(port, f"/{way}/a?cursor={cursor}") as answer:
            assert answer.status == 400
            text = await answer.text()
            assert "secret" not in text
            assert "hidden" not in text
        async with get(port, f"/{way}/c?cursor=a.0.3") as answer:
            assert answer.status == 404


async def test_cursor_past_the_end_gets_a_snapshot() -> None:
    async with serving(starlette_app) as port:
        STREAMS["a"] = Broadcast(chunks_of(['["x"]']), stream="a").start()
        await STREAMS["a"].wait()
        async with get(port, "/starlette/a?cursor=a.0.6") as answer:
            assert [event async for event in answer.events()] == [
                ("snap", "a.0.5", '{"v":["x"],"open":null}'),
                ("end", "a.0.5", '{"ok":true}'),
            ]


async def test_header_wins_over_the_query() -> None:
    async with serving(starlette_app) as port:
        STREAMS["a"] = Broadcast(chunks_of(['["xyz"]']), stream="a").start()
        await STREAMS["a"].wait()
        async with get(port, "/starlette/a?cursor=a.0.3", Last_Event_ID="a.0.4") as answer:
            events = [event async for event in answer.events()]
        assert events[0] == ("d", "a.0.7", '{"o":"append","p":"/0","v":"z","open":null}')
        async with get(port, "/starlette/a?cursor=a.0.3") as answer:
            events = [event async for event in answer.events()]
        assert events[0] == ("d", "a.0.7", '{"o":"append","p":"/0","v":"yz","open":null}')


def test_a_cursor_that_is_empty_is_none() -> None:
    scope = {"type": "http", "headers": [(b"last-event-id", b"")], "query_string": b"cursor="}
    assert sse.cursor(Request(scope)) is None


async def test_profiles_can_be_asked_for() -> None:
    source = Source()
    async with serving(starlette_app) as port:
        STREAMS["a"] = Broadcast(source, stream="a", min_interval=0).start()
        async with (
            get(port, "/starlette/a?profile=json-patch") as patches,
            get(port, "/starlette/a?profile=snapshot") as snapshots,
        ):
            told, shown = patches.events(), snapshots.events()
            assert (await anext(shown))[2] == '{"open":null}'
            source.give('["a')
            assert (await anext(told))[2] == '[{"op":"add","path":"","value":["a"]}]'
            assert (await anext(shown))[2] == '{"v":["a"],"open":"/0"}'
            source.give("b")
            assert (await anext(told))[2] == '[{"op":"replace","path":"/0","value":"ab"}]'
            assert (await anext(shown))[2] == '{"v":["ab"],"open":"/0"}'
        await STREAMS["a"].stop()


async def test_retry_is_told() -> None:
    source = Source()
    async with serving(starlette_app) as port:
        STREAMS["a"] = Broadcast(source, stream="a", min_interval=0).start()
        client = Client()
        watching = asyncio.create_task(follow(port, "/starlette/a", client))
        await until(lambda: client.id)
        source.give('{"a": "b')
        await until(lambda: client.value == {"a": "b"})
        source.give(Restart(), '{"a": "', 'c"}')
        source.end()
        await watching
        assert client.value == {"a": "c"}
        assert client.resets == 1


async def test_quiet_connection_is_kept_alive() -> None:
    source = Source()
    async with serving(starlette_app) as port:
        STREAMS["a"] = Broadcast(source, stream="a", min_interval=0).start()
        async with get(port, "/starlette/a") as answer:
            body = answer.body()
            assert await anext(body) == b'event:snap\ndata:{"open":null}\nid:a.0.0\n\n'
            assert await anext(body) == b":\n\n"
            assert await anext(body) == b":\n\n"
            source.give("[]")
            source.end()
            rest = b"".join([chunk async for chunk in body])
        assert rest.endswith(b'event:end\ndata:{"ok":true}\nid:a.0.2\n\n')


@pytest.mark.parametrize("text", ["[1" + 60 * " ", "[" + 60 * "1", '{"' + 60 * "k"])
def test_so_is_one_that_gets_text_which_changes_nothing(text: str) -> None:
    """Models do write whitespace for minutes; a key or a number that is long shows at its end."""

    async def source() -> AsyncIterator[str]:
        for char in text:
            await asyncio.sleep(1)
            yield char

    async def follow() -> list[bytes]:
        viewer = Broadcast(source(), min_interval=0).start().view()
        return [each async for each in sse.frames(viewer, ping=14.5)]

    loop = VirtualLoop()
    frames = loop.run_until_complete(follow())
    loop.close()
    assert frames.count(b":\n\n") == 4


async def test_viewers_that_leave_are_forgotten() -> None:
    source = Source()
    async with serving(starlette_app) as port:
        STREAMS["a"] = broadcast = Broadcast(source, stream="a", min_interval=0).start()
        for _ in range(5):
            async with get(port, "/starlette/a") as answer:
                await anext(answer.events())
        await until(lambda: not broadcast._bell._waiting)
        await broadcast.stop()


async def test_client_that_never_reads_gets_no_more_and_holds_up_nobody() -> None:
    source = Source()
    async with serving(starlette_app) as port:
        STREAMS["a"] = broadcast = Broadcast(source, stream="a", min_interval=0).start()
        stuck = socket.socket()
        stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stuck.connect(("127.0.0.1", port))
        stuck.sendall(b"GET /starlette/a HTTP/1.1\r\nHost: x\r\n\r\n")
        taken = 0
        view = broadcast.view

        def counting(*args: Any) -> Viewer:
            viewer = view(*args)
            take = viewer.next

            async def counted(timeout: float | None = None) -> Event | None:
                nonlocal taken
                event = await take(timeout)
                taken += len(event.data) if event else 0
                return event

            viewer.next = counted
            return viewer

        broadcast.view = counting
        await until(lambda: taken)
        broadcast.view = view
        client = Client()
        watching = asyncio.create_task(follow(port, "/starlette/a", client))
        source.give("[")
        size = 3000
        for _ in range(size):
            source.give('"' + "x" * 4000 + '",')
            await asyncio.sleep(0)
        source.give("1]")
        source.end()
        await watching
        assert len(client.value) == size + 1
        # As much as the buffers of the connection hold, of twelve megabytes.
        assert taken < 6_000_000
        stuck.close()


def test_many_viewers_keep_up() -> None:
    """`benches/sse_load.py` at a size for every day, and on a machine that has other work to do."""
    size = ["--viewers", "40", "--streams", "8", "--seconds", "1.5", "--behind", "5"]
    command = [sys.executable, "-m", "benches.sse_load", *size]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "worst" in done.stdout


def test_frame_has_no_space_to_spare() -> None:
    assert sse.frame(Event("d", "s.0.7", '{"v":"é"}')) == 'data:{"v":"é"}\nid:s.0.7\n\n'.encode()
    assert sse.frame(Event("reset", "s.1.0", "{}")) == b"event:reset\ndata:{}\nid:s.1.0\n\n"


async def test_no_line_ends_for_fastapi_within_data() -> None:
    """Up to 0.140 at least, it splits data where Python does; newer ones at the ends of SSE."""
    text = "\x85 \u2028 \u2029 \x0b \x1c \r \n é"
    source = json.dumps([text], ensure_ascii=False)
    client = Client()
    async for event in sse.events(Broadcast([source], stream="a").start().view()):
        assert event.raw_data is not None
        assert event.raw_data.splitlines() == [event.raw_data]
        assert event.event != "d", "which has no name, to be short"
        client.take(event.event or "d", event.id or "", event.raw_data)
    assert client.value == [text]
    assert client.end == {"ok": True}
