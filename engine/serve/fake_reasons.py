"""Pretended reasons: repeatable numbers from a hash that add up, and ablation by asking the fake predictor again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from math import log
from random import Random

from engine.dialogue.model import Dialogue, Turn
from engine.dialogue.text import MARKERS
from engine.serve.base import Answer
from engine.serve.questions import asked_from
from engine.serve.reasons import Ablation, Attribution, Baseline, Piece, Seen, named

LIMIT = 96
"""Tokens that the fake variants read."""
_PIECE = re.compile(r"\w+|[^\w\s]")
_FLOOR = 0.02
"""Confidence of what is not among the scores."""
Said = tuple[Answer, Mapping[str, float]]
Ask = Callable[[Dialogue, int], Said]


def fake_seen(dialogue: Dialogue, task: str, turn: int, offered: Sequence[str]) -> Seen:
    """Words in place of wordpieces; intent reads one utterance and keeps its beginning, the others keep the end."""
    turns = asked_from(dialogue, turn)
    reads = tuple(range(len(turns)))[-1:] if task == "intent" else tuple(range(len(turns)))
    body = [piece for index in reads for piece in _turn(turns[index], index, marked=task != "intent")]
    room = LIMIT - 2
    kept = range(room) if task == "intent" else range(len(body) - room, len(body))
    pieces = [_piece(text, kind, index, place in kept) for place, (text, kind, index) in enumerate(body)]
    said = tuple((*_ends[:1], *(_piece(text, "word", None) for text in _PIECE.findall(one.lower())[:LIMIT // 2 - 2]), *_ends[1:]) for one in offered)
    return Seen(task=task, turn=turn, limit=LIMIT, reads=reads, pieces=(_ends[0], *pieces, _ends[1]), responses=said)


def fake_explain(variant: str, seen: Seen, said: Said, target: str | None, *, baseline: Baseline, steps: int, shuffled: int | None) -> Attribution:
    """Random shares, words and variant being equal the same, which add up to the score."""
    name, kept = _named(said, target), tuple(piece for piece in seen.pieces if piece.kept)
    score, seed = _score(said, name), "" if shuffled is None else str(shuffled)
    shares = [_share(variant, name, seed, piece, place) if piece.kind == "word" else 0.0 for place, piece in enumerate(kept)]
    low = score - sum(shares) - 0.001 * (baseline == "pad")
    return Attribution(variant=variant, task=seen.task, turn=seen.turn, target=name, score=score, baseline=baseline, baseline_score=low, pieces=kept,
                       scores=tuple(shares), steps=steps, shuffled="" if shuffled is None else "head and top layer")


def fake_ablate(variant: str, dialogue: Dialogue, seen: Seen, ask: Ask, target: str | None, *, blank: bool) -> list[Ablation]:
    """What the fake says of the dialogue without each turn."""
    before = ask(dialogue, seen.turn)
    name, last = _named(before, target), dialogue.turns[seen.turn].speaker == "user"
    here = [turn for turn, fate in seen.fates.items() if fate != "cut" and (blank or (len(seen.reads) > 1 and not (last and turn == seen.turn)))]
    found = [(turn, ask(_without(dialogue, turn, blank), seen.turn - (not blank))) for turn in here]
    return [Ablation(variant=variant, task=seen.task, turn=seen.turn, target=name, dropped=turn, blank=blank, before=_score(before, name),
                     after=_score(after, name), answer_before=before[0], answer_after=after[0]) for turn, after in found]


def _without(dialogue: Dialogue, turn: int, blank: bool) -> Dialogue:
    turns = dialogue.turns
    hidden = (Turn(speaker=turns[turn].speaker, text=" ".join("[MASK]" for _ in _PIECE.findall(turns[turn].text))),) if blank else ()
    return dialogue.with_turns((*turns[:turn], *hidden, *turns[turn + 1:]))


def _turn(turn: Turn, index: int, *, marked: bool) -> list[tuple[str, str, int]]:
    said = [(word, "word", index) for word in _PIECE.findall(turn.text.lower())]
    return [(MARKERS[turn.speaker], "marker", index), *said] if marked else said


def _piece(text: str, kind: str, turn: int | None, kept: bool = True) -> Piece:
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:2])
    return Piece(id=number, text=text, kind=kind, turn=turn, kept=kept)  # type: ignore[arg-type]


_ends = (_piece("[CLS]", "special", None), _piece("[SEP]", "special", None))


def _named(said: Said, target: str | None) -> str:
    """The target in full: the own answer where none is asked, the own value of a slot that stands alone."""
    answer, scores = said
    if not isinstance(answer, Mapping):
        return target or next(iter(scores))
    slot = (target or next(iter(scores), "restaurant-food")).partition("=")[0]
    return target if target and "=" in target else named(slot, answer.get(slot, "none"))


def _score(said: Said, name: str) -> float:
    answer, scores = said
    if isinstance(answer, Mapping):
        slot, _, value = name.partition("=")
        share = scores[slot] if answer.get(slot) == value else 1 - _FLOOR if value == "none" and slot not in answer else _FLOOR
    else:
        share = scores.get(name, _FLOOR)
    return log(share) - log(max(1 - share, 1e-6))


def chance(*parts: object) -> Random:
    """The same chance whenever the same is asked."""
    return Random(hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest())


def _share(variant: str, name: str, seed: str, piece: Piece, place: int) -> float:
    shared, own = chance(name, seed, piece.text, place), chance(variant, name, seed, piece.text, place)
    return 0.4 * shared.gauss(0.1, 0.5) ** 3 + 0.1 * own.gauss(0, 0.5)
