"""Reading a request's body: bounded in bytes, time and depth; what is too much is refused before it is read to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from email.message import Message as Header
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engine.dialogue.formats.node import load
from engine.errors import InputError, Interrupted, RefusedError
from engine.serve.http.guard import told
from engine.serve.http.settings import Settings
from engine.serve.http.work import as_problem

_JSON = ("application/json",)
_READING = ("GET", "HEAD")


class Read(Request):
    """A request whose body has been read and judged already, so that no handler can fail while reading."""

    async def judge(self, raw: bool) -> None:
        """Read the body, ``raw`` or parsed as JSON.

        Raises:
            RefusedError: Too large, too slow, or of a wrong type.
            InputError: Not JSON, or nested too deeply.
            Interrupted: The client has gone.
        """
        settings: Settings = self.app.state.settings
        self._whole = await whole(self, settings.upload.bytes if raw else settings.asked.bytes, settings.body_seconds)
        if self._whole and not raw:
            self._parsed = stated_json(self, self._whole)

    async def body(self) -> bytes:
        """All of it."""
        return self._whole

    async def json(self) -> Any:
        """The parsed body."""
        return self._parsed


class Route(APIRoute):
    """A route whose handler sees judged bodies only, and whose every failure is told as a problem; without a typed body it takes a file."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """See `APIRoute`."""
        handle, raw = super().get_route_handler(), self.body_field is None

        async def judged(request: Request) -> Response:
            read = Read(request.scope, request.receive)
            try:
                await read.judge(raw)
                return await handle(read)
            except (RequestValidationError, HTTPException):  # told by the application, like those of no route
                raise
            except Exception as error:
                return told(*as_problem(error))

        return judged


class Bounded:
    """Before rooms that read bodies themselves: what is sent must be JSON within the limits, and is judged before they see it."""

    def __init__(self, app: ASGIApp, *, limit: int, seconds: float) -> None:
        self._app, self._limit, self._seconds = app, limit, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on with the whole body, or refuse."""
        if scope["type"] != "http" or scope["method"] in _READING:
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            body = await whole(request, self._limit, self._seconds)
            if body:
                stated_json(request, body)
        except Exception as error:
            await told(*as_problem(error))(scope, receive, send)
        else:
            await self._app(scope, _again(body, receive), send)


def _again(body: bytes, receive: Receive) -> Receive:
    """The body in one piece, then what comes after it."""
    left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_one() -> Message:
        return left.pop() if left else await receive()

    return next_one


async def whole(request: Request, limit: int, seconds: float) -> bytes:
    """A request's body of at most ``limit`` bytes.

    Raises:
        RefusedError: Too large, or not there in time.
        Interrupted: The client has gone.
    """
    try:
        return await asyncio.wait_for(_within(request, limit), seconds)
    except TimeoutError:
        raise RefusedError("slow_body", f"the request had not arrived after {seconds:g} s", remedy="send it in one go, or use a faster connection") from None
    except ClientDisconnect:
        raise Interrupted("the client has gone") from None


async def _within(request: Request, limit: int) -> bytes:
    stated = request.headers.get("content-length", "0")
    if stated.isdecimal() and int(stated) > limit:
        raise _too_large(limit)
    read = bytearray()
    async for piece in request.stream():
        read += piece
        if len(read) > limit:
            raise _too_large(limit)
    return bytes(read)


def stated_json(request: Request, body: bytes) -> Any:
    """A body that is said to be JSON (raises as `parsed`).

    Raises:
        RefusedError: It is said to be something else.
    """
    kind = content_type(request.headers.get("content-type", ""))
    if kind not in _JSON:
        raise RefusedError("wrong_type", f"the body is {kind[:60] or 'of no stated type'}, not JSON", where="Content-Type",
                           remedy="send `Content-Type: application/json`")
    return parsed(body)


def parsed(body: bytes) -> Any:
    """A JSON body as plain values, none nested deeper than `engine.dialogue.formats.node.MAX_DEPTH`.

    Raises:
        RefusedError: Not UTF-8, not JSON, or too deep; names the place.
    """
    try:
        return load(body.decode("utf-8-sig")).value
    except UnicodeDecodeError as error:
        raise RefusedError("bad_request", f"byte {error.start} of the body is not UTF-8", remedy="send the text in UTF-8") from None
    except InputError as error:
        raise RefusedError("bad_request", error.what, where=error.where, remedy=error.remedy) from None


def content_type(header: str) -> str:
    """The type without its parameters.

    >>> content_type("Application/JSON; charset=utf-8"), content_type("")
    ('application/json', '')
    """
    message = Header()
    message["content-type"] = header
    return message.get_content_type() if header else ""


def _too_large(limit: int) -> RefusedError:
    return RefusedError("too_large", f"the body has more than {limit:,} bytes", remedy="send a part of it")
