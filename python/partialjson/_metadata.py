"""What an annotation says beside a type: its names, its metadata, and what these run."""

from __future__ import annotations

import inspect
import typing
from itertools import chain
from typing import TYPE_CHECKING, Annotated, Any, Literal, NewType, get_args, get_origin

import typing_extensions
from pydantic import AfterValidator, BeforeValidator, PlainValidator, WrapValidator
from pydantic.fields import FieldInfo

from partialjson._fields import substituted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

# Where `typing` has them, `typing_extensions` may have others of its own.
_BOTH = (typing, typing_extensions)
ALIASES: tuple[Any, ...] = tuple(
    each.TypeAliasType for each in _BOTH if hasattr(each, "TypeAliasType")
)

_VALIDATORS = (AfterValidator, BeforeValidator, PlainValidator, WrapValidator)
_PLACED = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def is_one_of(thing: object, things: Iterable[object]) -> bool:
    """Whether `thing` is one of these very objects.

    Not by ``in``: an annotation may hold metadata of any kind, whose ``==`` may be odd.
    """
    return any(thing is each for each in things)


def flat(metadata: Iterable[object]) -> Iterator[object]:
    """All of it, also what a ``Field`` in it says."""
    for each in metadata:
        if isinstance(each, FieldInfo):
            yield from flat(each.metadata)
        else:
            yield each


def has_flag(metadata: Iterable[object], name: str) -> bool:
    """Whether one of these sets an option of Pydantic's."""
    return any(getattr(each, name, False) for each in flat(metadata))


def is_left_to_right(metadata: Iterable[object]) -> bool:
    """Whether the first member of a union that takes a value has it."""
    return any(getattr(each, "union_mode", None) == "left_to_right" for each in flat(metadata))


def alias_of(annotation: Any) -> tuple[Any, Any] | None:
    """The name that a type is, if a ``type`` statement made it, and the type that it stands for."""
    origin = get_origin(annotation)
    # The origin first, since on Python 3.10 a name with arguments passes for a name.
    name = origin if isinstance(origin, ALIASES) else annotation
    if not isinstance(name, ALIASES):
        return None
    arguments = dict(zip(name.__type_params__, get_args(annotation), strict=False))
    return name, substituted(name.__value__, arguments)


def peeled(annotation: Any, names: list[Any] | None = None) -> tuple[Any, tuple[object, ...]]:
    """A type without its names and metadata, and that metadata.

    What refers to itself by one of the `names`, which become more, stays as it is.
    """
    metadata: tuple[object, ...] = ()
    names = [] if names is None else names
    while True:
        alias = alias_of(annotation)
        if get_origin(annotation) is Annotated:
            annotation, *more = get_args(annotation)
            metadata = (*more, *metadata)
        elif isinstance(annotation, NewType):
            annotation = annotation.__supertype__
        elif alias is not None and not is_one_of(alias[0], names):
            names.append(alias[0])
            annotation = alias[1]
        else:
            return annotation, metadata


def parts_of(annotation: Any) -> Iterator[tuple[Any, tuple[object, ...]]]:
    """A type and all that it is made of, each without its names and metadata, and that metadata."""
    names: list[Any] = []
    pending = [annotation]
    while pending:
        inner, metadata = peeled(pending.pop(), names)
        yield inner, metadata
        if get_origin(inner) is not Literal:
            pending += (each for each in get_args(inner) if each is not Ellipsis)


def is_told(annotation: Any, metadata: tuple[object, ...]) -> bool:
    """Whether a validator in the metadata of a type is told what is around a value."""
    within = chain.from_iterable(more for _, more in parts_of(annotation))
    functions = (each.func for each in flat((*metadata, *within)) if isinstance(each, _VALIDATORS))
    return any(map(takes_info, functions))


def takes_info(function: Callable[..., Any]) -> bool:
    """Whether a validator is told what is around the value that it gets."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:
        # One that is compiled takes no more than the value.
        return False
    return sum(each.kind in _PLACED and each.default is each.empty for each in parameters) > 1


def mentions(annotation: Any, kind: Any) -> bool:
    """Whether a type is one of that kind, or is made of one."""
    return any((get_origin(inner) or inner) is kind for inner, _ in parts_of(annotation))
