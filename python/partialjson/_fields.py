"""The fields of models, dataclasses and typed dictionaries, read alike."""

from __future__ import annotations

import dataclasses
from copy import copy
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeVar, Union, cast, get_args, get_origin

import typing_extensions
from pydantic import AliasChoices, AliasGenerator, AliasPath, BaseModel, ConfigDict, Field
from pydantic.dataclasses import is_pydantic_dataclass, rebuild_dataclass
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from typing_extensions import is_typeddict

from partialjson._config import is_named_tuple, own_config
from partialjson._partial import is_model, made_anew

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_QUALIFIERS: tuple[Any, ...] = (
    typing_extensions.Required,
    typing_extensions.NotRequired,
    typing_extensions.ReadOnly,
)


@dataclasses.dataclass(frozen=True)
class Shape:
    """What is known of an object: its fields, its configuration, and its validators."""

    fields: Mapping[str, FieldInfo]
    config: ConfigDict
    decorators: Any = None
    """Pydantic's ``DecoratorInfos``; None where there can be none."""
    unset: Mapping[str, FieldInfo] = dataclasses.field(default_factory=dict[str, FieldInfo])
    """What a dataclass has beside them, which its ``__init__`` does not take."""
    unkept: frozenset[str] = frozenset()
    """Those that its ``__init__`` takes but does not keep, each an ``InitVar``."""
    has_own_way: bool = False
    """Whether code of the class itself may change all of it before Pydantic sees it."""

    def seen_raw(self) -> set[str] | None:
        """The fields whose JSON a validator sees before Pydantic does; None for all of them.

        What does not fit the type of such a field may fit once that validator is done.
        """
        decorators = self.decorators
        if self.has_own_way:
            return None
        if decorators is None:
            return set()
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

    def blank(self) -> dict[str, Any]:
        """What every field shows before it has begun, if that may be shared; else None."""
        return {
            name: info.default if _is_shared(info.default) else None for name, info in self._kept()
        }

    def fresh(self) -> Iterator[tuple[str, Callable[[], Any]]]:
        """The fields whose default is made anew for every object, and what makes it."""
        for name, info in self._kept():
            if info.default_factory is not None:
                # One that asks for the validated data would get only a part of them.
                if not info.default_factory_takes_validated_data:
                    make = cast("Callable[[], Any]", info.default_factory)
                    never_raises = any(make is each for each in (list, dict, set))
                    yield name, make if never_raises else partial(_made_by, make)
            elif info.default is not PydanticUndefined and not _is_shared(info.default):
                yield name, info.get_default

    def _kept(self) -> Iterator[tuple[str, FieldInfo]]:
        both = chain(self.fields.items(), self.unset.items())
        return (each for each in both if each[0] not in self.unkept)


# What every model has, unless it says itself how it is validated.
_SCHEMA_OF_MODELS = cast("Any", BaseModel.__get_pydantic_core_schema__).__func__


def has_own_schema(origin: Any) -> bool:
    """Whether a class says itself how it is validated."""
    schema = getattr(origin, "__get_pydantic_core_schema__", None)
    return schema is not None and getattr(schema, "__func__", None) is not _SCHEMA_OF_MODELS


def _made_by(factory: Callable[[], Any]) -> Any:
    """What `factory` makes, or None if it raises: if the field comes, Pydantic does not call it."""
    try:
        return factory()
    except (MemoryError, RecursionError):
        raise
    except Exception:
        return None


def _is_shared(value: object) -> bool:
    """Whether a default is shared by all objects, as Pydantic does with what can be hashed."""
    if value is PydanticUndefined:
        return False
    try:
        hash(value)
    except Exception:
        return False
    return True


def shape_of(type_: Any, inherited: ConfigDict) -> Shape:
    """The shape of such a type, with the configuration of what it is in.

    Raises NameError where an annotation refers to a name that is not to be found.
    """
    origin = get_origin(type_) or type_
    if issubclass(origin, BaseModel):
        # Of the arguments of a generic model, Pydantic has made a class.
        return Shape(
            origin.model_fields,
            origin.model_config,
            origin.__pydantic_decorators__,
            has_own_way=origin.__pydantic_custom_init__ or has_own_schema(origin),
        )
    own = own_config(origin)
    config = inherited if own is None else own
    arguments = _arguments_of(type_)
    if is_pydantic_dataclass(origin):
        rebuild_dataclass(origin)
        infos = {
            name: _with_arguments(info, arguments)
            for name, info in origin.__pydantic_fields__.items()
        }
        return _shape_of_dataclass(origin, infos, config)
    hints = typing_extensions.get_type_hints(origin, include_extras=True)
    if is_typeddict(origin) or is_named_tuple(origin):
        # A tuple of before there were annotations has none for its fields.
        named = {name: hints.get(name, Any) for name in getattr(origin, "_fields", hints)}
        fields = {
            name: _with_alias(
                name, FieldInfo.from_annotation(substituted(unqualified(hint), arguments)), config
            )
            for name, hint in named.items()
        }
        return Shape(fields, config)
    types = {each.name: hints[each.name] for each in dataclasses.fields(origin)}
    for name, hint in hints.items():
        if isinstance(hint, dataclasses.InitVar):
            types[name] = cast("Any", hint).type
    infos = {
        name: _with_alias(name, _field_of(each, substituted(types[name], arguments)), config)
        for name, each in origin.__dataclass_fields__.items()
        if name in types
    }
    return _shape_of_dataclass(origin, infos, config)


