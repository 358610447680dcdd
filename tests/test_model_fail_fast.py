"""`fail_fast=True`: what is refused where it stands, and what may still be mended."""

from dataclasses import make_dataclass
from datetime import date
from typing import Annotated, Any, Literal, NamedTuple

import pytest
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    OnErrorOmit,
    PlainValidator,
    RootModel,
    TypeAdapter,
    ValidationError,
    WrapValidator,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticOmit
from typing_extensions import Self, TypedDict

from partialjson import MISSING, ModelParser, Partial
from tests.models import Geo, User, field, shown


@pytest.mark.parametrize(
    ("type_", "text", "loc", "kind"),
    [
        (User, '{"username":1,', ("username",), "string_type"),
        (User, '{"address":{"geo":{"lat":"north"', ("address", "geo", "lat"), "float_parsing"),
        (User, '{"address":{"geo":{"lat":1}', ("address", "geo", "lon"), "missing"),
        (User, '{"tags":{}', ("tags",), "list_type"),
        (User, '{"tags":["a",1,', ("tags", 1), "string_type"),
        (list[int], '[1,"x"', (1,), "int_parsing"),
        (dict[str, tuple[str, int]], '{"a":null', ("a",), "tuple_type"),
        (dict[str, list[date]], '{"a":["2024"', ("a", 0), "date_from_datetime_inexact"),
        (field(int, extra="forbid"), '{"other"', ("other",), "extra_forbidden"),
        (
            field(make_dataclass("Record", [("x", int)]), extra="forbid"),
            '{"it":{"other"',
            ("it", "other"),
            "unexpected_keyword_argument",
        ),
        (field(Literal["a", "b"]), '{"it":"c', ("it",), "literal_error"),
    ],
)
def test_fail_fast(type_: Any, text: str, loc: tuple[Any, ...], kind: str) -> None:
    parser: ModelParser[Any] = ModelParser(type_, fail_fast=True)
    parser.feed(text[:-1])
    with pytest.raises(ValidationError) as caught:
        parser.feed(text[-1])
    (error,) = caught.value.errors()
    assert (error["loc"], error["type"]) == (loc, kind)
    assert parser.status == "error"
    for again in (parser.finish, lambda: parser.feed(" "), lambda: parser.write(" ")):
        with pytest.raises(ValidationError) as repeated:
            again()
        assert repeated.value is caught.value
    assert parser.value is not MISSING
    # Without it the same text passes until the end.
    patient: ModelParser[Any] = ModelParser(type_)
    patient.feed(text)


def test_fail_fast_spares_what_a_validator_may_mend() -> None:
    class Model(BaseModel):
        number: int
        inner: Geo | None = None

        @field_validator("number", "inner", mode="before")
        @classmethod
        def mend(cls, value: Any) -> Any:
            return 7 if value == "seven" else None if value == {} else value

    parser = ModelParser(Model, fail_fast=True)
    value = parser.feed('{"number":"seven","inner":{}')
    assert value.number is None
    assert parser.feed("}") == Model(number=7, inner=None)


def zero_for_bad(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: 0 if each == "bad" else each for key, each in value.items()}
    return [each for each in value if each != "bad"] if isinstance(value, list) else value


def zero_where_refused(value: Any, handler: Any) -> Any:
    try:
        return handler(value)
    except ValidationError:
        return handler(zero_for_bad(value))


class Point(BaseModel):
    x: int


class Span(NamedTuple):
    first: int
    last: int = 0


class Numbers(RootModel[list[int]]):
    pass


class MendedNumbers(RootModel[list[int]]):
    @field_validator("root", mode="before")
    @classmethod
    def mend(cls, value: Any) -> Any:
        return zero_for_bad(value)


class TaggedPoint(Point):
    kind: Literal["point"]


class TaggedSize(BaseModel):
    kind: Literal["size"]
    width: int


