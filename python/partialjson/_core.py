"""What a stream knows, apart from where its chunks come from: chunks in, items out, no I/O."""

# ruff: noqa: ANN401 - values and types of any kind pass through here

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, NoReturn, TypeAlias

from pydantic import ValidationError

from partialjson._endings import ErrorEvent, ending_of_error, finished, interrupted
from partialjson._errors import IncompleteJSONError, JSONSyntaxError, ParseError, StreamError
from partialjson._models import ModelParser
from partialjson._pacing import Pacer, checked_interval
from partialjson._partialjson import MISSING
from partialjson._retries import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from partialjson._providers import ChunkReader
    from partialjson._retries import Retries
    from partialjson._types import Chunk, Path

    Status: TypeAlias = Literal["empty", "open", "complete", "error"]
    State: TypeAlias = Literal["missing", "open", "complete"]

__all__ = ["NO_REASON", "Core", "Failure", "fault_of", "place_of"]


class Failure(NamedTuple):
    """An attempt whose answer was refused, before the language model was asked again."""

    attempt: int
    """The number of the attempt, from 1."""
    error: ValidationError | JSONSyntaxError
    """Why its answer was refused."""
    value: Any
    """The object as far as it arrived, or ``MISSING``."""
    text: str
    """What the language model wrote, up to the end of the chunk in which it was refused."""
    usage: Any
    """The service's token counts for it; None if not reported, and some report only at the end."""


class _ClosedError(Exception):
    """A hook has closed the stream, which ends before the chunk is read."""


