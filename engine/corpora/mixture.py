"""The nine corpora of paper 1's further pre-training, and which of their splits may be trained on."""

from __future__ import annotations

from collections.abc import Mapping

PAPER_DIALOGUES, PAPER_UTTERANCES = 100_707, 1_388_152
"""Paper 1, section 4.1."""

PAPER_SPLITS: Mapping[str, tuple[str, ...]] = {
    "frames": ("all",), "metalwoz": ("train", "heldout"), "woz2": ("train", "dev", "test"), "camrest676": ("all",), "msr_e2e": ("all",),
    "multiwoz22": ("train",), "sgd": ("train", "dev", "test"), "smd": ("train", "dev", "test"), "taskmaster1": ("all",),
}
"""What paper 1 trains on: every split, but only the training split of MWOZ. Counted and reported, not trained on."""

TRAINING_SPLITS: Mapping[str, tuple[str, ...]] = {
    "frames": ("all",), "metalwoz": ("train",), "woz2": ("train", "dev"), "camrest676": ("train", "dev"), "msr_e2e": ("all",),
    "multiwoz22": ("train",), "sgd": ("train", "dev"), "smd": ("train", "dev"), "taskmaster1": ("train",),
}
"""What we train on: stricter than the paper, since no test split of any data set enters any training here."""

HELD_OUT = ("multiwoz22", "dev")
"""The held-out loss is measured on these dialogues."""
