"""What Probe draws, as data: the strip's line, the chart and its finding, bars of candidates, words of masks."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from engine.dialogue.edits import Posed
from engine.dialogue.lineage import begin
from engine.dialogue.setup import Setup
from engine.serve.base import ProbeAnswer
from engine.serve.verdicts import Verdict
from ui.probe_chart import chart, finding
from ui.probe_details import candidate_bars, mask_cell
from ui.probe_scores import Step
from ui.probe_strip import in_line, step
from ui.sortable import taken_order
from ui.theme import SERIES

NAMES = {"crm": "CRM", "dur": "DUR"}


def at(number: int, **scores: float | None) -> Step:
    verdicts = {name: Verdict(variant=name, head="trained", guess="", right=True, score=score) for name, score in scores.items()}
    return Step(number=number, change="c", posed=Posed(objective="dcv", turns=(), right=("coherent",)), verdicts=verdicts)


def test_the_finding_counts_rises_and_falls_and_names_the_best() -> None:
    words = finding([at(0, crm=0.9, dur=0.2), at(2, crm=0.5, dur=0.6), at(3, crm=0.4, dur=0.7)], NAMES)
    assert words == "From the original to version 3 the score of the right answer rises for 1 of 2 variants and falls for 1; highest now: DUR, 70 %."
    assert "not known" in finding([at(0, crm=None), at(1, crm=None)], NAMES)
    assert "rises for 1 of 1 variants" in finding([at(0, crm=0.1), at(1, crm=0.4, dur=0.9)], NAMES)


def test_each_variant_has_its_own_line_and_symbol() -> None:
    figure = chart([at(0, crm=0.9, dur=0.2), at(4, crm=0.5, dur=None)])
    assert [(trace.name, trace.marker.symbol, trace.line.color) for trace in figure.data] == [
        (name, SERIES[variant][1], SERIES[variant][0]) for variant, name in NAMES.items()]
    assert figure.data[0].y == (90.0, 50.0) and figure.data[1].y == (20.0, None) and figure.layout.xaxis.ticktext == ("0", "4")


def test_the_strip_shows_the_way_here_and_on_to_what_can_be_redone() -> None:
    made = begin(Setup(turns=()))
    for draw in range(2, 20):
        made = made.then(Setup(turns=(), draw=draw), f"draw *{draw}*")
    assert in_line(made.jump(2)) == [0, 1, 2, 3, 4, 5, 6, 7]
    assert in_line(made) == [0, 12, 13, 14, 15, 16, 17, 18] and in_line(made.jump(10)) == [0, 6, 7, 8, 9, 10, 11, 12]
    aside = made.jump(1).then(Setup(turns=(), draw=99), "aside")
    assert in_line(aside) == [0, 1, 19] and step(made, 1) == "→ 1 · draw \\*2\\*" and step(made, 0) == "0 · original"


@pytest.mark.parametrize("current", range(19))
def test_the_strip_always_holds_the_first_and_the_current_version(current: int) -> None:
    made = begin(Setup(turns=()))
    for draw in range(2, 20):
        made = made.then(Setup(turns=(), draw=draw), "d")
    shown = in_line(made.jump(current))
    assert shown[0] == 0 and current in shown and len(shown) == 8 and shown == sorted(set(shown))


def test_bars_are_escaped_marked_and_ranked() -> None:
    posed = Posed(objective="crm", turns=(), right=("<b>yes</b>",), candidates=("no", "<b>yes</b>"))
    answer = ProbeAnswer(variant="crm", head="trained", guess=("no",), scores=({"no": 0.75, "<b>yes</b>": 0.25},))
    drawn = candidate_bars(posed, [answer], NAMES)
    assert "&lt;b&gt;yes&lt;/b&gt;" in drawn and "<b>yes" not in drawn and drawn.count("<b>T</b>") == 1
    assert re.findall(r"width:(\d+)%\"", drawn) == ["75", "25"] and "<td>2 of 2</td>" in drawn and drawn.count("◀") == 1


def test_a_masks_cell_says_the_hidden_words_own_chance() -> None:
    answer = ProbeAnswer(variant="crm", head="trained", guess=("a", "thai"), scores=({"a": 0.5, "b": 0.3, "c": 0.1}, {"thai": 0.9}), chances=(0.0123, 0.9))
    low, high = mask_cell(answer, 0, "thai", 2), mask_cell(answer, 1, "thai", 2)
    assert (low.text, low.letter, low.look) == ("a 50% · b 30% · … thai 1.23%", "W", "bad")
    assert mask_cell(replace(answer, chances=(1e-7, 0.9)), 0, "thai", 1).text == "a 50% · … thai <0.01%"
    assert (high.text, high.letter, high.look) == ("thai 90%", "R", "good")


@pytest.mark.parametrize("sent", [None, {}, "012", [0, 1], [0, 1, 1], [0, 1, "2"], [0, 1, float("inf")], [0, 1, float("nan")], [True, 0, 2], [[0], 1, 2]])
def test_what_a_browser_sends_is_an_order_or_nothing(sent: object) -> None:
    assert taken_order(sent, 3) is None and taken_order([2.0, 0, 1], 3) == (2, 0, 1)
