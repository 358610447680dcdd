"""A web server in the running event loop, and a client of it that can be as rude as it likes."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from tests.wire_client import Client


@asynccontextmanager
async def serving(app: Any, **config: Any) -> AsyncIterator[int]:
    """Serve on the loopback interface; gives the port."""
    listener = socket.create_server(("127.0.0.1", 0))
    # The cost of a lifespan is that of a task which nobody here needs.
    options = {"log_level": "warning", "lifespan": "off", "timeout_graceful_shutdown": 1, **config}
    server = uvicorn.Server(uvicorn.Config(app, **options))
    task = asyncio.create_task(server.serve([listener]))
    try:
        while not server.started:
            await asyncio.sleep(0.001)
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        await task
        listener.close()


class Answer:
    """An answer that is being received."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body_text = ""

    async def read_head(self) -> None:
        _, status, *_ = (await self._reader.readline()).split()
        self.status = int(status)
        while (line := (await self._reader.readline()).decode().strip()) != "":
            name, _, value = line.partition(": ")
            self.headers[name.lower()] = value

    async def body(self) -> AsyncIterator[bytes]:
        """Give the chunks as they come; ConnectionError where the last one is missing."""
        if "content-length" in self.headers:
            yield await self._reader.readexactly(int(self.headers["content-length"]))
            return
        while True:
            line = await self._reader.readline()
            if not line:
                raise ConnectionResetError
            size = int(line, 16)
            chunk = await self._reader.readexactly(size)
            await self._reader.readexactly(2)
            if not size:
                return
            yield chunk

    async def text(self) -> str:
        return b"".join([chunk async for chunk in self.body()]).decode()

    async def events(self) -> AsyncIterator[tuple[str, str, str]]:
        """Give name, id and data of each event, as the standard reads them."""
        buffered = b""
        async for chunk in self.body():
            buffered += chunk
            while b"\n\n" in buffered.replace(b"\r\n", b"\n"):
                buffered = buffered.replace(b"\r\n", b"\n")
                block, _, buffered = buffered.partition(b"\n\n")
                fields = {"event": "d"}
                for line in block.decode().split("\n"):
                    name, _, value = line.partition(":")
                    assert name not in fields or name == "event"
                    if name:
                        fields[name] = value.removeprefix(" ")
                if "data" in fields:
                    yield fields["event"], fields["id"], fields["data"]

    def cut(self) -> None:
        self._writer.transport.abort()


@asynccontextmanager
async def get(
    port: int, path: str, *, method: str = "GET", **headers: str
) -> AsyncIterator[Answer]:
    # So little that a client which does not read is soon noticed.
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**16)
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    answer = Answer(reader, writer)
    try:
        await answer.read_head()
        yield answer
    finally:
        answer.cut()


async def follow(port: int, path: str, client: Client, at_most: int | None = None) -> Answer:
    """Take events to the end of the answer, or so many of them."""
    cursor = client.connect()
    headers = {} if cursor is None else {"Last_Event_ID": cursor}
    async with get(port, path, **headers) as answer:
        assert answer.status == 200, await answer.text()
        count = 0
        async for name, id_, data in answer.events():
            client.take(name, id_, data)
            count += 1
            if count == at_most:
                break
    return answer
