"""Small blocks that every page uses: provenance badges, table twins, verbatim text."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from typing import Literal

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.errors import StreamlitPageNotFoundError

NOTICES: ContextVar[DeltaGenerator | None] = ContextVar("notices", default=None)
"""The place under the page's lead for sentences about the page as a whole; the frame sets it for each run."""
CHOICES: ContextVar[dict[str, list[str]] | None] = ContextVar("choices", default=None)
"""Every choice of this run that the address can hold, with its values as in the address; the frame sets it for each run."""
Kind = Literal["paper", "measured", "recorded", "live"]
_LOOKS: dict[Kind, tuple[str, str]] = {
    "paper": (":material/menu_book:", "violet"),
    "measured": (":material/straighten:", "blue"),
    "recorded": (":material/history:", "orange"),
    "live": (":material/bolt:", "green"),
}
_MARKDOWN = str.maketrans({mark: "\\" + mark for mark in "\\`*_{}[]()<>#+!|:$~&"})


def badge(kind: Kind, detail: str = "") -> None:
    """Say where the number or answer beside it comes from, e.g. ``badge("measured", "n 5,500, 3 seeds")``."""
    icon, color = _LOOKS[kind]
    label = f"{kind} · {plain(detail)}" if detail else kind
    st.badge(label, icon=icon, color=color)  # type: ignore[arg-type]


def table_twin(frame: pd.DataFrame, key: str, name: str) -> None:
    """The same numbers as a table and as a CSV download called ``name``.csv, behind one switch."""
    if not st.toggle(f"Show as a table ({len(frame)} rows)", key=f"{key}_table"):
        return
    st.dataframe(frame, hide_index=True, width="stretch", key=f"{key}_frame")
    st.download_button("Download CSV", frame.to_csv(index=False), file_name=f"{name}.csv", mime="text/csv",
                       icon=":material/download:", key=f"{key}_csv", on_click="ignore")


def verbatim(text: str) -> None:
    """Text exactly as it was written: no Markdown, no emoji codes, no remote images."""
    st.text(text)


def plain(text: str) -> str:
    """Foreign words inside a label or message, with every mark of Markdown switched off.

    >>> plain("*star* ![x](http://a)")
    '\\\\*star\\\\* \\\\!\\\\[x\\\\]\\\\(http\\\\://a\\\\)'
    """
    return text.translate(_MARKDOWN)


def pick(label: str, options: Sequence[str], *, key: str, words: Mapping[str, str] | None = None, default: str | None = None,
         long: bool = False, help: str | None = None) -> str:
    """One of ``options``, kept in the address under ``key``; a nonsense value there is told to the visitor.

    Args:
        words: Option to the words on the screen, which are also the value in the address.
        default: Chosen at first (the first option where not given).
        long: A list to search in, instead of buttons side by side.
    """
    names = {option: (words or {}).get(option, option) for option in options}
    tell_unknown(label, key, list(names.values()))
    start = default or options[0]
    if long:  # the start comes first: a default by index forbids setting the choice from a click on a chart
        chosen = st.selectbox(label, [start, *(option for option in options if option != start)], format_func=names.__getitem__,
                              key=key, help=help, bind="query-params")
    else:
        chosen = st.segmented_control(label, options, default=start, format_func=names.__getitem__, key=key, help=help,
                                      required=True, bind="query-params")
    note_choice(key, [names[chosen or start]])
    return chosen or start


def door(name: str, label: str | None = None, choices: Mapping[str, str] | None = None) -> None:
    """A link to the page ``pages/name.py`` that keeps the visitor's session, with the page's own title if no ``label`` is given.

    ``choices``: what the page's address is to say.
    """
    try:
        st.page_link(f"pages/{name}.py", label=label, icon=":material/arrow_forward:", query_params=choices)
    except StreamlitPageNotFoundError:  # this page runs alone, without app.py's menu
        st.text(label or name.replace("_", " ").capitalize())


def note_choice(key: str, values: Sequence[str]) -> None:
    """Remember a choice for the page's link, even where it is the usual one, which Streamlit leaves out of the address."""
    known = CHOICES.get()
    if known is not None:
        known[key] = list(values)


def tell_unknown(label: str, key: str, known: Sequence[str]) -> None:
    """Streamlit drops a wrong value of ``key`` from the address in silence; the visitor should know."""
    for given in st.query_params.get_all(key):
        if given and given not in known:
            close = difflib.get_close_matches(given, known, n=3, cutoff=0.5)
            hint = f"Did you mean {', '.join(close)}?" if close else f"Known: {', '.join(known[:6])}{' …' if len(known) > 6 else ''}."
            sentence = f"The address asks for {key}={given}, which “{label}” does not know; the usual choice is shown. {hint}"
            (NOTICES.get() or st).warning(plain(sentence), icon=":material/link_off:")
