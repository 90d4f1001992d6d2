"""The talk's room: steps and reveals, votes that count once, limits, thirty phones at once; and recorded answers that stand in."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from engine.dialogue.model import Dialogue
from engine.errors import CheckpointError, InputError
from engine.serve.base import Prediction
from engine.serve.fake import FakePredictor
from engine.serve.talk.answers import Models, Question
from engine.serve.talk.draw import slide
from engine.serve.talk.live import Live, Shown
from engine.serve.talk.recorded import Entry, questions, read_recorded, record, recorded_path, write
from engine.serve.talk.room import Limits, Room
from engine.serve.talk.story import Story, read_story
from engine.serve.zoo.fake import FakeZoo

STORY = """
title: A talk
steps:
  - title: Welcome
  - title: Guess
    dialogue: [{user: I want Thai food in the north.}, {system: "How cheap?"}]
    ask: {objective: dsp, variants: [bert, crm, dsp, enp], turn: 1}
    vote: dsp
    reveal: [answers, right]
    seconds: 5
  - title: Say
    dialogue: [{user: Book a cheap hotel.}]
    ask: {tasks: [intent], variants: [bert, crm]}
    utterances: true
    seconds: 5
  - title: End
"""
GUESS, SAY = 1, 2


class Clock:
    """Time that a test moves."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


class Slow(FakePredictor):
    """Answers when it is let, or fails."""

    def __init__(self) -> None:
        super().__init__()
        self.let, self.asked, self.trouble = threading.Event(), threading.Event(), None

    trouble: Exception | None

    def compare(self, dialogue: Dialogue, **asked: Any) -> list[Prediction]:
        self.asked.set()
        if self.trouble:
            raise self.trouble
        assert self.let.wait(60)
        return super().compare(dialogue, **asked)


def story(folder: Path) -> Story:
    path = folder / "story.yaml"
    path.write_text(STORY, encoding="utf-8")
    return read_story(path)


def until(true: Callable[[], Any]) -> None:
    """Wait, long on a busy machine."""
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def room_of(told: Story, predictor: FakePredictor | None = None, recorded: Mapping[str, Entry] | None = None, **more: Any) -> tuple[Room, Clock, Live]:
    clock, models = Clock(), Models(predictor or FakePredictor(), FakeZoo())
    live = Live(models, recorded or {}, clock)
    return Room(told, live, models.titles, clock=clock, **more), clock, live


@pytest.fixture
def room(tmp_path: Path) -> Room:
    made = room_of(story(tmp_path))[0]
    made.move(1)
    until(lambda: made.view().ballot.blind)  # type: ignore[union-attr]
    return made


def shown(room: Room) -> Shown:
    found = room.view().answers
    assert found
    return found


def test_steps_end_where_the_story_ends(tmp_path: Path) -> None:
    room, clock, _ = room_of(story(tmp_path))
    room.move(-1)
    assert (room.at, room.clock()) == (0, (0.0, 0.0))
    for at in (1, 2, 3, 3):
        room.move(1)
        clock.now += 10
        assert room.at == at
    assert room.clock() == (40.0, 20.0)


def test_advance_reveals_and_then_goes_on(room: Room) -> None:
    seen = []
    for _ in range(4):
        seen.append((room.at, "answers" in room.view().shown, "right" in room.view().shown))
        room.advance()
    assert seen == [(1, False, False), (1, True, False), (1, True, True), (2, True, False)]


def test_only_the_key_makes_a_presenter(tmp_path: Path) -> None:
    rooms = [room_of(story(tmp_path))[0] for _ in range(2)]
    assert rooms[0].is_presenter(rooms[0].key) and len(rooms[0].key) > 20
    assert not any(rooms[0].is_presenter(key) for key in ("", rooms[1].key, rooms[0].key[:-1], "é"))


def test_a_vote_counts_once_and_may_change_until_it_is_decided(room: Room) -> None:
    phone = room.join()
    for choice in ("bert", "crm", "crm"):
        room.vote(phone, GUESS, choice)
    ballot = room.view().ballot
    assert ballot and dict(ballot.counts) == {"bert": 0, "crm": 1, "dsp": 0, "enp": 0} and ballot.open and not ballot.right
    room.reveal()
    with pytest.raises(InputError, match="not open"):
        room.vote(phone, GUESS, "bert")
    decided = room.view().ballot
    assert decided and not decided.open and decided.counts == ballot.counts and "dsp" in decided.right
    said = {one.who: one.text for one in shown(room).answered.said}  # type: ignore[union-attr]
    assert decided.right == {who for who, text in said.items() if text == said["dsp"]}


