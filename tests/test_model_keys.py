"""`ModelParser`: defaults, aliases, and keys that are extra or repeated."""

from typing import Any

import pytest
from pydantic import AliasChoices, AliasPath, BaseModel, ConfigDict, Field, ValidationError

import partialjson
from partialjson import ModelParser, Partial
from tests.models import Address, Geo, User, field, shown


def test_missing_fields_show_their_default_or_none() -> None:
    made = []

    class Model(BaseModel):
        first: int
        text: str = "text"
        items: list[int] = [1]
        fresh: dict[str, int] = Field(default_factory=lambda: made.append(1) or {})
        derived: str = Field(default_factory=lambda data: data["text"])
        nested: Geo = Geo(lat=0, lon=0)

    one = ModelParser(Model).feed("{")
    other = ModelParser(Model).feed("{")
    assert (one.first, one.text, one.items, one.fresh) == (None, "text", [1], {})
    assert one.derived is None, "it is made from all the data"
    assert one.nested == Geo(lat=0, lon=0)
    assert one.model_fields_set == set()
    assert len(made) == 2
    for name in ("items", "fresh", "nested"):
        assert getattr(one, name) is not getattr(other, name)
    assert list(one.__dict__) == list(Model.model_fields)


def test_aliases() -> None:
    class Model(BaseModel):
        one: str = Field(alias="eins")
        two: str = Field(validation_alias=AliasChoices("zwei", AliasPath("deep", 0), "deux"))
        three: str = Field(validation_alias=AliasPath("deep", 1))
        four: str = Field("4", serialization_alias="vier")

    value = shown(Model, '{"one":"no","eins":"yes","deux":"b","four":"f","deep":["a","c"],')[-1]
    assert (value.one, value.two, value.three, value.four) == ("yes", "b", None, "f")
    assert value.model_fields_set == {"one", "two", "four"}
    value = shown(Model, '{"zwei":"a","deux":"b')[-1]
    assert value.two == "a", "the first alias wins, whatever the order"
    whole = ModelParser(Model).feed('{"eins":"yes","deep":["a","c"],"deux":"b"}')
    assert (whole.two, whole.three) == ("a", "c"), "a path is followed when the object closes"


@pytest.mark.parametrize("config", [{"populate_by_name": True}, {"validate_by_name": True}])
def test_fields_by_name(config: Any) -> None:
    class Model(BaseModel):
        model_config = ConfigDict(**config)
        one: str = Field(alias="eins")

    assert shown(Model, '{"one":"a')[-1].one == "a"
    assert shown(Model, '{"eins":"b","one":"a')[-1].one == "b"


def test_alias_generators() -> None:
    class Model(BaseModel):
        model_config = ConfigDict(alias_generator=str.upper)
        one: str

    assert shown(Model, '{"ONE":"a')[-1].one == "a"


def test_extra_keys() -> None:
    assert shown(field(int), '{"other":1,')[-1].model_extra is None
    value = shown(field(int, extra="allow"), '{"other":["a"],"more":"b')[-1]
    assert value.model_extra == {"other": ["a"], "more": "b"}
    assert value.model_fields_set == {"other", "more"}
    assert value.more == "b"
    assert partialjson.state(value, "other") == "complete"
    assert partialjson.state(value, "more") == "open"
    assert value.model_dump() == {"it": None, "other": ["a"], "more": "b"}
    parser = ModelParser(field(int, 0, extra="forbid"))
    assert parser.feed('{"other":1}').it == 0
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        parser.finish()


@pytest.mark.parametrize("size", [1, 3, 100])
def test_a_key_that_is_the_name_of_a_field_with_an_alias_is_none_of_it(size: int) -> None:
    class Model(BaseModel):
        model_config = ConfigDict(extra="allow")
        tags: list[str] = Field(default_factory=list, alias="labels")
        more: list[str] = []

    parser = ModelParser(Model)
    text = '{"tags":["a"],"labels'
    for start in range(0, len(text), size):
        parser.feed(text[start : start + size])
    value = parser.value
    assert (value.tags, value.more, value.model_extra) == ([], [], {"tags": ["a"]})
    value = parser.feed('":["b"')
    assert (value.tags, value.more, value.model_extra) == (["b"], [], {"tags": ["a"]})


def test_a_repeated_key_replaces() -> None:
    parser = ModelParser(User)
    first = parser.feed('{"address":{"city":"A"},"username":"a').address
    second = parser.feed('","address":{"city":"B').address
    assert (first.city, second.city) == ("A", "B")
    assert (type(first), type(second)) == (Address, Partial[Address])
    assert parser.feed('"},').address == Address(city="B")
    assert parser.value.username == "a"


@pytest.mark.parametrize("first", ['""', '"x"', '"yes"', "1", "{}"])
def test_a_repeated_key_shows_what_is_new_at_once(first: str) -> None:
    values = shown(field(Any), f'{{"it":{first},"it":"yes')
    assert [value.it for value in values[-4:]] == ["", "y", "ye", "yes"]
