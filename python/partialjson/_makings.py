"""What objects and tuples are made of, past the code of their classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import is_dataclass
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast, get_origin

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from partialjson._fields import reached_by
from partialjson._metadata import mentions
from partialjson._open_dataclass import OPEN_FIELD, maker
from partialjson._partial import is_model, partial_class
from partialjson._plan import FieldPlan, LeafPlan, Mode, is_plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from partialjson._fields import Shape

# Without a validator it shows when its object closes, and that is without it.
_LOST = LeafPlan(None, Mode.NEVER)

_new_tuple = cast("Callable[..., tuple[Any, ...]]", cast("Any", tuple).__new__)


def makings_of(type_: type, shape: Shape) -> dict[str, Any]:
    """The arguments of an `ObjectPlan` that say how its object is made while it is open."""
    makings: dict[str, Any] = {
        "blank": MappingProxyType(shape.blank()),
        "fresh": tuple(shape.fresh()),
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


def needs_text(shape: Shape, fields: list[FieldPlan]) -> bool:
    """Whether an object must be validated from its JSON, and not from parts that are made of it."""
    raw = shape.seen_raw()
    if raw is None or not all(is_plain(each.plan) for each in fields if each.name in raw):
        # A validator sees it that expects JSON.
        return True
    if shape.config.get("extra") == "allow" and any(len(field.keys) > 1 for field in fields):
        # Of the keys that a field may have, it has the first, and the others are no field's.
        return True
    keys = [*chain.from_iterable(field.keys for field in fields)]
    if len(set(keys)) < len(keys) or any(map(reached_by, shape.fields.values())):
        # What is read twice, by an alias path, say, is no longer the JSON once it is made.
        return True
    return any(
        # A default that is a tuple is a list in JSON.
        not info.is_required()
        and mentions(info.annotation, Sequence)
        and info.validate_default is not False
        and (info.validate_default or shape.config.get("validate_default"))
        for info in shape.fields.values()
    )


def lost_keys(shape: Shape, fields: list[FieldPlan]) -> Iterator[FieldPlan]:
    """Of keys named like a field that has other keys: what comes is lost, for it has that place."""
    known = {*chain.from_iterable(field.keys for field in fields)}
    for name in shape.fields:
        if name not in known:
            yield FieldPlan("", (name,), _LOST, certain=False, required=False)
