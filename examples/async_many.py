"""Many streams at once, over one client; each keeps its order and closes when it is done.

Uses the service that OPENAI_API_KEY and OPENAI_BASE_URL say; ``python -m examples.local_server``
is one that needs no key. An argument says how many.
"""

from __future__ import annotations

import asyncio
import sys

from openai import AsyncOpenAI
from pydantic import BaseModel

import partialjson
from partialjson import AsyncPartialStream, Partial


class User(BaseModel):
    """A user profile."""

    name: str
    bio: str
    skills: list[str]


async def read(stream: AsyncPartialStream[User]) -> tuple[int, User]:
    """Read a stream to its end: how many objects it gave, and the last one."""
    count = 0
    async with stream:
        async for _ in stream:
            count += 1
    return count, stream.final


async def main(number: int) -> None:
    """Ask for `number` users at once; of the first one, only the name is waited for."""
    async with partialjson.from_openai(AsyncOpenAI()) as client:

        async def ask() -> AsyncPartialStream[User]:
            return await client.chat.completions.create(
                model="gpt-4o",
                messages=[{"role": "user", "content": "Make up a Python expert."}],
                response_model=Partial[User],
                stream=True,
            )

        first, *others = await asyncio.gather(*(ask() for _ in range(number)))
        async with first:
            async for user in first:
                if first.state(("name",)) == "complete":
                    print(f"It is {user.name}, and that is all we wanted to know: {first.text!r}")
                    break
        for count, user in await asyncio.gather(*map(read, others)):
            print(f"{count} objects, the last one: {user!r}")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if sys.argv[1:] else 5))
