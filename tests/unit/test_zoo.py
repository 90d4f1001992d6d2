"""DialogZoo's unified format: every output and knowledge can be read again, prompts keep their limit, schedules their order."""

from __future__ import annotations

from itertools import islice
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.dialogue.model import Span, Turn
from engine.errors import InputError
from engine.zoo import ZOO_TASKS
from engine.zoo.base import Sample
from engine.zoo.escape import BRACKETED, TASK_NAMES, shield, shield_value, tidy, unshield, unshield_value
from engine.zoo.knowledge import NOTHING, Database, Description, Document, Triples, linear
from engine.zoo.outputs import CONVERSATION, SLOT_VALUES, SQL, STATE, TEXT, UTTERANCE, same
from engine.zoo.prompt import parts, prompt
from engine.zoo.schedule import Mixture, TaskIterative
from engine.zoo.tasks.clo import masked
from engine.zoo.tasks.reo import shuffled

WORD = st.one_of(st.text(min_size=1, max_size=6), st.sampled_from([*BRACKETED, ";", "=", "|", "\\;", "\\[EK]", "\\\\[C]", "none", "[", "]", "\\"]))
TIDY = st.lists(WORD, min_size=1, max_size=6).map(" ".join).map(tidy).filter(bool)
TABLE_1 = """
REW / Multiple Turns / None / Single Utterance
NLG / None / Semi-structured Description / Single Utterance
SUM / Multiple Turns / None / Unstructured Text
FILL / Single Turn / Semi-structured Description / Structured Knowledge
INTENT / Single Turn / Semi-structured Description / Unstructured Text
DST / Multiple Turns / Semi-structured Description / Structured Knowledge
COMM / Single Turn / Unstructured Text / Unstructured Text
EMO / Single Turn / Semi-structured Description / Unstructured Text
DOCQA / Multiple Turns / Unstructured Text / Unstructured Text
DIALQA / Multiple Turns / Unstructured Text / Unstructured Text
CHAT / Multiple Turns / Unstructured Text / Single Utterance
KGDIAL / Multiple Turns / Structured Knowledge / Single Utterance
TXT2SQL / Multiple Turns / Structured Knowledge / Structured Knowledge
SIM / Multiple Turns / Semi-structured Description / Single Utterance
TOD / Multiple Turns / Semi-structured Description / Single Utterance
""".strip().lower().splitlines()
"""Task, dialogue content, external knowledge and output format in the paper's Table 1."""
TURNS = st.lists(st.builds(Turn, speaker=st.sampled_from(["user", "system"]), text=TIDY), min_size=1, max_size=5).map(tuple)


def count(text: str) -> int:
    return len(text.split())


@given(TIDY)
def test_shields_come_off_again_and_hide_every_mark(text: str) -> None:
    assert unshield(shield(text)) == text and unshield_value(shield_value(text)) == text
    assert not set(shield(text).split()) & set(BRACKETED)
    assert not set(shield_value(text).split()) & {";", "=", "|"}


@given(TIDY, TURNS, st.lists(st.tuples(TIDY, TIDY), max_size=4), st.dictionaries(TIDY, TIDY, max_size=4))
def test_every_kind_of_output_is_read_as_it_was_written(text: str, turns: Any, pairs: Any, state: dict[str, str]) -> None:
    for output in (UTTERANCE, TEXT, SQL):
        assert output.read(output.write(text)) == text
    assert CONVERSATION.read(CONVERSATION.write(turns)) == turns
    assert SLOT_VALUES.read(SLOT_VALUES.write(pairs)) == tuple(pairs)
    assert STATE.read(STATE.write(state)) == state


@pytest.mark.parametrize(("output", "text"), [(TEXT, " "), (TEXT, "a [EK] b"), (SLOT_VALUES, "food thai"), (SLOT_VALUES, "food = a = b"), (SLOT_VALUES, ""),
                                              (SLOT_VALUES, "food ="), (STATE, "food = a ; food = b"), (CONVERSATION, "hello"), (CONVERSATION, "[USR]"),
                                              (CONVERSATION, "so [SYS] hello")])
