"""The laws hold for types that nobody thought of: generated ones, and documents for them."""

import copy
import dataclasses
import json
from collections.abc import Callable
from dataclasses import make_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from random import Random
from typing import Annotated, Any, Literal, NamedTuple
from uuid import UUID

from hypothesis import given
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    RootModel,
    SecretStr,
    TypeAdapter,
    ValidationError,
    create_model,
)
from typing_extensions import TypedDict

import partialjson
from partialjson import MISSING, ModelParser
from tests.model_table.looks import assert_grew, is_object, look, whole_objects
from tests.strategies import Choices, choices, cuts, dressed, examples, pieces, seeds

Write = Callable[[Random], str]
"""How to write a document for a type."""


class Color(Enum):
    RED = "red"
    BLUE = "blue"


def text(random: Random) -> str:
    texts = ("", "a", "7", "red", "上海", 'q"\\\n', "😀", "2024-01-02", "rather longer")
    return json.dumps(random.choice(texts), ensure_ascii=random.random() < 0.5)


def one_of(*documents: str) -> Write:
    return lambda random: random.choice(documents)


SCALARS: list[tuple[Any, Write]] = [
    (str, text),
    (str, text),
    (Annotated[str, Field(max_length=5)], text),
    (int, one_of("0", "7", "-12", "12345678901234567890")),
    (int, one_of("7", '"7"', "7.0")),
    (float, one_of("1.5", "2", "-0.0", "1e300")),
    (bool, one_of("true", "false")),
    (Decimal, one_of('"1.50"', "2.5")),
    (date, one_of('"2024-01-02"')),
    (UUID, one_of('"00000000-0000-0000-0000-000000000007"')),
    (bytes, text),
    (SecretStr, text),
    (Color, one_of('"red"', '"blue"')),
    (Literal["on", 1, None], one_of('"on"', "1", "null")),
    (Annotated[int, Field(ge=0)], one_of("0", "7")),
    (str | int, one_of('"7"', "7")),
    (date | str, one_of('"2024-01-02"', '"x"')),
    (Any, one_of("1", '"ab"', "[1,[]]", '{"a":{"b":["c"]}}', "null")),
]


def spaced(random: Random, parts: list[str], brackets: str) -> str:
    between = random.choice((",", ", ", " ,\n"))
    return brackets[0] + between.join(parts) + brackets[1]


def any_type(random: Random, depth: int) -> tuple[Any, Write]:
    """Draw a type, and how to write what fits it."""
    kinds = [a_list, a_dict, a_tuple, a_set, optional, tagged, a_model, a_model, a_record]
    if depth == 0 or random.random() < 0.4:
        return random.choice(SCALARS)
    return random.choice(kinds)(random, depth - 1)


def several(write: Write, most: int = 4) -> Write:
    return lambda random: spaced(
        random, [write(random) for _ in range(random.randrange(most))], "[]"
    )


def a_list(random: Random, depth: int) -> tuple[Any, Write]:
    type_, write = any_type(random, depth)
    return random.choice((list[type_], tuple[type_, ...])), several(write)


def a_set(random: Random, depth: int) -> tuple[Any, Write]:
    type_, write = random.choice([each for each in SCALARS if each[0] in (str, int, UUID, date)])
    return random.choice((set[type_], frozenset[type_])), several(write)


def a_tuple(random: Random, depth: int) -> tuple[Any, Write]:
    (one, write_one), (other, write_other) = any_type(random, depth), any_type(random, depth)
    return tuple[one, other], lambda r: spaced(r, [write_one(r), write_other(r)], "[]")


def a_dict(random: Random, depth: int) -> tuple[Any, Write]:
    type_, write = any_type(random, depth)
    keys = random.choice((("a", "b", "é"), ("1", "2", "30")))

    def several_items(r: Random) -> str:
        return spaced(r, [f'"{key}":{write(r)}' for key in keys if r.random() < 0.6], "{}")

    key: Any = int if "1" in keys else str
    return dict[key, type_], several_items


def optional(random: Random, depth: int) -> tuple[Any, Write]:
    type_, write = any_type(random, depth)
    return type_ | None, lambda r: "null" if r.random() < 0.2 else write(r)


