"""`from_openai` with the real client over real HTTP: the objects, the request, the faults."""

from __future__ import annotations

import asyncio
import copy
import inspect
import json
import typing
from collections.abc import AsyncIterator, Iterable
from typing import Any, Generic, TypeVar
from unittest import mock

import pytest
from openai import (
    NOT_GIVEN,
    AsyncAzureOpenAI,
    AsyncOpenAI,
    AzureOpenAI,
    BadRequestError,
    OpenAI,
    omit,
    pydantic_function_tool,
)
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from pydantic import BaseModel, ValidationError

import partialjson
from examples.local_server import Behaviour, LocalServer
from examples.local_server.behaviour import Exchange
from examples.schemas import Address, Item, Order, Report, User
from partialjson import AsyncPartialStream, Partial, PartialStream
from tests.twins import Twin

T = TypeVar("T")

MESSAGES: list[Any] = [{"role": "user", "content": "Make one up."}]
PACE_S = 0.02


@pytest.fixture
def server(running: LocalServer) -> LocalServer:
    running.behaviour = Behaviour(pace_s=0)
    running.exchanges.clear()
    return running


class Both(Twin):
    """The same tests for `OpenAI` and `AsyncOpenAI`."""

    def __init__(self, server: LocalServer, is_async: bool) -> None:
        super().__init__(is_async)
        self.server = server
        make: Any = AsyncOpenAI if is_async else OpenAI
        self.bare = make(base_url=server.base_url, api_key="any", max_retries=0)
        self.client: Any = partialjson.from_openai(self.bare)

    async def create(self, model: Any = None, **request: Any) -> Any:
        if model is not None:
            request |= {"response_model": Partial[model], "stream": True}
        request = {"model": "gpt-4o", "messages": MESSAGES} | request
        made = self.client.chat.completions.create(**request)
        return await made if self.is_async else made

    async def close(self) -> None:
        if self.is_async:
            await self.bare.close()
        else:
            self.bare.close()

    @property
    def exchange(self) -> Exchange:
        return self.server.exchanges[-1]


@pytest.fixture
async def both(is_async: bool, server: LocalServer) -> AsyncIterator[Both]:
    both = Both(server, is_async)
    yield both
    await both.close()


def is_closed(stream: Any) -> bool:
    """Whether the HTTP response under a stream is closed."""
    closed: bool = stream._chunks.response.is_closed
    return closed


# --- the objects ---------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [User, Order, Report])
async def test_a_stream_of_growing_objects(both: Both, model: type[BaseModel]) -> None:
    stream = await both.create(model)
    assert type(stream) is (AsyncPartialStream if both.is_async else PartialStream)
    items, error = await both.collect(stream)
    assert error is None
    text = "".join(piece for _, piece in both.exchange.sent)
    assert [type(item) for item in items] == [Partial[model]] * (len(items) - 1) + [model]
    assert items[-1] == model.model_validate_json(text) == stream.final
    assert stream.text == text
    assert stream.finish_reason == "stop"
    assert is_closed(stream)
    # What every token must have made of the object, from the same text without HTTP.
    parser = partialjson.ModelParser(model)
    values = []
    for _, piece in both.exchange.sent:
        value = parser.feed(piece)
        if parser.take_changed():
            values.append(value)
    assert items == values


async def test_nested_objects_grow_and_are_validated_once(both: Both) -> None:
    cities: list[str | None] = []
    closed = []
    async for order in both.items(await both.create(Order)):
        if type(order.address) is Partial[Address]:
            cities.append(order.address.city)
        elif type(order) is Partial[Order] and order.address is not None:
            closed.append(order.address)
    grown = [city for city in dict.fromkeys(cities) if city is not None]
    assert len(grown) > 2
    assert all(grown[-1].startswith(city) for city in grown)
    assert type(closed[0]) is Address
    assert len(closed) > 10
    assert all(address is closed[0] for address in closed)


