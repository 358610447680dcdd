"""docs/web.md: its programs run, and the backend that they make does what the page says."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt
from pydantic import BaseModel, field_validator
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from examples.local_server import Behaviour, LocalServer
from partialjson import Broadcast, Partial
from tests.broadcasts import chunks_of, until, watch
from tests.loopback import Answer, get, serving
from tests.test_redis import port as redis_port
from tests.test_redis import pytestmark as needs_redis
from tests.test_ws import take
from tests.wire_client import Client

PAGE = (Path(__file__).parent.parent / "docs" / "web.md").read_text("utf-8")
BLOCKS = [t.content for t in MarkdownIt().parse(PAGE) if t.type == "fence" and t.info == "python"]
WEB, REDIS = BLOCKS[:2], BLOCKS[2:]
ANN, BOB = "token=one", "token=two"

__all__ = ["redis_port"]


def run(blocks: list[str], **names: Any) -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "web.md", **names}
    for number, block in enumerate(blocks):
        exec(compile(block, f"web.md, block {number}", "exec"), namespace)
    return namespace


class Backend:
    """The page's application, served, with a language model behind it."""

    def __init__(self, port: int, names: dict[str, Any], model: LocalServer) -> None:
        self.port = port
        self.names = names
        self.model = model

    async def ask(self, method: str, path: str, cookie: str = ANN) -> Answer:
        async with get(self.port, path, method=method, Cookie=cookie) as answer:
            answer.body_text = await answer.text()
        return answer

    async def create(self) -> str:
        answer = await self.ask("POST", "/reports?topic=bees")
        assert answer.status == 200
        return json.loads(answer.body_text)

    def report(self, name: str) -> Broadcast:
        return self.names["reports"]["ann", name]

    async def follow(self, path: str, client: Client, at_most: int | None = None) -> None:
        cursor = client.connect()
        query = "" if cursor is None else f"?cursor={cursor}"
        async with get(self.port, path + query, Cookie=ANN) as answer:
            assert answer.status == 200
            count = 0
            async for event in answer.events():
                client.take(*event)
                count += 1
                if count == at_most:
                    return


