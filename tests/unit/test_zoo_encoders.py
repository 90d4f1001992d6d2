"""Encoders of our own for DialoGLUE: plain MLM on the unified dataset's dialogues, and runs of the text-to-text model."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.__main__ import main
from engine.errors import MissingDataError
from engine.models.encoder import Encoder
from engine.models.files import load_tensors
from engine.models.seq2seq.model import compact
from engine.models.seq2seq.store import zoo_file
from engine.paths import REPOSITORY, runs_root
from engine.recipes import ZOO, ZOO_MLM
from engine.results import glue
from engine.train.backbones import COMPACT
from engine.train.glue import known
from engine.train.learner import Learner, prepare
from engine.train.zoo import Plan
from engine.train.zoo_ship import apart
from engine.zoo import ZOO_TASKS
from engine.zoo.build import build
from engine.zoo.dialogues import dialogues, stamp
from engine.zoo.escape import BRACKETED
from engine.zoo.outputs import write_turns
from engine.zoo.pairs import PAIRS
from engine.zoo.rows import Rows, tasks_of
from engine.zoo.selfsupervised import reordering
from tests.unit import tiny
from tests.unit.test_zoo_glue import written_intents

SAMPLES = REPOSITORY / "samples" / "zoo"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> str:
    return tiny.bert(tmp_path_factory.mktemp("tiny") / "bert")


@pytest.fixture
def banking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one set on this machine."""
    written_intents(tmp_path / "sets" / "banking77")
    monkeypatch.setenv("DIALATLAS_DATA", str(tmp_path / "sets"))


