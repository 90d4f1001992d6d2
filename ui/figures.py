"""Plotly figures of task relations: pure functions of their data, with the value printed on every mark."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from engine.results.beyond import BEYOND
from engine.results.profiles import ABILITIES, DOWNSTREAM, FEATURES, SINGLE, profile
from engine.results.reported import TASKS, TITLES, Column
from ui import theme

ROW, GAP = 36, 0.35
"""Pixels per row; space between two downstream tasks, in columns."""
CONFIG = {"displayModeBar": False, "scrollZoom": False}


def saving(name: str, kind: str) -> dict[str, Any]:
    """The configuration of a figure with one button: a camera that saves ``name`` as ``kind`` (``PNG`` or ``SVG``), in the browser alone."""
    return CONFIG | {"displayModeBar": True, "displaylogo": False, "modeBarButtons": [["toImage"]],
                     "toImageButtonOptions": {"format": kind.lower(), "filename": name, "scale": 2 if kind == "PNG" else 1}}


def on_ground(figure: go.Figure, look: str | None) -> go.Figure:
    """The figure on the page's own ground (``light`` or ``dark``), so that its words also read where it is saved to."""
    return figure.update_layout(paper_bgcolor=theme.GROUND[look]) if look in theme.GROUND else figure


_METRIC_LINES = {"acc_all": "acc<br>all", "acc_in": "acc<br>in", "acc_out": "acc<br>out", "recall_out": "rec.<br>out",
                 "f1_micro": "micro<br>F1", "f1_macro": "macro<br>F1", "r100_at_1": "R100<br>@1", "r100_at_3": "R100<br>@3",
                 "joint_acc": "joint<br>acc", "slot_acc": "slot<br>acc"}


def gain_map(points: pd.DataFrame, shade: pd.DataFrame, shown: Sequence[Column], *, chosen: tuple[str, str], letters: pd.DataFrame | None = None,
             notes: pd.DataFrame | None = None) -> go.Figure:
    """Variants x columns: ``points`` printed, ``shade`` as colour; each cell's customdata is (variant, column key).

    Clicks work because the cells' hit areas are scatter points (a heat map's cells report no selection in Streamlit).

    Args:
        shown: The columns of all frames, in their order.
        letters: A verdict's letter below each number.
        notes: What is said of a cell when the pointer rests on it, instead of its number.
    """
    places = _places(shown)
    cells = [(variant, key, places[key], row) for row, variant in enumerate(points.index) for key in points.columns]
    figure = go.Figure(layout={"shapes": [*_squares(cells, shade), *_outline(cells, chosen)]})
    figure.add_trace(_hits(cells, points.map(lambda value: signed(value, absent="not measured yet")) if notes is None else notes, shown))
    for known, color in ((True, theme.INK), (False, theme.ABSENT)):
        some = [cell for cell in cells if pd.notna(points.at[cell[0], cell[1]]) == known]
        words = [signed(points.at[v, k]) + (f"<br>{letters.at[v, k]}" if known and letters is not None else "") for v, k, _, _ in some]
        figure.add_trace(_texts(some, words, color))
    for label, x in _group_heads(shown, places):
        figure.add_annotation(x=x, y=1, yref="paper", yanchor="bottom", yshift=32, text=label, showarrow=False, font_size=12)
    figure.update_xaxes(tickvals=list(places.values()), ticktext=[_METRIC_LINES[column.metric] for column in shown], side="top",
                        range=[-0.55, max(places.values()) + 0.55], tickangle=0, tickfont_size=10.5)
    figure.update_yaxes(tickvals=list(range(len(points))), ticktext=[TITLES[variant] for variant in points.index],
                        range=[len(points) - 0.5, -0.5], tickfont_size=12)
    return _plain(figure, height=ROW * len(points) + 80, top=76, left=96)


def profile_map(task: str, objective: str) -> go.Figure:
    """Table 1: a lettered square where a task has an ability (A) or a structure (S); the chosen two stand out, shared ones outlined."""
    rows = [*DOWNSTREAM, *SINGLE]
    both = profile(task) & profile(objective)
    figure = go.Figure()
    for place, feature in enumerate(FEATURES):
        having = [row for row in rows if feature in profile(row)]
        figure.add_trace(_feature_marks(place, feature, having, rows, chosen={task, objective}, shared=feature in both))
    figure.add_hline(y=len(DOWNSTREAM) - 0.5, line_color=theme.ABSENT, line_width=1)
    figure.add_vline(x=len(ABILITIES) - 0.5, line_color=theme.ABSENT, line_width=1)
    names = [words.replace("representation", "represen-<br>tation").replace(" ", "<br>") for words in FEATURES.values()]
    figure.update_xaxes(tickvals=list(range(len(FEATURES))), ticktext=names, side="top", range=[-0.5, len(FEATURES) - 0.5],
                        tickangle=0, tickfont_size=10)
    figure.update_yaxes(tickvals=list(range(len(rows))), range=[len(rows) - 0.5, -0.5],
                        ticktext=[f"<b>{_row_name(row)}</b>" if row in (task, objective) else _row_name(row) for row in rows])
    return _plain(figure, height=32 * len(rows) + 70, top=62, left=60)


