"""What a name stands for: read once, however many others refer to it by that name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar, get_args, get_origin

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")
_Ids: TypeAlias = tuple[int, ...]


class _Known(NamedTuple):
    """What was read of a name."""

    result: Any
    met: frozenset[_Ids]
    """The names that were met on the way."""
    within: frozenset[_Ids]
    """Those of them that were being read already: what they stand for was not read again."""
    kept: tuple[Any, ...]
    """What the name and its use are told apart by, which must not be freed."""


class Names:
    """The names that are being read, each for the one before it, and those that were.

    Types are told apart by what they are, and not by ``==``, for which the members of a union have
    no order.
    """

    def __init__(self) -> None:
        self._open: list[Any] = []
        self._met: set[_Ids] = set()
        self._known: dict[tuple[_Ids, _Ids], list[_Known]] = {}

    def once(self, name: Any, use: tuple[Any, ...], read: Callable[[], _T]) -> _T | None:
        """What `read` returns for a name and a use of it; None for a name within itself.

        What was read is read again only where others of the names in it are being read.
        """
        if name in self._open:
            self._met.add(_ids(self._open[self._open.index(name)]))
            return None
        being_read = frozenset(map(_ids, self._open))
        ids = _ids(name)
        known = self._known.setdefault((ids, tuple(map(id, use))), [])
        for each in known:
            if each.met & being_read == each.within:
                self._met |= each.met
                again: _T = each.result
                return again
        before, self._met = self._met, {ids}
        self._open.append(name)
        try:
            result = read()
            met = frozenset(self._met)
            known.append(_Known(result, met, met & being_read, (name, *use)))
        finally:
            self._open.pop()
            self._met |= before
        return result


def _ids(name: Any) -> _Ids:
    return (id(get_origin(name) or name), *map(id, get_args(name)))
