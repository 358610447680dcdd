"""The same tests for synchronous and asynchronous streams."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from tests.protocol import Exchange, ProtocolServer, Script


class Twin:
    """One of the two ways to iterate."""

    def __init__(self, is_async: bool) -> None:
        self.is_async = is_async

    async def items(self, stream: Any) -> AsyncIterator[Any]:
        if self.is_async:
            async for item in stream:
                yield item
        else:
            for item in stream:
                yield item
                # A server may have a thread of its own, but the loop of the tests is here.
                await asyncio.sleep(0)

    async def collect(self, stream: Any) -> tuple[list[Any], Any]:
        """All items, and the error after them, if one came."""
        items: list[Any] = []
        try:
            async for item in self.items(stream):
                items.append(item)
        except Exception as error:
            return items, error
        return items, None


class ServedTwin(Twin):
    """The same, from a server with a script."""

    def __init__(self, server: ProtocolServer, is_async: bool) -> None:
        super().__init__(is_async)
        self.server = server

    def answers(self, script: Script) -> None:
        steps = list(script)
        self.server.exchanges.clear()
        self.server.script = lambda _: steps

    @property
    def exchange(self) -> Exchange:
        return self.server.exchanges[-1]
