"""Paper 1's Tables 2 to 7 in their own layout, reported and measured numbers side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from engine.results.reported import METRICS, TITLES, Column, columns, further_pretraining

TABLES: Mapping[int, tuple[str, tuple[str, ...]]] = {
    2: ("data-level further pre-training", ("bert", "mlm")),
    3: ("task-level further pre-training", ("mlm", "dsp", "crm", "dcv")),
    4: ("effect of the ability", ("dsp", "enp")),
    5: ("effect of the structure", ("dur", "crm")),
    6: ("several tasks at once", ("enp", "crm", "joint")),
    7: ("with and without masked language model", ("enp", "enp_no_mlm")),
}
"""Number to subject and rows."""
BLOCKS = (("dialogue_act", "intent"), ("response_selection", "state_tracking"))
"""Each table stands in two parts, one above the other."""
NOT_MEASURED = "not measured here yet"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One number of a table: what the paper reports and what was measured here, in percent."""

    variant: str
    column: Column
    reported: float
    measured: float | None
    sd: float | None
    """Over seeds (n - 1); None for one seed."""
    seeds: int
    examples: int
    reason: str = ""
    """Why there is no measured number."""

    def __str__(self) -> str:
        if self.measured is None:
            return f"{self.reported:.2f} / –"
        spread = f"±{self.sd:.2f}" if self.sd is not None else ""
        return f"{self.reported:.2f} / {self.measured:.2f}{spread} ({self.seeds})"


def entries(measured: pd.DataFrame) -> dict[tuple[str, str], Entry]:
    """Variant and `Column.key` to the entry: nine variants times eighteen columns.

    Args:
        measured: Rows of `engine.results.tables.measured` with one protocol per task and corpus (`of_protocol`).
    """
    reported = further_pretraining().set_index(["variant", "column"])["value"]
    known = {(row.variant, row.column): row for row in measured.itertuples()}
    return {(variant, column.key): _entry(variant, column, float(reported.at[variant, column.key]), known.get((variant, column.key)))
            for variant in TITLES for column in columns()}


def _entry(variant: str, column: Column, reported: float, row: tuple[object, ...] | None) -> Entry:
    if row is None:
        return Entry(variant=variant, column=column, reported=reported, measured=None, sd=None, seeds=0, examples=0, reason=NOT_MEASURED)
    found = row._asdict()  # type: ignore[attr-defined]
    return Entry(variant=variant, column=column, reported=reported, measured=found["value"], sd=None if pd.isna(found["sd"]) else found["sd"],
                 seeds=int(found["seeds"]), examples=int(found["examples"]))


def block(found: Mapping[tuple[str, str], Entry], variants: tuple[str, ...], tasks: tuple[str, ...]) -> pd.DataFrame:
    """One part of a table: variants as rows, (task and corpus, metric) as columns, entries as text."""
    chosen = [column for column in columns() if column.task in tasks]
    chosen.sort(key=lambda column: tasks.index(column.task))
    heads = pd.MultiIndex.from_tuples([(f"{column.task_code} {column.corpus_code}", METRICS[column.metric]) for column in chosen])
    return pd.DataFrame([[str(found[variant, column.key]) for column in chosen] for variant in variants], index=[TITLES[name] for name in variants],
                        columns=heads)


def markdown(measured: pd.DataFrame) -> str:
    """All six tables as Markdown."""
    return _all(measured, _markdown_block, lambda number, subject: f"### Table {number}: {subject}")


def latex(measured: pd.DataFrame) -> str:
    """All six tables as LaTeX (booktabs)."""
    return _all(measured, _latex_block, lambda number, subject: f"% Table {number}: {subject}")


def _all(measured: pd.DataFrame, draw: Callable[[pd.DataFrame], str], title: Callable[[int, str], str]) -> str:
    found = entries(measured)
    parts = [part for number, (subject, variants) in TABLES.items()
             for part in (title(number, subject), *(draw(block(found, variants, tasks)) for tasks in BLOCKS))]
    return "\n\n".join(parts)


def _markdown_block(table: pd.DataFrame) -> str:
    head = "| | " + " | ".join(f"{place} {metric}" for place, metric in table.columns) + " |"
    rows = ["| " + " | ".join([str(name), *row]) + " |" for name, row in zip(table.index, table.to_numpy().tolist(), strict=True)]
    return "\n".join([head, "|---" * (len(table.columns) + 1) + "|", *rows])


def _latex_block(table: pd.DataFrame) -> str:
    return str(table.map(lambda text: text.replace("±", r"\,$\pm$\,").replace("–", "--")).to_latex(multicolumn_format="c").strip())


def long(measured: pd.DataFrame) -> pd.DataFrame:
    """Every entry of every table as a row: ``table``, ``variant``, ``column``, ``reported``, ``measured``, ``sd``, ``seeds``, ``examples``, ``reason``."""
    found = entries(measured)
    rows = [{"table": number, "variant": entry.variant, "column": entry.column.key, "reported": entry.reported, "measured": entry.measured,
             "sd": entry.sd, "seeds": entry.seeds, "examples": entry.examples, "reason": entry.reason}
            for number, (_, variants) in TABLES.items() for variant in variants for entry in (found[variant, column.key] for column in columns())]
    return pd.DataFrame(rows)


def legend(measured: pd.DataFrame) -> str:
    """How to read an entry, what the dash means, and under which settings was measured."""
    missing = sorted({entry.reason for entry in entries(measured).values() if entry.reason})
    settings = "; ".join(_setting(rows) for _, rows in measured.groupby(["task", "corpus", "protocol"], sort=False)) if len(measured) else ""
    dash = f" –: {', '.join(missing)}." if missing else ""
    return f"Percent: reported / measured ± sd over seeds (number of seeds).{dash}" + (f" Measured: {settings}." if settings else "")


def _setting(rows: pd.DataFrame) -> str:
    task, corpus, protocol = rows[["task", "corpus", "protocol"]].iloc[0]
    trained = ", ".join(f"{count:,}" for count in sorted(set(rows["trained_examples"])))
    return f"{task} {corpus} ({protocol}): {trained} training examples, {int(rows['examples'].max()):,} test rows"
