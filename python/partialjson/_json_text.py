"""Values as JSON text: of any depth, and so that JavaScript reads what Python has."""

from __future__ import annotations

from decimal import Decimal
from json.encoder import JSONEncoder, encode_basestring
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from partialjson._types import JSONValue

quoted = encode_basestring
"""A `str` as JSON; only what has to be escaped is."""

_encode = JSONEncoder(
    ensure_ascii=False, check_circular=False, allow_nan=False, separators=(",", ":")
).encode


def json_text(value: JSONValue) -> str:
    """`value` as compact JSON in one line.

    An infinite number is ``1e999``, which every reader of doubles takes for one; NaN is ``null``.
    """
    if type(value) is str:
        return quoted(value)
    kind = _kind(value)
    if kind is not dict and kind is not list:
        return _scalar(value)
    # What has just been opened, which most containers are when they are told.
    if not value:
        return "{}" if kind is dict else "[]"
    if kind is dict and len(value) == 1:
        ((key, only),) = value.items()
        if type(only) is str:
            return f"{{{quoted(key)}:{quoted(only)}}}"
    try:
        return _encode(value)
    except (RecursionError, ValueError):
        # Too deep for the C stack, or a number that the standard library does not write.
        return "".join(_pieces(value))


def _scalar(value: JSONValue) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, int):
        try:
            return int.__repr__(value)
        except ValueError:
            # The interpreter's limit on digits, which the caller has lifted with `max_digits`.
            return format(Decimal(value), "f")
    if value != value:
        return "null"
    if value in (float("inf"), float("-inf")):
        return "1e999" if value > 0 else "-1e999"
    return float.__repr__(value)


def _pieces(root: JSONValue) -> Iterator[str]:
    """Without recursion: a stack of what is still to be written, the next on top."""
    left: list[tuple[bool, JSONValue]] = [(False, root)]
    while left:
        is_text, value = left.pop()
        kind = _kind(value)
        if is_text:
            yield value
        elif kind is dict:
            left.append((True, "}"))
            for at, key in enumerate(reversed(value)):
                comma = "," if at < len(value) - 1 else ""
                left += [(False, value[key]), (True, f"{comma}{quoted(key)}:")]
            left.append((True, "{"))
        elif kind is list:
            left.append((True, "]"))
            for at in reversed(range(len(value))):
                left += [(False, value[at]), (True, "," if at else "")]
            left.append((True, "["))
        else:
            yield _scalar(value)


def _kind(value: object) -> type[object]:
    return type(value)
