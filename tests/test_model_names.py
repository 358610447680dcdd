"""A named type is read once, however many others refer to it: plans are made by the name."""

from __future__ import annotations

from itertools import permutations, product
from typing import TYPE_CHECKING, Any, ForwardRef, NamedTuple, cast

import pytest
from pydantic import BaseModel, RootModel, TypeAdapter, create_model
from typing_extensions import TypeAliasType

import partialjson._leaves
from partialjson import ModelParser

if TYPE_CHECKING:
    from collections.abc import Callable


class Plain(BaseModel):
    n: int = 0


# Type checkers know of such calls only where they stand alone.
MAKERS: dict[str, Callable[[Any], Any]] = {
    "alias": lambda inner: cast("Any", TypeAliasType)("A", list[inner] | dict[str, inner]),
    "root": lambda inner: create_model("R", __base__=RootModel[list[inner] | dict[str, inner]]),
    "tuple": lambda inner: cast("Any", NamedTuple)("T", [("a", inner), ("b", inner)]),
}


@pytest.fixture
def validators(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The types that a validator was asked for, each time."""
    asked: list[Any] = []

    def adapter(type_: Any, **more: Any) -> TypeAdapter[Any]:
        asked.append(type_)
        return TypeAdapter(type_, **more)

    monkeypatch.setattr(partialjson._leaves, "TypeAdapter", adapter)
    return asked


@pytest.mark.parametrize("names", [*permutations(MAKERS, 1), *permutations(MAKERS)], ids=str)
def test_what_many_others_hold_is_read_once(names: tuple[str, ...], validators: list[Any]) -> None:
    """As much is made for each level, where it was twice as much as for the one below."""

    def made(levels: int) -> int:
        outer: Any = Plain
        for _, name in product(range(levels), names):
            outer = MAKERS[name](outer)
        validators.clear()
        ModelParser(outer)
        return len(validators)

    # What is innermost is kept, once it has been read.
    _, few, more, many = map(made, (1, 1, 2, 3))
    assert many - more == more - few > 0


def test_what_is_held_forty_times_over_shows() -> None:
    """It would take years if each that holds another read that one anew."""
    outer: Any = Plain
    for _, name in product(range(14), MAKERS):
        outer = MAKERS[name](outer)
    shown = ModelParser(outer).feed('[[[{"a": [')
    assert isinstance(shown.a.root[0][0], tuple)


def test_what_refers_to_each_other_is_not_read_in_every_order(validators: list[Any]) -> None:
    """Which names are being read around one counts, and not in which order they came to be."""
    names = ["One", "Two", "Three", "Four", "Five"]
    fields = cast("Any", tuple)[tuple(ForwardRef(f"{name} | None") for name in names)]
    roots = {name: create_model(name, __base__=RootModel, root=(fields, ...)) for name in names}
    for root in roots.values():
        root.model_rebuild(_types_namespace=roots)
    assert repr(ModelParser(roots["One"]).feed("[null, [")) == (
        "Partial[One](root=(None, Partial[Two](root=())))"
    )
    # Each of four, with any of the other three around it, and five fields of each. Orders are 64.
    assert len(validators) < 2 * 5 * (1 + 4 * 2**3) + 5
