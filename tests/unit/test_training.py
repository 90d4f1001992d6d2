"""The training loop on a tiny base and the toy corpus: golden losses, resuming, early stopping, no global chance.

After a change that is meant to move the losses: ``python -m tests.unit.test_training`` writes ``golden_losses.json`` anew.
"""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import CheckpointError, InputError, UnknownNameError
from engine.models.batch import Batch, HeadSpec
from engine.models.encoder import Encoder
from engine.models.heads import build_head
from engine.models.tokens import TextForm, tokens_for
from engine.objectives.base import Sources
from engine.recipes import Recipe, settings
from engine.train.learner import Learner, optimizer_for, prepare
from engine.train.loop import Step, pace, train
from engine.train.pretrain import Material, batches_of, held_out_losses, material, pretrain
from engine.train.state import Progress, RunState
from engine.variants import VARIANTS, Variant, variant
from tests.unit import tiny

GOLDEN = Path(__file__).with_name("golden_losses.json")
ALL = dict.fromkeys(("mlm", "dsp", "crm", "dcv", "enp", "dur"), 1.0)
RECIPE = Recipe(learning_rate=1e-3, batch_size=4, max_tokens=100, epochs=1.6, precision="no", dropout=0.0, evaluate_every=1000,
                save_every=2)
LORA = replace(RECIPE, tuning="lora", rank=4, top_layers=1)
DROPPED = replace(RECIPE, dropout=0.2)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> str:
    return tiny.bert(tmp_path_factory.mktemp("tiny") / "bert")


def count(texts: list[str]) -> list[int]:
    """Stands in for an entity extractor."""
    return [len(text) % 5 for text in texts]


def given_for(base: str) -> Material:
    made = material(tokens_for(base), Path("nowhere"), splits={"toy": ("train",)}, held_out=("toy", "dev"), needs_entities=False)
    return replace(made, sources=Sources(pool=made.training, count=count, entity_classes=4))  # type: ignore[arg-type]


def toy_variant(base: str, recipe: Recipe = RECIPE, objectives: Mapping[str, float] = ALL) -> Variant:
    return Variant(name="v", title="V", note="For tests.", base=base, recipe=recipe, objectives=objectives)


def run(base: str, folder: Path, recipe: Recipe = RECIPE, stop: int | None = None,
        objectives: Mapping[str, float] = ALL) -> tuple[list[Step], Learner]:
    """Train, or train until killed after the step of that number."""
    done = []
    for pair in pretrain(toy_variant(base, recipe, objectives), given_for(base), folder):
        done.append(pair)
        if pair[0].number == stop:
            break
    return [step for step, _ in done], done[-1][1]


def weights(learner: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: weight.detach().clone() for name, weight in learner.named_parameters()}


