"""Many dialogues in the background: serial answers, in order, whole dialogues only, and nothing left running."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from engine.dialogue.model import Dialogue
from engine.dialogue.samples import samples
from engine.errors import InputError
from engine.serve.base import Prediction, Progress
from engine.serve.compact import Shelf
from engine.serve.fake import FakePredictor
from engine.serve.judged import confidence
from engine.serve.many import Asked, Draw, Job
from engine.serve.many_summary import NO_DOMAIN, export_rows, summary

SAMPLES = tuple(samples().values())
TASKS = FakePredictor().card.tasks
VARIANTS = ("bert", "crm", "joint")
ASKED = Asked(dialogues=SAMPLES, variants=VARIANTS, tasks=TASKS)
LONG_S = 60


class Slow(FakePredictor):
    """Stops before chosen dialogues until it is let go, and after that heeds progress as a real one does."""

    def __init__(self, before: int, when: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self.before, self.when, self.calls = before, when, 0
        self.there, self.go = threading.Event(), threading.Event()

    def compare(self, dialogue: Dialogue, *, variants: Sequence[str], tasks: Sequence[str], candidates: Sequence[str] = (),
                progress: Progress | None = None) -> list[Prediction]:
        self.calls += 1
        if self.calls == self.before:
            self.there.set()
            assert self.go.wait(LONG_S)
            self.when()
        return super().compare(dialogue, variants=variants, tasks=tasks, candidates=candidates, progress=progress)


def plain(found: Sequence[Prediction]) -> list[tuple[object, ...]]:
    return [(one.variant, one.turn, one.task, one.answer, one.gold, pytest.approx(confidence(one), abs=1e-6)) for one in found]


def test_answers_are_those_of_one_comparison_after_the_other_in_order() -> None:
    job = Job(FakePredictor(), ASKED).start()
    assert job.wait(LONG_S) and job.state().status == "finished"
    assert [one.dialogue for one in job.answered] == list(SAMPLES)
    for one in job.answered:
        assert plain(one.predictions()) == plain(FakePredictor().compare(one.dialogue, variants=VARIANTS, tasks=TASKS))
    state = job.state()
    assert (state.done, state.of, state.share, state.going) == (len(SAMPLES), len(SAMPLES), 1.0, False)


def test_cancel_keeps_whole_dialogues_only() -> None:
    predictor = Slow(before=3)
    job = Job(predictor, ASKED).start()
    assert predictor.there.wait(LONG_S)
    job.cancel()
    predictor.go.set()
    assert job.wait(LONG_S)
    assert job.state().status == "cancelled" and predictor.calls == 3
    assert [one.dialogue.id for one in job.answered] == [one.id for one in SAMPLES[:2]]
    assert all(len(one.answers) == len(VARIANTS) and len(one.answers[0]) == len(one.places) > 0 for one in job.answered)


def test_progress_and_time_left_while_it_runs() -> None:
    times = iter([100.0, 130.0])
    predictor = Slow(before=3)
    job = Job(predictor, ASKED, clock=lambda: next(times)).start()
    assert predictor.there.wait(LONG_S)
    state = job.state()
    turns = [len(one.turns) for one in SAMPLES]
    assert state.going and state.done == 2 and state.share == pytest.approx(sum(turns[:2]) / sum(turns))
    assert state.seconds_left == pytest.approx(30 * (1 - state.share) / state.share)
    predictor.go.set()
    assert job.wait(LONG_S) and job.state().seconds_left is None


def test_a_job_that_nobody_holds_stops() -> None:
    predictor = Slow(before=2)
    job = Job(predictor, ASKED).start()
    assert predictor.there.wait(LONG_S)
    thread = next(one for one in threading.enumerate() if one.name == "many")
    del job
    gc.collect()
    predictor.go.set()
    thread.join(LONG_S)
    assert not thread.is_alive() and predictor.calls == 2


def test_two_run_at_once_and_a_third_waits() -> None:
    slow = [Slow(before=1) for _ in range(2)]
    jobs = [Job(one, ASKED).start() for one in slow]
    assert all(one.there.wait(LONG_S) for one in slow)
    third = Job(FakePredictor(), ASKED).start()
    assert third.state().status == "waiting" and third.state().seconds_left is None
    given_up = Job(FakePredictor(), ASKED).start()
    given_up.cancel()
    assert given_up.wait(LONG_S) and given_up.state().status == "cancelled" and given_up.answered == ()
    for one in slow:
        one.go.set()
    assert all(job.wait(LONG_S) for job in (*jobs, third)) and third.state().status == "finished"


def test_a_failure_is_one_sentence_and_what_was_answered_stays(caplog: pytest.LogCaptureFixture) -> None:
    def broken(error: Exception) -> Callable[[], None]:
        def fail() -> None:
            raise error
        return fail

    for error, sentence in ((InputError("the weights are gone", remedy="bring them"), "the weights are gone; bring them."),
                            (RuntimeError("secret"), "Something went wrong on our side; the server's log holds the details.")):
        predictor = Slow(before=2, when=broken(error))
        predictor.go.set()
        job = Job(predictor, ASKED).start()
        assert job.wait(LONG_S)
        assert (job.state().status, job.state().error, len(job.answered)) == ("failed", sentence, 1)


def test_equal_answers_are_one_object() -> None:
    shelf, fake = Shelf(FakePredictor().card.labels), FakePredictor()
    kept = [shelf.keep(SAMPLES[0], VARIANTS, fake.compare(SAMPLES[0], variants=VARIANTS, tasks=TASKS)) for _ in range(2)]
    assert all(one is other for mine, others in zip(kept[0].answers, kept[1].answers, strict=True) for one, other in zip(mine, others, strict=True))


def test_a_draw_is_the_first_or_repeatable_chance_and_cuts_long_dialogues() -> None:
    assert Draw(count=2, turns=100).of(SAMPLES) == SAMPLES[:2]
    drawn = Draw(count=3, turns=4, seed=7).of(SAMPLES)
    assert drawn == Draw(count=3, turns=4, seed=7).of(SAMPLES) and len(drawn) == 3 and all(len(one.turns) == 4 for one in drawn)
    ids = {tuple(one.id for one in Draw(count=3, turns=4, seed=seed).of(SAMPLES)) for seed in range(9)}
    assert len(ids) > 1
    empty = replace(SAMPLES[0], turns=())
    assert Draw(count=10**6, turns=10**6).of([empty, *SAMPLES]) == SAMPLES
    assert len(Draw(count=10**6, turns=9).of(SAMPLES * 100)) == 500


def test_a_summary_has_verdicts_splits_and_a_line_per_dialogue() -> None:
    job = Job(FakePredictor(), ASKED).start()
    assert job.wait(LONG_S)
    found = summary(job.answered, "bert")
    assert {(one.task, one.variant) for one in found.beside} == {(task, name) for task in TASKS for name in VARIANTS}
    rows = list(export_rows(job.answered, "bert"))
    assert len(rows) == sum(len(one.places) for one in job.answered) * len(VARIANTS)
    for one in found.beside:
        mine = [row for row in rows if (row["task"], row["variant"]) == (one.task, one.variant)]
        assert one.n == sum(row["right"] is not None for row in mine) and one.right == sum(row["right"] is True for row in mine)
        assert one.rows - one.agrees == sum(bool(row["differs_from_baseline"]) for row in mine)
        assert one.verdict == ("" if one.variant == "bert" or not one.n else "cannot tell")
    by_domain = found.splits[found.splits["by"] == "domain"]
    assert set(by_domain["part"]) == {NO_DOMAIN}.union(*(one.domains for one in SAMPLES))
    selected = found.splits[(found.splits["task"] == "response_selection") & (found.splits["by"] == "position")]
    assert set(selected["measure"]) == {"right"} and selected.groupby("variant")["n"].sum().nunique() == 1
    assert list(found.table["dialogue"]) == [one.id for one in SAMPLES] and found.table["differing"].between(0, 1).all()


def test_nothing_answered_is_an_empty_summary() -> None:
    found = summary((), "bert")
    assert found.dialogues == 0 and found.beside == () and len(found.splits) == 0 == len(found.table)
