"""What is kept with a class: its partial class, its plan, its program."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from partialjson._partialjson import Program

lock = threading.RLock()
"""Held while a class is read or gets its partial class."""


class Cell:
    """What is kept with a class, in its own ``__dict__``, so that it goes when the class goes.

    A weak dictionary could not do that: its values are subclasses of its keys. Pickled by value
    (as cloudpickle does with classes) it is empty, and is filled again where it arrives.
    """

    __slots__ = ("partial", "plan", "program")
    name = "__partialjson__"

    def __init__(self) -> None:
        self.partial: type | None = None
        """The class `Partial[T]` of a T."""
        self.plan: Any = None
        self.program: Program | None = None

    def __reduce__(self) -> tuple[type[Cell], tuple[()]]:
        return Cell, ()


def cell_of(type_: type) -> Cell:
    """The cell of `type_` itself, not of a class that it inherits from."""
    cell = _kept_by(type_)
    if cell is None:
        with lock:
            cell = _kept_by(type_)
            if cell is None:
                cell = Cell()
                type.__setattr__(type_, Cell.name, cell)
    return cell


def _kept_by(type_: type) -> Cell | None:
    cell = vars(type_).get(Cell.name)
    return cell if isinstance(cell, Cell) else None


def known_program(type_: object) -> Program | None:
    """The program of a model that has been compiled; None for everything else."""
    cell = _kept_by(type_) if isinstance(type_, type) else None
    return None if cell is None else cell.program
