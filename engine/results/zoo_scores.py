"""DialogZoo's scores side by side: a model beside itself untrained, the best baseline and the paper; and how trainings went."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from engine.paths import checkpoints_root
from engine.results.curves import read_curve
from engine.results.reported import dialogzoo
from engine.results.zoo import ZooScore

UNTRAINED = "untrained"
"""The model's name in rows of weights as they were before training."""
VERDICTS = {"above": "A", "below": "B", "cannot tell": "?", "nothing to compare": "–"}
"""Of a model against the better of its untrained self and the best baseline, with letters."""
SETS: Mapping[tuple[str, str], tuple[str, str]] = {
    ("INTENT", "BANKING77"): ("intent", "banking77"), ("INTENT", "CLINC150"): ("intent", "clinc150"), ("INTENT", "HWU64"): ("intent", "hwu64"),
    ("FILL", "RESTAURANT8K"): ("fill", "restaurant8k"), ("FILL", "DSTC8"): ("fill", "dstc8_slots"), ("DST", "MULTIWOZ2.2"): ("dst", "multiwoz22"),
    ("TXT2SQL", "SPARC"): ("txt2sql", "sparc"), ("CHAT", "PERSONACHAT"): ("chat", "personachat"), ("QA", "COQA"): ("docqa", "coqa"),
    ("TOD", "MULTIWOZ2.2"): ("tod", "multiwoz22"), ("SIM", "MULTIWOZ2.2"): ("sim", "multiwoz22"), ("SUM", "SAMSUM"): ("sum", "samsum"),
    ("REW", "CANARD"): ("rew", "canard"),
}
"""The spelling of the paper's Tables 3 and 4 to ours."""
METRICS: Mapping[str, str] = {"acc": "accuracy", "f1": "slot_f1", "jga": "joint_accuracy", "qex": "exact_set_match", "bleu4": "bleu4", "rouge_l": "rouge_l"}
"""The paper's metric to ours."""
UNSEEN = frozenset({("fill", "dstc8_slots"), ("fill", "top"), ("intent", "top")})
"""Pairs that are never trained on: what a model knows of them, it knows from other sets (zero-shot). The registry of pairs calls them unseen."""
_SUSPECT = {("intent", "clinc150"), ("intent", "hwu64")}
_COLUMNS = ("task", "dataset", "split", "metric", "score", "low", "high", "untrained", "baseline", "baseline_name", "verdict", "n", "available", "valid",
            "valid_other", "unseen")


def current(rows: Iterable[ZooScore]) -> list[ZooScore]:
    """The newest row of every model, pair, split and decoding, of each model's newest weights alone."""
    known = sorted(rows, key=lambda row: row.created)
    weights = {row.model: row.weights for row in known}
    newest = {(row.model, row.task, row.dataset, row.split, row.decoding): row for row in known if row.weights == weights[row.model]}
    return list(newest.values())


def models(rows: Iterable[ZooScore]) -> list[str]:
    """Names of trained models, those with most rows first."""
    names = [row.model for row in rows if row.decoding and row.model != UNTRAINED]
    return sorted(dict.fromkeys(names), key=lambda name: -names.count(name))


def scores(rows: Sequence[ZooScore], model: str, decoding: str) -> pd.DataFrame:
    """A row per pair, those of a task together, that ``model`` was asked under ``decoding`` (``constrained`` or ``free``), in per cent.

    Only rows over the same samples stand beside each other. ``valid_other`` is the share of valid answers under the other way of decoding.
    ``unseen``: the set is never trained on. ``verdict``: the model's interval lies above or below the better of the untrained model and the
    best baseline, or holds it.
    """
    found = []
    asked = [row for row in rows if row.model == model and row.decoding == decoding]
    tasks = list(dict.fromkeys(row.task for row in asked))
    for row in sorted(asked, key=lambda row: tasks.index(row.task)):
        beside = [other for other in rows if (other.task, other.dataset, other.split, other.examples, other.metric)
                  == (row.task, row.dataset, row.split, row.examples, row.metric) and other is not row]
        untrained = next((other.headline for other in beside if other.model == UNTRAINED and other.decoding == decoding), None)
        best = max((other for other in beside if not other.decoding), key=lambda other: other.headline, default=None)
        other = next((other for other in beside if other.model == model and other.decoding != decoding), None)
        found.append({"task": row.task, "dataset": row.dataset, "split": row.split, "metric": row.metric, "score": row.headline, "low": row.low,
                      "high": row.high, "untrained": untrained, "baseline": best.headline if best else None, "baseline_name": best.model if best else "",
                      "verdict": verdict(row, [value for value in (untrained, best.headline if best else None) if value is not None]),
                      "n": row.examples, "available": row.available, "valid": row.valid, "valid_other": other.valid if other else None,
                      "unseen": (row.task, row.dataset) in UNSEEN})
    return pd.DataFrame(found, columns=list(_COLUMNS))


def verdict(row: ZooScore, rivals: Sequence[float]) -> str:
    """A word of `VERDICTS`."""
    if not rivals:
        return "nothing to compare"
    return "above" if row.low > max(rivals) else "below" if row.high < max(rivals) else "cannot tell"


