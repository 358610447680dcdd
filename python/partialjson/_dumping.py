"""How objects that are still arriving are dumped: `model_dump` and its like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import PydanticSchemaGenerationError, TypeAdapter
from pydantic_core import SchemaSerializer, core_schema

if TYPE_CHECKING:
    from collections.abc import Callable

_AROUND = {"default", "dict", "frozenset", "list", "nullable", "set"}
_SERIALIZER = "__pydantic_serializer__"


def let_open_objects_be_dumped(schema: Any) -> None:
    """Change the schema of a model for what its open objects hold.

    Any field may be missing, and so be None; a nested model may be open, a tuple too short. Where
    a field is not what T says, it is dumped as what it is. What T computes from whole objects is
    left out.
    """
    while schema["type"] != "model-fields":
        # Serialization by a method of T's expects a whole T.
        schema.pop("serialization", None)
        inner = schema.get("schema")
        if inner is None:
            # T has made a schema of its own.
            return
        if schema.get("root_model"):
            schema["schema"] = _of_what_may_be_open(inner)
            return
        schema = inner
    schema["computed_fields"] = []
    schema["fields"] = {name: _open_field(each) for name, each in schema["fields"].items()}


def let_open_dataclass_be_dumped(partial: Any, whole: Any) -> None:
    """Give the class of the open ones a serializer of its own, as soon as T can have one."""
    if _SERIALIZER in vars(partial):
        return
    try:
        # If T is a dataclass of the standard library, it has no serializer itself.
        adapter = TypeAdapter(whole)
    except PydanticSchemaGenerationError:
        # Pydantic may take its fields only within a model whose configuration allows them.
        return
    # It may be deferred.
    adapter.rebuild(raise_errors=False)
    if adapter.pydantic_complete:
        schema = _of_open_dataclass(adapter.core_schema, partial)
        setattr(partial, _SERIALIZER, SchemaSerializer(schema))


def _of_open_dataclass(schema: Any, partial: Any) -> Any:
    """The schema of T, changed for open objects. What changes is copied: T keeps its own."""
    kind = schema["type"]
    if kind == "dataclass-args":
        fields = [_open_field(each) for each in schema["fields"]]
        return {**schema, "fields": fields, "computed_fields": []}
    if kind == "definitions" and schema["schema"]["type"] == "definition-ref":
        # It contains itself; the objects within may be whole.
        found = {each["ref"]: each for each in schema["definitions"]}
        itself = found[schema["schema"]["schema_ref"]]
        return {**schema, "schema": _of_open_dataclass(itself, partial)}
    if "schema" not in schema:
        return schema
    # Serialization by a method of T's expects a whole T.
    bare = {name: each for name, each in schema.items() if name not in ("serialization", "ref")}
    if kind == "dataclass":
        bare["cls"] = partial
    return {**bare, "schema": _of_open_dataclass(schema["schema"], partial)}


def _open_field(field: Any) -> Any:
    schema = field["schema"]
    opened = {**field, "schema": _of_what_may_be_open(schema)}
    exclude_if = field.get("serialization_exclude_if")
    inner = schema["schema"] if schema["type"] == "default" else schema
    if exclude_if is not None and inner["type"] != "nullable":
        opened["serialization_exclude_if"] = _unless_missing(exclude_if)
    return opened


def _unless_missing(exclude_if: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is not None and exclude_if(value)


def _of_what_may_be_open(inner: Any) -> Any:
    outer: dict[str, Any] = {"type": "default", "default": None}
    if inner["type"] == "default":
        outer = {**inner}
    written = outer.pop("serialization", None) or inner.get("serialization", {})
    bare = {name: value for name, value in inner.items() if name != "serialization"}
    if written.get("type") == "function-wrap" and "schema" not in written:
        # What the function is given, to write as T is written, may be open, too.
        inner = {**inner, "serialization": {**written, "schema": _or_anything(bare)}}
    elif written.get("type") == "function-plain":
        # Where it is not used, as in Python's mode, what is written as T may be open, too.
        inner = {**_or_anything(_with_what_may_be_open(bare)), "serialization": written}
    elif inner["type"] != "default" or not written:
        inner = _or_anything(_with_what_may_be_open(inner))
    outer["schema"] = core_schema.nullable_schema(inner)
    return outer


def _with_what_may_be_open(schema: Any) -> Any:
    """A list or the like in which any object may be open, while others are whole."""
    kind = schema["type"]
    if kind in ("dataclass", "definition-ref"):
        return _or_anything(schema)
    if kind == "tuple":
        return {**schema, "items_schema": [*map(_with_what_may_be_open, schema["items_schema"])]}
    if kind not in _AROUND:
        return schema
    opened = {
        name: _with_what_may_be_open(schema[name])
        for name in ("schema", "items_schema", "values_schema")
        if name in schema
    }
    return {**schema, **opened}


def _or_anything(schema: Any) -> Any:
    # Validation, which nobody asks of an open object, is that of T, while a serializer is made
    # of the strict branch.
    anything = core_schema.union_schema([schema, core_schema.any_schema()])
    return core_schema.lax_or_strict_schema(schema, anything)
