"""What a change of a dialogue does to the models' answers: each answer after beside the same question's answer before.

Questions are matched by the utterance's identity, never by its index. Whether an answer should stay, should follow the gold
answer, or cannot be judged, comes from the rules of the counterfactual (`engine.dialogue.counterfactuals.base`):

- intent and state: as the truth of that part of the utterance;
- dialogue act and response, which are told from the history: not judged unless all that was said before still means the same.
  A response is the same answer when it is the same utterance, whatever its words now are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from engine.dialogue.counterfactuals.base import Changed, Part
from engine.dialogue.model import Dialogue
from engine.serve.base import Answer, Prediction
from engine.serve.judged import same
from engine.serve.questions import BEFORE_SYSTEM

Expected = Literal["stay", "follow", "unknown"]
_PART: Mapping[str, Part] = {"intent": "intent", "dialogue_act": "acts", "state_tracking": "state"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One question's answers before and after; one of them is None where the question is not asked there."""

    variant: str
    task: str
    turn: int | None
    """Index after; None where the utterance is gone."""
    was: int | None
    """Index before; None where the utterance is new."""
    before: Prediction | None
    after: Prediction | None
    expected: Expected
    moved: bool
    """Whether the answers differ."""
    followed: bool | None
    """Where it should follow: whether every part that changed in the gold answer is answered as it is now."""
    strayed: bool = False
    """Where it should follow: whether other parts, which did not change in the gold answer, moved as well."""

    @property
    def flipped(self) -> bool:
        """It should have stayed, and moved."""
        return self.expected == "stay" and self.moved


def moves(original: Dialogue, changed: Changed, before: Sequence[Prediction], after: Sequence[Prediction],
          labels: Mapping[str, Sequence[str]] | None = None) -> list[Move]:
    """Every question of either dialogue, in the order of the changed one, then those about utterances that are gone.

    Args:
        original: The dialogue before.
        changed: What became of it.
        before: Answers about ``original``.
        after: Answers about ``changed.dialogue``, by the same variants to the same tasks.
        labels: Task name to what its heads know; a gold answer with others is not to be followed.
    """
    compared = _Compared(original, changed, labels or {})
    known: dict[tuple[str, str, int | None], Prediction] = {(one.variant, one.task, one.turn): one for one in before}
    found = [compared.move(known.pop((one.variant, one.task, changed.origins[one.turn]), None), one) for one in after]
    return found + [compared.gone(one) for one in known.values()]


class _Compared:
    """Two dialogues, and how their answers are matched."""

    def __init__(self, original: Dialogue, changed: Changed, labels: Mapping[str, Sequence[str]]) -> None:
        self.original, self.changed, self.labels = original, changed, labels
        self.history = changed.history_kept
        self.left = set(changed.origins)

    def move(self, before: Prediction | None, after: Prediction) -> Move:
        expected = self._expected(before, after) if before else "unknown"
        moved = before is not None and not self._same(before, after)
        whole = Move(variant=after.variant, task=after.task, turn=after.turn, was=before.turn if before else None, before=before, after=after,
                     expected=expected, moved=moved, followed=None)
        return _followed(whole) if expected == "follow" else whole

    def gone(self, before: Prediction) -> Move:
        after = next((index for index, origin in enumerate(self.changed.origins) if origin == before.turn), None)
        return Move(variant=before.variant, task=before.task, turn=after, was=before.turn, before=before, after=None, expected="unknown",
                    moved=False, followed=None)

    def _expected(self, before: Prediction, after: Prediction) -> Expected:
        piece = self.changed.pieces[after.turn]
        if after.task in BEFORE_SYSTEM and not self.history[after.turn]:
            return "unknown"
        if after.task == "response_selection":
            chosen = _places(self.original, before.answer)
            return "stay" if piece.said in ("same", "reworded") and (not chosen or chosen & self.left) else "unknown"
        fate = piece.fates[_PART[after.task]]
        if fate != "updated" or before.gold is None or after.gold is None:
            return "stay" if fate == "kept" else "unknown"
        if same(before.gold, after.gold):
            return "stay"
        known = self.labels.get(after.task)
        return "follow" if known is None or _altered(before.gold, after.gold) <= set(known) else "unknown"

    def _same(self, before: Prediction, after: Prediction) -> bool:
        if same(before.answer, after.answer):
            return True
        if after.task != "response_selection":
            return False
        now = {self.changed.origins[index] for index in _places(self.changed.dialogue, after.answer)}
        return bool(now & _places(self.original, before.answer))


def _followed(move: Move) -> Move:
    """The move with whether it followed, and whether it strayed."""
    assert move.before and move.after and move.before.gold is not None and move.after.gold is not None
    altered = _altered(move.before.gold, move.after.gold)
    strayed = not isinstance(move.after.answer, str) and not _altered(move.before.answer, move.after.answer) <= altered
    return replace(move, followed=_agrees(move.after.answer, move.after.gold, altered), strayed=strayed)


def _agrees(said: Answer, new: Answer, altered: set[str]) -> bool:
    """Whether an answer agrees with the gold answer in all that this changed."""
    if isinstance(new, Mapping) and isinstance(said, Mapping):
        return all(said.get(slot, "").casefold() in new.get(slot, "").casefold().split("|") for slot in altered)
    if isinstance(new, str):
        return same(said, new)
    return altered & set(said) == altered & set(new)


def _altered(old: Answer, new: Answer) -> set[str]:
    """The slots whose value differs; the acts that only one has; an intent that is another one."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return {slot for slot in {*old, *new} if old.get(slot, "").casefold() != new.get(slot, "").casefold()}
    return {new} if isinstance(new, str) else set(old) ^ set(new)


def _places(dialogue: Dialogue, answer: Answer) -> set[int]:
    """The system utterances with these words; none of another answer, or of a response that somebody typed."""
    return {index for index, turn in enumerate(dialogue.turns) if turn.speaker == "system" and turn.text == answer}
