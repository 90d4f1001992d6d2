"""Why one model answers as it does: integrated gradients, turns left out, and what it read, all on the path that answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import torch
from captum.attr import IntegratedGradients
from torch import Tensor, nn

from engine.dialogue.model import Dialogue
from engine.models.answer import cls_states
from engine.models.packing import pack
from engine.models.tokens import TextForm
from engine.serve.answering import decoded, reads, responses, rows
from engine.serve.questions import asked_from
from engine.serve.reasons import MOST_STEPS, STEPS, Ablation, Attribution, Baseline, Piece, Seen
from engine.serve.targets import Target, find_target
from engine.shipped import ShippedTask

# N steps or rows, L tokens of the sequence, E width of the word embeddings, D hidden size, M candidates, K logits
TOKENS_AT_ONCE = 1024
"""Steps are batched up to about this many tokens: activations are kept for the way back."""
UNLIMITED = 10**9

Score = Callable[[Tensor], Tensor]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One question to one model, with what may be chosen."""

    variant: str
    model: ShippedTask
    dialogue: Dialogue
    turn: int
    target: str | None = None
    """As in `find_target`."""
    offered: tuple[str, ...] = ()
    """Candidate responses."""

    @property
    def task(self) -> str:
        """The task's name."""
        return str(self.model.task.card.name)


def explain(asked: Asked, *, baseline: Baseline = "mask", steps: int = STEPS, shuffled: int | None = None) -> Attribution:
    """Integrated gradients of the target's score over the input embeddings; markers and special tokens stay what they are.

    Args:
        asked: The question.
        baseline: What stands in for every word at the path's start.
        steps: Points of the integral, doubled while the attribution is not complete.
        shuffled: Seed under which the weights of head and top layer are shuffled, for the sanity check.
    """
    model, seen = asked.model, see(asked)
    states_SD = cls_states(model.encoder, [seen.ids, *responses(model, asked.offered)])
    target = find_target(model.task.card, model.labels, asked.offered, rows(model, states_SD[:1 + len(asked.offered)], 1)[0], asked.target)
    top, head, name = (model.encoder.layers[-1], model.head, "") if shuffled is None else _shuffled(model, shuffled)
    kept = [piece for piece in seen.pieces if piece.kept]
    base = [_stand_in(model, baseline) if piece.kind == "word" else piece.id for piece in kept]
    with torch.no_grad():
        words_1LE, base_1LE = (model.encoder.embeddings(torch.tensor([ids], device=model.encoder.device)) for ids in (seen.ids, base))
    score = _score(model, seen.ids, target, states_SD[1:], top, head)
    with torch.no_grad():
        end, start = score(torch.cat([words_1LE, base_1LE])).tolist()

    def made(steps: int) -> Attribution:
        return Attribution(variant=asked.variant, task=asked.task, turn=asked.turn, target=target.name, score=end, baseline=baseline,
                           baseline_score=start, pieces=tuple(kept), scores=_integrated(score, words_1LE, base_1LE, steps), steps=steps, shuffled=name)

    found = made(steps)
    while not found.complete and found.steps < MOST_STEPS:
        found = made(min(2 * found.steps, MOST_STEPS))
    return found


def ablate(asked: Asked, *, blank: bool = False) -> list[Ablation]:
    """The question asked again without each turn that the model read, all in one batch.

    A turn that was cut away is passed over. Left out, a turn makes room for one that was cut; the turn whose words are asked about is
    never left out, nor the only one. With ``blank``, its wordpieces become as many ``[MASK]`` instead, and any turn may be.
    """
    model = asked.model
    before, changed = [(asked.dialogue, asked.turn)], _victims(asked, blank)
    versions = before + [(_without(asked, turn, blank), asked.turn - (not blank)) for turn in changed]
    states_SD = cls_states(model.encoder, [*(reads(model, *version) for version in versions), *responses(model, asked.offered)])
    logits_NK = rows(model, states_SD, len(versions))
    target = find_target(model.task.card, model.labels, asked.offered, logits_NK[0], asked.target)
    scores = target.score(torch.from_numpy(logits_NK)).tolist()
    answers = [answer for answer, _ in decoded(model, logits_NK, asked.offered)]
    return [Ablation(variant=asked.variant, task=asked.task, turn=asked.turn, target=target.name, dropped=turn, blank=blank, before=scores[0],
                     after=after, answer_before=answers[0], answer_after=answer) for turn, after, answer in zip(changed, scores[1:], answers[1:], strict=True)]


