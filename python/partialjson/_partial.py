"""`Partial[T]`: the class of an object of type T that is still arriving."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import is_dataclass
from enum import Enum
from operator import is_
from types import SimpleNamespace, UnionType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ForwardRef,
    Literal,
    TypeGuard,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
)

import typing_extensions
from pydantic import VERSION, BaseModel, TypeAdapter

from partialjson._cells import cell_of, lock
from partialjson._dumping import let_open_objects_be_dumped
from partialjson._open_dataclass import (
    NO_SUBCLASS,
    OPEN_FIELD,
    SHOWN_FIELDS,
    WHOLE,
    OpenDataclass,
    new_instance,
    open_class,
    open_dataclass,
    schema_of_whole,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import core_schema

if tuple(map(int, re.findall(r"\d+", VERSION)[:3])) < (2, 10, 3):
    raise ImportError(f"Pydantic is {VERSION}, and has to be 2.10.3 or newer", name="pydantic")

_T = TypeVar("_T")
_SELF: Any = typing_extensions.Self

if TYPE_CHECKING:
    _Base = BaseModel
else:
    _Base = object


class OpenModel(_Base):
    """What every `Partial[T]` does in another way than T.

    It stands before T among the bases, so that code of T's own that reacts to subclasses (a
    registry in ``__init_subclass__``) does not see them.
    """

    __slots__ = ()

    def __init_subclass__(cls, **kwargs: object) -> None:
        if WHOLE not in vars(cls):
            raise TypeError(NO_SUBCLASS)

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: object) -> None:
        pass

    @classmethod
    def model_json_schema(cls, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """T's own schema, because a language model is asked for a whole T."""
        schema: dict[str, Any] = getattr(cls, WHOLE).model_json_schema(*args, **kwargs)
        return schema

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler, /
    ) -> JsonSchemaValue:
        whole: type[BaseModel] = getattr(cls, WHOLE)
        if cast("Any", schema).get("cls") is whole:
            # As the type of a field it is T already, and T has been asked.
            return handler(schema)
        return whole.__get_pydantic_json_schema__(whole.__pydantic_core_schema__, handler)

    @classmethod
    def __get_pydantic_core_schema__(
        cls,
        source: Any,
        handler: GetCoreSchemaHandler,
        /,
    ) -> core_schema.CoreSchema:
        whole = getattr(cls, WHOLE)
        if cls.__pydantic_complete__:
            return schema_of_whole(whole, handler)
        for field in cls.model_fields.values():
            # The copies that this class got of T's fields; T keeps its own.
            field.annotation = resolved(field.annotation, whole)
            if field.is_required():
                field.default = None
        schema = handler(source)
        let_open_objects_be_dumped(handler.resolve_ref_schema(schema))
        return schema

    def __copy__(self) -> Any:
        return _with_open_field(super().__copy__(), open_field(self))

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Any:
        copied = super().__deepcopy__(memo)
        return _with_open_field(copied, open_field(self))

    def __reduce__(self) -> tuple[Any, ...]:
        state = self.__getstate__()
        return _blank, (getattr(type(self), WHOLE), open_field(self)), state

    def __reduce_ex__(self, protocol: object, /) -> tuple[Any, ...]:
        return self.__reduce__()


def _blank(whole: type[BaseModel], field: str | None) -> BaseModel:
    """An object without content, for pickle to fill."""
    partial: type[BaseModel] = partial_class(whole)
    return _with_open_field(partial.__new__(partial), field)


def _with_open_field(obj: _T, field: str | None) -> _T:
    object.__setattr__(obj, OPEN_FIELD, field)
    return obj


def open_field(obj: object) -> str | None:
    """The field of a partial object that is still arriving, if one is."""
    return getattr(obj, OPEN_FIELD, None)


def resolved(annotation: Any, owner: Any) -> Any:
    """An annotation of a class with the class itself, where it refers to itself.

    ``Self`` is such a reference, and the placeholder that Pydantic leaves in generic models, which
    means something only while it makes the class. So is a name: Python 3.10 leaves those that are
    in ``list["User"]``.
    """
    if owner is None:
        return annotation
    if isinstance(annotation, str):
        return _named(annotation, owner)
    if type(annotation).__name__ == "PydanticRecursiveRef" or annotation is _SELF:
        return owner
    return made_anew(annotation, lambda each: resolved(each, owner))


