from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, Literal, TypeAlias, final

from typing_extensions import Buffer, Self, Unpack, disjoint_base

from partialjson._types import Delta, Document, JSONValue, Options, Path

__all__ = [
    "MISSING",
    "SHORTCUTS",
    "Documents",
    "Items",
    "MissingType",
    "Parser",
    "Program",
    "TypedParser",
    "ValueIterator",
    "__version__",
    "iterparse",
    "loads",
]

_Chunk: TypeAlias = str | Buffer
_Numbers: TypeAlias = Literal["atomic", "eager"]
_Strings: TypeAlias = Literal["append", "atomic"]
_DuplicateKeys: TypeAlias = Literal["last", "error"]
_Values: TypeAlias = Literal["snapshot", "live"]

__version__: Final[str]
SHORTCUTS: Final[bool]

@final
class MissingType:
    def __new__(cls) -> MissingType: ...
    def __bool__(self) -> Literal[False]: ...
    def __reduce__(self) -> str: ...

MISSING: Final[MissingType]

@final
class Parser:
    def __new__(
        cls,
        *,
        numbers: _Numbers = "atomic",
        strings: _Strings = "append",
        duplicate_keys: _DuplicateKeys = "last",
        values: _Values = "snapshot",
        allow_nan: bool = False,
        max_depth: int | None = 1024,
        max_bytes: int | None = None,
        max_string_bytes: int | None = None,
        max_digits: int | None = ...,
        deltas: bool = False,
    ) -> Parser: ...
    def feed(self, chunk: _Chunk, /) -> JSONValue | MissingType: ...
    def write(self, chunk: _Chunk, /) -> int: ...
    @property
    def value(self) -> JSONValue | MissingType: ...
    def finish(self) -> JSONValue: ...
    @property
    def changed(self) -> bool: ...
    @property
    def status(self) -> Literal["empty", "open", "complete", "error"]: ...
    @property
    def open_path(self) -> Path | None: ...
    def state(self, path: Sequence[str | int], /) -> Literal["missing", "open", "complete"]: ...
    @property
    def offset(self) -> int: ...
    @property
    def completion(self) -> str: ...
    def take_deltas(self) -> list[Delta]: ...
    def reset(self) -> None: ...

@final
class Program:
    def __new__(cls, plan: object) -> Program: ...

@disjoint_base
class TypedParser:
    def __new__(
        cls,
        program: Program,
        validator: object,
        title: str,
        strict: bool | None,
        context: object,
        fail_fast: bool,
        options: dict[str, Any],
    ) -> Self: ...
    def feed(self, chunk: _Chunk, /) -> Any: ...
    def write(self, chunk: _Chunk, /) -> int: ...
    def advance(self, chunk: _Chunk, /) -> Any: ...
    @property
    def value(self) -> Any: ...
    def finish(self) -> Any: ...
    @property
    def status(self) -> Literal["empty", "open", "complete", "error"]: ...
    @property
    def open_path(self) -> Path | None: ...
    def state(self, path: Sequence[str | int], /) -> Literal["missing", "open", "complete"]: ...
    @property
    def offset(self) -> int: ...
    @property
    def completion(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def rest(self) -> str: ...
    def bytes_from(self, offset: int, /) -> bytes: ...
    def take_changed(self) -> bool: ...
    def take_deltas(self) -> list[Delta]: ...
    def reset(self) -> None: ...

@final
class ValueIterator(Iterator[JSONValue]):
    def __iter__(self) -> ValueIterator: ...
    def __next__(self) -> JSONValue: ...

@final
class Documents:
    def __new__(cls, **options: Unpack[Options]) -> Documents: ...
    def feed(self, chunk: _Chunk, /) -> list[Document]: ...
    def finish(self) -> list[Document]: ...
    def check(self) -> None: ...

@final
class Items:
    def __new__(cls, path: str | Sequence[str | int], /, **options: Unpack[Options]) -> Items: ...
    @staticmethod
    def of_array(key: str, /, **options: Unpack[Options]) -> Items: ...
    @property
    def array_at(self) -> int | None: ...
    def feed(self, chunk: _Chunk, /) -> list[JSONValue]: ...
    def finish(self) -> list[JSONValue]: ...
    def check(self) -> None: ...

def loads(
    data: _Chunk,
    /,
    *,
    numbers: _Numbers = "atomic",
    strings: _Strings = "append",
    duplicate_keys: _DuplicateKeys = "last",
    values: _Values = "snapshot",
    allow_nan: bool = False,
    max_depth: int | None = 1024,
    max_bytes: int | None = None,
    max_string_bytes: int | None = None,
    max_digits: int | None = ...,
    deltas: bool = False,
) -> JSONValue | MissingType: ...
def iterparse(
    chunks: Iterable[_Chunk],
    /,
    *,
    numbers: _Numbers = "atomic",
    strings: _Strings = "append",
    duplicate_keys: _DuplicateKeys = "last",
    values: _Values = "snapshot",
    allow_nan: bool = False,
    max_depth: int | None = 1024,
    max_bytes: int | None = None,
    max_string_bytes: int | None = None,
    max_digits: int | None = ...,
    deltas: bool = False,
) -> ValueIterator: ...
