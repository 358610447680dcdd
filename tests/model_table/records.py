"""Dataclasses, typed dictionaries and named tuples show while they are open, too."""

import collections
import dataclasses
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Generic, NamedTuple, Optional, TypeVar

import pydantic
from pydantic import BaseModel, ConfigDict, Field, RootModel
from typing_extensions import NamedTuple as ExtendedNamedTuple
from typing_extensions import NotRequired, Required, TypedDict

from tests.model_table.row import Open, Row, Whole

T = TypeVar("T")


@dataclass
class Point:
    x: int
    name: str = "p"


@dataclass
class Line:
    start: Point
    points: list[Point] = dataclasses.field(default_factory=list)
    note: str | None = None


@dataclass(frozen=True)
class FrozenPoint:
    x: int
    name: str


@dataclass
class Chain:
    name: str
    next: Optional["Chain"] = None


@dataclass
class Posted:
    x: int
    name: str
    double: int = dataclasses.field(init=False, default=0)

    def __post_init__(self) -> None:
        self.double = self.x * 2


@dataclass
class Child(Point):
    day: date | None = None


@dataclass
class Boxed(Generic[T]):
    it: T
    name: str = ""


class Held(ExtendedNamedTuple, Generic[T]):
    it: T
    name: str = "h"


@pydantic.dataclasses.dataclass
class Checked:
    name: str
    count: Annotated[int, Field(gt=0)] = 1

    @pydantic.field_validator("name")
    @classmethod
    def not_half(cls, value: str) -> str:
        if value != "whole":
            raise ValueError("half")
        return value


@pydantic.dataclasses.dataclass(config=ConfigDict(extra="forbid"), kw_only=True)
class Forbidding:
    name: str = Field(alias="title")


@dataclass(slots=True)
class Slotted:
    name: str
    x: int = 0


class Drawing(BaseModel):
    line: Line
    checked: list[Checked] = []


class Movie(TypedDict):
    title: str
    year: int


class Loose(TypedDict, total=False):
    title: str
    year: int


class Mixed(TypedDict):
    title: Required[str]
    year: NotRequired[int]
    read: list[str]


class Film(Movie):
    point: Point


class Shelf(BaseModel):
    movie: Movie
    loose: Loose = {}
    more: list[Movie] = []


class Pair(NamedTuple):
    number: int
    name: str = "n"


class Pairs(BaseModel):
    pair: Pair
    pairs: list[Pair] = []


class Aliased(NamedTuple):
    number: Annotated[int, Field(alias="No")]
    name: str = "n"


class LoudPair(BaseModel):
    model_config = ConfigDict(alias_generator=str.upper)

    pair: Pair


@pydantic.with_config(ConfigDict(extra="allow"))
class Greedy(TypedDict, total=False):
    number: Annotated[int, Field(alias="No")]
    name: str


@pydantic.dataclasses.dataclass(config=ConfigDict(extra="allow"))
class GreedyPoint:
    x: Annotated[str, Field(alias="X")] = "x"


Plain = collections.namedtuple("Plain", ["a", "b"])


class RootPair(RootModel[Pair]):
    pass


class RootPairs(RootModel[RootPair]):
    pass


class Strictly(BaseModel):
    """What has no configuration of its own has that of what it is in."""

    model_config = ConfigDict(extra="forbid", strict=True)
    movie: Movie
    point: Point = Point(0)


class Openly(BaseModel):
    model_config = ConfigDict(extra="allow", alias_generator=str.upper)
    movie: Movie
    films: set[str] | list[Film] = []


LINE = '{"start":{"x":1,"name":"ab"},"points":[{"x":2}],"note":"cd"}'
start = Whole(Point, x=1, name="ab")

