"""EMO: an utterance is given one of the known emotions."""

from __future__ import annotations

from engine.zoo.base import ZooTask
from engine.zoo.outputs import TEXT

EMO = ZooTask(
    name="emo", title="Emotion recognition", content="single turn", knowledge="semi-structured description", output=TEXT, metric="accuracy",
    definition="Choose the emotion of the utterance.")
