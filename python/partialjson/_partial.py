"""`Partial[T]`: the class of an object of type T that is still arriving."""

# ruff: noqa: ANN401 - values and types of any kind pass through here

from __future__ import annotations

import threading
from types import new_class
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Literal,
    Optional,
    TypeVar,
    cast,
    get_args,
    get_origin,
)

from pydantic import BaseModel
from pydantic_core import core_schema

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue

__all__ = ["Partial", "is_complete", "is_partial", "partial_class", "state", "whole_type"]

_T = TypeVar("_T")

# The slot of an open object that names its open field. Not in ``__dict__``, so that it is no
# field, and not in ``__pydantic_private__``, so that it takes no part in ``==``.
OPEN_FIELD = "__partialjson_open__"

lock = threading.RLock()
"""Held while a model class is read or gets its partial class."""


class _Cell:
    """What a model class remembers for us, in its own ``__dict__``: it then goes with the class.

    A weak dictionary could not do that: its values are subclasses of its keys. Pickled by value
    (as cloudpickle does with classes) it is empty, and is filled again where it arrives.
    """

    __slots__ = ("partial", "plan", "program", "whole")
    name = "__partialjson__"

    def __init__(self) -> None:
        self.partial: type[BaseModel] | None = None
        self.whole: type[BaseModel] | None = None
        self.plan: Any = None
        self.program: Any = None

    def __reduce__(self) -> tuple[type[_Cell], tuple[()]]:
        return _Cell, ()


def cell_of(model: type[BaseModel]) -> _Cell:
    """The cell of `model` itself, not of a class that it inherits from."""
    cell = vars(model).get(_Cell.name)
    if not isinstance(cell, _Cell):
        with lock:
            cell = vars(model).get(_Cell.name)
            if not isinstance(cell, _Cell):
                cell = _Cell()
                type.__setattr__(model, _Cell.name, cell)
    return cell


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
        pass

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: object) -> None:
        pass

    @classmethod
    def model_json_schema(cls, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """T's own schema: the whole T is what is asked for."""
        return whole_class(cls).model_json_schema(*args, **kwargs)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler, /
    ) -> JsonSchemaValue:
        whole = whole_class(cls)
        return whole.__get_pydantic_json_schema__(whole.__pydantic_core_schema__, handler)

    @classmethod
    def __get_pydantic_core_schema__(
        cls,
        source: Any,
        handler: GetCoreSchemaHandler,
        /,
    ) -> core_schema.CoreSchema:
        for field in cls.model_fields.values():
            # The copies that this class got of T's fields; T keeps its own.
            if field.is_required():
                field.default = None
                field.annotation = cast("Any", Optional[field.annotation])  # noqa: UP045
        schema = handler(source)
        _let_open_objects_be_dumped(handler.resolve_ref_schema(schema))
        return schema

    def __copy__(self) -> Any:
        return _with_open_field(super().__copy__(), open_field(self))

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Any:
        copied = super().__deepcopy__(memo)
        return _with_open_field(copied, open_field(self))

    def __reduce__(self) -> tuple[Any, ...]:
        state = self.__getstate__()
        return _blank, (whole_class(type(self)), open_field(self)), state

    def __reduce_ex__(self, protocol: object, /) -> tuple[Any, ...]:
        return self.__reduce__()


def _blank(whole: type[BaseModel], field: str | None) -> BaseModel:
    """An object without content, for pickle to fill."""
    partial = partial_class(whole)
    return _with_open_field(partial.__new__(partial), field)


def _with_open_field(obj: _T, field: str | None) -> _T:
    object.__setattr__(obj, OPEN_FIELD, field)
    return obj


def open_field(obj: object) -> str | None:
    """The field of a partial object that is still arriving, if one is."""
    return getattr(obj, OPEN_FIELD, None)


def _let_open_objects_be_dumped(schema: Any) -> None:
    """Change the schema of a model for what its open objects hold.

    Any field may be missing, and so be None; a nested model may be open, a tuple too short. Where
    a field is not what T says, it is dumped as what it is. What T computes from whole objects is
    left out.
    """
    while schema["type"] != "model-fields":
        # Serialization by a method of T's expects a whole T.
        schema.pop("serialization", None)
        schema = schema.get("schema")
        if schema is None:
            # A root model, which has no fields. It shows when it is complete.
            return
    schema["computed_fields"] = []
    for field in schema["fields"].values():
        inner: Any = field["schema"]
        outer: dict[str, Any] = {"type": "default", "default": None}
        if inner["type"] == "default":
            outer = {**inner}
        if outer.pop("serialization", None) is None:
            # Validation, which nobody asks of an open object, is that of T, while a serializer
            # is made of the strict branch.
            anything = core_schema.union_schema([inner, core_schema.any_schema()])
            inner = core_schema.lax_or_strict_schema(inner, anything)
        outer["schema"] = core_schema.nullable_schema(inner)
        field["schema"] = outer


