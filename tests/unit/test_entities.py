"""Entity extractors: the registry, the label table, training sentences, scores, and a spaCy model trained here and the shipped one."""

from __future__ import annotations

import pickle
import random
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import spacy

from engine.dialogue.model import Span
from engine.entities import EXTRACTORS, default_extractor, spacy_ner
from engine.entities.base import ExtractorCard
from engine.entities.card import write_card
from engine.entities.scoring import score
from engine.entities.spacy_ner import SpacyExtractor, open_shipped, open_spacy
from engine.entities.spans import HELD_OUT, LABELS, TRAINING, Sentence, label_of, lowered, to_bioes, to_doc
from engine.entities.training import fit_spacy
from engine.errors import CheckpointError, MissingDataError, UnknownNameError
from engine.paths import checkpoints_root

TOWNS = ["Leeds", "York", "Bath", "Derby", "Ely", "Hull", "Truro", "Wells"]
DAYS = ["monday", "tuesday", "friday", "sunday"]


def toy_sentence(rng: random.Random) -> Sentence:
    """``Take me to TOWN on DAY.``"""
    town, day = rng.choice(TOWNS), rng.choice(DAYS)
    start = len(f"Take me to {town} on ")
    return Sentence(f"Take me to {town} on {day}.", (Span(start=11, end=11 + len(town), label="LOCATION"),
                                                     Span(start=start, end=start + len(day), label="DATE")))


def toy_sentences(count: int, seed: int = 1) -> list[Sentence]:
    """``count`` of them."""
    rng = random.Random(seed)
    return [toy_sentence(rng) for _ in range(count)]


