"""A model with fields of many kinds, and what shows of it in a document that is cut off."""

from datetime import date
from typing import TypeVar

from pydantic import BaseModel, SecretStr, computed_field, field_serializer

from partialjson import ModelParser, Partial

T = TypeVar("T")


class Address(BaseModel):
    """Where somebody lives."""

    city: str
    zip_code: int = 10115


class User(BaseModel):
    """A user."""

    name: str
    born: date
    address: Address
    friends: list["User"] = []
    password: SecretStr | None = None

    @computed_field
    @property
    def year(self) -> int:
        return self.born.year

    @field_serializer("name")
    def loudly(self, name: str) -> str:
        return name.upper()


def partial(model: type[T], text: str) -> T:
    """The value of a document that is cut off."""
    value = ModelParser(model).feed(text)
    assert isinstance(value, Partial[model])
    return value
