"""NLG: dialogue acts become an utterance."""

from __future__ import annotations

from engine.zoo.base import ZooTask
from engine.zoo.outputs import UTTERANCE

NLG = ZooTask(
    name="nlg", title="Natural language generation", content="none", knowledge="semi-structured description", output=UTTERANCE, metric="bleu4",
    definition="Say what the dialogue acts mean in natural words.")