@pytest.fixture
async def backend(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Backend]:
    with LocalServer(Behaviour(pace_s=0.002)) as model:
        monkeypatch.setenv("OPENAI_BASE_URL", model.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", "any")
        names = run(WEB)
        async with serving(names["app"], ws="websockets-sansio") as port:
            yield Backend(port, names, model)
        for report in names["reports"].values():
            await report.stop()
        await names["client"].close()


@pytest.mark.parametrize("way", ["reports", "starlette"])
async def test_report_grows_and_is_resumed(backend: Backend, way: str) -> None:
    name = await backend.create()
    client = Client()
    while client.end is None:
        await backend.follow(f"/{way}/{name}/events", client, at_most=3)
    assert client.end == {"ok": True}
    report = backend.report(name)
    assert client.value == json.loads(report.text)
    assert client.value.keys() == {"title", "sections"}


async def test_report_comes_over_a_websocket(backend: Backend) -> None:
    name = await backend.create()
    client = Client()
    address = f"ws://127.0.0.1:{backend.port}/reports/{name}/socket"
    async with connect(address, additional_headers={"Cookie": ANN}) as socket:
        async for message in socket:
            take(client, message)
    assert client.end == {"ok": True}
    assert client.value == json.loads(backend.report(name).text)


async def test_viewer_that_leaves_a_websocket_is_no_error(
    backend: Backend, caplog: pytest.LogCaptureFixture
) -> None:
    server = logging.getLogger("uvicorn.error")
    server.addHandler(caplog.handler)
    try:
        name = await backend.create()
        report = backend.report(name)
        address = f"ws://127.0.0.1:{backend.port}/reports/{name}/socket"
        async with connect(address, additional_headers={"Cookie": ANN}) as socket:
            await socket.recv()
        await report.wait()
        await until(lambda: not report._bell._waiting)
        # The next connection comes after the end of that one.
        await backend.follow(f"/reports/{name}/events", Client())
    finally:
        server.removeHandler(caplog.handler)
    assert [record.message for record in caplog.records if record.exc_info] == []


async def test_nobody_sees_what_is_not_theirs(backend: Backend) -> None:
    name = await backend.create()
    await backend.report(name).wait()
    cursor = backend.report(name).id
    stream = cursor.partition(".")[0]
    for way in ("reports", "starlette"):
        path = f"/{way}/{name}/events"
        for query, cookie, status in [
            ("", BOB, 404),
            (f"?cursor={cursor}", BOB, 404),
            ("", "token=three", 401),
            ("?cursor=another.0.3", ANN, 400),
            ("?cursor=%22", ANN, 400),
            (f"?cursor={stream}.0", ANN, 400),
        ]:
            answer = await backend.ask("GET", path + query, cookie)
            assert answer.status == status
            assert "title" not in answer.body_text
    answer = await backend.ask("DELETE", f"/reports/{name}", BOB)
    assert answer.status == 404
    path = f"ws://127.0.0.1:{backend.port}/reports/{name}/socket"
    for query, cookie in (("", BOB), ("?cursor=another.0.3", ANN)):
        with pytest.raises(InvalidStatus) as caught:
            async with connect(path + query, additional_headers={"Cookie": cookie}):
                pass
        assert 400 <= caught.value.response.status_code < 500


async def test_stop_ends_the_request(backend: Backend) -> None:
    backend.model.behaviour = Behaviour(pace_s=0.5)
    name = await backend.create()
    client = Client()
    following = asyncio.create_task(backend.follow(f"/reports/{name}/events", client))
    await asyncio.sleep(0.05)
    answer = await backend.ask("DELETE", f"/reports/{name}")
    assert answer.status == 200
    await asyncio.wait_for(following, 2)
    assert client.end["error"] == {"type": "Stopped"}
    (exchange,) = backend.model.exchanges
    assert await asyncio.to_thread(exchange.ended.wait, 2)
    assert exchange.outcome == "left"


async def test_viewers_see_that_the_model_was_asked_again(backend: Backend) -> None:
    answers = 0

    class Report(BaseModel):
        title: str
        sections: list[str]

        @field_validator("title")
        @classmethod
        def second_one_will_do(cls, title: str) -> str:
            nonlocal answers
            answers += 1
            if answers == 1:
                raise ValueError("not that one")
            return title

    source = await backend.names["client"].chat.completions.create(
        model="gpt-4o",
        response_model=Partial[Report],
        stream=True,
        max_retries=1,
        messages=[{"role": "user", "content": "Write a report on bees."}],
    )
    name = "twice"
    report = backend.names["reports"]["ann", name] = Broadcast(source)
    client = Client()
    following = asyncio.create_task(backend.follow(f"/reports/{name}/events", client))
    # Of a viewer that comes later, there would be nothing to see of the first answer.
    await until(lambda: report._bell._waiting)
    report.start()
    await asyncio.wait_for(following, 30)
    assert client.end == {"ok": True}
    assert client.resets == 1
    assert answers == 2
    assert client.id == report.id
    assert client.value == json.loads(report.text)


@needs_redis
async def test_two_broadcasts_share_a_store(redis_port: int) -> None:
    names = run(REDIS, Broadcast=Broadcast, HTTPException=Exception, redis_port=redis_port)
    await names["write"]("r7", chunks_of(['{"a": "b', 'c"}']))
    client = await watch((await names["serve"]("r7")).view())
    assert client.value == {"a": "bc"}
    with pytest.raises(Exception, match="404"):
        await names["serve"]("r8")
    await names["store"]._client.aclose()


def test_lines_are_of_a_length_to_read() -> None:
    for page in ("web.md", "wire.md"):
        text = (Path(__file__).parent.parent / "docs" / page).read_text("utf-8")
        prose = re.sub(r"^\|.*$", "", text, flags=re.MULTILINE)
        assert max(map(len, prose.splitlines())) <= 120
