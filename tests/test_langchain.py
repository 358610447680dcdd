"""`PartialOutputParser` in LangChain's chains, and LangChain's chunks in streams."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import nullcontext
from typing import Any

import pytest
from langchain_core.exceptions import OutputParserException
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage
from langchain_core.output_parsers import JsonOutputParser
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, Generation
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda
from pydantic import ValidationError

import partialjson
from partialjson import Partial
from partialjson.langchain import PartialOutputParser
from tests.openai_clients import TEXT, USER, VALUE, User
from tests.openai_protocol import USAGE, chat_answer, document_of, name_that_grew, pieces
from tests.protocol import Exchange, ProtocolServer, Script, lingering, merged

PARSER = PartialOutputParser(pydantic_object=User)


def grown(text: str = TEXT) -> list[Any]:
    """The values that the pieces of a text make."""
    parser = partialjson.ModelParser(User)
    values = []
    for piece in pieces(text):
        value = parser.feed(piece)
        if parser.take_changed():
            values.append(value)
    return values


def said(text: str = TEXT) -> list[AIMessageChunk]:
    return [AIMessageChunk(content=piece) for piece in pieces(text)]


def called(text: str = TEXT, index: int = 0) -> list[AIMessageChunk]:
    first = {"name": "User", "args": "", "id": "call_1", "index": index}
    rest = [{"name": None, "args": each, "id": None, "index": index} for each in pieces(text)]
    return [AIMessageChunk(content="", tool_call_chunks=[call]) for call in [first, *rest]]


def in_blocks(text: str = TEXT) -> list[AIMessageChunk]:
    """As those services send them whose messages have parts."""
    thought = [{"type": "thinking", "thinking": "Hm {", "index": 0}]
    blocks = [[{"type": "text", "text": piece, "index": 1}] for piece in pieces(text)]
    return [AIMessageChunk(content=content) for content in [thought, *blocks]]


def in_generations(text: str = TEXT) -> list[ChatGenerationChunk]:
    return [ChatGenerationChunk(message=message) for message in said(text)]


SHAPES = [pieces, said, called, in_blocks]


async def collect(chain: Any, is_async: bool) -> list[Any]:
    if is_async:
        return [item async for item in chain.astream("Make one up.")]
    return [*chain.stream("Make one up.")]


def from_chunks(chunks: list[Any]) -> Any:
    """A Runnable that streams these."""

    def sync(_: Any) -> Iterator[Any]:
        yield from chunks

    async def asynchronous(_: Any) -> AsyncIterator[Any]:
        for chunk in chunks:
            yield chunk

    return RunnableLambda(sync, asynchronous)


# --- the parser ----------------------------------------------------------------------------------


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
async def test_objects_grow_in_a_chain(shape: Any, is_async: bool) -> None:
    items = await collect(from_chunks(shape(TEXT)) | PARSER, is_async)
    assert items == grown()
    assert [type(item) for item in items] == [Partial[User]] * (len(items) - 1) + [User]
    assert items[-1] == USER


@pytest.mark.parametrize("is_async", [False, True])
async def test_a_chat_model_of_langchain(is_async: bool) -> None:
    prompt = ChatPromptTemplate.from_messages([("human", "{wish}")])
    # It streams word by word.
    model = GenericFakeChatModel(messages=iter([AIMessage(TEXT)] * 2))
    items = await collect(prompt | model | PARSER, is_async)
    assert items[-1] == USER
    assert len(items) > 5
    assert isinstance(items[0], User)
    invoked = prompt | model | PARSER
    user = await invoked.ainvoke({"wish": "x"}) if is_async else invoked.invoke({"wish": "x"})
    assert type(user) is User
    assert user == USER


def test_values_come_before_the_source_has_ended() -> None:
    taken = []

    def source(_: Any) -> Iterator[AIMessageChunk]:
        for i, chunk in enumerate(said()):
            taken.append(i)
            yield chunk

    seen = [len(taken) for _ in (RunnableLambda(source) | PARSER).stream("")]
    # LangChain itself looks one chunk ahead.
    assert seen[0] <= 2
    assert seen == sorted(seen)
    assert len(seen) > 10


@pytest.mark.parametrize("type_", [User, Partial[User]])
def test_whole_answers(type_: Any) -> None:
    parser = PartialOutputParser(pydantic_object=type_)
    call: Any = {"name": "User", "args": VALUE, "id": "call_1"}
    for answer in TEXT, AIMessage(TEXT), AIMessage("", tool_calls=[call]):
        user = parser.invoke(answer)
        assert type(user) is User
        assert user == USER
    assert parser.parse(TEXT) == USER
    assert parser.OutputType is User
    assert parser.get_output_schema().model_json_schema()["title"]


def test_arguments_that_are_empty() -> None:
    call: Any = {"name": "dict", "args": {}, "id": "call_1"}
    assert PartialOutputParser(pydantic_object=dict).invoke(AIMessage("", tool_calls=[call])) == {}


def test_it_stands_where_the_json_output_parser_does() -> None:
    instructions = JsonOutputParser(pydantic_object=User).get_format_instructions()
    assert PARSER.get_format_instructions() == instructions
    partial = PartialOutputParser(pydantic_object=Partial[User])
    assert partial.get_format_instructions() == instructions
    with pytest.raises(TypeError, match="only a model has format instructions, not list"):
        PartialOutputParser(pydantic_object=list[User]).get_format_instructions()


def test_an_option_that_it_lacks_is_refused() -> None:
    with pytest.raises(ValidationError, match="diff\n  Extra inputs are not permitted"):
        PartialOutputParser(pydantic_object=User, diff=True)


def test_other_types_and_options() -> None:
    numbers: PartialOutputParser[list[int]] = PartialOutputParser(pydantic_object=list[int])
    assert numbers.parse("[1, 2]") == [1, 2]
    assert numbers.parse('["1"]') == [1]
    strict = PartialOutputParser(pydantic_object=list[int], strict=True)
    with pytest.raises(OutputParserException):
        strict.parse('["1"]')


# --- what can go wrong ---------------------------------------------------------------------------

UNFIT = TEXT.replace("8000", '"x"')


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (TEXT[:40], partialjson.IncompleteJSONError),
        (TEXT[:40] + "}", partialjson.JSONSyntaxError),
        (UNFIT, ValidationError),
    ],
)
async def test_errors(text: str, kind: type[Exception], is_async: bool) -> None:
    with pytest.raises(kind):
        await collect(from_chunks(said(text)) | PARSER, is_async)
    with pytest.raises(OutputParserException) as raised:
        PARSER.invoke(AIMessage(text))
    assert type(raised.value.__cause__) is kind
    assert raised.value.llm_output is not None
    assert text.startswith(raised.value.llm_output)


def test_calls_that_are_not_one_are_an_answer_that_does_not_fit() -> None:
    message = AIMessage("", tool_calls=[{"name": "User", "args": VALUE, "id": i} for i in "ab"])
    with pytest.raises(OutputParserException, match="several tool calls") as raised:
        PARSER.invoke(message)
    assert type(raised.value.__cause__) is ValueError


def test_a_call_that_langchain_could_not_read_is_read() -> None:
    """It keeps what it takes for no JSON apart."""
    call: Any = {"name": "User", "args": TEXT[:12], "id": "a", "error": None}
    message = AIMessage("", invalid_tool_calls=[call])
    with pytest.raises(OutputParserException) as raised:
        PARSER.invoke(message)
    assert raised.value.llm_output == TEXT[:12]
    assert type(raised.value.__cause__) is partialjson.IncompleteJSONError
    user = PARSER.parse_result([ChatGeneration(message=message)], partial=True)
    assert user.name == USER.name[:2]


def test_a_fallback_takes_over() -> None:
    def no_user(_: Any) -> User:
        return USER

    chain = PARSER.with_fallbacks([RunnableLambda(no_user)])
    assert chain.invoke(AIMessage("no JSON")) is USER


def test_partial_results_of_a_whole_answer() -> None:
    assert PARSER.parse_result([Generation(text="")], partial=True) is None
    cut = ChatGeneration(message=AIMessage(TEXT[:12]))
    assert type(PARSER.parse_result([cut], partial=True)) is Partial[User]


def test_messages_of_people_are_not_answers() -> None:
    with pytest.raises(TypeError, match="HumanMessage"):
        PARSER.invoke(HumanMessage("x"))


@pytest.mark.parametrize("is_async", [False, True])
async def test_which_part_of_messages_is_read(is_async: bool) -> None:
    chunks = from_chunks([*said("I make one up."), *called()])
    parser = PartialOutputParser(pydantic_object=User, part="call")
    assert await collect(chunks | parser, is_async) == grown()
    with pytest.raises(partialjson.JSONSyntaxError):
        await collect(chunks | PARSER, is_async)


# --- LangChain's chunks in streams ---------------------------------------------------------------


@pytest.mark.parametrize("shape", [*SHAPES, in_generations])
def test_streams_read_the_chunks(shape: Any) -> None:
    assert list(partialjson.stream(shape(TEXT), User)) == grown()


@pytest.mark.parametrize("exclude_none", [False, True])
@pytest.mark.parametrize("shape", [said, called, in_blocks, in_generations])
def test_streams_read_chunks_that_were_dumped(shape: Any, exclude_none: bool) -> None:
    """So they come from where LangChain runs on a server."""
    dumped = [each.model_dump(exclude_none=exclude_none) for each in shape(TEXT)]
    assert list(partialjson.stream(dumped, User)) == grown()


@pytest.mark.parametrize("exclude_none", [False, True])
def test_a_whole_answer_that_was_dumped(exclude_none: bool) -> None:
    call: Any = {"name": "User", "args": VALUE, "id": None}
    for answer in AIMessage(content=TEXT), AIMessage(content="", tool_calls=[call]):
        dumped = answer.model_dump(exclude_none=exclude_none)
        assert [*partialjson.stream([dumped], User)][-1] == USER


def test_a_message_that_has_but_its_text_and_facts() -> None:
    """LangChain for JavaScript leaves out what is not set."""
    message = {"type": "AIMessageChunk", "content": TEXT, "response_metadata": {}}
    assert [*partialjson.stream([message], User)] == [USER]


def test_what_is_told_beside_the_text() -> None:
    first = AIMessageChunk(
        content="",
        id="run-1",
        usage_metadata={
            "input_tokens": 7,
            "output_tokens": 0,
            "total_tokens": 7,
            "input_token_details": {"cache_read": 2, "cache_creation": 0},
        },
    )
    last = AIMessageChunk(
        content="",
        response_metadata={"stop_reason": "end_turn"},
        usage_metadata={
            "input_tokens": 0,
            "output_tokens": 9,
            "total_tokens": 9,
            "input_token_details": {"cache_read": 1},
        },
    )
    chunks = [first, *said(), last]
    summed = chunks[0]
    for chunk in chunks[1:]:
        summed += chunk
    for each in chunks, [chunk.model_dump() for chunk in chunks]:
        stream = partialjson.stream(each, User)
        assert [*stream][-1] == USER
        assert stream.usage == summed.usage_metadata
        assert (stream.finish_reason, stream.response_id) == ("end_turn", "run-1")


def test_blocks_of_text_that_bring_no_text() -> None:
    """What is quoted comes so, of Anthropic."""
    quoted: Any = [{"type": "text", "citations": [{"cited_text": "x"}], "index": 0}]
    chunks = [AIMessageChunk(content=quoted), *in_blocks(), AIMessageChunk(content=quoted)]
    assert [*partialjson.stream(chunks, User)][-1] == USER


@pytest.mark.parametrize("is_chunk", [True, False])
def test_what_is_said_beside_the_answer_is_passed_over(is_chunk: bool) -> None:
    """Of OpenAI's responses, a block says so, which is the first of its message."""

    def block(index: int, text: str, **more: Any) -> dict[str, Any]:
        return {"type": "text", "text": text, "index": index, **more}

    aside, answer = {"phase": "commentary"}, {"phase": "final_answer"}
    if is_chunk:
        pieces = [block(0, "", **aside), block(0, "I {think}."), block(1, "", **answer)]
        pieces += [block(1, TEXT[:9]), block(1, TEXT[9:])]
        chunks: list[Any] = [AIMessageChunk(content=[piece]) for piece in pieces]
    else:
        both: Any = [block(0, "I {think}.", **aside), block(1, TEXT, **answer)]
        chunks = [AIMessage(content=both)]
    assert [*partialjson.stream(chunks, User)][-1] == USER


