"""The shipped weights: complete, comparable, small, and as good as their results say."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from engine.corpora import CORPORA
from engine.corpora.mixture import TRAINING_SPLITS
from engine.objectives import OBJECTIVES
from engine.paths import REPOSITORY
from engine.serve.local import SERVED
from engine.tasks import TASKS
from engine.tasks.base import Example, Labels
from engine.variants import VARIANTS

SHELF = REPOSITORY / "checkpoints" / "variants"
FURTHER = tuple(name for name in VARIANTS if VARIANTS[name].objectives)
MEBIBYTE = 2**20
BINARY = {".safetensors"}
TEXT = {".json", ".md"}


@pytest.fixture(autouse=True)
def shipped() -> None:
    """Skips where no weights came with the repository; fails under CI."""
    if not SHELF.is_dir():
        reason = f"no shipped weights at {SHELF}; train them with `python -m engine pretrain`, or check out a commit that holds them"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)


@cache
def card(name: str, file: str = "encoder") -> Mapping[str, Any]:
    return dict(json.loads((SHELF / name / f"{file}.json").read_text(encoding="utf-8")))


def task_cards(name: str) -> list[Mapping[str, Any]]:
    return [card(name, f"{task}-{corpus}") for task, corpus in SERVED.items()]


def everywhere(name: str) -> list[Mapping[str, Any]]:
    return [card(name), *(card(name, f"objective-{objective}") for objective in OBJECTIVES), *task_cards(name)]


def test_all_nine_are_there_and_nothing_else() -> None:
    assert {entry.name for entry in SHELF.iterdir()} == set(VARIANTS)


@pytest.mark.parametrize("name", VARIANTS)
def test_every_head_and_task_has_its_file_and_card(name: str) -> None:
    stems = {"encoder", *(f"objective-{objective}" for objective in OBJECTIVES), *(f"{task}-{corpus}" for task, corpus in SERVED.items())}
    found = {(path.stem, path.suffix) for path in (SHELF / name).iterdir() if path.suffix != ".md"}
    assert found == {(stem, suffix) for stem in stems for suffix in (".safetensors", ".json")}


def test_they_are_small_and_safetensors_only() -> None:
    files = [path for path in SHELF.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 100 * MEBIBYTE
    assert {path.suffix for path in files} <= BINARY | TEXT
    for path in files:
        if path.suffix in TEXT:
            path.read_text(encoding="utf-8")
        else:
            assert path.read_bytes()[8:9] == b"{", f"{path} is not safetensors"


def test_every_weight_file_is_the_one_on_its_card() -> None:
    from engine.serve.weights import damaged, weight_files

    files = weight_files(thorough=True)
    zoo = [file.name for file in files if file.name.startswith("zoo/")]
    assert zoo == ["zoo/compact.safetensors"]
    assert len(files) - len(zoo) == len(VARIANTS) * (1 + len(OBJECTIVES) + len(SERVED)) and damaged(files) == []


@pytest.mark.parametrize("name", VARIANTS)
def test_fingerprints_are_those_of_the_variants(name: str) -> None:
    wanted = VARIANTS[name].fingerprint()
    assert card(name)["variant_fingerprint"] == wanted and {one["variant_fingerprint"] for one in task_cards(name)} == {wanted}
    assert card(name)["objectives"] == dict(VARIANTS[name].objectives)


@pytest.mark.parametrize("name", FURTHER)
def test_the_training_sets_are_named_with_their_licences(name: str) -> None:
    sets = card(name)["training_sets"]
    assert {key: tuple(value["splits"]) for key, value in sets.items()} == dict(TRAINING_SPLITS)
    assert {key: value["licence"] for key, value in sets.items()} == {key: CORPORA[key].card.licence for key in sets}
    assert all(value["licence"].strip() for value in sets.values())


@pytest.mark.parametrize("name", FURTHER)
def test_the_training_is_described(name: str) -> None:
    found = card(name)
    assert found["steps"] > 0 and found["seconds"] > 0 and found["recipe"]["seed"] == VARIANTS[name].recipe.seed
    assert found["held_out_losses"].keys() == VARIANTS[name].objectives.keys() and all(value > 0 for value in found["held_out_losses"].values())


@pytest.mark.parametrize("name", VARIANTS)
def test_every_card_says_where_it_was_made(name: str) -> None:
    for one in everywhere(name):
        assert one["hardware"] and one["commit"] not in ("", "unknown") and one["command"].startswith("python")
        assert {"python", "torch", "transformers"} <= one["versions"].keys() and one["created"].startswith("20") and one["base"] == card(name)["base"]


@pytest.mark.parametrize("name", VARIANTS)
def test_every_task_says_how_it_was_trained(name: str) -> None:
    for task, one in zip(SERVED, task_cards(name), strict=True):
        assert (one["task"], one["variant"], one["protocol"]) == (task, name, TASKS[task].card.protocols[0])
        assert one["training_set"]["licence"] == CORPORA[one["corpus"]].card.licence and "test" not in one["training_set"]["split"]
        assert one["trained_examples"] > 0 < one["steps"] and one["tokens"] > 0 and one["tokens_seen"] == card(name)["tokens_seen"]
        assert isinstance(one["recipe"]["seed"], int)


@pytest.mark.parametrize("name", VARIANTS)
def test_trained_heads_are_those_of_the_objectives(name: str) -> None:
    kinds = {objective: card(name, f"objective-{objective}")["head"] for objective in OBJECTIVES}
    assert kinds == {objective: "trained" if objective in VARIANTS[name].objectives else "linear probe" for objective in OBJECTIVES}
    assert len({card(name, f"objective-{objective}")["entity_classes"] for objective in OBJECTIVES}) == 1
    for objective in OBJECTIVES:
        held_out = card(name, f"objective-{objective}")["held_out"]
        assert 0 <= held_out["accuracy"] <= 1 and held_out["n"] > 0


def test_all_have_seen_as_many_tokens() -> None:
    assert card("bert")["tokens_seen"] == 0 == card("bert")["steps"]
    seen = {name: card(name)["tokens_seen"] for name in FURTHER}
    assert max(seen.values()) <= 1.02 * min(seen.values()), seen


@pytest.mark.parametrize("task", SERVED)
def test_all_were_fine_tuned_alike(task: str) -> None:
    cards = [card(name, f"{task}-{SERVED[task]}") for name in VARIANTS]
    for key in ("head_options", "labels", "trained_examples", "steps", "protocol"):
        assert all(one[key] == cards[0][key] for one in cards), key
    recipes = [{key: value for key, value in one["recipe"].items() if value is not None} for one in cards]  # older cards lack newer, unset fields
    assert all(recipe == recipes[0] for recipe in recipes)


# Scores


def examples_for(task: str, data: Path, limit: int) -> list[Example]:
    from engine.train.evaluate import examples_of

    return examples_of(task, SERVED[task], data, "test", TASKS[task].card.protocols[0], limit)


@cache
def measured(name: str, task: str, data: Path, limit: int, time: int = 1) -> Mapping[str, float]:
    """Metrics on a fixed draw of official test rows (``time``: measured anew for each)."""
    from engine.shipped import ShippedTask
    from engine.train.evaluate import evaluate

    [scored] = evaluate([ShippedTask(name, task, SERVED[task])], [examples_for(task, data, limit)])
    row = scored.row
    assert row.examples == limit and row.fingerprint == card(name)["variant_fingerprint"]
    return row.metrics


def test_a_score_is_the_same_twice_and_far_above_chance(shared_data: Path) -> None:
    first, again = (measured("bert", "intent", shared_data, 200, time) for time in (1, 2))
    assert first == again and first["acc_all"] > 0.3


@pytest.mark.parametrize(("task", "metric", "always"), [("dialogue_act", "f1_micro", ("inform",)), ("state_tracking", "slot_acc", {}),
                                                         ("state_tracking", "joint_acc", {})])
def test_the_model_beats_one_answer_for_everything(shared_data: Path, task: str, metric: str, always: Any) -> None:
    examples = examples_for(task, shared_data, 100)
    labels = Labels.from_json(card("bert", f"{task}-{SERVED[task]}")["labels"])
    lazy = TASKS[task].score([example.target for example in examples], [always] * 100, labels)
    assert measured("bert", task, shared_data, 100)[metric] > lazy[metric] + 0.02


def test_response_selection_is_far_above_chance(shared_data: Path) -> None:
    assert measured("bert", "response_selection", shared_data, 100)["r100_at_1"] > 10 * 0.01


def test_the_results_are_of_these_files() -> None:
    from engine.results.store import read

    path = REPOSITORY / "checkpoints" / "results" / "results.jsonl"
    assert path.is_file(), "no result was measured: run `python -m engine evaluate`"
    known = {(name, VARIANTS[name].fingerprint(), task, corpus) for name in VARIANTS for task, corpus in SERVED.items()}
    assert known <= {(row.variant, row.fingerprint, row.task, row.corpus) for row in read(path) if row.split == "test"}


def test_abilities_were_measured_on_these_files_and_on_no_test_row() -> None:
    from engine.probing import PROBES
    from engine.results.abilities import frame, read

    rows = read(REPOSITORY / "checkpoints" / "results" / "abilities.jsonl")
    measured = frame(rows, "ability")
    assert set(zip(measured["variant"], measured["subject"], strict=True)) == {(name, probe) for name in VARIANTS for probe in PROBES}
    assert {name: measured.loc[measured["variant"] == name, "fingerprint"].unique().tolist() for name in VARIANTS} == {
        name: [card(name)["variant_fingerprint"]] for name in VARIANTS}
    assert len(frame(rows, "similarity")) == len(VARIANTS) * (len(VARIANTS) - 1) // 2
    scored = frame(rows, "transferability")
    assert scored.groupby("subject")["variant"].nunique().eq(len(VARIANTS)).all()
    assert not any("test" in PROBES[name].card.training + PROBES[name].card.held_out for name in PROBES)