async def test_with_statement_and_early_exit(both: Both) -> None:
    both.server.behaviour = Behaviour(pace_s=PACE_S)
    stream = await both.create(User)
    if both.is_async:
        async with stream:
            assert (await anext(stream)).name is None
    else:
        with stream:
            assert next(stream).name is None
    assert is_closed(stream)
    assert both.exchange.ended.wait(2)
    assert both.exchange.outcome == "left", "the server sees that nobody listens any more"
    stream = await both.create(User)
    async for user in stream if both.is_async else both.items(stream):
        if user.name:
            break
    for _ in range(200):
        await asyncio.sleep(0.01)
        if is_closed(stream):
            break
    assert is_closed(stream)
    assert await asyncio.to_thread(both.exchange.ended.wait, 2)
    assert both.exchange.outcome == "left"
    assert stream.value is user


# --- the request ---------------------------------------------------------------------------------


async def test_the_request_asks_for_the_whole_model(both: Both) -> None:
    await both.collect(await both.create(Order, temperature=0.5, extra_headers={"x-test": "1"}))
    request = both.exchange.request
    assert request == {
        "model": "gpt-4o",
        "messages": MESSAGES,
        "stream": True,
        "temperature": 0.5,
        "tools": [json.loads(json.dumps(pydantic_function_tool(Order)))],
        "tool_choice": {"type": "function", "function": {"name": "Order"}},
    }
    assert request["tools"][0]["function"]["strict"] is True


class Page(BaseModel, Generic[T]):
    items: list[T]


async def test_generic_models_have_a_name_that_the_service_takes(both: Both) -> None:
    items, error = await both.collect(await both.create(Page[User]))
    assert error is None
    assert type(items[-1]) is Page[User]
    assert both.exchange.request["tools"][0]["function"]["name"] == "Page_User_"


async def test_calls_that_make_no_sense(both: Both) -> None:
    for request, words in [
        ({"response_model": 1}, "takes a type"),
        ({"response_model": "User"}, "not its name"),
        ({"response_model": Iterable["User"]}, "not its name"),
        ({"response_model": Partial}, "a type in brackets"),
        ({"response_model": Iterable}, "a type in brackets"),
        ({"response_model": typing.Iterable}, "a type in brackets"),
        ({"response_model": Partial[Iterable[User]], "stream": True}, "use Iterable"),
        ({"response_model": Iterable[Iterable[User]]}, "use Iterable"),
        ({"response_model": User, "max_retries": "3"}, "max_retries"),
        ({"response_model": User, "max_retries": ""}, "max_retries"),
        ({"response_model": Iterable[User], "stream": True, "max_retries": 1}, "retries"),
        ({"response_model": User, "mode": "json_schema", "response_format": {}}, "response_format"),
        ({"tools": [User], "mode": "json_schema"}, "mode"),
        ({"tools": [User, list[User]]}, "a tool must be a Pydantic model"),
        ({"tools": User}, "a list of models"),
        ({"response_model": User, "mode": "json_schema", "tools": [User]}, "cannot be combined"),
        ({"response_model": Partial[User]}, "stream=True"),
        ({"response_model": Partial[User], "stream": False}, "stream=True"),
        ({"response_model": Partial[User], "stream": True, "tools": []}, "tools"),
        ({"response_model": Partial[User], "stream": True, "tool_choice": "auto"}, "tool_choice"),
    ]:
        with pytest.raises(TypeError, match=words):
            await both.create(**request)
    for request, words in [
        ({"response_model": User, "mode": "yaml"}, "json_schema"),
        ({"response_model": User, "max_retries": -1}, "max_retries"),
        ({"response_model": User, "min_interval": -1}, "min_interval"),
        ({"tools": [User, User]}, "two tools"),
    ]:
        with pytest.raises(ValueError, match=words):
            await both.create(**request)
    with pytest.raises(TypeError, match="keyword arguments only"):
        await made(both.client.chat.completions.create(MESSAGES, model="m", response_model=User))
    assert both.server.exchanges == []
    with pytest.raises(TypeError, match="OpenAI"):
        partialjson.from_openai(object())


async def test_what_is_not_given_is_not_there(both: Both) -> None:
    """As wrappers of `create` hand it on."""
    nothing = dict.fromkeys(["tools", "tool_choice", "response_format", "temperature"], NOT_GIVEN)
    more: Any = {"max_retries": omit, "min_interval": omit, "mode": omit, "context": omit}
    assert isinstance(await both.create(response_model=User, stream=omit, **nothing, **more), User)
    calls = await both.create(tools=[User], stream=omit, tool_choice="required", **more)
    assert [type(call.arguments) for call in calls] == [User]


