"""Type annotations to plans: what is read of a type, once, and only from what is public."""

# ruff: noqa: ANN401 - values and types of any kind pass through here

from __future__ import annotations

import collections.abc
import datetime
import typing
from collections.abc import Callable, Iterator
from dataclasses import is_dataclass
from decimal import Decimal
from enum import Enum
from functools import cache, partial
from itertools import chain
from types import MappingProxyType, NoneType, UnionType
from typing import Annotated, Any, Literal, NewType, TypeGuard, Union, cast, get_args, get_origin
from uuid import UUID

import typing_extensions
from pydantic import (
    AfterValidator,
    AliasChoices,
    AliasPath,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    RootModel,
    SerializeAsAny,
    TypeAdapter,
    WrapSerializer,
)
from pydantic.errors import PydanticUndefinedAnnotation, PydanticUserError
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from typing_extensions import is_typeddict

from partialjson._partial import (
    OPEN_FIELD,
    cell_of,
    lock,
    mentions_model,
    partial_class,
    whole_type,
)
from partialjson._partialjson import Program
from partialjson._plan import (
    AnyPlan,
    ArrayPlan,
    FieldPlan,
    LeafPlan,
    Mode,
    ObjectPlan,
    Plan,
    TablePlan,
    TaggedPlan,
    TextPlan,
    UnionPlan,
)

__all__ = ["plan_of", "program_of"]

_SEQUENCES: dict[Any, Any] = {
    list: list,
    tuple: tuple,
    set: set,
    frozenset: frozenset,
    collections.abc.Sequence: list,
}
_MISFITS: dict[Any, str] = {
    list: "list_type",
    tuple: "tuple_type",
    set: "set_type",
    frozenset: "frozen_set_type",
}
_KINDS: dict[Any, str] = {
    NoneType: "null",
    bool: "boolean",
    int: "integer",
    float: "float",
    str: "text",
}
_MAPPINGS = {dict, collections.abc.Mapping, collections.abc.MutableMapping}

# Where `typing` has them, `typing_extensions` may have others of its own.
_BOTH = (typing, typing_extensions)
_SELF: list[Any] = [getattr(each, "Self", None) for each in _BOTH]
_ALIASES: tuple[Any, ...] = tuple(
    each.TypeAliasType for each in _BOTH if hasattr(each, "TypeAliasType")
)
_SAME_IN_JSON = (str, int, float, bool, NoneType)
_SAME_IN_LAX_JSON = (
    datetime.date,
    datetime.time,
    datetime.timedelta,
    UUID,
    Decimal,
    Enum,
)
_IMMUTABLE = (*_SAME_IN_LAX_JSON, str, bytes, int, float, complex, NoneType)
# These leave the type of the value what it is, and what they need is the whole value.
_TRANSPARENT: tuple[Any, ...] = (
    AfterValidator,
    BeforeValidator,
    PlainSerializer,
    WrapSerializer,
    SerializeAsAny,
)
_TEXT_CONFIG = {
    "str_to_lower",
    "str_to_upper",
    "str_strip_whitespace",
    "str_min_length",
    "str_max_length",
    "coerce_numbers_to_str",
}


def plan_of(type_: Any) -> Plan:
    """The plan of a type that `pydantic.TypeAdapter` takes. A model's is made once.

    Raises PydanticUndefinedAnnotation where a model refers to a name that is not defined.
    """
    return _Reader(None).read(type_)


def program_of(model: type[BaseModel]) -> Program:
    """The plan of a model, compiled once."""
    cell = cell_of(model)
    if cell.program is None:
        cell.program = Program(plan_of(model))
    return cast("Program", cell.program)


