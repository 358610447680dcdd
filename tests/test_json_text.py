"""JSON text as the wire writes it."""

import json
import math
import sys
from typing import Any

from partialjson._json_text import json_text
from tests.observation import Exact
from tests.strategies import document, seeded


def test_json_text_is_read_back() -> None:
    for random in seeded(300, 5000):
        value = json.loads(document(random).decode("utf-8-sig"))
        text = json_text(value)
        assert "\n" not in text
        assert Exact(json.loads(text)) == Exact(value)


def test_json_text_of_any_depth() -> None:
    size = 100_000
    value: Any = 1
    for _ in range(size):
        value = {"a": [0, value]}
    assert json_text(value) == '{"a":[0,' * size + "1" + "]}" * size
    # Comparing and dropping it would recurse in Python itself: it is taken apart by hand.
    while isinstance(value, dict):
        value = value.pop("a").pop()


def test_numbers_that_json_has_not() -> None:
    inf = math.inf
    assert json_text([inf, -inf, math.nan, -0.0, {}]) == "[1e999,-1e999,null,-0.0,{}]"
    assert [json_text(x) for x in (inf, -inf, math.nan)] == ["1e999", "-1e999", "null"]
    big = 7 * 10**5000 + 3
    limit = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)
    try:
        text = json_text([big, True, None, "x"])
    finally:
        sys.set_int_max_str_digits(limit)
    assert text == "[7" + "0" * 4999 + '3,true,null,"x"]'
