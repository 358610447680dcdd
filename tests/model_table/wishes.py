"""`Whole` and `Required`: what a field wishes to show, and what must show with it."""

from typing import Annotated

from pydantic import BaseModel, Field

import partialjson
from tests.model_table.row import NOTHING, Open, Row, grows, waits
from tests.model_table.row import Whole as WholeObject

WholeWish = getattr(partialjson, "Whole", "Whole")
RequiredWish = getattr(partialjson, "Required", "Required")


class Geo(BaseModel):
    lat: float
    name: str = ""


class Named(BaseModel):
    id: Annotated[str, RequiredWish]
    text: str = ""


class Parent(BaseModel):
    child: Named | None = None
    children: list[Named] = []
    note: str = ""


class Both(BaseModel):
    id: Annotated[str, WholeWish, RequiredWish]
    text: str = ""


NAMED = '{"text":"ab","id":"cd"}'
named = WholeObject(Named, text="ab", id="cd")

ROWS = [
    waits("whole-str", Annotated[str, WholeWish], '"ab"', "ab", broken="1"),
    waits("whole-list", Annotated[list[str], WholeWish], '["a","b"]', ["a", "b"], broken="{}"),
    waits("whole-model", Annotated[Geo, WholeWish], '{"lat":1,"name":"ab"}',
          WholeObject(Geo, lat=1.0, name="ab"), broken="{}"),
    waits("whole-any-depth", Annotated[dict[str, list[str]] | None, WholeWish], '{"a":["b"]}',
          {"a": ["b"]}, broken="[]"),
    grows("whole-items", list[Annotated[str, WholeWish]], '["ab","cd"]', ('["a', []),
          ('["ab"', ["ab"]), ('["ab","c', ["ab"]), broken="[1]"),
    waits("whole-with-constraints", Annotated[str, WholeWish, Field(max_length=3)], '"ab"', "ab",
          broken='"abcd"'),
    Row("required-at-the-root", Named, NAMED,
        [("{", NOTHING), ('{"text":"ab","id":', NOTHING),
         ('{"text":"ab","id":"', Open(Named, text="ab", id="")),
         ('{"text":"ab","id":"c', Open(Named, text="ab", id="c"))], ['{"text":"ab"}']),
    Row("required-nested", Parent, f'{{"child":{NAMED},"note":"ef"}}',
        [('{"child":{"text":"ab"', Open(Parent)),
         ('{"child":{"text":"ab","id":"c', Open(Parent, child=Open(Named, text="ab", id="c"))),
         (f'{{"child":{NAMED},"note":"e', Open(Parent, child=named, note="e"))],
        ['{"child":{}}']),
    Row("required-in-a-list", Parent, f'{{"children":[{NAMED},{NAMED}]}}',
        [('{"children":[{"text":"ab"', Open(Parent, children=[])),
         (f'{{"children":[{NAMED},{{"text":"ab"', Open(Parent, children=[named]))],
        ['{"children":[{}]}']),
    Row("whole-and-required", Both, '{"text":"ab","id":"cd"}',
        [('{"text":"ab","id":"c', NOTHING),
         ('{"text":"ab","id":"cd"', Open(Both, text="ab", id="cd"))], ["{}"]),
]  # fmt: skip
