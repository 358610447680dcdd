"""What gives no chunks is refused at once, with what to do instead."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable

# What can be iterated, but not for chunks.
_IN_ONE_PIECE = (bytes, bytearray, memoryview, dict)


def check_source(source: object, name: str, *kinds: type) -> None:
    """Raise TypeError if `source` does not give chunks in one of the ways that `kinds` names.

    These are `Iterable`, `AsyncIterable`, or both. `name` is that of the function that was called;
    its twin for the other kind has an ``a`` in front, or has none.
    """
    if not any(_gives_chunks(source, kind) for kind in kinds):
        raise _no_source(source, name, kinds)


def _gives_chunks(source: object, kind: type) -> bool:
    if kind is AsyncIterable or not isinstance(source, kind):
        return isinstance(source, kind)
    # Iterating a Pydantic model gives its fields, unless its class has its own `__iter__`.
    iterate = getattr(source.__class__, "__iter__", None)
    is_model = getattr(iterate, "__module__", None) == "pydantic.main"
    return not is_model and not isinstance(source, _IN_ONE_PIECE)


def _no_source(source: object, name: str, kinds: tuple[type, ...]) -> TypeError:
    from contextlib import AbstractAsyncContextManager, AbstractContextManager

    class_ = source.__class__
    its = class_.__name__
    if isinstance(source, _IN_ONE_PIECE):
        return TypeError(
            "the source must yield chunks: wrap a document that is in one piece in a list"
        )
    if hasattr(class_, "model_fields"):
        return TypeError(f"{its} is in one piece: ask for a stream, or wrap it in a list")
    if hasattr(class_, "iter_bytes") and hasattr(class_, "aiter_bytes"):
        how = " or ".join("iter_bytes()" if kind is Iterable else "aiter_bytes()" for kind in kinds)
        what = f"what its {how} gives, or of server-sent events the data"
        return TypeError(f"{its} is an HTTP response: pass {what}")
    if str(class_.__module__).startswith("aiohttp.") and hasattr(class_, "content"):
        return TypeError(f"{its} is an HTTP response: pass what its content.iter_any() gives")
    if hasattr(source, "__await__"):
        return TypeError(f"the source is a {its}: await it first")
    if hasattr(source, "__fspath__"):
        return TypeError(f"{its} is a file path: open the file and pass that")
    managers = (AsyncIterable, AbstractAsyncContextManager), (Iterable, AbstractContextManager)
    if any(kind in kinds and isinstance(source, manager) for kind, manager in managers):
        return TypeError(f"{its} is a context manager: enter it and pass what it yields")
    if isinstance(source, AsyncIterable):
        return TypeError(f"{its} is asynchronous: use a{name}")
    if isinstance(source, Iterable):
        return TypeError(f"{its} is not asynchronous: use {name[1:]}")
    return TypeError(f"the first argument of {name} is a source of chunks, not {source!r}")
