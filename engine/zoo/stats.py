"""The unified dataset in numbers: samples per set (paper 2, Figure 1) and shares of tasks (Figure 4), from the counts that `build` wrote."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from engine.errors import InputError, MissingDataError
from engine.paths import cache_root, checkpoints_root
from engine.results.zoo_figures import PARTS, SAMPLES, SUPERVISED
from engine.zoo import ZOO_TASKS
from engine.zoo.pairs import PAIRS, PUBLISHED

USES = ("train", "dev", "test")
_ABOUT = frozenset((*USES, "task", "dataset", "origin", "split", "read", "written"))
"""Fields of a row of the counts that are not a reason for leaving samples out."""
SELF_SUPERVISED = ("reo", "clo")


@dataclass(frozen=True, kw_only=True)
class SetCount:
    """One (task, dataset) pair in the unified dataset."""

    task: str
    dataset: str
    origin: str
    """As in `engine.zoo.pairs`; ``self-supervised`` for REO and CLO."""
    splits: tuple[str, ...] = ()
    """Published splits that were read."""
    absent: Mapping[str, str] = field(default_factory=dict)
    """Published splits that were not there, with the reason."""
    read: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
    """Reason to samples, from reading and from cleaning; none with a count of nothing."""
    train: int = 0
    dev: int = 0
    test: int = 0


@dataclass(frozen=True, kw_only=True)
class Counts:
    """What a build counted."""

    origin: Literal["measured", "recorded"]
    """Whether the build lies on this machine, or its counts came with the repository."""
    sets: tuple[SetCount, ...]
    """All pairs in the order of `PAIRS`, then REO and CLO by dataset."""


def counts(folder: Path | None = None) -> Counts:
    """Of the build in ``folder`` (default: ``zoo/`` in the cache), else the recorded ones in ``zoo/`` of the checkpoints.

    Raises:
        InputError: The file is damaged.
        MissingDataError: There is neither.
    """
    built, recorded = (folder or cache_root() / "zoo") / "counts.json", checkpoints_root() / "zoo" / "counts.json"
    path = built if built.is_file() else recorded
    if not path.is_file():
        raise MissingDataError("nothing has been counted yet", where=str(built), remedy="run `python -m engine zoo build`")
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        sets = _sets(report["pairs"], report["absent"])
    except (ValueError, TypeError, KeyError) as error:
        raise InputError(f"these are not the counts of a build ({type(error).__name__})", where=str(path), remedy="run `python -m engine zoo build`") from None
    return Counts(origin="measured" if path == built else "recorded", sets=sets)


def _sets(rows: Sequence[Mapping[str, Any]], absent: Sequence[Mapping[str, str]]) -> tuple[SetCount, ...]:
    known = {(pair.task, pair.dataset): pair.origin for pair in PAIRS}
    made = {(row["task"], row["dataset"]): "self-supervised" for row in rows if row["task"] in SELF_SUPERVISED}
    return tuple(_set(task, dataset, origin, [row for row in rows if (row["task"], row["dataset"]) == (task, dataset)],
                      {row["split"]: row["reason"] for row in absent if (row["task"], row["dataset"]) == (task, dataset)})
                 for (task, dataset), origin in {**known, **made}.items())


def _set(task: str, dataset: str, origin: str, rows: Sequence[Mapping[str, Any]], absent: Mapping[str, str]) -> SetCount:
    left: Counter[str] = Counter()
    for row in rows:
        left.update({reason: int(count) for reason, count in row.items() if reason not in _ABOUT and count})
    return SetCount(task=task, dataset=dataset, origin=origin, splits=tuple(row["split"] for row in rows), absent=absent, left_out=left,
                    read=sum(row["read"] for row in rows), **{use: sum(row.get(use, 0) for row in rows) for use in USES})


def per_set(sets: Sequence[SetCount]) -> pd.DataFrame:
    """Figure 1: a row per pair that has training samples, most first, with its share of all in per cent."""
    total = sum(one.train for one in sets) or 1
    rows = [{"task": one.task, "dataset": one.dataset, "origin": one.origin, "train": one.train, "share": 100 * one.train / total}
            for one in sorted(sets, key=lambda one: -one.train) if one.train]
    return pd.DataFrame(rows, columns=["task", "dataset", "origin", "train", "share"])


def per_task(sets: Sequence[SetCount]) -> pd.DataFrame:
    """A row per task in the order of the registry: its datasets with training samples, these samples, and their share of all in per cent."""
    total = sum(one.train for one in sets) or 1
    found = {task: [one for one in sets if one.task == task and one.train] for task in ZOO_TASKS}
    return pd.DataFrame([{"task": task, "datasets": len(some), "train": sum(one.train for one in some),
                          "share": 100 * sum(one.train for one in some) / total} for task, some in found.items()])


def shares(sets: Sequence[SetCount]) -> pd.DataFrame:
    """Figure 4: ``of`` (all samples, or the supervised ones), ``part``, ``paper`` and ``here`` in per cent (here: None without any samples)."""
    trained = per_task(sets).set_index("task")["train"]
    own = int(trained[list(SELF_SUPERVISED)].sum())
    supervised = int(trained.sum()) - own
    parts = {"supervised": supervised, "self-supervised": own}
    tasks = {task: int(trained[task]) for task in SUPERVISED if task != "others"}
    tasks["others"] = supervised - sum(tasks.values())
    rows = [("all", part, PARTS[part], count, supervised + own) for part, count in parts.items()]
    rows += [("supervised", part, SUPERVISED[part], count, supervised) for part, count in tasks.items()]
    return pd.DataFrame([{"of": of, "part": part, "paper": paper, "here": 100 * count / total if total else None, "train": count}
                         for of, part, paper, count, total in rows])


def summary(sets: Sequence[SetCount]) -> str:
    """How much of the paper's data is there, in a sentence."""
    published = [one for one in sets if one.origin in PUBLISHED]
    there = sum(1 for one in published if one.train)
    return (f"{there} of the {len(published)} published pairs have training samples here: {sum(one.train for one in published):,}, and "
            f"{sum(one.train for one in sets if one.origin == 'self-supervised'):,} of REO and CLO; the paper trained on {SAMPLES:,} in all.")


def report(found: Counts, *, as_json: bool) -> str:
    """Both figures as tables for the console, or as one JSON object."""
    one, four = per_set(found.sets), shares(found.sets)
    if as_json:
        return json.dumps({"counts": found.origin, "samples_per_set": one.to_dict("records"), "samples_per_task": per_task(found.sets).to_dict("records"),
                           "shares": four.to_dict("records"), "samples_of_the_paper": SAMPLES}, indent=1)
    form = {"share": "{:.2f} %".format, "train": "{:,}".format, "paper": "{:.1f} %".format, "here": "{:.1f} %".format}
    empty = [f"{entry.task}/{entry.dataset}" for entry in found.sets if not entry.train and entry.origin in PUBLISHED]
    return "\n\n".join([f"{summary(found.sets)} ({found.origin})", "Training samples per set (Figure 1)", one.to_string(index=False, formatters=form),
                        "Training samples per task", per_task(found.sets).to_string(index=False, formatters=form),
                        "Shares (Figure 4)", four.to_string(index=False, formatters=form, na_rep="-"),
                        f"Without training samples here: {', '.join(empty) or 'none'}"])
