"""What a visitor may set about one objective's question; with the other dialogues it fixes what is asked and what is right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Literal

from engine.dialogue import edits
from engine.dialogue.distractors import distractors, drawn_distractor
from engine.dialogue.edits import GROUP, Posed
from engine.dialogue.lineage import Lineage, begin
from engine.dialogue.model import Dialogue, Turn
from engine.errors import InputError

NEAR = 6
"""A question is first put to the last so many utterances: an encoder reads a dialogue's end."""
SEEDS, _DRAWS = 999, 20
"""Seeds that can be chosen, and how many of them are tried for another draw."""
Way = Literal["draw", "picked", "typed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Distractor:
    """Words that stand instead of an utterance's own."""

    index: int
    text: str
    way: Way
    number: int = 0
    """draw: the seed; picked: the place, from 1, among what the other dialogues offer; typed: 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """One version of a question: plain values, so that versions can be compared, kept and named in a link."""

    turns: tuple[Turn, ...]
    """The dialogue before any manipulation, as far as the visitor did not rewrite it."""
    at: int = 0
    """The chosen utterance (dur: the first of the three)."""
    hidden: tuple[tuple[int, int], ...] = ()
    """mlm: utterance and word numbers."""
    order: tuple[int, ...] = tuple(range(GROUP))
    """dur: which member is shown at each place."""
    distractors: tuple[Distractor, ...] = ()
    """dcv: at most one per utterance, by utterance."""
    draw: int = 1
    """crm: seed of the drawn candidates."""
    count: int = 4
    """crm: candidates in all, before typed ones."""
    typed: tuple[str, ...] = ()
    """crm: the visitor's own candidates."""
    flipped: bool = False
    """User and system are exchanged; of dsp that changes the right answer, of the others it does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What posing needs beside the visitor's choices."""

    others: Sequence[Dialogue]
    """Where distractors come from."""
    count: Callable[[str], int] | None = None
    """How many entities a text holds; None where nothing on this machine can tell."""
    pieces: Callable[[str], Sequence[str]] | None = None
    """A word's wordpieces; see `edits.mask_words`."""


def pose(objective: str, setup: Setup, means: Means) -> Posed:
    """What the models are asked, with its right answer.

    Raises:
        InputError: The choices make no question; the sentence says what to change.
    """
    posed = _POSERS[objective](setup, means)
    return replace(posed, turns=edits.swap_speakers(posed.turns)) if setup.flipped and objective not in ("dsp", "enp") else posed


def start(objective: str, turns: Sequence[Turn], means: Means) -> Lineage[Setup]:
    """The first version; where that only shows the dialogue as it is (dcv, dur), a worked example follows it.

    Raises:
        InputError: The dialogue is too short for the objective.
    """
    first = original(objective, turns)
    try:
        if objective == "dur" and not edits.alike_in_group(first.turns, first.at):
            example = replace(first, order=(1, 2, 0))
        elif objective == "dcv":
            example = with_distractor(first, first.at, "draw", means.others, number=1)
        else:
            return begin(first)
    except InputError:  # nothing to draw from
        return begin(first)
    return begin(first).then(example, told(first, example))


def original(objective: str, turns: Sequence[Turn]) -> Setup:
    """The question to the unchanged dialogue, near its end.

    Raises:
        InputError: The dialogue is too short for the objective.
    """
    least = {"dur": GROUP, "crm": 2}.get(objective, 1)
    if len(turns) < least:
        raise InputError(f"the dialogue has fewer than {least} utterances", remedy="choose or type a longer one")
    bare = tuple(Turn(speaker=turn.speaker, text=turn.text) for turn in turns)
    middle = max((len(turns) - GROUP + 1) // 2 if objective == "dur" else len(turns) // 2, len(turns) - NEAR)
    if objective == "mlm":
        hidden = _longest_word(bare)
        return Setup(turns=bare, at=hidden[0][0], hidden=hidden)
    return Setup(turns=bare, at=middle)


def settled(setup: Setup) -> Setup:
    """The same without choices that a rewritten dialogue no longer has."""
    last = len(setup.turns) - 1
    hidden = tuple(spot for spot in setup.hidden if spot[0] <= last and spot[1] < len(edits.words(setup.turns[spot[0]].text)))
    return replace(setup, at=max(0, min(setup.at, last)), hidden=hidden, distractors=tuple(one for one in setup.distractors if one.index <= last))


def reworded(setup: Setup, index: int, text: str) -> Setup:
    """Other words for one utterance of the dialogue itself."""
    turns = (*setup.turns[:index], Turn(speaker=setup.turns[index].speaker, text=text), *setup.turns[index + 1:])
    return settled(replace(setup, turns=turns))


def with_distractor(setup: Setup, index: int, way: Way, others: Sequence[Dialogue], *, number: int = 0, text: str = "") -> Setup:
    """Put a distractor in an utterance's place.

    Args:
        way: ``draw`` (with the seed ``number``; utterances with one seed do not influence each other), ``picked`` (the ``number``-th
            of what the other dialogues offer) or ``typed`` (``text``).

    Raises:
        InputError: The other dialogues offer nothing, or not so many.
    """
    if way == "draw":
        text = drawn_distractor(setup.turns, index, others, Random(f"{number}/{index}"))
    elif way == "picked":
        pool = distractors(setup.turns, index, others)
        if not 1 <= number <= len(pool):
            raise InputError(f"there are {len(pool)} to pick from", where=f"utterance {index + 1}", remedy="pick one of them")
        text = pool[number - 1]
    kept = [one for one in setup.distractors if one.index != index]
    return replace(setup, distractors=tuple(sorted([*kept, Distractor(index=index, text=text, way=way, number=number)], key=lambda one: one.index)))


def redrawn(setup: Setup, index: int, others: Sequence[Dialogue], seed: int) -> Setup:
    """A drawn distractor with the next seed after ``seed`` that gives other words; with few utterances to draw from, perhaps the same (errors as there)."""
    changed = setup
    for number in range(seed, seed + _DRAWS):
        changed = with_distractor(setup, index, "draw", others, number=number % SEEDS + 1)
        if [one.text for one in changed.distractors] != [one.text for one in setup.distractors]:
            break
    return changed


def without_distractor(setup: Setup, index: int) -> Setup:
    """The utterance's own words again."""
    return replace(setup, distractors=tuple(one for one in setup.distractors if one.index != index))


def told(before: Setup, after: Setup) -> str:
    """What changed between two versions, in words for the strip of versions.

    >>> told(Setup(turns=()), Setup(turns=(), order=(1, 2, 0), flipped=True))
    'order 2 3 1, speakers flipped'
    """
    parts = [_told_turns(before, after), *_told_hidden(before, after), *_told_distractors(before, after)]
    if before.at != after.at:
        parts.append(f"utterance {after.at + 1} chosen")
    if before.order != after.order:
        parts.append(f"order {' '.join(str(member + 1) for member in after.order)}")
    if before.draw != after.draw:
        parts.append(f"draw {after.draw}")
    if before.count != after.count:
        parts.append(f"{after.count} candidates")
    if before.typed != after.typed:
        parts.append(f"{len(after.typed)} typed candidate{'s' * (len(after.typed) != 1)}")
    if before.flipped != after.flipped:
        parts.append("speakers flipped" if after.flipped else "speakers flipped back")
    return ", ".join(filter(None, parts)) or "nothing changed"


def _told_turns(before: Setup, after: Setup) -> str:
    if before.turns == after.turns:
        return ""
    other = [index + 1 for index, (old, new) in enumerate(zip(before.turns, after.turns, strict=False)) if old != new]
    return f"utterance {other[0]} reworded" if len(other) == 1 and len(before.turns) == len(after.turns) else "dialogue rewritten"


def _told_hidden(before: Setup, after: Setup) -> list[str]:
    changed = sorted(set(before.hidden) ^ set(after.hidden))
    if len(changed) > 2:
        return [f"{len(after.hidden)} words hidden"]
    return [f"“{word_at(after.turns, spot)}” {'hidden' if spot in after.hidden else 'shown again'}" for spot in changed]


def _told_distractors(before: Setup, after: Setup) -> list[str]:
    old, new = ({one.index: one for one in setup.distractors} for setup in (before, after))
    changed = [index for index in sorted(old.keys() | new.keys()) if old.get(index) != new.get(index)]
    return [f"utterance {index + 1} {_way(new[index]) if index in new else 'restored'}" for index in changed]


def _way(one: Distractor) -> str:
    return {"draw": f"replaced (draw {one.number})", "picked": "replaced (picked)", "typed": "replaced (typed)"}[one.way]


def word_at(turns: Sequence[Turn], spot: tuple[int, int]) -> str:
    """The word with a number in an utterance; empty where there is none."""
    if spot[0] >= len(turns):
        return ""
    places = edits.words(turns[spot[0]].text)
    return turns[spot[0]].text[slice(*places[spot[1]])] if spot[1] < len(places) else ""


def _longest_word(turns: Sequence[Turn]) -> tuple[tuple[int, int], ...]:
    last = [(index, word) for index in range(max(0, len(turns) - NEAR), len(turns)) for word in range(len(edits.words(turns[index].text)))]
    spots = last or [(index, word) for index, turn in enumerate(turns) for word in range(len(edits.words(turn.text)))]
    if not spots:
        raise InputError("the dialogue holds no word", remedy="choose or type another one")
    return (max(spots, key=lambda spot: len(word_at(turns, spot))),)


def _dsp(setup: Setup, means: Means) -> Posed:
    return edits.speaker_of(edits.swap_speakers(setup.turns) if setup.flipped else setup.turns, setup.at)


def _crm(setup: Setup, means: Means) -> Posed:
    return edits.offer_candidates(setup.turns, setup.at, means.others, count=setup.count, rng=Random(setup.draw), typed=setup.typed)


def _enp(setup: Setup, means: Means) -> Posed:
    if means.count is None:
        return Posed(objective="enp", turns=(setup.turns[setup.at],), right=())
    return edits.count_entities(setup.turns, setup.at, means.count)


_POSERS: dict[str, Callable[[Setup, Means], Posed]] = {
    "mlm": lambda setup, means: edits.mask_words(setup.turns, setup.hidden, means.pieces), "dsp": _dsp, "crm": _crm,
    "dcv": lambda setup, means: edits.put_instead(setup.turns, {one.index: one.text for one in setup.distractors}),
    "enp": _enp, "dur": lambda setup, means: edits.shuffle_group(setup.turns, setup.at, setup.order),
}
