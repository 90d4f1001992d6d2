"""Answers as plain values: what the command prints and what the page downloads (no torch)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.dialogue.model import Turn
from engine.serve.zoo.base import ZooAnswer, ZooCard
from engine.zoo.outputs import write_pairs, write_turns


def plain_answer(answer: ZooAnswer) -> dict[str, Any]:
    """One answer in JSON-able form; turns as speaker and text."""
    return {"task": answer.task, "prompt": answer.prompt.text, "text": answer.text, "answer": _plain(answer.answer), "valid": answer.valid,
            "tokens": answer.tokens, "stopped": answer.stopped, "prompt_tokens": answer.prompt.tokens, "turns": answer.prompt.turns,
            "turns_cut": answer.prompt.turns_cut, "items": answer.prompt.items, "items_cut": answer.prompt.items_cut}


def plain_card(card: ZooCard) -> dict[str, Any]:
    """Which model answered."""
    return {"name": card.name, "title": card.title, "fingerprint": card.fingerprint, "base": card.base, "tokens_seen": card.tokens_seen, "seed": card.seed}


def in_words(answer: ZooAnswer) -> str:
    """An answer as a page or a terminal shows it: without the task's token; the raw text where it is not of the task's form.

    Lists of pairs read as in the answer's own text, e.g. ``area = north ; food = thai``.
    """
    found = answer.answer
    if found is None:
        return answer.text.strip().removeprefix(f"[{answer.task}]").strip()
    if isinstance(found, str):
        return found
    if isinstance(found, Mapping):
        return write_pairs(found.items())
    return write_turns(found) if found and isinstance(found[0], Turn) else write_pairs(found)


def _plain(found: Any) -> Any:
    if isinstance(found, Sequence) and not isinstance(found, str):
        return [{"speaker": part.speaker, "text": part.text} if isinstance(part, Turn) else list(part) for part in found]
    return dict(found) if isinstance(found, Mapping) else found
