"""The backend: starts reports, and shows each to as many pages as ask for it."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Annotated

from fastapi import (
    APIRouter,
    Depends,
    FastAPI,
    HTTPException,
    Request,
    Response,
    WebSocket,
    WebSocketDisconnect,
    WebSocketException,
)
from fastapi.requests import HTTPConnection
from fastapi.responses import StreamingResponse
from fastapi.staticfiles import StaticFiles
from openai import AsyncOpenAI, OpenAIError
from pydantic import BaseModel, Field

import partialjson
from examples.schemas import Report
from partialjson import Broadcast, CursorError, Partial, Viewer, sse, ws

PAGES = Path(__file__).parent / "page" / "dist"


class Wish(BaseModel):
    """What to write about."""

    prompt: str = Field(min_length=1, max_length=2000)


class Started(BaseModel):
    """A report that is being written; its address is `name`."""

    name: str


class Service(BaseModel):
    """Who writes the reports."""

    recorded: bool
    """Whether what comes was written long ago, whatever is asked."""


class Reports:
    """The reports that are being written, and the last ones that were."""

    def __init__(self, client: AsyncOpenAI, model: str, most: int = 100) -> None:
        self._client = partialjson.from_openai(client)
        self._model = model
        self._most = most
        self._broadcasts: dict[str, Broadcast] = {}

    async def start(self, prompt: str) -> str:
        """Ask for a report; return its name. HTTPException where that cannot be."""
        self._make_room()
        try:
            stream = await self._client.chat.completions.create(
                model=self._model,
                response_model=Partial[Report],
                stream=True,
                messages=[{"role": "user", "content": prompt}],
            )
        except OpenAIError as error:
            raise HTTPException(502, f"The service refused: {error}") from error
        # Whoever knows the name may see the report, so it is not to be guessed.
        name = secrets.token_urlsafe(9)
        self._broadcasts[name] = Broadcast(stream, stream=name).start()
        return name

    def _make_room(self) -> None:
        if len(self._broadcasts) < self._most:
            return
        ended = next((name for name, each in self._broadcasts.items() if each.ended), None)
        if ended is None:
            raise HTTPException(503, "Too many reports are being written.")
        del self._broadcasts[ended]

    def get(self, name: str) -> Broadcast:
        """Return the report. HTTPException where there is none."""
        broadcast = self._broadcasts.get(name)
        if broadcast is None:
            raise HTTPException(404, "There is no such report.")
        return broadcast

    async def close(self) -> None:
        """Stop what is still being written."""
        for broadcast in self._broadcasts.values():
            await broadcast.stop()


router = APIRouter()


def broadcast_of(name: str, connection: HTTPConnection) -> Broadcast:
    """Return the report that a request is about."""
    # With users, here is the place to ask whether this one may see that report.
    reports: Reports = connection.app.state.reports
    return reports.get(name)


def viewer_of(
    connection: HTTPConnection, broadcast: Annotated[Broadcast, Depends(broadcast_of)]
) -> Viewer:
    """Return one more viewer of it, who goes on from where the page was."""
    try:
        return broadcast.view(sse.cursor(connection))
    except CursorError as error:
        if connection.scope["type"] == "websocket":
            raise WebSocketException(1008) from error
        raise HTTPException(400, str(error)) from error


@router.get("/service")
async def service(request: Request) -> Service:
    """Say who writes."""
    described: Service = request.app.state.service
    return described


@router.post("/reports", status_code=201)
async def start(wish: Wish, request: Request) -> Started:
    """Begin a report."""
    reports: Reports = request.app.state.reports
    return Started(name=await reports.start(wish.prompt))


@router.get("/reports/{name}/events")
async def events(viewer: Annotated[Viewer, Depends(viewer_of)]) -> Response:
    """Show it, over server-sent events."""
    return StreamingResponse(sse.frames(viewer), media_type=sse.MEDIA_TYPE, headers=sse.HEADERS)


@router.websocket("/reports/{name}/socket")
async def socket(socket: WebSocket, viewer: Annotated[Viewer, Depends(viewer_of)]) -> None:
    """Show it, over a WebSocket."""
    await socket.accept()
    # Who has left is not to be waited for.
    with suppress(WebSocketDisconnect):
        async for message in ws.messages(viewer):
            await socket.send_text(message)
        await socket.close()


@router.delete("/reports/{name}", status_code=204)
async def stop(broadcast: Annotated[Broadcast, Depends(broadcast_of)]) -> None:
    """Stop it, which cancels the request to the language model."""
    await broadcast.stop()


def create_app(client: AsyncOpenAI, model: str, *, recorded: bool = False) -> FastAPI:
    """Return the application, which asks `model` through `client` and serves the built pages.

    `client` is closed with it.
    """
    reports = Reports(client, model)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with client:
            yield
            await reports.close()

    app = FastAPI(title="partialjson", lifespan=lifespan)
    app.state.reports = reports
    app.state.service = Service(recorded=recorded)
    app.include_router(router)
    app.mount("/", StaticFiles(directory=PAGES, html=True))
    return app
