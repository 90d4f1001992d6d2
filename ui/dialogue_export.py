"""A dialogue shown, taken away as a file, and deleted."""

from __future__ import annotations

import io
from collections.abc import Sequence

import streamlit as st

from engine.dialogue.export import EXPORTS
from engine.dialogue.model import Dialogue
from ui.choices import one
from ui.dialogue_kept import Kept, forget_everything, rounds
from ui.dialogue_view import bubbles

SHOWN_AT_ONCE = 100
"""Bubbles on one page of the preview."""
_ORDER = ("convlab3", "sgd", "openai_chat", "csv_long", "transcript")
_SCOPES = {"one": "This dialogue", "all": "All dialogues"}


def preview(dialogue: Dialogue, key: str) -> None:
    """The utterances as bubbles, one hundred at a time."""
    pages = -(-len(dialogue.turns) // SHOWN_AT_ONCE)
    page = st.pagination(pages, key=f"{key}_at_preview_{len(dialogue.turns)}") if pages > 1 else 1
    start = (page - 1) * SHOWN_AT_ONCE
    bubbles(dialogue.turns[start:start + SHOWN_AT_ONCE], f"{key}_preview", height=420, start=start)


def exports(chosen: Dialogue, key: str, kept: Kept | None = None) -> None:
    """The chosen dialogue or all of them in another format; the file is written when it is asked for."""
    st.subheader("Take it with you", anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(width="content"):
            name = one("Format of the file", {name: EXPORTS[name].title for name in _ORDER}, f"{key}_export")
        with st.container(width="content"):
            scope = one("What", _SCOPES, f"{key}_scope") if kept and kept.count > 1 else "one"
        export = EXPORTS[name]
        st.download_button("Download", lambda: written(name, kept.dialogues if kept and scope == "all" else [chosen]), f"dialogues{export.ending}", export.mime,
                           key=f"{key}_download", icon=":material/download:", on_click="ignore")
    st.caption("Speakers and words only; annotation is not written." if name == "transcript"
               else "Annotation is written too: read again, the file gives the same dialogues.")


def written(name: str, dialogues: Sequence[Dialogue]) -> io.BytesIO:
    """The file's bytes."""
    file = io.BytesIO()
    for piece in EXPORTS[name].pieces(dialogues):
        file.write(piece.encode("utf-8"))
    return file


def deletion(key: str) -> None:
    """Delete everything, and how long it is kept otherwise."""
    st.subheader("Delete it", anchor=False)
    st.caption("What you upload or paste is in this server's memory, for you alone, until you delete it or close the page. It is not written to disk.")
    st.button("Delete everything of mine", icon=":material/delete:", key=f"{key}_delete", on_click=forget_everything, args=(key,),
              help="Forgets files, pasted text, dialogues, the models' answers and what you chose on all pages.")
    if rounds(key):
        st.caption("Deleted: files, texts, answers and choices of before.")
