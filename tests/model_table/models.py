"""Models of every make."""

import functools
from datetime import date
from typing import Annotated, Any, ClassVar, Generic, Optional, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    RootModel,
    SerializeAsAny,
    computed_field,
    create_model,
    field_serializer,
    model_serializer,
)
from typing_extensions import Self

from tests.model_table.row import Open, Row, Whole
from tests.models import Address, Geo

T = TypeVar("T")
K = TypeVar("K")


class User(BaseModel):
    name: str
    address: Address
    tags: list[str] = []


class Empty(BaseModel):
    pass


class Admin(User):
    level: int = 1


class Mixin(BaseModel):
    created: date


class Both(Mixin, Address):
    pass


class Narrowed(User):
    name: str = "nobody"


class Node(BaseModel):
    value: int
    next: Optional["Node"] = None


class Tree(BaseModel):
    name: str
    kids: list["Tree"] = []


class Branch(BaseModel):
    name: str
    by_name: dict[str, "Branch"] = {}


class Selfish(BaseModel):
    name: str
    other: Self | None = None
    others: list[Self] = []


class Left(BaseModel):
    name: str
    right: Optional["Right"] = None


class Right(BaseModel):
    lefts: list[Left] = []


class Page(BaseModel, Generic[T]):
    items: list[T]
    first: T | None = None


class Pair(BaseModel, Generic[K, T]):
    key: K
    value: T


class UserPage(Page[User]):
    total: int = 0


class Linked(BaseModel, Generic[T]):
    it: T
    next: Optional["Linked[T]"] = None


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)
    name: str
    geo: Geo | None = None


class Assigned(BaseModel):
    model_config = ConfigDict(validate_assignment=True)
    name: str
    age: int


class Attributes(BaseModel):
    model_config = ConfigDict(from_attributes=True, revalidate_instances="always")
    name: str
    geo: Geo


class Defaulted(BaseModel):
    model_config = ConfigDict(validate_default=True)
    count: int = "7"
    name: str


class Private(BaseModel):
    name: str
    _hidden: int = 7
    _made: list[int] = PrivateAttr(default_factory=list)
    _unset: str


class Initialised(BaseModel):
    name: str
    age: int = 0
    _name_upper: str = ""

    def model_post_init(self, context: Any, /) -> None:
        self._name_upper = self.name.upper()


class Computed(BaseModel):
    width: int
    height: int

    @computed_field
    @property
    def area(self) -> int:
        return self.width * self.height


class Cached(BaseModel):
    width: int

    @functools.cached_property
    def double(self) -> int:
        return self.width * 2


class Serialized(BaseModel):
    name: str
    born: date

    @field_serializer("born")
    def year(self, born: date) -> int:
        return born.year


class WholeSerialized(BaseModel):
    name: str
    age: int

    @model_serializer
    def plain(self) -> dict[str, Any]:
        return {"name": self.name.upper(), "age": self.age + 1}


class WithClassVar(BaseModel):
    kinds: ClassVar[list[str]] = ["a"]
    name: str


class Custom(BaseModel):
    name: str

    def __init__(self, **data: Any) -> None:
        super().__init__(**data)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Custom) and self.name == other.name

    __hash__ = None


class Documented(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True, title="A thing", str_max_length=3)
    name: str
    """What it is called."""


class Described(BaseModel):
    name: Annotated[str, Field(description="x", examples=["a"], deprecated=False)]
    geo: Annotated[Geo | None, Field(title="Where")] = None


class AnyShaped(BaseModel):
    base: SerializeAsAny[Address]


Made = create_model("Made", __module__=__name__, name=(str, ...), geo=(Geo | None, None))


class Numbers(RootModel[list[int]]):
    pass


class Users(RootModel[list[User]]):
    pass


class ByName(RootModel[dict[str, Geo]]):
    pass


class Interval(RootModel[tuple[int, int]]):
    pass


class Title(RootModel[str]):
    pass


class Score(RootModel[int]):
    pass


class Book(BaseModel):
    title: Title
    scores: Numbers
    places: ByName


class Registered(BaseModel):
    kinds: ClassVar[list[type]] = []

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        Registered.kinds.append(cls)

    name: str


GEO = '{"lat":1,"lon":2.5}'
geo = Whole(Geo, lat=1.0, lon=2.5)
USER = f'{{"name":"Jo","address":{{"city":"B","geo":{GEO}}},"tags":["a","b"]}}'

