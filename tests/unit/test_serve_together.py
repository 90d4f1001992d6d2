"""The local predictor behind the queue, on tiny shipped files: answers as without it, each request ends alone, memory short or not."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.dialogue.model import Dialogue
from engine.errors import CheckpointError, DeadlineError, InputError, Interrupted, NoMemoryError, UnknownNameError
from engine.models.store import task_file
from engine.serve.base import Prediction, ProbeAnswer, ProbeQuestion
from engine.serve.batching.predictor import BatchingPredictor
from engine.serve.local import LocalPredictor
from engine.serve.local_variant import SERVED
from engine.serve.request import asking
from tests.unit import tiny, tiny_shipped

VARIANTS = ("bert", "mlm")
TASKS = tuple(SERVED)
DIALOGUES = [
    tiny.said("I need a hotel in the north", "Do you need parking?", "no, a taxi", "Booked.", "thanks", id="a"),
    tiny.said("a taxi please", "From where?", "the hotel", id="b"),
    tiny.said("hello", id="c"),
    tiny.said("I need a hotel in the north", "Do you need parking?", "yes", id="d"),
    tiny.said("word " * 300, "ok", "a cheap hotel", "Which area?", id="e"),
]
QUESTIONS = [
    ProbeQuestion(objective="mlm", turns=tiny.said("the [MASK] is", "a hotel").turns, right=("hotel",)),
    ProbeQuestion(objective="dsp", turns=DIALOGUES[0].turns[:1], right=("user",)),
    ProbeQuestion(objective="crm", turns=DIALOGUES[0].turns[:3], candidates=("Booked.", "Goodbye.")),
    ProbeQuestion(objective="dcv", turns=DIALOGUES[1].turns),
    ProbeQuestion(objective="enp", turns=DIALOGUES[1].turns[:1]),
    ProbeQuestion(objective="dur", turns=DIALOGUES[0].turns, group=(1, 2, 3)),
]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two shipped variants, written once."""
    root = tmp_path_factory.mktemp("together")
    base = tiny.bert(root / "bert")
    with tiny_shipped.home(root / "checkpoints"):
        for seed, name in enumerate(VARIANTS):
            tiny_shipped.ship(base, name, seed=seed)
    return root / "checkpoints"


@pytest.fixture
def copied(shelf: Path, tmp_path: Path) -> Iterator[Path]:
    shutil.copytree(shelf, tmp_path / "copied")
    with tiny_shipped.home(tmp_path / "copied"):
        yield tmp_path / "copied"


@pytest.fixture
def plain(shelf: Path) -> Iterator[LocalPredictor]:
    with tiny_shipped.home(shelf):
        yield LocalPredictor()


@pytest.fixture
def queued(plain: LocalPredictor) -> Iterator[BatchingPredictor]:
    made = BatchingPredictor(plain)
    yield made
    made.close()


def same(found: Sequence[Prediction], right: Sequence[Prediction]) -> bool:
    return [replace(one, scores={}) for one in found] == [replace(one, scores={}) for one in right] and all(
        dict(one.scores) == pytest.approx(dict(other.scores), abs=1e-5) for one, other in zip(found, right, strict=True))


def same_probes(found: Sequence[Sequence[ProbeAnswer]], right: Sequence[Sequence[ProbeAnswer]]) -> bool:
    flat = [(one, other) for ours, theirs in zip(found, right, strict=True) for one, other in zip(ours, theirs, strict=True)]
    return all((one.variant, one.head, one.guess) == (other.variant, other.head, other.guess) and one.chances == pytest.approx(other.chances, abs=1e-5)
               and [dict(scores) for scores in one.scores] == [pytest.approx(dict(scores), abs=1e-5) for scores in other.scores] for one, other in flat)


COMPARISONS: list[dict[str, Any]] = [
    {"variants": ["bert", "mlm"], "tasks": TASKS}, {"variants": ["mlm"], "tasks": ["intent"]}, {"variants": ["mlm", "bert"], "tasks": TASKS[1:]},
    {"variants": ["bert"], "tasks": ["response_selection"], "candidates": ("Goodbye.", "Which area?")}, {"variants": [], "tasks": TASKS},
    {"variants": ["bert"], "tasks": []},
]


def test_many_at_once_get_what_each_alone_would_get(plain: LocalPredictor, queued: BatchingPredictor) -> None:
    def ask(number: int) -> bool:
        dialogue, options = DIALOGUES[number % len(DIALOGUES)], COMPARISONS[number % len(COMPARISONS)]
        with asking(f"visitor {number % 9}", seconds=300):
            if number % 4 == 3:
                questions = [QUESTIONS[number % 6], QUESTIONS[number % 5]]
                return same_probes(queued.probe_all(questions, variants=VARIANTS), [plain.probe(one, variants=VARIANTS) for one in questions])
            return same(queued.compare(dialogue, **options), plain.compare(dialogue, **options))

    with ThreadPoolExecutor(40) as pool:
        assert list(pool.map(ask, range(120))) == [True] * 120


