"""Validators, strictness and context: they see whole values, and run as Pydantic runs them."""

from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    Strict,
    ValidationInfo,
    WrapValidator,
    field_validator,
    model_validator,
)
from typing_extensions import Self

from tests.model_table.row import NOTHING, Open, Row, Whole, grows, waits


class Color(Enum):
    RED = "red"


def long(value: str) -> str:
    """Refuse half a value, which no validator may ever see."""
    if value not in ("whole", "ab"):
        raise ValueError(f"half a value: {value}")
    return value


def wrapped(value: Any, handler: Any) -> Any:
    return long(handler(value))


class After(BaseModel):
    text: str
    check = field_validator("text")(long)


class Before(BaseModel):
    text: str
    check = field_validator("text", mode="before")(long)


class Wrap(BaseModel):
    text: str
    check = field_validator("text", mode="wrap")(wrapped)


class Plain(BaseModel):
    text: str
    check = field_validator("text", mode="plain")(long)


class Starred(BaseModel):
    text: str
    other: str = "ab"
    check = field_validator("*")(long)


class Upper(BaseModel):
    text: str

    @field_validator("text")
    @classmethod
    def upper(cls, value: str) -> str:
        return value.upper()


class Dated(BaseModel):
    after: date
    before: date

    @field_validator("before")
    @classmethod
    def in_order(cls, value: date, info: ValidationInfo) -> date:
        if value < info.data["after"]:
            raise ValueError("not in order")
        return value


class ModelAfter(BaseModel):
    low: int
    high: int

    @model_validator(mode="after")
    def in_order(self) -> Self:
        if self.low > self.high:
            raise ValueError("not in order")
        return self


class ModelBefore(BaseModel):
    number: int

    @model_validator(mode="before")
    @classmethod
    def from_number(cls, value: Any) -> Any:
        return {"number": value} if isinstance(value, int) else value


class ModelWrap(BaseModel):
    name: str

    @model_validator(mode="wrap")
    @classmethod
    def named(cls, value: Any, handler: Any) -> Any:
        made = handler(value)
        if made.name == "bad":
            raise ValueError("bad")
        return made


class Items(BaseModel):
    items: list[ModelAfter]
    text: str = ""


class Befores(BaseModel):
    items: list[ModelBefore]


class Wraps(BaseModel):
    items: list[ModelWrap]


class Uppers(BaseModel):
    items: list[Upper]


class StrictModel(BaseModel):
    model_config = ConfigDict(strict=True)
    when: date
    id: UUID
    pair: tuple[int, str]
    tags: set[str]
    price: Decimal
    color: Color
    data: bytes


class StrictNested(BaseModel):
    inner: StrictModel
    name: str


class StrictField(BaseModel):
    strict: int = Field(strict=True)
    annotated: Annotated[int, Strict()]
    lax: int


class Lax(BaseModel):
    inner: ModelAfter
    number: int


class InContext(BaseModel):
    text: str

    @field_validator("text")
    @classmethod
    def allowed(cls, value: str, info: ValidationInfo) -> str:
        if value not in (info.context or ()):
            raise ValueError("not allowed here")
        return value


class Contexts(BaseModel):
    items: list[InContext]
    name: str = ""


class Stripped(BaseModel):
    model_config = ConfigDict(str_strip_whitespace=True, str_min_length=1)
    text: str


class Cut(BaseModel):
    model_config = ConfigDict(str_to_lower=True)
    text: str
    items: list[str] = []


class Infinite(BaseModel):
    model_config = ConfigDict(allow_inf_nan=False)
    it: float


class NotFirst(BaseModel):
    first: int
    second: int

    @field_validator("first", "second", mode="before")
    @classmethod
    def number(cls, value: Any) -> Any:
        return {"one": 1, "two": 2}.get(value, value) if isinstance(value, str) else value


STRICT = (
    '{"when":"2024-01-02","id":"00000000-0000-0000-0000-000000000007","pair":[1,"a"],'
    '"tags":["a"],"price":"1.50","color":"red","data":"ab"}'
)
strict = {
    "when": date(2024, 1, 2), "id": UUID(int=7), "pair": (1, "a"), "tags": {"a"},
    "price": Decimal("1.50"), "color": Color.RED, "data": b"ab",
}  # fmt: skip

