"""The drawn parts of the page Capsule: upload, what is inside, verification, and the way back to its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from engine.dialogue.samples import samples
from engine.errors import DialAtlasError, InputError
from engine.paths import REPOSITORY
from engine.serve.base import Predictor
from engine.serve.capsule import Capsule, asked_of, capsule, snippet
from engine.serve.capsule_check import Line, Said, Verified, verify
from engine.serve.capsule_file import unpack
from ui.answers import answers, mark
from ui.blocks import badge, plain, table_twin
from ui.capsule import TYPED
from ui.choices import TASKS
from ui.dialogue_view import bubbles
from ui.hand_over import hand_over
from ui.html_table import TableCell, html_table
from ui.waiting import waiting

_EXAMPLE = "taxi"
_LETTERS = {"identical": "=", "within 1e-5": "≈", "different": "≠", "not answered here": "?"}
_ROWS = 12
"""Of the lines that are shown in the panel, those that differ first; the table twin has all."""


def given(models: Predictor, key: str) -> Capsule | None:
    """The capsule that the visitor brought or asked for; after a failure the last readable one, with the reason."""
    good = f"{key}_good"
    file = st.file_uploader("Choose a capsule", type=["json"], key=f"{key}_file",
                            help="A file saved with the button Capsule on Compare or behind “Link to this view”. It stays in memory; nothing in it is run.")
    if good not in st.session_state and not file and st.button("Try it with an example", icon=":material/science:", key=f"{key}_example"):
        st.session_state[good] = _example(models)
        st.rerun()
    if file and st.session_state.get(f"{key}_read") != file.file_id:
        try:
            st.session_state[good] = unpack(file.getvalue())
            st.session_state[f"{key}_read"] = file.file_id
        except DialAtlasError as error:
            st.error(plain(error.sentence), icon=":material/error:")
            if good in st.session_state:
                st.caption("Still shown: the last capsule that could be read.")
    return st.session_state.get(good)


def contents(one: Capsule, key: str) -> None:
    """What the capsule says of itself."""
    count = sum(len(asked.predictions) for asked in one.asked) + sum(len(probed.answers) for probed in one.probes)
    badge("recorded", f"{one.created[:16].replace('T', ' ') or 'no date'}, {one.predictor} predictor")
    st.text(f"Saved on the page {one.page} at commit {one.commit}. {len(one.dialogue.turns):,} utterances, {count:,} answers of {len(one.variants)} variants, "
            f"{len(one.files)} weight files.")
    bubbles(one.dialogue.turns[:200], f"{key}_talk", height=260)
    if one.lineage:
        st.text("How the dialogue came about: " + " → ".join(one.lineage.versions[number].change for number in one.lineage.path))
    with st.expander("Choices, versions and weights"):
        pairs = [("choice", name, ", ".join(values)) for name, values in one.options.items()] + [("typed", *pair) for pair in one.typed.items()]
        pairs += [("version", *pair) for pair in one.versions.items()] + [("fingerprint", *pair) for pair in one.fingerprints.items()]
        pairs += [("SHA-256", *pair) for pair in one.files.items()] + [("hardware", "", one.hardware), ("seed", "", str(one.seed))]
        st.dataframe(pd.DataFrame(pairs, columns=["kind", "name", "value"]), hide_index=True, width="stretch", key=f"{key}_facts")
    with st.expander("Program that asks the same again"):
        st.caption("Written anew from the capsule's questions; the text in the file is neither shown nor run.")
        st.code(snippet(one), language="python", wrap_lines=True)


def checked(one: Capsule, models: Predictor, key: str) -> None:
    """Two buttons, one that asks the same again and one that restores the view, and the outcome (errors as `verify` and `_open`)."""
    with st.container(horizontal=True):
        asks = st.button("Verify", type="primary", icon=":material/fact_check:", key=f"{key}_verify")
        if st.button("Open in its page", icon=":material/open_in_new:", key=f"{key}_open"):
            _open(one)
    if asks:
        with waiting("Asking the models …") as tell:
            st.session_state[f"{key}_verified"] = mark(one), verify(one, models, tell)
    known, found = st.session_state.get(f"{key}_verified", ("", None))
    if found is None or known != mark(one):
        st.caption("Verify asks the models here the same questions and compares every number. Open in its page restores the view.")
        return
    badge("live", f"{models.card.name} predictor")
    say = st.success if found.reproduced else st.warning
    say(plain(found.sentence), icon=":material/check_circle:" if found.reproduced else ":material/difference:")
    _outcome(found, key)


def _open(one: Capsule) -> None:
    """Restore the view: the page, its choices, typed texts and the dialogue.

    Raises:
        InputError: There is no such page here.
    """
    if not (REPOSITORY / "pages" / f"{one.page}.py").is_file():
        raise InputError(f"the page {one.page!r} is not in this release", remedy="verify the capsule here, or open it with the release that made it")
    options = {name: list(values) for name, values in one.options.items()}
    if not _is_sample(one):
        options |= hand_over(one.dialogue)
    for name in TYPED:
        if name in one.typed:
            st.session_state[name] = one.typed[name]
    st.switch_page(f"pages/{one.page}.py", query_params=options)


def _is_sample(one: Capsule) -> bool:
    named = (one.options.get("dialogue_sample") or ("",))[0]
    return tuple(one.options.get("dialogue_from", ())) == ("Sample",) and samples().get(named) == one.dialogue


def _example(models: Predictor) -> Capsule:
    dialogue, names = samples()[_EXAMPLE], [card.name for card in models.card.variants[:2]]
    said = answers(models, dialogue, variants=names, tasks=models.card.tasks)
    options = {"dialogue_from": ["Sample"], "dialogue_sample": [_EXAMPLE], "compare_variants": [card.title for card in models.card.variants[:2]]}
    return capsule(models, dialogue, page="compare", options=options, asked=[asked_of(said)])


def _outcome(found: Verified, key: str) -> None:
    facts = [[TableCell(text=one.name), TableCell(text=one.before[:16]), TableCell(text=(one.now or "not here")[:16], letter="≠", look="bad")]
             for one in found.facts if not one.same]
    if facts:
        html_table(["Not the same", "In the capsule", "Here"], facts, f"{key}_differing")
    order: Sequence[Line] = sorted(found.lines, key=lambda line: (-list(_LETTERS).index(line.status), -(line.gap or 0)))
    if order:
        html_table(["Answer", "Outcome", "In the capsule", "Here"], [_cells(line) for line in order[:_ROWS]], f"{key}_lines")
        if len(order) > _ROWS:
            st.caption(f"The {_ROWS} of {len(order):,} answers that differ most.")
        table_twin(_frame(order), f"{key}_all", "verified")


def _cells(line: Line) -> list[TableCell]:
    bad = line.status not in ("identical", "within 1e-5")
    question = TASKS.get(line.question, line.question) + ("" if line.turn is None else f", utterance {line.turn + 1}")
    gap = f" (by {line.gap:.1g})" if line.gap else ""
    return [TableCell(text=f"{question}: {line.variant}"), TableCell(text=line.status + gap, letter=_LETTERS[line.status], look="bad" if bad else ""),
            TableCell(text=_text(line.before)), TableCell(text="the same" if line.now == line.before else _text(line.now))]


def _frame(lines: Sequence[Line]) -> pd.DataFrame:
    return pd.DataFrame([{"question": line.question, "utterance": None if line.turn is None else line.turn + 1, "variant": line.variant,
                          "outcome": line.status, "in the capsule": _text(line.before), "here": _text(line.now), "largest gap": line.gap} for line in lines])


def _text(said: Said | None) -> str:
    if not said:
        return "" if said is None else "(nothing)"
    if isinstance(said, str):
        return said
    return ", ".join(f"{slot}={value}" for slot, value in said.items()) if isinstance(said, Mapping) else ", ".join(said)
