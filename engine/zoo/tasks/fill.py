"""FILL: an utterance becomes slots with the words that fill them."""

from __future__ import annotations

from engine.zoo.base import ZooTask
from engine.zoo.outputs import SLOT_VALUES

FILL = ZooTask(
    name="fill", title="Slot filling", content="single turn", knowledge="semi-structured description", output=SLOT_VALUES, metric="slot_f1",
    definition="Name each of these slots that the utterance fills, with its words.")
