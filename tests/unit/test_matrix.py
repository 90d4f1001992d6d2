"""The plan of a sweep: every cell once, in an order that leaves whole rows, and wrong names told."""

from __future__ import annotations

import pytest

from engine.errors import InputError, UnknownNameError
from engine.recipes import FINETUNE
from engine.tasks import TASKS
from engine.train.matrix import Target, chosen_targets, chosen_variants, plan, targets
from engine.variants import VARIANTS


def test_every_task_corpus_and_protocol_is_a_target_once() -> None:
    expected = {Target(task=name, corpus=corpus, protocol=protocol) for name in TASKS for corpus in TASKS[name].card.corpora
                for protocol in TASKS[name].card.protocols}
    assert set(targets()) == expected and len(targets()) == len(expected)


def test_first_protocols_come_first() -> None:
    first = [target.protocol == TASKS[target.task].card.protocols[0] for target in targets()]
    assert first == sorted(first, reverse=True) and not all(first)


def test_a_plan_has_every_cell_once_target_by_target_and_variant_by_variant() -> None:
    cells = plan(VARIANTS, targets(), seeds=(0, 1, 2), share=0.1)
    assert len(cells) == len(set(cells)) == 9 * 3 * len(targets())
    assert [cell.target for cell in cells] == [target for target in targets() for _ in range(27)]
    assert [cell.seed for cell in cells[:6]] == [0, 1, 2] * 2 and [cell.variant for cell in cells[:6]] == ["bert"] * 3 + ["mlm"] * 3


def test_a_cell_trains_by_its_tasks_recipe_on_a_share() -> None:
    cell, = plan(["crm"], chosen_targets("dialogue_act/gsim/paper"), seeds=(7,), share=0.1)
    assert (cell.recipe.seed, cell.recipe.share, cell.recipe.examples) == (7, 0.1, None)
    assert cell.recipe.head_learning_rate == FINETUNE["cpu"]["dialogue_act"].head_learning_rate
    assert str(cell) == "crm on dialogue_act/gsim/paper, seed 7, 10% of the examples"


def test_names_may_be_given_in_part() -> None:
    assert {target.corpus for target in chosen_targets("response_selection")} == set(TASKS["response_selection"].card.corpora)
    assert [target.protocol for target in chosen_targets("dialogue_act/sgd, dialogue_act/sgd/paper")] == ["paper", "released"]
    assert chosen_variants("crm,mlm,crm") == ("crm", "mlm") and chosen_variants("all") == tuple(VARIANTS)


@pytest.mark.parametrize(("text", "hint"), [
    ("intnet", "did you mean 'intent'"), ("dialogue_act/gism", "did you mean 'dialogue_act/gsim/paper'"), ("intent/oos/paper", "unknown cell"),
    ("dialogue_act//paper", "unknown cell")])
def test_a_wrong_cell_gets_a_hint(text: str, hint: str) -> None:
    with pytest.raises(UnknownNameError, match=hint):
        chosen_targets(text)


@pytest.mark.parametrize("share", [0.0, -1.0, 1.5, float("nan")])
def test_a_share_is_a_share(share: float) -> None:
    with pytest.raises(InputError, match="--fraction"):
        plan(["bert"], targets(), seeds=(0,), share=share)


def test_epochs_are_the_recipes_or_given() -> None:
    cells = [plan(["crm"], chosen_targets("intent"), seeds=(0,), epochs=epochs)[0] for epochs in (None, 3.0)]
    assert [cell.recipe.epochs for cell in cells] == [FINETUNE["cpu"]["intent"].epochs, 3.0]
    with pytest.raises(InputError, match="--epochs"):
        plan(["crm"], targets(), seeds=(0,), epochs=0.0)


def test_a_wrong_variant_recipe_or_no_cell_at_all() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'joint'"):
        chosen_variants("jont")
    with pytest.raises(UnknownNameError, match="paper"):
        plan(["bert"], targets(), seeds=(0,), recipe="papre")
    with pytest.raises(InputError, match="--cells"):
        chosen_targets(" , ")
