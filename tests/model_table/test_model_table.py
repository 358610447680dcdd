"""The table, row by row: what shows, what every snapshot can do, and how it ends."""

import copy
import dataclasses
import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import BaseModel, RootModel, TypeAdapter, ValidationError

import partialjson
from partialjson import MISSING, ModelParser
from tests.model_table import (
    containers,
    keys,
    models,
    modern,
    records,
    scalars,
    unions,
    validation,
    wishes,
)
from tests.model_table.looks import assert_grew, children, is_object, look, of, whole_objects
from tests.model_table.row import Row

TABLES = [scalars, containers, models, keys, validation, unions, records, wishes, modern]
ROWS: list[Row] = [row for table in TABLES for row in table.ROWS]


def test_the_table_has_rows_of_different_names() -> None:
    names = [row.name for row in ROWS]
    assert len(names) == len(set(names)) >= 120


def rows(having: Callable[[Row], object] = lambda row: True) -> Any:
    """Run a test for each row."""
    return pytest.mark.parametrize(
        "row", [pytest.param(row, id=row.name) for row in ROWS if having(row)]
    )


def fed(row: Row, size: int = 1) -> list[Any]:
    """The value after each `size` bytes."""
    parser: ModelParser[Any] = ModelParser(row.type, **row.options)
    data = row.text.encode()
    return [parser.feed(data[at : at + size]) for at in range(0, len(data), size)]


@rows()
def test_what_shows(row: Row) -> None:
    values = fed(row)
    for prefix, expected in row.shown:
        value = values[len(prefix.encode()) - 1]
        assert look(value) == look(expected), f"after {prefix}"


@rows()
def test_every_snapshot_is_an_object_to_use(row: Row) -> None:
    held: list[tuple[Any, Any]] = []
    closed: dict[Any, Any] = {}
    before: Any = MISSING
    for value in fed(row)[:-1]:
        seen = look(value)
        held.append((value, seen))
        if not row.mends and not row.repeats:
            assert_grew(before, value)
        if before is MISSING or seen != look(before):
            assert_usable(value)
            assert_defaults(value)
        before = value
        if not row.repeats:
            now = dict(whole_objects(value))
            for path, each in closed.items():
                assert now[path] is each, f"another object at {path}"
            closed = now
    if isinstance(row.type, type) and issubclass(row.type, BaseModel):
        assert all(isinstance(value, row.type) for value, _ in held if value is not MISSING)
    for value, seen in held:
        assert look(value) == seen, "a held value changed"


def assert_usable(value: Any) -> None:
    """It can be printed, compared, copied, pickled and dumped."""
    assert repr(value)
    for same in (copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert same == value
        assert look(same) == look(value)
    if isinstance(value, BaseModel):
        assert json.loads(value.model_dump_json()) == value.model_dump(mode="json")
        if not isinstance(value, RootModel):
            assert set(type(value).model_fields) <= set(value.model_dump())
    elif is_object(value):
        assert set(dataclasses.asdict(value)) == {each.name for each in dataclasses.fields(value)}


def assert_defaults(value: Any) -> None:
    """A field that has not begun shows its default, or None."""
    if isinstance(value, BaseModel) and not partialjson.is_complete(value):
        whole = of(value)[1]
        assert issubclass(whole, BaseModel)
        for name, field in whole.model_fields.items():
            if name not in value.model_fields_set:
                shown = getattr(value, name)
                default = None if field.is_required() else field.default
                assert shown == default or shown is None or field.default_factory is not None
    for _, child in children(value):
        assert_defaults(child)


@rows()
def test_any_split_gives_same_value(row: Row) -> None:
    byte_by_byte = [look(value) for value in fed(row)]
    for size in (3, 7, len(row.text.encode())):
        for number, value in enumerate(fed(row, size), 1):
            end = min(number * size, len(byte_by_byte))
            assert look(value) == byte_by_byte[end - 1]


def ended(call: Callable[[], Any]) -> Any:
    """A value, its type and all that it shows; or an error in all its words."""
    try:
        value = call()
    except ValidationError as error:
        return error.errors(include_url=False, include_context=False), str(error)
    return type(value), look(value), value


def assert_same_end(row: Row, text: str, strict: bool | None) -> None:
    options = {**row.options, "strict": strict}
    parser: ModelParser[Any] = ModelParser(row.type, **options)
    for at in range(0, len(text), 5):
        parser.feed(text[at : at + 5])
    expected = ended(lambda: TypeAdapter(row.type).validate_json(text, **options))
    assert ended(parser.finish) == expected
    assert ended(parser.finish) == expected


@rows()
def test_the_end_is_that_of_pydantic(row: Row) -> None:
    TypeAdapter(row.type).validate_json(row.text, **row.options)
    assert_same_end(row, row.text, row.options.get("strict"))


@rows()
def test_the_strict_end_is_that_of_pydantic(row: Row) -> None:
    assert_same_end(row, row.text, True)


@rows(lambda row: row.broken)
def test_a_broken_document_ends_as_in_pydantic(row: Row) -> None:
    for text in row.broken:
        assert_same_end(row, text, row.options.get("strict"))
        assert_same_end(row, text, True)
        parser: ModelParser[Any] = ModelParser(row.type, **row.options)
        for value in map(parser.feed, text[:-1]):
            assert_usable(value)
