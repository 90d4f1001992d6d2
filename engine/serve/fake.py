"""A predictor without weights: repeatable answers from a hash, for tests and work on pages; never evidence of anything."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from random import Random

from engine.dialogue.edits import MASK, words
from engine.dialogue.model import Dialogue, Turn
from engine.dialogue.text import render
from engine.errors import InputError
from engine.registry import unknown
from engine.serve.base import Answer, Prediction, PredictorCard, ProbeAnswer, ProbeQuestion, Progress, VariantCard
from engine.serve.questions import gold, places
from engine.serve.state import Description, Part

_TITLES = {"bert": "BERT", "mlm": "MLM", "dsp": "DSP", "crm": "CRM", "dcv": "DCV", "enp": "ENP", "dur": "DUR",
           "joint": "Joint", "enp_no_mlm": "ENP w.o. MLM"}
_TRAINED = {"bert": ("mlm",), "joint": ("mlm", "crm", "enp"), "enp_no_mlm": ("enp",)}
_TASKS = ("intent", "dialogue_act", "response_selection", "state_tracking")
_OBJECTIVES = ("mlm", "dsp", "crm", "dcv", "enp", "dur")
_LABELS: dict[str, tuple[str, ...]] = {
    "intent": ("restaurant_reservation", "book_hotel", "book_flight", "weather", "movie_times", "traffic", "oos"),
    "dialogue_act": ("inform", "request", "select", "recommend", "offerbook", "reqmore", "bye"),
    "mlm": ("the", "a", "restaurant", "cheap", "north", "please", "two", "time"),
    "dsp": ("user", "system"), "dcv": ("coherent", "incoherent"), "enp": ("0", "1", "2", "3", "4", "5", "6 or more"),
}
_VALUES = {"thai": "restaurant-food", "italian": "restaurant-food", "indian": "restaurant-food", "cheap": "restaurant-price range",
           "moderate": "hotel-price range", "north": "restaurant-area", "centre": "restaurant-area", "friday": "restaurant-book day",
           "saturday": "train-day", "monday": "hotel-book day", "london": "train-departure", "cambridge": "train-destination",
           "station": "taxi-departure", "comedy": "movie-genre"}


def open_fake() -> FakePredictor:
    """The fake predictor, with all nine variants and every task and objective."""
    return FakePredictor()


class FakePredictor:
    """Implements ``engine.serve.base.Predictor`` without state, so any number of threads may ask."""

    def __init__(self) -> None:
        self.card = PredictorCard(name="fake", variants=tuple(map(_card, _TITLES)), tasks=_TASKS, objectives=_OBJECTIVES,
                                  labels={"intent": _LABELS["intent"], "dialogue_act": _LABELS["dialogue_act"],
                                          "state_tracking": tuple(sorted(set(_VALUES.values())))})

    def compare(self, dialogue: Dialogue, *, variants: Sequence[str], tasks: Sequence[str],
                candidates: Sequence[str] = (), progress: Progress | None = None) -> list[Prediction]:
        """Pseudo-answers to every question (errors as in the contract)."""
        _known("variant", variants, tuple(_TITLES))
        _known("task", tasks, _TASKS)
        if not dialogue.turns:
            raise InputError("the dialogue has no turns", remedy="give a dialogue with at least one utterance")
        offered = tuple(dict.fromkeys((*candidates, *(turn.text for turn in dialogue.turns if turn.speaker == "system"))))
        found = []
        for done, variant in enumerate(variants, 1):
            found += [_predict(variant, task, dialogue, index, offered) for index, task in places(dialogue, tasks)]
            if progress:
                progress(done / len(variants), f"{_TITLES[variant]} has answered")
        return found

    def probe(self, question: ProbeQuestion, *, variants: Sequence[str]) -> list[ProbeAnswer]:
        """Pseudo-answers to one probe question (errors as in the contract)."""
        _known("variant", variants, tuple(_TITLES))
        _known("objective", (question.objective,), _OBJECTIVES)
        if not question.turns:
            raise InputError("the dialogue has no turns", remedy="give a dialogue with at least one utterance")
        return [_probe(variant, question) for variant in variants]

    def warm(self) -> None:
        """Nothing to load."""

    def describe(self) -> Description:
        """Everything is ready, since nothing has to be loaded."""
        parts = tuple(Part(variant=card.name, kind="task" if name in _TASKS else "objective", name=name, state="ready")
                      for card in self.card.variants for name in (*_TASKS, *_OBJECTIVES))
        return Description(predictor="fake", device="none", threads=1, memory_bytes=0, parts=parts,
                           fingerprints={card.name: card.fingerprint for card in self.card.variants})


def _card(name: str) -> VariantCard:
    trained = _TRAINED.get(name, ("mlm", name))
    return VariantCard(
        name=name, title=f"{_TITLES[name]} (fake)", note="Fake: answers from a hash, no weights.", tokens_seen=0, hardware="none",
        fingerprint=f"fake-{name}", heads={o: "trained" if o in trained else "linear probe" for o in _OBJECTIVES})


def _known(kind: str, asked: Sequence[str], known: tuple[str, ...]) -> None:
    for name in asked:
        if name not in known:
            raise unknown(kind, name, list(known))


def _rng(*parts: object) -> Random:
    return Random(hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest())


def _ranked(variant: str, task: str, text: str, labels: Sequence[str], favourite: str | None = None) -> dict[str, float]:
    """Probabilities, best first; most variants like the same label, so that differences stand out."""
    shared, own = _rng(task, text), _rng(variant, task, text)
    weights = {label: 0.05 + shared.random() + 0.2 * own.random() for label in labels}
    if favourite is not None and own.random() < 0.7:
        weights[favourite] = 2.5 + own.random()
    total = sum(weight**3 for weight in weights.values())
    best = sorted(weights.items(), key=lambda item: -item[1])[:10]
    return {label: weight**3 / total for label, weight in best}


def _predict(variant: str, task: str, dialogue: Dialogue, index: int, offered: Sequence[str]) -> Prediction:
    history = render(dialogue.turns[:index + (task in ("intent", "state_tracking"))])
    answer, scores = _answer(variant, task, history, dialogue.turns[index], offered)
    return Prediction(variant=variant, task=task, turn=index, answer=answer, scores=scores, gold=gold(dialogue, index, task))


def _answer(variant: str, task: str, history: str, turn: Turn, offered: Sequence[str]) -> tuple[Answer, Mapping[str, float]]:
    if task == "state_tracking":
        state = _state(variant, history)
        return state, {slot: 0.5 + _rng(variant, slot, history).random() / 2 for slot in state}
    if task == "response_selection":
        scores = _ranked(variant, task, history, offered, turn.text)
        return next(iter(scores)), scores
    scores = _ranked(variant, task, history, _LABELS[task])
    best = list(scores)
    return (tuple(sorted(best[:_rng(variant, history).randint(1, 2)])) if task == "dialogue_act" else best[0]), scores


def _state(variant: str, history: str) -> dict[str, str]:
    """Values that stand in the text, each forgotten by some variants."""
    said = [history[start:end] for start, end in words(history)]
    return {_VALUES[word]: word for word in said if word in _VALUES and _rng(variant, word).random() < 0.85}


def _probe(variant: str, question: ProbeQuestion) -> ProbeAnswer:
    head = _card(variant).heads[question.objective]
    text = render(question.turns)
    if question.objective == "dur":
        guess, scores = _order(variant, text, len(question.group))
        return ProbeAnswer(variant=variant, head=head, guess=guess, scores=scores)
    labels = question.candidates if question.objective == "crm" else _LABELS[question.objective]
    many = text.count(MASK.lower()) if question.objective == "mlm" else 1
    all_scores = tuple(_ranked(variant, question.objective, f"{text}{place}", labels) for place in range(many))
    return ProbeAnswer(variant=variant, head=head, guess=tuple(next(iter(scores)) for scores in all_scores), scores=all_scores)


def _order(variant: str, text: str, size: int) -> tuple[tuple[str, ...], tuple[Mapping[str, float], ...]]:
    order = list(range(size))
    _rng(variant, text).shuffle(order)
    spread = [{str(rank): 0.6 if rank == own else 0.4 / max(1, size - 1) for rank in range(size)} for own in order]
    return tuple(map(str, order)), tuple(dict(sorted(scores.items(), key=lambda item: -item[1])) for scores in spread)
