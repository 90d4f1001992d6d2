"""All versions together: how often each variant flipped where it should have stayed, and followed where it should have moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from engine.dialogue.counterfactuals import COUNTERFACTUALS
from engine.dialogue.counterfactuals.versions import tried, written
from engine.errors import InputError
from engine.serve.base import Predictor
from engine.serve.moves import Move
from engine.serve.robustness import FEW, UNSTEADY, Robustness, Share, robustness, told
from ui import theme
from ui.blocks import badge, plain, table_twin
from ui.choices import titles
from ui.html_table import TableCell, html_table
from ui.waiting import waiting
from ui.what_if import Asked
from ui.what_if_controls import seed
from ui.what_if_session import Work

_CONFIG = {"displayModeBar": False, "scrollZoom": False}
_NOTE = (f"Shares over all versions beside their parents, with 95 % Wilson intervals. Answers of one dialogue depend on each other, so the intervals are too "
         f"narrow. Under {FEW} answers a share is not told; steady means an interval below {UNSTEADY:.0%}, flips often one above it.")


def all_versions(predictor: Predictor, work: Work, asked: Asked, key: str) -> None:
    """Try every kind of change, ask about all versions, and the summary of what is answered so far."""
    if not asked.variants or not asked.tasks:
        raise InputError("nobody is asked", remedy="choose at least one variant and one task")
    _try_all(predictor, work, asked, key)
    known = {number: found for number in work.edges if (found := work.known(number, asked.variants, asked.tasks)) is not None}
    lacking = [number for number in work.edges if number not in known]
    if lacking and st.button(f"Ask about the other {len(lacking)} version{'s' * (len(lacking) > 1)}", icon=":material/play_arrow:", key=f"{key}_ask_all"):
        _ask(predictor, work, lacking, asked)
        st.rerun()
    if known:
        _summary(predictor, work, known, asked, key)
    elif not lacking:
        st.info("There is no version yet besides the dialogue itself. Try all changes, or apply one of your own.", icon=":material/account_tree:")


def export(work: Work, key: str) -> None:
    """All versions as one file."""
    st.download_button("Download all versions (ConvLab-3 JSON)", lambda: written(work.lineage), "versions.json", "application/json", on_click="ignore",
                       icon=":material/download:", key=f"{key}_export",
                       help="One dialogue per version, each with its change, parent and seed. The page Dialogue, and any reader of ConvLab-3, takes it.")


def frame(found: Sequence[Robustness], names: Mapping[str, str]) -> pd.DataFrame:
    """One line per variant."""
    rows = []
    for one in found:
        low, high = one.flipped.interval
        rows.append({"variant": names[one.variant], "flipped": one.flipped.hits, "should_stay": one.flipped.n, "flipped_share": one.flipped.value,
                     "flipped_low": low, "flipped_high": high, "followed": one.followed.hits, "should_follow": one.followed.n,
                     "followed_share": one.followed.value, "followed_low": one.followed.interval[0], "followed_high": one.followed.interval[1],
                     "not_judged": one.unjudged, "verdict": one.verdict})
    return pd.DataFrame(rows)


def _try_all(predictor: Predictor, work: Work, asked: Asked, key: str) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(width=140):
            drawn = seed(f"{key}_suite_seed")
        pressed = st.button(f"Try all {len(COUNTERFACTUALS)} changes", type="primary", icon=":material/science:", key=f"{key}_suite",
                            help="Each kind once on the current version, drawn by the seed; every one becomes a version of its own.")
    if pressed:
        before = len(work.lineage.versions)
        work.lineage, left_out = tried(work.lineage, drawn)
        st.session_state[f"{key}_left_out"] = left_out
        _ask(predictor, work, range(before, len(work.lineage.versions)), asked)
        st.rerun()
    for sentence in st.session_state.get(f"{key}_left_out", []):
        st.caption(plain(f"Left out: {sentence}"))


def _ask(predictor: Predictor, work: Work, numbers: Sequence[int], asked: Asked) -> None:
    with waiting("Asking about all versions …") as tell:
        for done, number in enumerate(numbers):
            tell(done / len(numbers), f"Version {number}: {work.lineage.versions[number].change}")
            work.ask(predictor, number, asked.variants, asked.tasks)


def _summary(predictor: Predictor, work: Work, known: Mapping[int, list[Move]], asked: Asked, key: str) -> None:
    names = titles(predictor.card)
    found = robustness((move for some in known.values() for move in some), asked.variants)
    badge("live", f"{predictor.card.name} predictor, {len(known)} of {len(work.edges)} versions")
    sentence = told(found, names)
    st.markdown(f"**{plain(sentence)}**")
    st.plotly_chart(_figure(found, names), width="stretch", config=_CONFIG, key=f"{key}_chart")
    st.caption(_NOTE)
    html_table(["Variant", "Flipped, should have stayed", "Followed the gold answer", "Not judged", "Verdict"],
               [[TableCell(text=names[one.variant]), _told(one.flipped), _told(one.followed), TableCell(text=str(one.unjudged)),
                 TableCell(text=one.verdict, look="bad" if one.verdict == "flips often" else "good" if one.verdict == "steady" else "")] for one in found],
               f"{key}_robustness")
    table_twin(frame(found, names), f"{key}_robustness_twin", "robustness")
    st.caption("Flipped, of those that should have stayed, by kind of change")
    html_table(*_by_kind(work, known, asked.variants, names), f"{key}_kinds")


def _told(share: Share) -> TableCell:
    if not share.told:
        return TableCell(text=f"cannot tell ({share.hits} of {share.n})" if share.n else "none to judge")
    low, high = share.interval
    return TableCell(text=f"{share.value:.0%} ({share.hits} of {share.n}; {low:.0%} to {high:.0%})")


def _by_kind(work: Work, known: Mapping[int, list[Move]], variants: Sequence[str], names: Mapping[str, str]) -> tuple[list[str], list[list[TableCell]]]:
    kinds: dict[str, list[Move]] = {}
    for number, some in known.items():
        kinds.setdefault(work.lineage.versions[number].value.kind, []).extend(some)
    of = {kind: {one.variant: one for one in robustness(some, variants)} for kind, some in kinds.items()}
    rows = [[TableCell(text=COUNTERFACTUALS[kind].title), *(_few(of[kind][name].flipped) for name in variants)] for kind in COUNTERFACTUALS if kind in of]
    return ["Change", *(names[name] for name in variants)], rows


def _few(share: Share) -> TableCell:
    return TableCell(text=f"{share.hits} of {share.n}" if share.n else "–", look="bad" if share.hits else "")


def _figure(found: Sequence[Robustness], names: Mapping[str, str]) -> go.Figure:
    """A mark with its interval per variant; hollow where there are too few answers."""
    figure = go.Figure()
    for place, one in enumerate(found):
        color, symbol = theme.SERIES.get(one.variant, (theme.ABSENT, "circle"))
        if not one.flipped.n:
            continue
        (low, high), value = one.flipped.interval, one.flipped.value
        figure.add_trace(go.Scatter(
            x=[value], y=[place], mode="markers", hovertemplate=f"{names[one.variant]}: {value:.0%} ({one.flipped.hits} of {one.flipped.n})<extra></extra>",
            marker={"color": color, "size": 11, "symbol": symbol if one.flipped.told else f"{symbol}-open", "line": {"width": 1, "color": color}},
            error_x={"type": "data", "symmetric": False, "array": [high - value], "arrayminus": [value - low], "color": color, "thickness": 1.5, "width": 4}))
    figure.add_vline(x=UNSTEADY, line_color=theme.ABSENT, line_dash="dot", line_width=1)
    figure.update_xaxes(title="Flipped, of the answers that should have stayed", tickformat=".0%", range=[-0.02, 1], zeroline=False, fixedrange=True)
    figure.update_yaxes(tickvals=list(range(len(found))), ticktext=[names[one.variant] for one in found], range=[len(found) - 0.5, -0.5], zeroline=False,
                        showgrid=False, fixedrange=True)
    return figure.update_layout(height=26 * len(found) + 70, margin={"t": 8, "l": 110, "r": 8, "b": 44}, showlegend=False, dragmode=False,
                                plot_bgcolor="rgba(0,0,0,0)", paper_bgcolor="rgba(0,0,0,0)")
