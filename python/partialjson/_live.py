"""A document that is arriving, and those who follow it: what each is to be told next, without I/O.

Nobody has a queue. A follower is a place among the steps that the document has made; it is told
what has come since, when it asks. So a slow one costs no more memory than a quick one, and gets
more at a time. Those who keep up share the very same events.
"""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Literal, NamedTuple

from partialjson._endings import finished
from partialjson._errors import IncompleteJSONError, ParseError
from partialjson._partialjson import MISSING, Parser
from partialjson._reading import Reading
from partialjson._types import Delta
from partialjson._wire import (
    OK,
    Cursor,
    CursorError,
    Event,
    checked_epoch,
    checked_stream,
    delta_data,
    failure_data,
    has_long_paths,
    joined,
    patch_data,
    pointer_size,
    snap_data,
    tail,
)

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from partialjson._partialjson import MissingType
    from partialjson._types import Chunk, JSONValue, Options, Path
    from partialjson._wire import Mark, Profile

# Who is behind by more is told from the text instead, for about the price of parsing it again. At
# thirty steps a second it is what a viewer can miss in eight seconds.
_STEPS_KEPT = 256

# Each change has a pointer, which a long key or great depth make as long as the whole text: a
# chunk of many small values could become thousands of times what it is. Where pointers are more
# than this many times the text, the value as a whole is told instead.
_POINTERS_PER_TEXT = 8

# While such a piece of text is taken, the paths of its changes take 4 MB at most.
_STEPS_PER_PIECE = 1 << 20


class Step(NamedTuple):
    """What one write has changed."""

    deltas: list[Delta]
    open_path: Path | None
    before: Mark | None
    """What the step before it left behind; None at the beginning."""
    after: Mark
    """What it leaves behind."""


