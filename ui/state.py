"""The drawn parts of State: what to show, asking, the timelines, one turn closer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from engine.dialogue.model import Dialogue
from engine.dialogue.samples import samples
from engine.serve.base import Predictor, PredictorCard
from engine.serve.replay import Scenario, after
from engine.serve.timeline import (
    ERRORS,
    GOLD,
    KINDS,
    TASK,
    Picklists,
    Score,
    Timeline,
    Track,
    filled_slots,
    finding,
    foreign,
    gold_track,
    timeline,
    tracks,
    unjudged,
)
from ui import figures
from ui.answers import answers, mark
from ui.blocks import badge, plain, table_twin, tell_unknown
from ui.choices import listed, one, several, titles
from ui.html_table import TableCell, html_table
from ui.state_figures import SHOWN, Look, counted, timeline_map, told, variants_map, verdict, window

WIDE = 760
"""Pixels that the large figure has at 1280."""
EVERY = "every slot"
_VIEWS = {"slots": "Slot by slot", "variants": "All variants"}
_SAMPLE = "weekend trip"
LEGEND = ("**N** new · **C** carried · **X** changed · **D** dropped (before in brackets)",
          "**W** wrong · **E** extra, wrong where gold has nothing · **M** missed (gold in brackets), **MD** missed since it was dropped here",
          "Over a turn: ✓ every slot right, ! how many are not, – not judged. Columns are numbers of utterances. Click a square for its turn and slot.")


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What the visitor looks at."""

    variants: tuple[str, ...]
    who: str
    """A variant, or `GOLD`."""
    view: str
    turn: int
    """Index of a user turn."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known of one dialogue: a track and a timeline for gold and each variant."""

    dialogue: Dialogue
    tracks: Mapping[str, Track]
    lines: Mapping[str, Timeline]
    picklists: Picklists
    names: Mapping[str, str]
    """Track to the words on the screen."""

    @property
    def slots(self) -> tuple[str, ...]:
        """Every slot that anybody fills."""
        return filled_slots(self.tracks.values())

    @property
    def annotated(self) -> bool:
        """Whether gold says anything."""
        return any(state is not None for state in self.tracks[GOLD].states)

    @property
    def shown(self) -> dict[str, Timeline]:
        """The timelines that say something, gold first."""
        return {name: line for name, line in self.lines.items() if name != GOLD or self.annotated}


def controls(card: PredictorCard, dialogue: Dialogue) -> Choice:
    """Controls for variants, view, whose timeline, and turn; a click on a figure sets the last two."""
    names = titles(card)
    chosen = several("Variants", names, "state_variants")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(width="content"):
            view = one("View", _VIEWS, "state_view")
        with st.container(width=210):
            who = listed("Timeline of", names | {GOLD: "Gold"}, "state_variant")
        with st.container(width=150):
            turn = _turn(dialogue)
    return Choice(variants=tuple(name for name in names if name in chosen or name == who), who=who, view=view, turn=turn)


def _turn(dialogue: Dialogue) -> int:
    """Index of the chosen user turn; a number that only the dialogue shown before has is no wrong address, so nobody is told."""
    numbers = [str(turn + 1) for turn in gold_track(dialogue).turns]
    if st.session_state.setdefault("state_first", mark(dialogue)) == mark(dialogue):
        tell_unknown("After utterance", "state_turn", numbers)
    return int(st.selectbox("After utterance", numbers, key="state_turn", bind="query-params")) - 1


def has_user(dialogue: Dialogue) -> bool:
    """Whether there is any turn after which a state is asked for."""
    return bool(gold_track(dialogue).turns)


def asked(models: Predictor, dialogue: Dialogue, choice: Choice) -> Known:
    """Gold at once, the variants' states once the visitor has asked for them."""
    wanted = choice.variants if st.session_state.get("state_asked") == mark(dialogue) else ()
    if not wanted:
        many = len(choice.variants)
        st.button(f"Ask {many} variant{'' if many == 1 else 's'}", disabled=not many, type="primary", icon=":material/play_arrow:", key="state_ask",
                  on_click=lambda: st.session_state.update(state_asked=mark(dialogue)),
                  help="Every variant reads the dialogue up to each user turn and gives the state after it.")
    return know(models, Scenario(dialogue=dialogue), wanted)


