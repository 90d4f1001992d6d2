"""Doors before any handler, as plain ASGI: the name by which we are addressed, the asking page's site, the rate."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi.responses import JSONResponse
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from engine.errors import DialAtlasError, RefusedError
from engine.serve.http.bucket import Buckets, client_of
from engine.serve.http.settings import LOCAL_HOSTS, Settings
from engine.serve.problems import Problem, problem_of
from engine.serve.wire import PROBLEM, VISITOR

_READING = ("GET", "HEAD")
"""Methods that change nothing; of a web socket there is none."""


def told(status: int, problem: Problem) -> JSONResponse:
    """An error as its answer; ``Retry-After`` where waiting helps."""
    headers = {"Retry-After": str(max(1, round(problem.details["seconds"])))} if "seconds" in problem.details else {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(PROBLEM.dump_python(problem, mode="json"), status, headers)


def hostname(host: str) -> str:
    """The name in a Host header, without port, in lower case.

    >>> hostname("LocalHost:8501"), hostname("[::1]:8501"), hostname("a.example.")
    ('localhost', '[::1]', 'a.example')
    """
    name = host.strip().lower()
    name = name.partition("]")[0] + "]" if name.startswith("[") else name.partition(":")[0]
    return name.removesuffix(".")


class Hosts:
    """Refuses requests and web sockets that are addressed to a name that is not ours (DNS rebinding; ``*`` allows every name), and those that
    a page of another site makes: nothing is open to other origins, and what does more than read is refused before any room sees it.
    Addresses with control characters are refused, too: rooms would pass them on as they are.
    """

    def __init__(self, app: ASGIApp, *, hosts: tuple[str, ...]) -> None:
        self._app, self._hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or refuse."""
        error = self._wrong(scope, Headers(scope=scope)) if scope["type"] in ("http", "websocket") else None
        if error:
            await refuse(error, scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _wrong(self, scope: Scope, headers: Headers) -> DialAtlasError | None:
        if not scope["path"].isprintable():
            return RefusedError("bad_request", "the address holds characters that cannot be printed", where="path", remedy="write it without them")
        name = hostname(headers.get("host", ""))
        if name not in self._hosts and "*" not in self._hosts:
            return RefusedError("wrong_host", f"this server is not called {name[:80]!r}", where="Host",
                                remedy="address it as localhost, or start it with --allow-host NAME")
        if "origin" in headers and scope.get("method") not in _READING and not self._ours(headers["origin"], headers["host"]):
            return RefusedError("wrong_origin", "pages of other sites may not ask this server", where="Origin", remedy="ask from a program")
        return None

    def _ours(self, origin: str, host: str) -> bool:
        """Of the same name and port, or, behind a proxy that changes the Host header, of a name that was allowed, at its usual port."""
        try:
            site = urlsplit(origin).netloc.lower()
        except ValueError:
            return False
        return site == host.lower() or site in set(self._hosts) - set(LOCAL_HOSTS)


class Door:
    """The API's: the rate; notes who asks in ``scope["visitor"]``. Where a token is set, `engine.serve.http.entry` must have let the request in."""

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self._app, self._settings = app, settings
        self._buckets = Buckets(settings.rate, settings.burst, settings.clients)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or refuse."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers, address, trusted = Headers(scope=scope), asking(scope), scope.get("trusted", False)
        scope["visitor"] = f"{address} {headers[VISITOR][:80]}" if trusted and VISITOR in headers else address
        error = no_token() if self._settings.token and not trusted else None
        if wait := self._buckets.wait(scope["visitor"]):
            error = too_many(f"more than {self._settings.rate:g} requests per second came from you", wait)
        if error:
            await refuse(error, scope, receive, send)
        else:
            await self._app(scope, receive, send)


def asking(scope: Scope) -> str:
    """The client's address, as `client_of` gives it."""
    return client_of(scope["client"][0] if scope.get("client") else "unknown")


def no_token(what: str = "this server wants its token") -> RefusedError:
    """The error of who may not come in."""
    return RefusedError("no_token", what, where="Authorization", remedy="send the header `Authorization: Bearer TOKEN`")


def too_many(what: str, wait: float) -> RefusedError:
    """The error of who comes too often, with the seconds after which it is worth trying again."""
    error = RefusedError("too_many", what, remedy=f"try again in {wait:.1f} s")
    vars(error)["seconds"] = wait
    return error


async def refuse(error: DialAtlasError, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with an error, a web socket by closing it."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": error.sentence[:100]})
    else:
        await told(*problem_of(error))(scope, receive, send)
