"""The models of issue-sized answers, and the documents that a language model would fill them with.

Dates are text here: half a date is no `date`, and a parser that validates all it has at every token
could not go on.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from random import Random
from typing import Any, get_args, get_origin

from pydantic import BaseModel, create_model

from benches import words
from benches.workloads import cut, extraction, profile


class Address(BaseModel):
    street: str
    city: str
    geo: list[float]


class Job(BaseModel):
    company: str
    years: int


class Profile(BaseModel):
    """A person: 0.8 KB, some nesting."""

    name: str
    age: int
    email: str
    bio: str
    skills: list[str]
    address: Address
    verified: bool
    jobs: list[Job]


class Figure(BaseModel):
    label: str
    value: float
    unit: str


class Section(BaseModel):
    heading: str
    text: str
    figures: list[Figure]


class Report(BaseModel):
    """Nested prose: 9 KB of 8 sections with 3 figures each."""

    title: str
    sections: list[Section]
    final: bool


class Record(BaseModel):
    id: int
    name: str
    company: str
    city: str
    amount: float
    date: str
    paid: bool
    note: str | None


class Extraction(BaseModel):
    """Flat records: 75 KB of 400 of them."""

    records: list[Record]


def person(random: Random) -> Any:
    """The untyped benches' profile, in the fields of `Profile`."""
    value = profile(random)
    return {name: value[name] for name in Profile.model_fields}


def report(random: Random, sections: int = 8) -> Any:
    """A `Report` of so many sections."""
    return {
        "title": words.sentence(random, 7),
        "sections": [
            {
                "heading": words.sentence(random, 5),
                "text": words.paragraph(random, 9),
                "figures": [
                    {
                        "label": words.sentence(random, 4),
                        "value": words.rounded(random, 1000, 2),
                        "unit": "EUR",
                    }
                    for _ in range(3)
                ],
            }
            for _ in range(sections)
        ],
        "final": True,
    }


def long_report(random: Random) -> Any:
    """A `Report` ten times as long."""
    return report(random, 80)


TYPED: dict[str, tuple[type[BaseModel], Callable[[Random], Any]]] = {
    "profile": (Profile, person),
    "report": (Report, report),
    "extraction": (Extraction, extraction),
    "report, 10 times as long": (Report, long_report),
}


@cache
def tokens_of(name: str) -> list[str]:
    """The document of that name in pieces of 3 to 5 characters."""
    _, make = TYPED[name]
    return cut(json.dumps(make(Random(name)), ensure_ascii=False), 3, 5)


@cache
def optional(model: type[BaseModel]) -> type[BaseModel]:
    """The same model with every field optional, as is written by hand to validate what is there."""
    fields: dict[str, Any] = {
        name: (_optional_type(field.annotation) | None, None)
        for name, field in model.model_fields.items()
    }
    return create_model(f"Optional{model.__name__}", **fields)


def _optional_type(annotation: Any) -> Any:
    if get_origin(annotation) is list:
        (item,) = get_args(annotation)
        return list[_optional_type(item)]  # type: ignore[misc]
    return optional(annotation) if isinstance(annotation, type(BaseModel)) else annotation
