"""Stanza, offline: its own trainer on toy sentences, its tagger file behind our contract, and files that must not be read."""

from __future__ import annotations

import os
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

pytest.importorskip("stanza")

import torch

from engine.dialogue.model import Span
from engine.entities import EXTRACTORS
from engine.entities.scoring import score
from engine.entities.spans import Sentence
from engine.entities.stanza_ner import open_stanza, open_stanza_local
from engine.entities.training import fit_stanza
from engine.errors import CheckpointError, MissingDataError

TOWNS = ["Leeds", "York", "Bath", "Derby", "Ely", "Hull", "Truro", "Wells"]


def sentence(town: str, time: str) -> Sentence:
    """``A taxi to TOWN at TIME, please.``"""
    start = len(f"A taxi to {town} at ")
    return Sentence(f"A taxi to {town} at {time}, please.", (Span(start=10, end=10 + len(town), label="LOCATION"),
                                                             Span(start=start, end=start + len(time), label="TIME")))


def toy(count: int, seed: int) -> list[Sentence]:
    """``count`` sentences; times have two tokens, so the tags need a beginning and an end."""
    rng = random.Random(seed)
    return [sentence(rng.choice(TOWNS), f"{rng.randint(1, 12)} {rng.choice(['am', 'pm'])}") for _ in range(count)]


@pytest.fixture(scope="module")
def tagger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tagger file that stanza's trainer wrote in some seconds."""
    return fit_stanza(toy(200, 1), toy(40, 2), tmp_path_factory.mktemp("stanza") / "ner.pt", steps=100, seed=4)


def test_the_file_holds_weights_and_plain_values(tagger: Path) -> None:
    assert set(torch.load(tagger, weights_only=True)) >= {"model", "vocab", "config"}


def test_finds_what_it_was_taught(tagger: Path) -> None:
    found = score(open_stanza_local(tagger), toy(60, 3))
    assert found["f1"] > 95 and found["count"] > 95


def test_offsets_fit_the_text_as_given(tagger: Path) -> None:
    text = "  A taxi to Bath at 7 pm, please.  A taxi to York at 8 am, please."
    found = EXTRACTORS["stanza_local"](tagger).entities(["", text, "   "])
    assert found[0] == found[2] == ()
    assert [text[span.start:span.end] for span in found[1]] == ["Bath", "7 pm", "York", "8 am"]


def test_many_threads_get_the_same_answers(tagger: Path) -> None:
    extractor = open_stanza_local(tagger)
    batches = [[each.text for each in toy(10, seed)] for seed in range(8)]
    alone = [extractor.entities(batch) for batch in batches]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(extractor.entities, batches)) == alone


def test_a_file_that_runs_code_is_refused(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(tmp_path / "ran"),)

    torch.save({"config": Evil()}, tmp_path / "evil.pt")
    with pytest.raises(CheckpointError, match=r"evil\.pt"):
        open_stanza_local(tmp_path / "evil.pt")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("content", [b"", b"hello"])
def test_a_file_of_another_kind_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "ner.pt").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"ner\.pt"):
        open_stanza_local(tmp_path / "ner.pt")


def test_absent_models_name_the_command(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match=r"stanza\.download"):
        open_stanza(tmp_path)
    (tmp_path / "resources.json").write_text('{"fr": {}}')
    with pytest.raises(MissingDataError, match=r"stanza\.download"):
        open_stanza(tmp_path)
    with pytest.raises(MissingDataError, match="entities train"):
        open_stanza_local(tmp_path / "none.pt")
