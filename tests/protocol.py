"""A server that sends what a script says, byte for byte, and sees when its client leaves.

Real HTTP over the loopback interface, so that clients are tested as they are, down to how the
bytes of a stream fall into TCP segments.
"""

from __future__ import annotations

import json
import select
import socket
import struct
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias

from typing_extensions import Self

DROP = object()
"""A step of a script: the connection is torn down here, in the middle of the body."""

Step: TypeAlias = Any
"""Bytes, sent as one segment; seconds to wait, or an event to wait for; `DROP`; or a whole answer,
as a dict."""
Script: TypeAlias = Iterable[Step]


@dataclass
class Exchange:
    """One request and what became of its answer."""

    path: str
    request: dict[str, Any]
    headers: dict[str, str]
    sent: int = 0
    """Segments handed to the connection so far."""
    left: threading.Event = field(default_factory=threading.Event)
    """Set when the client has closed the connection before the answer had ended."""
    ended: threading.Event = field(default_factory=threading.Event)


class ProtocolServer:
    """Answers each request with what ``script(request)`` gives."""

    def __init__(self, script: Callable[[Exchange], Script] | None = None) -> None:
        self.script: Callable[[Exchange], Script] | None = script
        self.exchanges: list[Exchange] = []
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                owner._answer(self)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 512

            def handle_error(self, request: object, client_address: object) -> None:
                """Say nothing: a client that leaves is what is tested."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )

    @property
    def url(self) -> str:
        """Without a path."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["content-length"]))
        exchange = Exchange(handler.path, json.loads(body), dict(handler.headers))
        self.exchanges.append(exchange)
        assert self.script is not None
        script = list(self.script(exchange))
        try:
            if len(script) == 1 and isinstance(script[0], dict):
                self._send_whole(handler, script[0])
            else:
                self._send_stream(handler, exchange, script)
        except (ConnectionError, _Left):
            exchange.left.set()
            handler.close_connection = True
        finally:
            exchange.ended.set()

    def _send_whole(self, handler: BaseHTTPRequestHandler, answer: dict[str, Any]) -> None:
        body = json.dumps(answer).encode()
        handler.send_response(answer.get("status_code", 200))
        handler.send_header("content-type", "application/json")
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def _send_stream(
        self, handler: BaseHTTPRequestHandler, exchange: Exchange, script: list[Step]
    ) -> None:
        connection = handler.connection
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        handler.send_response(200)
        handler.send_header("content-type", "text/event-stream; charset=utf-8")
        handler.send_header("transfer-encoding", "chunked")
        handler.end_headers()
        for step in script:
            if step is DROP:
                # Nothing more is said: the client's next read finds a connection reset.
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.close()
                handler.close_connection = True
                return
            if isinstance(step, threading.Event):
                if not step.wait(10):
                    raise _Left
            elif isinstance(step, float):
                _wait(connection, step)
            else:
                _wait(connection, 0.0)
                handler.wfile.write(b"%x\r\n%b\r\n" % (len(step), step))
                exchange.sent += 1
        handler.wfile.write(b"0\r\n\r\n")


class _Left(Exception):
    """The client has closed the connection."""


def _wait(connection: socket.socket, seconds: float) -> None:
    readable, _, _ = select.select([connection], [], [], seconds)
    # A client that waits for its answer says nothing; what can be read is the end.
    if readable and not connection.recv(1, socket.MSG_PEEK):
        raise _Left


def event(data: object, name: str | None = None) -> bytes:
    """One server-sent event, as services write it."""
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    head = "" if name is None else f"event: {name}\n"
    return f"{head}data: {text}\n\n".encode()


def merged(events: Iterable[bytes], size: int = 3) -> list[bytes]:
    """Several events to a segment."""
    events = list(events)
    return [b"".join(events[i : i + size]) for i in range(0, len(events), size)]


def torn(events: Iterable[bytes], size: int = 37) -> list[bytes]:
    """One event over several segments, cut anywhere, also within a character."""
    text = b"".join(events)
    return [text[i : i + size] for i in range(0, len(text), size)]


def kept_alive(events: Iterable[bytes]) -> list[bytes]:
    """Comments between the events, as proxies send them."""
    return [part for each in events for part in (b": keep-alive\n\n", each)]


def paced(events: Iterable[bytes], seconds: float) -> list[Step]:
    """A pause before each event."""
    return [part for each in events for part in (seconds, each)]


def lingering(events: Iterable[bytes]) -> list[Step]:
    """Paced, and then nothing for as long as somebody listens, but for ten seconds at most."""
    return [*paced(events, 0.05)[:-1], *[0.02] * 500]


def one_by_one(events: Iterable[bytes]) -> list[bytes]:
    """One event to a segment."""
    return list(events)


LAYOUTS: list[Callable[[Iterable[bytes]], list[bytes]]] = [one_by_one, merged, torn, kept_alive]
"""How the bytes of a stream may fall."""
