"""Lists, tuples, sets and dictionaries show while they are open, whatever is in them."""

import collections
from collections.abc import Mapping, MutableMapping, Sequence
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from tests.model_table.row import NOTHING, Open, Row, Whole, grows


class User(BaseModel):
    name: str
    age: int = 0


ann = Whole(User, name="Ann")
bo = Open(User, name="Bo")
TWO = '{"name":"Ann"},{"name":"Bo"}'

ROWS = [
    # Arrays.
    grows("list", list, '[1,["a"]]', ("[", []), ("[1", []), ("[1,", [1]), ('[1,["', [1, [""]]),
          broken="{}"),
    grows("list-of-str", list[str], '["a","bc"]', ("[", []), ('["', [""]), ('["a"', ["a"]),
          ('["a","b', ["a", "b"]), broken='["a",1]'),
    grows("list-of-int", list[int], "[1,22]", ("[1", []), ("[1,22", [1]), ("[1,22]", [1, 22]),
          broken='[1,"x"]'),
    grows("list-of-any", list[Any], '[{"a":["b"]}]', ("[{", [{}]), ('[{"a":["', [{"a": [""]}])),
    grows("list-of-lists", list[list[int]], "[[1],[2,3]]", ("[[", [[]]), ("[[1],[2,", [[1], [2]]),
          broken="[[1],2]"),
    grows("list-of-optional", list[str | None], '["a",null]', ('["a",nul', ["a"]),
          ('["a",null', ["a", None]), broken="[1]"),
    grows("list-of-length", Annotated[list[int], Field(min_length=1, max_length=2)], "[1,2]",
          ("[", []), ("[1,", [1]), broken="[1,2,3]"),
    grows("list-of-uuid", list[UUID], '["00000000-0000-0000-0000-000000000007"]', ('["000', []),
          ('["00000000-0000-0000-0000-000000000007"', [UUID(int=7)]), broken='["7"]'),
    grows("sequence", Sequence[int], "[1,2]", ("[1,", [1]), broken="{}"),
    grows("optional-list", list[int] | None, "[1,2]", ("[", []), ("[1,", [1]), broken="7"),
    grows("deque", collections.deque[int], "[1,2]", ("[1,2]", collections.deque([1, 2])),
          broken="{}"),
    grows("tuple", tuple[int, str], '[1,"ab"]', ("[", ()), ("[1,", (1,)), ('[1,"a', (1, "a")),
          broken="[1]"),
    grows("tuple-of-any-length", tuple[str, ...], '["a","b"]', ('["', ("",)),
          ('["a","', ("a", "")), broken="[1]"),
    grows("tuple-bare", tuple, '[1,["a"]]', ('[1,["', (1, [""])), broken="{}"),
    grows("tuple-of-models", tuple[User, User], f"[{TWO}]", ("[{", (Open(User),)),
          (f"[{TWO[:-2]}", (ann, bo)), broken=f"[{TWO},1]"),
    grows("set-of-int", set[int], "[1,2,1]", ("[", set()), ("[1,", {1}), ("[1,2,1", {1, 2}),
          ("[1,2,1]", {1, 2}), broken='["x"]'),
    grows("set-of-str", set[str], '["a","b"]', ('["a",', {"a"}), ('["a","b"', {"a", "b"}),
          broken="[1]"),
    grows("frozenset", frozenset[int], "[1,1]", ("[", frozenset()), ("[1,", frozenset({1})),
          broken="7"),
    grows("set-of-tuples", set[tuple[int, int]], "[[1,2],[3,4]]",
          ("[[1,2],[3,4]]", {(1, 2), (3, 4)}), broken="[[1]]"),
    grows("list-of-decimal", list[Decimal], '["1.5",2]', ('["1.5"', [Decimal("1.5")]),
          broken='["x"]'),
    # Objects with any keys.
    grows("dict", dict, '{"a":["b"]}', ("{", {}), ('{"a":["', {"a": [""]}), broken="[]"),
    grows("dict-of-str", dict[str, str], '{"a":"bc"}', ("{", {}), ('{"a":', {}),
          ('{"a":"b', {"a": "b"}), broken='{"a":1}'),
    grows("dict-of-int", dict[str, int], '{"a":1,"b":2}', ('{"a":1', {}), ('{"a":1,', {"a": 1}),
          broken='{"a":"x"}'),
    grows("dict-by-int", dict[int, str], '{"1":"a"}', ('{"1":"', {1: ""}), broken='{"x":"a"}'),
    grows("dict-of-lists", dict[str, list[int]], '{"a":[1,2]}', ('{"a":[', {"a": []}),
          ('{"a":[1,', {"a": [1]}), broken='{"a":[[]]}'),
    grows("mapping", Mapping[str, int], '{"a":1}', ("{", {}), ('{"a":1}', {"a": 1}), broken="[]"),
    grows("mutable-mapping", MutableMapping[str, int], '{"a":1}', ('{"a":1}', {"a": 1})),
    grows("ordered-dict", collections.OrderedDict[str, int], '{"b":1,"a":2}',
          ('{"b":1,"a":2}', collections.OrderedDict(b=1, a=2)), broken="[]"),
    grows("default-dict", collections.defaultdict[str, list[int]], '{"b":[1]}',
          ('{"b":[1]}', collections.defaultdict(list, b=[1])), broken="[]"),
    grows("counter", collections.Counter[str], '{"b":1}', ('{"b":1}', collections.Counter(b=1)),
          broken='{"a":"x"}'),
    grows("any-object", Any, '{"a":{"b":"c"}}', ("{", {}), ('{"a":{"b":"', {"a": {"b": ""}})),
    grows("any-array", Any, '[[1],"a"]', ("[[1],", [[1]])),
    # Models in them.
    grows("list-of-models", list[User], f"[{TWO}]", ("[", []), ("[{", [Open(User)]),
          (f"[{TWO[:14]}", [ann]), (f"[{TWO[:-2]}", [ann, bo]), broken='[{"name":1}]'),
    grows("dict-of-models", dict[str, User], '{"a":{"name":"Ann"},"b":{"name":"Bo"}}',
          ('{"a":{', {"a": Open(User)}), ('{"a":{"name":"Ann"}', {"a": ann}),
          ('{"a":{"name":"Ann"},"b":{"name":"Bo', {"a": ann, "b": bo}), broken='{"a":{}}'),
    grows("dict-of-lists-of-models", dict[str, list[User]], '{"a":[{"name":"Ann"}]}',
          ('{"a":[{"name":"A', {"a": [Open(User, name="A")]}),
           ('{"a":[{"name":"Ann"}', {"a": [ann]}),
          broken='{"a":[{"age":1}]}'),
    grows("tuple-of-str-and-model", tuple[str, User], '["x",{"name":"Bo"}]',
          ('["x",{"name":"Bo', ("x", bo)), broken='[{},""]'),
    grows("optional-everywhere", dict[str, list[User | None] | None] | None,
          '{"a":null,"b":[null,{"name":"Bo"}]}', ('{"a":null', {"a": None}),
          ('{"a":null,"b":[null,{"name":"Bo', {"a": None, "b": [None, bo]}), broken='{"a":[1]}'),
    # Roots that are no models.
    Row("root-list-of-models", list[User], f"[{TWO}]",
        [("[", []), ("[{", [Open(User)]), (f"[{TWO[:-2]}", [ann, bo])], broken=["[{}]", "{}"]),
    Row("root-dict-of-models", dict[str, User], '{"a":{"name":"Bo"}}',
        [("{", {}), ('{"a":{"name":"Bo', {"a": bo})], broken=['{"a":1}']),
    Row("root-tuple", tuple[int, str], '[1,"ab"]', [("[1", ()),
        ('[1,"a', (1, "a"))], broken=["[]"]),
    Row("root-str", str, '"ab"', [('"', ""), ('"a', "a")], broken=["1"]),
    Row("root-int", int, "12 ", [("12", NOTHING)], broken=['"x"', "null "]),
    Row("root-any", Any, '{"a":[1]}', [("{", {}), ('{"a":[', {"a": []})]),
    Row("root-optional", User | None, '{"name":"Bo"}', [('{"name":"Bo', bo)], broken=["7 "]),
    Row("root-annotated", Annotated[list[User], Field(max_length=1)], '[{"name":"Bo"}]',
        [('[{"name":"Bo', [bo])], broken=[f"[{TWO}]"]),
]  # fmt: skip