def test_a_refusal_among_the_blocks() -> None:
    refusal: Any = [{"type": "refusal", "refusal": "I will not."}]
    with pytest.raises(partialjson.RefusalError) as raised:
        list(partialjson.stream([AIMessageChunk(content=refusal)], User))
    assert raised.value.refusal == "I will not."


@pytest.mark.parametrize(
    ("facts", "kind", "reason"),
    [
        ({"stopReason": "max_tokens"}, partialjson.TruncatedError, "max_tokens"),
        ({"stopReason": "content_filtered"}, partialjson.ContentFilterError, "content_filtered"),
        (
            {"stopReason": "guardrail_intervened"},
            partialjson.ContentFilterError,
            "guardrail_intervened",
        ),
        (
            {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}},
            partialjson.TruncatedError,
            "max_output_tokens",
        ),
        ({"status": "completed", "incomplete_details": None}, None, "completed"),
    ],
    ids=str,
)
def test_the_reasons_of_bedrock_and_of_responses(facts: Any, kind: Any, reason: str) -> None:
    stream = partialjson.stream([*said(), AIMessageChunk("", response_metadata=facts)], User)
    with pytest.raises(kind) if kind else nullcontext():
        assert [*stream][-1] == USER
    assert stream.finish_reason == reason


def test_a_second_tool_call_is_not_passed_over() -> None:
    with pytest.raises(ValueError, match="several tool calls"):
        list(partialjson.stream([*called(), *called(index=1)], User))


