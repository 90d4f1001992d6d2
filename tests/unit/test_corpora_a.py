"""Readers of toy, sgd, multiwoz21, multiwoz22 and oos: our samples, and every way a file can be broken."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.corpora import CORPORA
from engine.corpora.multiwoz21 import KEYS
from engine.dialogue.model import Act, Dialogue
from engine.errors import InputError, MissingDataError
from engine.paths import REPOSITORY

SAMPLES = REPOSITORY / "samples"
NAMES = ("toy", "sgd", "multiwoz21", "multiwoz22", "oos")
COUNTS = {
    "toy": {"train": (20, 114), "dev": (5, 22), "test": (5, 24)},
    "sgd": {"train": (2, 12), "dev": (1, 2), "test": (1, 2)},
    "multiwoz21": {"train": (1, 4), "dev": (1, 4), "test": (1, 2), "tsv:train": (2, 4), "tsv:dev": (1, 3), "tsv:test": (1, 1),
                   "convlab2:dev": (1, 4), "convlab2:test": (1, 2), "acts:train": (1, 3)},
    "multiwoz22": {"train": (1, 4), "dev": (1, 2), "test": (1, 2)},
    "oos": {f"{prefix}{part}": (2, 2) if prefix.startswith("binary") else (3, 3)
            for prefix in ("", "small:", "imbalanced:", "oos_plus:", "binary_undersample:") for part in ("train", "dev", "test")},
}
FILES = [
    ("toy", "train", "train.json"), ("sgd", "train", "train/dialogues_001.json"), ("multiwoz21", "train", "data.json"),
    ("multiwoz21", "train", "valListFile.txt"), ("multiwoz21", "convlab2:dev", "convlab2/val.json"),
    ("multiwoz21", "tsv:train", "dst_star_mwz2.1/train.tsv"), ("multiwoz21", "acts:train", "convlab1/annotated_user_utts_18k.txt"),
    ("multiwoz22", "train", "train/dialogues_001.json"), ("multiwoz22", "train", "dialog_acts.json"), ("oos", "train", "data_full.json"),
]
WRONG_RECORDS = [
    ("toy", "train", "train.json", '"turns"', '"turn"', "/0", "'turns'"),
    ("toy", "train", "train.json", '[26, 30, "food"]', '[26, 30]', "/0", "another shape"),
    ("sgd", "train", "train/dialogues_001.json", '"dialogue_id": "1_00001"', '"id": "1_00001"', "/1", "'dialogue_id'"),
    ("sgd", "train", "train/dialogues_001.json", '"SYSTEM"', '"AGENT"', "/0", "'AGENT'"),
    ("multiwoz21", "train", "data.json", '"log"', '"logs"', "/MUL9001.json", "'log'"),
    ("multiwoz21", "convlab2:dev", "convlab2/val.json", '"semi"', '"half"', "/SNG9002", "'semi'"),
    ("multiwoz21", "tsv:train", "dst_star_mwz2.1/train.tsv", "taxi-leaveat", "taxi-leave", "line 1", "'taxi-leaveat'"),
    ("multiwoz21", "tsv:train", "dst_star_mwz2.1/train.tsv", "\tthai|chinese", "", "line 4", "34 columns instead of 35"),
    ("multiwoz21", "acts:train", "convlab1/annotated_user_utts_18k.txt", "\t4\t", "\tfour\t", "line 4", "four"),
    ("multiwoz21", "acts:train", "convlab1/annotated_user_utts_18k.txt", "Request(Parking)", "Request", "line 3", "Hotel-Request"),
    ("multiwoz22", "train", "train/dialogues_001.json", '"utterance"', '"text"', "/0", "'utterance'"),
    ("oos", "train", "data_full.json", '"oos_train"', '"oos"', "/", "'oos_train'"),
    ("oos", "train", "data_full.json", '"oos"', '"oos", 1', "/oos_train/0", "another shape"),
]


def read(name: str, split: str, folder: Path | None = None) -> list[Dialogue]:
    return list(CORPORA[name].read(folder or SAMPLES / name, split))


@pytest.fixture
def copied(tmp_path: Path) -> Callable[[str], Path]:
    """Gives a corpus's samples in a folder that a test may damage."""
    return lambda name: Path(shutil.copytree(SAMPLES / name, tmp_path / name))


@pytest.mark.parametrize("name", NAMES)
def test_every_split_of_the_samples_is_read_whole(name: str) -> None:
    found = {split: read(name, split) for split in CORPORA[name].card.splits}
    assert {split: (len(all_), sum(len(d.turns) for d in all_)) for split, all_ in found.items()} == COUNTS[name]
    assert all(d.corpus == name and d.split == split and all(t.text for t in d.turns) for split, all_ in found.items() for d in all_)
    assert all(len({d.id for d in all_}) == len(all_) for all_ in found.values())


