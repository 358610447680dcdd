"""Unions: of kinds that JSON tells apart, of objects with a tag, and of what only the end tells."""

from datetime import date
from typing import Annotated, Any, Literal, NewType, Union

from pydantic import BaseModel, Discriminator, Field, Tag
from typing_extensions import Self

from tests.model_table.row import NOTHING, Open, Row, Whole, grows, waits


class User(BaseModel):
    name: str


class Place(BaseModel):
    city: str
    zip: int


class Cat(BaseModel):
    kind: Literal["cat"]
    name: str
    lives: int = 9


class Dog(BaseModel):
    kind: Literal["dog", "wolf"]
    name: str
    barks: bool = True


class Fish(BaseModel):
    kind: Literal["fish"] = "fish"
    name: str


class Pets(BaseModel):
    pets: list[Annotated[Cat | Dog, Field(discriminator="kind")]]
    note: str = ""


class Aliased(BaseModel):
    type_: Literal["a"] = Field(alias="type")
    text: str


class Other(BaseModel):
    type_: Literal["b"] = Field(alias="type")
    text: str


class Round(BaseModel):
    shape: Literal["round"]
    kind: Literal["solid"]
    radius: float


class Square(BaseModel):
    shape: Literal["square"]
    kind: Literal["solid"]
    side: float


class Void(BaseModel):
    kind: Literal["void"]


class Numbered(BaseModel):
    version: Literal[1]
    text: str


class Second(BaseModel):
    version: Literal[2]
    text: str


class Leaf(BaseModel):
    text: str


class Tree(BaseModel):
    items: list[Union[Leaf, Self]] = Field(default_factory=list)  # noqa: UP007
    left: Leaf | Self | None = None


class Add(BaseModel):
    op: Literal["add"]
    left: "Expression"


class Number(BaseModel):
    op: Literal["number"]
    value: int


Expression = Annotated[Add | Number, Field(discriminator="op")]
Add.model_rebuild()


def kind_of(value: Any) -> str | None:
    if isinstance(value, dict):
        return "place" if "city" in value else "user"
    return getattr(value, "kind", None)


Tom = NewType("Tom", Cat)
Pet = Annotated[Cat | Dog, Field(discriminator="kind")]
Callable = Annotated[
    Annotated[User, Tag("user")] | Annotated[Place, Tag("place")], Discriminator(kind_of)
]
Solid = Annotated[Round | Square, Field(discriminator="shape")]
Thing = Annotated[Solid | Void, Field(discriminator="kind")]

CAT = '{"kind":"cat","name":"Tom","lives":7}'
tom = Whole(Cat, kind="cat", name="Tom", lives=7)