def know(models: Predictor, scenario: Scenario, variants: Sequence[str]) -> Known:
    """Tracks and timelines of a dialogue after its edits."""
    said = answers(models, scenario.dialogue, variants=variants, tasks=[TASK]) if variants else []
    gold, mine = gold_track(scenario.dialogue), tracks(said)
    found = after({GOLD: gold, **(unjudged(mine) if foreign(gold.states, models.card.picklists) else mine)}, scenario.edits)
    return Known(dialogue=scenario.dialogue, tracks=found, lines={name: timeline(track, models.card.picklists) for name, track in found.items()},
                 picklists=models.card.picklists, names=titles(models.card) | {GOLD: "Gold"})


def picture(known: Known, choice: Choice, predictor: str) -> None:
    """The timeline of one track, or all of them in brief, with what it shows in a sentence."""
    if not known.annotated:
        _no_gold()
    elif foreign(known.tracks[GOLD].states, known.picklists):
        st.caption("The dialogue's own states use none of the slots that these heads know: gold stands beside the variants and judges nobody.")
    if not known.shown:
        return
    who = choice.who if choice.who in known.shown else next(iter(known.shown))
    line, turns = known.lines[who], window(known.tracks[GOLD].turns, choice.turn)
    words = finding(line, known.names[who])
    st.markdown(f"**{plain(words)}**")
    with st.container(horizontal=True, vertical_alignment="center"):
        badge("live", f"{predictor} predictor") if who != GOLD else badge("recorded", "the dialogue's own annotation")
        st.caption(_accuracy(line))
    if choice.view == "variants":
        figure = variants_map(known.shown, known.names, turns, Look(width=WIDE, chosen=(who, choice.turn)))
        frame = pd.DataFrame([_score_row(known.names[name], score) for name, one_line in known.shown.items() for score in one_line.scores])
    else:
        figure = timeline_map(line, known.slots, turns, Look(width=WIDE, chosen=(str(st.session_state.get("state_slot", "")), choice.turn)))
        frame = cells_frame(line, known.names[who])
    draw(figure, f"state_map_{choice.view}", words, choice.view)
    st.caption(_notes(known, turns, choice.view))
    table_twin(frame, f"state_map_{choice.view}_twin", f"state_{choice.view}")


def draw(figure: go.Figure, key: str, words: str, view: str) -> None:
    """A figure whose squares choose the turn, and the slot (``slots``) or whose timeline is shown (``variants``)."""
    st.plotly_chart(figures.on_ground(figure, st.context.theme.type), key=key, alt=words, on_select=lambda: _take(key, view), selection_mode="points",
                    config=figures.CONFIG)


def _take(key: str, view: str) -> None:
    points = st.session_state[key].selection.points
    if points:
        row, turn = points[0]["customdata"]
        st.session_state["state_turn"] = str(int(turn) + 1)
        st.session_state["state_variant" if view == "variants" else "state_slot"] = row


def closer(known: Known, choice: Choice) -> None:
    """What was said in the chosen turn, and what everybody believes after it."""
    slots = [EVERY, *known.slots]
    if st.session_state.get("state_slot") not in slots:
        st.session_state["state_slot"] = EVERY
    st.subheader(f"After utterance {choice.turn + 1}", anchor=False)
    st.text(f"User: {known.dialogue.turns[choice.turn].text}")
    slot = str(st.selectbox("Slot", slots, key="state_slot", width=320))
    if slot == EVERY:
        html_table(["Whose", "Not right", "Wrong, extra, missed", "New, changed, dropped"],
                   [_turn_row(known.names[name], line, choice.turn) for name, line in known.shown.items()], "state_closer")
    else:
        html_table(["Whose", slot, "Confidence", "Before", "In words"],
                   [_slot_row(known.names[name], line, slot, choice.turn) for name, line in known.shown.items()], "state_closer")


