"""Both kinds of OpenAI client, wrapped and bare, and what the tests ask them for."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from openai import AsyncOpenAI, OpenAI
from pydantic import BaseModel

import partialjson
from tests.openai_protocol import document_of
from tests.protocol import ProtocolServer, Script
from tests.twins import Twin

MESSAGES: list[Any] = [{"role": "user", "content": "Make one up."}]


class Address(BaseModel):
    city: str
    zip: int


class User(BaseModel):
    """A user."""

    name: str
    address: Address
    tags: list[str]


VALUE = {"name": "Jason 上海", "address": {"city": "Zürich", "zip": 8000}, "tags": ["a", "b]c"]}
USER = User.model_validate(VALUE)
TEXT = document_of(VALUE)

MANY = [{"city": f"city {i}", "zip": i} for i in range(5)]
ADDRESSES = [Address.model_validate(each) for each in MANY]


class Weather(BaseModel):
    """Tells the weather."""

    city: str
    days: int


class Search(BaseModel):
    """Searches."""

    query: str
    site: str | None


CALLS = [
    ("Weather", '{"city":"Wien","days":3}'),
    ("Search", '{"query":"schönes Wetter","site":null}'),
]


class Both(Twin):
    """The same tests for `OpenAI` and `AsyncOpenAI`."""

    prompt: ClassVar[dict[str, Any]] = {"messages": MESSAGES}

    def __init__(self, server: ProtocolServer, is_async: bool) -> None:
        super().__init__(is_async)
        self.server = server
        make: Any = AsyncOpenAI if is_async else OpenAI
        self.bare = make(base_url=f"{server.url}/v1", api_key="any", max_retries=0)
        self.client: Any = partialjson.from_openai(self.bare)

    def resource(self, client: Any) -> Any:
        return client.chat.completions

    def answers(self, *scripts: Script) -> None:
        """Answer requests with these, one after the other; the last one for all that follow."""
        left = [list(script) for script in scripts]
        self.server.exchanges.clear()
        self.server.script = lambda _: left.pop(0) if len(left) > 1 else left[0]

    async def create(self, response_model: Any = None, **request: Any) -> Any:
        if response_model is not None:
            request["response_model"] = response_model
        request = {"model": "gpt-4o", **self.prompt, "stream": True} | request
        made = self.resource(self.client).create(**request)
        return await made if self.is_async else made

    async def collect(self, stream: Any) -> tuple[list[Any], Any]:
        items, error = await super().collect(stream)
        if error is not None:
            with pytest.raises(type(error)) as again:
                _ = stream.final
            assert again.value is error
        return items, error

    async def run(self, response_model: Any = None, **request: Any) -> tuple[Any, list[Any], Any]:
        stream = await self.create(response_model, **request)
        return (stream, *await self.collect(stream))

    @property
    def requests(self) -> list[dict[str, Any]]:
        return [exchange.request for exchange in self.server.exchanges]


class BothResponses(Both):
    """The same, for the Responses API."""

    prompt: ClassVar[dict[str, Any]] = {"input": "Make one up."}

    def resource(self, client: Any) -> Any:
        return client.responses
