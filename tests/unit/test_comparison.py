"""Verdicts on simulated models: equal ones cannot be told apart, clear differences are found, and formal gaps are named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.contingency_tables import mcnemar

from engine.results import comparison, predictions
from engine.results.comparison import Difference, Setting, compare, pair, settings
from engine.results.outcomes import metrics, table
from engine.results.store import Result

VARIANTS = ("bert", "mlm", "dsp", "crm", "dcv", "enp")
FULL = Setting(regime="full", budget=1_500_000)
CELL: dict[str, Any] = {"task": "intent", "corpus": "oos", "protocol": "default"}
ROW = Result(variant="mlm", fingerprint="f00d", **CELL, seed=0, split="test", metrics={}, examples=0, seconds=1.0, hardware="two cores",
             tokens_seen=1_501_514, trained_examples=15_100, available_examples=15_100, commit="abc", command="python -m engine evaluate",
             versions={}, created="2026-01-01T00:00:00+00:00")

IDS = pd.Series([f"d{place // 4}#{place % 4}" for place in range(400)])

Stored = dict[str, pd.DataFrame]


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stored]:
    """Predictions by fine-tuning run, in memory."""
    kept: Stored = {}
    monkeypatch.setattr(predictions, "has", lambda row: row.finetuning in kept)
    monkeypatch.setattr(predictions, "read", lambda row, answers=True: kept[row.finetuning])
    return kept


def simulated(rng: np.random.Generator, kept: Stored, *, noise: tuple[float, float, float], better: float = 0.0, **changes: Any) -> list[Result]:
    """Rows of equal models, but for ``crm``, on 100 dialogues of four turns.

    Args:
        noise: How far a seed moves all rows, a variant moves dialogues and turns, and chance moves each answer.
        better: How far ``crm`` lies above the others, in the same unit (1: the spread of difficulty).
    """
    def by_dialogue() -> Any:
        return 0.7 * np.repeat(rng.normal(size=100), 4) + 0.7 * rng.normal(size=400)

    rows, difficulty = [], 0.3 + by_dialogue()
    for variant in VARIANTS:
        own = noise[1] * by_dialogue() + better * (variant == "crm")
        for seed in range(3):
            right = difficulty + own + noise[0] * rng.normal() + noise[2] * rng.normal(size=400) > 0
            rows.append(run(kept, variant, seed, right, **changes))
    return rows


def run(kept: Stored, variant: str, seed: int, right: Any, **changes: Any) -> Result:
    """One row of accuracies with its predictions, four turns a dialogue."""
    outcomes, name = table({"acc_all": (right, 1)}), f"{variant}/{seed}/{len(kept)}"
    kept[name] = outcomes.assign(id=IDS[:len(outcomes)])
    row = replace(ROW, variant=variant, seed=seed, finetuning=name, metrics=metrics(outcomes), examples=len(outcomes),
                  tokens_seen=0 if variant == "bert" else ROW.tokens_seen)
    return replace(row, **changes)


def test_equal_models_cannot_be_told_apart(stored: Stored) -> None:
    """Whether seeds, rows or chance make the noise, or all three: ten matrices with a cell of each."""
    rng, noises = np.random.default_rng(5), {"all": (0.1, 0.2, 0.2), "seeds": (0.2, 0.0, 0.1), "rows": (0.0, 0.5, 0.0), "chance": (0.02, 0.1, 1.0)}
    matrices = [[row for name, noise in noises.items() for row in simulated(rng, stored, noise=noise, corpus=name)] for _ in range(10)]
    found = pd.concat([compare(rows, baseline="mlm", setting=FULL) for rows in matrices])
    assert len(found) == 200 and set(found["reason"]) == {""}
    assert (found["verdict"] == "cannot tell").mean() >= 0.95
    assert 0.01 < (found["p"] < 0.05).mean() < 0.08, "a single comparison is wrong once in 20, give or take"
    assert ((found["low"] <= 0) & (found["high"] >= 0)).eq(found["p"] >= 0.05).all(), "interval and p-value agree"


def test_a_clear_difference_is_found(stored: Stored) -> None:
    rng = np.random.default_rng(6)
    found = pd.concat([compare(simulated(rng, stored, noise=(0.05, 0.2, 0.2), better=0.5), baseline="mlm", setting=FULL) for _ in range(6)])
    told = found[found["verdict"] != "cannot tell"]
    assert set(told["variant"]) == {"crm"} and set(told["verdict"]) == {"better"} and len(told) >= 5
    mine = found[found["variant"] == "crm"]
    assert (mine["difference"] == mine["value"] - mine["base_value"]).all() and mine["effect"].gt(1).all() and mine["p_holm"].ge(mine["p"]).all()
    turned = compare(simulated(np.random.default_rng(6), stored, noise=(0.05, 0.2, 0.2), better=0.5), baseline="crm", setting=FULL)
    assert set(turned["verdict"]) == {"worse"}


def test_seeds_count_as_much_as_rows(stored: Stored) -> None:
    """Models that differ by their seeds alone differ clearly on one seed's rows, and yet nothing can be told."""
    rng = np.random.default_rng(7)
    rows = simulated(rng, stored, noise=(0.4, 0.0, 0.0))
    together, single = (compare(mine, baseline="mlm", setting=FULL).set_index("variant") for mine in (rows, [row for row in rows if row.seed == 0]))
    assert set(together["verdict"]) == {"cannot tell"} and (single["p"] < 0.001).any()
    assert ((together["high"] - together["low"]) > 2 * (single["high"] - single["low"])).all()
    assert set(single["verdict"]) == {"cannot tell"} and set(single["reason"]) == {"one seed"}
    assert single[["p_holm", "effect"]].isna().all(axis=None)


