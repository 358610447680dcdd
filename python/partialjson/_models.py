"""`ModelParser`: the parser, with typed values."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from pydantic import TypeAdapter

from partialjson._annotations import plan_of, program_of
from partialjson._cells import known_program
from partialjson._partial import Partial, check_names, check_type, is_model, whole_type
from partialjson._partialjson import Program, TypedParser

if TYPE_CHECKING:
    from typing_extensions import Buffer, Self, Unpack

    from partialjson._types import Options

T = TypeVar("T")


class ModelParser(TypedParser, Generic[T]):
    """A `Parser` whose values are of type T, as far as they have arrived.

    T is a Pydantic model, or any other type that `pydantic.TypeAdapter` takes. An open object is
    an instance of `Partial[T]`. When it closes, it is validated and becomes a real T. Text and
    lists show while they grow; numbers, dates and the like show when they are complete.

    `strict` and `context` go to Pydantic. With `fail_fast`, an error is raised as soon as it is
    certain, not at the end. The other options are those of `Parser`.

    Raises ValueError for ``values="live"``: a typed value is a new object whenever it changes.
    """

    @overload
    def __init__(
        self,
        type_: type[T],
        /,
        *,
        context: Any = None,
        strict: bool | None = None,
        fail_fast: bool = False,
        **options: Unpack[Options],
    ) -> None: ...

    # For what checkers do not take for a ``type[T]``, as unions.
    @overload
    def __init__(
        self: ModelParser[Any],
        type_: Any,
        /,
        *,
        context: Any = None,
        strict: bool | None = None,
        fail_fast: bool = False,
        **options: Unpack[Options],
    ) -> None: ...

    def __init__(self, type_: Any, /, **options: Any) -> None:
        pass

    def __new__(
        cls,
        type_: Any,
        /,
        *,
        context: Any = None,
        strict: bool | None = None,
        fail_fast: bool = False,
        **options: Unpack[Options],
    ) -> Self:
        if options.get("values") == "live":
            raise ValueError("a ModelParser has no live values: each value is a new object")
        program, validator = _compiled(type_)
        return super().__new__(
            cls, program, validator, validator.title, strict, context, fail_fast, {**options}
        )

    def __repr__(self) -> str:
        return f"<partialjson.ModelParser {self.status} at byte {self.offset}>"

    if TYPE_CHECKING:
        # With the type of the value, which the compiled part does not know.

        def feed(self, chunk: str | Buffer, /) -> T: ...
        def finish(self) -> T: ...
        @property
        def value(self) -> T: ...


def _compiled(type_: Any) -> tuple[Program, Any]:
    program = known_program(type_)
    if program is not None:
        # Mostly: that the type is one, and a model, would take longer to see than all else here.
        return program, type_.__pydantic_validator__
    if type_ is Partial:
        raise TypeError("Partial needs a type: write Partial[T]")
    check_type(type_)
    type_ = whole_type(type_)
    check_names(type_)
    if is_model(type_):
        # The class keeps its program, as it keeps its validator.
        return program_of(type_), type_.__pydantic_validator__
    try:
        return _compiled_other(type_, repr(type_))
    except TypeError:
        # A type that cannot be hashed, because of its metadata.
        return _compiled_other.__wrapped__(type_, "")


@lru_cache(maxsize=128)
def _compiled_other(type_: Any, _text: str) -> tuple[Program, Any]:
    # Unions are equal in any order of their members, which Pydantic tries in the order given.
    adapter = TypeAdapter(type_)
    # Raises where a name is not defined yet: what is read until then must not be kept.
    _ = adapter.validator.title
    return Program(plan_of(type_)), adapter.validator