def _plan_of_model(model: type[BaseModel]) -> ObjectPlan:
    cell = cell_of(model)
    if cell.plan is not None:
        return cast("ObjectPlan", cell.plan)
    # Before the lock is taken, since Pydantic takes one of its own for this.
    model.model_rebuild()
    with lock:
        if cell.plan is not None:
            return cast("ObjectPlan", cell.plan)
        if model in _unfinished:
            return _unfinished[model]
        outermost = not _unfinished
        plan = _unfinished[model] = object.__new__(ObjectPlan)
        try:
            _fill(plan, model)
            if outermost:
                # Models that refer to each other are ready together or not at all.
                for each, its_plan in _unfinished.items():
                    cell_of(each).plan = its_plan
        finally:
            if outermost:
                _unfinished.clear()
    return plan


_unfinished: dict[type[BaseModel], ObjectPlan] = {}


def _fill(plan: ObjectPlan, model: type[BaseModel]) -> None:
    reader = _Reader(model)
    raw = _fields_seen_raw(model)
    fields: list[FieldPlan] = []
    for name, info in model.model_fields.items():
        metadata = tuple(info.metadata)
        if info.discriminator is not None:
            metadata += (Field(discriminator=info.discriminator),)
        keys = _keys(name, info, model.model_config)
        certain = raw is not None and name not in raw and len(keys) == 1
        field_plan = reader.read(info.annotation, metadata)
        fields.append(FieldPlan(name, keys, field_plan, certain, required=False))
    # Where a validator expects JSON, it must not be given the models that are ready.
    seen_first = (
        raw is None
        or any(mentions_model(model.model_fields[name].annotation) for name in raw)
        or model.__init__ is not BaseModel.__init__
        or model.model_config.get("extra") == "allow"
    )
    open_class = partial_class(model)
    contents: dict[str, Any] = {
        "leaf": LeafPlan(cast("Any", model.__pydantic_validator__), reader.mode),
        "fields": tuple(fields),
        "reached": tuple(chain.from_iterable(map(_reached, model.model_fields.values()))),
        "extra": model.model_config.get("extra") or "ignore",
        "mode": Mode.NEVER if seen_first else reader.mode,
        "nests": any(_nests(field.plan) for field in fields),
        "certain": raw is not None,
        "dress": None,
        "make": None,
        "partial": open_class,
        "slots": _slots(open_class),
        "blank": MappingProxyType({n: _shared_default(i) for n, i in model.model_fields.items()}),
        "fresh": tuple(_fresh(model)),
        "private": _private(model),
    }
    for name, content in contents.items():
        object.__setattr__(plan, name, content)


def _nests(plan: Plan) -> bool:
    """Whether whole models may be in what a plan shows."""
    match plan:
        case ObjectPlan() | TaggedPlan():
            return True
        case ArrayPlan():
            return any(map(_nests, plan.first)) or (plan.rest is not None and _nests(plan.rest))
        case TablePlan():
            return _nests(plan.value)
        case UnionPlan():
            members = (plan.array, plan.mapping)
            return any(each is not None and _nests(each) for each in members)
        case _:
            return False


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


def _keys(name: str, info: FieldInfo, config: ConfigDict) -> tuple[str, ...]:
    """The JSON keys of a field. An `AliasPath` is none: it reaches into a whole object."""
    alias = info.validation_alias
    aliases = alias.choices if isinstance(alias, AliasChoices) else [alias]
    keys = [each for each in aliases if isinstance(each, str)]
    by_alias = config.get("validate_by_alias", True)
    by_name = config.get("validate_by_name") or config.get("populate_by_name")
    if alias is None:
        return (name,)
    return (*(keys if by_alias else ()), *((name,) if by_name else ()))


def _reached(info: FieldInfo) -> list[str]:
    alias = info.validation_alias
    aliases = alias.choices if isinstance(alias, AliasChoices) else [alias]
    paths = (each.path for each in aliases if isinstance(each, AliasPath))
    return [path[0] for path in paths if isinstance(path[0], str)]


def _shared_default(info: FieldInfo) -> Any:
    return info.default if isinstance(info.default, _IMMUTABLE) else None