def made_anew(annotation: Any, change: Callable[[Any], Any]) -> Any:
    """An annotation with what `change` makes of each type that it is put together of."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    inner = _types_in(annotation)
    anew = (*map(change, inner), *arguments[len(inner) :])
    if all(map(is_, anew, arguments)):
        return annotation
    if is_union(annotation):
        return Union[anew]  # noqa: UP007 - of any number
    return Annotated[anew] if origin is Annotated else origin[anew]


def _types_in(annotation: object) -> tuple[Any, ...]:
    """The types that it is put together of: no words, and nothing that is noted beside one."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return ()
    return arguments[:1] if origin is Annotated else arguments


def _named(name: str, owner: Any) -> Any:
    """What a name means in the module of a class; the name itself where that is not to be found."""
    holder = SimpleNamespace(__annotations__={"it": name})
    names = getattr(sys.modules.get(owner.__module__), "__dict__", {})
    try:
        hints = typing_extensions.get_type_hints(
            holder, names, {owner.__name__: owner}, include_extras=True
        )
    except NameError:
        return name
    return hints["it"]


_NO_TYPES = (TypeAdapter, dict, list, tuple, set, frozenset, Iterator, int, float, Enum)


def check_type(type_: object) -> None:
    """Refuse what is often given in place of a type: an object of it, a schema, ``[User]``."""
    class_ = type(type_)
    if issubclass(class_, BaseModel) or is_dataclass(class_):
        raise TypeError(f"expected a type such as {class_.__name__}, not an instance of it")
    if issubclass(class_, _NO_TYPES):
        what = f"an instance of {class_.__name__}"
        raise TypeError(f"expected a type, such as a model or list[int], not {what}")


def check_names(type_: object) -> None:
    """Refuse names in place of types: what they mean, only the module can tell that has them."""
    pending = [type_]
    while pending:
        each = pending.pop()
        if isinstance(each, str | ForwardRef):
            name = each if isinstance(each, str) else each.__forward_arg__
            raise TypeError(f"expected a type, not its name: pass {name} itself, not {name!r}")
        pending += _types_in(each)


def is_class(type_: Any, base: type | tuple[type, ...] = object) -> bool:
    """Whether `type_` is a class, and derived from `base`."""
    # On Python 3.10 `list[int]` is an instance of `type`.
    return isinstance(type_, type) and get_origin(type_) is None and issubclass(type_, base)


def is_union(type_: Any) -> bool:
    """Whether `type_` is a union, whichever way it is written."""
    return get_origin(type_) in (Union, UnionType)


def is_model(type_: Any) -> TypeGuard[type[BaseModel]]:
    """Whether `type_` is a model class."""
    return is_class(type_, BaseModel)


def partial_class(type_: Any) -> Any:
    """`Partial[type_]` of a model or dataclass: the same class at every call, while it lives."""
    if issubclass(type_, OpenModel | OpenDataclass):
        return type_
    if not is_model(type_):
        return open_dataclass(type_)
    cell = cell_of(type_)
    if cell.partial is None:
        token = _is_making.set(True)
        try:
            # Does nothing where forward references are resolved already. Before the lock is taken,
            # since Pydantic takes one of its own for this.
            type_.model_rebuild()
            with lock:
                if cell.partial is None:
                    cell.partial = _make_partial_class(type_)
        finally:
            _is_making.reset(token)
    return cell.partial


# Set while annotations may be evaluated in which a model mentions itself, perhaps by way of others.
_is_making = ContextVar("partialjson._is_making", default=False)


def _has_partial_class(type_: Any) -> bool:
    """Whether `Partial[type_]` is a class that is there, or can be made.

    It cannot in annotations of what is being made.
    """
    if not is_model(type_):
        return is_class(type_) and is_dataclass(type_)
    if cell_of(type_).partial is not None:
        return True
    return "__pydantic_fields__" in vars(type_) and not _is_making.get()


