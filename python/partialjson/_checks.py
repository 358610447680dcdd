"""What gives no chunks, told at once, with what to do instead."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable

__all__ = ["check_source"]

# What can be iterated, but not for chunks.
_IN_ONE_PIECE = (bytes, bytearray, memoryview, dict)


def check_source(source: object, name: str, *kinds: type) -> None:
    """Raise TypeError for what gives no chunks in a way that the function of this name takes.

    Which ways these are, `kinds` says: `Iterable`, `AsyncIterable`, or both. The twin of a function
    that takes one of them has an ``a`` more, or less.
    """
    if not any(_gives_chunks(source, kind) for kind in kinds):
        raise _no_source(source, name, kinds)


def _gives_chunks(source: object, kind: type) -> bool:
    if kind is AsyncIterable or not isinstance(source, kind):
        return isinstance(source, kind)
    # What a model of Pydantic's gives are its fields, unless it says otherwise.
    iterate = getattr(source.__class__, "__iter__", None)
    is_model = getattr(iterate, "__module__", None) == "pydantic.main"
    return not is_model and not isinstance(source, _IN_ONE_PIECE)


def _no_source(source: object, name: str, kinds: tuple[type, ...]) -> TypeError:
    from contextlib import AbstractAsyncContextManager, AbstractContextManager

    class_ = source.__class__
    its = class_.__name__
    if isinstance(source, _IN_ONE_PIECE):
        return TypeError("the source has to give chunks: put what comes in one piece into a list")
    if hasattr(class_, "model_fields"):
        return TypeError(f"{its} comes in one piece: ask for a stream, or put it into a list")
    if hasattr(source, "__await__"):
        return TypeError(f"the source is a {its}: what it returns may be one, so await it")
    if hasattr(source, "__fspath__"):
        return TypeError(f"{its} is the path of a file: open it, and give the file")
    managers = (AsyncIterable, AbstractAsyncContextManager), (Iterable, AbstractContextManager)
    if any(kind in kinds and isinstance(source, manager) for kind, manager in managers):
        return TypeError(f"{its} is a context manager: what `with` gives of it may be a source")
    if isinstance(source, AsyncIterable):
        return TypeError(f"{its} is asynchronous, which a{name} is for")
    if isinstance(source, Iterable):
        return TypeError(f"{its} is not asynchronous: {name[1:]} is for such sources")
    return TypeError(f"{name} takes a source of chunks first, not {source!r}")
