"""COMM: a question is answered by common sense."""

from __future__ import annotations

from engine.zoo.base import ZooTask
from engine.zoo.outputs import TEXT

COMM = ZooTask(
    name="comm", title="Commonsense reasoning", content="single turn", knowledge="unstructured text", output=TEXT, metric="accuracy",
    definition="Choose the answer that common sense gives.")