@pytest.fixture
def small_zoo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A unified dataset of our own samples of a few sets."""
    pairs = [pair for pair in PAIRS if pair.task in ("rew", "sum", "emo", "intent") and (SAMPLES / pair.dataset).is_dir()]
    build(pairs, SAMPLES, tmp_path / "zoo", makers=[reordering()])
    for recipes in (ZOO, ZOO_MLM):
        monkeypatch.setitem(recipes, "cpu", replace(recipes["cpu"], precision="no", save_every=1, batch_size=4))
    return tmp_path / "zoo"


def run_of(start: str) -> Path:
    (folder,) = runs_root().glob(f"{start}-*")
    return folder


def contents(out: Path, use: str) -> set[str]:
    return {write_turns(sample.turns) for task in tasks_of(out, use) if ZOO_TASKS[task].supervised
            for sample in Rows(out, use, task).take(range(len(Rows(out, use, task)))) if sample.turns}


def test_each_dialogue_is_read_once_and_no_test_input(small_zoo: Path) -> None:
    counts = Counter[str]()
    found = [write_turns(dialogue.turns) for dialogue in dialogues(small_zoo, "train", list(ZOO_TASKS), counts)]
    training, tests = contents(small_zoo, "train"), contents(small_zoo, "test")
    assert len(found) == counts["kept"] > 10 and {*found} <= training
    assert tests and not {*found} & tests
    assert not [one for one in found for other in found if other.startswith(one) and one is not other], "none goes on in another"
    left = {one for one in training - tests if not any(other.startswith(one) for other in found)}
    assert all(one.count("[USR]") + one.count("[SYS]") == 1 and any(one.partition("] ")[2] in other for other in found) for one in left)
    assert counts["part of another"] > 0


def test_a_training_dialogue_that_is_a_test_input_elsewhere_is_left_out(small_zoo: Path) -> None:
    before = [dialogue.turns for dialogue in dialogues(small_zoo, "train", ["sum"])]
    shutil.copy(small_zoo / "train" / "sum.parquet", small_zoo / "test" / "dialqa.parquet")
    assert before and not list(dialogues(small_zoo, "train", ["sum"]))
    assert stamp(small_zoo, "train", ["sum"]) != stamp(small_zoo, "train", ["rew"])
    with pytest.raises(MissingDataError, match="zoo build"):
        list(dialogues(small_zoo, "train", ["reo"]))


def test_mlm_trains_what_the_text_to_text_model_trains(base: str) -> None:
    """As many of its top layers, and the markers."""
    assert ZOO_MLM["cpu"].top_layers == 6 - COMPACT["compact"]["frozen_layers"]
    assert replace(ZOO_MLM["cpu"], tuning="full", top_layers=None, dropout=None) == ZOO["cpu"]
    encoder, model = Encoder(base), compact(BRACKETED, base=base, decoder_layers=(0, 1), frozen_layers=1)
    prepare(encoder, replace(ZOO_MLM["cpu"], top_layers=1), markers=True)
    ours = {name for name, weight in encoder.model.named_parameters() if weight.requires_grad}
    assert ours == {name for name, weight in model.net.encoder.named_parameters() if weight.requires_grad} and len(ours) > 10


def test_mlm_goes_on_where_it_was_and_its_encoder_is_fine_tuned(base: str, small_zoo: Path, banking: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
                                                                capsys: pytest.CaptureFixture[str]) -> None:
    command = ["zoo", "mlm", "--base", base, "--tokens", "3000", "--out", str(small_zoo)]
    forward, calls = Learner.forward, [0]

    def interrupted(self: Learner, batches: Any) -> Any:
        calls[0] += 1
        if calls[0] > 3:
            raise KeyboardInterrupt
        return forward(self, batches)

    with monkeypatch.context() as patch:
        patch.setattr(Learner, "forward", interrupted)
        assert main(command) == 130
    folder = run_of("zoo-mlm")
    assert main(["zoo", "glue", "--encoder", str(folder), "--sets", "banking"]) == 2
    assert "has not ended" in capsys.readouterr().err
    assert main([*command, "--ship-to", str(tmp_path / "shipped")]) == 0
    resumed = load_tensors(folder / "trained.safetensors")[0]
    monkeypatch.setenv("DIALATLAS_RUNS", str(tmp_path / "other"))
    assert main(command) == 0
    whole = load_tensors(run_of("zoo-mlm") / "trained.safetensors")[0]
    assert resumed.keys() == whole.keys() and all(torch.equal(resumed[name], whole[name]) for name in whole)
    assert {path.name for path in (tmp_path / "shipped").iterdir()} == {"trained.safetensors", "trained.json", "curve.jsonl"}
    for place, called in ((folder, []), (tmp_path / "shipped", ["--name", "mine"])):
        glued = ["zoo", "glue", "--encoder", str(place), "--sets", "banking", "--shots", "10", "--steps", "2", *called]
        assert main(glued) == 0
    card = json.loads((folder / "trained.json").read_text(encoding="utf-8"))
    assert sorted(card["tasks"]) == ["emo", "intent", "rew", "sum"] == sorted({pair.partition("/")[0] for pair in card["datasets"]}), "not reo"
    first, second = glue.read()
    assert (first.encoder, second.encoder) == ("zoo-mlm-3k", "mine") and first.tokens_seen == card["tokens_seen"] >= 3000
    assert first.weights == second.weights == card["weights"]["sha256"] and first.hardware and card["held_out_losses"]["mlm"] > 0
    assert not torch.allclose(known(str(folder)).open().eval()([[2, 6, 3]])[0], Encoder(base).eval()([[2, 6, 3]])[0], atol=1e-3)


def test_a_shortened_run_is_an_encoder_with_a_telling_name(small_zoo: Path, banking: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIALATLAS_CHECKPOINTS", str(tmp_path / "checkpoints"))
    tasks = "rew,sum,emo,intent"
    assert main(["zoo", "train", "--tokens", "300", "--tasks", tasks, "--out", str(small_zoo), "--ship", "own"]) == 0
    assert main(["zoo", "glue", "--encoder", str(run_of("zoo")), "--sets", "banking", "--shots", "10", "--steps", "1"]) == 0
    (row,) = glue.read()
    assert row.encoder.startswith("compact-") and row.encoder.endswith("-only-rew-sum-emo-intent") and row.tokens_seen >= 300
    assert row.weights == known(str(zoo_file("own"))).weights and known("own").name == "own"
    assert apart(Plan(tasks=tuple(task for task in ZOO_TASKS if ZOO_TASKS[task].supervised)), 0) == ["without-reo-clo"]
    assert main(["zoo", "train", "--backbone", "small-t5", "--tokens", "300", "--out", str(small_zoo), "--ship", "own"]) == 2
