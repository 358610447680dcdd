"""Closing what gives chunks, whichever way it can be closed."""

from __future__ import annotations

import inspect
from contextlib import nullcontext, suppress
from typing import Any


def quiet_after(error: BaseException | None) -> suppress | nullcontext[None]:
    """A block that closes something after `error`: that is raised, whatever closing raises."""
    is_raised = error is not None and not isinstance(error, GeneratorExit)
    return suppress(Exception) if is_raised else nullcontext()


# An exit stack would do this, but leave no trace of an error that was being handled.


def close_each(sources: list[Any]) -> None:
    """Close all of them, the last one first, even if closing one of them raises."""
    if sources:
        try:
            close = getattr(sources.pop(), "close", None)
            if close is not None:
                close()
        finally:
            close_each(sources)


async def aclose_each(sources: list[Any]) -> None:
    """The same, for what may have to be awaited."""
    if sources:
        source = sources.pop()
        try:
            close = getattr(source, "aclose", None) or getattr(source, "close", None)
            if close is not None and inspect.isawaitable(closing := close()):
                await closing
        finally:
            await aclose_each(sources)
