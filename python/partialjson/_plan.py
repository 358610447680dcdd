"""A type as a plan to follow while its JSON arrives.

A plan says which JSON shows how while it is open, and what validates it when it has closed. It
holds no state and parses nothing, so that one plan serves every document and every thread. The
compiled part reads plans once for each type, into a ``Program``, and follows that.

===========  ==================================================================
TextPlan     a string: shows while it grows
LeafPlan     whatever shows only when it is complete, containers too
AnyPlan      any JSON: shows as it is
ArrayPlan    a list, tuple or set: shows the elements that show
TablePlan    a dictionary: shows the items that show
ObjectPlan   an object with fields: shows as an instance of `Partial[T]`
UnionPlan    one of these for each kind of JSON that only one member takes
TaggedPlan   one of these, as soon as a member of the object tells which
WrapPlan     one of these, in something that is made of it
===========  ==================================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pydantic_core import SchemaValidator


class Mode(IntEnum):
    """When parsed parts may be validated in place of their JSON text, with the same result.

    JSON mode lets more pass than Python mode does: a strict ``date`` takes a JSON string, but no
    `str`. Where there is no difference, models that are already valid need not be made again.
    """

    NEVER = 0
    LAX = 1
    ALWAYS = 2


@dataclass(frozen=True, slots=True, eq=False)
class LeafPlan:
    """Anything that shows when it is complete. Without a validator, when its model closes."""

    kind: ClassVar = "leaf"
    validator: SchemaValidator | None
    mode: Mode
    same: tuple[str, ...] = ()
    """The kinds of scalars that the type takes as they are: of ``"null"``, ``"boolean"``,
    ``"integer"``, ``"float"`` and ``"text"``."""
    literals: tuple[str, ...] | None = None
    """The only strings that the type takes, where it takes no others."""
    settled: bool = False
    """Whether validation leaves as it is what it made once, so that a whole object can be validated
    with that in place of the JSON."""
    nests: bool = False
    """Whether an object with fields may be in it."""


@dataclass(frozen=True, slots=True, eq=False)
class TextPlan:
    """A string, which shows while it grows."""

    kind: ClassVar = "text"
    leaf: LeafPlan
    free: bool
    """Whether every string fits as it is, so that `leaf` need not be asked about one."""


@dataclass(frozen=True, slots=True, eq=False)
class AnyPlan:
    """JSON of any shape, which shows as the parser gives it."""

    kind: ClassVar = "any"


@dataclass(frozen=True, slots=True, eq=False)
class ArrayPlan:
    """An array. `first` are the plans of the elements with a place of their own in a tuple."""

    kind: ClassVar = "array"
    first: tuple[Plan, ...]
    rest: Plan | None
    dress: Callable[[list[Any]], Any] | None = None
    """Makes what shows of the list of elements, such as a tuple; None where that list shows."""
    max_length: int | None = None
    misfit: str = "list_type"
    """The type of Pydantic's error for JSON that is no array."""


@dataclass(frozen=True, slots=True, eq=False)
class TablePlan:
    """An object with keys of any name. `key` validates ``{key: null}``, where a key needs that."""

    kind: ClassVar = "table"
    key: SchemaValidator | None
    value: Plan


@dataclass(frozen=True, slots=True, eq=False)
class UnionPlan:
    """What each kind of JSON is, where one member alone takes that kind; else `leaf`."""

    kind: ClassVar = "union"
    text: Plan | None
    array: Plan | None
    mapping: Plan | None
    leaf: LeafPlan
    alone: bool
    """Whether ``None`` is all that it adds to its one member."""


@dataclass(frozen=True, slots=True, eq=False)
class TaggedPlan:
    """An object whose type is told by the first of its members that is one of `tags`."""

    kind: ClassVar = "tagged"
    tags: tuple[str, ...]
    choices: Mapping[str, tuple[Plan, str | int]]
    """By the tag as it is in JSON, a string between quotes with no escapes; with the tag."""
    leaf: LeafPlan


@dataclass(frozen=True, slots=True, eq=False)
class WrapPlan:
    """A value within something that is made of it, such as a `RootModel`, and validated as that.

    While it is open, it shows as what ``dress`` makes of it, or as itself if there is none. `leaf`
    validates it when it has closed. So it is, too, with what a validator sees before its type does.
    """

    kind: ClassVar = "wrap"
    inner: Plan
    dress: Callable[[Any], Any] | None
    leaf: LeafPlan
    nests: bool
    mode: Mode
    mends: bool
    """Whether `leaf` may take what `inner` refuses."""


@dataclass(frozen=True, slots=True, eq=False)
class FieldPlan:
    """One field of an object."""

    name: str
    keys: tuple[str, ...]
    """The JSON keys that it answers to, the one that wins first."""
    plan: Plan
    certain: bool
    """Whether what `plan` refuses is sure to be refused by the object, too."""
    required: bool
    """Whether the object stays hidden until this field shows."""


