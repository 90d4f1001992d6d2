"""Changes to a dialogue whose right answer is known: what the objectives' heads are asked on the page Probe (no torch)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from random import Random

from engine.dialogue.distractors import drawn_distractor, said_elsewhere, same
from engine.dialogue.model import Dialogue, Speaker, Turn
from engine.dialogue.text import MARKERS
from engine.errors import InputError

MASK = "[MASK]"
UNKNOWN = "[UNK]"
GROUP = 3
"""How many consecutive utterances the order objective shuffles (PROTOCOL section 2)."""
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_OTHER: dict[Speaker, Speaker] = {"user": "system", "system": "user"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Posed:
    """What a model is shown, and the answer that is right by construction; fields as in ``ProbeQuestion``."""

    objective: str
    turns: tuple[Turn, ...]
    right: tuple[str, ...]
    """In the form of ``ProbeAnswer.guess``."""
    candidates: tuple[str, ...] = ()
    group: tuple[int, ...] = ()


def words(text: str) -> list[tuple[int, int]]:
    """Where the words of ``text`` are, as (start, end) characters.

    >>> [("I'd like Thai.")[a:b] for a, b in words("I'd like Thai.")]
    ["I'd", 'like', 'Thai']
    """
    return [match.span() for match in _WORD.finditer(text)]


def mask_words(turns: Sequence[Turn], picks: Collection[tuple[int, int]], pieces: Callable[[str], Sequence[str]] | None = None) -> Posed:
    """Hide words behind ``[MASK]``; right is what stood there, in reading order, lower case.

    Args:
        turns: The dialogue.
        picks: Pairs of turn index and word number in it (see `words`).
        pieces: A word's wordpieces: it is hidden behind one mask for each, since a mask stands for one piece. Without it, one mask per word.

    Raises:
        InputError: No word is picked, a pick is not there, the text holds ``[MASK]`` already, or the vocabulary lacks the word.
    """
    if not picks:
        raise InputError("no word is hidden", remedy="pick at least one word to mask")
    spots = sorted(set(picks))
    changed, right = list(map(_bare, turns)), []
    for index, turn in enumerate(turns):
        _no_mask(index, turn)
        text, hidden = _masked(index, turn.text, [word for at, word in spots if at == index], pieces or (lambda word: [word.lower()]))
        changed[index] = _bare(turn, text)
        right += hidden
    if not {index for index, _ in spots} <= set(range(len(turns))):
        raise InputError("a picked utterance is not in the dialogue", remedy=f"pick utterances 1 to {len(turns)}")
    return Posed(objective="mlm", turns=tuple(changed), right=tuple(right))


def speaker_of(turns: Sequence[Turn], index: int) -> Posed:
    """One utterance without its marker; right is who said it."""
    text = turns[index].text
    for marker in MARKERS.values():
        text = re.sub(re.escape(marker), "", text, flags=re.IGNORECASE)
    return Posed(objective="dsp", turns=(_bare(turns[index], text.strip()),), right=(turns[index].speaker,))


def offer_candidates(turns: Sequence[Turn], index: int, others: Sequence[Dialogue], *, count: int, rng: Random, typed: Sequence[str] = ()) -> Posed:
    """The dialogue before ``index`` and ``count`` responses; right is the one that followed.

    Args:
        turns: The dialogue.
        index: The utterance to be found, at least 1.
        others: Where same-role distractors are drawn from.
        count: Candidates in all, the true one among them, before those of ``typed``.
        rng: Draws the distractors and their order.
        typed: Further candidates; one that is there already is left out.

    Raises:
        InputError: There is nothing before ``index``, or too few distinct distractors.
    """
    if index < 1:
        raise InputError("the first utterance has no context", remedy="choose a later utterance")
    true = turns[index].text
    pool = said_elsewhere(turns[index].speaker, others, {true})
    if len(pool) < count - 1:
        raise InputError(f"{len(pool)} other utterances are at hand and {count - 1} are needed", remedy="ask for fewer candidates")
    candidates = [true, *rng.sample(pool, count - 1)]
    rng.shuffle(candidates)
    own = [text for text in typed if text.strip() and same(text) not in set(map(same, candidates))]
    return Posed(objective="crm", turns=tuple(map(_bare, turns[:index])), right=(true,), candidates=tuple(dict.fromkeys((*candidates, *own))))


def replace_utterances(turns: Sequence[Turn], indices: Collection[int], others: Sequence[Dialogue], rng: Random) -> Posed:
    """Put same-role utterances of other dialogues at ``indices``; right is ``incoherent`` if and only if there are any.

    Raises:
        InputError: The other dialogues hold no different utterance of that role.
    """
    return put_instead(turns, {index: drawn_distractor(turns, index, others, rng) for index in sorted(set(indices))})


def put_instead(turns: Sequence[Turn], distractors: Mapping[int, str]) -> Posed:
    """Put other words at some indices; right is ``incoherent`` if and only if there are any.

    Raises:
        InputError: An index is not there, or the words are those that stood there.
    """
    changed = list(map(_bare, turns))
    for index, text in distractors.items():
        if not 0 <= index < len(turns):
            raise InputError(f"there are {len(turns)} utterances", where=f"utterance {index + 1}", remedy="replace one of them")
        if same(text) in ("", same(turns[index].text)):
            raise InputError("the distractor says the same as the utterance, or nothing", where=f"utterance {index + 1}", remedy="give other words")
        changed[index] = _bare(turns[index], text)
    return Posed(objective="dcv", turns=tuple(changed), right=("incoherent" if distractors else "coherent",))


def count_entities(turns: Sequence[Turn], index: int, count: Callable[[str], int]) -> Posed:
    """One utterance; right is the number of entities that ``count`` finds in it."""
    return Posed(objective="enp", turns=(_bare(turns[index]),), right=(str(count(turns[index].text)),))


def shuffle_group(turns: Sequence[Turn], start: int, order: Sequence[int]) -> Posed:
    """Show the three utterances from ``start`` in another order; right is the true rank of each shown one, from 0.

    Args:
        turns: The dialogue.
        start: The group's first utterance.
        order: ``order[k]`` is which member (0, 1, 2) is shown at place ``k``.

    Raises:
        InputError: The group runs past the end, ``order`` is no order of its members, or two of them say the same: an order that shows the same
            words as another has no right answer of its own.
    """
    group = tuple(range(start, start + GROUP))
    if start < 0 or group[-1] >= len(turns):
        raise InputError(f"{GROUP} utterances from utterance {start + 1} on are not there",
                         remedy=f"use a dialogue of {GROUP} or more utterances, or start earlier")
    if sorted(order) != list(range(GROUP)):
        raise InputError(f"{list(order)} does not order {GROUP} utterances", remedy="name each place once")
    if (alike := alike_in_group(turns, start)):
        raise InputError(f"utterances {alike[0] + 1} and {alike[1] + 1} say the same, so their order cannot be seen", remedy="choose another group")
    changed = list(map(_bare, turns))
    changed[start:start + GROUP] = [_bare(turns[start + member]) for member in order]
    return Posed(objective="dur", turns=tuple(changed), right=tuple(map(str, order)), group=group)


def alike_in_group(turns: Sequence[Turn], start: int) -> tuple[int, int] | None:
    """The first two utterances of a group of three with the same speaker and words, as the encoder reads them.

    >>> alike_in_group([Turn(speaker="user", text=text) for text in ("Yes", "No", "yes ")], 0)
    (0, 2)
    """
    said = [(index, (turns[index].speaker, same(turns[index].text))) for index in range(start, start + GROUP)]
    return next(((one, other) for (one, a), (other, b) in combinations(said, 2) if a == b), None)


def swap_speakers(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """The same words with user and system exchanged; done twice it changes nothing.

    >>> [turn.speaker for turn in swap_speakers([Turn(speaker="user", text="Hi")])]
    ['system']
    """
    return tuple(Turn(speaker=_OTHER[turn.speaker], text=turn.text) for turn in turns)


def agrees(right: str, guess: str) -> bool:
    """Whether a guess is right; an open count covers all larger ones.

    >>> agrees("Thai", "thai"), agrees("7", "6 or more"), agrees("5", "6 or more")
    (True, True, False)
    """
    least = re.fullmatch(r"(\d+) or more", guess)
    if least and right.isdigit():
        return int(right) >= int(least[1])
    return right.casefold() == guess.casefold()


def _bare(turn: Turn, text: str | None = None) -> Turn:
    """Speaker and words only: annotations and cached tokens need not be true of a changed dialogue."""
    return Turn(speaker=turn.speaker, text=turn.text if text is None else text)


def _no_mask(index: int, turn: Turn) -> None:
    if MASK.casefold() in turn.text.casefold():
        raise InputError(f"the text holds {MASK}, whose word is not known", where=f"utterance {index + 1}",
                         remedy="write the word and pick it instead")


def _masked(index: int, text: str, chosen: Sequence[int], pieces: Callable[[str], Sequence[str]]) -> tuple[str, list[str]]:
    places = words(text)
    if any(not 0 <= word < len(places) for word in chosen):
        raise InputError(f"there are {len(places)} words", where=f"utterance {index + 1}", remedy="pick one of them")
    hidden = [list(pieces(text[slice(*places[word])])) for word in chosen]
    if any(piece == UNKNOWN for word in hidden for piece in word):
        raise InputError("the models' vocabulary lacks a hidden word, so none can name it", where=f"utterance {index + 1}", remedy="hide another word")
    for word, parts in zip(reversed(chosen), reversed(hidden), strict=True):
        start, end = places[word]
        text = text[:start] + MASK * len(parts) + text[end:]
    return text, [piece for word in hidden for piece in word]
