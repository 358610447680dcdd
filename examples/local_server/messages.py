"""Anthropic's messages: the events that the service sends, in its order, with a ping in them."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.responses import JSONResponse, Response

from .answers import Wish, answer_to
from .behaviour import Behaviour, Exchange, paced, tokens


def respond(exchange: Exchange, behaviour: Behaviour) -> Response:
    """Return the answer to a request for a message, streamed or whole as it asks."""
    answer = _Answer(exchange.request, behaviour)
    if exchange.request.get("stream"):
        return EventSourceResponse(_events(answer, exchange), sep="\n", ping=0)
    exchange.end("done")
    return JSONResponse(answer.whole())


async def _events(answer: _Answer, exchange: Exchange) -> AsyncIterator[ServerSentEvent]:
    with exchange.streaming():
        async for event in answer.stream(exchange):
            yield ServerSentEvent(json.dumps(event, ensure_ascii=False), event=event["type"])


@dataclass
class _Answer:
    request: dict[str, Any]
    behaviour: Behaviour
    id: str = field(default_factory=lambda: f"msg_{secrets.token_urlsafe(18)}")
    call_id: str = field(default_factory=lambda: f"toolu_{secrets.token_urlsafe(18)}")

    def __post_init__(self) -> None:
        # Of several, the first: parallel calls are for the other services here.
        self.wish = Wish.of_message(self.request)[0]
        self.text = self.behaviour.text_of(answer_to(self.wish))

    async def stream(self, exchange: Exchange) -> AsyncIterator[dict[str, Any]]:
        """Yield the events."""
        begun = self._message([], None, said=1)
        yield {"type": "message_start", "message": begun}
        empty = self._block("", {})
        yield {"type": "content_block_start", "index": 0, "content_block": empty}
        yield {"type": "ping"}
        async for piece in paced(self.text, self.behaviour, exchange):
            delta = {"type": "text_delta", "text": piece}
            if self.wish.tool_name is not None:
                delta = {"type": "input_json_delta", "partial_json": piece}
            yield {"type": "content_block_delta", "index": 0, "delta": delta}
        if self.behaviour.fault == "end":
            return
        yield {"type": "content_block_stop", "index": 0}
        reason = {"stop_reason": self._reason(), "stop_sequence": None}
        usage = {"output_tokens": len(tokens(self.text))}
        yield {"type": "message_delta", "delta": reason, "usage": usage}
        yield {"type": "message_stop"}

    def whole(self) -> dict[str, Any]:
        """Return the message as a request without ``stream`` gets it."""
        input_ = None if self.wish.tool_name is None else json.loads(self.text)
        block = self._block(self.text, input_)
        return self._message([block], self._reason(), said=len(tokens(self.text)))

    def _block(self, text: str, input_: Any) -> dict[str, Any]:
        name = self.wish.tool_name
        if name is None:
            return {"type": "text", "text": text}
        return {"type": "tool_use", "id": self.call_id, "name": name, "input": input_}

    def _message(self, content: list[Any], reason: str | None, *, said: int) -> dict[str, Any]:
        asked = sum(len(tokens(str(m.get("content")))) for m in self.request["messages"])
        return {
            "id": self.id,
            "type": "message",
            "role": "assistant",
            "model": self.request["model"],
            "content": content,
            "stop_reason": reason,
            "stop_sequence": None,
            "usage": {"input_tokens": asked, "output_tokens": said},
        }

    def _reason(self) -> str:
        if self.behaviour.fault == "length":
            return "max_tokens"
        return "end_turn" if self.wish.tool_name is None else "tool_use"
