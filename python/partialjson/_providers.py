"""SDK chunks to text: what of a chunk is JSON, told by its shape, with no SDK imported."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from partialjson._anthropic_events import MESSAGE_EVENTS, read_message, read_message_event
from partialjson._google_chunks import read_content
from partialjson._langchain_chunks import read_langchain
from partialjson._openai_chunks import (
    error_event,
    read_chat,
    read_chat_event,
    read_completion,
    read_response,
    read_whole_response,
)
from partialjson._reading import CamelFields, Fields, Reading, fields

if TYPE_CHECKING:
    from collections.abc import Callable

    from partialjson._reading import Part
    from partialjson._types import Chunk

    Read: TypeAlias = Callable[["ChunkReader", Any], None]

_TEXTS = (str, bytes, bytearray, memoryview)
# Services add new events to these streams, and ask clients to pass over those they do not know.
_EXTENSIBLE = (read_response, read_chat_event, read_message_event)
# What OpenAI's chunks are, even those with usage alone, which may have no choices.
_COMPLETIONS = ("chat.completion.chunk", "chat.completion")
# What Google's chunks have, and as JSON.
_CONTENT_NAMES = ("candidates", "prompt_feedback", "usage_metadata")
_CONTENT_KEYS = {*_CONTENT_NAMES, "promptFeedback", "usageMetadata"}


class ChunkReader(Reading):
    """Reads the chunks of one stream, of any service that is known.

    They are `str` and bytes; OpenAI's completion chunks and response events, also Mistral's and
    LiteLLM's; Anthropic's message stream events; google-genai's chunks; LangChain's messages;
    and any of these as the dict that their JSON is, or as a server-sent event with it. Whole
    answers are read as well. With `text_of`, whatever that gives text for.
    """

    def __init__(
        self, part: Part | None = None, *, text_of: Callable[[Any], Chunk | None] | None = None
    ) -> None:
        super().__init__(part)
        if text_of is not None and not callable(text_of):
            raise TypeError(f"text_of must be callable, not {text_of!r}")
        self._text_of = text_of
        # All chunks of a class have one shape, which is recognized only once.
        self._known: dict[type, Read] = {}
        self._last: Read | None = None
        """What reads chunks of the shape that was recognized last."""

    # Not `__call__`: CPython calls methods by a shorter way.
    def read(self, chunk: Any) -> Chunk:
        """The text that `chunk` adds, often none.

        Raises TypeError for a chunk of unknown shape, ValueError for a second tool call, since one
        stream is one document, and ErrorEvent for a chunk that is an error of the service.
        """
        read = self._known.get(chunk.__class__)
        if read is None:
            if self._text_of is not None:
                return self._text_of(chunk) or ""
            if isinstance(chunk, _TEXTS):
                return cast("Chunk", chunk)
            read = ChunkReader.take
        self.added = ""
        read(self, chunk)
        return self.added

    @property
    def knows_service(self) -> bool:
        """Whether a chunk was of a service that is known, and not just text."""
        return self._last is not None

    def take(self, chunk: Any) -> None:
        """Read `chunk`, which is not text; what it adds is in ``added``."""
        class_ = chunk.__class__
        read = self._known.get(class_)
        if read is None:
            chunk = fields(chunk)
            read = self._recognize(chunk)
            # Dicts have any shape, and are recognized each time.
            if not isinstance(chunk, Fields):
                self._known[class_] = read
        read(self, chunk)

    def _recognize(self, chunk: Any) -> Read:
        read = _reader_of(chunk)
        if read is None and self._last in _EXTENSIBLE and isinstance(_get(chunk, "type"), str):
            read = self._last
        if read is None:
            raise TypeError(
                f"a chunk of {_described(chunk)} is not known: str, bytes and the chunks of OpenAI,"
                " Anthropic, google-genai, Mistral, LiteLLM and LangChain are; text_of= reads more"
            )
        self._last = read
        return read


def _reader_of(chunk: Any) -> Read | None:
    """What reads chunks of this shape, if something does."""
    kind, object_ = _get(chunk, "type"), _get(chunk, "object")
    if isinstance(kind, str):
        if kind.startswith("response."):
            return read_response
        if kind in MESSAGE_EVENTS:
            return read_message_event
        if kind == "chunk" and _get(chunk, "chunk") is not None:
            return read_chat_event
        if kind == "message" and _get(chunk, "content") is not None:
            return read_message
        if kind in ("ai", "AIMessageChunk") and _get(chunk, "response_metadata") is not None:
            return read_langchain
    if object_ == "response":
        return read_whole_response
    if "error" in (kind, object_) or _get(chunk, "error") is not None:
        return _refuse
    if object_ == "text_completion":
        return read_completion
    if _get(chunk, "choices") is not None or object_ in _COMPLETIONS:
        return read_chat
    if _get(chunk, "data") is not None:
        return _read_data
    if _get(_get(chunk, "message"), "response_metadata") is not None:
        return _read_generation
    if isinstance(chunk, Fields):
        return None if _CONTENT_KEYS.isdisjoint(chunk.plain) else _read_content_fields
    return read_content if all(hasattr(chunk, name) for name in _CONTENT_NAMES) else None


def _get(chunk: Any, name: str) -> Any:
    return getattr(chunk, name, None)


def _refuse(_: ChunkReader, chunk: Any) -> None:
    raise error_event(chunk)


def _read_data(reader: ChunkReader, event: Any) -> None:
    """Read a server-sent event, whose data is a chunk or its JSON."""
    data = event.data
    if not isinstance(data, str):
        reader.take(data)
    elif data.strip() not in ("", "[DONE]"):
        try:
            chunk = json.loads(data)
        except ValueError as error:
            raise TypeError("the data of a server-sent event is not the JSON of a chunk") from error
        reader.take(chunk)


def _read_content_fields(reader: ChunkReader, chunk: Fields) -> None:
    read_content(reader, CamelFields(chunk.plain))


def _read_generation(reader: ChunkReader, generation: Any) -> None:
    """Read LangChain's ``ChatGenerationChunk``."""
    reader.take(generation.message)


def _described(chunk: Any) -> str:
    if isinstance(chunk, Fields):
        return f"type dict with the keys {[*chunk.plain]}"
    return f"type {type(chunk).__module__}.{type(chunk).__qualname__}"