def mentions_model(annotation: Any) -> bool:
    """Whether a model is somewhere in `annotation`."""
    if is_model(annotation):
        return True
    inner = getattr(annotation, "__value__", None)
    return any(map(mentions_model, get_args(annotation) if inner is None else (inner,)))


def is_model(type_: Any) -> bool:
    """Whether `type_` is a model class."""
    # On Python 3.10 `list[int]` is an instance of `type`.
    return isinstance(type_, type) and get_origin(type_) is None and issubclass(type_, BaseModel)


def partial_class(model: type[BaseModel]) -> type[BaseModel]:
    """`Partial[model]`: the same class at every call, as long as `model` lives."""
    if issubclass(model, OpenModel):
        return model
    cell = cell_of(model)
    if cell.partial is None:
        # Does nothing where forward references are resolved already. Before the lock is taken,
        # since Pydantic takes one of its own for this.
        model.model_rebuild()
        with lock:
            if cell.partial is None:
                cell.partial = _make_partial_class(model)
    return cell.partial


def _make_partial_class(model: type[BaseModel]) -> type[BaseModel]:
    whole = _Cell()
    whole.whole = model
    namespace = {
        "__module__": model.__module__,
        "__qualname__": f"Partial[{model.__qualname__}]",
        "__doc__": model.__doc__,
        "__slots__": (OPEN_FIELD,),
        _Cell.name: whole,
    }
    bases = (OpenModel, model)
    partial: type[BaseModel] = new_class(
        f"Partial[{model.__name__}]", bases, exec_body=lambda body: body.update(namespace)
    )
    partial.__pydantic_computed_fields__ = {}
    return partial


def whole_class(partial: type) -> type[BaseModel]:
    """The T of a class `Partial[T]`."""
    whole: type[BaseModel] | None = vars(partial)[_Cell.name].whole
    assert whole is not None
    return whole


def whole_type(type_: Any) -> Any:
    """The T of `Partial[T]`; every other type is itself."""
    if is_model(type_):
        return whole_class(type_) if issubclass(type_, OpenModel) else type_
    return type_.__origin__ if is_partial(type_) else type_


def is_partial(type_: Any) -> bool:
    """Whether `type_` was written ``Partial[...]``."""
    if is_model(type_):
        return issubclass(type_, OpenModel)
    return get_origin(type_) is Annotated and type_.__metadata__ == (Partial,)


def is_complete(obj: object) -> bool:
    """True for an object that has closed and was validated, False while it is partial.

    An object that closed and failed its validation stays partial.
    """
    return not isinstance(obj, OpenModel)


def state(obj: BaseModel, name: str) -> Literal["missing", "open", "complete"]:
    """How far the field `name` of `obj` has come: ``"missing"``, ``"open"`` or ``"complete"``.

    Every field of a whole object is complete, those that got their default too. A field whose
    value has come and does not fit its type is missing. Raises AttributeError where the model
    has no such field.
    """
    if name not in type(obj).model_fields and name not in (obj.model_extra or ()):
        if name == open_field(obj):
            return "open"
        raise AttributeError(f"{type(obj).__name__!r} has no field {name!r}")
    if not isinstance(obj, OpenModel):
        return "complete"
    if name == open_field(obj):
        return "open"
    return "complete" if name in obj.model_fields_set else "missing"


if TYPE_CHECKING:
    # A checker then sees T, as a type and as a value (``type[T]``).
    Partial = Annotated[_T, "partial"]
else:

    class Partial:
        """`Partial[T]` is T with every field optional, for objects that are still arriving.

        For a model class it is a subclass of T, made once: ``Partial[User] is Partial[User]``,
        and ``isinstance(obj, User)`` holds for its instances. Its JSON schema is T's own. For
        any other type it is that type with a mark, which `stream` and the SDK wrappers read.

        Raises TypeError when it is called or subclassed.
        """

        def __new__(cls, *args: object, **kwargs: object) -> Any:
            raise TypeError("Partial has no instances: write Partial[T]")

        def __init_subclass__(cls, **kwargs: object) -> None:
            raise TypeError("Partial cannot be subclassed: write Partial[T]")

        def __class_getitem__(cls, type_: Any) -> Any:
            if is_model(type_):
                return partial_class(type_)
            return type_ if is_partial(type_) else Annotated[type_, Partial]
