"""DIALQA: a question about a dialogue is answered."""

from __future__ import annotations

from engine.zoo.base import ZooTask
from engine.zoo.outputs import TEXT

DIALQA = ZooTask(
    name="dialqa", title="Question answering on a dialogue", content="multiple turns", knowledge="unstructured text", output=TEXT, metric="accuracy",
    definition="Answer the question about the dialogue.")
