"""``capsule``: verify a capsule file, i.e. ask the same questions again and compare every number."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from engine.commands.base import Ticker
from engine.errors import DialAtlasError, InputError
from engine.serve import PREDICTORS
from engine.serve.capsule import snippet
from engine.serve.capsule_check import Line, Said, verify
from engine.serve.capsule_file import MAX_BYTES, unpack


class CapsuleVerb:
    """The page Capsule without a browser."""

    def add(self, parser: argparse.ArgumentParser) -> None:
        """The file."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--predictor", default="local")
        parser.add_argument("--json", action="store_true", help="print the whole outcome as one JSON object")
        parser.add_argument("--snippet", action="store_true", help="only print the Python program that asks the same")

    def run(self, arguments: argparse.Namespace) -> None:
        """Verify and print.

        Raises:
            DialAtlasError: An answer is not reproduced (exit code 1).
        """
        given = unpack(_bytes(arguments.file))
        if arguments.snippet:
            print(snippet(given), end="")  # made anew: the file's own text comes from anybody
            return
        ticker = Ticker()
        outcome = verify(given, PREDICTORS[arguments.predictor](), lambda share, words: ticker(f"{share:.0%} {words}"))
        if arguments.json:
            print(json.dumps(asdict(outcome) | {"reproduced": outcome.reproduced, "sentence": outcome.sentence}, ensure_ascii=False, default=dict))
        else:
            print("\n".join([*map(row, outcome.lines), *(f"{one.name}: {one.before} in the capsule, {one.now or 'nothing'} here"
                                                         for one in outcome.facts if not one.same), outcome.sentence]))
        if not outcome.reproduced:
            raise DialAtlasError("not every answer is reproduced", where=str(arguments.file),
                                 remedy="compare the weights, versions and commit that are named above")


def row(line: Line) -> str:
    """One answer in a line.

    >>> row(Line(variant="crm", question="intent", turn=0, before="oos", now="oos", gap=0.0, status="identical"))
    'turn 1   intent              crm         identical         oos'
    """
    place = "" if line.turn is None else f"turn {line.turn + 1}"
    changed = "" if line.now in (None, line.before) else f" -> {_text(line.now)}"
    gap = f" (by at most {line.gap:.2g})" if line.gap else ""
    return f"{place:<9}{line.question:<20}{line.variant:<12}{line.status:<18}{_text(line.before)}{changed}{gap}"


def _text(said: Said | None) -> str:
    if said is None or isinstance(said, str):
        return said or "-"
    return ", ".join(f"{slot}={value}" for slot, value in said.items()) if isinstance(said, Mapping) else ", ".join(said) or "-"


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"the file cannot be read ({error.strerror})", where=str(path), remedy="give the path of a capsule file") from None


CAPSULE = CapsuleVerb()
