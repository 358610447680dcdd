"""Chunks without an SDK: the JSON that services send, decoded or not, and what is no chunk."""

from __future__ import annotations

import json
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from anthropic.types import Message
from google.genai.types import GenerateContentResponse
from httpx2 import Response
from openai._models import construct_type
from openai.types import Completion
from openai.types.chat import ChatCompletionChunk
from pydantic import BaseModel

import partialjson
from partialjson import Partial
from tests.openai_clients import TEXT, USER, VALUE, User
from tests.openai_protocol import (
    RESPONSE_USAGE,
    USAGE,
    call_deltas,
    call_output,
    chat_answer,
    chat_chunk,
    chat_events,
    chat_whole_answer,
    message_output,
    pieces,
    response_answer,
    response_events,
    response_whole_answer,
    text_deltas,
)
from tests.sdk_protocols import (
    ANTHROPIC_LAST_USAGE,
    ANTHROPIC_USAGE,
    GOOGLE_USAGE,
    MISTRAL_USAGE,
    anthropic_error,
    call_part,
    content_chunk,
    content_events,
    message_events,
    mistral_call,
    mistral_events,
    mistral_text,
    text_block,
    text_parts,
    tool_block,
)


@dataclass
class ServerSentEvent:
    """As libraries for server-sent events give them."""

    data: str
    event: str = "message"
    id: str | None = None


def sent(events: list[bytes]) -> list[ServerSentEvent]:
    """The events in the bytes of a stream."""
    return [
        ServerSentEvent(each.decode().partition("data: ")[2].removesuffix("\n\n"))
        for each in events
    ]


def decoded(events: list[bytes]) -> list[dict[str, Any]]:
    return [json.loads(each.data) for each in sent(events) if each.data != "[DONE]"]


MESSAGE_USAGE = ANTHROPIC_USAGE | ANTHROPIC_LAST_USAGE
STREAMS: dict[str, tuple[list[bytes], str, dict[str, Any]]] = {
    "openai tools": (chat_answer(TEXT, "tools"), "stop", USAGE),
    "openai text": (chat_answer(TEXT, "json_schema"), "stop", USAGE),
    "openai responses tools": (response_answer(TEXT, "tools"), "completed", RESPONSE_USAGE),
    "openai responses text": (response_answer(TEXT, "json_schema"), "completed", RESPONSE_USAGE),
    "anthropic tool": (
        message_events(tool_block(0, "User", TEXT), stop_reason="tool_use"),
        "tool_use",
        MESSAGE_USAGE,
    ),
    "anthropic text": (message_events(text_block(0, TEXT)), "end_turn", MESSAGE_USAGE),
    "google text": (content_events(text_parts(TEXT)), "STOP", GOOGLE_USAGE),
    "google call": (content_events([call_part("User", TEXT)]), "STOP", GOOGLE_USAGE),
    "mistral text": (mistral_events(mistral_text(TEXT)), "stop", MISTRAL_USAGE),
    "mistral call": (
        mistral_events([mistral_call(0, "User", TEXT)], "tool_calls"),
        "tool_calls",
        MISTRAL_USAGE,
    ),
}


@pytest.mark.parametrize("shape", [sent, decoded])
@pytest.mark.parametrize("name", STREAMS)
def test_json_of_events(name: str, shape: Any) -> None:
    events, reason, usage = STREAMS[name]
    stream = partialjson.stream(shape(events), User)
    items = [*stream]
    assert items[-1] == USER
    assert stream.finish_reason == reason
    assert stream.usage == usage
    assert stream.response_id
    if "call" not in name:
        assert len(items) > 10