def some_fields(random: Random, depth: int) -> dict[str, tuple[Any, Write]]:
    names = ("a", "b", "c", "d")[: random.randrange(5)]
    return {name: any_type(random, depth) for name in names}


def members(fields: dict[str, tuple[Any, Write]], optional: bool = False) -> Write:
    """How to write an object with these fields in any order, some of them perhaps missing."""

    def write(random: Random) -> str:
        names = list(fields)
        random.shuffle(names)
        names = [name for name in names if not optional or random.random() < 0.8]
        parts = [f'"{name}": {fields[name][1](random)}' for name in names]
        if random.random() < 0.1:
            parts.append('"unknown":["x",{}]')
        return spaced(random, parts, "{}")

    return write


def a_model(random: Random, depth: int) -> tuple[Any, Write]:
    fields = some_fields(random, depth)
    kind = random.randrange(6)
    config = ConfigDict(
        extra=random.choice(("ignore", "allow", "forbid")),
        frozen=random.random() < 0.2,
        strict=random.random() < 0.2,
    )
    if kind == 0 and fields:
        type_, write = fields["a"]
        return RootModel[type_], write
    if kind < 3:
        all_optional: Any = {name: (type_ | None, None) for name, (type_, _) in fields.items()}
        return create_model("Loose", __config__=config, **all_optional), members(fields, True)
    needed: Any = {name: (type_, ...) for name, (type_, _) in fields.items()}
    return create_model("Needed", __config__=config, **needed), members(fields, kind == 5)


def a_record(random: Random, depth: int) -> tuple[Any, Write]:
    fields = some_fields(random, depth)
    plain = [(name, type_) for name, (type_, _) in fields.items()]
    match random.randrange(3):
        case 0:
            return make_dataclass("Record", plain), members(fields)
        case 1:
            return TypedDict("Typed", dict(plain), total=False), members(fields, True)
        case _:
            named: Any = NamedTuple("Named", plain)
            return named, lambda r: spaced(r, [write(r) for _, write in fields.values()], "[]")


def tagged(random: Random, depth: int) -> tuple[Any, Write]:
    one, other = some_fields(random, depth), some_fields(random, depth)
    tag = ("kind", "k", "zz")[random.randrange(3)]
    fields = []
    for name, extra in (("one", one), ("other", other)):
        extra[tag] = (Literal[name], one_of(f'"{name}"'))
        needed: Any = {field: (type_, ...) for field, (type_, _) in extra.items()}
        fields.append(create_model(name.title(), **needed))
    union = Annotated[fields[0] | fields[1], Field(discriminator=tag)]
    return union, lambda r: members(r.choice((one, other)))(r)


def spoiled(random: Random, document: str) -> str:
    """Put something into the document that, as often as not, does not fit there."""
    found = json.loads(document)
    steps = random.randrange(4)
    holder: Any = None
    place: Any = None
    node = found
    for _ in range(steps + 1):
        places = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not places:
            break
        holder, place = node, random.choice(places)
        node = holder[place]
        if not isinstance(node, dict | list):
            break
    if holder is not None:
        holder[place] = random.choice((None, "x", 7, [], {}, [1], {"a": 1}, -0.5, "2024"))
    return json.dumps(found)


def case(data: bytes) -> tuple[Any, bytes, bool | None, Random]:
    """Draw a type, a document for it or nearly so, and whether to be strict."""
    random = Choices(data)
    shape = random.choice((a_model, a_model, a_list, a_dict, tagged, a_record, optional))
    type_, write = shape(random, 3)
    document = write(random)
    if document[0] in "{[" and random.random() < 0.3:
        document = spoiled(random, document)
    return type_, document.encode(), random.choice((None, None, True)), random


def ended(call: Callable[[], Any]) -> Any:
    try:
        value = call()
    except ValidationError as error:
        return error.errors(include_url=False, include_context=False), str(error)
    # Equal sets may be shown in different orders.
    shown = look(value)
    return shown, repr(value) if "set'>" not in str(shown) else None


@examples(120)
@given(choices, seeds)
def test_the_end_is_that_of_pydantic(data: bytes, seed: int) -> None:
    type_, document, strict, random = case(data)
    random = Random(seed)
    parser: ModelParser[Any] = ModelParser(type_, strict=strict)
    for piece in pieces(document, cuts(random, len(document))):
        parser.feed(dressed(random, piece))
    adapter: TypeAdapter[Any] = TypeAdapter(type_)
    assert ended(parser.finish) == ended(lambda: adapter.validate_json(document, strict=strict))


