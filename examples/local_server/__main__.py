"""``python -m examples.local_server``: the server as a program; prints its base URL."""

from __future__ import annotations

import argparse
import threading
from typing import get_args

from . import Behaviour, Fault, LocalServer


def main() -> None:
    """Serve until interrupted."""
    default = Behaviour()
    parser = argparse.ArgumentParser(prog="python -m examples.local_server", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 (the default) takes a free one")
    parser.add_argument(
        "--pace",
        type=float,
        default=default.pace_s,
        metavar="SECONDS",
        help="from one token to the next; 0 does not wait (default: %(default)s)",
    )
    parser.add_argument("--fault", choices=get_args(Fault), help="make every answer go wrong")
    parser.add_argument(
        "--fault-at",
        type=int,
        metavar="CHARACTER",
        help="where in the answer (default: in its middle)",
    )
    options = parser.parse_args()
    behaviour = Behaviour(pace_s=options.pace, fault=options.fault, fault_at=options.fault_at)
    with LocalServer(behaviour, port=options.port) as server:
        print(f"OPENAI_BASE_URL={server.base_url}")
        print(f"ANTHROPIC_BASE_URL={server.base_url.removesuffix('/v1')}", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
