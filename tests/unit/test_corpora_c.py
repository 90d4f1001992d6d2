"""Readers of DSTC2 and GSIM on our own samples, packed, unpacked and broken."""

from __future__ import annotations

import gzip
import json
import shutil
import tarfile
from pathlib import Path

import pytest

from engine.corpora.dstc2 import DSTC2
from engine.corpora.gsim import GSIM
from engine.dialogue.model import Act, Dialogue
from engine.errors import InputError, MissingDataError
from engine.paths import REPOSITORY

SAMPLES = REPOSITORY / "samples"
DSTC2_SAMPLE, GSIM_SAMPLE = SAMPLES / "dstc2", SAMPLES / "gsim"


def pack(source: Path, target: Path, names: list[str]) -> None:
    """A .tar.gz of ``names`` below ``source``, in that order."""
    with tarfile.open(target, "w:gz") as tar:
        for name in names:
            tar.add(source / name, name)


def raw_names() -> list[str]:
    return sorted(path.relative_to(DSTC2_SAMPLE).as_posix() for path in DSTC2_SAMPLE.glob("Mar13*/*/*.json"))


def shape(dialogue: Dialogue) -> list[tuple[str, str]]:
    return [(turn.speaker, turn.text) for turn in dialogue.turns]


def test_dstc2_acts_and_goals() -> None:
    first, second = DSTC2.read(DSTC2_SAMPLE, "train")
    assert first.id == "voip-sample0001-20300102_100000"
    assert first.domains == {"restaurant"}
    assert first.turns[0].acts == (Act(name="welcomemsg"),)
    assert first.turns[2].acts == (Act(name="request", domain="restaurant", slot="pricerange"),)
    assert first.turns[3].acts == (Act(name="inform", domain="restaurant", slot="this", value="dontcare"),)
    assert first.turns[3].state == {"restaurant-food": "asian oriental", "restaurant-area": "north", "restaurant-pricerange": "dontcare"}
    assert [(act.name, act.slot, act.value) for act in second.turns[2].acts or ()] == [
        ("canthelp", "food", "finnish"), ("canthelp", "pricerange", "cheap"),
    ]


def test_dstc2_empty_annotation_is_not_absent_annotation() -> None:
    (dev,) = DSTC2.read(DSTC2_SAMPLE, "dev")
    assert dev.turns[1].acts == () and dev.turns[1].state == {}
    (test,) = DSTC2.read(DSTC2_SAMPLE, "test")
    assert test.turns[1].acts is None and test.turns[1].state == {"restaurant-food": "lebanese", "restaurant-area": "west"}


@pytest.mark.parametrize("split", ["train", "dev"])
def test_dstc2_derived_says_the_same_without_acts(split: str) -> None:
    for raw, derived in zip(DSTC2.read(DSTC2_SAMPLE, split), DSTC2.read(DSTC2_SAMPLE, f"derived:{split}"), strict=True):
        assert shape(raw) == shape(derived)
        assert [turn.state for turn in raw.turns] == [turn.state for turn in derived.turns]
        assert all(turn.acts is None for turn in derived.turns)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("split", ["train", "dev"])
def test_dstc2_archive_reads_like_the_tree(tmp_path: Path, split: str, reverse: bool) -> None:
    names = ["dstc2_train.flist", *raw_names()]
    pack(DSTC2_SAMPLE, tmp_path / "dstc2_traindev_raw.tar.gz", names[::-1] if reverse else names)
    packed = sorted(DSTC2.read(tmp_path, split), key=lambda dialogue: dialogue.id)
    assert packed == list(DSTC2.read(DSTC2_SAMPLE, split))


def test_dstc2_reads_raw_test_calls_with_acts_where_present(tmp_path: Path) -> None:
    call = "data/Mar13_S2A0/voip-sample0001-20300102_100000"
    shutil.copytree(DSTC2_SAMPLE / "Mar13_S0A0/voip-sample0001-20300102_100000", tmp_path / call)
    (test,) = DSTC2.read(tmp_path, "test")
    assert test.turns[0].acts == (Act(name="welcomemsg"),)


def test_dstc2_cut_archive_is_one_sentence(tmp_path: Path) -> None:
    archive = tmp_path / "dstc2_traindev_raw.tar.gz"
    pack(DSTC2_SAMPLE, archive, ["dstc2_train.flist", *raw_names()])
    archive.write_bytes(archive.read_bytes()[:-200])
    with pytest.raises(InputError, match="damaged"):
        list(DSTC2.read(tmp_path, "dev"))


