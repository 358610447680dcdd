"""Items of a list, each validated when it closes; none is held, so that memory stays flat."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from partialjson._core import Core
from partialjson._envelope import Envelope
from partialjson._errors import IncompleteJSONError, ParseError
from partialjson._json_text import json_text
from partialjson._models import ModelParser
from partialjson._partialjson import MISSING, Items

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from partialjson._core import State, Status
    from partialjson._providers import ChunkReader
    from partialjson._retries import Answer
    from partialjson._types import Chunk, Path


class ItemStream(Core):
    """The items of the list in an envelope, as objects of type T. ``value`` is the last one.

    Neither the text nor its structure is kept, so that nothing can be asked of them.
    """

    def __init__(
        self,
        type_: Any,
        envelope: Envelope,
        reader: Callable[[], ChunkReader],
        *,
        strict: bool | None = None,
        context: Any = None,
        fail_fast: bool = False,
        min_interval: float = 0,
        **options: Any,
    ) -> None:
        # An item that does not fit is reported when it closes, with `fail_fast` and without.
        super().__init__(reader, min_interval=min_interval)
        self._items = Items.of_array(envelope.field, **options)
        plain = Envelope(envelope.model.__name__, envelope.field, list[Any])
        self._start: ModelParser[Any] | None = ModelParser(plain.model, fail_fast=True, **options)
        """Reads along until the list begins: something else may be in its place, or nothing."""
        self._adapter: TypeAdapter[Any] = TypeAdapter(type_)
        self._strict = strict
        self._context = context
        self._envelope = envelope
        self._finished = False
        self._value: Any = MISSING

    def take(self, chunk: object) -> Any:
        text = self.text_of(chunk)
        return self._next_of(self._items.feed(text), text)

    def _next_of(self, found: list[Any], text: Chunk = "") -> Any:
        try:
            if self._start is not None:
                self._check_start(self._start, text)
            for plain in found:
                self.queue.append(self._validated(plain))
            if not self._finished:
                self._items.check()
        except Exception as error:
            if isinstance(error, ParseError):
                self._relocate(error, self.queue[-1] if self.queue else self.value)
            if not self.queue:
                raise
            # What came before it comes before it.
            self.pending = error
        if not self.queue:
            return MISSING
        self._value = self.queue[-1]
        return self.queue.popleft()

    def _check_start(self, start: ModelParser[Any], text: Chunk) -> None:
        list_at = self._items.array_at
        if list_at is not None:
            data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
            text = bytes(data)[: list_at - start.offset]
            self._start = None
        start.write(text)
        if self._finished and list_at is None:
            start.finish()

    def _validated(self, plain: Any) -> Any:
        # In JSON mode, as every other value of ours.
        try:
            text = json.dumps(plain, ensure_ascii=False)
        except (RecursionError, ValueError):
            # Too deep, or a number too long. It is so for Pydantic, too, which is to say so itself.
            text = json_text(plain)
        return self._adapter.validate_json(text, strict=self._strict, context=self._context)

    def _finish(self) -> Any:
        found = self._end()
        self._finished = True
        return self._next_of(found)

    def _end(self) -> list[Any]:
        """The items that the end itself completes. Raises where the document is not whole."""
        try:
            return self._items.finish()
        except ParseError as error:
            self._relocate(error, self.value)
            raise

    @property
    def value(self) -> Any:
        return self._value

    @property
    def final(self) -> Any:
        self._end()
        return self.value

    @property
    def text(self) -> str:
        raise RuntimeError("a stream of items keeps no text, so that its memory stays flat")

    @property
    def status(self) -> Status:
        if self.error is not None:
            return "error"
        if self._finished:
            return "complete"
        return "empty" if self.value is MISSING else "open"

    @property
    def open_path(self) -> Path | None:
        raise RuntimeError("a stream of items keeps no structure, so that its memory stays flat")

    def state(self, path: Sequence[str | int]) -> State:
        raise RuntimeError("a stream of items keeps no structure, so that its memory stays flat")

    def place(self) -> IncompleteJSONError:
        try:
            self._items.finish()
        except IncompleteJSONError as error:
            self._relocate(error, self.value)
            return error
        except ParseError:
            pass
        return IncompleteJSONError("", value=self.value)

    def _relocate(self, error: ParseError, value: Any) -> None:
        self._envelope.relocate(error)
        error.value = value

    def answers(self) -> list[Answer]:
        raise AssertionError("items are not asked for again: those that were given are given")

    def restart(self) -> Any:
        raise AssertionError("nor does their stream start over")
