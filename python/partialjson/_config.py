"""The configuration of a type: whose it is, and what it says of values."""

from __future__ import annotations

import dataclasses
import typing
from typing import Any, cast, get_args, get_origin

from pydantic import BaseModel, ConfigDict
from typing_extensions import is_typeddict

_OBJECT_CONFIG = {
    "alias_generator",
    "defer_build",
    "extra",
    "frozen",
    "from_attributes",
    "json_schema_extra",
    "populate_by_name",
    "serialize_by_alias",
    "title",
    "use_attribute_docstrings",
    "validate_assignment",
    "validate_by_alias",
    "validate_by_name",
    "validate_default",
}
_TEXT_CONFIG = {
    "str_to_lower",
    "str_to_upper",
    "str_strip_whitespace",
    "str_min_length",
    "str_max_length",
    "coerce_numbers_to_str",
}


def is_shaped(type_: Any) -> bool:
    """Whether a type is one of objects with fields: a model, a dataclass, a typed dictionary."""
    origin: Any = get_origin(type_) or type_
    return isinstance(origin, type) and (
        issubclass(origin, BaseModel)
        or dataclasses.is_dataclass(cast("Any", origin))
        or is_typeddict(cast("Any", origin))
    )


def is_named_tuple(type_: Any) -> bool:
    """Whether a type is a named tuple."""
    origin = get_origin(type_) or type_
    is_tuple = isinstance(origin, type) and issubclass(origin, tuple)
    return is_tuple and hasattr(cast("Any", origin), "_field_defaults")


def own_config(origin: Any) -> ConfigDict | None:
    """The configuration of a class. Where it has none, that of what it is in holds for it, too."""
    if issubclass(origin, BaseModel):
        config: ConfigDict = origin.model_config
        return config
    own: ConfigDict | None = getattr(origin, "__pydantic_config__", None)
    if own is not None:
        return own
    # The bases of a typed dictionary are noted there alone.
    bases = (get_origin(each) or each for each in getattr(origin, "__orig_bases__", ()))
    found = (own_config(each) for each in bases if is_shaped(each))
    return next((each for each in found if each is not None), None)


def inherits_config(annotation: Any) -> bool:
    """Whether there may be a type in it that has no configuration of its own."""
    origin = get_origin(annotation)
    if origin is typing.Literal:
        return False
    if origin is typing.Annotated:
        return inherits_config(get_args(annotation)[0])
    if is_shaped(annotation):
        return own_config(origin or annotation) is None
    if is_named_tuple(annotation):
        return True
    if origin is not None:
        return any(map(inherits_config, get_args(annotation)))
    if isinstance(annotation, type):
        return False
    # What stands behind a name may be anything.
    return not any(annotation is each for each in (None, Any, Ellipsis))


def config_of_values(config: ConfigDict) -> ConfigDict:
    """What it says of the values of fields: the rest is about the objects that these are in."""
    ours = {name: value for name, value in config.items() if name not in _OBJECT_CONFIG}
    return cast("ConfigDict", ours)


def changes_text(config: ConfigDict) -> bool:
    """Whether a text may be changed by it, or refused."""
    return not _TEXT_CONFIG.isdisjoint(config)
