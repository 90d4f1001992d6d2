"""The page "Task relations": what it shows at once, what the address may say, and its empty and filled measured layer."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from engine.results import predictions, store
from engine.results.outcomes import metrics, table
from engine.results.reported import further_pretraining
from engine.results.store import Result
from tests.pages.screen import html
from ui.blocks import plain

PAGE = str(Path(__file__).resolve().parents[2] / "pages" / "task_relations.py")


def open_page(**address: str) -> AppTest:
    """The page as it is after its first run with ``address`` as query parameters."""
    page = AppTest.from_file(PAGE, default_timeout=30)
    for name, value in address.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    return page


def captions(page: AppTest) -> str:
    return "\n".join(caption.value for caption in page.caption)


def measure(variant: str, score: float, seed: int, **changes: Any) -> None:
    """Put one made-up row into the test's own store, without predictions."""
    row = Result(variant=variant, fingerprint="f00d", task="response_selection", corpus="multiwoz21", protocol="released", seed=seed,
                 split="test", metrics={"r100_at_1": score}, examples=700, seconds=1.0, hardware="two cores", tokens_seen=5_000_000,
                 trained_examples=400, commit="0123abc", command=f"python -m engine evaluate {variant} --seed {seed}",
                 versions={}, created=f"2026-01-0{seed + 1}")
    store.append(replace(row, **changes))


def answer(variant: str, seed: int, wrong: int, **changes: Any) -> None:
    """Put a row of dialogue acts and its predictions there: of 80 turns (four a dialogue) every ``wrong``-th has no act named."""
    hits = (np.arange(80) + seed) % wrong > 0
    outcomes = table({"f1_micro": (2 * hits, np.where(hits, 2, 1)), "f1_macro.bye": (2 * hits, np.where(hits, 2, 1))})
    place = {"task": "dialogue_act", "corpus": "sgd", "protocol": "paper", "finetuning": f"{variant}-{seed}-{changes.get('trained_examples')}"}
    row = Result(variant=variant, fingerprint="f00d", seed=seed, split="test", metrics=metrics(outcomes), examples=80, seconds=1.0,
                 hardware="two cores", tokens_seen=1_500_000, trained_examples=100, available_examples=1_000, commit="0123abc",
                 command=f"python -m engine evaluate {variant} --seed {seed}", versions={}, created="2026-01-01", **place)
    row = replace(row, **changes)
    predictions.write(row, predictions.frame([f"d{turn // 4}#{turn % 4}" for turn in range(80)], [["bye"] if hit else [] for hit in hits], outcomes))
    store.append(row)


def figure(page: AppTest, place: int = 0) -> Any:
    """What a chart of the page was drawn from."""
    return json.loads(page.get("plotly_chart")[place].proto.spec)


def test_the_first_view_shows_the_papers_gains() -> None:
    page = open_page()
    assert not page.error
    assert not page.warning
    assert (page.metric[0].value, page.metric[0].delta) == ("64.27 %", "+4.72 over MLM (59.55)")
    assert "largest loss: ENP w.o. MLM on RS GSIM R100@3 (−20.03)" in captions(page)
    assert "Not measured here yet." in captions(page)


def test_the_address_restores_the_view() -> None:
    page = open_page(baseline="BERT", scale="Points", source="Both", cell="DUR on DA DSTC2 macro F1")
    assert (page.metric[0].value, page.metric[0].delta) == ("45.36 %", "+7.69 over BERT (37.67)")
    assert "over BERT" in captions(page)
    assert not page.warning


@pytest.mark.parametrize(("name", "label"), [
    ("baseline", "Gain over"), ("scale", "Colour shows"), ("source", "Numbers from"), ("cell", "Cell")])
def test_nonsense_in_the_address_is_told(name: str, label: str) -> None:
    page = open_page(**{name: "moon*"})
    assert [warning.value for warning in page.warning] == [page.warning[0].value]
    assert f"asks for {name}=moon\\*, which “{label}” does not know" in page.warning[0].value
    assert page.metric[0].value == "64.27 %"


def test_the_measured_layer_is_empty_before_the_first_evaluation() -> None:
    page = open_page(source="Measured here")
    assert any("Nothing is measured here yet" in info.value for info in page.info)


def test_measured_cells_carry_n_seeds_commit_and_command() -> None:
    for variant, score in (("mlm", 0.20), ("crm", 0.30)):
        for seed in (0, 1):
            measure(variant, score + 0.02 * seed, seed)
    page = open_page(source="Measured here")
    assert (page.metric[1].value, page.metric[1].delta) == ("31.00 % ± 1.41", "+10.00 over MLM (21.00)")
    assert "commit 0123abc" in captions(page)
    assert "5,000,000 tokens" in captions(page)
    assert any("cannot tell \\(no predictions stored\\)" in line.value for line in page.markdown)
    page.toggle(key="relations_evidence").set_value(True).run()
    assert page.code[0].value == ("git checkout 0123abc\npython -m engine evaluate crm --seed 0\n"
                                  "git checkout 0123abc\npython -m engine evaluate mlm --seed 0\n"
                                  "git checkout 0123abc\npython -m engine evaluate crm --seed 1\n"
                                  "git checkout 0123abc\npython -m engine evaluate mlm --seed 1")
    assert "Which examples changed is unknown" in captions(page)


def test_the_largest_gain_is_found_among_measured_cells() -> None:
    measure("mlm", 0.2, 0)
    measure("crm", 0.3, 0)
    assert "Largest gain: CRM on RS MWOZ R100@1 (+10.00)" in captions(open_page(source="Measured here"))


