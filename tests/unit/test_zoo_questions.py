"""Questions from a dialogue and knowledge boxes, the fake text-to-text model that answers them, and the command that does both."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.__main__ import main
from engine.dialogue.edits import shuffle_group
from engine.dialogue.model import Act, Dialogue, Span, Turn
from engine.dialogue.samples import samples
from engine.errors import InputError, UnknownNameError
from engine.serve.zoo import ZOO_MODELS
from engine.serve.zoo.base import ZooAnswer, ZooModel, ZooQuestion
from engine.serve.zoo.beside import agreement, ranks, reordering, three
from engine.serve.zoo.boxes import BOXES, LONGEST, boxes_of, read_box
from engine.serve.zoo.defaults import default_text
from engine.serve.zoo.export import in_words
from engine.serve.zoo.questions import Given, all_asked, question, read_by
from engine.zoo import ZOO_TASKS
from engine.zoo.knowledge import Database, Description, Document, Triples
from engine.zoo.outputs import same, write_turns
from engine.zoo.prompt import parts

FAKE: ZooModel = ZOO_MODELS["fake"]()
SUPERVISED = [name for name in ZOO_TASKS if ZOO_TASKS[name].supervised]


def capitals(texts: Sequence[str]) -> list[tuple[Span, ...]]:
    """Every capitalised word is an entity."""
    return [tuple(Span(start=found.start(), end=found.end(), label="X") for found in re.finditer(r"\b[A-Z]\w+", text)) for text in texts]


def talk(*texts: str, first: str = "user") -> Dialogue:
    order = ("user", "system") if first == "user" else ("system", "user")
    turns = tuple(Turn(speaker=order[place % 2], text=text) for place, text in enumerate(texts))  # type: ignore[arg-type]
    return Dialogue(corpus="c", id="i", split="all", turns=turns)


def questions(name: str, **more: object) -> dict[str, ZooQuestion]:
    asked = all_asked(Given(dialogue=samples()[name], spans=capitals, **more))  # type: ignore[arg-type]
    return {one.task: one.question for one in asked if one.question}


# Questions


@pytest.mark.parametrize("name", samples())
def test_every_task_can_be_asked_of_every_sample(name: str) -> None:
    found = questions(name)
    assert list(found) == list(ZOO_TASKS)
    for task, one in found.items():
        form, sample = ZOO_TASKS[task], one.sample
        assert len(sample.turns) == {"none": 0, "single turn": 1}.get(form.content, len(sample.turns)) and sample.answer is None
        assert form.knowledge == "none" or task == "tod" or sample.knowledge.items
        assert bool(sample.choices) == (task in ("intent", "comm", "emo"))


def test_content_ends_where_the_task_begins() -> None:
    dialogue, found = samples()["taxi"], questions("taxi")
    last_user = max(index for index, turn in enumerate(dialogue.turns) if turn.speaker == "user")
    for task in ("rew", "dst", "chat", "kgdial", "tod"):
        assert len(found[task].sample.turns) == last_user + 1, task
    for task in ("intent", "fill", "emo"):
        assert found[task].sample.turns[0].text == dialogue.turns[last_user].text, task
    assert len(found["sum"].sample.turns) == len(found["dialqa"].sample.turns) == len(dialogue.turns)
    assert len(found["sim"].sample.turns) == last_user and found["docqa"].sample.turns[-1].text.endswith("?")


def test_boxes_are_filled_from_the_annotation() -> None:
    found = questions("thai restaurant")
    assert "restaurant | food | thai" in found["kgdial"].sample.knowledge.items
    assert "restaurant food = thai" in found["tod"].sample.knowledge.items
    assert "restaurant book day = day of the booking" in found["dst"].sample.knowledge.items
    assert "book name = jasmine boat" in found["nlg"].sample.knowledge.items
    movie = questions("movie")
    assert movie["intent"].sample.choices[:3] == ("find movies", "get times for movie", "buy movie tickets")
    assert "inform movies number of tickets = 2" in movie["sim"].sample.knowledge.items


def test_sim_says_what_the_state_gains_where_there_are_no_acts() -> None:
    turns = (Turn(speaker="user", text="a hotel", state={"hotel-area": "north"}), Turn(speaker="system", text="which day?"),
             Turn(speaker="user", text="friday", state={"hotel-area": "north", "hotel-book day": "friday"}))
    dialogue = Dialogue(corpus="c", id="i", split="all", turns=turns)
    assert default_text("sim.intent", dialogue) == "hotel book day = friday"
    spoken = Turn(speaker="system", text="ok", acts=(Act(name="Inform", slot="Price Range", value="a = b"),))
    assert read_box(BOXES["nlg.acts"], default_text("nlg.acts", dialogue.with_turns((*turns, spoken)))) == Description((("inform price range", "a = b"),))


def test_reordering_is_a_function_of_the_seed_and_windows_are_as_in_training() -> None:
    one, again, other = (questions("weekend trip", seed=seed)["reo"].sample for seed in (1, 1, 2))
    assert one == again != other and len(one.turns) <= 8
    assert sorted(map(repr, one.turns)) == sorted(map(repr, other.turns))
    assert "[mask]" in write_turns(questions("taxi")["clo"].sample.turns)


def test_what_cannot_be_asked_is_said_in_a_sentence() -> None:
    alone = {one.task: one.reason for one in all_asked(Given(dialogue=talk("Hello, anybody there?", first="system")))}
    assert alone["rew"] == alone["intent"] == "No user speaks in this dialogue." and not alone["sum"] and not alone["nlg"]
    assert "different utterances" in alone["reo"] and "extractor" in alone["clo"]
    hello = {one.task: one.reason for one in all_asked(Given(dialogue=talk("hello"), spans=capitals))}
    assert hello["sim"] and "No entity" in hello["clo"] and not hello["rew"]
    for reason in filter(None, (*alone.values(), *hello.values())):
        assert reason.endswith(".") and "\n" not in reason


@pytest.mark.parametrize("turns", [(), (Turn(speaker="user", text="  "),)])
def test_an_empty_dialogue_is_one_sentence(turns: tuple[Turn, ...]) -> None:
    with pytest.raises(InputError, match="no utterance; give a dialogue"):
        all_asked(Given(dialogue=talk().with_turns(turns)))


def test_a_wrong_task_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="did you mean"):
        question(Given(dialogue=talk("hi")), "intnet")


# Boxes


@pytest.mark.parametrize(("name", "text", "line"), [
    ("fill.slots", "area = north\nfood = a = b", "line 2"), ("kgdial.facts", "a | b | c\n\na | b", "line 3"), ("txt2sql.schema", "t = a | b ; u", "line 1"),
    ("dst.slots", "= nothing", "line 1"), ("tod.state", "a ; ; b", "line 1"), ("nlg.acts", "ok\n| ; =", "line 2")])
def test_a_malformed_line_is_named(name: str, text: str, line: str) -> None:
    with pytest.raises(InputError) as refused:
        read_box(BOXES[name], text)
    assert line in refused.value.sentence and "\n" not in refused.value.sentence and "`" not in refused.value.sentence


@pytest.mark.parametrize("name", BOXES)
def test_a_huge_box_is_one_sentence_and_spoils_its_own_task_alone(name: str) -> None:
    asked = {one.task: one for one in all_asked(Given(dialogue=samples()["taxi"], texts={name: "x y " * 2_621_440}), SUPERVISED)}
    assert [task for task, one in asked.items() if one.reason] == [BOXES[name].task]
    assert f"10,485,760 characters, and {LONGEST:,} at most" in asked[BOXES[name].task].reason


@pytest.mark.parametrize("box", BOXES.values(), ids=list(BOXES))
def test_an_empty_box_is_told_where_the_task_needs_it(box: object) -> None:
    name = box.name  # type: ignore[attr-defined]
    if BOXES[name].needed:
        with pytest.raises(InputError, match="write"):
            read_box(BOXES[name], "  \n ")
    else:
        assert not read_box(BOXES[name], "").items


def test_lines_may_stand_in_a_line_and_twice() -> None:
    assert read_box(BOXES["fill.slots"], "area = north ;\nfood\nfood ; day") == Description((("area", "north"), ("food", ""), ("food", ""), ("day", "")))
    assert read_box(BOXES["kgdial.facts"], "a | b | c\na | b | c") == Triples((("a", "b", "c"),))
    assert read_box(BOXES["txt2sql.schema"], "t = a | b\nu = c") == Database((("t", ("a", "b")), ("u", ("c",))))
    assert read_box(BOXES["docqa.document"], "two\n lines") == Document("two lines")
    assert read_box(BOXES["comm.choices"], "yes = no\nmaybe ; yes = no") == Description((("yes = no", ""), ("maybe", "")))


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.sampled_from(sorted(BOXES)))
def test_any_text_is_read_or_refused_in_one_sentence(text: str, name: str) -> None:
    asked = all_asked(Given(dialogue=samples()["taxi"], texts={name: text}), [BOXES[name].task])[0]
    if asked.question is None:
        assert asked.reason.endswith(".") and len(asked.reason.splitlines()) == 1
    else:
        assert parts(FAKE.prompt(asked.question).text)[0] == asked.task


def test_every_task_with_knowledge_has_a_box() -> None:
    assert {task for task in SUPERVISED if boxes_of(task)} == {task for task in SUPERVISED if ZOO_TASKS[task].knowledge != "none"}


# The fake model


@pytest.mark.parametrize("name", samples())
def test_the_fake_answers_in_each_tasks_form_and_always_the_same(name: str) -> None:
    asked = list(questions(name).values())
    found = FAKE.answer(asked)
    assert found == FAKE.answer(asked) and [one.task for one in found] == list(ZOO_TASKS)
    for one, answer in zip(asked, found, strict=True):
        assert answer.valid and not answer.stopped and answer.text.startswith(f"[{answer.task}] ") and in_words(answer)
        assert same(ZOO_TASKS[answer.task].read(answer.text), answer.answer) and answer.prompt == FAKE.prompt(one)
        assert not one.sample.choices or answer.answer in one.sample.choices


def test_unconstrained_some_answers_are_invalid() -> None:
    found = [answer for name in samples() for answer in FAKE.answer(list(questions(name).values()), constrained=False)]
    share = sum(not answer.valid for answer in found) / len(found)
    assert 0.15 < share < 0.6
    bad = next(answer for answer in found if answer.task == "intent" and not answer.valid)
    assert bad.answer == "something else entirely"


def test_answers_grow_word_by_word_all_together() -> None:
    told: list[tuple[int, str]] = []
    asked = list(questions("hotel").values())[:3]
    found = FAKE.answer(asked, told=lambda place, text: told.append((place, text)))
    assert [place for place, _ in told[:4]] == [0, 1, 2, 0]
    for place, answer in enumerate(found):
        mine = [text for at, text in told if at == place]
        assert mine[-1] == answer.text and all(later.startswith(sooner) for sooner, later in pairwise(mine))


def test_a_visitor_can_end_the_writing() -> None:
    told: list[str] = []
    found = FAKE.answer(list(questions("hotel").values()), told=lambda _, text: told.append(text), stop=lambda: len(told) > 2 * len(ZOO_TASKS))
    assert any(answer.stopped and not answer.valid for answer in found) and any(not answer.stopped for answer in found)
    assert all(len(answer.text.split()) <= 3 for answer in found)


def test_an_edited_prompt_is_read_to_the_letter_and_cut_at_its_end() -> None:
    plain = questions("hotel")["rew"]
    edited = ZooQuestion(sample=plain.sample, prompt="[rew] [USR] " + "and there? " * 300 + "[EK] none [C] rewrite it")
    assert FAKE.prompt(edited).tokens == FAKE.card.max_tokens and FAKE.prompt(edited).text == " ".join(edited.prompt.split()[:350])
    short = ZooQuestion(sample=plain.sample, prompt="[rew] [USR] and there? [EK] none [C] rewrite it")
    assert FAKE.answer([short])[0].prompt.text == short.prompt and FAKE.answer([short]) != FAKE.answer([plain])
    for wrong in ("[sum] x [EK] none [C] d", "no marks at all"):
        asked = question(Given(dialogue=samples()["hotel"], prompts={"rew": wrong}), "rew")
        assert read_by(FAKE, asked).reason.endswith(".") and read_by(FAKE, asked).prompt is None
        with pytest.raises(InputError):
            FAKE.answer([ZooQuestion(sample=plain.sample, prompt=wrong)])


# Beside the variants


def rewritten(turns: Sequence[Turn]) -> ZooAnswer:
    asked = reordering(shuffle_group(samples()["taxi"].turns, 0, (1, 2, 0)))
    return ZooAnswer(task="reo", prompt=FAKE.prompt(asked), text="", answer=tuple(turns), valid=True, tokens=1)


def test_an_order_that_was_written_is_told_as_ranks() -> None:
    posed = three(Given(dialogue=samples()["taxi"]))
    assert posed is not None and posed.right != ("0", "1", "2")
    true = [posed.turns[posed.right.index(str(rank))] for rank in range(3)]
    lower = [Turn(speaker=turn.speaker, text=" ".join(re.findall(r"\w+|\W", turn.text.lower()))) for turn in true]
    assert ranks(rewritten(lower), posed) == posed.right
    assert ranks(rewritten(posed.turns), posed) == ("0", "1", "2")
    assert ranks(rewritten(true[:2]), posed) is None and ranks(rewritten([true[0]] * 3), posed) is None
    assert three(Given(dialogue=talk("a", "b"))) is None and three(Given(dialogue=talk("a", "b", "a"))) is None


def test_states_agree_slot_by_slot() -> None:
    found = agreement({"hotel-area": "north", "hotel-stars": "4"}, {"hotel area": "North", "hotel stars": "5", "taxi leave at": "9"})
    assert (found.same, found.slots) == (1, 3)


# The command


def test_the_command_prints_an_object_per_dialogue(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "talk.txt"
    path.write_text("User: I need a cheap hotel.\nSystem: In which area?\nUser: In the north.\n", encoding="utf-8")
    assert main(("zoo", "answer", str(path), "--tasks", "rew,intent,sum", "--json", "--model", "fake")) == 0
    whole = json.loads(capsys.readouterr().out)
    assert [answer["task"] for answer in whole["answers"]] == ["rew", "intent", "sum"] and whole["constrained"] and not whole["not_asked"]
    assert whole["answers"][0]["prompt"].startswith("[rew] [USR] I need a cheap hotel.") and whole["model"]["fingerprint"] == "fake-zoo"
    assert main(("zoo", "answer", str(path), "--tasks", "dst,txt2sql", "--free", "--model", "fake")) == 0
    shown = capsys.readouterr().out.splitlines()
    assert len(shown) == 3 and shown[1].split()[0] == "dst" and shown[2].split()[1] in ("valid", "INVALID")


@pytest.mark.parametrize(("arguments", "words"), [
    (("nowhere.txt",), "cannot be read"), (("README.md", "--tasks", "intnet"), "did you mean 'intent'"), (("README.md", "--model", "x"), "text-to-text model")])
def test_a_mistake_is_one_sentence(arguments: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text("User: hello there\nSystem: hello\n", encoding="utf-8")
    assert main(("zoo", "answer", *(str(path) if one == "README.md" else one for one in arguments))) == 2
    out, err = capsys.readouterr()
    assert out == "" and words in err and err.count("\n") == 1


def test_a_task_that_cannot_be_asked_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "talk.txt"
    path.write_text("System: Welcome.\nSystem: How can I help?\n", encoding="utf-8")
    assert main(("zoo", "answer", str(path), "--tasks", "rew,sum", "--model", "fake")) == 0
    assert "rew      not asked: No user speaks in this dialogue." in capsys.readouterr().out
