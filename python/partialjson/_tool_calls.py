"""Several tool calls in one stream, each kept apart and typed by the model of its tool."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from partialjson._core import NO_REASON, Core, answer_of, place_of
from partialjson._errors import IncompleteJSONError, ParseError
from partialjson._models import ModelParser
from partialjson._partialjson import MISSING
from partialjson._providers import ChunkReader
from partialjson._reading import is_another, text_of_arguments

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from partialjson._core import State, Status
    from partialjson._openai_chunks import CallPart
    from partialjson._retries import Answer
    from partialjson._types import ModelOptions, Path

A_co = TypeVar("A_co", covariant=True)


@dataclass(frozen=True)
class ToolCall(Generic[A_co]):
    """A call of a tool, as far as it has arrived."""

    index: int
    """Its number among the calls of this answer, from 0."""
    id: str | None
    """The service's id of the call; a message with the tool's result must name it."""
    name: str
    """The name of the tool."""
    arguments: A_co
    """A growing object of the tool's model, validated once ``complete``; `MISSING` until something
    of it shows."""
    complete: bool
    """Whether the arguments are whole, and fit the model."""


class _Call:
    """One call and the parser of its arguments."""

    def __init__(self, index: int, id_: str | None, name: str, parser: ModelParser[Any]) -> None:
        self.index = index
        self.id = id_
        self.name = name
        self.parser = parser

    def show(self) -> ToolCall[Any]:
        # The value first: it is by it that a complete document is found not to fit.
        value = self.parser.value
        complete = self.parser.status == "complete"
        return ToolCall(self.index, self.id, self.name, value, complete)


class _CallReader(ChunkReader):
    """Reads chunks for their facts, and puts the parts of all tool calls into `parts`.

    What text there is beside calls is not ours.
    """

    def __init__(self, parts: list[CallPart]) -> None:
        super().__init__("text")
        self._found = parts

    def add_call(self, key: Any, id_: str | None, name: str | None, arguments: Any) -> None:
        self._found.append((key, id_, name, arguments))


class ToolCalls(Core):
    """The tool calls of one answer. An item is one of them, whenever more of it shows.

    `types` has the model of each tool by its name.
    """

    def __init__(self, types: Mapping[str, Any], options: ModelOptions, **more: Any) -> None:
        self._parts: list[CallPart] = []
        """The parts of calls in the chunk that is being taken."""
        super().__init__(lambda: _CallReader(self._parts), **more)
        self._types = types
        self._options = options
        self._calls: list[_Call] = []
        self._numbered: dict[int | str | None, _Call] = {}
        self._early: dict[int | str | None, list[tuple[str | None, str]]] = {}
        """The ids and the texts of the parts of calls whose names have yet to come."""
        self._news: dict[int, _Call] = {}
        """The calls of which more shows than was told, by their index."""
        self._last: _Call | None = None
        self._ended = False

    def take(self, chunk: object) -> Any:
        self._parts.clear()
        self.text_of(chunk)
        has_completed = False
        for key, id_, name, arguments in self._parts:
            text = text_of_arguments(arguments)
            has_completed = self._add(key, id_, name, text) or has_completed
        pacer = self.pacer
        if pacer is not None and not pacer.is_due() and not has_completed:
            return MISSING
        item = self._show()
        if pacer is not None and item is not MISSING:
            pacer.show()
        return item

    def _add(self, key: int | str | None, id_: str | None, name: str | None, text: str) -> bool:
        """Take in a part of a call, None being the one before; whether it has completed it."""
        call = self._last if key is None else self._numbered.get(key)
        if call is None or is_another(call.id, id_, name):
            # Mostly all that is known of a call comes with its first part.
            early = self._early.setdefault(key, [])
            early.append((id_, text))
            if not name:
                return False
            call = self._begin(key, next((id_ for id_, _ in early if id_), None), name)
            text = "".join(text for _, text in self._early.pop(key))
        self._last = call
        if id_ and not call.id:
            call.id = id_
            self._news[call.index] = call
        if not text or call.parser.status == "error":
            return False
        try:
            call.parser.write(text)
        except ParseError as error:
            error.value = self.value
            raise
        if call.parser.take_changed():
            self._news[call.index] = call
        return call.parser.status == "complete"

    def _begin(self, key: int | str | None, id_: str | None, name: str) -> _Call:
        if name not in self._types:
            raise _not_given(name)
        parser: ModelParser[Any] = ModelParser(self._types[name], **self._options)
        call = self._numbered[key] = _Call(len(self._calls), id_, name, parser)
        self._calls.append(call)
        self._news[call.index] = call
        return call

    def _show(self) -> Any:
        # One by one: what raises must not take the news of the calls behind it along.
        for index in sorted(self._news):
            self.queue.append(self._news.pop(index).show())
        return self.queue.popleft() if self.queue else MISSING

    def _finish(self) -> Any:
        if self.reader.finish_reason is None:
            # There might have been more calls.
            raise self.place()
        if any(text for parts in self._early.values() for _, text in parts):
            raise _not_given(None)
        self._ended = True
        self._news = {each.index: each for each in self._calls if each.parser.status != "complete"}
        for call in self._calls:
            self._last = call
            if not call.parser.offset:
                # Where a tool takes none, some send no arguments at all.
                call.parser.write("{}")
            self._finish_call(call)
        return self._show()

    def _finish_call(self, call: _Call) -> None:
        try:
            call.parser.finish()
        except ParseError as error:
            error.value = self.value
            raise

    @property
    def value(self) -> list[ToolCall[Any]]:
        return [call.show() for call in self._calls]

    @property
    def final(self) -> list[ToolCall[Any]]:
        if not self._ended:
            raise self.place()
        for call in self._calls:
            self._finish_call(call)
        return self.value

    @property
    def text(self) -> str:
        return "\n".join(call.parser.text for call in self._calls)

    @property
    def status(self) -> Status:
        worst_first = ["error", "open", "empty", "complete"]
        each: list[Status] = [call.parser.status for call in self._calls] or ["empty"]
        return min(each, key=worst_first.index)

    @property
    def open_path(self) -> Path | None:
        call = self._last
        path = None if call is None else call.parser.open_path
        return None if call is None or path is None else (call.index, *path)

    def state(self, path: Sequence[str | int]) -> State:
        calls = self._calls
        index = path[0] if path else None
        if isinstance(index, int) and 0 <= index < len(calls):
            return calls[index].parser.state(path[1:])
        return "missing"

    def place(self) -> IncompleteJSONError:
        call = self._last
        if call is None:
            return IncompleteJSONError(NO_REASON, value=[])
        place = place_of(call.parser)
        place.value = self.value
        return place

    def answers(self) -> list[Answer]:
        return [answer_of(call.parser, call.id, call.name) for call in self._calls]

    def restart(self) -> Any:
        self._ended = False
        self._calls.clear()
        self._numbered.clear()
        self._early.clear()
        self._news.clear()
        self._last = None
        return MISSING


def _not_given(name: str | None) -> ValueError:
    return ValueError(f"the language model called a tool that it was not given: {name!r}")
