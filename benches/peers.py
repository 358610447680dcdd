"""The parsers that ours is measured beside, each used as its own documentation says."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from typing import Any

import fast_json_repair
import ijson
import jiter
import json_repair
import jsonriver
import msgspec
import orjson
import partial_json_parser
import pydantic_core
import simdjson
from ijson.common import ObjectBuilder
from langchain_core.utils.json import parse_partial_json

from benches import growing

SIMDJSON = simdjson.Parser()
# One shot. Each takes bytes; those that take no str are given what a caller would give them. What
# can be kept from call to call is kept.
FROM_BYTES: dict[str, Callable[[bytes], object]] = {
    "jiter": jiter.from_json,
    "orjson": orjson.loads,
    "msgspec": msgspec.json.Decoder().decode,
    "pydantic_core": pydantic_core.from_json,
    "pysimdjson": lambda data: SIMDJSON.parse(data, True),
    "json": json.loads,
}
FROM_STR: dict[str, Callable[[str], object]] = {
    **FROM_BYTES,  # type: ignore[dict-item]
    "jiter": lambda text: jiter.from_json(text.encode()),
}

# A best-effort value of the beginning of a document, all of it parsed again for every token. Those
# that take bytes are given bytes, which costs them less than a str.
REPARSERS_OF_BYTES: dict[str, Callable[[bytes], object]] = {
    "jiter": growing.from_beginning,
    "pydantic_core": lambda data: pydantic_core.from_json(data, allow_partial="trailing-strings"),
}
# That a beginning is no document, the repairing ones need not find out first.
REPARSERS: dict[str, Callable[[str], object]] = {
    "partial-json-parser": partial_json_parser.loads,
    "langchain-core": parse_partial_json,
    "fast-json-repair": lambda text: fast_json_repair.loads(text, skip_json_loads=True),
    "json-repair": lambda text: json_repair.loads(text, skip_json_loads=True, stream_stable=True),
}


def growing_text(parse: Callable[[str], object], tokens: Iterable[str]) -> None:
    """The loop around them: text is added up, and all of it parsed again."""
    buffer = ""
    for token in tokens:
        buffer += token
        value = parse(buffer)  # noqa: F841  held, as a caller would


def jsonriver_stream(tokens: Iterable[str]) -> None:
    """jsonriver's values, driven without an event loop: nothing in it ever waits."""

    async def stream() -> AsyncIterator[str]:
        for token in tokens:
            yield token

    async def consume() -> None:
        async for value in jsonriver.parse(stream()):  # noqa: B007
            pass

    run(consume())


def ijson_push(tokens: Iterable[str]) -> None:
    """ijson's events, pushed into its own object builder; an open string is not seen."""
    events = ijson.sendable_list()
    parser = ijson.basic_parse_coro(events, use_float=True)
    builder = ObjectBuilder()
    for token in tokens:
        parser.send(token.encode())
        for event, value in events:
            builder.event(event, value)
        del events[:]
        value = getattr(builder, "value", None)
    parser.close()


def run(coroutine: Coroutine[Any, Any, None]) -> None:
    """Runs a coroutine that never waits."""
    try:
        coroutine.send(None)
    except StopIteration:
        return
    raise AssertionError("it waited")
