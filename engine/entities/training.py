"""Training small entity extractors on slot spans: spaCy's (the shipped one) and stanza's; and scoring them where they did not train."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import spacy
from spacy.language import Language
from spacy.training import Example
from thinc.api import fix_random_seed

from engine.entities.base import Extractor
from engine.entities.card import write_card
from engine.entities.scoring import score
from engine.entities.spacy_ner import open_shipped
from engine.entities.spans import HELD_OUT, Sentence, held_out_sentences, lowered, sentences, to_bioes, to_doc, training_sentences

Progress = Callable[[float, str], None]
"""Called with the share done (0..1) and one sentence."""

NER: dict[str, Any] = {
    "model": {
        "@architectures": "spacy.TransitionBasedParser.v2", "state_type": "ner", "extra_state_tokens": False,
        "hidden_width": 64, "maxout_pieces": 2, "use_upper": True,
        "tok2vec": {"@architectures": "spacy.HashEmbedCNN.v2", "pretrained_vectors": None, "width": 64, "depth": 4,
                    "embed_size": 2000, "window_size": 1, "maxout_pieces": 3, "subword_features": True},
    },
}
"""About half a million weights (2.3 MB); hashed embeddings, so nothing grows with the vocabulary."""
BATCH = 64
DROPOUT = 0.1
STANZA = ("--no_pretrain", "--word_emb_dim", "50", "--char_emb_dim", "24", "--char_hidden_dim", "48", "--hidden_dim", "96",
          "--optim", "adam", "--lr", "0.003", "--min_lr", "0.0001", "--shorthand", "en_dialogue", "--log_step", "100000")
"""Arguments for stanza's own trainer: no word vectors, no character language model, nothing downloaded."""


def train_spacy(data_root: Path, out: Path, *, turns: int = 40_000, epochs: int = 2, seed: int = 7,
                progress: Progress | None = None) -> Path:
    """Train on a sample of `engine.entities.spans.TRAINING`; write the pipeline, its scores and its card to the folder ``out``.

    Raises:
        MissingDataError: A corpus is not below ``data_root``.
    """
    gold = held_out_sentences(data_root, turns=5_000, seed=seed)
    sample = training_sentences(data_root, turns=turns, seed=seed)
    start = time.perf_counter()
    fit_spacy(sample, out, epochs=epochs, seed=seed, progress=progress)
    seconds = time.perf_counter() - start
    write_card(out, sample, epochs=epochs, seed=seed, seconds=seconds)
    extractor = open_shipped(out)  # what is scored is what was saved
    start = time.perf_counter()
    scores = {name: score(extractor, part) for name, part in gold.items()}
    speed = sum(map(len, gold.values())) / (time.perf_counter() - start)
    write_card(out, sample, epochs=epochs, seed=seed, seconds=seconds, scores=scores, speed=speed)
    return out


def fit_spacy(sample: Sequence[Sentence], out: Path, *, epochs: int, seed: int, progress: Progress | None = None) -> Path:
    """Train on these sentences; only weights and settings are written (msgpack and JSON: no pickle, no vocabulary)."""
    fix_random_seed(seed)  # spaCy draws its first weights and its dropout from the global generators
    nlp = spacy.blank("en")
    nlp.add_pipe("ner", config=NER)
    examples = [Example(nlp.make_doc(sentence.text), to_doc(nlp, sentence)) for sentence in sample]
    optimizer = nlp.initialize(lambda: examples)
    rng = random.Random(seed)
    for epoch in range(epochs):
        rng.shuffle(examples)
        _epoch(nlp, examples, optimizer, f"epoch {epoch + 1} of {epochs}", epoch / epochs, 1 / epochs, progress)
    with nlp.use_params(optimizer.averages):
        nlp.to_disk(out, exclude=["vocab"])
    return out


def train_stanza(data_root: Path, out: Path, *, turns: int = 40_000, steps: int = 3_000, seed: int = 7) -> Path:
    """Train stanza's tagger on the same sample and write it to the file ``out`` (errors as `train_spacy`)."""
    held_out = [lowered(sentence) for sentence in sentences(data_root, *HELD_OUT[0], turns=1_000, rng=random.Random(seed))]
    return fit_stanza(training_sentences(data_root, turns=turns, seed=seed), held_out, out, steps=steps, seed=seed)


def fit_stanza(sample: Sequence[Sentence], held_out: Sequence[Sentence], out: Path, *, steps: int, seed: int) -> Path:
    """Train on these sentences; the weights that do best on ``held_out`` are kept (ten looks)."""
    from stanza.models import ner_tagger  # here: it brings torch

    with TemporaryDirectory() as folder:
        train, dev = (_write(Path(folder) / name, part) for name, part in (("train.json", sample), ("dev.json", held_out)))
        ner_tagger.main([*STANZA, "--train_file", str(train), "--eval_file", str(dev),
                         "--save_dir", str(out.parent), "--save_name", out.name,
                         "--max_steps", str(steps), "--eval_interval", str(max(1, steps // 10)), "--seed", str(seed)])
    return out


def evaluate(extractor: Extractor, data_root: Path, *, turns: int = 5_000, seed: int = 7,
             splits: Iterable[tuple[str, str]] = HELD_OUT) -> dict[str, dict[str, float]]:
    """`score` on at most ``turns`` sentences of each held-out split, as published and in lower case.

    Raises:
        MissingDataError: A corpus is not below ``data_root``.
    """
    return {name: score(extractor, part) for name, part in held_out_sentences(data_root, turns=turns, seed=seed, splits=splits).items()}


def _epoch(nlp: Language, examples: list[Example], optimizer: Any, name: str, done: float, share: float, progress: Progress | None) -> None:
    losses: dict[str, float] = {}
    for number, start in enumerate(range(0, len(examples), BATCH)):
        batch = examples[start:start + BATCH]
        nlp.update(batch, sgd=optimizer, drop=DROPOUT, losses=losses)
        if progress and number % 50 == 0:
            seen = start + len(batch)
            loss = losses["ner"] / seen
            progress(done + share * seen / len(examples), f"{name}: {seen:,} of {len(examples):,} sentences, loss {loss:.3f}")


def _write(path: Path, part: Sequence[Sentence]) -> Path:
    path.write_text(json.dumps([tokens for sentence in part if (tokens := to_bioes(sentence))]), encoding="utf-8")
    return path
