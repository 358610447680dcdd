"""What open objects and tuples are made of, past the code of their classes."""

from __future__ import annotations

from dataclasses import is_dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast, get_origin

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from partialjson._open_dataclass import OPEN_FIELD, maker
from partialjson._partial import is_model, partial_class

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from partialjson._fields import Shape

__all__ = ["makers_of_tuple", "makings_of"]

_new_tuple = cast("Callable[..., tuple[Any, ...]]", cast("Any", tuple).__new__)


def makings_of(type_: type, shape: Shape) -> dict[str, Any]:
    """What an `ObjectPlan` says of how its object is made while it is open."""
    makings: dict[str, Any] = {
        "make": None,
        "partial": None,
        "slots": (),
        "blank": MappingProxyType(shape.blank()),
        "fresh": tuple(shape.fresh()),
        "private": None,
    }
    origin = get_origin(type_) or type_
    if is_model(type_):
        makings["partial"] = partial_class(type_)
        makings["slots"] = _slots(partial_class(type_))
        makings["private"] = _private(type_)
    elif is_dataclass(origin):
        partial = partial_class(origin)
        makings["make"] = maker(partial, shape.blank(), shape.fresh(), shape.unkept)
    return makings


def _slots(partial: type) -> tuple[Any, ...]:
    """The descriptors of what an object keeps beside its fields, past any `__setattr__`."""
    names = ("__pydantic_fields_set__", "__pydantic_extra__", "__pydantic_private__")
    return (*(getattr(BaseModel, name) for name in names), getattr(partial, OPEN_FIELD))


def _private(model: type[BaseModel]) -> tuple[tuple[str, Any], ...] | None:
    attributes = model.__private_attributes__
    if not attributes:
        return None
    # A factory here is no default to show but state that only a whole object has.
    plain = (each for each in attributes.items() if each[1].default is not PydanticUndefined)
    return tuple((name, attribute.get_default) for name, attribute in plain)


def makers_of_tuple(
    type_: type, defaults: Mapping[str, Any]
) -> tuple[Callable[[list[Any]], tuple[Any, ...]], Callable[[dict[str, Any]], tuple[Any, ...]]]:
    """What makes a named tuple of the elements that show, and of the fields that show.

    `defaults` has what each of its fields shows before that.
    """
    blank = tuple(defaults.values())

    def of_elements(elements: list[Any]) -> tuple[Any, ...]:
        return _new_tuple(type_, (*elements, *blank[len(elements) :]))

    def of_fields(fields: dict[str, Any]) -> tuple[Any, ...]:
        return _new_tuple(type_, [fields.get(name, each) for name, each in defaults.items()])

    return of_elements, of_fields
