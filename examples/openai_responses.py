"""The Responses API: an object that grows, and beside it what the language model thinks.

Uses the service that OPENAI_API_KEY and OPENAI_BASE_URL say; ``python -m examples.local_server``
is one that needs no key.
"""

from __future__ import annotations

from openai import OpenAI
from openai.types.responses import ResponseReasoningSummaryTextDeltaEvent
from pydantic import BaseModel

import partialjson
from partialjson import Partial


class Verdict(BaseModel):
    """What came of it."""

    title: str
    reasons: list[str]
    confidence: float


def main() -> None:
    """Ask for a verdict, and print thoughts and reasons as they come."""
    with (
        partialjson.from_openai(OpenAI()) as client,
        client.responses.create(
            model="o4-mini",
            input="Is a hot dog a sandwich?",
            reasoning={"summary": "auto"},
            response_model=Partial[Verdict],
            stream=True,
        ) as stream,
    ):

        @stream.chunks(type="response.reasoning_summary_text.delta")
        def think(event: ResponseReasoningSummaryTextDeltaEvent) -> None:
            print(f"(thinks) {event.delta}")

        shown = 0
        for verdict in stream:
            # The last one may still grow, until something comes after it.
            for reason in (verdict.reasons or [])[shown:-1]:
                shown += 1
                print(f"{shown}. {reason}")
        print(f"{len(stream.final.reasons)}. {stream.final.reasons[-1]}")
        print(stream.final.model_dump_json(indent=2))
        print(stream.response_id, stream.finish_reason, stream.usage.total_tokens)


if __name__ == "__main__":
    main()
