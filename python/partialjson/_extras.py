"""What to install if an optional package is missing or too old."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator


@contextmanager
def needing(extra: str, name: str) -> Generator[None]:
    """Have an ImportError say which extra brings what `name` needs."""
    try:
        yield
    except ImportError as error:
        hint = f"partialjson.{name} needs an extra: pip install 'partialjson-rs[{extra}]'"
        raise type(error)(f"{hint} ({error})", name=error.name, path=error.path) from error
