"""The page DialogZoo results: scores, verdicts and curves from made-up stores; the paper's numbers with nothing measured."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from engine.results import glue, zoo
from tests.pages.screen import open_page, words
from tests.unit.test_glue_table import fine_tuned
from tests.unit.test_zoo_scores import curve, point, rivals, score


@pytest.fixture(autouse=True)
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of checkpoints without curves."""
    monkeypatch.setenv("DIALATLAS_CHECKPOINTS", str(tmp_path / "shelf"))
    (tmp_path / "shelf").mkdir()
    return tmp_path / "shelf" / "zoo"


@pytest.fixture
def measured() -> None:
    """Two pairs: one above, one below what needs no training; the second also written without constraints."""
    rows = [score(value=50), *rivals(1, 2, 3), score(value=40, task="rew", dataset="canard"), *rivals(1, 90, 3, task="rew", dataset="canard"),
            score(value=39, task="rew", dataset="canard", decoding="free", valid=61.0)]
    for row in rows:
        zoo.append(row)


def said(screen: AppTest) -> str:
    return "\n".join([*(element.value for element in [*screen.markdown, *screen.info, *screen.warning]), words(screen)])


def alts(screen: AppTest) -> list[str]:
    return [figure.proto.alt for figure in screen.get("plotly_chart")]


def test_with_nothing_measured_the_paper_stands_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = open_page("zoo_results", monkeypatch)
    assert not screen.exception and not screen.error and not screen.warning
    assert "`python -m engine zoo evaluate`" in said(screen) and "`python -m engine zoo train --ship NAME`" in said(screen)
    table = pd.DataFrame(screen.dataframe[0].value)
    assert len(table) == 13 and table["here"].isna().all()
    assert "Nothing of this is measured here yet" in words(screen)
    assert alts(screen) == []


@pytest.mark.usefixtures("measured")
def test_scores_stand_beside_rivals_and_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = open_page("zoo_results", monkeypatch)
    assert alts(screen)[0].startswith("Above the untrained model and every baseline on 1 of 2 pairs, below on 1 (rew/canard), cannot tell on 0")
    table = pd.DataFrame(screen.dataframe[0].value).set_index("pair")
    assert table.loc["intent/banking77", ["score", "interval", "untrained", "baseline", "baseline_name", "verdict", "asked"]].tolist() == [
        50.0, "45.0 to 55.0", 1.0, 3.0, "copy", "A above", "100 of 3,080"]
    assert table.loc["rew/canard", ["verdict", "valid", "valid_other", "metric"]].tolist() == ["B below", 98.0, 61.0, "ROUGE-L"]
    beside = pd.DataFrame(screen.dataframe[1].value).set_index("pair")
    assert beside.loc["rew/canard", ["paper", "tuned", "here"]].tolist() == [83.91, 83.87, 40.0]
    assert not screen.exception


@pytest.mark.usefixtures("measured")
def test_decoding_and_task_come_from_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    free = open_page("zoo_results", monkeypatch, zoo_results_decoding="Free")
    assert pd.DataFrame(free.dataframe[0].value)[["pair", "score", "valid_other"]].to_numpy().tolist() == [["rew/canard", 39.0, 98.0]]
    intent = open_page("zoo_results", monkeypatch, zoo_results_task="INTENT")
    assert list(pd.DataFrame(intent.dataframe[0].value)["pair"]) == ["intent/banking77"]
    assert "on 1 of 1 pairs" in said(intent)


@pytest.mark.usefixtures("measured")
@pytest.mark.parametrize("key", ["zoo_results_model", "zoo_results_decoding", "zoo_results_task"])
def test_nonsense_in_the_address_is_told(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = open_page("zoo_results", monkeypatch, **{key: "moon"})
    assert len(screen.warning) == 1 and "moon" in screen.warning[0].value
    assert not screen.exception


def test_curves_of_several_runs_are_in_one_figure(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    curve(shelf, "compact", ["rew", "sum", "reo"], [point(2, {"rew": 4.0, "sum": 2.0, "reo": 9.0}, rew=5.0)])
    curve(shelf, "plain", ["rew", "sum"], [point(2, {"rew": 5.0, "sum": 3.0}, rew=6.0)], schedule="proportional")
    curve(shelf, "young", ["rew", "sum"], [point(1, rew=8.0)])
    screen = open_page("zoo_results", monkeypatch)
    assert alts(screen) == ["Lowest dev loss at the end: compact with 3.000, plain 4.000."]
    assert "Without a dev loss yet: young." in words(screen).replace("\\", "")
    of_rew = open_page("zoo_results", monkeypatch, zoo_results_loss="REW")
    assert alts(of_rew) == ["Lowest dev loss at the end: compact with 4.000, plain 5.000."]
    of_rew.toggle(key="zoo_results_losses_table").set_value(True).run()
    assert len(pd.DataFrame(of_rew.dataframe[-1].value)) == 5
    alone = open_page("zoo_results", monkeypatch, zoo_results_runs="plain")
    assert alts(alone) == ["Lowest dev loss at the end: plain with 4.000."]
    assert not screen.exception and not of_rew.exception and not alone.exception


def test_no_run_chosen_is_said(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    curve(shelf, "young", ["rew"], [point(1, rew=8.0)])
    screen = open_page("zoo_results", monkeypatch)
    assert "Choose at least one run" in said(screen) and not screen.exception


def test_a_damaged_store_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    zoo.default_path().parent.mkdir(parents=True)
    zoo.default_path().write_text("nonsense\n")
    screen = open_page("zoo_results", monkeypatch)
    assert "this line is not a result row" in screen.error[0].value and not screen.exception


def test_without_a_fine_tuned_encoder_the_command_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = open_page("zoo_results", monkeypatch)
    table = pd.DataFrame(screen.dataframe[1].value).set_index("model")
    assert len(table) == 6 and table.loc["DialogZoo-T5", "banking"] == 93.02
    assert "`python -m engine zoo glue --encoder base`" in said(screen)
    few = open_page("zoo_results", monkeypatch, zoo_results_shots="Few-shot")
    assert len(few.dataframe) == 1 and "--encoder base --shots 10`" in said(few) and not few.exception


def test_fine_tuned_encoders_stand_below_the_papers(monkeypatch: pytest.MonkeyPatch) -> None:
    for row in (fine_tuned(value=40), fine_tuned(value=44, seed=1), fine_tuned("compact", 70)):
        glue.append(row)
    screen = open_page("zoo_results", monkeypatch)
    table = pd.DataFrame(screen.dataframe[1].value).set_index("model")
    assert list(table.index)[-2:] == ["base", "compact"] and table.loc["base", ["banking", "seeds", "kind"]].tolist() == [42, 2, "measured"]
    assert "fine-tuned on: compact 70.0, base 42.0" in said(screen).replace("\\", "") and "2 encoders, n 100, 1 to 2 seeds, commit 0123abc" in said(screen)
    screen.toggle(key="zoo_results_glue_full_table").set_value(True).run()
    assert len(pd.DataFrame(screen.dataframe[2].value)) == 2 and not screen.exception
