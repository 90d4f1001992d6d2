"""Sixteen sessions at once on the shipped weights: each gets exactly the answers that it would get alone."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from engine.dialogue.model import Dialogue
from engine.dialogue.samples import samples
from engine.paths import REPOSITORY
from engine.serve.base import Prediction, Predictor, ProbeAnswer, ProbeQuestion

SESSIONS = 16
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


def together(ask: Callable[[Dialogue], object]) -> list[object]:
    begin = Barrier(SESSIONS)

    def session(dialogue: Dialogue) -> object:
        begin.wait(30)
        return ask(dialogue)

    with ThreadPoolExecutor(SESSIONS) as pool:
        return list(pool.map(session, dialogues()))


def test_sixteen_sessions_at_once_equal_sixteen_in_a_row(predictor: Predictor) -> None:
    assert len({repr(dialogue) for dialogue in dialogues()}) == SESSIONS
    at_once = together(lambda dialogue: asked(predictor, dialogue))
    one_by_one = [asked(predictor, dialogue) for dialogue in dialogues()]
    assert at_once == one_by_one  # exactly: answers, confidences and their order
    assert all(len(found) >= len(VARIANTS) * 4 and len(probed) == len(VARIANTS) for found, probed in one_by_one)
    assert len({repr(found) for found, _ in one_by_one}) == SESSIONS
