"""Being registered is being tested: one contract test per registry, over everything that it names."""

from __future__ import annotations

import argparse
import dataclasses
import inspect
from collections.abc import Callable
from itertools import islice
from random import Random
from typing import Any

import pytest

from engine.commands import COMMANDS
from engine.corpora import CORPORA
from engine.corpora.mixture import HELD_OUT, NINE, TRAINING_SPLITS
from engine.corpora.toy import TOY
from engine.dialogue.counterfactuals import COUNTERFACTUALS
from engine.dialogue.formats import FORMATS
from engine.dialogue.formats.base import Format, Reading
from engine.dialogue.formats.source import Head, Source
from engine.dialogue.model import Dialogue
from engine.dialogue.samples import samples
from engine.dialogue.upload import read_upload
from engine.entities import EXTRACTORS
from engine.errors import InputError, UnknownNameError
from engine.objectives import OBJECTIVES
from engine.objectives.base import Example, Sources
from engine.paths import REPOSITORY
from engine.probing import PROBES, SCORES
from engine.registry import Registry
from engine.serve import PREDICTORS
from engine.tasks import TASKS
from engine.variants import VARIANTS, variant

SAMPLES = REPOSITORY / "samples"
REGISTRIES: dict[str, Registry[Any]] = {
    "corpora": CORPORA, "objectives": OBJECTIVES, "tasks": TASKS, "formats": FORMATS, "extractors": EXTRACTORS, "predictors": PREDICTORS,
    "commands": COMMANDS, "probes": PROBES, "scores": SCORES, "counterfactuals": COUNTERFACTUALS,
}
"""A sample upload of each format."""


def toy() -> list[Dialogue]:
    return list(TOY.read(SAMPLES / "toy", "train"))


def sources() -> Sources:
    return Sources(pool=toy(), count=lambda texts: [len(text.split()) % 3 for text in texts], entity_classes=3)


@pytest.mark.parametrize("kind", REGISTRIES)
def test_every_line_is_complete(kind: str) -> None:
    registry = REGISTRIES[kind]
    assert len(registry) > 0
    for name in registry:
        assert name == name.lower()
        assert registry.note(name).endswith((".", "?"))
        assert len(registry.note(name).split()) <= 16


@pytest.mark.parametrize("kind", REGISTRIES)
def test_a_wrong_name_gets_a_hint_and_the_list(kind: str) -> None:
    registry = REGISTRIES[kind]
    right = next(iter(registry))
    with pytest.raises(UnknownNameError) as caught:
        registry[f"{right}x"]
    assert f"unknown {registry.kind} '{right}x'" in caught.value.sentence
    assert f"did you mean {right!r}?" in caught.value.sentence
    assert all(name in caught.value.sentence for name in registry)
    assert f"{right}x" not in registry


def test_a_wrong_variant_gets_a_hint_and_the_list() -> None:
    with pytest.raises(UnknownNameError, match=r"did you mean 'joint'\? Known: bert, mlm"):
        variant("jiont")


@pytest.mark.parametrize("name", VARIANTS)
def test_variant(name: str) -> None:
    value = VARIANTS[name]
    assert value.name == name
    assert set(value.objectives) <= set(OBJECTIVES)
    assert [other for other in VARIANTS.values() if other.fingerprint() == value.fingerprint()] == [value]
    assert name in PREDICTORS["fake"]().card.variants[list(VARIANTS).index(name)].name


@pytest.mark.parametrize("name", CORPORA)
def test_corpus(name: str) -> None:
    corpus = CORPORA[name]
    card = corpus.card
    assert card.name == name
    assert all((card.title, card.source, card.licence, card.version, card.citation, card.folders, card.splits))
    assert set(card.pretraining_splits) <= set(card.splits)
    assert set(card.annotations) <= {"intent", "acts", "state", "spans"}
    assert all(change.endswith(".") for change in card.changes)
    assert all(download.url.startswith(("https://", "http://")) and not download.filename.startswith("/") for download in corpus.downloads)
    assert all(len(download.sha256) == 64 for download in corpus.downloads if download.sha256)


@pytest.mark.parametrize("name", CORPORA)
def test_corpus_reads_our_sample(name: str) -> None:
    dialogues = list(CORPORA[name].read(SAMPLES / name, CORPORA[name].card.splits[0]))
    assert dialogues
    assert {dialogue.corpus for dialogue in dialogues} == {name}
    assert len({dialogue.id for dialogue in dialogues}) == len(dialogues)
    assert all(turn.speaker in ("user", "system") for dialogue in dialogues for turn in dialogue.turns)
    assert any(turn.text for turn in dialogues[0].turns)


@pytest.mark.parametrize("name", CORPORA)
def test_corpus_refuses_an_unknown_split(name: str) -> None:
    with pytest.raises(InputError, match="nonsense") as caught:
        list(CORPORA[name].read(SAMPLES / name, "nonsense"))
    assert CORPORA[name].card.splits[0] in caught.value.sentence


