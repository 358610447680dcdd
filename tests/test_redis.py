"""A real Redis, and two processes: one writes the text, the other serves it."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from redis import Redis as SyncRedis
from redis.asyncio import Redis
from redis.exceptions import WatchError

from partialjson import Broadcast, Event, Restart
from partialjson.redis import RedisStore
from tests.broadcasts import TEXT, Source, chunks_of, until, watch
from tests.strategies import cuts, document, pieces, seeded
from tests.wire_client import Client

SERVER = shutil.which("redis-server") or shutil.which("valkey-server")
pytestmark = pytest.mark.skipif(
    SERVER is None, reason="redis-server is missing: apt install redis-server"
)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a server of our own, which keeps nothing."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        number = free.getsockname()[1]
    directory = tmp_path_factory.mktemp("redis")
    assert SERVER is not None
    options = ["--port", str(number), "--bind", "127.0.0.1", "--save", "", "--dir", str(directory)]
    with subprocess.Popen([SERVER, *options], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if "eady to accept connections" in line:
                    break
            yield number
        finally:
            process.terminate()


@asynccontextmanager
async def client_of(port: int, **options: Any) -> AsyncIterator[Redis]:
    client = Redis(port=port, **options)
    try:
        yield client
    finally:
        await client.aclose()


@pytest.fixture
async def redis(port: int) -> AsyncIterator[Redis]:
    async with client_of(port) as client:
        await client.flushall()
        yield client


async def test_text_goes_through_redis(redis: Redis) -> None:
    store = RedisStore(redis)
    for number, random in enumerate(seeded(25, 300)):
        data = document(random)
        source = Source()
        name = f"s{number}"
        writing = Broadcast(source, stream=name, min_interval=0, store=store).start()
        await until_stored(store, name)
        reading = Broadcast(store.read(name), stream=name, min_interval=0).start()
        watching = asyncio.create_task(watch(reading.view()))
        for piece in pieces(data, cuts(random, len(data))):
            source.give(piece)
            if random.random() < 0.3:
                await asyncio.sleep(0.001)
        source.end()
        client = await watching
        assert client.value == json.loads(data.decode("utf-8-sig"))
        assert client.end == {"ok": True}
        assert client.id == reading.id == writing.id
        await writing.wait()
        # Who comes when all is over gets it, too.
        late = await watch(Broadcast(store.read(name), stream=name).start().view())
        assert late.value == client.value
        assert late.end == client.end


async def until_stored(store: RedisStore, name: str) -> None:
    for _ in range(2000):
        if await store.has(name):
            return
        await asyncio.sleep(0.001)
    raise AssertionError(name)


async def until_written(redis: Redis, epoch: int) -> None:
    for _ in range(2000):
        if await redis.exists(f"partialjson:{{s}}:{epoch}"):
            return
        await asyncio.sleep(0.001)
    raise AssertionError(epoch)


async def test_attempts_and_cursors_are_the_same_in_every_process(redis: Redis) -> None:
    store = RedisStore(redis)
    source = Source()
    async with Broadcast(source, stream="s", min_interval=0, store=store) as writing:
        source.give('{"a": "x', Restart(), '{"b": "y')
        await until(lambda: writing.id == "s.1.8")
        await until_stored(store, "s")
        reading = Broadcast(store.read("s"), stream="s", min_interval=0).start()
        client = Client()
        watching = asyncio.create_task(watch(reading.view(), client))
        await until(lambda: client.id == "s.1.8")
        # Over to the other process, in the middle of a text.
        watching.cancel()
        source.give('z"}')
        source.end()
        resumed = writing.view(client.connect())
        event = await resumed.next(5)
        assert event is not None
        assert event.data == '{"o":"append","p":"/b","v":"z","open":"/b"}' or event.id == "s.1.11"
        client.take(*event)
        await watch(resumed, client)
        await reading.wait()
        assert client.value == reading.value == {"b": "yz"}


async def test_who_changes_over_to_a_process_that_has_read_nothing_yet_is_told_the_rest(
    redis: Redis,
) -> None:
    store = RedisStore(redis)
    source = Source()
    async with Broadcast(source, stream="s", epoch=3, min_interval=0, store=store):
        source.give('{"a": "xyz')
        await until_written(redis, 3)
        for epoch in (0, 3):
            reading = Broadcast(store.read("s"), stream="s", epoch=epoch, min_interval=0).start()
            event = await reading.view("s.3.8").next(5)
            assert event == Event("d", "s.3.10", '{"o":"append","p":"/a","v":"yz"}')
            await reading.stop()


async def test_ends_are_told_as_they_were(redis: Redis) -> None:
    store = RedisStore(redis)
    ends: list[tuple[list[Any], dict[str, Any]]] = [
        (['{"a', ConnectionError("secret")], {"type": "UpstreamError"}),
        (["12", StopAsyncIteration()], {}),
        (["[x"], {"type": "JSONSyntaxError"}),
        (["[1", StopAsyncIteration()], {"type": "IncompleteJSONError"}),
    ]
    for number, (items, error) in enumerate(ends):
        source = Source()
        source.give(*items)
        name = f"s{number}"
        writing = Broadcast(source, stream=name, store=store).start()
        here = await watch(writing.view())
        await writing.wait()
        there = await watch(Broadcast(store.read(name), stream=name).start().view())
        assert here.end == there.end
        assert here.value == there.value
        assert error.items() <= here.end.get("error", {}).items()


async def test_stop_reaches_the_other_process(redis: Redis) -> None:
    store = RedisStore(redis)
    source = Source()
    writing = Broadcast(source, stream="s", min_interval=0, store=store).start()
    source.give('["a')
    await until_stored(store, "s")
    reading = Broadcast(store.read("s"), stream="s", min_interval=0).start()
    watching = asyncio.create_task(watch(reading.view()))
    await until(lambda: reading.text == b'["a')
    await writing.stop()
    assert (await watching).end["error"] == {"type": "Stopped"}


async def test_lost_announcements_are_made_up_for(redis: Redis) -> None:
    store = RedisStore(redis, poll=0.02)
    await store.begin("s", 0)
    reading = Broadcast(store.read("s"), stream="s", min_interval=0).start()
    await asyncio.sleep(0.01)
    await redis.setrange("partialjson:{s}:0", 0, "[1,2]")
    await redis.hset("partialjson:{s}", "end", '{"ok":true}')
    assert (await watch(reading.view())).value == [1, 2]


async def test_writing_twice_is_as_writing_once(redis: Redis) -> None:
    store = RedisStore(redis)
    await store.begin("s", 0)
    for _ in range(2):
        await store.write("s", 0, 0, "[é".encode()[:2])
        await store.write("s", 0, 2, b"1]")
    assert await redis.get("partialjson:{s}:0") == b"[\xc31]"


async def test_same_attempt_is_not_written_over(redis: Redis) -> None:
    store = RedisStore(redis)
    first = Broadcast(chunks_of([TEXT]), stream="s", store=store).start()
    await first.wait()
    second = Broadcast(chunks_of(["[]"], pause=0.05), stream="s", store=store).start()
    await second.wait()
    assert isinstance(second.error, ValueError)
    assert "not a new one" in str(second.error)
    assert await redis.get("partialjson:{s}:0") == TEXT.encode()
    third = Broadcast(chunks_of(["[]"]), stream="s", epoch=1, store=store).start()
    await third.wait()
    assert third.error is None
    assert not await redis.exists("partialjson:{s}:0")


async def test_of_two_that_begin_at_once_one_is_refused(redis: Redis, port: int) -> None:
    """Their texts would be mixed."""
    async with client_of(port) as other:
        for number in range(20):
            name = f"s{number}"
            texts = ['["' + letter * 1000 + '"]' for letter in "ab"]
            runs = [
                Broadcast(chunks_of([text], pause=0.001), stream=name, store=RedisStore(client))
                for text, client in zip(texts, (redis, other), strict=True)
            ]
            await asyncio.gather(*(run.start().wait() for run in runs))
            (refused,) = (run for run in runs if run.error is not None)
            assert isinstance(refused.error, ValueError)
            assert "not a new one" in str(refused.error)
            (begun,) = (text for run, text in zip(runs, texts, strict=True) if run is not refused)
            assert await redis.get(f"partialjson:{{{name}}}:0") == begun.encode()


async def test_beginning_that_was_not_answered_has_been_made(redis: Redis) -> None:
    class Lossy(RedisStore):
        async def _commit(self, *args: Any) -> list[Any]:
            results = await super()._commit(*args)
            if not lost:
                lost.append(True)
                # As the client has it where the connection is lost.
                raise WatchError
            return results

    lost: list[bool] = []
    run = Broadcast(chunks_of([TEXT]), stream="s", store=Lossy(redis)).start()
    await run.wait()
    assert lost
    assert run.error is None
    assert await redis.get("partialjson:{s}:0") == TEXT.encode()


async def test_everything_is_forgotten_in_time(redis: Redis) -> None:
    store = RedisStore(redis, ttl=0.1)
    await Broadcast(chunks_of([TEXT]), stream="s", store=store).start().wait()
    assert await store.has("s")
    await asyncio.sleep(0.15)
    assert not await store.has("s")
    assert await redis.keys("*") == []
    reading = Broadcast(store.read("s"), stream="s").start()
    client = await watch(reading.view())
    assert client.end["error"] == {"type": "UpstreamError"}
    assert isinstance(reading.error, LookupError)


async def test_attempt_that_was_replaced_ends_alone(redis: Redis) -> None:
    """A run that is being shut down must not end the one that has taken its place."""
    store = RedisStore(redis)
    sources = [Source(), Source(), Source()]
    runs = []
    for epoch, source in enumerate(sources):
        run = Broadcast(source, stream="s", epoch=epoch, min_interval=0, store=store).start()
        source.give(f'["{epoch}')
        await until_written(redis, epoch)
        runs.append(run)
    silent, writing, newest = runs
    reading = Broadcast(store.read("s"), stream="s", min_interval=0).start()
    watching = asyncio.create_task(watch(reading.view()))
    await silent.stop()
    sources[1].give("x")
    await writing.wait()
    sources[2].give('"]')
    sources[2].end()
    assert (await watching).value == ["2"]
    await newest.wait()
    assert newest.error is None
    for replaced in silent, writing:
        assert isinstance(replaced.error, LookupError)


async def test_so_does_one_that_is_replaced_just_then(redis: Redis) -> None:
    """Between its look at which attempt it is now, and its end."""

    class Slow(RedisStore):
        async def _commit(self, *args: Any) -> list[Any]:
            if is_ending and not replaced:
                replaced.append(True)
                await RedisStore(redis).begin("s", 1)
            return await super()._commit(*args)

    replaced: list[bool] = []
    is_ending = False
    store = Slow(redis)
    await store.begin("s", 0)
    await store.write("s", 0, 0, b"[0]")
    is_ending = True
    with pytest.raises(LookupError):
        await store.end("s", 0, '{"ok":true}')
    assert replaced
    assert await redis.hget("partialjson:{s}", "end") is None
    assert await redis.hget("partialjson:{s}", "epoch") == b"1"


@pytest.mark.parametrize("rest", ["2", None])
async def test_what_is_forgotten_while_it_is_written_is_an_error(
    redis: Redis, rest: str | None
) -> None:
    store = RedisStore(redis)
    source = Source()
    writing = Broadcast(source, stream="s", min_interval=0, store=store).start()
    source.give("[1]" if rest is None else "[1,")
    await until_written(redis, 0)
    await redis.flushall()
    if rest is None:
        source.end()
    else:
        source.give(rest)
    await writing.wait()
    assert isinstance(writing.error, LookupError)
    assert not await store.has("s")


async def test_what_was_left_of_a_forgotten_text_is_no_part_of_the_next(redis: Redis) -> None:
    store = RedisStore(redis)
    with pytest.raises(LookupError, match="not kept any more"):
        await store.write("s", 0, 3, b"left over")
    await Broadcast(chunks_of(["[1]"]), stream="s", store=store).start().wait()
    client = await watch(Broadcast(store.read("s"), stream="s").start().view())
    assert client.value == [1]
    assert client.end == {"ok": True}


async def test_redis_that_fails_ends_the_stream(port: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        closed = free.getsockname()[1]
    async with client_of(closed, retry=None) as nowhere:
        source = Source()
        broadcast = Broadcast(source, store=RedisStore(nowhere)).start()
        client = await watch(broadcast.view())
        await broadcast.wait()
        assert client.end["error"] == {"type": "UpstreamError"}
        assert isinstance(broadcast.error, OSError | Exception)
        assert "onnect" in str(broadcast.error)
        assert source.closed == 1
        # Who comes from a process that had read it keeps what is on the screen.
        reading = Broadcast(RedisStore(nowhere).read("s"), stream="s").start()
        (event,) = [each async for each in reading.view("s.0.500")]
        assert event == Event("end", "s.0.500", '{"ok":false,"error":{"type":"UpstreamError"}}')


async def test_client_must_give_bytes(port: int) -> None:
    async with client_of(port, decode_responses=True) as client:
        with pytest.raises(ValueError, match="bytes"):
            RedisStore(client)
    synchronous: Any = SyncRedis(port=port)
    with pytest.raises(TypeError, match=r"redis\.asyncio\.Redis"):
        RedisStore(synchronous)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"ttl": 0}, "ttl must be a number of seconds from 0.001 to 1e12, not 0"),
        ({"ttl": -5}, "ttl must be .* not -5"),
        ({"ttl": 0.0005}, "ttl must be .* not 0.0005"),
        ({"ttl": float("inf")}, "ttl must be .* not inf"),
        ({"ttl": float("nan")}, "ttl must be .* not nan"),
        ({"ttl": 1e300}, "ttl must be .* not 1e[+]300"),
        ({"ttl": "3600"}, "ttl must be a number of seconds, not '3600'"),
        ({"ttl": None}, "ttl must be a number of seconds, not None"),
        ({"poll": -1}, "poll must be .* not -1"),
        ({"poll": 0}, "poll must be .* not 0"),
        ({"prefix": 5}, "prefix must be a str, not 5"),
        ({"prefix": b"a:"}, "prefix must be a str, not b'a:'"),
    ],
)
async def test_wrong_options_are_told_at_once(redis: Redis, wrong: Any, told: str) -> None:
    """And not by Redis, to a stream that somebody has paid for."""
    with pytest.raises((TypeError, ValueError), match=told):
        RedisStore(redis, **wrong)


async def test_options_at_their_bounds_hold(redis: Redis) -> None:
    await Broadcast(["1"], stream="s", store=RedisStore(redis, ttl=1e12)).start().wait()
    assert await redis.get("partialjson:{s}:0") == b"1"
    await RedisStore(redis, ttl=0.001).begin("t", 0)


async def test_client_is_no_store(redis: Redis) -> None:
    client: Any = redis
    with pytest.raises(TypeError, match="a TextStore, such as a RedisStore, not Redis"):
        Broadcast(["1"], store=client)


WRITER = """
import asyncio, sys
from redis.asyncio import Redis
from partialjson import Broadcast
from partialjson.redis import RedisStore

