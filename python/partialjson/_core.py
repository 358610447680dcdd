"""What a stream knows, apart from where its chunks come from: chunks in, items out, no I/O."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, NoReturn, TypeAlias

from pydantic import ValidationError

from partialjson._endings import ErrorEvent, ending_of_error, finished, interrupted
from partialjson._errors import IncompleteJSONError, JSONSyntaxError, ParseError, StreamError
from partialjson._models import ModelParser
from partialjson._pacing import Pacer, checked_interval
from partialjson._partialjson import MISSING
from partialjson._retries import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from partialjson._providers import ChunkReader
    from partialjson._retries import Retries
    from partialjson._types import Chunk, Path

    Status: TypeAlias = Literal["empty", "open", "complete", "error"]
    State: TypeAlias = Literal["missing", "open", "complete"]


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
        self.attempt = 1
        """Which attempt this is: the next one once nothing is left of the one before."""
        self.hooks: list[tuple[Callable[[Any], object], str | None]] = []
        self.queue: deque[Any] = deque()
        self.request: dict[str, Any] | None = None
        """What is to be sent before more chunks come."""
        self.closed = False
        """Whether the source is closed."""
        self.dropped = False
        """Whether the consumer wants nothing more."""
        self.error: Exception | None = None
        """The error that ended the stream, if one did."""
        self.pending: Exception | None = None
        """The error that is raised once the queue is empty."""
        self.interrupted = False
        """Whether a wait was cancelled or interrupted, and the next call is to tell."""
        # Where an error came from, if not from the document. Its type does not tell: a source or a
        # hook may raise a ValidationError of its own.
        self._source_error: Exception | None = None
        """Raised by the source, or in opening or closing it."""
        self._chunk_error: Exception | None = None
        """Raised by a hook, or by what reads chunks."""

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
        text = self.text.encode()
        if not text.startswith(known):
            raise ValueError(
                "the text of a stream must only grow; that of several tool calls does not"
            )
        return text[len(known) :]

    # What all have in common.

    def tell(self, chunk: object) -> None:
        """Call the hooks that want this chunk. The caller passes what this raises to `unread`."""
        for hook, kind in self.hooks:
            members: Any = chunk
            is_plain = isinstance(chunk, dict)
            type_ = members.get("type") if is_plain else getattr(chunk, "type", None)
            if kind is None or str(type_).startswith(kind):
                hook(chunk)
        if self.dropped:
            raise _ClosedError

    def text_of(self, chunk: object) -> Chunk:
        """The JSON in `chunk`. Raises ServiceError if the chunk is an error of the service."""
        try:
            if self.hooks:
                self.tell(chunk)
            return self.reader.read(chunk)
        except Exception as error:
            self.unread(error)

    def unread(self, error: Exception) -> NoReturn:
        """Raise what `error`, which came of a chunk in place of text, means for the consumer."""
        if isinstance(error, ErrorEvent):
            raise self._stream_error(error) or error from None
        if not isinstance(error, _ClosedError):
            self._chunk_error = error
        raise error

    def end(self) -> Any:
        """The last item, now that the source has ended. Raises where it did so too early."""
        return finished(self.reader, self._finish, self.place)

    def lose(self, error: Exception) -> NoReturn:
        """Raise what `error`, which the source has raised, means for the consumer."""
        ending = None if self.dropped else self._stream_error(error)
        if ending is None:
            self._source_error = error
            raise error
        raise ending from error

    def _stream_error(self, error: Exception) -> StreamError | None:
        """The StreamError to raise in place of `error`; None if that is raised as it is."""
        return ending_of_error(error, self.place)

    def is_of_document(self, error: BaseException) -> bool:
        """Whether `error`, which a stream has raised, is about its document."""
        return error is not self._source_error and error is not self._chunk_error

    def resume(self) -> dict[str, Any] | None:
        """The consumer is back. What is to be sent before more chunks come; mostly nothing.

        Raises what was found behind the last item.
        """
        self.interrupted = False
        pending, self.pending = self.pending, None
        if pending is not None:
            raise pending
        if self.pacer is not None:
            self.pacer.resume()
        request, self.request = self.request, None
        return request

    def recover(self, error: BaseException) -> Any:
        """What follows `error`, now that the source is closed: an item, or MISSING if nothing does.

        If another attempt is to be made, ``request`` is to be sent for it. Raises `error` if no
        item comes before it.
        """
        if not isinstance(error, Exception):
            self._interrupt(error)
            raise error
        if self.dropped and error is not self._chunk_error:
            # The source was closed by a consumer who wants nothing more.
            return MISSING
        if isinstance(error, StopIteration | StopAsyncIteration):
            error = _no_end(error)
        self.error = error
        retries = self.retries
        if (
            retries is not None
            and len(self.failures) < retries.maximum
            and isinstance(error, ValidationError | JSONSyntaxError)
            and self.is_of_document(error)
        ):
            return self._begin_again(retries, error)
        item = self._rest()
        if item is MISSING:
            raise error
        self.pending = error
        return item

    @contextmanager
    def asking(self) -> Generator[None, None, None]:
        """A block that sends a request: what it raises is not about the document."""
        try:
            yield
        except Exception as error:
            self._source_error = error
            raise

    @contextmanager
    def closing(self, item: Any) -> Generator[None, None, None]:
        """A block that closes the source behind the last item, which comes first if that fails."""
        try:
            yield
        except Exception as error:
            self._source_error = error
            if item is MISSING:
                raise
            self.error = self.pending = error

    @contextmanager
    def closing_after(self, error: BaseException) -> Generator[None, None, None]:
        """A block that closes the source after `error`, which counts, and not one of closing."""
        try:
            yield
        except Exception:
            pass
        except BaseException:
            # Cancelled, or once more: anyio cancels every wait.
            self._interrupt(error)
            raise

    def _interrupt(self, error: BaseException) -> None:
        """Have the next call raise what ended a wait: `error`, or that it was cancelled.

        A consumer that goes on, after a timeout, say, must not take it for the end.
        """
        if not self.dropped:
            told = error if isinstance(error, Exception) else self._interruption()
            self.error = self.pending = told
            self.interrupted = True

    def _interruption(self) -> Exception:
        try:
            return interrupted(self.place)
        except Exception as broken:
            # The parser itself was interrupted, and has no place any more.
            return broken

    def _begin_again(self, retries: Retries, error: ValidationError | JSONSyntaxError) -> Any:
        """Start over with another request. The item that marks this, if one can."""
        answers, usage = self.answers(), self.reader.usage
        text = "\n".join(each.text for each in answers)
        self.failures.append(Failure(self.attempt, error, self.value, text, usage))
        self.request = retries.request_after(answers)
        self.reader = self._new_reader()
        self.queue.clear()
        self.closed = False
        self.error = None
        item = self.restart()
        # Last: a broadcast may look meanwhile, from another thread, and must take the text that it
        # finds for that of the attempt before.
        self.attempt += 1
        return item

    def _rest(self) -> Any:
        """The first of the items that come before an error; MISSING if there are none."""
        return MISSING

    def drop(self) -> None:
        """Forget what is still to come."""
        self.dropped = True
        self.interrupted = False
        self.queue.clear()
        self.pending = None


def _no_end(cause: Exception) -> RuntimeError:
    """What to raise in place of `cause`, which a loop would take for its own end."""
    error = RuntimeError(
        "a validator, hook or reader of chunks has raised what means the end of an iteration"
    )
    error.__cause__ = cause
    return error


NO_REASON = "the stream ended without a finish_reason and may be incomplete"


def place_of(parser: ModelParser[Any]) -> IncompleteJSONError:
    """Where `parser` stands, now that nothing more comes, as the error that this mostly is."""
    try:
        # A bare number is completed by an end, but not by one that may have cut it off.
        if parser.completion:
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


def answer_of(parser: ModelParser[Any], call_id: str | None, name: str | None) -> Answer:
    """The document of `parser` as an answer, with the error if it was refused."""
    refused = None
    try:
        parser.finish()
    except IncompleteJSONError:
        pass
    except (ParseError, ValidationError) as error:
        refused = error
    is_whole = parser.status == "complete"
    return Answer(call_id, name, parser.text + parser.rest, refused, is_whole)
