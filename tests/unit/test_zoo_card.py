"""DialogZoo's card: means over sets, and tasks that are not above what needs no training."""

from __future__ import annotations

import json
from pathlib import Path

from engine.results.zoo import ZooScore, append, read
from engine.results.zoo_card import NOTHING, by_task, card, table, weak


def row(model: str, task: str, dataset: str, value: float, decoding: str = "constrained", valid: float = 100.0) -> ZooScore:
    return ZooScore(model=model, weights="w" if model == "compact" else "", task=task, dataset=dataset, split="test", decoding=decoding, metric="accuracy",
                    metrics={"accuracy": value}, low=value - 1, high=value + 1, valid=valid, examples=10, available=20, tokens_seen=5, seed=0, seconds=1.0,
                    hardware="h", commit="c", command="x", versions={}, created=f"2026-01-01T00:00:0{len(model) % 10}+00:00")


ROWS = [
    row("compact", "emo", "a", 50), row("compact", "emo", "b", 30), row("untrained", "emo", "a", 5), row("untrained", "emo", "b", 5),
    row("majority", "emo", "a", 60, ""), row("copy", "emo", "a", 1, ""), row("majority", "emo", "b", 10, ""),
    row("compact", "rew", "c", 20), row("untrained", "rew", "c", 2), row("copy", "rew", "c", 68, ""),
    row("compact", "emo", "a", 40, "free", 80.0),
]


def test_a_task_is_the_mean_of_its_sets() -> None:
    line = by_task(ROWS, "compact").set_index("task").loc["emo"]
    assert (line["sets"], line["n"], line["score"], line["untrained"], line["baseline"]) == (2, 20, 40.0, 5.0, 35.0)
    assert (line["valid"], line["valid_free"]) == (100.0, 80.0)


def test_weak_tasks_are_named_with_what_beats_them() -> None:
    assert weak(ROWS, "compact") == {"rew": "20.0 accuracy on the mean over 1 set, the best answer that needs no training reaches 68.0."}
    worse = [*ROWS[:2], row("untrained", "emo", "a", 90), row("untrained", "emo", "b", 90)]
    assert "the untrained model reaches 90.0" in weak(worse, "compact")["emo"]
    assert "Not above both on: REW." in table(ROWS, "compact") and "| EMO | accuracy | 2 | 20 | 40.0 | 5.0 | 35.0 | 100.0 | 80.0 |" in table(ROWS, "compact")


def test_sets_that_are_never_trained_on_stand_apart() -> None:
    rows = [*ROWS, row("compact", "fill", "restaurant8k", 40), row("compact", "fill", "top", 10), row("majority", "fill", "top", 12, "")]
    assert by_task(rows, "compact").set_index("task").loc["fill", "score"] == 40.0
    assert by_task(rows, "compact", unseen=True)["score"].tolist() == [10.0]
    assert "fill" not in weak(rows, "compact") and table(rows, "compact").endswith("| FILL | accuracy | 1 | 10 | 10.0 | – | 12.0 | 100.0 | – |")
    assert "zero-shot" not in table(ROWS, "compact")


def test_nothing_scored_says_how_to_score() -> None:
    assert weak([], "compact") == {} and table([], "compact") == NOTHING


def test_the_card_names_sets_and_licences(tmp_path: Path) -> None:
    known = {"title": "DialogZoo, compact", "base": "minilm-l6", "tasks": ["emo", "rew"], "datasets": ["emo/a", "rew/c"], "licences": {"a": "MIT", "c": "none"},
             "schedule": {"kind": "iterative", "slice": 64}, "recipe": {"batch_size": 32}, "max_tokens": 256, "seed": 0, "tokens_seen": 5_500_000,
             "steps": 9, "seconds": 60, "hardware": "two cores"}
    (tmp_path / "compact.json").write_text(json.dumps(known), encoding="utf-8")
    text = card(tmp_path / "compact.json", ROWS)
    assert "- a: MIT" in text and "emo/a, rew/c" in text and "5,500,000 tokens" in text and "two cores" in text and "- REW: 20.0" in text


def test_rows_are_kept_and_read_back(tmp_path: Path) -> None:
    for one in ROWS:
        append(one, tmp_path / "zoo.jsonl")
    assert read(tmp_path / "zoo.jsonl") == ROWS
