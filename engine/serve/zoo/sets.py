"""What a page may say of DialogZoo's datasets: the pairs with their cards and counts, and the paper's three figures (no torch here)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from engine.errors import MissingDataError
from engine.results.zoo_figures import by_section, by_table
from engine.zoo import ZOO_TASKS, stats
from engine.zoo.datasets import ZOO_DATASETS
from engine.zoo.pairs import PAIRS, PUBLISHED
from engine.zoo.selfsupervised import dialogue_task
from engine.zoo.stats import Counts as Counts
from engine.zoo.stats import SetCount as SetCount

ORIGINS: Mapping[str, str] = {
    "paper": "named by the paper", "release": "known from the later release", "ours": "our fill-in", "beyond": "beyond the published ones",
    "unseen": "unseen in training", "self-supervised": "made from the dialogues",
}
"""Why a pair is in the unified dataset, in words."""
_REASONS: Mapping[str, str] = {"twice": "repeating another", "opens like a test dialogue": "opening like a test dialogue",
                               "same words as a test input": "with the words of a test input"}
"""Reasons of the counts, as they follow a number."""
_MADE = ("A run of three to eight turns from each dialogue of the set's {} samples, at most 100 words. The build takes about 4,000 dialogues of a set and "
         "leaves out those that open like a test dialogue; all are shown here.")
LEVELS = {"section": "Section 3.2", "table": "Table 1"}
"""The two readings of Figure 2."""


def counts() -> Counts | None:
    """Of the build on this machine, else the recorded ones, else None.

    Raises:
        InputError: The file is damaged.
    """
    try:
        return stats.counts()
    except MissingDataError:
        return None


def task_words() -> dict[str, str]:
    """Name to display name of the fifteen supervised tasks."""
    return {name: name.upper() for name in ZOO_TASKS if name not in stats.SELF_SUPERVISED}


def pair_names() -> list[str]:
    """``task/dataset`` of every pair, in the order of the registry of tasks."""
    return [f"{task}/{pair.dataset}" for task in ZOO_TASKS for pair in PAIRS if pair.task == task]


def made_names() -> list[str]:
    """``reo/dataset`` and ``clo/dataset`` of every set whose dialogues they are made from."""
    sets = dict.fromkeys(pair.dataset for pair in PAIRS if dialogue_task(pair.dataset))
    return [f"{task}/{dataset}" for task in stats.SELF_SUPERVISED for dataset in sets]


def pairs_table(found: Counts | None) -> pd.DataFrame:
    """Every pair in the order of `pair_names`: card, splits and counts (None where nothing has been counted).

    Columns: pair, task, dataset (title), origin (word of `ORIGINS`), licence, location, splits, absent, read, left_out, train, dev, test.
    """
    known = {f"{one.task}/{one.dataset}": one for one in found.sets} if found else {}
    origins = {pair.name: pair.origin for pair in PAIRS}
    return pd.DataFrame([{**_about(name), "origin": ORIGINS[origins[name]], **_counted(known.get(name))} for name in pair_names()])


def _about(name: str) -> dict[str, Any]:
    task, _, dataset = name.partition("/")
    card = ZOO_DATASETS[dataset].card
    return {"pair": name, "task": task.upper(), "dataset": card.title, "licence": card.licence, "location": card.source}


def about(table: pd.DataFrame, pair: str) -> dict[str, str]:
    """A pair in words, with what the reader changes; what is empty is left out. Of `pairs_table`, its row; of `made_names`, what it is made from."""
    task, _, dataset = pair.partition("/")
    card = ZOO_DATASETS[dataset].card
    if not ZOO_TASKS[task].supervised:
        return {"Set": f"{card.title}, {ORIGINS['self-supervised']}", "Licence": card.licence, "Public location": card.source, "Made from": _MADE.format(
            str(dialogue_task(dataset)).upper())}
    row = table.set_index("pair").loc[pair]
    told = {"Set": f"{row['dataset']}, {row['origin']}", "Licence": row["licence"], "Public location": row["location"], "Citation": card.citation,
            "Splits here": row["splits"], "Absent": row["absent"], "Left out": row["left_out"], "Our reader": " ".join(card.changes)}
    return {name: str(words) for name, words in told.items() if words}


def _counted(one: SetCount | None) -> dict[str, Any]:
    if one is None or not (one.splits or one.absent):
        return {"splits": "", "absent": "" if one is None else "not built", "read": None, "left_out": "", "train": None, "dev": None, "test": None}
    return {"splits": ", ".join(one.splits) or "none", "absent": told(one.absent), "read": one.read,
            "left_out": "; ".join(f"{count:,} {_REASONS.get(reason, reason)}" for reason, count in one.left_out.items()),
            "train": one.train, "dev": one.dev, "test": one.test}


def told(absent: Mapping[str, str]) -> str:
    """Which splits are absent and why, each reason once.

    >>> told({"train": "not here", "dev": "not here"})
    'train, dev: not here'
    """
    reasons = dict.fromkeys(absent.values())
    return "; ".join(f"{', '.join(split for split, why in absent.items() if why == reason)}: {reason}" for reason in reasons)


def published(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of the 75 published pairs."""
    return table[table["origin"].isin([ORIGINS[origin] for origin in PUBLISHED])]


def levels(reading: str, table: pd.DataFrame) -> pd.DataFrame:
    """Figure 2: a row per task with its place on both axes (`engine.results.zoo_figures`), its published sets and how many these are."""
    places = by_table() if reading == "table" else by_section()
    sets = published(table).groupby("task")["dataset"].agg(list)
    listed = [list(sets.get(task.upper(), [])) for task in places["task"]]
    return places.assign(title=[ZOO_TASKS[task].title for task in places["task"]], sets=[", ".join(names) for names in listed],
                         count=[len(names) for names in listed])


def samples_per_set(sets: Sequence[SetCount]) -> pd.DataFrame:
    """Figure 1 (`engine.zoo.stats.per_set`)."""
    return stats.per_set(sets)


def shares(sets: Sequence[SetCount]) -> pd.DataFrame:
    """Figure 4 (`engine.zoo.stats.shares`)."""
    return stats.shares(sets)


def summary(sets: Sequence[SetCount]) -> str:
    """How much of the paper's data is there, in a sentence."""
    return stats.summary(sets)
