"""What sets of dialogues with a user's goal share: samples of DST, SIM and TOD from the states and acts of the user's turns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from engine.corpora.base import CorpusCard, Download
from engine.dialogue.model import Act, Dialogue, State, Turn
from engine.errors import MissingDataError
from engine.zoo.base import Sample
from engine.zoo.datasets.shape import check, words
from engine.zoo.knowledge import Description
from engine.zoo.outputs import Pairs

GOAL_TASKS = ("dst", "sim", "tod")
CHANGES = (
    "DST: a sample for every user turn with words and a state; of several alternatives of a value the first is taken.",
    "SIM: a sample for every annotated user turn that another turn stands before; what the user wants are the acts of the turn, "
    "or where it has none a new intent, the slots that its state gains, and those that are asked for.",
    "TOD: a sample for every system turn right after a user turn of a dialogue that has states; it is given the state so far.",
)
"""For the cards: what of a dialogue becomes a sample."""
Part = tuple[int, int, Description, Any]
"""Place of the turn that the sample is about, number of turns that are its content, knowledge, answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A dialogue with what its samples need beyond its turns."""

    dialogue: Dialogue
    slots: Description
    """Those that its state may have."""
    asked: Mapping[int, Sequence[str]] = field(default_factory=dict)
    """Place of a user turn to the slots that it asks the values of, where the corpus says so other than by acts."""


Read = Callable[[Path, str], Iterator[Story]]
"""Corpus folder and split to their dialogues."""


class GoalDataset:
    """A set whose dialogues carry states or acts on the user's turns."""

    def __init__(self, card: CorpusCard, downloads: tuple[Download, ...], tasks: tuple[str, ...], read: Read) -> None:
        self.card, self.downloads, self.tasks, self.read = card, downloads, tasks, read

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`."""
        check(self.card, self.tasks, split, task)
        annotated = False
        for story in self.read(folder, split):
            annotated = annotated or any(turn.state is not None or turn.acts for turn in story.dialogue.turns if turn.speaker == "user")
            yield from goal_samples(story, self.card.name, task)
        if not annotated:
            raise MissingDataError(f"no user turn of the split {split} has a state or acts", where=str(folder), remedy="take another split")


def goal_samples(story: Story, dataset: str, task: str) -> Iterator[Sample]:
    """All samples of one task that a dialogue gives; the number in their ids is the place of the turn."""
    dialogue = story.dialogue
    content = tuple(Turn(speaker=turn.speaker, text=turn.text) for turn in dialogue.turns)
    for index, until, knowledge, answer in _PARTS[task](story):
        yield Sample(task=task, dataset=dataset, id=f"{dialogue.id}/{index}", split=dialogue.split, turns=content[:until], knowledge=knowledge,
                     answer=answer)


def state_words(state: State) -> dict[str, str]:
    """Slots as words with their first value.

    >>> state_words({"Restaurants_1-time": "7 pm|19:00", "hotel-book day": ""})
    {'restaurants 1 time': '7 pm'}
    """
    first = {_words(slot): value.partition("|")[0].strip() for slot, value in state.items()}
    return {slot: value for slot, value in first.items() if value}


def slot_list(slots: Sequence[str], dataset: str) -> Description:
    """Slots without published descriptions, as words."""
    return Description(tuple((words(slot), "") for slot in slots), f"the slots of {dataset}")


def _tracked(story: Story) -> Iterator[Part]:
    for index, turn in enumerate(story.dialogue.turns):
        if turn.speaker == "user" and turn.state is not None and turn.text.strip():
            yield index, index + 1, story.slots, state_words(turn.state)


def _simulated(story: Story) -> Iterator[Part]:
    before = Turn(speaker="user", text="")
    for index, turn in enumerate(story.dialogue.turns):
        if turn.speaker == "user" and (turn.acts is not None or turn.state is not None):
            if index:
                wanted = _acts(turn.acts) if turn.acts else (*_gain(before, turn), *_asked(story.asked.get(index, ())))
                yield index, index, Description(wanted), turn.text
            before = turn


def _acts(acts: Sequence[Act]) -> Pairs:
    return tuple((_words(" ".join(filter(None, (act.name, act.domain, act.slot)))), act.value or "") for act in acts)


def _gain(before: Turn, now: Turn) -> Pairs:
    intent = (("intent", _words(now.intent)),) if now.intent not in (None, "NONE", before.intent) and now.intent else ()
    known = before.state or {}
    return intent + tuple(state_words({slot: value for slot, value in (now.state or {}).items() if known.get(slot) != value}).items())


def _asked(slots: Sequence[str]) -> Pairs:
    return tuple((f"request {_words(slot)}", "") for slot in slots)


def _answered(story: Story) -> Iterator[Part]:
    turns = story.dialogue.turns
    if all(turn.state is None for turn in turns):
        return
    state: State = {}
    for index, turn in enumerate(turns):
        if turn.state is not None:
            state = turn.state
        elif turn.speaker == "system" and index and turns[index - 1].speaker == "user":
            yield index, index, Description(tuple(state_words(state).items())), turn.text


_PARTS: Mapping[str, Callable[[Story], Iterator[Part]]] = {"dst": _tracked, "sim": _simulated, "tod": _answered}
_words = cache(words)
