"""INTENT: an utterance is given one of the known intents."""

from __future__ import annotations

from engine.zoo.base import ZooTask
from engine.zoo.outputs import TEXT

INTENT = ZooTask(
    name="intent", title="Intent detection", content="single turn", knowledge="semi-structured description", output=TEXT, metric="accuracy",
    definition="Choose the intent of the utterance.")
