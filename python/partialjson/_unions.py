"""What tells the members of a union apart: the kind of their JSON, or a tag."""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import Enum
from itertools import chain
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from partialjson._config import is_named_tuple, is_shaped
from partialjson._leaves import is_ambiguous, mode_among, mode_of
from partialjson._metadata import has_flag, is_one_of, peeled
from partialjson._partial import is_class, is_union, whole_type
from partialjson._plan import (
    AnyPlan,
    ArrayPlan,
    LeafPlan,
    Mode,
    ObjectPlan,
    Plan,
    TablePlan,
    TaggedPlan,
    TextPlan,
    UnionPlan,
    WrapPlan,
)


def tag_of(metadata: tuple[Any, ...]) -> str | None:
    """The field that tells the members of a union apart, if one does."""
    for each in metadata:
        discriminator = getattr(each, "discriminator", None)
        if isinstance(discriminator, str):
            return discriminator
    return None


def shaped_members(annotation: Any) -> Iterator[Any]:
    """The types of objects in a member of a union, which may be a union itself."""
    annotation, _ = peeled(annotation)
    if is_union(annotation):
        for member in get_args(annotation):
            yield from shaped_members(member)
    elif is_shaped(annotation):
        yield whole_type(annotation)


def tag_values(annotation: Any) -> dict[str, str | int] | None:
    """All that a field of this type can be, by its JSON; None where it can be anything else."""
    annotation, _ = peeled(annotation)
    if get_origin(annotation) is Literal:
        values = [getattr(each, "value", each) for each in get_args(annotation)]
    elif is_class(annotation, Enum):
        values = [each.value for each in annotation]
    else:
        return None
    if not all(isinstance(each, str | int) for each in values):
        return None
    # What has to be escaped in JSON is compared as it is.
    return {f'"{each}"' if isinstance(each, str) else json.dumps(each): each for each in values}


def kinds_of(plan: Plan, annotation: Any) -> set[str]:
    """The kinds of JSON that may grow and that a member of a union takes."""
    if isinstance(plan, TextPlan):
        return {"text"}
    if isinstance(plan, ArrayPlan):
        return {"array"}
    if isinstance(plan, WrapPlan):
        return kinds_of(plan.inner, annotation)
    if isinstance(plan, TablePlan | ObjectPlan | TaggedPlan):
        return {"mapping"}
    annotation, _ = peeled(annotation)
    if isinstance(plan, UnionPlan) and is_named_tuple(annotation):
        return {"array", "mapping"}
    if is_one_of(annotation, (int, float, bool, NoneType, None)):
        return set()
    if get_origin(annotation) is Literal:
        return {"text"} if any(isinstance(each, str) for each in get_args(annotation)) else set()
    return {"text", "array", "mapping"}


def has_any(members: list[Plan]) -> bool:
    """Whether `Any` is one of the members of a union."""
    return any(isinstance(each, AnyPlan) for each in members)


def mode_of_union(args: tuple[Any, ...], members: list[Plan]) -> Mode:
    """The mode of a union of these types, which have these plans: that of its scalar members."""
    metadata = chain(*(getattr(each, "__metadata__", ()) for each in args))
    if is_ambiguous(args) or has_flag(metadata, "coerce_numbers_to_str"):
        return Mode.NEVER
    modes: list[Mode] = []
    for plan, (type_, _) in zip(members, map(peeled, args), strict=True):
        # The plan of a named tuple is a union, too: of its array and its object.
        is_union = isinstance(plan, UnionPlan) and not is_named_tuple(type_)
        takes_scalars = is_union or isinstance(plan, LeafPlan | TextPlan)
        # Beside `Any`, every member counts: it may be what `Any` takes, too.
        if type_ is not NoneType and (takes_scalars or has_any(members)):
            is_same = isinstance(plan, TextPlan | AnyPlan)
            modes.append(Mode.ALWAYS if is_same else mode_of(type_))
    return mode_among(modes)


def union_of(
    members: list[Plan], kinds: list[set[str]], leaf: LeafPlan, *, free: bool, alone: bool
) -> Plan:
    """What each kind of JSON is in a union of `members` that take these `kinds`.

    `free` says that nothing around the union keeps a string from being as it is, `alone` that there
    is but one member that is not None. Where no kind is one member's alone, all is `leaf`.
    """

    def only(kind: str) -> Plan | None:
        plans = [plan for plan, its_kinds in zip(members, kinds, strict=True) if kind in its_kinds]
        if len(plans) != 1 or isinstance(plans[0], LeafPlan):
            return None
        # If that member is a union itself and has no plan for this kind, all members decide.
        inner = plans[0]
        return getattr(inner, kind) if isinstance(inner, UnionPlan) else inner

    text, array, mapping = only("text"), only("array"), only("mapping")
    if isinstance(text, TextPlan):
        text = TextPlan(leaf, text.free and free)
    if text is None and array is None and mapping is None:
        return leaf
    alone = alone and all(getattr(each, "alone", True) for each in members)
    return UnionPlan(text, array, mapping, leaf, alone)
