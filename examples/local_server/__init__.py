"""A small OpenAI-compatible server for the loopback interface.

It speaks real HTTP and real ``text/event-stream``, and answers chat completions from recorded
answers, in token-sized pieces at a human pace, so that the demo and the tests need no key, no
network and no luck. Faults can be asked for: see `Behaviour`.

    with LocalServer() as server:
        client = OpenAI(base_url=server.base_url, api_key="any")

or, as a program: ``python -m examples.local_server --port 0``.
"""

from .behaviour import Behaviour, Exchange, Fault
from .server import LocalServer

__all__ = ["Behaviour", "Exchange", "Fault", "LocalServer"]
