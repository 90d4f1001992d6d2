"""What the heads said, asked once per visitor and question; verdicts along the versions, and the session's tally."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from engine.dialogue.edits import Posed
from engine.dialogue.model import Dialogue
from engine.dialogue.setup import pose
from engine.errors import InputError
from engine.serve.base import Predictor, ProbeAnswer
from engine.serve.capsule import Probed
from engine.serve.verdicts import Share, Verdict, judge, question_of, tally
from ui.answers import mark
from ui.capsule import on_screen
from ui.probe_play import Play
from ui.waiting import waiting

_KEPT = 400
"""Questions whose answers one session keeps."""
STEPS = 12
"""Versions of the current line whose scores are shown."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One version of the current line with every variant's verdict."""

    number: int
    change: str
    posed: Posed
    verdicts: Mapping[str, Verdict]


def asked(predictor: Predictor, questions: Sequence[Posed], variants: Sequence[str]) -> list[list[ProbeAnswer]]:
    """Every chosen variant's answer to each question; only what was never asked is asked, with progress (errors as `Predictor.probe`)."""
    known: dict[str, dict[str, ProbeAnswer]] = st.session_state.setdefault("probe_known", {})
    marks = [mark(predictor.card.name, question_of(posed)) for posed in questions]
    lacking: dict[tuple[str, ...], list[int]] = {}
    for name, place in {name: place for place, name in enumerate(marks)}.items():  # what is asked twice is read once
        wanted = tuple(variant for variant in variants if variant not in known.get(name, {}))
        if wanted:
            lacking.setdefault(wanted, []).append(place)
    for wanted, places in lacking.items():
        for place, found in zip(places, _ask(predictor, [questions[place] for place in places], wanted), strict=True):
            known.setdefault(marks[place], {}).update({answer.variant: answer for answer in found})
    answers = [[known[name][variant] for variant in variants] for name in marks]
    for forgotten in list(known)[:-_KEPT]:
        del known[forgotten]
    return answers


def _ask(predictor: Predictor, questions: Sequence[Posed], variants: Sequence[str]) -> list[list[ProbeAnswer]]:
    with waiting("Asking the models …") as tell:
        return predictor.probe_all([question_of(posed) for posed in questions], variants=variants, progress=tell)


def line(predictor: Predictor, play: Play, variants: Sequence[str], beside: Sequence[Posed] = ()) -> list[Step]:
    """The versions from the original to the current one, at most `STEPS` (always both ends); one that makes no question is left out.

    ``beside``: what the page asks of the current version below; the models read it together with the rest.
    """
    lineage = play.lineage
    path = lineage.path if len(lineage.path) <= STEPS else (0, *lineage.path[-STEPS + 1:])
    posed = {number: made for number in path if (made := _posed(play, number))}
    answers = _answered(predictor, posed, lineage.current, variants, beside)
    return [Step(number=number, change=lineage.versions[number].change, posed=posed[number],
                 verdicts={one.variant: judge(posed[number], one) for one in found}) for number, found in answers.items()]


def remembered(predictor: Predictor, dialogue: Dialogue, now: Step, variants: Sequence[str]) -> None:
    """Tell the page's capsule of the current version and its answers, which are known by now."""
    on_screen(predictor, dialogue, probed=Probed(question=question_of(now.posed), answers=tuple(asked(predictor, [now.posed], variants)[0])))


def _answered(predictor: Predictor, posed: Mapping[int, Posed], current: int, variants: Sequence[str],
              beside: Sequence[Posed]) -> dict[int, list[ProbeAnswer]]:
    """All at once; where an earlier version cannot be read by the models, the current one alone."""
    try:
        return dict(zip(posed, asked(predictor, [*posed.values(), *beside], variants), strict=False))
    except InputError:
        return {current: asked(predictor, [posed[current]], variants)[0]}


def _posed(play: Play, number: int) -> Posed | None:
    try:
        return pose(play.objective, play.lineage.versions[number].value, play.means)
    except InputError:
        return None


def counted(now: Step) -> dict[str, Share]:
    """Put the current version into the session's tally of its objective; returns the tally. A version counts once, however often it is shown."""
    tried: dict[str, dict[str, bool]] = st.session_state.setdefault("probe_tried", {}).setdefault(now.posed.objective, {})
    right = {variant: one.right for variant, one in now.verdicts.items() if one.right is not None}
    if right:
        tried.setdefault(mark(question_of(now.posed)), {}).update(right)
    return tally(tried.values())


def forget_tally(objective: str) -> None:
    """Begin the tally of an objective again."""
    st.session_state.get("probe_tried", {}).pop(objective, None)
