"""The page "Task relations": what it shows at once, what the address may say, and its empty and filled measured layer."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from engine.results import store
from engine.results.reported import further_pretraining
from engine.results.store import Result
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


def measure(variant: str, score: float, seed: int) -> None:
    """Put one made-up row into the test's own store."""
    store.append(Result(variant=variant, fingerprint="f00d", task="response_selection", corpus="multiwoz21", protocol="released", seed=seed,
                        split="test", metrics={"r100_at_1": score}, examples=700, seconds=1.0, hardware="two cores", tokens_seen=5_000_000,
                        trained_examples=400, commit="0123abc", command=f"python -m engine evaluate {variant} --seed {seed}",
                        versions={}, created=f"2026-01-0{seed + 1}"))


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
    assert page.code[0].value == "python -m engine evaluate crm --seed 1"


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