@pytest.mark.parametrize("name", NAMES)
def test_every_span_lies_in_its_text_and_only_user_turns_have_states(name: str) -> None:
    turns = [turn for split in CORPORA[name].card.splits for dialogue in read(name, split) for turn in dialogue.turns]
    assert all(0 <= span.start < span.end <= len(turn.text) for turn in turns for span in turn.spans or ())
    assert all(turn.speaker == "user" for turn in turns if turn.state is not None or turn.intent is not None)


@pytest.mark.parametrize("name", NAMES)
def test_a_gzipped_file_reads_like_a_plain_one(name: str, copied: Callable[[str], Path]) -> None:
    folder = copied(name)
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    assert all(read(name, split, folder) == read(name, split) for split in CORPORA[name].card.splits)


@pytest.mark.parametrize(("name", "split", "file"), FILES)
def test_a_cut_gzip_is_one_sentence_with_the_file(name: str, split: str, file: str, copied: Callable[[str], Path]) -> None:
    path = copied(name) / file
    path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes())[:-12])
    path.unlink()
    refused(name, split, path, "damaged or cut short")


@pytest.mark.parametrize(("name", "split", "file"), FILES)
def test_wrong_encoding_is_one_sentence_with_the_file(name: str, split: str, file: str, copied: Callable[[str], Path]) -> None:
    path = copied(name) / file
    data = path.read_bytes()
    middle = data.index(b"s", len(data) // 2)
    path.write_bytes(data[:middle] + b"\xe9" + data[middle + 1:])
    refused(name, split, path, "UTF")


@pytest.mark.parametrize(("name", "split", "file"), FILES)
def test_an_empty_file_is_one_sentence_with_the_file(name: str, split: str, file: str, copied: Callable[[str], Path]) -> None:
    path = copied(name) / file
    path.write_bytes(b"")
    refused(name, split, path, "")


@pytest.mark.parametrize(("name", "split", "file", "right", "wrong", "place", "says"), WRONG_RECORDS)
def test_a_wrong_record_is_one_sentence_with_its_place(
        name: str, split: str, file: str, right: str, wrong: str, place: str, says: str, copied: Callable[[str], Path]) -> None:
    path = copied(name) / file
    text = path.read_text()
    assert right in text
    path.write_text(text.replace(right, wrong, 1))
    message = refused(name, split, path, says)
    assert f"{path} {place}:" in message


def refused(name: str, split: str, path: Path, says: str) -> str:
    folder = next(parent for parent in path.parents if parent.name == name)
    with pytest.raises(InputError) as caught:
        read(name, split, folder)
    message = str(caught.value)
    assert str(path) in message and says in message and "\n" not in message
    return message


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_split_names_those_that_exist(name: str) -> None:
    with pytest.raises(InputError, match="its splits are train, dev, test") as caught:
        read(name, "valid")
    assert "'valid'" in str(caught.value)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "toy"])
def test_an_absent_corpus_is_missing_data(name: str, tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="data fetch"):
        read(name, "train", tmp_path / name)


def test_toy_is_read_from_the_repository_where_the_folder_is_absent(tmp_path: Path) -> None:
    assert read("toy", "train", tmp_path / "toy") == read("toy", "train")


def test_sgd_keeps_states_of_services_that_a_turn_does_not_mention() -> None:
    first, second = read("sgd", "train")
    assert first.turns[2].state == {"Restaurants_1-city": "Oakfield", "Restaurants_1-cuisine": "Thai", "Restaurants_1-time": "7 pm|19:00"}
    assert second.turns[4].state == {"Buses_1-to_location": "Lakeside", "Buses_1-leaving_time": "noon",
                                     "Hotels_2-where_to": "Lakeside", "Hotels_2-number_of_adults": "2"}
    assert [turn.intent for turn in second.turns[::2]] == ["FindBus", "SearchHouse", "SearchHouse"]
    assert [turn.intent for turn in first.turns[::2]] == ["FindRestaurants", "FindRestaurants", "NONE"]
    assert second.domains == {"buses", "hotels"}
    assert second.turns[0].acts is None
    assert second.turns[3].acts == (Act(name="REQUEST", domain="hotels", slot="number_of_adults", value="2|3"),)