ROWS = [
    # In `Annotated`.
    grows("annotated-after", Annotated[str, AfterValidator(long)], '"whole"', ('"who', "who"),
          ('"whole"', "whole"), broken='"half"'),
    grows("annotated-before", Annotated[str, BeforeValidator(long)], '"whole"', ('"who', "who"),
          ('"whole"', "whole"), broken='"half"'),
    waits("annotated-wrap", Annotated[str, WrapValidator(wrapped)], '"whole"', "whole",
          broken='"half"'),
    waits("annotated-plain", Annotated[str, PlainValidator(long)], '"whole"', "whole",
          broken='"half"'),
    grows("annotated-item", list[Annotated[str, AfterValidator(long)]], '["whole","ab"]',
          ('["wh', ["wh"]), ('["whole","a', ["whole", "a"]), broken='["x"]'),
    waits("annotated-int-after", Annotated[int, AfterValidator(lambda value: value + 1)], "7", 8,
          broken='"x"'),
    grows("annotated-list-after", Annotated[list[int], AfterValidator(sorted)], "[2,1]",
          ("[2,", [2]), mends=True, broken='["x"]'),
    # On fields.
    *(Row(f"field-{name}", type_, '{"text":"whole"}',
          [('{"text":"who', Open(type_, text="who"))], ['{"text":"half"}', '{"text":1}'])
      for name, type_ in (("after", After), ("before", Before), ("starred", Starred))),
    Row("field-wrap", Wrap, '{"text":"whole"}', [('{', Open(Wrap))], ['{"text":"half"}']),
    Row("field-plain", Plain, '{"text":"whole"}', [('{', Open(Plain))], ['{"text":"half"}']),
    Row("field-that-changes-text", Uppers, '{"items":[{"text":"ab"},{"text":"cd"}]}',
        [('{"items":[{"text":"ab"', Open(Uppers, items=[Open(Upper, text="ab")])),
         ('{"items":[{"text":"ab"},{"text":"c',
          Open(Uppers, items=[Whole(Upper, text="AB"), Open(Upper, text="c")]))],
        ['{"items":[{"text":1}]}'], mends=True),
    Row("field-with-data", Dated, '{"after":"2024-01-02","before":"2024-01-03"}',
        [('{"after":"2024-01-02",', Open(Dated, after=date(2024, 1, 2)))],
        ['{"after":"2024-01-02","before":"2024-01-01"}']),
    Row("field-before-that-mends", NotFirst, '{"first":1,"second":"two"}',
        [('{"first":1,', Open(NotFirst, first=1))], ['{"first":"three","second":1}']),
    # On models.
    Row("model-after", Items, '{"items":[{"low":1,"high":2},{"low":3,"high":4}],"text":"ab"}',
        [('{"items":[{"low":1,"high":2},{"low":3,',
          Open(Items, items=[Whole(ModelAfter, low=1, high=2), Open(ModelAfter, low=3)]))],
        ['{"items":[{"low":2,"high":1},{"low":1,"high":2}],"text":"ab"}']),
    Row("model-after-at-the-root", ModelAfter, '{"low":1,"high":2}',
        [('{"low":1,', Open(ModelAfter, low=1))], ['{"low":2,"high":1}']),
    Row("model-before", Befores, '{"items":[1,{"number":2}]}',
        [('{"items":[1,{"number":2}',
          Open(Befores, items=[Whole(ModelBefore, number=1), Whole(ModelBefore, number=2)]))],
        ['{"items":["x"]}']),
    Row("model-wrap", Wraps, '{"items":[{"name":"good"}]}',
        [('{"items":[{"name":"good"}', Open(Wraps, items=[Whole(ModelWrap, name="good")]))],
        ['{"items":[{"name":"bad"}]}']),
    Row("refused-object", Items, '{"items":[],"text":"ab"}',
        [('{"items":[]', Open(Items, items=[]))],
        ['{"items":[{"low":2,"high":1}],"text":"ab"}', '{"items":[{"low":2}]}']),
    # Strict and lax.
    Row("strict-model", StrictModel, STRICT, [(STRICT[:-1], Open(StrictModel, **strict))],
        [STRICT.replace('[1,"a"]', '["1","a"]'), STRICT.replace('"a"],"pr', '1],"pr')]),
    Row("strict-model-nested", StrictNested, f'{{"inner":{STRICT},"name":"ab"}}',
        [(f'{{"inner":{STRICT},"name":"a', Open(StrictNested, inner=Whole(StrictModel, **strict),
                                                 name="a"))],
        [f'{{"inner":{STRICT.replace("1.50", "x")},"name":"ab"}}']),
    Row("strict-option", StrictModel, STRICT, [(STRICT[:-1], Open(StrictModel, **strict))],
        options={"strict": True}),
    Row("strict-field", StrictField, '{"strict":1,"annotated":2,"lax":"3"}',
        [('{"strict":1,"annotated":2,"lax":"3"', Open(StrictField, strict=1, annotated=2, lax=3))],
        ['{"strict":"1","annotated":2,"lax":3}', '{"strict":1,"annotated":"2","lax":3}']),
    Row("lax-nested", Lax, '{"inner":{"low":"1","high":2.0},"number":"7"}',
        [('{"inner":{"low":"1"', Open(Lax, inner=Open(ModelAfter, low=1))),
         ('{"inner":{"low":"1","high":2.0},"number":"7"',
          Open(Lax, inner=Whole(ModelAfter, low=1, high=2), number=7))],
        ['{"inner":{"low":"1","high":2.5},"number":"7"}']),
    Row("context", Contexts, '{"items":[{"text":"ab"},{"text":"cd"}]}',
        [('{"items":[{"text":"ab"},{"text":"c',
          Open(Contexts, items=[Whole(InContext, text="ab"), Open(InContext, text="c")]))],
        ['{"items":[{"text":"ef"}]}'], options={"context": ("ab", "cd")}),
    # Settings.
    Row("str-strip-and-length", Stripped, '{"text":" ab "}',
        [('{"text":" ab ', Open(Stripped, text=" ab ")), ('{"text":" ab "', Open(Stripped,
         text="ab"))],
        ['{"text":"  "}'], mends=True),
    Row("str-to-lower", Cut, '{"text":"AB","items":["CD"]}',
        [('{"text":"A', Open(Cut, text="A")),
         ('{"text":"AB","items":["C', Open(Cut, text="ab", items=["C"]))],
        ['{"text":1}'], mends=True),
    Row("no-infinity", Infinite, '{"it":1.5}', [('{"it":1.5', Open(Infinite))], ['{"it":1e400}']),
    grows("regex-engine", Annotated[str, Field(pattern=r"^(?!x)\w+$")], '"ab"', ('"', ""),
          ('"a', "a"), broken='"xa"', regex_engine="python-re"),
    grows("hide-input-in-errors", int, "7", ("", NOTHING), broken='"x"',
          hide_input_in_errors=True),
]  # fmt: skip
