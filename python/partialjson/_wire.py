"""What goes over the wire (docs/wire.md): events, cursors, and deltas as JSON. No I/O, no state."""

from __future__ import annotations

import re
import sys
from itertools import groupby
from operator import index, itemgetter
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from partialjson._errors import ParseError, StreamError
from partialjson._json_text import json_text, quoted
from partialjson._partialjson import MISSING, MissingType, Parser
from partialjson._types import Delta

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from partialjson._types import JSONValue, Options, Path

Profile: TypeAlias = Literal["delta", "snapshot", "json-patch"]
"""How changes are told: what has changed, all of it each time, or RFC 6902 patches."""

Mark: TypeAlias = tuple[str, "Path"]
"""What a delta leaves behind for the next one to be shorter: its ``op`` and ``path``."""

OK = '{"ok":true}'
"""Data of ``end`` for a whole document."""

# How many steps the paths of all changes in a text may have: some 64 MB, if all are lists.
_STEPS_OF_PATHS = 1 << 24

# Characters of Pydantic's errors that a client is told. There may be one for every second byte of
# the text, and each has its whole path: together they could be a thousand times the text.
_ERRORS_TOLD = 1 << 16

_STREAM = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
# Sixteen digits are petabytes; JavaScript counts exactly to 2**53.
_CURSOR = re.compile(r"([A-Za-z0-9_-]{1,64})\.(0|[1-9][0-9]{0,14})\.(0|[1-9][0-9]{0,14})", re.ASCII)


class CursorError(ValueError):
    """A cursor that no client of this stream can have been given: answer with 400.

    ``str(error)`` quotes nothing of the cursor, so it is safe to show.
    """

    status_code = 400


CursorError.__module__ = "partialjson"


class Cursor(NamedTuple):
    """A place in the text of a stream, as the id of an event names it."""

    stream: str
    """The name of the stream."""
    epoch: int
    """Which attempt at it, counted from 0."""
    offset: int
    """Bytes of its text, from the start."""

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """The cursor that ``text`` is. Raises CursorError where it is none."""
        match = _CURSOR.fullmatch(text)
        if match is None:
            raise CursorError("the cursor is malformed: <stream>.<epoch>.<offset> is expected")
        stream, epoch, offset = match.groups()
        return cls(stream, int(epoch), int(offset))

    def __str__(self) -> str:
        return f"{self.stream}.{self.epoch}.{self.offset}"


class Event(NamedTuple):
    """One message to a client, over any transport."""

    name: Literal["snap", "d", "reset", "end"]
    """The kind of message."""
    id: str
    """The cursor of the client's state after this event."""
    data: str
    """JSON on one line."""


def checked_stream(stream: str) -> str:
    """``stream``, if it can be a stream's name, else ValueError."""
    if _STREAM.fullmatch(stream) is None:
        raise ValueError("a stream's name must be 1 to 64 characters of A-Z a-z 0-9 _ -")
    return stream


def checked_epoch(epoch: int) -> int:
    """``epoch``, if it can be in an id, else ValueError, or TypeError for what is no integer."""
    # True is an integer, too, but not in an id.
    epoch = index(epoch)
    if not 0 <= epoch < 10**15:
        raise ValueError("the epoch must be a non-negative integer of at most 15 digits")
    return epoch


def pointer(path: Path) -> str:
    """``path`` as a JSON pointer (RFC 6901)."""
    # Three steps or so: quicker than joining what a generator gives.
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"/{step}"
        elif "~" in step or "/" in step:
            text += "/" + step.replace("~", "~0").replace("/", "~1")
        else:
            text += "/" + step
    return text


def pointer_size(path: Path) -> int:
    """About how many characters the pointer has."""
    return sum(2 if isinstance(step, int) else 1 + len(step) for step in path)


# --- data of events ------------------------------------------------------------------------------


def snap_data(value: JSONValue, open_path: Path | None) -> str:
    """Data of ``snap``; without ``v`` if ``value`` is MISSING."""
    where = _open(open_path)
    return f"{{{where}}}" if value is MISSING else f'{{"v":{json_text(value)},{where}}}'


def delta_data(deltas: Sequence[Delta], open_path: Path | None, before: Mark | None) -> str:
    """Data of ``d``: one object for one delta, an array for several; none is a mistake.

    ``before`` is of the last delta that this client was told since a ``snap`` or ``reset``: what is
    as there is left out.
    """
    if len(deltas) == 1:
        delta = deltas[0]
        if delta[0] == "append" and delta[:2] == before and delta[1] == open_path:
            # As most are, by far.
            return f'{{"v":{quoted(delta[2])}}}'
        return _delta(delta, before, open_path)
    last = len(deltas) - 1
    parts: list[str] = []
    for at, delta in enumerate(deltas):
        parts.append(_delta(delta, before, open_path if at == last else delta.path))
        before = delta[:2]
    return f"[{','.join(parts)}]"


