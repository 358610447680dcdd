"""Instructor: its client and its modes, but each byte parsed once, and a stream that streams.

Uses the service that OPENAI_API_KEY and OPENAI_BASE_URL say; ``python -m examples.local_server``
is one that needs no key.
"""

from __future__ import annotations

import asyncio

import instructor
from openai import AsyncOpenAI, OpenAI
from pydantic import BaseModel

import partialjson
from partialjson.instructor import Partial


class User(BaseModel):
    """A user profile."""

    name: str
    bio: str
    skills: list[str]


REQUEST = {
    "model": "gpt-4o",
    "messages": [{"role": "user", "content": "Make up a Python expert named Jason."}],
    "response_model": Partial[User],
    "stream": True,
}


def synchronous() -> None:
    """Objects come while the answer does: Instructor alone would give them all at its end."""
    with OpenAI() as openai:
        stream = instructor.from_openai(openai).create(**REQUEST)
        for user in stream:
            print(f"{stream.open_path}: {user!r}")


async def asynchronous() -> None:
    """The same with ``async for``; leaving the block closes the connection."""
    async with (
        AsyncOpenAI() as openai,
        await instructor.from_openai(openai).create(**REQUEST) as stream,
    ):
        async for user in stream:
            if user.name is not None and partialjson.state(user, "name") == "complete":
                print(f"The name is enough: {user.name}")
                break


if __name__ == "__main__":
    synchronous()
    asyncio.run(asynchronous())
