"""A growing object as a person would like to watch it: a tree, or lines for a log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel
from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.text import Text
from rich.tree import Tree

import partialjson

State: TypeAlias = Literal["missing", "open", "complete"]
Path: TypeAlias = tuple[str | int, ...]

CURSOR = "▌"
# A complete object of plain values is shown on one line if it takes no more columns than this.
_FLAT = 72


@dataclass(frozen=True)
class Node:
    """One field, element or root of a growing object; ``value`` is what it shows so far."""

    path: Path
    value: Any
    state: State

    @property
    def children(self) -> list[Node]:
        """The fields of a model, the elements of a list, else nothing."""
        if isinstance(self.value, BaseModel):
            return [
                Node(
                    (*self.path, name),
                    getattr(self.value, name),
                    partialjson.state(self.value, name),
                )
                for name in type(self.value).model_fields
            ]
        if isinstance(self.value, list):
            return [
                Node((*self.path, i), item, self._state_of_item(i, item))
                for i, item in enumerate(self.value)
            ]
        return []

    def _state_of_item(self, i: int, item: Any) -> State:
        # Only the last element of an open list can be open; a model in it knows for itself.
        if self.state == "complete" or i < len(self.value) - 1:
            return "complete"
        if isinstance(item, BaseModel) and partialjson.is_complete(item):
            return "complete"
        return "open"

    def leaves(self) -> Iterator[Node]:
        """Yield the nodes without children that have begun, in order."""
        if self.state == "missing":
            return
        children = self.children
        if not children:
            yield self
        for child in children:
            yield from child.leaves()


def root(value: BaseModel) -> Node:
    """Return `value`, a model or a partial one, as a node."""
    return Node((), value, "complete" if partialjson.is_complete(value) else "open")


def dotted(path: Path) -> str:
    """Return `path` as one would write it in Python: ``sections[0].title``."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).removeprefix(".")


def tree(node: Node, name: str = "") -> Tree:
    """Return `node` as a tree: open nodes yellow, with a cursor; what is to come, dim."""
    label = Text(name, {"missing": "dim", "open": "bold yellow", "complete": "cyan"}[node.state])
    if node.state == "missing":
        return Tree(label)
    children = node.children
    if not children or _is_flat(node):
        return Tree(Text.assemble(label, "  ", _plain(node)))
    if isinstance(node.value, BaseModel) and node.state == "complete":
        label.append(" ✓", "green")
    branch = Tree(label, guide_style="dim")
    for child in children:
        step = child.path[-1]
        branch.add(tree(child, f"[{step}]" if isinstance(step, int) else step))
    return branch


class Tail:
    """Shows the last lines of a renderable: as many as the terminal has room for, less `spare`."""

    def __init__(self, renderable: Tree, spare: int) -> None:
        self._renderable = renderable
        self._spare = spare

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = console.render_lines(self._renderable, options.update(height=None), pad=False)
        for line in lines[-max(1, console.height - self._spare) :]:
            yield from line
            yield Segment.line()


def _is_flat(node: Node) -> bool:
    plain = all(not child.children for child in node.children)
    return node.state == "complete" and plain and _plain(node).cell_len <= _FLAT


def _plain(node: Node) -> Text:
    if isinstance(node.value, BaseModel):
        fields = (
            Text.assemble((str(child.path[-1]), "cyan"), " ", _plain(child))
            for child in node.children
        )
        return Text(", ").join(fields)
    if isinstance(node.value, list):
        return Text(", ").join(_plain(child) for child in node.children) or Text("[]", "dim")
    if isinstance(node.value, str):
        text = Text(node.value)
    elif node.state == "open":
        # A number, a date, a list with nothing in it yet: begun, with nothing to show.
        text = Text()
    elif node.value is None:
        text = Text("none", "dim italic")
    else:
        text = Text(str(node.value), "magenta")
    return text.append(CURSOR, "yellow") if node.state == "open" else text
