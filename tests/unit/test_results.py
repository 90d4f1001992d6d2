"""The results room against numbers picked by hand from the paper's tables."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from engine import provenance
from engine.errors import InputError
from engine.results import store, tables
from engine.results.profiles import DOWNSTREAM, SINGLE, overlap, profile, shared
from engine.results.reported import TITLES, columns, dialogzoo, further_pretraining, table_one
from engine.results.settings import Setting
from engine.results.statistics import cells, relation, spearman
from engine.results.store import Result

RS, DST, DA_MACRO = "response_selection.multiwoz21.r100_at_1", "state_tracking.multiwoz21.joint_acc", "dialogue_act.dstc2.f1_macro"
ROW = Result(variant="crm", fingerprint="f00d", task="response_selection", corpus="multiwoz21", protocol="released", seed=0, split="test",
             metrics={"r100_at_1": 0.25, "r100_at_3": 0.5}, examples=700, seconds=3.5, hardware="two cores", tokens_seen=1_000,
             trained_examples=400, commit="abc", command="python -m engine evaluate", versions={"python": "3.11"},
             created="2026-01-01T00:00:00+00:00")


def test_every_variant_has_every_column() -> None:
    wide = tables.values(further_pretraining())
    assert wide.shape == (9, 18)
    assert wide.notna().all(axis=None)
    assert len({column.key for column in columns()}) == len({column.title for column in columns()}) == 18


@pytest.mark.parametrize(("variant", "key", "baseline", "gain"), [
    ("crm", RS, "mlm", 64.27 - 59.55),
    ("crm", RS, "bert", 64.27 - 47.39),
    ("dur", DA_MACRO, "mlm", 45.36 - 36.99),
    ("enp_no_mlm", DST, "mlm", 50.30 - 48.72),
    ("mlm", DST, "mlm", 0.0),
])
def test_gains_are_differences_of_the_papers_numbers(variant: str, key: str, baseline: tables.Baseline, gain: float) -> None:
    assert tables.matrix(further_pretraining(), baseline=baseline).at[variant, key] == pytest.approx(gain)


def test_scaling_by_the_largest_difference() -> None:
    scaled = tables.matrix(further_pretraining(), baseline="mlm", scaling="max_abs")
    assert scaled.at["bert", RS] == pytest.approx(-1.0)
    assert scaled.at["crm", RS] == pytest.approx(4.72 / 12.16)
    assert scaled.abs().max().tolist() == pytest.approx([1.0] * 18)


def test_scaling_by_standard_deviation() -> None:
    points = tables.matrix(further_pretraining(), baseline="mlm")
    scaled = tables.matrix(further_pretraining(), baseline="mlm", scaling="sd")
    spread = further_pretraining().query("column == @RS")["value"].std()
    assert scaled.at["crm", RS] == pytest.approx(points.at["crm", RS] / spread)


def test_reported_tables_are_fresh_copies() -> None:
    for frame in (further_pretraining(), dialogzoo(), table_one()):
        frame.loc[len(frame)] = frame.iloc[0]
    assert len(further_pretraining()) == 162
    assert len(dialogzoo()) == 87
    assert table_one().shape == (9, 9)


def test_profiles_by_hand() -> None:
    assert profile("state_tracking") == {"multi_turn_representation", "entity_information", "multi_turn_classifier"}
    assert profile("joint") == profile("enp") | profile("crm")
    assert profile("enp_no_mlm") == profile("enp")
    assert profile("mlm") == profile("bert") == frozenset()


@pytest.mark.parametrize(("variant", "task", "expected"), [
    ("crm", "response_selection", 1.0),  # coherence, siamese | the same
    ("dsp", "intent", 2 / 3),            # single-turn representation and classifier | and entities
    ("enp", "intent", 1.0),
    ("dcv", "state_tracking", 2 / 3),
    ("dur", "response_selection", 1 / 3),
    ("enp", "state_tracking", 1 / 5),    # entities | three and three
    ("joint", "response_selection", 2 / 5),
    ("mlm", "intent", 0.0),
])
def test_overlap_by_hand(variant: str, task: str, expected: float) -> None:
    assert overlap(variant, task) == pytest.approx(expected)


def test_shared_names_what_both_have() -> None:
    assert shared("dur", "response_selection") == ("coherence",)
    assert shared("crm", "intent") == ()


def test_overlap_hardly_explains_the_papers_gains() -> None:
    gains = tables.matrix(further_pretraining(), baseline="mlm", scaling="sd")
    found = relation(gains)
    assert found is not None
    assert found.cells == 90 == len(SINGLE) * 18
    assert found.rho == pytest.approx(0.254, abs=0.001)
    assert found.orders == math.factorial(5)
    assert found.p_profiles == pytest.approx(3 / 120)
    assert 0.001 < found.p_cells < 0.02
    assert relation(gains) == found, "the draws are a function of the seed"


def test_a_gain_that_is_the_overlap_correlates_perfectly() -> None:
    gains = tables.matrix(further_pretraining(), baseline="mlm")
    for variant in SINGLE:
        gains.loc[variant] = [overlap(variant, column.task) for column in columns()]
    found = relation(gains)
    assert found is not None
    assert found.rho == pytest.approx(1.0)
    assert found.p_profiles == pytest.approx(1 / 120)


def test_no_relation_without_cells() -> None:
    empty = tables.matrix(tables.measured([]), baseline="mlm")
    assert empty.isna().all(axis=None)
    assert relation(empty) is None
    assert spearman(cells(empty.fillna(0.0))) is None


def test_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "results.jsonl"
    assert store.read(path) == []
    rows = [ROW, replace(ROW, seed=1)]
    for row in rows:
        store.append(row, path)
    assert store.read(path) == rows


def test_a_torn_last_line_is_skipped_and_then_replaced(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    store.append(ROW, path)
    with path.open("ab") as handle:
        handle.write(b'{"variant": "crm", "fing')
    assert store.read(path) == [ROW]
    store.append(replace(ROW, seed=7), path)
    assert [row.seed for row in store.read(path)] == [0, 7]


@pytest.mark.parametrize("line", ["not json", "[]", '{"variant": "crm"}', json.dumps(asdict(ROW) | {"metrics": {"r100_at_1": 64.27}}),
                                  json.dumps(asdict(ROW) | {"metrics": {"r100_at_1": "high"}}), json.dumps(asdict(ROW) | {"color": 1})])
def test_a_bad_line_is_named_by_file_and_number(tmp_path: Path, line: str) -> None:
    path = tmp_path / "results.jsonl"
    store.append(ROW, path)
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(InputError, match=r"results\.jsonl:2: this line is not a result row"):
        store.read(path)


def test_percent_in_the_store_is_refused() -> None:
    with pytest.raises(InputError, match="fractions from 0 to 1"):
        replace(ROW, metrics={"r100_at_1": 64.27})
    with pytest.raises(InputError, match="finite"):
        replace(ROW, metrics={"loss": float("nan")})


def test_measured_is_mean_and_spread_over_seeds_in_percent() -> None:
    table = tables.measured([ROW, replace(ROW, seed=1, metrics={"r100_at_1": 0.35, "r100_at_3": 0.5}), replace(ROW, split="dev")])
    first = table.set_index("column").loc[RS]
    assert (first["value"], first["seeds"], first["examples"]) == (pytest.approx(30.0), 2, 700)
    assert first["sd"] == pytest.approx(math.sqrt(50))


def test_a_repeated_seed_and_an_older_fingerprint_are_replaced() -> None:
    rows = [replace(ROW, fingerprint="old", seed=3, metrics={"r100_at_1": 0.9}),
            replace(ROW, created="2026-01-02", metrics={"r100_at_1": 0.1}), replace(ROW, created="2026-01-03", metrics={"r100_at_1": 0.2})]
    table = tables.measured(rows)
    assert (table["value"].tolist(), table["seeds"].tolist()) == ([pytest.approx(20.0)], [1])


def test_only_rows_of_one_setting_are_compared() -> None:
    small = replace(ROW, trained_examples=10, created="2027-01-01")
    table = tables.measured([ROW, replace(ROW, variant="mlm"), small])
    assert set(table["trained_examples"]) == {400}
    assert set(table["variant"]) == {"crm", "mlm"}


@pytest.mark.parametrize(("trained", "available", "regime"), [
    (15_100, 15_100, "full"), (1_510, 15_100, "10 %"), (1_511, 15_100, "10 %"), (151, 15_100, "1 %"), (1, 12, "10 %"), (1, 1, "full"),
    (1_600, 47_080, "1,600 examples"), (400, 0, "400 examples"), (1_512, 15_100, "1,512 examples"),
])
def test_regimes(trained: int, available: int, regime: str) -> None:
    assert replace(ROW, trained_examples=trained, available_examples=available).regime == regime


@pytest.mark.parametrize(("tokens", "budget"), [(0, 0), (1_501_514, 1_500_000), (1_497_002, 1_500_000), (6_003_112, 6_000_000), (7, 7)])
def test_budgets_are_rounded_to_two_digits(tokens: int, budget: int) -> None:
    assert replace(ROW, tokens_seen=tokens).budget == budget


def test_draws_count_as_test_but_do_not_mix_with_the_whole_split() -> None:
    drawn = replace(ROW, split="test[100]", examples=100, created="2027-01-01")
    table = tables.measured([ROW, drawn, replace(drawn, variant="mlm")])
    assert set(table["split"]) == {"test[100]"} and set(table["variant"]) == {"crm", "mlm"}
    table = tables.measured([ROW, drawn, replace(drawn, variant="mlm"), replace(ROW, variant="mlm")])
    assert set(table["split"]) == {"test"}, "with as many variants, the whole split"
    assert tables.measured([replace(ROW, split="published_test")]).empty


def test_budgets_and_regimes_do_not_mix_and_can_be_chosen() -> None:
    large = [replace(ROW, variant=name, tokens_seen=4_001, fingerprint="b16", created="2027-01-01") for name in ("crm", "mlm")]
    rows = [ROW, replace(ROW, variant="mlm"), replace(ROW, variant="dur"), replace(ROW, variant="bert", tokens_seen=0), *large,
            replace(ROW, trained_examples=40, available_examples=400)]
    assert set(tables.measured(rows)["budget"]) == {0, 1_000}
    table = tables.measured(rows, Setting(regime="400 examples", budget=4_000))
    assert set(table["variant"]) == {"bert", "crm", "mlm"} and set(table["budget"]) == {0, 4_000}
    assert tables.measured(rows, Setting(regime="10 %", budget=1_000))["variant"].unique().tolist() == ["crm"]
    assert tables.measured(rows, Setting(regime="1 %", budget=1_000)).empty


def test_protocols_stay_apart() -> None:
    both = tables.measured([ROW, replace(ROW, protocol="paper", metrics={"r100_at_1": 0.1})])
    assert tables.of_protocol(both, "released")["protocol"].unique().tolist() == ["released"]
    assert tables.of_protocol(both, "paper").set_index("column").at[RS, "value"] == pytest.approx(10.0)
    assert tables.of_protocol(both, "elsewhere")["column"].is_unique


def test_provenance_says_something_and_leaves_torch_alone() -> None:
    code = ("import sys; from engine import provenance as p; from engine.results import comparison, statistics, store, tables; "
            "print(p.hardware(), p.commit(), p.command(), dict(p.versions())); sys.exit('torch' in sys.modules)")
    done = subprocess.run([sys.executable, "-c", code], cwd=provenance.REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "cores" in done.stdout
    assert "'python': '3." in done.stdout


def test_names_agree() -> None:
    assert set(SINGLE) <= set(TITLES)
    assert {column.task for column in columns()} == set(DOWNSTREAM)
    assert {column.metric for column in columns()} == store.SHARES
