"""What a parser must say after a prefix of a stream: small, slow and obviously right.

Written from RFC 8259, RFC 3629 and the project's contract, never from the Rust code, so that the
two can be held against one another. It takes one byte at a time and so cannot know where a stream
was cut; it keeps every node of the document in a plain tree; it decides about a token by looking
at all of its bytes again.
"""

import math
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from itertools import count, product
from typing import Any, Literal, NamedTuple

Path = tuple[str | int, ...]


class Missing(Enum):
    MISSING = "nothing shows"


MISSING = Missing.MISSING


class Refusal(NamedTuple):
    """An error, in what the contract says of it."""

    kind: Literal["JSONSyntaxError", "IncompleteJSONError", "LimitExceededError"]
    pos: int
    lineno: int
    colno: int
    path: Path
    limit: str | None = None
    maximum: int | None = None


class RefusedError(Exception):
    """The reference was asked for something that it cannot say because of its refusal."""


BOM = b"\xef\xbb\xbf"
WHITESPACE = b" \t\n\r"
RECORD_SEPARATOR = b"\x1e"

# --- tokens ------------------------------------------------------------------------------------


def between(first: int, last: int) -> bytes:
    return bytes(range(first, last + 1))


TAIL = between(0x80, 0xBF)
HEX = b"0123456789abcdefABCDEF"

# Each row is one character or escape of a string: the bytes that may stand at its first place, at
# its second, and so on. The byte written first is the one that a completion takes.
UNITS: tuple[tuple[bytes, ...], ...] = (
    # RFC 8259 §7 "unescaped", with the UTF-8 table of RFC 3629 §4
    (b" !" + between(0x23, 0x5B) + between(0x5D, 0x7F),),
    (between(0xC2, 0xDF), TAIL),
    (b"\xe0", between(0xA0, 0xBF), TAIL),
    (between(0xE1, 0xEC) + b"\xee\xef", TAIL, TAIL),
    (b"\xed", between(0x80, 0x9F), TAIL),
    (b"\xf0", between(0x90, 0xBF), TAIL, TAIL),
    (between(0xF1, 0xF3), TAIL, TAIL, TAIL),
    (b"\xf4", between(0x80, 0x8F), TAIL, TAIL),
    # RFC 8259 §7 "char" with an escape; halves of a surrogate pair only both together
    (b"\\", b'nrtbf"\\/'),
    (b"\\", b"u", b"0123456789abcefABCEF", HEX, HEX, HEX),
    (b"\\", b"u", b"dD", b"01234567", HEX, HEX),
    (b"\\", b"u", b"dD", b"89abAB", HEX, HEX, b"\\", b"u", b"dD", b"cdefCDEF", HEX, HEX),
)
SHORT_ESCAPES = dict(zip(b'nrtbf"\\/', '\n\r\t\b\f"\\/', strict=True))


@lru_cache(maxsize=1 << 16)
def endings(pending: bytes) -> tuple[tuple[bytes, ...], ...]:
    """Give what is left of every row that begins with `pending`, the shortest first."""
    return tuple(
        sorted(
            (
                row[len(pending) :]
                for row in UNITS
                if len(pending) <= len(row)
                and all(byte in place for byte, place in zip(pending, row, strict=False))
            ),
            key=len,
        )
    )


def decoded(unit: bytes) -> str:
    if not unit.startswith(b"\\"):
        return unit.decode()
    if unit.startswith(b"\\u"):
        return bytes.fromhex(unit.replace(b"\\u", b"").decode()).decode("utf-16-be")
    return SHORT_ESCAPES[unit[1]]