class Live:
    """A document that is arriving: its text, its value, its last steps, and how it ended."""

    def __init__(self, stream: str, epoch: int = 0, **options: Unpack[Options]) -> None:
        self.stream = checked_stream(stream)
        self.epoch = checked_epoch(epoch)
        self.text = bytearray()
        """All bytes of this attempt that were taken: no refused one is among them."""
        self.ended: str | None = None
        """Data of the ``end`` event, once nothing more comes."""
        self.error: BaseException | None = None
        """What ended it, if that was an error."""
        self._options: Options = {**options, "deltas": True}
        self._is_eager = options.get("numbers") == "eager"
        self._parser = Parser(**self._options)
        self.steps: deque[Step] = deque(maxlen=_STEPS_KEPT)
        """The last steps, the oldest first."""
        self.count = 0
        """How many steps there were, in all attempts."""
        self.first = 0
        """How many of them were in earlier attempts."""
        self.event: Event
        """The last step, once there is one, for those who were told the one before: most are."""
        self._after: Mark | None = None
        self._regrown: Path | None = None
        self._snap: Event | None = None
        self._patch: Event | None = None

    @property
    def value(self) -> JSONValue:
        """All that shows, or MISSING."""
        return self._parser.value

    @property
    def shows(self) -> bool:
        """Whether anything does."""
        return self._after is not None

    @property
    def id(self) -> str:
        """The cursor of everything so far."""
        return f"{self.stream}.{self.epoch}.{len(self.text)}"

    def place(self) -> IncompleteJSONError:
        """The position so far, as the error of a document that breaks off there."""
        # The text may end within a character.
        lines = self.text.decode("utf-8", "replace").split("\n")
        pos, path = len(self.text), self._parser.open_path
        where = pos, len(lines), len(lines[-1]) + 1, path or (), self.value, path
        return IncompleteJSONError("the document is incomplete", *where)

    def write(self, chunk: Chunk) -> None:
        """Take more text. An error in it ends the document. After the end nothing is taken."""
        if self.ended is not None:
            return
        data = chunk.encode("utf-8", "surrogatepass") if isinstance(chunk, str) else bytes(chunk)
        if not data:
            return
        self._snap = None
        regrown = self._open_element()
        deltas, error = self._changes(data)
        self.text += data[: self._parser.offset - len(self.text)]
        self._step(deltas, regrown)
        if error is not None:
            self.fail(error, is_of_document=True)

    def finish(self, reading: Reading | None = None) -> None:
        """Nothing more comes. That is an error if the document is not whole.

        It is one, too, if the service has disowned its answer; ``reading`` has what it told.
        """
        if self.ended is not None:
            return
        self._snap = None
        regrown = self._open_element()
        try:
            finished(reading or Reading(), self._parser.finish, self.place)
        except IncompleteJSONError as error:
            self.fail(error, is_of_document=True)
            return
        self._step(self._parser.take_deltas(), regrown)
        self.ended = OK

    def fail(self, error: BaseException, *, is_of_document: bool = False) -> None:
        """Nothing more comes, because of ``error``, of which viewers are told only a part."""
        if self.ended is None:
            self.error = error
            self.ended = failure_data(error, self._left, is_of_document=is_of_document)

    def stop(self, error: BaseException | None = None) -> None:
        """Nothing more comes, because nobody wants it, or because of a cancellation, ``error``."""
        if self.ended is None:
            self.error = error
            self.ended = failure_data(None, self._left)

    def end(self, data: str) -> None:
        """Nothing more comes; ``data`` is what the ``end`` event says. The first end counts."""
        if data == OK:
            self.finish()
        elif self.ended is None:
            self.ended = data

    def restart(self, epoch: int | None = None) -> None:
        """Another attempt begins, the next one or ``epoch``: all that has come was for nothing.

        ValueError if ``epoch`` is not a later one; it may be this one, if nothing of it has come.
        """
        if self.ended is not None or (epoch == self.epoch and not self.text):
            return
        if epoch is not None and epoch <= self.epoch:
            raise ValueError(f"epoch {epoch} does not follow {self.epoch}")
        self.epoch = checked_epoch(self.epoch + 1 if epoch is None else epoch)
        self.text = bytearray()
        self._parser.reset()
        self.steps.clear()
        self.first = self.count
        self._after = self._snap = self._patch = self._regrown = None

    @property
    def _left(self) -> Path | MissingType | None:
        """The path at which it is broken off; MISSING if no text came: viewers may know more."""
        return self._parser.open_path if self.text else MISSING

    def _open_element(self) -> Path | None:
        """The path of an open number in an array, if it shows already: it can be added again."""
        if not self._is_eager:
            return None
        path = self._parser.open_path
        if not path or not isinstance(path[-1], int):
            return None
        node: JSONValue = self._parser.value
        for key in path[:-1]:
            node = node[key]
        return path if path[-1] < len(node) else None

    def _changes(self, data: bytes) -> tuple[list[Delta], ParseError | None]:
        """What `data` changes, and the error in it, if there is one."""
        parser = self._parser
        if not has_long_paths(parser, len(data)):
            return self._taken(data)
        # Their paths would take thousands of times the text, only to be dropped by `short`.
        at, deltas, error = 0, list[Delta](), None
        while at < len(data) and error is None:
            size = _STEPS_PER_PIECE // max(1, len(parser.open_path or ())) or 1
            found, error = self._taken(data[at : at + size])
            deltas = found or deltas
            at += size
        return [Delta("add", (), parser.value)] if deltas else [], error

    def _taken(self, data: bytes) -> tuple[list[Delta], ParseError | None]:
        """What the parser says to `data`."""
        error = None
        try:
            self._parser.write(data)
        except ParseError as refused:
            error = refused
        return self._parser.take_deltas(), error

    def _step(self, deltas: list[Delta], regrown: Path | None) -> None:
        deltas = self.short(deltas)
        if not deltas:
            return
        open_path = self._parser.open_path
        self.event = Event("d", self.id, delta_data(deltas, open_path, self._after))
        before, self._after = self._after, deltas[-1][:2]
        if deltas[0][:2] == ("add", ()):
            # Nobody needs what was before.
            self.steps.clear()
        self.steps.append(Step(deltas, open_path, before, self._after))
        self._patch, self._regrown = None, regrown
        self.count += 1

    # What followers are told.

    def tail(self, offset: int) -> tuple[list[Delta], Path | None]:
        """What has come after the first ``offset`` bytes, from the text alone."""
        told = tail(self.text, offset, self._options, is_finished=self.ended == OK)
        if told is None:
            return [Delta("add", (), self.value)], self._parser.open_path
        deltas, path = told
        return self.short(deltas), path

    def short(self, deltas: list[Delta]) -> list[Delta]:
        """``deltas``, which lead to where it stands, or one that says so in far fewer bytes."""
        if len(deltas) > 1:
            left = _POINTERS_PER_TEXT * len(self.text)
            for delta in deltas:
                left -= pointer_size(delta.path)
                if left < 0:
                    return [Delta("add", (), self.value)]
        return deltas

    def snap(self) -> Event:
        """All of it, as an event."""
        if self._snap is None:
            data = snap_data(self._parser.value, self._parser.open_path)
            self._snap = Event("snap", self.id, data)
        return self._snap

    def whole_patch(self) -> Event:
        """All of it, as a patch that puts it in the place of anything."""
        return Event("d", self.id, patch_data([Delta("add", (), self.value)], self.value))

    def last_patch(self) -> Event:
        """The last step as a patch."""
        if self._patch is None:
            deltas = self.steps[-1].deltas
            data = patch_data(deltas, self._parser.value, self._regrown)
            self._patch = Event("d", self.id, data)
        return self._patch


