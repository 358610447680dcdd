"""Why a stream ended, in the words of each service, as one of our exceptions."""

# ruff: noqa: ANN401 - values and errors of any kind pass through here

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

    Place: TypeAlias = Callable[[], IncompleteJSONError]

__all__ = ["ErrorEvent", "ending", "ending_of_error", "stopped"]

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
_LOST = {
    "openai.APIConnectionError",
    "anthropic.APIConnectionError",
    "httpx.TransportError",
    "httpx2.TransportError",
    "aiohttp.ClientConnectionError",
    "aiohttp.ClientPayloadError",
    "requests.ConnectionError",
    "requests.ChunkedEncodingError",
    "urllib3.ProtocolError",
    "urllib3.TimeoutError",
    "http.IncompleteRead",
    "asyncio.IncompleteReadError",
    # Another than Python's own before 3.11.
    "asyncio.TimeoutError",
}
_FAILED = {
    "openai.APIError",
    "anthropic.APIError",
    "google.APIError",
    "mistralai.MistralError",
}


class ErrorEvent(Exception):
    """A chunk that is an error of the service, found by who reads chunks; users never see it."""

    def __init__(self, message: str, body: Any = None) -> None:
        super().__init__(message)
        self.message = message
        self.body = body


def ending(
    reason: str | None, refusal: str | None, is_blocked: bool, place: Place
) -> StreamError | None:
    """The error of a stream that gave `reason` and `refusal`; None if all is well."""
    if refusal:
        return _located(RefusalError, f"{_WORDS[RefusalError]}: {refusal}", place, refusal)
    kind = _REASONS.get(reason.lower()) if reason is not None else None
    if is_blocked:
        kind = ContentFilterError
    if kind is None:
        return None
    return _located(kind, f"{_WORDS[kind]} ({reason})", place)


def stopped(reason: str, place: Place) -> IncompleteJSONError:
    """The error of a document that is not whole, where all else is well."""
    message = f"the language model stopped before the end of the document ({reason})"
    return _located(IncompleteJSONError, message, place)


def ending_of_error(error: Exception, place: Place) -> StreamError | None:
    """The error of a stream whose source raised `error`; None for one that is just passed on."""
    names = {f"{each.__module__.partition('.')[0]}.{each.__name__}" for each in type(error).__mro__}
    if isinstance(error, ConnectionError | TimeoutError) or not names.isdisjoint(_LOST):
        return _located(DisconnectedError, _WORDS[DisconnectedError], place)
    if isinstance(error, ErrorEvent) or not names.isdisjoint(_FAILED):
        message = f"{_WORDS[ServiceError]}: {getattr(error, 'message', error)}"
        return _located(ServiceError, message, place, getattr(error, "body", None))
    return None


def _located(kind: type[E], message: str, place: Place, *more: Any) -> E:
    at = place()
    return kind(message, at.pos, at.lineno, at.colno, at.path, at.value, at.open_path, *more)
