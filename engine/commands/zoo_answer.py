"""``zoo answer``: DialogZoo's tasks asked of every dialogue of a file in any upload format."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine.commands.base import Ticker
from engine.dialogue.upload import read_upload
from engine.entities import default_extractor
from engine.errors import InputError, MissingDataError
from engine.serve.zoo import ZOO_MODELS
from engine.serve.zoo.base import ZooAnswer, ZooModel
from engine.serve.zoo.export import in_words, plain_answer, plain_card
from engine.serve.zoo.questions import Asked, Given, Spans, all_asked


def add_answer(verbs: Any) -> None:
    """Declare the verb's flags."""
    answer = verbs.add_parser("answer", help="ask the tasks of the dialogues of a file, in any upload format")
    answer.add_argument("file", type=Path)
    answer.add_argument("--tasks", default="all", help="names with commas between (default: all fifteen, reo and clo)")
    answer.add_argument("--free", action="store_true", help="do not keep answers to known labels, slots, tables and columns")
    answer.add_argument("--seed", type=int, default=0, help="draws the order of turns for reo and of entities for clo")
    answer.add_argument("--model", default="local", help=f"one of {', '.join(ZOO_MODELS)}")
    answer.add_argument("--json", action="store_true", help="print one JSON object per dialogue")


def run_answer(arguments: argparse.Namespace, tasks: Sequence[str]) -> None:
    """Read the file, ask, print."""
    try:
        upload = read_upload(arguments.file.read_bytes(), arguments.file.name)
    except OSError as error:
        raise InputError(f"the file cannot be read ({error.strerror})", where=str(arguments.file), remedy="give the path of a dialogue file") from None
    model = ZOO_MODELS[arguments.model]()
    spans = _spans() if "clo" in tasks else None
    for number, dialogue in enumerate(upload.dialogues, start=1):
        asked = all_asked(Given(dialogue=dialogue, seed=arguments.seed, spans=spans), tasks)
        found = _answers(model, asked, not arguments.free, f"dialogue {number} of {len(upload.dialogues)}")
        reasons = {one.task: one.reason for one in asked if one.question is None}
        if arguments.json:
            print(json.dumps({"dialogue": dialogue.id, "format": upload.detection.format, "model": plain_card(model.card), "constrained": not arguments.free,
                              "seed": arguments.seed, "answers": list(map(plain_answer, found)), "not_asked": reasons}, ensure_ascii=False))
        else:
            print("\n".join([dialogue.id, *map(line, found), *(f"  {task:<9}not asked: {reason}" for task, reason in reasons.items())]))


def line(answer: ZooAnswer) -> str:
    """One answer in a line."""
    return f"  {answer.task:<9}{'valid' if answer.valid else 'INVALID':<9}{in_words(answer)}{' …' if answer.stopped else ''}"


def _spans() -> Spans | None:
    try:
        return default_extractor().entities
    except MissingDataError:  # told as the reason why CLO is not asked
        return None


def _answers(model: ZooModel, asked: Sequence[Asked], constrained: bool, name: str) -> list[ZooAnswer]:
    questions, ticker = [one.question for one in asked if one.question], Ticker()

    def told(place: int, text: str) -> None:
        ticker(f"{name}: {questions[place].task}: {text[-60:]}")

    return model.answer(questions, constrained=constrained, told=told) if questions else []
