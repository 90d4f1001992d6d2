"""The unified dataset: nothing lost, nothing twice, no test input in training, a killed build goes on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from engine.dialogue.model import Span, Turn
from engine.entities.base import ExtractorCard
from engine.errors import InputError, MissingDataError
from engine.paths import REPOSITORY
from engine.zoo.base import Sample
from engine.zoo.build import USES, build, stands_apart
from engine.zoo.datasets import ZOO_DATASETS
from engine.zoo.knowledge import Database, Description, Document, Triples
from engine.zoo.outputs import same
from engine.zoo.pairs import PAIRS, Pair
from engine.zoo.record import digests, from_row, to_row
from engine.zoo.rows import Rows, tasks_of
from engine.zoo.selfsupervised import cloze, dialogue_task, made, reordering

SAMPLES = REPOSITORY / "samples" / "zoo"
CANARD = Pair(task="rew", dataset="canard", origin="paper")
OWN = [pair for pair in PAIRS if (REPOSITORY / "samples" / "zoo" / pair.dataset).is_dir()]


class Capitals:
    """Finds words that begin with a capital letter."""

    card = ExtractorCard(name="capitals", title="capitals", backend="none", licence="none", training=(), install="none")

    def entities(self, texts: Sequence[str]) -> list[tuple[Span, ...]]:
        """Spans of such words."""
        return [tuple(Span(start=text.index(word), end=text.index(word) + len(word), label="x") for word in dict.fromkeys(text.split())
                      if word[0].isupper()) for text in texts]


def questions(folder: Path, **splits: list[tuple[str, str]]) -> Path:
    """A folder with CANARD files of (question, rewrite) rows."""
    place = folder / "canard"
    place.mkdir(parents=True, exist_ok=True)
    for split, rows in splits.items():
        (place / f"{split}.json").write_text(json.dumps([
            {"History": ["Title", "Section", "What came first?", "The egg."], "QuAC_dialog_id": f"D{number}", "Question": question, "Question_no": 1,
             "Rewrite": rewrite} for number, (question, rewrite) in enumerate(rows)]), encoding="utf-8")
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def targets(out: Path, use: str, task: str = "rew") -> set[str]:
    rows = Rows(out, use, task)
    return {sample.answer for sample in rows.take(range(len(rows)))}


def test_our_samples_of_all_sets_are_built_and_counted(tmp_path: Path) -> None:
    report = build(OWN, REPOSITORY / "samples" / "zoo", tmp_path, makers=[reordering(), cloze(Capitals())])
    assert {row["dataset"] for row in report["pairs"]} >= {pair.dataset for pair in OWN}
    for row in report["pairs"]:
        left_out = sum(count for reason, count in row.items() if isinstance(count, int) and reason not in ("read", "written", *USES))
        assert row["read"] == sum(row.get(use, 0) for use in USES) + left_out, row
    assert {"reo", "clo"} <= set(tasks_of(tmp_path))
    for use in USES:
        for task in tasks_of(tmp_path, use):
            rows = Rows(tmp_path, use, task)
            assert all(sample.task == task and sample.answer not in ("", None) for sample in rows.take(range(len(rows))))


@pytest.mark.parametrize("task", ["reo", "clo"])
def test_a_sample_that_is_made_for_reading_is_the_builds(tmp_path: Path, task: str) -> None:
    root = REPOSITORY / "samples" / "zoo"
    pairs = [pair for pair in OWN if pair.dataset in ("multidogo", "canard", "samsum")]
    build(pairs, root, tmp_path, makers=[reordering(), cloze(Capitals())])
    rows = Rows(tmp_path, "train", task)
    built = {(sample.dataset, sample.id): sample for sample in rows.take(range(len(rows)))}
    read: dict[tuple[str, str], Sample] = {}
    for name in {dataset for dataset, _ in built}:
        base = dialogue_task(name)
        assert base
        samples = ZOO_DATASETS[name].samples(root / name, "train", base)
        read |= {(name, sample.id): sample for sample in made(task, name, "train", samples, Capitals)}
    assert len(built) >= 3 and all(same(sample.answer, read[key].answer) and sample.turns == read[key].turns for key, sample in built.items())
    assert dialogue_task("top") is None and dialogue_task("spider") is None


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    root = questions(tmp_path / "data", train=[("Who?", "Who did it?"), ("When?", "When was it?")], test=[("Why?", "Why was it?")])
    build([CANARD], root, tmp_path / "out", makers=[reordering()])
    before, stamps = files(tmp_path / "out"), {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.parquet")}
    build([CANARD], root, tmp_path / "out", makers=[reordering()])
    assert files(tmp_path / "out") == before
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.parquet")} == stamps, "nothing was written anew"


def test_a_killed_build_goes_on_to_the_same_files(tmp_path: Path) -> None:
    root = REPOSITORY / "samples" / "zoo"
    pairs = [pair for pair in OWN if pair.task in ("rew", "sum", "nlg")]
    build(pairs, root, tmp_path / "whole", makers=[reordering()])
    calls = 0

    def dying(_: str) -> None:
        nonlocal calls
        calls += 1
        if calls in (3, 8, 14, 20):
            raise KeyboardInterrupt

    for _ in range(5):
        try:
            build(pairs, root, tmp_path / "cut", makers=[reordering()], progress=dying)
        except KeyboardInterrupt:
            continue
    assert calls > 20
    assert files(tmp_path / "cut") == files(tmp_path / "whole")


def test_test_inputs_and_repetitions_are_taken_out_and_counted(tmp_path: Path) -> None:
    root = questions(tmp_path / "data", train=[("Who did it", "a"), ("did it who?", "b"), ("When?", "c"), ("when", "c"), ("When?", "d")],
                     test=[("Who did it?", "gold")])
    row = next(row for row in build([CANARD], root, tmp_path / "out")["pairs"] if row["split"] == "train")
    assert (row["equal to a test input"], row["same words as a test input"], row["twice"], row["train"]) == (1, 1, 1, 2)
    assert targets(tmp_path / "out", "train") == {"c", "d"}
    assert targets(tmp_path / "out", "test") == {"gold"}


def test_a_dialogue_that_opens_like_a_test_dialogue_is_taken_out(tmp_path: Path) -> None:
    said = "a question that is long enough to be told apart from any other one here in this set of ours"
    root = questions(tmp_path / "data", train=[(said, "x"), ("short", "y")], test=[("another " + said, "gold")])
    report = build([CANARD], root, tmp_path / "out", makers=[reordering()])
    counts = {(row["task"], row["split"]): row for row in report["pairs"]}
    assert counts["rew", "train"]["opens like a test dialogue"] == 0, "title and section and the first pair are short"
    for split in ("train", "test"):
        path = root / "canard" / f"{split}.json"
        path.write_text(path.read_text(encoding="utf-8").replace("Section", said), encoding="utf-8")
    counts = {(row["task"], row["split"]): row for row in build([CANARD], root, tmp_path / "again", makers=[reordering()])["pairs"]}
    assert counts["rew", "train"]["opens like a test dialogue"] == 2
    assert counts["reo", "train"]["read"] == 0


def test_dev_stands_in_where_there_is_no_training_split_and_dialogues_stay_whole(tmp_path: Path) -> None:
    rows = [(f"Question number {number}?", f"Rewrite {number}") for number in range(60)]
    root = questions(tmp_path / "data", dev=rows)
    row = next(row for row in build([CANARD], root, tmp_path / "out")["pairs"] if row["split"] == "dev")
    assert row["train"] + row["dev"] == 60 and row["dev"] == sum(stands_apart(f"D{number}") for number in range(60)) > 0
    assert not targets(tmp_path / "out", "train") & targets(tmp_path / "out", "dev")
    questions(root, train=[("Mine?", "own")])
    build([CANARD], root, tmp_path / "with_train")
    assert targets(tmp_path / "with_train", "train") == {"own"} and len(targets(tmp_path / "with_train", "dev")) == 60


def test_sets_that_are_never_trained_on_are_tests_only(tmp_path: Path) -> None:
    unseen = [pair for pair in OWN if pair.origin == "unseen"]
    assert unseen
    report = build(unseen, REPOSITORY / "samples" / "zoo", tmp_path)
    assert not any(row.get("train") or row.get("dev") for row in report["pairs"])
    assert tasks_of(tmp_path, "train") == [] and tasks_of(tmp_path, "test")


def test_what_is_absent_or_damaged_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="none of the datasets"):
        build([CANARD], tmp_path, tmp_path / "out")
    root = questions(tmp_path / "data", train=[("Who?", "Who?")])
    report = build([CANARD], root, tmp_path / "out")
    assert {(row["dataset"], row["split"]) for row in report["absent"]} == {("canard", "dev"), ("canard", "test")}
    assert str(tmp_path) not in json.dumps(report), "counts are shown to visitors"
    (root / "canard" / "dev.json").write_text("[{", encoding="utf-8")
    with pytest.raises(InputError, match=r"dev\.json"):
        build([CANARD], root, tmp_path / "out")
    assert not list((tmp_path / "out").rglob("*.part"))
    with pytest.raises(MissingDataError, match="zoo build"):
        Rows(tmp_path / "out", "train", "sum")


def test_rows_and_samples_are_the_same_thing() -> None:
    turns = (Turn(speaker="user", text="hi [EK] you ; there"), Turn(speaker="system", text="yes = no"))
    for task, knowledge, answer in (("chat", Document("a persona"), "fine"),
                                    ("dst", Description((("hotel area", "part of town"),), "slots"), {"hotel area": "a ; b"}),
                                    ("kgdial", Triples((("a", "b", "c | d"),)), "c"), ("txt2sql", Database((("t", ("a", "b")),)), "select a from t"),
                                    ("reo", Document(""), turns)):
        sample = Sample(task=task, dataset="d", id="x/1", split="train", turns=turns, knowledge=knowledge, answer=answer)
        back = from_row(task, to_row(sample))
        assert same(back.answer, answer) and back.turns == turns and back.knowledge == knowledge and back.group == "x"


def test_digests_see_words_and_not_signs_or_labels() -> None:
    def sample(*texts: str, knowledge: object = Document("")) -> Sample:
        return Sample(task="chat", dataset="d", id="1", split="train", turns=tuple(Turn(speaker="user", text=text) for text in texts),
                      knowledge=knowledge)  # type: ignore[arg-type]
    assert digests(sample("Hello, you!")) == digests(sample("hello you"))
    assert digests(sample("you hello"))[0] != digests(sample("hello you"))[0] and digests(sample("you hello"))[1] == digests(sample("hello you"))[1]
    assert digests(sample("hi", knowledge=Description((("a", ""),)))) == digests(sample("hi", knowledge=Description((("b", ""),))))
    assert digests(sample("hi", knowledge=Document("a"))) != digests(sample("hi", knowledge=Document("b")))
    assert digests(sample("one two", "three", "four"))[2] == 0
    long = ["word " * 8, "other " * 8, "third", "and then"]
    assert digests(sample(*long))[2] == digests(sample(*long[:3], "something else"))[2] != 0


def test_test_questions_whose_answers_are_not_published_do_not_enter_training(tmp_path: Path) -> None:
    pair = next(pair for pair in PAIRS if pair.name == "dialqa/mutual")
    shutil.copytree(SAMPLES / "mutual", tmp_path / "mutual")
    before = build([pair], tmp_path, tmp_path / "before")["pairs"]
    asked = json.loads((tmp_path / "mutual" / "mutual" / "train" / "train_1.txt").read_text(encoding="utf-8"))
    (tmp_path / "mutual" / "mutual" / "test" / "test_1.txt").write_text(json.dumps({**asked, "answers": " ", "id": "test_1"}), encoding="utf-8")
    after = build([pair], tmp_path, tmp_path / "after")["pairs"]
    train, test = ({row["split"]: row for row in rows} for rows in (before, after))
    assert train["train"]["train"] == 2 and test["train"]["train"] == 1 and test["train"]["equal to a test input"] == 1
    assert test["test"] | {"test": 0} == test["test"] and test["test"]["without an answer"] == 1
    assert tasks_of(tmp_path / "after", "test") == []
