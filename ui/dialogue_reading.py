"""How an upload was read: the format and its runner-up, who is who, what was changed or left out; and how it shall be read instead."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from engine.dialogue.formats import FORMATS
from engine.dialogue.model import Dialogue, Role
from engine.dialogue.overview import Annotated, annotation
from engine.dialogue.upload import Upload
from engine.errors import UnknownSpeakersError
from ui.answers import mark
from ui.blocks import badge, plain
from ui.dialogue_kept import Asked, Kept
from ui.html_table import TableCell, html_table

ROLES: dict[str, str] = {"user": "user", "system": "system", "skip": "skip (drop the turns)"}
"""Role to its words on the screen."""
_TEXT = "text"
_EACH = 12
"""Speakers with a choice each; rarer ones share one."""


def detected(upload: Upload) -> None:
    """The format, how sure we are, what else it may be, and how much there is."""
    detection = upload.detection
    sure = "as you chose" if detection.chosen else f"{detection.confidence:.0%} sure"
    st.markdown(f"Read as **{plain(detection.title)}**, {sure}")
    runner = detection.runner_up
    st.caption(f"Next best: {plain(FORMATS[runner[0]].title)}, {runner[1]:.0%}." if runner else "No other format fits.")
    changed = [f"{count:,} turns {word}" for count, word in ((upload.dropped, "dropped"), (upload.merged, "merged")) if count]
    turns = sum(len(dialogue.turns) for dialogue in upload.dialogues)
    badge("live", "; ".join([f"{len(upload.dialogues):,} dialogue{'s' * (len(upload.dialogues) > 1)}, {turns:,} utterances", *changed]))


def read_again(kept: Kept, key: str) -> None:
    """Format, roles and merging, to be read again at one press."""
    st.subheader("How it is read", anchor=False)
    unknown = isinstance(kept.error, UnknownSpeakersError)
    if unknown:
        st.markdown("Say who these speakers are, then press **Read again**. Nothing of the file is lost meanwhile.")
    place, labels = f"{key}_{mark(kept.given.mark)[:8]}", _labels(kept)
    with st.form(f"{place}_form"):
        columns = st.columns(4, vertical_alignment="bottom")
        for number, (label, (words, options, role)) in enumerate(list(labels.items())[:_EACH]):
            columns[number % 4].selectbox(plain(words), options, index=options.index(role) if role else None, placeholder="Who is this?",
                                          key=_key(place, label), format_func=_words)
        rest = list(labels)[_EACH:]
        if rest:
            st.selectbox(f"The other {len(rest):,} speakers", ["", *ROLES], key=f"{place}_rest", format_func=lambda role: ROLES.get(role, "as they are now"))
        left, right = st.columns([2, 2], vertical_alignment="bottom")
        left.selectbox("Format", ["", *FORMATS], index=["", *FORMATS].index(kept.asked.form or ""), key=f"{place}_format", format_func=_title)
        right.checkbox("Merge turns of one speaker in a row", value=kept.asked.merge, key=f"{place}_merge",
                       help="Their texts stand below each other in one turn; acts are put together, the last intent and state count.")
        st.form_submit_button("Read again", type="primary" if unknown else "secondary", icon=":material/refresh:", key=f"{place}_again",
                              on_click=_wanted(kept, labels, place))


def remarks(kept: Kept) -> None:
    """Everything that was mapped or left out, where, and what to do about it."""
    upload = kept.upload
    if upload is None:
        return
    if not upload.remarks:
        st.caption("Nothing was left out, and nothing had to be guessed.")
        return
    html_table(["What", "Where", "Times", "What you can do"],
               [[TableCell(text=f"{one.what}."), TableCell(text=one.where or "–"), TableCell(text=f"{one.times:,}"), TableCell(text=one.remedy or "–")]
                for one in upload.remarks], "dialogue_remarks")


def gold(annotated: Mapping[str, Annotated] | None, dialogue: Dialogue) -> None:
    """What annotation came along, in all dialogues of the file or in the one that there is."""
    st.subheader("What came along", anchor=False)
    kinds = [(kind, one) for kind, one in (annotation([dialogue]) if annotated is None else annotated).items() if one.turns]
    if not kinds:
        st.caption("No annotation came along: answers of the models can be compared with each other, but not with a right answer.")
        return
    html_table(["Annotation", "Turns", "Different", "Dialogues"],
               [[TableCell(text=kind.capitalize()), *(TableCell(text=f"{count:,}") for count in (one.turns, one.different, one.dialogues))]
                for kind, one in kinds], "dialogue_annotation")


def _labels(kept: Kept) -> dict[str, tuple[str, list[str], str | None]]:
    """Every label, those that somebody must explain first: its words on the screen, the choices, and the present one."""
    upload, error = kept.upload, kept.error
    unknown = error.labels if isinstance(error, UnknownSpeakersError) else {}
    labels: dict[str, tuple[str, list[str], str | None]] = {
        label: (f"{label[:60]}{f', first at {where}' if where else ''}", [*ROLES], kept.asked.roles.get(label)) for label, where in unknown.items()}
    if kept.own and upload:
        for label, count in sorted(upload.said.items(), key=lambda pair: -pair[1]):
            labels.setdefault(label, (f"{label[:60]} · {count:,} turn{'s' * (count != 1)}", [*ROLES], upload.roles[label]))
        for label, count in sorted(upload.possible.items(), key=lambda pair: -pair[1]):
            labels.setdefault(label, (f"{label[:60]} · begins {count:,} lines", [_TEXT, *ROLES], _TEXT))
    return labels


def _wanted(kept: Kept, labels: Mapping[str, tuple[str, Sequence[str], str | None]], place: str) -> Callable[[], None]:
    """What the button does: the choices are read when it is pressed, the file at the next run."""
    def want() -> None:
        state = st.session_state
        chosen = {label: state.get(_key(place, label)) or state.get(f"{place}_rest") for label in labels}
        form = state[f"{place}_format"] or None
        same = form == kept.asked.form  # another format may have other labels; in the same one, no guess may change because another label did
        roles: dict[str, Role] = {label: role for label, role in chosen.items() if role in ROLES and (same or role != labels[label][2])}
        kept.wanted = Asked(form=form, roles={**kept.asked.roles, **roles} if same else roles, merge=state[f"{place}_merge"])
    return want


def _key(place: str, label: str) -> str:
    return f"{place}_role_{mark(label)[:8]}"


def _words(role: str) -> str:
    return ROLES.get(role, "text, no speaker")


def _title(name: str) -> str:
    return FORMATS[name].title if name else "Found by its content"
