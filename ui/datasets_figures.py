"""The paper's figures 1, 2 and 4, drawn from our counts: pure functions of their data, colour never alone."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from ui import theme

CONFIG = {"displayModeBar": False, "scrollZoom": False}
LOOKS = {"paper": ("#559fd8", ""), "release": ("#9cc7e8", "/"), "ours": ("#f0bd8b", "."), "beyond": ("#c9ccd1", "x"), "self-supervised": ("#cbb8e6", "-")}
"""Colour and pattern of a set by where it is named; `theme.INK` reads on all of it."""
_PARTS = {"supervised": "#559fd8", "self-supervised": "#cbb8e6", "dst": "#559fd8", "chat": "#e08a3c", "tod": "#9cc7e8", "sim": "#f0bd8b", "others": "#c9ccd1"}
_ROW = 27
"""Pixels of a bar."""
_SIDE = (0.44, 0.3)
"""How far tasks that share a place stand apart on the two axes of the levels."""


def samples(sets: pd.DataFrame, words: dict[str, str]) -> go.Figure:
    """A bar per task, a piece per set; largest task first, its sum behind it.

    Args:
        sets: `engine.zoo.stats.per_set`.
        words: Origin to words.
    """
    totals = sets.groupby("task")["train"].sum().sort_values(ascending=False)
    figure = go.Figure()
    for origin in (origin for origin in LOOKS if origin in set(sets["origin"])):
        some, (color, pattern) = sets[sets["origin"] == origin], LOOKS[origin]
        figure.add_trace(go.Bar(
            y=some["task"].str.upper(), x=some["train"], orientation="h", name=words[origin], text=some["dataset"], textposition="inside",
            insidetextanchor="middle", textangle=0, textfont={"color": theme.INK, "size": 11}, customdata=some[["dataset", "share"]],
            marker={"color": color, "line": {"color": "#ffffff", "width": 1},
                    "pattern": {"shape": pattern, "bgcolor": color, "fgcolor": "rgba(22,25,29,.3)", "size": 6, "solidity": 0.2}},
            hovertemplate="%{y} %{customdata[0]}<br>%{x:,} training samples, %{customdata[1]:.2f} % of all<extra>" + words[origin] + "</extra>"))
    figure.add_trace(go.Scatter(y=totals.index.str.upper(), x=totals, mode="text", text=[f" {total:,}" for total in totals], textposition="middle right",
                                hoverinfo="skip", showlegend=False, cliponaxis=False))
    figure.update_yaxes(categoryorder="array", categoryarray=[task.upper() for task in reversed(totals.index)])
    figure.update_xaxes(title="training samples", range=[0, totals.max() * 1.12], zeroline=False)
    figure.update_layout(barmode="stack", uniformtext={"minsize": 10, "mode": "hide"}, bargap=0.25, showlegend=True,
                         legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "normal"})
    return _quiet(figure, height=_ROW * len(totals) + 110, margin={"t": 36, "l": 72, "r": 60, "b": 44})


def shares(table: pd.DataFrame) -> go.Figure:
    """Four bars of a hundred per cent: all samples and the supervised ones, the paper's above ours.

    Args:
        table: `engine.zoo.stats.shares`.
    """
    figure = go.Figure()
    rows = [(of, who) for of in ("all", "supervised") for who in ("paper", "here")]
    names = [f"{of}, {who}" for of, who in rows]
    for part, color in _PARTS.items():
        found = [table[(table["of"] == of) & (table["part"] == part)] for of, _ in rows]
        values = [float(some[who].iloc[0]) if len(some) and pd.notna(some[who].iloc[0]) else 0.0 for some, (_, who) in zip(found, rows, strict=True)]
        label = part.upper() if len(part) <= 4 else part
        figure.add_trace(go.Bar(y=names, x=values, orientation="h", name=label, text=[f"{label} {value:.1f} %" if value else "" for value in values],
                                textposition="inside", insidetextanchor="middle", textangle=0, textfont={"color": theme.INK, "size": 12},
                                marker={"color": color, "line": {"color": "#ffffff", "width": 1}}, hovertemplate="%{y}: %{text}<extra></extra>"))
    figure.update_yaxes(autorange="reversed")
    figure.update_xaxes(range=[0, 100], ticksuffix=" %", zeroline=False)
    figure.update_layout(barmode="stack", uniformtext={"minsize": 10, "mode": "hide"}, bargap=0.3)
    return _quiet(figure, height=210, margin={"t": 6, "l": 124, "r": 12, "b": 28}).update_layout(showlegend=False)


def levels(table: pd.DataFrame, dialogue: list[str], knowledge: list[str]) -> go.Figure:
    """Tasks by the two kinds of understanding: a mark per task, larger with more sets, those of one place in a small grid.

    Args:
        table: `engine.serve.zoo.sets.levels`.
        dialogue: Words of the levels across.
        knowledge: Words of the levels upward.
    """
    figure, x, y = go.Figure(), [], []
    for _, group in table.groupby(["dialogue", "knowledge"], sort=False):
        wide = 2 if len(group) > 1 else 1
        for place in range(len(group)):
            x.append((group.index[place], group["dialogue"].iloc[0] + ((place % wide) - 0.5 * wide) * _SIDE[0]))
            y.append((group.index[place], group["knowledge"].iloc[0] + ((place // wide) - ((len(group) - 1) // wide) / 2) * _SIDE[1]))
    across, upward = pd.Series(dict(x)).reindex(table.index), pd.Series(dict(y)).reindex(table.index)
    hover = table["title"] + ": " + table["count"].astype(str) + " sets<br>" + table["sets"].map(_wrapped)
    figure.add_trace(go.Scatter(x=across, y=upward, mode="markers+text", text=table["task"].str.upper(), textposition="middle right", hovertext=hover,
                                hovertemplate="%{hovertext}<extra></extra>",
                                marker={"size": 5 + 2 * table["count"], "color": theme.ABILITY[0], "line": {"width": 0.5, "color": theme.INK}}))
    lines = {"showgrid": False, "zeroline": False}
    figure.update_xaxes(title="dialogue understanding →", tickvals=list(range(len(dialogue))), ticktext=[_broken(words) for words in dialogue],
                        range=[-0.5, len(dialogue) - 0.4], tickangle=0, **lines)
    figure.update_yaxes(title="knowledge understanding →", tickvals=list(range(len(knowledge))), ticktext=[_broken(words) for words in knowledge],
                        range=[-0.5, len(knowledge) - 0.5], **lines)
    for place in range(1, len(dialogue)):
        figure.add_vline(x=place - 0.5, line_color=theme.ABSENT, line_width=0.5)
    for place in range(1, len(knowledge)):
        figure.add_hline(y=place - 0.5, line_color=theme.ABSENT, line_width=0.5)
    return _quiet(figure, height=72 * len(knowledge) + 90, margin={"t": 8, "l": 130, "r": 8, "b": 70})


def _broken(words: str) -> str:
    return words.replace(" from ", "<br>from ").replace("-structured ", "-structured<br>")


def _wrapped(sets: str) -> str:
    return sets.replace(", ", "<br>")


def _quiet(figure: go.Figure, *, height: int, margin: dict[str, int]) -> go.Figure:
    for axes in (figure.update_xaxes, figure.update_yaxes):
        axes(showgrid=False, fixedrange=True)
    return figure.update_layout(height=height, margin=margin, dragmode=False, hovermode="closest", plot_bgcolor="rgba(0,0,0,0)",
                                paper_bgcolor="rgba(0,0,0,0)")
