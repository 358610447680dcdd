"""What shows when it is complete: which validator it has, and when it needs none."""

from __future__ import annotations

import datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from ipaddress import IPv4Address, IPv6Address
from itertools import chain, takewhile
from pathlib import PurePath
from types import NoneType
from typing import TYPE_CHECKING, Annotated, Any, Literal, NewType, cast, get_args, get_origin
from uuid import UUID

import typing_extensions
from annotated_types import BaseMetadata, GroupedMetadata
from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    PydanticUndefinedAnnotation,
    PydanticUserError,
    RootModel,
    SecretBytes,
    SecretStr,
    SerializeAsAny,
    Strict,
    TypeAdapter,
    WrapSerializer,
)
from pydantic.fields import FieldInfo
from typing_extensions import is_typeddict

from partialjson._config import inherits_config, is_shaped, own_config
from partialjson._fields import has_own_schema, shape_of, unqualified
from partialjson._metadata import (
    flat,
    is_left_to_right,
    is_one_of,
    is_told,
    parts_of,
    peeled,
    takes_info,
)
from partialjson._partial import is_class, is_union
from partialjson._plan import LeafPlan, Mode

if TYPE_CHECKING:
    from collections.abc import Iterable

_KINDS: dict[Any, str] = {
    None: "null",
    NoneType: "null",
    bool: "boolean",
    int: "integer",
    float: "float",
    str: "text",
}
_SETTLED = (
    str, int, float, bool, NoneType, bytes, datetime.date, datetime.time, datetime.timedelta, UUID,
    Decimal, Enum, PurePath, SecretStr, SecretBytes, IPv4Address, IPv6Address,
)  # fmt: skip
_SAME_BUT_TEXT = (int, float, bool, NoneType)
SAME_IN_JSON = (str, *_SAME_BUT_TEXT)
# Not Decimal, of which ``1.0`` is 1 in JSON, and not timedelta, which takes True from Python.
_SAME_IN_LAX_JSON = (datetime.date, datetime.time, UUID, Enum)
# What a typed dictionary has where it has no type for other keys.
_NO_EXTRA = (None, typing_extensions.Never, getattr(typing_extensions, "NoExtraItems", None))
# These leave the type of the value what it is, and what they need is the whole value.
_TRANSPARENT: tuple[Any, ...] = (
    AfterValidator,
    BeforeValidator,
    PlainSerializer,
    WrapSerializer,
    SerializeAsAny,
)


@cache
def scalar_leaf(annotation: type, *, settled: bool) -> LeafPlan:
    validator = validator_of(annotation, ConfigDict())
    return LeafPlan(validator, Mode.ALWAYS, same_kinds(annotation), settled=settled)


def same_kinds(annotation: Any) -> tuple[str, ...]:
    """The kinds of scalars that a type takes as they are, whatever Pydantic's mode."""
    if is_union(annotation):
        kinds = [same_kinds(each) for each in get_args(annotation)]
        # A member that is looked into takes no scalar; any other may have its own view of one.
        scalars = [each for each, its in zip(get_args(annotation), kinds, strict=True) if its]
        others = [each for each in get_args(annotation) if each not in scalars]
        if all(map(_is_container, others)):
            return tuple(chain.from_iterable(kinds))
        return ()
    name = _KINDS.get(annotation) if isinstance(annotation, type | None) else None
    return () if name is None else (name,)


def _is_container(annotation: Any) -> bool:
    """Whether a type takes no scalar, not even by validators of its own."""
    kind = get_origin(annotation) or annotation
    return kind in (list, dict, tuple, set, frozenset)


def literals_of(annotation: Any) -> tuple[str, ...] | None:
    """All strings that a type takes; None where it may take others."""
    if get_origin(annotation) is Literal:
        return tuple(each for each in get_args(annotation) if isinstance(each, str))
    if is_union(annotation):
        members = [each for each in get_args(annotation) if each is not NoneType]
        return literals_of(members[0]) if len(members) == 1 else None
    return None


def max_length_of(element: Any, metadata: tuple[Any, ...]) -> int | None:
    """How many elements an array of JSON may have."""
    if not _is_always_counted(element):
        return None
    # A function may leave out some for what stands behind it.
    first = takewhile(lambda each: not isinstance(each, AfterValidator), flat(metadata))
    lengths = (getattr(each, "max_length", None) for each in first)
    return min((each for each in lengths if isinstance(each, int)), default=None)


def _is_always_counted(element: Any) -> bool:
    """Whether no validator of an element can leave it out, by ``PydanticOmit``."""
    if is_union(element):
        return all(map(_is_always_counted, get_args(element)))
    if is_shaped(element):
        return not is_validated_again(element, ConfigDict())
    return is_one_of(element, (Any, object)) or is_settled(element, (), ConfigDict())


