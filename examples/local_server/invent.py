"""A plausible value for a JSON schema that nobody recorded an answer for."""

from __future__ import annotations

import itertools
import math
from typing import Any

# A recursive schema has to end somewhere: below this depth lists are as short as they may be and
# what may be null is null.
_DEEP = 4

_BY_FORMAT = {
    "date": "2024-05-17",
    "date-time": "2024-05-17T09:30:00Z",
    "time": "09:30:00Z",
    "duration": "PT1H30M",
    "email": "ada@example.com",
    "uuid": "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
    "uri": "https://example.com/",
    "ipv4": "192.0.2.7",
    "ipv6": "2001:db8::7",
}
_BY_NAME = {
    "name": "Ada Lovelace",
    "title": "A short history of the analytical engine",
    "email": "ada@example.com",
    "city": "London",
    "country": "United Kingdom",
    "url": "https://example.com/",
    "id": "a1b2c3",
}
_PHRASES = (
    "The quick brown fox jumps over the lazy dog",
    "Streaming means that the first word is enough to begin",
    "Every byte is looked at once, and only once",
)


def invent(schema: dict[str, Any]) -> Any:
    """Return a value that `schema`, of the kind that Pydantic writes, accepts.

    The same schema gives the same value. ``pattern`` is not looked at.
    """
    return _Inventor(schema).value(schema, "value", 0)


class _Inventor:
    def __init__(self, root: dict[str, Any]) -> None:
        self._root = root
        self._phrases = itertools.cycle(_PHRASES)

    def value(self, schema: Any, name: str, depth: int) -> Any:
        if not isinstance(schema, dict):
            return {}
        if "$ref" in schema:
            return self.value(self._resolve(schema["$ref"]), name, depth)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return schema["enum"][0]
        for union in ("anyOf", "oneOf"):
            if union in schema:
                return self.value(_choose(schema[union], depth), name, depth)
        if "allOf" in schema:
            merged = {k: v for part in schema["allOf"] for k, v in part.items()}
            return self.value(merged, name, depth)
        match schema.get("type"):
            case "string":
                return self._string(schema, name)
            case "integer":
                return _number(schema, whole=True)
            case "number":
                return _number(schema, whole=False)
            case "boolean":
                return True
            case "null":
                return None
            case "array":
                return self._array(schema, name, depth)
            case _:
                return self._object(schema, depth)

    def _resolve(self, ref: str) -> Any:
        node: Any = self._root
        for step in ref.removeprefix("#").strip("/").split("/"):
            node = node[step] if step else node
        return node

    def _string(self, schema: dict[str, Any], name: str) -> str:
        if schema.get("format") in _BY_FORMAT:
            return _BY_FORMAT[schema["format"]]
        text = _BY_NAME.get(name.lower()) or next(self._phrases)
        text = text.ljust(schema.get("minLength", 0), ".")
        return text[: schema.get("maxLength", len(text))]

    def _array(self, schema: dict[str, Any], name: str, depth: int) -> list[Any]:
        singular = name.removesuffix("s")
        items = [self.value(s, singular, depth + 1) for s in schema.get("prefixItems", [])]
        least = schema.get("minItems", 0)
        most = schema.get("maxItems", math.inf)
        wanted = min(max(least, 0 if depth >= _DEEP else 2), most)
        while "items" in schema and len(items) < wanted:
            item = self.value(schema["items"], singular, depth + 1)
            if schema.get("uniqueItems") and item in items:
                break
            items.append(item)
        return items

    def _object(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        required = schema.get("required", [])
        return {
            name: self.value(sub, name, depth + 1)
            for name, sub in schema.get("properties", {}).items()
            if name in required or depth < _DEEP
        }


def _choose(members: list[Any], depth: int) -> Any:
    null = [m for m in members if isinstance(m, dict) and m.get("type") == "null"]
    if null and depth >= _DEEP:
        return null[0]
    return next((m for m in members if m not in null), members[0])


def _number(schema: dict[str, Any], *, whole: bool) -> int | float:
    low, high = -math.inf, math.inf
    if "minimum" in schema:
        low = schema["minimum"]
    if "exclusiveMinimum" in schema:
        low = schema["exclusiveMinimum"] + (1 if whole else 0.5)
    if "maximum" in schema:
        high = schema["maximum"]
    if "exclusiveMaximum" in schema:
        high = schema["exclusiveMaximum"] - (1 if whole else 0.5)
    number = min(max(42 if whole else 12.5, low), high)
    step = schema.get("multipleOf")
    return math.ceil(number / step) * step if step else number
