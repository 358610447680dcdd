"""Server-sent events (docs/wire.md) from the viewers of a `Broadcast`, for any web framework.

With FastAPI 0.135 or newer, which keeps the connection alive by itself::

    @app.get("/reports/{name}/events", response_class=EventSourceResponse)
    async def events(viewer: Annotated[Viewer, Depends(viewer_of)]):
        async for event in sse.events(viewer):
            yield event

With Starlette, sse-starlette, or anything else that sends bytes::

    return StreamingResponse(sse.frames(viewer), media_type=sse.MEDIA_TYPE, headers=sse.HEADERS)

In `viewer_of`, the application checks that the user may see that stream, then calls
``broadcast.view(sse.cursor(request))``. Answer a CursorError with 400.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi.sse import ServerSentEvent

    from partialjson._viewer import Viewer
    from partialjson._wire import Event

__all__ = ["HEADERS", "MEDIA_TYPE", "cursor", "events", "frame", "frames"]

MEDIA_TYPE = "text/event-stream"
HEADERS = {
    # A proxy that compresses, as those of many development servers do, would gather events, too.
    "Cache-Control": "no-store, no-transform",
    # nginx would gather events until its buffer is full.
    "X-Accel-Buffering": "no",
}

# What ends a line for Python, and is left as it is in JSON.
_ESCAPED = {ord(each): f"\\u{ord(each):04x}" for each in "\x85\u2028\u2029"}


class Request(Protocol):
    """What `cursor` needs of a request or a WebSocket; Starlette's have it."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, by names in any case."""
        ...

    @property
    def query_params(self) -> Mapping[str, str]:
        """The parameters after the ``?``."""
        ...


def cursor(request: Request) -> str | None:
    """The cursor that a client sends, or None: its ``Last-Event-ID``, or else ``?cursor=``.

    It is unchecked: `Broadcast.view` checks it.
    """
    # The header first: a browser's EventSource keeps the address, and so the query, for ever.
    return request.headers.get("last-event-id") or request.query_params.get("cursor") or None


def frame(event: Event) -> bytes:
    """``event`` as the bytes to send."""
    name, id_, data = event
    if name == "d":
        return f"data:{data}\nid:{id_}\n\n".encode()
    return f"event:{name}\ndata:{data}\nid:{id_}\n\n".encode()


async def frames(viewer: Viewer, ping: float = 15) -> AsyncIterator[bytes]:
    """The bytes of a response; with a comment after ``ping`` seconds without an event."""
    while not viewer.is_done:
        event = await viewer.next(ping)
        if event is not None:
            yield frame(event)
        elif not viewer.is_done:
            yield b":\n\n"


async def events(viewer: Viewer) -> AsyncIterator[ServerSentEvent]:
    """The events of ``viewer``, for FastAPI to send."""
    from fastapi.sse import ServerSentEvent

    async for name, id_, data in viewer:
        if len(data.splitlines()) > 1:
            # Early FastAPIs end a line wherever Python does. In JSON, these are within strings.
            data = data.translate(_ESCAPED)
        yield ServerSentEvent(event=None if name == "d" else name, raw_data=data, id=id_)