MESSAGE = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "m",
    "stop_reason": "tool_use",
    "stop_sequence": None,
    "usage": {"input_tokens": 1, "output_tokens": 1},
}
CALL = {"type": "tool_use", "id": "toolu_0", "name": "User", "input": VALUE}
WHOLE: dict[str, Any] = {
    "openai tools": chat_whole_answer(TEXT, "tools"),
    "openai text": chat_whole_answer(TEXT, "json_schema"),
    "openai responses tools": response_whole_answer(TEXT, "tools"),
    "openai responses text": response_whole_answer(TEXT, "json_schema"),
    "anthropic tool": MESSAGE | {"content": [CALL]},
    "anthropic text": MESSAGE | {"content": [{"type": "text", "text": TEXT}]},
    "anthropic object": Message.model_validate(MESSAGE | {"content": [CALL]}),
    "google": content_chunk(text_parts(TEXT), "STOP"),
    "google object": GenerateContentResponse.model_validate(content_chunk(text_parts(TEXT))),
}


@pytest.mark.parametrize("name", WHOLE)
def test_whole_answers(name: str) -> None:
    items = [*partialjson.stream([WHOLE[name]], User)]
    # What is complete and validated is the first and the last.
    assert items[-1] == USER
    assert type(items[-1]) is User


def test_parts_of_a_whole_response_that_an_sdk_does_not_know() -> None:
    """LiteLLM leaves them dicts."""
    said = {**response_whole_answer(TEXT, "json_schema")}
    message = said["output"][-1]
    message["content"].insert(0, {"type": "of_next_year"})
    said["output"] = [{"type": "of_next_year"}, message]
    assert [*partialjson.stream([SimpleNamespace(**said)], User)][-1] == USER


@pytest.mark.parametrize("status", ["queued", "in_progress", "cancelled"])
def test_a_response_without_an_answer_says_why(status: str) -> None:
    """Of a request in the background, for one."""
    whole = response_whole_answer(TEXT, "json_schema") | {"status": status, "output": []}
    with pytest.raises(partialjson.IncompleteJSONError, match=rf"\({status}\)"):
        list(partialjson.stream([whole], User))


def test_a_chunk_of_google_with_nothing_in_it() -> None:
    empty = GenerateContentResponse()
    chunks = [
        empty,
        *map(GenerateContentResponse.model_validate, decoded(STREAMS["google text"][0])),
    ]
    assert [*partialjson.stream(chunks, User)][-1] == USER


def test_chunks_of_older_versions_of_googles_sdk() -> None:
    """Which lack what they did not know of."""
    call = SimpleNamespace(name="User", args=VALUE)
    parts = [SimpleNamespace(text=None, function_call=call)]
    content = SimpleNamespace(parts=parts)
    candidate = SimpleNamespace(index=None, content=content, finish_reason="STOP")
    chunk = SimpleNamespace(candidates=[candidate], prompt_feedback=None, usage_metadata=None)
    assert [*partialjson.stream([chunk], User)] == [USER]


COMPLETION = {"id": "cmpl-1", "object": "text_completion", "created": 1, "model": "m"}


@pytest.mark.parametrize("is_object", [False, True])
def test_text_completions(is_object: bool) -> None:
    def chunk(text: str, **more: Any) -> Any:
        choice = {"index": 0, "text": text, "logprobs": None, "finish_reason": None} | more
        plain = COMPLETION | {"choices": [choice]}
        # As the SDK makes it, which does not validate what is streamed.
        return construct_type(type_=Completion, value=plain) if is_object else plain

    stream = partialjson.stream([*map(chunk, pieces(TEXT)), chunk("", finish_reason="stop")], User)
    items = [*stream]
    assert len(items) > 10
    assert (items[-1], stream.finish_reason, stream.response_id) == (USER, "stop", "cmpl-1")
    with pytest.raises(partialjson.TruncatedError):
        list(partialjson.stream([chunk(TEXT[:9]), chunk("", finish_reason="length")], User))


def custom_chat(text: str) -> list[dict[str, Any]]:
    """Calls of a tool that takes any text."""
    first = {"index": 0, "id": "a", "type": "custom", "custom": {"name": "User", "input": text[:5]}}
    rest = {"index": 0, "custom": {"input": text[5:]}}
    return decoded(chat_events([{"tool_calls": [first]}, {"tool_calls": [rest]}], "tool_calls"))


