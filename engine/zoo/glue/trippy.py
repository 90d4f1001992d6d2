"""States of MultiWOZ 2.1 in the layout of TripPy's predictions (Heck et al. 2020), which EvalAI reads for DialoGLUE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

NONE = "none"
COPIED = 2
"""TripPy's class ``copy_value``: the slot takes the value that is given, here also ``none`` and ``dontcare``."""
SLOTS = tuple(
    f"{domain}-{slot}" for domain, slots in {
        "taxi": "leaveAt destination departure arriveBy", "restaurant": "book_people book_day book_time food pricerange name area",
        "hotel": "book_people book_day book_stay name area parking pricerange stars internet type", "attraction": "type name area",
        "train": "book_people leaveAt destination day arriveBy departure",
    }.items() for slot in slots.split())
"""As EvalAI's script names them."""


def turns(ids: Sequence[str], right: Sequence[Mapping[str, str]], guessed: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    """One object for each user turn, with the whole state as copied values; places and references, which a classifier has none of, are 0.

    Args:
        ids: ``DIALOGUE#INDEX`` of each turn, those of a dialogue one after another.
        right: The gold states, which EvalAI takes from the submission; of values with ``|`` between them, the guessed one where it is among them.
        guessed: A model's states.
    """
    made, before, number = [], "", 0
    for name, gold, guess in zip(ids, right, guessed, strict=True):
        dialogue = name.rpartition("#")[0]
        number = number + 1 if dialogue == before else 0
        before = dialogue
        made.append({"guid": ["test", dialogue, str(number)], **_slots(_spelled(gold), _spelled(guess))})
    return made


def _spelled(state: Mapping[str, str]) -> dict[str, str]:
    known = {_plain(slot): slot for slot in SLOTS}
    return {known[_plain(slot)]: value for slot, value in state.items() if _plain(slot) in known}


def _plain(slot: str) -> str:
    return slot.lower().replace("_", "").replace(" ", "")


def _slots(gold: Mapping[str, str], guess: Mapping[str, str]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for slot in SLOTS:
        said, accepted = guess.get(slot, NONE), gold.get(slot, NONE).split("|")
        fields |= {f"{kind}_{slot}": 0 for kind in ("start_pos", "start_prediction", "end_pos", "end_prediction", "refer_id", "refer_prediction")}
        fields |= {f"class_label_id_{slot}": COPIED, f"class_prediction_{slot}": COPIED,
                   f"slot_groundtruth_{slot}": said if said in accepted else accepted[0], f"slot_prediction_{slot}": said}
    return fields
