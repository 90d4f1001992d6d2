"""Edit and replay on State: another state or other words after a turn, the versions made so, and before beside after."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd
import streamlit as st

from engine.dialogue.lineage import Lineage, begin
from engine.dialogue.model import Dialogue
from engine.errors import InputError
from engine.serve.base import Predictor
from engine.serve.replay import EVERYBODY, VALUE, VERDICT, Edit, Scenario, after, differing, outside, written_state
from engine.serve.timeline import GOLD, State, Timeline, finding
from ui.answers import mark
from ui.blocks import badge, plain, table_twin
from ui.choices import one
from ui.compare_rows import changes
from ui.html_table import TableCell, html_table
from ui.state import LEGEND, Choice, Known, draw, know
from ui.state_figures import Look, timeline_map, told, window

HALF = 545
"""Pixels that one of two figures has at 1280."""
_KEPT = 8
"""Dialogues whose versions one visitor's session keeps."""
_WAYS = {"state": "The state", "words": "The words"}
_HOW = ("The models read the words of the dialogue, not the state before. So a replay takes the edited state as the belief after this utterance, and "
        "applies each variant's own later changes (slots added, changed, dropped, from its live answers) on top of it. Gold goes on judging where the edited "
        "state agrees with it, or where gold itself is edited; else what is right is unknown from here on.")
_HOW_WORDS = ("Every variant reads the changed dialogue and answers again; what stands before this utterance stays the same. Gold is unknown from here on, "
              "until you edit gold itself.")


def section(models: Predictor, known: Known, choice: Choice) -> None:
    """Edit the state or the words of the chosen turn; versions; before and after."""
    st.subheader("Edit and replay", anchor=False)
    variants = [name for name in known.tracks if name != GOLD]
    if not variants:
        st.caption("Ask the variants first (above); then edit what they or gold say, or the words that they read.")
        return
    line = lineage(known.dialogue)
    now = know(models, line.value, variants)
    if one("Edit", _WAYS, "state_edit") == "state":
        _edit_state(now, choice, line)
    else:
        _edit_words(models, choice, line, variants)
    if len(line.versions) > 1:
        line = _versions(known.dialogue, line)
        _before_and_after(known, know(models, line.value, variants), choice, line)


def lineage(dialogue: Dialogue) -> Lineage[Scenario]:
    """This dialogue's versions, the original first."""
    kept: dict[str, Lineage[Scenario]] = st.session_state.setdefault("state_lineages", {})
    return kept.setdefault(mark(dialogue), begin(Scenario(dialogue=dialogue)))


def _keep(dialogue: Dialogue, line: Lineage[Scenario]) -> None:
    kept: dict[str, Lineage[Scenario]] = st.session_state["state_lineages"]
    kept.pop(mark(dialogue), None)
    kept[mark(dialogue)] = line
    for forgotten in list(kept)[:-_KEPT]:
        del kept[forgotten]


def _edit_state(now: Known, choice: Choice, line: Lineage[Scenario]) -> None:
    """A table of slots and values, and whose belief it shall be."""
    whose, start = _whose(now, choice)
    place = now.tracks[GOLD].turns.index(choice.turn)
    before = now.tracks[start].states[place] if start in now.tracks else None
    own = f"{mark(line.versions[0].value.dialogue)}_{line.current}_{choice.turn}_{start}"
    written = _table(before or {}, [*now.picklists, *(slot for slot in now.slots if slot not in now.picklists)], f"state_rows_{own}")
    st.caption(plain(f"Beside that start: {changes({slot: value for slot, value in written if slot and value}, before or {})}."))
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button("Replay from here", type="primary", icon=":material/replay:", key="state_replay")
        st.caption(_HOW)
    if pressed:
        _replay(now, choice, whose, written, line)


def _whose(now: Known, choice: Choice) -> tuple[str, str]:
    """Whose belief is edited, and whose state the table begins with."""
    whose = {EVERYBODY: "All variants"} | ({choice.who: f"Only {now.names[choice.who]}"} if choice.who != GOLD else {}) | {GOLD: "Gold"}
    starts = {name: now.names[name] for name in (choice.who, GOLD) if name in now.shown} | {"": "Nothing"}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(width=210):
            chosen = st.selectbox("Whose belief", list(whose), key="state_whose", format_func=whose.__getitem__)
        with st.container(width=210):
            start = st.selectbox("Begin with the state of", list(starts), key="state_start", format_func=starts.__getitem__)
        st.caption(f"After utterance {choice.turn + 1}, which is chosen above. Empty a value, or remove its row, to delete the slot.")
    return str(chosen), str(start)


