"""The containers on the open path: what has closed in each, and how that shows."""

# ruff: noqa: ANN401 - values and types of any kind pass through here

from __future__ import annotations

from itertools import islice
from operator import eq, is_
from typing import TYPE_CHECKING, Any, TypeAlias

from partialjson._partial import OPEN_FIELD
from partialjson._partialjson import MISSING
from partialjson._plan import AnyPlan, DictPlan, ListPlan, ModelPlan, Plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["NO_KEY", "UNFIT", "DictFrame", "Frame", "ListFrame", "ModelFrame"]

_ANY = AnyPlan()
NO_KEY: Any = object()
"""Where no child is meant: None is no key, but 0 and "" are."""
UNFIT: Any = object()
"""The payload of what failed its validation."""


class _Frame:
    """A container of which some children have closed and one may be open."""

    __slots__ = (
        "failed",
        "fits",
        "key",
        "live",
        "live_key",
        "open_key",
        "payloads",
        "plain",
        "seen",
    )

    def __init__(self, key: Any) -> None:
        self.key = key
        """Its key or index in the container around it."""
        self.plain: Any = None
        """The parser's value of it."""
        self.open_key: Any = NO_KEY
        self.live_key: Any = NO_KEY
        self.live: Any = MISSING
        """What the child at `live_key`, a leaf, showed when this was last shown."""
        self.seen = False
        """Whether it was ever shown."""
        self.failed = False
        """Whether its validation is known to fail."""
        self.fits = True
        """Whether all models in it are whole."""
        self.payloads: dict[Any, Any] = {}
        """What goes to Pydantic in place of the parsed children: the models that are ready."""

    def note_payload(self, key: Any, plain: Any, payload: Any) -> None:
        if payload is UNFIT:
            self.fits = False
        elif payload is not plain:
            self.payloads[key] = payload

    def show_live(self, key: Any, live: Any) -> bool:
        """Note what the open leaf shows now; true if that is anything else than before."""
        same = self.was_live(key, live)
        self.live_key, self.live = key, live
        return not same

    def was_live(self, key: Any, outcome: Any) -> bool:
        """Whether the child at `key` showed just so when it was open, or not at all."""
        return is_same(outcome, self.live if key == self.live_key else MISSING)


def is_same(a: object, b: object) -> bool:
    # Two containers are compared by identity: what closed is the object that was shown open, and
    # to compare their contents would cost as much as they are long, and could recurse too deep.
    return a is b or (type(a) is str and type(b) is str and a == b)


class ListFrame(_Frame):
    """An open array."""

    __slots__ = ("elements", "end", "plan", "taken")

    def __init__(self, plan: ListPlan, key: Any) -> None:
        super().__init__(key)
        self.plan = plan
        self.elements: list[Any] = []
        self.taken = 0
        self.end = 0

    def look(self, plain: list[Any], open_key: Any, moved: bool, stale: bool) -> bool:
        """Take `plain` as the array as it stands now; false if that is another array."""
        if moved and (
            len(plain) < self.taken
            or not all(map(is_, islice(self.plain or (), self.taken), plain))
        ):
            return False
        self.plain, self.open_key = plain, open_key
        self.end = len(plain) if open_key is NO_KEY else min(open_key, len(plain))
        return True

    def again(self) -> ListFrame:
        return ListFrame(self.plan, self.key)

    def next_closed(self) -> Any:
        """The first child that closed since, or NO_KEY."""
        return self.taken if self.taken < self.end else NO_KEY

    def get(self, key: int) -> Any:
        """The parser's value of a child, or MISSING."""
        return self.plain[key] if key < len(self.plain) else MISSING

    def get_open(self) -> Any:
        """The parser's value of the open child, or MISSING where it shows nothing."""
        return MISSING if self.open_key is NO_KEY else self.get(self.open_key)

    @property
    def shows_old(self) -> bool:
        """Whether the open child still shows what its key had before."""
        return False

    def child(self, key: int) -> Plan | None:
        """The plan of a child; None for one that shows nowhere."""
        return self.plan.element(key)

    def put(self, key: int, plain: Any, outcome: Any, payload: Any) -> None:
        self.taken = key + 1
        self.note_payload(key, plain, payload)
        if outcome is not MISSING:
            self.elements.append(outcome)

    def payload(self) -> Any:
        if not self.fits:
            return UNFIT
        if not self.payloads:
            return self.plain
        whole = list(self.plain)
        for index, payload in self.payloads.items():
            whole[index] = payload
        return whole

    def view(self, live: Any) -> Any:
        """All that shows, with `live` for the open child."""
        elements = self.elements if live is MISSING else [*self.elements, live]
        return self.plan.make(elements)


