"""A predictor without weights: repeatable answers from a hash, for tests and work on pages; never evidence of anything."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from math import factorial

from engine.dialogue.edits import MASK, agrees, words
from engine.dialogue.model import Dialogue, Turn
from engine.dialogue.text import render
from engine.errors import InputError
from engine.registry import unknown
from engine.serve.base import Answer, Coverage, Prediction, PredictorCard, ProbeAnswer, ProbeQuestion, Progress, VariantCard
from engine.serve.fake_coverage import pseudo_coverage
from engine.serve.fake_reasons import chance, fake_ablate, fake_explain, fake_seen
from engine.serve.questions import all_offered, check_place, gold, places
from engine.serve.reasons import STEPS, Ablation, Attribution, Baseline, Seen
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
_VALUES = {"thai": "restaurant-food", "italian": "restaurant-food", "indian": "restaurant-food", "cheap": "restaurant-pricerange",
           "moderate": "hotel-pricerange", "north": "restaurant-area", "centre": "restaurant-area", "friday": "restaurant-book day",
           "saturday": "train-day", "monday": "hotel-book day", "london": "train-departure", "cambridge": "train-destination",
           "station": "taxi-departure", "comedy": "movie-genre"}
_PICKLISTS = {slot: ("none", "dontcare", *sorted(word for word, its in _VALUES.items() if its == slot)) for slot in sorted(set(_VALUES.values()))}


def open_fake() -> FakePredictor:
    """The fake predictor, with all nine variants and every task and objective."""
    return FakePredictor()


class FakePredictor:
    """Implements ``engine.serve.base.Predictor`` without state, so any number of threads may ask."""

    def __init__(self) -> None:
        self.card = PredictorCard(name="fake", variants=tuple(map(_card, _TITLES)), tasks=_TASKS, objectives=_OBJECTIVES,
                                  labels={"intent": _LABELS["intent"], "dialogue_act": _LABELS["dialogue_act"],
                                          "state_tracking": tuple(_PICKLISTS)}, picklists=_PICKLISTS)

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

    def explain(self, dialogue: Dialogue, *, variants: Sequence[str], task: str, turn: int, target: str | None = None, candidates: Sequence[str] = (),
                baseline: Baseline = "mask", steps: int = STEPS, shuffled: int | None = None, progress: Progress | None = None) -> list[Attribution]:
        """Pseudo-attributions that add up (errors as in the contract)."""
        offered = _question(dialogue, variants, task, turn, target, candidates)
        seen = fake_seen(dialogue, task, turn, offered)
        if progress:
            progress(1.0, "done")
        return [fake_explain(variant, seen, _asker(variant, task, offered)(dialogue, turn), target, baseline=baseline, steps=steps, shuffled=shuffled)
                for variant in variants]

    def ablate(self, dialogue: Dialogue, *, variants: Sequence[str], task: str, turn: int, target: str | None = None, candidates: Sequence[str] = (),
               blank: bool = False, progress: Progress | None = None) -> list[Ablation]:
        """Pseudo-answers without each turn (errors as in the contract)."""
        offered = _question(dialogue, variants, task, turn, target, candidates)
        seen = fake_seen(dialogue, task, turn, offered)
        if progress:
            progress(1.0, "done")
        return [one for variant in variants for one in fake_ablate(variant, dialogue, seen, _asker(variant, task, offered), target, blank=blank)]

    def seen(self, dialogue: Dialogue, *, variant: str, task: str, turn: int, candidates: Sequence[str] = ()) -> Seen:
        """Words in place of wordpieces (errors as in the contract)."""
        return fake_seen(dialogue, task, turn, _question(dialogue, [variant], task, turn, None, candidates, least=0))

    def probe_all(self, questions: Sequence[ProbeQuestion], *, variants: Sequence[str], progress: Progress | None = None) -> list[list[ProbeAnswer]]:
        """Pseudo-answers to each question (errors as in the contract)."""
        found = []
        for done, question in enumerate(questions, 1):
            found.append(self.probe(question, variants=variants))
            if progress:
                progress(done / len(questions), f"{done} of {len(questions)} questions")
        return found

    def pieces(self, words: Sequence[str]) -> list[tuple[str, ...]]:
        """Long words fall into two pieces."""
        return [(word.lower(),) if len(word) < 9 else (word[:5].lower(), f"##{word[5:].lower()}") for word in words]

    def coverage(self, dialogue: Dialogue) -> Coverage:
        """A pseudo-verdict (errors as in the contract)."""
        return pseudo_coverage(dialogue)

    def files(self, variants: Sequence[str], tasks: Sequence[str] = (), objectives: Sequence[str] = ()) -> Mapping[str, str]:
        """Names of files that are not there, each with the digest of its name (errors as in the contract)."""
        for kind, asked, names in (("variant", variants, tuple(_TITLES)), ("task", tasks, _TASKS), ("objective", objectives, _OBJECTIVES)):
            _known(kind, asked, names)
        made = [f"variants/{name}/{part}.safetensors" for name in variants for part in ("encoder", *tasks, *(f"objective-{one}" for one in objectives))]
        return {name: hashlib.sha256(f"fake {name}".encode()).hexdigest() for name in made}

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


def _question(dialogue: Dialogue, variants: Sequence[str], task: str, turn: int, target: str | None, candidates: Sequence[str],
              least: int = 2) -> tuple[str, ...]:
    """The candidates of a question that may be asked; there must be ``least`` of them."""
    _known("variant", variants, tuple(_TITLES))
    _known("task", (task,), _TASKS)
    check_place(dialogue, task, turn)
    if task == "response_selection":
        offered = all_offered(dialogue, candidates)
        if len(offered) < least:
            raise InputError("there is only one response, so nothing is chosen", remedy="add candidate responses")
        if target is not None and target not in offered:
            raise InputError("this response is not among the candidates", remedy="add it to the candidate responses")
        return offered
    if target is not None:
        known = tuple(sorted(set(_VALUES.values()))) if task == "state_tracking" else _LABELS[task]
        _known("slot" if task == "state_tracking" else "label", (target.partition("=")[0],), known)
    return ()


def _asker(variant: str, task: str, offered: Sequence[str]) -> Callable[[Dialogue, int], tuple[Answer, Mapping[str, float]]]:
    """How one fake variant answers the task at a turn of a changed dialogue."""
    def ask(dialogue: Dialogue, turn: int) -> tuple[Answer, Mapping[str, float]]:
        said = _predict(variant, task, dialogue, turn, offered)
        return said.answer, said.scores

    return ask


def _ranked(variant: str, task: str, text: str, labels: Sequence[str], favourite: str | None = None) -> dict[str, float]:
    """Probabilities, best first; most variants like the same label, so that differences stand out."""
    shared, own = chance(task, text), chance(variant, task, text)
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
        return state, {slot: 0.5 + chance(variant, slot, history).random() / 2 for slot in state}
    if task == "response_selection":
        scores = _ranked(variant, task, history, offered, turn.text)
        return next(iter(scores)), scores
    scores = _ranked(variant, task, history, _LABELS[task])
    best = list(scores)
    return (tuple(sorted(best[:chance(variant, history).randint(1, 2)])) if task == "dialogue_act" else best[0]), scores


def _state(variant: str, history: str) -> dict[str, str]:
    """Values that stand in the text, each forgotten by some variants."""
    said = [history[start:end] for start, end in words(history)]
    return {_VALUES[word]: word for word in said if word in _VALUES and chance(variant, word).random() < 0.85}


def _probe(variant: str, question: ProbeQuestion) -> ProbeAnswer:
    head = _card(variant).heads[question.objective]
    text = question.turns[0].text if question.objective in ("dsp", "enp") else render(question.turns)  # those two read no marker
    if question.objective == "dur":
        guess, scores, chances = _order(variant, text, len(question.group), question.right)
        return ProbeAnswer(variant=variant, head=head, guess=guess, scores=scores, chances=chances)
    labels = question.candidates if question.objective == "crm" else _LABELS[question.objective]
    many = text.count(MASK.lower()) if question.objective == "mlm" else 1
    rights: list[str | None] = [*question.right, *[None] * (many - len(question.right))]
    all_scores = tuple(_ranked(variant, question.objective, f"{text}{place}", *_with(labels, right, question.objective)) for place, right in enumerate(rights))
    chances = tuple(share for scores, right in zip(all_scores, rights, strict=True) for label, share in scores.items() if right and agrees(right, label))
    return ProbeAnswer(variant=variant, head=head, guess=tuple(next(iter(scores)) for scores in all_scores), scores=all_scores, chances=chances)


def _with(labels: Sequence[str], right: str | None, objective: str) -> tuple[Sequence[str], str | None]:
    """The labels with the right one among them, and how it is spelled there; of dsp none is favoured, since a flip must not change an answer."""
    if objective == "dsp":
        return labels, None
    same = next((label for label in labels if right and agrees(right, label)), right)
    return (labels, same) if same is None or same in labels else ((*labels, same), same)


def _order(variant: str, text: str, size: int, right: Sequence[str]) -> tuple[tuple[str, ...], tuple[Mapping[str, float], ...], tuple[float, ...]]:
    order, rng = list(range(size)), chance(variant, text)
    rng.shuffle(order)
    if right and rng.random() < 0.5:
        order = list(map(int, right))
    spread = [{str(rank): 0.6 if rank == own else 0.4 / max(1, size - 1) for rank in range(size)} for own in order]
    scores = tuple(dict(sorted(one.items(), key=lambda item: -item[1])) for one in spread)
    sure = 0.5 + rng.random() / 4
    others = factorial(size) - 1
    return tuple(map(str, order)), scores, (sure if list(map(int, right)) == order else (1 - sure) / max(1, others),) if right else ()
