"""Names, aliases, extra keys and defaults."""

from typing import Any

from pydantic import AliasChoices, AliasPath, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from tests.model_table.row import Open, Row, Whole


class Geo(BaseModel):
    lat: float = 0


class Alias(BaseModel):
    one: str = Field(alias="eins")
    geo: Geo | None = Field(None, alias="wo")


class ValidationAlias(BaseModel):
    one: str = Field(validation_alias="eins", serialization_alias="uno")


class SerializationAlias(BaseModel):
    one: str = Field(serialization_alias="uno")


class Choices(BaseModel):
    one: str = Field(validation_alias=AliasChoices("first", "second"))


class ByPath(BaseModel):
    one: str = Field(validation_alias=AliasPath("deep", 0, "name"))
    two: int = 0


class PathOrKey(BaseModel):
    one: str = Field("d", validation_alias=AliasChoices(AliasPath("deep", 0), "one"))


class Nested(BaseModel):
    items: list[ByPath]


class ByName(BaseModel):
    model_config = ConfigDict(populate_by_name=True)
    one: str = Field(alias="eins")


class Camel(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)
    first_name: str
    home_geo: Geo | None = None


class AllowExtra(BaseModel):
    model_config = ConfigDict(extra="allow")
    name: str


class AllowNested(BaseModel):
    model_config = ConfigDict(extra="allow")
    geo: Geo


class AllowByName(BaseModel):
    model_config = ConfigDict(extra="allow", populate_by_name=True)
    geo: Geo = Field(alias="place")


class TypedExtra(BaseModel):
    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, int]
    name: str


