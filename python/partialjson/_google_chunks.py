"""The chunks of google-genai."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from partialjson._reading import plain

if TYPE_CHECKING:
    from partialjson._reading import Reading


def read_content(reading: Reading, chunk: Any) -> None:
    """Read a chunk: text, but no thoughts, or a function call. Of several answers, the first.

    Raises ValueError for a function call that comes as changes of its arguments and not as text.
    """
    # Older versions of the SDK lack what is looked for in this way.
    response_id = getattr(chunk, "response_id", None)
    if response_id is not None:
        reading.response_id = response_id
    if chunk.usage_metadata is not None:
        reading.usage = plain(chunk.usage_metadata)
    blocked = chunk.prompt_feedback and chunk.prompt_feedback.block_reason
    if blocked:
        reading.finish_reason = _word(blocked)
        reading.is_blocked = True
    for candidate in chunk.candidates or ():
        if candidate.index:
            continue
        if candidate.finish_reason is not None:
            reading.finish_reason = _word(candidate.finish_reason)
        for part in (candidate.content and candidate.content.parts) or ():
            call = part.function_call
            if call is not None:
                if _comes_in_changes(call):
                    raise ValueError(
                        "streamed function-call arguments are not supported: request whole calls"
                    )
                # Two parts are two calls, whether or not they have an id. Of no arguments nothing
                # is said.
                id_ = getattr(call, "id", None)
                reading.add_call(object(), id_, call.name, call.args or {})
            elif not getattr(part, "thought", None):
                reading.add_text(part.text)


def _comes_in_changes(call: Any) -> bool:
    # The first part has but the name, as has a whole call without arguments: more is to follow it.
    follows = getattr(call, "will_continue", None)
    return bool(follows) or getattr(call, "partial_args", None) is not None


def _word(reason: Any) -> str:
    return str(getattr(reason, "value", reason))