def validator_of(annotation: Any, config: ConfigDict) -> Any:
    """Pydantic's validator, in the configuration of what the type is in.

    Raises PydanticUserError or PydanticUndefinedAnnotation where there is none.
    """
    inner = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
    if config and is_shaped(inner):
        # Pydantic takes none for such a type itself, but for what is in another type.
        if inherits_config(inner):
            annotation = cast("Any", NewType)("T", annotation)
        else:
            config = ConfigDict()
    adapter = TypeAdapter(annotation, config=config or None)
    # One that lacks a name would say so only when it is used.
    adapter.rebuild()
    return adapter.validator


def validator_if_any(annotation: Any, config: ConfigDict) -> Any:
    """The same; None for a type that means something only inside its model: `list[Self]`."""
    try:
        return validator_of(annotation, config)
    except (PydanticUserError, PydanticUndefinedAnnotation):
        return None


def is_settled(annotation: Any, metadata: tuple[Any, ...], config: ConfigDict) -> bool:
    """Whether a value that was validated once is left as it is if it is validated again.

    That holds for types whose instances Pydantic takes as they are, unless a function runs that is
    not Pydantic's own. `config` is the configuration of what the type is in.
    """
    if not all(map(_is_constraint, metadata)) or is_left_to_right(metadata):
        return False
    origin = get_origin(annotation)
    if isinstance(annotation, NewType):
        return is_settled(annotation.__supertype__, (), config)
    if origin is Annotated:
        inner, *more = get_args(annotation)
        return is_settled(inner, tuple(more), config)
    if origin is Literal:
        return True
    if is_union(annotation) and (
        takes_what_is_equal(get_args(annotation)) or is_ambiguous(get_args(annotation))
    ):
        return False
    if is_union(annotation) or origin in (list, tuple, set, frozenset, dict):
        parts = (each for each in get_args(annotation) if each is not Ellipsis)
        return all(is_settled(each, (), config) for each in parts)
    if is_shaped(annotation) and not is_typeddict(origin or annotation):
        own = own_config(origin or annotation)
        return not is_validated_again(annotation, config if own is None else own)
    return annotation is None or (
        is_class(annotation, _SETTLED)
        # A class derived from one of these may have a schema of its own.
        and (is_one_of(annotation, _SETTLED) or not has_own_schema(annotation))
    )


def has_enum(annotation: Any) -> bool:
    """Whether a type is an enum, or is made of one, be it of some of its values."""
    return any(
        is_class(inner, Enum)
        or (get_origin(inner) is Literal and any(isinstance(e, Enum) for e in get_args(inner)))
        for inner, _ in parts_of(annotation)
    )


def takes_what_is_equal(members: tuple[Any, ...]) -> bool:
    """Whether one may take what another made.

    From Python, ``Literal[1]`` takes 1.0 and True, and ``Literal["red"]`` takes the member of an
    enumeration that is a `str`.
    """
    others = [each for each in members if each is not NoneType]
    if len(others) < 2:
        return False
    parts = [each for each, _ in chain.from_iterable(map(parts_of, others))]
    kinds: tuple[type, ...] = (int,)
    if any(is_class(each, str) and is_class(each, Enum) for each in parts):
        kinds = (int, str)
    literals = (get_args(each) for each in parts if get_origin(each) is Literal)
    return any(isinstance(each, kinds) for each in chain.from_iterable(literals))


def is_ambiguous(members: tuple[Any, ...], names: list[Any] | None = None) -> bool:
    """Whether several members of a union may take a text, and one of them not as it is.

    For Pydantic, a text of Python is a `str` for sure, where one of JSON is so only as far as no
    other member takes it; and what one member has made of it, another may take.
    """
    names = [] if names is None else names
    texts: list[tuple[Any, tuple[object, ...]]] = []
    within: dict[bool, list[tuple[Any, ...]]] = {True: [], False: []}
    for inner, metadata in (peeled(each, names) for each in members):
        if _is_container(inner):
            within[(get_origin(inner) or inner) is dict].append(get_args(inner))
        elif not is_shaped(inner) and not is_one_of(inner, (None, *_SAME_BUT_TEXT)):
            texts.append((inner, metadata))
    if len(texts) > 1 and any(has_own_schema(inner) or [*flat(more)] for inner, more in texts):
        return True
    # Of containers of one kind, whatever is in them decides which of them it is.
    several = (tuple(chain(*each)) for each in within.values() if len(each) > 1)
    return any(is_ambiguous(each, names) for each in several)


def is_validated_again(
    type_: Any, config: ConfigDict, asked: set[tuple[Any, int]] | None = None
) -> bool:
    """Whether Pydantic makes a new object of one that it has validated as `type_` before.

    It takes models and dataclasses as they are, unless something validates the whole of them.
    """
    origin: Any = get_origin(type_) or type_
    if has_own_schema(origin):
        return True
    if is_typeddict(origin) or is_class(origin, tuple):
        # One such type in it is enough. So each is asked but once, however many others it is in: it
        # has said no, or contains itself, and is being asked already.
        asked = set() if asked is None else asked
        question = origin, id(config)
        if question in asked:
            return False
        asked.add(question)
        return _is_rebuilt(type_, origin, config, asked)
    if config.get("revalidate_instances", "never") != "never":
        return True
    decorators = getattr(origin, "__pydantic_decorators__", None)
    if decorators and (decorators.model_validators or decorators.root_validators):
        return True
    return is_class(origin, RootModel) and _is_told_what_is_around(origin)


