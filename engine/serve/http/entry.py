"""The one entrance where a token is set, as plain ASGI: a bearer token of programs, a form and its cookie for browsers, a room key for a talk's phones."""

from __future__ import annotations

import hmac
import secrets
import time
from hashlib import sha256
from typing import Literal
from urllib.parse import parse_qs, quote

from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engine.errors import DialAtlasError
from engine.serve.http.body import content_type, whole
from engine.serve.http.bucket import Buckets
from engine.serve.http.guard import asking, no_token, refuse, told, too_many
from engine.serve.http.page import sign_in
from engine.serve.http.settings import Settings
from engine.serve.http.work import as_problem
from engine.serve.problems import problem_of

Part = Literal["all", "talk"]
"""What a cookie opens."""
PATHS: dict[Part, str] = {"all": "/", "talk": "/talk"}
COOKIE_S = 12 * 3600
"""A working day."""
FORM_BYTES = 10_000
_SAFE = {"Cache-Control": "no-store", "Referrer-Policy": "same-origin", "Content-Security-Policy":
         "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"}


class Seals:
    """Cookies' values: when one ends, and a digest of that which only this server can make.

    Those for everything are keyed with the token, so they outlive a restart and end with the token; those of phones are keyed with chance, since who
    holds one does not know the token and shall not be able to try tokens against it.
    """

    def __init__(self, token: str) -> None:
        self._keys: dict[Part, bytes] = {"all": token.encode(), "talk": secrets.token_bytes(32)}

    def made(self, part: Part, now: float) -> str:
        """A value that opens the part from now on."""
        until = str(int(now) + COOKIE_S)
        return f"{until}.{self._digest(part, until)}"

    def fits(self, part: Part, value: str, now: float) -> bool:
        """Whether the value is ours and has not ended.

        >>> seals = Seals("secret")
        >>> value = seals.made("all", 0.0)
        >>> seals.fits("all", value, 1.0), seals.fits("talk", value, 1.0), seals.fits("all", value, 1e6)
        (True, False, False)
        """
        until, _, digest = value.partition(".")
        return same(digest, self._digest(part, until)) and now < int(until)

    def _digest(self, part: Part, until: str) -> str:
        return hmac.new(self._keys[part], f"dialatlas {part} {until}".encode(), sha256).hexdigest()


def same(given: str, right: str) -> bool:
    """Whether two texts are equal, in a time that tells neither where they differ nor how long they are."""
    return hmac.compare_digest(sha256(given.encode("utf-8", "replace")).digest(), sha256(right.encode()).digest())


class Entry:
    """Lets in whoever may enter, noting ``scope["trusted"]`` of those who may enter everything; health is everybody's."""

    def __init__(self, app: ASGIApp, *, token: str, settings: Settings) -> None:
        self._app, self._token, self._settings, self._seals = app, token, settings, Seals(token)
        self._tries = Buckets(settings.try_rate, settings.tries, settings.clients)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, ask, or refuse."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        asked = HTTPConnection(scope)
        kind, _, given = asked.headers.get("authorization", "").partition(" ")
        error = self._tried(scope, given.strip()) if kind.lower() == "bearer" else no_token()
        scope["trusted"] = not error or self._sealed("all", asked)
        if scope["trusted"] or _health(scope) or self._phone(scope, asked):
            await self._app(scope, receive, send)
        elif self._joins(scope, asked):
            await self._app(scope, receive, _adding(send, self._cookie("talk", scope)))
        elif scope["type"] == "http" and kind.lower() != "bearer":
            answer = await self._form(Request(scope, receive))
            await answer(scope, receive, send)
        else:
            await refuse(error or no_token(), scope, receive, send)

    def _tried(self, scope: Scope, given: str) -> DialAtlasError | None:
        """What is wrong with a token; a client whose tries are used up is refused unheard, else guessing on would pay."""
        client = asking(scope)
        if wait := self._tries.wait(client, take=False):
            return too_many("too many wrong tokens came from you", wait)
        if same(given, self._token):
            return None
        self._tries.wait(client)
        return no_token()

    def _sealed(self, part: Part, asked: HTTPConnection) -> bool:
        return self._seals.fits(part, asked.cookies.get(_name(part), ""), time.time())

    def _phone(self, scope: Scope, asked: HTTPConnection) -> bool:
        return self._of_talk(scope) and self._sealed("talk", asked)

    def _joins(self, scope: Scope, asked: HTTPConnection) -> bool:
        return self._of_talk(scope) and same(asked.query_params.get("room", ""), self._settings.room)

    def _of_talk(self, scope: Scope) -> bool:
        """Whether the talk and nothing else answers there: without one, and but for reading `/talk` itself, pages would."""
        path: str = scope["path"]
        return bool(self._settings.room) and (path.startswith("/talk/") or (path == "/talk" and scope.get("method") == "GET"))

    async def _form(self, request: Request) -> Response:
        """The form for a person, a refusal for a program, or what comes of a filled form."""
        headers = request.headers
        if request.method == "POST" and content_type(headers.get("content-type", "")) == "application/x-www-form-urlencoded":
            return await self._signing(request)
        if request.method == "GET" and "text/html" in headers.get("accept", ""):
            return self._asking(request)
        return told(*problem_of(no_token()))

    async def _signing(self, request: Request) -> Response:
        try:
            fields = parse_qs((await whole(request, FORM_BYTES, self._settings.body_seconds)).decode("utf-8", "replace"))
        except Exception as error:
            return told(*as_problem(error))
        wrong = self._tried(request.scope, fields.get("token", [""])[0].strip())
        if wrong:
            return self._asking(request, wrong)
        answer = RedirectResponse(_here(request), 303, {"Cache-Control": "no-store"})
        answer.raw_headers.append(self._cookie("all", request.scope))
        return answer

    def _asking(self, request: Request, error: DialAtlasError | None = None) -> Response:
        """The form, with the status and headers that a program would get."""
        trouble = "" if error is None else error.sentence if vars(error).get("seconds") else "This is not the token of this server."
        plain = told(*problem_of(error or no_token()))
        note = "To join a talk, scan the code on its screen." if self._of_talk(request.scope) else ""
        kept = {name: plain.headers[name] for name in ("Retry-After", "WWW-Authenticate") if name in plain.headers}
        return HTMLResponse(sign_in(trouble, note), plain.status_code, _SAFE | kept)

    def _cookie(self, part: Part, scope: Scope) -> tuple[bytes, bytes]:
        """The header that sets it; a browser sends it to this site's own pages alone, and over TLS alone where it came that way."""
        answer = Response()
        answer.set_cookie(_name(part), self._seals.made(part, time.time()), max_age=COOKIE_S, path=PATHS[part], secure=scope["scheme"] == "https",
                          httponly=True, samesite="strict")
        return answer.raw_headers[-1]


def _name(part: Part) -> str:
    return f"dialatlas_{part}"


def _health(scope: Scope) -> bool:
    return bool(scope["type"] == "http" and scope["path"] == "/healthz" and scope["method"] == "GET")


def _here(request: Request) -> str:
    """The address that was asked for, on this server whatever it looks like."""
    path = "/" + quote(request.url.path.lstrip("/\\"))
    return f"{path}?{request.url.query}" if request.url.query else path


def _adding(send: Send, header: tuple[bytes, bytes]) -> Send:
    """The same answer with one header more."""
    async def added(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), header]}
        await send(message)

    return added
