"""A client of the wire, as docs/wire.md describes it: what any other one has to agree with."""

import copy
import json
from typing import Any

MISSING = object()


def steps_of(pointer: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def step_into(node: Any, step: str) -> str | int:
    """Give the key or the index that `step` is in this container."""
    if isinstance(node, dict):
        return step
    assert isinstance(node, list)
    assert step == "0" or step.lstrip("0") == step != ""
    return int(step)


class Client:
    """State after the events so far; strict about everything the page promises."""

    def __init__(self) -> None:
        self.value: Any = MISSING
        self.open: str | None = None
        self.id: str | None = None
        self.end: Any = None
        self.resets = 0
        self._before: tuple[str, str] | None = None
        self._is_first = True

    def connect(self) -> str | None:
        """Begin a connection; give the cursor to ask with."""
        self._before = None
        self._is_first = True
        return self.id

    def take(self, name: str, id_: str, data: str) -> None:
        assert "\n" not in data
        assert "\r" not in data
        assert self.end is None, "nothing comes after the end"
        content = json.loads(data)
        was_first, self._is_first = self._is_first, False
        match name:
            case "snap":
                assert was_first
                assert content.keys() <= {"v", "open"}
                self._before = None
                self.value = content.get("v", MISSING)
                self.open = content["open"]
            case "d":
                for delta in content if isinstance(content, list) else [content]:
                    self._apply(delta)
            case "reset":
                self._before = None
                self.value = MISSING
                self.open = None
                self.resets += 1
            case "end":
                self.end = content
                self.open = None
            case _:
                raise AssertionError(name)
        self.id = id_

    def _apply(self, delta: dict[str, Any]) -> None:
        assert delta.keys() <= {"o", "p", "v", "open"}
        op, pointer = self._before or (None, None)
        if self._before is not None:
            assert delta.get("o") != op, "what repeats is left out"
            assert delta.get("p") != pointer
        op, pointer = delta.get("o", op), delta.get("p", pointer)
        assert op in ("add", "append")
        assert pointer is not None
        self._before = (op, pointer)
        assert delta.get("open") != pointer, "what p says already is left out"
        self.open = delta.get("open", pointer)
        self._change(op, pointer, delta["v"])

    def _change(self, op: str, pointer: str, new: Any) -> None:
        if not pointer:
            self.value = new if op == "add" else self.value + new
            return
        *way, last = steps_of(pointer)
        node = self.value
        for step in way:
            node = node[step_into(node, step)]
        key = step_into(node, last)
        if op == "append":
            assert isinstance(node[key], str)
            assert isinstance(new, str)
            node[key] += new
        elif isinstance(node, list) and key == len(node):
            node.append(new)
        else:
            node[key] = new

    def state(self) -> dict[str, Any]:
        """Give what the corpus says of a state."""
        state: dict[str, Any] = {"open": self.open}
        if self.value is not MISSING:
            state["value"] = copy.deepcopy(self.value)
        return state


def patched(document: Any, patch: list[dict[str, Any]]) -> Any:
    """Give the document that a patch of RFC 6902 makes of one."""
    document = copy.deepcopy(document)
    for operation in patch:
        assert operation.keys() == {"op", "path", "value"}
        name, pointer, new = operation["op"], operation["path"], operation["value"]
        assert name in ("add", "replace")
        if not pointer:
            assert name == "add" or document is not MISSING
            document = new
            continue
        *way, last = steps_of(pointer)
        node = document
        for step in way:
            node = node[step_into(node, step)]
        key = step_into(node, last)
        if isinstance(node, list):
            assert isinstance(key, int)
            if name == "add":
                node.insert(key, new)
            else:
                assert key < len(node)
                node[key] = new
        else:
            assert name == "add" or key in node
            node[key] = new
    return document
