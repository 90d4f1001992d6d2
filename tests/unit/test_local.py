"""The local predictor on tiny shipped files: answers as evaluation gives them, errors with hints, many threads."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from engine.dialogue.model import Dialogue
from engine.errors import CheckpointError, InputError, Interrupted, MissingDataError, UnknownNameError
from engine.models import answer, checkpoint
from engine.models.encoder import slices
from engine.models.store import encoder_file, objective_file, task_file
from engine.models.tokens import tokens_for
from engine.objectives import OBJECTIVES
from engine.results import store
from engine.serve.base import ProbeAnswer, ProbeQuestion
from engine.serve.local import SERVED, LocalPredictor
from engine.serve.many import Asked, Job
from engine.shipped import ShippedTask
from engine.tasks import TASKS
from engine.tasks.base import Example
from engine.tasks.structures import choose
from tests.unit import tiny, tiny_shipped

VARIANTS = ("bert", "mlm")
DIALOGUE = tiny.said("I need a hotel in the north", "Do you need parking?", "no, a taxi", "Booked.", "thanks", id="d")
CANDIDATES = ("Goodbye.", "Which area?")


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two shipped variants, written once."""
    root = tmp_path_factory.mktemp("local")
    base = tiny.bert(root / "bert")
    with tiny_shipped.home(root / "checkpoints"):
        for seed, name in enumerate(VARIANTS):
            tiny_shipped.ship(base, name, seed=seed)
    return root / "checkpoints"


@pytest.fixture(scope="module")
def _opened(shelf: Path) -> LocalPredictor:
    with tiny_shipped.home(shelf):
        return LocalPredictor()


@pytest.fixture
def predictor(shelf: Path, _opened: LocalPredictor) -> Iterator[LocalPredictor]:
    with tiny_shipped.home(shelf):
        yield _opened


@pytest.fixture
def copied(shelf: Path, tmp_path: Path) -> Iterator[Path]:
    """The same files in a place where they may be damaged."""
    shutil.copytree(shelf, tmp_path / "copied")
    with tiny_shipped.home(tmp_path / "copied"):
        yield tmp_path / "copied"


# The card


def test_the_card_says_what_is_there(predictor: LocalPredictor) -> None:
    card = predictor.card
    assert (card.name, card.tasks, card.objectives) == ("local", tuple(SERVED), tuple(OBJECTIVES))
    assert [one.name for one in card.variants] == list(VARIANTS) and card.variants[1].title == "MLM"
    assert card.variants[0].heads == dict.fromkeys(OBJECTIVES, "linear probe")
    assert card.variants[1].heads == {**dict.fromkeys(OBJECTIVES, "linear probe"), "mlm": "trained"}
    assert card.labels == {task: labels.names for task, labels in tiny_shipped.LABELS.items()}
    assert tuple(card.labels) == tuple(TASKS)
    assert card.picklists == tiny_shipped.LABELS["state_tracking"].values


def test_scores_are_those_of_the_served_files(predictor: LocalPredictor) -> None:
    run = checkpoint.read_card(task_file("mlm", "dialogue_act", "multiwoz21"))["finetuning"]
    row = store.Result(variant="mlm", fingerprint=predictor.card.variants[1].fingerprint, task="dialogue_act", corpus="multiwoz21", protocol="paper", seed=0,
                       split="test", metrics={"f1_micro": 0.5}, examples=9, seconds=1.0, hardware="h", tokens_seen=0, trained_examples=1, finetuning=run,
                       commit="c", command="c", versions={}, created="2026-01-01")
    for other in (row, replace(row, finetuning="sweep", metrics={"f1_micro": 0.9}), replace(row, split="dev", metrics={"f1_micro": 0.8})):
        store.append(other)
    assert [card.scores for card in LocalPredictor().card.variants] == [{}, {"dialogue_act": {"f1_micro": 0.5}}]


def test_without_weights_it_says_what_to_do(tmp_path: Path) -> None:
    with tiny_shipped.home(tmp_path), pytest.raises(MissingDataError, match="no trained variant is there; restore it"):
        LocalPredictor()


