"""Plotly figures of prediction: predictor against gain, ability profiles with intervals, a map of similarity."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from engine.results.profiles import ABILITIES, profile
from engine.results.reported import TITLES
from ui import theme

CONFIG = {"displayModeBar": False, "scrollZoom": False}
SHADES = ["#eef4fa", "#9cc7e8", "#559fd8"]
"""Pale (unlike) to blue (alike); `theme.INK` reads on all of it."""
FEW = 8
"""Different values of a predictor up to which marks are put side by side."""
SYMBOLS = ("circle", "square")
"""The first and the second probe of an ability."""


def scatter(cells: pd.DataFrame, across: str, upward: str) -> go.Figure:
    """``predicted`` against ``gain``, one mark per cell; variants differ in colour and shape, and stand side by side where many share a value."""
    figure, names = go.Figure(), [name for name in TITLES if name in set(cells["variant"])]
    for place, variant in enumerate(names):
        some, (color, symbol) = cells[cells["variant"] == variant], theme.SERIES[variant]
        x = some["predicted"] + (place - (len(names) - 1) / 2) * _aside(cells["predicted"])
        figure.add_trace(go.Scatter(x=x, y=some["gain"], customdata=some[["title", "points", "predicted"]], mode="markers", name=TITLES[variant],
                                    marker={"color": color, "symbol": symbol, "size": 9, "line": {"width": 0.5, "color": theme.INK}},
                                    hovertemplate="%{customdata[0]}<br>predictor %{customdata[2]:.2f}, gain %{customdata[1]:+.2f} points<extra></extra>"))
    figure.add_hline(y=0, line_color=theme.ABSENT, line_width=1)
    figure.update_xaxes(title=across, zeroline=False)
    figure.update_yaxes(title=upward, zeroline=False)
    return _quiet(figure, height=380, margin={"t": 8, "l": 64, "r": 8, "b": 90}).update_layout(showlegend=True, legend={"orientation": "h", "y": -0.2, "x": 0})


def _aside(values: pd.Series) -> float:
    return 0.015 * float(values.max() - values.min()) if values.nunique() <= FEW else 0.0


def profiles(measured: pd.DataFrame, number: str, baseline: str) -> go.Figure:
    """One panel per ability, one row per variant: ``number`` of each probe with its interval; D where Table 1 declares the ability."""
    rows = [name for name in TITLES if name in set(measured["variant"])]
    figure = make_subplots(rows=1, cols=len(ABILITIES), shared_yaxes=True, horizontal_spacing=0.03, subplot_titles=list(ABILITIES.values()))
    for place, ability in enumerate(ABILITIES, start=1):
        some = measured[measured["group"] == ability]
        for probe, symbol, shift in zip(some["subject"].drop_duplicates(), SYMBOLS, (-0.15, 0.15), strict=False):
            one = some[some["subject"] == probe].set_index("variant").reindex(rows)
            figure.add_trace(_marks(one, number, rows, symbol, shift, ability), row=1, col=place)
            if baseline in rows and pd.notna(one.at[baseline, number]):
                figure.add_vline(x=float(one.at[baseline, number]), line_color=theme.ABSENT, line_width=1, line_dash="dot", row=1, col=place)
        having = [row for row in rows if ability in profile(row)]
        figure.add_trace(go.Scatter(x=[_right(some, number)] * len(having), y=[rows.index(row) for row in having], text=["D"] * len(having), mode="text",
                                    textfont={"size": 12}, hoverinfo="skip"), row=1, col=place)
    figure.update_yaxes(range=[len(rows) - 0.5, -0.5], tickvals=list(range(len(rows))), ticktext=[TITLES[row] for row in rows], zeroline=False)
    figure.update_xaxes(zeroline=False, tickformat=".2~f", nticks=5)
    return _quiet(figure, height=36 * len(rows) + 80, margin={"t": 32, "l": 96, "r": 8, "b": 28})


def _right(some: pd.DataFrame, number: str) -> float:
    low, high = float(some[f"{number}_low"].min()), float(some[f"{number}_high"].max())
    return high + 0.08 * (high - low)


def _marks(one: pd.DataFrame, number: str, rows: list[str], symbol: str, shift: float, ability: str) -> go.Scatter:
    probe, color = str(one["subject"].dropna().iloc[0]), theme.ABILITY[0]
    declared = [ability in profile(row) for row in rows]
    low, high = one[f"{number}_low"], one[f"{number}_high"]
    hover = [f"{TITLES[row]}, {probe}: {one.at[row, number]:.2f} ({low[row]:.2f} to {high[row]:.2f})<br>"
             f"accuracy {one.at[row, 'accuracy']:.2f}, control {one.at[row, 'control']:.2f}" for row in rows]
    symbols = [symbol if known else f"{symbol}-open" for known in declared]
    bars = {"type": "data", "symmetric": False, "array": high - one[number], "arrayminus": one[number] - low, "color": color, "thickness": 1, "width": 2}
    return go.Scatter(x=one[number], y=[place + shift for place in range(len(rows))], mode="markers", hovertext=hover, error_x=bars,
                      hovertemplate="%{hovertext}<extra></extra>",
                      marker={"symbol": symbols, "size": 9, "color": color, "line": {"width": 1.5, "color": color}})


def similarity(matrix: pd.DataFrame) -> go.Figure:
    """A square per pair with its number printed."""
    names = [TITLES[name] for name in matrix.index]
    figure = go.Figure(go.Heatmap(z=matrix.to_numpy(), x=names, y=names, colorscale=SHADES, showscale=False, xgap=2, ygap=2, texttemplate="%{z:.2f}",
                                  textfont={"color": theme.INK, "size": 12}, hovertemplate="%{y} and %{x}: %{z:.3f}<extra></extra>"))
    figure.update_yaxes(autorange="reversed")
    figure.update_xaxes(side="top")
    return _quiet(figure, height=40 * len(names) + 50, margin={"t": 32, "l": 96, "r": 8, "b": 8})


def _quiet(figure: go.Figure, *, height: int, margin: dict[str, int]) -> go.Figure:
    for axes in (figure.update_xaxes, figure.update_yaxes):
        axes(showgrid=False, fixedrange=True)
    return figure.update_layout(height=height, margin=margin, showlegend=False, dragmode=False, hovermode="closest", plot_bgcolor="rgba(0,0,0,0)",
                                paper_bgcolor="rgba(0,0,0,0)")