async def made(call: Any) -> Any:
    return await call if inspect.isawaitable(call) else call


async def test_errors_of_the_service_are_those_of_the_client(both: Both) -> None:
    with pytest.raises(BadRequestError, match="messages"):
        await both.create(User, messages=[])


# --- everything else passes through --------------------------------------------------------------


async def test_without_response_model_nothing_changes(both: Both) -> None:
    whole = await both.create()
    assert type(whole) is ChatCompletion
    stream = await both.create(stream=True)
    assert type(stream) is type(
        await both.bare.chat.completions.create(model="m", messages=MESSAGES, stream=True)
        if both.is_async
        else both.bare.chat.completions.create(model="m", messages=MESSAGES, stream=True)
    )
    items, error = await both.collect(stream)
    assert error is None
    assert {type(item) for item in items} == {ChatCompletionChunk}
    assert "tools" not in both.exchange.request
    raw = both.client.chat.completions.with_raw_response.create(model="m", messages=MESSAGES)
    raw = await raw if both.is_async else raw
    assert raw.headers["content-type"] == "application/json"


async def test_the_client_stays_a_client(both: Both) -> None:
    client, bare = both.client, both.bare
    assert isinstance(client, type(bare))
    assert client.models is bare.models
    assert client.base_url == bare.base_url
    assert client.chat.completions.messages is bare.chat.completions.messages
    assert "responses" in dir(client)
    client.timeout = 7
    assert bare.timeout == 7
    with pytest.raises(AttributeError, match="nothing_of_the_kind"):
        _ = client.nothing_of_the_kind
    assert partialjson.from_openai(client).models is bare.models


async def test_a_shallow_copy_is_one_of_the_client(both: Both) -> None:
    both.client = copied = copy.copy(both.client)
    assert isinstance(copied, type(both.bare))
    copied.timeout = 7
    assert both.bare.timeout != 7
    assert type((await both.collect(await both.create(User)))[0][-1]) is User


async def test_options_keep_it_wrapped(both: Both) -> None:
    both.client = both.client.with_options(timeout=5)
    items, error = await both.collect(await both.create(User))
    assert error is None
    assert type(items[-1]) is User
    both.client = both.client.copy(max_retries=1)
    assert both.client.max_retries == 1
    assert type((await both.collect(await both.create(User)))[0][-1]) is User


async def test_what_replaces_create_calls_ours(both: Both) -> None:
    """As tracers do, which keep what they find to call it."""
    for resource in both.client.chat.completions, both.client.responses:
        found = resource.create
        calls: list[dict[str, Any]] = []

        def traced(found: Any = found, calls: Any = calls, **arguments: Any) -> Any:
            calls.append(arguments)
            return found(**arguments)

        resource.create = traced
        assert resource.create is traced
    answer = both.client.chat.completions.create(model="m", messages=MESSAGES)
    assert type(await answer if both.is_async else answer) is ChatCompletion
    assert type((await both.collect(await both.create(User)))[0][-1]) is User
    del both.client.chat.completions.create
    assert both.client.chat.completions.create is not traced
    assert "create" not in vars(both.bare.chat.completions)


async def test_what_replaces_a_resource_is_seen_wherever_it_is_put(both: Both) -> None:
    class Fake:
        def create(self, **_: Any) -> str:
            return "fake"

    request = {"model": "m", "messages": MESSAGES}
    assert both.client.chat is both.client.chat
    completions = both.client.chat.completions
    for chat in both.bare.chat, both.client.chat:
        with mock.patch.object(chat, "completions", Fake()):
            assert both.client.chat.completions.create(**request) == "fake"
        assert type((await both.collect(await both.create(User)))[0][-1]) is User
    for client in both.bare, both.client:
        with mock.patch.object(client, "chat", mock.Mock(completions=Fake())):
            assert both.client.chat.completions.create(**request) == "fake"
        assert type((await both.collect(await both.create(User)))[0][-1]) is User
    assert isinstance(completions, type(both.bare.chat.completions))


async def test_a_wrapped_client_is_of_the_type_that_checkers_see(both: Both) -> None:
    kind = partialjson.AsyncPartialOpenAI if both.is_async else partialjson.PartialOpenAI
    assert isinstance(both.client, kind)


