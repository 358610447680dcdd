"""An object with models in it is validated from its parts, and is what its text would give."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from functools import partial
from typing import Annotated, Any, Literal, NamedTuple, NewType
from uuid import UUID

import pytest
from pydantic import (
    AfterValidator,
    AliasPath,
    BaseModel,
    ConfigDict,
    Field,
    RootModel,
    TypeAdapter,
    ValidationError,
    create_model,
    field_validator,
)
from pydantic_core import core_schema
from typing_extensions import NotRequired, TypeAliasType, TypedDict

from partialjson import ModelParser


class Plain(BaseModel):
    n: int = 0


@dataclasses.dataclass
class Dated:
    day: date


class TypedDated(TypedDict):
    day: date


class NamedDated(NamedTuple):
    day: date


SEEN: list[tuple[Any, str]] = [
    (Dated, '{"day":"2024-01-02"}'),
    (Dated | None, '{"day":"2024-01-02"}'),
    (TypedDated, '{"day":"2024-01-02"}'),
    (NamedDated, '["2024-01-02"]'),
    (list[Dated], '[{"day":"2024-01-02"}]'),
    (RootModel[list[date]], '["2024-01-02"]'),
    (dict[str, TypedDated], '{"a":{"day":"2024-01-02"}}'),
    (dict[date, int], '{"2024-01-02":1}'),
    (tuple[int, str], '[1,"a"]'),
    (date, '"2024-01-02"'),
    (int, '"7"'),
    (list[int], '["7"]'),
    (float, "1"),
    (bool, "1"),
]


@pytest.mark.parametrize("mode", ["before", "wrap", "plain"])
@pytest.mark.parametrize(("type_", "text"), SEEN, ids=str)
def test_a_validator_before_pydantic_sees_the_json_beside_a_model(
    type_: Any, text: str, mode: Any
) -> None:
    seen: list[str] = []

    def see(_: Any, value: Any, *handler: Any) -> Any:
        seen.append(repr(value))
        return handler[0](value) if handler else value

    functions: dict[str, Any] = {
        "before": lambda cls, value: see(cls, value),
        "wrap": lambda cls, value, handler: see(cls, value, handler),
        "plain": lambda cls, value: see(cls, value),
    }
    validator: Any = field_validator("it", mode=mode)(classmethod(functions[mode]))
    model: Any = create_model(
        "Model", plain=(Plain, ...), it=(type_, ...), __validators__={"see": validator}
    )
    document = f'{{"plain":{{"n":1}},"it":{text}}}'
    expected = repr(model.model_validate_json(document))
    as_in_pydantic = seen.copy()
    seen.clear()
    assert repr(ModelParser(model).feed(document)) == expected
    assert seen == as_in_pydantic


def test_models_beside_what_a_validator_sees_as_it_is_stay_the_objects_that_were_shown() -> None:
    class Model(BaseModel):
        plain: Plain
        texts: list[str]
        number: int

        @field_validator("texts", "number", mode="before")
        @classmethod
        def same(cls, value: Any) -> Any:
            return value

    parser = ModelParser(Model)
    shown = parser.feed('{"plain":{"n":1},"texts":["a"],"number":"7"')
    assert parser.feed("}").plain is shown.plain


def ended(model: Any, text: str) -> Any:
    """What becomes of `text` beside a model, in Pydantic and here."""

    def by(call: Any) -> Any:
        try:
            return repr(call())
        except ValidationError as error:
            return error.errors()

    document = f'{{"plain":{{"n":1}},"it":{text}}}'
    parser: ModelParser[Any] = ModelParser(model)
    parser.write(document)
    return by(lambda: model.model_validate_json(document)), by(parser.finish)


class TypedChoice(TypedDict):
    one: Literal[1] | float


class Color(str, Enum):
    """Takes capitals, too."""

    RED = "red"

    @classmethod
    def _missing_(cls, value: object) -> Color | None:
        return next((each for each in cls if str(value).lower() == each.value), None)


# Python takes True for 1, and 1.0 as well, and a member of an enumeration that is a text for that.
# JSON does not.
@pytest.mark.parametrize(
    ("union", "text"),
    [
        (Literal[1] | float, '"1"'),
        (Literal[1] | Decimal, '"1.0"'),
        (Literal[1] | bool, '"true"'),
        (Literal[True] | int, '"1"'),
        (list[Literal[1] | float], '["1"]'),
        (TypedChoice, '{"one":"1"}'),
        (Literal["red"] | Color, '"RED"'),
    ],
    ids=str,
)
def test_a_literal_does_not_take_what_another_member_made(union: Any, text: str) -> None:
    expected, got = ended(create_model("Model", plain=(Plain, ...), it=(union, ...)), text)
    assert got == expected


@pytest.mark.parametrize(
    ("type_", "text"), [(Decimal, "1.0"), (Decimal, "1e22"), (timedelta, "true")], ids=str
)
def test_metadata_with_functions_is_given_what_json_makes(type_: Any, text: str) -> None:
    def same(value: Any) -> Any:
        return value

    annotation: Any = Annotated[type_, AfterValidator(same)]
    expected, got = ended(create_model("Model", plain=(Plain, ...), it=(annotation, ...)), text)
    assert got == expected


class Cents(int):
    """A class with a schema of its own, which takes what it makes for JSON again."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        def in_cents(value: float) -> Cents:
            return cls(round(value * 100))

        return core_schema.no_info_after_validator_function(in_cents, core_schema.float_schema())


