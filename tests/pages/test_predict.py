"""The page "Predict": its answer, its choices, and what it shows before and after the frozen variants are measured."""

from __future__ import annotations

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from engine.probing import PROBES
from engine.results import abilities, store
from engine.results.abilities import Measurement
from engine.results.profiles import ABILITIES
from engine.results.reported import TITLES
from engine.results.store import Result
from tests.pages.screen import open_page, words

ABOUT = {"seed": 0, "seconds": 1.0, "hardware": "two cores", "commit": "0123abc", "command": "python -m engine abilities", "versions": {},
         "created": "2026-01-02T00:00:00+00:00"}


def measured(variant: str, kind: str, subject: str, group: str, **numbers: float) -> Measurement:
    return Measurement(kind=kind, variant=variant, fingerprint=f"f-{variant}", plan="p", subject=subject, group=group, numbers=numbers,  # type: ignore[arg-type]
                       examples=800, held_out=400, **ABOUT)  # type: ignore[arg-type]


def fill() -> None:
    """Made-up rows: the later a variant stands in the list, the higher every number; LogME the other way round."""
    for place, name in enumerate(TITLES):
        size = place / 20
        store.append(Result(variant=name, fingerprint=f"f-{name}", task="response_selection", corpus="multiwoz21", protocol="paper", split="test",
                            metrics={"r100_at_1": 0.2 + size, "r100_at_3": 0.4 + size}, examples=700, tokens_seen=1_000, trained_examples=400, **ABOUT))  # type: ignore[arg-type]
        for probe, ability in zip(PROBES, [ability for ability in ABILITIES for _ in "ab"], strict=True):
            ends = (("", 0.0), ("_low", -0.02), ("_high", 0.02))
            spread = {f"{number}{end}": 0.3 + size + shift for number in ("accuracy", "selectivity") for end, shift in ends}
            abilities.append(measured(name, "ability", probe, ability, majority=0.2, control=0.2, control_low=0.1, control_high=0.3, **spread))
        scores = {"logme": -size, "h_score": size, "linear_probe": size}
        abilities.append(measured(name, "transferability", "response_selection.multiwoz21.paper", "response_selection", **scores))
        for other in list(TITLES)[place + 1:]:
            abilities.append(measured(name, "similarity", other, f"f-{other}", utterance=0.5 + size, history=0.4))


def answer(screen: AppTest) -> str:
    return next(element.value for element in screen.markdown if element.value.startswith("**"))


def verdicts(screen: AppTest) -> dict[str, str]:
    table = screen.dataframe[0].value
    return dict(zip(table["predictor"], table["verdict"], strict=True))


def test_on_the_papers_numbers_overlap_does_not_reach_the_aim(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = open_page("predict", monkeypatch, predict_source="Paper")
    assert not screen.exception and not screen.error
    assert "No predictor of the gain over MLM is shown to work" in answer(screen)
    assert "Declared overlap (Spearman 0.28" in answer(screen)
    assert verdicts(screen) == {"Declared overlap": "cannot tell", "Measured abilities": "not measured", "Constant": "reference"}
    assert "p 0.025 when whole variants are exchanged (120 orders)" in words(screen)


def test_before_anything_is_measured_the_page_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = open_page("predict", monkeypatch)
    assert not screen.exception and not screen.error
    assert "Nothing can be said yet" in answer(screen)
    assert set(verdicts(screen).values()) == {"not measured"}
    assert [info.value for info in screen.info if "python -m engine abilities" in info.value]


def test_a_perfect_predictor_works_and_a_reversed_one_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    fill()
    screen = open_page("predict", monkeypatch, predict_variants="All", predict_predictor="H-score")
    assert not screen.exception and not screen.error
    found = verdicts(screen)
    assert (found["H-score"], found["Measured abilities"], found["LogME"], found["Constant"]) == ("works", "works", "does not", "reference")
    assert "3 of 5 predictors of the gain over MLM work" in answer(screen)
    assert "Spearman 1.00" in words(screen)


def test_profiles_and_similarity_have_table_twins(monkeypatch: pytest.MonkeyPatch) -> None:
    fill()
    screen = open_page("predict", monkeypatch)
    assert "entity information: ENP w.o. MLM (0.70, declared)" in words(screen)
    screen.toggle(key="predict_profiles_table").set_value(True).run()
    table = screen.dataframe[-1].value
    assert len(table) == 72
    assert table.set_index(["variant", "ability"]).loc[("crm", "coherence"), "declared"].all()
    screen = open_page("predict", monkeypatch, predict_view="Similarity (CKA)")
    assert "Most alike: Joint and ENP w.o. MLM (0.85)." in words(screen)


def test_rows_of_other_weights_predict_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    fill()
    other = measured("mlm", "ability", "user_act", "single_turn_representation", selectivity=0.1)
    abilities.append(replace(other, fingerprint="newer", created="2026-02-01T00:00:00+00:00"))
    screen = open_page("predict", monkeypatch, predict_variants="All")
    assert verdicts(screen)["Measured abilities"] == "not measured"
    assert verdicts(screen)["H-score"] == "works"


@pytest.mark.parametrize("name", ["predict_source", "predict_baseline", "predict_variants", "predict_predictor", "predict_view"])
def test_nonsense_in_the_address_is_told(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = open_page("predict", monkeypatch, **{name: "moon"})
    assert len(screen.warning) == 1
    assert f"{name.replace('_', chr(92) + '_')}=moon" in screen.warning[0].value


def test_an_empty_store_leads_to_what_the_paper_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = open_page("predict", monkeypatch)
    assert "Nothing is measured here yet" in words(screen) and "The paper's gains" in words(screen)
    screen.segmented_control(key="predict_source").set_value("paper").run()
    assert "The paper's gains" not in words(screen)
    fill()
    assert "The paper's gains" not in words(open_page("predict", monkeypatch))


def test_stores_are_read_once_until_they_change(monkeypatch: pytest.MonkeyPatch) -> None:
    fill()
    read, reads = store.read_lines, []
    monkeypatch.setattr("engine.results.store.read_lines", lambda path, *how: reads.append(path.name) or read(path, *how))
    screen = open_page("predict", monkeypatch)
    first = sorted(reads)
    assert first == ["abilities.jsonl", "results.jsonl"]
    screen.segmented_control(key="predict_baseline").set_value("bert").run()
    assert sorted(reads) == first and not screen.exception
    abilities.append(measured("mlm", "similarity", "crm", "f-crm", utterance=0.5, history=0.4))
    screen.run()
    assert len(reads) == 4, "a store that has grown is read again"
