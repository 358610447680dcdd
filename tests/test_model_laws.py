"""The laws hold for typed values, too: any cuts, any documents, fitting or not."""

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from enum import Enum
from random import Random
from typing import Annotated, Any, Literal

from hypothesis import given
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic import field_validator as validator

import partialjson
from partialjson import MISSING, ModelParser
from tests.strategies import Choices, choices, cuts, dressed, examples, pieces, seeds


class Color(Enum):
    RED = "red"
    BLUE = "blue"


class Leaf(BaseModel):
    number: int
    text: str = "default"
    day: date | None = None
    color: Color = Color.RED
    choice: Literal["x", "y", 1] | None = None


class Point(BaseModel):
    x: float
    y: Decimal = Decimal(1)


class Tree(BaseModel):
    name: Annotated[str, Field(max_length=4)]
    kids: list["Tree"] = []
    leaf: Leaf | None = None
    leaves: dict[str, Leaf] = Field(default_factory=dict)
    numbered: dict[int, str] = {}
    triple: tuple[int, str, Point] | None = None
    names: set[str] = set()
    mixed: int | list[Point] | str | None = None
    any: Any = None
    alias: str = Field("none", validation_alias=AliasChoices("first", "second"))


class OpenTree(Tree):
    model_config = ConfigDict(extra="allow", populate_by_name=True)

    @validator("leaf", mode="before")
    @classmethod
    def leaf_of_number(cls, value: Any) -> Any:
        return {"number": value} if isinstance(value, int) else value


TYPES: list[Any] = [Tree, OpenTree, list[Tree], Leaf, dict[str, Tree], Tree | None]
KEYS = [*Tree.model_fields, *Leaf.model_fields, "first", "second", "x", "y", "1", "other"]
SCALARS = [
    "1", "1", "0", "7", "-2.5", "1e3", "12345678901234567890", "true", "null", '""', '"a"', '"x"',
    '"7"', '"red"', '"abcde"', '"ab\\u00e9\\n"', '"上海"', '"2024-01-02"',
]  # fmt: skip


def fitting(random: Random, depth: int) -> dict[str, Callable[[], str]]:
    """How to write a value that is likely to fit the field of that name."""

    def several(make: Callable[[], str]) -> str:
        return "[" + ",".join(make() for _ in range(random.randrange(4))) + "]"

    def leaf() -> str:
        more = random.choice(["", ',"text":"hey"', ',"day":"2024-01-02"', ',"number":5'])
        return f'{{"number":{random.choice(["1", "2", "x", "[]"]).replace("x", "null")}{more}}}'

    return {
        "name": lambda: random.choice(['"a"', '"abcd"', '"too long"']),
        "kids": lambda: several(lambda: some_object(random, depth + 1)),
        "leaf": leaf,
        "leaves": lambda: f'{{"k":{leaf()},"l":{leaf()},"k":{leaf()}}}',
        "numbered": lambda: '{"1":"a","x":"b","2":"c"}',
        "triple": lambda: '[1,"ab",{"x":1.5,"y":"2.50"}]',
        "names": lambda: '["a","bb","a"]',
        "mixed": lambda: random.choice(['"text"', "12", '[{"x":1}]', "null", '[{"x":"b"}]']),
    }


def some_value(random: Random, depth: int) -> str:
    kind = random.randrange(10) if depth < 5 else 0
    if kind < 5:
        return random.choice(SCALARS)
    if kind < 7:
        count = random.randrange(4)
        return "[" + ",".join(some_value(random, depth + 1) for _ in range(count)) + "]"
    return some_object(random, depth)


def some_object(random: Random, depth: int = 0) -> str:
    members = []
    for _ in range(random.randrange(6)):
        key = random.choice(KEYS)
        make = fitting(random, depth).get(key)
        value = make() if make and random.randrange(4) else some_value(random, depth + 1)
        space = random.choice(["", "", " ", "\n"])
        members.append(f"{space}{json.dumps(key)}{space}:{space}{value}")
    return "{" + ",".join(members) + "}"


def some_document(random: Random, type_: Any) -> bytes:
    if type_ == list[Tree]:
        return f"[{some_object(random)},{some_object(random)}]".encode()
    return some_object(random).encode()


def described(value: Any) -> Any:
    """All that can be seen of a value: types, contents, order, and how far its fields are."""
    if isinstance(value, BaseModel):
        names = [*type(value).model_fields, *(value.model_extra or ())]
        return (
            type(value),
            {name: described(each) for name, each in value.__dict__.items()},
            value.model_fields_set,
            described(value.model_extra),
            [partialjson.state(value, name) for name in names],
        )
    if isinstance(value, list | tuple):
        return type(value), [described(each) for each in value]
    if isinstance(value, dict):
        return dict, [(key, described(each)) for key, each in value.items()]
    return type(value), value


def ending(finish: Callable[[], Any]) -> Any:
    try:
        return described(finish())
    except ValidationError as error:
        return error.errors(include_url=False), str(error)


