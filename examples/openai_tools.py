"""Several tools: each call typed by the model of its tool, and shown while its arguments arrive.

Uses the service that OPENAI_API_KEY and OPENAI_BASE_URL say; ``python -m examples.local_server``
is one that needs no key.
"""

from __future__ import annotations

from openai import OpenAI
from pydantic import BaseModel, Field

import partialjson


class Weather(BaseModel):
    """Tells the weather of some days."""

    city: str
    days: int = Field(ge=1, le=14)


class Search(BaseModel):
    """Searches the web."""

    query: str


def run(arguments: Weather | Search) -> str:
    """Do what a tool does; these only say so."""
    match arguments:
        case Weather():
            return f"{arguments.days} days of sun in {arguments.city}"
        case Search():
            return f"nothing about {arguments.query!r}"


def main() -> None:
    """Have the language model call tools, and call each as soon as its arguments are whole."""
    with partialjson.from_openai(OpenAI()) as client:
        stream = client.chat.completions.create(
            model="gpt-4o",
            messages=[{"role": "user", "content": "What is the weather in London, and the news?"}],
            tools=[Weather, Search],
            tool_choice="required",
            stream=True,
        )
        for call in stream:
            if call.complete:
                assert isinstance(call.arguments, Weather | Search)
                print(f"{call.id} {call.name} -> {run(call.arguments)}")
            else:
                print(f"{call.id} {call.name} {call.arguments!r}")


if __name__ == "__main__":
    main()