def overlap_plot(table: pd.DataFrame, *, unit: str) -> go.Figure:
    """Overlap against gain, one mark per cell; variants stand side by side at each overlap and differ in colour and shape."""
    figure = go.Figure()
    for place, variant in enumerate(SINGLE):
        some = table[table["variant"] == variant]
        color, symbol = theme.SERIES[variant]
        figure.add_trace(go.Scatter(
            x=some["overlap"] + (place - 2) * 0.02, y=some["gain"], mode="markers", name=TITLES[variant],
            customdata=some[["title", "overlap"]],
            marker={"color": color, "symbol": symbol, "size": 9, "line": {"width": 0.5, "color": theme.INK}},
            hovertemplate="%{customdata[0]}<br>overlap %{customdata[1]:.2f}, gain %{y:+.2f}<extra></extra>"))
    figure.add_hline(y=0, line_color=theme.ABSENT, line_width=1)
    figure.update_xaxes(title="overlap of profiles (Jaccard)", range=[-0.06, 1.06], zeroline=False)
    figure.update_yaxes(title=f"gain, {unit}", zeroline=False)
    figure = _plain(figure, height=348, top=8, left=64, bottom=84)
    return figure.update_layout(showlegend=True, legend={"orientation": "h", "y": -0.24, "x": 0})


def _places(shown: Sequence[Column]) -> dict[str, float]:
    """Column key to x, with a gap before each new downstream task."""
    return {column.key: index + GAP * DOWNSTREAM.index(column.task) for index, column in enumerate(shown)}


def _group_heads(shown: Sequence[Column], places: dict[str, float]) -> list[tuple[str, float]]:
    groups: dict[str, list[float]] = {}
    for column in shown:
        beyond = "<i>beyond paper</i><br>" if column in BEYOND else ""
        groups.setdefault(f"{beyond}<b>{column.task_code}</b> {column.corpus_code}", []).append(places[column.key])
    return [(label, float(np.mean(xs))) for label, xs in groups.items()]


Cell = tuple[str, str, float, int]


def _squares(cells: list[Cell], shade: pd.DataFrame) -> list[dict[str, object]]:
    """Coloured rectangles; the colour ends at the 90th percentile, so one outlier does not pale the rest."""
    limit = float(np.nanquantile(np.abs(shade.to_numpy(float)), 0.9)) if shade.notna().any(axis=None) else 1.0
    scaled = (shade / (limit or 1.0)).clip(-1, 1)
    return [{**_box(x, row), "fillcolor": _color(scaled.at[variant, key])} for variant, key, x, row in cells]


def _color(value: float) -> str:
    return "rgba(138,143,152,0.12)" if np.isnan(value) else str(sample_colorscale(theme.DIVERGING, [(value + 1) / 2])[0])


def _box(x: float, row: int) -> dict[str, object]:
    return {"type": "rect", "x0": x - 0.48, "x1": x + 0.48, "y0": row - 0.47, "y1": row + 0.47, "line_width": 0, "layer": "below"}


def _outline(cells: list[Cell], chosen: tuple[str, str]) -> list[dict[str, object]]:
    return [{**_box(x, row), "line_width": 3, "line_color": theme.CHOSEN, "layer": "above"}
            for variant, key, x, row in cells if (variant, key) == chosen]


def _hits(cells: list[Cell], notes: pd.DataFrame, shown: Sequence[Column]) -> go.Scatter:
    titles = {column.key: column.title for column in shown}
    hover = [f"<b>{TITLES[v]}</b> on {titles[k]}<br>{notes.at[v, k]}" for v, k, _, _ in cells]
    return go.Scatter(x=[cell[2] for cell in cells], y=[cell[3] for cell in cells], customdata=[cell[:2] for cell in cells], mode="markers",
                      marker={"symbol": "square", "size": 34, "opacity": 0}, text=hover, hovertemplate="%{text}<extra></extra>",
                      selected={"marker": {"opacity": 0}}, unselected={"marker": {"opacity": 0}})


def _texts(cells: list[Cell], words: list[str], color: str) -> go.Scatter:
    return go.Scatter(x=[cell[2] for cell in cells], y=[cell[3] for cell in cells], text=words, mode="text", hoverinfo="skip",
                      textfont={"color": color, "size": 11}, unselected={"textfont": {"color": color}})


def signed(value: float, absent: str = "–") -> str:
    """A difference with its sign and a true minus."""
    return absent if pd.isna(value) else f"{value:+.2f}".replace("-", "−")


def _row_name(row: str) -> str:
    return TITLES.get(row) or next(code for code, ours in TASKS.items() if ours == row)


def _feature_marks(place: int, feature: str, having: list[str], rows: list[str], *, chosen: set[str], shared: bool) -> go.Scatter:
    ability = feature in ABILITIES
    strong, pale = theme.ABILITY if ability else theme.STRUCTURE
    return go.Scatter(
        x=[place] * len(having), y=[rows.index(row) for row in having], mode="markers+text", text=["A" if ability else "S"] * len(having),
        textfont={"color": theme.INK, "size": 12},
        marker={"symbol": "square", "size": 24, "color": [strong if row in chosen else pale for row in having], "opacity": 1,
                "line": {"color": theme.CHOSEN, "width": [3 if shared and row in chosen else 0 for row in having]}},
        hovertext=[f"{_row_name(row)}: {FEATURES[feature]}" for row in having], hovertemplate="%{hovertext}<extra></extra>")


def _plain(figure: go.Figure, *, height: int, top: int, left: int, bottom: int = 8) -> go.Figure:
    figure.update_xaxes(showgrid=False, zeroline=False, fixedrange=True)
    figure.update_yaxes(showgrid=False, zeroline=False, fixedrange=True)
    return figure.update_layout(height=height, margin={"t": top, "l": left, "r": 8, "b": bottom}, showlegend=False, dragmode=False,
                                hovermode="closest", hoverdistance=30, plot_bgcolor="rgba(0,0,0,0)", paper_bgcolor="rgba(0,0,0,0)")
