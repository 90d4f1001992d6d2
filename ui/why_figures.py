"""Plotly figures of Why: per turn, what attribution says beside what leaving the turn out does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from engine.dialogue.model import Turn
from ui import theme
from ui.dialogue_view import LETTERS

CONFIG = {"displayModeBar": False, "scrollZoom": False}
ROW = 34
"""Pixels per turn."""
MEASURES = {"attribution": ("Attribution", "#559fd8", ""), "effect": ("Ablation", "#e08a3c", "/")}
"""Column to name, colour and pattern."""


def turn_bars(frame: pd.DataFrame, turns: Sequence[Turn], titles: Mapping[str, str]) -> go.Figure:
    """One panel per variant, two bars per turn in log-odds; ``frame`` as of `ui.why_rows.per_turn`."""
    names = list(frame["variant"].unique())
    read = sorted(frame["turn"].unique())
    figure = make_subplots(rows=1, cols=len(names), shared_yaxes=True, shared_xaxes="all", horizontal_spacing=0.03,
                           subplot_titles=[titles[name] for name in names])
    for place, name in enumerate(names, start=1):
        some = frame[frame["variant"] == name].set_index("turn").reindex(read)
        for column, (title, color, pattern) in reversed(MEASURES.items()):  # the last one is drawn on top
            figure.add_trace(go.Bar(
                x=some[column], y=[str(turn) for turn in read], orientation="h", name=title, showlegend=place == 1, legendgroup=column,
                marker={"color": color, "pattern": {"shape": pattern, "fillmode": "overlay", "fgcolor": theme.INK, "size": 5},
                        "line": {"width": 0.5, "color": theme.INK}},
                hovertemplate=f"utterance %{{y}}<br>{title} %{{x:+.2f}}<extra></extra>"), row=1, col=place)
        figure.add_vline(x=0, line_color=theme.ABSENT, line_width=1, row=1, col=place)
    figure.update_yaxes(type="category", categoryorder="array", categoryarray=[str(turn) for turn in reversed(read)],
                        ticktext=[f"{turn + 1} {LETTERS[turns[turn].speaker]}" for turn in read], tickvals=[str(turn) for turn in read],
                        showgrid=False, fixedrange=True)
    figure.update_xaxes(showgrid=False, zeroline=False, fixedrange=True, nticks=5)
    return figure.update_layout(
        height=ROW * len(read) + 110, margin={"t": 30, "l": 44, "r": 8, "b": 60}, barmode="group", bargap=0.25, dragmode=False,
        legend={"orientation": "h", "traceorder": "reversed", "y": 0, "yref": "container", "yanchor": "bottom", "x": 0},
        plot_bgcolor="rgba(0,0,0,0)", paper_bgcolor="rgba(0,0,0,0)")