def _delta(delta: Delta, before: Mark | None, open_path: Path | None) -> str:
    op, path, value = delta
    text = quoted(value) if op == "append" else json_text(value)
    # Paths are compared as tuples, which mostly are of the very same strings.
    if before is None:
        head = f'"o":"{op}","p":{quoted(pointer(path))},'
    elif before[1] != path:
        name = "" if before[0] == op else f'"o":"{op}",'
        head = f'{name}"p":{quoted(pointer(path))},'
    else:
        head = "" if before[0] == op else f'"o":"{op}",'
    if open_path == path:
        return f'{{{head}"v":{text}}}'
    return f'{{{head}"v":{text},{_open(open_path)}}}'


def _open(path: Path | None) -> str:
    return '"open":null' if path is None else f'"open":{quoted(pointer(path))}'


def patch_data(deltas: Iterable[Delta], value: JSONValue, replaced: Path | None = None) -> str:
    """``deltas`` as an RFC 6902 patch; ``value`` is the whole one after them.

    ``replaced`` is the path of the array element that showed before and is added anew: an ``add``
    of RFC 6902 would insert there.
    """
    operations: list[str] = []
    for op, path, added in deltas:
        name = "replace" if op == "append" or path == replaced else "add"
        whole = _at(value, path) if op == "append" else added
        where = quoted(pointer(path))
        operations.append(f'{{"op":"{name}","path":{where},"value":{json_text(whole)}}}')
    return f"[{','.join(operations)}]"


def _at(value: JSONValue, path: Path) -> JSONValue:
    for step in path:
        value = value[step]
    return value


def failure_data(
    error: BaseException | None,
    open_path: Path | MissingType | None,
    *,
    is_of_document: bool = False,
) -> str:
    """Data of ``end`` after ``error``, what the client may know of it; None: somebody stopped it.

    ``open_path`` is of what was broken off, or MISSING where the client may know more of that. More
    than a type is told of no error that is not of the document: the server may have met the same
    kind in its own settings, say.
    """
    told = {"type": "Stopped"} if error is None else _told(error, is_of_document)
    where = "" if isinstance(open_path, MissingType) else f",{_open(open_path)}"
    return f'{{"ok":false,"error":{json_text(told)}{where}}}'


def _told(error: BaseException, is_of_document: bool) -> dict[str, Any]:
    told: dict[str, Any] = {"type": type(error).__name__}
    if isinstance(error, StreamError):
        return told
    if is_of_document and isinstance(error, ParseError):
        told |= {"message": error.msg, "pos": error.pos, "line": error.lineno}
        return told | {"column": error.colno, "path": pointer(error.path)}
    if is_of_document and _is_validation_error(error):
        return told | {"errors": _validation_errors(error)}
    # Not even its name: that is about the server, not about the document.
    return {"type": "UpstreamError"}


def _is_validation_error(error: BaseException) -> bool:
    # Where one was raised, Pydantic has been imported.
    core = sys.modules.get("pydantic_core")
    return core is not None and isinstance(error, core.ValidationError)


def _validation_errors(error: Any) -> list[dict[str, Any]]:
    try:
        found = error.errors(include_url=False, include_context=False, include_input=False)
    except Exception:
        # Words of the application's own errors may not come out; viewers wait for the end still.
        return []
    told: list[dict[str, Any]] = []
    left = _ERRORS_TOLD
    for each in found:
        left -= pointer_size(each["loc"]) + len(each["msg"])
        if told and left < 0:
            break
        told.append({"path": list(each["loc"]), "type": each["type"], "message": each["msg"]})
    return told


# --- deltas from text ----------------------------------------------------------------------------


def tail(
    text: bytes | bytearray, offset: int, options: Options, *, is_finished: bool = False
) -> tuple[list[Delta], Path | None] | None:
    """What a client that has seen ``offset`` bytes of ``text`` is to be told, and what is open.

    By the law of split invariance: the deltas of one take depend only on the bytes before it and
    since the one before, so that a parser which is fed the text again gives what the client lacks.
    ``text`` must be free of errors; ``is_finished`` says that it is a whole document; ``options``
    are the parser's, with ``deltas``. None if the changes would have too long paths.
    """
    parser = Parser(**options)
    with memoryview(text) as view:
        parser.write(view[:offset])
        parser.take_deltas()
        if has_long_paths(parser, len(text) - offset):
            return None
        parser.write(view[offset:])
    if is_finished:
        parser.finish()
    return parser.take_deltas(), parser.open_path


def has_long_paths(parser: Parser, length: int) -> bool:
    """Whether so many bytes may bring changes whose paths take far more memory than they.

    Every change has a path of its own, which is as long as what is open now is deep.
    """
    return len(parser.open_path or ()) * length > _STEPS_OF_PATHS


def joined(deltas: Iterable[Delta]) -> list[Delta]:
    """The same changes in fewer deltas: texts appended to one string in a row become one."""
    result: list[Delta] = []
    for (op, path), run in groupby(deltas, key=itemgetter(slice(2))):
        if op == "append":
            result.append(Delta(op, path, "".join(delta.value for delta in run)))
        else:
            result += run
    return result
