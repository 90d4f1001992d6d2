"""Quirks of the chit-chat, knowledge-graph and SQL sets, on the samples that we wrote."""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path

import pytest

from engine.errors import InputError, MissingDataError
from engine.paths import REPOSITORY
from engine.zoo.base import Sample
from engine.zoo.datasets import ZOO_DATASETS
from engine.zoo.knowledge import Database, Document, Triples, linear

SAMPLES = REPOSITORY / "samples" / "zoo"


def read(name: str, split: str, task: str = "chat", *, folder: Path | None = None) -> list[Sample]:
    return list(ZOO_DATASETS[name].samples(folder or SAMPLES / name, split, task))


def texts(sample: Sample) -> list[str]:
    return [turn.text for turn in sample.turns]


def test_a_reply_has_all_that_was_said_before() -> None:
    first, second, *_ = read("dailydialog", "train")
    assert texts(second) == [*texts(first), first.answer] and [turn.speaker for turn in second.turns] == ["user", "system"]
    assert (first.id, first.group) == ("dailydialog-train-0/1", "dailydialog-train-0")


def test_every_utterance_of_dailydialog_has_an_emotion() -> None:
    samples = read("dailydialog", "dev", "emo")
    assert [sample.answer for sample in samples] == ["sadness", "fear", "sadness", "surprise", "happiness"]
    assert {len(sample.choices) for sample in samples} == {7}


@pytest.mark.parametrize("task", ["chat", "emo"])
@pytest.mark.parametrize("split", ["train", "dev", "test"])
def test_both_forms_of_dailydialog_have_the_same_samples(split: str, task: str) -> None:
    def bare(samples: list[Sample]) -> list[tuple[str, str, int]]:
        return [(sample.id, "".join(filter(str.isalnum, sample.answer)), len(sample.turns)) for sample in samples]
    assert bare(read("dailydialog", split, task)) == bare(read("dailydialog", split, task, folder=SAMPLES / "dailydialog" / "converted"))


def test_an_utterance_without_emotion_is_told(tmp_path: Path) -> None:
    shutil.copytree(SAMPLES / "dailydialog", tmp_path, dirs_exist_ok=True)
    (tmp_path / "EMNLP_dataset" / "test" / "dialogues_emotion_test.txt").write_text("0 \n0 0 1 \n")
    with pytest.raises(InputError, match="2 utterances with __eou__ and 1 emotions"):
        read("dailydialog", "test", folder=tmp_path)


def test_the_one_who_plays_the_persona_replies() -> None:
    samples = read("personachat", "train")
    assert samples[0].knowledge == Document("i build model ships. i am afraid of the sea.".replace(".", " ."))
    assert [len(sample.turns) for sample in samples] == [1, 3, 2], "a dialogue that the persona begins has no sample of its first turn"
    assert texts(samples[2]) == ["hello , just out of the bakery .", "so early ?"] and samples[2].turns[0].speaker == "system"


@pytest.mark.parametrize("split", ["dev", "test"])
def test_both_forms_of_personachat_have_the_same_samples(split: str) -> None:
    assert read("personachat", split) == read("personachat", split, folder=SAMPLES / "personachat" / "converted")


def test_who_replies_in_metalwoz_knows_the_prompt() -> None:
    first, second, *_ = read("metalwoz", "train", folder=REPOSITORY / "samples" / "metalwoz")
    assert [turn.speaker for turn in second.turns] == ["system", "user"]
    assert linear(first.knowledge) == "bus schedule bot: You are talking to a bot about buses Ask about line 7"
    assert linear(second.knowledge) == "bus schedule bot: You are a bot that knows the buses. Name a time"


def test_a_task_that_metalwoz_does_not_know_is_told(tmp_path: Path) -> None:
    shutil.copytree(REPOSITORY / "samples" / "metalwoz", tmp_path, dirs_exist_ok=True)
    (tmp_path / "tasks.txt").write_text((tmp_path / "heldout" / "tasks.txt").read_text())
    with pytest.raises(InputError, match="'t3' of the dialogue 'sample3'"):
        read("metalwoz", "train", folder=tmp_path)


def test_commas_come_back() -> None:
    first, *_ = read("empathetic_dialogues", "train")
    assert first.knowledge == Document("My brother learned to swim, at last.") and first.answer == "That is great, well done to him!"


@pytest.mark.parametrize("split", ["train", "dev", "test"])
def test_splits_are_recovered_by_the_first_two_utterances(split: str) -> None:
    converted = read("empathetic_dialogues", split, folder=SAMPLES / "empathetic_dialogues" / "converted")
    assert sorted(converted, key=lambda sample: sample.id) == sorted(read("empathetic_dialogues", split), key=lambda sample: sample.id)


def test_without_the_split_lists_nobody_guesses(tmp_path: Path) -> None:
    shutil.copytree(SAMPLES / "empathetic_dialogues" / "converted" / "by_emotion", tmp_path / "by_emotion")
    with pytest.raises(MissingDataError, match=r"fsb_split/valid\.json"):
        read("empathetic_dialogues", "train", folder=tmp_path)