def custom_response(text: str) -> list[dict[str, Any]]:
    item = {"type": "custom_tool_call", "id": "i", "call_id": "a", "name": "User", "input": ""}
    delta = "response.custom_tool_call_input.delta"
    return [
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        *({"type": delta, "output_index": 0, "delta": piece} for piece in pieces(text)),
        {"type": "response.completed", "response": {"id": "r", "status": "completed"}},
    ]


@pytest.mark.parametrize("answer", [custom_chat, custom_response])
def test_calls_of_a_tool_that_takes_any_text_are_not_passed_over(answer: Any) -> None:
    assert [*partialjson.stream(answer(TEXT), User)][-1] == USER
    with pytest.raises(partialjson.JSONSyntaxError):
        list(partialjson.stream(answer("ls -l /tmp"), User))


def test_arguments_as_an_object() -> None:
    """Some services, and Mistral's client, give them so."""
    call = mistral_call(0, "User", TEXT)
    call["tool_calls"][0]["function"]["arguments"] = VALUE
    assert [*partialjson.stream(decoded(mistral_events([call])), User)][-1] == USER


class Settings(BaseModel):
    name: str = "any"


EMPTY: dict[str, list[Any]] = {
    "anthropic": decoded(message_events(tool_block(0, "Settings", ""), stop_reason="tool_use")),
    "anthropic object": [Message.model_validate(MESSAGE | {"content": [CALL | {"input": {}}]})],
    "google": decoded(content_events([call_part("Settings", "{}")])),
    "google object": [
        GenerateContentResponse.model_validate(content_chunk([call_part("Settings", "{}")]))
    ],
    "google, none": [content_chunk([{"functionCall": {"name": "Settings"}}])],
    "mistral": decoded(mistral_events([mistral_call(0, "Settings", "{}")])),
}


@pytest.mark.parametrize("name", EMPTY)
def test_arguments_that_are_empty(name: str) -> None:
    stream = partialjson.stream(EMPTY[name], Settings)
    assert [*stream][-1] == Settings()
    assert stream.text == "{}"


@pytest.mark.parametrize("given", [VALUE, TEXT], ids=["object", "text"])
@pytest.mark.parametrize("rest", ["", TEXT], ids=["whole", "and in pieces"])
def test_an_input_that_comes_with_the_beginning_of_its_block(given: Any, rest: str) -> None:
    """Anthropic's own is empty there; some who imitate it send all of it at once."""
    events = decoded(message_events(tool_block(0, "User", rest), stop_reason="tool_use"))
    for each in events:
        if each["type"] == "content_block_start":
            each["content_block"]["input"] = given
    assert [*partialjson.stream(events, User)][-1] == USER


def test_text_that_comes_with_the_beginning_of_its_block() -> None:
    events = decoded(message_events(text_block(0, TEXT[9:])))
    for each in events:
        if each["type"] == "content_block_start":
            each["content_block"]["text"] = TEXT[:9]
    assert [*partialjson.stream(events, User)][-1] == USER


def test_a_tool_that_was_cut_off_before_its_arguments_is_not_empty() -> None:
    events = [each for each in EMPTY["anthropic"] if each["type"] != "content_block_stop"]
    with pytest.raises(partialjson.IncompleteJSONError):
        [*partialjson.stream(events, Settings)]


def test_calls_that_are_not_numbered() -> None:
    chunks = []
    for delta in call_deltas([("User", TEXT)]):
        for call in delta["tool_calls"]:
            call["index"] = None
        chunks.append(chat_chunk(delta))
    assert [*partialjson.stream(chunks, User)][-1] == USER


def test_the_first_of_several_answers() -> None:
    chunks = []
    for delta in text_deltas(TEXT):
        for index, said in (0, delta), (1, {"content": "other"}):
            chunks.append(chat_chunk(said))
            chunks[-1]["choices"][0]["index"] = index
    assert [*partialjson.stream(chunks, User)][-1] == USER


