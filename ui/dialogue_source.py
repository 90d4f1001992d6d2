"""Where a dialogue comes from: a sample, pasted text, or a file; what cannot be read is told and nothing is lost."""

from __future__ import annotations

import streamlit as st

from engine.dialogue.model import Dialogue
from engine.dialogue.samples import samples
from engine.dialogue.upload import Upload, read_upload
from engine.errors import DialAtlasError
from ui.blocks import plain
from ui.choices import listed, one

_WAYS = {"sample": "Sample", "paste": "Paste", "file": "File"}
SHOWN = 2_000
"""Utterances of one dialogue that a page takes."""
_HINT = "User: I need a taxi to the station.\nSystem: When would you like to leave?"


def dialogue_source(key: str) -> Dialogue | None:
    """The dialogue that the visitor chose, pasted or uploaded; None while there is none."""
    way = one("Dialogue from", _WAYS, f"{key}_from")
    if way == "sample":
        names = list(samples())
        return samples()[listed("Sample dialogue", {name: name for name in names}, f"{key}_sample")]
    data, name = _pasted(key) if way == "paste" else _uploaded(key)
    upload = _read(data, name, f"{key}_{way}") if data else st.session_state.get(f"{key}_{way}_good")
    return _pick(upload, f"{key}_{way}") if upload else None


def _pasted(key: str) -> tuple[bytes, str]:
    text = st.text_area("Paste a dialogue", key=f"{key}_text", persist_state="session", height=150, placeholder=_HINT,
                        help="A transcript with speakers, CSV, or the JSON of any known data set or chat export; press Ctrl+Enter to read it.")
    return text.encode(), ""


def _uploaded(key: str) -> tuple[bytes, str]:
    file = st.file_uploader("Choose a file", key=f"{key}_file",
                            help="Transcript, CSV or TSV, JSON or JSON lines, WhatsApp or ParlAI text, or a zip archive of such; the format is "
                                 "found out. The file stays in memory.")
    return (file.getvalue(), file.name) if file else (b"", "")


def _read(data: bytes, name: str, key: str) -> Upload | None:
    """The upload, read once; after a failure the last readable one, with the reason."""
    same, good = (data, name), f"{key}_good"
    try:
        if st.session_state.get(f"{key}_bytes") != same:
            st.session_state[good] = read_upload(data, name)
            st.session_state[f"{key}_bytes"] = same
    except DialAtlasError as error:
        st.error(plain(error.sentence), icon=":material/error:")
        if good in st.session_state:
            st.caption("Still shown: the last dialogue that could be read.")
    return st.session_state.get(good)


def _pick(upload: Upload, key: str) -> Dialogue:
    """Say what was found and let the visitor choose among several dialogues; of a very long one, its beginning."""
    st.caption(plain(f"{upload.detection.sentence} {' '.join(upload.notes)}"))
    many = upload.dialogues
    index = 0 if len(many) == 1 else st.selectbox(f"Dialogue (1 of {len(many):,})", range(len(many)), key=f"{key}_pick",
                                                  format_func=lambda i: f"{i + 1}. {many[i].id} ({len(many[i].turns):,} utterances)")
    chosen = many[index or 0]
    if len(chosen.turns) > SHOWN:
        st.caption(f"The first {SHOWN:,} of its {len(chosen.turns):,} utterances are used here.")
    return chosen.until(SHOWN)
