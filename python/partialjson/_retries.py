"""Asking again where an answer was refused: the next request, with what was wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


# Characters of faults that the language model is told. There may be one for every second byte of
# its answer, and all of them together many times what it can read.
_TOLD = 10_000


class Answer(NamedTuple):
    """One document of an answer, as the language model gave it."""

    call_id: str | None
    """The id of the tool call whose arguments it is; None for message text."""
    name: str | None
    """The name of the tool."""
    text: str
    error: Exception | None
    """Why it was refused, if it was."""
    is_whole: bool
    """Whether it has come to its end."""


class Retries:
    """The request that was sent, how often it may be sent again, and how to say what was wrong."""

    def __init__(
        self,
        request: dict[str, Any],
        maximum: int,
        follow_up: Callable[[dict[str, Any], Sequence[Answer]], dict[str, Any]],
    ) -> None:
        self._request = request
        self.maximum = maximum
        self._follow_up = follow_up

    def request_after(self, answers: Sequence[Answer]) -> dict[str, Any]:
        """The request that shows the language model its own answers and their faults."""
        self._request = self._follow_up(self._request, answers)
        return self._request


def chat_follow_up(request: dict[str, Any], answers: Sequence[Answer]) -> dict[str, Any]:
    """The next request to OpenAI's chat completions."""
    calls = [each for each in answers if each.call_id is not None]
    if not calls:
        more = _conversation(answers)
    else:
        said = [
            {
                "id": each.call_id,
                "type": "function",
                "function": {"name": each.name, "arguments": each.text},
            }
            for each in calls
        ]
        more = [{"role": "assistant", "content": None, "tool_calls": said}]
        more += [
            {"role": "tool", "tool_call_id": each.call_id, "content": _complaint(each)}
            for each in calls
        ]
    return {**request, "messages": [*request["messages"], *more]}


def responses_follow_up(request: dict[str, Any], answers: Sequence[Answer]) -> dict[str, Any]:
    """The next request to OpenAI's responses."""
    before = input_items(request)
    calls = [each for each in answers if each.call_id is not None]
    if not calls:
        return {**request, "input": before + _conversation(answers)}
    more = [
        {
            "type": "function_call",
            "call_id": each.call_id,
            "name": each.name,
            "arguments": each.text,
        }
        for each in calls
    ]
    more += [
        {"type": "function_call_output", "call_id": each.call_id, "output": _complaint(each)}
        for each in calls
    ]
    return {**request, "input": before + more}


def input_items(request: dict[str, Any]) -> list[Any]:
    """The ``input`` of a request to OpenAI's responses, as a list."""
    given: Any = request.get("input") or []
    return [{"role": "user", "content": given}] if isinstance(given, str) else [*given]


def _conversation(answers: Sequence[Answer]) -> list[dict[str, Any]]:
    return [
        message
        for each in answers
        for message in (
            {"role": "assistant", "content": each.text},
            {"role": "user", "content": _complaint(each)},
        )
    ]


def _complaint(answer: Answer) -> str:
    if answer.error is None and answer.is_whole:
        return "This call is right. Make it again, as it is, together with the others."
    if answer.error is None:
        return "This call was interrupted. Make it again, whole, together with the others."
    return (
        f"This does not fit the schema:\n{_faults(answer.error)}\nGive all of it again, corrected."
    )


def _faults(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return f"- {error}"
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    lines: list[str] = []
    left = _TOLD
    for fault in faults:
        line = f"- {'.'.join(map(str, fault['loc'])) or 'all of it'}: {fault['msg']}"
        left -= len(line)
        if lines and left < 0:
            lines.append(f"- and {len(faults) - len(lines)} more")
            break
        lines.append(line)
    return "\n".join(lines)
