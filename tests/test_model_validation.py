"""`ModelParser`: what is validated when, by whom, and how often."""

import json
from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import pytest
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    WrapValidator,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticOmit, PydanticUseDefault

from partialjson import ModelParser, Partial
from tests.model_table.validation import ModelBefore
from tests.models import Color, Geo, User, field, shown


def test_validators_wait_for_the_whole_and_run_once() -> None:
    ran: list[str] = []

    def note(name: str) -> Any:
        def run(cls: Any, value: Any) -> Any:
            ran.append(name)
            return value

        return classmethod(run)

    class Inner(BaseModel):
        text: str
        check = field_validator("text")(note("inner"))

    class Middle(BaseModel):
        inner: Inner
        text: str
        check = field_validator("text")(note("middle"))

    class Outer(BaseModel):
        middles: list[Middle]
        text: str
        check = field_validator("text")(note("outer"))

    parser = ModelParser(Outer)
    runs = {}
    text = '{"text":"a","middles":[{"inner":{"text":"b"},"text":"c"},{"inner":{"text":"d"'
    for i, char in enumerate(text):
        parser.feed(char)
        if ran:
            runs[text[: i + 1][-12:]] = ran[:]
            ran.clear()
    assert runs == {'"text":"b"}': ["inner"]} | {'},"text":"c"}': ["middle"]} or runs == {
        text[: text.index('"b"}') + 4][-12:]: ["inner"],
        text[: text.index('"c"}') + 4][-12:]: ["middle"],
    }
    parser.feed('},"text":"e"}')
    assert ran == ["inner", "middle"]
    ran.clear()
    middles = parser.value.middles
    whole = parser.feed("]}")
    # What is in it was validated already, and is in it as it is.
    assert ran == ["outer"]
    assert list(map(id, whole.middles)) == list(map(id, middles))
    assert whole == Outer.model_validate_json(parser.text)
    ran.clear()
    assert parser.finish() is parser.finish() is whole
    assert ran == []


def test_a_validator_before_pydantic_sees_json() -> None:
    class Inner(BaseModel):
        number: int

    class Outer(BaseModel):
        inner: Inner
        other: int = 0

        @field_validator("inner", mode="before")
        @classmethod
        def unwrap(cls, value: Any) -> Any:
            return value.get("wrapped", value) if isinstance(value, dict) else value

    class Root(BaseModel):
        outer: Outer
        name: str

    value = shown(Root, '{"outer":{"inner":{"wrapped":{"number":7}}},"name":"a')[-1]
    assert value.outer == Outer(inner=Inner(number=7))
    value = shown(Root, '{"outer":{"inner":{"number":7}},"name":"a')[-1]
    assert value.outer == Outer(inner=Inner(number=7))


def test_strict_is_that_of_json() -> None:
    class Model(BaseModel):
        when: date
        id: UUID
        pair: tuple[int, str]
        tags: set[str]
        price: Decimal
        color: Color
        nested: list[Geo]

    text = json.dumps(
        {
            "when": "2024-01-02",
            "id": str(UUID(int=1)),
            "pair": [1, "a"],
            "tags": ["a"],
            "price": "1.5",
            "color": "red",
            "nested": [{"lat": 1, "lon": 2}],
        }
    )

    class Strict(Model):
        model_config = ConfigDict(strict=True)

    class Around(BaseModel):
        inner: Strict

    for type_, strict in ((Model, True), (Strict, None), (Model, None)):
        expected = TypeAdapter(type_).validate_json(text, strict=strict)
        before_last = shown(type_, text, strict=strict)[-2]
        assert before_last.model_fields_set == set(Model.model_fields)
        assert before_last.__dict__ == expected.__dict__
        assert shown(type_, text, strict=strict)[-1] == expected
    value = shown(Around, f'{{"inner":{text}')[-1]
    assert value.inner == TypeAdapter(Strict).validate_json(text)


def test_lax_and_strict_leaves() -> None:
    text = '{"lat":"1.5","lon":2,'
    assert shown(Geo, text)[-1].lat == 1.5
    assert shown(Geo, text, strict=True)[-1].lat is None
    assert shown(Geo, text, strict=True)[-1].lon == 2.0
    user = shown(list[User], '[{"username":"a","address":{"city":"B","geo":{"lat":"1","lon":2}}')
    assert user[-1][0].address.geo == Geo(lat=1, lon=2)


