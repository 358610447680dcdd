"""The example as it is served, with everything around it that a test looks at."""

import json
import socket
import threading
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from openai import AsyncOpenAI

from examples.local_server import Behaviour, Exchange, LocalServer
from examples.web.app import create_app
from tests.web.proxy import Proxy

ROOT = Path(__file__).parents[2]
RECORDED = ROOT / "examples" / "local_server" / "recorded" / "Report.json"
REPORT: dict[str, Any] = json.loads(RECORDED.read_text("utf-8"))


class Site(AbstractContextManager["Site"]):
    """Language model, backend and network, each in a thread of its own."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self.model = self._stack.enter_context(LocalServer())
        client = AsyncOpenAI(base_url=self.model.base_url, api_key="any", max_retries=0)
        listener = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(
            create_app(client, "gpt-4o", recorded=True),
            log_level="error",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([listener],), daemon=True)
        self._thread.start()
        self._stack.callback(self._stop)
        self.network = self._stack.enter_context(Proxy(listener.getsockname()[1]))

    def _stop(self) -> None:
        self._server.should_exit = True
        self._thread.join()

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.network.port}"

    def begin(self) -> str:
        """Have a report begun; its name."""
        answer = httpx.post(f"{self.address}/reports", json={"prompt": "Anything."})
        assert answer.status_code == 201
        return answer.json()["name"]

    def pace(self, seconds: float) -> None:
        """Say how long the model takes for a token from now on."""
        self.model.behaviour = Behaviour(pace_s=seconds)

    @property
    def exchange(self) -> Exchange:
        """The last request to the model."""
        return self.model.exchanges[-1]
