"""The papers' own numbers as differences: every table of a paper as (variant, column) to value."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from engine.results.claims.base import Differences, Finding, Gap, Side
from engine.results.claims.columns import COUNT, OVERLAP
from engine.results.profiles import DOWNSTREAM, SINGLE, overlap
from engine.results.reported import dialogzoo, dialogzoo_tasks, further_pretraining

Numbers = Mapping[tuple[str, str], float]
GENERATING, FINE_TUNED = "DialogZoo-T5 (generating)", "DialogZoo-T5+FT"
"""Models of DialogZoo's Tables 3 and 4; its Table 2 uses the same weights as an encoder, under the plain name."""


@cache
def numbers(paper: int) -> Numbers:
    """Every number of a paper's tables that a claim may look at."""
    return {**_scores_of_paper_1(), **_overlaps()} if paper == 1 else {**_scores_of_paper_2(), **_counts()}


def differences(found: Numbers) -> Differences:
    """Differences by sign, since the papers give no spread."""
    def between(one: Side, other: Side, column: str) -> Gap | None:
        value, beside = (found.get((side, column)) if isinstance(side, str) else float(side) for side in (one, other))
        return None if value is None or beside is None else Gap(value=value, other=beside, finding=_sign(value - beside))
    return between


def _sign(difference: float) -> Finding:
    return "better" if difference > 0 else "worse" if difference < 0 else "equal"


def _scores_of_paper_1() -> Numbers:
    frame = further_pretraining()
    return dict(zip(zip(frame["variant"], frame["column"], strict=True), frame["value"].astype(float), strict=True))


def _overlaps() -> Numbers:
    """Table 1 as Jaccard overlap in percent; its rows are the tasks of five variants."""
    return {(variant, f"{OVERLAP}.{task}"): 100 * overlap(variant, task) for variant in SINGLE for task in DOWNSTREAM}


def _scores_of_paper_2() -> Numbers:
    frame = dialogzoo()
    frame["model"] = frame["model"].where((frame["usage"] == "representation") | (frame["model"] != "DialogZoo-T5"), GENERATING)
    return {(row.model, f"{row.task}.{row.dataset}.{row.metric}"): float(row.value) for row in frame.itertuples()}


def _counts() -> Numbers:
    """Counts of Tables 1 and 5. Table 5 gives SIM and TOD the same list, so at most all but one of them are different sets."""
    frame = dialogzoo_tasks().set_index("task")
    sets, named = frame["dataset_count"], frame["named_in_table_5"].dropna()
    total = float(sets.sum())
    return {("Table 1", f"{COUNT}.tasks"): float(len(sets)), ("Table 1", f"{COUNT}.task-dataset pairs"): total,
            ("Table 5 (at most)", f"{COUNT}.different data sets"): total - float(sets[["SIM", "TOD"]].min()),
            **{("Table 1", f"{COUNT}.data sets for {task}"): float(sets[task]) for task in sets.index},
            **{("Table 5", f"{COUNT}.data sets for {task}"): float(named[task]) for task in named.index}}