class Marked(str):
    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        def mark(value: str) -> Marked:
            return cls("#" + value)

        return core_schema.no_info_after_validator_function(mark, core_schema.str_schema())


class Priced(BaseModel):
    price: Cents


def same(value: Any) -> Any:
    return value


Same = AfterValidator(same)
NUMBERS_TOO: Any = Field(coerce_numbers_to_str=True)


# A string of JSON is a date where one of Python is none; 2.0 is "2" there.
@pytest.mark.parametrize(
    ("type_", "text"),
    [
        (Cents, "1.5"),
        (Marked, '"a"'),
        (Priced, '{"price":1.5}'),
        (list[Marked], '["a"]'),
        (Marked | None, '"a"'),
        (Annotated[date | str, Same], '"2024-01-02"'),
        (list[Annotated[date | str, Same]], '["2024-01-02"]'),
        (date | Any, '"2024-01-02"'),
        (UUID | Annotated[str, Same], '"00000000-0000-0000-0000-000000000007"'),
        (Literal[1] | date | str, '"2024-01-02"'),
        (Annotated[date | None, Same], '"2024-01-02"'),
        (Annotated[str, Same, NUMBERS_TOO], "2.0"),
        (Annotated[int | str, Same, NUMBERS_TOO], "1e16"),
    ],
    ids=str,
)
def test_what_python_has_otherwise_is_what_json_makes(type_: Any, text: str) -> None:
    model: Any = create_model("Model", plain=(Plain, ...), it=(type_, ...))
    expected, got = ended(model, text)
    assert got == expected
    # Nor does it change its type when all of it is there.
    document = f'{{"plain":{{}},"it":{text}}}'
    parser: ModelParser[Any] = ModelParser(model)
    shown, whole = parser.feed(document[:-1]).it, parser.feed("}").it
    assert shown is None or repr(shown) == repr(whole)


def test_a_configuration_that_takes_numbers_for_text() -> None:
    model: Any = create_model(
        "Model",
        plain=(Plain, ...),
        it=(Annotated[str, Same], ...),
        __config__=ConfigDict(coerce_numbers_to_str=True),
    )
    for text in ("2.0", "1e16", '"a"'):
        expected, got = ended(model, text)
        assert got == expected


class Spot(BaseModel):
    plain: Plain = Plain()
    kind: Literal["spot"] = "spot"


class OtherSpot(BaseModel):
    plain: Plain
    kind: Literal["other"]


@dataclasses.dataclass
class DataSpot:
    plain: Plain


class TypedSpot(TypedDict):
    plain: Plain


def at_home(spot: Any) -> Any:
    plain = spot["plain"] if isinstance(spot, dict) else spot.plain
    if plain.n > 90:
        raise ValueError("too far")
    return "home" if plain.n == 0 else spot


At: Any = AfterValidator(at_home)
AtSpot: Any = Annotated[Spot, At]
OfSpot = TypeAliasType("OfSpot", AtSpot)
OF_MODELS: list[Any] = [
    Annotated[Spot, At],
    Annotated[DataSpot, At],
    Annotated[TypedSpot, At],
    Annotated[Spot | None, At],
    Annotated[Spot, At] | None,
    NewType("NewSpot", AtSpot),
    OfSpot,
    Annotated[Spot | OtherSpot, Field(discriminator="kind"), At],
    Annotated[Annotated[Spot, At] | OtherSpot, Field(discriminator="kind")],
    Annotated[RootModel[Spot], AfterValidator(lambda root: at_home(root.root))],
    Annotated[Spot, At, AfterValidator(lambda spot: [spot])],
]


