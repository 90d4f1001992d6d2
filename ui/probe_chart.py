"""The score of the right answer along the versions: one line and symbol per variant, and the finding in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil

import plotly.graph_objects as go
import streamlit as st

from engine.results.reported import TITLES
from ui import theme
from ui.blocks import plain
from ui.figures import CONFIG, on_ground
from ui.probe_scores import Step


def trace_of_scores(steps: Sequence[Step], names: Mapping[str, str], key: str) -> None:
    """Draw the chart once there are two versions to compare."""
    if len(steps) < 2:
        st.caption("Change something: the chart of scores begins with the second version.")
        return
    words = finding(steps, names)
    st.plotly_chart(on_ground(chart(steps), st.context.theme.type), key=f"{key}_chart", config=CONFIG, alt=words)
    st.caption(f"{plain(words)} The same numbers stand in the table.")


def chart(steps: Sequence[Step]) -> go.Figure:
    """Versions across, score of each version's own right answer upward, in percent."""
    figure = go.Figure()
    places = list(range(len(steps)))
    for variant in steps[-1].verdicts:
        color, symbol = theme.SERIES.get(variant, (theme.ABSENT, "circle"))
        scores = [one.score if (one := step.verdicts.get(variant)) else None for step in steps]
        figure.add_trace(go.Scatter(x=places, y=[None if score is None else 100 * score for score in scores], mode="lines+markers",
                                    name=TITLES.get(variant, variant), line={"color": color, "width": 2}, marker={"symbol": symbol, "size": 9, "color": color},
                                    customdata=[step.number for step in steps],
                                    hovertemplate=f"{TITLES.get(variant, variant)}, version %{{customdata}}: %{{y:.1f}} %<extra></extra>"))
    figure.update_xaxes(tickvals=places, ticktext=[str(step.number) for step in steps], title="version", zeroline=False, range=[-0.3, len(steps) - 0.7])
    top = _top([one.score for step in steps for one in step.verdicts.values() if one.score is not None])
    figure.update_yaxes(range=[-0.04 * top, 1.04 * top], title="score of right, %", zeroline=False)
    return figure.update_layout(height=300, margin={"t": 8, "l": 56, "r": 8, "b": 40}, legend={"orientation": "v"}, plot_bgcolor="rgba(0,0,0,0)",
                                font={"size": 12})


def _top(scores: Sequence[float]) -> int:
    """Percent at the upper end: the next ten above the highest score, at least 20.

    >>> _top([0.1, 0.38]), _top([0.999]), _top([])
    (40, 100, 20)
    """
    return max(20, 10 * ceil(10 * max(scores, default=0.0)))


def finding(steps: Sequence[Step], names: Mapping[str, str]) -> str:
    """What the lines say, in a sentence."""
    first, last = steps[0].verdicts, steps[-1].verdicts
    pairs = [(old, one.score) for name, one in last.items() if name in first and (old := first[name].score) is not None and one.score is not None]
    if not pairs:
        return "The score of the right answer is not known for these versions."
    rises, falls = sum(now > before for before, now in pairs), sum(now < before for before, now in pairs)
    best = max((name for name, one in last.items() if one.score is not None), key=lambda name: last[name].score or 0)
    return (f"From the original to version {steps[-1].number} the score of the right answer rises for {rises} of {len(pairs)} variants and falls for {falls}; "
            f"highest now: {names[best]}, {100 * (last[best].score or 0):.0f} %.")
