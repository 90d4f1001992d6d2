"""DialogZoo's scores side by side: only equal samples and newest weights, verdicts by the interval, the paper's sets, curves."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.results import zoo_scores
from engine.results.zoo import ZooScore
from engine.results.zoo_scores import METRICS, UNSEEN, beside_paper, current, curve_runs, described, losses, models, scores, summary, tasks_of
from engine.zoo import ZOO_TASKS
from engine.zoo.pairs import PAIRS


def score(model: str = "compact", value: float = 50.0, *, decoding: str = "constrained", task: str = "intent", dataset: str = "banking77",
          **more: Any) -> ZooScore:
    """A made-up row with an interval of five points to both sides."""
    metric = ZOO_TASKS[task].metric
    row = ZooScore(model=model, weights="w1" if model == "compact" else "", task=task, dataset=dataset, split="test", decoding=decoding, metric=metric,
                   metrics={metric: value}, low=value - 5, high=value + 5, valid=98.0, examples=100, available=3080, tokens_seen=1_000_000, seed=0,
                   seconds=1.0, hardware="two cores", commit="0123abc", command="python -m engine zoo evaluate", versions={}, created="2026-01-01T00:00:00")
    return replace(row, **more)


def rivals(untrained: float, majority: float, copy: float, **more: Any) -> list[ZooScore]:
    return [score("untrained", untrained, **more), score("majority", majority, decoding="", **more), score("copy", copy, decoding="", **more)]


@pytest.mark.parametrize(("others", "word"), [((1, 2, 44), "above"), ((1, 56, 2), "below"), ((1, 2, 46), "cannot tell"), ((60, 2, 3), "below")])
def test_the_verdict_holds_the_interval_against_the_best_rival(others: tuple[float, float, float], word: str) -> None:
    row = scores([score(), *rivals(*others)], "compact", "constrained").iloc[0]
    assert (row["verdict"], row["untrained"], row["baseline"]) == (word, others[0], max(others[1:]))
    assert row["baseline_name"] == ("majority" if others[1] > others[2] else "copy")


def test_only_the_same_samples_and_decoding_stand_beside_each_other() -> None:
    rows = [score(), score(value=40, decoding="free", valid=61.0), *rivals(1, 2, 3, examples=99), score("untrained", 9, decoding="free")]
    row = scores(rows, "compact", "constrained").iloc[0]
    assert (row["verdict"], row["baseline_name"], row["valid"], row["valid_other"]) == ("nothing to compare", "", 98.0, 61.0)
    assert row["untrained"] is None
    assert scores(rows, "compact", "free").iloc[0]["untrained"] == 9


def test_unseen_sets_are_those_of_the_registry() -> None:
    assert {(pair.task, pair.dataset) for pair in PAIRS if pair.origin == "unseen"} == UNSEEN


def test_old_weights_and_old_rows_do_not_count() -> None:
    later = {"created": "2026-01-02T00:00:00"}
    rows = [score(value=10, weights="w0", dataset="clinc150"), score(value=10), score(value=70, **later), *rivals(1, 2, 3)]
    kept = [(row.model, row.dataset, row.headline) for row in current(rows) if row.model == "compact"]
    assert kept == [("compact", "banking77", 70.0)]
    assert models(rows) == ["compact"], "neither baselines nor the untrained network are models"


def test_the_summary_names_where_the_model_is_below() -> None:
    rows = [score(), *rivals(1, 2, 3), score(dataset="hwu64", valid=90.0), *rivals(1, 99, 3, dataset="hwu64")]
    told = summary(scores(rows, "compact", "constrained"))
    assert told == ("Above the untrained model and every baseline on 1 of 2 pairs, below on 1 (intent/hwu64), cannot tell on 0; 94.0 % of answers are valid.")
    assert summary(scores([], "compact", "constrained")) == "Nothing has been measured yet."


def test_pairs_of_a_task_stand_together() -> None:
    rows = [score(), score(task="rew", dataset="canard"), score(dataset="hwu64")]
    assert list(scores(rows, "compact", "constrained")["dataset"]) == ["banking77", "hwu64", "canard"]


def test_every_set_of_the_papers_tables_is_one_of_our_pairs() -> None:
    table = beside_paper([], "", "")
    assert len(table) == 13
    assert {f"{task}/{dataset}" for task, dataset in zip(table["task"], table["dataset"], strict=True)} <= {pair.name for pair in PAIRS}
    assert table["here"].isna().all() and table[["before", "paper", "tuned"]].notna().all(axis=None)
    assert table.set_index("dataset").at["clinc150", "note"].startswith("suspect")
    for _, line in table.iterrows():
        assert line["metric"] in (ZOO_TASKS[line["task"]].metric, "exact_set_match"), "our headline is the metric of the paper"


def test_our_score_stands_beside_the_paper_by_the_papers_metric() -> None:
    table = beside_paper([score(value=77), score(value=1, decoding="free")], "compact", "constrained").set_index("dataset")
    assert table.loc["banking77", ["before", "paper", "tuned", "here", "n", "split"]].tolist() == [93.86, 92.82, 93.63, 77, 100, "test"]
    assert table["here"].notna().sum() == 1
    assert set(table["metric"]) == set(METRICS.values())


def curve(folder: Path, name: str, tasks: list[str], points: list[dict[str, Any]], **about: Any) -> None:
    """A curve as training leaves it."""
    folder.mkdir(exist_ok=True)
    rows = [{"backbone": "compact", "recipe": "cpu", "tasks": tasks, "schedule": "iterative", "slice_size": 512, "seed": 0, **about}, *points]
    (folder / f"{name}.curve.jsonl").write_text("".join(json.dumps(line) + "\n" for line in rows))


def point(step: int, dev: dict[str, float] | None = None, **train: float) -> dict[str, Any]:
    return {"step": step, "tokens": 100 * step, "seconds": 1.0, "train": train, **({"dev": dev} if dev else {})}


def test_curves_are_compared_on_the_tasks_that_all_runs_have(tmp_path: Path) -> None:
    assert curve_runs(tmp_path) == []
    curve(tmp_path, "compact", ["rew", "sum", "reo"], [point(1, rew=9.0), point(2, {"rew": 4.0, "sum": 2.0, "reo": 9.0}, rew=5.0)])
    curve(tmp_path, "plain", ["rew", "sum"], [point(2, {"rew": 5.0, "sum": 3.0})], schedule="proportional")
    curve(tmp_path, "young", ["rew", "sum"], [point(1, rew=8.0)])
    curve(tmp_path, "empty", ["rew"], [])
    runs = curve_runs(tmp_path)
    assert [run.name for run in runs] == ["compact", "plain", "young"]
    assert tasks_of(runs) == ["rew", "sum"]
    assert losses(runs).to_dict("records") == [{"run": "compact", "step": 2, "tokens": 200, "part": "dev", "loss": 3.0},
                                               {"run": "plain", "step": 2, "tokens": 200, "part": "dev", "loss": 4.0}]
    assert zoo_scores.ends(losses(runs)) == {"compact": 3.0, "plain": 4.0}
    alone = losses(runs, "rew")
    assert alone[alone["run"] == "compact"][["part", "loss"]].to_numpy().tolist() == [["train", 9.0], ["dev", 4.0], ["train", 5.0]]
    assert described(runs[0], runs) == "compact: compact, iterative, all tasks, seed 0"
    assert described(runs[1], runs) == "plain: compact, proportional, without REO, seed 0"
