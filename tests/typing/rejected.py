"""What mypy and pyright, both strict, must refuse: each line that ends in ``# wrong``, no other."""

# pyright: strict
# ruff: noqa: B018 - what is wrong need not be useful

from __future__ import annotations

from openai import OpenAI
from pydantic import BaseModel

import partialjson
from partialjson import ModelParser, Partial


class User(BaseModel):
    name: str


def parsers() -> None:
    partialjson.Parsr  # wrong
    parser = ModelParser(User)
    parser.feed("{").nam  # wrong
    parser.feed(1)  # wrong
    parser.value = User(name="a")  # wrong
    number: int = parser.finish()  # wrong
    print(number)


def partials(user: Partial[User]) -> None:
    user.nam  # wrong
    Partial()  # wrong


def streams() -> None:
    for user in partialjson.stream(["{"], User):
        user.nam  # wrong
    partialjson.stream(1, User)  # wrong
    partialjson.astream(["{"], User)  # wrong


def openai(client: OpenAI) -> None:
    completions = partialjson.from_openai(client).chat.completions
    for user in completions.create(
        model="gpt-4o", messages=[], response_model=Partial[User], stream=True
    ):
        user.nam  # wrong
    partialjson.from_openai(1)  # wrong