class Answers:
    """An extractor that says what it was told to say."""

    card = ExtractorCard(name="answers", title="answers", backend="none", licence="none", training=(), install="none")

    def __init__(self, *answers: tuple[Span, ...]) -> None:
        self.answers = list(answers)

    def entities(self, texts: Sequence[str]) -> list[tuple[Span, ...]]:
        """The given answers, whatever the texts."""
        return self.answers[:len(texts)]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder trained on toy sentences."""
    sample = toy_sentences(200)
    folder = fit_spacy(sample, tmp_path_factory.mktemp("ner"), epochs=8, seed=3)
    write_card(folder, sample, epochs=8, seed=3, seconds=1.0)
    return folder


def test_listing_imports_no_backend() -> None:
    code = "import sys, engine.entities as e; list(e.EXTRACTORS); print([m for m in ('spacy', 'stanza', 'torch') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", list(EXTRACTORS))
def test_every_name_opens_something(name: str) -> None:
    assert callable(EXTRACTORS[name])
    assert EXTRACTORS.note(name).endswith((".", ")."))


def test_wrong_name_gets_a_hint() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'stanza'"):
        EXTRACTORS["stanzza"]


def test_default_is_the_first_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent() -> None:
        raise MissingDataError("not here")

    monkeypatch.setattr("engine.entities.stanza_ner.open_stanza", absent)
    monkeypatch.setattr("engine.entities.spacy_ner.open_spacy", absent)
    monkeypatch.setattr("engine.entities.spacy_ner.open_shipped", lambda: "shipped")
    assert default_extractor() == "shipped"
    monkeypatch.setattr("engine.entities.spacy_ner.open_spacy", lambda: "spacy")
    assert default_extractor() == "spacy"
    monkeypatch.setattr("engine.entities.stanza_ner.open_stanza", lambda: "stanza")
    assert default_extractor() == "stanza"


def test_each_slot_has_one_label() -> None:
    slots = [slot for names in LABELS.values() for slot in names.split()]
    assert len(slots) == len(set(slots))


@pytest.mark.parametrize(("slot", "label"), [
    ("hotel-name", "VENUE"), ("restaurant_name", "VENUE"), ("Arrive", "TIME"), ("train-arriveBy", "TIME"), ("weather-date", "DATE"),
    ("price range", "PRICE"), ("never_seen", "OTHER"), ("navigate-traffic_info", None),
])
def test_label_of(slot: str, label: str | None) -> None:
    assert label_of(slot) == label


def test_no_test_split_is_trained_on_or_scored() -> None:
    assert {split for _, split in TRAINING} == {"train"}
    assert {split for _, split in HELD_OUT} == {"dev"}
    assert sum(TRAINING.values()) == pytest.approx(1.0)


def test_lower_case_keeps_offsets() -> None:
    span = (Span(start=3, end=8, label="LOCATION"),)
    assert lowered(Sentence("In Leeds", span)) == Sentence("in leeds", span)
    longer_in_lower_case = Sentence("In İzmir", span)
    assert lowered(longer_in_lower_case) == longer_in_lower_case


def test_bioes_tags() -> None:
    text = "New York City or Leeds , 7 pm"
    spans = (Span(start=0, end=13, label="LOCATION"), Span(start=17, end=22, label="LOCATION"), Span(start=25, end=29, label="TIME"))
    tags = {token["text"]: token["ner"] for token in to_bioes(Sentence(text, spans))}
    assert tags == {"New": "B-LOCATION", "York": "I-LOCATION", "City": "E-LOCATION", "or": "O", "Leeds": "S-LOCATION", ",": "O",
                    "7": "B-TIME", "pm": "E-TIME"}


def test_spans_shrink_to_whole_tokens() -> None:
    spans = (Span(start=3, end=10, label="LOCATION"), Span(start=9, end=11, label="DATE"))
    doc = to_doc(spacy.blank("en"), Sentence("to Leeds now", spans))
    assert [(entity.text, entity.label_) for entity in doc.ents] == [("Leeds", "LOCATION")]


def test_score_counts_spans_labels_and_numbers() -> None:
    gold = toy_sentences(3)
    right = [sentence.spans for sentence in gold]
    assert score(Answers(*right), gold) == {"f1": 100, "f1_unlabelled": 100, "count": 100, "sentences": 3, "entities": 6,
                                           "f1:LOCATION": 100, "f1:DATE": 100}
    relabelled = tuple(Span(start=span.start, end=span.end, label="DATE") for span in right[0])
    found = score(Answers(relabelled, (), right[2][:1]), gold)
    assert found["f1"] == pytest.approx(100 * 2 * 2 / (6 + 3))
    assert found["f1_unlabelled"] == pytest.approx(100 * 2 * 3 / (6 + 3))
    assert found["count"] == pytest.approx(100 / 3)
    assert found["f1:LOCATION"] == pytest.approx(100 * 2 * 1 / (3 + 1))


def test_trained_model_finds_what_it_was_taught(trained: Path) -> None:
    gold = toy_sentences(50, seed=9)
    assert score(open_shipped(trained), gold)["f1"] > 95


def test_training_is_a_function_of_the_seed(tmp_path: Path) -> None:
    weights = [(fit_spacy(toy_sentences(64), tmp_path / name, epochs=1, seed=seed) / "ner" / "model").read_bytes()
               for name, seed in (("a", 5), ("b", 5), ("c", 6))]
    assert weights[0] == weights[1] != weights[2]


def test_any_texts_in_one_span_tuple_each_out(trained: Path) -> None:
    texts = ["", "   ", "Take me to York on friday.", "hm", "\n"]
    found = open_shipped(trained).entities(texts)
    assert len(found) == len(texts) and found[0] == found[1] == found[4] == ()
    assert [texts[2][span.start:span.end] for span in found[2]] == ["York", "friday"]
    assert open_shipped(trained).entities([]) == []


def test_many_threads_get_the_same_answers(trained: Path) -> None:
    extractor = open_shipped(trained)
    batches = [[sentence.text for sentence in toy_sentences(20, seed)] for seed in range(12)]
    alone = [extractor.entities(batch) for batch in batches]
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(extractor.entities, batches)) == alone


def test_no_model_and_damaged_model(trained: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="python -m engine entities train"):
        open_shipped(tmp_path)
    for file in ("ner/model", "card.json", "config.cfg", "ner/moves"):
        original = (trained / file).read_bytes()
        try:
            (trained / file).write_bytes(original[:len(original) // 2])
            with pytest.raises(CheckpointError, match="cannot be read"):
                open_shipped(trained)
        finally:
            (trained / file).write_bytes(original)


def test_absent_spacy_model_names_the_command() -> None:
    with pytest.raises(MissingDataError, match="python -m spacy download en_core_web_never"):
        open_spacy("en_core_web_never")


def test_installed_spacy_model_is_described(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nlp = spacy.load(trained)
    monkeypatch.setattr(spacy_ner.spacy.util, "is_package", lambda name: name == "en_core_web_sm")
    monkeypatch.setattr(spacy_ner.spacy, "load", lambda name, exclude: nlp)
    extractor = open_spacy()
    assert isinstance(extractor, SpacyExtractor) and extractor.card.title.startswith("en_core_web_sm")
    assert len(extractor.entities(["Take me to Hull on sunday."])[0]) == 2


def test_shipped_model_is_small_and_without_pickle(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("something was unpickled")

    for name in ("load", "loads", "Unpickler"):
        monkeypatch.setattr(pickle, name, refuse)
    folder = checkpoints_root() / "entities" / "spacy_ner"
    assert sum(path.stat().st_size for path in folder.rglob("*")) < 3_000_000
    assert open_shipped().card.name == "shipped"


def test_shipped_card_has_scores_with_their_counts() -> None:
    card = open_shipped().card
    assert {f"{corpus}/{split}" for corpus, split in HELD_OUT} <= set(card.scores)
    assert all(row["sentences"] > 0 and row["entities"] > 0 for row in card.scores.values())
    assert card.scores["sgd/dev"]["f1"] > 60


@pytest.mark.parametrize("change", [str, str.lower])
def test_shipped_model_in_a_sentence(change: type[str]) -> None:
    text = change("I need a table for two at 7 pm on March 3rd in San Francisco, please.")
    found = {text[span.start:span.end].lower(): span.label for span in open_shipped().entities([text])[0]}
    assert found["7 pm"] == "TIME" and found["march 3rd"] == "DATE" and found["san francisco"] == "LOCATION"
