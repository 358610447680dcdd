"""What is seen of a parser and of the reference, in a shape in which the two can be compared."""

import marshal
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any, NamedTuple

import partialjson
from tests.reference import MISSING, Path, Reference, Refusal
from tests.strategies import Chunk


class Exact:
    """A value that equals another only in every type, the order of keys and the bits of floats.

    Comparing with `==` would take `1` for `1.0` and for `True`.
    """

    def __init__(self, value: Any) -> None:
        self.value = value
        self.shows = value is not MISSING and value is not partialjson.MISSING
        # Version 2 of the format: floats in binary, and nothing that tells objects from copies.
        self.form = marshal.dumps(value, 2) if self.shows else b""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Exact) and self.form == other.form

    def __hash__(self) -> int:
        return hash(self.form)

    def __repr__(self) -> str:
        return repr(self.value) if self.shows else "MISSING"


class Seen(NamedTuple):
    """All that law 1 promises to be the same however a stream was cut."""

    value: Exact
    status: str
    open_path: Path | None
    offset: int
    error: Refusal | None


def refusal(error: partialjson.ParseError) -> Refusal:
    limit, maximum = None, None
    if isinstance(error, partialjson.LimitExceededError):
        limit, maximum = error.limit, error.maximum
    name: Any = type(error).__name__
    return Refusal(name, error.pos, error.lineno, error.colno, error.path, limit, maximum)


async def asynchronous(chunks: Iterable[Chunk]) -> AsyncIterator[Chunk]:
    for chunk in chunks:
        yield chunk


def collected(values: Iterator[Any]) -> tuple[list[Exact], Refusal | None]:
    """Give all values up to the end or to an error, and the error."""
    found = []
    try:
        for value in values:
            found.append(Exact(value))
    except partialjson.ParseError as error:
        return found, refusal(error)
    return found, None


async def acollected(values: AsyncIterator[Any]) -> tuple[list[Exact], Refusal | None]:
    found = []
    try:
        async for value in values:
            found.append(Exact(value))
    except partialjson.ParseError as error:
        return found, refusal(error)
    return found, None


class Watched:
    """A parser whose errors are recorded, to be compared with what they should be."""

    def __init__(self, **options: Any) -> None:
        self.parser = partialjson.Parser(**options)
        self.error: partialjson.ParseError | None = None

    def feed(self, chunk: Any) -> None:
        try:
            shown = self.parser.feed(chunk)
        except partialjson.ParseError as error:
            self.error = error
        else:
            assert Exact(shown) == Exact(self.parser.value)

    def write(self, chunk: Any) -> None:
        size = len(chunk.encode("utf-8", "surrogatepass") if isinstance(chunk, str) else chunk)
        before = self.parser.offset
        try:
            assert self.parser.write(chunk) == size
        except partialjson.ParseError as error:
            self.error = error
        else:
            assert self.parser.offset == before + size

    def finish(self) -> None:
        try:
            value = self.parser.finish()
        except partialjson.ParseError as error:
            self.error = error
        else:
            assert Exact(value) == Exact(self.parser.value)

    @property
    def seen(self) -> Seen:
        error = self.error and refusal(self.error)
        parser = self.parser
        return Seen(Exact(parser.value), parser.status, parser.open_path, parser.offset, error)


def seen(reference: Reference) -> Seen:
    return Seen(
        Exact(reference.value),
        reference.status,
        reference.open_path,
        reference.offset,
        reference.error,
    )


def seen_at_once(data: bytes, **options: Any) -> Seen:
    """Give what a parser says that gets everything in one chunk, and then the end."""
    watched = Watched(**options)
    watched.feed(data)
    if watched.error is None:
        watched.finish()
    return watched.seen
