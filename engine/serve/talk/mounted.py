"""The talk's page under a path of a FastAPI application, without any of Gradio's own links (no torch)."""

from __future__ import annotations

import gradio as gr
from fastapi import FastAPI
from starlette.routing import Mount

from engine.serve.http.body import Bounded

BODY_BYTES, BODY_S = 1_000_000, 30.0
"""Of one message of a page to its server."""


def mount(app: FastAPI, page: gr.Blocks, path: str) -> None:
    """Serve ``page`` there; nothing is rendered by Node, no upload is taken, what pages send is bounded, and errors stay in the log."""
    gr.mount_gradio_app(app, page, path=path, footer_links=[], ssr_mode=False, show_error=False, max_file_size=1, enable_monitoring=False,
                        pwa=False, mcp_server=False)
    mounted = app.router.routes[-1]
    assert isinstance(mounted, Mount)
    mounted.app = Bounded(mounted.app, limit=BODY_BYTES, seconds=BODY_S)
