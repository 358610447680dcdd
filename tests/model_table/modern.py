"""What only newer interpreters, or newer Pydantics, have."""

import sys
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypeAliasType, TypeVar

from tests.model_table.row import VERSION, Open, Row, Whole, grows

# The syntax of 3.12, which older interpreters cannot even read.
SYNTAX = """
class Page[T](BaseModel):
    items: list[T]

# First made here, where Pydantic lets pickle find it.
IntPage = Page[int]

class Bounded[T: (int, str)](BaseModel):
    it: T

type Pages = dict[str, Page[int]]
type Nested[T] = list[T] | None
type Tree = str | list[Tree]
type TreeOf[T] = T | list[TreeOf[T]]

class Aliases(BaseModel):
    pages: Pages
    nested: Nested[str] = None
    tree: Tree = ""

class Trees(BaseModel):
    text: TreeOf[str] = ""
    page: TreeOf[IntPage] = []
"""


class User(BaseModel):
    name: str


class Derived(BaseModel):
    name: str
    upper: str = Field(default_factory=lambda data: data["name"].upper())


Users = TypeAliasType("Users", list[User])
T = TypeVar("T")
Maybe = TypeAliasType("Maybe", T | None, type_params=(T,))

ROWS = [
    grows("type-alias", Users, '[{"name":"ab"}]', ('[{"name":"a', [Open(User, name="a")]),
          broken="[{}]"),
    grows("type-alias-generic", Maybe[User], '{"name":"ab"}', ('{"name":"a', Open(User, name="a")),
          broken="7"),
    Row("factory-with-data", Derived, '{"name":"ab"}', [('{"name":"a', Open(Derived, name="a"))],
        # Before 2.14 Pydantic called the factory although the name is missing.
        ["{}"] if VERSION >= (2, 14) else ['{"upper":1}']),
]  # fmt: skip

if sys.version_info >= (3, 12):
    names: dict[str, Any] = globals()
    exec(SYNTAX, names)
    page = names["IntPage"]
    bounded = names["Bounded"][str]
    aliases = names["Aliases"]
    trees = names["Trees"]
    ROWS += [
        Row("pep695-generic", page, '{"items":[1,2]}', [('{"items":[1,', Open(page, items=[1]))],
            ['{"items":["x"]}']),
        Row("pep695-bounded", bounded, '{"it":"ab"}', [('{"it":"a', Open(bounded, it="a"))],
            ['{"it":1}']),
        Row("pep695-aliases", aliases, '{"pages":{"a":{"items":[1]}},"nested":["ab"],"tree":["c"]}',
            [('{"pages":{"a":{"items":[', Open(aliases, pages={"a": Open(page, items=[])})),
             ('{"pages":{"a":{"items":[1]}},"nested":["a',
              Open(aliases, pages={"a": Whole(page, items=[1])}, nested=["a"]))],
            ['{"pages":{"a":1}}']),
        Row("pep695-recursive-generic", trees,
            '{"text":["a",["b"]],"page":[{"items":[1]},{"items":[2]}]}',
            [('{"text":["a",["b', Open(trees, text=["a"])),
             ('{"text":["a",["b"]],"page":[{"items":[1]},{"items":[2', Open(trees,
              text=["a", ["b"]], page=[Whole(page, items=[1])]))],
            ['{"text":[[1]]}']),
    ]  # fmt: skip

if VERSION >= (2, 11):

    class ByNameOnly(BaseModel):
        model_config = ConfigDict(validate_by_name=True, validate_by_alias=False)
        one: str = Field(alias="eins")

    ROWS.append(
        Row("by-name-only", ByNameOnly, '{"eins":"no","one":"ab"}',
            [('{"eins":"no"', Open(ByNameOnly)), ('{"eins":"no","one":"a', Open(ByNameOnly,
             one="a"))],
            ['{"eins":"ab"}'])
    )  # fmt: skip
