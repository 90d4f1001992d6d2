"""Sets that a corpus of the engine already reads: their dialogues become samples of DST, SIM and TOD."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from engine.corpora import CORPORA
from engine.corpora.files import locate
from engine.corpora.multiwoz21 import KEYS
from engine.corpora.sgd import SGD as CORPUS_SGD
from engine.zoo.datasets.goals import CHANGES, GOAL_TASKS, GoalDataset, Read, Story, slot_list
from engine.zoo.datasets.schema import described, read_schema

SPLITS = ("train", "dev", "test")
KVRET_SLOTS = {
    "navigate": ("distance", "traffic_info", "poi_type", "address", "poi"),
    "schedule": ("event", "time", "date", "party", "room", "agenda"),
    "weather": ("location", "date", "weather_attribute"),
}


class FromCorpus(GoalDataset):
    """A corpus of the engine under its name in the registry of zoo datasets."""

    def __init__(self, corpus: str, name: str, tasks: tuple[str, ...], read: Read, changes: tuple[str, ...] = ()) -> None:
        of = CORPORA[corpus]
        card = replace(of.card, name=name, folders=tuple(dict.fromkeys((name, *of.card.folders))), splits=SPLITS, annotations=(),
                       changes=(*of.card.changes, *CHANGES, *changes), pretraining_splits=())
        super().__init__(card, of.downloads, tasks, read)


def listed(corpus: str, name: str, slots: Sequence[str]) -> Read:
    """Dialogues that all have the same slots, without published descriptions."""
    known = slot_list(slots, name)
    return lambda folder, split: (Story(dialogue=dialogue, slots=known) for dialogue in CORPORA[corpus].read(folder, split))


def _sgd(folder: Path, split: str) -> Iterator[Story]:
    schema = read_schema(locate(folder, f"{split}/schema.json"))
    for dialogue, services in CORPUS_SGD.read_with_services(folder, split):
        yield Story(dialogue=dialogue, slots=described(schema, services.names, "sgd"), asked=dict(enumerate(services.requested)))


def _kvret(folder: Path, split: str) -> Iterator[Story]:
    known = {intent: slot_list([f"{intent}-{slot}" for slot in slots], "kvret") for intent, slots in KVRET_SLOTS.items()}
    for dialogue in CORPORA["smd"].read(folder, split):
        slots = (known[intent] for intent in dialogue.domains if intent in known)
        yield Story(dialogue=dialogue, slots=next(slots, slot_list((), "kvret")))


MULTIWOZ21 = FromCorpus(
    "multiwoz21", "multiwoz21", GOAL_TASKS, listed("multiwoz21", "multiwoz21", KEYS),
    ("Where a split comes as a table, SIM has no acts and TOD no last reply, unlike the splits with acts.",))
SGD = FromCorpus(
    "sgd", "sgd", GOAL_TASKS, _sgd,
    ("Slots are described by the split's schema.json: of the dialogue's services, those that an intent takes.",
     "A slot keeps its service's number in its name, as a dialogue may have two services of one domain."))
WOZ = FromCorpus("woz2", "woz", GOAL_TASKS, listed("woz2", "woz", ("restaurant-food", "restaurant-price range", "restaurant-area")))
DSTC2 = FromCorpus(
    "dstc2", "dstc2", GOAL_TASKS, listed("dstc2", "dstc2", [f"restaurant-{slot}" for slot in ("food", "pricerange", "area", "name")]))
KVRET = FromCorpus("smd", "kvret", ("dst",), _kvret, ("A dialogue's slots are those of its intent.",))