ROWS = [
    Row("model", User, USER,
        [("{", Open(User)), ('{"name":"J', Open(User, name="J")),
         ('{"name":"Jo","address":{', Open(User, name="Jo", address=Open(Address))),
         (USER[:USER.index("}") + 1], Open(User, name="Jo", address=Open(Address, city="B",
          geo=geo))),
         (USER[:-3], Open(User, name="Jo", address=Whole(Address, city="B", geo=geo),
                          tags=["a", "b"]))],
        [USER.replace("2.5", '"x"'), '{"name":"Jo"}', "[]"]),
    Row("model-without-fields", Empty, '{"a":1}', [("{", Open(Empty))], ["1 "]),
    Row("model-inherited", Admin, '{"level":2,"name":"Jo","address":{"city":"B"}}',
        [('{"level":2,"name":"J', Open(Admin, level=2, name="J"))], ['{"level":"x"}']),
    Row("model-of-two-bases", Both, '{"city":"B","created":"2024-01-02"}',
        [('{"city":"B","created":"2024', Open(Both, city="B"))], ['{"created":"x"}']),
    Row("model-narrowed", Narrowed, '{"address":{"city":"B"}}',
        [('{"address":{"city":"', Open(Narrowed, address=Open(Address, city="")))], ["{}"]),
    Row("linked-list", Node, '{"value":1,"next":{"value":2,"next":{"value":3}}}',
        [('{"value":1,"next":{"value":2,"next":{',
          Open(Node, value=1, next=Open(Node, value=2, next=Open(Node)))),
         ('{"value":1,"next":{"value":2,"next":{"value":3}',
          Open(Node, value=1, next=Open(Node, value=2, next=Whole(Node, value=3))))],
        ['{"value":1,"next":{"value":2,"next":{"value":"x"}}}']),
    Row("tree", Tree, '{"name":"a","kids":[{"name":"b","kids":[{"name":"c"}]},{"name":"d"}]}',
        [('{"name":"a","kids":[{"name":"b","kids":[{"name":"c',
          Open(Tree, name="a", kids=[Open(Tree, name="b", kids=[Open(Tree, name="c")])])),
         ('{"name":"a","kids":[{"name":"b","kids":[{"name":"c"}]},{',
          Open(Tree, name="a",
               kids=[Whole(Tree, name="b", kids=[Whole(Tree, name="c")]), Open(Tree)]))],
        ['{"name":"a","kids":[{"name":"b","kids":[{"name":1}]}]}']),
    Row("tree-by-name", Branch, '{"name":"a","by_name":{"b":{"name":"b"}}}',
        [('{"name":"a","by_name":{"b":{"name":"',
          Open(Branch, name="a", by_name={"b": Open(Branch, name="")}))],
        ['{"name":"a","by_name":{"b":{}}}']),
    Row("self", Selfish, '{"name":"a","other":{"name":"b"},"others":[{"name":"c"}]}',
        [('{"name":"a","other":{"name":"', Open(Selfish, name="a", other=Open(Selfish, name=""))),
         ('{"name":"a","other":{"name":"b"},"others":[{"name":"c',
          Open(Selfish, name="a", other=Whole(Selfish, name="b"),
               others=[Open(Selfish, name="c")]))],
        ['{"name":"a","other":{}}']),
    Row("mutual", Left, '{"name":"a","right":{"lefts":[{"name":"b","right":{}}]}}',
        [('{"name":"a","right":{"lefts":[{"name":"b","right":{',
          Open(Left, name="a", right=Open(Right, lefts=[Open(Left, name="b",
              right=Open(Right))])))],
        ['{"name":"a","right":{"lefts":[{}]}}']),
    Row("generic", Page[Geo], f'{{"items":[{GEO},{GEO}],"first":{GEO}}}',
        [(f'{{"items":[{GEO},{{', Open(Page[Geo], items=[geo, Open(Geo)]))],
        ['{"items":[{}]}']),
    Row("generic-of-generic", Page[Page[int]], '{"items":[{"items":[1,2]}]}',
        [('{"items":[{"items":[1,', Open(Page[Page[int]], items=[Open(Page[int], items=[1])]))],
        ['{"items":[{"items":["x"]}]}']),
    Row("generic-without-parameters", Page, '{"items":[{"a":1}],"first":"ab"}',
        [('{"items":[{"a":1}],"first":"a', Open(Page, items=[{"a": 1}], first="a"))],
        ['{"items":1}']),
    Row("generic-of-two", Pair[str, list[int]], '{"key":"a","value":[1]}',
        [('{"key":"a","value":[', Open(Pair[str, list[int]], key="a", value=[]))],
        ['{"key":1,"value":[]}']),
    Row("generic-inherited", UserPage, f'{{"items":[{USER}],"total":1}}',
        [('{"items":[{"name":"Jo', Open(UserPage, items=[Open(User, name="Jo")]))],
        ['{"items":[],"total":"x"}']),
    Row("generic-recursive", Linked[int], '{"it":1,"next":{"it":2}}',
        [('{"it":1,"next":{"it":2', Open(Linked[int], it=1, next=Open(Linked[int])))],
        ['{"it":1,"next":{"it":"x"}}']),
    Row("frozen", Frozen, f'{{"name":"Jo","geo":{GEO}}}',
        [('{"name":"Jo","geo":{', Open(Frozen, name="Jo", geo=Open(Geo)))], ['{"name":1}']),
    Row("validate-assignment", Assigned, '{"name":"Jo","age":7}',
        [('{"name":"Jo","age":7', Open(Assigned, name="Jo"))], ['{"name":"Jo","age":"x"}']),
    Row("from-attributes", Attributes, f'{{"name":"Jo","geo":{GEO}}}',
        [(f'{{"name":"Jo","geo":{GEO}', Open(Attributes, name="Jo", geo=geo))],
        ['{"name":"Jo","geo":[]}']),
    Row("validate-default", Defaulted, '{"name":"Jo"}',
        [('{"name":"J', Open(Defaulted, name="J"))], ["{}"]),
    Row("private-attributes", Private, '{"name":"Jo","_hidden":1}',
        [('{"name":"J', Open(Private, name="J"))], ['{"name":1}']),
    Row("model-post-init", Initialised, '{"name":"Jo","age":7}',
        [('{"name":"J', Open(Initialised, name="J"))], ['{"name":"Jo","age":"x"}']),
    Row("computed-field", Computed, '{"width":2,"height":3}',
        [('{"width":2,', Open(Computed, width=2))], ['{"width":2}']),
    Row("computed-field-nested", Page[Computed], '{"items":[{"width":2,"height":3}]}',
        [('{"items":[{"width":2,"height":3}',
          Open(Page[Computed], items=[Whole(Computed, width=2, height=3)]))],
        ['{"items":[{"width":2}]}']),
    Row("cached-property", Cached, '{"width":2}', [('{"width":', Open(Cached))], ["{}"]),
    Row("field-serializer", Serialized, '{"name":"Jo","born":"2024-01-02"}',
        [('{"name":"Jo","born":"2024-01-02"',
          Open(Serialized, name="Jo", born=date(2024, 1, 2)))], ['{"name":"Jo","born":"x"}']),
    Row("model-serializer", WholeSerialized, '{"name":"Jo","age":7}',
        [('{"name":"J', Open(WholeSerialized, name="J"))], ['{"name":"Jo"}']),
    Row("class-variable", WithClassVar, '{"name":"Jo","kinds":1}',
        [('{"name":"J', Open(WithClassVar, name="J"))], ["{}"]),
    Row("own-init-and-eq", Custom, '{"name":"Jo"}', [('{"name":"J', Open(Custom, name="J"))],
        ["{}"]),
    Row("documented", Documented, '{"name":"Jo"}', [('{"name":"J', Open(Documented, name="J"))],
        ['{"name":"John"}']),
    Row("described", Described, f'{{"name":"Jo","geo":{GEO}}}',
        [('{"name":"Jo","geo":{', Open(Described, name="Jo", geo=Open(Geo)))], ['{"name":1}']),
    Row("serialize-as-any", AnyShaped, '{"base":{"city":"B"}}',
        [('{"base":{"city":"', Open(AnyShaped, base=Open(Address, city="")))], ['{"base":{}}']),
    Row("create-model", Made, f'{{"name":"Jo","geo":{GEO}}}',
        [('{"name":"Jo","geo":{', Open(Made, name="Jo", geo=Open(Geo)))], ['{"geo":{}}']),
    Row("registry-of-subclasses", Registered, '{"name":"Jo"}',
        [('{"name":"J', Open(Registered, name="J"))], ["{}"]),
    # Root models.
    Row("root-model-of-list", Numbers, "[1,2]",
        [("[", Open(Numbers, root=[])), ("[1,", Open(Numbers, root=[1]))], ['["x"]']),
    Row("root-model-of-models", Users, f"[{USER}]",
        [('[{"name":"J', Open(Users, root=[Open(User, name="J")]))], ["[{}]"]),
    Row("root-model-of-dict", ByName, f'{{"a":{GEO}}}',
        [('{"a":{', Open(ByName, root={"a": Open(Geo)}))], ['{"a":1}']),
    Row("root-model-of-tuple", Interval, "[1,2]",
        [("[", Open(Interval, root=())), ("[1,", Open(Interval, root=(1,)))], ["[1]", "[1,2,3]"]),
    Row("root-model-of-str", Title, '"ab"', [('"a', Open(Title, root="a"))], ["1 "]),
    Row("root-model-nested", Book, f'{{"title":"ab","scores":[1,2],"places":{{"a":{GEO}}}}}',
        [('{"title":"a', Open(Book, title=Open(Title, root="a"))),
         ('{"title":"ab","scores":[1,',
          Open(Book, title=Whole(Title, root="ab"), scores=Open(Numbers, root=[1]))),
         ('{"title":"ab","scores":[1,2],"places":{"a":{',
          Open(Book, title=Whole(Title, root="ab"), scores=Whole(Numbers, root=[1, 2]),
               places=Open(ByName, root={"a": Open(Geo)})))],
        ['{"title":"ab","scores":["x"],"places":{}}']),
    Row("root-model-of-int-in-a-list", list[Score], "[1,2]",
        [("[1,", [Whole(Score, root=1)])], ['["x"]']),
]  # fmt: skip
