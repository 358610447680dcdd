"""Models that many tests read, and how they read them."""

import enum
from typing import Any

from pydantic import BaseModel, ConfigDict

from partialjson import ModelParser


class Geo(BaseModel):
    lat: float
    lon: float


class Address(BaseModel):
    city: str
    geo: Geo | None = None


class User(BaseModel):
    username: str
    address: Address
    tags: list[str] = []


def shown(type_: Any, text: str, **options: Any) -> list[Any]:
    """The value after each byte."""
    parser: ModelParser[Any] = ModelParser(type_, **options)
    return [parser.feed(bytes([byte])) for byte in text.encode()]


def field(annotation: Any, default: Any = ..., **config: Any) -> Any:
    """A model with one field."""
    namespace = {"__annotations__": {"it": annotation}, "__module__": __name__}
    if default is not ...:
        namespace["it"] = default
    namespace["model_config"] = ConfigDict(**config)
    return type("Model", (BaseModel,), namespace)


class Color(enum.Enum):
    RED = "red"
