"""One objective on one dialogue as a visitor plays with it: versions kept for the session, the current one in the address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import streamlit as st

from engine.dialogue.lineage import Lineage, begin
from engine.dialogue.model import Dialogue
from engine.dialogue.setup import Means, Setup, original, settled, start, told
from engine.dialogue.setup_code import complete, decode, encode
from engine.errors import DialAtlasError
from ui.answers import mark
from ui.blocks import NOTICES, note_choice, plain

ADDRESS = "probe_change"
_KEPT, _VERSIONS = 40, 400
"""Dialogues-with-objective whose versions one session keeps, and versions of one of them."""


@dataclass(frozen=True, kw_only=True)
class Play:
    """A handle on the versions that the session keeps; controls read `setup` and call `change`."""

    objective: str
    own: str
    """Names the versions in the session, and begins the keys of the controls."""
    first: Setup
    """The question to the unchanged dialogue."""
    means: Means

    @property
    def lineage(self) -> Lineage[Setup]:
        """All versions, and which is current."""
        kept: dict[str, Lineage[Setup]] = st.session_state["probe_lineages"]
        return kept[self.own]

    @property
    def setup(self) -> Setup:
        """The current version."""
        return self.lineage.value

    def go(self, lineage: Lineage[Setup]) -> None:
        """Another version becomes the current one."""
        st.session_state["probe_lineages"][self.own] = lineage

    def change(self, new: Setup) -> None:
        """A new version; none where nothing changed or only the view did."""
        lineage, new = self.lineage, settled(new)
        if new == self.setup:
            return
        if _view_only(self.objective, self.setup, new):
            versions = list(lineage.versions)
            versions[lineage.current] = replace(versions[lineage.current], value=new)
            self.go(replace(lineage, versions=tuple(versions)))
        elif len(lineage.versions) < _VERSIONS:
            self.go(lineage.then(new, told(self.setup, new)))
        else:
            st.session_state["probe_trouble"] = f"{_VERSIONS} versions are kept; begin again to make more."

    def controlled(self, name: str, value: object, changed: Callable[[Setup, Any], Setup]) -> dict[str, Any]:
        """Arguments of a widget that shows ``value`` and makes a version of the widget's new one."""
        key = f"{self.own}_{name}"
        if key not in st.session_state or st.session_state[key] != value:
            st.session_state[key] = value
        return {"key": key, "on_change": partial(self._take, key, changed)}

    def clicked(self, changed: Callable[[Setup], Setup]) -> None:
        """A version made by a button."""
        _guarded(lambda: self.change(changed(self.setup)))

    def _take(self, key: str, changed: Callable[[Setup, Any], Setup]) -> None:
        _guarded(lambda: self.change(changed(self.setup, st.session_state[key])))


def opened(dialogue: Dialogue, objective: str, means: Means) -> Play:
    """The versions of this dialogue and objective: those kept from before, else the one that the address names, else a first one.

    Raises:
        InputError: The dialogue is too short for the objective.
    """
    first = original(objective, dialogue.turns)
    play = Play(objective=objective, own=f"probe_{objective}_{mark(dialogue.turns)[:8]}", first=first, means=means)
    kept = st.session_state.setdefault("probe_lineages", {})
    given = st.query_params.get(ADDRESS, "")
    wanted = _from_address(given, first, means) if given and given != st.session_state.get("probe_written") else None
    if play.own not in kept:
        kept[play.own] = begin(first) if wanted else start(objective, dialogue.turns, means)
    if wanted:
        play.change(wanted)
    for forgotten in [own for own in kept if own != play.own][:-_KEPT]:
        del kept[forgotten]
    _write_address(play)
    return play


def linked(play: Play) -> None:
    """Say where a link would not restore everything."""
    if not complete(play.first, play.setup):
        st.caption(":material/link_off: The link restores this without the words that you typed: what you type stays out of addresses.")


def _from_address(given: str, first: Setup, means: Means) -> Setup | None:
    try:
        return decode(given, first, means.others)
    except DialAtlasError as error:
        (NOTICES.get() or st).warning(plain(error.sentence), icon=":material/link_off:")
        return None


def _write_address(play: Play) -> None:
    code = encode(play.first, play.setup)
    if code:
        note_choice(ADDRESS, [code])
    if st.query_params.get(ADDRESS, "") != code:
        if code:
            st.query_params[ADDRESS] = code
        else:
            del st.query_params[ADDRESS]
    st.session_state["probe_written"] = code


def _view_only(objective: str, old: Setup, new: Setup) -> bool:
    """Which utterance's words are offered is no change where the question does not depend on it."""
    return objective in ("mlm", "dcv") and replace(old, at=new.at) == new


def _guarded(act: Callable[[], None]) -> None:
    """Callbacks run before the page's frame, so what they cannot do is kept to be told in it."""
    try:
        act()
    except DialAtlasError as error:
        st.session_state["probe_trouble"] = error.sentence


def trouble() -> None:
    """Tell what the last click could not do."""
    sentence = st.session_state.pop("probe_trouble", None)
    if sentence:
        st.warning(plain(sentence), icon=":material/error:")
