"""Anthropic's message stream events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from partialjson._reading import fields, plain

if TYPE_CHECKING:
    from partialjson._reading import Reading

# With those that only the SDK's `messages.stream` has: they repeat what the others bring.
MESSAGE_EVENTS = {
    "message_start",
    "message_delta",
    "message_stop",
    "content_block_start",
    "content_block_delta",
    "content_block_stop",
    "ping",
    "text",
    "input_json",
    "citation",
    "thinking",
    "signature",
}

# A block whose beginning was not seen is taken for one.
_OURS = (None, "tool_use")


def read_message_event(reading: Reading, event: Any) -> None:
    """Read an event: text, or the input of a tool; not what the service's own tools are given."""
    kind = event.type
    if kind == "content_block_delta":
        delta = event.delta
        if delta.type == "text_delta":
            reading.add_text(delta.text)
        elif delta.type == "input_json_delta" and reading.kinds.get(event.index) in _OURS:
            reading.add_call(event.index, None, None, delta.partial_json)
            if delta.partial_json:
                reading.inputs.pop(event.index, None)
    elif kind == "content_block_start":
        block = event.content_block
        reading.kinds[event.index] = block.type
        if block.type == "tool_use":
            # Its input is an empty object here, whatever follows; of some imitators, all of it.
            reading.inputs[event.index] = getattr(block, "input", None) or {}
            reading.add_call(event.index, block.id, block.name, None)
        elif block.type == "text":
            reading.add_text(block.text)
    elif kind == "content_block_stop":
        if event.index in reading.inputs:
            # Nothing has followed.
            reading.add_call(event.index, None, None, reading.inputs.pop(event.index))
    elif kind == "message_start":
        reading.response_id = event.message.id
        reading.usage = plain(event.message.usage)
    elif kind == "message_delta":
        _read_stop(reading, event.delta)
        reading.usage = _newer(reading.usage, plain(event.usage))


def read_message(reading: Reading, message: Any) -> None:
    """Read a message that was not streamed."""
    reading.response_id = message.id
    _read_stop(reading, message)
    reading.usage = plain(message.usage)
    for index, block in enumerate(message.content):
        if block.type == "text":
            reading.add_text(block.text)
        elif block.type == "tool_use":
            reading.add_call(index, block.id, block.name, block.input)


def _read_stop(reading: Reading, told: Any) -> None:
    if told.stop_reason is not None:
        reading.finish_reason = told.stop_reason
    # Of a refusal, sometimes in words. An older SDK does not know them, and leaves a dict.
    details = fields(getattr(told, "stop_details", None))
    reading.add_refusal(getattr(details, "explanation", None))


def _newer(old: Any, new: Any) -> Any:
    """`old` with what `new` tells: the first event counts what was asked, the last the answer."""
    if old is None or new is None:
        return old or new
    counts: dict[str, Any] = dict(new)
    told = {name: value for name, value in counts.items() if value is not None}
    if isinstance(old, dict):
        return cast("dict[str, Any]", old) | told
    return old.model_copy(update=told)
