"""Submissions in EvalAI's layout: one JSON object with a list of answers for each set, or with five such lists in the few-shot phase."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.errors import InputError
from engine.zoo.glue import GLUE_SETS
from engine.zoo.glue.base import GlueRow, Kind, Shots
from engine.zoo.glue.tags import on_pieces, spans

Answers = Sequence[Any]
"""For each test row: an intent, ``slot:start-end`` strings, ``[intent, tags]`` (places and tags of wordpieces), or a turn in TripPy's layout."""
RUNS = 5
"""Models per set in the few-shot phase."""


def answer(kind: Kind, guess: GlueRow, pieces: Sequence[int], known: Sequence[str]) -> Any:
    """One answer as a submission has it.

    Args:
        kind: Of the set.
        guess: What a model said.
        pieces: Wordpieces of BERT's vocabulary in each word; for slots without those that the script passes over.
        known: All tags.
    """
    if kind == "intent":
        return guess.intent
    if kind == "slots":
        return [f"{slot}:{place}" for slot, place in spans(guess.tags, pieces)]
    return [guess.intent, on_pieces(guess.tags, pieces, known)]


def submission(answers: Mapping[str, Sequence[Answers]], shots: Shots, sizes: Mapping[str, int] | None = None) -> dict[str, Any]:
    """The object to write as JSON.

    Args:
        answers: Set to the answers of each run (of one seed each).
        shots: ``full`` takes the one run of each set; ``10`` takes five.
        sizes: Set to its number of test rows; None for EvalAI's.

    Raises:
        UnknownNameError: A set that is none of the seven.
        InputError: Not one answer for each test row, or too many runs.
    """
    most = RUNS if shots == "10" else 1
    for name, runs in answers.items():
        expected = sizes[name] if sizes else GLUE_SETS[name].test_rows
        if not 1 <= len(runs) <= most:
            raise InputError(f"{name} has {len(runs)} runs where a submission has {most}", where="submission", remedy=f"give {most} seeds with --seeds")
        for run in runs:
            if len(run) != expected:
                raise InputError(f"{name} has {len(run):,} answers where the test set has {expected:,} rows", where="submission",
                                 remedy="answer every test row, in the file's order")
    ordered = [name for name in GLUE_SETS if name in answers]
    return {name: [list(run) for run in answers[name]] if shots == "10" else list(answers[name][0]) for name in ordered}


def lacking(made: Mapping[str, Any], shots: Shots) -> list[str]:
    """Why EvalAI would refuse a submission, a sentence each; none where it is whole."""
    absent = [name for name in GLUE_SETS if name not in made]
    short = [name for name, runs in made.items() if len(runs) < RUNS] if shots == "10" else []
    told = [f"EvalAI wants all seven sets; absent: {', '.join(absent)}."] if absent else []
    return told + ([f"EvalAI wants {RUNS} runs of each set; fewer: {', '.join(short)}."] if short else [])
