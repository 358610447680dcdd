"""Over a real WebSocket: the same events as messages."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi import FastAPI, WebSocket, WebSocketException
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from partialjson import Broadcast, CursorError, Event, sse, ws
from tests.broadcasts import TEXT, Source, chunks_of, until
from tests.loopback import serving
from tests.wire_client import Client

STREAMS: dict[str, Broadcast] = {}
app = FastAPI()


@app.websocket("/{name}")
async def follow(socket: WebSocket, name: str) -> None:
    try:
        viewer = STREAMS[name].view(sse.cursor(socket))
    except CursorError as error:
        raise WebSocketException(1008, str(error)) from None
    await socket.accept()
    async for message in ws.messages(viewer):
        await socket.send_text(message)
    await socket.close()


def take(client: Client, message: Any) -> None:
    told = json.loads(message)
    assert told.keys() <= {"event", "id", "data"}
    client.take(told.get("event", "d"), told["id"], json.dumps(told["data"]))


def connected(port: int, client: Client) -> Any:
    cursor = client.connect()
    query = "" if cursor is None else f"?cursor={cursor}"
    return connect(f"ws://127.0.0.1:{port}/a{query}", compression=None)


async def test_document_arrives_and_is_resumed() -> None:
    source = Source()
    async with serving(app, ws="websockets-sansio") as port:
        STREAMS["a"] = broadcast = Broadcast(source, stream="a", min_interval=0).start()
        client = Client()
        socket: ClientConnection
        async with connected(port, client) as socket:
            source.give(TEXT[:15])
            for _ in range(2):
                take(client, await socket.recv())
            assert client.id == "a.0.15"
            # Cut without goodbye.
            socket.transport.abort()
        source.give(TEXT[15:25], TEXT[25:40])
        await until(lambda: broadcast.id == "a.0.40")
        async with connected(port, client) as socket:
            source.give(TEXT[40:])
            source.end()
            async for message in socket:
                take(client, message)
            assert socket.close_code == 1000
        assert client.value == json.loads(TEXT)
        assert client.end == {"ok": True}


@pytest.mark.parametrize("cursor", ["b.0.5", "a.0", "x"])
async def test_wrong_cursor_is_refused_at_the_handshake(cursor: str) -> None:
    async with serving(app, ws="websockets-sansio") as port:
        STREAMS["a"] = Broadcast(chunks_of([TEXT]), stream="a").start()
        with pytest.raises(InvalidStatus) as caught:
            async with connect(f"ws://127.0.0.1:{port}/a?cursor={cursor}"):
                pass
        assert caught.value.response.status_code == 403
        await STREAMS["a"].stop()


def test_message_is_json() -> None:
    event = Event("d", "s.0.7", '[{"v":"\\n"}]')
    assert ws.message(event) == '{"id":"s.0.7","data":[{"v":"\\n"}]}'
    assert json.loads(ws.message(Event("end", "s.0.7", '{"ok":true}'))) == {
        "event": "end",
        "id": "s.0.7",
        "data": {"ok": True},
    }
