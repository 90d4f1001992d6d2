"""What the cumulative state owes to one utterance: the rule by which later states stay known when it is dropped or altered."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.dialogue.model import State, Turn


def owes(turns: Sequence[Turn], index: int) -> bool:
    """Whether states after utterance ``index`` may lean on it.

    A user utterance matters unless the state after it is annotated and equals the one before it. A system utterance matters unless
    every value that the next user utterance adds is in that utterance's own text (a "yes" would lean on the question). Where
    the annotation does not tell, it may matter.

    >>> ask, yes = Turn(speaker="system", text="Parking?"), Turn(speaker="user", text="Yes.", state={"hotel-parking": "yes"})
    >>> owes([ask, yes, ask], 1), owes([ask, yes, ask], 2), owes([ask, Turn(speaker="user", text="Thanks.", state={})], 0)
    (True, False, False)
    """
    answer = next((at for at in range(index, len(turns)) if turns[at].speaker == "user"), None)
    if answer is None:
        return False
    now, before = turns[answer].state, _before(turns, answer)
    if now is None or before is None:
        return True
    if turns[index].speaker == "user":
        return dict(now) != dict(before)
    added = [value for slot, value in now.items() if before.get(slot) != value]
    return bool(before.keys() - now.keys()) or not all(_holds(turns[answer].text, value) for value in added)


def _before(turns: Sequence[Turn], index: int) -> State | None:
    """The state before a user utterance: empty at the beginning, None where it is not annotated."""
    return next((turn.state for turn in reversed(turns[:index]) if turn.speaker == "user"), {})


def _holds(text: str, value: str) -> bool:
    return any(re.search(rf"(?<!\w){re.escape(part)}(?!\w)", text, re.IGNORECASE) for part in value.split("|") if part)
