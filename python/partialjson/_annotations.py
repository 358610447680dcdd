"""Type annotations to plans: what is read of a type, once, and only from what is public."""

# ruff: noqa: ANN401 - values and types of any kind pass through here

from __future__ import annotations

import collections.abc
import datetime
import typing
from dataclasses import is_dataclass
from decimal import Decimal
from enum import Enum
from functools import cache
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

from partialjson._partial import cell_of, lock, mentions_model, partial_class, whole_type
from partialjson._plan import (
    AnyPlan,
    DictPlan,
    FieldPlan,
    LeafPlan,
    ListPlan,
    Mode,
    ModelPlan,
    Plan,
    TextPlan,
    UnionPlan,
)

__all__ = ["plan_of"]

_SEQUENCES: dict[Any, Any] = {
    list: list,
    tuple: tuple,
    set: set,
    frozenset: frozenset,
    collections.abc.Sequence: list,
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


def _plan_of_model(model: type[BaseModel]) -> ModelPlan:
    cell = cell_of(model)
    if cell.plan is not None:
        return cast("ModelPlan", cell.plan)
    # Before the lock is taken, since Pydantic takes one of its own for this.
    model.model_rebuild()
    with lock:
        if cell.plan is not None:
            return cast("ModelPlan", cell.plan)
        if model in _unfinished:
            return _unfinished[model]
        outermost = not _unfinished
        plan = _unfinished[model] = object.__new__(ModelPlan)
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


_unfinished: dict[type[BaseModel], ModelPlan] = {}


def _fill(plan: ModelPlan, model: type[BaseModel]) -> None:
    reader = _Reader(model)
    raw = _fields_seen_raw(model)
    fields: dict[str, FieldPlan] = {}
    by_key: dict[str, tuple[FieldPlan, int]] = {}
    for name, info in model.model_fields.items():
        metadata = tuple(info.metadata)
        if info.discriminator is not None:
            metadata += (Field(discriminator=info.discriminator),)
        keys = _keys(name, info, model.model_config)
        certain = raw is not None and name not in raw and len(keys) == 1
        plan_of_field = reader.read(info.annotation, metadata)
        fields[name] = field = FieldPlan(name, keys, plan_of_field, certain)
        for rank, key in enumerate(field.keys):
            by_key.setdefault(key, (field, rank))
    # Where a validator expects JSON, it must not be given the models that are ready.
    seen_first = (
        raw is None
        or any(mentions_model(model.model_fields[name].annotation) for name in raw)
        or model.__init__ is not BaseModel.__init__
        or model.model_config.get("extra") == "allow"
    )
    contents: dict[str, Any] = {
        "model": model,
        "partial": partial_class(model),
        "validator": model.__pydantic_validator__,
        "fields": MappingProxyType(fields),
        "by_key": MappingProxyType(by_key),
        "reached": frozenset(chain.from_iterable(map(_reached, model.model_fields.values()))),
        "blank": MappingProxyType({n: _shared_default(i) for n, i in model.model_fields.items()}),
        "fresh": tuple((n, i) for n, i in model.model_fields.items() if _is_fresh(i)),
        "private": _private(model),
        "extra": model.model_config.get("extra") or "ignore",
        "mode": Mode.NEVER if seen_first else reader.mode,
        "certain": raw is not None,
    }
    for name, content in contents.items():
        object.__setattr__(plan, name, content)


def _private(model: type[BaseModel]) -> tuple[tuple[str, Any], ...] | None:
    attributes = model.__private_attributes__
    if not attributes:
        return None
    # A factory here is no default to show but state that only a whole object has.
    plain = (each for each in attributes.items() if each[1].default is not PydanticUndefined)
    return tuple(plain)


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


def _is_fresh(info: FieldInfo) -> bool:
    if info.default_factory is not None:
        # One that asks for the validated data would get only a part of them.
        return not getattr(info, "default_factory_takes_validated_data", False)
    return info.default is not PydanticUndefined and not isinstance(info.default, _IMMUTABLE)


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
            return DictPlan(self._key(key), self.read(value))
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

    def _model(self, model: type[BaseModel]) -> ModelPlan:
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
            return ListPlan(tuple(self.read(each) for each in args), None, make)
        element = self.read(args[0]) if args else AnyPlan()
        if make in (set, frozenset) and not _is_hashable(element):
            return self._leaf(annotation, metadata)
        return ListPlan((), element, make)

    def _key(self, annotation: Any) -> LeafPlan | None:
        if annotation is str and not self._text_config:
            return None
        self._note(Mode.NEVER)
        return self._leaf(dict[annotation, None], ())

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
        if _is_one(annotation, _SAME_IN_JSON) and not metadata and not self._config:
            return _scalar(annotation)
        if metadata:
            annotation = Annotated[(annotation, *metadata)]
        return LeafPlan(_validator(annotation, self._config), mode)


@cache
def _scalar(annotation: type) -> LeafPlan:
    return LeafPlan(_validator(annotation, ConfigDict()), Mode.ALWAYS)


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
    if isinstance(plan, ListPlan):
        return {"array"}
    if isinstance(plan, DictPlan | ModelPlan):
        return {"mapping"}
    if _is_one(annotation, (int, float, bool, NoneType, None)):
        return set()
    if get_origin(annotation) is Literal:
        return {"text"} if any(isinstance(each, str) for each in get_args(annotation)) else set()
    return {"text", "array", "mapping"}
