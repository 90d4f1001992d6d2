"""DialoGLUE's seven sets from their published files, with dev and few-shot rows drawn as its scripts draw them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from engine.corpora.oos import OOS
from engine.zoo.datasets.banking77 import BANKING77
from engine.zoo.datasets.hwu64 import HWU64
from engine.zoo.datasets.span_extraction import DSTC8_SLOTS, Row
from engine.zoo.datasets.span_extraction import RESTAURANT8K as RESTAURANTS
from engine.zoo.datasets.top import TOP as NESTED
from engine.zoo.glue.base import GlueRow, GlueSet, Parts
from engine.zoo.glue.draws import Draw, dev_places, per_label, with_replacement
from engine.zoo.glue.tags import row_of

_TENTH = "few-shot: a tenth of the training rows, drawn with replacement by the published script's seed"
_TEN = "few-shot: ten rows for each intent, drawn by the published script's seed"
_SPLIT = "dev is drawn from train by the published script's seed"
_SENTENCE = "intent from the state of the first token, not from BERT's pooler"
_WORDS = "a word's tag from its first wordpiece"
_PLAIN = "without MLM on the set's own sentences"


def banking(folder: Path) -> Parts:
    """Banking77: one dev row for two test rows of an intent."""
    train, test = ([_intent(text, label) for _, _, text, label in BANKING77.rows(folder, split)] for split in ("train", "test"))
    return _with_drawn_dev(train, test, 2)


def hwu(folder: Path) -> Parts:
    """HWU64: one dev row for each test row of an intent."""
    train, test = ([_intent(text, label) for _, _, text, label in HWU64.rows(folder, split)] for split in ("train", "test"))
    return _with_drawn_dev(train, test, 1)


def clinc(folder: Path) -> Parts:
    """CLINC150: the published splits, in-scope rows alone."""
    train, dev, test = ([_intent(turn.text, turn.intent) for dialogue in OOS.read(folder, split) for turn in dialogue.turns if turn.intent != "oos"]
                        for split in ("train", "dev", "test"))
    return Parts(train=train, few=_ten(train), dev=dev, test=test)


def _intent(text: str, label: str | None) -> GlueRow:
    return GlueRow(words=tuple(text.split()), intent=str(label))


def _ten(train: list[GlueRow]) -> list[GlueRow]:
    return [train[place] for place in per_label([row.intent for row in train], 10)]


def _with_drawn_dev(train: list[GlueRow], test: list[GlueRow], ratio: int) -> Parts:
    places = dev_places(train, [row.intent for row in train], [row.intent for row in test], ratio)
    return Parts(train=[row for place, row in enumerate(train) if place not in set(places)], few=_ten(train), dev=[train[place] for place in places],
                 test=test)


def restaurant8k(folder: Path) -> Parts:
    """RESTAURANTS-8K: dev is drawn from the last 4,000 training rows."""
    draw: Draw[Row] = with_replacement()
    (train,), (test,) = (RESTAURANTS.rows(folder, split) for split in ("train", "test"))
    dev = draw(train[-4000:], 1000)
    kept = _without(train, dev)
    return _slots(kept, draw(kept, len(kept) // 10), dev, test)


def dstc8(folder: Path) -> Parts:
    """DSTC8: of each domain, dev is drawn from the second half of its training rows, one for three test rows."""
    draw: Draw[Row] = with_replacement()
    dev, kept = list[Row](), list[Row]()
    tests = DSTC8_SLOTS.rows(folder, "test")
    for train, test in zip(DSTC8_SLOTS.rows(folder, "train"), tests, strict=True):
        drawn = draw(train[-len(train) // 2:], len(test) // 3)
        dev, kept = dev + drawn, kept + _without(train, drawn)
    return _slots(kept, draw(kept, len(kept) // 10), dev, [row for test in tests for row in test])


def _without(rows: list[Row], drawn: list[Row]) -> list[Row]:
    barred = set(drawn)
    return [row for row in rows if row not in barred]


def _slots(*parts: Iterable[Row]) -> Parts:
    train, few, dev, test = ([row_of(row) for row in part] for part in parts)
    return Parts(train=train, few=few, dev=dev, test=test)


def top(folder: Path) -> Parts:
    """TOP: the published splits; colons that stand alone are left out, as DialoGLUE's code loses them."""
    train, dev, test = ([_nested(row.tokens, row.tags, row.intent) for _, row in NESTED.rows(folder, split)] for split in ("train", "dev", "test"))
    draw: Draw[GlueRow] = with_replacement()
    return Parts(train=train, few=draw(train, len(train) // 10), dev=dev, test=test)


def _nested(tokens: tuple[str, ...], tags: tuple[str, ...], intent: str) -> GlueRow:
    kept = [pair for pair in zip(tokens, tags, strict=True) if pair[0] != ":"]
    return GlueRow(words=tuple(token for token, _ in kept), tags=tuple(tag for _, tag in kept), intent=intent)


def _said(*parts: str) -> str:
    return "; ".join([*parts, _PLAIN]) + "."


def _intents(name: str, title: str, dataset: str, test_rows: int, parts: Callable[[Path], Parts], *more: str) -> GlueSet:
    return GlueSet(name=name, title=title, kind="intent", dataset=dataset, headline="accuracy", test_rows=test_rows, parts=parts,
                   protocol=_said(*more, _TEN, _SENTENCE))


BANKING = _intents("banking", "Banking77", "banking77", 3080, banking, _SPLIT)
HWU = _intents("hwu", "HWU64", "hwu64", 1076, hwu, _SPLIT)
CLINC = _intents("clinc", "CLINC150", "clinc150", 4500, clinc, "without what is out of scope")
RESTAURANT8K = GlueSet(name="restaurant8k", title="Restaurant8k", kind="slots", dataset="restaurant8k", headline="dialoglue_f1", test_rows=3731,
                       parts=restaurant8k, protocol=_said(_SPLIT, _TENTH, _WORDS))
DSTC8 = GlueSet(name="dstc8", title="DSTC8", kind="slots", dataset="dstc8_slots", headline="dialoglue_f1", test_rows=1813, parts=dstc8,
                protocol=_said(_SPLIT, _TENTH, _WORDS))
TOP = GlueSet(name="top", title="TOP", kind="top", dataset="top", headline="exact_match", test_rows=9042, parts=top,
              protocol=_said(_TENTH, _SENTENCE, _WORDS))
MULTIWOZ = GlueSet(
    name="multiwoz", title="MultiWOZ 2.1", kind="state", dataset="multiwoz21", headline="joint_goal_accuracy", test_rows=7368,
    protocol="Not TripPy: paper 1's slot classifier over the values of the ontology, on our state-tracking questions, chosen by a fixed draw of "
             "1,000 dev turns; few-shot: a tenth of the "
             "training dialogues, drawn by the published script's seed from our order of them, which is not TripPy's.")