TALK = "I make one up."
BOTH_PARTS: dict[str, list[bytes]] = {
    "anthropic": message_events(
        text_block(0, TALK), tool_block(1, "User", TEXT), stop_reason="tool_use"
    ),
    "openai": chat_events([*text_deltas(TALK), *call_deltas([("User", TEXT)])]),
    "responses": response_events(message_output(TALK), call_output("User", TEXT)),
    "google": content_events([{"text": TALK}, call_part("User", TEXT)]),
    "mistral": mistral_events([*mistral_text(TALK), mistral_call(0, "User", TEXT)]),
}


@pytest.mark.parametrize("name", BOTH_PARTS)
def test_which_part_of_an_answer_is_read(name: str) -> None:
    chunks = decoded(BOTH_PARTS[name])
    stream = partialjson.stream(chunks, User, part="call")
    assert [*stream][-1] == USER
    assert stream.text.startswith("{")
    assert stream.finish_reason
    for part in None, "text":
        with pytest.raises(partialjson.JSONSyntaxError, match="found 'I'"):
            list(partialjson.stream(chunks, User, part=part))
    with pytest.raises(ValueError, match="part must be one of text, call, not 'tool'"):
        partialjson.stream(chunks, User, part="tool")


# --- errors --------------------------------------------------------------------------------------