MEND = BeforeValidator(zero_for_bad)
MENDED = [
    (Annotated[list[int], MEND], '[1,"bad",2]'),
    (Annotated[list[int] | None, MEND], '[1,"bad",2]'),
    (Annotated[int | list[int], MEND], '[1,"bad",2]'),
    (Annotated[list[list[int]], MEND], '[[1],"bad"]'),
    (Annotated[tuple[int, int], MEND], '[1,"bad",2]'),
    (Annotated[set[int], MEND], '[1,"bad",2]'),
    (Annotated[dict[str, int], MEND], '{"a":"bad"}'),
    (Annotated[Point, MEND], '{"x":"bad"}'),
    (Annotated[Point | None, MEND], '{"x":"bad"}'),
    (Annotated[make_dataclass("Spot", [("x", int)]), MEND], '{"x":"bad"}'),
    (Annotated[TypedDict("Spot", {"x": int}), MEND], '{"x":"bad"}'),
    (Annotated[Span, MEND], '[1,"bad",2]'),
    (Annotated[Numbers, MEND], '[1,"bad",2]'),
    (MendedNumbers, '[1,"bad",2]'),
    (
        Annotated[TaggedPoint | TaggedSize, Field(discriminator="kind"), MEND],
        '{"kind":"point","x":"bad"}',
    ),
    (
        Annotated[
            Annotated[TaggedPoint, MEND] | TaggedSize,
            Field(discriminator="kind"),
        ],
        '{"kind":"point","x":"bad"}',
    ),
    (
        Annotated[
            TaggedPoint | TaggedSize,
            Field(discriminator="kind"),
            WrapValidator(zero_where_refused),
        ],
        '{"kind":"point","x":"bad"}',
    ),
    (Annotated[Point, WrapValidator(zero_where_refused)], '{"x":"bad"}'),
    (Annotated[Point, PlainValidator(lambda value: Point(x=len(value)))], '{"x":"bad"}'),
    (Annotated[Point, BeforeValidator(lambda value: {"x": 1})], "[1]"),
    (Annotated[list[int], BeforeValidator(lambda value: [1])], "{}"),
    (Annotated[list[int], BeforeValidator(lambda value: [1])], '"text"'),
]


@pytest.mark.parametrize("around", ["{}", "[{}]", '{{"it":{}}}', '{{"it":{{"a":[{}]}}}}'])
@pytest.mark.parametrize(("type_", "text"), MENDED)
def test_fail_fast_spares_what_metadata_may_mend(type_: Any, text: str, around: str) -> None:
    types = {
        "{}": type_,
        "[{}]": list[type_],
        '{{"it":{}}}': field(type_),
        '{{"it":{{"a":[{}]}}}}': field(dict[str, tuple[type_, ...]]),
    }
    whole = around.format(text)
    expected = TypeAdapter(types[around]).validate_json(whole)
    assert shown(types[around], whole, fail_fast=True)[-1] == expected
    assert shown(types[around], whole)[-1] == expected


def test_what_is_mended_grows_and_is_mended_when_it_closes() -> None:
    model = field(Annotated[Point, MEND])
    *_, before, open_, closed = shown(model, '{"it":{"x":"bad"}')
    assert (type(open_.it), before.it) == (Partial[Point], Partial[Point]())
    assert closed.it == Point(x=0)
    assert shown(field(Annotated[list[int], MEND]), '{"it":["bad",1')[-1].it == []
    assert shown(field(Annotated[list[int], MEND]), '{"it":["bad",1]')[-1].it == [1]


def test_fail_fast_refuses_what_was_not_mended() -> None:
    parser = ModelParser(field(Annotated[list[int], MEND]), fail_fast=True)
    parser.feed('{"it":["worse",1')
    with pytest.raises(ValidationError) as caught:
        parser.feed("]")
    assert caught.value.errors()[0]["loc"] == ("it", 0)


def distinct(values: list[Any]) -> list[Any]:
    return list(dict.fromkeys(values))


class Skipped(BaseModel):
    x: int

    @model_validator(mode="after")
    def skip(self) -> Self:
        if self.x < 0:
            raise PydanticOmit
        return self


class AtMostTwo(RootModel[Annotated[list[int], Field(max_length=2)]]):
    @model_validator(mode="before")
    @classmethod
    def shorten(cls, value: Any) -> Any:
        return distinct(value)


