"""Model cards and the score table say what the JSON cards and result rows say."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.results.cards import score_table, variant_card
from engine.results.store import Result

ROW = Result(variant="crm", fingerprint="f1", task="intent", corpus="oos", protocol="default", seed=0, split="test",
             metrics={"acc_all": 0.8125, "recall_out": 0.25}, examples=5500, seconds=1.0, hardware="two cores", tokens_seen=1000,
             trained_examples=15100, finetuning="run1", commit="abc",
             command="python -m engine evaluate crm intent oos", versions={}, created="2026-01-01T00:00:00")
ENCODER: dict[str, Any] = {
    "variant": "crm", "title": "CRM", "note": "MLM and CRM.", "base": "minilm-l6", "objectives": {"mlm": 1, "crm": 1}, "variant_fingerprint": "f1",
    "tokens_seen": 601_234, "steps": 170, "seconds": 260, "hardware": "two cores", "held_out_losses": {"mlm": 3.7487},
    "recipe": {"batch_size": 16, "max_tokens": 128, "rank": 16, "learning_rate": 0.001, "seed": 5},
    "excluded_dialogues": 33, "training_sets": {"woz2": {"splits": ["train", "dev"], "licence": "Apache-2.0"}}}
TASK = {"task": "intent", "corpus": "oos", "protocol": "default", "trained_examples": 15100, "steps": 472, "tokens": 200000, "recipe": {"seed": 0},
        "training_set": {"split": "train", "licence": "CC BY 3.0"}, "finetuning": "run1"}
HEAD = {"objective": "dsp", "head": "linear probe", "held_out": {"accuracy": 0.875, "n": 256}}


def written(folder: Path, **changes: Any) -> Path:
    (folder / "encoder.json").write_text(json.dumps({**ENCODER, **changes}))
    (folder / "objective-dsp.json").write_text(json.dumps(HEAD))
    (folder / "intent-oos.json").write_text(json.dumps(TASK))
    return folder


def test_a_card_names_data_scale_heads_and_scores(tmp_path: Path) -> None:
    card = variant_card(written(tmp_path), [ROW, replace(ROW, finetuning="sweep", metrics={"acc_all": 0.1})])
    for said in ("# CRM", "601,234 tokens in 170 steps", "seed 5", "| woz2 | train, dev | Apache-2.0 |", "| dsp | linear probe | 0.875 | 256 |", "mlm 3.749",
                 "acc_all 81.2%", "5,500"):
        assert said in card
    assert "10.0%" not in card, "rows of other models do not belong on the card, though they stand on the same encoder"


def test_a_card_says_that_repeated_test_dialogues_were_left_out(tmp_path: Path) -> None:
    assert "were left out (33 digests" in variant_card(written(tmp_path), [])


def test_a_card_names_another_base(tmp_path: Path) -> None:
    card = variant_card(written(tmp_path, base="bert-base-uncased"), [])
    assert "those of bert-base-uncased" in card and "MiniLM" not in card
    assert "MiniLM-L6-H384" in variant_card(written(tmp_path), [])


def test_the_base_has_no_training_to_tell_of(tmp_path: Path) -> None:
    card = variant_card(written(tmp_path, tokens_seen=0, training_sets={}), [])
    assert "No further pre-training" in card and "training set" not in card


def test_the_table_takes_the_newest_test_row_of_a_variants_files_and_leaves_gaps() -> None:
    rows = [ROW, replace(ROW, metrics={"acc_all": 0.9, "recall_out": 0.5}), replace(ROW, split="dev", metrics={"acc_all": 0.1}),
            replace(ROW, task="dialogue_act", corpus="gsim", metrics={"f1_micro": 0.3})]
    lines = score_table({"bert": [], "crm": rows}).splitlines()
    assert "intent acc_all (n=5,500)" in lines[0]
    assert lines[2].startswith("| bert | not measured") and lines[3].startswith("| crm | 90.0 | 50.0 | not measured")