class ForbidExtra(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str


class IgnoreExtra(BaseModel):
    model_config = ConfigDict(extra="ignore")
    name: str


class Defaults(BaseModel):
    text: str = "text"
    number: int | None = 7
    items: list[int] = [1]
    geo: Geo = Geo(lat=1)
    made: dict[str, int] = Field(default_factory=dict)
    needed: str


class OddNames(BaseModel):
    model_config = ConfigDict(protected_namespaces=())
    class_: str = Field(alias="class")
    model_name: str = ""
    größe: int = 0
    empty: str = Field("", alias="")


class Quoted(BaseModel):
    it: str = Field(alias='a"b\\c\n')


class Nullable(BaseModel):
    needed: str | None
    other: Any


class Twice(BaseModel):
    geo: Geo
    name: str


ROWS = [
    Row("alias", Alias, '{"one":"no","eins":"yes","wo":{"lat":1}}',
        [('{"one":"no"', Open(Alias)), ('{"one":"no","eins":"y', Open(Alias, one="y")),
         ('{"one":"no","eins":"yes","wo":{', Open(Alias, one="yes", geo=Open(Geo)))],
        ['{"one":"no"}', '{"eins":1}']),
    Row("validation-alias", ValidationAlias, '{"uno":"a","eins":"b"}',
        [('{"uno":"a"', Open(ValidationAlias)),
         ('{"uno":"a","eins":"b', Open(ValidationAlias, one="b"))], ['{"one":"a"}']),
    Row("serialization-alias", SerializationAlias, '{"one":"ab"}',
        [('{"one":"a', Open(SerializationAlias, one="a"))], ['{"uno":"a"}']),
    Row("alias-choices-first", Choices, '{"first":"ab","second":"cd"}',
        [('{"first":"a', Open(Choices, one="a")),
         ('{"first":"ab","second":"c', Open(Choices, one="ab"))], ['{"third":"a"}']),
    Row("alias-choices-second", Choices, '{"second":"ab"}',
        [('{"second":"a', Open(Choices, one="a"))], ['{"second":1}']),
    Row("alias-path", ByPath, '{"deep":[{"name":"ab"}],"two":1}',
        [('{"deep":[{"name":"ab"}]', Open(ByPath)),
         ('{"deep":[{"name":"ab"}],"two":1', Open(ByPath))], ['{"deep":[]}']),
    Row("alias-path-nested", Nested, '{"items":[{"deep":[{"name":"ab"}]}]}',
        [('{"items":[{"deep":[{"name":"ab"}]', Open(Nested, items=[Open(ByPath)])),
         ('{"items":[{"deep":[{"name":"ab"}]}', Open(Nested, items=[Whole(ByPath, one="ab")]))],
        ['{"items":[{"deep":1}]}']),
    Row("alias-path-or-key", PathOrKey, '{"one":"ab"}', [('{', Open(PathOrKey))],
        ['{"one":1}']),
    Row("populate-by-name", ByName, '{"one":"ab"}', [('{"one":"a', Open(ByName, one="a"))],
        ['{"two":"a"}']),
    Row("populate-by-alias", ByName, '{"eins":"ab"}', [('{"eins":"a', Open(ByName, one="a"))],
        ['{"eins":1}']),
    Row("alias-generator", Camel, '{"firstName":"ab","homeGeo":{"lat":1}}',
        [('{"firstName":"a', Open(Camel, first_name="a")),
         ('{"firstName":"ab","homeGeo":{', Open(Camel, first_name="ab", home_geo=Open(Geo)))],
        ['{"first_name":"a"}']),
    Row("extra-allow", AllowExtra, '{"other":["a"],"name":"b","more":"cd"}',
        [('{"other":["', Open(AllowExtra, other=[""])),
         ('{"other":["a"],"name":"b","more":"c',
          Open(AllowExtra, name="b", other=["a"], more="c"))], ['{"other":1}']),
    Row("extra-allow-nested", list[AllowNested], '[{"geo":{"lat":1},"other":"ab"}]',
        [('[{"geo":{"lat":1},"other":"a', [Open(AllowNested, geo=Whole(Geo, lat=1.0), other="a")]),
         ('[{"geo":{"lat":1},"other":"ab"}',
          [Whole(AllowNested, geo=Whole(Geo, lat=1.0), other="ab")])],
        ['[{"geo":{},"other":1}]']),
    Row("extra-allow-by-name", AllowByName, '{"place":{"lat":1},"x":"ab"}',
        [('{"place":{"lat":1}', Open(AllowByName, geo=Whole(Geo, lat=1.0)))],
        ['{"place":{"lat":1},"geo":{"lat":2}}', '{"geo":{"lat":2},"place":{"lat":1}}']),
    Row("extra-typed", TypedExtra, '{"name":"b","more":12}',
        [('{"name":"b","more":12', Open(TypedExtra, name="b"))], ['{"name":"b","more":"x"}']),
    Row("extra-forbid", ForbidExtra, '{"name":"ab"}', [('{"name":"a', Open(ForbidExtra, name="a"))],
        ['{"name":"ab","other":1}']),
    Row("extra-ignore", IgnoreExtra, '{"other":[1],"name":"ab"}',
        [('{"other":[1]', Open(IgnoreExtra)), ('{"other":[1],"name":"a', Open(IgnoreExtra,
         name="a"))],
        ['{"other":1}']),
    Row("defaults", Defaults, '{"items":[2],"needed":"ab"}',
        [("{", Open(Defaults)), ('{"items":[', Open(Defaults, items=[])),
         ('{"items":[2],"needed":"a', Open(Defaults, items=[2], needed="a"))], ["{}"]),
    Row("odd-names", OddNames, '{"class":"a","model_name":"b","größe":1,"":"cd"}',
        [('{"class":"a","model_name":"b', Open(OddNames, class_="a", model_name="b")),
         ('{"class":"a","model_name":"b","größe":1,"":"c',
          Open(OddNames, class_="a", model_name="b", größe=1, empty="c"))], ["{}"]),
    Row("quoted-key", Quoted, '{"a\\"b\\\\c\\n":"ab"}', [('{"a\\"b\\\\c\\n":"a', Open(Quoted,
        it="a"))],
        ["{}"]),
    Row("escaped-key", SerializationAlias, '{"\\u006fne":"ab"}',
        [('{"\\u006fne":"a', Open(SerializationAlias, one="a"))], ['{"\\u006fne":1}']),
    Row("null-in-a-required-field", Nullable, '{"needed":null,"other":null}',
        [('{"needed":null', Open(Nullable, needed=None)),
         ('{"needed":null,"other":null', Open(Nullable, needed=None, other=None))], ["{}"]),
    Row("repeated-key", Twice, '{"geo":{"lat":1},"name":"a","geo":{"lat":2}}',
        [('{"geo":{"lat":1},"name":"a","geo":', Open(Twice, geo=Whole(Geo, lat=1.0), name="a")),
         ('{"geo":{"lat":1},"name":"a","geo":{"lat":2}',
          Open(Twice, geo=Whole(Geo, lat=2.0), name="a"))],
        ['{"geo":{},"name":"a","geo":1}'], repeats=True),
]  # fmt: skip
