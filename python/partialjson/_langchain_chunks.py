"""LangChain's messages and their chunks."""

# ruff: noqa: ANN401 - chunks are known by their shape alone

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from partialjson._reading import Reading

__all__ = ["read_langchain"]


def read_langchain(reading: Reading, message: Any) -> None:
    """Read an ``AIMessageChunk``, or an ``AIMessage``."""
    if reading.response_id is None:
        reading.response_id = message.id
    # Each tells what is new, as LangChain adds chunks up.
    reading.usage = _sum(reading.usage, message.usage_metadata)
    facts = message.response_metadata
    reason = facts.get("finish_reason") or facts.get("stop_reason") or facts.get("done_reason")
    if reason:
        reading.finish_reason = reason
    reading.add_refusal(message.additional_kwargs.get("refusal"))
    chunks = getattr(message, "tool_call_chunks", None)
    if chunks is None:
        # Those whose arguments were no JSON are kept apart, as text.
        for index, call in enumerate([*message.tool_calls, *(message.invalid_tool_calls or ())]):
            reading.add_call(index, call["id"], call["name"], call["args"])
    else:
        for call in chunks:
            key = call["id"] if call["index"] is None else call["index"]
            reading.add_call(key, call["id"], call["name"], call["args"])
    reading.add_text(_text(message.content))


def _text(content: str | list[Any]) -> str:
    if isinstance(content, str):
        return content
    blocks = (each for each in content if isinstance(each, str) or each.get("type") == "text")
    return "".join(each if isinstance(each, str) else each["text"] for each in blocks)


def _sum(old: Any, new: Any) -> Any:
    """Counts of tokens, also nested, added up."""
    if not old or not new:
        return old or new
    if type(new) in (int, float):
        return old + new
    return {name: _sum(old.get(name), new.get(name)) for name in [*old, *new]}