def _fresh(model: type[BaseModel]) -> Iterator[tuple[str, Callable[[], Any]]]:
    for name, info in model.model_fields.items():
        if info.default_factory is not None:
            # One that asks for the validated data would get only a part of them.
            if not getattr(info, "default_factory_takes_validated_data", False):
                yield name, partial(info.get_default, call_default_factory=True)
        elif info.default is not PydanticUndefined and not isinstance(info.default, _IMMUTABLE):
            yield name, info.get_default


def _fields_seen_raw(model: type[BaseModel]) -> set[str] | None:
    """The fields whose JSON a validator sees before Pydantic does; None where it sees them all.

    What does not fit the type of such a field may fit all the same, once that validator is done.
    """
    decorators = model.__pydantic_decorators__
    if (
        decorators.validators
        or decorators.root_validators
        or any(each.info.mode != "after" for each in decorators.model_validators.values())
    ):
        return None
    seen: set[str] = set()
    for each in decorators.field_validators.values():
        if each.info.mode != "after":
            seen.update(each.info.fields)
    return None if "*" in seen else seen


class _Reader:
    """Reads the annotations of one model, or one annotation that stands alone."""

    def __init__(self, owner: type[BaseModel] | None) -> None:
        self._owner = owner
        config: dict[str, Any] = {} if owner is None else {**owner.model_config}
        self._strict = bool(config.get("strict"))
        self._text_config = not _TEXT_CONFIG.isdisjoint(config)
        # The rest of it is about models, not about the values of their fields.
        config.pop("defer_build", None)
        config.pop("title", None)
        self._config = cast("ConfigDict", config)
        self._aliases: list[Any] = []
        self.mode = Mode.ALWAYS
        """When everything that was read is the same in Python as in JSON."""

    def read(self, annotation: Any, metadata: tuple[Any, ...] = ()) -> Plan:
        """The plan of `annotation`, with the metadata of an ``Annotated`` around it."""
        annotation = whole_type(annotation)
        if self._owner is not None and annotation is not None and _is_one(annotation, _SELF):
            annotation = self._owner
        origin = get_origin(annotation)
        if origin is Annotated:
            inner, *more = get_args(annotation)
            return self.read(inner, (*more, *metadata))
        if isinstance(annotation, NewType):
            return self.read(annotation.__supertype__, metadata)
        if isinstance(annotation, _ALIASES):
            return self._read_alias(annotation, metadata)
        if not all(map(_is_transparent, metadata)):
            return self._leaf(annotation, metadata)
        if any(isinstance(each, BeforeValidator) for each in metadata):
            self._note(Mode.NEVER)
        if annotation is str:
            return self._text(metadata)
        if _is_one(annotation, (Any, object)):
            return AnyPlan()
        if _is_model(annotation):
            return self._model(annotation)
        if origin in (Union, UnionType):
            return self._union(annotation, metadata)
        kind = origin or annotation
        if kind in _SEQUENCES:
            return self._sequence(annotation, kind, metadata)
        if kind in _MAPPINGS:
            key, value = get_args(annotation) or (str, Any)
            return TablePlan(self._key(key), self.read(value))
        return self._leaf(annotation, metadata)

    def _read_alias(self, alias: Any, metadata: tuple[Any, ...]) -> Plan:
        if alias in self._aliases:
            # What refers to itself by name alone shows when it is complete.
            return self._leaf(alias, metadata)
        self._aliases.append(alias)
        try:
            return self.read(alias.__value__, metadata)
        finally:
            self._aliases.pop()

    def _note(self, mode: Mode, metadata: tuple[Any, ...] = ()) -> Mode:
        if mode is Mode.LAX and (self._strict or any(map(_is_strict, metadata))):
            mode = Mode.NEVER
        self.mode = min(self.mode, mode)
        return mode

    def _model(self, model: type[BaseModel]) -> ObjectPlan:
        if model.model_config.get("revalidate_instances", "never") != "never":
            self._note(Mode.NEVER)
        return _plan_of_model(model)

    def _text(self, metadata: tuple[Any, ...]) -> TextPlan:
        return TextPlan(self._leaf(str, metadata), not metadata and not self._text_config)

    def _sequence(self, annotation: Any, kind: Any, metadata: tuple[Any, ...]) -> Plan:
        args = get_args(annotation)
        make = _SEQUENCES[kind]
        if make is not list:
            self._note(Mode.LAX, metadata)
        if make is tuple and args and args[-1] is not Ellipsis:
            if any(get_origin(each) is typing_extensions.Unpack for each in args):
                return self._leaf(annotation, metadata)
            return ArrayPlan(tuple(self.read(each) for each in args), None, make)
        element = self.read(args[0]) if args else AnyPlan()
        if make in (set, frozenset) and not _is_hashable(element):
            return self._leaf(annotation, metadata)
        dress = None if make is list else make
        return ArrayPlan((), element, dress, None, _max_length(metadata), _MISFITS[make])

    def _key(self, annotation: Any) -> Any:
        if annotation is str and not self._text_config:
            return None
        self._note(Mode.NEVER)
        return self._leaf(dict[annotation, None], ()).validator

    def _union(self, annotation: Any, metadata: tuple[Any, ...]) -> Plan:
        args = get_args(annotation)
        members = [self.read(each) for each in args]
        if any(isinstance(each, AnyPlan) for each in members):
            return AnyPlan()
        # What grows is never a scalar, so that the others alone decide what a scalar is.
        scalars = [
            _mode(each)
            for each, plan in zip(args, members, strict=True)
            if isinstance(plan, LeafPlan | UnionPlan)
        ]
        leaf = self._leaf(annotation, metadata, min(scalars, default=Mode.ALWAYS))
        if any(getattr(each, "union_mode", None) == "left_to_right" for each in metadata):
            self._note(Mode.NEVER)
            return leaf
        kinds = [_kinds(plan, each) for plan, each in zip(members, args, strict=True)]

        def only(kind: str) -> Plan | None:
            plans = [p for p, its_kinds in zip(members, kinds, strict=True) if kind in its_kinds]
            return plans[0] if len(plans) == 1 and not isinstance(plans[0], LeafPlan) else None

        text, array, mapping = only("text"), only("array"), only("mapping")
        if isinstance(text, TextPlan):
            text = TextPlan(leaf, text.free and not metadata)
        if text is None and array is None and mapping is None:
            return leaf
        return UnionPlan(text, array, mapping, leaf)

    def _leaf(
        self,
        annotation: Any,
        metadata: tuple[Any, ...],
        mode: Mode | None = None,
    ) -> LeafPlan:
        if not all(map(_is_transparent, metadata)):
            mode = Mode.NEVER
        mode = self._note(_mode(annotation) if mode is None else mode, metadata)
        if metadata or self._config:
            if metadata:
                annotation = Annotated[(annotation, *metadata)]
            return LeafPlan(_validator(annotation, self._config), mode)
        if _is_one(annotation, _SAME_IN_JSON):
            return _scalar(annotation)
        same, literals = _same(annotation), _literals(annotation)
        return LeafPlan(_validator(annotation, self._config), mode, same, literals)


