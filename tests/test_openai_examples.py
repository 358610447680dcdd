"""The OpenAI examples do what they say, as a person would start them beside the local server."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from openai import OpenAI
from openai.types.responses import Response

from examples.local_server import Behaviour, LocalServer
from examples.schemas import User
from tests.test_examples import run

RECORDED = Path(__file__).parent.parent / "examples" / "local_server" / "recorded"
JASON = User.model_validate_json((RECORDED / "User.json").read_text("utf-8"))


@pytest.fixture
def server(running: LocalServer) -> LocalServer:
    running.behaviour = Behaviour(pace_s=0)
    running.exchanges.clear()
    return running


def example(server: LocalServer, name: str, *arguments: str) -> str:
    """What a program prints."""
    environment = {"OPENAI_API_KEY": "any", "OPENAI_BASE_URL": server.base_url}
    done = run(f"examples/{name}.py", *arguments, **environment)
    assert (done.stderr, done.returncode) == ("", 0)
    return done.stdout


@pytest.mark.parametrize("mode", ["tools", "json_schema"])
def test_chat(server: LocalServer, mode: str) -> None:
    server.behaviour = Behaviour(pace_s=0.005)
    printed = example(server, "openai_chat", mode)
    growing, whole = printed.partition("Whole:\n")[::2]
    lines = growing.splitlines()[1:]
    assert lines[0].endswith("Partial[User](name=None, bio=None, skills=None)")
    assert lines[-2] == f"  None: {JASON!r}"
    assert re.fullmatch(r"  stop, \d+ tokens", lines[-1])
    # Not one for every token.
    assert 3 < len(lines) < 20
    whole, cities = whole.split("One by one:\n")
    assert whole == f"  {JASON!r}\n"
    assert cities.count("  City(") == 2
    asked = [exchange.request for exchange in server.exchanges]
    assert all(("response_format" in each) is (mode == "json_schema") for each in asked)


def test_responses(server: LocalServer) -> None:
    printed = example(server, "openai_responses")
    thoughts = re.findall(r"^\(thinks\) (.*)$", printed, re.MULTILINE)
    assert "".join(thoughts) == "**Thinking it over**"
    verdict = json.loads(printed[printed.index("{") : printed.rindex("}") + 1])
    reasons = re.findall(r"^\d\. (.*)$", printed, re.MULTILINE)
    assert reasons == verdict["reasons"]
    assert re.search(r"^resp_\w+ completed \d+$", printed, re.MULTILINE)


def test_tools(server: LocalServer) -> None:
    printed = example(server, "openai_tools").splitlines()
    assert [line.split()[1] for line in printed if "MISSING" in line] == ["Weather", "Search"]
    done = [line.partition(" -> ")[2] for line in printed if " -> " in line]
    assert done[0] == "14 days of sun in London"
    assert done[1].startswith("nothing about")
    ids = [line.split()[0] for line in printed]
    assert len(set(ids)) == 2
    assert sum("Partial[Search]" in line for line in printed) > 3


def test_many(server: LocalServer) -> None:
    printed = example(server, "async_many", "20").splitlines()
    assert printed[0].startswith(f"It is {JASON.name}, and that is all")
    assert len(printed) == 20
    counts = {line.partition(" objects, the last one: ")[0] for line in printed[1:]}
    assert all(line.endswith(repr(JASON)) for line in printed[1:])
    assert len(counts) == 1
    assert len(server.exchanges) == 20


def test_whole_response(server: LocalServer) -> None:
    with OpenAI(base_url=server.base_url, api_key="any") as client:
        response = client.responses.create(model="gpt-4o", input="Hello")
        assert type(response) is Response
        assert response.status == "completed"
        events = list(client.responses.create(model="gpt-4o", input="Hello", stream=True))
    assert [event.type for event in events[:2]] == ["response.created", "response.in_progress"]
    assert events[-1].type == "response.completed"
    assert [event.sequence_number for event in events] == list(range(len(events)))
    text = "".join(e.delta for e in events if e.type == "response.output_text.delta")
    assert text == response.output_text
