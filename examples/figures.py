"""What a stream shows in figures: how fast its tokens came, and what parsing one of them cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

from openai import OpenAI
from pydantic import BaseModel
from rich.table import Table

import partialjson


class Tap:
    """Notes the text of each chunk on its way from the SDK to partialjson, and when it came.

    That is what the figures are counted from: a token that changes nothing in the object, such
    as a comma, is a token all the same.
    """

    def __init__(self, client: OpenAI) -> None:
        self.pieces: list[tuple[float, str]] = []
        self._create: Callable[..., Any] = client.chat.completions.create
        client.chat.completions.create = self._tapped  # type: ignore[assignment,method-assign]

    def _tapped(self, **request: Any) -> _TappedStream:
        self.pieces = []
        return _TappedStream(self._create(**request), self.pieces)


class _TappedStream:
    def __init__(self, stream: Any, pieces: list[tuple[float, str]]) -> None:
        self._stream = stream
        self._pieces = pieces

    def __iter__(self) -> Iterator[Any]:
        for chunk in self._stream:
            for choice in chunk.choices:
                for call in choice.delta.tool_calls or []:
                    if call.function.arguments:
                        self._pieces.append((time.perf_counter(), call.function.arguments))
            yield chunk

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@dataclass(frozen=True)
class Figures:
    """What one stream showed. Times of parsing are microseconds per token."""

    tokens: int
    tokens_per_s: float
    parser_us: float
    model_parser_us: float

    @classmethod
    def of(cls, pieces: list[tuple[float, str]], model: type[BaseModel]) -> Figures:
        """Return the figures of a stream of `pieces`, ``(when, text)``, for `model`."""
        took = pieces[-1][0] - pieces[0][0]
        texts = [text for _, text in pieces]
        return cls(
            tokens=len(pieces),
            tokens_per_s=(len(pieces) - 1) / took if took else float("inf"),
            parser_us=parsing_us(partialjson.Parser, texts),
            model_parser_us=parsing_us(lambda: partialjson.ModelParser(model), texts),
        )


def parsing_us(new_parser: Callable[[], Any], texts: list[str], *, replays: int = 25) -> float:
    """Return microseconds per token: the median of `replays` of the stream as it was received.

    Every value is built and held until the next one, as by a loop that shows it.
    """

    def replay() -> float:
        parser = new_parser()
        began = time.perf_counter()
        for text in texts:
            value = parser.feed(text)
        took = time.perf_counter() - began
        assert value is not partialjson.MISSING
        return took / len(texts) * 1e6

    return median(replay() for _ in range(replays))


def summary(figures: dict[str, Figures]) -> Table:
    """Return the figures of all streams as a table."""
    table = Table(box=None, header_style="bold", padding=(0, 2))
    table.add_column("")
    for heading in ("tokens", "tokens/s", "parsing µs/token: model", "dict"):
        table.add_column(heading, justify="right")
    for name, each in figures.items():
        table.add_row(
            name,
            str(each.tokens),
            f"{each.tokens_per_s:.1f}",
            f"{each.model_parser_us:.2f}",
            f"{each.parser_us:.2f}",
        )
    return table
