"""``convert``: what was found is told, a file is never lost, and what was written is read again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.__main__ import main
from engine.dialogue.export import EXPORTS
from engine.dialogue.model import Dialogue
from engine.dialogue.upload import read_upload

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "uploads"
GOOD = sorted(path for path in SAMPLES.iterdir() if not path.name.startswith("broken"))
Capture = pytest.CaptureFixture[str]


def refused(capsys: Capture, *arguments: object) -> str:
    assert main(["convert", *map(str, arguments)]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.endswith(".\n") and "Traceback" not in err
    return err.splitlines()[-1]


@pytest.mark.parametrize("name", ["convlab3", "sgd", "openai_chat", "csv_long"])
@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.name)
def test_every_sample_goes_to_every_format_and_back(path: Path, name: str, tmp_path: Path, capsys: Capture) -> None:
    target = tmp_path / "out"
    assert main(["convert", str(path), str(target), "--to", name]) == 0
    found, again = read_upload(path.read_bytes()), read_upload(target.read_bytes())
    assert again.detection.format == name and again.dialogues == found.dialogues
    said = capsys.readouterr()
    progress, detection, *notes = said.err.splitlines()
    assert "% dialogue " in progress and detection.startswith(f"Read as {found.detection.title}, ") and notes == list(found.notes)
    assert said.out == (f"{target}: {len(found.dialogues)} dialogues, {sum(len(one.turns) for one in found.dialogues)} utterances "
                        f"as {EXPORTS[name].title}\n")
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(("ending", "form"), [("csv", "csv_long"), ("txt", "transcript"), ("jsonl", "openai_chat"), ("json", "convlab3"), ("JSON", "convlab3")])
def test_the_ending_names_the_format(ending: str, form: str, tmp_path: Path) -> None:
    target = tmp_path / f"out.{ending}"
    assert main(["convert", str(SAMPLES / "transcript.txt"), str(target)]) == 0
    assert read_upload(target.read_bytes()).detection.format == form


def test_a_file_is_written_over_only_by_force(tmp_path: Path, capsys: Capture) -> None:
    target = tmp_path / "out.csv"
    target.write_text("mine")
    assert refused(capsys, SAMPLES / "sgd.json", target) == f"{target}: the file is there already; give another name, or --force to write over it."
    assert target.read_text() == "mine"
    assert main(["convert", str(SAMPLES / "sgd.json"), str(target), "--force"]) == 0
    assert target.read_text().startswith("dialogue_id,")


def test_a_failed_writing_leaves_nothing(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    def halfway(dialogues: Iterable[Dialogue]) -> Iterator[str]:
        yield "half"
        raise OSError(28, "No space left on device")

    target = tmp_path / "out.csv"
    target.write_text("mine")
    monkeypatch.setitem(EXPORTS, "csv_long", replace(EXPORTS["csv_long"], pieces=halfway))
    assert refused(capsys, SAMPLES / "sgd.json", target, "--force").startswith(f"{target}: the file cannot be written (No space left on device)")
    assert list(tmp_path.iterdir()) == [target] and target.read_text() == "mine"


@pytest.mark.parametrize(("given", "sentence"), [
    (["{in}", "out.xyz"], "out.xyz: the ending '.xyz' says no format; give --to with one of transcript, csv_long, openai_chat, convlab3, sgd."),
    (["{in}", "out.csv", "--to", "convlab"], "unknown format to write 'convlab'; did you mean 'convlab3'? Known: transcript, csv_long, openai_chat, "
                                             "convlab3, sgd."),
    (["{in}", "out.csv", "--roles", "Ada"], "--roles: 'Ada' names no role; write NAME=user, NAME=system or NAME=skip, with commas between."),
    (["{in}", "out.csv", "--roles", "Ada=boss"], "--roles: 'Ada=boss' names no role; write NAME=user, NAME=system or NAME=skip, with commas between."),
    (["nowhere.txt", "out.csv"], "nowhere.txt: the file cannot be read (No such file or directory); give the path of a dialogue file."),
    (["{in}", "nowhere/out.csv"], "nowhere/out.csv: the file cannot be written (No such file or directory); check the folder, its permissions and the disk."),
])
def test_mistakes_are_told(given: list[str], sentence: str, capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert refused(capsys, *(part.replace("{in}", str(SAMPLES / "sgd.json")) for part in given)) == sentence
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_format_to_read_gets_a_hint(capsys: Capture, tmp_path: Path) -> None:
    assert "did you mean 'sgd'?" in refused(capsys, SAMPLES / "sgd.json", tmp_path / "out.csv", "--from", "sdg")


def test_roles_are_said_on_the_command_line(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    assert main(["convert", str(SAMPLES / "whatsapp.txt"), str(target), "--roles", "Pottery course=system, workshop=user"]) == 0
    assert [turn.speaker for turn in read_upload(target.read_bytes()).dialogues[0].turns] == ["system", "user", "system", "user"]
