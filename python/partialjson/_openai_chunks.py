"""OpenAI's chunks and events; also Mistral's, LiteLLM's, and of all who imitate them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from partialjson._endings import ErrorEvent
from partialjson._reading import fields, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from partialjson._reading import Reading

CallPart: TypeAlias = "tuple[int | str | None, str | None, str | None, Any]"
"""Of a tool call: which it is, None being the one before; its id, its name, arguments."""


def read_chat(reading: Reading, chunk: Any) -> None:
    """Read a chunk of a chat completion, or a whole one. Of several answers, the first is read."""
    if not reading.response_id:
        # Azure's first chunk, which tells of its filters, has an empty one.
        reading.response_id = chunk.id or None
    # Some have no usage, and Mistral's placeholder for what was not sent is false.
    usage = getattr(chunk, "usage", None)
    if usage:
        reading.usage = plain(usage)
    for choice in _choices_of(chunk):
        if choice.finish_reason:
            reading.finish_reason = choice.finish_reason
            _refuse_error(choice)
        message = _message_of(choice)
        if message is None:
            continue
        refusal = getattr(message, "refusal", None)
        if refusal:
            reading.add_refusal(refusal)
        for part in _call_parts(message):
            reading.add_call(*part)
        content = message.content
        if not content:
            continue
        if isinstance(content, str):
            reading.add_text(content)
            continue
        # Mistral's, where the language model thinks aloud in between.
        for piece in map(fields, content):
            if piece.type == "text":
                reading.add_text(piece.text)
    if not reading.added:
        # Groq's facts.
        _refuse_error(fields(getattr(chunk, "x_groq", None)))


def _refuse_error(told: Any) -> None:
    """Raise the error that a service tells of elsewhere than at the top of a chunk."""
    if getattr(told, "error", None):
        raise error_event(told)


def read_completion(reading: Reading, chunk: Any) -> None:
    """Read a chunk of a text completion, or a whole one: one of chat, with text for a message."""
    read_chat(reading, chunk)
    for choice in _choices_of(chunk):
        reading.add_text(choice.text)


def read_chat_event(reading: Reading, event: Any) -> None:
    """Read an event of ``chat.completions.stream``: all but the chunks repeats what these bring."""
    if event.type == "chunk":
        read_chat(reading, event.chunk)


# A generator takes longer to begin than all that these two do.


def _choices_of(chunk: Any) -> Sequence[Any]:
    """What a chunk has of the first answer: nothing where it tells of usage alone."""
    choices: Sequence[Any] = getattr(chunk, "choices", None) or ()
    if len(choices) == 1 and not choices[0].index:
        return choices
    return [choice for choice in choices if not choice.index]


def _message_of(choice: Any) -> Any:
    """The message of a choice, or what it adds to one; None in Azure's notes on its filters."""
    return getattr(choice, "delta", None) or getattr(choice, "message", None)


def _call_parts(message: Any) -> list[CallPart]:
    """The parts of tool calls in a message."""
    parts: list[CallPart] = []
    calls = getattr(message, "tool_calls", None)
    for i, call in enumerate(calls or ()):
        # The calls of a whole message are not numbered, and some services that imitate OpenAI send
        # null, and an id with the first part alone.
        id_, index = call.id, getattr(call, "index", i)
        key = (id_ or None) if index is None else index
        function = getattr(call, "function", None)
        if function is not None:
            parts.append((key, id_, function.name, function.arguments))
            continue
        # Of a tool that takes any text. That is read, too, and refused where it is no JSON.
        custom = fields(getattr(call, "custom", None))
        if custom is not None:
            parts.append((key, id_, getattr(custom, "name", None), getattr(custom, "input", None)))
        else:
            parts.append((key, id_, None, None))
    # What there was before there were tools.
    function = None if calls else getattr(message, "function_call", None)
    if function is not None:
        parts.append((None, None, function.name, function.arguments))
    return parts


# The items of a response that are calls of tools; the custom ones take any text.
_CALLS = ("function_call", "custom_tool_call")
_CALL_DELTAS = ("response.function_call_arguments.delta", "response.custom_tool_call_input.delta")


def read_response(reading: Reading, event: Any) -> None:
    """Read an event of the Responses API."""
    kind = event.type
    if kind == "response.output_text.delta":
        if reading.kinds.get(event.output_index) != "commentary":
            reading.add_text(event.delta)
    elif kind in _CALL_DELTAS:
        reading.add_call(event.output_index, None, None, event.delta)
    elif kind == "response.refusal.delta":
        reading.add_refusal(event.delta)
    elif kind == "response.output_item.added":
        _begin_item(reading, event.output_index, event.item)
    elif kind in ("response.created", "response.completed", "response.incomplete"):
        _read_facts(reading, event.response)
    elif kind == "response.failed":
        _read_facts(reading, event.response)
        raise error_event(event.response)


def read_whole_response(reading: Reading, response: Any) -> None:
    """Read a response that was not streamed."""
    _read_facts(reading, response)
    # One that is still queued will not go on here.
    reading.finish_reason = reading.finish_reason or response.status
    if response.status == "failed":
        raise error_event(response)
    # An item or part that LiteLLM does not know is a dict, and so is the message with that part.
    for index, item in enumerate(map(fields, response.output)):
        _begin_item(reading, index, item)
        if item.type == "message" and reading.kinds.get(index) != "commentary":
            for part in map(fields, item.content):
                if part.type == "refusal":
                    reading.add_refusal(part.refusal)
                else:
                    reading.add_text(part.text)


def _begin_item(reading: Reading, index: int, item: Any) -> None:
    if item is None:
        # An older SDK knows no item of the newest kinds.
        return
    if item.type in _CALLS:
        arguments = item.arguments if item.type == "function_call" else item.input
        reading.add_call(index, item.call_id, item.name, arguments)
    elif item.type == "message" and getattr(item, "phase", None) not in (None, "final_answer"):
        reading.kinds[index] = "commentary"


def _read_facts(reading: Reading, response: Any) -> None:
    reading.response_id = response.id
    if response.usage is not None:
        reading.usage = plain(response.usage)
    if response.status == "incomplete":
        details = response.incomplete_details
        reading.finish_reason = (details and details.reason) or response.status
    elif response.status in ("completed", "failed", "cancelled"):
        reading.finish_reason = response.status


def error_event(chunk: Any) -> ErrorEvent:
    """The error that `chunk` tells of: in its ``error``, or as itself."""
    # A dict where an SDK does not know it: what OpenRouter tells of a choice, and LiteLLM's.
    told = fields(getattr(chunk, "error", None) or chunk)
    if isinstance(told, str):
        return ErrorEvent(told, told)
    message = getattr(told, "message", None) or getattr(told, "type", None)
    return ErrorEvent(str(message or "no reason given"), plain(told))