ROWS = [
    # Told apart by the kind of JSON.
    grows("str-or-int-text", str | int, '"7a"', ('"', ""), ('"7', "7"), broken="[]"),
    waits("str-or-int-number", str | int, "12", 12),
    grows("int-or-list", int | list[str], '["a"]', ('["', [""]), broken="{}"),
    waits("int-or-list-number", int | list[str], "12", 12),
    grows("model-or-list", User | list[User], '[{"name":"a"}]',
          ('[{"name":"', [Open(User, name="")]), broken="7"),
    grows("model-or-str-object", User | str, '{"name":"ab"}', ('{"name":"a', Open(User, name="a")),
          ('{"name":"ab"}', Whole(User, name="ab")), broken="7"),
    grows("model-or-str-text", User | str, '"ab"', ('"a', "a"), broken="{}"),
    grows("model-or-none", User | None, '{"name":"ab"}', ("{", Open(User)), broken="{}"),
    grows("model-or-none-null", User | None, "null", ("null", None), broken="7"),
    grows("model-or-list-or-str-or-none", User | list[User | None] | str | None,
          '[null,{"name":"a"}]', ('[null,{"name":"', [None, Open(User, name="")]), broken="7"),
    waits("int-or-float", int | float, "12", 12, broken='"x"'),
    waits("int-or-none", int | None, "12", 12, broken='"x"'),
    waits("bool-or-int", bool | int, "1", 1, broken='"x"'),
    # Several take the same kind: the end tells.
    waits("date-or-str", date | str, '"2024-01-02"', date(2024, 1, 2), broken="[]"),
    waits("literal-or-str", Literal["on"] | str, '"on"', "on", broken="[]"),
    waits("two-models", User | Place, '{"city":"B","zip":1}', Whole(Place, city="B", zip=1),
          broken='{"zip":1}'),
    waits("two-models-left-to-right",
          Annotated[User | Place, Field(union_mode="left_to_right")],
          '{"name":"a","city":"B","zip":1}', Whole(User, name="a"), broken="{}"),
    waits("model-or-dict", User | dict[str, int], '{"a":1}', {"a": 1}, broken='{"a":"x"}'),
    waits("two-lists", list[int] | list[str], '["a"]', ["a"], broken="[[]]"),
    grows("list-of-two-models", list[User | Place], '[{"name":"a"},{"city":"B","zip":1}]',
          ('[{"name":"', []), ('[{"name":"a"}', [Whole(User, name="a")]),
          ('[{"name":"a"},{"city":"B","zip":1}',
           [Whole(User, name="a"), Whole(Place, city="B", zip=1)]), broken="[{}]"),
    # Told apart by a tag.
    grows("tagged", Pet, CAT, ('{"kind":"ca', NOTHING), ('{"kind":"cat"', Open(Cat, kind="cat")),
          ('{"kind":"cat","name":"T', Open(Cat, kind="cat", name="T")), (CAT, tom),
          broken='{"kind":"cow"}'),
    grows("tagged-with-two-tags", Pet, '{"kind":"wolf","name":"Ab"}',
          ('{"kind":"wolf","name":"A', Open(Dog, kind="wolf", name="A")), broken='{"name":"x"}'),
    grows("tag-comes-late", Pet, '{"name":"Tom","lives":7,"kind":"cat"}',
          ('{"name":"Tom","lives":7,"kind":"ca', NOTHING),
          ('{"name":"Tom","lives":7,"kind":"cat"', Open(Cat, kind="cat", name="Tom", lives=7)),
          broken='{"kind":"cat","name":1}'),
    grows("tagged-or-none", Pet | None, CAT,
          ('{"kind":"cat","name":"T', Open(Cat, kind="cat", name="T")), broken="7"),
    grows("tagged-with-default", Annotated[Fish | Cat, Field(discriminator="kind")],
          '{"kind":"fish","name":"Ab"}',
          ('{"kind":"fish","name":"A', Open(Fish, kind="fish", name="A")), broken='{"name":"x"}'),
    Row("list-of-tagged", Pets, f'{{"pets":[{CAT},{{"kind":"dog","name":"Rex"}}],"note":"ab"}}',
        [('{"pets":[{', Open(Pets, pets=[])),
         ('{"pets":[{"kind":"cat"', Open(Pets, pets=[Open(Cat, kind="cat")])),
         (f'{{"pets":[{CAT},{{"kind":"dog","name":"R',
          Open(Pets, pets=[tom, Open(Dog, kind="dog", name="R")]))],
        ['{"pets":[{"kind":"cat"}]}', '{"pets":[{"kind":"cow"}]}']),
    grows("tag-with-alias", Annotated[Aliased | Other, Field(discriminator="type_")],
          '{"type":"b","text":"cd"}', ('{"type":"b","text":"c', Open(Other, type_="b", text="c")),
          broken='{"type":"c"}'),
    grows("tag-that-is-a-number", Annotated[Numbered | Second, Field(discriminator="version")],
          '{"version":2,"text":"cd"}',
          ('{"version":2', NOTHING),
          ('{"version":2,"text":"c', Open(Second, version=2, text="c")), broken='{"version":3}'),
    grows("tagged-by-another-name", Annotated[Tom | Dog, Field(discriminator="kind")], CAT,
          ('{"kind":"cat","name":"T', Open(Cat, kind="cat", name="T")), broken='{"kind":"cow"}'),
    grows("tagged-nested-by-one-field", Annotated[Pet | Void, Field(discriminator="kind")], CAT,
          ('{"kind":"cat","name":"T', Open(Cat, kind="cat", name="T")), broken='{"kind":"cow"}'),
    grows("tagged-nested", Thing, '{"kind":"solid","shape":"round","radius":1.5}',
          ('{"kind":"solid","shape":"roun', NOTHING),
          ('{"kind":"solid","shape":"round","radius":1.',
           Open(Round, kind="solid", shape="round")), broken='{"kind":"solid","shape":"x"}'),
    grows("tagged-nested-other", Thing, '{"kind":"void"}', ('{"kind":"void"', Open(Void,
        kind="void")),
          broken='{"kind":"solid"}'),
    waits("callable-discriminator", Callable, '{"city":"B","zip":1}', Whole(Place, city="B", zip=1),
          broken='{"city":1}'),
    grows("list-of-callable-discriminator", list[Callable], '[{"name":"a"},{"city":"B","zip":1}]',
          ('[{"name":"a"}', [Whole(User, name="a")]), broken="[7]"),
    grows("tagged-recursive", Expression, '{"op":"add","left":{"op":"number","value":1}}',
          ('{"op":"add","left":{"op":"number"',
           Open(Add, op="add", left=Open(Number, op="number"))), broken='{"op":"add","left":{}}'),
    Row("root-tagged", Pet, CAT, [('{"kind":"ca', NOTHING),
        ('{"kind":"cat","name":"T', Open(Cat, kind="cat", name="T"))], ['{"kind":"cow"}']),
    # With Self.
    Row("leaf-or-self", Tree, '{"items":[{"text":"a"},{"items":[{"text":"b"}]}]}',
        [('{"items":[{"text":"a"}', Open(Tree, items=[Whole(Leaf, text="a")])),
         ('{"items":[{"text":"a"},{"items":[{"text":"b"}]}',
          Open(Tree, items=[Whole(Leaf, text="a"), Whole(Tree, items=[Whole(Leaf, text="b")])]))],
        ['{"items":[7]}']),
    Row("list-of-kinds", list[str | int | User | None], '["ab",1,{"name":"cd"},null]',
        [('["a', ["a"]), ('["ab",1,{"name":"c', ["ab", 1, Open(User, name="c")])], ["[[]]"]),
]  # fmt: skip