def test_a_task_that_a_variant_lacks_is_not_offered(copied: Path) -> None:
    task_file("mlm", "intent", "oos").unlink()
    assert LocalPredictor().card.tasks == ("dialogue_act", "response_selection", "state_tracking")


def states(predictor: LocalPredictor, variant: str) -> dict[str, str]:
    return {part.name: part.state for part in predictor.describe().parts if part.variant == variant}


def test_describe_names_what_was_loaded(copied: Path) -> None:
    predictor = LocalPredictor()
    fresh = dict.fromkeys((*SERVED, *OBJECTIVES), "not loaded")
    assert states(predictor, "bert") == states(predictor, "mlm") == fresh
    predictor.compare(DIALOGUE, variants=["mlm"], tasks=["intent"])
    predictor.probe(ProbeQuestion(objective="dsp", turns=DIALOGUE.turns[:1]), variants=["mlm"])
    described = predictor.describe()
    assert states(predictor, "bert") == fresh and states(predictor, "mlm") == fresh | {"intent": "ready", "dsp": "ready"}
    assert (described.predictor, described.device, described.warming) == ("local", "cpu", False) and described.memory_bytes > 1e7 and described.threads > 0
    assert described.fingerprints == {card.name: card.fingerprint for card in predictor.card.variants}


def test_a_variant_without_weights_is_failed_with_its_remedy(predictor: LocalPredictor) -> None:
    parts = [part for part in predictor.describe().parts if part.variant == "crm"]
    assert len(parts) == len(SERVED) + len(OBJECTIVES) and {part.state for part in parts} == {"failed"}
    assert {part.trouble for part in parts} == {"DIALATLAS_CHECKPOINTS/variants/crm/encoder.safetensors: the weight file is not there; "
                                                "restore it with `git checkout -- checkpoints`."}


def test_what_failed_is_told_until_it_is_mended(copied: Path) -> None:
    path = task_file("mlm", "intent", "oos")
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    predictor = LocalPredictor()
    with pytest.raises(CheckpointError):
        predictor.compare(DIALOGUE, variants=["mlm"], tasks=["intent"])
    [failed] = [part for part in predictor.describe().parts if part.variant == "mlm" and part.state == "failed"]
    assert failed.name == "intent" and failed.trouble.startswith("DIALATLAS_CHECKPOINTS/variants/mlm/intent-oos.safetensors: the weight file is damaged")
    assert failed.trouble.endswith("; restore it with `git checkout -- checkpoints`.") and str(copied) not in failed.trouble
    path.write_bytes(whole)
    predictor.compare(DIALOGUE, variants=["mlm"], tasks=["intent"])
    assert states(predictor, "mlm")["intent"] == "ready"


def test_warm_loads_everything_once(copied: Path) -> None:
    objective_file("mlm", "enp").unlink()
    predictor = LocalPredictor()
    predictor.warm()
    first = predictor._warming
    predictor.warm()
    assert first is not None and (predictor._warming is first or not first.is_alive())
    first.join(120)
    assert set(states(predictor, "bert").values()) == {"ready"} and not predictor.describe().warming
    assert {name: state for name, state in states(predictor, "mlm").items() if state != "ready"} == {"enp": "failed"}


# Compare


def test_every_question_is_answered_in_order(predictor: LocalPredictor) -> None:
    found = predictor.compare(DIALOGUE, variants=VARIANTS, tasks=tuple(SERVED))
    user, system = ("intent", "state_tracking"), ("dialogue_act", "response_selection")
    asked = [(index, task) for index in range(5) for task in (system if index % 2 else user)]
    assert [(one.variant, one.turn, one.task) for one in found] == [(name, *place) for name in VARIANTS for place in asked]


@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.parametrize("task", ["intent", "dialogue_act", "state_tracking"])
def test_compare_equals_each_model_alone(predictor: LocalPredictor, name: str, task: str) -> None:
    alone = ShippedTask(name, task, SERVED[task])
    found = [one for one in predictor.compare(DIALOGUE, variants=[name], tasks=tuple(SERVED)) if one.task == task]
    ends = [one.turn + (task != "dialogue_act") for one in found]
    right = alone.answers([Example(id="", corpus="c", turns=DIALOGUE.turns[:end], target=None) for end in ends])
    assert [one.answer for one in found] == right and len(right) == (2 if task == "dialogue_act" else 3)
    for one, other in zip(found, predictor.compare(DIALOGUE, variants=[name], tasks=[task]), strict=True):
        assert (one.turn, one.answer) == (other.turn, other.answer) and one.scores == pytest.approx(other.scores, abs=1e-5)  # other batches round otherwise


