"""Figures of Many dialogues: pure functions of their data."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from ui import theme


def split_plot(shares: pd.DataFrame, titles: Mapping[str, str], words: str) -> go.Figure:
    """One mark per variant in each part (domain or place): side by side, told apart by colour and shape.

    Args:
        shares: Columns part, variant, n, share (0..1); parts in their order.
        titles: Variant to display name.
        words: What the share is of.
    """
    figure = go.Figure()
    parts = list(dict.fromkeys(shares["part"]))
    names = list(dict.fromkeys(shares["variant"]))
    for place, name in enumerate(names):
        some = shares[shares["variant"] == name]
        color, symbol = theme.SERIES.get(name, (theme.ABSENT, "circle"))
        figure.add_trace(go.Scatter(
            x=[parts.index(part) + (place - (len(names) - 1) / 2) * 0.08 for part in some["part"]], y=some["share"], mode="markers", name=titles[name],
            marker={"color": color, "symbol": symbol, "size": 10, "line": {"width": 0.5, "color": theme.INK}}, customdata=some[["part", "n"]],
            hovertemplate=f"{titles[name]}<br>%{{customdata[0]}}: %{{y:.0%}} of %{{customdata[1]:,}}<extra></extra>"))
    counts = shares.groupby("part")["n"].max()
    figure.update_xaxes(tickvals=list(range(len(parts))), ticktext=[f"{_plain(part)}<br>n {counts[part]:,}" for part in parts],
                        range=[-0.5, len(parts) - 0.5], showgrid=False, zeroline=False, fixedrange=True)
    figure.update_yaxes(title=words, tickformat=".0%", range=[-0.03, 1.03], zeroline=False, fixedrange=True)
    return figure.update_layout(height=340, margin={"t": 8, "l": 64, "r": 8, "b": 8}, dragmode=False, plot_bgcolor="rgba(0,0,0,0)",
                                paper_bgcolor="rgba(0,0,0,0)", legend={"orientation": "h", "y": -0.22, "x": 0})


def _plain(words: str) -> str:
    """Foreign words in a figure, which knows a few tags."""
    short = words if len(words) <= 24 else words[:23] + "…"
    return short.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