NUMBER = re.compile(rb"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
NUMBER_PREFIX = re.compile(
    rb"-|-?(?:0|[1-9][0-9]*)(?:\.[0-9]*|(?:\.[0-9]+)?[eE][+-]?[0-9]*)?",
)
INTEGER_PART = re.compile(rb"-?([0-9]*)")
LITERALS: dict[bytes, Any] = {b"true": True, b"false": False, b"null": None}
NAN_LITERALS: dict[bytes, Any] = {b"NaN": math.nan, b"Infinity": math.inf, b"-Infinity": -math.inf}


def number(text: bytes) -> int | float:
    if not re.fullmatch(rb"-?[0-9]+", text):
        return float(text)
    # Not int(text), which has a limit of its own on how many digits it takes.
    size = 0
    for start in range(0, len(text.lstrip(b"-")), 1000):
        digits = text.lstrip(b"-")[start : start + 1000]
        size = size * 10 ** len(digits) + int(digits)
    return -size if text.startswith(b"-") else size


# --- the document ------------------------------------------------------------------------------


@dataclass
class Node:
    """One value of the document, from its first byte on."""

    kind: Literal["object", "array", "string", "scalar"]
    step: str | int | None  # where it stands in its parent
    members: list["Node"] = field(default_factory=list)  # of a container, with repeated keys
    text: str = ""  # of a string, decoded
    raw: bytes = b""  # of a scalar
    complete: bool = False
    value: Any = None  # once complete


class Place(Enum):
    """What the next byte may belong to."""

    BOM = "the byte order mark, or what follows it"
    VALUE = "a value"
    FIRST_ELEMENT = "a value or ]"
    KEY = "a key"
    FIRST_KEY = "a key or }"
    COLON = "a colon"
    AFTER_VALUE = "a comma or the end of the container; nothing after the root"
    IN_KEY = "a key's text"
    IN_STRING = "a string's text"
    IN_SCALAR = "a number or literal"


INTERPRETERS_LIMIT = getattr(sys, "get_int_max_str_digits", lambda: 4300)() or None


class Reference:
    """The parser of the contract, one byte at a time."""

    def __init__(
        self,
        data: bytes = b"",
        *,
        numbers: Literal["atomic", "eager"] = "atomic",
        strings: Literal["append", "atomic"] = "append",
        duplicate_keys: Literal["last", "error"] = "last",
        allow_nan: bool = False,
        max_depth: int | None = 1024,
        max_bytes: int | None = None,
        max_string_bytes: int | None = None,
        max_digits: int | None = INTERPRETERS_LIMIT,
        many: bool = False,
    ) -> None:
        self.eager = numbers == "eager"
        self.growing_strings = strings == "append"
        self.unique_keys = duplicate_keys == "error"
        self.literals = LITERALS | (NAN_LITERALS if allow_nan else {})
        self.max_depth = max_depth
        self.max_bytes = max_bytes
        self.max_string_bytes = max_string_bytes
        self.max_digits = max_digits
        self.many = many

        self.received = bytearray()
        self.place = Place.BOM
        self.root: Node | None = None
        self.open: list[Node] = []  # from the root downwards
        self.key = ""
        self.pending = b""  # an unfinished character or escape
        self.string_bytes = 0
        self.error: Refusal | None = None
        self.documents: list[Any] = []  # the complete ones before this, where there are many
        self.feed(data)

    # --- what it says --------------------------------------------------------------------------

    @property
    def offset(self) -> int:
        return len(self.received)

    @property
    def status(self) -> str:
        if self.error:
            return "error"
        if self.root is None:
            return "empty"
        return "complete" if self.root.complete else "open"

    @property
    def open_path(self) -> Path | None:
        return tuple(node.step for node in self.open[1:]) if self.open else None

    @property
    def value(self) -> Any:
        """The best that can be shown, made anew along the open path."""
        if self.root is not None and self.root.complete:
            return self.root.value
        shown: Any = MISSING
        for node in reversed(self.open):
            shown = self._show(node, shown)
        return shown

    def state(self, path: Sequence[str | int]) -> str:
        node = self.root
        for step in path:
            if node is None:
                break
            named = [m for m in node.members if type(m.step) is type(step) and m.step == step]
            node = named[-1] if named else None
        if node is None:
            return "missing"
        return "complete" if node.complete else "open"

    @property
    def completion(self) -> str:
        if self.error:
            raise RefusedError(self.error)
        text = self._end_of_place()
        for node in reversed(self.open):
            text += {"object": b"}", "array": b"]", "string": b'"', "scalar": b""}[node.kind]
        return text.decode("utf-8", "surrogateescape")

    def finish(self) -> Refusal | None:
        """Say that nothing more comes; a bare number is then complete."""
        if self.error is None and self.place is Place.IN_SCALAR and len(self.open) == 1:
            raw = self.open[0].raw
            if NUMBER.fullmatch(raw):
                self._close(number(raw))
        in_bom = self.place is Place.BOM and 0 < self.offset < len(BOM)
        none = self.many and self.status == "empty" and not in_bom
        done = self.status == "complete" or none
        if self.error is None and not done:
            self.error = self._refusal("IncompleteJSONError", self.open_path or ())
        return self.error

    # --- one byte ------------------------------------------------------------------------------

    def feed(self, data: bytes) -> Refusal | None:
        """Take byte after byte up to the first impossible one, which changes nothing."""
        for byte in data:
            if self.error:
                break
            one = bytes([byte])
            if self.max_bytes is not None and self.offset >= self.max_bytes:
                self._refuse("max_bytes", self.max_bytes)
            elif self._takes(one):
                self.received += one
            elif not self.error:
                self._refuse()
        return self.error

    def _takes(self, byte: bytes) -> bool:
        """Take a byte in, or change nothing."""
        place = self.place
        if place is Place.BOM:
            return self._in_bom(byte)
        if place is Place.IN_KEY or place is Place.IN_STRING:
            return self._in_text(byte)
        if place is Place.IN_SCALAR:
            return self._in_scalar(byte)
        if byte in WHITESPACE:
            return True
        if self.many and not self.open and byte == RECORD_SEPARATOR:
            return True
        if place is Place.COLON:
            if byte != b":":
                return False
            self.place = Place.VALUE
            return True
        if place is Place.KEY or place is Place.FIRST_KEY:
            return self._at_key(byte)
        if place is Place.AFTER_VALUE:
            return self._after_value(byte)
        return self._at_value(byte)

    def _in_bom(self, byte: bytes) -> bool:
        if self.offset < len(BOM) and BOM.startswith(self.received + byte):
            return True
        if 0 < self.offset < len(BOM):
            return False
        self.place = Place.VALUE
        taken = self._takes(byte)
        if not taken:
            self.place = Place.BOM
        return taken

    def _at_value(self, byte: bytes) -> bool:
        if byte == b"]" and self.place is Place.FIRST_ELEMENT:
            self._close_container()
            return True
        if byte in b"{[":
            if self.max_depth is not None and len(self.open) >= self.max_depth:
                self._refuse("max_depth", self.max_depth)
                return False
            self._begin(Node("object" if byte == b"{" else "array", self._next_step()))
            self.place = Place.FIRST_KEY if byte == b"{" else Place.FIRST_ELEMENT
            return True
        if byte == b'"':
            self._begin(Node("string", self._next_step()))
            self.string_bytes = 0
            self.place = Place.IN_STRING
            return True
        if not self._may_grow(b"", byte):
            return False
        self._begin(Node("scalar", self._next_step(), raw=byte))
        self.place = Place.IN_SCALAR
        return True

    def _at_key(self, byte: bytes) -> bool:
        if byte == b"}" and self.place is Place.FIRST_KEY:
            self._close_container()
            return True
        if byte != b'"':
            return False
        self.key = ""
        self.string_bytes = 0
        self.place = Place.IN_KEY
        return True

    def _after_value(self, byte: bytes) -> bool:
        if not self.open:
            if not self.many:
                return False
            before, self.root, self.place = self.root, None, Place.VALUE
            if not self._at_value(byte):
                self.root, self.place = before, Place.AFTER_VALUE
                return False
            assert before is not None
            self.documents.append(before.value)
            return True
        is_object = self.open[-1].kind == "object"
        if byte == b",":
            self.place = Place.KEY if is_object else Place.VALUE
            return True
        if byte == (b"}" if is_object else b"]"):
            self._close_container()
            return True
        return False

    def _in_text(self, byte: bytes) -> bool:
        closes = byte == b'"' and not self.pending
        if not closes and self.string_bytes == self.max_string_bytes:
            self._refuse("max_string_bytes", self.max_string_bytes)
            return False
        if closes and self.place is Place.IN_STRING:
            self._close(self.open[-1].text)
            return True
        if closes:
            if self.unique_keys and self.key in self._keys():
                return False
            self.place = Place.COLON
            return True
        left = endings(self.pending + byte)
        if not left:
            return False
        self.string_bytes += 1
        self.pending += byte
        if left[0] == ():
            if self.place is Place.IN_KEY:
                self.key += decoded(self.pending)
            else:
                self.open[-1].text += decoded(self.pending)
            self.pending = b""
        return True

    def _in_scalar(self, byte: bytes) -> bool:
        node = self.open[-1]
        if self._may_grow(node.raw, byte):
            node.raw += byte
            if node.raw in self.literals:
                self._close(self.literals[node.raw])
            return True
        if self.error or not NUMBER.fullmatch(node.raw):
            return False
        if len(self.open) > 1:
            ends = b",}" if self.open[-2].kind == "object" else b",]"
        else:
            ends = RECORD_SEPARATOR + b'{["' if self.many else b""
        if byte not in WHITESPACE + ends:
            return False
        if byte in b"{[" and self.max_depth == 0:
            self._refuse("max_depth", 0)
            return False
        self._close(number(node.raw))
        return self._takes(byte)

    def _may_grow(self, raw: bytes, byte: bytes) -> bool:
        if any(literal.startswith(raw + byte) for literal in self.literals):
            return True
        if not NUMBER_PREFIX.fullmatch(raw + byte):
            return False
        digits = INTEGER_PART.fullmatch(raw + byte)
        if digits and self.max_digits is not None and len(digits[1]) > self.max_digits:
            self._refuse("max_digits", self.max_digits)
            return False
        return True

    # --- nodes ---------------------------------------------------------------------------------

    def _next_step(self) -> str | int | None:
        if not self.open:
            return None
        return self.key if self.open[-1].kind == "object" else len(self.open[-1].members)

    def _keys(self) -> set[str]:
        return {str(member.step) for member in self.open[-1].members}

    def _begin(self, node: Node) -> None:
        if self.open:
            self.open[-1].members.append(node)
        else:
            self.root = node
        self.open.append(node)

    def _close(self, value: Any) -> None:
        node = self.open.pop()
        node.complete, node.value = True, value
        self.place = Place.AFTER_VALUE

    def _close_container(self) -> None:
        self._close(self._show(self.open[-1], MISSING))

    def _show(self, node: Node, last: Any) -> Any:
        """Give what shows of a node, `last` being what shows of its member that is still open."""
        if node.kind == "string":
            return node.text if self.growing_strings else MISSING
        if node.kind == "scalar":
            prefixes = (node.raw[:length] for length in range(len(node.raw), 0, -1))
            numbers = (number(text) for text in prefixes if NUMBER.fullmatch(text))
            return next(numbers, MISSING) if self.eager else MISSING
        pairs = [(member.step, member.value) for member in node.members if member.complete]
        if last is not MISSING:
            pairs.append((node.members[-1].step, last))
        return dict(pairs) if node.kind == "object" else [value for _, value in pairs]

    # --- errors --------------------------------------------------------------------------------

    def _refuse(self, limit: str | None = None, maximum: int | None = None) -> None:
        path = self.open_path or ()
        if self.open and self.place in (Place.VALUE, Place.FIRST_ELEMENT):
            step = self._next_step()
            assert step is not None
            path += (step,)
        kind = "LimitExceededError" if limit else "JSONSyntaxError"
        self.error = self._refusal(kind, path, limit, maximum)

    def _refusal(
        self, kind: Any, path: Path, limit: str | None = None, maximum: int | None = None
    ) -> Refusal:
        line = self.received[self.received.rfind(b"\n") + 1 :]
        column = 1 + sum(byte not in TAIL for byte in line)
        return Refusal(
            kind, self.offset, 1 + self.received.count(b"\n"), column, path, limit, maximum
        )

    # --- completion ----------------------------------------------------------------------------

    def _end_of_place(self) -> bytes:
        """What the place needs before the open nodes can be closed."""
        match self.place:
            case Place.BOM:
                return (BOM[self.offset :] if self.offset else b"") + b"0"
            case Place.VALUE:
                return b"0"
            case Place.COLON:
                return b":0"
            case Place.KEY:
                return b'"' + self._end_of_key() + b'":0'
            case Place.IN_KEY:
                return self._end_of_key() + b'":0'
            case Place.IN_STRING:
                return next(shortest_texts(self.pending))
            case Place.IN_SCALAR:
                return self._end_of_scalar()
            case Place.FIRST_ELEMENT | Place.FIRST_KEY | Place.AFTER_VALUE:
                return b""

    def _end_of_scalar(self) -> bytes:
        raw = self.open[-1].raw
        if NUMBER.fullmatch(raw):
            return b""
        if NUMBER_PREFIX.fullmatch(raw):
            return b"0"
        return next(text[len(raw) :] for text in self.literals if text.startswith(raw))

    def _end_of_key(self) -> bytes:
        begun = self.key if self.place is Place.IN_KEY else ""
        taken = self._keys() if self.unique_keys else set()
        for text in shortest_texts(self.pending):
            units = self.pending + text
            if begun + "".join(decoded(unit) for unit in split_units(units)) not in taken:
                return text
        raise AssertionError("there is always another key")


def shortest_texts(pending: bytes) -> Iterator[bytes]:
    """Give the texts that end an unfinished unit and the string's content, shorter ones first."""
    rows = endings(pending) if pending else ((),)
    for length in count():
        for row in rows:
            if len(row) <= length:
                places = row + (b"0" + UNITS[0][0],) * (length - len(row))
                for text in product(*places):
                    yield bytes(text)


def split_units(text: bytes) -> Iterator[bytes]:
    start = 0
    for end in range(1, len(text) + 1):
        left = endings(text[start:end])
        if left and left[0] == ():
            yield text[start:end]
            start = end
