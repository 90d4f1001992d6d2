"""What stands behind a cell: the same rows that are compared, why others are empty, and which examples changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from engine.results import predictions
from engine.results.beyond import BEYOND, columns_with
from engine.results.changed import changed
from engine.results.evidence import by_seed, described, pairs, why_empty
from engine.results.outcomes import metrics, table
from engine.results.reported import columns
from engine.results.settings import WIDEST, Setting, settings, widest
from engine.results.store import Result

TENTH, FULL, WIDE = (Setting(regime=regime, budget=1_500_000) for regime in ("10 %", "full", WIDEST))
PLACE: dict[str, Any] = {"task": "dialogue_act", "corpus": "gsim", "protocol": "paper"}
GSIM = next(column for column in columns() if column.key == "dialogue_act.gsim.f1_micro")
INTENT = next(column for column in columns() if column.key == "intent.oos.acc_all")
ROW = Result(variant="mlm", fingerprint="f00d", **PLACE, seed=0, split="test", metrics={}, examples=4, seconds=1.0, hardware="two cores",
             tokens_seen=1_501_514, trained_examples=100, available_examples=1_000, commit="abc", command="python -m engine evaluate", versions={},
             created="2026-01-01T00:00:00+00:00")


def run(variant: str, seed: int, hits: list[int], guessed: list[int] | None = None, *, answers: str = "yn", **changes: Any) -> Result:
    """A stored row whose predictions lie beside it; micro F1 counts ``hits`` of ``guessed`` (two an example)."""
    outcomes = table({"f1_micro": (hits, guessed or [2] * len(hits)), "f1_macro.bye": (hits, 2)})
    row = replace(ROW, variant=variant, seed=seed, finetuning=f"{variant}{seed}{changes.get('trained_examples', '')}", metrics=metrics(outcomes), **changes)
    predictions.write(row, predictions.frame([f"d{n}#0" for n in range(len(hits))], [answers[hit == 0] for hit in hits], outcomes))
    return row


def test_the_examples_that_changed_come_most_decisive_first() -> None:
    rows = [run("crm", 0, [2, 2, 0, 2]), run("mlm", 0, [0, 2, 2, 2]), run("crm", 1, [2, 2, 2, 0]), run("mlm", 1, [0, 0, 2, 2])]
    name, seeds, found = changed(pairs(rows, "crm", "mlm", **PLACE, setting=TENTH), "f1_macro")
    assert (name, seeds) == ("f1_micro", 2), "a macro F1 is no number of an example"
    assert found.to_numpy().tolist() == [["d0#0", 1.0, '"y"', '"n"'], ["d1#0", 0.5, '"y"', '"y" | "n"'],
                                         ["d2#0", -0.5, '"n" | "y"', '"y"'], ["d3#0", -0.5, '"y" | "n"', '"y"']]


def test_who_rightly_says_nothing_is_right() -> None:
    both = pairs([run("crm", 0, [0, 0, 2, 2], [0, 0, 2, 2]), run("mlm", 0, [0, 0, 2, 2], [1, 0, 2, 2])], "crm", "mlm", **PLACE, setting=TENTH)
    assert changed(both, "f1_micro")[2][["id", "gain"]].to_numpy().tolist() == [["d0#0", 1.0]]


def test_without_predictions_no_example_is_named() -> None:
    rows = [run("crm", 0, [2, 2, 0, 2]), replace(run("mlm", 0, [0, 2, 2, 2]), finetuning="")]
    assert changed(pairs(rows, "crm", "mlm", **PLACE, setting=TENTH), "f1_micro")[:2] == ("", 0)
    assert changed([], "f1_micro")[2].empty


def test_each_seed_is_shown_and_its_mean_is_the_compared_one() -> None:
    rows = [run(name, seed, hits) for name, seed, hits in (("crm", 0, [2, 2, 0, 2]), ("mlm", 0, [0, 2, 0, 2]), ("crm", 1, [2] * 4), ("mlm", 2, [2] * 4))]
    found = by_seed(pairs(rows, "crm", "mlm", **PLACE, setting=TENTH), "f1_micro")
    assert found[["seed", "value", "base_value", "difference"]].to_numpy().tolist() == [[0, 75.0, 50.0, 25.0]]
    cell = described(rows, baseline="mlm", setting=TENTH).set_index("metric").loc["f1_micro"]
    assert (cell["difference"], cell["seeds"], cell["regime"], cell["commit"], cell["available_examples"]) == (25.0, 1, "10 %", "abc", 1_000)


def test_the_widest_regime_is_chosen_cell_by_cell() -> None:
    few = [run(name, seed, [2, 0, 2, 0]) for name in ("mlm", "crm", "enp") for seed in (0, 1)]
    intent: dict[str, Any] = {"task": "intent", "corpus": "oos", "protocol": "default"}
    all_of_it: dict[str, Any] = {"trained_examples": 1_000}
    whole = [run(name, seed, [2, 2, 2, 0], **all_of_it) for name in ("mlm", "crm") for seed in (0, 1)]
    rows = few + whole + [replace(row, **intent) for row in whole]
    assert widest(settings(rows)) == [WIDE] and WIDE not in settings(rows)
    chosen = described(rows, baseline="mlm", setting=WIDE).groupby(["task", "regime"]).size().index.tolist()
    assert chosen == [("dialogue_act", "10 %"), ("intent", "full")], "more variants go before more examples"
    rows = [row for row in rows if row.variant != "enp"]
    assert set(described(rows, baseline="mlm", setting=WIDE)["regime"]) == {"full"}, "with as many variants, more examples"
    rows = [row for row in rows if row.regime == "10 %" or row.seed == 0]
    assert described(rows, baseline="mlm", setting=WIDE).groupby("task")["regime"].first().to_dict() == {"dialogue_act": "10 %", "intent": "full"}, \
        "of one seed nothing can be told"
    assert "best measured" in str(WIDE)


@pytest.mark.parametrize(("setting", "protocol", "variant", "column", "reason"), [
    (TENTH, "paper", "enp", GSIM, "not measured here yet"),
    (TENTH, "paper", "crm", INTENT, "not measured here yet"),
    (TENTH, "released", "crm", GSIM, "measured under protocol paper only"),
    (FULL, "paper", "crm", GSIM, "measured with training set 10 % only"),
    (Setting(regime="10 %", budget=6_000_000), "paper", "crm", GSIM, "measured with 1,500,000 tokens of further pre-training only"),
    (TENTH, "paper", "dur", GSIM, "not measured on the same rows and seeds as MLM"),
    (WIDE, "paper", "dcv", GSIM, "measured with 6,000,000 tokens of further pre-training only"),
])
def test_an_empty_cell_has_its_reason(setting: Setting, protocol: str, variant: str, column: Any, reason: str) -> None:
    seen = (("crm", 0, 1_500_000), ("mlm", 0, 1_500_000), ("dur", 5, 1_500_000), ("dcv", 0, 6_000_000))
    rows = [replace(ROW, variant=name, seed=seed, tokens_seen=tokens, metrics={"f1_micro": 0.5}) for name, seed, tokens in seen]
    protocols = {("dialogue_act", "gsim"): protocol}
    assert why_empty(rows, baseline="mlm", setting=setting, protocols=protocols)(variant, column) == reason


def test_a_missing_baseline_is_named() -> None:
    row = replace(ROW, variant="crm", metrics={"f1_micro": 0.5})
    assert why_empty([row], baseline="bert", setting=TENTH, protocols={})("crm", GSIM) == "baseline BERT not measured here yet"


def test_columns_beyond_the_paper_stand_with_their_task() -> None:
    shown = [column.key for column in columns_with({column.key for column in BEYOND})]
    assert len(shown) == len(set(shown)) == 20
    assert np.array_equal([key for key in shown if ".sgd." not in key], [column.key for column in columns()])
    place = shown.index("dialogue_act.sgd.f1_micro")
    assert shown[place - 1].startswith("dialogue_act.") and shown[place + 2].startswith("response_selection.")
