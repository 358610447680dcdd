"""How streams end: the kinds of `StreamError`, and the words of services that lead to them."""

from __future__ import annotations

import asyncio
import copy
import http.client
import pickle
from collections.abc import Iterable, Iterator
from typing import Any

import anthropic
import httpx2
import openai
import pytest
import requests
import urllib3.exceptions
from google.genai import _interactions_errors as google_interactions
from google.genai import errors as google_errors
from openai.types.chat import ChatCompletion
from pydantic import BaseModel

import partialjson
from partialjson import (
    ContentFilterError,
    DisconnectedError,
    IncompleteJSONError,
    ParseError,
    RefusalError,
    ServiceError,
    StreamError,
    TruncatedError,
)
from partialjson._reading import Reading


class User(BaseModel):
    name: str


def raising(chunks: Iterable[Any]) -> Iterator[Any]:
    """The chunks; what of them is an error is raised."""
    for each in chunks:
        if isinstance(each, Exception):
            raise each
        yield each


def ended(*chunks: Any, error: Exception | None = None) -> Any:
    """What a stream of chunks raises."""
    source = raising(chunks if error is None else [*chunks, error])
    try:
        list(partialjson.stream(source, User))
    except Exception as raised:
        return raised
    pytest.fail("nothing was raised")


def chunk(content: str | None, finish_reason: str | None = None, **delta: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": {"content": content} | delta, "finish_reason": finish_reason}
    return {"id": "1", "choices": [choice]}


def test_the_tree() -> None:
    assert StreamError.__mro__[1:3] == (IncompleteJSONError, ParseError)
    kinds = {TruncatedError, RefusalError, ContentFilterError, ServiceError, DisconnectedError}
    assert set(StreamError.__subclasses__()) == kinds
    assert {kind.__module__ for kind in kinds} == {"partialjson"}


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("length", TruncatedError),
        ("model_length", TruncatedError),
        ("max_tokens", TruncatedError),
        ("MAX_TOKENS", TruncatedError),
        ("CONTINUATION", TruncatedError),
        ("max_output_tokens", TruncatedError),
        ("model_context_window_exceeded", TruncatedError),
        ("content_filter", ContentFilterError),
        ("SAFETY", ContentFilterError),
        ("RECITATION", ContentFilterError),
        ("PROHIBITED_CONTENT", ContentFilterError),
        ("ESCALATION", ContentFilterError),
        ("MODEL_ARMOR", ContentFilterError),
        ("JAILBREAK", ContentFilterError),
        ("refusal", RefusalError),
        ("error", ServiceError),
    ],
)
def test_reasons(reason: str, kind: type[StreamError]) -> None:
    error = ended(chunk('{"name":"Ja'), chunk(None, reason))
    assert type(error) is kind
    assert reason in str(error)
    assert error.value.name == "Ja"
    assert (error.pos, error.lineno, error.colno) == (11, 1, 12)
    assert error.path == error.open_path == ("name",)


@pytest.mark.parametrize("reason", ["stop", "tool_calls", "end_turn", "STOP", "completed", "new"])
def test_other_reasons_are_no_error(reason: str) -> None:
    stream = partialjson.stream([chunk('{"name":"Ja"}'), chunk(None, reason)], User)
    assert list(stream)[-1] == stream.final == User(name="Ja")
    assert stream.finish_reason == reason


@pytest.mark.parametrize("reason", ["pause_turn", "MALFORMED_FUNCTION_CALL", "stop"])
def test_what_is_incomplete_tells_why_the_language_model_stopped(reason: str) -> None:
    error = ended(chunk('{"name":"Ja'), chunk(None, reason))
    assert type(error) is IncompleteJSONError
    assert f"({reason})" in str(error)
    assert (error.value.name, error.pos, error.open_path) == ("Ja", 11, ("name",))
    with pytest.raises(IncompleteJSONError, match=r"^the document is incomplete: line 1"):
        list(partialjson.stream([chunk('{"name":"Ja')], User))


def test_a_long_refusal_costs_no_more_for_each_piece() -> None:
    """It would take minutes if each piece copied all that came before."""
    reading = Reading()
    for _ in range(400_000):
        reading.add_refusal("I cannot do it")
    assert reading.refusal == "I cannot do it" * 400_000


def test_a_refusal_in_words() -> None:
    error = ended(chunk(None, refusal="No, "), chunk(None, refusal="never."), chunk(None, "stop"))
    assert type(error) is RefusalError
    assert error.refusal == "No, never."
    assert error.value is partialjson.MISSING
    assert error.open_path is None


def stand_in(module: str, name: str) -> Exception:
    """An error of an SDK that is not installed here: it is known by its name."""
    error: Exception = type(name, (Exception,), {"__module__": module})("told")
    return error


def in_litellm(error: BaseException) -> Exception:
    """What LiteLLM raises in place of it, while a stream is under way."""
    raised = stand_in("litellm.exceptions", "MidStreamFallbackError")
    raised.__context__ = error
    return raised


