"""What the Health page asks of the machine: weight files beside their cards, stores, corpora, memory, and no path of the machine."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.paths import REPOSITORY, without_home
from engine.serve import found, machine
from engine.serve.weights import damaged, weight_files

SHELF = REPOSITORY / "checkpoints" / "variants"


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One shipped variant in a place where it may be damaged."""
    if not (SHELF / "bert").is_dir():
        pytest.skip("no shipped weights")
    shutil.copytree(SHELF / "bert", tmp_path / "checkpoints" / "variants" / "bert")
    monkeypatch.setenv("DIALATLAS_CHECKPOINTS", str(tmp_path / "checkpoints"))
    return tmp_path / "checkpoints" / "variants" / "bert"


def test_whole_files_are_what_their_cards_say(shelf: Path) -> None:
    told: list[float] = []
    files = weight_files(thorough=True, progress=lambda share, words: told.append(share))
    assert len(files) == len(list(shelf.glob("*.safetensors"))) == 11 and damaged(files) == []
    assert {file.name for file in files} >= {"bert/encoder.safetensors", "bert/intent-oos.safetensors"}
    assert all(file.size == (shelf.parent / file.name).stat().st_size and file.checked for file in files)
    assert told == sorted(told) and told[-1] == 1.0 and len(told) == len(files) + 1


def flip(path: Path) -> None:
    whole = bytearray(path.read_bytes())
    whole[-1] ^= 1
    path.write_bytes(whole)


def unsaid(path: Path) -> None:
    card = json.loads(path.with_suffix(".json").read_text())
    del card["weights"]
    path.with_suffix(".json").write_text(json.dumps(card))


DAMAGE: dict[str, tuple[Callable[[Path], object], str, bool]] = {
    "gone": (lambda path: path.unlink(), "intent-oos.safetensors: the weight file is not there", True),
    "shorter": (lambda path: path.write_bytes(path.read_bytes()[:-9]),
                "intent-oos.safetensors: the weight file has 784,973 bytes, its card says 784,982", True),
    "one bit": (flip, "intent-oos.safetensors: the weight file's SHA-256 is not the one on its card", False),
    "no card": (lambda path: path.with_suffix(".json").unlink(), "intent-oos.json: the card is not there", True),
    "no JSON": (lambda path: path.with_suffix(".json").write_text("{"), "intent-oos.json: the card is damaged", True),
    "a list": (lambda path: path.with_suffix(".json").write_text("[]"), "intent-oos.json: the card is damaged", True),
    "unsaid": (unsaid, "intent-oos.json: the card does not say what its weight file is", True),
    "folder": (lambda path: (path.unlink(), path.mkdir()), "intent-oos.safetensors: the weight file", True),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_is_one_sentence_with_its_remedy(shelf: Path, kind: str) -> None:
    damage, sentence, by_size = DAMAGE[kind]
    damage(shelf / "intent-oos.safetensors")
    [file] = damaged(weight_files(thorough=True))
    assert file.name == "bert/intent-oos.safetensors" and file.trouble.startswith(f"DIALATLAS_CHECKPOINTS/variants/bert/{sentence}")
    assert file.trouble.endswith("; restore it with `git checkout -- checkpoints`.") and "\n" not in file.trouble and str(shelf) not in file.trouble
    assert bool(damaged(weight_files())) == by_size


def test_dialogzoos_weights_are_looked_at_too(shelf: Path) -> None:
    shutil.copytree(SHELF.parent / "zoo", shelf.parents[1] / "zoo")
    assert "zoo/compact.safetensors" in {file.name for file in weight_files(thorough=True)} and damaged(weight_files(thorough=True)) == []
    flip(shelf.parents[1] / "zoo" / "compact.safetensors")
    [file] = damaged(weight_files(thorough=True))
    assert file.trouble.startswith("DIALATLAS_CHECKPOINTS/zoo/compact.safetensors: the weight file's SHA-256")


def test_without_weights_there_is_nothing_to_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIALATLAS_CHECKPOINTS", str(tmp_path))
    assert weight_files(thorough=True) == []
    assert found.shipped_extractor().trouble == ("DIALATLAS_CHECKPOINTS/entities/spacy_ner: the entity model is not there; "
                                                 "restore it with `git checkout -- checkpoints`.")


def test_stores_say_rows_damage_and_unfinished_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIALATLAS_RESULTS", str(tmp_path))
    assert [one.there for one in found.results()] == [False, False]
    shutil.copy(REPOSITORY / "checkpoints" / "results" / "results.jsonl", tmp_path)
    path = tmp_path / "results.jsonl"
    rows = len(path.read_text().splitlines())
    assert found.results()[0].words.startswith(f"{rows} rows, last changed 20") and not found.results()[0].trouble
    path.write_bytes(path.read_bytes() + b'{"variant": ')
    assert found.results()[0].words.endswith("; the last line is unfinished and left out") and not found.results()[0].trouble
    path.write_bytes(path.read_bytes() + b"\n")
    trouble = found.results()[0].trouble
    assert trouble.startswith(f"DIALATLAS_RESULTS/results.jsonl:{rows + 1}: this line is not a result row") and trouble.endswith("from git.")
    path.write_bytes(b"")
    assert found.results()[0].words.startswith("0 rows")


def test_corpora_are_found_or_come_with_their_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "woz2").mkdir()
    monkeypatch.setenv("DIALATLAS_DATA", str(tmp_path))
    known = {one.name: one for one in found.corpora()}
    assert known["woz2"].there and known["woz2"].words == "DIALATLAS_DATA/woz2"
    assert known["toy"].there and known["toy"].words == "samples/toy"
    assert not known["sgd"].there and known["sgd"].words == "not here; python -m engine data fetch sgd"
    assert not any(one.trouble for one in known.values())


def test_the_machine_is_seen() -> None:
    seen = machine.machine()
    assert 1e7 < seen.memory < seen.memory_limit and 0 < seen.disk_free < seen.disk_size
    assert seen.threads > 0 < seen.cores and seen.uptime >= 0 and seen.commit and seen.hardware
    assert {"python", "torch", "streamlit"} <= seen.versions.keys()


def test_a_container_may_have_less_than_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "none").write_text("max\n")
    (tmp_path / "some").write_text("123456789\n")
    monkeypatch.setattr(machine, "_CGROUP", (tmp_path / "absent", tmp_path / "none", tmp_path / "some"))
    seen = machine.machine()
    assert seen.memory_limit == 123_456_789
    assert len(seen.troubles) >= 1 and "of memory are free; end other programs" in seen.troubles[0]


def test_paths_of_the_machine_are_shortened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DIALATLAS_RUNS", str(tmp_path / "runs"))
    monkeypatch.delenv("DIALATLAS_CHECKPOINTS", raising=False)
    text = f"{REPOSITORY}/checkpoints/a and {tmp_path}/runs/b, {Path.home()}/c, {REPOSITORY}"
    assert without_home(text) == "checkpoints/a and DIALATLAS_RUNS/b, ~/c, ."