ERRORS: dict[str, Any] = {
    "anthropic": decoded([anthropic_error()])[0],
    "openai chat": {"error": {"message": "Overloaded", "type": "server_error", "code": None}},
    "openai responses": {"type": "error", "code": "server_error", "message": "Overloaded"},
    "google": {"error": {"code": 503, "message": "Overloaded", "status": "UNAVAILABLE"}},
    "mistral": {"object": "error", "message": "Overloaded", "type": "service_unavailable"},
    "as text": {"error": "Overloaded"},
    "openrouter": chat_chunk({"content": ""}, finish_reason="error")
    | {"error": {"code": 502, "message": "Overloaded"}},
    "openrouter choice": {
        "id": "gen-1",
        "object": "chat.completion.chunk",
        "choices": [
            {
                "index": 0,
                "delta": {"content": ""},
                "finish_reason": "error",
                "error": {"code": 502, "message": "Overloaded"},
            }
        ],
    },
    "text completion": {
        "id": "cmpl-1",
        "object": "text_completion",
        "choices": [
            {"index": 0, "text": "", "finish_reason": "error", "error": {"message": "Overloaded"}}
        ],
    },
    "groq": chat_chunk({}) | {"x_groq": {"id": "req_1", "error": "Overloaded"}},
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_of_the_service(name: str) -> None:
    stream = partialjson.stream(["{", ERRORS[name]], User)
    with pytest.raises(partialjson.ServiceError, match="Overloaded") as raised:
        list(stream)
    assert type(raised.value.value) is Partial[User]


@pytest.mark.parametrize("name", ERRORS)
def test_errors_in_events_that_are_decoded_in_whole(name: str) -> None:
    """One chunk says nothing about the shape of the next: both are dicts in a dict."""
    events = [{"event": "x", "data": each} for each in (chat_chunk({"content": "{"}), ERRORS[name])]
    with pytest.raises(partialjson.ServiceError, match="Overloaded"):
        list(partialjson.stream(events, User))


def test_events_without_data_keep_a_connection_alive_and_no_more() -> None:
    chunk = json.dumps(chat_chunk({"content": TEXT}))
    events = [ServerSentEvent(data) for data in ("", chunk, " ", "[DONE]")]
    *_, last = partialjson.stream(events, User)
    assert last == User.model_validate_json(TEXT)


def test_an_error_that_the_sdk_does_not_know_is_told_in_its_words() -> None:
    """The SDK leaves it the dict that it is."""
    chunk = construct_type(type_=ChatCompletionChunk, value=ERRORS["openrouter choice"])
    with pytest.raises(partialjson.ServiceError, match="Overloaded") as raised:
        list(partialjson.stream([chunk], User))
    assert raised.value.body == {"code": 502, "message": "Overloaded"}


def test_an_error_that_has_no_words_is_told_by_its_type() -> None:
    stream = partialjson.stream(["{", {"error": {"type": "overloaded_error"}}], User)
    with pytest.raises(partialjson.ServiceError, match="overloaded_error"):
        list(stream)
    with pytest.raises(partialjson.ServiceError, match="no reason given"):
        list(partialjson.stream(["{", {"error": {"code": 5}}], User))


@pytest.mark.parametrize("reason", ["OTHER", "SAFETY"])
@pytest.mark.parametrize("begun", ["", TEXT])
def test_a_prompt_that_is_blocked_is_filtered_whatever_the_reason(reason: str, begun: str) -> None:
    """Google's service answers it with no candidates at all."""
    chunk = {"promptFeedback": {"blockReason": reason}, "usageMetadata": GOOGLE_USAGE}
    for last in chunk, GenerateContentResponse.model_validate(chunk):
        stream = partialjson.stream([begun, last], User)
        with pytest.raises(partialjson.ContentFilterError, match=reason):
            list(stream)
        assert stream.finish_reason == reason


def test_the_words_of_a_refusal_are_told() -> None:
    """Anthropic's come beside the reason, where there are some."""
    for words in "I will not.", None:
        details = {"type": "refusal", "category": "bio", "explanation": words}
        *events, last, stop = decoded(
            message_events(text_block(0, TEXT[:9]), stop_reason="refusal")
        )
        last["delta"]["stop_details"] = details
        whole = MESSAGE | {"content": [], "stop_reason": "refusal", "stop_details": details}
        # An older SDK leaves the details the dict that they are.
        for chunks in [*events, last, stop], [whole], [SimpleNamespace(**whole)]:
            with pytest.raises(partialjson.RefusalError, match=words or "refusal") as raised:
                list(partialjson.stream(chunks, User))
            assert raised.value.refusal == (words or "")


def test_kinds_of_events_that_are_new_are_passed_over() -> None:
    for name in "anthropic text", "openai responses text":
        first, *rest = decoded(STREAMS[name][0])
        events = [first, {"type": "of_next_year", "what": 1}, *rest]
        assert [*partialjson.stream(events, User)][-1] == USER


# --- what is no chunk ----------------------------------------------------------------------------


class Strange:
    """Of no service."""


STRANGE: list[Any] = [
    (None, "NoneType"),
    (1, r"builtins\.int"),
    (Strange(), r"test_providers_shapes\.Strange"),
    ({}, r"dict with the keys \[\]"),
    ({"shape": 1, "x": 2}, r"dict with the keys \['shape', 'x'\]"),
    ({"type": "of_next_year"}, "dict"),
    (["{"], r"builtins\.list"),
    (ServerSentEvent("no JSON"), "not the JSON of a chunk"),
    (ServerSentEvent("[1]"), r"builtins\.list"),
    (Response(200), r"httpx2.*Response"),
]


@pytest.mark.parametrize(("chunk", "named"), STRANGE)
def test_a_chunk_of_unknown_shape_is_named(chunk: Any, named: str) -> None:
    with pytest.raises(TypeError, match=named):
        list(partialjson.stream([chunk], User))


@pytest.mark.parametrize("shape", [dict, GenerateContentResponse.model_validate])
@pytest.mark.parametrize("told", [{"partialArgs": [{"jsonPath": "$.a"}]}, {"willContinue": True}])
def test_arguments_as_changes_are_not_passed_over(shape: Any, told: dict[str, Any]) -> None:
    """What Google's service calls partial arguments is no text, and a call that goes on no ``{}``.

    Its first part has but a name, as has a whole call without arguments.
    """
    events = decoded(content_events([{"functionCall": {"name": "User"} | told}]))
    stream = partialjson.stream([shape(each) for each in events], dict[str, Any])
    with pytest.raises(ValueError, match="request whole calls"):
        list(stream)
    assert stream.value is partialjson.MISSING


def test_text_of_comes_before_all() -> None:
    pieces: list[Any] = [TEXT[:9], {"choices": []}, TEXT[9:]]
    taken = []

    def text_of(chunk: Any) -> str | None:
        taken.append(chunk)
        return chunk if isinstance(chunk, str) else None

    assert [*partialjson.stream(pieces, User, text_of=text_of)][-1] == USER
    assert taken == pieces
