"""What is particular about the sets of questions on documents and dialogues, on the samples that we wrote."""

from __future__ import annotations

import gzip
import json
import shutil
import tarfile
from pathlib import Path

import pytest

from engine.errors import InputError, MissingDataError
from engine.paths import REPOSITORY
from engine.zoo.base import Sample
from engine.zoo.datasets import ZOO_DATASETS
from engine.zoo.knowledge import linear

SAMPLES = REPOSITORY / "samples" / "zoo"


def read(name: str, split: str, folder: Path | None = None) -> list[Sample]:
    dataset = ZOO_DATASETS[name]
    return list(dataset.samples(folder or SAMPLES / name, split, dataset.tasks[0]))


def packed(folder: Path, archive: Path) -> Path:
    """A folder's content as a tar archive."""
    with tarfile.open(archive, "w:gz") as file:
        for path in sorted(folder.iterdir()):
            file.add(path, arcname=path.name)
    return archive


def test_a_conversation_about_a_passage_grows_by_one_question() -> None:
    first, second, third, *_ = read("coqa", "train")
    assert [turn.text for turn in third.turns] == [first.turns[0].text, first.answer, second.turns[-1].text, second.answer, third.turns[-1].text]
    assert [turn.speaker for turn in third.turns] == ["user", "system"] * 2 + ["user"]
    assert first.group == second.group == "harbour-1"
    assert read("coqa", "train")[-1].answer == "unknown"


def test_coqa_is_read_in_the_form_of_another_repository(tmp_path: Path) -> None:
    passage = {"id": "p1", "source": "cnn", "filename": "p1.txt", "meta": "It rained.", "dialogue": [["Did it rain?", "yes"], ["Where?", "unknown"]],
               "turn_id": [1, 2]}
    (tmp_path / "test.json.gz").write_bytes(gzip.compress(json.dumps([passage]).encode()))
    first, second = read("coqa", "dev", tmp_path)
    assert (first.answer, second.answer, second.id, linear(second.knowledge)) == ("yes", "unknown", "p1/2", "It rained.")
    assert len(second.turns) == 3


@pytest.mark.parametrize(("name", "split"), [("quac", "train"), ("doqa", "test")])
def test_what_cannot_be_answered_is_unknown_and_the_mark_is_gone(name: str, split: str) -> None:
    samples = read(name, split)
    assert samples[-1].answer == "unknown" or "unknown" in [sample.answer for sample in samples]
    assert not any("CANNOTANSWER" in linear(sample.knowledge) or "CANNOTANSWER" in str(sample.turns) for sample in samples)


def test_the_title_and_the_section_stand_before_the_text() -> None:
    assert linear(read("quac", "train")[0].knowledge).startswith("Wick Tower, History: The tower was built")
    assert linear(read("doqa", "train")[0].knowledge).startswith("Can I freeze soup with potatoes?: You can,")


def test_doqa_tests_on_three_domains() -> None:
    assert [sample.group for sample in read("doqa", "test")] == ["C_ff66", "C_ab77", "C_ac88", "C_ac88"]


def test_squad_has_questions_without_an_answer() -> None:
    assert [sample.answer for sample in read("squad", "train")] == ["Salt", "unknown", "three kilometres"]
    assert read("squad", "dev")[0].answer == "twice", "the first of several"


def test_a_summary_of_several_lines_is_one_text() -> None:
    first, second = read("narrativeqa", "train")
    assert linear(first.knowledge).endswith("learn his trade anew.") and (first.id, second.id) == ("d1/1", "d1/2")
    assert [len(read("narrativeqa", split)) for split in ("train", "dev", "test")] == [2, 1, 2]