def _turn_row(title: str, line: Timeline, turn: int) -> list[TableCell]:
    cells = line.at(turn)
    score = next(score for score in line.scores if score.turn == turn)
    wrong = "; ".join(f"{cell.kind} {_brief(cell.slot, cell.value)}{'' if cell.kind == 'E' else f' (gold {cell.gold})'}" for cell in cells
                      if cell.kind in ERRORS)
    moves = "; ".join(f"{cell.move} {_brief(cell.slot, cell.value)}{f' (was {cell.before})' if cell.move != 'N' else ''}" for cell in cells
                      if cell.move in ("N", "X", "D"))
    judged = TableCell(text="" if score.joint is None else str(score.errors), letter=verdict(score),
                       look="bad" if score.joint is False else "good" if score.joint else "")
    return [TableCell(text=title), judged, TableCell(text=wrong or "–"), TableCell(text=moves or "–")]


def _brief(slot: str, value: str) -> str:
    return slot if value == "none" else f"{slot}={value}"


def _slot_row(title: str, line: Timeline, slot: str, turn: int) -> list[TableCell]:
    cell = line.cells.get((slot, turn))
    if cell is None:
        return [TableCell(text=title), *[TableCell(text="–")] * 3, TableCell(text="never filled" if line.cells else "not annotated")]
    bad = cell.kind in ERRORS
    sure = "–" if cell.confidence is None else f"{cell.confidence:.0%}"
    return [TableCell(text=title), TableCell(text=cell.value, letter=cell.kind, look="bad" if bad else "good" if cell.gold is not None else ""),
            TableCell(text=sure), TableCell(text=cell.before), TableCell(text=told(cell))]


def cells_frame(line: Timeline, title: str) -> pd.DataFrame:
    """A timeline's filled, dropped and wrong cells, one a row."""
    return pd.DataFrame([
        {"whose": title, "utterance": cell.turn + 1, "slot": cell.slot, "value": cell.value, "before": cell.before, "gold": cell.gold,
         "kind": KINDS[cell.kind], "confidence": cell.confidence, "known to the heads": cell.known}
        for cell in sorted(line.cells.values(), key=lambda cell: (cell.turn, cell.slot)) if cell.kind])


def _score_row(title: str, score: Score) -> dict[str, object]:
    return {"whose": title, "utterance": score.turn + 1, "jointly right": score.joint, "slots right": score.right, "slots asked": score.slots,
            **{word: score.counts.get(letter, 0) for letter, word in KINDS.items()}, "in words": counted(score)}


def _accuracy(line: Timeline) -> str:
    if line.joint_acc is None or line.slot_acc is None:
        return "It judges the variants." if line.name == GOLD else "No gold, so nothing is called right or wrong."
    judged = line.judged
    good, right, slots = sum(bool(score.joint) for score in judged), sum(score.right or 0 for score in judged), sum(score.slots for score in judged)
    return (f"Joint accuracy {line.joint_acc:.0%} ({good} of {len(judged)} turns) · slot accuracy {line.slot_acc:.1%} ({right:,} of {slots:,} slots), "
            "as the task's own score counts.")


def _notes(known: Known, turns: Sequence[int], view: str) -> str:
    every, asked_slots = known.tracks[GOLD].turns, set(known.picklists)
    parts = [*LEGEND] if view == "slots" else ["✓ every slot right · ! and how many slots are wrong, extra or missed · – not judged, and how many are filled. "
                                               "Columns are numbers of utterances. Click a square for that timeline and turn."]
    if len(every) > len(turns):
        parts.append(f"User turns {every.index(turns[0]) + 1} to {every.index(turns[-1]) + 1} of {len(every)}, {SHOWN} at a time, the chosen turn among them.")
    parts.append(f"{len(asked_slots - set(known.slots))} of the {len(asked_slots)} slots that the heads know are left out: nobody fills them.")
    if strange := [slot for slot in known.slots if slot not in asked_slots]:
        parts.append(plain(f"The heads do not know {', '.join(strange[:4])}{' …' if len(strange) > 4 else ''}: where gold has such a slot, no variant can be "
                           "jointly right; slot accuracy leaves it out."))
    return "  \n".join(parts)


def _no_gold() -> None:
    """Without gold nothing is right or wrong; a sample has some."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("This dialogue has no gold states, so values are new, carried, changed or dropped, and nobody is right or wrong.")
        if _SAMPLE in samples():
            st.button("Open a sample with gold", key="state_sample", on_click=_open_sample, icon=":material/forum:")


def _open_sample() -> None:
    st.session_state.update(dialogue_from="sample", dialogue_sample=_SAMPLE)