@pytest.mark.parametrize(("token", "index", "choice", "sentence"), [
    ("", GUESS, "bert", "has not joined"), ("made up", GUESS, "bert", "has not joined"), (None, GUESS, "mlm", "no choice"),
    (None, 0, "bert", "not open"), (None, SAY, "bert", "not open"), (None, -1, "bert", "not open"), (None, 99, "bert", "not open")])
def test_votes_that_are_refused(room: Room, token: str | None, index: int, choice: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        room.vote(room.join() if token is None else token, index, choice)
    assert sum(room.view().ballot.counts.values()) == 0  # type: ignore[union-attr]


def test_utterances_are_bounded(tmp_path: Path) -> None:
    room, _, _ = room_of(story(tmp_path), limits=Limits(phones=3, utterance=20, utterances_each=2, utterances=3))
    phones = [room.join() for _ in range(3)]
    with pytest.raises(InputError, match="takes no utterances"):
        room.say(phones[0], "Hello")
    room.go(SAY)
    for text, sentence in (("", "no words"), (" \n ", "no words"), ("x" * 21, "more than 20 characters"), ("x" * 10**6, "more than 20")):
        with pytest.raises(InputError, match=sentence):
            room.say(phones[0], text)
    room.say(phones[0], "one\n two")
    room.say(phones[0], "three")
    with pytest.raises(InputError, match="came from this phone"):
        room.say(phones[0], "four")
    room.say(phones[1], "five")
    with pytest.raises(InputError, match="the room has sent 3"):
        room.say(phones[2], "six")
    assert [one.text for one in room.utterances()] == ["five", "three", "one two"]
    with pytest.raises(InputError, match="3 phones have joined"):
        room.join()
    assert room.join(phones[0]) == phones[0]


def test_an_utterance_of_the_room_is_asked_about_and_taken_out_again(tmp_path: Path) -> None:
    room, _, _ = room_of(story(tmp_path))
    room.go(SAY)
    room.say(room.join(), "I need a <b>taxi</b>")
    with pytest.raises(InputError, match="cannot be used"):
        room.use(7)
    room.use(1)
    view = room.view()
    assert view.added == "I need a <b>taxi</b>" and view.question and view.question.dialogue.turns[-1].text == view.added
    until(lambda: shown(room).badge == "live")
    room.use(0)
    assert not room.view().added


def test_thirty_phones_at_once(room: Room) -> None:
    names, tokens, refused = ["bert", "crm", "dsp", "enp"], [], []
    start = threading.Barrier(30)

    def phone(number: int) -> str:
        start.wait(60)
        token = room.join()
        for turn in range(8):
            assert room.join(token) == token
            room.vote(token, GUESS, names[(number + turn) % 4])
            room.view()
        room.vote(token, GUESS, names[number % 4])
        return token

    with ThreadPoolExecutor(30) as pool:
        tokens = list(pool.map(phone, range(30)))
    ballot = room.view().ballot
    assert ballot and room.phones == len(set(tokens)) == 30
    assert dict(ballot.counts) == {"bert": 8, "crm": 8, "dsp": 7, "enp": 7}
    room.go(SAY)

    def talker(token: str) -> None:
        for _ in range(5):
            try:
                room.say(token, "Hello there")
            except InputError as error:
                refused.append(error)

    with ThreadPoolExecutor(30) as pool:
        list(pool.map(talker, tokens))
    assert (len(room.utterances()), len(refused)) == (90, 60)


def entries(told: Story, predictor: FakePredictor) -> dict[str, Entry]:
    made = list(record(Models(predictor, FakeZoo()), told, "2026-11-21"))
    path = recorded_path(told.path)
    write(path, [entry for _, entry in made], {"commit": "none"})
    return dict(read_recorded(path))


def at_say(told: Story, predictor: FakePredictor, recorded: Mapping[str, Entry]) -> tuple[Room, Clock, Live]:
    room, clock, live = room_of(told, predictor, recorded)
    room.go(SAY)
    return room, clock, live


def marked(told: Story) -> Sequence[Question]:
    return [question for _, question in questions(told)]


def test_live_in_time_is_live(tmp_path: Path) -> None:
    told = story(tmp_path)
    room, _, _ = at_say(told, FakePredictor(), entries(told, FakePredictor()))
    until(lambda: shown(room).badge == "live")
    assert ">live</mark>" in slide(room.view(), 4, room.titles)


def test_slower_than_the_step_allows_is_recorded_and_says_so(tmp_path: Path) -> None:
    told, slow = story(tmp_path), Slow()
    room, clock, live = at_say(told, slow, entries(told, FakePredictor()))
    live.check_weights(marked(told))
    until(slow.asked.is_set)
    assert shown(room).badge == "waiting"
    clock.now += 5.1
    found = shown(room)
    assert (found.badge, found.note) == ("recorded", "on 2026-11-21; live took longer than the 5 s of this step")
    assert found.answered == entries(told, FakePredictor())[marked(told)[1].mark].answered
    slow.let.set()
    time.sleep(0.05)
    assert shown(room).badge == "recorded"
    drawn = slide(room.view(), 4, room.titles)
    assert ">recorded</mark>" in drawn and "took longer" in drawn and ">live</mark>" not in drawn
    room.again()
    until(lambda: shown(room).badge == "live")


def test_recorded_by_other_weights_is_stale(tmp_path: Path) -> None:
    told, slow = story(tmp_path), Slow()
    recorded = {mark: Entry(question=mark, weights="other", answered=one.answered, day=one.day) for mark, one in entries(told, FakePredictor()).items()}
    room, clock, live = at_say(told, slow, recorded)
    clock.now += 6
    assert "not known whether by these weights" in shown(room).note
    live.check_weights(marked(told))
    assert "STALE: by other weights" in shown(room).note and "STALE" in slide(room.view(), 4, room.titles)
    slow.let.set()


@pytest.mark.parametrize("trouble", [CheckpointError("the weights are damaged", remedy="restore them"), MemoryError("no memory")])
def test_a_failure_is_recorded_with_its_reason_or_told(tmp_path: Path, trouble: Exception) -> None:
    told, slow = story(tmp_path), Slow()
    slow.trouble = trouble
    for recorded, badge in ((entries(told, FakePredictor()), "recorded"), ({}, "failed")):
        room, _, _ = at_say(told, slow, recorded)
        until(lambda room=room: shown(room).badge != "waiting")
        assert shown(room).badge == badge and "live failed" in shown(room).note
        assert ("the weights are damaged" in shown(room).note) == isinstance(trouble, CheckpointError)


def test_slow_and_never_recorded_is_waited_for_and_says_so(tmp_path: Path) -> None:
    told, slow = story(tmp_path), Slow()
    room, clock, _ = at_say(told, slow, {})
    until(slow.asked.is_set)
    clock.now += 7
    assert (shown(room).badge, "nothing is recorded: still waiting" in shown(room).note) == ("waiting", True)
    slow.let.set()
    until(lambda: shown(room).badge == "live")
    assert shown(room).note.startswith("7.0 s; live took longer than the 5 s")


def test_a_question_that_was_left_is_asked_again(tmp_path: Path) -> None:
    told, slow = story(tmp_path), Slow()
    room, _, _ = at_say(told, slow, {})
    until(slow.asked.is_set)
    room.move(1)
    slow.let.set()
    room.move(-1)
    until(lambda: shown(room).badge == "live")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"dialatlas_talk": 2, "answers": []}', '{"dialatlas_talk": 1, "answers": [{"question": 1}]}',
                                  '{"dialatlas_talk": 1, "answers": 7}', "[" * 100_000, "\x00"])
def test_damaged_recordings_are_one_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "story.recorded.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"recorded answers .*; make it again"):
        read_recorded(path)


def test_a_question_about_other_words_finds_no_recording(tmp_path: Path) -> None:
    told = story(tmp_path)
    question = marked(told)[1]
    assert question.mark in entries(told, FakePredictor())
    assert question.with_utterance("And a taxi.").mark not in entries(told, FakePredictor())
