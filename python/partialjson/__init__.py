"""A resumable parser for JSON that is still arriving, and typed objects that grow with it.

    >>> import partialjson
    >>> parser = partialjson.Parser()
    >>> parser.feed('{"name": "Ja')
    {'name': 'Ja'}
    >>> parser.feed('son", "age": 42}')
    {'name': 'Jason', 'age': 42}

The parser alone needs no other package. `Partial`, `ModelParser` and `stream` need Pydantic,
`from_openai` needs openai. Everything but the parser itself is imported on first use.
"""

from partialjson._partialjson import MISSING, MissingType, Parser, __version__, loads

# As `typing` has it, which takes longer to import than all that is here.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from partialjson._any_source import astream, stream
    from partialjson._broadcast import Broadcast, TextStore
    from partialjson._core import Failure
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
    from partialjson._models import ModelParser
    from partialjson._openai import AsyncPartialOpenAI, PartialOpenAI, from_openai
    from partialjson._partial import Partial, Required, Whole, is_complete, state
    from partialjson._sources import Restart
    from partialjson._stream import AsyncPartialStream, PartialStream
    from partialjson._tool_calls import ToolCall
    from partialjson._types import Delta, Document
    from partialjson._viewer import Viewer
    from partialjson._wire import CursorError, Event

__all__ = [
    "MISSING",
    "AsyncPartialOpenAI",
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
    "PartialOpenAI",
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
    "AsyncPartialOpenAI": "_openai",
    "AsyncPartialStream": "_stream",
    "Broadcast": "_broadcast",
    "ContentFilterError": "_errors",
    "CursorError": "_wire",
    "Delta": "_types",
    "DisconnectedError": "_errors",
    "Document": "_types",
    "Event": "_wire",
    "Failure": "_core",
    "IncompleteJSONError": "_errors",
    "JSONSyntaxError": "_errors",
    "LimitExceededError": "_errors",
    "ModelParser": "_models",
    "ParseError": "_errors",
    "Partial": "_partial",
    "PartialOpenAI": "_openai",
    "PartialStream": "_stream",
    "RefusalError": "_errors",
    "Required": "_partial",
    "Restart": "_sources",
    "ServiceError": "_errors",
    "StreamError": "_errors",
    "TextStore": "_broadcast",
    "ToolCall": "_tool_calls",
    "TruncatedError": "_errors",
    "Viewer": "_viewer",
    "Whole": "_partial",
    "aiteritems": "_iterate",
    "aiterparse": "_iterate",
    "astream": "_any_source",
    "from_openai": "_openai",
    "is_complete": "_partial",
    "iteritems": "_iterate",
    "iterparse": "_iterate",
    "state": "_partial",
    "stream": "_any_source",
}
# The extra that a module needs, and the package that this extra brings.
_EXTRAS = {
    "_any_source": "models",
    "_core": "models",
    "_models": "models",
    "_openai": "openai",
    "_partial": "models",
    "_stream": "models",
    "_tool_calls": "models",
}
_PACKAGES = {"models": "pydantic", "openai": "openai"}


def _imported(name: str) -> object:
    """The names that not everybody needs, imported at first use (PEP 562)."""
    module = _LAZY.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    extra = _EXTRAS.get(module)
    if extra is None:
        found = importlib.import_module(f"{__name__}.{module}")
    else:
        from partialjson._extras import needing

        with needing(extra, name):
            found = importlib.import_module(f"{__name__}.{module}")
    value: object = getattr(found, name)
    globals()[name] = value
    return value


if not TYPE_CHECKING:  # or else a checker would take any name for one of ours
    __getattr__ = _imported


def __dir__() -> list[str]:
    """The names that work with the packages installed: `help` asks for each of them."""
    from importlib.util import find_spec

    there = {None, *(extra for extra, package in _PACKAGES.items() if find_spec(package))}
    return [name for name in __all__ if _EXTRAS.get(_LAZY.get(name, "")) in there]