@examples(150)
@given(choices, seeds)
def test_any_split_gives_same_value(data: bytes, seed: int) -> None:
    type_, document, strict, _ = case(data)
    random = Random(seed)
    parser: ModelParser[Any] = ModelParser(type_, strict=strict)
    byte_by_byte = [look(parser.feed(bytes([byte]))) for byte in document]
    for _ in range(2):
        parser = ModelParser(type_, strict=strict)
        for piece in pieces(document, cuts(random, len(document))):
            value = parser.feed(dressed(random, piece))
            if parser.offset:
                assert look(value) == byte_by_byte[parser.offset - 1]


@examples(150)
@given(choices, seeds)
def test_snapshots_grow_and_stay_as_they_were(data: bytes, seed: int) -> None:
    type_, document, strict, _ = case(data)
    parser: ModelParser[Any] = ModelParser(type_, strict=strict)
    random = Random(seed)
    held: list[tuple[Any, str, Any]] = []
    closed: dict[Any, Any] = {}
    for piece in pieces(document[:-1], cuts(random, len(document) - 1)):
        value = parser.feed(piece)
        if held:
            assert_grew(held[-1][0], value)
        # A copy holds the strings of what it is one of.
        copied = copy.deepcopy(value) if random.random() < 0.5 else None
        held.append((value, repr(look(value)), copied))
        now = dict(whole_objects(value))
        for path, each in closed.items():
            assert now[path] is each or made_anew(path, now), f"another object at {path}"
        closed = now
    for value, seen, copied in held:
        assert repr(look(value)) == seen
        assert copied is None or repr(look(copied)) == seen


def made_anew(path: Any, objects: dict[Any, Any]) -> bool:
    """Whether an object is in a dataclass: a strict one is made of its JSON, not of its parts."""
    around = (objects.get(path[:end]) for end in range(len(path)))
    return any(map(dataclasses.is_dataclass, around))


@examples(80)
@given(choices, seeds)
def test_snapshots_are_objects_to_use(data: bytes, seed: int) -> None:
    type_, document, strict, _ = case(data)
    parser: ModelParser[Any] = ModelParser(type_, strict=strict)
    for piece in pieces(document[:-1], cuts(Random(seed), len(document) - 1)):
        value = parser.feed(piece)
        assert value is MISSING or repr(value)
        assert value == copy.copy(value)
        if isinstance(value, BaseModel):
            assert json.loads(value.model_dump_json()) == value.model_dump(mode="json")
        if isinstance(type_, type) and issubclass(type_, BaseModel) and value is not MISSING:
            assert isinstance(value, type_)


def errors_of(call: Callable[[], Any]) -> set[Any]:
    """Where and how a document does not fit."""
    try:
        call()
    except ValidationError as error:
        return {(each["loc"], each["type"]) for each in error.errors()}
    return set()


@examples(150)
@given(choices, seeds)
def test_failing_fast_fails_only_where_the_end_would(data: bytes, seed: int) -> None:
    type_, document, strict, _ = case(data)
    parser: ModelParser[Any] = ModelParser(type_, strict=strict, fail_fast=True)
    chunks = pieces(document, cuts(Random(seed), len(document)))
    fast = errors_of(lambda: [*map(parser.feed, chunks), parser.finish()])
    end = errors_of(lambda: TypeAdapter(type_).validate_json(document, strict=strict))
    assert fast <= end
    assert bool(fast) == bool(end)


def test_the_generator_makes_documents_of_every_kind() -> None:
    fits, kinds = 0, set()
    random = Random(0)
    for _ in range(300):
        type_, document, strict, _ = case(random.randbytes(300))
        try:
            value = TypeAdapter(type_).validate_json(document, strict=strict)
        except ValidationError:
            continue
        fits += 1
        kinds.add(type(value).__name__ if is_object(value) else type(value))
        assert partialjson.loads(document) == json.loads(document)
        assert dataclasses.is_dataclass(type(value)) == ("Record" in type(value).__name__)
    assert 100 < fits < 300
    assert {"Loose", "Needed", "One", "Other", "Record", list, dict, tuple} <= kinds