@pytest.mark.parametrize("name", VARIANTS)
def test_responses_are_ranked_as_by_the_model_alone(predictor: LocalPredictor, name: str) -> None:
    alone = ShippedTask(name, "response_selection", "multiwoz21")
    said = (*CANDIDATES, "Do you need parking?", "Booked.")
    rows = [Example(id="", corpus="c", turns=DIALOGUE.turns[:end], target=None, response=response) for end in (1, 3) for response in said]
    similarity = {batch.rows: values for batch, values in alone.answers(rows)}
    batch, values = next(iter(similarity.items()))
    at = {row: place for place, row in enumerate(batch)}
    found = predictor.compare(DIALOGUE, variants=[name], tasks=["response_selection"], candidates=(*CANDIDATES, " ", CANDIDATES[0]))
    assert [one.turn for one in found] == [1, 3] and [one.gold for one in found] == ["Do you need parking?", "Booked."]
    for number, one in enumerate(found):
        first = 4 * number
        answer, scores = choose(values[at[first], [at[first + n] for n in range(4)]], said)
        assert one.answer == answer and one.scores == pytest.approx(scores, abs=1e-4) and set(one.scores) == set(said)


def test_answers_have_the_documented_shape(predictor: LocalPredictor) -> None:
    for one in predictor.compare(DIALOGUE, variants=["mlm"], tasks=tuple(SERVED)):
        kind = {"intent": str, "dialogue_act": tuple, "response_selection": str, "state_tracking": dict}[one.task]
        assert isinstance(one.answer, kind) and all(0 <= share <= 1 for share in one.scores.values())
        assert list(one.scores.values()) == sorted(one.scores.values(), reverse=True) and len(one.scores) <= 10


def test_gold_is_what_the_dialogue_says(predictor: LocalPredictor) -> None:
    toy = tiny.toy()[0]
    found = predictor.compare(toy, variants=["bert"], tasks=tuple(SERVED))
    intents = {one.turn: one.gold for one in found if one.task == "intent"}
    assert intents == {n: turn.intent for n, turn in enumerate(toy.turns) if turn.speaker == "user"} and set(intents.values()) != {None}
    assert all(one.gold is None for one in predictor.compare(DIALOGUE, variants=["bert"], tasks=["intent", "dialogue_act", "state_tracking"]))


def test_nothing_asked_gives_nothing(predictor: LocalPredictor) -> None:
    assert predictor.compare(DIALOGUE, variants=["mlm"], tasks=[]) == [] == predictor.compare(DIALOGUE, variants=[], tasks=["intent"])


def test_a_system_turn_that_opens_the_dialogue_is_not_asked_about(predictor: LocalPredictor) -> None:
    turn = DIALOGUE.turns[1]
    assert predictor.compare(DIALOGUE.with_turns([turn]), variants=["mlm"], tasks=tuple(SERVED)) == []


def test_no_response_to_choose_from_is_no_question(predictor: LocalPredictor) -> None:
    silent = tiny.said("hello", "  ", "hello?")
    found = predictor.compare(silent, variants=["mlm"], tasks=["response_selection", "dialogue_act"])
    assert [one.task for one in found] == ["dialogue_act"]


def test_long_and_strange_texts_are_answered(predictor: LocalPredictor) -> None:
    strange = tiny.said("word " * 400, "", "\u200b\U0001f600 [MASK] [SEP] [USR]", "ok")
    assert len(predictor.compare(strange, variants=["mlm"], tasks=tuple(SERVED))) == 8


def test_progress_is_called(predictor: LocalPredictor) -> None:
    calls: list[tuple[float, str]] = []
    predictor.compare(DIALOGUE, variants=VARIANTS, tasks=["intent"], progress=lambda share, text: calls.append((share, text)))
    assert [share for share, _ in calls] == [0.0, 0.5, 0.5, 1.0, 1.0] and ["BERT" in text for _, text in calls[:4]] == [True, True, False, False]


