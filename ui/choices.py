"""Choices that the address remembers, e.g. ``?compare_tasks=Intent``; names are ours, the words on the screen may change."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from engine.serve.base import PredictorCard
from ui.blocks import note_choice, pick, tell_unknown

TASKS = {"intent": "Intent", "state_tracking": "State tracking", "dialogue_act": "Dialogue act",
         "response_selection": "Response selection"}
"""Task name to display name."""


def one(label: str, options: Mapping[str, str], key: str) -> str:
    """One name out of ``options`` (name to display name) in a row of segments, the first one at first."""
    return pick(label, list(options), key=key, words=options)


def listed(label: str, options: Mapping[str, str], key: str) -> str:
    """One name out of many ``options`` (name to display name) in a drop-down list, the first one at first."""
    return pick(label, list(options), key=key, words=options, long=True)


def several(label: str, options: Mapping[str, str], key: str) -> list[str]:
    """Any of ``options`` (name to display name), all at first, in the order of ``options``."""
    tell_unknown(label, key, list(options.values()))
    chosen = st.pills(label, list(options), selection_mode="multi", default=list(options), format_func=options.__getitem__,
                      key=key, bind="query-params", wrap=True)
    note_choice(key, [options[name] for name in options if name in chosen])
    return [name for name in options if name in chosen]


def switch(label: str, key: str) -> bool:
    """An on/off choice, off at first."""
    tell_unknown(label, key, ["true", "false"])
    on = bool(st.toggle(label, key=key, bind="query-params"))
    note_choice(key, ["true" if on else "false"])
    return on


def titles(card: PredictorCard) -> dict[str, str]:
    """Variant name to its short display name."""
    return {variant.name: variant.title for variant in card.variants}