def test_what_is_not_of_the_form_is_no_answer(output: Any, text: str) -> None:
    assert output.read(text) is None


@given(TIDY, st.lists(st.tuples(TIDY, st.one_of(st.just(""), TIDY)), min_size=1, max_size=4), st.lists(st.tuples(TIDY, TIDY, TIDY), max_size=4),
       st.lists(st.tuples(TIDY, st.lists(TIDY, min_size=1, max_size=3).map(tuple)), max_size=3))
def test_every_kind_of_knowledge_is_read_as_it_was_written(text: str, items: Any, facts: Any, tables: Any) -> None:
    for known in (Document(text), Description(tuple(items)), Triples(tuple(facts)), Database(tuple(tables))):
        line = linear(known)
        assert line == "none" or type(known).parse(line) == known  # the one word "none" says that there is nothing
        assert known.first(1).items == known.items[:1]


def test_the_tasks_are_those_of_the_paper() -> None:
    assert [" / ".join([task.name, task.content, task.knowledge, task.output.kind]) for task in ZOO_TASKS.values() if task.supervised] == TABLE_1


@pytest.mark.parametrize("name", ZOO_TASKS)
def test_zoo_task(name: str) -> None:
    task = ZOO_TASKS[name]
    assert task.name == name and task.token in BRACKETED and task.definition.endswith(".") and task.definition.count(".") == 1
    assert tuple(ZOO_TASKS) == TASK_NAMES
    assert shield(task.definition) == task.definition
    answers: list[tuple[Any, Any]] = [(STATE, {"food": "thai"}), (SLOT_VALUES, (("food", "thai"),)), (CONVERSATION, (Turn(speaker="user", text="hi"),))]
    answer = next((answer for output, answer in answers if output is task.output), "thai food")
    assert task.target(answer).startswith(f"[{name}] ") and same(task.read(task.target(answer)), answer)


def asked(turns: tuple[Turn, ...], known: Any = NOTHING) -> Sample:
    return Sample(task="dst", dataset="d", id="1", split="train", turns=turns, knowledge=known)


@settings(max_examples=60)
@given(TURNS, st.lists(st.tuples(TIDY, TIDY), max_size=30), st.integers(30, 80))
def test_a_prompt_keeps_its_limit_its_end_and_its_form(turns: tuple[Turn, ...], items: Any, limit: int) -> None:
    task = ZOO_TASKS["dst"]
    made = prompt(task, asked(turns, Description(tuple(items))), count, limit)
    assert made.tokens == count(made.text) <= limit
    name, content, facts, definition = parts(made.text)
    assert (name, definition) == (task.name, task.definition)
    kept = CONVERSATION.read(content)
    assert kept is None or not kept or turns[-1].text.endswith(kept[-1].text)
    assert made.items + made.items_cut == len(items) and (made.items == 0 or facts.startswith(linear(Description(tuple(items[:made.items])))))


def test_what_one_part_does_not_need_goes_to_the_other() -> None:
    task, long = ZOO_TASKS["dst"], tuple(Turn(speaker="user", text=f"word {number}") for number in range(60))
    alone = prompt(task, asked(long), count, 100)
    beside = prompt(task, asked(long, Description(tuple((f"slot {n}", "words") for n in range(60)))), count, 100)
    assert alone.turns > beside.turns > 0 and beside.items > 0 and beside.items_cut > 0 and alone.turns_cut == 60 - alone.turns
    assert alone.text.split("[EK]")[0].strip().endswith("word 59")
    whole = prompt(task, asked(long), count, 1000)
    assert (whole.turns, whole.turns_cut) == (60, 0)


def test_a_definition_that_fills_everything_is_told() -> None:
    with pytest.raises(InputError, match="leaves no room in 10 tokens"):
        prompt(ZOO_TASKS["dst"], asked((Turn(speaker="user", text="a"),)), count, 10)


