"""Dataclasses that are still arriving."""

from __future__ import annotations

from dataclasses import fields
from types import new_class
from typing import TYPE_CHECKING, Any, cast

from pydantic_core import core_schema

from partialjson._cells import cell_of, lock
from partialjson._dumping import let_open_dataclass_be_dumped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pydantic import GetCoreSchemaHandler

# The slot of an open object that names its open field. Not in ``__dict__``, so that it is no
# field, and not in ``__pydantic_private__``, so that it takes no part in ``==``.
OPEN_FIELD = "__partialjson_open__"
SHOWN_FIELDS = "__partialjson_shown__"
# Where a class `Partial[T]` has its T.
WHOLE = "__partialjson_whole__"
# Instructor derives a class from its response_model.
NO_SUBCLASS = (
    "a Partial[T] cannot be subclassed: subclass T and take Partial of that"
    " (for Instructor's client, take Partial from partialjson.instructor)"
)

# Sets attributes of frozen dataclasses, too.
_set = object.__setattr__
new_instance: Any = object.__new__
"""What makes an instance of a class without running any code of that class."""


class OpenDataclass:
    """What a dataclass `Partial[T]` does in another way than T."""

    __slots__ = ()

    def __init_subclass__(cls, **kwargs: object) -> None:
        if WHOLE not in vars(cls):
            raise TypeError(NO_SUBCLASS)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler, /
    ) -> core_schema.CoreSchema:
        return schema_of_whole(getattr(cls, WHOLE), handler)

    def __reduce_ex__(self, protocol: object, /) -> tuple[Any, ...]:
        state = {name: getattr(self, name) for name in _slots(self) if hasattr(self, name)}
        # Extra values, where these are allowed, may have any name.
        state |= getattr(self, "__dict__", {})
        return _blank, (getattr(type(self), WHOLE),), state

    def __setstate__(self, state: dict[str, Any]) -> None:
        slots = _slots(self)
        for name, value in state.items():
            if name in slots:
                _set(self, name, value)
            else:
                self.__dict__[name] = value


def _slots(obj: Any) -> set[str]:
    """The names under which an object has what its class knows."""
    return {OPEN_FIELD, SHOWN_FIELDS, *(each.name for each in fields(obj))}


def schema_of_whole(whole: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
    """The schema of `Partial[T]` as the type of a field: T's own, which dumps open objects, too."""
    schema: Any = handler.generate_schema(whole)
    has_definitions = schema["type"] == "definitions"
    # A copy: `SerializeAsAny` would change T's own, and Pydantic adds functions to the list in it.
    itself = {**(schema["schema"] if has_definitions else schema)}
    itself["metadata"] = {
        key: [*value] if isinstance(value, list) else value
        for key, value in itself.get("metadata", {}).items()
    }
    itself["serialization"] = core_schema.simple_ser_schema("any")
    made = {**schema, "schema": itself} if has_definitions else itself
    return cast("core_schema.CoreSchema", made)


def _do_nothing(_: object) -> None:
    pass


def _blank(whole: type) -> Any:
    """An object without content, for `copy` and `pickle` to fill."""
    return new_instance(open_dataclass(whole))


def open_dataclass(whole: type) -> Any:
    """The class `Partial[T]` of a dataclass T: the same at every call, while it lives."""
    cell = cell_of(whole)
    with lock:
        if cell.partial is None:
            cell.partial = open_class(whole, OpenDataclass, (OPEN_FIELD, SHOWN_FIELDS))
        let_open_dataclass_be_dumped(cell.partial, whole)
    return cell.partial


def open_class(whole: type, base: type, slots: tuple[str, ...], **more: object) -> Any:
    """A new class `Partial[T]` of `whole`, before which `base` stands; it has `more`, too."""
    namespace = {
        "__module__": whole.__module__,
        "__qualname__": f"Partial[{whole.__qualname__}]",
        "__doc__": whole.__doc__,
        "__slots__": slots,
        WHOLE: whole,
        **more,
    }
    if hasattr(whole, "__del__"):
        # It is for objects that T itself has made.
        namespace["__del__"] = _do_nothing
    name = f"Partial[{whole.__name__}]"
    return new_class(name, (base, whole), exec_body=lambda body: body.update(namespace))


def maker(
    partial: type,
    blank: dict[str, Any],
    fresh: Iterable[tuple[str, Callable[[], Any]]],
    unkept: frozenset[str],
) -> Callable[[dict[str, Any], str | None], Any]:
    """What makes an instance of `partial` of the fields that show and the name of the open one.

    Nothing of the class's own runs, neither ``__init__`` nor ``__post_init__``. The fields that are
    `unkept` are for those alone.
    """
    factories = tuple(fresh)
    not_kept = unkept | {OPEN_FIELD, SHOWN_FIELDS}

    def make(values: dict[str, Any], open_field: str | None) -> Any:
        obj = new_instance(partial)
        for name, value in blank.items():
            _set(obj, name, values.get(name, value))
        for name, factory in factories:
            if name not in values:
                _set(obj, name, factory())
        for name in values.keys() - blank.keys() - not_kept:
            # Not by its name, which may be that of a property.
            obj.__dict__[name] = values[name]
        _set(obj, OPEN_FIELD, open_field)
        _set(obj, SHOWN_FIELDS, frozenset(values))
        return obj

    return make