ROWS = [
    Row("dataclass", Point, '{"x":1,"name":"ab"}',
        [('{"x":1', Open(Point)), ('{"x":1,"name":"a', Open(Point, x=1, name="a"))],
        ['{"x":"x"}', '{"name":"a"}', "7 "]),
    Row("dataclass-nested", Line, LINE,
        [('{"start":{"x":1,"name":"a', Open(Line, start=Open(Point, x=1, name="a"))),
         ('{"start":{"x":1,"name":"ab"},"points":[{',
          Open(Line, start=start, points=[Open(Point)])),
         (LINE[:-3], Open(Line, start=start, points=[Whole(Point, x=2, name="p")], note="c"))],
        ['{"start":{},"points":[]}', '{"start":{"x":1},"points":[{"x":"x"}]}']),
    Row("dataclass-frozen", FrozenPoint, '{"x":1,"name":"ab"}',
        [('{"x":1,"name":"a', Open(FrozenPoint, x=1, name="a"))], ['{"x":1}']),
    Row("dataclass-recursive", Chain, '{"name":"a","next":{"name":"bc"}}',
        [('{"name":"a","next":{"name":"b', Open(Chain, name="a", next=Open(Chain, name="b")))],
        ['{"name":"a","next":{}}']),
    Row("dataclass-post-init", Posted, '{"x":1,"name":"ab"}',
        [('{"x":1,"name":"a', Open(Posted, x=1, name="a"))], ['{"x":1}']),
    Row("dataclass-inherited", Child, '{"x":1,"day":"2024-01-02"}',
        [('{"x":1,"day":"2024', Open(Child, x=1))], ['{"x":1,"day":"x"}']),
    Row("named-tuple-generic", list[Held[Point]], '[[{"x":1,"name":"ab"},"c"]]',
        [('[[{"x":1,"name":"a', [Held(Open(Point, x=1, name="a"))]),
         ('[[{"x":1,"name":"ab"},"', [Held(Whole(Point, x=1, name="ab"), "")])], ["[[1]]"]),
    Row("dataclass-generic", Boxed[int], '{"it":1,"name":"ab"}',
        [('{"it":1,"name":"a', Open(Boxed, it=1, name="a"))], ['{"it":"x"}']),
    Row("dataclass-slots", Slotted, '{"name":"ab","x":1}',
        [('{"name":"a', Open(Slotted, name="a"))], ["{}"]),
    Row("dataclass-of-pydantic", Checked, '{"name":"whole","count":2}',
        [('{"name":"wh', Open(Checked, name="wh"))],
        ['{"name":"half"}', '{"name":"whole","count":0}']),
    Row("dataclass-forbid-and-alias", Forbidding, '{"title":"ab"}',
        [('{"title":"a', Open(Forbidding, name="a"))], ['{"title":"ab","x":1}']),
    Row("dataclass-in-a-model", Drawing, f'{{"line":{LINE},"checked":[{{"name":"whole"}}]}}',
        [('{"line":{"start":{"x":1,', Open(Drawing, line=Open(Line, start=Open(Point, x=1)))),
         (f'{{"line":{LINE},"checked":[{{"name":"wh',
          Open(Drawing, line=Whole(Line, start=start, points=[Whole(Point, x=2, name="p")],
                          note="cd"),
               checked=[Open(Checked, name="wh")]))],
        [f'{{"line":{LINE},"checked":[{{"name":"half"}}]}}']),
    Row("list-of-dataclasses", list[Point], '[{"x":1},{"x":2,"name":"ab"}]',
        [('[{"x":1},{"x":2,"name":"a', [Whole(Point, x=1, name="p"), Open(Point, x=2, name="a")])],
        ['[{}]']),
    Row("typed-dict", Movie, '{"title":"ab","year":1999}',
        [("{", {}), ('{"title":"a', {"title": "a"}), ('{"title":"ab","year":19', {"title": "ab"})],
        ['{"title":"ab"}', '{"title":1,"year":1}']),
    Row("typed-dict-not-total", Loose, '{"title":"ab"}', [('{"title":"a', {"title": "a"})],
        ['{"year":"x"}']),
    Row("typed-dict-required-and-not", Mixed, '{"title":"ab","read":["cd"]}',
        [('{"title":"ab","read":["c', {"title": "ab", "read": ["c"]})], ['{"title":"ab"}']),
    Row("typed-dict-inherited", Film, '{"title":"ab","year":1,"point":{"x":1,"name":"cd"}}',
        [('{"title":"ab","year":1,"point":{"x":1,"name":"c',
          {"title": "ab", "year": 1, "point": Open(Point, x=1, name="c")})],
        ['{"title":"ab","year":1,"point":{}}']),
    Row("typed-dict-in-a-model", Shelf,
        '{"movie":{"title":"ab","year":1},"more":[{"title":"cd","year":2}]}',
        [('{"movie":{"title":"a', Open(Shelf, movie={"title": "a"})),
         ('{"movie":{"title":"ab","year":1},"more":[{"title":"c',
          Open(Shelf, movie={"title": "ab", "year": 1}, more=[{"title": "c"}]))],
        ['{"movie":{"title":"ab"}}']),
    Row("named-tuple-of-array", Pairs, '{"pair":[1,"ab"],"pairs":[[2,"c"],[3]]}',
        [('{"pair":[1,"ab"],"pairs":[[2,"c"]',
          Open(Pairs, pair=Pair(1, "ab"), pairs=[Pair(2, "c")])),
         ('{"pair":[1,"a', Open(Pairs, pair=Pair(1, "a")))],
        ['{"pair":["x"]}', '{"pair":[]}']),
    Row("named-tuple-of-object", Pairs, '{"pair":{"number":1,"name":"ab"}}',
        [('{"pair":{"number":1,"name":"a', Open(Pairs, pair=Pair(1, "a"))),
         ('{"pair":{"number":1,"name":"ab"}', Open(Pairs, pair=Pair(1, "ab")))],
        ['{"pair":{"name":"a"}}']),
    Row("named-tuple-with-alias", Aliased, '{"No":1,"name":"ab"}',
        [('{"No":1,"name":"a', Aliased(1, "a"))], ['{"number":1}', '{"No":"x"}']),
    Row("named-tuple-with-inherited-aliases", LoudPair, '{"PAIR":{"NUMBER":1,"NAME":"ab"}}',
        [('{"PAIR":{"NUMBER":1,"NAME":"a', Open(LoudPair, pair=Pair(1, "a")))],
        ['{"PAIR":{"number":1}}', '{"PAIR":{"NUMBER":"x"}}']),
    Row("root-named-tuple", Pair, '[1,"ab"]', [('[1,"a', Pair(1, "a"))], ["[]"]),
    Row("root-model-of-named-tuple", RootPair, '[1,"ab"]',
        [('[1,"a', Open(RootPair, root=Pair(1, "a")))], ["[]", '{"name":"a"}']),
    Row("root-model-of-root-model", RootPairs, '{"number":1,"name":"ab"}',
        [('{"number":1,"name":"a', Open(RootPairs, root=Open(RootPair, root=Pair(1, "a"))))],
        ["[]"]),
    Row("config-inherited-strict", Strictly,
        '{"movie":{"title":"ab","year":1999},"point":{"x":1}} ',
        [('{"movie":{"title":"a', Open(Strictly, movie={"title": "a"})),
         ('{"movie":{"title":"ab","year":1999},"point":{"x":1}',
          Open(Strictly, movie={"title": "ab", "year": 1999}, point=Whole(Point, x=1, name="p")))],
        ['{"movie":{"title":"ab","year":"1"}}', '{"movie":{"title":"ab","year":1,"more":2}}',
         '{"movie":{"title":"ab","year":1},"point":{"x":"1"}}',
         '{"movie":{"title":"ab","year":1},"point":{"x":1,"z":2}}']),
    Row("config-inherited-aliases", Openly,
        '{"MOVIE":{"TITLE":"ab","YEAR":1,"more":[2]},"else":3}',
        [('{"MOVIE":{"TITLE":"a', Open(Openly, movie={"title": "a"})),
         ('{"MOVIE":{"TITLE":"ab","YEAR":1,"more":[2]}',
          Open(Openly, movie={"title": "ab", "year": 1, "more": [2]}))],
        ['{"MOVIE":{"title":"ab","year":1}}']),
    # Pydantic keeps other keys, but for those with the name of a field that has another key.
    Row("typed-dict-lost-key", Greedy, '{"number":"ab","more":[1],"No":7,"name":"cd"}',
        [('{"number":"a', {}), ('{"number":"ab","more":[', {"more": []}),
         ('{"number":"ab","more":[1],"No":7,"name":"c', {"more": [1], "number": 7, "name": "c"})],
        ['{"No":"x","number":1}']),
    Row("dataclass-lost-key", GreedyPoint, '{"x":"ab","y":[1]}',
        [('{"x":"a', Open(GreedyPoint)), ('{"x":"ab","y":[', Open(GreedyPoint))],
        ['{"x":"ab","X":1}']),
    Row("collections-namedtuple", Plain, '[1,"ab"]', [('[1,"a', Plain(1, "a"))], ["[]"]),
]  # fmt: skip