def _shape_of_dataclass(origin: Any, infos: Mapping[str, FieldInfo], config: ConfigDict) -> Shape:
    kept = [each.name for each in dataclasses.fields(origin)]
    fields = {name: info for name, info in infos.items() if info.init is not False}
    # Pydantic keeps no `FieldInfo` of some of them.
    unset = {name: infos.get(name, FieldInfo()) for name in kept if name not in fields}
    decorators = getattr(origin, "__pydantic_decorators__", None)
    unkept = frozenset(fields.keys() - {*kept})
    return Shape(fields, config, decorators, unset, unkept, has_own_schema(origin))


def _field_of(field: dataclasses.Field[Any], hint: Any) -> FieldInfo:
    default: Any = field.default
    return FieldInfo.from_annotated_attribute(
        hint, default if isinstance(default, FieldInfo) else field
    )


def _with_alias(name: str, info: FieldInfo, config: ConfigDict) -> FieldInfo:
    """`info` with the alias that a generator gives it, if there is one.

    The fields of models, and of Pydantic's own dataclasses, have theirs already.
    """
    generator = config.get("alias_generator")
    if generator is None or info.validation_alias is not None:
        return info
    if isinstance(generator, AliasGenerator):
        alias, validation_alias, _ = generator.generate_aliases(name)
        info.validation_alias = validation_alias or alias
    else:
        info.validation_alias = generator(name)
    return info


def unqualified(hint: Any) -> Any:
    """A type without the ``Required``, ``NotRequired`` or ``ReadOnly`` around it."""
    while any(get_origin(hint) is each for each in _QUALIFIERS):
        (hint,) = get_args(hint)
    return hint


def _arguments_of(type_: Any) -> dict[Any, Any]:
    """The arguments of a generic class, by its type variables."""
    parameters = getattr(get_origin(type_), "__parameters__", ())
    return dict(zip(parameters, get_args(type_), strict=False))


def _with_arguments(info: FieldInfo, arguments: dict[Any, Any]) -> FieldInfo:
    annotation = substituted(info.annotation, arguments)
    if annotation is info.annotation:
        return info
    info = copy(info)
    info.annotation = annotation
    return info


def substituted(annotation: Any, arguments: dict[Any, Any]) -> Any:
    """The annotation of a generic class with what stands for its type variables."""
    if isinstance(annotation, TypeVar):
        return arguments.get(annotation, annotation)
    if is_model(annotation):
        # Pydantic makes a class of ``Box[T]``, which may be `Box` itself.
        parameters = annotation.__pydantic_generic_metadata__["parameters"]
        types = tuple(arguments.get(each, each) for each in parameters)
        return cast("Any", annotation)[types] if parameters and arguments else annotation
    return made_anew(annotation, lambda each: substituted(each, arguments))


def stand_in(variable: TypeVar) -> Any:
    """The type that Pydantic takes for a type variable that got no argument."""
    default = getattr(variable, "__default__", typing_extensions.NoDefault)
    if default is not typing_extensions.NoDefault and default is not None:
        return default
    if variable.__constraints__:
        return Union[variable.__constraints__]  # noqa: UP007 - of any number
    return Any if variable.__bound__ is None else variable.__bound__


def metadata_of(info: FieldInfo) -> tuple[Any, ...]:
    """What stands around the type of a field, the innermost first."""
    if info.discriminator is None:
        return (*info.metadata,)
    # As in Pydantic, the discriminator belongs to the union, within all functions around that.
    return Field(discriminator=info.discriminator), *info.metadata


def keys_of(name: str, info: FieldInfo, config: ConfigDict) -> tuple[str, ...]:
    """The JSON keys of a field. An `AliasPath` is none: it reaches into a whole object."""
    if info.validation_alias is None:
        return (name,)
    keys = [each for each in _aliases_of(info) if isinstance(each, str)]
    by_alias = config.get("validate_by_alias", True)
    by_name = config.get("validate_by_name") or config.get("populate_by_name")
    return (*(keys if by_alias else ()), *((name,) if by_name else ()))


def _aliases_of(info: FieldInfo) -> list[Any]:
    alias = info.validation_alias
    return alias.choices if isinstance(alias, AliasChoices) else [alias]


def others_of(type_: Any) -> Any:
    """What a model says of the values that no field is for."""
    if not is_model(type_):
        return Any
    try:
        hint = typing_extensions.get_type_hints(type_, include_extras=True)["__pydantic_extra__"]
    except (NameError, KeyError):
        return Any
    for each in (hint, *get_args(hint)):
        if get_origin(each) is dict:
            return get_args(each)[1]
    return Any


def reached_by(info: FieldInfo) -> list[str]:
    """The JSON keys that a field's alias paths reach into."""
    paths = (each.path for each in _aliases_of(info) if isinstance(each, AliasPath))
    return [path[0] for path in paths if isinstance(path[0], str)]
