"""One document that grows, as the items of a stream: no I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from partialjson._core import Core, answer_of, place_of
from partialjson._errors import IncompleteJSONError, ParseError
from partialjson._models import ModelParser
from partialjson._pacing import Pacer
from partialjson._partialjson import MISSING, Parser
from partialjson._types import Delta, Options

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from partialjson._core import State, Status
    from partialjson._envelope import Envelope
    from partialjson._providers import ChunkReader
    from partialjson._retries import Answer
    from partialjson._types import Chunk, ModelOptions, Path


class ObjectStream(Core):
    """One document that grows, as an object of type T."""

    def __init__(
        self,
        type_: Any,
        reader: Callable[[], ChunkReader],
        options: ModelOptions,
        *,
        envelope: Envelope | None = None,
        whole_only: bool = False,
        **more: Any,
    ) -> None:
        super().__init__(reader, **more)
        self._type = type_ if envelope is None else envelope.model
        self._envelope = envelope
        self._whole_only = whole_only
        self._is_plain = envelope is None and self.pacer is None and not whole_only
        """Whether each change shows, and as it is."""
        self.parser: ModelParser[Any] = ModelParser(self._type, **options)
        self._deltas: Parser | None = None
        plain: Any = {k: v for k, v in options.items() if k in Options.__annotations__}
        self._options: Options = plain | {"deltas": True}
        self._last: Any = MISSING
        # Where the document was open when the pacer last looked.
        self._path: Path | None = None

    def take(self, chunk: object) -> Any:
        # Most of this runs for every chunk, so that each call and each look at an attribute counts.
        parser = self.parser
        try:
            if self.hooks:
                self.tell(chunk)
            text = self.reader.read(chunk)
        except Exception as error:
            self.unread(error)
        try:
            if self._is_plain:
                if not text:
                    return MISSING
                value = parser.advance(text)
                if value is not MISSING:
                    self._last = value
                return value
            if text:
                parser.write(text)
        except ParseError as error:
            self._relocate(error)
            raise
        return self._take_otherwise(text)

    def _take_otherwise(self, text: Chunk) -> Any:
        if self._deltas is not None and text:
            self._deltas.write(text)
        pacer = self.pacer
        if pacer is not None and self._is_held_back(pacer, text):
            return MISSING
        if self._deltas is not None:
            item = self._take_deltas(self._deltas)
        elif self._whole_only or not self.parser.take_changed():
            return MISSING
        else:
            self._last = item = self._shown(self.parser.value)
        if pacer is not None and item is not MISSING:
            pacer.show()
        return item

    def _finish(self) -> Any:
        final = self._end()
        if self._deltas is not None:
            # A bare number ends with the stream.
            self._deltas.finish()
            return self._take_deltas(self._deltas)
        return MISSING if final is self._last else final

    @property
    def value(self) -> Any:
        return self._shown(self.parser.value)

    @property
    def final(self) -> Any:
        if self.parser.status == "open":
            # It was closed early; a bare number may have been cut off.
            raise self.place()
        return self._end()

    def _end(self) -> Any:
        try:
            return self._shown(self.parser.finish())
        except ParseError as error:
            self._relocate(error)
            raise

    @property
    def text(self) -> str:
        return self.parser.text

    def added(self, known: bytes | bytearray) -> bytes:
        return self.parser.bytes_from(len(known))

    @property
    def status(self) -> Status:
        return self.parser.status

    @property
    def open_path(self) -> Path | None:
        path = self.parser.open_path
        return path if self._envelope is None else self._envelope.inner(path)

    def state(self, path: Sequence[str | int]) -> State:
        return self.parser.state(path if self._envelope is None else self._envelope.outer(path))

    def place(self) -> IncompleteJSONError:
        place = place_of(self.parser)
        self._relocate(place)
        return place

    def answers(self) -> list[Answer]:
        return [answer_of(self.parser, self.reader.call_id, self.reader.call_name)]

    def restart(self) -> Any:
        self.parser.reset()
        self._last = MISSING
        self._path = None
        if self._deltas is not None:
            cleared = self._cleared(self._deltas.value)
            self._deltas.reset()
            return cleared
        return MISSING if self._whole_only else self._blank()

    def give_deltas(self) -> None:
        if self._deltas is None:
            self._is_plain = False
            self._deltas = Parser(**self._options)
            self._catch_up(self._deltas)

    def _take_deltas(self, parser: Parser) -> Any:
        deltas = parser.take_deltas()
        if self._envelope is not None:
            deltas = [each for delta in deltas for each in self._envelope.delta(delta)]
        self.queue.extend(deltas)
        return self.queue.popleft() if self.queue else MISSING

    def _cleared(self, value: Any) -> Any:
        """The delta that clears a screen that shows `value`; MISSING for numbers and the like."""
        whole = Delta("add", (), value)
        for shown in [whole] if self._envelope is None else self._envelope.delta(whole):
            if type(shown.value) in (dict, list, str):
                return shown._replace(value=type(shown.value)())
        return MISSING

    def _rest(self) -> Any:
        deltas = self._deltas
        if deltas is None:
            return MISSING
        # What the object shows: the error's own chunk has begun with something, too.
        self._catch_up(deltas)
        return self._take_deltas(deltas)

    def _catch_up(self, deltas: Parser) -> None:
        if more := self.parser.bytes_from(deltas.offset):
            deltas.write(more)

    def _shown(self, value: Any) -> Any:
        return value if self._envelope is None else self._envelope.open(value)

    def _relocate(self, error: ParseError) -> None:
        if self._envelope is not None:
            self._envelope.relocate(error)

    def _blank(self) -> Any:
        """What shows of an object of which nothing has come, for types that show then."""
        before = "" if self._envelope is None else f'{{"{self._envelope.field}":'
        for bracket in "{", "[":
            value = self._shown(ModelParser[Any](self._type).feed(before + bracket))
            if value is not MISSING:
                return value
        return MISSING

    def _is_held_back(self, pacer: Pacer, text: Chunk) -> bool:
        before, self._path = self._path, self.parser.open_path
        return not pacer.is_due() and not self._closes_something(text, before)

    def _closes_something(self, text: Chunk, before: Path | None) -> bool:
        """Whether an object or array may have closed in `text`. It is to show at once."""
        if isinstance(text, str):
            has_bracket = "}" in text or "]" in text
        else:
            has_bracket = not {*b"}]"}.isdisjoint(text)
        if not has_bracket:
            return False
        path = self._path
        if path is None or path != before:
            return True
        # Each step of the path is in an open container. Where no more are open than these, the
        # node at its end is a text or number, and the brackets are in it.
        rest = self.parser.completion
        return len(rest) - len(rest.rstrip("}]")) > len(path)
