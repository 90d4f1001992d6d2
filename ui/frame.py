"""The frame around every page: its title, its footer and the one place where errors become sentences."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

from engine.errors import DialAtlasError
from engine.paths import without_home
from engine.serve.request import asking, named
from ui.blocks import CHOICES, NOTICES, plain
from ui.capsule import SHOWN
from ui.permalink import link
from ui.theme import ICON
from ui.uploads import keep_in_memory

NAME = "DialAtlas"
LOG = logging.getLogger("dialatlas")


@contextmanager
def page(title: str, *, lead: str = "") -> Iterator[None]:
    """Draw one page: configuration, title and lead before its body, notes after it.

    A `DialAtlasError` of the body is shown as its one sentence; any other failure as one sentence with a short
    id, under which the server's log holds the details.
    """
    _enter_by_the_router()
    keep_in_memory()
    st.set_page_config(page_title=title if title == NAME else f"{title} · {NAME}", page_icon=ICON, layout="wide")
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.title(title, anchor=False, width="content")
        corner = st.container(width="content")
    if lead:
        st.markdown(lead)
    NOTICES.set(st.container())
    CHOICES.set({})
    SHOWN.set([])
    try:
        with asking(_visitor()):
            yield
    except DialAtlasError as error:
        st.error(plain(without_home(error.sentence)), icon=":material/error:")
    except Exception:
        _unexpected()
    with corner:
        link(title)
    _notes()


def _visitor() -> str:
    """Names this browser tab to the queue before the models, so that nobody's requests push another's back; says nothing about the person."""
    context = get_script_run_ctx()
    return named("page", context.session_id) if context else ""


def _enter_by_the_router() -> None:
    """A link straight to a page may be the first request of all; Streamlit then runs the file in pages/ alone, without app.py's menu."""
    if PagesManager.uses_pages_directory:
        PagesManager.uses_pages_directory = False
        st.rerun()


def _unexpected() -> None:
    mark = uuid.uuid4().hex[:8]
    LOG.exception("page failed, id %s", mark)
    st.error(f"Something went wrong on our side; the server's log holds the details under id {mark}. Reload the page to try again.",
             icon=":material/error:")


def _notes() -> None:
    st.caption("Every number says where it comes from: **paper**, **measured** here, **recorded** earlier, or **live** from this server's "
               "models. Dialogues stay in this server's memory and are gone when you close the page; nothing is sent elsewhere.")
