"""The documents that everything here parses, and the ways in which they are cut.

Every document is made by a seeded generator, the same on every machine, and written as
``json.dumps(..., ensure_ascii=False)`` writes it: with its spaces, indented, or, where models and
servers leave them out, compact.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property, partial
from itertools import count, islice
from random import Random
from typing import Any

from benches import classics, words

KILOBYTE = 1024
# Where a number will be that makes a string new; in no document.
MARK = "<new>"
NUMBERS = count()


@dataclass(frozen=True)
class Workload:
    """One document: its name and its text."""

    name: str
    text: str

    @cached_property
    def data(self) -> bytes:
        """The text as UTF-8."""
        return self.text.encode()

    @cached_property
    def tokens(self) -> list[str]:
        """The text, cut like a tokenizer cuts: 2 to 6 characters."""
        return cut(self.text, 2, 6)

    @cached_property
    def byte_tokens(self) -> list[bytes]:
        """The same tokens as UTF-8."""
        return [token.encode() for token in self.tokens]

    @cached_property
    def characters(self) -> list[str]:
        """The text, character by character."""
        return cut(self.text, 1, 1)

    @cached_property
    def frames(self) -> list[bytes]:
        """The bytes as a socket would hand them out: 1 KB each, cut inside a character or not."""
        return [self.data[at : at + KILOBYTE] for at in range(0, len(self.data), KILOBYTE)]

    @cached_property
    def _with_new_keys(self) -> bytes:
        return _marked(self.text, keys=MARK)

    @cached_property
    def _with_new_strings(self) -> bytes:
        return _marked(self.text, strings=MARK)

    def new_keys(self, times: int) -> list[bytes]:
        """The same document so many times, with keys that came in no document before."""
        return _numbered(self._with_new_keys, times)

    def new_strings(self, times: int) -> list[bytes]:
        """The same with the keys it has, and all other strings new, as new documents have them."""
        return _numbered(self._with_new_strings, times)


def _marked(text: str, *, keys: str = "", strings: str = "") -> bytes:
    """The document with so much in front of each of its keys, and of its other strings."""

    def mark(value: object) -> object:
        if isinstance(value, dict):
            return {keys + key: mark(member) for key, member in value.items()}
        if isinstance(value, list):
            return [mark(item) for item in value]
        return strings + value if isinstance(value, str) else value

    return json.dumps(mark(json.loads(text)), ensure_ascii=False).encode()


def _numbered(marked: bytes, times: int) -> list[bytes]:
    """So many copies, each with the next number for its marks, of which a million differ."""
    mark = MARK.encode()
    return [marked.replace(mark, b"%05x" % (n & 0xFFFFF)) for n in islice(NUMBERS, times)]


def cut(text: str, shortest: int, longest: int) -> list[str]:
    """``text`` in pieces of so many characters, the same ones every time.

    Equal pieces are distinct objects, as they are when they come off a wire.
    """
    random = Random(len(text))
    pieces = []
    at = 0
    while at < len(text):
        size = random.randint(shortest, longest)
        pieces.append(text[at : at + size])
        at += size
    return pieces


def tool_call(random: Random) -> Any:
    """Arguments of a function call: flat, 0.2 KB."""
    return {
        "query": words.sentence(random, 6),
        "city": random.choice(words.CITIES),
        "date": "2026-03-14",
        "max_results": 10,
        "language": "en",
        "safe": True,
        "radius_km": 12.5,
        "sort": "relevance",
    }


def profile(random: Random) -> Any:
    """A person: 0.8 KB, some nesting."""
    return {
        "name": words.ascii_name(random),
        "age": random.randint(20, 70),
        "email": "jason@example.com",
        "bio": words.paragraph(random, 5),
        "skills": random.choices(words.WORDS, k=8),
        "address": {
            "street": "12 Long Street",
            "city": random.choice(words.CITIES),
            "geo": [31.2304, 121.4737],
        },
        "verified": True,
        "employer": None,
        "jobs": [
            {"company": company, "years": random.randint(1, 9)}
            for company in random.sample(words.COMPANIES, 3)
        ],
    }


def report(random: Random) -> Any:
    """A business report: 9 KB of nested prose."""
    return {
        "title": words.sentence(random, 7),
        "summary": words.paragraph(random, 4),
        "sections": [
            {
                "heading": words.sentence(random, 5),
                "paragraphs": [words.paragraph(random, 4) for _ in range(3)],
                "key_points": [words.sentence(random, 8) for _ in range(3)],
                "figures": {"revenue": 10.5 * number, "growth": 0.12, "rank": number},
            }
            for number in range(6)
        ],
        "confidence": 0.87,
        "final": True,
    }


def record(random: Random, number: int) -> dict[str, Any]:
    """One of the records that a model reads out of a text."""
    return {
        "id": number,
        "name": words.ascii_name(random),
        "company": random.choice(words.COMPANIES),
        "city": random.choice(words.CITIES),
        "amount": round(random.uniform(1, 9999), 2),
        "date": f"2026-{random.randint(1, 12):02}-{random.randint(1, 28):02}",
        "paid": random.random() < 0.5,
        "note": words.maybe(random, words.sentence(random, 6)),
    }


def extraction(random: Random, count: int = 400) -> Any:
    """Flat records: 75 KB of 400 of them."""
    return {"records": [record(random, number) for number in range(count)]}


def extraction_1mb(random: Random) -> Any:
    """Flat records: 1 MB of 6,500 of them."""
    return extraction(random, 6500)


def code(random: Random) -> Any:
    """One long string full of escapes: 36 KB."""
    return {"path": "src/report.py", "content": words.source_code(random, 32_500)}


def unicode(random: Random) -> Any:
    """Chinese with emoji: 15 KB."""
    return {
        "标题": words.chinese(random, 20),
        "章节": [
            {
                "小标题": words.chinese(random, 20),
                "段落": [words.chinese(random, 130) for _ in range(4)],
                "城市": "上海",
            }
            for _ in range(9)
        ],
    }


def numbers(random: Random) -> Any:
    """An embedding: 19 KB of 1,536 floats."""
    return {"embedding": [words.rounded(random, 0.03, 8) for _ in range(1536)]}


def shapes(random: Random) -> Any:
    """Shape-poor: no two objects have their keys in common, and no key comes twice."""
    return {
        f"{random.getrandbits(64):016x}": {
            f"{random.choice(words.WORDS)}_{random.getrandbits(32):08x}": words.maybe(
                random, number
            )
            for _ in range(random.randint(1, 5))
        }
        for number in range(600)
    }


def points(random: Random) -> Any:
    """Small objects: 69 KB of 3,000 points, of two keys each."""
    size = range(2000)
    return [{"x": random.choice(size), "y": random.choice(size)} for _ in range(3000)]


def indented(random: Random) -> Any:
    """As language models and people write it, indented: 25 KB of records, with lists in them."""
    return {
        "records": [
            record(random, number) | {"tags": random.sample(words.WORDS, 3)} for number in range(80)
        ]
    }


def escaped(random: Random) -> Any:
    """Short strings, each with an escape or two, as in paths and markup: 40 KB."""
    word = partial(random.choice, words.WORDS)
    makers: list[Callable[[], str]] = [
        lambda: f'the "{word()}" of {word()}',
        lambda: f"{words.sentence(random, 4)}\n{words.sentence(random, 4)}",
        lambda: f"C:\\{word()}\\{word()}",
        lambda: f'<a href="{word()}">{word()} {word()}</a>',
    ]
    return [make() for _ in range(250) for make in makers]


def multilingual(random: Random) -> Any:
    """Short strings in Russian, Chinese, French, and with emoji: 23 KB."""
    makers: list[Callable[[], str]] = [
        lambda: " ".join(random.sample(words.CYRILLIC, 2)),
        lambda: "".join(random.choices(words.HANZI, k=random.randint(2, 8))),
        lambda: " ".join(random.sample(words.FRENCH, 3)),
        lambda: f"{random.choice(words.WORDS)} {random.choice(words.EMOJI)}",
    ]
    return [make() for _ in range(250) for make in makers]


def flags(random: Random) -> Any:
    """A table by its columns, of what is but one or a few bytes: 15 KB."""
    return {
        "done": [random.random() < 0.5 for _ in range(800)],
        "score": [words.maybe(random, random.randint(0, 9)) for _ in range(800)],
        "level": [random.randint(0, 300) for _ in range(800)],
        "note": [random.choice(["", "a", "b"]) for _ in range(800)],
    }


def wide(random: Random) -> Any:
    """One array of 200,000 integers: what costs most where an array is not built in place."""
    return [random.randint(0, 10**6) for _ in range(200_000)]


def long_string(random: Random) -> Any:
    """One string of 1 MB, full of escapes."""
    return {"content": words.source_code(random, 1_000_000)}


COMPACT = {"tool_call", "extraction_1mb", "twitter", "citm_catalog", "canada"}
INDENTED = {"indented"}
MAKERS: dict[str, Callable[[Random], Any]] = {
    maker.__name__: maker
    for maker in (
        tool_call,
        profile,
        report,
        extraction,
        code,
        unicode,
        numbers,
        extraction_1mb,
        shapes,
        points,
        indented,
        escaped,
        multilingual,
        flags,
        classics.twitter,
        classics.citm_catalog,
        classics.canada,
        wide,
        long_string,
    )
}
STREAMED = ["tool_call", "profile", "report", "extraction", "code", "unicode", "numbers"]
LARGE = "extraction_1mb"
# Only their memory tells anything that the others do not.
WIDE = ["wide", "long_string"]
ONE_SHOT = [name for name in MAKERS if name not in WIDE]


@cache
def workload(name: str) -> Workload:
    """The workload of that name."""
    return Workload(name, text_of(name, MAKERS[name](Random(name))))


def text_of(name: str, value: object) -> str:
    """A document as that workload writes it."""
    separators = (",", ":") if name in COMPACT else None
    indent = 2 if name in INDENTED else None
    return json.dumps(value, ensure_ascii=False, separators=separators, indent=indent)


def different_profiles(count: int) -> list[list[str]]:
    """The tokens of so many profiles of different people."""
    people = (MAKERS["profile"](Random(seed)) for seed in range(count))
    return [cut(json.dumps(person, ensure_ascii=False), 2, 6) for person in people]


if __name__ == "__main__":
    for each in map(workload, MAKERS):
        size, tokens = len(each.data), len(each.tokens)
        print(f"{each.name:15} {size / 1000:8.1f} KB {tokens:7} tokens  {each.text[:60]}")