@cache
def _scalar(annotation: type) -> LeafPlan:
    validator = _validator(annotation, ConfigDict())
    return LeafPlan(validator, Mode.ALWAYS, _same(annotation))


def _same(annotation: Any) -> tuple[str, ...]:
    """The kinds of scalars that a type takes as they are, whatever Pydantic's mode."""
    if get_origin(annotation) in (Union, UnionType):
        kinds = [_same(each) for each in get_args(annotation)]
        # A member that is looked into takes no scalar; any other may have its own view of one.
        scalars = [each for each, its in zip(get_args(annotation), kinds, strict=True) if its]
        others = [each for each in get_args(annotation) if each not in scalars]
        if all(map(_is_container, others)):
            return tuple(chain.from_iterable(kinds))
        return ()
    name = _KINDS.get(annotation) if isinstance(annotation, type) else None
    if name is None and annotation is None:
        name = "null"
    return (name,) if name is not None else ()


def _is_container(annotation: Any) -> bool:
    """Whether a type takes no scalar, not even by validators of its own."""
    kind = get_origin(annotation) or annotation
    return kind in (list, dict, tuple, set, frozenset)


def _literals(annotation: Any) -> tuple[str, ...] | None:
    """All strings that a type takes; None where it may take others."""
    if get_origin(annotation) is Literal:
        return tuple(each for each in get_args(annotation) if isinstance(each, str))
    if get_origin(annotation) in (Union, UnionType):
        members = [each for each in get_args(annotation) if each not in (None, NoneType)]
        return _literals(members[0]) if len(members) == 1 else None
    return None