def _table(state: State, slots: list[str], key: str) -> list[tuple[str | None, str | None]]:
    rows = pd.DataFrame({"slot": pd.Series(list(state), dtype=object), "value": pd.Series(list(state.values()), dtype=object)})
    changed = st.data_editor(rows, key=key, num_rows="dynamic", hide_index=True, width="stretch", alt="The state to edit, one slot a row", column_config={
        "slot": st.column_config.SelectboxColumn(options=[*slots, *(slot for slot in state if slot not in slots)], width="medium"),
        "value": st.column_config.TextColumn(width="large", help="As the task spells it, e.g. 19:30, yes, dontcare; of gold also centre|east.")})
    plainly = changed.astype(object).where(changed.notna(), None)
    return list(zip(plainly["slot"], plainly["value"], strict=True))


def _replay(now: Known, choice: Choice, whose: str, rows: Iterable[tuple[str | None, str | None]], line: Lineage[Scenario]) -> None:
    try:
        state = written_state(rows, [*now.picklists, *now.slots], belief=whose != GOLD)
    except InputError as error:
        st.error(plain(error.sentence), icon=":material/error:")
        return
    edit = Edit(turn=choice.turn, state=state, whose=whose)
    if after(now.tracks, [edit]) == now.tracks:
        st.info("This state is what is believed there already; change something first.", icon=":material/equal:")
        return
    _keep(line.versions[0].value.dialogue, line.then(line.value.edited(edit), _change(now, edit, choice.who)))
    st.rerun()


def _change(now: Known, edit: Edit, who: str) -> str:
    """An edit in one line; of all variants it says how their new state differs from that of the one whose timeline is shown."""
    own = now.tracks[who if edit.whose == EVERYBODY else edit.whose]
    before = own.states[own.turns.index(edit.turn)] or {}
    beside = f", beside {now.names[who]}" if edit.whose == EVERYBODY else ""
    whose = "all variants" if edit.whose == EVERYBODY else now.names[edit.whose]
    return f"state of {whose} after utterance {edit.turn + 1}{beside}: {changes(edit.state, before)}"


def _edit_words(models: Predictor, choice: Choice, line: Lineage[Scenario], variants: list[str]) -> None:
    """The text of the chosen utterance, and a button that asks everybody again."""
    dialogue = line.value.dialogue
    text = st.text_area(f"Utterance {choice.turn + 1}", dialogue.turns[choice.turn].text,
                        key=f"state_words_{mark(line.versions[0].value.dialogue)}_{line.current}_{choice.turn}")
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button("Ask again from here", type="primary", icon=":material/replay:", key="state_reword")
        st.caption(_HOW_WORDS)
    if not pressed:
        return
    try:
        changed = line.value.reworded(choice.turn, text)
    except InputError as error:
        st.error(plain(error.sentence), icon=":material/error:")
        return
    know(models, changed, variants)  # asked before it is kept: a failure leaves the versions as they are
    _keep(line.versions[0].value.dialogue, line.then(changed, f"words of utterance {choice.turn + 1}: {text}"))
    st.rerun()


def _versions(dialogue: Dialogue, line: Lineage[Scenario]) -> Lineage[Scenario]:
    """Undo, redo, the original, and a jump to any version."""
    def chosen() -> None:
        _keep(dialogue, line.jump(int(st.session_state["state_version"])))

    st.session_state["state_version"] = line.current
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for name, icon, moved in (("Undo", "undo", line.undo()), ("Redo", "redo", line.redo()), ("Original", "first_page", line.jump(0))):
            st.button(name, icon=f":material/{icon}:", key=f"state_{name.lower()}", disabled=moved.current == line.current,
                      on_click=lambda moved=moved: _keep(dialogue, moved))
        st.selectbox("Version", range(len(line.versions)), key="state_version", on_change=chosen,
                     format_func=lambda number: f"{number}: {line.versions[number].change}", width="stretch")
    return line