@examples(150)
@given(choices, seeds)
def test_any_split_gives_same_value(data: bytes, seed: int) -> None:
    random = Random(seed)
    type_ = random.choice(TYPES)
    strict = random.choice([None, None, True])
    document = some_document(Choices(data), type_)
    byte_by_byte: list[Any] = []
    parser: ModelParser[Any] = ModelParser(type_, strict=strict)
    for byte in document:
        byte_by_byte.append(described(parser.feed(bytes([byte]))))
    end = ending(parser.finish)
    for _ in range(3):
        parser = ModelParser(type_, strict=strict)
        for piece in pieces(document, cuts(random, len(document))):
            value = parser.feed(dressed(random, piece))
            if parser.offset:
                assert described(value) == byte_by_byte[parser.offset - 1]
        assert ending(parser.finish) == end


def refused(document: bytes, sizes: list[int], type_: Any, **options: Any) -> Any:
    """All that can be seen after the first error, or at the end."""
    parser: ModelParser[Any] = ModelParser(type_, **options)
    told: Any = None
    try:
        for piece in pieces(document, sizes):
            parser.feed(piece)
        parser.finish()
    except partialjson.ParseError as error:
        told = type(error), error.msg, error.pos, error.path, described(error.value)
    except ValidationError as error:
        told = error.errors(include_url=False)
    path = parser.open_path
    place = parser.offset, parser.text, path, parser.state(path or ())
    return told, parser.status, described(parser.value), place


@examples(150)
@given(choices, seeds)
def test_any_split_gives_same_refusal(data: bytes, seed: int) -> None:
    random = Random(seed)
    type_ = random.choice(TYPES)
    options: dict[str, Any] = {
        "fail_fast": random.random() < 0.5,
        "duplicate_keys": random.choice(["last", "error"]),
        "numbers": random.choice(["atomic", "eager"]),
        "strings": random.choice(["append", "atomic"]),
    }
    broken = bytearray(some_document(Choices(data), type_))
    if random.random() < 0.7:
        broken.insert(random.randrange(len(broken) + 1), random.choice(b'x}],:"1'))
    document = bytes(broken)
    expected = refused(document, list(range(len(document))), type_, **options)
    for _ in range(3):
        assert refused(document, cuts(random, len(document)), type_, **options) == expected


@examples(150)
@given(choices, seeds)
def test_the_end_is_that_of_pydantic(data: bytes, seed: int) -> None:
    random = Random(seed)
    type_ = random.choice(TYPES)
    strict = random.choice([None, None, True])
    document = some_document(Choices(data), type_)
    parser: ModelParser[Any] = ModelParser(type_, strict=strict)
    for piece in pieces(document, cuts(random, len(document))):
        parser.feed(piece)
    adapter: TypeAdapter[Any] = TypeAdapter(type_)
    expected = ending(lambda: adapter.validate_json(document, strict=strict))
    assert ending(parser.finish) == expected


@examples(150)
@given(choices, seeds)
def test_held_values_never_change(data: bytes, seed: int) -> None:
    random = Random(seed)
    type_ = random.choice(TYPES)
    document = some_document(Choices(data), type_)
    parser: ModelParser[Any] = ModelParser(type_)
    held = []
    for piece in pieces(document, cuts(random, len(document))):
        value = parser.feed(piece)
        # As text: a copy would hold the strings.
        held.append((value, repr(described(value))))
    for value, as_it_was in held:
        assert repr(described(value)) == as_it_was


@examples(150)
@given(choices, seeds)
def test_a_stream_yields_what_differs_and_only_that(data: bytes, seed: int) -> None:
    random = Random(seed)
    type_ = random.choice(TYPES)
    chunks = pieces(some_document(Choices(data), type_), cuts(random, 1000))
    parser: ModelParser[Any] = ModelParser(type_)
    fed = [parser.feed(chunk) for chunk in chunks]
    yielded: list[Any] = []
    stream = partialjson.stream(chunks, type_)
    assert ending(lambda: [yielded.append(each) for each in stream] and stream.final) == ending(
        parser.finish
    )
    expected: list[Any] = [MISSING]
    for value in fed:
        if value != expected[-1]:
            expected.append(value)
    # A value may come once more when a list closes, which leaves it as it was.
    without_repeats = [each for i, each in enumerate(yielded) if i == 0 or each != yielded[i - 1]]
    assert without_repeats == expected[1:]


@examples(100)
@given(choices, seeds)
def test_open_objects_can_be_dumped(data: bytes, seed: int) -> None:
    random = Random(seed)
    type_ = random.choice(TYPES)
    document = some_document(Choices(data), type_)
    parser: ModelParser[Any] = ModelParser(type_)
    for piece in pieces(document, cuts(random, len(document))):
        value = parser.feed(piece)
        if isinstance(value, BaseModel):
            plain = json.loads(value.model_dump_json())
            assert plain == value.model_dump(mode="json")
            assert set(type(value).model_fields) <= set(plain)