def test_dstc2_half_a_call_is_refused(tmp_path: Path) -> None:
    shutil.copytree(DSTC2_SAMPLE, tmp_path / "dstc2")
    (tmp_path / "dstc2/Mar13_S1A0/voip-sample0003-20300102_102000/label.json").unlink()
    with pytest.raises(InputError, match=r"has only log\.json"):
        list(DSTC2.read(tmp_path / "dstc2", "dev"))


def test_dstc2_halves_of_different_length_are_refused(tmp_path: Path) -> None:
    shutil.copytree(DSTC2_SAMPLE, tmp_path / "dstc2")
    path = tmp_path / "dstc2/Mar13_S1A0/voip-sample0003-20300102_102000/label.json"
    label = json.loads(path.read_text())
    path.write_text(json.dumps(label | {"turns": label["turns"][:1]}))
    with pytest.raises(InputError, match="another shape"):
        list(DSTC2.read(tmp_path / "dstc2", "dev"))


def test_dstc2_without_train_list_is_missing_data(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match=r"dstc2_train\.flist"):
        list(DSTC2.read(tmp_path, "train"))


def test_gsim_official_turns() -> None:
    first = next(GSIM.read(GSIM_SAMPLE, "train"))
    user, system = first.turns[0], first.turns[1]
    assert (user.speaker, user.intent, system.speaker, system.intent) == ("user", "BUY_MOVIE_TICKETS", "system", None)
    assert user.acts == (Act(name="greeting"), Act(name="inform"))
    assert system.acts == (Act(name="request", domain="movie", slot="date"), Act(name="request", domain="movie", slot="theatre_name"))
    assert user.state == {"movie-movie": "the glass harbour", "movie-num_tickets": "2"} and system.state is None
    values = {span.label: user.text[span.start:span.end] for span in user.spans or ()}
    assert values == {"num_tickets": "2", "movie": "the glass harbour"}


@pytest.mark.parametrize("split", ["sim-M:train", "sim-M:dev", "sim-M:test", "sim-R:dev"])
def test_gsim_derived_agrees_with_official(tmp_path: Path, split: str) -> None:
    shutil.copytree(GSIM_SAMPLE / "toddapt_m2m", tmp_path / "toddapt_m2m")
    for official, derived in zip(GSIM.read(GSIM_SAMPLE, split), GSIM.read(tmp_path, split), strict=True):
        assert (official.id, shape(official)) == (derived.id, shape(derived))
        for one, other in zip(official.turns, derived.turns, strict=True):
            assert one.state == other.state
            assert set(one.spans or ()) == set(other.spans or ())
            assert {act.name for act in one.acts or ()} == {act.name for act in other.acts or ()}


def test_gsim_split_is_both_parts_and_takes_official_first() -> None:
    assert [d.id for d in GSIM.read(GSIM_SAMPLE, "train")] == ["movies_sample1", "movies_sample2", "restaurant_sample1"]
    dev = list(GSIM.read(GSIM_SAMPLE, "sim-R:dev"))
    assert dev[0].turns[0].intent == "RESERVE_RESTAURANT"  # only the official form has intents
    assert next(GSIM.read(GSIM_SAMPLE, "sim-R:train")).turns[0].intent is None


def test_gsim_gzip_and_bare_layout(tmp_path: Path) -> None:
    (tmp_path / "sim-M").mkdir()
    (tmp_path / "sim-M/dev.json.gz").write_bytes(gzip.compress((GSIM_SAMPLE / "official/sim-M/dev.json").read_bytes()))
    assert list(GSIM.read(tmp_path, "sim-M:dev")) == list(GSIM.read(GSIM_SAMPLE, "sim-M:dev"))


def test_gsim_tokens_that_do_not_join_are_refused(tmp_path: Path) -> None:
    (tmp_path / "sim-M").mkdir()
    data = json.loads((GSIM_SAMPLE / "official/sim-M/dev.json").read_text())
    data[0]["turns"][1]["user_utterance"]["tokens"][0] = "x"
    (tmp_path / "sim-M/dev.json").write_text(json.dumps(data))
    with pytest.raises(InputError, match=r"/0: .*do not join"):
        list(GSIM.read(tmp_path, "sim-M:dev"))


def test_gsim_without_files_is_missing_data(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match=r"sim-M/train\.json"):
        list(GSIM.read(tmp_path, "train"))


@pytest.mark.parametrize("corpus", [DSTC2, GSIM], ids=lambda corpus: corpus.card.name)
def test_never_in_pretraining_and_unknown_split(corpus: object) -> None:
    assert corpus.card.pretraining_splits == ()  # type: ignore[attr-defined]
    with pytest.raises(InputError, match="no split 'all'"):
        list(corpus.read(SAMPLES, "all"))  # type: ignore[attr-defined]
