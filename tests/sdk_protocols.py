"""What Anthropic's, Google's and Mistral's services send, event by event."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from tests.openai_protocol import pieces
from tests.protocol import event

# --- Anthropic -----------------------------------------------------------------------------------

ANTHROPIC_USAGE = {
    "input_tokens": 472,
    "cache_creation_input_tokens": 0,
    "cache_read_input_tokens": 12,
    "output_tokens": 2,
    "service_tier": "standard",
}
ANTHROPIC_LAST_USAGE = {"output_tokens": 89}
MESSAGE_ID = "msg_014p7gG3wDgGV9EUtLvnow3U"


def _named(data: dict[str, Any]) -> bytes:
    return event(data, data["type"])


def block_events(index: int, block: dict[str, Any], deltas: Sequence[dict[str, Any]]) -> list[Any]:
    """A block of a message: a beginning without content, what comes of it, an end."""
    begin = {"type": "content_block_start", "index": index, "content_block": block}
    return [
        begin,
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": index},
    ]


def text_block(index: int, text: str) -> list[Any]:
    """Text of the message."""
    deltas = [{"type": "text_delta", "text": piece} for piece in pieces(text)]
    return block_events(index, {"type": "text", "text": ""}, deltas)


def thinking_block(index: int, text: str) -> list[Any]:
    """What the language model says to itself."""
    deltas: list[dict[str, Any]] = [
        {"type": "thinking_delta", "thinking": piece} for piece in pieces(text)
    ]
    deltas.append({"type": "signature_delta", "signature": "EqQBCgIYAhIM"})
    return block_events(index, {"type": "thinking", "thinking": "", "signature": ""}, deltas)


def tool_block(index: int, name: str, text: str, kind: str = "tool_use") -> list[Any]:
    """A call of a tool, whose first delta is empty; also of a tool that the service runs itself."""
    deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in ["", *pieces(text)]]
    block = {"type": kind, "id": f"toolu_{index}", "name": name, "input": {}}
    return block_events(index, block, deltas)


def message_events(*blocks: list[Any], stop_reason: str | None = "end_turn") -> list[bytes]:
    """A whole stream, with a ping in it; without its last events if there is no `stop_reason`."""
    message = {
        "id": MESSAGE_ID,
        "type": "message",
        "role": "assistant",
        "content": [],
        "model": "claude-sonnet-5",
        "stop_reason": None,
        "stop_sequence": None,
        "usage": ANTHROPIC_USAGE,
    }
    events: list[Any] = [{"type": "message_start", "message": message}]
    for block in blocks:
        begin, *rest = block
        events += [begin, {"type": "ping"}, *rest]
    if stop_reason is not None:
        delta = {"stop_reason": stop_reason, "stop_sequence": None}
        events.append(
            {"type": "message_delta", "delta": delta, "usage": ANTHROPIC_LAST_USAGE},
        )
        events.append({"type": "message_stop"})
    return [*map(_named, events)]


def anthropic_error() -> bytes:
    """What comes in the middle of a stream when the service has too much to do."""
    error = {"type": "overloaded_error", "message": "Overloaded"}
    return _named({"type": "error", "error": error, "request_id": "req_011CSHoEeqs5C35K2UUqR7Fy"})


# --- Google --------------------------------------------------------------------------------------

GOOGLE_USAGE = {"promptTokenCount": 8, "candidatesTokenCount": 22, "totalTokenCount": 30}
GOOGLE_ID = "HmDqaNOlLqOVmNAP2Jm9iA4"


def content_chunk(
    parts: Sequence[dict[str, Any]] | None, finish_reason: str | None = None, **more: Any
) -> dict[str, Any]:
    """The data of one event; a last one can have no parts."""
    candidate: dict[str, Any] = {"index": 0, "content": {"role": "model"}}
    if parts is not None:
        candidate["content"]["parts"] = list(parts)
    if finish_reason is not None:
        candidate["finishReason"] = finish_reason
    return {
        "candidates": [candidate],
        "usageMetadata": GOOGLE_USAGE,
        "modelVersion": "gemini-3.8-flash",
        "responseId": GOOGLE_ID,
        **more,
    }


def content_events(
    parts: Sequence[dict[str, Any]], finish_reason: str | None = "STOP"
) -> list[bytes]:
    """A whole stream, one part to a chunk."""
    chunks = [content_chunk([part]) for part in parts]
    if finish_reason is not None:
        chunks.append(content_chunk(None, finish_reason))
    return [*map(event, chunks)]


def text_parts(text: str) -> list[dict[str, Any]]:
    """Text, after some thoughts that are not part of it."""
    thought = {"text": "**Thinking** of {", "thought": True}
    return [thought, *({"text": piece} for piece in pieces(text))]


def call_part(name: str, text: str) -> dict[str, Any]:
    """A function call, which comes whole."""
    return {"functionCall": {"name": name, "args": json.loads(text)}}


# --- Mistral -------------------------------------------------------------------------------------

MISTRAL_USAGE = {"prompt_tokens": 16, "total_tokens": 50, "completion_tokens": 34}
MISTRAL_ID = "cmpl-e5cc70bb28c444948073e77776eb30ef"


def mistral_events(
    deltas: Sequence[dict[str, Any]], finish_reason: str | None = "stop"
) -> list[bytes]:
    """A whole stream; its last chunk has reason and usage."""

    def chunk(delta: dict[str, Any], reason: str | None, **more: Any) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        head = {"id": MISTRAL_ID, "object": "chat.completion.chunk", "created": 1702256327}
        return event({**head, "model": "mistral-large-latest", "choices": [choice], **more})

    events = [chunk({"role": "assistant", "content": ""}, None)]
    events += [chunk(delta, None) for delta in deltas]
    if finish_reason is not None:
        events.append(chunk({"content": ""}, finish_reason, usage=MISTRAL_USAGE))
        events.append(event("[DONE]"))
    return events


def mistral_text(text: str) -> list[dict[str, Any]]:
    """Text, after some thoughts that are not part of it."""
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "Let me see {"}]}
    return [{"content": [thinking]}, *({"content": piece} for piece in pieces(text))]


def mistral_call(index: int, name: str, text: str) -> dict[str, Any]:
    """A function call, which comes whole."""
    function = {"name": name, "arguments": text}
    return {"tool_calls": [{"id": f"D681PevK{index}", "function": function, "index": index}]}
