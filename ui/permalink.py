"""A link to the view on the screen, with every choice, and where that is not enough, a capsule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlencode, urlsplit

import streamlit as st

from ui.blocks import CHOICES
from ui.capsule import capsule_download


def link(title: str) -> None:
    """The popover; called at the end of a run, when all choices are known."""
    choices = CHOICES.get() or {}
    corner = st.popover("Link to this view", icon=":material/link:", type="tertiary", key="permalink", on_change="rerun")
    if not corner.open:
        return
    with corner:
        st.code(address(st.context.url or "", choices), language=None, wrap_lines=True)
        st.caption(_told(choices))
        capsule_download(page_name(title, st.context.url or ""), "permalink")


def address(page_url: str, choices: Mapping[str, Sequence[str]]) -> str:
    """The page's own address with every choice.

    >>> address("http://localhost:8501/compare", {"compare_tasks": ["Intent", "Dialogue act"], "dialogue_sample": ["taxi"]})
    'http://localhost:8501/compare?compare_tasks=Intent&compare_tasks=Dialogue%20act&dialogue_sample=taxi'
    """
    query = urlencode({key: list(values) or [""] for key, values in choices.items()}, doseq=True, quote_via=quote)
    return f"{page_url.partition('?')[0]}?{query}" if query else page_url


def page_name(title: str, page_url: str) -> str:
    """The page's file name without ending: the last part of its address; the first page of all has none, but its title says it.

    >>> page_name("Compare", "http://localhost:8501/atlas/compare"), page_name("Task relations", "http://localhost:8501/")
    ('compare', 'task_relations')
    """
    return urlsplit(page_url).path.rpartition("/")[2] or title.lower().replace(" ", "_")


def _told(choices: Mapping[str, Sequence[str]]) -> str:
    if "dialogue_from" not in choices:
        return "The link holds every choice on this page."
    if list(choices["dialogue_from"]) == ["Sample"]:
        return "The link holds every choice and the name of the sample dialogue: it restores the view, except for words that you typed. " \
               "A capsule also holds the answers."
    return "The link holds every choice, but **not your dialogue**: its words never travel in an address. To pass on the dialogue, " \
           "save a capsule, here or on the page Compare, as soon as there are answers; the page Capsule opens it."
