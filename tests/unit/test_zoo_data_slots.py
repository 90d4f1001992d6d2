"""Quirks of the published files of slot and intent sets, on the samples that we wrote in their formats."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.errors import InputError, MissingDataError
from engine.paths import REPOSITORY
from engine.zoo.base import Sample
from engine.zoo.datasets import ZOO_DATASETS
from engine.zoo.datasets.hwu64 import INTENTS
from engine.zoo.datasets.spans import tagged
from engine.zoo.datasets.top import TOP, outer

SAMPLES = REPOSITORY / "samples" / "zoo"


def read(name: str, split: str, task: str = "fill", folder: Path | None = None) -> list[Sample]:
    return list(ZOO_DATASETS[name].samples(folder or SAMPLES / name, split, task))


@pytest.mark.parametrize(("tags", "found"), [
    ("O O O", []),
    ("B-a I-a B-a", [("a", "x y"), ("a", "z")]),
    ("I-a I-b I-b", [("a", "x"), ("b", "y z")]),
    ("B-a O I-a", [("a", "x"), ("a", "z")]),
])
def test_bio_tags_become_spans(tags: str, found: list[tuple[str, str]]) -> None:
    assert list(tagged(["x", "y", "z"], tags.split())) == found


@pytest.mark.parametrize("tags", ["O O", "O O O O", "B- O O", "X-a O O", "city O O", "-a O O"])
def test_other_tags_are_refused(tags: str) -> None:
    with pytest.raises(ValueError):
        list(tagged(["x", "y", "z"], tags.split()))


def test_a_left_out_start_is_the_beginning_and_spans_stand_in_order() -> None:
    first, none, last = read("restaurant8k", "train")
    assert first.answer == (("people", "Seven"), ("date", "Friday")) and none.answer == ()
    assert last.answer == (("time", "quarter past 6"), ("first name", "Ottilie"), ("last name", "Brandt"))


def test_domains_share_a_list_of_slots_and_turns_a_dialogue() -> None:
    samples = read("dstc8_slots", "train")
    assert len({sample.knowledge for sample in samples}) == 1 and len(samples[0].knowledge.items) == 13
    assert [sample.group for sample in samples[:3]] == ["27_00007", "27_00007", "11_00007"]
    assert [sample.id for sample in read("dstc8_slots", "test")][:2] == ["27_00012/12", "11_00012/12"], "a turn of two digits"


def test_slot_gated_files_need_the_same_number_of_lines(tmp_path: Path) -> None:
    folder = copied("snips", tmp_path)
    (folder / "train" / "label").write_text("PlayMusic\nRateBook\n")
    with pytest.raises(InputError, match=r"train/seq.in line 3.*same number of lines"):
        read("snips", "train", folder=folder)


def test_slot_gated_reads_the_folder_of_a_mirror(tmp_path: Path) -> None:
    shutil.copytree(SAMPLES / "snips", tmp_path / "slotgated_split")
    assert read("snips", "dev", folder=tmp_path) == read("snips", "dev")


def test_labels_of_snips_become_words() -> None:
    fill, intent = read("snips", "train")[2], read("snips", "train", "intent")[2]
    assert fill.answer == (("time range", "two hours"), ("city", "riga"))
    assert intent.answer == "get weather" and intent.choices == ("get weather", "play music", "rate book")
    assert intent.knowledge.items == ["get weather", "play music", "rate book"]


def test_each_part_of_mit_movie_has_its_own_slots() -> None:
    simple, _, long = read("mit_movie", "train")
    assert (simple.id, long.id) == ("eng-1", "trivia10k13-1")
    assert simple.knowledge.items == ["actor", "genre", "title", "year"] and "plot" in long.knowledge.items
    assert long.answer == (("genre", "western"), ("plot", "a baker who loses his dog"))


def test_a_last_sentence_needs_no_blank_line(tmp_path: Path) -> None:
    folder = copied("mit_restaurant", tmp_path)
    (folder / "restauranttest.bio").write_text("O\tany\n\n\nB-Dish\tsoup\nI-Dish\tbowl")
    assert [(sample.id, sample.turns[0].text) for sample in read("mit_restaurant", "test", folder=folder)] == [
        ("restaurant-1", "any"), ("restaurant-4", "soup bowl")]


def test_the_outer_slots_of_top_keep_what_is_nested_in_them() -> None:
    train, test = read("top", "train"), read("top", "test")
    assert train[0].answer == (("source", "Ida 's flat"), ("destination", "Oulu"), ("date time arrival", "6:30"))
    assert train[2].answer == (("attribute event", "free"), ("attribute event", "outdoor"))
    assert test[0].answer == (("destination", "the museum on Elm Street"),)
    assert [sample.answer for sample in read("top", "dev", "intent")] == ["unsupported"]


@pytest.mark.parametrize(("tags", "found"), [
    ("B-SL_A_IN_X B-SL_A_IN_Y I-SL_A_IN_Y", ["x", "y z"]),
    ("B-SL_A B-SL_A_IN_X_SL_B B-SL_A_IN_X_SL_C", ["x", "y z"]),
    ("B-SL_A_IN_X_SL_B I-SL_A_IN_X B-SL_A_IN_X", ["x y", "z"]),
    ("B-SL_A_IN_X_SL_B_IN_Y_SL_C B-SL_A_IN_X_SL_D O", ["x y"]),
])
def test_adjacent_slots_of_one_name_are_told_apart(tags: str, found: list[str]) -> None:
    assert list(outer(["x", "y", "z"], tags.split())) == [("A", value) for value in found]


def test_all_tags_of_top_stay_at_hand() -> None:
    (number, row), *_ = TOP.rows(SAMPLES / "top", "train")
    assert number == 1 and row.tokens[-1] == "6:30" and row.tags[2] == "B-SL_SOURCE_IN_GET_LOCATION_HOME_SL_CONTACT"


def test_a_banking_text_may_run_over_lines() -> None:
    samples = read("banking77", "train", "intent")
    assert samples[1].turns[0].text == 'Hello,\n\nwhere is the "new" card I asked for?'
    assert [sample.answer for sample in samples] == ["card not working", "card arrival", "refund not showing up"]
    assert len(samples[0].choices) == 4


def test_out_of_scope_is_a_choice_of_clinc() -> None:
    samples = read("clinc150", "train", "intent", REPOSITORY / "samples" / "oos")
    assert [sample.answer for sample in samples] == ["transfer", "weather", "out of scope"]
    assert samples[0].choices == ("transfer", "weather", "out of scope") and all(sample.group == sample.id for sample in samples)


def test_hwu_reads_the_annotated_answer_without_marks() -> None:
    samples = read("hwu64", "train", "intent")
    assert [sample.turns[0].text for sample in samples] == ["wake me at half past six", "wake me; i mean it", "lights off in the cellar"]
    assert samples[2].answer == "iot hue lightoff" and len(samples[2].choices) == len(set(INTENTS)) == 64


def test_places_in_mtop_count_bytes() -> None:
    first, second, last = read("mtop", "train")
    assert first.answer == (("recipient", "Chloé"), ("content exact", "I am late"))
    assert second.answer == (("person reminded", "me"), ("todo", "ring my aunt"), ("date time", "at 8")) and last.answer == ()


def test_places_in_mtop_that_cut_a_character_count_characters(tmp_path: Path) -> None:
    folder = copied("mtop", tmp_path)
    (folder / "mtop" / "en" / "test.txt").write_text("1\tIN:A\t5:7:SL:TODO\tTell éa b\tx\ten_XX\t[IN:A ]\t{}\n", encoding="utf-8")
    assert read("mtop", "test", folder=folder)[0].answer == (("todo", "é"),)
    (folder / "mtop" / "en" / "test.txt").write_text("1\tIN:A\t4:6:SL:TODO\tTell éa b\tx\ten_XX\t[IN:A ]\t{}\n", encoding="utf-8")
    assert read("mtop", "test", folder=folder)[0].answer == (("todo", "é"),)


def _text(name: str, text: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_text(text)


DAMAGE: list[tuple[str, str, Callable[[Path], object], str]] = [
    ("restaurant8k", "fill", _text("test.json", '[{"userInput": {"text": "hi"}, "labels": [{"slot": "a", "valueSpan": {"endIndex": 9}}]}]'), "span 0 to 9"),
    ("restaurant8k", "fill", _text("test.json", '[{"userInput": {}}]'), "'text' is missing"),
    ("dstc8_slots", "fill", _text("Homes_1/test.json", '[{"userInput": {"text": "hi"}, "id": "31"}]'), "names no turn"),
    ("snips", "fill", _text("test/seq.out", "O O\n"), "line 1"),
    ("snips", "intent", _text("test/seq.out", "O O O O city\n"), "no BIO tag"),
    ("mit_movie", "fill", _text("trivia10k13test.bio", "O what\n"), "line 1"),
    ("top", "intent", _text("test.txt", "hi:O <=> IN_SING\n"), "'SING' is none of the 4 intents of TOP"),
    ("top", "fill", _text("test.txt", "hi:B-city <=> IN_GET_EVENT\n"), "no slot"),
    ("top", "fill", _text("test.txt", "hi:O IN_GET_EVENT\n"), "not word:TAG"),
    ("banking77", "intent", _text("test.csv", "text,category\nhi,card_arriv\n"), "'card_arriv' is none of the 4 intents"),
    ("banking77", "intent", _text("test.csv", 'text,category\n"hi,card_arrival\n'), "line 2"),
    ("banking77", "intent", _text("test.csv", "question,category\nhi,card_arrival\n"), "'text' is missing"),
    ("banking77", "intent", _text("test.csv", 'text,category\n"hi"x,card_arrival\n'), "not a valid table"),
    ("hwu64", "intent", _text("testset/csv/alarm_set.csv", "scenario;intent;answer_from_anno\niot;party;hi\n"), "'iot_party' is none"),
    ("mtop", "fill", _text("mtop/en/test.txt", "1\tIN:A\t\thi\n"), "4 columns, not 8"),
    ("mtop", "fill", _text("mtop/en/test.txt", "1\tIN:A\t7:9:SL:B\thi\tx\ten_XX\t\t\n"), "no slot of the utterance"),
]


@pytest.mark.parametrize(("name", "task", "break_it", "sentence"), DAMAGE)
def test_damage_names_its_place(name: str, task: str, break_it: Callable[[Path], object], sentence: str, tmp_path: Path) -> None:
    folder = copied(name, tmp_path)
    break_it(folder)
    with pytest.raises(InputError, match=sentence) as told:
        read(name, "test", task, folder)
    assert str(folder) in str(told.value) and "\n" not in str(told.value)


@pytest.mark.parametrize(("name", "missing"), [("banking77", "categories.json"), ("top", "vocab.slot"), ("dstc8_slots", "Homes_1/train_0.json")])
def test_a_missing_file_is_named(name: str, missing: str, tmp_path: Path) -> None:
    folder = copied(name, tmp_path)
    (folder / missing).unlink()
    with pytest.raises(MissingDataError, match=Path(missing).name):
        read(name, "train", ZOO_DATASETS[name].tasks[0], folder)


def copied(name: str, place: Path) -> Path:
    return Path(shutil.copytree(SAMPLES / name, place / name))