class Core(ABC):
    """One stream. `take` and `end` give an item, or ``MISSING`` where none has come of it.

    Subclasses say what the items are. Items beyond the first of a chunk wait in ``queue``.
    """

    def __init__(
        self,
        reader: Callable[[], ChunkReader],
        *,
        min_interval: float = 0,
        retries: Retries | None = None,
    ) -> None:
        self._new_reader = reader
        self.reader = reader()
        self.pacer = Pacer(min_interval) if checked_interval(min_interval) else None
        self.retries = retries
        self.failures: list[Failure] = []
        self._attempt = 1
        self.hooks: list[tuple[Callable[[Any], object], str | None]] = []
        self.queue: deque[Any] = deque()
        self.request: dict[str, Any] | None = None
        """What is to be sent before more chunks come."""
        self.closed = False
        self.dropped = False
        """Whether nothing more is wanted."""
        self.told: Exception | None = None
        """What a hook has raised, or who reads chunks: it is to be told, whatever is wanted."""
        self.error: Exception | None = None
        """What ended the stream, if that was an error."""
        self.pending: Exception | None = None
        """What is to be raised once the queue is empty."""
        self.lost: Exception | None = None
        """What the source has raised, or who reads or sees its chunks: whatever its kind, it is not
        about the document."""

    # What subclasses are to say.

    @property
    @abstractmethod
    def value(self) -> Any:
        """All that shows so far, after an error too."""

    @property
    @abstractmethod
    def final(self) -> Any:
        """All of it, validated. Raises where it is not whole or does not fit."""

    @property
    @abstractmethod
    def text(self) -> str:
        """The raw JSON so far."""

    @property
    @abstractmethod
    def status(self) -> Status:
        """How far it has come."""

    @property
    @abstractmethod
    def open_path(self) -> Path | None:
        """Where the deepest open node is."""

    @abstractmethod
    def state(self, path: Sequence[str | int]) -> State:
        """How far the node at `path` has come."""

    @abstractmethod
    def take(self, chunk: object) -> Any:
        """The item that `chunk` made, if one. Raises as the iteration of a stream does."""

    @abstractmethod
    def _finish(self) -> Any:
        """The last item, if it is another than the one before. Raises as `final`."""

    @abstractmethod
    def place(self) -> IncompleteJSONError:
        """Where the document stands, now that nothing more comes; as the error that this is."""

    @abstractmethod
    def answers(self) -> list[Answer]:
        """The documents that the language model has given, and what is wrong with them."""

    @abstractmethod
    def restart(self) -> Any:
        """Forget the answer so far. The item that shows it, if one can."""

    def give_deltas(self) -> None:
        """From now on, items are the deltas of the document."""
        raise TypeError("only a stream of one document has deltas")

    def added(self, known: bytes | bytearray) -> bytes:
        """What the text has behind `known`. ValueError where it does not begin with that."""
        text = self.text.encode("utf-8", "surrogatepass")
        if not text.startswith(known):
            raise ValueError(
                "the text of a stream must only grow; that of several tool calls does not"
            )
        return text[len(known) :]

    # What all have in common.

    def tell(self, chunk: object) -> None:
        """Show `chunk` to those who asked for it. What is raised goes to `unread`."""
        for hook, kind in self.hooks:
            members: Any = chunk
            is_plain = isinstance(chunk, dict)
            type_ = members.get("type") if is_plain else getattr(chunk, "type", None)
            if kind is None or str(type_).startswith(kind):
                hook(chunk)
        if self.dropped:
            raise _ClosedError

    def text_of(self, chunk: object) -> Chunk:
        """What of `chunk` is JSON. Raises ServiceError where it is an error of the service."""
        try:
            if self.hooks:
                self.tell(chunk)
            return self.reader.read(chunk)
        except Exception as error:
            self.unread(error)

    def unread(self, error: Exception) -> NoReturn:
        """Raise what it means that `error` has come of a chunk, and no text."""
        if isinstance(error, ErrorEvent):
            raise self.failed(error) or error from None
        self.lost = error
        if not isinstance(error, _ClosedError):
            self.told = error
        raise error

    def end(self) -> Any:
        """The last item, now that the source has ended. Raises where it did so too early."""
        return finished(self.reader, self._finish, self.place)

    def failed(self, error: Exception) -> StreamError | None:
        """What to raise where the source raised `error`, if not that error itself."""
        return ending_of_error(error, self.place)

    def lose(self, error: Exception) -> NoReturn:
        """Raise what it means that the source has raised `error`."""
        failure = None if self.dropped else self.failed(error)
        if failure is None:
            self.lost = error
            raise error
        raise failure from error

    def resume(self) -> dict[str, Any] | None:
        """The consumer is back. What is to be sent before more chunks come; mostly nothing.

        Raises what was found behind the last item.
        """
        pending, self.pending = self.pending, None
        if pending is not None:
            raise pending
        if self.pacer is not None:
            self.pacer.resume()
        request, self.request = self.request, None
        return request

    def recover(self, error: BaseException) -> Any:
        """What follows `error`, now that the source is closed: an item, or MISSING if nothing does.

        If another attempt is to be made, ``request`` is to be sent for it. Raises `error` if it is
        to be raised, and no item comes before it.
        """
        if not isinstance(error, Exception):
            if not self.dropped:
                # Who goes on after a timeout, say, must not take this for the end.
                self.error = self.pending = self._interruption()
            raise error
        if self._is_moot(error):
            return MISSING
        if self._begins_again(error):
            return self._begin_again()
        item = self._before(error)
        if item is MISSING:
            raise error
        return item

    def _interruption(self) -> Exception:
        try:
            return interrupted(self.place)
        except Exception as broken:
            # The parser itself was interrupted, and has no place any more.
            return broken

    def _is_moot(self, error: Exception) -> bool:
        """Whether `error` is of no interest: the source was closed by who wants nothing more."""
        return self.dropped and error is not self.told

    def _begins_again(self, error: Exception) -> bool:
        self.error = error
        retries = self.retries
        if retries is None or len(self.failures) >= retries.maximum:
            return False
        if error is self.lost or not isinstance(error, ValidationError | JSONSyntaxError):
            return False
        answers, usage = self.answers(), self.reader.usage
        text = "\n".join(each.text for each in answers)
        self.failures.append(Failure(self.attempt, error, self.value, text, usage))
        self.request = retries.request_after(answers)
        return True

    def _before(self, error: Exception) -> Any:
        """The item that comes before `error`, which then comes behind; MISSING where none does."""
        item = self._rest()
        if item is not MISSING:
            self.pending = error
        return item

    def _rest(self) -> Any:
        """The first item that is still to be given, now that there was an error."""
        return MISSING

    def drop(self) -> None:
        """Forget what is still to come."""
        self.dropped = True
        self.queue.clear()
        self.pending = None

    @property
    def attempt(self) -> int:
        """Which attempt this is, from 1: the next one once nothing is left of the one before."""
        return self._attempt

    def _begin_again(self) -> Any:
        """Start over, for the answer to another request. The item that marks it, if one can."""
        self.reader = self._new_reader()
        self.queue.clear()
        self.closed = False
        self.error = None
        item = self.restart()
        # Last: a broadcast may read the text meanwhile, from another thread, as that of this one.
        self._attempt += 1
        return item


NO_REASON = "the stream ended without a finish_reason and may be incomplete"


def place_of(parser: ModelParser[Any]) -> IncompleteJSONError:
    """Where `parser` stands, now that nothing more comes, as the error that this mostly is."""
    try:
        # A bare number is completed by an end, but not by one that may have cut it off.
        if parser.status != "open" or parser.completion:
            parser.finish()
    except IncompleteJSONError as error:
        return error
    except (ParseError, ValidationError):
        pass
    text = parser.text
    line = text.rpartition("\n")[2]
    return IncompleteJSONError(
        NO_REASON,
        parser.offset,
        text.count("\n") + 1,
        len(line) + 1,
        (),
        parser.value,
        parser.open_path,
    )


def fault_of(parser: ModelParser[Any]) -> Exception | None:
    """Why `parser` refuses its document; None for one that it does not, or that is not whole."""
    try:
        parser.finish()
    except IncompleteJSONError:
        return None
    except (ParseError, ValidationError) as error:
        return error
    return None