@pytest.mark.parametrize("fail_fast", [False, True])
@pytest.mark.parametrize("type_", OF_MODELS, ids=str)
def test_what_validates_the_document_is_more_than_its_model(type_: Any, fail_fast: bool) -> None:
    for n in (0, 1, 100):
        text = f'{{"kind":"spot","plain":{{"n":{n}}}}}'
        expected = outcome(lambda text=text: TypeAdapter(type_).validate_json(text))
        for size in (1, 1000):
            parser: ModelParser[Any] = ModelParser(type_, fail_fast=fail_fast)
            got = outcome(partial(fed, parser, chunks_of(text, size)))
            if not fail_fast and n == 100:
                got = outcome(parser.finish)
            assert got == expected


def fed(parser: ModelParser[Any], chunks: list[str]) -> Any:
    return [parser.feed(each) for each in chunks][-1]


class Plains(BaseModel):
    by_name: dict[str, Plain]


@pytest.mark.parametrize("first", ['"7"', "[]", "7", "null", '{"n":"x"}', '{"n":5}'])
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_each_value_of_a_repeated_key_has_to_fit(first: str, size: int) -> None:
    """In a dictionary, where Pydantic validates them all; in an object, only the last one."""
    text = f'{{"by_name":{{"a":{first},"b":{{}},"a":{{"n":1}}}}}}'
    parser = ModelParser(Plains)
    for each in chunks_of(text, size):
        parser.write(each)
    assert outcome(parser.finish) == outcome(lambda: Plains.model_validate_json(text))


def test_a_factory_that_raises_shows_nothing() -> None:
    def unknown() -> str:
        raise LookupError

    class Owned(BaseModel):
        name: str
        owner: str = Field(default_factory=unknown)

    @dataclasses.dataclass
    class DataOwned:
        name: str
        owner: str = dataclasses.field(default_factory=unknown)

    for type_ in (Owned, DataOwned):
        parser: ModelParser[Any] = ModelParser(list[type_])
        [shown] = parser.feed('[{"name":"a')
        assert (shown.name, shown.owner) == ("a", None)
        assert parser.feed('b","owner":"c"}]')[0].owner == "c"
        # Where the field does not come, it is Pydantic that asks.
        parser.reset()
        parser.feed('[{"name":"a"}]')
        with pytest.raises(LookupError):
            parser.finish()


def outcome(call: Any) -> Any:
    try:
        return repr(call())
    except ValidationError as error:
        return error.errors(include_url=False, include_context=False)


class Aliased(TypedDict):
    day: NotRequired[Annotated[date, Field(alias="Day")]]


class Reached(TypedDict):
    day: NotRequired[Annotated[date, Field(validation_alias=AliasPath("days", 0))]]


class NamedAliased(NamedTuple):
    one: Aliased


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        (Aliased, '{"Day":"2024-01-02"}'),
        (list[Aliased], '[{"Day":"2024-01-02"}]'),
        (NamedAliased, '[{"Day":"2024-01-02"}]'),
        (Reached, '{"days":["2024-01-02"]}'),
    ],
    ids=str,
)
def test_a_typed_dictionary_with_aliases_loses_nothing(type_: Any, text: str) -> None:
    expected, got = ended(create_model("Model", plain=(Plain, ...), it=(type_, ...)), text)
    assert got == expected
    assert "2024" in got


class Word(RootModel[Annotated[str, Field(pattern="^[a-z]+$")]]):
    pass


class Words(RootModel[Word]):
    pass


@pytest.mark.parametrize("size", [1, 4, 100])
@pytest.mark.parametrize("type_", [Word, Words, Word | None, list[Word], dict[str, Word]], ids=str)
def test_a_root_of_text_that_is_refused_is_an_error_and_one_that_fits_stays(
    type_: Any, size: int
) -> None:
    model: Any = create_model("Model", plain=(Plain | None, None), it=(type_, ...))
    texts = {list[Word]: '["%s"]', dict[str, Word]: '{"a":"%s"}'}
    for beside in ('{"plain":{},"it":%s}', '{"it":%s}'):
        document = beside % texts.get(type_, '"%s"')
        parser = ModelParser(model)
        for chunk in chunks_of(document % "12", size):
            parser.feed(chunk)
        with pytest.raises(ValidationError, match=r"String should match pattern"):
            parser.finish()
        parser = ModelParser(model)
        *before, last = chunks_of(document % "ab", size)
        for chunk in before:
            parser.feed(chunk)
        shown: Any = parser.value
        assert parser.feed(last) == model.model_validate_json(document % "ab")
        if size == 1 and type_ not in texts:
            assert parser.finish().it is shown.it


def chunks_of(document: str, size: int) -> list[str]:
    return [document[at : at + size] for at in range(0, len(document), size)]
