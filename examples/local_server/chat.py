"""Chat completions: the objects that the service sends, made with the SDK's own types."""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from openai.types import CompletionUsage
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.chat import chat_completion as whole
from openai.types.chat import chat_completion_chunk as chunks
from openai.types.chat.chat_completion_message import ChatCompletionMessage
from openai.types.chat.chat_completion_message_function_tool_call import (
    ChatCompletionMessageFunctionToolCall,
    Function,
)
from sse_starlette import EventSourceResponse
from starlette.responses import Response

from .answers import Wish, answer_to
from .behaviour import Behaviour, Exchange, paced, tokens

FinishReason: TypeAlias = Literal["stop", "length", "tool_calls"]


def respond(exchange: Exchange, behaviour: Behaviour) -> Response:
    """Return the answer to a chat completion request, streamed or whole as it asks."""
    answer = _Answer(exchange.request, behaviour)
    if exchange.request.get("stream"):
        return EventSourceResponse(_events(answer, exchange), sep="\n", ping=0)
    exchange.end("done")
    return Response(answer.whole().to_json(), media_type="application/json")


async def _events(answer: _Answer, exchange: Exchange) -> AsyncIterator[str]:
    with exchange.streaming():
        async for chunk in answer.stream(exchange):
            # What was not set is not sent, but a null that was set is: as the service does.
            yield chunk.to_json(indent=None, exclude_unset=True)
        if answer.behaviour.fault != "end":
            yield "[DONE]"


@dataclass
class _Part:
    """The message's text, or one of its tool calls."""

    index: int
    wish: Wish
    text: str
    call_id: str = field(default_factory=lambda: f"call_{secrets.token_hex(12)}")

    def opening(self) -> chunks.ChoiceDelta:
        function = chunks.ChoiceDeltaToolCallFunction(name=self.wish.tool_name, arguments="")
        return self._tool_delta(function, id=self.call_id, type="function")

    def delta(self, piece: str) -> chunks.ChoiceDelta:
        if self.wish.tool_name is None:
            return chunks.ChoiceDelta(content=piece)
        return self._tool_delta(chunks.ChoiceDeltaToolCallFunction(arguments=piece))

    def call(self) -> ChatCompletionMessageFunctionToolCall:
        function = Function(name=self.wish.tool_name or "", arguments=self.text)
        return ChatCompletionMessageFunctionToolCall(
            id=self.call_id, type="function", function=function
        )

    def _tool_delta(
        self,
        function: chunks.ChoiceDeltaToolCallFunction,
        **first: Any,
    ) -> chunks.ChoiceDelta:
        call = chunks.ChoiceDeltaToolCall(index=self.index, function=function, **first)
        return chunks.ChoiceDelta(tool_calls=[call])


@dataclass
class _Answer:
    request: dict[str, Any]
    behaviour: Behaviour
    id: str = field(default_factory=lambda: f"chatcmpl-{secrets.token_urlsafe(21)}")
    created: int = field(default_factory=lambda: int(time.time()))

    def __post_init__(self) -> None:
        wishes = Wish.of_chat(self.request)
        self.parts = [
            _Part(i, wish, self.behaviour.text_of(answer_to(wish))) for i, wish in enumerate(wishes)
        ]
        options = self.request.get("stream_options") or {}
        self.include_usage = bool(options.get("include_usage"))

    async def stream(self, exchange: Exchange) -> AsyncIterator[ChatCompletionChunk]:
        """Yield the chunks in the service's order: role, tool call, text, reason, usage."""
        content = "" if self.parts[0].wish.tool_name is None else None
        yield self._chunk(chunks.ChoiceDelta(role="assistant", content=content, refusal=None))
        for part in self.parts:
            if part.wish.tool_name is not None:
                yield self._chunk(part.opening())
            async for piece in paced(part.text, self.behaviour, exchange):
                yield self._chunk(part.delta(piece))
        if self.behaviour.fault == "end":
            return
        yield self._chunk(chunks.ChoiceDelta(), finish_reason=self._finish_reason())
        if self.include_usage:
            last = self._chunk(None)
            last.usage = self._usage()
            yield last

    def whole(self) -> ChatCompletion:
        """Return the completion as a request without ``stream`` gets it."""
        message = ChatCompletionMessage(role="assistant", content=None, refusal=None)
        if self.parts[0].wish.tool_name is None:
            message.content = self.parts[0].text
        else:
            message.tool_calls = [part.call() for part in self.parts]
        choice = whole.Choice(
            index=0, message=message, logprobs=None, finish_reason=self._finish_reason()
        )
        return ChatCompletion(
            id=self.id,
            object="chat.completion",
            created=self.created,
            model=self.request["model"],
            choices=[choice],
            usage=self._usage(),
        )

    def _chunk(
        self, delta: chunks.ChoiceDelta | None, *, finish_reason: FinishReason | None = None
    ) -> ChatCompletionChunk:
        choices = (
            []
            if delta is None
            else [chunks.Choice(index=0, delta=delta, logprobs=None, finish_reason=finish_reason)]
        )
        chunk = ChatCompletionChunk(
            id=self.id,
            object="chat.completion.chunk",
            created=self.created,
            model=self.request["model"],
            service_tier="default",
            system_fingerprint="fp_local",
            choices=choices,
        )
        if self.include_usage:
            chunk.usage = None
        return chunk

    def _finish_reason(self) -> FinishReason:
        if self.behaviour.fault == "length":
            return "length"
        # The service says "stop" of a call that the request forced, "tool_calls" of a free one.
        wish = self.parts[0].wish
        free = wish.tool_name is not None and not wish.forced
        return "tool_calls" if free else "stop"

    def _usage(self) -> CompletionUsage:
        asked = sum(len(tokens(str(m.get("content")))) for m in self.request["messages"])
        said = sum(len(tokens(part.text)) for part in self.parts)
        return CompletionUsage(
            prompt_tokens=asked, completion_tokens=said, total_tokens=asked + said
        )
