"""Anthropic: an object that grows from the input of a tool, with its own client.

Uses the service that ANTHROPIC_API_KEY and ANTHROPIC_BASE_URL say;
``python -m examples.local_server`` is one that needs no key.
"""

from __future__ import annotations

import sys

from anthropic import Anthropic
from pydantic import BaseModel

import partialjson


class User(BaseModel):
    """A user profile."""

    name: str
    bio: str
    skills: list[str]


def main() -> None:
    """Have the language model call the one tool that it is given, and show what it says to it."""
    with Anthropic() as client:
        events = client.messages.create(
            model="claude-sonnet-5",
            max_tokens=1024,
            messages=[{"role": "user", "content": "Make up a Python expert named Jason."}],
            tools=[{"name": "User", "input_schema": User.model_json_schema()}],
            tool_choice={"type": "tool", "name": "User"},
            stream=True,
        )
        stream = partialjson.stream(events, User, min_interval=0.1)
        try:
            for user in stream:
                print(f"{stream.open_path}: {user!r}")
        except partialjson.StreamError as error:
            sys.exit(f"No whole answer ({error}), but this much: {error.value!r}")
        print(f"{stream.finish_reason}, {stream.usage.output_tokens} tokens")


if __name__ == "__main__":
    main()
