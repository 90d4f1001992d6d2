"""TOD: the system's next utterance, given the state so far."""

from __future__ import annotations

from engine.zoo.base import REPLY_AHEAD, ZooTask
from engine.zoo.outputs import UTTERANCE

TOD = ZooTask(
    name="tod", title="Task-oriented dialogue", content="multiple turns", knowledge="semi-structured description", output=UTTERANCE, metric="rouge_l",
    manner=REPLY_AHEAD, definition="Say what the system says next.")
