"""What OpenAI's service sends, event by event: chat completions and responses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from .protocol import event

USAGE = {
    "prompt_tokens": 20,
    "completion_tokens": 30,
    "total_tokens": 50,
    "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
}
DONE = event("[DONE]")


def pieces(text: str) -> list[str]:
    """`text` in the sizes of tokens."""
    return re.findall(r".{1,4}", text, re.DOTALL)


def chat_chunk(
    delta: dict[str, Any] | None, *, finish_reason: str | None = None, **more: Any
) -> dict[str, Any]:
    """The data of one event; a delta of None is a chunk without choices."""
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
    return {
        "id": "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT",
        "object": "chat.completion.chunk",
        "created": 1741569952,
        "model": "gpt-4o-2024-08-06",
        "service_tier": "default",
        "system_fingerprint": "fp_06737a9306",
        "choices": [] if delta is None else [choice],
        "usage": None,
        "obfuscation": "aZ3kq",
        **more,
    }


def chat_events(
    deltas: Iterable[dict[str, Any]], finish_reason: str | None = "stop"
) -> list[bytes]:
    """A whole stream: a first chunk with the role alone, an empty delta, usage alone at the end."""
    data = [
        chat_chunk({"role": "assistant", "content": None, "refusal": None}),
        chat_chunk({}),
        *map(chat_chunk, deltas),
    ]
    if finish_reason is not None:
        data.append(chat_chunk({}, finish_reason=finish_reason))
        data.append(chat_chunk(None, usage=USAGE))
    return [*map(event, data), DONE]


def text_deltas(text: str) -> Iterator[dict[str, Any]]:
    """Message text."""
    yield {"content": ""}
    for piece in pieces(text):
        yield {"content": piece}


def call_delta(index: int, arguments: str, **first: Any) -> dict[str, Any]:
    """A part of a tool call; only the first has an id and a name."""
    function = {"arguments": arguments}
    call: dict[str, Any] = {"index": index, "function": function}
    if first:
        call |= {"id": first["id"], "type": "function"}
        function["name"] = first["name"]
    return {"tool_calls": [call]}


def call_deltas(calls: Sequence[tuple[str, str]], *, interleaved: bool = False) -> Iterator[Any]:
    """Tool calls, each a name and its arguments: one after the other, or by turns."""
    parts = [
        [call_delta(i, "", id=f"call_{i}", name=name), *(call_delta(i, p) for p in pieces(text))]
        for i, (name, text) in enumerate(calls)
    ]
    if not interleaved:
        for each in parts:
            yield from each
        return
    while any(parts):
        for each in parts:
            if each:
                yield each.pop(0)


def chat_answer(
    text: str, mode: str, name: str = "User", finish_reason: str = "stop"
) -> list[bytes]:
    """A stream with one document, in the place where a mode has it."""
    deltas = call_deltas([(name, text)]) if mode == "tools" else text_deltas(text)
    return chat_events(deltas, finish_reason)


def chat_whole(
    content: str | None,
    calls: Sequence[tuple[str, str]] = (),
    *,
    finish_reason: str = "stop",
    refusal: str | None = None,
) -> dict[str, Any]:
    """An answer that is not streamed."""
    message: dict[str, Any] = {"role": "assistant", "content": content, "refusal": refusal}
    if calls:
        message["tool_calls"] = [
            {
                "id": f"call_{i}",
                "type": "function",
                "function": {"name": name, "arguments": arguments},
            }
            for i, (name, arguments) in enumerate(calls)
        ]
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish_reason}
    return {
        "id": "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT",
        "object": "chat.completion",
        "created": 1741569952,
        "model": "gpt-4o-2024-08-06",
        "choices": [choice],
        "usage": USAGE,
    }


def chat_whole_answer(text: str, mode: str, name: str = "User") -> dict[str, Any]:
    """An answer that is not streamed, with one document in the place where a mode has it."""
    return chat_whole(None, [(name, text)]) if mode == "tools" else chat_whole(text)


def document_of(value: Any) -> str:
    """JSON as a language model writes it."""
    return json.dumps(value, ensure_ascii=False)
