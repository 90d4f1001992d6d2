"""The drawn parts of Health: a verdict, the models, their files, the machine, and what else lies here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from engine.errors import DialAtlasError
from engine.paths import without_home
from engine.serve import found, machine
from engine.serve.base import Predictor
from engine.serve.state import Description, Part, State
from engine.serve.weights import WeightFile, damaged, weight_files
from ui.blocks import badge, plain
from ui.cache import extractor, opened_extractor, predictor
from ui.choices import TASKS, titles
from ui.html_table import TableCell, html_table
from ui.waiting import waiting

LETTERS: dict[State, str] = {"ready": "R", "loading": "L", "not loaded": "–", "failed": "F", "evicted": "E"}
_MOST = 6
"""Troubles that are written out above everything else."""
_EVERY_S = 1.0
"""How often the table of models is drawn anew while they load."""


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What one run of the page found."""

    files: Sequence[WeightFile]
    stores: Sequence[found.Found]
    """Those of measured rows."""
    host: machine.Machine


def models() -> tuple[Predictor | None, str]:
    """The shared predictor, or why there is none: this page works without."""
    try:
        return predictor(), ""
    except DialAtlasError as error:
        return None, without_home(error.sentence)


def looked(key: str) -> Looked:
    """Look at weight files, stores and machine, once for the whole page; files as checked by the button, else sizes alone."""
    return Looked(files=st.session_state.get(f"{key}_files") or weight_files(), stores=found.results(), host=machine.machine())


def troubles(opened: Predictor | None, closed: str, seen: Looked) -> list[str]:
    """Everything that is wrong, cause and remedy in a sentence each."""
    loaded = opened.describe().troubles if opened else ()
    files = [file.trouble for file in seen.files]
    others = [one.trouble for one in [*seen.stores, found.shipped_extractor()]]
    return list(dict.fromkeys(filter(None, [closed, *files, *loaded, *seen.host.troubles, *others])))


def verdict(wrong: Sequence[str]) -> None:
    """One sentence if all is well; otherwise what to do about it."""
    if not wrong:
        st.success("All is well: nothing on this server needs your attention.", icon=":material/check_circle:")
    for trouble in wrong[:_MOST]:
        st.error(plain(trouble), icon=":material/error:")
    if len(wrong) > _MOST:
        st.caption(f"… and {len(wrong) - _MOST} more; the tables below name them all.")


def actions(opened: Predictor | None, key: str) -> None:
    """The two things that take time, each behind its button."""
    with st.container(horizontal=True):
        if st.button("Load everything now", icon=":material/download:", key=f"{key}_load", disabled=opened is None,
                     help="Loads every model and the entity extractor for all visitors, so that nobody waits later.") and opened:
            opened.warm()
            _open_extractor()
        if st.button("Check every weight file", icon=":material/fact_check:", key=f"{key}_check",
                     help="Reads every byte and compares SHA-256 with the cards. Sizes are compared each time this page is drawn."):
            st.session_state[f"{key}_files"] = _checked()


def _open_extractor() -> None:
    try:
        extractor()
    except DialAtlasError as error:
        st.error(plain(without_home(error.sentence)), icon=":material/error:")


def _checked() -> list[WeightFile]:
    with waiting("Reading weight files …") as tell:
        return weight_files(thorough=True, progress=tell)


def model_table(opened: Predictor, key: str) -> None:
    """Every variant's tasks and objective heads; drawn anew by itself while they load."""
    st.fragment(_model_table, run_every=_EVERY_S if opened.describe().warming else None)(opened, key)