# --- over HTTP -----------------------------------------------------------------------------------


def chat_model(server: ProtocolServer, script: Script) -> Any:
    reason = "langchain-openai is for an older openai: `make test-sdks` runs this"
    module = pytest.importorskip("langchain_openai", reason=reason)
    steps = list(script)
    server.exchanges.clear()
    server.script = lambda _: steps
    url = f"{server.url}/v1"
    return module.ChatOpenAI(model="gpt-4o", base_url=url, api_key="any", stream_usage=True)


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("mode", ["tools", "json_schema"])
async def test_a_chat_model_over_http(server: ProtocolServer, mode: str, is_async: bool) -> None:
    model = chat_model(server, chat_answer(TEXT, mode))
    if mode == "tools":
        model = model.bind_tools([User], tool_choice="User")
    assert await collect(model | PARSER, is_async) == grown()
    chunks = model.astream("x") if is_async else model.stream("x")
    if is_async:
        stream: Any = partialjson.astream(chunks, User)
        items = [item async for item in stream]
    else:
        stream = partialjson.stream(chunks, User)
        items = [*stream]
    assert items == grown()
    assert stream.finish_reason == "stop"
    assert stream.usage["output_tokens"] == USAGE["completion_tokens"]


@pytest.mark.parametrize("is_async", [False, True])
async def test_the_first_value_comes_within_two_tokens(
    server: ProtocolServer, is_async: bool
) -> None:
    # The role and two empty deltas, and then the first token.
    events = chat_answer(TEXT, "json_schema")
    gate = threading.Event()
    model = chat_model(server, [*events[: 3 + 2], gate, *events[3 + 2 :]])
    chain = model | PARSER
    if is_async:
        items: Any = chain.astream("x")
        first = await anext(items)
        gate.set()
        rest = [item async for item in items]
    else:
        items = chain.stream("x")
        first = next(items)
        gate.set()
        rest = [*items]
    assert [first, *rest] == grown()


async def test_many_streams_do_not_mix(server: ProtocolServer) -> None:
    model = chat_model(server, [])
    numbers = itertools.count()

    def answer(_: Exchange) -> Script:
        name = f"Jason {next(numbers)}"
        user = {"name": name, "address": {"city": name, "zip": 1}, "tags": []}
        return merged(chat_answer(document_of(user), "json_schema"))

    server.script = answer
    chain = model | PARSER

    async def one() -> str:
        return name_that_grew([user async for user in chain.astream("x")])

    names = await asyncio.gather(*(one() for _ in range(200)))
    assert sorted(names) == sorted(f"Jason {i}" for i in range(200))


@pytest.mark.parametrize("is_async", [False, True])
async def test_leaving_early_closes_the_connection(server: ProtocolServer, is_async: bool) -> None:
    model = chat_model(server, lingering(chat_answer(TEXT, "json_schema")))
    if is_async:
        async with partialjson.astream(model.astream("x"), User) as stream:
            await anext(stream)
    else:
        for _ in partialjson.stream(model.stream("x"), User):
            break
    exchange = server.exchanges[-1]
    assert await asyncio.to_thread(exchange.left.wait, 15)