def test_a_pair_is_the_cell_of_the_matrix(stored: Stored) -> None:
    rows = simulated(np.random.default_rng(8), stored, noise=(0.1, 0.2, 0.2), better=0.3)
    cell = compare(rows, baseline="bert", setting=FULL).set_index("variant").loc["crm"]
    found = pair(rows, "crm", "bert", **CELL, metric="acc_all", setting=FULL)
    assert found is not None and found.verdict == "better" and found.seeds == 3 and found.column == "intent.oos.acc_all"
    assert [found.difference, found.low, found.high, found.p] == pytest.approx(cell[["difference", "low", "high", "p"]].tolist())
    back = pair(rows, "bert", "crm", **CELL, metric="acc_all", setting=FULL)
    assert back is not None and (back.difference, back.high, back.p) == pytest.approx((-found.difference, -found.low, found.p))
    assert back.verdict == "worse"


@pytest.mark.parametrize(("one", "metric", "setting"), [("dur", "acc_all", FULL), ("crm", "f1_micro", FULL),
                                                         ("crm", "acc_all", replace(FULL, regime="1 %")), ("crm", "acc_all", replace(FULL, budget=6_000_000))])
def test_what_was_not_measured_side_by_side_has_no_difference(stored: Stored, one: str, metric: str, setting: Setting) -> None:
    rows = simulated(np.random.default_rng(8), stored, noise=(0.1, 0.2, 0.2))
    assert pair(rows, one, "mlm", **CELL, metric=metric, setting=setting) is None
    assert compare(rows, baseline="mlm", setting=Setting(regime="1 %", budget=7)).columns.tolist() == comparison.COLUMNS


def test_mcnemar_is_given_for_one_seed(stored: Stored) -> None:
    rng = np.random.default_rng(9)
    one, other = rng.random((2, 400)) < np.array([[0.8], [0.7]])
    found = pair([run(stored, "crm", 0, one), run(stored, "mlm", 0, other)], "crm", "mlm", **CELL, metric="acc_all", setting=FULL)
    expected = mcnemar([[np.sum(one & other), np.sum(one & ~other)], [np.sum(~one & other), np.sum(~one & ~other)]], exact=False).pvalue
    assert found is not None and found.p_mcnemar == pytest.approx(expected) and found.verdict == "cannot tell"
    assert found.p == pytest.approx(expected, abs=0.01), "the bootstrap over rows says the same, as answers here are independent"
    assert found.low < found.difference < found.high


