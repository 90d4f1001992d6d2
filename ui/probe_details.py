"""Below the verdicts, what an objective has more: all utterances (DSP), all candidates (CRM), the best words of each mask (MLM)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import pandas as pd
import streamlit as st

from engine.dialogue import edits
from engine.dialogue.edits import Posed, agrees
from engine.dialogue.model import Turn
from engine.serve.base import Predictor, ProbeAnswer
from engine.serve.verdicts import judge, place_of_right
from ui.blocks import table_twin
from ui.dialogue_view import label
from ui.html_table import TableCell, html_table
from ui.probe_play import Play
from ui.probe_scores import asked

_UTTERANCES = 30
"""Utterances around the chosen one that are asked together."""
_BARS = """<style>
.da-bars{width:100%;border-collapse:collapse;font-size:.78rem;line-height:1.3;table-layout:fixed}
.da-bars th,.da-bars td{border:1px solid color-mix(in srgb,currentColor 18%,transparent);padding:.2rem .35rem;text-align:left;vertical-align:top;
 overflow-wrap:anywhere;font-weight:400}
.da-bars th.text{width:34%}
.da-bars thead th,.da-bars .true th{font-weight:700}
.da-bars .bar{height:.45rem;border-radius:.15rem;background:#559fd8;margin-top:.15rem}
.da-bars .best .bar{background:#e08a3c}
.da-bars .true .bar{outline:1px solid currentColor}
</style>"""


def details(predictor: Predictor, play: Play, posed: Posed, variants: Sequence[str], names: Mapping[str, str]) -> None:
    """Draw what the objective has more, where it has."""
    if not variants:
        return
    if play.objective == "dsp":
        _speakers(predictor, play, variants, names)
    elif play.objective == "crm":
        _candidates(posed, asked(predictor, [posed], variants)[0], names)
    elif play.objective == "mlm":
        _words(posed, asked(predictor, [posed], variants)[0], names)


def beside(play: Play) -> list[Posed]:
    """What `details` asks of the models beyond the question itself."""
    if play.objective != "dsp":
        return []
    turns, places = _around(play)
    return [edits.speaker_of(turns, place) for place in places if turns[place].text.strip()]


def _around(play: Play) -> tuple[Sequence[Turn], range]:
    """The utterances as they are said now, and the places of those around the chosen one."""
    turns = edits.swap_speakers(play.setup.turns) if play.setup.flipped else play.setup.turns
    first = max(0, min(play.setup.at - _UTTERANCES // 2, len(turns) - _UTTERANCES))
    return turns, range(first, min(len(turns), first + _UTTERANCES))


def _speakers(predictor: Predictor, play: Play, variants: Sequence[str], names: Mapping[str, str]) -> None:
    turns, places = _around(play)
    st.subheader("Every utterance", anchor=False)
    if len(places) < len(turns):
        st.caption(f"Utterances {places[0] + 1} to {places[-1] + 1} of {len(turns)}, around the chosen one.")
    posed, shown = beside(play), [place for place in places if turns[place].text.strip()]
    answers = asked(predictor, posed, variants)
    found = [[judge(one, answer) for answer in said] for one, said in zip(posed, answers, strict=True)]
    html_table(["Utterance", *(names[name] for name in variants)],
               [[TableCell(text=("▸ " if place == play.setup.at else "") + label(turns, place, 70)),
                 *(TableCell(text="", letter="R" if one.right else "W", share=one.score, look="good" if one.right else "bad") for one in row)]
                for place, row in zip(shown, found, strict=True)], "probe_speakers")
    st.caption("R right · W wrong · % the probability of the true speaker (U user, S system), from the words alone. ▸ the chosen utterance.")
    table_twin(pd.DataFrame([{"utterance": place + 1, "speaker": one.right[0], "text": turns[place].text, "variant": names[verdict.variant],
                              "answer": verdict.guess, "right": verdict.right, "score of right": verdict.score}
                             for place, one, row in zip(shown, posed, found, strict=True) for verdict in row]), "probe_speakers_twin", "speakers")


def _candidates(posed: Posed, answers: Sequence[ProbeAnswer], names: Mapping[str, str]) -> None:
    st.subheader("Every candidate", anchor=False)
    with st.container(key="probe_candidates"):
        st.html(candidate_bars(posed, answers, names))
    st.caption("Bars: the head's probability of each candidate; orange and ◀: its choice. T: the true response. A variant chooses among the candidates "
               "shown here only.")
    table_twin(pd.DataFrame([{"variant": names[answer.variant], "candidate": text, "true": text in posed.right, "probability": answer.scores[0].get(text),
                              "rank of true": place_of_right(posed, answer)} for answer in answers for text in posed.candidates]),
               "probe_candidates_twin", "candidates")


def candidate_bars(posed: Posed, answers: Sequence[ProbeAnswer], names: Mapping[str, str]) -> str:
    """Candidates x variants as small bars, the true one's rank below."""
    head = "".join(f'<th scope="col">{escape(names[answer.variant])}</th>' for answer in answers)
    rows = []
    for place, text in enumerate(posed.candidates, 1):
        cells = "".join(_bar(answer.scores[0].get(text, 0.0), best=answer.guess[0] == text) for answer in answers)
        true = text in posed.right
        rows.append(f'<tr class="{"true" if true else ""}"><th scope="row">{"<b>T</b> " if true else ""}{place}: {escape(text)}</th>{cells}</tr>')
    ranks = "".join(f"<td>{place_of_right(posed, answer) or '–'} of {len(posed.candidates)}</td>" for answer in answers)
    return (f'{_BARS}<table class="da-bars"><thead><tr><th scope="col" class="text">Candidate</th>{head}</tr></thead>'
            f'<tbody>{"".join(rows)}<tr><th scope="row">Rank of the true one</th>{ranks}</tr></tbody></table>')


def _bar(share: float, *, best: bool) -> str:
    return f'<td class="{"best" if best else ""}">{share:.0%}{" ◀" if best else ""}<div class="bar" style="width:{max(1, round(100 * share))}%"></div></td>'


def _words(posed: Posed, answers: Sequence[ProbeAnswer], names: Mapping[str, str]) -> None:
    st.subheader("Best words of each mask", anchor=False)
    top = int(st.number_input("Words per mask", 1, 10, 5, key="probe_top", bind="query-params", width=160))
    html_table(["Variant", *(f"Mask {place}: {right}" for place, right in enumerate(posed.right, 1))],
               [[TableCell(text=names[answer.variant]), *(mask_cell(answer, place, right, top) for place, right in enumerate(posed.right))]
                for answer in answers], "probe_words")
    st.caption("R: the best word is the hidden one; W: it is not. Then the hidden one's own probability stands last, where it is not among the best. "
               "##: continues the word before.")
    table_twin(pd.DataFrame([{"variant": names[answer.variant], "mask": place + 1, "hidden": right, "rank": rank, "word": word, "probability": share}
                             for answer in answers for place, right in enumerate(posed.right)
                             for rank, (word, share) in enumerate(list(answer.scores[place].items())[:top], 1)]), "probe_words_twin", "masks")


def mask_cell(answer: ProbeAnswer, place: int, right: str, top: int) -> TableCell:
    """The best words of one mask with their probabilities, and the hidden one's where it is not among them."""
    best = list(answer.scores[place].items())[:top]
    words = [f"{word} {share:.0%}" for word, share in best]
    if place < len(answer.chances) and not any(agrees(right, word) for word, _ in best):
        chance = answer.chances[place]
        words.append(f"… {right} {chance:.2%}" if chance >= 0.0001 else f"… {right} <0.01%")
    good = agrees(right, answer.guess[place])
    return TableCell(text=" · ".join(words), letter="R" if good else "W", look="good" if good else "bad")
