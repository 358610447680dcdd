"""WebSocket messages (docs/wire.md) from the viewers of a `Broadcast`, for any web framework.

With FastAPI or Starlette (`sse.cursor` also reads the cursor of a WebSocket)::

    await socket.accept()
    with suppress(WebSocketDisconnect):  # who has left
        async for message in ws.messages(viewer):
            await socket.send_text(message)
        await socket.close()
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from partialjson._viewer import Viewer
    from partialjson._wire import Event

__all__ = ["message", "messages"]


def message(event: Event) -> str:
    """``event`` as the text of one message."""
    # No id needs escaping.
    name = "" if event.name == "d" else f'"event":"{event.name}",'
    return f'{{{name}"id":"{event.id}","data":{event.data}}}'


async def messages(viewer: Viewer) -> AsyncIterator[str]:
    """The text messages to send."""
    async for event in viewer:
        yield message(event)
