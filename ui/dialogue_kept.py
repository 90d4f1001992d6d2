"""What a visitor brought: read once, kept for all pages, forgotten on demand; what cannot be read does not push out the last good one."""

from __future__ import annotations

import gc
import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

from engine.dialogue.model import Dialogue, Role
from engine.dialogue.overview import Annotated, annotation
from engine.dialogue.upload import Upload, read_upload
from engine.errors import DialAtlasError
from ui.answers import forget, mark
from ui.waiting import waiting

_LARGE = 10_000_000
"""Bytes."""


@dataclass(frozen=True, kw_only=True)
class Given:
    """A file or a pasted text."""

    mark: str
    """Tells it from any other one."""
    name: str
    """Of the file; empty for pasted text."""
    data: IO[bytes]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """How it is to be read."""

    form: str | None = None
    roles: Mapping[str, Role] = field(default_factory=dict)
    merge: bool = False


@dataclass(kw_only=True)
class Kept:
    """The last thing that was brought, and what could be read last."""

    given: Given
    asked: Asked = field(default_factory=Asked)
    """How ``given`` was read last, with success or without."""
    wanted: Asked | None = None
    """How it shall be read at the next run of a page."""
    error: DialAtlasError | None = None
    """Why ``given`` could not be read as ``asked``."""
    upload: Upload | None = None
    """The last that could be read, perhaps of an earlier file or in an earlier way; None where there was none."""
    annotated: Mapping[str, Annotated] = field(default_factory=dict)
    source: Given | None = None
    """What ``upload`` is of."""
    told: str = ""
    """Address of the page on which ``given`` was brought, once that page was drawn."""

    def empty(self) -> None:
        """Let go of everything, whoever may still hold this, e.g. a download that was offered."""
        self.upload, self.source, self.annotated, self.error = None, None, {}, None
        self.given.data.close()

    @property
    def size(self) -> int:
        """Bytes that were brought."""
        return self.given.data.seek(0, os.SEEK_END)

    @property
    def dialogues(self) -> Sequence[Dialogue]:
        """What could be read last; ask again each time, so that nobody holds on to them."""
        return self.upload.dialogues if self.upload else ()

    @property
    def count(self) -> int:
        """Dialogues in it."""
        return len(self.dialogues)

    @property
    def own(self) -> bool:
        """Whether ``upload`` is of ``given``."""
        return self.upload is not None and self.source is self.given


def pasted(text: str) -> Given | None:
    """Text that a visitor typed; None where there is none."""
    return Given(mark=mark(text), name="", data=io.BytesIO(text.encode("utf-8", "replace"))) if text.strip() else None


def keep(given: Given | None, key: str) -> Kept | None:
    """What is kept under ``key``; something new, or wanted in another way, is read first, with progress."""
    kept: Kept | None = st.session_state.get(f"{key}_kept")
    if given and (kept is None or kept.given.mark != given.mark):
        earlier, kept = kept, Kept(given=given, wanted=Asked())
        if earlier:
            kept.upload, kept.annotated, kept.source = earlier.upload, earlier.annotated, earlier.source
        st.session_state[f"{key}_kept"] = kept
        _read(kept)
        _start_over(key)
    elif kept and kept.wanted:
        _read_again(kept)
    return kept


def _read_again(kept: Kept) -> None:
    """Read it in another way; if that fails, as before."""
    before = kept.asked
    if kept.own and kept.error is None:  # then it can be had again, and two readings of a large file need not be in memory at once
        kept.upload = None
    _read(kept)
    if kept.upload is None and kept.error is not None:
        error, asked, kept.wanted = kept.error, kept.asked, before
        _read(kept)
        kept.error, kept.asked = error, asked


def _read(kept: Kept) -> None:
    kept.asked, kept.wanted = kept.wanted or kept.asked, None
    try:
        with waiting("Reading …") as tell:
            upload = read_upload(kept.given.data, kept.given.name, form=kept.asked.form, roles=kept.asked.roles, merge=kept.asked.merge,
                                 progress=lambda share, _: tell(share, f"Reading … {share:.0%}"))
        kept.upload, kept.annotated, kept.source, kept.error = upload, annotation(upload.dialogues), kept.given, None
        if kept.size > _LARGE:  # Streamlit collects garbage after each run of a page; millions of turns, which hold no cycles, would be walked each time
            gc.collect()
            gc.freeze()
    except DialAtlasError as error:
        kept.error = error.with_traceback(None)  # its frames would keep what was read until then


def _start_over(key: str) -> None:
    """Forget choices that were made for another file."""
    for name in [str(name) for name in st.session_state if str(name).startswith(f"{key}_at")]:
        del st.session_state[name]


def drop(key: str) -> None:
    """Forget the file or text kept under ``key``."""
    st.session_state.pop(f"{key}_kept", None)
    _start_over(key)


def let_go(file_id: str) -> None:
    """Let Streamlit forget a file that was sent."""
    ctx = get_script_run_ctx()
    if ctx and isinstance(ctx.uploaded_file_mgr, MemoryUploadedFileManager):
        ctx.uploaded_file_mgr.remove_file(session_id=ctx.session_id, file_id=file_id)


def forget_everything(key: str) -> None:
    """Forget this visitor's uploads, texts, answers and choices; the number that is left gives the emptied controls new names."""
    ctx = get_script_run_ctx()
    if ctx and isinstance(ctx.uploaded_file_mgr, MemoryUploadedFileManager):
        ctx.uploaded_file_mgr.remove_session_files(ctx.session_id)
    for value in list(st.session_state.values()):
        if isinstance(value, Kept):
            value.empty()
    forget()
    number = rounds(key) + 1
    st.session_state.clear()
    st.session_state[f"{key}_rounds"] = number


def rounds(key: str) -> int:
    """How often the visitor has deleted everything."""
    return int(st.session_state.get(f"{key}_rounds", 0))


def fresh(name: str, key: str) -> str:
    """The key of a control that holds foreign text: another one after each deletion, as the browser would send the old text again."""
    number = rounds(key)
    return f"{key}_{name}_{number}" if number else f"{key}_{name}"
