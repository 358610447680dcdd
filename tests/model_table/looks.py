"""What can be seen of a value, in a form that compares types as well as contents."""

import dataclasses
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

import partialjson
from partialjson import MISSING, Partial
from tests.model_table.row import Seen


def look(value: Any) -> Any:
    """The value, or what is expected of one, as nested tuples that say every type."""
    match value:
        case Seen():
            fields = {name: look(each) for name, each in value.fields.items()}
            return value.whole, value.type, fields
        case BaseModel():
            names = [*shown_fields(value), *(value.model_extra or ())]
            return (*of(value), {name: look(getattr(value, name)) for name in names})
        case _ if is_dataclass(value):
            names = shown_fields(value)
            return (*of(value), {name: look(getattr(value, name)) for name in names})
        case dict():
            return type(value), {key: look(each) for key, each in value.items()}
        case list() | tuple():
            return type(value), [look(each) for each in value]
        case set() | frozenset():
            # A copy of one may be in another order.
            return type(value), sorted(map(look, value), key=repr)
    return type(value), value


def is_dataclass(value: Any) -> bool:
    return dataclasses.is_dataclass(value) and not isinstance(value, type)


def is_object(value: Any) -> bool:
    return isinstance(value, BaseModel) or is_dataclass(value)


def of(value: Any) -> tuple[bool, type]:
    """Whether `value` is whole, and the class that it is a whole or a partial instance of."""
    type_ = type(value)
    if partialjson.is_complete(value):
        return True, type_
    (whole,) = (base for base in type_.__mro__ if type_.__name__ == f"Partial[{base.__name__}]")
    assert type_ is Partial[whole]
    return False, whole


def shown_fields(value: Any) -> list[str]:
    if isinstance(value, BaseModel):
        return [name for name in type(value).model_fields if name in value.model_fields_set]
    names = [each.name for each in dataclasses.fields(value)]
    if partialjson.is_complete(value):
        return names
    shows = [name for name in names if partialjson.state(value, name) != "missing"]
    return [name for name in shows if getattr(value, name) is not None]


def children(value: Any) -> Iterator[tuple[Any, Any]]:
    """What `value` shows inside, each with its place."""
    if is_object(value):
        extra = (value.model_extra or ()) if isinstance(value, BaseModel) else ()
        for name in (*shown_fields(value), *extra):
            yield name, getattr(value, name)
    elif isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list | tuple):
        yield from enumerate(value)


def whole_objects(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every object inside `value` that has closed and fits, with its path."""
    for step, child in children(value):
        if is_object(child) and partialjson.is_complete(child):
            yield (*path, step), child
        yield from whole_objects(child, (*path, step))


def assert_grew(before: Any, after: Any) -> None:
    """Law 3: what shows stays, and grows at its end."""
    if before is MISSING:
        return
    if isinstance(before, str) and type(before) is type(after) is str:
        assert after.startswith(before)
    elif is_object(before):
        assert of(before)[1] is of(after)[1]
        assert of(before)[0] <= of(after)[0]
    else:
        assert type(before) is type(after)
    if isinstance(before, list):
        assert len(before) <= len(after)
    if is_object(before) or isinstance(before, dict | list):
        now = dict(children(after))
        for step, child in children(before):
            assert step in now, f"{step!r} disappeared"
            assert_grew(child, now[step])
    elif isinstance(before, tuple):
        assert len(before) <= len(after)
        # What has not begun shows in a named tuple, too: as None or its default.
        blank = getattr(before, "_field_defaults", {})
        names = getattr(before, "_fields", before)
        for name, one, other in zip(names, before, after, strict=False):
            if names is before or one not in (None, blank.get(name)):
                assert_grew(one, other)
    elif not isinstance(before, str | set | frozenset):
        assert before == after
