"""The 75 (task, dataset) pairs of DialogZoo, and those that we add: 73 in the paper's Table 1, where Table 5 names one more for SIM and for TOD."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Origin = Literal["paper", "release", "ours", "beyond", "unseen"]
"""Named in paper 2; known from its authors' later release; not published, our fill-in; beyond the 73; an evaluation set that is never trained on."""
_PAIRS: Mapping[Origin, Mapping[str, str]] = {
    "paper": {
        "rew": "canard", "sum": "samsum", "fill": "restaurant8k", "intent": "banking77 clinc150 hwu64", "dst": "multiwoz22", "docqa": "coqa",
        "dialqa": "dialogre mutual dream", "chat": "dailydialog personachat metalwoz empathetic_dialogues commonsense_dialogues",
        "kgdial": "kgdial_soccer kgdial_incar", "txt2sql": "spider sparc cosql",
        "sim": "sgd taskmaster2 woz multiwoz22 multidogo dstc2 dstc3", "tod": "sgd taskmaster2 woz multiwoz22 multidogo dstc2 dstc3",
    },
    "release": {
        "fill": "mtop multidogo", "dst": "multidogo", "comm": "alphanli commonsenseqa commonsenseqa2 cosmosqa", "emo": "iemocap", "docqa": "doqa",
        "dialqa": "friendsqa molweni",
    },
    "ours": {
        "rew": "gecor mudoco", "nlg": "e2e_nlg rnnlg_restaurant rnnlg_hotel rnnlg_laptop rnnlg_tv", "sum": "dialogsum qmsum",
        "fill": "snips atis mit_movie mit_restaurant", "intent": "snips", "dst": "sgd woz dstc2 kvret", "comm": "socialiqa",
        "emo": "meld emorynlp dailydialog goemotions", "docqa": "quac squad narrativeqa race cmudog", "dialqa": "reccon",
    },
    "beyond": {"dst": "multiwoz21", "sim": "multiwoz21", "tod": "multiwoz21"},
    "unseen": {"fill": "dstc8_slots top", "intent": "top"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A task and a dataset that has samples of it."""

    task: str
    dataset: str
    origin: Origin

    @property
    def name(self) -> str:
        """As one word, e.g. ``rew/canard``."""
        return f"{self.task}/{self.dataset}"


PAIRS: tuple[Pair, ...] = tuple(Pair(task=task, dataset=dataset, origin=origin)
                                for origin, tasks in _PAIRS.items() for task, datasets in tasks.items() for dataset in datasets.split())
PUBLISHED = frozenset({"paper", "release", "ours"})
"""Origins of the 75 pairs."""
