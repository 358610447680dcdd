"""What OpenAI's service sends, event by event: chat completions and responses."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tests.protocol import event

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


def name_that_grew(users: Sequence[Any]) -> str:
    """The name of the last of a stream's users, once all are seen to be parts of that one."""
    seen = [user.name or "" for user in users]
    assert all(later.startswith(name) for name, later in itertools.pairwise(seen))
    assert users[-1].address.city == seen[-1]
    return seen[-1]


# --- responses -----------------------------------------------------------------------------------

RESPONSE_USAGE = {
    "input_tokens": 20,
    "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
    "output_tokens": 30,
    "output_tokens_details": {"reasoning_tokens": 10},
    "total_tokens": 50,
}


def response(status: str, output: Sequence[Any] = (), **more: Any) -> dict[str, Any]:
    """A response as its events of the lifecycle tell it."""
    return {
        "id": "resp_67c9fdcecf488190bdd9a0409de3a1ec07b8b0ad4e5eb654",
        "object": "response",
        "created_at": 1741487325,
        "status": status,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "max_output_tokens": None,
        "model": "gpt-4o-2024-08-06",
        "output": list(output),
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "reasoning": {"effort": None, "summary": None},
        "store": True,
        "temperature": 1.0,
        "text": {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": RESPONSE_USAGE if status in ("completed", "incomplete") else None,
        "user": None,
        "metadata": {},
        **more,
    }


def message_item(text: str | None = None, phase: str | None = None, i: int = 0) -> dict[str, Any]:
    """A message, begun or done."""
    part = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    item = {
        "id": f"msg_{i}",
        "type": "message",
        "status": "in_progress" if text is None else "completed",
        "role": "assistant",
        "content": [] if text is None else [part],
    }
    return item if phase is None else item | {"phase": phase}


def call_item(name: str, arguments: str, i: int) -> dict[str, Any]:
    """A function call, begun or done."""
    return {
        "id": f"fc_{i}",
        "type": "function_call",
        "status": "completed" if arguments else "in_progress",
        "arguments": arguments,
        "call_id": f"call_{i}",
        "name": name,
    }


def message_output(text: str, phase: str | None = None) -> list[tuple[str, dict[str, Any]]]:
    """The events of a message, without their output index."""
    part = {"type": "output_text", "text": "", "annotations": [], "logprobs": []}
    in_item = {"item_id": "msg_0", "content_index": 0}
    return [
        ("output_item.added", {"item": message_item(None, phase)}),
        ("content_part.added", in_item | {"part": part}),
        *(
            ("output_text.delta", in_item | {"delta": each, "logprobs": [], "obfuscation": "x"})
            for each in pieces(text)
        ),
        ("output_text.done", in_item | {"text": text, "logprobs": []}),
        ("content_part.done", in_item | {"part": part | {"text": text}}),
        ("output_item.done", {"item": message_item(text, phase)}),
    ]


def refusal_output(text: str) -> list[tuple[str, dict[str, Any]]]:
    """The events of a message that is a refusal."""
    in_item = {"item_id": "msg_0", "content_index": 0}
    return [
        ("output_item.added", {"item": message_item()}),
        ("content_part.added", in_item | {"part": {"type": "refusal", "refusal": ""}}),
        *(("refusal.delta", in_item | {"delta": each}) for each in pieces(text)),
        ("refusal.done", in_item | {"refusal": text}),
    ]


def call_output(name: str, arguments: str, i: int = 0) -> list[tuple[str, dict[str, Any]]]:
    """The events of a function call, without their output index."""
    in_item = {"item_id": f"fc_{i}"}
    return [
        ("output_item.added", {"item": call_item(name, "", i)}),
        *(
            ("function_call_arguments.delta", in_item | {"delta": each, "obfuscation": "x"})
            for each in pieces(arguments)
        ),
        ("function_call_arguments.done", in_item | {"arguments": arguments, "name": name}),
        ("output_item.done", {"item": call_item(name, arguments, i)}),
    ]


REASONING: list[tuple[str, dict[str, Any]]] = [
    ("output_item.added", {"item": {"id": "rs_0", "type": "reasoning", "summary": []}}),
    (
        "reasoning_summary_part.added",
        {"item_id": "rs_0", "summary_index": 0, "part": {"type": "summary_text", "text": ""}},
    ),
    *(
        ("reasoning_summary_text.delta", {"item_id": "rs_0", "summary_index": 0, "delta": each})
        for each in ["**Thinking", " of {braces}", "**"]
    ),
    (
        "reasoning_summary_text.done",
        {"item_id": "rs_0", "summary_index": 0, "text": "**Thinking of {braces}**"},
    ),
    ("output_item.done", {"item": {"id": "rs_0", "type": "reasoning", "summary": []}}),
]


def response_events(
    *outputs: list[tuple[str, dict[str, Any]]],
    interleaved: bool = False,
    last: tuple[str, dict[str, Any]] | None = None,
) -> list[bytes]:
    """A whole stream, from ``response.created`` to `last`; there is no ``[DONE]``."""
    if last is None:
        last = "completed", {"response": response("completed")}
    events: list[tuple[str, dict[str, Any]]] = [
        ("created", {"response": response("in_progress")}),
        ("in_progress", {"response": response("in_progress")}),
    ]
    numbered = [
        [(name, data | {"output_index": i}) for name, data in output]
        for i, output in enumerate(outputs)
    ]
    if interleaved:
        for turn in itertools.zip_longest(*numbered):
            events += [each for each in turn if each is not None]
    else:
        events += [each for output in numbered for each in output]
    events.append(last)
    return [
        event({"type": kind, "sequence_number": i, **data}, kind)
        for i, (name, data) in enumerate(events)
        for kind in [name if name == "error" else f"response.{name}"]
    ]


def response_answer(text: str, mode: str, name: str = "User") -> list[bytes]:
    """A stream with one document, in the place where a mode has it."""
    output = call_output(name, text) if mode == "tools" else message_output(text)
    return response_events(REASONING, output)


def response_whole_answer(text: str, mode: str, name: str = "User") -> dict[str, Any]:
    """An answer that is not streamed, with one document in the place where a mode has it."""
    item = call_item(name, text, 0) if mode == "tools" else message_item(text)
    return response("completed", [REASONING[0][1]["item"], item])