def see(asked: Asked) -> Seen:
    """Every token of the question with its turn, those that were cut away included."""
    model, tokens = asked.model, asked.model.form.tokens
    turns = asked_from(asked.dialogue, asked.turn)
    single = model.task.card.structure == "single_turn_classifier"
    first = len(turns) - 1 if single else 0
    read = reads(model, asked.dialogue, asked.turn)
    endless = TextForm(tokens, UNLIMITED, model.form.closed)
    whole, starts = (endless.utterance(turns[-1]), [1]) if single else endless.history(turns)
    owners = _owners(starts, len(whole), first)
    cut = len(whole) - len(read)  # from the end of an utterance, from the beginning of a history
    lost = range(len(whole) - model.form.closed - cut, len(whole) - model.form.closed) if single else range(1, 1 + cut)
    pieces = _pieces(model, whole, owners, lost)
    made = Seen(task=asked.task, turn=asked.turn, limit=model.form.max_tokens, reads=tuple(range(first, len(turns))), pieces=pieces,
                responses=tuple(_pieces(model, ids, [None] * len(ids)) for ids in responses(model, asked.offered)))
    assert made.ids == read
    return made


def _owners(starts: Sequence[int | None], length: int, first: int) -> list[int | None]:
    """The turn of each place; the markers' places begin the turns, nothing owns what stands outside."""
    owners: list[int | None] = [None] * length
    bounds = [start for start in starts if start is not None]
    for number, start in enumerate(bounds):
        end = bounds[number + 1] if number + 1 < len(bounds) else length
        owners[start:end] = [first + number] * (end - start)
    return owners


def _pieces(model: ShippedTask, ids: Sequence[int], owners: Sequence[int | None], lost: Sequence[int] = ()) -> tuple[Piece, ...]:
    tokens, gone = model.form.tokens, set(lost)
    special = {0, len(ids) - 1} if model.form.closed else {0}
    markers = set(tokens.marker_ids.values())
    return tuple(Piece(id=id, text=text, kind="special" if place in special else "marker" if id in markers else "word",
                       turn=None if place in special else owners[place], kept=place not in gone)
                 for place, (id, text) in enumerate(zip(ids, tokens.words(ids), strict=True)))


def _stand_in(model: ShippedTask, baseline: Baseline) -> int:
    tokens = model.form.tokens
    return int(tokens.mask_id if baseline == "mask" else tokens.pad_id)


def _score(model: ShippedTask, ids: Sequence[int], target: Target, responses_MD: Tensor, top: Any, head: nn.Module) -> Score:
    """The target's score (N,) as a function of the word embeddings (N, L, E): the layers and the head that answer."""
    encoder, below = model.encoder, list(model.encoder.layers)[:-1]

    def score(words_NLE: Tensor) -> Tensor:
        packed = pack([ids] * len(words_NLE), encoder.device)
        states_ND = encoder.first(encoder.climb(encoder.embed(packed, words_NLE), packed, below), packed, top).float()
        compare: Any = getattr(head, "compare", None)
        return target.score(head(states_ND) if compare is None else compare(states_ND, responses_MD))

    return score


def _integrated(score: Score, words_1LE: Tensor, base_1LE: Tensor, steps: int) -> tuple[float, ...]:
    found = IntegratedGradients(score).attribute(words_1LE, baselines=base_1LE, n_steps=steps,
                                                 internal_batch_size=max(1, TOKENS_AT_ONCE // words_1LE.size(1)))
    return tuple(found[0].double().sum(-1).tolist())


def _shuffled(model: ShippedTask, seed: int) -> tuple[Any, nn.Module, str]:
    """Copies of the top layer and of the head whose weights are shuffled, each within its own matrix, and what was shuffled.

    Not the head alone: one of response selection has no weights, one of state tracking leaves most to its fixed vectors of values.
    """
    drawn = torch.Generator().manual_seed(seed)
    top, head = deepcopy(model.encoder.layers[-1]), deepcopy(model.head)
    with torch.no_grad():
        for weight in (*top.parameters(), *head.parameters()):
            weight.copy_(weight.flatten()[torch.randperm(weight.numel(), generator=drawn)].view_as(weight))
    return top, head, "head and top layer" if list(head.parameters()) else "top layer"


def _victims(asked: Asked, blank: bool) -> list[int]:
    """The turns to do without, in order."""
    seen, last = see(asked), asked.dialogue.turns[asked.turn].speaker == "user"
    here = [turn for turn, fate in seen.fates.items() if fate != "cut"]
    if blank:
        return here
    return [turn for turn in here if not (last and turn == asked.turn)] if len(seen.reads) > 1 else []


def _without(asked: Asked, turn: int, blank: bool) -> Dialogue:
    turns = asked.dialogue.turns
    if not blank:
        return asked.dialogue.with_turns(turns[:turn] + turns[turn + 1:])
    tokens = asked.model.form.tokens
    masks = (tokens.mask_id,) * len(tokens.turns([turns[turn]])[0])
    return asked.dialogue.with_turns((*turns[:turn], replace(turns[turn], tokens=masks), *turns[turn + 1:]))
