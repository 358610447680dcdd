"""LangChain's messages and their chunks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from partialjson._reading import Fields, FlatFields

if TYPE_CHECKING:
    from partialjson._reading import Reading


def read_langchain(reading: Reading, message: Any) -> None:
    """Read an ``AIMessageChunk``, or an ``AIMessage``; their parts are dicts already."""
    if isinstance(message, Fields):
        message = FlatFields(message.plain)
    if reading.response_id is None:
        reading.response_id = message.id
    # Each tells what is new, as LangChain adds chunks up.
    reading.usage = _sum(reading.usage, message.usage_metadata)
    reading.finish_reason = _reason(message.response_metadata) or reading.finish_reason
    # Dumped without what is None, or by LangChain for JavaScript, much may be missing.
    beside: dict[str, Any] = message.additional_kwargs or {}
    reading.add_refusal(beside.get("refusal"))
    chunks = getattr(message, "tool_call_chunks", None)
    if chunks is None:
        # Those whose arguments were no JSON are kept apart, as text.
        calls = [*(message.tool_calls or ()), *(message.invalid_tool_calls or ())]
        for index, call in enumerate(calls):
            reading.add_call(index, call.get("id"), call.get("name"), call.get("args"))
    else:
        for call in chunks:
            id_, index = call.get("id"), call.get("index")
            key = id_ if index is None else index
            reading.add_call(key, id_, call.get("name"), call.get("args"))
    content: str | list[Any] = message.content
    for block in [content] if isinstance(content, str) else content:
        if isinstance(block, str):
            reading.add_text(block)
        elif block.get("type") == "text":
            if not _is_commentary(reading, block):
                # None, where it brings a citation.
                reading.add_text(block.get("text"))
        elif block.get("type") == "refusal":
            reading.add_refusal(block.get("refusal"))


def _is_commentary(reading: Reading, block: dict[str, Any]) -> bool:
    """Whether it is of a message beside the answer of OpenAI's responses; the first one says so."""
    index, phase = block.get("index"), block.get("phase")
    if phase is None:
        return reading.kinds.get(index) == "commentary"
    kind = "answer" if phase == "final_answer" else "commentary"
    if index is not None:
        reading.kinds[index] = kind
    return kind == "commentary"


def _reason(facts: dict[str, Any]) -> Any:
    """Why the language model stopped: each service's facts are as it has told them."""
    for name in ("finish_reason", "stop_reason", "stopReason", "done_reason"):
        if facts.get(name):
            return facts[name]
    # Of OpenAI's responses.
    details: dict[str, Any] = facts.get("incomplete_details") or {}
    return details.get("reason") or facts.get("status")


def _sum(old: Any, new: Any) -> Any:
    """Counts of tokens, also nested, added up."""
    if old is None or new is None:
        return new if old is None else old
    if type(new) in (int, float):
        return old + new
    return {name: _sum(old.get(name), new.get(name)) for name in [*old, *new]}