def _is_rebuilt(type_: Any, origin: Any, config: ConfigDict, asked: set[tuple[Any, int]]) -> bool:
    """The same for a typed dictionary or tuple: Pydantic always makes a new one of it.

    What counts is whether the new one may differ.
    """
    try:
        hints = typing_extensions.get_type_hints(origin, include_extras=True)
    except NameError:
        return True
    # Its keys are the names of fields by now, where the JSON has aliases.
    fields = shape_of(type_, config).fields.values() if is_typeddict(origin) else ()
    if any(each.validation_alias is not None for each in fields):
        return True
    # A default that was taken as it is would now be validated.
    if getattr(origin, "_field_defaults", None) or any(
        isinstance(each, FieldInfo) and not each.is_required()
        for hint in hints.values()
        for each in getattr(unqualified(hint), "__metadata__", ())
    ):
        return True
    extra = getattr(origin, "__extra_items__", None)
    members = [*hints.values()] if is_one_of(extra, _NO_EXTRA) else [*hints.values(), extra]
    return any(_runs(unqualified(each), config, asked) for each in members)


def _is_told_what_is_around(model: type[RootModel[Any]]) -> bool:
    """Whether a validator in a root model is told of the model around that, as Pydantic does."""
    asked: set[type] = set()
    pending = [model]
    while pending:
        each = pending.pop()
        if each in asked:
            continue
        asked.add(each)
        root = each.model_fields["root"]
        if is_told(root.annotation, tuple(root.metadata)):
            return True
        validators = each.__pydantic_decorators__.field_validators.values()
        if any(takes_info(each.func) for each in validators):
            return True
        parts = (inner for inner, _ in parts_of(root.annotation))
        pending += (inner for inner in parts if is_class(inner, RootModel))
    return False


def _runs(annotation: Any, config: ConfigDict, asked: set[tuple[Any, int]]) -> bool:
    """Whether validating a valid value again runs a function of the user's, or changes it."""
    origin: Any = get_origin(annotation)
    if origin is Annotated:
        inner, *metadata = get_args(annotation)
        is_plain = all(map(_is_constraint, metadata)) and not is_left_to_right(metadata)
        return not is_plain or _runs(inner, config, asked)
    if is_shaped(annotation) or is_class(annotation, tuple):
        own = own_config(origin or annotation) if is_shaped(annotation) else None
        return is_validated_again(annotation, config if own is None else own, asked)
    if origin is Literal or is_one_of(annotation, (None, Any)):
        return False
    if is_union(annotation):
        members = get_args(annotation)
        is_raw = bool(config.get("use_enum_values")) and has_enum(annotation)
        if is_raw or takes_what_is_equal(members) or is_ambiguous(members):
            return True
    if origin is not None:
        parts = (each for each in get_args(annotation) if each is not Ellipsis)
        return any(_runs(each, config, asked) for each in parts)
    # What stands behind a name may be anything.
    return not isinstance(annotation, type) or hasattr(annotation, "__get_pydantic_core_schema__")


def _is_constraint(metadata: object) -> bool:
    if isinstance(metadata, FieldInfo):
        return metadata.discriminator is None and all(map(_is_constraint, metadata.metadata))
    # Pydantic passes over what it does not know, such as our own `Required`.
    known = hasattr(metadata, "__get_pydantic_core_schema__")
    return isinstance(metadata, GroupedMetadata | BaseMetadata | Strict) or not known


def is_transparent(metadata: object) -> bool:
    """Whether a value that grows may be shown as if this were not there."""
    if isinstance(metadata, FieldInfo) and metadata.discriminator is not None:
        return False
    return isinstance(metadata, _TRANSPARENT) or not hasattr(
        metadata, "__get_pydantic_core_schema__"
    )


def mode_of(annotation: Any) -> Mode:
    """When a value of this type may be validated in place of its JSON."""
    if is_one_of(annotation, SAME_IN_JSON):
        return Mode.ALWAYS
    origin = get_origin(annotation)
    if origin is Literal:
        plain = all(type(each) in SAME_IN_JSON for each in get_args(annotation))
        return Mode.ALWAYS if plain else Mode.NEVER
    if is_union(annotation):
        members = [each for each in get_args(annotation) if each is not NoneType]
        return Mode.NEVER if is_ambiguous(tuple(members)) else mode_among(map(mode_of, members))
    is_same = is_class(annotation, _SAME_IN_LAX_JSON) and not has_own_schema(annotation)
    return Mode.LAX if is_same else Mode.NEVER


def mode_among(modes: Iterable[Mode]) -> Mode:
    """The mode of a union whose members, apart from None, have these modes.

    A string of JSON may be a date; a `str` of Python is one only if no other member takes it.
    """
    modes = tuple(modes)
    mode = min(modes, default=Mode.ALWAYS)
    return mode if mode is Mode.ALWAYS or len(modes) == 1 else Mode.NEVER
