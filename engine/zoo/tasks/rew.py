"""REW: an utterance that depends on what was said before becomes one that stands alone."""

from __future__ import annotations

from engine.zoo.base import ZooTask
from engine.zoo.outputs import UTTERANCE

REW = ZooTask(
    name="rew", title="Dialogue rewrite", content="multiple turns", knowledge="none", output=UTTERANCE, metric="rouge_l",
    definition="Rewrite the last utterance so that it can be understood without the dialogue before it.")
