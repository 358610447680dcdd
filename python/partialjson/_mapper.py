"""Plain values in, typed ones out: only along the open path, whatever has closed before.

The parser's value is followed from look to look. Of a container that is open, what closed since
the last look is taken in once; what is still open is shown anew each time. Closed children are
told by identity: the parser hands out the same objects as long as nothing in them changes.
"""

# ruff: noqa: ANN401 - values and types of any kind pass through here

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, get_args

from pydantic import ValidationError
from pydantic_core import PydanticCustomError, core_schema, to_json

from partialjson._frames import NO_KEY, UNFIT, DictFrame, Frame, ListFrame, ModelFrame, is_same
from partialjson._partialjson import MISSING
from partialjson._plan import (
    AnyPlan,
    DictPlan,
    LeafPlan,
    ListPlan,
    ModelPlan,
    Plan,
    TextPlan,
    UnionPlan,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic_core import InitErrorDetails, SchemaValidator

    from partialjson._types import Path

__all__ = ["Mapper"]

_GROW: Any = object()
"""What a closed container is worth that has to be looked into."""


class Mapper:
    """The typed value of one document, kept up to date."""

    def __init__(
        self,
        plan: Plan,
        title: str,
        *,
        strict: bool | None,
        context: Any,
        fail_fast: bool,
    ) -> None:
        self._plan = plan
        self._title = title
        self._strict = strict
        self._context = context
        self._fail_fast = fail_fast
        self._frames: list[Frame] = []
        self._path: Path | None = None
        self.changed = False
        """Whether the last `update` or `grow` changed what shows."""
        self.value: Any = MISSING
        """All that shows, or MISSING."""
        self.refusal: ValidationError | None = None
        """With `fail_fast`, the first error that no later byte can mend, with its full location."""

    def update(
        self, plain: Any, path: Path | None, *, moved: bool, open_kind: Callable[[], type | None]
    ) -> bool:
        """Follow the parser to its value `plain` and `path`; true if more or other things show.

        `moved` says that since the last time the value of a key may have begun, and `open_kind`
        what the deepest open node is: `dict`, `list`, `str`, or None for anything else.
        """
        if plain is MISSING:
            return False
        self.changed = False
        self._open_kind = open_kind
        if not self._frames and not self._begin(plain):
            self._show_root(plain)
        else:
            limit = self._look(plain, path, moved)
            self._take(path, limit)
            if self.changed or path != self._path:
                self._show()
        self._path = path
        return self.changed

    def grow(self, text: str | None) -> bool:
        """Show more of the open text, if that is all that came; false if it takes an `update`."""
        if not self._frames:
            return False
        frame = self._frames[-1]
        if isinstance(frame.live, str):
            self.changed = frame.show_live(frame.open_key, text)
            if self.changed:
                self._show()
            return True
        self.changed = False
        # What waits until it is complete does not show; anything else has to be looked into.
        return frame.live is MISSING and not frame.shows_old

    # The frames, from the root to the deepest

    def _begin(self, plain: Any) -> bool:
        frame = self._frame(_member(self._plan, plain), plain, None)
        if frame is None:
            return False
        self._frames.append(frame)
        self.changed = True
        return True

    def _frame(self, plan: Plan | None, plain: Any, key: Any) -> Frame | None:
        """A frame for a container that is looked into; None for everything else."""
        match plan, plain:
            case ModelPlan(), dict():
                return ModelFrame(plan, key)
            case ListPlan(), list():
                return ListFrame(plan, key)
            case DictPlan(), dict():
                return DictFrame(plan, key, self._names(plan.key))
            case _:
                return None

    def _look(self, plain: Any, path: Path | None, moved: bool) -> int:
        """Hand every frame its container as it stands now; return how many are still open."""
        frames = self._frames
        limit = 0
        is_open = path is not None
        for depth, frame in enumerate(frames):
            steps = path[depth:] if path is not None and is_open else ()
            stale = moved and self._is_stale(plain, steps)
            if is_open:
                limit += 1
            open_key = steps[0] if steps else NO_KEY
            if not frame.look(plain, open_key, moved, stale):
                # A key came again. What is below belongs to the value before.
                del frames[depth:]
                frames.append(frame.again())
                frames[depth].look(plain, open_key, moved, stale)
                self.changed = True
                break
            if depth + 1 == len(frames):
                break
            key = frames[depth + 1].key
            is_open = is_open and open_key == key and not stale
            plain = frame.get(key)
            if (is_open and frame.next_closed() is not NO_KEY) or type(plain) is not type(
                frames[depth + 1].plain
            ):
                # Another child closed, so the one that is open began after it.
                self.changed = self.changed or frames[depth + 1].seen
                del frames[depth + 1 :]
                break
        return limit

    def _is_stale(self, plain: Any, steps: Path) -> bool:
        """Whether the open child of `plain` is a key that came again and shows nothing yet.

        That is so where an open number or literal has a value, or one of another kind than its
        own: it is the value that it will replace.
        """
        if len(steps) != 1 or not isinstance(plain, dict) or steps[0] not in plain:
            return False
        kind = self._open_kind()
        return kind is None or not isinstance(plain[steps[0]], kind)

    def _take(self, path: Path | None, limit: int) -> None:
        """Take in what closed, deepest first, and open what is open, down to the deepest."""
        frames = self._frames
        while True:
            frame = frames[-1]
            key = frame.next_closed()
            if key is not NO_KEY:
                self._take_child(frame, key)
            elif len(frames) <= limit:
                if not self._open_child(frame, path, len(frames)):
                    return
                limit += 1
            elif len(frames) == 1:
                return
            else:
                self._close(frames.pop(), frames[-1])

    def _take_child(self, frame: Frame, key: Any) -> None:
        plain = frame.get(key)
        if not isinstance(frame, ListFrame):
            known = frame.known.get(key)
            if known is not None and known[0] is plain:
                frame.put(key, *known)
                self.changed = True
                return
        plan = self._child_plan(frame, key, plain)
        outcome = self._outcome(plan, plain, key)
        if outcome is _GROW:
            child = self._frame(plan, plain, key)
            assert child is not None
            # A model comes here only after it was refused as a whole.
            child.failed = isinstance(plan, ModelPlan)
            child.look(plain, NO_KEY, moved=True, stale=False)
            self._frames.append(child)
            return
        if not frame.was_live(key, outcome):
            self.changed = True
        payload = plain
        if isinstance(plan, ModelPlan):
            payload = UNFIT if outcome is MISSING else outcome
        frame.put(key, plain, outcome, payload)

    def _open_child(self, frame: Frame, path: Path | None, depth: int) -> bool:
        """Show the open child of `frame`; true if it is a container that got a frame at `depth`."""
        key = frame.open_key
        plain: Any = frame.get_open()
        if plain is MISSING:
            frame.show_live(key, MISSING)
            return False
        plan = self._child_plan(frame, key, plain)
        child = self._frame(plan, plain, key)
        if child is not None:
            assert path is not None
            frame.show_live(key, MISSING)
            steps = path[depth:]
            stale = self._is_stale(plain, steps)
            child.look(plain, steps[0] if steps else NO_KEY, moved=True, stale=stale)
            self._frames.append(child)
            self.changed = True
            return True
        if frame.show_live(key, plain if _grows(plan, plain) else MISSING):
            self.changed = True
        return False

    def _close(self, frame: Frame, parent: Frame) -> None:
        """Hand what became of a closed container to the one around it."""
        if isinstance(frame, ModelFrame):
            outcome = MISSING if frame.failed else self._whole(frame)
            payload = outcome
            if outcome is MISSING:
                outcome, payload = frame.view(MISSING), UNFIT
            elif not frame.failed:
                self.changed = True
        else:
            outcome, payload = frame.view(MISSING), frame.payload()
        if not frame.seen:
            self.changed = True
        parent.put(frame.key, frame.plain, outcome, payload)

    # What shows

    def _show(self) -> None:
        deepest = self._frames[-1]
        view = MISSING if deepest.open_key is NO_KEY else deepest.live
        for frame in reversed(self._frames):
            view = frame.view(view)
            frame.seen = True
        self.value = view

    def _show_root(self, plain: Any) -> None:
        if _grows(_member(self._plan, plain), plain) and not is_same(plain, self.value):
            self.value = plain
            self.changed = True

    def _child_plan(self, frame: Frame, key: Any, plain: Any) -> Plan | None:
        plan = frame.child(key)
        if plan is not None:
            return _member(plan, plain)
        if isinstance(frame, ModelFrame) and frame.forbids(key):
            self._refuse_as("extra_forbidden", key, plain)
        return None

    # What has closed

    def _outcome(self, plan: Plan | None, plain: Any, key: Any) -> Any:
        """What a closed child shows as: MISSING for nothing, _GROW if its children decide."""
        match plan, plain:
            case None, _:
                return MISSING
            case AnyPlan(), _:
                return plain
            case LeafPlan(), _:
                return self._leaf(plan, plain, key)
            case TextPlan(), str():
                if plan.free:
                    return plain
                outcome = self._leaf(plan.leaf, plain, key)
                # A text that has been shown and is refused in the end is shown until the end.
                return plain if outcome is MISSING else outcome
            case TextPlan(), _:
                return self._leaf(plan.leaf, plain, key)
            case ModelPlan(), _:
                outcome = self._validate(plan.validator, plain, key, as_json=True)
                return _GROW if outcome is MISSING and isinstance(plain, dict) else outcome
            case (ListPlan(), list()) | (DictPlan(), dict()):
                return _GROW
            case ListPlan(), _:
                self._refuse_as(_ARRAY_TYPES[plan.make], key, plain)
            case _:
                self._refuse_as("dict_type", key, plain)
        return MISSING

    def _whole(self, frame: ModelFrame) -> Any:
        """The validated model of a closed object; MISSING if it is refused."""
        payload = frame.payload()
        as_json = payload is UNFIT or not frame.plan.mode.allows(self._strict)
        return self._validate(
            frame.plan.validator, frame.plain if as_json else payload, frame.key, as_json=as_json
        )

    def _leaf(self, leaf: LeafPlan, plain: Any, key: Any) -> Any:
        if leaf.validator is None:
            return MISSING
        return self._validate(
            leaf.validator, plain, key, as_json=not leaf.mode.allows(self._strict)
        )

    def _validate(self, validator: SchemaValidator, value: Any, key: Any, *, as_json: bool) -> Any:
        """The validated value; MISSING if it is refused."""
        try:
            return self._run(validator, value, as_json)
        except ValidationError as error:
            self._refuse(error, key)
            return MISSING

    def _run(self, validator: SchemaValidator, value: Any, as_json: bool) -> Any:
        strict, context = self._strict, self._context
        if not as_json:
            return validator.validate_python(value, strict=strict, context=context)
        try:
            text = to_json(value)
        except ValueError:
            # Nested deeper than Pydantic reads, which the end will report.
            return MISSING
        return validator.validate_json(text, strict=strict, context=context)

    def _names(self, leaf: LeafPlan | None) -> Callable[[str], Any]:
        if leaf is None:
            return str
        validator = leaf.validator

        def name_of(key: str) -> Any:
            if validator is None:
                return MISSING
            try:
                return next(iter(self._run(validator, {key: None}, True)))
            except ValidationError:
                return MISSING

        return name_of

    # What can no longer become right

    def _refuse(self, error: ValidationError, key: Any) -> None:
        if self._fail_fast and self.refusal is None and self._is_certain(key):
            self.refusal = _located(error, (*self._location(), key), self._title)

    def _refuse_as(self, error_type: str, key: Any, plain: Any) -> None:
        if self._fail_fast and self.refusal is None and self._is_certain(key):
            line: InitErrorDetails = {
                "type": error_type,
                "loc": (*self._location(), key),
                "input": plain,
            }
            self.refusal = ValidationError.from_exception_data(self._title, [line], "json")

    def _location(self) -> Path:
        return tuple(frame.key for frame in self._frames[1:])

    def _is_certain(self, key: Any) -> bool:
        """Whether no validator on the way can make another value of what is refused."""
        keys: tuple[Any, ...] = (*self._location(), key)
        # A model that was refused has no frame any more, or not yet: there are more keys.
        return all(
            not isinstance(frame, ModelFrame) or frame.is_certain(each)
            for frame, each in zip(self._frames, keys, strict=False)
        )


def _member(plan: Plan, plain: Any) -> Plan:
    return plan.member(plain) if isinstance(plan, UnionPlan) else plan


def _grows(plan: Plan | None, plain: Any) -> bool:
    """Whether an open value that is looked into no further shows."""
    return isinstance(plan, AnyPlan) or (isinstance(plan, TextPlan) and isinstance(plain, str))


_ARRAY_TYPES: dict[Any, str] = {
    list: "list_type",
    tuple: "tuple_type",
    set: "set_type",
    frozenset: "frozen_set_type",
}


def _located(error: ValidationError, loc: Path, title: str) -> ValidationError:
    """The same errors, as the whole document would have reported them."""
    lines: list[InitErrorDetails] = []
    for line in error.errors(include_url=False):
        kind: str | PydanticCustomError = line["type"]
        if kind not in _known_errors():
            kind = PydanticCustomError(kind, line["msg"], line.get("ctx"))  # type: ignore[arg-type]
        lines.append(
            {
                "type": kind,
                "loc": (*loc, *line["loc"]),
                "input": line["input"],
                "ctx": line.get("ctx", {}),
            }
        )
    return ValidationError.from_exception_data(title, lines, "json")


@lru_cache(maxsize=1)
def _known_errors() -> frozenset[str]:
    return frozenset(get_args(core_schema.ErrorType))
