"""Training sentences from the published corpora, and the shipped extractor on dialogues that it did not train on."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.entities.spacy_ner import open_shipped
from engine.entities.spans import LABELS, OTHER, training_sentences
from engine.entities.training import evaluate
from engine.errors import MissingDataError


def test_training_sentences_are_a_function_of_the_seed(shared_data: Path) -> None:
    sample = training_sentences(shared_data, turns=400, seed=1)
    assert sample == training_sentences(shared_data, turns=400, seed=1)
    assert len(sample) == 400
    assert {span.label for sentence in sample for span in sentence.spans} <= {*LABELS, OTHER}
    assert all(sentence.text[span.start:span.end].strip() for sentence in sample for span in sentence.spans)
    assert 0.4 < sum(sentence.text == sentence.text.lower() for sentence in sample) / len(sample) < 0.75


@pytest.mark.parametrize(("corpus", "f1", "count"), [("sgd", 60, 85), ("smd", 40, 60), ("gsim", 40, 50), ("multiwoz21", 20, 50)])
def test_shipped_extractor_on_held_out_dialogues(shared_data: Path, corpus: str, f1: float, count: float) -> None:
    for row in evaluate(open_shipped(), shared_data, turns=500, splits=[(corpus, "dev")]).values():
        assert row["f1"] > f1 and row["count"] > count, row


def test_absent_corpus_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="data fetch sgd"):
        training_sentences(tmp_path, turns=10, seed=1)
