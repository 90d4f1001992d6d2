"""KGDIAL: a conversation is continued with facts of a graph."""

from __future__ import annotations

from engine.zoo.base import REPLY_AHEAD, ZooTask
from engine.zoo.outputs import UTTERANCE

KGDIAL = ZooTask(
    name="kgdial", title="Dialogue on a knowledge graph", content="multiple turns", knowledge="structured knowledge", output=UTTERANCE, metric="bleu4",
    manner=REPLY_AHEAD, definition="Reply with the help of the facts.")