def same(one: Mapping[str, torch.Tensor], other: Mapping[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


# Golden losses


def losses_of(base: str, folder: Path) -> dict[str, list[dict[str, float]]]:
    recipes = {"full": RECIPE, "lora": LORA}
    return {name: [dict(step.losses) for step in run(base, folder / name, recipe)[0]] for name, recipe in recipes.items()}


def test_losses_are_the_golden_ones(base: str, tmp_path: Path) -> None:
    golden, losses = json.loads(GOLDEN.read_text(encoding="utf-8")), losses_of(base, tmp_path)
    assert losses.keys() == golden.keys()
    for name, steps in golden.items():
        assert len(losses[name]) == len(steps) == 8
        for step, right in zip(losses[name], steps, strict=True):
            assert step == pytest.approx(right, abs=1e-4), name


@pytest.mark.parametrize("recipe", [RECIPE, LORA], ids=["full", "lora"])
def test_training_lowers_the_loss(base: str, tmp_path: Path, recipe: Recipe) -> None:
    steps, _ = run(base, tmp_path, replace(recipe, epochs=16, learning_rate=3e-3, save_every=1000), objectives={"mlm": 1.0})
    early, late = (np.mean([step.losses["mlm"] for step in part]) for part in (steps[:10], steps[-10:]))
    assert late < early - 0.3


# Resuming


@pytest.mark.parametrize("recipe", [RECIPE, LORA, DROPPED], ids=["full", "lora", "dropout"])
@pytest.mark.parametrize("stop", [1, 4, 5])
def test_a_killed_run_goes_on_as_if_nothing_had_happened(base: str, tmp_path: Path, recipe: Recipe, stop: int) -> None:
    whole, learner = run(base, tmp_path / "whole", recipe)
    run(base, tmp_path / "killed", recipe, stop=stop)
    rest, resumed = run(base, tmp_path / "killed", recipe)
    assert [step.number for step in rest] == list(range(stop - stop % 2 + 1, 9))
    for step, right in zip(rest, whole[stop - stop % 2:], strict=True):
        assert (step.losses, step.tokens, step.share) == (right.losses, right.tokens, right.share)
    assert same(weights(resumed), weights(learner))


def test_a_killed_run_keeps_its_early_stopping(base: str, tmp_path: Path) -> None:
    recipe = replace(RECIPE, evaluate_every=3, epochs=3.0, learning_rate=0.05, patience=2)
    whole, learner = run(base, tmp_path / "whole", recipe)
    run(base, tmp_path / "killed", recipe, stop=7)
    rest, resumed = run(base, tmp_path / "killed", recipe)
    assert [step.held_out for step in rest] == [step.held_out for step in whole[6:]] and same(weights(resumed), weights(learner))


def test_a_state_of_another_recipe_is_refused(base: str, tmp_path: Path) -> None:
    run(base, tmp_path, stop=2)
    with pytest.raises(CheckpointError, match="another recipe; remove the folder"):
        run(base, tmp_path, replace(RECIPE, learning_rate=1e-4))


@pytest.mark.parametrize("kept", [0, 5, 1000, -1])
def test_a_truncated_state_is_one_sentence(base: str, tmp_path: Path, kept: int) -> None:
    run(base, tmp_path, stop=2)
    state = tmp_path / "state.safetensors"
    state.write_bytes(state.read_bytes()[:kept])
    with pytest.raises(CheckpointError, match=r"state\.safetensors: the weight file is damaged") as caught:
        run(base, tmp_path)
    assert "\n" not in caught.value.sentence


def test_a_state_of_other_shapes_is_one_sentence(base: str, tmp_path: Path) -> None:
    run(base, tmp_path, stop=2)
    more = replace(given_for(base), sources=replace(given_for(base).sources, entity_classes=6))
    with pytest.raises(CheckpointError, match=r"state\.safetensors"):
        next(pretrain(toy_variant(base), more, tmp_path))


def test_an_interrupted_save_leaves_the_former_state_whole(base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, _ = run(base, tmp_path / "whole")
    run(base, tmp_path / "killed", stop=3)

    def torn(tensors: object, path: Path, metadata: object) -> None:
        path.write_bytes(b"half a file")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("engine.models.files.save_file", torn)
        with pytest.raises(KeyboardInterrupt):
            run(base, tmp_path / "killed")
    rest, _ = run(base, tmp_path / "killed")
    assert [step.losses for step in rest] == [step.losses for step in whole[2:]]


def test_a_finished_run_taken_up_again_gives_its_learner(base: str, tmp_path: Path) -> None:
    steps, learner = run(base, tmp_path)
    again, same_learner = run(base, tmp_path)
    assert [(step.number, step.tokens, step.share, step.losses) for step in again] == [(8, steps[-1].tokens, 1.0, {})]
    assert same(weights(same_learner), weights(learner))


# Budget, schedule, weights


def test_recipes_of_either_precision_run_in_one_process(base: str, tmp_path: Path) -> None:
    plain, _ = run(base, tmp_path / "plain")
    mixed, _ = run(base, tmp_path / "mixed", replace(RECIPE, precision="bf16"))
    again, _ = run(base, tmp_path / "again")
    assert [step.losses for step in plain] == [step.losses for step in again] != [step.losses for step in mixed]
    assert mixed[0].losses == pytest.approx(dict(plain[0].losses), abs=0.1)


def test_the_token_budget_ends_the_run_with_the_step_that_reaches_it(base: str, tmp_path: Path) -> None:
    steps, _ = run(base, tmp_path, replace(RECIPE, token_budget=1500), objectives={"mlm": 1.0})
    assert steps[-2].tokens < 1500 <= steps[-1].tokens and steps[-1].share == 1.0
    gained = [after.tokens - before.tokens for before, after in pairwise(steps)]
    assert all(0 < gain <= 4 * 100 for gain in gained)
    assert [step.share for step in steps] == pytest.approx([min(1, step.tokens / 1500) for step in steps])


def test_tokens_count_what_the_encoder_reads(base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    forward = Encoder.forward

    def counting(self: Encoder, sequences: list[list[int]]) -> object:
        read.append(sum(map(len, sequences)))
        return forward(self, sequences)

    monkeypatch.setattr(Encoder, "forward", counting)
    steps, _ = run(base, tmp_path)
    assert [step.tokens for step in steps] == list(np.cumsum(read[:len(steps)])), "after them comes the last look"


@given(warmup=st.floats(0, 1), share=st.floats(0, 0.999), schedule=st.sampled_from(["linear", "constant"]))
def test_the_rate_never_exceeds_its_peak(warmup: float, share: float, schedule: str) -> None:
    assert 0 < pace(Recipe(warmup=warmup, schedule=schedule), share) <= 1  # type: ignore[arg-type]


def test_the_rate_rises_and_falls() -> None:
    rates = [pace(Recipe(warmup=0.2), share / 10) for share in range(11)]
    assert rates[2] == 1 and rates[:3] == sorted(rates[:3]) and rates[2:] == sorted(rates[2:], reverse=True) and rates[-1] == 0


def test_a_weight_of_zero_leaves_its_head_alone(base: str, tmp_path: Path) -> None:
    recipe = replace(RECIPE, weight_decay=0.0)
    _, once = run(base, tmp_path / "one", recipe, stop=1, objectives={"mlm": 1.0, "dsp": 0.0})
    before = weights(once)
    _, after = run(base, tmp_path / "two", recipe, objectives={"mlm": 1.0, "dsp": 0.0})
    later = weights(after)
    moved = {name for name in before if not torch.equal(before[name], later[name])}
    assert any(name.startswith("heads.mlm") for name in moved) and not any(name.startswith("heads.dsp") for name in moved)


def test_lora_moves_only_adapters_markers_and_heads(base: str, tmp_path: Path) -> None:
    start, (_, learner) = weights(Encoder(base)), run(base, tmp_path, LORA)
    end = weights(learner.encoder)
    for name, weight in start.items():
        twin = name if name in end else name.replace(".weight", ".base_layer.weight").replace(".bias", ".base_layer.bias")
        assert torch.equal(end[twin], weight) != name.endswith("markers"), name
    learning = {name for name, weight in learner.named_parameters() if weight.requires_grad}
    assert all("lora_" in name or name.endswith("markers") or name.startswith("heads.") for name in learning)
    assert not any("layer.0." in name for name in learning) and {name for name in end if "lora_" in name} == {
        name.removeprefix("encoder.") for name in learning if "lora_" in name}


def test_decay_spares_biases_and_norms(base: str) -> None:
    learner = tiny_learner(base)
    groups = optimizer_for(learner, replace(RECIPE, head_learning_rate=0.5)).param_groups
    assert {group["weight_decay"] for group in groups} == {0.01, 0.0}
    ids = {id(weight) for group in groups if not group["weight_decay"] for weight in group["params"]}
    fast = {id(weight) for group in groups if group["peak"] == 0.5 for weight in group["params"]}
    assert fast == {id(weight) for weight in learner.heads.parameters() if weight.requires_grad}
    assert ids == {id(weight) for name, weight in learner.named_parameters() if name.endswith("bias") or "LayerNorm" in name}


# Early stopping and held-out loss


def tiny_learner(base: str) -> Learner:
    encoder = Encoder(base, dropout=0.0)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        heads = {"dsp": build_head(HeadSpec(kind="classifier", size=2), encoder)}
        prepare(encoder, RECIPE, markers=True)
    return Learner(encoder, heads)


def draw(step: int) -> dict[str, Batch]:
    return {"dsp": Batch(sequences=[[2, 10 + step % 5, 3], [2, 12, 13, 3]], places=[(0, 0), (1, 0)], targets=[0, 1])}


def stopped(base: str, folder: Path, looks: list[float], patience: int = 2) -> tuple[list[Step], Learner, list[dict[str, torch.Tensor]]]:
    learner, seen = tiny_learner(base), []
    values = iter(looks)

    def held_out(learner: Learner) -> float:
        seen.append(weights(learner))
        return next(values)

    recipe = replace(RECIPE, evaluate_every=2, patience=patience)
    steps = list(train(learner, draw, recipe, steps=2 * len(looks), held_out=held_out, state=RunState(folder, "f")))
    return steps, learner, seen


def test_early_stopping_keeps_the_best_weights(base: str, tmp_path: Path) -> None:
    steps, learner, seen = stopped(base, tmp_path, [3.0, 1.0, 1.0, 2.0, 0.5])
    assert len(steps) == 8 and [step.held_out for step in steps] == [None, 3.0, None, 1.0, None, 1.0, None, 2.0]
    assert same(weights(learner), seen[1]) and not same(seen[1], seen[3])


def test_patience_counts_looks_in_a_row(base: str, tmp_path: Path) -> None:
    steps, learner, seen = stopped(base, tmp_path, [3.0, 4.0, 2.0, 2.5, 1.0])
    assert len(steps) == 10 and same(weights(learner), seen[4])


def test_the_best_weights_of_another_recipe_are_not_taken(base: str, tmp_path: Path) -> None:
    RunState(tmp_path, "other").keep_best(tiny_learner(base))
    _, learner, _ = stopped(base, tmp_path / "own", [1.0])
    before = weights(learner)
    RunState(tmp_path, "f").restore_best(learner)
    assert same(weights(learner), before)


def test_held_out_loss_asks_the_same_questions_each_time(base: str, tmp_path: Path) -> None:
    _, learner = run(base, tmp_path, DROPPED, stop=1)
    args = toy_variant(base, DROPPED), given_for(base), TextForm(tokens_for(base), 100)
    first, again = held_out_losses(learner, *args), held_out_losses(learner, *args)
    assert first == again and first.keys() == ALL.keys() and all(value > 0 for value in first.values())


def test_held_out_loss_bears_a_batch_without_questions(base: str, tmp_path: Path) -> None:
    _, learner = run(base, tmp_path, stop=1)
    few = replace(given_for(base), held_out=[tiny.said("hello"), *given_for(base).held_out])
    variant = toy_variant(base, replace(RECIPE, batch_size=1))
    assert held_out_losses(learner, variant, few, TextForm(tokens_for(base), 100)).keys() == ALL.keys()


def test_one_packed_pass_gives_the_loss_of_each_batch_alone(base: str, tmp_path: Path) -> None:
    _, learner = run(base, tmp_path, stop=1)
    given = given_for(base)
    made = batches_of([given.training[n] for n in range(6)], ALL, TextForm(tokens_for(base), 100), given.sources, random.Random(3))
    together = learner.eval()(made)
    for name, batch in made.items():
        torch.testing.assert_close(together[name], learner({name: batch})[name], atol=1e-5, rtol=1e-5)


def test_progress_notes_the_best_look() -> None:
    progress = Progress()
    assert [progress.look(value) for value in (2.0, 2.0, 1.0)] == [True, False, True] and (progress.best, progress.bad_looks) == (1.0, 0)


# Chance


def test_no_global_seed_is_left_changed(base: str, tmp_path: Path) -> None:
    torch.manual_seed(77)
    before = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].tolist()
    given, trained = given_for(base), toy_variant(base, replace(DROPPED, evaluate_every=2))
    encoder_draws = 0
    for _ in pretrain(trained, given, tmp_path):
        encoder_draws += 1
        assert torch.equal(torch.get_rng_state(), before[0])
    assert encoder_draws == 8 and random.getstate() == before[1] and np.random.get_state()[1].tolist() == before[2]


def test_the_callers_seed_does_not_matter_but_the_recipes_does(base: str, tmp_path: Path) -> None:
    torch.manual_seed(1)
    one, _ = run(base, tmp_path / "one", DROPPED, stop=3)
    torch.manual_seed(2)
    two, _ = run(base, tmp_path / "two", DROPPED, stop=3)
    other, _ = run(base, tmp_path / "three", replace(DROPPED, seed=1), stop=3)
    assert [step.losses for step in one] == [step.losses for step in two] != [step.losses for step in other]


# Recipes and variants


def test_fingerprints_follow_what_changes_the_weights() -> None:
    mlm = VARIANTS["mlm"]
    assert len(VARIANTS) == 9 == len({one.fingerprint() for one in VARIANTS.values()})
    assert replace(mlm, title="x", note="y", recipe=replace(mlm.recipe, save_every=7)).fingerprint() == mlm.fingerprint()
    for change in ({"learning_rate": 2.0}, {"seed": 5}, {"token_budget": 7}, {"dropout": 0.3}, {"rank": 3}):
        assert replace(mlm, recipe=replace(mlm.recipe, **change)).fingerprint() != mlm.fingerprint()  # type: ignore[arg-type]
    assert replace(mlm, objectives={"mlm": 0.5}).fingerprint() != mlm.fingerprint() and "save_every" not in settings(mlm.recipe)


def contradictions() -> Iterator[dict[str, object]]:
    yield from ({"batch_size": 0}, {"learning_rate": -1.0}, {"save_every": 0}, {"tuning": "full", "top_layers": 2})


@pytest.mark.parametrize("wrong", contradictions(), ids=str)
def test_a_recipe_refuses_contradictions(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError, match="recipe"):
        Recipe(**wrong)  # type: ignore[arg-type]


def test_a_wrong_variant_gets_a_hint() -> None:
    assert variant("dur").objectives == {"mlm": 1.0, "dur": 1.0}
    with pytest.raises(UnknownNameError, match="did you mean 'joint'"):
        variant("joynt")


def write_golden() -> None:
    """Accept the present losses."""
    with tempfile.TemporaryDirectory() as folder:
        found = losses_of(tiny.bert(Path(folder) / "bert"), Path(folder))
    rounded = {name: [{head: round(loss, 6) for head, loss in step.items()} for step in steps] for name, steps in found.items()}
    GOLDEN.write_text(json.dumps(rounded, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_golden()
