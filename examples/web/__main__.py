"""``python -m examples.web``: serve the pages that `make web` has built.

Without ``OPENAI_API_KEY`` the language model is a server on this machine that replays recorded
answers; with it, the service itself (``OPENAI_BASE_URL`` and ``OPENAI_MODEL`` are heeded).
"""

from __future__ import annotations

import argparse
import os
import socket
import sys
from contextlib import suppress

import uvicorn
from openai import AsyncOpenAI

from examples.local_server import Behaviour, LocalServer

from .app import PAGES, create_app


def main() -> int:
    """Serve until interrupted; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m examples.web", description=__doc__)
    parser.add_argument(
        "--port", type=int, default=8000, help="0 takes a free one (default: %(default)s)"
    )
    parser.add_argument(
        "--pace",
        type=float,
        default=0.03,
        metavar="SECONDS",
        help="of the local server, from token to token (default: %(default)s)",
    )
    options = parser.parse_args()
    if not PAGES.is_dir():
        print("web: the pages have not been built: make web", file=sys.stderr)
        return 1

    try:
        listener = socket.create_server(("127.0.0.1", options.port))
    except OSError as error:
        print(f"web: {error.strerror}: make web PORT=...", file=sys.stderr)
        return 1

    recorded = not os.environ.get("OPENAI_API_KEY")
    if not recorded:
        client = AsyncOpenAI()
        print(f"Service: {client.base_url}")
    else:
        local = LocalServer(Behaviour(pace_s=options.pace))
        local.start()
        client = AsyncOpenAI(base_url=local.base_url, api_key="local")
        print("Service: this machine, recorded answers (OPENAI_API_KEY asks the real one)")
    address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    print(f"Open {address} (Vue: {address}vue.html); Ctrl-C ends it", flush=True)
    config = uvicorn.Config(
        create_app(client, os.environ.get("OPENAI_MODEL", "gpt-4o"), recorded=recorded),
        log_level="warning",
        # A page that looks on must not hold up the end.
        timeout_graceful_shutdown=1,
    )
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])
    return 0


if __name__ == "__main__":
    sys.exit(main())