class Follower:
    """One who follows a document, from now or from where a cursor says.

    Raises CursorError for a cursor that is malformed or of another stream, and ValueError for an
    unknown profile.
    """

    def __init__(self, live: Live, cursor: str | None = None, profile: Profile = "delta") -> None:
        if profile not in ("delta", "snapshot", "json-patch"):
            raise ValueError('the profile must be "delta", "snapshot" or "json-patch"')
        self._live = live
        self._profile = profile
        self._epoch = live.epoch
        self._offset = 0
        self._count = 0
        self._before: Mark | None = None
        self._state: Literal["new", "early", "stale", "resumed", "following", "done"] = "new"
        self._cursor = Cursor.parse(cursor) if cursor else None
        if self._cursor is not None:
            self._resume(self._cursor)

    def _resume(self, cursor: Cursor) -> None:
        live = self._live
        if cursor.stream != live.stream:
            raise CursorError("the cursor is of another stream")
        self._epoch = live.epoch
        if cursor.epoch == live.epoch and cursor.offset <= len(live.text):
            self._offset = cursor.offset
            self._state = "resumed"
        elif not live.text and cursor.epoch >= live.epoch:
            # Nothing was read here yet, from a store, say, and the client knows more. A reset would
            # clear its screen.
            self._state = "early"
        else:
            self._state = "stale"

    @property
    def is_done(self) -> bool:
        """Whether it was told of the end."""
        return self._state == "done"

    def take(self) -> Event | None:
        """What is to be told now: one event, or None if there is nothing new."""
        live = self._live
        if self._state == "early" and self._cursor is not None:
            self._resume(self._cursor)
        if self._state == "early":
            return self._end(str(self._cursor))
        if self._state == "done":
            return None
        if self._epoch != live.epoch:
            return self._start_again()
        event = self._change() if self._state == "following" else self._first()
        return self._end(live.id) if event is None else event

    def _end(self, id_: str) -> Event | None:
        """The ``end`` for a follower who is at ``id_``; None if the document has not ended."""
        if self._live.ended is None:
            return None
        self._state = "done"
        return Event("end", id_, self._live.ended)

    def _start_again(self) -> Event:
        """The ``reset`` for a follower who knows an earlier attempt."""
        self._epoch = self._live.epoch
        self._offset = 0
        self._count = self._live.first
        self._before = None
        self._state = "following"
        return Event("reset", f"{self._live.stream}.{self._epoch}.0", "{}")

    def _first(self) -> Event | None:
        live, state = self._live, self._state
        if self._profile == "json-patch":
            if state == "stale":
                return self._start_again()
            self._arrive()
            return live.whole_patch() if live.shows else None
        if self._profile == "snapshot" or state != "resumed":
            self._arrive()
            return live.snap()
        return self._tail()

    def _change(self) -> Event | None:
        live = self._live
        missing = live.count - self._count
        if not missing:
            return None
        if self._profile == "snapshot":
            self._arrive()
            return live.snap()
        if self._profile == "json-patch":
            self._arrive()
            return live.last_patch() if missing == 1 else live.whole_patch()
        steps = live.steps
        last = steps[-1]
        event, after = live.event, last.after
        if missing > 1 or last.before is not self._before:
            if missing > len(steps):
                return self._tail()
            missed = islice(steps, len(steps) - missing, None)
            deltas = joined(delta for step in missed for delta in step.deltas)
            if (short := live.short(deltas)) is not deltas:
                deltas, after = short, short[-1][:2]
            event = Event("d", event.id, delta_data(deltas, last.open_path, self._before))
        self._arrive()
        self._before = after
        return event

    def _tail(self) -> Event | None:
        live = self._live
        deltas, open_path = live.tail(self._offset)
        before = self._before
        self._arrive()
        if not deltas:
            return None
        self._before = deltas[-1][:2]
        return Event("d", live.id, delta_data(deltas, open_path, before))

    def _arrive(self) -> None:
        self._offset = len(self._live.text)
        self._count = self._live.count
        self._state = "following"
