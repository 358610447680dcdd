"""What a row of the table says, and the short ways to write one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pydantic
from pydantic import ConfigDict, create_model

from partialjson import MISSING

NOTHING = MISSING

VERSION = tuple(map(int, pydantic.VERSION.split(".")[:2]))
"""Of Pydantic. Rows of what an older one cannot express are for newer ones alone."""


class Seen:
    """What is expected of an object: its class, whether it is whole, and the fields that show.

    Of an object that has closed these are the fields that were given (of a dataclass: all).
    """

    def __init__(self, whole: bool, type_: type, fields: Mapping[str, Any]) -> None:
        self.whole = whole
        self.type = type_
        self.fields = fields


def Open(type_: type, /, **fields: Any) -> Seen:
    """Expect an instance of ``Partial[type_]``."""
    return Seen(False, type_, fields)


def Whole(type_: type, /, **fields: Any) -> Seen:
    """Expect an instance of ``type_`` itself."""
    return Seen(True, type_, fields)


@dataclass(frozen=True)
class Row:
    """A type, a document, and what must show after some of its beginnings.

    `broken` are documents that do not fit the type, or fit by Pydantic's leave only. `mends` says
    that a validator changes what had shown; `repeats` that a key comes twice.
    """

    name: str
    type: Any
    text: str
    shown: Sequence[tuple[str, Any]]
    broken: Sequence[str] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    mends: bool = False
    repeats: bool = False

    def __post_init__(self) -> None:
        for prefix, _ in self.shown:
            assert self.text.startswith(prefix), (self.name, prefix)


def single(name: str, annotation: Any, default: Any = ..., **config: Any) -> Any:
    """Make a model with one field, `it`, that pickle finds by its name."""
    title = "It" + "".join(part.capitalize() for part in name.replace("-", " ").split())
    assert title not in globals()
    model = create_model(
        title, __config__=ConfigDict(**config), __module__=__name__, it=(annotation, default)
    )
    globals()[title] = model
    return model


def grows(
    name: str,
    annotation: Any,
    document: str,
    *stages: tuple[str, Any],
    broken: str | None = None,
    mends: bool = False,
    options: Mapping[str, Any] | None = None,
    **config: Any,
) -> Row:
    """Make a row of a field that shows while it is open, at each (beginning, value)."""
    model = single(name, annotation, **config)
    shown: list[tuple[str, Any]] = [("{", Open(model)), ('{"it":', Open(model))]
    for text, value in stages:
        open_ = Open(model) if value is NOTHING else Open(model, it=value)
        shown.append((f'{{"it":{text}', open_))
    return Row(
        name,
        model,
        f'{{"it":{document} }}',
        shown,
        broken=() if broken is None else (f'{{"it":{broken} }}',),
        options=options or {},
        mends=mends,
    )


def waits(
    name: str, annotation: Any, document: str, value: Any, *, broken: str | None = None, **more: Any
) -> Row:
    """Make a row of a field that shows when it is complete."""
    cuts = [document[:end] for end in {1, len(document) // 2, len(document) - 1} - {0}]
    stages = [(cut, NOTHING) for cut in cuts]
    return grows(
        name, annotation, document, *stages, (document + " ", value), broken=broken, **more
    )
