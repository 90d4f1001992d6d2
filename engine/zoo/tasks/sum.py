"""SUM: a dialogue becomes a few sentences."""

from __future__ import annotations

from engine.zoo.base import ZooTask
from engine.zoo.outputs import TEXT

SUM = ZooTask(
    name="sum", title="Dialogue summary", content="multiple turns", knowledge="none", output=TEXT, metric="rouge_l",
    longest=100,
    definition="Summarize the dialogue.")