def test_multiwoz21_log_and_table_give_the_same_state_keys() -> None:
    log, table = read("multiwoz21", "train")[0], read("multiwoz21", "tsv:train")[0]
    expected = {"hotel-pricerange": "cheap", "hotel-area": "north", "hotel-parking": "dontcare", "hotel-book people": "2",
                "hotel-book day": "monday"}
    assert log.turns[2].state == table.turns[2].state == expected
    assert len(KEYS) == 30 and expected.keys() <= set(KEYS)
    assert [turn.speaker for turn in table.turns] == ["user", "system", "user"]
    assert table.id == log.id == "MUL9001"


def test_multiwoz21_spans_and_acts_of_a_log() -> None:
    user, system = read("multiwoz21", "convlab2:dev")[0].turns[:2]
    assert user.spans and [user.text[span.start:span.end] for span in user.spans] == ["station"]
    assert system.acts == (Act(name="request", domain="taxi", slot="Leave"),)
    assert len(read("multiwoz21", "train")[0].turns[2].spans or ()) == 2, "the span outside the text is dropped"


def test_multiwoz21_takes_acts_from_their_own_file_where_the_log_has_none() -> None:
    user, system = read("multiwoz21", "test")[0].turns
    assert user.acts is None and user.spans is None
    assert system.acts == (Act(name="bye", domain="general"),)


@pytest.mark.parametrize(("gone", "split", "turns"), [
    (["data.json"], "train", 2 + 1 + 1), (["data.json"], "dev", 4), (["data.json", "convlab2/val.json"], "dev", 3),
    (["dst_star_mwz2.1/train.tsv"], "tsv:train", 4), (["convlab1/annotated_user_utts_18k.txt"], "acts:train", 4)])
def test_multiwoz21_takes_the_next_source(gone: list[str], split: str, turns: int, copied: Callable[[str], Path]) -> None:
    folder = copied("multiwoz21")
    for file in gone:
        (folder / file).unlink()
    assert sum(len(dialogue.turns) for dialogue in read("multiwoz21", split, folder)) == turns


def test_multiwoz21_act_sessions_exclude_dev_and_test() -> None:
    (session,) = read("multiwoz21", "acts:train")
    assert session.id == "MUL9001"
    assert [turn.speaker for turn in session.turns] == ["user", "system", "user"]
    assert session.turns[0].acts == (Act(name="inform", domain="hotel", slot="Price", value="cheap"),
                                     Act(name="inform", domain="hotel", slot="Area", value="north"))


def test_multiwoz22_official_labels() -> None:
    (dialogue,) = read("multiwoz22", "train")
    first, second = dialogue.turns[0], dialogue.turns[2]
    assert (first.intent, second.intent) == ("find_hotel", "book_taxi")
    assert second.state == {"hotel-name": "mill inn", "hotel-area": "north", "taxi-departure": "mill inn", "taxi-leaveat": "9:15|09:15"}
    assert second.spans and [second.text[span.start:span.end] for span in second.spans] == ["9:15"], "a copied value has no place"
    assert second.acts is None and dialogue.turns[3].acts == ()
    assert dialogue.turns[1].acts == (Act(name="reqmore", domain="general"),)


def test_multiwoz22_texts_lose_brackets_and_get_numbers(copied: Callable[[str], Path]) -> None:
    folder = copied("multiwoz22")
    shutil.rmtree(folder / "train")
    first, second = read("multiwoz22", "train", folder)
    assert (first.id, second.id) == ("train-00001", "train-00002")
    assert [turn.text for turn in second.turns] == ["I want thai food.", "Try the Blue Lotus."]
    assert second.turns[0].state is None and second.turns[0].acts is None


def test_oos_intents_and_domains() -> None:
    bank, weather, outside = read("oos", "test")
    assert [d.turns[0].intent for d in (bank, weather, outside)] == ["transfer", "weather", "oos"]
    assert (bank.domains, outside.domains) == ({"banking"}, frozenset())


def test_no_test_split_may_enter_pretraining_but_that_of_sgd() -> None:
    allowed = {name: CORPORA[name].card.pretraining_splits for name in NAMES}
    assert allowed == {"toy": ("train",), "sgd": ("train", "dev", "test"), "multiwoz21": ("train",), "multiwoz22": ("train",), "oos": ()}


@pytest.mark.parametrize("name", [name for name in NAMES if name != "toy"])
def test_downloads_are_pinned_and_land_in_the_folder(name: str) -> None:
    downloads = CORPORA[name].downloads
    assert downloads and all(d.url.startswith("https://raw.githubusercontent.com/") and d.url.endswith(d.filename) for d in downloads)
    assert all(d.sha256 is None or len(d.sha256) == 64 for d in downloads)
    assert len({d.filename for d in downloads}) == len(downloads)