def _max_length(metadata: tuple[Any, ...]) -> int | None:
    lengths = (getattr(each, "max_length", None) for each in metadata)
    return min((each for each in lengths if isinstance(each, int)), default=None)


def _validator(annotation: Any, config: ConfigDict) -> Any:
    inner = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
    own_config = _is_class(inner, BaseModel) or is_dataclass(inner) or is_typeddict(inner)
    try:
        return TypeAdapter(
            annotation, config=None if own_config or not config else config
        ).validator
    except (PydanticUserError, PydanticUndefinedAnnotation):
        # A type that means something only inside its model, `list[Self]` for one.
        return None


def _is_one(annotation: object, of: collections.abc.Iterable[object]) -> bool:
    # Not with ``in``: metadata of any kind may be in the annotation, unhashable, or odd at ``==``.
    return any(annotation is each for each in of)


def _is_class(annotation: Any, base: type | tuple[type, ...]) -> bool:
    # On Python 3.10 `list[int]` is an instance of `type`.
    is_class = isinstance(annotation, type) and get_origin(annotation) is None
    return is_class and issubclass(annotation, base)


def _is_model(annotation: Any) -> TypeGuard[type[BaseModel]]:
    return (
        _is_class(annotation, BaseModel)
        and annotation is not BaseModel
        and not issubclass(annotation, RootModel)
    )


def _is_hashable(element: Plan) -> bool:
    """Whether what an element shows can be in a set."""
    return isinstance(element, TextPlan) or (
        isinstance(element, LeafPlan) and element.mode is not Mode.NEVER
    )


def _is_transparent(metadata: object) -> bool:
    """Whether a value that grows may be shown as if this were not there."""
    if isinstance(metadata, FieldInfo) and metadata.discriminator is not None:
        return False
    return isinstance(metadata, _TRANSPARENT) or not hasattr(
        metadata, "__get_pydantic_core_schema__"
    )


def _is_strict(metadata: object) -> bool:
    if isinstance(metadata, FieldInfo):
        return any(map(_is_strict, metadata.metadata))
    return bool(getattr(metadata, "strict", False))


def _mode(annotation: Any) -> Mode:
    if _is_one(annotation, _SAME_IN_JSON):
        return Mode.ALWAYS
    origin = get_origin(annotation)
    if origin is Literal:
        plain = all(type(each) in _SAME_IN_JSON for each in get_args(annotation))
        return Mode.ALWAYS if plain else Mode.NEVER
    if origin in (Union, UnionType):
        return min(map(_mode, get_args(annotation)))
    return Mode.LAX if _is_class(annotation, _SAME_IN_LAX_JSON) else Mode.NEVER


def _kinds(plan: Plan, annotation: Any) -> set[str]:
    """The kinds of JSON that may grow and that a member of a union takes."""
    if isinstance(plan, TextPlan):
        return {"text"}
    if isinstance(plan, ArrayPlan):
        return {"array"}
    if isinstance(plan, TablePlan | ObjectPlan):
        return {"mapping"}
    if _is_one(annotation, (int, float, bool, NoneType, None)):
        return set()
    if get_origin(annotation) is Literal:
        return {"text"} if any(isinstance(each, str) for each in get_args(annotation)) else set()
    return {"text", "array", "mapping"}
