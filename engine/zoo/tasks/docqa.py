"""DOCQA: a conversation about a document is continued with an answer."""

from __future__ import annotations

from engine.zoo.base import ZooTask
from engine.zoo.outputs import TEXT

DOCQA = ZooTask(
    name="docqa", title="Question answering on a document", content="multiple turns", knowledge="unstructured text", output=TEXT, metric="accuracy",
    definition="Answer the last question from the text.")
