"""The counts of a build in numbers: per set, per task, shares beside the paper; levels of understanding; the verb."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from engine.__main__ import main
from engine.errors import InputError, MissingDataError
from engine.results import zoo_figures
from engine.serve.zoo import sets
from engine.zoo import ZOO_TASKS, stats
from engine.zoo.pairs import PAIRS, PUBLISHED


def row(task: str, dataset: str, split: str, **counts: int) -> dict[str, Any]:
    return {"task": task, "dataset": dataset, "origin": "paper", "split": split, "read": 0, "written": 0, **counts}


REPORT = {"version": "1", "pairs": [
    row("rew", "canard", "dev", read=100, train=80, dev=9, twice=11),
    row("dst", "woz", "train", read=70, train=60, **{"equal to a test input": 10, "twice": 0}),
    row("dst", "woz", "test", read=20, test=20),
    row("dst", "sgd", "train", read=300, train=240, twice=60),
    row("reo", "woz", "train", read=120, train=120),
], "absent": [{"task": "rew", "dataset": "canard", "split": split, "reason": "none of FILE is there"} for split in ("train", "test")]}
"""A build of three pairs and REO: 500 training samples, 120 of them self-supervised."""


def put(folder: Path, report: Any = None) -> Path:
    """Write the counts where a build leaves them."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "counts.json").write_text(report if isinstance(report, str) else json.dumps(report or REPORT))
    return folder


@pytest.fixture
def no_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of checkpoints without any recorded counts."""
    monkeypatch.setenv("DIALATLAS_CHECKPOINTS", str(tmp_path / "shelf"))
    return tmp_path / "shelf"


def test_splits_of_a_pair_are_one_row_with_every_reason(tmp_path: Path) -> None:
    found = stats.counts(put(tmp_path))
    known = {(one.task, one.dataset): one for one in found.sets}
    assert (known["dst", "woz"].splits, known["dst", "woz"].read) == (("train", "test"), 90)
    assert (known["dst", "woz"].train, known["dst", "woz"].dev, known["dst", "woz"].test) == (60, 0, 20)
    assert dict(known["dst", "woz"].left_out) == {"equal to a test input": 10}
    assert dict(known["rew", "canard"].absent) == {"train": "none of FILE is there", "test": "none of FILE is there"}
    assert (known["reo", "woz"].origin, known["dst", "woz"].origin) == ("self-supervised", "ours"), "the registry says where a pair is from, not the file"
    assert len(found.sets) == len(PAIRS) + 1


def test_samples_per_set_are_sorted_and_their_shares_add_up(tmp_path: Path) -> None:
    table = stats.per_set(stats.counts(put(tmp_path)).sets)
    assert list(table["train"]) == [240, 120, 80, 60]
    assert table["share"].sum() == pytest.approx(100)
    tasks = stats.per_task(stats.counts(put(tmp_path)).sets).set_index("task")
    assert list(tasks.index) == list(ZOO_TASKS)
    assert (tasks.at["dst", "train"], tasks.at["dst", "datasets"], tasks.at["dst", "share"]) == (300, 2, 60.0)
    assert tasks.at["emo", "train"] == 0


def test_shares_stand_beside_the_papers(tmp_path: Path) -> None:
    table = stats.shares(stats.counts(put(tmp_path)).sets).set_index(["of", "part"])
    assert table.loc[("all", "self-supervised"), ["paper", "here"]].tolist() == [56.7, 24.0]
    assert table.at[("supervised", "dst"), "here"] == pytest.approx(100 * 300 / 380)
    assert table.at[("supervised", "others"), "train"] == 80
    assert table.loc["supervised", "here"].sum() == pytest.approx(100)


def test_nothing_counted_divides_by_nothing() -> None:
    assert stats.shares([])["here"].isna().all()
    assert stats.per_set([]).empty
    assert stats.summary([]).startswith("0 of the 0 published pairs")


def test_the_build_comes_before_the_record_and_both_say_so(no_record: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="zoo build"):
        stats.counts()
    assert sets.counts() is None
    put(no_record / "zoo")
    assert stats.counts().origin == "recorded"
    put(tmp_path / "cache" / "zoo", REPORT | {"pairs": []})
    assert (stats.counts().origin, stats.per_set(stats.counts().sets).empty) == ("measured", True)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"pairs": [{}], "absent": []}', '{"pairs": [1], "absent": []}'])
def test_damaged_counts_are_one_sentence(text: str, tmp_path: Path) -> None:
    put(tmp_path, text or " ")
    with pytest.raises(InputError, match="not the counts of a build"):
        stats.counts(tmp_path)


def test_the_verb_prints_tables_or_one_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(tmp_path)
    assert main(["zoo", "stats", "--out", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert "3 of the 75 published pairs have training samples here: 380, and 120 of REO and CLO; the paper trained on 10,661,579 in all. (measured)" in told
    assert "sgd" in told and "48.00 %" in told and "56.7 %" in told
    assert "fill/snips" in told.partition("Without training samples here")[2]
    assert main(["zoo", "stats", "--json", "--out", str(tmp_path)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["samples_per_set"][0] == {"task": "dst", "dataset": "sgd", "origin": "ours", "train": 240, "share": 48.0}


def test_levels_have_every_task_once_and_agree_with_table_1() -> None:
    supervised = [name for name in ZOO_TASKS if name not in stats.SELF_SUPERVISED]
    section, table = zoo_figures.by_section().set_index("task"), zoo_figures.by_table().set_index("task")
    assert sorted(section.index) == sorted(table.index) == sorted(supervised)
    for name in supervised:
        assert (table.at[name, "dialogue_words"], table.at[name, "knowledge_words"]) == (ZOO_TASKS[name].content, ZOO_TASKS[name].knowledge)
        assert (section.at[name, "dialogue"] == 0) == (table.at[name, "dialogue"] == 0), "no dialogue by either reading"
        assert (section.at[name, "dialogue"] > 2) == (table.at[name, "dialogue"] == 2), "several turns by either reading"
        assert (section.at[name, "knowledge"] == 0) == (table.at[name, "knowledge"] == 0), "no knowledge by either reading"


def test_the_table_of_pairs_has_cards_counts_and_reasons(tmp_path: Path) -> None:
    table = sets.pairs_table(stats.counts(put(tmp_path))).set_index("pair")
    assert len(table) == len(PAIRS)
    assert len(sets.published(table)) == sum(pair.origin in PUBLISHED for pair in PAIRS) == 75
    assert Counter(sets.published(table)["task"])["SIM"] == 7
    assert table.loc["rew/canard", ["dataset", "origin", "splits", "absent", "left_out"]].tolist() == [
        "CANARD", "named by the paper", "dev", "train, test: none of FILE is there", "11 repeating another"]
    assert table.at["rew/canard", "licence"].startswith("none stated") and table.at["rew/canard", "location"].startswith("https://")
    assert table.at["fill/snips", "absent"] == "not built" and table["read"].isna()["fill/snips"]
    assert sets.pairs_table(None)["train"].isna().all()


def test_a_task_of_figure_2_has_its_published_sets() -> None:
    places = sets.levels("section", sets.pairs_table(None)).set_index("task")
    assert places.at["kgdial", "count"] == 2 and places.at["sim", "count"] == 7
    assert "BANKING77" in places.at["intent", "sets"]
    assert places.at["fill", "count"] == 7 and "DSTC8" not in places.at["fill", "sets"], "unseen sets are not of the 75"
