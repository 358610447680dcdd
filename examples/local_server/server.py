"""The server in a thread of its own, for tests and the demo."""

from __future__ import annotations

import socket
import threading
from types import TracebackType

import uvicorn
from typing_extensions import Self

from .app import State, create_app
from .behaviour import Behaviour, Exchange


class LocalServer:
    """A context manager: the server listens inside its block and is gone after it.

    ``behaviour`` may be replaced at any time and holds for the requests after that.
    ``exchanges`` lists the requests received, oldest first.
    """

    def __init__(self, behaviour: Behaviour | None = None, *, port: int = 0) -> None:
        self._state = State(behaviour or Behaviour())
        self._port = port

    @property
    def behaviour(self) -> Behaviour:
        """How answers are sent."""
        return self._state.behaviour

    @behaviour.setter
    def behaviour(self, behaviour: Behaviour) -> None:
        self._state.behaviour = behaviour

    @property
    def exchanges(self) -> list[Exchange]:
        """The requests received so far, oldest first."""
        return self._state.exchanges

    @property
    def base_url(self) -> str:
        """What an OpenAI client takes as ``base_url``."""
        return f"http://127.0.0.1:{self._port}/v1"

    def start(self) -> None:
        """Listen; returns when requests can be sent. Raises OSError where the port is taken."""
        listener = socket.create_server(("127.0.0.1", self._port))
        self._port = listener.getsockname()[1]
        config = uvicorn.Config(
            create_app(self._state),
            # A dropped connection is what was asked for, not something to log.
            log_level="critical",
            lifespan="off",
            ws="none",
            # A client that still streams must not hold up the end of a test.
            timeout_graceful_shutdown=0,
        )
        self._server = _Server(config)
        self._thread = threading.Thread(
            target=self._server.run, args=([listener],), name="local-server", daemon=True
        )
        self._thread.start()
        self._server.ready.wait()

    def stop(self) -> None:
        """Close every connection and return when the thread has ended."""
        self._server.should_exit = True
        self._thread.join()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


class _Server(uvicorn.Server):
    """A uvicorn server that tells another thread when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()
