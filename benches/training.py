"""What wheels are optimised for: ``maturin build --pgo`` runs this, and compiles for what it saw.

Documents are of the kinds that `benches` measures, but others. The interpreter that maturin makes
for it has none of our packages: `TRAINING_PATH` says where Pydantic is.
"""

from __future__ import annotations

import json
import os
import sys
from random import Random

sys.path += filter(None, os.environ.get("TRAINING_PATH", "").split(os.pathsep))

from pydantic import BaseModel

import partialjson
from benches.typed import TYPED
from benches.workloads import MAKERS, Workload, cut, text_of

# Nothing is learnt from more, and the instrumented build is slow.
BYTES = 2_000_000
NEW_BYTES = 400_000
STREAMED_BYTES = 30_000
# Arguments of the smallest calls.
SHORT = ['{"unit": "km", "n": 3}', '{"path":"a.txt","all":false}', "[]", '{"q": "x", "top": 5.5}']
SHORT_CALLS = 5000


def main() -> None:
    for seed, (name, make) in enumerate(MAKERS.items(), start=1000):
        text = text_of(name, make(Random(seed)))
        data = text.encode()
        for _ in range(BYTES // len(data) + 1):
            partialjson.loads(data)
            partialjson.loads(text)
        for variant in Workload("", text).new_keys(NEW_BYTES // len(data) + 1):
            partialjson.loads(variant)
        tokens = cut(text, 2, 6)
        for _ in range(STREAMED_BYTES // len(data) + 1):
            held(tokens)
            live(tokens)
            written(tokens)
    for _ in range(SHORT_CALLS):
        for text in SHORT:
            at_once(text)
            at_once(text.encode())
            partialjson.loads(text)
    for seed, (model, make) in enumerate(TYPED.values(), start=2000):
        text = json.dumps(make(Random(seed)), ensure_ascii=False)
        for _ in range(STREAMED_BYTES // len(text) + 1):
            typed(model, cut(text, 3, 5))


def at_once(document: str | bytes) -> None:
    parser = partialjson.Parser()
    parser.feed(document)
    parser.finish()


def held(tokens: list[str]) -> None:
    for value in partialjson.iterparse(tokens):
        assert value is not None
    parser = partialjson.Parser()
    for token in tokens:
        parser.feed(token)
    parser.finish()


def live(tokens: list[str]) -> None:
    for value in partialjson.iterparse(tokens, values="live"):
        assert value is not None


def written(tokens: list[str]) -> None:
    parser = partialjson.Parser()
    for number, token in enumerate(tokens):
        parser.write(token)
        if number % 50 == 49:
            assert parser.value is not None
    assert parser.finish() is not None


def typed(model: type[BaseModel], tokens: list[str]) -> None:
    for how in "feed", "advance":
        parser = partialjson.ModelParser(model)
        take = getattr(parser, how)
        value = None
        for token in tokens:
            value = take(token)
        assert value is not None
        assert parser.finish() is not None


if __name__ == "__main__":
    main()
