"""Chat completions: an object that grows, one that is whole, and items of a list as they close.

Uses the service that OPENAI_API_KEY and OPENAI_BASE_URL say; ``python -m examples.local_server``
is one that needs no key. An argument names the mode: tools, json_schema.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from openai import OpenAI
from pydantic import BaseModel

import partialjson
from partialjson import Partial


class User(BaseModel):
    """A user profile."""

    name: str
    bio: str
    skills: list[str]


class City(BaseModel):
    """A city worth seeing."""

    name: str
    country: str


def main(mode: Any = "tools") -> None:
    """Ask for a user, twice, and for some cities."""
    with partialjson.from_openai(OpenAI(), mode=mode) as client:
        create = client.chat.completions.create

        print("Growing, at most ten times a second:")
        stream = create(
            model="gpt-4o",
            messages=[{"role": "user", "content": "Make up a Python expert named Jason."}],
            response_model=Partial[User],
            stream=True,
            stream_options={"include_usage": True},
            min_interval=0.1,
            max_retries=2,
        )
        try:
            for user in stream:
                print(f"  {stream.open_path}: {user!r}")
        except partialjson.StreamError as error:
            sys.exit(f"No whole answer ({error}), but this much: {error.value!r}")
        print(f"  {stream.finish_reason}, {stream.usage.completion_tokens} tokens")

        print("Whole:")
        user = create(
            model="gpt-4o",
            messages=[{"role": "user", "content": "Make up a Python expert named Jason."}],
            response_model=User,
        )
        print(f"  {user!r}")

        print("One by one:")
        for city in create(
            model="gpt-4o",
            messages=[{"role": "user", "content": "Which cities should I see?"}],
            response_model=Iterable[City],
            stream=True,
        ):
            print(f"  {city!r}")


if __name__ == "__main__":
    main(*sys.argv[1:])
