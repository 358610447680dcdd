"""Arrays of one small thing each, compact and indented: how fast jiter or orjson are, beside us.

No part of `make bench`: ``python -m benches.kinds`` prints where we stand, the worst first.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

import jiter
import orjson

import partialjson
from benches import words
from benches.turns import Work, in_turn

OURS = "partialjson"
PARSERS: dict[str, Callable[[bytes], object]] = {
    OURS: partialjson.loads,
    "jiter": jiter.from_json,
    "jiter, no cache": lambda data: jiter.from_json(data, cache_mode="none"),
    "orjson": orjson.loads,
}
# What makes one element.
KINDS: dict[str, Callable[[Random], Any]] = {
    "null": lambda _: None,
    "booleans": lambda random: random.random() < 0.5,
    "digits": lambda random: random.randint(0, 9),
    "numbers up to 300": lambda random: random.randint(0, 300),
    "integers of 9 digits": lambda random: random.randint(-(10**9), 10**9),
    "integers of 64 bits": lambda random: random.randint(-(2**63), 2**63 - 1),
    "integers of 100 bits": lambda random: random.getrandbits(100),
    "decimals with 2 digits": lambda random: round(random.uniform(-1000, 1000), 2),
    "decimals with 17 digits": Random.random,
    "numbers with an exponent": lambda random: random.random() * 10.0 ** random.randint(-99, 99),
    "empty strings": lambda _: "",
    "letters": lambda random: random.choice("abcdefgh"),
    "words": lambda random: random.choice(words.WORDS),
    "sentences": lambda random: words.sentence(random, 12),
    "quoted words": lambda random: f'say "{random.choice(words.WORDS)}"',
    "lines": lambda random: f"{words.sentence(random, 4)}\n{words.sentence(random, 4)}",
    "paths": lambda random: f"C:\\{random.choice(words.WORDS)}",
    "French": lambda random: " ".join(random.sample(words.FRENCH, 3)),
    "Russian": lambda random: random.choice(words.CYRILLIC),
    "Chinese": lambda random: "".join(random.choices(words.HANZI, k=5)),
    "emoji": lambda random: f"{random.choice(words.WORDS)} {random.choice(words.EMOJI)}",
    "empty objects": lambda _: {},
    "empty arrays": lambda _: [],
    "objects of one key": lambda random: {"a": random.randint(0, 999)},
    "pairs": lambda random: [random.randint(0, 999), random.randint(0, 999)],
}
ELEMENTS = 2000
SECONDS = 0.5


def main() -> None:
    rows: list[tuple[float, str]] = []
    for kind, make in KINDS.items():
        random = Random(kind)
        elements = [make(random) for _ in range(ELEMENTS)]
        for indent in None, 2:
            data = json.dumps(elements, ensure_ascii=False, indent=indent).encode()
            times = in_turn({who: _passes(f, data) for who, f in PARSERS.items()}, SECONDS)
            ratio = min(time for who, time in times.items() if who != OURS) / times[OURS]
            shown = ", ".join(f"{who} {time / ELEMENTS * 1e9:.1f}" for who, time in times.items())
            rows.append((ratio, f"{kind}{', indented' if indent else ''}: {shown} ns each"))
    for ratio, row in sorted(rows):
        print(f"{ratio:5.2f}  {row}")


def _passes(parse: Callable[[bytes], object], data: bytes) -> Work:
    def run() -> None:
        parse(data)

    return Work(run, 1)


if __name__ == "__main__":
    main()
