"""SDK chunks to text: what of a chunk is JSON, told by its shape, with no SDK imported."""

# ruff: noqa: ANN401 - values and types of any kind pass through here

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from partialjson._types import Chunk

__all__ = ["ChunkReader"]


class ChunkReader:
    """Reads the chunks of one stream: `str`, bytes, or OpenAI's ``ChatCompletionChunk``.

    Of a chat completion it is the message text or the arguments of a tool call that is read,
    whichever comes first, or only what `part` says.
    """

    def __init__(
        self,
        part: Literal["text", "call"] | None = None,
        *,
        text_of: Callable[[Any], Chunk | None] | None = None,
    ) -> None:
        self._part = part
        self._text_of = text_of
        self._call_index: int | str | None = None
        self.finish_reason: str | None = None
        """Why the language model stopped, once it has said so."""
        self.usage: Any = None
        """What the service counted, once it has told."""
        self.response_id: str | None = None
        """What the service calls the answer."""
        self.refusal: str | None = None
        """What the language model has said so far in place of an answer."""
        self.call_id: str | None = None
        self.call_name: str | None = None

    def __call__(self, chunk: Any) -> Chunk:
        """The text that `chunk` adds, often none.

        Raises TypeError for a chunk of unknown shape, ValueError for a second tool call: one
        stream is one document.
        """
        if self._text_of is not None:
            return self._text_of(chunk) or ""
        if isinstance(chunk, str | bytes | bytearray | memoryview):
            return cast("Chunk", chunk)
        choices: list[Any] | None = getattr(chunk, "choices", None)
        if choices is None:
            raise TypeError(
                f"a chunk of type {type(chunk).__module__}.{type(chunk).__qualname__} is not known:"
                " str, bytes and OpenAI chat completion chunks are"
            )
        # The last chunk of a stream, which tells the usage, has no choices. Asked for several
        # answers, the first one is read.
        text = ""
        if self.response_id is None:
            self.response_id = chunk.id
        if chunk.usage is not None:
            self.usage = chunk.usage
        for choice in choices:
            if choice.index == 0:
                text += self._read_choice(choice)
        return text

    def _read_choice(self, choice: Any) -> str:
        if choice.finish_reason is not None:
            self.finish_reason = choice.finish_reason
        delta = choice.delta if hasattr(choice, "delta") else choice.message
        if delta.refusal:
            self.refusal = (self.refusal or "") + delta.refusal
        if self._part is None:
            if delta.tool_calls:
                self._part = "call"
            elif delta.content:
                self._part = "text"
        if self._part == "call":
            return "".join(map(self._read_call, delta.tool_calls or ()))
        return delta.content or "" if self._part == "text" else ""

    def _read_call(self, call: Any) -> str:
        # The calls of a whole message are not numbered.
        index = getattr(call, "index", call.id)
        if self._call_index is None:
            self._call_index, self.call_id = index, call.id
            self.call_name = call.function and call.function.name
        elif index != self._call_index:
            raise ValueError("the language model made several tool calls where one was expected")
        if call.function is None:
            return ""
        return call.function.arguments or ""
