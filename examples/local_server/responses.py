"""Responses: the events that the service sends, in its order, with a thought or two before them."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.responses import JSONResponse, Response

from .answers import Wish, answer_to
from .behaviour import Behaviour, Exchange, paced, tokens

THOUGHT = "**Thinking it over**"


def respond(exchange: Exchange, behaviour: Behaviour) -> Response:
    """Return the answer to a request for a response, streamed or whole as it asks."""
    answer = _Answer(exchange.request, behaviour)
    if exchange.request.get("stream"):
        return EventSourceResponse(_events(answer, exchange), sep="\n", ping=0)
    exchange.end("done")
    return JSONResponse(answer.response(done=True))


async def _events(answer: _Answer, exchange: Exchange) -> AsyncIterator[ServerSentEvent]:
    number = 0
    with exchange.streaming():
        async for name, data in answer.stream(exchange):
            event = {"type": f"response.{name}", "sequence_number": number, **data}
            number += 1
            yield ServerSentEvent(json.dumps(event, ensure_ascii=False), event=event["type"])


@dataclass
class _Item:
    """A message, or a function call."""

    index: int
    wish: Wish
    text: str
    id: str = field(default_factory=lambda: f"item_{secrets.token_hex(12)}")
    call_id: str = field(default_factory=lambda: f"call_{secrets.token_hex(12)}")

    def told(self, *, done: bool) -> dict[str, Any]:
        status = "completed" if done else "in_progress"
        if self.wish.tool_name is None:
            part = {"type": "output_text", "text": self.text, "annotations": [], "logprobs": []}
            content = [part] if done else []
            rest = {"type": "message", "role": "assistant", "content": content}
        else:
            arguments = self.text if done else ""
            rest = {"type": "function_call", "arguments": arguments}
            rest |= {"call_id": self.call_id, "name": self.wish.tool_name}
        return {"id": self.id, "status": status, **rest}

    @property
    def place(self) -> dict[str, Any]:
        place = {"item_id": self.id, "output_index": self.index}
        return place if self.wish.tool_name is not None else place | {"content_index": 0}

    def delta(self, piece: str) -> tuple[str, dict[str, Any]]:
        data = self.place | {"delta": piece}
        if self.wish.tool_name is not None:
            return "function_call_arguments.delta", data
        return "output_text.delta", data | {"logprobs": []}

    def done(self) -> tuple[str, dict[str, Any]]:
        if self.wish.tool_name is not None:
            return "function_call_arguments.done", self.place | {"arguments": self.text}
        return "output_text.done", self.place | {"text": self.text, "logprobs": []}


@dataclass
class _Answer:
    request: dict[str, Any]
    behaviour: Behaviour
    id: str = field(default_factory=lambda: f"resp_{secrets.token_hex(24)}")
    created: int = field(default_factory=lambda: int(time.time()))

    def __post_init__(self) -> None:
        wishes = Wish.of_response(self.request)
        # The thought has the first place.
        self.items = [
            _Item(i, wish, self.behaviour.text_of(answer_to(wish)))
            for i, wish in enumerate(wishes, 1)
        ]

    async def stream(self, exchange: Exchange) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """Yield the names and data of the events."""
        yield "created", {"response": self.response(done=False)}
        yield "in_progress", {"response": self.response(done=False)}
        thought = {"item_id": "rs_local", "output_index": 0, "summary_index": 0}
        item = {"id": "rs_local", "type": "reasoning", "summary": []}
        yield "output_item.added", {"output_index": 0, "item": item}
        for piece in tokens(THOUGHT):
            yield "reasoning_summary_text.delta", thought | {"delta": piece}
        yield "reasoning_summary_text.done", thought | {"text": THOUGHT}
        yield "output_item.done", {"output_index": 0, "item": item}
        for each in self.items:
            yield "output_item.added", {"output_index": each.index, "item": each.told(done=False)}
            async for piece in paced(each.text, self.behaviour, exchange):
                yield each.delta(piece)
            if self.behaviour.fault in ("length", "end"):
                break
            yield each.done()
            yield "output_item.done", {"output_index": each.index, "item": each.told(done=True)}
        if self.behaviour.fault == "length":
            yield "incomplete", {"response": self.response(done=True)}
        elif self.behaviour.fault != "end":
            yield "completed", {"response": self.response(done=True)}

    def response(self, *, done: bool) -> dict[str, Any]:
        """Return the response, as it is told before and after its output."""
        is_cut = done and self.behaviour.fault == "length"
        said = sum(len(tokens(item.text)) for item in self.items)
        asked = len(tokens(str(self.request["input"])))
        usage = {
            "input_tokens": asked,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": said,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": asked + said,
        }
        return {
            "id": self.id,
            "object": "response",
            "created_at": self.created,
            "status": "incomplete" if is_cut else "completed" if done else "in_progress",
            "error": None,
            "incomplete_details": {"reason": "max_output_tokens"} if is_cut else None,
            "model": self.request["model"],
            "output": [item.told(done=True) for item in self.items] if done else [],
            "parallel_tool_calls": True,
            "tool_choice": self.request.get("tool_choice", "auto"),
            "tools": self.request.get("tools", []),
            "usage": usage if done else None,
        }
