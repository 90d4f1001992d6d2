"""The shipped DialogZoo model: all tasks answered, together as one by one, streamed to their last word, edited prompts, broken files."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from engine.dialogue.samples import samples
from engine.errors import CheckpointError, InputError
from engine.fingerprint import file_sha256
from engine.models.seq2seq.store import zoo_file
from engine.serve.zoo.base import ZooModel, ZooQuestion
from engine.serve.zoo.local import LocalZoo, open_local
from engine.serve.zoo.questions import Given, all_asked
from engine.train.zoo_evaluate import answers
from engine.zoo import ZOO_TASKS
from engine.zoo.base import Manner
from engine.zoo.datasets import ZOO_DATASETS

SHORT = [name for name in ZOO_TASKS if ZOO_TASKS[name].supervised]


@pytest.fixture(scope="module")
def model() -> ZooModel:
    return open_local()


@pytest.fixture(scope="module")
def questions() -> list[ZooQuestion]:
    dialogue = samples()["train and hotel"]
    return [asked.question for asked in all_asked(Given(dialogue=dialogue), SHORT) if asked.question]


def test_the_card_is_of_these_weights(model: ZooModel) -> None:
    known = json.loads(zoo_file().with_suffix(".json").read_text(encoding="utf-8"))
    assert known["weights"]["sha256"] == file_sha256(zoo_file()) and zoo_file().stat().st_size < 30_000_000
    assert model.card.fingerprint == known["weights"]["sha256"][:12]
    assert set(model.card.tasks) == set(ZOO_TASKS) and model.card.tokens_seen > 1_000_000
    assert {pair.split("/")[1] for pair in model.card.datasets} == set(known["licences"]) <= set(ZOO_DATASETS)
    assert not {"top", "dstc8_slots"} & set(known["licences"]), "sets that are never trained on"


def test_all_tasks_are_answered_together_as_one_by_one_and_streamed(model: ZooModel, questions: list[ZooQuestion]) -> None:
    heard: dict[int, str] = {}
    together = model.answer(questions, told=lambda place, text: heard.__setitem__(place, text))
    assert [answer.task for answer in together] == [question.task for question in questions] and len(together) >= 14
    assert {answer.task: answer.text for answer in together if not answer.valid and not answer.stopped and answer.task != "txt2sql"} == {}
    assert heard == {place: answer.text for place, answer in enumerate(together)}
    assert model.answer(questions) == together
    for question, answer in list(zip(questions, together, strict=True))[::4]:
        assert model.answer([question])[0].text == answer.text


@pytest.mark.parametrize("constrained", [True, False])
def test_answers_are_served_and_scored_in_their_tasks_manner(questions: list[ZooQuestion], monkeypatch: pytest.MonkeyPatch, constrained: bool) -> None:
    model = LocalZoo(zoo_file())
    chat = next(question for question in questions if question.task == "chat")
    plain = {"chat": replace(ZOO_TASKS["chat"], manner=Manner())}
    told = {"chat": replace(ZOO_TASKS["chat"], manner=Manner(longer=9.0, runs=1))}
    wide = {"chat": replace(ZOO_TASKS["chat"], manner=Manner(longer=9.0, runs=1, beams=2))}
    lengths = []
    for forms in (plain, told, wide):
        monkeypatch.setattr("engine.serve.zoo.local.ZOO_TASKS", forms)
        monkeypatch.setattr("engine.train.zoo_evaluate.ZOO_TASKS", forms)
        heard = list[str]()
        (served,) = model.answer([chat], constrained=constrained, told=lambda place, text, heard=heard: heard.append(text))  # type: ignore[misc]
        assert heard[-1] == served.text and len(heard) == served.tokens - (not served.stopped)
        assert answers(model._model, [replace(chat.sample, answer="yes")], model.card.max_tokens, constrained=constrained) == [served.text]
        lengths.append(served.tokens)
    assert min(lengths[1:]) > lengths[0] + 5


def test_an_edited_prompt_is_read_as_it_stands(model: ZooModel, questions: list[ZooQuestion]) -> None:
    intent = next(question for question in questions if question.task == "intent")
    text = model.prompt(intent).text
    assert model.prompt(ZooQuestion(sample=intent.sample, prompt=text)).text == text
    long = ZooQuestion(sample=intent.sample, prompt=text.replace("[EK]", "word " * 500 + "[EK]"))
    assert model.prompt(long).tokens <= model.card.max_tokens and model.answer([long])[0].valid
    for broken in ("hello", text.replace("[intent]", "[rew]"), text.replace("[EK]", "")):
        with pytest.raises(InputError):
            model.prompt(ZooQuestion(sample=intent.sample, prompt=broken))


def test_broken_files_are_told(tmp_path: Path) -> None:
    for name in ("compact.safetensors", "compact.json"):
        shutil.copyfile(zoo_file().with_name(name), tmp_path / name)
    assert LocalZoo(tmp_path / "compact.safetensors").card.name == "compact"
    (tmp_path / "compact.safetensors").write_bytes(b"\x80\x04\x95pickle")
    with pytest.raises(CheckpointError, match="damaged"):
        LocalZoo(tmp_path / "compact.safetensors")
    (tmp_path / "compact.safetensors").unlink()
    with pytest.raises(CheckpointError, match="not there"):
        LocalZoo(tmp_path / "compact.safetensors")