def test_no_test_split_enters_further_pretraining() -> None:
    for name, splits in TRAINING_SPLITS.items():
        assert set(splits) <= set(CORPORA[name].card.splits) - {"test"}, name
    assert TRAINING_SPLITS["multiwoz22"] == ("train",)
    assert HELD_OUT[1] not in TRAINING_SPLITS[HELD_OUT[0]]


def test_cards_name_the_splits_that_the_paper_trained_on() -> None:
    assert all(CORPORA[name].card.pretraining_splits for name in NINE)
    assert all(CORPORA[name].card.pretraining_splits == () for name in ("oos", "dstc2", "gsim"))


@pytest.mark.parametrize("name", OBJECTIVES)
def test_objective(name: str) -> None:
    objective, dialogue = OBJECTIVES[name], max(toy(), key=lambda one: len(one.turns))

    def drawn(seed: int) -> list[Example]:
        return list(islice(objective.examples(dialogue, Random(seed), sources()), 5))

    assert objective.name == name
    assert drawn(1)
    assert drawn(1) == drawn(1)
    assert all(example.turns for seed in range(20) for example in drawn(seed))
    assert objective.head(3).kind in ("classifier", "siamese", "rank", "masked_lm")
    if objective.classes:
        assert objective.head(3).size == len(objective.classes)
        assert all(example.target in range(len(objective.classes)) for seed in range(20) for example in drawn(seed))
    assert list(objective.examples(dialogue.with_turns(()), Random(0), sources())) == []


@pytest.mark.parametrize("name", TASKS)
def test_task(name: str) -> None:
    task = TASKS[name]
    card = task.card
    assert card.name == name
    assert all((card.title, card.abilities, card.corpora, card.protocols))
    assert card.headline in card.metrics
    assert set(card.corpora) <= set(CORPORA)
    assert all(note.endswith(".") for note in card.notes)
    with pytest.raises(UnknownNameError, match="unknown protocol 'nonsense'"):
        list(task.examples([], "nonsense"))
    with pytest.raises(InputError):
        task.score([], [], task.labels([]) if name != "state_tracking" else task.labels([], {}))


@pytest.mark.parametrize("name", FORMATS)
def test_format(name: str) -> None:
    form: Format = FORMATS[name]
    assert form.name == name
    assert form.title
    assert all(ending.startswith(".") and ending == ending.lower() for ending in form.endings)
    path = min((SAMPLES / "uploads").glob(f"{name}.*"))
    source = Source.of(path.read_text(encoding="utf-8"))
    assert form.recognise(source.head) == max(FORMATS[other].recognise(source.head) for other in FORMATS) > 0
    assert form.recognise(Head("\x00\x01")) == 0
    assert list(form.parse(source, Reading())) == list(read_upload(path.read_bytes(), path.name).dialogues) != []


@pytest.mark.parametrize("name", COMMANDS)
def test_command(name: str) -> None:
    parser = argparse.ArgumentParser(prog=name)
    COMMANDS[name].add(parser)
    assert name in parser.format_help()
    assert callable(COMMANDS[name].run)
    with pytest.raises(SystemExit):
        parser.parse_args(["--nonsense"])


@pytest.mark.parametrize("name", EXTRACTORS)
def test_extractor_opens_with_a_path_at_most(name: str) -> None:
    parameters = inspect.signature(EXTRACTORS[name]).parameters.values()
    required = [parameter.name for parameter in parameters if parameter.default is parameter.empty]
    assert required == (["path"] if name == "stanza_local" else [])


def test_shipped_extractor() -> None:
    shipped = EXTRACTORS["shipped"]()
    assert shipped.card.name == "shipped"
    assert all((shipped.card.title, shipped.card.backend, shipped.card.licence, shipped.card.training))
    assert shipped.entities([]) == []
    found = shipped.entities(["Book a table for 4 at 7 pm in San Francisco.", ""])
    assert len(found) == 2
    assert found[0]
    assert found[1] == ()


def test_fake_predictor_knows_every_variant_task_and_objective() -> None:
    card = PREDICTORS["fake"]().card
    assert [one.name for one in card.variants] == list(VARIANTS)
    assert card.tasks == tuple(TASKS)
    assert card.objectives == tuple(OBJECTIVES)
    assert samples()


@pytest.mark.parametrize("kind", ["corpora", "tasks", "formats"])
def test_cards_are_values(kind: str) -> None:
    """A card that could be changed would change for everybody."""
    get: Callable[[Any], Any] = (lambda entry: entry) if kind == "formats" else (lambda entry: entry.card)
    for name in REGISTRIES[kind]:
        with pytest.raises(dataclasses.FrozenInstanceError):
            get(REGISTRIES[kind][name]).name = "other"