async def test_a_create_that_tests_put_in_its_place_is_called_as_it_is(both: Both) -> None:
    completions = both.client.chat.completions
    with mock.patch.object(completions, "create", return_value="fake") as create:
        assert both.client.chat.completions.create(response_model=User) == "fake"
    create.assert_called_once_with(response_model=User)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(completions, "create", lambda **_: "fake")
        assert both.client.chat.completions.create(response_model=User) == "fake"
    assert type((await both.collect(await both.create(User)))[0][-1]) is User


async def test_the_client_is_a_context_manager(both: Both) -> None:
    if both.is_async:
        async with both.client as client:
            assert not client.is_closed()
            assert client.chat.completions is not None
    else:
        with both.client as client:
            assert not client.is_closed()
    assert both.client.is_closed()


def test_azure_clients_too() -> None:
    options: Any = {"api_version": "1", "azure_endpoint": "http://localhost", "api_key": "any"}
    with AzureOpenAI(**options) as client:
        assert isinstance(partialjson.from_openai(client), AzureOpenAI)
    wrapped = partialjson.from_openai(AsyncAzureOpenAI(**options))
    assert isinstance(wrapped, AsyncAzureOpenAI)


def test_what_was_patched_stays_patched(server: LocalServer) -> None:
    with OpenAI(base_url=server.base_url, api_key="any") as client:
        calls = []
        create: Any = client.chat.completions.create

        def traced(**request: Any) -> Any:
            calls.append(request["model"])
            return create(**request)

        client.chat.completions.create = traced
        stream = partialjson.from_openai(client).chat.completions.create(
            model="gpt-4o", messages=MESSAGES, response_model=Partial[User], stream=True
        )
        assert isinstance(list(stream)[-1], User)
    assert calls == ["gpt-4o"]


# --- faults --------------------------------------------------------------------------------------


async def fault(both: Both, name: Any, model: Any = Order) -> tuple[Any, list[Any], Any]:
    both.server.behaviour = Behaviour(pace_s=0, fault=name)
    stream = await both.create(model)
    items, error = await both.collect(stream)
    assert is_closed(stream)
    assert items
    return stream, items, error


async def test_malformed_json(both: Both) -> None:
    stream, items, error = await fault(both, "malformed")
    assert type(error) is partialjson.JSONSyntaxError
    sent = "".join(piece for _, piece in both.exchange.sent)
    assert error.pos == len(sent[: sent.index("\0")].encode())
    assert error.path == ("items", 0, "name")
    assert error.value == items[-1] == stream.value
    assert type(error.value) is Partial[Order]
    assert error.value.address.country == "FR"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("length", partialjson.TruncatedError),
        ("end", partialjson.IncompleteJSONError),
        ("drop", partialjson.DisconnectedError),
    ],
)
async def test_a_stream_that_is_cut(both: Both, name: str, kind: type[Exception]) -> None:
    stream, items, error = await fault(both, name)
    assert type(error) is kind
    assert error.open_path == ("items", 0, "name")
    assert error.value == items[-1] == stream.value
    assert type(error.value.items[0]) is Partial[Item]
    assert stream.finish_reason == ("length" if name == "length" else None)
    assert (error.__cause__ is not None) == (name == "drop")


async def test_a_document_that_does_not_fit(both: Both) -> None:
    stream, items, error = await fault(both, "unfit")
    assert type(error) is ValidationError
    assert [each["loc"] for each in error.errors()] == [("total",)]
    assert type(stream.value) is Partial[Order]
    assert stream.value.address == items[-1].address


async def test_many_streams_at_once(server: LocalServer) -> None:
    async with AsyncOpenAI(base_url=server.base_url, api_key="any") as bare:
        client = partialjson.from_openai(bare)

        async def one() -> User:
            stream = await client.chat.completions.create(
                model="gpt-4o", messages=MESSAGES, response_model=Partial[User], stream=True
            )
            last = ""
            async for user in stream:
                bio = user.bio or ""
                assert bio.startswith(last)
                last = bio
            return stream.final

        users = await asyncio.gather(*(one() for _ in range(20)))
    assert users == [users[0]] * 20
    assert type(users[0]) is User