def test_table_twin_holds_every_number_of_the_paper() -> None:
    page = open_page()
    page.toggle(key="relations_values_table").set_value(True).run()
    twin = page.dataframe[0].value
    assert len(twin) == 162
    assert twin["paper"].sum() == pytest.approx(further_pretraining()["value"].sum())


def test_a_verdict_is_a_letter_and_an_interval_and_columns_beyond_the_paper_are_titled() -> None:
    for seed in (0, 1):
        for variant, wrong in (("mlm", 4), ("crm", 40), ("dsp", 4)):
            answer(variant, seed, wrong)
    page = open_page(source="Measured here", cell="CRM on DA SGD micro F1")
    drawn = figure(page)
    texts = [text for trace in drawn["data"] for text in trace["text"]]
    assert sum("<b>B</b>" in text for text in texts) == 2 and sum("<br>~" in text for text in texts) == 2, "two metrics each of CRM and DSP"
    crm = next(text for text in texts if text.startswith("<b>CRM</b> on DA SGD micro F1"))
    assert re.search(r"\+\d+\.\d\d \[\+\d+\.\d\d, \+\d+\.\d\d\]: better", crm) and "100 examples (10 %), protocol paper" in crm
    assert "<b>DUR</b> on DA SGD micro F1<br>– not measured here yet" in texts
    assert any(note["text"] == "<i>beyond paper</i><br><b>DA</b> SGD" for note in drawn["layout"]["annotations"])
    assert "Of 4 differences: 2 better, 0 worse, 2 cannot be told." in captions(page)
    assert "**B** better, **W** worse" in captions(page), "a legend"
    assert "Beyond the paper: it has no number for this column." in captions(page)
    assert any(line.value.startswith("**B better**, \\+") for line in page.markdown)


def test_the_drawer_names_the_examples_that_changed() -> None:
    for seed in (0, 1):
        answer("mlm", seed, 4)
        answer("crm", seed, 10)
    page = open_page(source="Measured here", cell="CRM on DA SGD macro F1", relations_evidence="true")
    assert "By f1_micro, mean over 2 seeds: of 80 examples CRM gains 32 and loses 8 against MLM" in captions(page)
    gained = page.dataframe[0].value
    assert gained["gain"].is_monotonic_decreasing and (gained["gain"] > 0).all() and set(gained.columns) == {"example", "gain", "CRM", "MLM"}
    page.button_group(key="relations_changed").set_value("Lost").run()
    assert (page.dataframe[0].value["gain"] < 0).all() and len(page.dataframe[0].value) == 8
    assert "<td class=\"\">100 of 1,000 (10 %)</td>" in html(page)


def test_regime_and_budget_are_choices_where_there_are_several() -> None:
    for seed in (0, 1):
        for variant, wrong in (("mlm", 4), ("crm", 40)):
            answer(variant, seed, wrong)
    assert not {"relations_regime", "relations_budget", "protocol"} & {group.key for group in open_page().button_group}
    for variant, wrong in (("mlm", 4), ("crm", 4), ("enp", 4)):
        answer(variant, 0, wrong, trained_examples=10)
        answer(variant, 0, wrong, trained_examples=10, tokens_seen=6_000_000, finetuning=f"{variant}-more", created="2026-01-02")
    page = open_page(source="Measured here")
    assert page.button_group(key="relations_regime").value == "widest"
    page = open_page(source="Measured here", relations_regime="10 %", relations_budget="1.5 M")
    assert "fine-tuned on 10 %," in captions(page) and "Of 2 differences: 2 better" in captions(page)
    page = open_page(source="Measured here", relations_regime="10 %", relations_budget="6 M")
    assert any("Nothing is measured here yet that can be compared" in info.value for info in page.info)


def test_nothing_is_compared_for_the_papers_numbers_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    measure("mlm", 0.2, 0)
    measure("crm", 0.3, 0)

    def unwanted(*_: object, **__: object) -> None:
        raise AssertionError("compared")

    monkeypatch.setattr("engine.results.evidence.compare", unwanted)
    assert open_page().metric[1].value == "30.00 %"
    assert open_page(source="Measured here").error, "the guard works"


def test_the_twin_gives_every_dash_its_reason() -> None:
    measure("mlm", 0.2, 0)
    measure("crm", 0.3, 0)
    page = open_page(source="Measured here", baseline="MLM")
    page.toggle(key="relations_values_table").set_value(True).run()
    twin = page.dataframe[0].value
    assert len(twin) == 162 and twin["measured"].notna().sum() == 1
    assert (twin["reason"] != "").all() and twin["reason"].notna().all()
    assert twin.loc[twin["measured"].notna(), "reason"].tolist() == ["no predictions stored"]
    assert set(twin.loc[twin["variant"] == "mlm", "reason"]) == {"this is the baseline"}
    assert set(twin.loc[twin["variant"] == "dur", "reason"]) == {"not measured here yet"}


def test_a_new_row_in_the_store_is_seen() -> None:
    measure("mlm", 0.2, 0)
    assert any("Nothing is measured" in info.value for info in open_page(source="Measured here").info)
    measure("crm", 0.3, 0)
    assert "(+10.00)" in captions(open_page(source="Measured here"))


def test_another_pair_of_tasks_changes_what_they_share() -> None:
    page = open_page(pretraining="DSP", downstream="INT")
    assert "2 of 3 features, overlap 0.67" in captions(page)


def test_a_damaged_store_is_one_sentence(tmp_path: Path) -> None:
    store.default_path().parent.mkdir(parents=True)
    store.default_path().write_text("nonsense\n")
    page = open_page()
    assert plain("results.jsonl:1: this line is not a result row") in page.error[0].value


def test_an_unexpected_failure_shows_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("ui.relations.evidence", broken)
    page = open_page()
    assert "under id" in page.error[0].value
    assert "secret" not in page.error[0].value
