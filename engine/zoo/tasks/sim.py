"""SIM: the user's next utterance, given what the user wants to say."""

from __future__ import annotations

from engine.zoo.base import ZooTask
from engine.zoo.outputs import UTTERANCE

SIM = ZooTask(
    name="sim", title="User simulation", content="multiple turns", knowledge="semi-structured description", output=UTTERANCE, metric="rouge_l",
    definition="Say what the user says next to express this intent.")