def _make_partial_class(model: type[BaseModel]) -> type[BaseModel]:
    # Complete at once, even where T is not: from then on its schema is that of a field. (Not as an
    # argument of the class, which a metaclass of T's own need not take.)
    config = {"defer_build": False}
    partial: type[BaseModel] = open_class(model, OpenModel, (OPEN_FIELD,), model_config=config)
    partial.__pydantic_computed_fields__ = {}
    return partial


def root_maker(partial: type) -> Callable[[Any], Any]:
    """What makes an open root model of its root."""

    def make(root: Any) -> Any:
        obj = new_instance(partial)
        set_slot = object.__setattr__
        set_slot(obj, "__dict__", {"root": root})
        set_slot(obj, "__pydantic_fields_set__", {"root"})
        set_slot(obj, "__pydantic_extra__", None)
        set_slot(obj, "__pydantic_private__", None)
        return obj

    return make


class _Mark:
    """Metadata of a field, for ``Annotated``."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return f"partialjson.{self._name}"

    def __reduce__(self) -> str:
        return self._name


Whole = _Mark("Whole")
"""Metadata of a field that shows only when it is complete: ``Annotated[str, Whole]``."""

Required = _Mark("Required")
"""Metadata of a field that hides its object until it shows: ``Annotated[str, Required]``."""


def whole_type(type_: Any) -> Any:
    """The T of `Partial[T]`; every other type is itself."""
    if is_class(type_, (OpenModel, OpenDataclass)):
        return getattr(type_, WHOLE)
    return type_.__origin__ if is_partial(type_) else type_


def is_partial(type_: Any) -> bool:
    """Whether `type_` was written ``Partial[...]``."""
    if is_class(type_):
        return issubclass(type_, OpenModel | OpenDataclass)
    return get_origin(type_) is Annotated and type_.__metadata__ == (Partial,)


def is_complete(obj: object) -> bool:
    """True for an object that has closed and was validated, False while it is partial.

    An object that closed but failed its validation stays partial.
    """
    return not isinstance(obj, OpenModel | OpenDataclass)


def state(obj: object, name: str) -> Literal["missing", "open", "complete"]:
    """How far the field `name` of `obj` is: ``"missing"``, ``"open"`` or ``"complete"``.

    `obj` is a model or a dataclass, partial or whole. Every field of a whole object is complete,
    even one that got its default. A field whose value has come but does not fit its type is
    missing. Raises AttributeError if there is no such field.
    """
    if name == open_field(obj):
        return "open"
    if isinstance(obj, BaseModel):
        known = {*type(obj).model_fields, *(obj.model_extra or ())}
        shown = obj.model_fields_set
    else:
        known = {*getattr(obj, "__dataclass_fields__", ())}
        shown = getattr(obj, SHOWN_FIELDS, known)
    if name not in known:
        raise AttributeError(f"{type(obj).__name__!r} has no field {name!r}")
    return "complete" if is_complete(obj) or name in shown else "missing"


if TYPE_CHECKING:
    # A checker then sees T, as a type and as a value (``type[T]``).
    Partial = Annotated[_T, "partial"]
else:

    class Partial:
        """`Partial[T]` is T with every field optional, for objects that are still arriving.

        For a model or dataclass it is a subclass of T, made once: ``Partial[User]`` is always the
        same class, and ``isinstance(obj, User)`` holds for its instances. Its JSON schema is T's
        own. For any other type it is that type with a mark, which `stream` and the SDK wrappers
        read. As the type of a field it means T, but also accepts an open object.

        Raises TypeError if it is called or subclassed.
        """

        def __new__(cls, *args: object, **kwargs: object) -> Any:
            raise TypeError("Partial cannot be instantiated: write Partial[T]")

        def __init_subclass__(cls, **kwargs: object) -> None:
            raise TypeError("Partial cannot be subclassed: write Partial[T]")

        def __class_getitem__(cls, type_: Any) -> Any:
            check_type(type_)
            if _has_partial_class(type_):
                return partial_class(type_)
            return type_ if is_partial(type_) else Annotated[type_, Partial]
