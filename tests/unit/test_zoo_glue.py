"""DialoGLUE: scores worked out by hand, its draws, its submissions, and an encoder fine-tuned on small sets of our own."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.__main__ import main
from engine.commands.zoo_glue import chosen_sets
from engine.errors import CheckpointError, InputError, MissingDataError, UnknownNameError
from engine.models.encoder import Encoder
from engine.models.heads import Questions
from engine.models.seq2seq.model import TextToText, compact
from engine.models.seq2seq.reader import reader
from engine.models.seq2seq.store import load, save
from engine.recipes import CPU_GLUE
from engine.results import glue
from engine.tasks.base import Example
from engine.train import glue as training
from engine.train.glue import Plan, known, measure
from engine.train.glue_state import tenth
from engine.train.loop import Step
from engine.zoo.datasets.span_extraction import Row
from engine.zoo.escape import BRACKETED
from engine.zoo.glue import GLUE_SETS, sets
from engine.zoo.glue.base import GlueRow, Parts
from engine.zoo.glue.draws import Draw, dev_places, per_label, with_replacement
from engine.zoo.glue.scores import scores
from engine.zoo.glue.submission import answer, lacking, submission
from engine.zoo.glue.tags import on_pieces, row_of, spans, vocabulary
from engine.zoo.glue.trippy import SLOTS, turns
from tests.unit import tiny

REPOSITORY = Path(__file__).resolve().parents[2]
SAMPLES = REPOSITORY / "samples" / "zoo"
RECIPE = replace(CPU_GLUE, learning_rate=1e-3, head_learning_rate=1e-2, batch_size=8, precision="no", save_every=1, evaluate_every=20)
near = pytest.approx


def row(text: str, tags: str = "", intent: str = "") -> GlueRow:
    return GlueRow(words=tuple(text.split()), tags=tuple(tags.split()), intent=intent)


# ---- tags and scores

def test_words_are_tagged_as_in_dialoglue() -> None:
    raw = Row(name="", text="table for two at two", requested=("time", "people"), spans=((17, 20, "time"), (10, 13, "people")))
    made = row_of(raw)
    assert made.words == ("people", "time", "table", "for", "two", "at", "two"), "what was asked for stands in front"
    assert made.tags == ("O", "O", "O", "O", "B-people", "O", "B-people"), "a word has one slot wherever it stands: the last that names it"
    assert row_of(Row(name="", text="a b c", requested=(), spans=((0, 1, "x"), (2, 3, "x"), (4, 5, "y")))).tags == ("B-x", "I-x", "B-y")
    assert vocabulary([made]) == ("O", "B-people", "I-people")


def test_spans_are_those_of_the_published_script() -> None:
    assert spans(["I-a", "B-a", "B-a", "I-b", "I-a"]) == [("a", "1-2"), ("a", "2-3")], "I- begins nothing"
    assert spans(["O", "B-a", "I-a", "O"], [2, 1, 3, 1]) == [("a", "2-6")]
    assert spans(["B-a", "I-a", "I-a"], [1, 0, 1]) == [("a", "0-2")], "words without wordpieces are passed over"
    assert on_pieces(["B-a", "B-b", "O"], [2, 2, 2], ["B-a", "I-a", "B-b", "O"]) == ["B-a", "I-a", "B-b", "B-b", "O", "O"]


def test_dialoglue_and_conll_count_differently() -> None:
    gold = [row("a b c", "B-time O B-time"), row("d", "B-date")]
    guess = [row("a b c", "B-time O O"), row("d", "B-date")]
    found = scores("slots", gold, guess)
    assert found["conll_f1"] == near(100 * 2 * (2 / 2) * (2 / 3) / (2 / 2 + 2 / 3))  # two of two spans are right, of three
    assert found["dialoglue_f1_strict"] == near(50), "the sentence's list of times is wrong, that of dates right"
    assert found["dialoglue_f1"] == near(50, abs=0.01) and found["dialoglue_f1"] < 50


def test_the_published_script_finds_a_slot_in_a_longer_name() -> None:
    gold = [row("a b", "B-time B-arrival_time")]
    guess = [row("a b", "B-time O")]
    found = scores("slots", gold, guess)
    assert found["dialoglue_f1_strict"] == near(50) and found["dialoglue_f1"] == 0


def test_exact_match_takes_intent_and_all_tags() -> None:
    gold = [row("a b", "B-x O", "i"), row("c", "O", "i"), row("d", "O", "j"), row("e", "B-x", "i")]
    guess = [row("a b", "B-x O", "i"), row("c", "B-x", "i"), row("d", "O", "i"), row("e", "B-x", "i")]
    found = scores("top", gold, guess)
    assert found["accuracy"] == 75 and found["exact_match"] == 50
    assert scores("intent", gold, guess) == {"accuracy": 75}


# ---- draws

def test_draws_are_those_of_numpys_seed_0() -> None:
    draw: Draw[int] = with_replacement()
    assert draw(range(10), 5) == [5, 0, 3, 3, 7]
    assert draw(range(10), 5) == [9, 3, 5, 2, 4], "the stream goes on"
    assert per_label(list("aaab"), 2) == [2, 1, 3]


def test_dev_rows_stand_apart_from_few_shot_rows() -> None:
    labels = [label for label in "ab" for _ in range(50)]
    rows = [f"{label} {place}" for place, label in enumerate(labels)]
    places = dev_places(rows, labels, ["b"] * 8 + ["a"] * 4, 2)
    assert [labels[place] for place in places] == list("bbbbaa"), "as many as the test rows say, in their order of labels"
    assert not {*places} & {*per_label(labels, 10), *per_label(labels, 30)}
    assert places == dev_places(rows, labels, ["b"] * 8 + ["a"] * 4, 2)


def written_intents(folder: Path) -> None:
    """Forty training rows of each of three intents that one word tells, and eight test rows."""
    words = {"go": "taxi", "eat": "restaurant", "stay": "hotel"}
    folder.mkdir(parents=True)
    (folder / "categories.json").write_text(json.dumps(list(words)), encoding="utf-8")
    for split, count, more in (("train", 40, ""), ("test", 8, "? ")):
        lines = [f"{more}the {word} is {chr(97 + n % 26)}{n},{intent}" for intent, word in words.items() for n in range(count)]
        (folder / f"{split}.csv").write_text("\n".join(["text,category", *lines]) + "\n", encoding="utf-8")


def written_slots(folder: Path) -> None:
    """Training and test rows with a slot behind ``to``."""
    folder.mkdir(parents=True)
    for name, count, more in (("train_0", 1500, "is it "), ("test", 12, "taxi ")):
        items = []
        for n in range(count):
            text = f"{more}{n} to {('hotel', 'restaurant')[n % 2]}"
            items.append({"userInput": {"text": text},
                          "labels": [{"slot": "place", "valueSpan": {"startIndex": text.index("to ") + 3, "endIndex": len(text)}}]})
        (folder / f"{name}.json").write_text(json.dumps(items), encoding="utf-8")


def texts(rows: Any) -> set[str]:
    return {" ".join(one.words) for one in rows}


def test_no_test_row_is_trained_on_and_none_of_dev(tmp_path: Path) -> None:
    written_intents(tmp_path / "banking77")
    written_slots(tmp_path / "restaurant8k")
    for parts in (sets.banking(tmp_path / "banking77"), sets.restaurant8k(tmp_path / "restaurant8k")):
        assert parts.few and parts.dev and parts.test
        for trained in (parts.train, parts.few):
            assert not texts(trained) & texts(parts.test) and not texts(trained) & texts(parts.dev)
        assert not texts(parts.dev) & texts(parts.test)
    assert len(sets.banking(tmp_path / "banking77").few) == 30


@pytest.mark.parametrize("name", [name for name, one in GLUE_SETS.items() if one.parts])
def test_every_set_is_read_from_its_published_files(name: str) -> None:
    part = GLUE_SETS[name]
    folder = {"clinc": REPOSITORY / "samples" / "oos"}.get(name, SAMPLES / part.dataset)
    assert part.parts is not None
    parts = part.parts(folder)
    assert part.name == name and parts.test and isinstance(parts, Parts) and part.protocol.endswith(".")
    for one in (*parts.train, *parts.dev, *parts.test):
        assert bool(one.intent) == (part.kind in ("intent", "top"))
        assert len(one.tags) == (0 if part.kind == "intent" else len(one.words))
    assert all(one.intent != "oos" for one in parts.test)


# ---- submissions

def test_answers_are_written_as_evalai_reads_them() -> None:
    said = row("from Elmtree", "O B-place", "go")
    assert answer("intent", said, [1, 3], []) == "go"
    assert answer("slots", said, [1, 3], []) == ["place:1-4"]
    assert answer("top", said, [1, 3], ["B-place", "I-place", "O"]) == ["go", ["O", "B-place", "I-place", "I-place"]]


def test_a_submission_has_one_list_or_five() -> None:
    sizes = dict.fromkeys(GLUE_SETS, 2)
    full = submission({"top": [[["i", ["O"]], ["i", ["O"]]]], "banking": [["x", "y"]]}, "full", sizes)
    assert full == {"banking": ["x", "y"], "top": [["i", ["O"]], ["i", ["O"]]]} and list(full) == ["banking", "top"]
    assert lacking(full, "full") == ["EvalAI wants all seven sets; absent: hwu, clinc, restaurant8k, dstc8, multiwoz."]
    few = submission({name: [["x", "y"]] * 5 for name in GLUE_SETS}, "10", sizes)
    assert lacking(few, "10") == [] and few["clinc"] == [["x", "y"]] * 5
    assert lacking({**few, "hwu": [["x", "y"]]}, "10") == ["EvalAI wants 5 runs of each set; fewer: hwu."]


def test_a_submission_of_another_length_is_refused() -> None:
    with pytest.raises(InputError, match="banking has 2 answers where the test set has 3,080 rows"):
        submission({"banking": [["x", "y"]]}, "full")
    with pytest.raises(InputError, match="2 runs where a submission has 1"):
        submission({"banking": [["x"], ["x"]]}, "full", {"banking": 1})
    with pytest.raises(UnknownNameError):
        submission({"bank": [["x"]]}, "full")


# ---- the head, the encoder, training

def test_losses_of_questions_are_summed() -> None:
    head = Questions(4, [2, 3])
    states = torch.randn(3, 4)
    logits = head(states)
    right = [(0, 1), (1, 2), (1, 0)]
    first = torch.nn.functional.cross_entropy(logits[:1, :2], torch.tensor([1]))
    second = torch.nn.functional.cross_entropy(logits[1:, 2:], torch.tensor([2, 0]))
    assert head.loss(logits, right).item() == near((first + second).item())
    assert head.loss(logits[1:], right[1:]).item() == near(second.item()), "a question that nobody asks costs nothing"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> str:
    return tiny.bert(tmp_path_factory.mktemp("tiny") / "bert")


def shipped(folder: Path, base: str) -> tuple[Path, TextToText]:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = compact(BRACKETED, base=base, decoder_layers=(0, 1), dropout=0.0)
        for weight in model.net.encoder.parameters():
            weight.data += 0.1 * torch.randn_like(weight) * weight.requires_grad
    shape = {"base": base, "decoder_layers": (0, 1), "dropout": 0.0}
    save(folder / "own.safetensors", model, {"base": base, "shape": shape, "tokens_seen": 7})
    return folder / "own.safetensors", load(folder / "own.safetensors", BRACKETED)[0]


def test_the_reading_half_gives_the_same_states(base: str, tmp_path: Path) -> None:
    path, model = shipped(tmp_path, base)
    encoder = reader(path, BRACKETED).eval()
    user = model.codec.mark_ids["[USR]"]
    ids = [2, *model.codec.encode(["the hotel is a taxi"])[0], 3]
    with torch.no_grad():
        for theirs, ours in ((ids, ids), ([user, *ids], [encoder.tokens.marker_ids["user"], *ids])):
            right = model.net.eval().encoder(input_ids=torch.tensor([theirs]), attention_mask=torch.ones(1, len(theirs))).last_hidden_state[0]
            states, _ = encoder([ours])
            assert torch.allclose(states, right, atol=1e-5)
            assert not torch.allclose(Encoder(base).eval()([ours])[0], right, atol=1e-2), "the base alone says something else"
    with pytest.raises(CheckpointError, match="does not fit"):
        reader(path, BRACKETED[:3])


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    written_intents(tmp_path / "sets" / "banking77")
    written_slots(tmp_path / "sets" / "restaurant8k")
    monkeypatch.setenv("DIALATLAS_DATA", str(tmp_path / "sets"))
    return tmp_path / "sets"


@pytest.mark.parametrize(("dataset", "shots"), [("banking", "full"), ("restaurant8k", "full"), ("banking", "10")])
def test_an_encoder_learns_a_set(base: str, data: Path, dataset: str, shots: Any) -> None:
    found = measure(Plan(dataset=dataset, shots=shots, recipe=RECIPE, recipe_name="test", steps=120), known(base), data)
    begun = measure(Plan(dataset=dataset, shots=shots, recipe=replace(RECIPE, learning_rate=1e-9, head_learning_rate=1e-9), recipe_name="test",
                         steps=4), known(base), data)
    assert found.headline > max(60, begun.headline + 20)
    assert found.examples == (24 if dataset == "banking" else 12) and found.steps == 120 and found.tokens > 0
    assert found.trained_examples == found.available_examples == (30 if shots == "10" else len(sets.banking(data / "banking77").train)
                                                                  if dataset == "banking" else len(sets.restaurant8k(data / "restaurant8k").train))
    assert len(training.stored_answers(found)) == found.examples


def test_a_killed_run_goes_on_where_it_was(base: str, data: Path) -> None:
    plan, encoder = Plan(dataset="banking", shots="10", recipe=replace(RECIPE, evaluate_every=4), recipe_name="test", steps=8), known(base)

    def killed(step: Step) -> None:
        if step.number == 6:
            raise KeyboardInterrupt

    whole = measure(plan, encoder, data)
    answers = training.stored_answers(whole)
    training.tidy_up(whole)
    assert not list(training.folder_of(whole.run).glob("*.safetensors"))
    with pytest.raises(KeyboardInterrupt):
        measure(plan, encoder, data, killed)
    steps: list[int] = []
    again = measure(plan, encoder, data, lambda step: steps.append(step.number))
    assert steps[0] == 7 and again.metrics == whole.metrics and again.dev == whole.dev and training.stored_answers(again) == answers


def test_a_row_of_no_number_is_refused(base: str, data: Path) -> None:
    found = measure(Plan(dataset="banking", shots="10", recipe=RECIPE, recipe_name="test", steps=1), known(base), data)
    assert found.headline == found.metrics["accuracy"]
    with pytest.raises(InputError, match="dev is nan, not a finite number"):
        replace(found, dev=float("nan"))


def test_what_changes_a_score_changes_the_name_of_its_run(base: str, tmp_path: Path) -> None:
    plan, encoder = Plan(dataset="banking", shots="10", recipe=RECIPE, recipe_name="test"), known(base)
    others = [replace(plan, dataset="hwu"), replace(plan, shots="full"), replace(plan, recipe=replace(RECIPE, seed=1)), replace(plan, steps=3),
              replace(plan, limit=5)]
    path, _ = shipped(tmp_path, base)
    assert len({plan.run(encoder), *(other.run(encoder) for other in others), plan.run(known(str(path)))}) == 7
    assert known(str(path)).tokens_seen == 7 and known("mlm").tokens_seen > 0 and known("base").weights == ""


def test_a_row_that_is_there_is_not_measured_again(base: str, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
                                                   tmp_path: Path) -> None:
    command = ["zoo", "glue", "--encoder", base, "--sets", "banking", "--shots", "10", "--seeds", "0,1", "--steps", "2", "--limit-train", "16"]
    assert main(command) == 0
    rows = glue.read()
    assert [one.seed for one in rows] == [0, 1] and all(one.trained_examples == 16 and one.available_examples == 30 for one in rows)
    assert "accuracy" in capsys.readouterr().out

    def never(*_: Any) -> None:
        raise AssertionError("measured again")

    monkeypatch.setattr(training, "measure", never)
    assert main(command) == 0 and glue.read() == rows
    monkeypatch.setattr("engine.commands.zoo_glue.submission", lambda runs, shots: submission(runs, shots, {"banking": 24}))
    assert main([*command, "--submission", str(tmp_path / "few.json")]) == 0
    made = json.loads((tmp_path / "few.json").read_text(encoding="utf-8"))
    assert list(made) == ["banking"] and [len(run) for run in made["banking"]] == [24, 24] and set(made["banking"][0]) <= {"go", "eat", "stay"}
    assert "fewer: banking" in capsys.readouterr().out


def test_bad_flags_get_one_sentence(base: str, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for flags, told in ((("--sets", "banking7"), "banking"), (("--seeds", "0,x"), "0,x"), (("--recipe", "fast"), "fast"),
                        (("--sets", "hwu"), "hwu64 is not on this machine")):
        assert main(["zoo", "glue", "--encoder", base, *flags]) == 2
        err = capsys.readouterr().err
        assert told in err and err.count("\n") == 1 and "Traceback" not in err


def test_all_sets_are_those_on_this_machine(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert chosen_sets("all", data) == ["banking", "restaurant8k"] and chosen_sets("top, hwu", data) == ["top", "hwu"]
    told = capsys.readouterr().out.splitlines()
    assert len(told) == 5 and told[0] == "hwu is left out: the corpus hwu64 is not on this machine"


def test_a_set_without_dev_rows_is_told(base: str) -> None:
    with pytest.raises(InputError, match="none to choose by"):
        measure(Plan(dataset="banking", shots="10", recipe=RECIPE, recipe_name="test", steps=1), known(base), SAMPLES)


def test_states_are_asked_of_an_encoder_too(base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(REPOSITORY / "samples" / "multiwoz21", tmp_path / "multiwoz21")
    (tmp_path / "multiwoz21" / "ontology.json").write_text(json.dumps({"hotel-semi-area": ["north", "south"]}), encoding="utf-8")
    monkeypatch.setattr(training, "STATE_TOKENS", 100)
    plan = Plan(dataset="multiwoz", shots="full", recipe=replace(RECIPE, batch_size=2), recipe_name="test", steps=2)
    found = measure(plan, known(base), tmp_path)
    assert found.metric == "joint_goal_accuracy" and "Not TripPy" in found.protocol and set(found.metrics) == {"joint_goal_accuracy", "slot_accuracy"}
    assert len(training.stored_answers(found)) == found.examples
    (training.folder_of(found.run) / "answers.json").unlink()
    with pytest.raises(MissingDataError, match="not on this machine"):
        training.stored_answers(found)


def joint_accuracy(turns: Any) -> float:
    """As EvalAI's script counts turns whose classes are all ``copy_value``."""
    return sum(all(turn[f"slot_groundtruth_{slot}"] == turn[f"slot_prediction_{slot}"] for slot in SLOTS) for turn in turns) / len(turns)


def test_states_are_written_as_trippy_does() -> None:
    right = [{"hotel-book people": "2", "train-leaveat": "9:00"}, {"hotel-area": "north|west"}, {}]
    guessed = [{"hotel-book people": "2"}, {"hotel-area": "west"}, {}]
    made = turns(["a#0", "a#2", "b#0"], right, guessed)
    assert [turn["guid"] for turn in made] == [["test", "a", "0"], ["test", "a", "1"], ["test", "b", "0"]]
    assert made[0]["slot_prediction_hotel-book_people"] == "2" and made[0]["slot_prediction_train-leaveAt"] == "none"
    assert made[1]["slot_groundtruth_hotel-area"] == "west" and joint_accuracy(made) == near(2 / 3)
    assert len(SLOTS) == 30 and len(made[0]) == 1 + 30 * 10


def test_a_tenth_of_the_dialogues_is_drawn_whole() -> None:
    examples = [Example(id=f"{name}#{turn}", corpus="c", turns=(), target={}) for name in "abcdefghijklmnopqrst" for turn in (0, 2)]
    found = [one.id for one in tenth(examples)]
    assert found == ["m#0", "m#2", "p#0", "p#2"] and tenth(examples) == tenth(examples)
