"""What stands at ``/talk`` until the talk demo does."""

from __future__ import annotations

import gradio as gr


def build() -> gr.Blocks:
    """One sentence."""
    with gr.Blocks(title="DialAtlas talk", analytics_enabled=False) as blocks:
        gr.HTML("The talk demo is not here yet; the pages are at <a href='/'>/</a>.")
    made: gr.Blocks = blocks  # gradio is typed in part alone
    return made
