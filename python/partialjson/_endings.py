"""Why a stream ended, in the words of each service, as one of our exceptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from partialjson._errors import (
    ContentFilterError,
    DisconnectedError,
    IncompleteJSONError,
    RefusalError,
    ServiceError,
    StreamError,
    TruncatedError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from partialjson._reading import Reading

    Place: TypeAlias = Callable[[], IncompleteJSONError]

T = TypeVar("T")
E = TypeVar("E", bound=IncompleteJSONError)

# What services give as the reason for which a language model stopped, in lower case.
_REASONS: dict[str, type[StreamError]] = {
    # OpenAI chat completions, and all that imitate them; Mistral
    "length": TruncatedError,
    "model_length": TruncatedError,
    "content_filter": ContentFilterError,
    # OpenAI responses; Google, in capitals
    "max_output_tokens": TruncatedError,
    "max_messages": TruncatedError,
    "incomplete": TruncatedError,
    "max_tokens": TruncatedError,
    "continuation": TruncatedError,
    "safety": ContentFilterError,
    "recitation": ContentFilterError,
    "blocklist": ContentFilterError,
    "prohibited_content": ContentFilterError,
    "spii": ContentFilterError,
    "image_safety": ContentFilterError,
    "escalation": ContentFilterError,
    "model_armor": ContentFilterError,
    "jailbreak": ContentFilterError,
    # Bedrock
    "content_filtered": ContentFilterError,
    "guardrail_intervened": ContentFilterError,
    # Anthropic
    "model_context_window_exceeded": TruncatedError,
    "refusal": RefusalError,
    "error": ServiceError,
}
_WORDS: dict[type[StreamError], str] = {
    TruncatedError: "the answer was cut off at the limit of tokens",
    RefusalError: "the language model refused to answer",
    ContentFilterError: "a content filter cut the answer off",
    ServiceError: "the service failed",
    DisconnectedError: "the connection was lost",
}
# What SDKs and their HTTP clients raise, by the names of their classes: none is imported for it.
# The first in the order of inheritance counts.
_ERRORS: dict[str, type[StreamError]] = {
    "openai.APIConnectionError": DisconnectedError,
    "anthropic.APIConnectionError": DisconnectedError,
    "google.APIConnectionError": DisconnectedError,
    "groq.APIConnectionError": DisconnectedError,
    "httpx.TransportError": DisconnectedError,
    "httpx2.TransportError": DisconnectedError,
    "aiohttp.ClientConnectionError": DisconnectedError,
    "aiohttp.ClientPayloadError": DisconnectedError,
    "requests.ConnectionError": DisconnectedError,
    "requests.Timeout": DisconnectedError,
    "requests.ChunkedEncodingError": DisconnectedError,
    "urllib3.ProtocolError": DisconnectedError,
    "urllib3.TimeoutError": DisconnectedError,
    "http.IncompleteRead": DisconnectedError,
    "asyncio.IncompleteReadError": DisconnectedError,
    # Another than Python's own before 3.11.
    "asyncio.TimeoutError": DisconnectedError,
    "openai.APIError": ServiceError,
    "anthropic.APIError": ServiceError,
    "google.APIError": ServiceError,
    "groq.APIError": ServiceError,
    "mistralai.MistralError": ServiceError,
    # Of the helper that parses chat completions, in place of the chunk that has the reason.
    "openai.LengthFinishReasonError": TruncatedError,
    "openai.ContentFilterFinishReasonError": ContentFilterError,
}


class ErrorEvent(Exception):
    """A chunk that is an error of the service, found by who reads chunks; users never see it."""

    def __init__(self, message: str, body: Any = None) -> None:
        super().__init__(message)
        self.message = message
        self.body = body


def finished(reading: Reading, finish: Callable[[], T], place: Place) -> T:
    """What `finish` gives of a stream, now that its source has ended, as `reading` tells.

    Raises where it did so too early, or where the service has disowned the answer.
    """
    error = _disowned(reading, place)
    if error is not None:
        raise error
    try:
        return finish()
    except IncompleteJSONError:
        if reading.finish_reason is None:
            raise
        raise _stopped(reading, reading.finish_reason, place) from None


def _disowned(reading: Reading, place: Place) -> StreamError | None:
    """The error of an answer that is none, whether or not it is whole; None if all is well."""
    reason, refusal = reading.finish_reason, reading.refusal
    if refusal:
        return _located(RefusalError, f"{_WORDS[RefusalError]}: {refusal}", place, refusal)
    kind = _REASONS.get(reason.lower()) if reason is not None else None
    if reading.is_blocked:
        kind = ContentFilterError
    if kind is None:
        return None
    return _located(kind, f"{_WORDS[kind]} ({reason})", place)


def _stopped(reading: Reading, reason: str, place: Place) -> IncompleteJSONError:
    """The error of a document that is not whole, where all else is well."""
    # How the answer begins, where it is text in place of a tool call.
    said = "" if reading.call_id or reading.call_name else reading.aside
    message = f"the language model stopped before the end of the document ({reason})"
    if said:
        message = f"the language model made no tool call ({reason}), but said {said!r}"
    return _located(IncompleteJSONError, message, place)


def ending_of_error(error: Exception, place: Place) -> StreamError | None:
    """The error of a stream whose source raised `error`; None for one that is just passed on."""
    kind = _kind_of(error)
    if kind is None:
        return None
    if kind is not ServiceError:
        return _located(kind, _WORDS[kind], place)
    # Google's has what was told in its details.
    body = getattr(error, "body", None) or getattr(error, "details", None)
    message = _message_in(body) or getattr(error, "message", None) or error
    return _located(kind, f"{_WORDS[kind]}: {message}", place, body)


def interrupted(place: Place) -> IncompleteJSONError:
    """The error of a stream whose source was closed because a wait for its chunk was cancelled."""
    message = "the stream was closed when a wait for its next item was cancelled or interrupted"
    return _located(IncompleteJSONError, message, place)


def _message_in(body: Any) -> str | None:
    """What the JSON of an error says; Anthropic's own error has all of that JSON for a message."""
    try:
        message = body["error"]["message"]
    except (TypeError, LookupError):
        return None
    return message if isinstance(message, str) else None


def _kind_of(error: Exception) -> type[StreamError] | None:
    if isinstance(error, ErrorEvent):
        return ServiceError
    if isinstance(error, ConnectionError | TimeoutError):
        return DisconnectedError
    classes = type(error).__mro__
    names = [f"{each.__module__.partition('.')[0]}.{each.__name__}" for each in classes]
    if names[0] == "litellm.MidStreamFallbackError" and isinstance(error.__context__, Exception):
        # Which is in place of whatever has ended a stream there.
        return _kind_of(error.__context__) or ServiceError
    return next((_ERRORS[name] for name in names if name in _ERRORS), None)


def _located(kind: type[E], message: str, place: Place, *more: Any) -> E:
    at = place()
    return kind(message, at.pos, at.lineno, at.colno, at.path, at.value, at.open_path, *more)
