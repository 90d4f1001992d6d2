"""``predict``: answer downstream tasks for every dialogue of a file in any upload format."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from engine.commands.base import Ticker
from engine.dialogue.upload import read_upload
from engine.errors import InputError
from engine.serve import PREDICTORS
from engine.serve.base import Prediction


class Predict:
    """The Compare page without a browser."""

    def add(self, parser: argparse.ArgumentParser) -> None:
        """The file and what to ask."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--variants", default="", help="names, comma between (default: all)")
        parser.add_argument("--tasks", default="", help="names, comma between (default: all)")
        parser.add_argument("--predictor", default="local")
        parser.add_argument("--json", action="store_true", help="print one JSON object per dialogue")

    def run(self, arguments: argparse.Namespace) -> None:
        """Read, ask, print."""
        upload = read_upload(_bytes(arguments.file), arguments.file.name)
        predictor = PREDICTORS[arguments.predictor]()
        variants = _names(arguments.variants) or [card.name for card in predictor.card.variants]
        tasks = _names(arguments.tasks) or list(predictor.card.tasks)
        ticker = Ticker()
        for dialogue in upload.dialogues:
            answers = predictor.compare(dialogue, variants=variants, tasks=tasks, progress=lambda share, text: ticker(f"{share:.0%} {text}"))
            if arguments.json:
                print(json.dumps({"dialogue": dialogue.id, "format": upload.detection.format, "predictions": [asdict(answer) for answer in answers]},
                                 ensure_ascii=False, default=dict))
            else:
                print("\n".join(line(answer) for answer in answers))


def line(answer: Prediction) -> str:
    """One answer in a line."""
    said: Any = answer.answer
    text = said if isinstance(said, str) else ", ".join(f"{k}={v}" for k, v in said.items()) if hasattr(said, "items") else ", ".join(said)
    return f"turn {answer.turn + 1:<3} {answer.task:<20}{answer.variant:<12}{text or '-'}"


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"the file cannot be read ({error.strerror})", where=str(path), remedy="give the path of a dialogue file") from None


PREDICT = Predict()