class _ObjectFrame(_Frame):
    """An open object, whatever it becomes."""

    __slots__ = ("known", "outcomes", "queue", "repeats", "taken")

    def __init__(self, key: Any) -> None:
        super().__init__(key)
        self.taken: dict[str, Any] = {}
        """The parser's values of the children that closed, in its order."""
        self.outcomes: dict[str, Any] = {}
        """How they show."""
        self.known: dict[str, tuple[Any, Any, Any]] = {}
        """What became of children in the frame before a key was repeated."""
        self.queue: list[str] = []
        self.repeats = False
        """Whether a key came again, so that children did not close in the order of the keys."""

    def look(self, plain: dict[str, Any], open_key: Any, moved: bool, stale: bool) -> bool:
        """Take `plain` as the object as it stands now; false if a key of it came again.

        `stale` says that the open key came again and still shows what it had before.
        """
        if self.taken and not moved:
            # Then nothing can have closed but the child that was open.
            last = self.open_key
            if last in self.taken and plain.get(last) is not self.taken[last]:
                return False
            self.queue = [last] if last is not open_key and last in plain else []
        elif self._same_start(plain):
            keys = islice(plain, len(self.taken), None)
            self.queue = [key for key in keys if stale or key != open_key]
        else:
            return False
        self.queue.reverse()
        self.plain, self.open_key = plain, open_key
        if open_key in plain and next(reversed(plain)) != open_key:
            self.repeats = True
        return True

    def _same_start(self, plain: dict[str, Any]) -> bool:
        return (
            len(self.taken) <= len(plain)
            and all(map(is_, self.taken.values(), plain.values()))
            and all(map(eq, self.taken, plain))
        )

    def remember(self, before: _ObjectFrame) -> None:
        self.repeats = True
        for key, plain in before.taken.items():
            payload = before.payloads.get(key, plain)
            self.known[key] = plain, before.outcomes[key], payload

    def next_closed(self) -> Any:
        while self.queue and self.queue[-1] in self.taken:
            self.queue.pop()
        return self.queue[-1] if self.queue else NO_KEY

    def get(self, key: str) -> Any:
        return self.plain.get(key, MISSING)

    def get_open(self) -> Any:
        return MISSING if self.shows_old else self.get(self.open_key)

    @property
    def shows_old(self) -> bool:
        return self.open_key in self.taken

    def note(self, key: str, plain: Any, outcome: Any, payload: Any) -> None:
        self.taken[key] = plain
        self.outcomes[key] = outcome
        self.note_payload(key, plain, payload)

    def payload(self) -> Any:
        if not self.fits:
            return UNFIT
        return {**self.plain, **self.payloads} if self.payloads else self.plain


class DictFrame(_ObjectFrame):
    """An open object that becomes a dictionary."""

    __slots__ = ("items", "name_of", "plan")

    def __init__(self, plan: DictPlan, key: Any, name_of: Callable[[str], Any]) -> None:
        super().__init__(key)
        self.plan = plan
        self.name_of = name_of
        """What the type makes of a key; MISSING where that does not fit."""
        self.items: dict[Any, Any] = {}

    def again(self) -> DictFrame:
        frame = DictFrame(self.plan, self.key, self.name_of)
        frame.remember(self)
        return frame

    def child(self, key: str) -> Plan | None:
        return self.plan.value

    def put(self, key: str, plain: Any, outcome: Any, payload: Any) -> None:
        self.note(key, plain, outcome, payload)
        if outcome is not MISSING:
            name = self.name_of(key)
            if name is not MISSING:
                self.items[name] = outcome

    def view(self, live: Any) -> Any:
        items = {**self.items}
        name = MISSING if live is MISSING else self.name_of(self.open_key)
        if name is not MISSING:
            items[name] = live
        return in_order(items, map(self.name_of, self.plain)) if self.repeats else items


