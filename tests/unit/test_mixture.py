"""Tokenised caches: made once per fingerprint, whole or not at all, and equal to what the reader gives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.corpora import CORPORA
from engine.corpora.mixture import HELD_OUT, NINE, TRAINING_SPLITS
from engine.corpora.tokenised import Mixture, TokenisedDialogues, tokenised
from engine.dialogue.model import Dialogue
from engine.errors import InputError, MissingDataError
from engine.paths import cache_root
from tests.unit.tiny import FakeTokens, said, toy


class Tokens(FakeTokens):
    """Ids that do not depend on the order of asking."""

    def texts(self, texts):  # type: ignore[no-untyped-def]
        return [[5 + len(word) for word in text.lower().split()] for text in texts]


def made(split: str = "train", tokens: FakeTokens | None = None) -> TokenisedDialogues:
    return tokenised("toy", split, tokens or Tokens(), Path("nowhere"))


def reader(monkeypatch: pytest.MonkeyPatch, *dialogues: Dialogue | Exception) -> None:
    """Let the toy corpus read these, or fail."""
    def read(self: object, folder: Path, split: str) -> Iterator[Dialogue]:
        for dialogue in dialogues:
            if isinstance(dialogue, Exception):
                raise dialogue
            yield dialogue

    monkeypatch.setattr(type(CORPORA["toy"]), "read", read)


def test_rows_equal_the_dialogues_read() -> None:
    rows = made()
    assert len(rows) == len(toy())
    for row, dialogue in zip(rows, toy(), strict=True):
        assert (row.corpus, row.id, row.split) == ("toy", dialogue.id, "train")
        assert [(turn.speaker, turn.text) for turn in row.turns] == [(turn.speaker, turn.text) for turn in dialogue.turns]
        assert [list(turn.tokens or ()) for turn in row.turns] == Tokens().texts([turn.text for turn in dialogue.turns])


def test_the_second_start_reads_the_file_only(monkeypatch: pytest.MonkeyPatch) -> None:
    first = list(made())
    reader(monkeypatch, AssertionError("read again"))
    assert list(made()) == first


def test_another_vocabulary_another_file(monkeypatch: pytest.MonkeyPatch) -> None:
    said_so: list[str] = []
    for name in ("fake", "other", "fake"):
        tokens = Tokens()
        tokens.fingerprint = name
        tokenised("toy", "train", tokens, Path("nowhere"), progress=said_so.append)
    assert said_so == ["tokenising toy train"] * 2 and len(list((cache_root() / "tokenised").iterdir())) == 2


def test_each_split_has_its_file() -> None:
    assert [len(made(split)) for split in ("train", "dev", "test")] == [len(toy(split)) for split in ("train", "dev", "test")]


def test_blank_turns_and_dialogues_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    reader(monkeypatch, said("hello", " ", "bye"), said("", " "), said("again", id="e"))
    assert [(row.id, [(turn.speaker, turn.text) for turn in row.turns]) for row in made()] == [
        ("d", [("user", "hello"), ("user", "bye")]), ("e", [("user", "again")])]


def test_chunks_join_without_a_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.corpora.tokenised.CHUNK", 3)
    assert [row.id for row in made()] == [dialogue.id for dialogue in toy()]


def test_nothing_to_read_is_one_sentence_and_leaves_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    reader(monkeypatch, said("", " "))
    with pytest.raises(InputError, match="no dialogue with an utterance"):
        made()
    assert not list((cache_root() / "tokenised").iterdir())


def test_a_reader_that_fails_leaves_no_file_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    reader(monkeypatch, said("hello"), InputError("damaged", where="line 2"))
    with pytest.raises(InputError, match="damaged"):
        made()
    assert not list((cache_root() / "tokenised").iterdir())


def test_a_damaged_cache_is_one_sentence() -> None:
    made()
    (path,) = (cache_root() / "tokenised").iterdir()
    path.write_bytes(b"not arrow")
    with pytest.raises(InputError, match="damaged"):
        made()


def test_a_corpus_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="data fetch sgd"):
        tokenised("sgd", "train", Tokens(), tmp_path)


def test_mixture_is_its_parts_in_order() -> None:
    mixture = Mixture([made(), made("dev"), made("test")])
    assert len(mixture) == 30 and [d.id for d in mixture] == [d.id for split in ("train", "dev", "test") for d in toy(split)]
    assert len(Mixture([])) == 0 and list(Mixture([])) == []
    with pytest.raises(IndexError):
        mixture[30]


def test_every_part_of_the_mixture_is_a_split_of_a_registered_corpus() -> None:
    for splits in (TRAINING_SPLITS, {HELD_OUT[0]: (HELD_OUT[1],)}):
        for name, parts in splits.items():
            assert set(parts) <= set(CORPORA[name].card.splits), name
    assert tuple(TRAINING_SPLITS) == NINE
