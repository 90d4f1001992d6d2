"""Dialogue act prediction: the acts of a system turn, several at once (paper 1, section 4.1).

Under ``paper`` the model reads the history and predicts the acts of the NEXT system turn. Under ``released`` it reads what
ToD-BERT's code gives it: the system utterance in question as well, and the user's reply to it, so that it tags.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import pandas as pd

from engine.dialogue.model import Dialogue, Turn
from engine.tasks.acts import columns, labels_of
from engine.tasks.base import DownstreamTask, Example, Labels, Ontology, TaskCard
from engine.tasks.metrics import act_scores
from engine.tasks.outcomes import act_outcomes

SOURCES = {
    ("multiwoz21", "train"): "convlab2:dev", ("multiwoz21", "dev"): "convlab2:dev", ("multiwoz21", "test"): "convlab2:test",
    ("multiwoz21", "published_train"): "train", ("multiwoz21", "utterance_list"): "acts:train",
    ("dstc2", "test"): "dev", ("dstc2", "published_test"): "test",
}
"""Where the acts are, other than in the split of the same name.

``published_train`` needs the official MultiWOZ archive and ``published_test`` the raw DSTC2 test calls; ``utterance_list`` is the public
list of about 3,000 system turns with one act each.
"""

INSTEAD = {
    ("multiwoz21", "train"): "four fifths of the published dev dialogues (no train acts here)",
    ("multiwoz21", "dev"): "one fifth of the published dev dialogues",
    ("dstc2", "dev"): "half of the published dev dialogues", ("dstc2", "test"): "the other half of the published dev dialogues (no test acts here)",
}
"""What stands for a published split that has no acts here."""


class DialogueAct(DownstreamTask):
    """Which acts a system turn carries."""

    card = TaskCard(
        name="dialogue_act",
        title="Dialogue act prediction",
        structure="multi_turn_classifier",
        abilities=("multi_turn_representation",),
        corpora=("multiwoz21", "dstc2", "gsim", "sgd"),
        protocols=("paper", "released"),
        headline="f1_micro",
        metrics=("f1_micro", "f1_macro"),
        context_tokens=512,
        notes=(
            "MultiWOZ: the stored copies have no train acts; four fifths of the published dev dialogues, drawn by id, are trained on and "
            "the rest is dev. With the official archive, the split published_train is the real one.",
            "DSTC2: the stored copies have no test acts; dev and test are two halves of the published dev split, drawn by dialogue id. "
            "With the raw test calls, the split published_test is the real one.",
            "SGD is not among the papers' corpora; its acts are published for all three splits, and its train and dev dialogues (without their acts) are "
            "among those of further pre-training.",
            "DSTC2 and GSIM: acts are mapped to universal dialogue acts by a table of ours; the papers' table is not public.",
            "Columns of user acts, which no system turn carries, count 0 in macro F1, as in the papers.",
        ),
    )

    def sources(self, corpus: str, split: str, protocol: str) -> str:
        """The split whose system turns carry acts."""
        return SOURCES.get((corpus, split), split)

    def described(self, corpus: str, split: str, protocol: str) -> str:
        """Published splits by name, and what is used instead."""
        return INSTEAD.get((corpus, split)) or self.sources(corpus, split, protocol)

    def admits(self, dialogue: Dialogue, split: str) -> bool:
        """DSTC2 dev and test share the published dev split, a half each; MultiWOZ train and dev do too, four fifths and one."""
        if dialogue.corpus == "dstc2" and split in ("dev", "test"):
            return in_share(dialogue.id, 0.5) == (split == "test")
        if dialogue.corpus == "multiwoz21" and split in ("train", "dev"):
            return in_share(dialogue.id, 0.2) == (split == "dev")
        return True

    def reads(self, dialogue: Dialogue, index: int, protocol: str) -> tuple[Turn, ...] | None:
        """``paper``: what precedes the system turn; ``released``: up to the user's reply to it.

        A system turn that opens a dialogue has no history, and one that closes it has no reply: neither is asked about.
        """
        turns = dialogue.turns
        if turns[index].speaker != "system":
            return None
        if protocol == "paper":
            return turns[:index] or None
        replied = index + 1 < len(turns) and turns[index + 1].speaker == "user"
        return turns[:index + 2] if replied and turns[index].text.strip() else None

    def gold(self, dialogue: Dialogue, index: int) -> tuple[str, ...] | None:
        """The system turn's acts under their label names, sorted."""
        turn = dialogue.turns[index]
        return labels_of(dialogue.corpus, turn) if turn.speaker == "system" else None

    def labels(self, examples: Iterable[Example], ontology: Ontology | None = None) -> Labels:
        """Every act that the examples' corpora declare or the examples carry, sorted."""
        seen = [(example.corpus, example.target) for example in examples]
        declared = columns({corpus for corpus, _ in seen})
        return Labels(names=tuple(sorted({*declared, *(act for _, acts in seen for act in acts)})))

    def score(self, right: Sequence[Sequence[str]], guessed: Sequence[Sequence[str]], labels: Labels) -> dict[str, float]:
        """Micro and macro F1 over all of ``labels.names``."""
        return act_scores(right, guessed, labels.names)

    def outcomes(self, right: Sequence[Sequence[str]], guessed: Sequence[Sequence[str]], labels: Labels) -> pd.DataFrame:
        """Acts found, missed and invented in a row, in all and per label."""
        return act_outcomes(right, guessed, labels.names)


def in_share(dialogue_id: str, share: float) -> bool:
    """Whether a dialogue falls into the first ``share`` of a shuffle by the SHA-256 of its id."""
    return hashlib.sha256(dialogue_id.encode()).digest()[0] < 256 * share


DIALOGUE_ACT = DialogueAct()
