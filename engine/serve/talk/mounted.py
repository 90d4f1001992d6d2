"""The talk's page under a path of a FastAPI application, without any of Gradio's own links (no torch)."""

from __future__ import annotations

import gradio as gr
from fastapi import FastAPI


def mount(app: FastAPI, page: gr.Blocks, path: str) -> None:
    """Serve ``page`` there; nothing is rendered by Node, no upload is taken, and errors stay in the log."""
    gr.mount_gradio_app(app, page, path=path, footer_links=[], ssr_mode=False, show_error=False, max_file_size=1, enable_monitoring=False,
                        pwa=False, mcp_server=False)