def beside_paper(rows: Sequence[ZooScore], model: str, decoding: str) -> pd.DataFrame:
    """The paper's Tables 3 and 4, a row per set, and our score by the paper's metric where there is one (None elsewhere)."""
    published = dialogzoo()
    published = published[published["paper_table"].isin(["3", "4"])]
    table = published.pivot_table(index=["paper_table", "task", "dataset", "metric"], columns="model", values="value", sort=False).reset_index()
    ours = {(row.task, row.dataset): row for row in rows if row.model == model and row.decoding == decoding}
    found = []
    for line in table.to_dict("records"):
        pair = SETS[line["task"], line["dataset"]]
        row = ours.get(pair)
        found.append({"task": pair[0], "dataset": pair[1], "table": line["paper_table"], "metric": METRICS[line["metric"]], "before": line["SOTA"],
                      "paper": line["DialogZoo-T5"], "tuned": line["DialogZoo-T5+FT"], "here": row.metrics.get(METRICS[line["metric"]]) if row else None,
                      "n": row.examples if row else None, "split": row.split if row else None, "note": note(pair)})
    return pd.DataFrame(found)


def note(pair: tuple[str, str]) -> str:
    """What must be known of a published number."""
    if pair in _SUSPECT:
        return "suspect: far above all other results"
    return {"fill": "not in training", "txt2sql": "development set"}[pair[0]] if pair in (("fill", "dstc8_slots"), ("txt2sql", "sparc")) else ""


def summary(table: pd.DataFrame) -> str:
    """Of `scores`: on how many pairs the model is above, below, or cannot be told from what needs no training."""
    if table.empty:
        return "Nothing has been measured yet."
    counted = table["verdict"].value_counts()
    below = ", ".join((table["task"] + "/" + table["dataset"])[table["verdict"] == "below"])
    answers = float((table["valid"] * table["n"]).sum() / table["n"].sum())
    return (f"Above the untrained model and every baseline on {counted.get('above', 0)} of {len(table)} pairs, below on {counted.get('below', 0)}"
            f"{f' ({below})' if below else ''}, cannot tell on {counted.get('cannot tell', 0)}; {answers:.1f} % of answers are valid.")


@dataclass(frozen=True, kw_only=True)
class Run:
    """One training's curve."""

    name: str
    about: Mapping[str, Any]
    """``backbone``, ``recipe``, ``tasks``, ``schedule``, ``slice_size``, ``seed``."""
    points: tuple[Mapping[str, Any], ...]


def curve_runs(folder: Path | None = None) -> list[Run]:
    """The curves ``NAME.curve.jsonl`` in ``folder`` (default: ``zoo/`` of the checkpoints), by name; those without a point are left out."""
    runs = []
    for path in sorted((folder or checkpoints_root() / "zoo").glob("*.curve.jsonl")):
        about, points = read_curve(path)
        if points:
            runs.append(Run(name=path.name.removesuffix(".curve.jsonl"), about=about, points=tuple(points)))
    return runs


def tasks_of(runs: Iterable[Run]) -> list[str]:
    """Tasks that all of the runs have a dev loss of; runs that have none yet do not count."""
    seen = [found for run in runs if (found := {task for point in run.points for task in point.get("dev", {})})]
    return sorted(set.intersection(*seen)) if seen else []


def described(run: Run, runs: Sequence[Run]) -> str:
    """What a run was, with what it leaves out of the tasks of all."""
    everything = sorted({task for other in runs for task in other.about.get("tasks", ())})
    own = run.about.get("tasks", ())
    without = [task.upper() for task in everything if task not in own]
    tasks = "all tasks" if not without else f"without {' and '.join(without)}" if len(without) <= 3 else f"{len(own)} of {len(everything)} tasks"
    return f"{run.name}: {run.about.get('backbone', 'unknown')}, {run.about.get('schedule', 'unknown')}, {tasks}, seed {run.about.get('seed', 'unknown')}"


def losses(runs: Sequence[Run], task: str = "") -> pd.DataFrame:
    """``run``, ``step``, ``tokens``, ``part`` (dev, train), ``loss``: of one task, or with no task the mean over dev losses that all runs have."""
    shared = tasks_of(runs)
    rows = []
    for run in runs:
        for point in run.points:
            where = {"run": run.name, "step": point["step"], "tokens": point["tokens"]}
            dev, train = point.get("dev", {}), point.get("train", {})
            if task:
                rows += [{**where, "part": part, "loss": found[task]} for part, found in (("dev", dev), ("train", train)) if task in found]
            elif shared and all(name in dev for name in shared):
                rows.append({**where, "part": "dev", "loss": sum(dev[name] for name in shared) / len(shared)})
    return pd.DataFrame(rows, columns=["run", "step", "tokens", "part", "loss"])


def ends(table: pd.DataFrame) -> dict[str, float]:
    """Each run's last dev loss in a table of `losses`."""
    dev = table[table["part"] == "dev"]
    return {str(run): float(some["loss"].iloc[-1]) for run, some in dev.groupby("run", sort=False)}