def test_a_question_about_a_story_without_summary_is_told(tmp_path: Path) -> None:
    shutil.copytree(SAMPLES / "narrativeqa", tmp_path / "there")
    table = tmp_path / "there" / "qaps.csv"
    table.write_text(table.read_text(encoding="utf-8") + "d9,test,Who?,A,B,who ?,a,b\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"qaps.csv line 7: the key 'd9' is missing"):
        read("narrativeqa", "test", tmp_path / "there")


def test_a_table_that_is_none_is_told(tmp_path: Path) -> None:
    shutil.copytree(SAMPLES / "narrativeqa", tmp_path / "there")
    (tmp_path / "there" / "qaps.csv").write_text('document_id,set\n"d1"x,train\n', encoding="utf-8")
    with pytest.raises(InputError, match="not a valid table"):
        read("narrativeqa", "train", tmp_path / "there")


def test_options_of_an_examination_stand_before_the_article() -> None:
    first = read("race", "train")[-1]
    assert linear(first.knowledge).startswith("choices: (a) a day (b) a week (c) a month (d) a year text: Ben wanted")
    assert first.answer == "a month" == first.choices[2]
    assert [sample.group for sample in read("race", "train")] == ["high/12", "middle/3", "middle/3"]


def test_a_letter_without_option_is_told(tmp_path: Path) -> None:
    path = tmp_path / "RACE" / "dev" / "middle" / "7.txt"
    path.parent.mkdir(parents=True)
    path.write_text((SAMPLES / "race" / "RACE" / "dev" / "middle" / "7.txt").read_text(encoding="utf-8").replace('"A"', '"E"', 1), encoding="utf-8")
    with pytest.raises(InputError, match="another shape"):
        read("race", "dev", tmp_path)


@pytest.mark.parametrize(("name", "archive", "split"), [("race", "RACE.tar.gz", "train"), ("cmudog", "cmu_dog.tar.gz", "train"),
                                                        ("mutual", "mutual.tar.gz", "train")])
def test_packed_files_are_read_as_those_in_folders(name: str, archive: str, split: str, tmp_path: Path) -> None:
    path = packed(SAMPLES / name, tmp_path / archive)
    assert read(name, split, tmp_path) == read(name, split)
    whole = path.read_bytes()
    for keep in (0, len(whole) // 2):
        path.write_bytes(whole[:keep])
        with pytest.raises(InputError, match=archive):
            read(name, split, tmp_path)


def test_an_archive_of_something_else_and_none_at_all_are_told(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError):
        read("race", "train", tmp_path)
    packed(SAMPLES / "mutual", tmp_path / "RACE.tar.gz")
    with pytest.raises(InputError, match="holds no RACE/train"):
        read("race", "train", tmp_path)


def test_talk_about_a_film_is_answered_by_who_read_of_it() -> None:
    first, second, third, fourth = read("cmudog", "train")
    assert [(turn.speaker, turn.text) for turn in first.turns] == [("user", "Hi! What is it about?")]
    assert first.answer == "Hello it is about a ship that carries clocks", "two messages in a row"
    assert linear(first.knowledge).startswith("movie name: The Clock Ship introduction:") and "3/5 ; Film Post" in linear(first.knowledge)
    assert linear(second.knowledge).startswith("The ship leaves") and len(second.turns) == 3
    assert third.answer == "I love Ada Brook in it. and the calm!", "the empty message between is left out"
    assert [turn.speaker for turn in fourth.turns] == ["system", "user"], "both read; now the other one answers"


def test_a_film_that_is_not_there_is_told(tmp_path: Path) -> None:
    shutil.copytree(SAMPLES / "cmudog", tmp_path / "there")
    (tmp_path / "there" / "WikiData" / "Snow_Line.json").unlink()
    with pytest.raises(InputError, match="the key 7 is missing"):
        read("cmudog", "test", tmp_path / "there")


def test_relations_are_words_and_joined() -> None:
    samples = read("dialogre", "train")
    assert [sample.answer for sample in samples] == ["alternate names", "friends and roommate", "unanswerable", "place of residence", "residents of place"]
    assert linear(samples[1].knowledge) == "How is Speaker 1 related to Speaker 3?"
    assert [turn.speaker for turn in samples[0].turns] == ["user", "system", "system"], "two who speak together are somebody else"


def test_a_reply_is_chosen_by_its_letter() -> None:
    first, both = read("mutual", "train")
    assert [turn.text[:3] for turn in first.turns] == ["f :", "m :", "f :"]
    assert first.answer == first.choices[1] and first.answer in linear(first.knowledge)
    assert [turn.text[:8] for turn in both.turns] == ["m ; f : "] * 2, "somebody whose sex the set does not tell"
    [test] = read("mutual", "test")
    assert (test.answer, test.choices) == ("", ()) and "(d) f : the ninth lift" in linear(test.knowledge)


def test_a_line_without_speaker_stays_a_line() -> None:
    *_, last = read("dream", "train")
    assert [(turn.speaker, turn.text) for turn in last.turns] == [("user", "A line without a speaker."), ("system", "W: Is that the radio?")]
    assert last.answer == "A radio." and last.choices == ("A radio.", "A dog.", "A train.")


def test_scenes_keep_stage_directions_and_take_the_first_answer() -> None:
    who, where = read("friendsqa", "train")
    assert [turn.text.partition(":")[0] for turn in who.turns] == ["#NOTE#", "Nell Archer", "Bo Finch, Kay Moss"]
    assert (who.answer, where.answer, who.group) == ("Nell Archer", "A bakery", "s99_e01_c01")


def test_impossible_questions_about_a_chat_are_unknown() -> None:
    assert [sample.answer for sample in read("molweni", "test")] == ["my disk", "unknown"]
    assert read("molweni", "train")[0].turns[0].text == "Owl_7: my printer only prints stars EMOJI", "as typed"


def test_causes_of_an_emotion() -> None:
    one, two, unsaid, later, last = read("reccon", "train")
    assert two.answer == "passed the driving test ; the ninth time", "once each"
    assert unsaid.answer == "unknown" and later.answer == "You broke my cup"
    assert [len(sample.turns) for sample in (one, two, unsaid, later, last)] == [1, 2, 1, 3, 3], "up to the utterance, or to a later cause"
    assert linear(last.knowledge) == 'Which words caused the sad of utterance 3, "You broke my cup ."?'