def test_context_reaches_every_validator() -> None:
    seen = []

    def look(value: Any, info: ValidationInfo) -> Any:
        seen.append((info.context, info.mode))
        return value

    class Model(BaseModel):
        text: Annotated[str, AfterValidator(look)]

    ModelParser(list[Model], context="here").feed('[{"text":"a"}]')
    assert {context for context, _ in seen} == {"here"}
    assert seen[-1] == ("here", "json")


def test_settings_of_the_model_hold_for_its_leaves() -> None:
    model = field(str, str_strip_whitespace=True)
    values = shown(model, '{"it":" a ",')
    assert [value.it for value in values[-3:]] == [" a ", "a", "a"]
    assert shown(field(str, coerce_numbers_to_str=True), '{"it":1,')[-1].it == "1"


def test_model_validators_that_give_something_else() -> None:
    value = shown(list[ModelBefore], '[1,{"number":2},')[-1]
    assert value == [ModelBefore(number=1), ModelBefore(number=2)]


@pytest.mark.parametrize("fail_fast", [False, True])
def test_an_error_of_another_kind_comes_at_the_end(fail_fast: bool) -> None:
    class Broken(BaseModel):
        text: str

        @field_validator("text")
        @classmethod
        def check(cls, value: str) -> str:
            raise KeyError(value)

    parser = ModelParser(list[Broken], fail_fast=fail_fast)
    value = parser.feed('[{"text":"a"},{"text":"b"')
    assert type(value[0]) is Partial[Broken]
    assert value[0].text == "a"
    if fail_fast:
        with pytest.raises(KeyError, match="a"):
            parser.feed("}]")
    else:
        parser.feed("}]")
    assert parser.status == "error"
    with pytest.raises(KeyError, match="a"):
        parser.finish()


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError, RecursionError])
def test_an_error_that_is_not_of_the_document_comes_at_once(error: type[BaseException]) -> None:
    def stop(value: str) -> str:
        raise error

    parser = ModelParser(field(Annotated[str, AfterValidator(stop)]))
    with pytest.raises(error):
        parser.feed('{"it":"a"')
    # Nor is an interrupt that has passed raised again.
    with pytest.raises(RuntimeError if error is KeyboardInterrupt else error) as raised:
        parser.feed("}")
    assert (type(raised.value.__cause__) is error) == (error is KeyboardInterrupt)


class Place(BaseModel):
    city: str

    @model_validator(mode="before")
    @classmethod
    def shout(cls, value: Any) -> Any:
        return {"city": value["city"].upper()}


def rename(value: Any) -> Any:
    return value if isinstance(value, Place) else {"city": value.get("town") or value["city"]}


class Trip(BaseModel):
    to: Place
    via: list[Annotated[Place, BeforeValidator(rename)]] = []
    number: Annotated[int, BeforeValidator(lambda value: value["value"])] = 0

    @field_validator("to", mode="before")
    @classmethod
    def rename_to(cls, value: Any) -> Any:
        return rename(value)

    @model_validator(mode="before")
    @classmethod
    def box(cls, value: Any) -> Any:
        return {**value, "number": {"value": value.get("number", 0)}}


def default_for_null(value: Any) -> Any:
    if value is None:
        raise PydanticUseDefault
    return value


def leave_out(value: Any, handler: Any) -> Any:
    try:
        return handler(value)
    except ValidationError:
        raise PydanticOmit from None


class Sparse(BaseModel):
    name: Annotated[str, BeforeValidator(default_for_null)] = "nobody"
    number: Annotated[int, BeforeValidator(default_for_null)] = 3
    numbers: list[Annotated[int, WrapValidator(leave_out)]] = []
    inner: "Sparse | None" = None


@pytest.mark.parametrize("fail_fast", [False, True])
@pytest.mark.parametrize(
    ("type_", "text"),
    [
        (Trip, '{"to":{"town":"Ulm"}}'),
        (Trip, '{"to":{"city":null,"town":"Ulm"},"number":5}'),
        (Trip, '{"to":{"city":"Bonn"},"via":[{"town":"Ulm"},{"city":"Jena"}]}'),
        (Sparse, '{"name":null,"number":null}'),
        (Sparse, '{"name":"x","number":null,"numbers":[1,"x",2]}'),
        (Sparse, '{"inner":{"name":null,"numbers":["x"]},"name":"x"}'),
    ],
)
def test_what_validators_around_it_would_change_raises_nothing(
    type_: Any, text: str, fail_fast: bool
) -> None:
    # A part is validated by itself before them; what it then raises, it need not raise in the end.
    assert shown(type_, text, fail_fast=fail_fast)[-1] == type_.model_validate_json(text)
