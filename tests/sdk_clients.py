"""The real clients of services other than OpenAI, asked for a stream of their own chunks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from anthropic import Anthropic, AsyncAnthropic
from google import genai
from mistralai.client import Mistral

from tests.openai_clients import MESSAGES


class Service:
    """A client over HTTP. `chunks` asks for a stream; `usage` is what it tells in the end."""

    def __init__(self, url: str, is_async: bool) -> None:
        self.is_async = is_async
        self.client: Any = self.connect(url)

    def connect(self, url: str) -> Any:
        raise NotImplementedError

    async def chunks(self) -> Any:
        raise NotImplementedError

    async def close(self) -> None:
        raise NotImplementedError


class AnthropicService(Service):
    def connect(self, url: str) -> Any:
        make: Any = AsyncAnthropic if self.is_async else Anthropic
        return make(base_url=url, api_key="any", max_retries=0)

    async def chunks(self) -> Any:
        made = self.client.messages.create(
            model="claude-sonnet-5", max_tokens=1024, messages=MESSAGES, stream=True
        )
        return await made if self.is_async else made

    async def close(self) -> None:
        if self.is_async:
            await self.client.close()
        else:
            self.client.close()


class GoogleService(Service):
    def connect(self, url: str) -> Any:
        return genai.Client(api_key="any", http_options={"base_url": url})

    async def chunks(self) -> Any:
        request: Any = {"model": "gemini-3.8-flash", "contents": "Make one up."}
        if self.is_async:
            return await self.client.aio.models.generate_content_stream(**request)
        return self.client.models.generate_content_stream(**request)

    async def close(self) -> None:
        if self.is_async:
            await self.client.aio.aclose()
        self.client.close()


class MistralService(Service):
    def connect(self, url: str) -> Any:
        return Mistral(api_key="any", server_url=url)

    async def chunks(self) -> Any:
        request: Any = {"model": "mistral-large-latest", "messages": MESSAGES}
        if self.is_async:
            return await self.client.chat.stream_async(**request)
        return self.client.chat.stream(**request)

    async def close(self) -> None:
        if self.is_async:
            await self.client.__aexit__(None, None, None)
        self.client.__exit__(None, None, None)


@asynccontextmanager
async def connected(kind: type[Service], url: str, is_async: bool) -> AsyncIterator[Service]:
    """A client, closed in the end."""
    service = kind(url, is_async)
    try:
        yield service
    finally:
        await service.close()
