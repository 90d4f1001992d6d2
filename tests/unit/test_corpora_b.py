"""Group B readers (frames, metalwoz, woz2, camrest676, msr_e2e, smd, taskmaster1) on our samples and on damaged files."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.corpora import CORPORA
from engine.dialogue.model import Act, Dialogue, Span
from engine.errors import InputError, MissingDataError

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
# Corpus, folder below samples/, split, the file that the split is read from, a key or cell of its records, dialogues, turns.
CASES = [
    ("frames", "frames", "all", "frames.json", '"author"', 2, 6),
    ("metalwoz", "metalwoz", "train", "dialogues/BUS_SCHEDULE_BOT.txt", '"turns"', 4, 16),
    ("metalwoz", "metalwoz", "heldout", "heldout/dialogues/TOURISM.txt", '"domain"', 2, 8),
    ("woz2", "woz2", "train", "woz_train_en.json", '"transcript"', 2, 6),
    ("woz2", "woz2", "dev", "woz_validate_en.json", '"belief_state"', 2, 4),
    ("woz2", "woz2", "test", "woz_test_en.json", '"system_transcript"', 2, 4),
    ("camrest676", "camrest676", "all", "CamRest676.json", '"slu"', 5, 14),
    ("msr_e2e", "msr_e2e", "movie", "movie_all.tsv", "\tagent\t", 2, 6),
    ("msr_e2e", "msr_e2e", "restaurant", "restaurant_all.tsv", "\tuser\t", 2, 6),
    ("msr_e2e", "msr_e2e", "taxi", "taxi_all.tsv", "\tuser\t", 2, 5),
    ("msr_e2e", "msr_e2e", "all", "movie_all.tsv", "\tagent\t", 6, 17),
    ("smd", "smd", "train", "kvret_train_public.json", '"utterance"', 2, 4),
    ("smd", "smd", "dev", "kvret_dev_public.json", '"scenario"', 2, 4),
    ("smd", "smd", "test", "kvret_test_public.json", '"slots"', 2, 6),
    ("taskmaster1", "taskmaster1", "all", "self-dialogs.json", '"speaker"', 5, 13),
    ("taskmaster1", "taskmaster1", "train", "self-dialogs.json", '"annotations"', 1, 2),
    ("taskmaster1", "taskmaster1", "dev", "self-dialogs.json", '"instruction_id"', 1, 2),
    ("taskmaster1", "taskmaster1", "test", "self-dialogs.json", '"text"', 1, 2),
    ("taskmaster1", "taskmaster1/stories", "train", "self-dialogs-train.md", "## ", 2, 7),
    ("taskmaster1", "taskmaster1/stories", "test", "woz-dialogs-test.md", "   - ", 2, 4),
]
each_case = pytest.mark.parametrize(("name", "folder", "split", "file", "key", "dialogues", "turns"), CASES)
each_corpus = pytest.mark.parametrize("name", sorted({case[0] for case in CASES}))


def read(name: str, folder: str | Path, split: str) -> list[Dialogue]:
    return list(CORPORA[name].read(SAMPLES / folder, split))


@each_case
def test_samples_read(name: str, folder: str, split: str, file: str, key: str, dialogues: int, turns: int) -> None:
    found = read(name, folder, split)
    assert (len(found), sum(len(dialogue.turns) for dialogue in found)) == (dialogues, turns)
    assert {dialogue.corpus for dialogue in found} == {name}
    assert len({dialogue.id for dialogue in found}) == dialogues


@each_corpus
def test_annotations_are_those_of_the_card(name: str) -> None:
    card = CORPORA[name].card
    turns = [turn for split in card.splits for dialogue in read(name, name, split) for turn in dialogue.turns]
    carried = {kind for kind in ("intent", "acts", "state", "spans") if any(getattr(turn, kind) is not None for turn in turns)}
    assert carried == set(card.annotations)
    assert set(card.pretraining_splits) <= set(card.splits)
    assert all(0 <= span.start < span.end <= len(turn.text) for turn in turns for span in turn.spans or ())


def empty(path: Path, key: str) -> None:
    path.write_bytes(b"")


def wrong_encoding(path: Path, key: str) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2] + b"\xff\xfe" + data[len(data) // 2 :])


def truncated_gzip(path: Path, key: str) -> None:
    packed = gzip.compress(path.read_bytes())
    path.with_name(path.name + ".gz").write_bytes(packed[: len(packed) // 2])
    path.unlink()


def missing_key(path: Path, key: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert key in text
    path.write_text(text.replace(key, key.replace(key.strip('#"\t -') or key, "wrong"), 1), encoding="utf-8")


@pytest.mark.parametrize("damage", [empty, wrong_encoding, truncated_gzip, missing_key])
@each_case
def test_damage_is_one_sentence_that_names_the_file(
    name: str, folder: str, split: str, file: str, key: str, dialogues: int, turns: int, damage: Callable[[Path, str], None], tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(SAMPLES / folder, copy)
    damage(copy / file, key)
    with pytest.raises(InputError) as caught:
        read(name, copy, split)
    assert file in str(caught.value)
    assert "\n" not in str(caught.value)
    if damage is missing_key:
        assert caught.value.where is not None and any(mark in caught.value.where for mark in (" /0", " line "))


@each_corpus
def test_an_unknown_split_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(InputError, match=f"{name} has no split 'night'.*{CORPORA[name].card.splits[0]}"):
        read(name, name, "night")


@each_corpus
def test_an_empty_folder_is_missing_data(name: str, tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="data fetch"):
        read(name, tmp_path, CORPORA[name].card.splits[0])


@pytest.mark.parametrize(("file", "split"), [("movie_all.tsv", "movie")])
def test_a_file_without_rows_or_header_is_refused(file: str, split: str, tmp_path: Path) -> None:
    lines = (SAMPLES / "msr_e2e" / file).read_text(encoding="utf-8-sig").splitlines(keepends=True)
    for text, message in ((lines[0], "no dialogue"), (lines[1], "line 1: the header")):
        (tmp_path / file).write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match=message):
            read("msr_e2e", tmp_path, split)


def test_frames_wizard_is_the_system_and_arguments_are_text() -> None:
    first = read("frames", "frames", "all")[0]
    assert [turn.speaker for turn in first.turns] == ["user", "system", "user", "system"]
    assert first.turns[1].acts == (
        Act(name="offer", slot="wifi", value="true"),
        Act(name="offer", slot="id", value="4"),
        Act(name="request", slot="str_date"),
    )
    assert first.turns[2].acts == (Act(name="request_compare", slot="ref", value="2|3"),)
    assert first.turns[3].acts == (Act(name="inform"),)
    assert first.domains == {"travel"}


def test_metalwoz_bot_speaks_first() -> None:
    first = read("metalwoz", "metalwoz", "heldout")[0]
    assert [turn.speaker for turn in first.turns[:3]] == ["system", "user", "system"]
    assert first.domains == {"tourism"}
    assert first.turns[0].acts is None


def test_woz2_starts_with_the_user_and_keeps_the_state() -> None:
    first, second = read("woz2", "woz2", "train")
    assert [turn.speaker for turn in first.turns] == ["user", "system", "user"]
    assert first.turns[2].state == {"restaurant-food": "greek", "restaurant-price range": "cheap", "restaurant-area": "north"}
    assert first.turns[1].acts == (Act(name="request", domain="restaurant", slot="area"),)
    assert second.turns[1].acts == (Act(name="confirm", domain="restaurant", slot="food", value="nepalese"),)


def test_camrest_splits_follow_the_order_and_requests_are_no_state() -> None:
    found = {split: [d.id for d in read("camrest676", "camrest676", split)] for split in ("train", "dev", "test")}
    assert found == {"train": ["0", "1", "2"], "dev": ["3"], "test": ["4"]}
    asked = read("camrest676", "camrest676", "test")[0]
    assert asked.turns[0].state == {}
    assert read("camrest676", "camrest676", "dev")[0].turns[1].acts == (Act(name="area, centre", domain="restaurant"),)


def test_msr_e2e_acts_quotes_and_repeated_speakers() -> None:
    movie, _ = read("msr_e2e", "msr_e2e", "movie")
    assert movie.turns[0].acts is not None and movie.turns[0].acts[:2] == (
        Act(name="request", slot="theater"),
        Act(name="request", slot="moviename", value="Night Ferry"),
    )
    assert movie.turns[1].acts == (Act(name="inform", slot="starttime", value="6 pm|9 pm"), Act(name="multiple_choice", slot="starttime"))
    assert [turn.speaker for turn in read("msr_e2e", "msr_e2e", "restaurant")[1].turns] == ["user", "user", "system"]
    taxi = read("msr_e2e", "msr_e2e", "taxi")[0]
    assert taxi.turns[0].text == "A cab to the harbour, please"
    assert taxi.turns[1].acts is not None and taxi.turns[1].acts[0].value == "car_type=small||cost=$9|car_type=big||cost=$14"


def test_msr_e2e_all_takes_the_domains_that_are_there(tmp_path: Path) -> None:
    shutil.copy(SAMPLES / "msr_e2e" / "taxi_all.tsv", tmp_path)
    assert {dialogue.split for dialogue in read("msr_e2e", tmp_path, "all")} == {"taxi"}


def test_smd_state_grows_on_the_user_side_and_spans_are_found() -> None:
    first, nothing = read("smd", "smd", "train")
    assert [turn.state for turn in first.turns] == [
        {"navigate-poi_type": "bakery", "navigate-distance": "nearest"},
        None,
        {"navigate-poi_type": "bakery", "navigate-distance": "nearest", "navigate-poi": "rye and sons"},
        None,
    ]
    assert first.turns[0].spans == (Span(start=15, end=22, label="navigate-distance"), Span(start=23, end=29, label="navigate-poi_type"))
    assert first.turns[3].spans == (Span(start=0, end=12, label="navigate-poi"),)
    assert nothing.turns == () and nothing.domains == {"weather"}


def test_taskmaster_split_lists_name_self_dialogues_only() -> None:
    official = {split: [d.id for d in read("taskmaster1", "taskmaster1", split)] for split in ("train", "dev", "test", "all")}
    assert official["train"] + official["dev"] + official["test"] == official["all"][:3]
    pizza = read("taskmaster1", "taskmaster1", "train")[0]
    assert pizza.domains == {"pizza-ordering"}
    assert pizza.turns[0].spans == (
        Span(start=2, end=7, label="pizza_ordering.size.pizza"),
        Span(start=19, end=25, label="pizza_ordering.type.topping"),
    )


def test_taskmaster_stories_keep_placeholders_and_empty_utterances() -> None:
    movie, silent = read("taskmaster1", "taskmaster1/stories", "train")
    assert movie.turns[0].text == "Id like _num.tickets_ tickets for _name.movie_"
    assert [(turn.speaker, turn.text) for turn in silent.turns[1:3]] == [("system", "what can i do?"), ("user", "")]
    assert {dialogue.split for dialogue in read("taskmaster1", "taskmaster1/stories", "all")} == {"train", "test"}
    with pytest.raises(MissingDataError, match="no dev split"):
        read("taskmaster1", "taskmaster1/stories", "dev")
