"""Predictions beside the rows: kept whole, found again, refused where they are not the row's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import InputError, MissingDataError
from engine.results import predictions
from engine.results.outcomes import metrics, table
from engine.results.store import Result

OUTCOMES = table({"acc_all": ([1, 0, 1], 1), "recall_out": ([1, 0, 0], [1, 1, 0])})
KEPT = predictions.frame(["a#0", "b#0", "c#0"], ["oos", "find_hotel", "günstig"], OUTCOMES)
ROW = Result(variant="crm", fingerprint="f00d", task="intent", corpus="oos", protocol="default", seed=1, split="test", metrics=metrics(OUTCOMES),
             examples=3, seconds=1.0, hardware="two cores", tokens_seen=1_501_514, trained_examples=15_100, available_examples=15_100,
             finetuning="0123456789ab", commit="abc",
             command="python -m engine evaluate crm intent oos --protocol default --split test --limit 3", versions={}, created="2026-01-01T00:00:00+00:00")


def test_round_trip() -> None:
    assert not predictions.has(ROW)
    predictions.write(ROW, KEPT)
    assert predictions.has(ROW) and predictions.read(ROW).equals(KEPT)
    assert predictions.recompute(ROW) == ROW.metrics == {"acc_all": pytest.approx(2 / 3), "recall_out": pytest.approx(1 / 2)}
    assert [path.name for path in predictions.path_of(ROW).parent.iterdir()] == ["0123456789ab-test.parquet"], "nothing unfinished stays"


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(st.booleans(), st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=40))
def test_what_is_stored_gives_the_metrics_again(rows: list[tuple[bool, int, int]]) -> None:
    hits, hers, his = (list(column) for column in zip(*rows, strict=True))
    outcomes = table({"acc_all": (hits, 1), "f1_macro.a": (hers, [max(n, 1) for n in hers]), "f1_macro.b": (his, 4), "f1_macro.c": ([0] * len(rows), 0)})
    row = replace(ROW, metrics=metrics(outcomes), examples=len(rows))
    predictions.write(row, predictions.frame([f"d#{n}" for n in range(len(rows))], hits, outcomes))
    assert predictions.recompute(row) == pytest.approx(dict(row.metrics), abs=1e-12)


def test_a_draw_has_a_file_of_its_own() -> None:
    assert predictions.path_of(replace(ROW, split="test[3]")).name == "0123456789ab-test-3.parquet"


@pytest.mark.parametrize("changes", [{"metrics": {**ROW.metrics, "acc_all": 0.7}}, {"metrics": {"acc_all": 2 / 3}}, {"examples": 4}, {"finetuning": ""}])
def test_what_is_not_the_rows_is_not_kept(changes: dict[str, object]) -> None:
    with pytest.raises(AssertionError):
        predictions.write(replace(ROW, **changes), KEPT)  # type: ignore[arg-type]
    assert not predictions.path_of(ROW).exists()


def test_missing_predictions_name_the_command() -> None:
    with pytest.raises(MissingDataError, match=r"evaluate crm intent oos --protocol default --split test --limit 3`"):
        predictions.read(replace(ROW, split="test[3]"))


@pytest.mark.parametrize("content", [b"", b"PAR1 and no more", None])
def test_damaged_predictions_are_one_sentence(content: bytes | None) -> None:
    predictions.write(ROW, KEPT)
    path: Path = predictions.path_of(ROW)
    path.write_bytes(path.read_bytes()[:-200] if content is None else content)
    with pytest.raises(InputError, match=r"0123456789ab-test\.parquet: the predictions cannot be read.*evaluate crm intent oos"):
        predictions.read(ROW)
    predictions.write(ROW, KEPT)
    with pytest.raises(InputError, match="not the predictions of 4 rows"):
        predictions.read(replace(ROW, examples=4))
