"""What DialogZoo's paper says of its data in figures: counts, shares (Figure 4), and our reading of its levels of understanding (Figure 2)."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from engine.results.reported import dialogzoo_tasks

SAMPLES = 10_661_579
"""Training samples, supervised and self-supervised ones together (section 5.2)."""
PARTS: Mapping[str, float] = {"supervised": 43.3, "self-supervised": 56.7}
"""Per cent of all training samples (Figure 4, left)."""
SUPERVISED: Mapping[str, float] = {"dst": 35.0, "chat": 15.0, "tod": 10.0, "sim": 10.0, "others": 29.0}
"""Per cent of the supervised samples (Figure 4, right); as printed, they add up to 99."""
DIALOGUE_LEVELS = ("no dialogue", "extract from a single turn", "classify, answer from a single turn", "extract from several turns",
                   "classify, summarise, answer from several turns")
"""Section 3.2, easiest first; NLG, whose content is empty, stands below the first of the paper's four."""
KNOWLEDGE_LEVELS = ("none", "keywords", "simple structure", "text", "world knowledge")
"""Section 3.2, easiest first."""
_LEVELS: Mapping[str, tuple[int, int]] = {
    "rew": (4, 0), "nlg": (0, 2), "sum": (4, 0), "fill": (1, 1), "intent": (2, 1), "dst": (3, 1), "comm": (2, 4), "emo": (2, 1), "docqa": (3, 3),
    "dialqa": (3, 3), "chat": (4, 3), "kgdial": (4, 2), "txt2sql": (4, 2), "sim": (4, 2), "tod": (4, 2),
}
"""Task to its place in the two lists above. Figure 2 prints no coordinates: this is our reading of section 3.2."""
CONTENTS = ("None", "Single Turn", "Multiple Turns")
KNOWLEDGE = ("None", "Unstructured Text", "Semi-structured Description", "Structured Knowledge")
"""Values of two columns of Table 1, in an order of ours."""


def by_section() -> pd.DataFrame:
    """``task``, ``dialogue`` and ``knowledge`` (places), ``dialogue_words`` and ``knowledge_words``, by the levels of section 3.2."""
    return pd.DataFrame([{"task": task, "dialogue": dialogue, "knowledge": knowledge, "dialogue_words": DIALOGUE_LEVELS[dialogue],
                          "knowledge_words": KNOWLEDGE_LEVELS[knowledge]} for task, (dialogue, knowledge) in _LEVELS.items()])


def by_table() -> pd.DataFrame:
    """As `by_section`, from the columns of Table 1 alone."""
    table = dialogzoo_tasks().fillna({"dialog_content": "None", "external_knowledge": "None"})  # pandas reads the word None as nothing
    return pd.DataFrame({"task": table["task"].str.lower(), "dialogue": table["dialog_content"].map(CONTENTS.index),
                         "knowledge": table["external_knowledge"].map(KNOWLEDGE.index), "dialogue_words": table["dialog_content"].str.lower(),
                         "knowledge_words": table["external_knowledge"].str.lower()})
