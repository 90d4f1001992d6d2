"""Shipped files: what is saved comes back, what is damaged is one sentence, and what is shared stays as it is."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from engine.errors import CheckpointError
from engine.fingerprint import file_sha256
from engine.models import checkpoint, files
from engine.models.answer import cls_states, shared_cls_states
from engine.models.batch import HeadSpec
from engine.models.encoder import Encoder
from engine.models.heads import build_head
from engine.models.store import encoder_file, objective_file, task_file, variant_encoder, variant_folder
from engine.models.tokens import TextForm
from engine.recipes import HEADS, HeadOptions
from engine.results import predictions, store
from engine.results.outcomes import metrics
from engine.shipped import ShippedObjective, ShippedTask, other_protocol
from engine.tasks.base import Example
from engine.train.evaluate import Scored, evaluate, record
from engine.train.learner import prepare
from tests.unit import tiny, tiny_shipped

ROUNDING = {"atol": 0.05, "rtol": 0.05}
"""Weights are stored in bf16 (8 bits of mantissa); states are of size 1."""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> str:
    return tiny.bert(tmp_path_factory.mktemp("tiny") / "bert")


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Path]:
    with tiny_shipped.home(tmp_path / "checkpoints"):
        yield tmp_path / "checkpoints"


def sequences(encoder: Encoder) -> list[list[int]]:
    form = TextForm(encoder.tokens, 60)
    return [form.history(dialogue.turns[:3])[0] for dialogue in tiny.toy()[:5]]


def trained(base: str, tuning: str, layers: int | None = None, markers: bool = True) -> Encoder:
    """An encoder as after training (fine-tuning leaves the markers as they are)."""
    made = Encoder(base)
    with torch.random.fork_rng():
        torch.manual_seed(3)
        prepare(made, replace(tiny_shipped.RECIPE, tuning=tuning, top_layers=layers), markers=markers)  # type: ignore[arg-type]
        return tiny_shipped.shaken(made, 0.1).eval()  # type: ignore[no-any-return]


def saved(path: Path, encoder: Encoder, head: nn.Module | None = None, layers: list[int] | None = None) -> checkpoint.Delta:
    checkpoint.save(path, encoder, head, {"what": "é"}, layers=layers or [], rank=4)
    return checkpoint.load(path)


# Saving and loading


@torch.no_grad()
@pytest.mark.parametrize(("tuning", "top", "layers"), [("full", None, []), ("lora", None, [0, 1]), ("lora", 1, [1])])
def test_what_is_saved_comes_back(base: str, tmp_path: Path, tuning: str, top: int | None, layers: list[int]) -> None:
    made = trained(base, tuning, top)
    path = tmp_path / "x.safetensors"
    delta = saved(path, made, layers=layers)
    plain, back = Encoder(base).eval(), checkpoint.apply(Encoder(base).eval(), delta)
    ids = sequences(made)
    torch.testing.assert_close(back(ids)[0], made(ids)[0], **ROUNDING)
    assert (plain(ids)[0] - made(ids)[0]).abs().max() > 0.3 and not any("lora" in name for name, _ in back.named_parameters())
    assert delta.card == {"what": "é", "base": base, "layers": layers, "rank": 4, "format": "1",
                          "weights": {"bytes": path.stat().st_size, "sha256": file_sha256(path)}}


def test_weights_are_stored_in_two_bytes_and_nothing_else_is_there(base: str, tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    saved(path, trained(base, "lora", 1), layers=[1])
    tensors, _ = files.load_tensors(path)
    assert {value.dtype for value in tensors.values()} == {torch.bfloat16} and len(tensors) == 13
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["x.json", "x.safetensors"]


def test_a_head_comes_back(base: str, tmp_path: Path) -> None:
    encoder = Encoder(base)
    spec = HeadSpec(kind="slots", size=2, options={"rank": 2})
    extra = {"values": [torch.ones(3, 32), torch.ones(4, 32)]}
    head = tiny_shipped.shaken(build_head(spec, encoder, **extra))
    delta = saved(tmp_path / "x.safetensors", trained(base, "lora"), head, [0, 1])
    back = checkpoint.fit(build_head(spec, encoder, **extra), checkpoint.head_state(delta), "x")
    states = torch.randn(3, 32)
    torch.testing.assert_close(back(states), head(states), atol=0.3, rtol=0.05)
    assert not back.training and not any(name.startswith("head.") for name in checkpoint.head_state(delta))


# Damage: one sentence each


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def pickled(path: Path) -> None:
    path.write_bytes(pickle.dumps({"weights": [1.0]}))


def torch_saved(path: Path) -> None:
    torch.save({"weights": torch.ones(2)}, path)


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def without_card(path: Path) -> None:
    path.with_suffix(".json").unlink()


def card(text: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.with_suffix(".json").write_text(text, encoding="utf-8")
    return write


def other_format(path: Path) -> None:
    place = path.with_suffix(".json")
    place.write_text(json.dumps({**json.loads(place.read_text()), "format": "2"}))


DAMAGE: dict[str, tuple[Callable[[Path], None], str]] = {
    "cut": (cut, r"encoder\.safetensors: the weight file is damaged"),
    "empty": (empty, r"encoder\.safetensors: the weight file is damaged"),
    "pickle": (pickled, r"encoder\.safetensors: the weight file is damaged"),
    "torch.save": (torch_saved, r"encoder\.safetensors: the weight file is damaged"),
    "folder": (folder, r"encoder\.safetensors: the weight file is damaged"),
    "missing": (Path.unlink, r"encoder\.safetensors: the weight file is not there"),
    "no card": (without_card, r"encoder\.json: the card is not there"),
    "half a card": (card('{"base": '), r"encoder\.json: the card is damaged"),
    "a list": (card("[1, 2]"), r"encoder\.json: the card is damaged"),
    "a text": (card('"abc"'), r"encoder\.json: the card is damaged"),
    "no text": (lambda path: path.with_suffix(".json").write_bytes(b"\xff\xfe{}"), r"encoder\.json: the card is damaged"),
    "other format": (other_format, r"encoder\.json: format '2' is not '1'"),
    "no base": (card('{"format": "1", "layers": []}'), r"encoder\.json: the card has no entry 'base'"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_is_one_sentence(base: str, shelf: Path, kind: str) -> None:
    damage, sentence = DAMAGE[kind]
    saved(encoder_file("mlm"), trained(base, "lora"), layers=[0, 1])
    damage(encoder_file("mlm"))
    with pytest.raises(CheckpointError, match=sentence) as caught:
        variant_encoder("mlm")
    assert "\n" not in caught.value.sentence and caught.value.exit_code == 2 and caught.value.remedy


def renamed(path: Path) -> None:
    tensors, metadata = files.load_tensors(path)
    files.write(path, {name + "x": value for name, value in tensors.items()}, metadata)


def reshaped(path: Path) -> None:
    tensors, metadata = files.load_tensors(path)
    files.write(path, {name: value[:1] for name, value in tensors.items()}, metadata)


def deeper(path: Path) -> None:
    place = path.with_suffix(".json")
    place.write_text(json.dumps({**json.loads(place.read_text()), "layers": [9]}))


@pytest.mark.parametrize("damage", [renamed, reshaped, deeper])
def test_tensors_that_do_not_fit_are_one_sentence(base: str, shelf: Path, damage: Callable[[Path], None]) -> None:
    saved(encoder_file("mlm"), trained(base, "lora"), layers=[0, 1])
    damage(encoder_file("mlm"))
    with pytest.raises(CheckpointError, match=r"encoder\.safetensors: (the tensor .* does not fit|layer 9 is not in)") as caught:
        variant_encoder("mlm")
    assert "\n" not in caught.value.sentence


def test_a_head_that_does_not_fit_is_one_sentence(base: str) -> None:
    head = build_head(HeadSpec(kind="classifier", size=3), Encoder(base))
    for state in ({}, {"weight": torch.ones(2, 32), "bias": torch.ones(2)}, {**head.state_dict(), "extra": torch.ones(1)}):
        with pytest.raises(CheckpointError, match=r"x: the head does not fit") as caught:
            checkpoint.fit(head, state, "x")
        assert "\n" not in caught.value.sentence


# Sharing


def snapshot(module: nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in module.state_dict().items()}


def unchanged(module: nn.Module, before: dict[str, torch.Tensor]) -> bool:
    now = module.state_dict()
    return now.keys() == before.keys() and all(torch.equal(now[name], value) for name, value in before.items())


@torch.no_grad()
@pytest.mark.parametrize(("tuning", "top", "layers"), [("full", None, []), ("lora", 1, [1])])
def test_with_top_leaves_the_shared_encoder_as_it_is(base: str, tmp_path: Path, tuning: str, top: int | None, layers: list[int]) -> None:
    shared = Encoder(base).eval()
    before, states = snapshot(shared), cls_states(shared, sequences(shared))
    made = trained(base, tuning, top, markers=False)
    twin = checkpoint.with_top(shared, saved(tmp_path / "x.safetensors", made, layers=layers)).eval()
    assert unchanged(shared, before) and torch.equal(cls_states(shared, sequences(shared)), states)
    wanted = checkpoint.apply(Encoder(base).eval(), checkpoint.load(tmp_path / "x.safetensors"))
    torch.testing.assert_close(cls_states(twin, sequences(shared)), cls_states(wanted, sequences(shared)), atol=1e-5, rtol=1e-5)


def test_with_top_shares_the_lower_layers(base: str, tmp_path: Path) -> None:
    shared = Encoder(base).eval()
    made = Encoder(base)
    prepare(made, replace(tiny_shipped.RECIPE, top_layers=1), markers=False)
    twin = checkpoint.with_top(shared, saved(tmp_path / "x.safetensors", made, layers=[1]))
    assert twin.layers[0] is shared.layers[0] and twin.layers[1] is not shared.layers[1]
    assert twin.embeddings is shared.embeddings and twin.tokens is shared.tokens


@pytest.mark.parametrize("similarity", ["dot", "cosine"])
def test_loading_a_task_changes_nothing_of_its_variant(base: str, shelf: Path, similarity: str) -> None:
    made = tiny_shipped.ship(base, "bert", tasks=())
    tiny_shipped.ship_one_task(made, "response_selection", tiny_shipped.recipe_of("response_selection"), HeadOptions(similarity=similarity))  # type: ignore[arg-type]
    encoder = variant_encoder("bert").eval()
    before = snapshot(encoder)
    ShippedTask("bert", "response_selection", "multiwoz21", encoder)
    assert unchanged(encoder, before)


@pytest.fixture(scope="module")
def tops(base: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Encoder]:
    """Three tasks on one encoder: two adapt its upper layer, one nothing."""
    shared, made = Encoder(base).eval(), {}
    for n in range(2):
        with torch.random.fork_rng():
            torch.manual_seed(n)
            one = Encoder(base)
            prepare(one, replace(tiny_shipped.RECIPE, top_layers=1), markers=False)
            delta = saved(tmp_path_factory.mktemp("top") / "x.safetensors", tiny_shipped.shaken(one), layers=[1])
        made[f"task{n}"] = checkpoint.with_top(shared, delta).eval()
    return {**made, "plain": shared}


def wanted(tops: dict[str, Encoder]) -> dict[str, list[list[int]]]:
    one, two, three, four, _ = sequences(tops["plain"])
    return {"task0": [one, two, one], "task1": [three, two], "plain": [four]}


@pytest.mark.parametrize("shared", [0, 1])
def test_shared_reading_equals_separate_reading(tops: dict[str, Encoder], shared: int) -> None:
    asked = wanted(tops)
    found = shared_cls_states(tops, asked, shared)
    assert found.keys() == tops.keys()
    for name, encoder in tops.items():
        torch.testing.assert_close(found[name], cls_states(encoder, asked[name]), atol=1e-5, rtol=1e-5)
        alone = torch.stack([encoder.model(input_ids=torch.tensor([ids])).last_hidden_state[0, 0] for ids in asked[name]])
        torch.testing.assert_close(found[name], alone, atol=1e-4, rtol=1e-4)
    assert not torch.allclose(found["task0"][1], found["task1"][1], atol=1e-2)


def test_fully_tuned_encoders_keep_their_own_embeddings(base: str, tops: dict[str, Encoder]) -> None:
    encoders = {"a": trained(base, "full"), "plain": tops["plain"]}
    ids = sequences(tops["plain"])
    found = shared_cls_states(encoders, {"a": ids, "plain": ids}, 0)
    for name, encoder in encoders.items():
        torch.testing.assert_close(found[name], cls_states(encoder, ids), atol=1e-5, rtol=1e-5)


def test_equal_sequences_pass_the_shared_layers_once(tops: dict[str, Encoder]) -> None:
    read: list[int] = []
    hooks = [tops["plain"].layers[0].register_forward_hook(lambda _module, inputs, _out: read.append(inputs[0].shape[0] * inputs[0].shape[1]))]
    hooks += [encoder.layers[1].output.register_forward_hook(lambda _module, _inputs, _out: read.append(0)) for encoder in tops.values()]
    same = sequences(tops["plain"])[0]
    shared_cls_states(tops, {name: [same, same, same] for name in tops}, 1)
    for hook in hooks:
        hook.remove()
    assert sorted(read) == [0, 0, 0, len(same)]


def test_nothing_to_read_gives_no_rows(tops: dict[str, Encoder]) -> None:
    found = shared_cls_states(tops, {"task0": [], "task1": [], "plain": []}, 1)
    assert {name: tuple(states.shape) for name, states in found.items()} == dict.fromkeys(tops, (0, 32))


# Shipped models


@torch.no_grad()
@pytest.mark.parametrize("tuning", ["lora", "full"])
def test_a_shipped_task_answers_as_what_was_trained(base: str, shelf: Path, tuning: str) -> None:
    torch.manual_seed(0)  # how sure the tiny model becomes must not hang on the tests before
    made = tiny_shipped.ship(base, "bert", tasks=())
    recipe = tiny_shipped.recipe_of("intent", **({"tuning": "full", "top_layers": None} if tuning == "full" else {}))
    learner = tiny_shipped.ship_one_task(made, "intent", recipe, HEADS["cpu"])
    shipped = ShippedTask("bert", "intent", "oos")
    examples = [Example(id=d.id, corpus="oos", turns=d.turns[:1], target="oos") for d in tiny.toy()]
    ids = [shipped.form.utterance(example.turns[0]) for example in examples]
    logits = learner.heads["task"](cls_states(learner.encoder, ids))
    torch.testing.assert_close(shipped.head(cls_states(shipped.encoder, shipped.reads(examples))), logits, atol=0.2, rtol=0.1)
    names = tiny_shipped.LABELS["intent"].names
    sure = (logits.topk(2).values[:, 0] - logits.topk(2).values[:, 1]) > 0.4
    answers, right = shipped.answers(examples), [names[n] for n in logits.argmax(-1).tolist()]
    assert sure.sum() > 5 and all(answers[n] == right[n] for n in range(len(examples)) if sure[n])
    assert shipped.shared == (1 if tuning == "lora" else 0)


def test_models_scored_together_score_as_each_alone(base: str, shelf: Path) -> None:
    tiny_shipped.ship(base, "bert")
    encoder = variant_encoder("bert").eval()
    models = [ShippedTask("bert", task, corpus, encoder) for task, corpus in tiny_shipped.CORPUS.items()]
    asked = [tiny_shipped.questions(model) for model in models]
    told: list[float] = []
    together = evaluate(models, asked, split="dev", progress=told.append)
    assert told[-1] == 1.0 and told == sorted(told)
    for model, examples, scored in zip(models, asked, together, strict=True):
        [alone] = evaluate([ShippedTask("bert", model.card["task"], model.card["corpus"])], [examples], split="dev")
        row, kept = scored.row, scored.predictions
        assert row.metrics == alone.row.metrics and kept.equals(alone.predictions) and metrics(kept) == pytest.approx(row.metrics, abs=1e-12)
        assert kept["id"].tolist() == [example.id for example in examples] and (row.task, row.examples, row.split) == (model.card["task"], len(examples), "dev")
        assert row.fingerprint == model.card["variant_fingerprint"] and row.seconds > 0


def test_a_kept_row_gives_its_metrics_again(base: str, shelf: Path) -> None:
    tiny_shipped.ship(base, "bert")
    models = [ShippedTask("bert", task, corpus) for task, corpus in tiny_shipped.CORPUS.items()]
    for model in models:
        [scored] = evaluate([model], [tiny_shipped.questions(model)], split="test[9]")
        assert not predictions.has(scored.row)
        record(scored)
        assert predictions.recompute(scored.row) == pytest.approx(scored.row.metrics, abs=1e-12)
        answers = predictions.read(scored.row)["answer"].map(json.loads)
        assert answers.map(type).unique().tolist() == [{"intent": str, "state_tracking": dict}.get(scored.row.task, list)]
    assert len(store.read()) == len(models)
    with pytest.raises(AssertionError, match="is not"):
        record(Scored(row=replace(scored.row, metrics=dict.fromkeys(scored.row.metrics, 0.123)), predictions=scored.predictions))
    assert len(store.read()) == len(models), "a row without its predictions is not kept"


def test_a_task_of_other_weights_is_refused(base: str, shelf: Path) -> None:
    tiny_shipped.ship(base, "bert", tasks=("intent",))
    place = encoder_file("bert").with_suffix(".json")
    place.write_text(json.dumps({**json.loads(place.read_text()), "variant_fingerprint": "other"}))
    with pytest.raises(CheckpointError, match=r"intent-oos\.safetensors: .*other weights.*python -m engine finetune bert intent oos"):
        ShippedTask("bert", "intent", "oos")


def test_objective_heads_come_back_in_their_kind(base: str, shelf: Path) -> None:
    tiny_shipped.ship(base, "mlm", tasks=())
    encoder = variant_encoder("mlm")
    kinds = {name: ShippedObjective("mlm", name, encoder) for name in ("mlm", "crm", "dur", "enp")}
    assert {name: one.card["head"] for name, one in kinds.items()} == {"mlm": "trained", "crm": "linear probe", "dur": "linear probe", "enp": "linear probe"}
    assert isinstance(kinds["crm"].head.project, nn.Linear) and kinds["enp"].head.out_features == tiny_shipped.CLASSES
    assert kinds["mlm"].head.bias.shape == (encoder.tokens.size,)


def test_file_names_are_what_the_readme_says(shelf: Path) -> None:
    names = [path.relative_to(variant_folder("mlm")).as_posix()
             for path in (encoder_file("mlm"), objective_file("mlm", "crm"), task_file("mlm", "intent", "oos"))]
    assert names == ["encoder.safetensors", "objective-crm.safetensors", "intent-oos.safetensors"]


def test_another_protocol_has_files_of_its_own() -> None:
    assert task_file("mlm", "dialogue_act", "gsim", other_protocol("dialogue_act", "paper")).name == "dialogue_act-gsim.safetensors"
    assert task_file("mlm", "dialogue_act", "gsim", other_protocol("dialogue_act", "released")).name == "dialogue_act-gsim-released.safetensors"
    with pytest.raises(CheckpointError, match="released"):
        ShippedTask("mlm", "dialogue_act", "gsim", protocol="released")
