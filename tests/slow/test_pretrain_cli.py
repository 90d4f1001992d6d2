"""The papers' steps as commands, end to end on a tiny base: pre-train, interrupt and resume, fine-tune, evaluate, predict."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

import engine.train.pretrain
from engine.__main__ import main
from engine.corpora import CORPORA
from engine.models.files import load_tensors
from engine.models.store import encoder_file, objective_file, task_file
from engine.objectives import OBJECTIVES
from engine.paths import REPOSITORY, runs_root
from engine.results import predictions, store
from engine.train.learner import Learner
from tests.unit import tiny, tiny_shipped

Capture = pytest.CaptureFixture[str]
BUDGET = "9000"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> str:
    return tiny.bert(tmp_path_factory.mktemp("tiny") / "bert")


@pytest.fixture(autouse=True)
def small_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The toy corpus stands in for the nine; the tasks read our samples; the shipped entity extractor counts."""
    data = tmp_path / "data"
    data.mkdir()
    (data / "oos").symlink_to(REPOSITORY / "samples" / "oos")
    shutil.copytree(REPOSITORY / "samples" / "multiwoz21", data / "multiwoz21")
    ontology = {"hotel-area": ["north", "south"], "taxi-destination": ["station"]}
    (data / "multiwoz21" / "ontology.json").write_text(json.dumps(ontology), encoding="utf-8")
    checkpoints = tmp_path / "checkpoints"
    checkpoints.mkdir()
    (checkpoints / "entities").symlink_to(REPOSITORY / "checkpoints" / "entities")
    monkeypatch.setattr(engine.train.pretrain, "COUNTED", 50)
    monkeypatch.setattr(engine.train.pretrain.material, "__kwdefaults__", {  # the defaults were bound when the module was read
        **(engine.train.pretrain.material.__kwdefaults__ or {}), "splits": {"toy": ("train",)}, "held_out": ("toy", "dev")})
    monkeypatch.setattr("engine.train.ship.TRAINING_SPLITS", {"toy": ("train",)})
    monkeypatch.setattr("engine.train.ship.PROBE_DIALOGUES", dict.fromkeys(OBJECTIVES, 40))
    monkeypatch.setattr("engine.train.ship.PROBE_EPOCHS", dict.fromkeys(OBJECTIVES, 1))
    with tiny_shipped.home(checkpoints):
        yield


def cards() -> dict[str, dict[str, Any]]:
    return {name: json.loads(objective_file("mlm", name).with_suffix(".json").read_text()) for name in OBJECTIVES}


def weights(path: Path) -> Mapping[str, Any]:
    return load_tensors(path)[0]


