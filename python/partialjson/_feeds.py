"""From what a source gives to the text of a broadcast: chunks, or a stream of typed objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from partialjson._endings import ErrorEvent, ending_of_error
from partialjson._providers import ChunkReader

if TYPE_CHECKING:
    from collections.abc import Callable

    from partialjson._core import Core
    from partialjson._live import Live
    from partialjson._types import Chunk


class ChunkFeed:
    """Text, or chunks of an SDK. The text waits here until it is written to the document."""

    def __init__(self, live: Live, text_of: Callable[[Any], Chunk | None] | None) -> None:
        self._live = live
        self._text_of = text_of
        self._reader = ChunkReader(text_of=text_of)
        self._pending: list[bytes] = []
        self._is_text = False
        """Whether what has come was not of a service that is known."""

    def take(self, chunk: object) -> bool:
        """Read what the source has given. True if it has text; an error in it ends the document."""
        try:
            text = self._reader.read(chunk)
        except Exception as error:
            self.write()
            # Only this one is of the service. Any other is of what reads chunks, even if it is of
            # a type that a source could raise, too.
            is_of_service = isinstance(error, ErrorEvent)
            ending = ending_of_error(error, self._live.place) if is_of_service else None
            self._live.fail(ending or error)
            return False
        self._is_text = not self._reader.knows_service
        if text:
            self._pending.append(_as_bytes(text))
        return bool(text)

    def write(self) -> None:
        """Write to the document what has come."""
        if self._pending:
            self._live.write(b"".join(self._pending))
            self._pending.clear()

    def restart(self) -> None:
        """Begin another attempt: the tool call and the end that were read are of the last one."""
        self._reader = ChunkReader(text_of=self._text_of)

    def finish(self) -> None:
        """End the document, because the source has ended."""
        self._live.finish(self._reader)

    def fail(self, error: BaseException) -> None:
        """End the document, because the source has raised `error`."""
        # Plain text may come from anywhere: a lost connection may be that to a store.
        if isinstance(error, Exception) and not self._is_text:
            ending = ending_of_error(error, self._live.place)
            if ending is not None:
                ending.__cause__ = error
                error = ending
        self._live.fail(error)


class ObjectFeed:
    """A stream of typed objects, of which `core` has the text."""

    def __init__(self, live: Live, core: Core) -> None:
        self._live = live
        self._core = core
        self._attempt = 1

    def take(self, _: object) -> bool:
        """True: an object says that the text has grown."""
        return True

    def write(self) -> None:
        """Write to the document what has come. RuntimeError while the stream is at work."""
        live, core = self._live, self._core
        if live.ended is not None:
            return
        attempt = core.attempt
        added = core.added(live.text if attempt == self._attempt else b"")
        if attempt != core.attempt:
            # One that blocks went on in its thread between the two; the next look is soon.
            return
        if attempt != self._attempt:
            self._attempt = attempt
            live.restart()
        live.write(added)

    def restart(self) -> None:
        """The core knows of its attempts by itself."""

    def finish(self) -> None:
        """End the document, because the stream has ended."""
        self._live.finish()

    def fail(self, error: BaseException) -> None:
        """End the document, because the stream has raised `error`."""
        # It may come from the stream's own source, which may validate other things.
        self._live.fail(error, is_of_document=self._core.is_of_document(error))


Feed: TypeAlias = ChunkFeed | ObjectFeed


def feed_of(source: object, live: Live, text_of: Callable[[Any], Chunk | None] | None) -> Feed:
    """What puts the text of `source` into `live`. Raises TypeError for a wrong `text_of`."""
    chunks = ChunkFeed(live, text_of)
    # A stream of typed objects is known by its core: to import its class, Pydantic would have to
    # be there.
    core: Any = getattr(source, "_core", None)
    return ObjectFeed(live, core) if hasattr(core.__class__, "added") else chunks


def _as_bytes(text: Chunk) -> bytes:
    if isinstance(text, str):
        return text.encode("utf-8", "surrogatepass")
    # Of a number, `bytes` alone would make as many zeros.
    return bytes(memoryview(text))