class ModelFrame(_ObjectFrame):
    """An open object that becomes a model."""

    __slots__ = ("extra", "plan", "ranks", "values")

    def __init__(self, plan: ModelPlan, key: Any) -> None:
        super().__init__(key)
        self.plan = plan
        self.values: dict[str, Any] = {}
        self.ranks: dict[str, int] = {}
        self.extra: dict[str, Any] = {}

    def again(self) -> ModelFrame:
        frame = ModelFrame(self.plan, self.key)
        frame.remember(self)
        return frame

    def child(self, key: str) -> Plan | None:
        field = self.plan.by_key.get(key)
        if field is not None:
            return field[0].plan
        is_extra = self.plan.extra == "allow" and key not in self.plan.reached
        return _ANY if is_extra else None

    def is_certain(self, key: str) -> bool:
        """Whether what the plan of a child refuses is sure to be refused by the model, too."""
        found = self.plan.by_key.get(key)
        return self.plan.certain and (found is None or found[0].certain)

    def forbids(self, key: str) -> bool:
        plan = self.plan
        return plan.extra == "forbid" and key not in plan.by_key and key not in plan.reached

    def put(self, key: str, plain: Any, outcome: Any, payload: Any) -> None:
        self.note(key, plain, outcome, payload)
        if outcome is not MISSING:
            self._place(key, outcome, self.values, self.extra)

    def _place(
        self,
        key: str,
        outcome: Any,
        values: dict[str, Any],
        extra: dict[str, Any],
    ) -> None:
        found = self.plan.by_key.get(key)
        if found is None:
            extra[key] = outcome
            return
        field, rank = found
        if rank <= self.ranks.get(field.name, rank):
            # Of several keys of a field the first of its aliases wins, not the last to come.
            self.ranks[field.name] = rank
            values[field.name] = outcome

    def view(self, live: Any) -> Any:
        values, extra = self.values, self.extra
        if live is not MISSING:
            values, extra = {**values}, {**extra}
            self._place(self.open_key, live, values, extra)
        if self.repeats:
            extra = in_order(extra, self.plain)
        return new_object(self.plan, values, extra, self._open_name())

    def _open_name(self) -> str | None:
        if self.open_key is NO_KEY:
            return None
        found = self.plan.by_key.get(self.open_key)
        if found is not None:
            return found[0].name
        name: str = self.open_key
        return name if self.plan.extra == "allow" else None


def in_order(items: dict[Any, Any], keys: Iterable[Any]) -> dict[Any, Any]:
    """The same items in the order that the document gives their keys."""
    return {key: items[key] for key in keys if key in items}


def new_object(
    plan: ModelPlan, values: dict[str, Any], extra: dict[str, Any], open_name: str | None
) -> Any:
    """An instance of `Partial[T]` with `values`; the other fields show their default or None."""
    fields = {**plan.blank}
    for name, info in plan.fresh:
        if name not in values:
            fields[name] = info.get_default(call_default_factory=True)
    fields.update(values)
    private = None
    if plan.private is not None:
        private = {name: each.get_default() for name, each in plan.private}
    # Nothing of the user's runs here: neither ``__init__`` nor ``__setattr__`` nor a validator.
    obj = plan.partial.__new__(plan.partial)
    set_slot = object.__setattr__
    set_slot(obj, "__dict__", fields)
    set_slot(obj, "__pydantic_fields_set__", {*values, *extra})
    set_slot(obj, "__pydantic_extra__", {**extra} if plan.extra == "allow" else None)
    set_slot(obj, "__pydantic_private__", private)
    set_slot(obj, OPEN_FIELD, open_name)
    return obj


Frame: TypeAlias = ListFrame | DictFrame | ModelFrame
