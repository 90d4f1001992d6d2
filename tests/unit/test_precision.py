"""The choice between evaluation's precision and the faster one: named, refused, and said wherever numbers are kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import InputError
from engine.serve.capsule import versions
from engine.serve.local import LocalPredictor
from engine.serve.precision import USUAL, precision
from tests.unit import tiny, tiny_shipped

TASKS = ("intent", "dialogue_act", "response_selection", "state_tracking")


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[None]:
    with tiny_shipped.home(tmp_path / "checkpoints"):
        tiny_shipped.ship(tiny.bert(tmp_path / "bert"), "crm", seed=1)
        yield


def test_float32_is_usual_and_another_is_chosen_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DIALATLAS_PRECISION", raising=False)
    assert precision() == USUAL == "float32"
    monkeypatch.setenv("DIALATLAS_PRECISION", " BFloat16 ")
    assert precision() == "bfloat16"


@pytest.mark.parametrize("text", ["int4", "half", "torch.bfloat16"])
def test_what_is_none_is_one_sentence(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIALATLAS_PRECISION", text)
    with pytest.raises(InputError, match=f"DIALATLAS_PRECISION: '{text}' is no precision; write float32 or bfloat16"):
        precision()


def test_in_bfloat16_scores_are_close_and_the_predictor_says_so(shelf: None) -> None:
    exact, fast, dialogue = LocalPredictor(), LocalPredictor(precision="bfloat16"), tiny.toy()[0]
    assert exact.describe().precision == "float32" and versions(fast)["precision"] == "bfloat16" != versions(exact)["precision"]
    here, there = (one.compare(dialogue, variants=["crm"], tasks=["intent", "dialogue_act"]) for one in (exact, fast))
    assert [one.scores for one in here] != [one.scores for one in there]
    for one, other in zip(here, there, strict=True):
        assert {**other.scores} == pytest.approx({**one.scores, **{name: other.scores[name] for name in other.scores.keys() - one.scores.keys()}}, abs=0.05) \
            or one.scores.keys() != other.scores.keys()
