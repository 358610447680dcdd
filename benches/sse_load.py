"""A thousand viewers of a hundred streams over SSE: how far behind the slowest of them is.

``python -m benches.sse_load [--viewers 1000] [--streams 100] [--rate 50] [--seconds 20]``

The server is one process, uvicorn with Starlette; the viewers are another, so that the two do not
share an interpreter. Each token says when it was due, by a clock that both processes have; so what
is measured is all of it: a late source, encoding, sending, the kernel and the client.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from functools import partial
from pathlib import Path
from statistics import median, quantiles

TOKEN = 4

Usage = dict[str, float]
"""Seconds of CPU time and bytes of memory that the server has taken."""


# --- the server ----------------------------------------------------------------------------------


async def tokens(rate: float, seconds: float) -> AsyncIterator[str]:
    """A document of `rate` tokens a second, each its own number; their time begins with it."""
    start = time.monotonic()
    yield f'{{"start": {start}, "text": "'
    for number in range(int(rate * seconds)):
        # One that is late already has come with the one before it, as from a socket.
        if (early := start + number / rate - time.monotonic()) > 0:
            await asyncio.sleep(early)
        yield f"{number:0{TOKEN}}"
    yield '"}'


def serve(streams: int, rate: float, seconds: float, min_interval: float) -> None:
    """Serve on a free port, which is printed, until the process is ended."""
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import PlainTextResponse, Response, StreamingResponse
    from starlette.routing import Route

    from partialjson import Broadcast, sse

    broadcasts = [
        Broadcast(tokens(rate, seconds), stream=f"r{n}", min_interval=min_interval)
        for n in range(streams)
    ]

    async def start(_: Request) -> Response:
        for number, broadcast in enumerate(broadcasts):
            # As they would come: not all at the same moment.
            asyncio.get_running_loop().call_later(number / streams, broadcast.start)
        return Response(status_code=204)

    async def events(request: Request) -> Response:
        viewer = broadcasts[request.path_params["number"]].view(sse.cursor(request))
        return StreamingResponse(sse.frames(viewer), media_type=sse.MEDIA_TYPE, headers=sse.HEADERS)

    async def usage(_: Request) -> Response:
        return PlainTextResponse(json.dumps({"cpu": time.process_time(), "rss": resident()}))

    routes = [
        Route("/start", start),
        Route("/usage", usage),
        Route("/{number:int}", events),
    ]
    config = uvicorn.Config(Starlette(routes=routes), port=0, log_level="critical", lifespan="off")
    server = uvicorn.Server(config)

    async def run() -> None:
        task = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        print(server.servers[0].sockets[0].getsockname()[1], flush=True)
        await task

    asyncio.run(run())


def resident() -> int:
    """Bytes of memory that this process has now."""
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * resource.getpagesize()


# --- the viewers ---------------------------------------------------------------------------------


class Watcher(asyncio.Protocol):
    """Reads events and notes how late the newest token in each piece of them is."""

    def __init__(self, number: int, done: asyncio.Future[None]) -> None:
        self.number = number
        self.done = done
        self.start = 0.0
        self.lags: list[float] = []
        self.received = 0
        self.events = 0
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask."""
        assert isinstance(transport, asyncio.Transport)
        transport.write(f"GET /{self.number} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())

    def data_received(self, data: bytes) -> None:
        """Take what came, perhaps not to the end of an event."""
        self.received += len(data)
        self.events += data.count(b"\nid:")
        data = self._rest + data
        if not self.start and b'"start":' in data:
            self.start = float(data.partition(b'"start":')[2].split(b",")[0])
        end = data.rfind(b'"}\nid:')
        if self.start and end >= TOKEN and data[end - TOKEN : end].isdigit():
            due = self.start + int(data[end - TOKEN : end]) / RATE[0]
            self.lags.append(time.monotonic() - due)
        if b"event:end" in data and not self.done.done():
            assert b'{"ok":true}' in data
            self.done.set_result(None)
        self._rest = data[-200:] if self.start else data

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail, if the end has not come."""
        if not self.done.done():
            self.done.set_exception(exc or ConnectionResetError())


RATE = [50.0]


async def request(port: int, path: str) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    return answer.partition(b"\r\n\r\n")[2].decode()


async def watch(port: int, viewers: int, streams: int) -> tuple[list[Watcher], list[Usage]]:
    loop = asyncio.get_running_loop()
    watchers = []
    for number in range(viewers):
        make = partial(Watcher, number % streams, loop.create_future())
        _, watcher = await loop.create_connection(make, "127.0.0.1", port)
        watchers.append(watcher)
    usage = [json.loads(await request(port, "/usage"))]
    await request(port, "/start")
    ended = asyncio.gather(*(watcher.done for watcher in watchers))
    while not ended.done():
        await asyncio.wait([ended], timeout=2)
        usage.append(json.loads(await request(port, "/usage")))
    await ended
    return watchers, usage


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; 1 if a viewer was too far behind."""
    parser = argparse.ArgumentParser(prog="python -m benches.sse_load", description=__doc__)
    parser.add_argument("--viewers", type=int, default=1000)
    parser.add_argument("--streams", type=int, default=100)
    parser.add_argument("--rate", type=float, default=50, help="tokens a second and stream")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--min-interval", type=float, default=0.03, help="as of Broadcast")
    parser.add_argument("--behind", type=float, default=1, help="seconds that a viewer may be")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.serve:
        serve(options.streams, options.rate, options.seconds, options.min_interval)
        return 0
    RATE[0] = options.rate
    # Two descriptors for each connection would be more than the usual 1,024.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    command = [sys.executable, "-m", "benches.sse_load", "--serve", *(arguments or sys.argv[1:])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            port = int(server.stdout.readline())
            began = time.monotonic()
            watchers, usage = asyncio.run(watch(port, options.viewers, options.streams))
            took = time.monotonic() - began
        finally:
            server.terminate()
    lags = sorted(lag for watcher in watchers for lag in watcher.lags)
    worst = lags[-1]
    rss = [each["rss"] / 1e6 for each in usage]
    events = sum(watcher.events for watcher in watchers)
    received = sum(watcher.received for watcher in watchers)
    cpu = usage[-1]["cpu"] - usage[0]["cpu"]
    print(f"viewers {options.viewers}, streams {options.streams}, {options.rate:g} tokens a second")
    print(f"behind: median {median(lags):.3f} s, p99 {quantiles(lags, n=100)[98]:.3f} s,", end=" ")
    print(f"worst {worst:.3f} s")
    print(f"events {events:,} ({events / took:,.0f} a second), {received / 1e6:.1f} MB")
    print(f"server: {100 * cpu / took:.0f} % of a core, {1e6 * cpu / events:.1f} us an event")
    print(f"server memory: {rss[0]:.0f} MB connected, {max(rss):.0f} MB at most")
    return int(worst > options.behind)


if __name__ == "__main__":
    sys.exit(main())
