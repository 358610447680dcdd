"""The models that the demo asks for, from flat to nested."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, Field


class User(BaseModel):
    """A user profile."""

    name: str
    bio: str
    skills: list[str]


class Address(BaseModel):
    """Where a parcel goes."""

    recipient: str
    street: str
    city: str
    postcode: str
    country: Literal["DE", "FR", "GB", "US"]


class Item(BaseModel):
    """One line of an order."""

    name: str
    quantity: int = Field(ge=1)
    unit_price: float = Field(ge=0)
    gift: bool


class Order(BaseModel):
    """An order, as it was read out of a customer's e-mail."""

    summary: str
    address: Address
    items: list[Item]
    deliver_before: date | None
    coupon: str | None
    total: float


class Sight(BaseModel):
    """A place worth seeing."""

    name: str
    kind: Literal["street", "garden", "museum", "tower"]
    note: str
    stars: int = Field(ge=1, le=5)


class CityGuide(BaseModel):
    """A short city guide, written in Chinese."""

    city: str
    slogan: str
    sights: list[Sight]
    snacks: list[str]


class Row(BaseModel):
    """One row of figures."""

    quarter: str
    revenue: float
    margin: float


class Table(BaseModel):
    """A captioned table."""

    caption: str
    rows: list[Row]


class Section(BaseModel):
    """A part of a report."""

    heading: str
    paragraphs: list[str]
    table: Table | None


class Report(BaseModel):
    """A business report."""

    title: str
    abstract: str
    sections: list[Section]
    risks: list[str]
    confidence: float = Field(ge=0, le=1)
