"""Text grows; numbers, literals and whatever has a text of its own wait."""

import enum
import re
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from ipaddress import IPv4Address, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal, NewType, Optional
from uuid import UUID

from pydantic import (
    AnyUrl,
    Base64Bytes,
    ByteSize,
    Field,
    FiniteFloat,
    HttpUrl,
    Json,
    PositiveInt,
    SecretBytes,
    SecretStr,
    StrictBool,
    StrictInt,
    StrictStr,
    StringConstraints,
)

from tests.model_table.row import NOTHING, grows, waits


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Word(str, enum.Enum):
    YES = "yes"


class Level(enum.IntEnum):
    LOW = 1


class Flags(enum.IntFlag):
    A = 1
    B = 2


Name = NewType("Name", str)
Count = NewType("Count", int)

ROWS = [
    # Text.
    grows("str", str, '"a\\u00e9上"', ('"', ""), ('"a\\u00', "a"), ('"a\\u00e9', "aé"),
          ('"a\\u00e9上', "aé上"), broken="1"),
    grows("new-type-of-str", Name, '"ab"', ('"', ""), ('"a', "a"), broken="[]"),
    grows("strict-str", StrictStr, '"ab"', ('"a', "a"), broken="1"),
    grows("str-of-length", Annotated[str, Field(min_length=2, max_length=3)], '"abc"',
          ('"', ""), ('"a', "a"), ('"abc"', "abc"), broken='"abcd"'),
    grows("str-with-pattern", Annotated[str, Field(pattern="^[a-z]+$")], '"abc"', ('"a', "a"),
          broken='"A"'),
    grows("str-stripped", Annotated[str, StringConstraints(strip_whitespace=True)], '" a "',
          ('" ', " "), ('" a ', " a "), ('" a "', "a"), mends=True),
    grows("str-upper", Annotated[str, StringConstraints(to_upper=True)], '"ab"', ('"a', "a"),
          ('"ab"', "AB"), mends=True),
    grows("optional-str", Optional[str], '"ab"', ('"', ""), ('"a', "a"), broken="1"),  # noqa: UP045
    grows("optional-str-null", str | None, "null", ("nul", NOTHING), ("null", None)),
    waits("str-that-takes-numbers", str, "12", "12", coerce_numbers_to_str=True, broken="[]"),
    grows("any-text", Any, '"ab"', ('"', ""), ('"a', "a")),
    grows("object-text", object, '"ab"', ('"', ""), ('"a', "a")),
    # Numbers, bool, null.
    waits("int", int, "123", 123, broken='"x"'),
    waits("int-from-text", int, '"7"', 7, broken='"7.5"'),
    waits("int-from-float", int, "7.0", 7, broken="7.5"),
    waits("huge-int", int, "123456789012345678901234567890", 123456789012345678901234567890),
    waits("strict-int", StrictInt, "12", 12, broken='"12"'),
    waits("new-type-of-int", Count, "12", 12, broken="null"),
    waits("positive-int", PositiveInt, "12", 12, broken="-12"),
    waits("int-in-range", Annotated[int, Field(ge=1, lt=10, multiple_of=3)], "9", 9, broken="10"),
    waits("float", float, "1.5e2", 150.0, broken="{}"),
    waits("float-from-int", float, "12", 12.0),
    waits("finite-float", FiniteFloat, "-2.5", -2.5, broken='"nan"'),
    waits("bool", bool, "true", True, broken='"maybe"'),
    waits("bool-from-text", bool, '"yes"', True, broken="2"),
    waits("strict-bool", StrictBool, "false", False, broken="0"),
    waits("none", type(None), "null", None, broken="0"),
    waits("any-number", Any, "12.5", 12.5),
    waits("decimal-of-text", Decimal, '"12.50"', Decimal("12.50"), broken='"x"'),
    waits("decimal-of-number", Decimal, "12.5", Decimal("12.5"), broken="[]"),
    waits("decimal-digits", Annotated[Decimal, Field(max_digits=4, decimal_places=2)], '"12.50"',
          Decimal("12.50"), broken='"123.456"'),
    waits("byte-size", ByteSize, '"2KiB"', ByteSize(2048), broken='"x"'),
    # One of several.
    waits("literal-text", Literal["on", "off"], '"off"', "off", broken='"of"'),
    waits("literal-number", Literal[1, 2], "2", 2, broken="3"),
    waits("literal-mixed", Literal["a", 1, None, True], "null", None, broken="2"),
    waits("enum", Color, '"blue"', Color.BLUE, broken='"green"'),
    waits("enum-of-str", Word, '"yes"', Word.YES, broken='"no"'),
    waits("enum-of-int", Level, "1", Level.LOW, broken="2"),
    waits("enum-flags", Flags, "3", Flags.A | Flags.B, broken='"x"'),
    waits("enum-by-value", Color, '"red"', "red", use_enum_values=True, broken='"x"'),
    # Dates and times.
    waits("date", date, '"2024-01-02"', date(2024, 1, 2), broken='"2024-13-02"'),
    waits("datetime", datetime, '"2024-01-02T03:04:05Z"',
          datetime(2024, 1, 2, 3, 4, 5, tzinfo=timezone.utc), broken='"soon"'),
    waits("datetime-of-number", datetime, "0", datetime(1970, 1, 1, tzinfo=timezone.utc)),
    waits("time", time, '"03:04"', time(3, 4), broken='"25:00"'),
    waits("timedelta", timedelta, '"PT1H30M"', timedelta(hours=1.5), broken='"x"'),
    waits("timedelta-of-number", timedelta, "90", timedelta(seconds=90)),
    waits("optional-date", date | None, '"2024-01-02"', date(2024, 1, 2), broken='"x"'),
    # Texts of their own.
    waits("uuid", UUID, '"00000000-0000-0000-0000-000000000007"', UUID(int=7), broken='"7"'),
    waits("bytes", bytes, '"ab"', b"ab", broken="1"),
    waits("bytes-base64", bytes, '"YWI="', b"ab", val_json_bytes="base64", broken='"*"'),
    waits("base64", Base64Bytes, '"YWI="', b"ab", broken='"*"'),
    waits("secret-str", SecretStr, '"ab"', SecretStr("ab"), broken="1"),
    waits("secret-bytes", SecretBytes, '"ab"', SecretBytes(b"ab"), broken="1"),
    waits("http-url", HttpUrl, '"http://a.b/c"', HttpUrl("http://a.b/c"), broken='"a.b"'),
    waits("any-url", AnyUrl, '"x://a"', AnyUrl("x://a"), broken='"a"'),
    waits("path", Path, '"a/b"', Path("a/b"), broken="1"),
    waits("ipv4", IPv4Address, '"127.0.0.1"', IPv4Address("127.0.0.1"), broken='"1"'),
    waits("ipv6-network", IPv6Network, '"::/64"', IPv6Network("::/64"), broken='"x"'),
    waits("pattern", re.Pattern[str], '"a+"', re.compile("a+"), broken='"("'),
    waits("json", Json[list[int]], '"[1,2]"', [1, 2], broken='"[1"'),
    waits("json-any", Json, '"{\\"a\\":1}"', {"a": 1}, broken='"{"'),
    waits("complex", complex, '"1+2j"', 1 + 2j, broken='"x"'),
    waits("fraction", Fraction, '"1/3"', Fraction(1, 3), broken='"x"'),
]  # fmt: skip
