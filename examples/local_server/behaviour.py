"""How the server sends an answer: its pace, and the faults that it was asked to make."""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Fault: TypeAlias = Literal["malformed", "unfit", "length", "end", "drop"]
Outcome: TypeAlias = Literal["running", "done", "dropped", "left"]

# The shape of what a language model's tokeniser makes of JSON: runs of punctuation, short pieces
# of words that carry the space before them, one or two characters of Chinese.
_TOKEN = re.compile(r"[^\w\s]{1,4}| ?[a-zA-Z0-9_]{1,6}| ?\w{1,2}|\s+")


class ConnectionDropped(Exception):
    """The behaviour asks for the connection to be torn down here."""


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """How every answer is sent, until another behaviour takes its place.

    Faults, each at character ``fault_at`` of the answer (None: at its middle):

    - ``"malformed"``: a NUL, which no JSON text may hold, takes the place of that character;
    - ``"unfit"``: well-formed JSON whose last field is of the wrong type (``fault_at`` is unused);
    - ``"length"``: the answer stops there with ``finish_reason="length"``;
    - ``"end"``: the event stream ends there, in good order but without a finish reason or
      ``[DONE]``;
    - ``"drop"``: the connection is torn down there, in the middle of the HTTP body.
    """

    pace_s: float = 0.02
    """Seconds from one token to the next; 0 sends as fast as the connection takes."""
    answer: str | None = None
    """Sent in place of any recorded answer, as it is; it need not even be JSON."""
    fault: Fault | None = None
    fault_at: int | None = None

    def text_of(self, answer: str) -> str:
        """Return the text that is really sent where `answer` would be the right one."""
        text = answer if self.answer is None else self.answer
        at = len(text) // 2 if self.fault_at is None else self.fault_at
        match self.fault:
            case None:
                return text
            case "malformed":
                return f"{text[:at]}\0{text[at + 1 :]}"
            case "unfit":
                return _with_unfit_last_field(text)
            case "length" | "end" | "drop":
                return text[:at]


@dataclass
class Exchange:
    """One request and what became of its answer, for tests to look at.

    ``sent`` holds ``(time.perf_counter(), piece)`` for every token, as it was handed to the
    connection. ``outcome`` is ``"done"``, ``"dropped"`` (asked for) or ``"left"`` (the client
    closed the connection first) once ``ended`` is set.
    """

    request: dict[str, Any]
    sent: list[tuple[float, str]] = field(default_factory=list)
    outcome: Outcome = "running"
    ended: threading.Event = field(default_factory=threading.Event)

    def end(self, outcome: Outcome) -> None:
        """Note how the exchange ended; only the first call counts."""
        if not self.ended.is_set():
            self.outcome = outcome
            self.ended.set()

    @contextmanager
    def streaming(self) -> Iterator[None]:
        """Note how the block ends: by itself, dropped, or left by the client."""
        try:
            yield
            self.end("done")
        except ConnectionDropped:
            self.end("dropped")
            raise
        finally:
            self.end("left")


def tokens(text: str) -> list[str]:
    """Return `text` cut into pieces of the size that language models send, 1 to 7 characters."""
    return _TOKEN.findall(text)


async def paced(text: str, behaviour: Behaviour, exchange: Exchange) -> AsyncIterator[str]:
    """Yield the tokens of `text` at the pace of `behaviour`.

    Raises `ConnectionDropped` after the last one where the behaviour asks for that.
    """
    due = time.perf_counter()
    for token in tokens(text):
        due += behaviour.pace_s
        if behaviour.pace_s:
            # Counted from the start, so that the time which sending takes is not added.
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
        exchange.sent.append((time.perf_counter(), token))
        yield token
    if behaviour.fault == "drop":
        raise ConnectionDropped


def _with_unfit_last_field(text: str) -> str:
    value = json.loads(text)
    if isinstance(value, dict) and value:
        last = next(reversed(value))
        value[last] = 0 if isinstance(value[last], str) else "unfit"
    else:
        value = {"unfit": True}
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
