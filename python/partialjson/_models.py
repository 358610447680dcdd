"""`ModelParser`: the parser, with typed values."""

# ruff: noqa: ANN401 - values and types of any kind pass through here

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, cast, overload

from pydantic import TypeAdapter, ValidationError

from partialjson._annotations import plan_of
from partialjson._errors import ParseError
from partialjson._mapper import Mapper
from partialjson._partial import Partial, is_complete, state, whole_type
from partialjson._partialjson import MISSING, Parser

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from partialjson._types import Chunk, Path

__all__ = ["ModelParser", "Partial", "is_complete", "state"]

T = TypeVar("T")

_BOM = b"\xef\xbb\xbf"


class ModelParser(Generic[T]):
    """A `Parser` whose values are of type T, as far as they have come.

    T is a Pydantic model, or any other type that `pydantic.TypeAdapter` takes. While an object is
    open it shows as an instance of `Partial[T]`; once it has closed it is validated and is a real
    one. Numbers, dates and the like show when they are complete, text and lists while they grow.

    `strict` and `context` go to Pydantic. With `fail_fast`, what can no longer become valid is
    reported at once and not at the end. The other options are those of `Parser`.

    Raises ValueError for ``values="live"``: a typed value is a new object whenever it changes.
    """

    @overload
    def __init__(
        self,
        type_: type[T],
        /,
        *,
        context: Any = None,
        strict: bool | None = None,
        fail_fast: bool = False,
        **options: Any,
    ) -> None: ...

    # For what checkers do not take for a ``type[T]``, as unions.
    @overload
    def __init__(
        self: ModelParser[Any],
        type_: Any,
        /,
        *,
        context: Any = None,
        strict: bool | None = None,
        fail_fast: bool = False,
        **options: Any,
    ) -> None: ...

    def __init__(
        self,
        type_: Any,
        /,
        *,
        context: Any = None,
        strict: bool | None = None,
        fail_fast: bool = False,
        **options: Any,
    ) -> None:
        if options.get("values", "snapshot") != "snapshot":
            raise ValueError("a ModelParser has no live values: each is an object of its own")
        self._parser = Parser(**options)
        self._type = whole_type(type_)
        self._adapter: TypeAdapter[T] = TypeAdapter(self._type)
        self._plan = plan_of(self._type)
        self._strict = strict
        self._context = context
        self._fail_fast = fail_fast
        self._turn = _Turn()
        self._start()

    def _start(self) -> None:
        self._mapper = Mapper(
            self._plan,
            self._adapter.validator.title,
            strict=self._strict,
            context=self._context,
            fail_fast=self._fail_fast,
        )
        self._raw = bytearray()
        # Whether the value of a key may have begun since the mapper last looked.
        self._moved = False
        self._tail = b""
        self._behind = False
        self._changed = False
        self._whole: T | Any = MISSING
        self._failure: ValidationError | None = None

    def feed(self, chunk: Chunk, /) -> T:
        """The value with this chunk taken in, or `MISSING` where nothing shows yet.

        Raises JSONSyntaxError at the first byte that no document can have there,
        LimitExceededError past a limit, and with `fail_fast` Pydantic's ValidationError; each
        again at the next call. Raises ValueError after `finish`.
        """
        with self._turn:
            self._write(chunk)
            return self._look()

    def write(self, chunk: Chunk, /) -> int:
        """The number of bytes consumed. Raises as `feed` does, and builds no value."""
        with self._turn:
            return self._write(chunk)

    @property
    def value(self) -> T:
        """The best-effort value of everything received, or `MISSING` where nothing shows yet."""
        with self._turn:
            return self._look()

    def finish(self) -> T:
        """The validated value: ``TypeAdapter(T).validate_json`` of the whole text.

        Raises IncompleteJSONError unless the document is complete, and Pydantic's ValidationError
        where it does not fit T. Called again, it gives or raises the same.
        """
        with self._turn:
            if self._failure is not None:
                raise self._failure
            try:
                self._parser.finish()
            except ParseError as error:
                raise self._typed(error) from None
            self._behind = True
            self._look()
            if self._failure is not None:
                raise self._failure
            return cast("T", self._whole)

    @property
    def status(self) -> Literal["empty", "open", "complete", "error"]:
        """``"empty"``, ``"open"``, ``"complete"`` or ``"error"``; a ValidationError is one."""
        return "error" if self._failure is not None else self._parser.status

    @property
    def open_path(self) -> Path | None:
        """The keys and indices, as in the JSON, of the deepest open node; None if none is open."""
        return self._parser.open_path

    def state(self, path: Sequence[str | int], /) -> Literal["missing", "open", "complete"]:
        """How far the node at `path` has come, in the keys and indices of the JSON."""
        return self._parser.state(path)

    @property
    def offset(self) -> int:
        """The number of bytes consumed."""
        return self._parser.offset

    @property
    def completion(self) -> str:
        """A shortest text that would complete the JSON; it need not fit T."""
        return self._parser.completion

    @property
    def text(self) -> str:
        """The JSON received so far, without a character of which bytes are still to come."""
        return bytes(self._raw).decode("utf-8", "ignore")

    def reset(self) -> None:
        """Start anew, with the same type and options."""
        with self._turn:
            self._parser.reset()
            self._start()

    def _write(self, chunk: Chunk) -> int:
        if self._failure is not None and self._fail_fast:
            raise self._failure
        data = chunk.encode("utf-8", "surrogatepass") if isinstance(chunk, str) else bytes(chunk)
        self._behind = True
        try:
            consumed = self._parser.write(chunk)
        except ParseError as error:
            raise self._typed(error) from None
        self._raw += data
        # A value that comes after its colon and some white space began just now.
        self._moved = self._moved or b":" in data or self._tail == b":"
        self._tail = data.rstrip(b" \t\r\n")[-1:] or self._tail
        if self._fail_fast:
            self._look()
            if self._failure is not None:
                raise self._failure
        return consumed

    def _typed(self, error: ParseError) -> ParseError:
        self._moved = True
        error.value = self._look()
        return error

    def _look(self) -> T:
        """Bring the value up to date and return it."""
        if self._behind:
            self._behind = False
            self._follow()
        return cast("T", self._mapper.value if self._whole is MISSING else self._whole)

    def _follow(self) -> None:
        parser = self._parser
        if parser.status == "complete":
            if self._whole is not MISSING or self._failure is not None:
                return
            self._validate()
            if self._whole is not MISSING:
                self._changed = True
                return
        # Most chunks bring nothing but more of a text, or of something that does not show yet.
        # An error has taken the parser's value, and with it the news.
        news = 2 if parser.status == "error" else parser._news
        if news == 0:
            return
        if news == 1 and self._mapper.grow(parser._open_text):
            self._changed = self._mapper.changed or self._changed
            return
        if self._mapper.update(
            parser.value, parser.open_path, moved=self._moved, open_kind=self._open_kind
        ):
            self._changed = True
        self._moved = False
        if self._failure is None:
            self._failure = self._mapper.refusal

    def _open_kind(self) -> type | None:
        """The type that the deepest open node shows as; None for a number or a literal."""
        parser = self._parser
        if parser.status == "error":
            return object
        # Told by the brackets and quotes that are missing: every step of the path is in an open
        # container, and a container that is open itself adds one bracket.
        rest = parser.completion
        inner = rest.rstrip("}]")
        if len(rest) - len(inner) > len(parser.open_path or ()):
            return dict if rest[len(inner)] == "}" else list
        return str if inner.endswith('"') else None

    def _validate(self) -> None:
        text = bytes(self._raw).removeprefix(_BOM)
        try:
            self._whole = self._adapter.validate_json(
                text, strict=self._strict, context=self._context
            )
        except ValidationError as error:
            self._failure = error

    def take_changed(self) -> bool:
        """Whether more or other things show than when this was last asked."""
        self._look()
        changed, self._changed = self._changed, False
        return changed


class _Turn:
    """One caller at a time. A second thread, or a validator that feeds its own parser, is told."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        if not self._lock.acquire(blocking=False):
            raise RuntimeError("this ModelParser is being used already")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lock.release()
