"""A resumable parser for JSON that is still arriving, and typed objects that grow with it.

    >>> import partialjson
    >>> parser = partialjson.Parser()
    >>> parser.feed('{"name": "Ja')
    {'name': 'Ja'}
    >>> parser.feed('son", "age": 42}')
    {'name': 'Jason', 'age': 42}

Parsing alone needs no other package. `Partial`, `ModelParser` and `stream` need Pydantic,
`from_openai` needs openai; each is imported when it is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from partialjson._errors import (
    ContentFilterError,
    DisconnectedError,
    IncompleteJSONError,
    JSONSyntaxError,
    LimitExceededError,
    ParseError,
    RefusalError,
    ServiceError,
    StreamError,
    TruncatedError,
)
from partialjson._iterate import aiteritems, aiterparse, iteritems, iterparse
from partialjson._partialjson import MISSING, MissingType, Parser, __version__, loads
from partialjson._types import Delta, Document

if TYPE_CHECKING:
    from partialjson._any_source import astream, stream
    from partialjson._broadcast import Broadcast, TextStore, Viewer
    from partialjson._core import Failure
    from partialjson._models import ModelParser, Partial, Required, Whole, is_complete, state
    from partialjson._openai import from_openai
    from partialjson._sources import Restart
    from partialjson._stream import AsyncPartialStream, PartialStream
    from partialjson._tool_calls import ToolCall
    from partialjson._wire import CursorError, Event

__all__ = [
    "MISSING",
    "AsyncPartialStream",
    "Broadcast",
    "ContentFilterError",
    "CursorError",
    "Delta",
    "DisconnectedError",
    "Document",
    "Event",
    "Failure",
    "IncompleteJSONError",
    "JSONSyntaxError",
    "LimitExceededError",
    "MissingType",
    "ModelParser",
    "ParseError",
    "Parser",
    "Partial",
    "PartialStream",
    "RefusalError",
    "Required",
    "Restart",
    "ServiceError",
    "StreamError",
    "TextStore",
    "ToolCall",
    "TruncatedError",
    "Viewer",
    "Whole",
    "__version__",
    "aiteritems",
    "aiterparse",
    "astream",
    "from_openai",
    "is_complete",
    "iteritems",
    "iterparse",
    "loads",
    "state",
    "stream",
]

_LAZY = {
    "Broadcast": "_broadcast",
    "Restart": "_sources",
    "TextStore": "_broadcast",
    "Viewer": "_broadcast",
    "ModelParser": "_models",
    "Partial": "_models",
    "Required": "_models",
    "Whole": "_models",
    "is_complete": "_models",
    "state": "_models",
    "from_openai": "_openai",
    "Failure": "_core",
    "AsyncPartialStream": "_stream",
    "PartialStream": "_stream",
    "ToolCall": "_tool_calls",
    "astream": "_any_source",
    "stream": "_any_source",
    "CursorError": "_wire",
    "Event": "_wire",
}


def __getattr__(name: str) -> object:
    """The names that not everybody needs, imported at first use (PEP 562)."""
    module = _LAZY.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    from partialjson._extras import needing

    with needing("openai" if name == "from_openai" else "models", name):
        found = importlib.import_module(f"{__name__}.{module}")
    value: object = getattr(found, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
