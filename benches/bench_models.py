"""A typed partial object after every token: microseconds per token.

Everybody validates the whole document in the end. Values are held by the loop variable.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter

from benches import growing
from benches.conftest import Measure, Record
from benches.elsewhere import timed_in
from benches.sampling import affordable, sample
from benches.targets import LONG_REPORT, OURS
from benches.typed import TYPED, optional, tokens_of
from partialjson import ModelParser, Parser

PLAIN = "Parser, plain values"
JITER = "jiter, optional model"
INSTRUCTOR = "instructor"
# What a pass may take before a peer that parses everything again is sampled.
SECONDS = 0.5
CASES = ["profile", "report", "extraction"]

Parse = Callable[[bytes], object]


def typed(model: type[BaseModel], tokens: Sequence[str]) -> None:
    parser = ModelParser(model)
    for token in tokens:
        value = parser.feed(token)  # noqa: F841
    parser.finish()


def plain(_: type[BaseModel], tokens: Sequence[str]) -> None:
    parser = Parser()
    for token in tokens:
        value = parser.feed(token)  # noqa: F841
    parser.finish()


def jiter_then_model(target: type[BaseModel]) -> Parse:
    return lambda data: target.model_validate(growing.from_beginning(data))


def pydantic_alone(target: type[BaseModel]) -> Parse:
    adapter = TypeAdapter(target)
    return lambda data: adapter.validate_json(data, experimental_allow_partial="trailing-strings")


# Optional fields all the way down: validation of what is there cannot fail.
REPARSERS: dict[str, Callable[[type[BaseModel]], Parse]] = {
    JITER: jiter_then_model,
    "Pydantic, optional model": pydantic_alone,
}


LOOPS: dict[str, Callable[[type[BaseModel], Sequence[str]], None]] = {OURS: typed, PLAIN: plain}


@pytest.mark.parametrize("who", LOOPS)
@pytest.mark.parametrize("name", [*CASES, LONG_REPORT])
def test_incremental(name: str, who: str, measure: Measure) -> None:
    tokens = tokens_of(name)
    work = partial(LOOPS[who], TYPED[name][0], tokens)
    measure(work, section="models", case=name, who=who, units=len(tokens), tokens=len(tokens))


@pytest.mark.parametrize("who", REPARSERS)
@pytest.mark.parametrize("name", CASES)
def test_an_optional_model(name: str, who: str, measure: Measure) -> None:
    model, _ = TYPED[name]
    tokens = tokens_of(name)
    parse = REPARSERS[who](optional(model))

    def work() -> None:
        growing.from_tokens(tokens, parse)
        model.model_validate_json("".join(tokens))

    count = affordable(lambda text: parse(text.encode()), tokens, SECONDS)
    if count < len(tokens):
        prefixes = [prefix.encode() for prefix in sample(tokens, count)]

        def work() -> None:
            for prefix in prefixes:
                value = parse(prefix)  # noqa: F841

    notes = {"sampled": count, "tokens": len(tokens)}
    measure(work, section="models", case=name, who=who, units=count, **notes)


@pytest.mark.parametrize("name", CASES)
def test_instructor(name: str, record: Record) -> None:
    found: dict[str, Any] = {}

    def figure() -> float:
        found.update(timed_in("bench-instructor", "benches.instructed", name, str(SECONDS)))
        return float(found["seconds"])

    tokens = len(tokens_of(name))
    record(figure, section="models", case=name, who=INSTRUCTOR, found=found, tokens=tokens)
