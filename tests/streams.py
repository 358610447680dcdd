"""Sources whose closing is counted, and streams of both kinds over them."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

from pydantic import BaseModel

import partialjson
from partialjson import MISSING
from tests.twins import Twin


class Address(BaseModel):
    city: str


class User(BaseModel):
    name: str
    address: Address


CHUNKS = ['{"name":', ' "Ja', "son", '", ', '"address": {"ci', 'ty": "上', '海"', "}", " }\n"]


class Source:
    """Chunks, and whether they were closed."""

    def __init__(self, chunks: Iterable[Any], error: BaseException | None = None) -> None:
        self.chunks = iter(chunks)
        self.error = error
        self.given = 0
        self.closed = 0

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        for chunk in self.chunks:
            self.given += 1
            return chunk
        if self.error is not None:
            raise self.error
        raise StopIteration

    def close(self) -> None:
        self.closed += 1


class AsyncSource(Source):
    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        await asyncio.sleep(0)
        try:
            return next(self)
        except StopIteration:
            raise StopAsyncIteration from None

    async def aclose(self) -> None:
        await asyncio.sleep(0)
        self.close()


class Both(Twin):
    """The same tests for `stream` and `astream`."""

    def open(
        self, chunks: Iterable[Any], error: BaseException | None = None, **options: Any
    ) -> Any:
        self.source = (AsyncSource if self.is_async else Source)(chunks, error)
        make: Any = partialjson.astream if self.is_async else partialjson.stream
        self.stream = make(self.source, options.pop("type_", User), **options)
        return self.stream

    async def leave(self) -> None:
        if self.is_async:
            async for _ in self.stream:
                break
        else:
            for _ in self.stream:
                break

    async def close(self) -> None:
        if self.is_async:
            await self.stream.close()
        else:
            self.stream.close()


def applied(deltas: list[Any]) -> Any:
    """The value that deltas make, in order."""
    root: Any = MISSING
    for op, path, value in deltas:
        if not path:
            root = root + value if op == "append" else value
            continue
        parent = root
        for step in path[:-1]:
            parent = parent[step]
        last = path[-1]
        if op == "append":
            parent[last] += value
        elif isinstance(parent, list) and last == len(parent):
            parent.append(value)
        else:
            parent[last] = value
    return root