def _before_and_after(before: Known, now: Known, choice: Choice, line: Lineage[Scenario]) -> None:
    """The chosen timeline in the original and in this version, side by side; how far every timeline differs."""
    if not line.current:
        st.caption("The original is shown above; redo or choose a version to see it beside the original.")
        return
    who = choice.who if choice.who in now.shown else next(iter(now.shown))
    slots = tuple(dict.fromkeys((*before.slots, *now.slots)))
    old, new = before.lines[who], now.lines[who]
    places = differing(old, new)
    turns = window(before.tracks[GOLD].turns, choice.turn)
    mine = [slot for slot in slots if any(one_line.cells.get((slot, turn)) for one_line in (old, new) for turn in turns)] or list(slots)
    words = _effect(now.names[who], old, new, places)
    st.markdown(f"**{plain(words)}**")
    badge("live", "replayed from the live answers")
    for column, title, found, known in zip(st.columns(2), ("Original", "This version"), (old, new), (before, now), strict=True):
        with column:
            st.caption(f"**{title}**: {plain(finding(found, known.names[who]))}")
            draw(timeline_map(found, mine, turns, Look(width=HALF, chosen=None, differing=places)), f"state_figure_{title.split()[-1].lower()}",
                 f"{title}: {finding(found, known.names[who])}", "slots")
    st.caption(f"**≠** and a dashed frame: another value · **≈** the same value, judged otherwise · {LEGEND[0]} · {LEGEND[1]}")
    html_table(["Whose", "Other values", "Only judged otherwise", "Jointly right, original", "Jointly right, this version"],
               [_effect_row(now.names[name], before.lines[name], now.lines[name]) for name in now.shown if name in before.lines], "state_effects")
    _outside(line, now)
    table_twin(_frame(old, new, places), "state_replay_twin", "state_replay")


def _effect(title: str, old: Timeline, new: Timeline, places: Mapping[tuple[str, int], str]) -> str:
    if not places:
        return f"{title} is as in the original."
    turns = sorted({turn + 1 for _, turn in places})
    values = _many(places, VALUE)
    return (f"{title} differs from the original in {values} value{'' if values == 1 else 's'} and {_many(places, VERDICT)} more verdicts, "
            f"at utterances {', '.join(map(str, turns))}; jointly right {_joint(old)} before, {_joint(new)} now.")


def _many(places: Mapping[tuple[str, int], str], sign: str) -> int:
    return list(places.values()).count(sign)


def _effect_row(title: str, old: Timeline, new: Timeline) -> list[TableCell]:
    places = differing(old, new)
    return [TableCell(text=title), *[TableCell(text=str(_many(places, sign)), letter=sign if _many(places, sign) else "=") for sign in (VALUE, VERDICT)],
            TableCell(text=_joint(old)), TableCell(text=_joint(new))]


def _joint(line: Timeline) -> str:
    """E.g. ``3 of 9`` or, without gold, ``not judged``."""
    judged, unknown = line.judged, len(line.scores) - len(line.judged)
    rest = f" ({unknown} not judged)" if unknown else ""
    return f"{sum(bool(score.joint) for score in judged)} of {len(judged)}{rest}" if judged else "not judged"


def _outside(line: Lineage[Scenario], now: Known) -> None:
    """Values that no head could have said are told: they are wrong by the task's own score."""
    strange = {f"{slot}={edit.state[slot]}" for edit in line.value.edits for slot in outside(edit.state, now.picklists)}
    if strange:
        st.caption(plain(f"No head can pick {', '.join(sorted(strange))}: by the task's own score such a value is wrong whatever gold says."))


def _frame(old: Timeline, new: Timeline, places: Iterable[tuple[str, int]]) -> pd.DataFrame:
    def words(line: Timeline, place: tuple[str, int]) -> str:
        cell = line.cells.get(place)
        return told(cell) if cell else "empty"

    rows = [{"utterance": turn + 1, "slot": slot, "original": words(old, (slot, turn)), "this version": words(new, (slot, turn))}
            for slot, turn in sorted(places, key=lambda place: (place[1], place[0]))]
    return pd.DataFrame(rows, columns=["utterance", "slot", "original", "this version"])