@pytest.mark.parametrize(
    "raised",
    [
        stand_in("groq._exceptions", "APIError"),
        in_litellm(stand_in("openai", "APIError")),
        in_litellm(StopIteration()),
    ],
    ids=repr,
)
def test_errors_that_a_service_has_told(raised: Exception) -> None:
    assert type(ended('{"name":"Ja', error=raised)) is ServiceError


@pytest.mark.parametrize(
    "lost",
    [
        ConnectionResetError("by peer"),
        TimeoutError("too late"),
        asyncio.TimeoutError("too late"),
        BrokenPipeError(),
        http.client.IncompleteRead(b"{"),
        asyncio.IncompleteReadError(b"{", 2),
        httpx2.RemoteProtocolError("peer closed the connection"),
        urllib3.exceptions.ProtocolError("Connection broken"),
        urllib3.exceptions.TimeoutError("Read timed out."),
        requests.ReadTimeout("Read timed out."),
        google_interactions.APITimeoutError(request=httpx2.Request("POST", "http://localhost")),
        stand_in("groq._exceptions", "APIConnectionError"),
        in_litellm(httpx2.ReadTimeout("The read operation timed out")),
    ],
    ids=repr,
)
def test_lost_connections(lost: Exception) -> None:
    error = ended('{"name":"Ja', error=lost)
    assert type(error) is DisconnectedError
    assert error.__cause__ is lost
    assert error.value.name == "Ja"


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (
            openai.LengthFinishReasonError(completion=ChatCompletion.model_construct(usage=None)),
            TruncatedError,
        ),
        (openai.ContentFilterFinishReasonError(), ContentFilterError),
    ],
)
def test_reasons_that_the_helper_of_openai_raises(
    raised: Exception, kind: type[StreamError]
) -> None:
    """It does so, where it parses, instead of giving the chunk that tells the reason."""
    error = ended('{"name":"Ja', error=raised)
    assert type(error) is kind
    assert error.__cause__ is raised
    assert error.value.name == "Ja"


@pytest.mark.parametrize("told", [{"error": {"code": 429, "message": "Quota"}}, "Quota"])
def test_what_google_tells_of_its_errors(told: Any) -> None:
    error = ended('{"name":"Ja', error=google_errors.ClientError(429, told))
    assert type(error) is ServiceError
    assert error.body == told
    assert "Quota" in str(error)


def test_what_anthropic_tells_of_its_errors() -> None:
    """Its own message is all of the JSON, as Python shows it."""
    told = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    response = httpx2.Response(529, request=httpx2.Request("POST", "http://test"))
    error = ended(
        '{"name":"Ja', error=anthropic.APIStatusError(str(told), response=response, body=told)
    )
    assert type(error) is ServiceError
    assert error.body == told
    assert error.msg == "the service failed: Overloaded"


@pytest.mark.parametrize("told", [{"error": {"message": {"code": 5}}}, {"error": "told"}, ["x"]])
def test_what_is_no_message_is_not_taken_for_one(told: Any) -> None:
    request = httpx2.Request("POST", "http://test")
    error = ended('{"name":"Ja', error=openai.APIError("told", request, body=told))
    assert (error.msg, error.body) == ("the service failed: told", told)


def test_an_error_among_the_chunks() -> None:
    told = {"message": "overloaded", "type": "server_error"}
    error = ended(chunk('{"name":"Ja'), {"error": told})
    assert type(error) is ServiceError
    assert error.body == told
    assert "overloaded" in str(error)
    assert error.value.name == "Ja"


def test_where_the_document_had_ended_the_place_is_its_end() -> None:
    error = ended('{"name":\n"Jörg"}', error=ConnectionResetError())
    assert (error.pos, error.lineno, error.colno) == (17, 2, 8)
    assert error.value == User(name="Jörg")
    assert (error.path, error.open_path) == ((), None)


@pytest.mark.parametrize("end", [ConnectionResetError(), chunk(None, "length")])
def test_a_bare_number_that_was_perhaps_cut_off_does_not_show(end: Any) -> None:
    """Of 8.75 it could be the beginning; only an end that is none of these completes it."""
    for text, shown in ("8.7", partialjson.MISSING), ("8.7 ", 8.7):
        stream = partialjson.stream(raising([chunk(text), end]), float)
        with pytest.raises(StreamError) as raised:
            list(stream)
        assert raised.value.value == stream.value == shown
        assert raised.value.open_path == stream.open_path == (() if text == "8.7" else None)
    assert [*partialjson.stream([chunk("8.7"), chunk(None, "stop")], float)] == [8.7]


def test_what_was_malformed_stays_malformed() -> None:
    error = ended(chunk('{"name":x'), chunk(None, "length"))
    assert type(error) is partialjson.JSONSyntaxError


@pytest.mark.parametrize(
    "error",
    [
        TruncatedError("cut", 3, 1, 4, ("a",), {"a": ""}, ("a",)),
        RefusalError("no", 0, 1, 1, (), None, None, "never"),
        ServiceError("failed", 3, 2, 1, (), {}, (), {"code": 1}),
        DisconnectedError("lost"),
    ],
)
def test_errors_can_be_sent_elsewhere(error: StreamError) -> None:
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(other) is type(error)
        assert str(other) == str(error)
        assert vars(other) == vars(error)
