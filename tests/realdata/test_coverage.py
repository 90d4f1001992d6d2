"""Coverage with the shipped statistics: training dialogues and the app's samples are inside, word salad and programs are not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import pytest

from engine.coverage import INSIDE
from engine.dialogue.digest import digest, spoken
from engine.dialogue.model import Dialogue
from engine.dialogue.samples import samples
from engine.models.coverage import coverage_file
from engine.models.store import variant_encoder
from engine.paths import REPOSITORY
from engine.serve.covering import Covering
from engine.train.coverage import Plan, _dialogues, draw, splits
from tests.unit.tiny import said

SOME = ("woz2", "camrest676", "multiwoz22", "metalwoz")
"""Corpora that are read fast."""
FRESH = 50
"""Training dialogues of a corpus that the statistics have not seen."""
SALAD = ("obelisk", "marmalade", "quixotic", "trapezoid", "wombat", "fjord", "gargoyle", "plankton", "isotope", "baroque", "lichen", "zeppelin", "tundra",
         "mitochondria", "parchment", "vortex", "ocelot", "sonnet", "bauxite", "kelp", "halogen", "truffle", "quark", "minaret", "glacier", "yodel")


@pytest.fixture(scope="module")
def covering() -> Covering:
    return Covering(lambda name: variant_encoder(name).eval())


def card() -> dict[str, Any]:
    return dict(json.loads(coverage_file().with_suffix(".json").read_text(encoding="utf-8")))


def code(name: str) -> Dialogue:
    """A program of ours, every three lines an utterance."""
    rows = (REPOSITORY / name).read_text(encoding="utf-8").splitlines()
    return said(*("\n".join(rows[start:start + 3]) for start in range(40, 70, 3)))


def salad(seed: int) -> Dialogue:
    rng = Random(seed)
    return said(*(" ".join(rng.sample(SALAD, rng.randint(5, 9))) for _ in range(8)))


def test_the_statistics_are_small_and_of_training_splits() -> None:
    files = list(coverage_file().parent.iterdir())
    assert {path.name for path in files} == {"reference.json", "reference.safetensors"} and sum(path.stat().st_size for path in files) < 1_500_000
    assert {name: tuple(one["splits"]) for name, one in card()["corpora"].items()} == splits()
    assert all(one["licence"] and one["source"] and one["held_out"] >= 150 for one in card()["corpora"].values())


def fresh(corpus: str, root: Path) -> Iterator[Dialogue]:
    plan = Plan(seed=card()["plan"]["seed"], reference=card()["plan"]["reference"], held_out=card()["plan"]["held_out"])
    drawn = draw(corpus, plan, root, lambda _: None)
    seen = {digest(spoken(dialogue)) for dialogue in (*drawn.reference, *drawn.held_out)}
    rest = [dialogue for dialogue in _dialogues(corpus, plan.splits[corpus], root) if digest(spoken(dialogue)) not in seen]
    return islice(Random(1).sample(rest, len(rest)), FRESH)


@pytest.mark.parametrize("corpus", SOME)
def test_unseen_training_dialogues_are_inside_as_often_as_the_rule_says(corpus: str, shared_data: Path, covering: Covering) -> None:
    found = [covering(dialogue) for dialogue in fresh(corpus, shared_data)]
    own = [next(one.p for one in coverage.corpora if one.name == corpus) for coverage in found]
    assert len(found) == FRESH
    assert sum(p >= INSIDE for p in own) / FRESH == pytest.approx(1 - INSIDE, abs=0.11)  # two and a half standard deviations of 50 draws
    assert sum(coverage.verdict == "inside" for coverage in found) / FRESH >= 1 - INSIDE - 0.11


@pytest.mark.parametrize("name", samples())
def test_the_samples_are_not_outside(name: str, covering: Covering) -> None:
    assert covering(samples()[name]).verdict != "outside"


@pytest.mark.parametrize("name", ["engine/coverage.py", "engine/train/loop.py", "ui/compare.py"])
def test_programs_are_outside(name: str, covering: Covering) -> None:
    assert covering(code(name)).verdict == "outside"


@pytest.mark.parametrize("seed", range(5))
def test_word_salad_is_outside(seed: int, covering: Covering) -> None:
    found = covering(salad(seed))
    assert found.verdict == "outside" and len(found.unknown) >= 5