@pytest.mark.parametrize("text", ["", "hello", "[rew] a [C] b [EK] c", "[rew] a [EK] b [EK] c [C] d", "[rew] a [EK] b"])
def test_an_edited_prompt_without_its_form_is_told(text: str) -> None:
    with pytest.raises(InputError, match="put each of the marks once"):
        parts(text)


@given(TURNS, st.integers(0, 99))
def test_reordering_restores_the_dialogue(turns: tuple[Turn, ...], seed: int) -> None:
    sample = shuffled(turns, Random(seed), dataset="d", id="1", split="train")
    if sample is None:
        assert len(set(turns)) < 2
    else:
        assert sample.answer == turns and sample.turns != turns and sorted(map(repr, sample.turns)) == sorted(map(repr, turns))
        assert sample == shuffled(turns, Random(seed), dataset="d", id="1", split="train")


ENTITIES = st.tuples(st.sampled_from(["ask", "for", "a"]), st.sampled_from(["Thai", "York", "[EK]", "new town"]))


@given(st.lists(ENTITIES, min_size=1, max_size=4), st.integers(0, 9))
def test_masks_and_entities_restore_the_text(words: list[tuple[str, str]], seed: int) -> None:
    text, spans = "", []
    for plain, entity in words:
        text += f"{plain} "
        spans.append(Span(start=len(text), end=len(text) + len(entity), label="X"))
        text += f"{entity} "
    turn = Turn(speaker="user", text=text.strip())
    sample = masked([turn], [spans], Random(seed), dataset="d", id="1", split="train")
    assert sample is not None and isinstance(sample.knowledge, Description)
    said = sample.turns[0].text
    assert said.split().count("[mask]") == len(words) and set(sample.knowledge.names) == {entity for _, entity in words}
    for _, entity in words:
        said = said.replace("[mask]", entity, 1)
    assert said == text.strip() == sample.answer[0].text


def test_nothing_to_mask_or_to_reorder_is_no_sample() -> None:
    turn = Turn(speaker="user", text="hi")
    assert masked([turn], [[]], Random(0), dataset="d", id="1", split="train") is None
    assert shuffled([turn, turn], Random(0), dataset="d", id="1", split="train") is None


@given(st.dictionaries(st.sampled_from("abcd"), st.integers(1, 40), min_size=1), st.integers(1, 9), st.integers(0, 20))
def test_any_schedule_goes_on_where_it_stopped(sizes: dict[str, int], step: int, stop: int) -> None:
    for schedule in (TaskIterative(sizes, step), Mixture(sizes, temperature=2, step=step, seed=3)):
        whole = list(islice(schedule.slices(), stop + 5))
        assert whole[stop:] == list(islice(schedule.slices(stop), 5))
        assert all(len(part.indices) == step and max(part.indices) < sizes[part.task] for part in whole)


def test_algorithm_1_gives_every_task_the_same_number_of_samples_and_the_largest_one_pass() -> None:
    schedule = TaskIterative({"small": 3, "large": 10}, step=4)
    epoch = list(islice(schedule.slices(), schedule.rounds * 2))
    seen = {name: [index for part in epoch if part.task == name for index in part.indices] for name in schedule.sizes}
    assert schedule.rounds == 3 and {name: len(indices) for name, indices in seen.items()} == {"small": 12, "large": 12}
    assert seen["large"] == [*range(10), 0, 1] and seen["small"] == [0, 1, 2] * 4


def test_mixtures_follow_sizes_and_temperature() -> None:
    def share(temperature: float) -> float:
        parts_ = list(islice(Mixture({"a": 90, "b": 10}, temperature=temperature, step=1).slices(), 4000))
        return sum(part.task == "a" for part in parts_) / len(parts_)

    assert share(1) == pytest.approx(0.9, abs=0.02) and share(1000) == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("sizes", [{}, {"a": 0}])
def test_a_task_without_samples_is_told(sizes: dict[str, int]) -> None:
    with pytest.raises(InputError, match="has no sample"):
        TaskIterative(sizes)
