"""What is peculiar to the sets of rewriting, generation and summaries, on the samples that we wrote."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine.errors import InputError, MissingDataError
from engine.paths import REPOSITORY
from engine.zoo.base import Sample
from engine.zoo.datasets import ZOO_DATASETS
from engine.zoo.knowledge import Description

SAMPLES = REPOSITORY / "samples" / "zoo"


def read(name: str, split: str, folder: Path | None = None) -> list[Sample]:
    dataset = ZOO_DATASETS[name]
    return list(dataset.samples(folder or SAMPLES / name, split, dataset.tasks[0]))


def acts(sample: Sample) -> tuple[tuple[str, str], ...]:
    assert isinstance(sample.knowledge, Description)
    return sample.knowledge.items_


def copied(name: str, folder: Path) -> Path:
    return Path(shutil.copytree(SAMPLES / name, folder / name))


def test_gecor_rewrites_each_different_wording_once() -> None:
    train = read("gecor", "train")
    assert [sample.id for sample in train[:4]] == ["0/0-original", "0/1-original", "0/1-ellipsis", "0/2-original"]
    assert [sample.turns[-1].text for sample in train[1:3]] == ["What is its phone number?", "What is the phone number?"]
    assert {sample.answer for sample in train[1:3]} == {"What is the phone number of Lemon Garden?"}
    assert [turn.speaker for turn in train[3].turns] == ["user", "system", "user", "system", "user"]


def test_gecor_is_split_four_to_one_in_its_order() -> None:
    assert [{sample.group for sample in read("gecor", split)} for split in ("train", "test")] == [{"0", "1", "2", "3"}, {"4"}]


def test_mudoco_rewrites_graded_turns_of_the_user() -> None:
    train, test = read("mudoco", "train"), read("mudoco", "test")
    assert len(train) == 12 and len(read("mudoco", "dev")) == 6
    assert [sample.id for sample in train[:2]] == ["own-calling-1/1", "own-calling-1/3"]
    assert train[1].answer == "Is aunt Zelda at home ?" and [turn.speaker for turn in train[1].turns] == ["user", "system", "user"]
    assert "own-calling-3/5" not in {sample.id for sample in test}, "not graded"
    wordless = next(sample for sample in test if sample.id == "own-music-3/3")
    assert [turn.text for turn in wordless.turns] == ["Who sings River of Tin ?", "Who wrote it ?"], "the turn between them has no words"


def test_mudoco_without_rewritten_utterances_is_refused(tmp_path: Path) -> None:
    folder = copied("mudoco", tmp_path)
    news = folder / "mudoco_news.json"
    news.write_text(news.read_text().replace("graded", "checked"))
    with pytest.raises(InputError, match=r"mudoco_news\.json /dialogs/own-news-1: the key 'graded' is missing"):
        read("mudoco", "train", folder)
    (folder / "mudoco_weather.json").unlink()
    with pytest.raises(MissingDataError, match=r"mudoco_weather\.json"):
        next(ZOO_DATASETS["mudoco"].samples(folder, "train", "rew"))


def test_e2e_attributes_are_words_and_one_group() -> None:
    first, second, third = read("e2e_nlg", "train")
    assert acts(first) == (("inform name", "The Copper Pot"), ("inform eat type", "pub"), ("inform customer rating", "5 out of 5"))
    assert first.group == second.group != third.group
    assert second.answer == 'Guests give the pub The Copper Pot "5 out of 5".'
    assert [name for name, _ in acts(third)] == ["inform name", "inform price range", "inform area", "inform family friendly", "inform near"]


def test_e2e_takes_the_aligned_train_where_the_table_is_absent(tmp_path: Path) -> None:
    folder = copied("e2e_nlg", tmp_path)
    (folder / "trainset.csv").unlink()
    first, second = read("e2e_nlg", "train", folder)
    assert acts(first) == acts(read("e2e_nlg", "train")[0])
    assert second.answer == "Old Quay is cheap ."
    sentences = folder / "e2e_aligned" / "train.txt"
    sentences.write_text(sentences.read_text().splitlines(keepends=True)[0])
    with pytest.raises(InputError, match=r"train\.txt line 2"):
        read("e2e_nlg", "train", folder)
    shutil.rmtree(folder / "e2e_aligned")
    with pytest.raises(MissingDataError, match=r"trainset\.csv"):
        read("e2e_nlg", "train", folder)


@pytest.mark.parametrize(("text", "told"), [
    ("mr;ref\n", "line 1: "), ("id,text\n", "columns are not mr and ref"), ('mr,ref\n"name[A] area[B]",B\n', "no list of attributes"),
    ('mr,ref\n,A\n', "no list"), ('mr,ref\n"name[A]","A\n', "line 2"), ("mr,ref\nname[A],A,A\n", "line 2"),
])
def test_e2e_damage_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    folder = copied("e2e_nlg", tmp_path)
    (folder / "devset.csv").write_text(text)
    with pytest.raises(InputError, match=told):
        read("e2e_nlg", "dev", folder)


@pytest.mark.parametrize(("domain", "split", "index", "expected"), [
    ("restaurant", "train", 0, (("inform name", "blue lantern"), ("inform food", "thai"), ("inform kidsallowed", ""))),
    ("restaurant", "train", 1, (("request area", ""),)),
    ("restaurant", "train", 2, (("goodbye", ""),)),
    ("restaurant", "dev", 0, (("select near", "dont_care"), ("select near", "old pier"))),
    ("hotel", "test", 0, (("inform count type", "hotel"), ("inform count count", "12"), ("inform count hasinternet", "yes"))),
    ("laptop", "train", 0, (("compare name", "orion 4"), ("compare weight", "2 kg"), ("compare name", "orion 7"), ("compare weight", "3 kg"))),
    ("tv", "test", 0, (("confirm type", "television"), ("confirm pricerange", "cheap"))),
])
def test_rnnlg_acts_are_names_and_values(domain: str, split: str, index: int, expected: tuple[tuple[str, str], ...]) -> None:
    assert acts(read(f"rnnlg_{domain}", split)[index]) == expected


def test_rnnlg_leaves_the_baseline_out_and_names_what_is_no_act(tmp_path: Path) -> None:
    assert read("rnnlg_hotel", "dev")[0].answer == "somewhere near union hill ?"
    folder = copied("rnnlg_hotel", tmp_path)
    file = folder / "hotel" / "valid.json"
    file.write_text(file.read_text().replace("?confirm(", "?confirm "))
    with pytest.raises(InputError, match=r"valid\.json /0: .*is no dialogue act"):
        read("rnnlg_hotel", "dev", folder)


def test_samsum_reads_both_forms_and_lines_without_a_name() -> None:
    first, second = read("samsum", "train")
    assert first.id == "9000001" and first.turns[-1].text == "Ida: ok see you then"
    assert second.turns[-1].text == "Ulf: 6 pm: fine with me" and [turn.speaker for turn in second.turns] == ["user", "system", "system"]
    emptied = read("samsum", "test")[0]
    assert emptied.id == "0" and emptied.answer == "Ana has lost her umbrella ."
    assert [turn.text for turn in emptied.turns] == ["Ana: have you seen my umbrella ?", "Rui: no :", "Ana: :"]


def test_a_script_without_any_name_is_refused(tmp_path: Path) -> None:
    folder = copied("samsum", tmp_path)
    (folder / "val.json").write_text('[{"id": "1", "dialogue": "hello there", "summary": "Somebody greets."}]')
    with pytest.raises(InputError, match=r"val\.json /0: .*names no speaker"):
        read("samsum", "dev", folder)


def test_dialogsum_reads_pythons_lines_and_three_summaries() -> None:
    assert [sample.id for sample in read("dialogsum", "train")] == ["train_0/1", "train_1/1"]
    test = read("dialogsum", "test")
    assert [sample.id for sample in test[:4]] == ["test_0/1", "test_0/2", "test_0/3", "test_1/1"] and test[0].group == test[2].group
    assert test[1].answer == "Two people talk." and [turn.text[:10] for turn in test[3].turns] == ["#Person1#:", "#Person2#:", "#Person3#:"]


@pytest.mark.parametrize(("line", "told"), [("{'fname': 'a', 'dialogue': ", "line 1: neither JSON nor"), ("{'fname': open}", "neither JSON nor"),
                                            ('{"fname": "a"', "line 1: not valid JSON"), ('{"fname": "a", "dialogue": "A: b"}', "'summary' is missing")])
def test_dialogsum_damage_is_told_with_its_line(tmp_path: Path, line: str, told: str) -> None:
    folder = copied("dialogsum", tmp_path)
    (folder / "dialogsum.dev.jsonl").write_text(line + "\n")
    with pytest.raises(InputError, match=told):
        read("dialogsum", "dev", folder)


def test_qmsum_takes_questions_for_a_summary_alone() -> None:
    train = read("qmsum", "train")
    assert [(sample.id, sample.answer) for sample in train] == [("1/0", "The team chose blue because red is too loud."), ("2/1", "Blue was chosen.")]
    assert [turn.speaker for turn in train[0].turns] == ["user", "system", "system", "user"]
    assert train[0].turns[0].text == "Project Manager: Let's choose a colour . {vocalsound}"