def _model_table(opened: Predictor, key: str) -> None:
    now = opened.describe()
    badge("live", f"{now.predictor} predictor, {now.count('ready')} of {len(now.parts)} parts ready")
    names = list(dict.fromkeys(part.name for part in now.parts))
    html_table(["Variant", *(TASKS.get(name, name.upper()) for name in names), "Fingerprint"],
               [_row(opened, now, variant, names) for variant in dict.fromkeys(part.variant for part in now.parts)], f"{key}_models")
    st.caption(f"{LETTERS['ready']} ready · {LETTERS['loading']} loading · {LETTERS['not loaded']} not loaded: the first question loads it · "
               f"{LETTERS['evicted']} evicted: made room for others, the next question loads it again · "
               f"{LETTERS['failed']} failed: the reason stands above. Four tasks, then the heads of six objectives; the fingerprint names a variant's weights.")
    if st.session_state.get(f"{key}_warming") and not now.warming:  # the last part is there: verdict and numbers shall say so
        st.session_state[f"{key}_warming"] = False
        st.rerun()
    st.session_state[f"{key}_warming"] = now.warming


def _row(opened: Predictor, now: Description, variant: str, names: Sequence[str]) -> list[TableCell]:
    mine = {part.name: part for part in now.parts if part.variant == variant}
    return [TableCell(text=titles(opened.card).get(variant, variant)), *(_cell(mine[name]) for name in names),
            TableCell(text=(now.fingerprints or {}).get(variant, "unknown"))]


def _cell(part: Part) -> TableCell:
    return TableCell(text="", letter=LETTERS[part.state], look="good" if part.state == "ready" else "bad" if part.state == "failed" else "")


def file_report(files: Sequence[WeightFile], key: str) -> None:
    """How many weight files are what their cards say, and which are not."""
    wrong, whole = damaged(files), sum(file.size for file in files)
    how = "every byte was read" if files and files[0].checked else "by size; the button above reads every byte"
    st.text(f"{len(files) - len(wrong)} of {len(files)} weight files ({machine.size(whole)}) are what their cards say ({how}).")
    if wrong:
        html_table(["Weight file", "What is wrong"], [[TableCell(text=file.name), TableCell(text=file.trouble, look="bad")] for file in wrong], f"{key}_wrong")


def machine_row(seen: machine.Machine, opened: Predictor | None) -> None:
    """Memory, disk, processor and time."""
    now = opened.describe() if opened else None
    with st.container(horizontal=True):
        st.metric("Memory of this server", machine.size(seen.memory), help="Resident memory of the process that serves all visitors.")
        st.metric("Memory free", machine.size(seen.memory_free), help=f"Of {machine.size(seen.memory_limit)} that the machine or container has.")
        st.metric("Disk free", machine.size(seen.disk_free), help=f"Of {machine.size(seen.disk_size)} where the repository lies.")
        st.metric("Device", f"{now.device}, {now.precision}" if now else "none", help=plain(seen.hardware))
        st.metric("Threads", f"{now.threads if now else 0} of {seen.cores}", help=f"Of one computation, of the cores; the process has {seen.threads} threads.")
        st.metric("Up for", machine.span(seen.uptime))


def rest(seen: Looked, key: str) -> None:
    """Results, entity extractor, corpora, versions."""
    shared = opened_extractor()
    named = f"{shared.card.title}, {shared.card.backend}" if shared else "not opened yet; the first question that counts entities opens it"
    lines = [*seen.stores, found.Found(name="Entity extractor", there=shared is not None, words=named), found.shipped_extractor()]
    _found_table(lines, ["What", "State"], f"{key}_stores")
    left, right = st.columns([3, 2], gap="large")
    with left:
        there = found.corpora()
        st.markdown(f"**Corpora:** {sum(one.there for one in there)} of {len(there)} are on this machine; only training and measuring need them. "
                    "Where they lie elsewhere, set `DIALATLAS_DATA` to that folder.")
        _found_table(there, ["Corpus", "Where, or how to get it"], f"{key}_corpora")
    with right:
        st.markdown("**Versions**")
        known = {"commit": seen.host.commit, **seen.host.versions}
        html_table(["What", "Version"], [[TableCell(text=name), TableCell(text=text)] for name, text in known.items()], f"{key}_versions")


def _found_table(lines: Sequence[found.Found], columns: Sequence[str], key: str) -> None:
    html_table(columns, [[TableCell(text=one.name), TableCell(text=one.trouble or one.words, look="bad" if one.trouble else "")] for one in lines], key)
