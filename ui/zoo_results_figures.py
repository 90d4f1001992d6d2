"""Figures of DialogZoo's results: scores with intervals beside what needs no training, and curves of losses."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from ui import theme

CONFIG = {"displayModeBar": False, "scrollZoom": False}
_ROW = 22
"""Pixels of a pair."""
_LOOKS = tuple(theme.SERIES.values())
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")


def scores(table: pd.DataFrame) -> go.Figure:
    """A row per pair: the model with its interval, a cross for the untrained model, a diamond for the best baseline.

    Args:
        table: `engine.results.zoo_scores.scores`.
    """
    names = [f"{task.upper()} {dataset}" for task, dataset in zip(table["task"], table["dataset"], strict=True)]
    places = list(range(len(names)))
    figure = go.Figure()
    bars = {"type": "data", "symmetric": False, "array": table["high"] - table["score"], "arrayminus": table["score"] - table["low"],
            "thickness": 1.2, "width": 3}
    for label, values, marker, extra in (
            ("untrained", table["untrained"], {"symbol": "x-thin", "size": 9, "line": {"width": 2, "color": theme.ABSENT}}, {}),
            ("best baseline", table["baseline"], {"symbol": "diamond-open", "size": 9, "color": "#ce7e37", "line": {"width": 2}}, {}),
            ("model, 95 % interval", table["score"], {"symbol": "circle", "size": 9, "color": theme.ABILITY[0]}, {"error_x": bars})):
        told = [f"{name}<br>{label}: {value:.1f} %" if pd.notna(value) else "" for name, value in zip(names, values, strict=True)]
        figure.add_trace(go.Scatter(x=values, y=places, mode="markers", name=label, marker=marker, hovertext=told,
                                    hovertemplate="%{hovertext}<extra></extra>", **extra))
    figure.update_yaxes(tickvals=places, ticktext=names, range=[len(names) - 0.5, -0.5], showgrid=True, gridcolor="rgba(138,143,152,.25)", zeroline=False)
    figure.update_xaxes(title="per cent", side="top", range=[-2, 102], showgrid=False, zeroline=False)
    _quiet(figure, height=_ROW * len(names) + 110, margin={"t": 96, "l": 190, "r": 8, "b": 8})
    return figure.update_layout(legend={"y": 1 + 52 / (_ROW * len(names) + 6)})


def curves(table: pd.DataFrame, words: Mapping[str, str], upward: str) -> go.Figure:
    """A line per run over the tokens read and written in training; dev with marks, train thin and without.

    Args:
        table: `engine.results.zoo_scores.losses`.
        words: Run to words.
        upward: What the losses are of.
    """
    figure = go.Figure()
    for place, (run, title) in enumerate(words.items()):
        (color, symbol), dash = _LOOKS[place % len(_LOOKS)], _DASHES[place % len(_DASHES)]
        for part in ("train", "dev"):
            some = table[(table["run"] == run) & (table["part"] == part)]
            if some.empty:
                continue
            figure.add_trace(go.Scatter(
                x=some["tokens"], y=some["loss"], mode="lines+markers" if part == "dev" else "lines", name=title, legendgroup=run, showlegend=part == "dev",
                line={"color": color, "dash": dash, "width": 2 if part == "dev" else 1}, opacity=1 if part == "dev" else 0.7,
                marker={"symbol": symbol, "size": 8}, hovertemplate="%{y:.3f} at %{x:,} tokens<extra>" + title + f", {part}</extra>"))
    figure.update_xaxes(title="tokens in training", zeroline=False, showgrid=False)
    figure.update_yaxes(title=upward, zeroline=False, gridcolor="rgba(138,143,152,.25)")
    above = 12 + 20 * -(-len(words) // 2)  # two runs stand in a line of the legend
    return _quiet(figure, height=380 + above, margin={"t": above, "l": 64, "r": 8, "b": 48})


def _quiet(figure: go.Figure, *, height: int, margin: dict[str, int]) -> go.Figure:
    for axes in (figure.update_xaxes, figure.update_yaxes):
        axes(fixedrange=True)
    return figure.update_layout(height=height, margin=margin, dragmode=False, hovermode="closest", plot_bgcolor="rgba(0,0,0,0)", paper_bgcolor="rgba(0,0,0,0)",
                                showlegend=True, legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0})