def test_formal_gaps_are_named(stored: Stored) -> None:
    rows = [run(stored, variant, seed, np.arange(400) % (2 + seed + len(variant)) > 0) for variant in ("mlm", "crm", "joint", "enp") for seed in (0, 1)]
    for row in rows:
        if row.variant == "crm":
            del stored[row.finetuning]
        if row.variant == "joint":
            stored[row.finetuning] = stored[row.finetuning].assign(id=[f"e{place}#0" for place in range(400)])
    found = compare(rows, baseline="mlm", setting=FULL).set_index("variant")
    assert found["reason"].to_dict() == {"crm": "no predictions stored", "joint": "other rows", "enp": ""}
    assert found.loc[["crm", "joint"], ["low", "high", "p", "p_holm"]].isna().all(axis=None) and found["difference"].notna().all()
    assert set(found.loc[["crm", "joint"], "verdict"]) == {"cannot tell"}


def test_only_common_seeds_are_compared(stored: Stored) -> None:
    right = [np.arange(400) % 10 < share for share in (5, 6, 9)]
    rows = [run(stored, "mlm", 0, right[0]), run(stored, "mlm", 1, right[0]), run(stored, "crm", 1, right[1]), run(stored, "crm", 2, right[2])]
    found = pair(rows, "crm", "mlm", **CELL, metric="acc_all", setting=FULL)
    assert found is not None and (found.seeds, found.value, found.difference) == (1, pytest.approx(60.0), pytest.approx(10.0))


def test_splits_do_not_mix(stored: Stored) -> None:
    right = np.arange(400) % 3 > 0
    rows = [run(stored, variant, seed, right[:n], split=split)
            for variant in ("mlm", "crm") for seed in (0, 1) for n, split in ((400, "test"), (40, "test[40]"))]
    rows += [run(stored, "enp", 0, right[:40], split="test[40]"), run(stored, "crm", 0, right, split="dev")]
    found = compare(rows, baseline="mlm", setting=FULL)
    assert set(found["split"]) == {"test[40]"} and set(found["variant"]) == {"crm", "enp"}, "most variants were measured on the draw"
    found = compare([row for row in rows if row.variant != "enp"], baseline="mlm", setting=FULL)
    assert (set(found["split"]), set(found["examples"])) == ({"test"}, {400}), "with as many variants, the whole split"


def test_recipes_do_not_mix(stored: Stored) -> None:
    rng = np.random.default_rng(1)
    rows = simulated(rng, stored, noise=(0.0, 0.1, 0.1), recipe="short") + [row for row in simulated(rng, stored, noise=(0.0, 0.1, 0.1), recipe="long")
                                                                           if row.variant in ("mlm", "crm")]
    found = compare(rows, baseline="mlm", setting=FULL)
    short = {(row.variant, row.seed): row.metrics["acc_all"] for row in rows if row.recipe == "short"}
    assert len(found) == len(VARIANTS) - 1, "the recipe that most variants share"
    assert found.set_index("variant").at["crm", "value"] == pytest.approx(100 * np.mean([short["crm", seed] for seed in range(3)]))


def test_settings_come_with_most_variants_first(stored: Stored) -> None:
    right = np.arange(8) % 2 > 0
    rows = [run(stored, variant, 0, right) for variant in ("bert", "mlm", "crm")]
    rows += [run(stored, variant, 0, right, tokens_seen=6_003_000 * (variant != "bert"), trained_examples=151) for variant in ("bert", "mlm")]
    rows += [run(stored, variant, 0, right, trained_examples=1_510) for variant in ("mlm", "crm", "enp", "dur")]
    assert settings(rows) == [Setting(regime="10 %", budget=1_500_000), FULL, Setting(regime="1 %", budget=6_000_000)]
    assert str(FULL) == "all training examples, about 1,500,000 tokens of further pre-training"
    assert settings([]) == settings(rows[:1]) == []


def test_a_difference_is_a_row_of_the_table() -> None:
    assert set(comparison.COLUMNS) - set(Difference.__dataclass_fields__) == {"p_holm", "verdict"}


def test_second_readings_of_a_metric_do_not_weaken_the_correction() -> None:
    table = pd.DataFrame({"metric": ["r100_at_1", "r100_at_3", "r100_at_1_dedup", "r100_at_3_dedup"], "p": [0.01, 0.04, 0.02, 0.03], "reason": ""})
    assert comparison._corrected(table).tolist() == pytest.approx([0.02, 0.04, 0.04, 0.04])
    assert comparison._corrected(table.iloc[:0]).empty
