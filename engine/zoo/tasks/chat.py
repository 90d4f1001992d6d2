"""CHAT: a conversation is continued, in a persona or a situation."""

from __future__ import annotations

from engine.zoo.base import REPLY, ZooTask
from engine.zoo.outputs import UTTERANCE

CHAT = ZooTask(
    name="chat", title="Chit-chat", content="multiple turns", knowledge="unstructured text", output=UTTERANCE, metric="bleu4",
    manner=REPLY, definition="Continue the conversation.")
