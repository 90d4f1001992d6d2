"""The four tasks as questions: what is read, what is right, which labels there are."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from engine.corpora import CORPORA
from engine.corpora.locate import corpus_folder
from engine.dialogue.model import Act, Dialogue, Turn
from engine.errors import UnknownNameError
from engine.paths import REPOSITORY
from engine.tasks import TASKS
from engine.tasks.acts import UNIVERSAL, columns
from engine.tasks.base import Labels, load
from engine.tasks.dialogue_act import DIALOGUE_ACT, in_share
from engine.tasks.metrics import batches
from engine.tasks.response_selection import RESPONSE_SELECTION
from engine.tasks.state_tracking import STATE_TRACKING, class_id

UNIVERSAL_ACTS = {
    "ack", "affirm", "bye", "deny", "inform", "repeat", "reqalts", "request", "restart", "thank_you", "user-confirm", "sys-impl-confirm",
    "sys-expl-confirm", "sys-hi", "user-hi", "sys-negate", "user-negate", "sys-notify-failure", "sys-notify-success", "sys-offer",
}


def acts(*names: str) -> tuple[Act, ...]:
    return tuple(Act(name=name) for name in names)


TURNS = (
    Turn(speaker="system", text="Hello, how may I help?", acts=acts("general-greet")),
    Turn(speaker="user", text="A cheap room, please.", intent="find_hotel", state={"hotel-price range": "Cheap", "hotel-area": ""}),
    Turn(speaker="system", text="Which area?", acts=acts("Hotel-Request", "Hotel-Inform", "Booking-Inform")),
    Turn(speaker="user", text="Any.", intent="find_hotel", state={"hotel-pricerange": "cheap", "hotel-area": "do n't care"}),
    Turn(speaker="system", text=" ", acts=()),
    Turn(speaker="user", text="Thanks.", state={"hotel-pricerange": "cheap", "hotel-area": "centre|west"}),
    Turn(speaker="system", text="Bye."),
)
DIALOGUE = Dialogue(corpus="multiwoz21", id="D1", split="train", turns=TURNS)


def ask(task: str, protocol: str) -> dict[str, Any]:
    return {example.id: example for example in TASKS[task].examples([DIALOGUE], protocol)}


@pytest.mark.parametrize("name", list(TASKS))
def test_every_task_keeps_the_contract(name: str) -> None:
    task = TASKS[name]
    card = task.card
    assert card.name == name and card.headline in card.metrics and card.higher_is_better
    assert card.corpora and card.protocols and card.title and card.abilities
    for protocol in card.protocols:
        examples = list(task.examples([DIALOGUE], protocol))
        assert examples and all(example.turns and example.corpus == "multiwoz21" for example in examples)
        assert all(example.target == task.gold(DIALOGUE, int(example.id.partition("#")[2])) for example in examples)
        labels = task.labels(examples)
        assert Labels.from_json(json.loads(json.dumps(labels.to_json()))) == labels


@pytest.mark.parametrize("name", list(TASKS))
def test_an_unknown_protocol_is_refused_with_a_hint(name: str) -> None:
    with pytest.raises(UnknownNameError, match="Known: "):
        list(TASKS[name].examples([DIALOGUE], "relaesed"))


@pytest.mark.parametrize("name", ["intent", "dialogue_act", "state_tracking"])
def test_the_right_answers_score_one(name: str) -> None:
    task = TASKS[name]
    examples = list(task.examples([DIALOGUE], task.card.protocols[0]))
    right = [example.target for example in examples]
    guess = [{slot: value.split("|")[0] for slot, value in gold.items()} for gold in right] if name == "state_tracking" else right
    scores = task.score(right, guess, task.labels(examples))
    assert scores[task.card.headline] == 1.0 and set(scores) <= set(task.card.metrics)


def test_intent_reads_the_utterance_alone() -> None:
    found = ask("intent", "default")
    assert list(found) == ["D1#1", "D1#3"]
    assert found["D1#3"].turns == (TURNS[3],) and found["D1#3"].target == "find_hotel"


def test_dialogue_act_paper_reads_only_what_precedes() -> None:
    found = ask("dialogue_act", "paper")
    assert list(found) == ["D1#2", "D1#4"]  # 0 has no history, 6 no annotation; 4 is annotated as empty
    assert found["D1#2"].turns == TURNS[:2] and found["D1#2"].target == ("inform", "request")
    assert found["D1#4"].target == ()


def test_dialogue_act_released_reads_the_turn_and_the_reply() -> None:
    found = ask("dialogue_act", "released")
    assert list(found) == ["D1#0", "D1#2"]  # 4 has no text
    assert found["D1#2"].turns == TURNS[:4]


@pytest.mark.parametrize(("corpus", "count"), [("multiwoz21", 13), ("dstc2", 19), ("gsim", 13)])
def test_declared_columns_have_the_published_number(corpus: str, count: int) -> None:
    assert len(columns([corpus])) == count


def test_mapped_acts_are_universal_but_for_the_declared_exception() -> None:
    mapped = {name for corpus in UNIVERSAL.values() for table in corpus.values() for name in table.values() if name}
    assert mapped - UNIVERSAL_ACTS == {"reqmore"}
    assert mapped >= UNIVERSAL_ACTS


@pytest.mark.parametrize(("corpus", "cap"), [("dstc2", 9), ("gsim", 6)])
def test_system_labels_cap_macro_f1_as_published(corpus: str, cap: int) -> None:
    assert len(set(UNIVERSAL[corpus]["system"].values())) == cap


@pytest.mark.parametrize(("corpus", "split", "source"), [
    ("multiwoz21", "train", "convlab2:dev"), ("multiwoz21", "dev", "convlab2:dev"), ("multiwoz21", "test", "convlab2:test"),
    ("dstc2", "train", "train"), ("dstc2", "dev", "dev"), ("dstc2", "test", "dev"), ("dstc2", "published_test", "test"),
    ("gsim", "test", "test"),
])
def test_dialogue_act_sources(corpus: str, split: str, source: str) -> None:
    assert DIALOGUE_ACT.sources(corpus, split, "paper") == source


def test_dstc2_dev_and_test_share_the_published_dev_without_overlap() -> None:
    turns = (Turn(speaker="user", text="hi"), Turn(speaker="system", text="hello", acts=acts("welcomemsg")))
    dialogues = [Dialogue(corpus="dstc2", id=f"voip-{number}", split="dev", turns=turns) for number in range(40)]

    def read(folder: Path, split: str) -> Iterator[Dialogue]:
        assert split == "dev"
        return iter(dialogues)

    corpus: Any = SimpleNamespace(card=SimpleNamespace(name="dstc2"), read=read)
    dev, test = ({example.id for example in load(DIALOGUE_ACT, corpus, Path(), split)} for split in ("dev", "test"))
    assert not dev & test and len(dev | test) == 40 and min(len(dev), len(test)) > 10
    assert in_share("voip-1", 1.0) and not in_share("voip-1", 0.0)


def test_response_selection_drops_openings_and_empty_responses() -> None:
    found = ask("response_selection", "paper")
    assert list(found) == ["D1#2", "D1#6"]
    assert found["D1#2"].turns == TURNS[:2] and found["D1#2"].response == "Which area?"


def test_response_selection_scores_ranked_batches() -> None:
    ranked = [(batch, np.eye(len(batch.rows), len(batch.columns))) for batch in batches(120)]
    scores = RESPONSE_SELECTION.score([str(row) for row in range(120)], ranked, Labels(names=()))
    assert set(scores) == set(RESPONSE_SELECTION.card.metrics) and set(scores.values()) == {1.0}


def test_state_tracking_reads_to_the_user_turn_and_leaves_empty_slots_out() -> None:
    found = ask("state_tracking", "paper")
    assert list(found) == ["D1#1", "D1#3", "D1#5"]
    assert found["D1#3"].turns == TURNS[:4]
    assert found["D1#1"].target == {"hotel-pricerange": "cheap"}
    assert found["D1#3"].target == {"hotel-pricerange": "cheap", "hotel-area": "dontcare"}


def test_picklists_come_from_the_ontology_and_the_examples() -> None:
    ontology = {"hotel-price range": ["Moderate", "do n't care"], "bus-day": ["monday"]}
    labels = STATE_TRACKING.labels(ask("state_tracking", "paper").values(), ontology)
    assert labels.values == {"hotel-area": ("none", "dontcare", "centre", "west"),
                             "hotel-pricerange": ("none", "dontcare", "cheap", "moderate")}
    assert labels.names == ("hotel-area", "hotel-pricerange")


def test_true_and_false_become_the_ontology_s_words() -> None:
    state = {"hotel-internet": "true", "hotel-parking": "false", "hotel-type": "false", "taxi-departure": "true"}
    turns = (Turn(speaker="user", text="hi", state=state),)
    gold = STATE_TRACKING.gold(Dialogue(corpus="multiwoz21", id="D2", split="train", turns=turns), 0)
    assert gold == {"hotel-internet": "yes", "hotel-parking": "no", "hotel-type": "guesthouse", "taxi-departure": "true"}


@pytest.mark.parametrize("name", list(TASKS))
def test_every_task_can_be_asked_about_the_toy_corpus(name: str) -> None:
    toy = CORPORA["toy"]
    train, test = (list(load(TASKS[name], toy, corpus_folder(toy, Path("nowhere")), split)) for split in ("train", "test"))
    assert len(train) > 10 and len(test) > 3
    assert {type(example.target) for example in train} == {type(example.target) for example in test}


def test_class_ids_follow_the_first_alternative_that_can_be_picked() -> None:
    labels = Labels(names=("hotel-area",), values={"hotel-area": ("none", "dontcare", "west")})
    states: list[dict[str, str]] = [{}, {"hotel-area": "dontcare"}, {"hotel-area": "centre|west"}, {"hotel-area": "north"}]
    assert [class_id(labels, "hotel-area", state) for state in states] == [0, 1, 2, None]


def test_only_released_takes_values_from_test() -> None:
    assert STATE_TRACKING.label_splits("paper") == ("train",)
    assert "test" in STATE_TRACKING.label_splits("released")


def test_tasks_import_no_torch() -> None:
    code = "import sys; from engine.tasks import TASKS; [TASKS[n] for n in TASKS]; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, check=False).returncode == 0


def test_what_stands_for_a_split_is_said_in_words() -> None:
    acts = TASKS["dialogue_act"]
    assert "four fifths of the published dev dialogues" in acts.described("multiwoz21", "train", "paper")
    assert "no test acts here" in acts.described("dstc2", "test", "released")
    assert acts.described("sgd", "test", "paper") == "test" and TASKS["response_selection"].described("multiwoz21", "dev", "paper") == "tsv:dev"
