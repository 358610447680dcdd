"""A type as a plan to follow while its JSON arrives.

A plan says which JSON shows how while it is open, and what validates it when it has closed. It
holds no state and parses nothing, so that one plan serves every document and every thread.

==========  ==================================================================
TextPlan    a string: shows while it grows
LeafPlan    whatever shows only when it is complete, containers too
AnyPlan     any JSON: shows as it is
ListPlan    a list, tuple or set: shows the elements that show
DictPlan    a dictionary: shows the items that show
ModelPlan   a model: shows as an instance of `Partial[T]`
UnionPlan   one of these for each kind of JSON that only one member takes
==========  ==================================================================
"""

# ruff: noqa: ANN401 - values and types of any kind pass through here

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, Union

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic import BaseModel
    from pydantic.fields import FieldInfo, ModelPrivateAttr
    from pydantic_core import SchemaValidator

__all__ = [
    "AnyPlan",
    "DictPlan",
    "FieldPlan",
    "LeafPlan",
    "ListPlan",
    "Mode",
    "ModelPlan",
    "Plan",
    "TextPlan",
    "UnionPlan",
]


class Mode(IntEnum):
    """When the parsed value can be validated in place of its JSON text, with the same result.

    JSON mode lets more pass than Python mode does: a strict ``date`` takes a JSON string, but no
    `str`. Where there is no difference the text need not be made again.
    """

    NEVER = 0
    LAX = 1
    ALWAYS = 2

    def allows(self, strict: bool | None) -> bool:
        """Whether the parsed value will do, in a strict validation or another."""
        return self is Mode.ALWAYS or (self is Mode.LAX and not strict)


@dataclass(frozen=True, slots=True, eq=False)
class LeafPlan:
    """Anything that shows when it is complete. Without a validator, when its model closes."""

    validator: SchemaValidator | None
    mode: Mode


@dataclass(frozen=True, slots=True, eq=False)
class TextPlan:
    """A string, which shows while it grows."""

    leaf: LeafPlan
    free: bool
    """Whether every string fits as it is, so that `leaf` need not be asked about one."""


@dataclass(frozen=True, slots=True, eq=False)
class AnyPlan:
    """JSON of any shape, which shows as the parser gives it."""


@dataclass(frozen=True, slots=True, eq=False)
class ListPlan:
    """An array. `first` are the plans of the elements with a place of their own in a tuple."""

    first: tuple[Plan, ...]
    rest: Plan | None
    make: Callable[[list[Any]], Any]

    def element(self, index: int) -> Plan | None:
        """The plan of an element; None past the end of a tuple."""
        return self.first[index] if index < len(self.first) else self.rest


@dataclass(frozen=True, slots=True, eq=False)
class DictPlan:
    """An object with keys of any name. `key` validates ``{key: null}``, where a key needs that."""

    key: LeafPlan | None
    value: Plan


@dataclass(frozen=True, slots=True, eq=False)
class UnionPlan:
    """What each kind of JSON is, where one member alone takes that kind; else `leaf`."""

    text: Plan | None
    array: Plan | None
    mapping: Plan | None
    leaf: LeafPlan

    def member(self, value: Any) -> Plan:
        """The plan of the member that takes the kind of `value`."""
        match value:
            case str():
                plan = self.text
            case list():
                plan = self.array
            case dict():
                plan = self.mapping
            case _:
                plan = None
        return plan or self.leaf


@dataclass(frozen=True, slots=True, eq=False)
class FieldPlan:
    """One field of a model."""

    name: str
    keys: tuple[str, ...]
    """The JSON keys that it answers to, the one that wins first."""
    plan: Plan
    certain: bool
    """Whether what `plan` refuses is sure to be refused by the model, too."""


@dataclass(frozen=True, slots=True, eq=False)
class ModelPlan:
    """A Pydantic model, which shows as an instance of ``partial`` until it is validated.

    Filled in once and for all when all its fields are known, itself perhaps among them.
    """

    model: type[BaseModel]
    partial: type[BaseModel]
    validator: SchemaValidator
    fields: Mapping[str, FieldPlan]
    by_key: Mapping[str, tuple[FieldPlan, int]]
    """The field of each JSON key, and how many keys of that field win over it."""
    reached: frozenset[str]
    """The JSON keys that an `AliasPath` reaches into."""
    blank: Mapping[str, Any]
    """What every field shows before it has begun, in the order of the fields."""
    fresh: tuple[tuple[str, FieldInfo], ...]
    """The fields whose default is made anew for every object."""
    private: tuple[tuple[str, ModelPrivateAttr], ...] | None
    """The private attributes that have a plain default; None where the model has none at all."""
    extra: Literal["allow", "forbid", "ignore"]
    mode: Mode
    """When the model can be validated from the parsed object, whole models in it included."""
    certain: bool
    """Whether no validator of the model sees an object before its fields are validated."""


Plan: TypeAlias = Union[  # noqa: UP007 - evaluated on Python 3.10
    TextPlan, LeafPlan, AnyPlan, ListPlan, DictPlan, ModelPlan, UnionPlan
]