def test_requests_together_are_answered_as_alone(plain: LocalPredictor) -> None:
    """Without threads, so that they surely are together."""
    from engine.serve.asked import Comparison, Probing

    asked = [Comparison(dialogue=dialogue, **options) for dialogue in DIALOGUES for options in COMPARISONS]
    found = dict(plain.compare_many(asked, [lambda share, words: None] * len(asked)))
    for number, one in enumerate(asked):
        said = found[number]
        assert not isinstance(said, Exception)
        assert same(said, plain.compare(one.dialogue, variants=one.variants, tasks=one.tasks, candidates=one.candidates))
    probes = [Probing(questions=QUESTIONS[place:], variants=VARIANTS[place % 2:]) for place in range(6)]
    for number, answers in plain.probe_many(probes, [lambda share, words: None] * 6):
        assert not isinstance(answers, Exception)
        assert same_probes(answers, [plain.probe(one, variants=probes[number].variants) for one in probes[number].questions])


def test_equal_texts_of_several_visitors_are_read_once(plain: LocalPredictor, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.models import answer
    from engine.serve.asked import Comparison

    read, seen = answer._read_part, list[tuple[int, ...]]()
    monkeypatch.setattr(answer, "_read_part", lambda part, *about: (seen.extend(part), read(part, *about))[1])
    once = [Comparison(dialogue=DIALOGUES[0], variants=["mlm"], tasks=["dialogue_act"])]
    assert dict(plain.compare_many(once * 5, [lambda share, words: None] * 5))[4] and len(seen) == len(set(seen)) == 2


def test_what_ends_one_request_ends_no_other(copied: Path) -> None:
    from engine.serve.asked import Comparison, Probing

    task_file("mlm", "intent", "oos").write_bytes(b"broken")
    plain = LocalPredictor()

    def stop(share: float, words: str) -> None:
        raise DeadlineError("late")

    asked = [Comparison(dialogue=DIALOGUES[0], variants=["bert"], tasks=["intent"]), Comparison(dialogue=DIALOGUES[0], variants=VARIANTS, tasks=TASKS),
             Comparison(dialogue=DIALOGUES[0], variants=["mlm"], tasks=["dialogue_act"]), Comparison(dialogue=tiny.said(), variants=["mlm"], tasks=TASKS),
             Comparison(dialogue=DIALOGUES[1], variants=["bert"], tasks=TASKS)]
    silent = [lambda share, words: None] * 4
    found = dict(plain.compare_many(asked, [*silent, stop]))
    assert [type(found[number]) for number in range(5)] == [list, CheckpointError, list, InputError, DeadlineError]
    probes = [Probing(questions=[QUESTIONS[1], replace(QUESTIONS[0], turns=DIALOGUES[0].turns)], variants=["mlm"]),
              Probing(questions=QUESTIONS, variants=VARIANTS), Probing(questions=[], variants=VARIANTS), Probing(questions=QUESTIONS, variants=["mlm"])]
    answers = dict(plain.probe_many(probes, [*silent[:3], stop]))
    assert [type(answers[number]) for number in range(4)] == [InputError, list, list, DeadlineError]


def test_wrong_names_and_dialogues_are_refused_as_without_the_queue(queued: BatchingPredictor) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'bert'"):
        queued.compare(DIALOGUES[0], variants=["brt"], tasks=TASKS)
    with pytest.raises(UnknownNameError, match="did you mean 'dcv'"):
        queued.probe(replace(QUESTIONS[3], objective="dvc"), variants=VARIANTS)
    with pytest.raises(InputError, match="no utterance"):
        queued.compare(tiny.said(), variants=VARIANTS, tasks=TASKS)


def test_everything_else_passes_through_the_queue_unchanged(plain: LocalPredictor, queued: BatchingPredictor) -> None:
    about: dict[str, Any] = {"variants": VARIANTS, "task": "intent", "turn": 2}
    told: list[float] = []
    assert queued.explain(DIALOGUES[0], steps=4, progress=lambda share, words: told.append(share), **about) == plain.explain(DIALOGUES[0], steps=4, **about)
    assert told == [0.0, 0.5, 1.0] and queued.ablate(DIALOGUES[0], **about | {"task": "dialogue_act", "turn": 3})
    assert queued.seen(DIALOGUES[0], variant="mlm", task="intent", turn=0) == plain.seen(DIALOGUES[0], variant="mlm", task="intent", turn=0)
    assert queued.pieces(["hotel"]) == plain.pieces(["hotel"]) and queued.files(["mlm"], TASKS) == plain.files(["mlm"], TASKS)
    assert queued.card is plain.card and queued.describe().fingerprints == plain.describe().fingerprints


def test_progress_that_raises_stops_between_two_variants(queued: BatchingPredictor) -> None:
    def stop(share: float, words: str) -> None:
        if share:
            raise Interrupted("stopped")

    with pytest.raises(Interrupted, match="stopped"):
        queued.compare(DIALOGUES[0], variants=VARIANTS, tasks=TASKS, progress=stop)
    assert queued.compare(DIALOGUES[2], variants=VARIANTS, tasks=["intent"])


# Memory


def test_with_too_little_memory_for_all_parts_answers_are_the_same(plain: LocalPredictor, monkeypatch: pytest.MonkeyPatch) -> None:
    def all_answers(predictor: LocalPredictor, dialogue: Dialogue) -> list[Prediction]:
        return predictor.compare(dialogue, variants=VARIANTS, tasks=TASKS)

    right = [all_answers(plain, dialogue) for dialogue in DIALOGUES]
    taken = plain.describe().weights_bytes
    assert taken > 0 and plain.describe().weights_limit is None and not plain.describe().count("evicted")
    monkeypatch.setenv("DIALATLAS_MEMORY", f"{taken // 2}")
    short = LocalPredictor()
    for _ in range(2):
        for dialogue, wanted in zip(DIALOGUES, right, strict=True):
            assert same(all_answers(short, dialogue), wanted)
            described = short.describe()
            assert described.weights_bytes <= taken // 2 and described.count("evicted") and described.weights_limit == taken // 2
    with ThreadPoolExecutor(8) as pool:
        assert all(same(found, right[0]) for found in pool.map(lambda _: all_answers(short, DIALOGUES[0]), range(16)))


def test_a_size_that_is_none_is_one_sentence(plain: LocalPredictor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIALATLAS_MEMORY", "lots")
    with pytest.raises(InputError, match="DIALATLAS_MEMORY: 'lots' is not a size"):
        LocalPredictor()


def test_memory_that_runs_out_while_loading_is_one_sentence_and_the_next_request_works(queued: BatchingPredictor, monkeypatch: pytest.MonkeyPatch) -> None:
    def scarce(*about: Any, **more: Any) -> None:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr("engine.serve.local_variant.ShippedTask", scarce)
        with pytest.raises(NoMemoryError, match="intent: there is too little memory to load a model; try again with a shorter dialogue"):
            queued.compare(DIALOGUES[0], variants=["mlm"], tasks=["intent"])
        assert [part.trouble for part in queued.describe().parts if part.state == "failed" and part.name == "intent" and part.variant == "mlm"]
    assert queued.compare(DIALOGUES[0], variants=["mlm"], tasks=["intent"])


def test_a_hung_computation_leaves_the_next_its_lock(plain: LocalPredictor) -> None:
    held = plain._computing
    with held:
        plain.let_go()
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(plain.compare, DIALOGUES[2], variants=["mlm"], tasks=["intent"]).result(60)


# What is remembered


def test_what_was_read_is_not_read_again_and_answers_stay(plain: LocalPredictor, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.models import answer

    read, seen = answer._read_part, list[Any]()
    monkeypatch.setattr(answer, "_read_part", lambda part, *about: (seen.extend(part), read(part, *about))[1])
    keeping = LocalPredictor(remember=500)
    for _ in range(2):
        for dialogue in DIALOGUES:
            assert same(keeping.compare(dialogue, variants=VARIANTS, tasks=TASKS), plain.compare(dialogue, variants=VARIANTS, tasks=TASKS))
    seen.clear()
    longer = DIALOGUES[0].with_turns([*DIALOGUES[0].turns, DIALOGUES[1].turns[1]])
    assert keeping.compare(DIALOGUES[0], variants=VARIANTS, tasks=TASKS) and seen == []
    assert same(keeping.compare(longer, variants=["mlm"], tasks=["dialogue_act"]), plain.compare(longer, variants=["mlm"], tasks=["dialogue_act"]))
    assert len(keeping._remembered) <= 500 and len(seen) == 1 + 3, "the new turn alone, and what the plain one read"


def test_old_states_are_forgotten_and_weights_trained_anew_are_others(copied: Path) -> None:
    few = LocalPredictor(remember=3)
    first = few.compare(DIALOGUES[0], variants=["mlm"], tasks=TASKS)
    assert len(few._remembered) == 3 and same(few.compare(DIALOGUES[0], variants=["mlm"], tasks=TASKS), first)
    assert not same(few.compare(DIALOGUES[0], variants=["bert"], tasks=TASKS), [replace(one, variant="bert") for one in first])