def stop_after(steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C in the forward pass of a step."""
    forward, calls = Learner.forward, [0]

    def interrupted(self: Learner, batches: Any) -> Any:
        calls[0] += 1
        if calls[0] > steps:
            raise KeyboardInterrupt
        return forward(self, batches)

    monkeypatch.setattr(Learner, "forward", interrupted)


def logged(folder: Path) -> dict[int, float]:
    """Tokens to MLM loss, from the TensorBoard files."""
    events = EventAccumulator(str(folder), size_guidance={"scalars": 0})
    events.Reload()
    return {event.step: event.value for event in events.Scalars("loss/mlm")}


def run_folder() -> Path:
    (folder,) = runs_root().glob("pretrain-mlm-*")
    return folder


def pretrain(base: str, *more: str, variant: str = "mlm") -> int:
    return main(["pretrain", variant, "--base", base, "--tokens", BUDGET, *more])


def test_pretrain_ships_an_encoder_and_every_head(base: str, capsys: Capture) -> None:
    assert pretrain(base) == 0
    card = json.loads(encoder_file("mlm").with_suffix(".json").read_text())
    assert card["tokens_seen"] >= int(BUDGET) and card["steps"] > 2 and card["base"] == base and card["recipe"]["token_budget"] == int(BUDGET)
    assert card["training_sets"] == {"toy": {"splits": ["train"], "licence": CORPORA["toy"].card.licence}}
    assert card["held_out_losses"].keys() == {"mlm"} and card["layers"] == [0, 1]
    assert {name: one["head"] for name, one in cards().items()} == {**dict.fromkeys(OBJECTIVES, "linear probe"), "mlm": "trained"}
    found = logged(run_folder())
    assert len(found) == card["steps"] and max(found) == card["tokens_seen"]
    assert "held-out mlm" in capsys.readouterr().err


def test_an_interrupted_pretrain_ends_as_one_that_was_not(base: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Capture) -> None:
    from engine.recipes import PRETRAIN

    monkeypatch.setitem(PRETRAIN, "cpu", replace(PRETRAIN["cpu"], save_every=1))  # type: ignore[arg-type]
    with monkeypatch.context() as patch:
        stop_after(3, patch)
        assert pretrain(base) == 130
    assert "interrupted; the same command goes on" in capsys.readouterr().err
    assert not encoder_file("mlm").is_file() and len(logged(run_folder())) == 3
    assert pretrain(base) == 0
    resumed, card = weights(encoder_file("mlm")), json.loads(encoder_file("mlm").with_suffix(".json").read_text())
    steps = logged(run_folder())
    monkeypatch.setenv("DIALATLAS_RUNS", str(tmp_path / "other"))
    assert pretrain(base) == 0
    whole = json.loads(encoder_file("mlm").with_suffix(".json").read_text())
    assert (card["steps"], card["tokens_seen"], card["held_out_losses"]) == (whole["steps"], whole["tokens_seen"], whole["held_out_losses"])
    assert steps.keys() == logged(run_folder()).keys()
    assert resumed.keys() == weights(encoder_file("mlm")).keys() and all((value == weights(encoder_file("mlm"))[name]).all() for name, value in resumed.items())


def test_an_interruption_while_shipping_is_made_up_for(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*args: object, **more: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("engine.train.ship.ship_objective", stop)
        assert pretrain(base) == 130
    assert not objective_file("mlm", "dsp").is_file()
    assert pretrain(base) == 0
    assert cards().keys() == set(OBJECTIVES)
    card = json.loads(encoder_file("mlm").with_suffix(".json").read_text())
    assert card["tokens_seen"] >= int(BUDGET) and card["steps"] > 2


def test_heads_of_another_base_are_not_taken(base: str, tmp_path: Path) -> None:
    other = tiny.bert(tmp_path / "other", words=(*tiny.VOCABULARY, "hotels"), rows=len(tiny.VOCABULARY) + 1)
    tiny_shipped.ship(other, "bert", tasks=())
    assert pretrain(base) == 0


def test_the_base_is_shipped_with_probes_from_which_others_start(base: str) -> None:
    assert main(["pretrain", "bert", "--base", base]) == 0
    card = json.loads(encoder_file("bert").with_suffix(".json").read_text())
    assert (card["tokens_seen"], card["layers"], card["training_sets"]) == (0, [], {}) and list(weights(encoder_file("bert"))) == [
        "encoder.model.embeddings.word_embeddings.markers"]
    assert all(objective_file("bert", name).is_file() for name in OBJECTIVES)
    from engine.commands.pretrain import chosen_variant, warm_heads

    chosen = chosen_variant(SimpleNamespace(variant="mlm", base=base, recipe="cpu", tokens=None, seed=0))  # type: ignore[arg-type]
    assert warm_heads(chosen).keys() == {"mlm"}
    assert pretrain(base, variant="joint") == 0


@pytest.mark.parametrize(("task", "corpus"), [("intent", "oos"), ("dialogue_act", "multiwoz21"), ("response_selection", "multiwoz21"),
                                              ("state_tracking", "multiwoz21")])
def test_finetune_evaluate_predict(base: str, tmp_path: Path, task: str, corpus: str, capsys: Capture) -> None:
    tiny_shipped.ship(base, "mlm", tasks=())
    assert main(["finetune", "mlm", task, corpus]) == 0
    card = json.loads(task_file("mlm", task, corpus).with_suffix(".json").read_text())
    assert (card["task"], card["corpus"], card["recipe"]["top_layers"], card["layers"]) == (task, corpus, 3, [0, 1])
    assert card["training_set"]["licence"] and card["trained_examples"] >= 1 and card["steps"] >= 1
    split = "train" if task == "response_selection" else "test"
    capsys.readouterr()
    assert main(["evaluate", "mlm", task, corpus, "--split", split, "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    (row,) = store.read()
    assert row.metrics == shown["metrics"] and (row.variant, row.task, row.split) == ("mlm", task, split) and row.examples == shown["examples"] >= 1
    assert predictions.recompute(row) == pytest.approx(dict(row.metrics))
    assert main(["evaluate", "mlm", task, corpus, "--split", split, "--dry-run"]) == 0
    assert len(store.read()) == 1 and "%" in capsys.readouterr().out
    chat = tmp_path / "chat.txt"
    chat.write_text("User: a taxi to the station, please.\nSystem: When?\nUser: now\n", encoding="utf-8")
    assert main(["predict", str(chat), "--json"]) == 0
    answers = json.loads(capsys.readouterr().out)["predictions"]
    assert {answer["task"] for answer in answers} == {task} and {answer["variant"] for answer in answers} == {"mlm"}


def test_all_weights_can_be_trained_too(base: str, capsys: Capture) -> None:
    tiny_shipped.ship(base, "mlm", tasks=())
    assert main(["finetune", "mlm", "intent", "oos", "--recipe", "paper"]) == 0
    card = json.loads(task_file("mlm", "intent", "oos").with_suffix(".json").read_text())
    assert card["layers"] == [] and card["recipe"]["tuning"] == "full"
    assert main(["evaluate", "mlm", "intent", "oos", "--dry-run"]) == 0


def test_finetune_goes_on_and_follows_its_encoder(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny_shipped.ship(base, "mlm", tasks=())
    with monkeypatch.context() as patch:
        stop_after(0, patch)
        assert main(["finetune", "mlm", "intent", "oos"]) == 130
    assert main(["finetune", "mlm", "intent", "oos"]) == 0 == main(["finetune", "mlm", "intent", "oos"])
    assert len(list(runs_root().glob("finetune-mlm-intent-oos-*"))) == 1
    place = encoder_file("mlm").with_suffix(".json")
    place.write_text(json.dumps({**json.loads(place.read_text()), "variant_fingerprint": "other weights"}))
    assert main(["finetune", "mlm", "intent", "oos"]) == 0
    assert len(list(runs_root().glob("finetune-mlm-intent-oos-*"))) == 2
    assert main(["evaluate", "mlm", "intent", "oos", "--dry-run"]) == 0


def test_finetune_without_an_encoder_says_so(capsys: Capture) -> None:
    assert main(["finetune", "dcv", "intent", "oos"]) == 2
    assert "dcv/encoder.json: the card is not there" in capsys.readouterr().err