@dataclass(frozen=True, slots=True, eq=False)
class ObjectPlan:
    """An object with fields, which shows as an open one until it is validated.

    Filled in once and for all when all its fields are known, itself perhaps among them. A model
    shows as an instance of ``partial``, anything else as what ``make`` makes of the fields that
    show and the name of the open one; without either, as a dictionary of them.
    """

    kind: ClassVar = "object"
    leaf: LeafPlan
    """What validates the whole object."""
    fields: tuple[FieldPlan, ...]
    reached: tuple[str, ...]
    """The JSON keys that an `AliasPath` reaches into."""
    others: Plan
    """What becomes of keys that no field answers to, where they are kept."""
    extra: Literal["allow", "forbid", "ignore"]
    mode: Mode
    """When it can be validated from its parts, whole models among them."""
    nests: bool
    """Whether there may be whole models among them."""
    certain: bool
    """Whether no validator sees the object before its fields are validated."""
    make: Callable[[dict[str, Any], str | None], Any] | None = None
    partial: type | None = None
    slots: tuple[Any, ...] = ()
    """The descriptors of what a model keeps beside its fields."""
    blank: Mapping[str, Any] | None = None
    """What every field shows before it has begun, in the order of the fields."""
    fresh: tuple[tuple[str, Callable[[], Any]], ...] = ()
    """The fields whose default is made anew for every object, and what makes it."""
    private: tuple[tuple[str, Callable[[], Any]], ...] | None = None
    """The private attributes that have a plain default; None where there is none at all."""
    loc_by_alias: bool = True
    """Whether errors name a field by its JSON key."""


Plan: TypeAlias = (
    TextPlan
    | LeafPlan
    | AnyPlan
    | ArrayPlan
    | TablePlan
    | ObjectPlan
    | UnionPlan
    | TaggedPlan
    | WrapPlan
)


def nests(plan: Plan) -> bool:
    """Whether whole models may be in what a plan shows."""
    return any(
        isinstance(each, ObjectPlan | TaggedPlan | WrapPlan)
        or (isinstance(each, LeafPlan) and each.nests)
        for each in _within(plan)
    )


def is_plain(plan: Plan) -> bool:
    """Whether an object that is validated from its parts has the plain JSON here."""

    def is_so(each: Plan) -> bool:
        match each:
            case LeafPlan():
                return not each.settled
            case ArrayPlan():
                return each.dress is None
            case TablePlan():
                return each.key is None
            case _:
                return isinstance(each, TextPlan | AnyPlan | UnionPlan)

    return all(map(is_so, _within(plan)))


def _within(plan: Plan) -> Iterator[Plan]:
    """A plan and those that what it shows consists of, each once, however many share it."""
    met: set[int] = set()
    pending: list[Plan | None] = [plan]
    while pending:
        each = pending.pop()
        if each is None or id(each) in met:
            continue
        met.add(id(each))
        yield each
        match each:
            case ArrayPlan():
                pending += (*each.first, each.rest)
            case TablePlan():
                pending.append(each.value)
            case UnionPlan():
                pending += (each.text, each.array, each.mapping, each.leaf)
            case _:
                pass


def wrapped(
    inner: Plan, dress: Callable[[Any], Any] | None, leaf: LeafPlan, mode: Mode, *, mends: bool
) -> Plan:
    """What shows `inner` as something made of it, and is validated as that alone."""
    match inner:
        case UnionPlan():
            text, array, mapping = (
                None if each is None else wrapped(each, dress, leaf, mode, mends=mends)
                for each in (inner.text, inner.array, inner.mapping)
            )
            return UnionPlan(text, array, mapping, leaf, inner.alone)
        case WrapPlan():
            return WrapPlan(
                inner.inner,
                _both(inner.dress, dress),
                leaf,
                inner.nests,
                min(mode, inner.mode),
                mends or inner.mends,
            )
        case ObjectPlan() if mode is not Mode.NEVER:
            # The object is made of its parts, and then validated. (One that contains itself is not
            # filled in yet, and has no mode.)
            mode = min(mode, getattr(inner, "mode", Mode.NEVER))
            return WrapPlan(inner, dress, leaf, nests(inner), mode, mends)
        case TaggedPlan():
            modes = (getattr(each, "mode", Mode.NEVER) for each, _ in inner.choices.values())
            return WrapPlan(inner, dress, leaf, nests(inner), min(mode, *modes), mends)
        case _:
            return WrapPlan(inner, dress, leaf, nests(inner), mode, mends)


def _both(
    first: Callable[[Any], Any] | None, then: Callable[[Any], Any] | None
) -> Callable[[Any], Any] | None:
    if first is None or then is None:
        return first or then
    return lambda shown: then(first(shown))
