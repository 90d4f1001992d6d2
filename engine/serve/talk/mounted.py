"""The talk's page under a path of a FastAPI application, without any of Gradio's own links (no torch)."""

from __future__ import annotations

from collections.abc import Callable

import gradio as gr
from fastapi import FastAPI
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from engine.errors import RefusedError
from engine.serve.http.body import Bounded
from engine.serve.http.guard import refuse

CLOSED = ("/proxy=", "/gradio_api/proxy=")
"""Gradio would fetch there what other servers have; the talk needs none of it."""
BODY_BYTES, BODY_S = 1_000_000, 30.0
"""Of one message of a page to its server."""


def mount(app: FastAPI, page: gr.Blocks, path: str, door: Callable[[ASGIApp], ASGIApp] = lambda inner: inner) -> None:
    """Serve ``page`` there; nothing is rendered by Node, no upload is taken, what pages send is bounded, and errors stay in the log.

    Args:
        app: The server.
        page: The talk's page, or what else Gradio has.
        path: Without a slash at its end.
        door: Stands before all of it.
    """
    gr.mount_gradio_app(app, page, path=path, footer_links=[], ssr_mode=False, show_error=False, max_file_size=1, enable_monitoring=False,
                        pwa=False, mcp_server=False)
    mounted = app.router.routes[-1]
    assert isinstance(mounted, Mount)
    mounted.app = door(_Closed(Bounded(mounted.app, limit=BODY_BYTES, seconds=BODY_S), tuple(f"{path}{one}" for one in CLOSED)))


class _Closed:
    """Refuses what begins with one of the paths."""

    def __init__(self, app: ASGIApp, paths: tuple[str, ...]) -> None:
        self._app, self._paths = app, paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and scope["path"].startswith(self._paths):
            await refuse(RefusedError("not_found", "there is nothing at this address", remedy="open /talk"), scope, receive, send)
        else:
            await self._app(scope, receive, send)
