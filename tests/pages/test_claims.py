"""The page Claims: the finding is counted, filters and statement stand in the address, a statement opens with its numbers."""

from __future__ import annotations

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from engine.results import store
from engine.results.claims import CLAIMS
from engine.results.claims.ledger import frame, ledger, summary
from engine.results.store import Result
from tests.pages.screen import html, open_page, words

ENTRIES = ledger()


def ledger_of(screen: AppTest) -> pd.DataFrame:
    """The rows of the ledger as they are shown."""
    return pd.DataFrame(screen.dataframe[0].value)


def said(screen: AppTest) -> str:
    return "\n".join(element.value for element in screen.markdown)


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> AppTest:
    return open_page("claims", monkeypatch)


def test_the_first_view_counts_what_fails_on_the_papers_own_numbers(screen: AppTest) -> None:
    assert not screen.exception
    assert not screen.error
    assert not screen.warning
    assert f"**{summary(ENTRIES)}**" in said(screen)
    assert list(ledger_of(screen)["id"]) == list(CLAIMS)
    assert ledger_of(screen).set_index("id").at["joint_between", "on the paper's numbers"] == "P · holds in part (9 of 14)"


def test_a_statement_opens_with_quotation_place_predicate_and_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = open_page("claims", monkeypatch, claim="joint_between")
    assert "joint model’s … performance is between ENP and CRM" in said(screen)
    assert "Paper 1, Section 5.4, Table 6." in words(screen)
    assert "Joint lies between ENP and CRM, on every one of 14 columns of DA, RS and DST" in words(screen)
    table = html(screen)
    assert ">DA MWOZ micro F1 (N)<" in table
    assert "CRM &gt; Joint" in table
    assert "91.52 and 91.65: −0.13" in table
    assert '<span class="da-letter">N</span>' in table
    assert '<span class="da-letter">Y</span>' in table
    assert screen.button(key="claims_open_dialogue_act.multiwoz21.f1_micro").label == "Joint on DA MWOZ micro F1"


def test_a_suspect_number_is_called_so(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = open_page("claims", monkeypatch, claim="zoo_beyond_others")
    assert any(info.value.startswith("Suspect") for info in screen.info)
    assert "no T5-base is trained here" in words(screen)
    assert not [button for button in screen.button if str(button.key).startswith("claims_open_")], "Task relations has no such cell"


def test_filters_come_from_the_address_and_the_finding_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = open_page("claims", monkeypatch, claims_paper="1", claims_verdict="In part", claims_task="DST")
    kept = [entry for entry in ENTRIES if entry.claim.paper == 1 and entry.paper.verdict == "holds in part" and "DST" in entry.tasks]
    assert 0 < len(kept) < 10
    assert list(ledger_of(screen)["id"]) == [entry.claim.id for entry in kept]
    assert f"**{summary(kept)}**" in said(screen)
    assert not screen.warning


def test_nothing_left_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = open_page("claims", monkeypatch, claims_ours="Holds")
    assert "No statement meets these choices." in said(screen)
    assert not screen.dataframe
    assert not screen.exception


@pytest.mark.parametrize("key", ["claims_paper", "claims_task", "claims_verdict", "claims_ours", "claim"])
def test_nonsense_in_the_address_is_told(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = open_page("claims", monkeypatch, **{key: "moon"})
    assert len(screen.warning) == 1
    assert "moon" in screen.warning[0].value
    assert not screen.exception


def test_the_ledger_can_be_taken_away_whole(screen: AppTest) -> None:
    assert [button.proto.label for button in screen.get("download_button")] == ["Download CSV"]
    assert set(CLAIMS["joint_between"].__dataclass_fields__) - {"id", "paper"} <= {*frame(ENTRIES).columns}


def measure(variant: str, score: float, seed: int, trained: int = 400) -> None:
    """Put one made-up row without predictions into the test's own store."""
    store.append(Result(variant=variant, fingerprint="f00d", task="response_selection", corpus="multiwoz21", protocol="released", seed=seed,
                        split="test", metrics={"r100_at_1": score, "r100_at_3": score}, examples=700, seconds=1.0, hardware="two cores",
                        tokens_seen=5_000_000, trained_examples=trained, available_examples=400, finetuning=f"{variant}{trained}{seed}", commit="0123abc",
                        command="python -m engine evaluate", versions={}, created=f"2026-01-0{seed + 1}"))


def test_measured_rows_are_shown_with_what_keeps_them_open(monkeypatch: pytest.MonkeyPatch) -> None:
    for variant, score in (("crm", 0.3), ("dur", 0.2)):
        measure(variant, score, 0)
    screen = open_page("claims", monkeypatch, claim="crm_above_dur")
    assert ledger_of(screen).set_index("id").at["crm_above_dur", "measured here"] == "? · cannot tell (2 of 6 by sign)"
    assert "30.00 and 20.00: +10.00 (1 seed, n 700, test, released)" in html(screen)
    assert "no predictions stored; 4 of 6 differences not measured" in words(screen)
    assert not [box for box in screen.selectbox if box.key == "claims_setting"], "one setting needs no switch"


def test_several_settings_get_a_switch(monkeypatch: pytest.MonkeyPatch) -> None:
    for trained, score in ((400, 0.3), (40, 0.1)):
        measure("crm", score, 0, trained)
        measure("dur", 0.2, 0, trained)
    measure("mlm", 0.2, 0)
    screen = open_page("claims", monkeypatch, claim="crm_above_dur")
    switch = screen.selectbox(key="claims_setting")
    assert switch.options == ["best measured of each task and corpus", "all training examples, about 5,000,000 tokens of further pre-training",
                              "10 % of the training examples, about 5,000,000 tokens of further pre-training"]
    assert "30.00 and 20.00" in html(screen)
    assert "10.00 and 20.00: −10.00" in html(switch.set_value("10 % of the training examples, about 5,000,000 tokens of further pre-training").run())


def test_a_damaged_store_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    store.default_path().parent.mkdir(parents=True)
    store.default_path().write_text("nonsense\n")
    screen = open_page("claims", monkeypatch)
    assert "this line is not a result row" in screen.error[0].value
    assert not screen.exception


def test_a_statement_outside_the_filter_is_said_to_be_and_another_is_one_press_away(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = open_page("claims", monkeypatch, claim="joint_between")
    assert "outside the filter" not in words(screen)
    screen.segmented_control(key="claims_verdict").set_value("holds").run()
    assert "joint_between" not in set(ledger_of(screen)["id"]) and "outside the filter" in words(screen)
    screen.button(key="claims_first").click().run()
    first = ledger_of(screen)["id"].iloc[0]
    assert screen.selectbox(key="claim").value == first and "outside the filter" not in words(screen) and not screen.exception


def test_a_row_is_opened_without_the_mouse_by_the_list_right_under_the_ledger(screen: AppTest) -> None:
    assert "choose it under Statement" in words(screen)
    order = [(element.type, getattr(element, "key", None)) for element in screen.main if element.type != "main"]
    kinds = [kind for kind, _ in order]
    table = next(place for place, kind in enumerate(kinds) if "data_frame" in kind or kind == "dataframe")
    assert order.index(("selectbox", "claim")) > table and "divider" not in kinds[table:order.index(("selectbox", "claim"))]
    entry = next(entry for entry in ENTRIES if entry.claim.id != "joint_between")
    screen.selectbox(key="claim").set_value(entry.claim.id).run()
    assert screen.selectbox(key="claim").label == "Statement" and entry.claim.statement in "".join(one.value for one in screen.subheader).replace("\\", "")