async def tokens():
    text = sys.argv[2]
    for at in range(0, len(text), 3):
        yield text[at:at + 3]
        await asyncio.sleep(0.002)

async def main():
    async with Redis(port=int(sys.argv[1])) as client:
        store = RedisStore(client)
        await Broadcast(tokens(), stream="shared", min_interval=0, store=store).start().wait()

asyncio.run(main())
"""


async def test_one_process_writes_and_another_serves(redis: Redis, port: int) -> None:
    text = json.dumps({"title": "Zwölf Boxkämpfer", "pages": list(range(100))}, ensure_ascii=False)
    store = RedisStore(redis)
    command = [sys.executable, "-c", WRITER, str(port), text]
    writer = await asyncio.create_subprocess_exec(
        *command, cwd=Path(__file__).parent.parent / "python"
    )
    try:
        for _ in range(3000):
            if await store.has("shared"):
                break
            await asyncio.sleep(0.002)
        reading = Broadcast(store.read("shared"), stream="shared", min_interval=0).start()
        client = Client()
        grown = []
        async for event in reading.view(client.connect()):
            client.take(*event)
            grown.append(event)
        assert client.value == json.loads(text)
        assert client.end == {"ok": True}
        # It grew before our eyes.
        assert len(grown) > 10
    finally:
        assert await writer.wait() == 0
