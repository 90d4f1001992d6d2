"""Where a dialogue comes from: a sample, pasted text, or a file; what cannot be read is told and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
from streamlit.errors import StreamlitAPIException

from engine.dialogue.model import Dialogue
from engine.dialogue.samples import samples
from engine.dialogue.upload import Upload
from engine.errors import UnknownSpeakersError
from ui.blocks import plain
from ui.choices import listed, one
from ui.dialogue_kept import Given, Kept, drop, fresh, keep, let_go, pasted
from ui.dialogue_reading import detected
from ui.dialogue_view import bubbles

_WAYS = {"sample": "Sample", "paste": "Paste", "file": "File"}
SHOWN = 2_000
"""Utterances of one dialogue that a page takes."""
LISTED = 300
"""Dialogues that are listed by name; of more, one is chosen by its number."""
_HINT = "User: I need a taxi to the station.\nSystem: When would you like to leave?"


def dialogue_source(key: str) -> Dialogue | None:
    """The dialogue that the visitor chose, pasted or uploaded on any page, with the controls to choose another; None while there is none."""
    found = brought(key)
    if isinstance(found, Dialogue):
        return found
    if found is None:
        return None
    _remark(found)
    _link(found)
    if found.upload is None:
        return None
    st.caption(plain(f"{name_of(found)}{found.upload.detection.sentence} {' '.join(found.upload.notes[:2])}"))
    return used(found.upload.dialogues[choose(found.upload, key)])


def brought(key: str) -> Dialogue | Kept | None:
    """The sample that is chosen, or what was pasted or uploaded, with the controls to change that; None where there is nothing yet."""
    way = one("Dialogue from", _WAYS, f"{key}_from")
    if way == "sample":
        return samples()[listed("Sample dialogue", {name: name for name in samples()}, f"{key}_sample")]
    return keep(_text(key), f"{key}_paste") if way == "paste" else _file(key)


def opened(kept: Kept, key: str) -> Dialogue | None:
    """How it was read, and the dialogue that is chosen in it, whole; None where nothing could be read."""
    _told_here(kept)
    problem(kept)
    if kept.upload is None:
        return None
    detected(kept.upload)
    dialogue = kept.upload.dialogues[choose(kept.upload, key)]
    used(dialogue)
    return dialogue


def nothing(key: str) -> None:
    """What to do where there is no dialogue yet."""
    st.info("Nothing to show yet: paste a dialogue or choose a file, or begin with a sample.", icon=":material/forum:")

    def show() -> None:
        st.session_state[f"{key}_from"] = "sample"

    st.button("Show a sample", icon=":material/play_arrow:", key=f"{key}_begin", on_click=show)


def _remark(kept: Kept) -> None:
    """Say why the last thing that was brought could not be read: in full on the page where it was brought, in short on the others."""
    if not kept.error or not kept.upload or _told_here(kept):
        problem(kept)
        return
    name = f"“{plain(kept.given.name[:80])}”" if kept.given.name else "What you pasted last"
    st.caption(f":material/error: {name} could not be read; the dialogue before it is used here. The page Dialogue says why.")


def _told_here(kept: Kept) -> bool:
    """Whether this is the page on which the last thing was brought."""
    here = (st.context.url or "").partition("?")[0]
    kept.told = kept.told or here
    return kept.told == here


def problem(kept: Kept) -> None:
    """Say why the last thing that was brought could not be read."""
    if kept.error:
        st.error(plain(kept.error.sentence), icon=":material/error:")
        if kept.upload:
            st.caption("Still shown: the last dialogue that could be read.")


def name_of(kept: Kept) -> str:
    """The file's name as the start of a sentence."""
    return f"{kept.source.name[:80]}: " if kept.source and kept.source.name else ""


def beside(page: str, height: int) -> Dialogue | None:
    """The chooser on the left and what is chosen on the right, ``height`` pixels of it: how Compare and Why begin."""
    left, right = st.columns([2, 3], gap="medium")
    with left:
        dialogue = dialogue_source("dialogue")
    with right:
        if dialogue is None:
            st.info("Paste or upload a dialogue to begin.", icon=":material/forum:")
        else:
            bubbles(dialogue.turns, f"{page}_preview", height=height)
    return dialogue


def slot(key: str) -> str:
    """Where the way that is chosen keeps its things in the session."""
    return f"{key}_{st.session_state.get(f'{key}_from') or 'sample'}"


def choose(upload: Upload, key: str) -> int:
    """The dialogue that is chosen among several: by name, or by number where there are many."""
    many, place = upload.dialogues, f"{slot(key)}_at"
    if len(many) == 1:
        return 0
    at = min(int(st.session_state.get(place, 0)), len(many) - 1)
    if len(many) <= LISTED:
        st.session_state[f"{place}_name"] = at
        return int(st.selectbox(f"Dialogue (1 of {len(many):,})", range(len(many)), key=f"{place}_name", on_change=_moved(place, "name", 0),
                                format_func=lambda index: f"{index + 1}. {many[index].id} ({len(many[index].turns):,} utterances)"))
    st.session_state[f"{place}_number"] = at + 1
    number = st.number_input(f"Dialogue (1 to {len(many):,})", 1, len(many), key=f"{place}_number", on_change=_moved(place, "number", 1))
    st.caption(plain(f"{many[number - 1].id[:80]}, {len(many[number - 1].turns):,} utterances"))
    return number - 1


def used(dialogue: Dialogue) -> Dialogue:
    """The beginning of a dialogue that pages take, and a word on the rest."""
    if len(dialogue.turns) > SHOWN:
        st.caption(f"The first {SHOWN:,} of its {len(dialogue.turns):,} utterances are used on the pages.")
    return dialogue.until(SHOWN)


def _moved(place: str, control: str, first: int) -> Callable[[], None]:
    def move() -> None:
        st.session_state[place] = int(st.session_state[f"{place}_{control}"]) - first
    return move


def _text(key: str) -> Given | None:
    text = st.text_area("Paste a dialogue", key=fresh("text", key), persist_state="session", height=150, placeholder=_HINT,
                        help="A transcript with speakers, CSV, or the JSON of any known data set or chat export; press Ctrl+Enter to read it.")
    if not text.strip():
        drop(f"{key}_paste")
    return pasted(text)


def _file(key: str) -> Kept | None:
    count = int(st.session_state.get(f"{key}_files", 0))
    control = fresh("file", key)
    file = st.file_uploader("Choose a file", key=f"{control}_{count}" if count else control,
                            help="Transcript, CSV or TSV, JSON or JSON lines, WhatsApp or ParlAI text, or a zip archive of such; the format is "
                                 "found out. The file stays in memory.")
    if file:  # read once and taken over: Streamlit would copy it at every run as long as its control holds it
        keep(Given(mark=file.file_id, name=file.name, data=file), f"{key}_file")
        let_go(file.file_id)
        st.session_state[f"{key}_files"] = count + 1
        st.rerun()
    kept = keep(None, f"{key}_file")
    if kept:
        st.caption(plain(f"{kept.given.name[:80]} ({kept.size:,} bytes) stays in memory until you delete it or close the page."))
    return kept


def _link(kept: Kept) -> None:
    words = "Say who is who" if isinstance(kept.error, UnknownSpeakersError) else "Preview, roles, export"
    try:
        st.page_link("pages/dialogue.py", label=words, icon=":material/forum:")
    except StreamlitAPIException:  # a page that is run alone, without app.py, has no neighbours
        st.caption(f"{words}: on the page Dialogue.")
