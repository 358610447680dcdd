"""The HTTP face: routes, and the service's way of refusing a request."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from . import chat, messages, responses
from .answers import BadRequest
from .behaviour import Behaviour, ConnectionDropped, Exchange


@dataclass
class State:
    """What outlives a request."""

    behaviour: Behaviour
    exchanges: list[Exchange] = field(default_factory=list)


def create_app(state: State) -> ASGIApp:
    """Return the ASGI application that answers as `state` says."""

    async def chat_completions(request: Request) -> Response:
        exchange = Exchange(_read(await request.body(), "messages"))
        state.exchanges.append(exchange)
        return chat.respond(exchange, state.behaviour)

    async def create_response(request: Request) -> Response:
        exchange = Exchange(_read(await request.body(), "input"))
        state.exchanges.append(exchange)
        return responses.respond(exchange, state.behaviour)

    async def create_message(request: Request) -> Response:
        exchange = Exchange(_read(await request.body(), "messages"))
        state.exchanges.append(exchange)
        return messages.respond(exchange, state.behaviour)

    routes = [
        Route("/v1/chat/completions", chat_completions, methods=["POST"]),
        Route("/v1/responses", create_response, methods=["POST"]),
        Route("/v1/messages", create_message, methods=["POST"]),
    ]
    return _dropping(Starlette(routes=routes, exception_handlers={BadRequest: _refuse}))


async def _refuse(request: Request, error: Exception) -> Response:
    reason = {
        "message": str(error),
        "type": "invalid_request_error",
        "param": None,
        "code": None,
    }
    return JSONResponse({"error": reason}, status_code=400)


def _read(body: bytes, prompt: str) -> dict[str, Any]:
    try:
        request = json.loads(body)
    except ValueError as error:
        raise BadRequest(f"We could not parse the JSON body of your request: {error}") from None
    if not isinstance(request, dict):
        raise BadRequest("The body of a request is a JSON object.")
    for name in ("model", prompt):
        if not request.get(name):
            raise BadRequest(f"Missing required parameter: '{name}'.")
    return request


def _dropping(app: ASGIApp) -> ASGIApp:
    async def dropping(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except ConnectionDropped:
            # An application that returns before its body has ended makes uvicorn close the
            # connection there and then, which is just what a lost server looks like.
            return

    return dropping
