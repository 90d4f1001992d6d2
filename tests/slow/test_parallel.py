"""Sixteen sessions at once on the shipped weights: each gets the answers that it would get alone, though they are read together."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import pytest

from engine.dialogue.model import Dialogue
from engine.dialogue.samples import samples
from engine.paths import REPOSITORY
from engine.serve.base import Prediction, Predictor, ProbeAnswer, ProbeQuestion

SESSIONS = 16
Found = TypeVar("Found")
VARIANTS = ("mlm", "crm")


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    """The shipped weights, not warmed: loading happens under load too."""
    if not (REPOSITORY / "checkpoints" / "variants").is_dir():
        pytest.fail("no shipped weights") if os.environ.get("CI") else pytest.skip("no shipped weights")
    from engine.serve.local import open_local

    return open_local()


def dialogues() -> list[Dialogue]:
    """One short dialogue for each session, no two the same."""
    known = list(samples().values())
    return [known[number % len(known)].until(4 + number // len(known)) for number in range(SESSIONS)]


def asked(predictor: Predictor, dialogue: Dialogue) -> tuple[Sequence[Prediction], Sequence[ProbeAnswer]]:
    found = predictor.compare(dialogue, variants=VARIANTS, tasks=predictor.card.tasks, candidates=["Goodbye."])
    return found, predictor.probe(ProbeQuestion(objective="dcv", turns=dialogue.turns), variants=VARIANTS)


def together(ask: Callable[[Dialogue], Found]) -> list[Found]:
    begin = Barrier(SESSIONS)

    def session(dialogue: Dialogue) -> Found:
        begin.wait(30)
        return ask(dialogue)

    with ThreadPoolExecutor(SESSIONS) as pool:
        return list(pool.map(session, dialogues()))


def test_sixteen_sessions_at_once_equal_sixteen_in_a_row(predictor: Predictor) -> None:
    assert len({repr(dialogue) for dialogue in dialogues()}) == SESSIONS
    at_once = together(lambda dialogue: asked(predictor, dialogue))
    one_by_one = [asked(predictor, dialogue) for dialogue in dialogues()]
    for (found, probed), (alone, probed_alone) in zip(at_once, one_by_one, strict=True):
        assert [(one.variant, one.task, one.turn, one.answer) for one in found] == [(one.variant, one.task, one.turn, one.answer) for one in alone]
        assert [(one.variant, one.head, one.guess) for one in probed] == [(one.variant, one.head, one.guess) for one in probed_alone]
        for mine, theirs in zip(found, alone, strict=True):
            assert sorted(mine.scores.values()) == pytest.approx(sorted(theirs.scores.values()), abs=1e-5)  # other dialogues in a pass move last digits
        for said, said_alone in zip(probed, probed_alone, strict=True):
            assert [sorted(part.values()) for part in said.scores] == [pytest.approx(sorted(part.values()), abs=1e-5) for part in said_alone.scores]
    assert all(len(found) >= len(VARIANTS) * 4 and len(probed) == len(VARIANTS) for found, probed in one_by_one)
    assert len({repr(found) for found, _ in one_by_one}) == SESSIONS
