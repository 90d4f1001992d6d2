"""The page Health: all is well, or every trouble is one sentence with its remedy; nothing of the machine's folders is shown."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from engine.entities.base import ExtractorCard
from engine.errors import CheckpointError
from engine.paths import REPOSITORY
from engine.serve.fake import FakePredictor
from engine.serve.state import Description, Part
from tests.pages.screen import html, open_page, words

SHELF = REPOSITORY / "checkpoints"
CARD = FakePredictor().card


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One variant's files and the entity model, where they may be damaged."""
    for part in ("variants/bert", "entities/spacy_ner"):
        shutil.copytree(SHELF / part, tmp_path / "shelf" / part)
    monkeypatch.setenv("DIALATLAS_CHECKPOINTS", str(tmp_path / "shelf"))
    return tmp_path / "shelf"


def everything(screen: AppTest) -> str:
    """All words of the page."""
    shown = [*screen.markdown, *screen.error, *screen.success, *screen.metric, *screen.caption, *screen.text]
    return "\n".join([html(screen), *(str(element.value) for element in shown)])


def test_all_is_well_and_every_model_has_a_state(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = open_page("health", monkeypatch)
    assert not screen.exception and not screen.error
    assert [one.value for one in screen.success] == ["All is well: nothing on this server needs your attention."]
    table = html(screen)
    assert all(f">{card.title}<" in table and f">{card.fingerprint}<" in table for card in CARD.variants)
    assert table.count('<span class="da-letter">R</span>') == 9 * 10
    assert {metric.label for metric in screen.metric} == {"Memory of this server", "Memory free", "Disk free", "Device", "Threads", "Up for"}
    assert "python -m engine data fetch sgd" in table and ">streamlit<" in table and ">commit<" in table


def test_weight_files_are_compared_by_size_then_byte_by_byte(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = shelf / "variants" / "bert" / "intent-oos.safetensors"
    whole = bytearray(path.read_bytes())
    whole[-1] ^= 1
    path.write_bytes(whole)
    screen = open_page("health", monkeypatch)
    assert "11 of 11 weight files" in words(screen) and "by size" in words(screen) and screen.success
    screen.button(key="health_check").click().run()
    assert "10 of 11 weight files" in words(screen) and "every byte was read" in words(screen) and not screen.success
    assert ["SHA-256 is not the one on its card; restore it with `git checkout" in error.value.replace("\\", "") for error in screen.error] == [True]
    assert ">bert/intent-oos.safetensors<" in html(screen)


def test_what_cannot_be_opened_is_told_and_the_rest_is_still_there(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> FakePredictor:
        raise CheckpointError("the card is damaged", where=f"{REPOSITORY}/checkpoints/variants/bert/encoder.json", remedy="restore it")

    monkeypatch.setattr("engine.serve.fake.open_fake", broken)
    screen = open_page("health", monkeypatch)
    assert len(screen.error) == 1 and not screen.exception and not screen.success
    assert screen.error[0].value.startswith("checkpoints/variants/bert/encoder.json") or "checkpoints/variants" in screen.error[0].value.replace("\\", "")
    assert screen.button(key="health_load").disabled and not screen.button(key="health_check").disabled
    assert "100 of 100 weight files" in words(screen) and len(screen.metric) == 6


class Loading(FakePredictor):
    """One part fails and one loads until it is warmed."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def warm(self) -> None:
        self.asked += 1

    def describe(self) -> Description:
        parts = (Part(variant="bert", kind="task", name="intent", state="failed", trouble="bert/intent: the weight file is damaged; restore it."),
                 Part(variant="bert", kind="objective", name="crm", state="loading"), Part(variant="mlm", kind="task", name="intent", state="ready"),
                 Part(variant="mlm", kind="objective", name="crm", state="not loaded"))
        return Description(predictor="fake", device="cpu", threads=2, memory_bytes=0, parts=parts, fingerprints={"bert": "abc"}, warming=self.asked == 1)


class Counter:
    card = ExtractorCard(name="toy", title="Toy counter", backend="none", licence="none", training=(), install="nothing")


def test_states_have_letters_and_failures_their_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    loading = Loading()
    monkeypatch.setattr("engine.serve.fake.open_fake", lambda: loading)
    monkeypatch.setattr("ui.cache.default_extractor", Counter)
    screen = open_page("health", monkeypatch)
    assert loading.asked == 1 and [error.value.replace("\\", "") for error in screen.error] == ["bert/intent: the weight file is damaged; restore it."]
    table = html(screen)
    assert [table.count(f'"da-letter">{letter}<') for letter in "FLR–"] == [1, 1, 1, 1] and ">abc<" in table and ">unknown<" in table
    assert "not opened yet" in table
    screen.button(key="health_load").click().run()
    assert loading.asked == 2 and "Toy counter, none" in html(screen)


def test_a_damaged_row_of_results_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIALATLAS_RESULTS", str(tmp_path / "rows"))
    (tmp_path / "rows").mkdir()
    (tmp_path / "rows" / "results.jsonl").write_text('{"variant": "x"}\n')
    screen = open_page("health", monkeypatch)
    told = screen.error[0].value.replace("\\", "")
    assert told.startswith("DIALATLAS_RESULTS/results.jsonl:1: this line is not a result row") and told.endswith("from git.")


def test_no_folder_of_the_machine_is_shown(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (shelf / "variants" / "bert" / "encoder.safetensors").unlink()
    shutil.rmtree(shelf / "entities")
    screen = open_page("health", monkeypatch)
    shown = everything(screen).replace("\\", "")
    assert "DIALATLAS_CHECKPOINTS/variants/bert/encoder.safetensors" in shown and "the entity model is not there" in shown
    assert not any(str(folder) in shown for folder in (REPOSITORY, shelf, shelf.parent, Path.home()))
