"""The command line through its own entry: verbs, exit codes, one sentence per mistake, and no torch for ``--help``."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import sys
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path

import pytest

from engine.__main__ import main
from engine.commands import COMMANDS
from engine.commands.base import Ticker, count
from engine.corpora import CORPORA
from engine.objectives import OBJECTIVES
from engine.tasks import TASKS
from engine.variants import VARIANTS

REPOSITORY = Path(__file__).resolve().parents[2]
TRANSCRIPT = "User: I need a cheap hotel.\nSystem: In which area?\nUser: In the north.\n"
Capture = pytest.CaptureFixture[str]


def ran(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], cwd=REPOSITORY, capture_output=True, text=True, timeout=300, check=False)


def refused(capture: Capture, *arguments: str) -> str:
    """The one sentence of a command that cannot be done."""
    assert main(arguments) == 2
    out, err = capture.readouterr()
    assert out == "" and err.endswith(".\n") and err.count("\n") == 1 and "Traceback" not in err
    return err


@pytest.fixture
def transcript(tmp_path: Path) -> str:
    path = tmp_path / "chat.txt"
    path.write_text(TRANSCRIPT, encoding="utf-8")
    return str(path)


@pytest.fixture
def no_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIALATLAS_CHECKPOINTS", str(tmp_path / "checkpoints"))
    (tmp_path / "data").mkdir()


# Verbs


@pytest.mark.parametrize("given", [[], ["--help"], ["-h"]])
def test_the_overview_names_every_verb(given: list[str], capsys: Capture) -> None:
    assert main(given) == 0
    shown = capsys.readouterr().out
    assert all(f"  {name}" in shown and COMMANDS.note(name) in shown for name in COMMANDS)


@pytest.mark.parametrize("verb", list(COMMANDS))
def test_every_verb_has_help(verb: str, capsys: Capture) -> None:
    with pytest.raises(SystemExit) as caught:
        main([verb, "--help"])
    shown = " ".join(capsys.readouterr().out.split())
    assert caught.value.code == 0 and f"usage: python -m engine {verb}" in shown and COMMANDS.note(verb) in shown


def test_a_wrong_verb_gets_a_hint(capsys: Capture) -> None:
    assert "unknown command 'pretrian'; did you mean 'pretrain'?" in refused(capsys, "pretrian")


@pytest.mark.parametrize("given", [["pretrain"], ["finetune", "bert"], ["data"], ["data", "chek", "toy"], ["ls", "--no"], ["evaluate"],
                                   ["pretrain", "mlm", "--tokens", "0"], ["finetune", "mlm", "intent", "oos", "--examples", "-3"],
                                   ["evaluate", "mlm", "intent", "oos", "--limit", "x"]], ids=" ".join)
def test_what_argparse_refuses_ends_with_two(given: list[str], capsys: Capture) -> None:
    with pytest.raises(SystemExit) as caught:
        main(given)
    assert caught.value.code == 2 and "error:" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "x", "", "1e3"])
def test_counts_are_above_zero(text: str) -> None:
    assert count("12") == 12
    with pytest.raises(ArgumentTypeError, match="not a whole number above zero"):
        count(text)


def test_an_interruption_ends_with_130(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    class Stopped:
        def add(self, parser: ArgumentParser) -> None:
            """No flags."""

        def run(self, arguments: object) -> None:
            """As if Ctrl-C had been pressed."""
            raise KeyboardInterrupt

    monkeypatch.setattr("engine.commands.ls.LS", Stopped())
    assert main(["ls"]) == 130 and "interrupted; the same command goes on" in capsys.readouterr().err


def test_a_ticker_writes_seldom_where_nobody_watches(capsys: Capture) -> None:
    ticker = Ticker()
    for n in range(100):
        ticker(str(n))
    ticker("end", last=True)
    assert capsys.readouterr().err == "0\nend\n"


# ls


def test_ls_lists_everything(capsys: Capture) -> None:
    assert main(["ls"]) == 0
    shown = capsys.readouterr().out
    assert all(f"  {name:<20}" in shown for name in (*VARIANTS, *OBJECTIVES, *TASKS, *CORPORA))


def test_ls_lists_one_kind(capsys: Capture) -> None:
    assert main(["ls", "tasks"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["tasks", *TASKS]
    assert "unknown kind 'task'; did you mean 'tasks'?" in refused(capsys, "ls", "task")


# data


def test_data_check_counts_the_toy_corpus(capsys: Capture) -> None:
    assert main(["data", "check", "toy", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert {split["split"]: split["dialogues"] for split in report["splits"]} == {"train": 20, "dev": 5, "test": 5}


def test_data_check_in_words(capsys: Capture) -> None:
    assert main(["data", "check", "toy", "--split", "dev"]) == 0
    assert "dev" in capsys.readouterr().out
    assert "toy has no split 'tset'" in refused(capsys, "data", "check", "toy", "--split", "tset")


def test_data_check_of_a_wrong_name_gets_a_hint(capsys: Capture) -> None:
    assert "did you mean 'oos'" in refused(capsys, "data", "check", "ooss")


def test_data_check_of_a_truncated_archive_names_the_file(tmp_path: Path, capsys: Capture) -> None:
    whole = gzip.compress((REPOSITORY / "samples/oos/data_full.json").read_bytes())
    path = tmp_path / "data" / "oos" / "data_full.json.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(whole[:len(whole) // 2])
    assert main(["data", "check", "oos", "--data", str(tmp_path / "data"), "--json"]) == 2
    out, err = capsys.readouterr()
    assert f"{path}: the compressed file is damaged or cut short" in err.splitlines()[-1]
    assert [split["split"] for split in json.loads(out)["splits"] if split["damage"]] == ["train", "dev", "test"]


def test_data_check_of_a_truncated_file_names_the_file(tmp_path: Path, capsys: Capture) -> None:
    shutil.copytree(REPOSITORY / "samples/oos", tmp_path / "data" / "oos")
    path = tmp_path / "data" / "oos" / "data_full.json"
    path.write_text(path.read_text()[:300])
    assert main(["data", "check", "oos", "--data", str(tmp_path / "data")]) == 2
    out, err = capsys.readouterr()
    assert f"{path}: not valid JSON" in err.splitlines()[-1] and out.count(str(path)) == 1 and "small:train" in out


def test_a_missing_data_folder_is_named(tmp_path: Path, capsys: Capture) -> None:
    for given in (["data", "check", "oos"], ["data", "mixture"], ["finetune", "bert", "intent", "oos"], ["pretrain", "mlm"]):
        assert f"{tmp_path / 'nowhere'}: there is no such folder" in refused(capsys, *given, "--data", str(tmp_path / "nowhere"))


def test_data_mixture_bears_missing_corpora(tmp_path: Path, capsys: Capture) -> None:
    assert main(["data", "mixture", "--json", "--data", str(tmp_path)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["dialogues"] == 0 and len(found["corpora"]) == 9 and {row["note"] for row in found["corpora"]} == {"Not on this machine."}


# Wrong names of models


@pytest.mark.parametrize(("given", "hint"), [
    (["pretrain", "mlmm"], "unknown variant 'mlmm'; did you mean 'mlm'"), (["pretrain", "mlm", "--recipe", "cup"], "unknown recipe 'cup'; did you mean 'cpu'"),
    (["finetune", "brt", "intent", "oos"], "unknown variant 'brt'; did you mean 'bert'"),
    (["finetune", "bert", "intnet", "oos"], "unknown task 'intnet'; did you mean 'intent'"),
    (["finetune", "bert", "intent", "gsim"], "intent is not defined on gsim; choose one of oos"),
    (["evaluate", "brt", "intent", "oos"], "unknown variant 'brt'; did you mean 'bert'"),
    (["evaluate", "bert", "intnet", "oos"], "unknown task 'intnet'; did you mean 'intent'"),
    (["evaluate", "bert", "intent", "oss"], "did you mean 'oos'"),
    (["evaluate", "bert", "intent", "oos"], "intent-oos.json: the card is not there"),
    (["evaluate", "bert", "intent"], "intent: the task needs its corpus"),
    (["evaluate", "bert"], "the variant has no model to score"),
    (["evaluate", "bert", "--protocol", "released"], "--protocol: a protocol goes with a task"),
], ids=lambda value: value if isinstance(value, str) else " ".join(value))
def test_wrong_names_get_a_hint(no_weights: None, tmp_path: Path, given: list[str], hint: str, capsys: Capture) -> None:
    assert hint in refused(capsys, *given, "--data", str(tmp_path / "data"))


# predict


def test_predict_prints_one_object_per_dialogue(transcript: str, capsys: Capture) -> None:
    assert main(["predict", transcript, "--predictor", "fake", "--json"]) == 0
    shown = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(shown) == 1 and shown[0]["format"] == "transcript"
    assert len(shown[0]["predictions"]) == 9 * 6 and {row["variant"] for row in shown[0]["predictions"]} == set(VARIANTS)
    states = [row["answer"] for row in shown[0]["predictions"] if row["task"] == "state_tracking"]
    assert all(isinstance(state, dict) for state in states)


def test_predict_takes_a_choice(transcript: str, capsys: Capture) -> None:
    assert main(["predict", transcript, "--predictor", "fake", "--variants", "mlm, crm", "--tasks", "intent"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [(row[1], row[2], row[3]) for row in rows] == [("1", "intent", "mlm"), ("3", "intent", "mlm"), ("1", "intent", "crm"), ("3", "intent", "crm")]


@pytest.mark.parametrize(("flags", "hint"), [(["--variants", "mlmm"], "did you mean 'mlm'"), (["--tasks", "intnt"], "did you mean 'intent'"),
                                             (["--predictor", "fke"], "did you mean 'fake'")])
def test_predict_refuses_wrong_names(transcript: str, flags: list[str], hint: str, capsys: Capture) -> None:
    assert hint in refused(capsys, "predict", transcript, *(flags if "--predictor" in flags else [*flags, "--predictor", "fake"]))


def test_predict_refuses_what_is_no_file(tmp_path: Path, capsys: Capture) -> None:
    assert f"{tmp_path / 'no.txt'}: the file cannot be read" in refused(capsys, "predict", str(tmp_path / "no.txt"), "--predictor", "fake")
    assert f"{tmp_path}: the file cannot be read" in refused(capsys, "predict", str(tmp_path), "--predictor", "fake")
    (tmp_path / "noise.bin").write_bytes(bytes(range(256)) * 9)
    assert "noise.bin" in refused(capsys, "predict", str(tmp_path / "noise.bin"), "--predictor", "fake")


def test_predict_without_weights_says_what_to_do(no_weights: None, transcript: str, capsys: Capture) -> None:
    assert "no trained variant is there; restore it" in refused(capsys, "predict", transcript)


# Processes


def test_the_module_runs() -> None:
    done = ran("-m", "engine", "ls", "variants")
    assert done.returncode == 0 and done.stderr == "" and [line.split()[0] for line in done.stdout.splitlines()] == ["variants", *VARIANTS]


def test_the_module_refuses_with_one_line() -> None:
    done = ran("-m", "engine", "evalute")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1) and "did you mean 'evaluate'" in done.stderr


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """What is imported once every verb has built its parser."""
    code = ("import sys\nfrom argparse import ArgumentParser\nfrom engine.commands import COMMANDS\n"
            "for name in COMMANDS: COMMANDS[name].add(ArgumentParser())\nprint('\\n'.join(sys.modules))")
    done = ran("-c", code)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize("heavy", ["torch", "transformers", "peft", "accelerate", "datasets", "sklearn", "spacy", "stanza", "streamlit", "gradio", "pandas"])
def test_help_imports_nothing_heavy(loaded: set[str], heavy: str) -> None:
    assert "engine.commands.pretrain" in loaded and heavy not in loaded
