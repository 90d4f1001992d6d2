"""The corpus check: exact counts, named faults, absent and damaged splits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.corpora.base import Corpus, CorpusCard, Download
from engine.corpora.check import Annotated, check, render
from engine.corpora.gsim import GSIM
from engine.dialogue.model import Act, Dialogue, Span, Turn
from engine.errors import InputError, MissingDataError
from engine.paths import REPOSITORY

CARD = CorpusCard(
    name="made", title="Made", source="https://example.org", licence="none", redistributable=True, version="1", citation="none",
    folders=("made",), splits=("train", "dev", "test"), annotations=("acts", "intent"),
)
FAULTY = (
    Dialogue(corpus="made", id="one", split="train", turns=(
        Turn(speaker="user", text="hi there", acts=(Act(name="hello"), Act(name="hello")), spans=(Span(start=0, end=9, label="x"),)),
        Turn(speaker="user", text=" ", acts=()),
        Turn(speaker="system", text="yes", state={"a-b": "c"}),
    )),
    Dialogue(corpus="made", id="two", split="train", turns=()),
)


class Made:
    """Train is faulty, dev is absent, test breaks after one dialogue."""

    card = CARD
    downloads: tuple[Download, ...] = ()

    def read(self, folder: Path, split: str) -> Iterator[Dialogue]:
        if split == "dev":
            raise MissingDataError("the file is not there", where="dev.json", remedy="fetch it")
        if split == "train":
            yield from FAULTY
            return
        yield replace(FAULTY[0], split="test", turns=FAULTY[0].turns[2:])
        raise InputError("not valid JSON", where="test.json, line 2", remedy="fetch it again")


@pytest.fixture
def made() -> Corpus:
    return Made()


def test_counts_and_problems(made: Corpus, tmp_path: Path) -> None:
    train, dev, test = (report := check(made, tmp_path)).splits
    assert (train.dialogues, train.turns, train.user_turns, train.system_turns) == (2, 3, 2, 1)
    assert (train.empty_utterances, train.consecutive_same_speaker, train.dialogues_without_turns) == (1, 1, 1)
    assert train.annotations == {
        "intent": Annotated(turns=0, labels=0), "acts": Annotated(turns=2, labels=1),
        "state": Annotated(turns=1, labels=1), "spans": Annotated(turns=1, labels=1),
    }
    assert (dev.present, dev.turns, test.present, test.turns) == (False, 0, True, 1)
    assert report.problems == (
        "train: 1 turns have spans that do not lie inside the text, the first is one, turn 0.",
        "train: 1 utterances are empty, the first is one, turn 1.",
        "train: 1 dialogues have no turns, the first is two.",
        "test.json, line 2: not valid JSON; fetch it again.",
        "The card promises intent, but no turn of train, test carries it.",
    )


@pytest.mark.parametrize(("start", "end", "wrong"), [(0, 3, 0), (0, 4, 1), (2, 2, 1), (-1, 2, 1), (2, 1, 1)])
def test_span_bounds(made: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: int, end: int, wrong: int) -> None:
    turn = Turn(speaker="user", text="yes", intent="a", acts=(), spans=(Span(start=start, end=end, label="x"),))
    monkeypatch.setattr(made, "read", lambda folder, split: iter([FAULTY[1].with_turns([turn])]))
    assert len(check(made, tmp_path, ["train"]).problems) == wrong


def test_named_splits_and_progress(made: Corpus, tmp_path: Path) -> None:
    seen: list[tuple[str, int]] = []
    report = check(made, tmp_path, ["train"], lambda split, count: seen.append((split, count)))
    assert [split.split for split in report.splits] == ["train"]
    assert seen == [("train", 1), ("train", 2)]


def test_unknown_split_is_refused_before_reading(made: Corpus, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no split 'trian'"):
        check(made, tmp_path, ["trian"])


def test_all_absent_is_no_crash(tmp_path: Path) -> None:
    report = check(GSIM, tmp_path)
    assert not any(split.present for split in report.splits) and report.problems == ()


def test_report_is_json_and_text(made: Corpus, tmp_path: Path) -> None:
    report = check(made, tmp_path)
    plain = json.loads(json.dumps(report.as_json()))
    assert plain["splits"][0]["annotations"]["acts"] == {"turns": 2, "labels": 1}
    lines = render(report).splitlines()
    assert lines[1].split() == ["split", "dialogues", "turns", "user", "system", "empty", "same", "speaker", "no", "turns",
                                "intent", "acts", "state", "spans"]
    assert lines[2].split() == ["train", "2", "3", "2", "1", "1", "1", "1", "-", "2/1", "1/1", "1/1"]
    assert lines[3].split() == ["dev", "absent"]
    assert len(lines) == 5 + len(report.problems)


def test_sample_has_no_problem() -> None:
    report = check(GSIM, REPOSITORY / "samples" / "gsim")
    assert report.problems == () and all(split.present for split in report.splits)
    assert render(report).endswith("no problem found")
