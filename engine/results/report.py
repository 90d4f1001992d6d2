"""The results section of README and the measured entry of LOG.md, written from the store; a result that went against us is titled so."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from engine.results.comparison import compare
from engine.results.reported import TITLES, columns
from engine.results.settings import Setting, comparable, frame, settings
from engine.results.store import Result

HEADLINES = {"intent": "acc_all", "dialogue_act": "f1_micro", "response_selection": "r100_at_1", "state_tracking": "joint_acc"}
"""Task to the one metric of it that the tables here show."""
LETTERS = {"better": "B", "worse": "W", "cannot tell": "~"}
BASELINE = "mlm"
CODES = {column.task: column.task_code for column in columns()}
LEGEND = ("Percent: mean over seeds ± sd (n - 1), and the verdict on the difference to MLM: **B** better, **W** worse, ~ cannot tell "
          "(paired over the same rows and seeds, Holm's correction over all metrics of the matrix).")


def measured_section(results: Sequence[Result]) -> str:
    """A table for every setting that was measured with several seeds, each with what it shows."""
    parts = [part for setting in settings(results) if (part := _setting_part(results, setting))]
    return "\n\n".join([LEGEND, *parts]) if parts else "Nothing is measured yet with several seeds."


def _setting_part(results: Sequence[Result], setting: Setting) -> str:
    table = compare(results, baseline=BASELINE, setting=setting)
    table = table[table["seeds"] > 1]
    return f"**{str(setting).capitalize()}.** {finding(table)}\n\n{matrix(results, table, setting)}" if len(table) else ""


def finding(table: pd.DataFrame) -> str:
    """How often variants differ from MLM, in one or two sentences.

    Args:
        table: Of `engine.results.comparison.compare`.
    """
    counts = table["verdict"].value_counts()
    better = table[table["verdict"] == "better"]["variant"].value_counts()
    first = (f"Of {len(table)} differences to MLM over all metrics, {counts.get('better', 0)} are better, {counts.get('worse', 0)} worse, and of "
             f"{counts.get('cannot tell', 0)} we cannot tell.")
    return f"{first} Most often better: {TITLES[str(better.index[0])]} ({better.iloc[0]})." if len(better) else f"{first} No variant is better anywhere."


def title(table: pd.DataFrame) -> str:
    """The finding as a title; negative where nothing is better than MLM."""
    better = table[table["verdict"] == "better"]
    if better.empty:
        return "no dialogue task beats masked language model alone (negative)"
    names = ", ".join(TITLES[name] for name in better["variant"].value_counts().index)
    return f"better than masked language model alone somewhere: {names}"


def matrix(results: Sequence[Result], table: pd.DataFrame, setting: Setting) -> str:
    """Variants x cells as Markdown: the headline metric of each task."""
    rows = comparable(frame(results), setting, needed=[BASELINE])
    rows = rows.assign(score=[100 * metrics.get(HEADLINES[task], float("nan")) for task, metrics in zip(rows["task"], rows["metrics"], strict=True)])
    stats = rows.groupby(["variant", "task", "corpus", "protocol"])["score"].agg(["mean", "std", "count"])
    shown = table[[metric == HEADLINES[task] for task, metric in zip(table["task"], table["metric"], strict=True)]]
    verdicts = shown.set_index(["variant", "task", "corpus", "protocol"])["verdict"]
    cells = sorted(set(shown[["task", "corpus", "protocol"]].itertuples(index=False, name=None)), key=lambda cell: (list(HEADLINES).index(cell[0]), cell))
    sizes = rows.groupby(["task", "corpus", "protocol"])[["examples", "trained_examples"]].max()
    head = "| variant | " + " | ".join(_head(cell, sizes.loc[cell]) for cell in cells) + " |"
    body = ["| " + " | ".join([TITLES[name], *(_entry((name, *cell), stats, verdicts) for cell in cells)]) + " |" for name in TITLES]
    return "\n".join([head, "|---" * (len(cells) + 1) + "|", *body])


def _head(cell: tuple[str, str, str], sizes: pd.Series) -> str:
    task, corpus, protocol = cell
    told = "" if protocol == "default" else f", {protocol}"
    return f"{CODES[task]} {corpus}{told} {HEADLINES[task]} ({sizes['trained_examples']:,} trained on, {sizes['examples']:,} scored)"


def _entry(key: tuple[str, str, str, str], stats: pd.DataFrame, verdicts: pd.Series) -> str:
    if key not in stats.index:
        return "not measured"
    mean, sd, count = stats.loc[key]
    spread = f" ±{sd:.1f}" if count > 1 else " (one seed)"
    letter = LETTERS[verdicts[key]] if key in verdicts.index else ""
    return f"{mean:.1f}{spread}{f' {_strong(letter)}' if letter else ''}"


def _strong(letter: str) -> str:
    return letter if letter == "~" else f"**{letter}**"


def log_entry(results: Sequence[Result], notes: Sequence[str] = ()) -> str:
    """The measured entry of the log: title by outcome, what was measured on what, the findings, and further notes."""
    parts = [(setting, table) for setting in settings(results) if len(table := _several(results, setting))]
    if not parts:
        return "Nothing is measured yet with several seeds."
    rows = [row for row in results if row.recipe and row.split.startswith("test")] or list(results)
    hardware = ", ".join(sorted({row.hardware for row in rows}))
    days = sorted({row.created[:10] for row in rows})
    lines = [f"- {str(setting)[0].upper()}{str(setting)[1:]}: {finding(table)}" for setting, table in parts]
    when = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    return "\n".join([f"## {days[-1]}: measured matrix, {title(pd.concat([table for _, table in parts]))}", "",
                      f"{len(rows)} rows, {when}, on {hardware}. The tables are in README.", "", *lines, *(f"- {note}" for note in notes)])


def _several(results: Sequence[Result], setting: Setting) -> pd.DataFrame:
    table = compare(results, baseline=BASELINE, setting=setting)
    return table[table["seeds"] > 1]