def test_a_comparison_that_is_stopped_midway_leaves_the_predictor_free(predictor: LocalPredictor) -> None:
    """The run over many dialogues stops so: its progress raises."""
    def stop(share: float, text: str) -> None:
        if share:
            raise Interrupted("stopped")

    with pytest.raises(Interrupted):
        predictor.compare(DIALOGUE, variants=VARIANTS, tasks=["intent"], progress=stop)
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(predictor.compare, DIALOGUE, variants=VARIANTS, tasks=["intent"]).result(timeout=60)


def test_a_run_over_many_dialogues_stops_between_two_slices_of_one_variant(predictor: LocalPredictor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.models.answer.slices", partial(slices, limit=8))
    asked = Asked(dialogues=(DIALOGUE,), variants=("mlm",), tasks=("intent", "dialogue_act"))
    read, parts = answer._read_part, list[int]()
    job = Job(predictor, asked)

    def counted(*about: Any) -> None:
        parts.append(len(parts))
        read(*about)
        if len(parts) == 2:
            job.cancel()

    monkeypatch.setattr(answer, "_read_part", counted)
    assert job.start().wait(60) and job.state().status == "cancelled" and job.answered == () and len(parts) == 2
    parts += [0, 0]
    assert predictor.compare(DIALOGUE, variants=asked.variants, tasks=asked.tasks) and len(parts) > 6, "there was more to read"


@pytest.mark.parametrize(("variants", "tasks", "hint"), [(["brt"], ["intent"], "unknown variant 'brt'; did you mean 'bert'"),
                                                          (["crm"], [], "unknown variant 'crm'"), (["mlm"], ["intnt"], "did you mean 'intent'")])
def test_wrong_names_get_a_hint(predictor: LocalPredictor, variants: list[str], tasks: list[str], hint: str) -> None:
    with pytest.raises(UnknownNameError, match=hint):
        predictor.compare(DIALOGUE, variants=variants, tasks=tasks)


def test_an_empty_dialogue_is_refused(predictor: LocalPredictor) -> None:
    with pytest.raises(InputError, match="no utterance"):
        predictor.compare(DIALOGUE.with_turns([]), variants=["mlm"], tasks=["intent"])


@pytest.mark.parametrize("warm", [True, False])
def test_threads_get_equal_answers(predictor: LocalPredictor, copied: Path, warm: bool) -> None:
    shared = predictor if warm else LocalPredictor()
    right = predictor.compare(DIALOGUE, variants=VARIANTS, tasks=tuple(SERVED))

    def ask(number: int) -> object:
        if number % 2:
            shared.probe(ProbeQuestion(objective="dsp", turns=DIALOGUE.turns[:1]), variants=VARIANTS)
        return shared.compare(DIALOGUE, variants=VARIANTS, tasks=tuple(SERVED))

    with ThreadPoolExecutor(8) as pool:
        assert all(found == right for found in pool.map(ask, range(8)))


def test_a_damaged_file_is_one_sentence_and_the_others_still_answer(copied: Path) -> None:
    path = task_file("mlm", "intent", "oos")
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    predictor = LocalPredictor()
    with pytest.raises(CheckpointError, match=r"mlm/intent-oos\.safetensors: the weight file is damaged") as caught:
        predictor.compare(DIALOGUE, variants=VARIANTS, tasks=["intent"])
    assert "\n" not in caught.value.sentence
    assert predictor.compare(DIALOGUE, variants=["bert"], tasks=["intent"]) and predictor.compare(DIALOGUE, variants=["mlm"], tasks=["dialogue_act"])
    path.write_bytes(whole)
    assert predictor.compare(DIALOGUE, variants=["mlm"], tasks=["intent"])


def test_a_damaged_card_is_one_sentence(copied: Path) -> None:
    encoder_file("mlm").with_suffix(".json").write_text("{}")
    with pytest.raises(CheckpointError, match=r"mlm/encoder\.json: the card has no entry"):
        LocalPredictor()


# Probe


def ask(predictor: LocalPredictor, question: ProbeQuestion) -> list[ProbeAnswer]:
    found = predictor.probe(question, variants=VARIANTS)
    assert [one.variant for one in found] == list(VARIANTS) and all(len(one.guess) for one in found)
    for one in found:
        assert one.head == ("trained" if (one.variant, question.objective) == ("mlm", "mlm") else "linear probe")
        for scores in one.scores:
            assert list(scores.values()) == sorted(scores.values(), reverse=True) and 0 < sum(scores.values()) <= 1 + 1e-6
    return found


def masked(*texts: str) -> Dialogue:
    return tiny.said(*texts)


def test_mlm_answers_each_mask(predictor: LocalPredictor) -> None:
    for one in ask(predictor, ProbeQuestion(objective="mlm", turns=masked("the [MASK] is", "a [MASK]").turns)):
        assert len(one.guess) == len(one.scores) == 2 and all(word in tiny.VOCABULARY or word in ("[USR]", "[SYS]") for word in one.guess)
        assert [next(iter(scores)) for scores in one.scores] == list(one.guess) and len(one.scores[0]) == 10


def test_mlm_reads_the_masks_of_a_cached_turn(predictor: LocalPredictor) -> None:
    plain = masked("the [MASK] is").turns
    cached = (replace(plain[0], tokens=(7, 9, 12)),)
    assert ask(predictor, ProbeQuestion(objective="mlm", turns=cached)) == ask(predictor, ProbeQuestion(objective="mlm", turns=plain))


@pytest.mark.parametrize(("objective", "classes"), [("dsp", {"user", "system"}), ("dcv", {"coherent", "incoherent"}), ("enp", {"0", "1", "2", "3 or more"})])
def test_classes_have_names(predictor: LocalPredictor, objective: str, classes: set[str]) -> None:
    turns = DIALOGUE.turns if objective == "dcv" else DIALOGUE.turns[:1]
    for one in ask(predictor, ProbeQuestion(objective=objective, turns=turns)):
        assert set(one.scores[0]) == classes and one.guess == (next(iter(one.scores[0])),) and sum(one.scores[0].values()) == pytest.approx(1)


def test_crm_chooses_among_the_candidates(predictor: LocalPredictor) -> None:
    for one in ask(predictor, ProbeQuestion(objective="crm", turns=DIALOGUE.turns[:3], candidates=(*CANDIDATES, "", CANDIDATES[0]))):
        assert set(one.scores[0]) == set(CANDIDATES) and one.guess[0] in CANDIDATES


def test_dur_ranks_the_group(predictor: LocalPredictor) -> None:
    for one in ask(predictor, ProbeQuestion(objective="dur", turns=DIALOGUE.turns, group=(1, 2, 3))):
        assert sorted(one.guess) == ["0", "1", "2"] and [next(iter(scores)) for scores in one.scores] == list(one.guess)


ASKED = {
    "mlm": ProbeQuestion(objective="mlm", turns=masked("the [MASK][MASK]", "a hotel").turns, right=("hotel", "##s")),
    "dsp": ProbeQuestion(objective="dsp", turns=DIALOGUE.turns[:1], right=("user",)),
    "crm": ProbeQuestion(objective="crm", turns=DIALOGUE.turns[:3], candidates=tuple(f"answer {n}" for n in range(12)), right=("answer 3",)),
    "dcv": ProbeQuestion(objective="dcv", turns=DIALOGUE.turns, right=("coherent",)),
    "enp": ProbeQuestion(objective="enp", turns=DIALOGUE.turns[:1], right=("7",)),
    "dur": ProbeQuestion(objective="dur", turns=DIALOGUE.turns, group=(1, 2, 3), right=("1", "0", "2")),
}


@pytest.mark.parametrize("objective", ASKED)
def test_the_chance_of_the_right_answer_is_that_of_its_label(predictor: LocalPredictor, objective: str) -> None:
    question = ASKED[objective]
    for one in ask(predictor, question):
        assert len(one.chances) == (2 if objective == "mlm" else 1) and all(0 < chance < 1 for chance in one.chances)
        if objective == "enp":
            assert one.chances == (one.scores[0]["3 or more"],)
        elif objective in ("dsp", "crm", "dcv"):
            assert one.chances == (one.scores[0][question.right[0]],) and (objective != "crm" or len(one.scores[0]) == 12)
        elif objective == "dur":
            orders = [predictor.probe(replace(question, right=tuple(map(str, order))), variants=[one.variant])[0] for order in permutations(range(3))]
            assert sum(other.chances[0] for other in orders) == pytest.approx(1)
            guessed = predictor.probe(replace(question, right=one.guess), variants=[one.variant])[0]
            assert guessed.chances == max(other.chances for other in orders)
        else:
            best = predictor.probe(replace(question, right=one.guess), variants=[one.variant])[0]
            assert best.chances == pytest.approx([one.scores[place][guess] for place, guess in enumerate(one.guess)])
    assert [one.scores for one in ask(predictor, replace(question, right=()))] == [one.scores for one in ask(predictor, question)]


def test_questions_read_together_are_answered_as_one_by_one(predictor: LocalPredictor) -> None:
    questions = [*ASKED.values(), *(replace(ASKED["dsp"], turns=(turn,), right=(turn.speaker,)) for turn in DIALOGUE.turns)]
    told: list[float] = []
    for question, found in zip(questions, predictor.probe_all(questions, variants=VARIANTS, progress=lambda share, words: told.append(share)), strict=True):
        for one, alone in zip(found, predictor.probe(question, variants=VARIANTS), strict=True):
            assert (one.variant, one.guess, one.head) == (alone.variant, alone.guess, alone.head)
            assert one.chances == pytest.approx(alone.chances, abs=1e-5)
            assert [dict(scores) for scores in one.scores] == [pytest.approx(dict(scores), abs=1e-5) for scores in alone.scores]
    assert told == sorted(told) and predictor.probe_all([], variants=VARIANTS) == []


def test_pieces_are_those_that_the_encoder_reads(predictor: LocalPredictor) -> None:
    tokens = tokens_for(checkpoint.read_card(encoder_file("mlm"))["base"])
    found = predictor.pieces(["Hotel", "north", "☃"])
    assert [tokens.ids(pieces) for pieces in found] == tokens.texts(["hotel", "north", "☃"]) and found[2] == ("[UNK]",)


LONG = masked("the [MASK]", "word " * 300, "ok").turns
WRONG = {
    "no mask": (ProbeQuestion(objective="mlm", turns=DIALOGUE.turns), "mask"),
    "mask cut away": (ProbeQuestion(objective="mlm", turns=LONG), "mask"),
    "no candidate": (ProbeQuestion(objective="crm", turns=DIALOGUE.turns, candidates=("", " ")), "no response to choose from"),
    "two to order": (ProbeQuestion(objective="dur", turns=DIALOGUE.turns, group=(1, 2)), "orders 3 utterances, not 2"),
    "group cut away": (ProbeQuestion(objective="dur", turns=LONG, group=(0, 1, 2)), "group lies before"),
    "group outside": (ProbeQuestion(objective="dur", turns=DIALOGUE.turns, group=(4, 5, 6)), "beyond the 5"),
    "no turn": (ProbeQuestion(objective="dsp", turns=()), "no utterance"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_question_that_cannot_be_read_is_one_sentence(predictor: LocalPredictor, kind: str) -> None:
    question, sentence = WRONG[kind]
    with pytest.raises(InputError, match=sentence) as caught:
        predictor.probe(question, variants=["mlm"])
    assert "\n" not in caught.value.sentence and caught.value.remedy


def test_a_wrong_objective_gets_a_hint(predictor: LocalPredictor) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'dcv'"):
        predictor.probe(ProbeQuestion(objective="dvc", turns=DIALOGUE.turns), variants=["mlm"])
    with pytest.raises(UnknownNameError, match="unknown variant"):
        predictor.probe(ProbeQuestion(objective="dcv", turns=DIALOGUE.turns), variants=["dur"])


def test_a_missing_objective_head_is_one_sentence(copied: Path) -> None:
    objective_file("mlm", "dsp").unlink()
    predictor = LocalPredictor()
    assert "dsp" not in predictor.card.variants[1].heads
    with pytest.raises(CheckpointError, match=r"mlm/objective-dsp\.safetensors: the weight file is not there"):
        predictor.probe(ProbeQuestion(objective="dsp", turns=DIALOGUE.turns[:1]), variants=["mlm"])
