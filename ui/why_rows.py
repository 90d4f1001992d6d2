"""Reasons as rows and sentences: per turn, who moves an answer most, and how alike variants are (no drawing)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from engine.dialogue.model import Turn
from engine.serve.agreement import Agreement, agreement
from engine.serve.reasons import Ablation, Seen, confidence
from ui.compare_rows import changes, written
from ui.figures import signed
from ui.why_runs import Reasons


def per_turn(found: Mapping[str, Reasons], turns: Sequence[Turn]) -> pd.DataFrame:
    """One row per variant and turn that was read: the sum of attribution, and what leaving the turn out does, where it was."""
    rows = []
    for name, one in found.items():
        left_out = {ablation.dropped: ablation for ablation in one.ablations}
        for turn, total in one.attribution.turns.items():
            without = left_out.get(turn)
            rows.append({"variant": name, "turn": turn, "utterance": turn + 1, "speaker": turns[turn].speaker, "target": one.attribution.target,
                         "attribution": total, "effect": without.effect if without else None,
                         "confidence": confidence(one.attribution.score), "confidence_without": confidence(without.after) if without else None,
                         "answer_without": written(without.answer_after) if without else None})
    return pd.DataFrame(rows, columns=["variant", "turn", "utterance", "speaker", "target", "attribution", "effect", "confidence", "confidence_without",
                                       "answer_without"])


def finding(title: str, one: Reasons) -> str:
    """One sentence: the turn whose absence moves the answer most; where none can be missed, the word that speaks most for it."""
    most = max(one.ablations, key=lambda ablation: abs(ablation.effect), default=None)
    if most is None:
        return strongest(title, one)
    how = "with its words masked" if most.blank else "without it"
    before, after = confidence(most.before), confidence(most.after)
    moved = f"falls from {before:.0%} to {after:.0%}" if before > after else f"rises from {before:.0%} to {after:.0%}"
    return f"Utterance {most.dropped + 1} moves {title}'s answer most: {how} the confidence in “{most.target}” {moved} and the answer {became(most)}."


def strongest(title: str, one: Reasons) -> str:
    """One sentence: the wordpiece that speaks most for the answer."""
    words = [(score, piece) for piece, score in zip(one.attribution.pieces, one.attribution.scores, strict=True) if piece.kind == "word"]
    if not words:
        return f"{title} read no word at all."
    score, piece = max(words, key=lambda pair: pair[0])
    return f"{title} reads no other utterance that could be left out; “{piece.text}” speaks most for “{one.attribution.target}” ({signed(score)})."


def became(one: Ablation) -> str:
    """What the answer is without the turn.

    >>> became(Ablation(variant="v", task="intent", turn=2, target="a", dropped=0, blank=False, before=0.0, after=1.0, answer_before="a", answer_after="b"))
    'becomes “b”'
    """
    if one.answer_after == one.answer_before:
        return "stays"
    if isinstance(one.answer_after, Mapping) and isinstance(one.answer_before, Mapping):
        return f"changes by {changes(one.answer_after, one.answer_before)}"
    return f"becomes “{written(one.answer_after)}”"


def between(found: Mapping[str, Reasons]) -> dict[tuple[str, str], Agreement]:
    """How alike the sums per turn of two variants are ranked, for every pair."""
    return {(one, other): agreement(found[one].attribution.turns, found[other].attribution.turns) for one in found for other in found if one != other}


def fates(found: Seen, turns: Sequence[Turn]) -> pd.DataFrame:
    """What became of each turn of the question, in tokens."""
    rows = []
    for turn, fate in found.fates.items():
        own = [piece for piece in found.pieces if piece.turn == turn]
        rows.append({"utterance": turn + 1, "speaker": turns[turn].speaker, "fate": fate, "tokens": len(own), "read": sum(piece.kept for piece in own)})
    return pd.DataFrame(rows, columns=["utterance", "speaker", "fate", "tokens", "read"])