AT_MOST_TWO = Field(max_length=2)


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        (Annotated[set[int], AT_MOST_TWO], "[1,1,2]"),
        (Annotated[frozenset[str], AT_MOST_TWO], '["a","a","b"]'),
        (Annotated[list[int], AfterValidator(distinct), AT_MOST_TWO], "[1,1,2]"),
        (Annotated[list[int], BeforeValidator(distinct), AT_MOST_TWO], "[1,1,2]"),
        (Annotated[list[int], AT_MOST_TWO, BeforeValidator(distinct)], "[1,1,2]"),
        (AtMostTwo, "[1,1,2]"),
        (Annotated[list[OnErrorOmit[int]], AT_MOST_TWO], '[1,2,"x"]'),
        (Annotated[list[Skipped], AT_MOST_TWO], '[{"x":1},{"x":2},{"x":-1}]'),
        (Annotated[list[Skipped | None], AT_MOST_TWO], '[{"x":1},{"x":2},{"x":-1}]'),
        (Annotated[list[int], AT_MOST_TWO] | Annotated[str, BeforeValidator(str)], "[1,2,3]"),
    ],
)
def test_fail_fast_counts_only_what_pydantic_counts(type_: Any, text: str) -> None:
    whole = '{"it":' + text + "}"
    model = field(type_)
    assert shown(model, whole, fail_fast=True)[-1] == model.model_validate_json(whole)


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        (Annotated[list[int], AT_MOST_TWO], "[1,2,3]"),
        (Annotated[tuple[str, ...], AT_MOST_TWO], '["a","b","c"]'),
        (Annotated[list[Geo | None], AT_MOST_TWO, AfterValidator(distinct)], "[null,null,null]"),
        (Annotated[list[Any], AT_MOST_TWO], "[{},{},[[]]]"),
    ],
)
def test_fail_fast_refuses_one_element_too_many(type_: Any, text: str) -> None:
    parser = ModelParser(field(type_), fail_fast=True)
    with pytest.raises(ValidationError) as caught:
        parser.feed('{"it":' + text)
    with pytest.raises(ValidationError) as expected:
        field(type_).model_validate_json('{"it":' + text + "}")
    assert caught.value.errors(include_input=False) == expected.value.errors(include_input=False)
    assert parser.offset == len('{"it":') + text.rindex(",") + 2


@pytest.mark.parametrize("loc_by_alias", [False, True])
@pytest.mark.parametrize("text", ['{"at":{"IT":["x"]}}', '{"at":{"IT":1}}', '{"at":{"other":[1]}}'])
def test_fail_fast_names_fields_as_pydantic_does(loc_by_alias: bool, text: str) -> None:
    model = field(Annotated[list[int], Field(alias="IT")], loc_by_alias=loc_by_alias)
    type_: Any = dict[str, model]
    with pytest.raises(ValidationError) as expected:
        TypeAdapter(type_).validate_json(text)
    with pytest.raises(ValidationError) as caught:
        ModelParser(type_, fail_fast=True).feed(text[:-1])
    (error,) = caught.value.errors()
    assert error["loc"] == expected.value.errors()[0]["loc"]


def test_fail_fast_refuses_a_repeated_key_at_its_first_value() -> None:
    text = '{"it":"a","it":2}'
    assert shown(field(int), text)[-1].it == field(int).model_validate_json(text).it == 2
    with pytest.raises(ValidationError):
        ModelParser(field(int), fail_fast=True).feed(text[:9])


def test_fail_fast_keeps_messages_of_validators() -> None:
    def refuse(value: str) -> str:
        raise ValueError(f"no {value}s {{here}}")

    model = field(list[Annotated[str, AfterValidator(refuse)]])
    parser = ModelParser(model, fail_fast=True)
    with pytest.raises(ValidationError) as caught:
        parser.feed('{"it":["cat"')
    (error,) = caught.value.errors()
    assert (error["loc"], error["msg"]) == (("it", 0), "Value error, no cats {here}")