def test_a_dialogue_that_comes_twice_is_read_once() -> None:
    assert [sample.id for sample in read("commonsense_dialogues", "test")] == ["1/1", "2/1", "2/2"]


def graph_of(sample: Sample) -> tuple[tuple[str, str, str], ...]:
    assert isinstance(sample.knowledge, Triples)
    return sample.knowledge.facts


def test_the_graph_is_that_of_the_team_named() -> None:
    named = {sample.group: graph_of(sample) for sample in read("kgdial_soccer", "train", "kgdial")}
    assert [fact[0] for fact in named["A1OWN"]] == ["Harbour United", "Pier Field", "Harbour United", "Harbour United", "Jon Vik"]
    assert named["A2OWN"] == () and named["A3OWN"][0] == ("Norland", "coach", "Per Holm")


def test_questions_and_answers_are_read_in_turn_whatever_their_keys() -> None:
    assert [(sample.id, len(sample.turns)) for sample in read("kgdial_soccer", "train", "kgdial")] == [
        ("A1OWN/1", 1), ("A1OWN/3", 3), ("A2OWN/1", 1), ("A2OWN/3", 3), ("A3OWN/1", 1)]
    assert [sample.answer for sample in read("kgdial_soccer", "dev", "kgdial")] == ["Per Holm coaches them.", ""]


def packed(folder: Path) -> Path:
    with tarfile.open(folder / "kgdial_conversations_and_kg.tar.gz", "w:gz") as archive:
        for name in ("soccer_conversations", "data"):
            archive.add(SAMPLES / "kgdial_soccer" / name, name)
    return folder


@pytest.mark.parametrize("split", ["train", "dev", "test"])
def test_packed_dialogues_are_the_same(tmp_path: Path, split: str) -> None:
    assert read("kgdial_soccer", split, "kgdial", folder=packed(tmp_path)) == read("kgdial_soccer", split, "kgdial")


def test_a_damaged_pack_is_told(tmp_path: Path) -> None:
    path = packed(tmp_path) / "kgdial_conversations_and_kg.tar.gz"
    path.write_bytes(path.read_bytes()[:400])
    with pytest.raises(InputError, match="the archive is damaged or cut short"):
        read("kgdial_soccer", "train", "kgdial", folder=tmp_path)


def test_a_folder_without_conversations_is_missing(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="soccer_conversations/test"):
        read("kgdial_soccer", "test", "kgdial", folder=tmp_path)


def test_each_car_dialogue_has_its_graph() -> None:
    first, second, third = read("kgdial_incar", "train", "kgdial")
    assert graph_of(first) == graph_of(second) and graph_of(first)[2] == ("old_mill_garage", "traffic info", "no_traffic")
    assert graph_of(third)[0] == ("dinner", "party", "alex") and third.answer == "dinner is at 7pm on the_5th"


def test_spider_train_is_two_files_and_sql_is_one_line() -> None:
    samples = read("spider", "train", "txt2sql")
    assert [sample.id for sample in samples] == ["train_spider-0", "train_spider-1", "train_others-0"]
    assert samples[2].answer == "SELECT grain FROM loaf ORDER BY price LIMIT 1;"
    assert samples[0].knowledge == Database((("tower", ("tower_id", "name", "height")), ("keeper", ("keeper_id", "name", "tower_id", "home town"))))


def test_spider_test_has_schemas_of_its_own() -> None:
    assert linear(read("spider", "test", "txt2sql")[0].knowledge).startswith("boat = boat_id | seats")


@pytest.mark.parametrize(("split", "count"), [("train", 2), ("dev", 2)])
def test_spider_syn_keeps_the_published_question(split: str, count: int) -> None:
    assert read("spider", split, "txt2sql", folder=SAMPLES / "spider" / "converted") == read("spider", split, "txt2sql")[:count]


def test_a_database_without_schema_is_told(tmp_path: Path) -> None:
    shutil.copytree(SAMPLES / "spider", tmp_path, dirs_exist_ok=True)
    (tmp_path / "spider_data" / "tables.json").write_text((tmp_path / "spider_data" / "test_tables.json").read_text())
    with pytest.raises(InputError, match=r"'bakery' is not in tables\.json"):
        read("spider", "dev", "txt2sql", folder=tmp_path)


def test_questions_of_an_interaction_add_up() -> None:
    first, second = read("sparc", "train", "txt2sql")
    assert texts(second)[0] == texts(first)[0] and [turn.speaker for turn in second.turns] == ["user", "user"]


def test_clarifying_questions_of_cosql_are_turns_of_the_system() -> None:
    first, second = read("cosql", "train", "txt2sql")
    assert [turn.speaker for turn in second.turns] == ["user", "system", "user", "user"]
    assert texts(first)[2] == "yes" and first.answer == "SELECT `Home Town` FROM Keeper"
