"""The state of the page "Task relations": what the visitor chose, and the numbers of the paper and of our store for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pandas as pd
import streamlit as st

from engine.results import tables
from engine.results.beyond import columns_with
from engine.results.evidence import why_empty
from engine.results.reported import TITLES, Column, columns, further_pretraining
from engine.results.settings import TEST, WIDEST, Setting, settings, widest
from engine.results.store import Result, read
from ui import cache
from ui.blocks import pick

SOURCES = {"paper": "Paper", "measured": "Measured here", "both": "Both"}
_SCALES = {"points": "Points", "max_abs": "Share of largest", "sd": "SDs"}
_REGIMES = {WIDEST: "Widest", "full": "Full"}
START = "crm.response_selection.multiwoz21.r100_at_1"
"""The cell that is shown at first."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What the visitor chose; all of it stands in the address."""

    baseline: tables.Baseline
    scale: tables.Scaling
    source: str
    protocol: str
    setting: Setting

    @property
    def sources(self) -> tuple[str, ...]:
        """``paper``, ``measured``, or both in this order."""
        return ("paper", "measured") if self.source == "both" else (self.source,)


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """The paper's values in percent, and the rows of the results store."""

    paper: pd.DataFrame
    results: Sequence[Result]
    settings: Sequence[Setting]
    """Under which of them the rows can be compared; the first is shown at first."""
    columns: tuple[Column, ...]
    """The paper's and those beyond them that were measured."""
    drawn: dict[Choice, pd.DataFrame] = field(default_factory=dict, repr=False, compare=False)
    """What `shown` gave already; one run of the page asks many times."""

    @property
    def protocols(self) -> tuple[str, ...]:
        """Those among which the visitor may choose."""
        return tables.protocols(row.protocol for row in self.results if TEST.fullmatch(row.split))

    def measured(self, choice: Choice) -> pd.DataFrame:
        """Means over seeds under the chosen setting (`engine.results.tables.measured`)."""
        return cache.measured(choice.baseline, choice.setting)

    def compared(self, choice: Choice) -> pd.DataFrame:
        """Measured differences with their intervals, of all protocols; takes seconds when it is asked for the first time."""
        return cache.compared(choice.baseline, choice.setting)

    def shown(self, choice: Choice) -> pd.DataFrame:
        """Those of the chosen protocol and the map's columns, one per variant and column; not to be written to."""
        if choice not in self.drawn:
            found = self.compared(choice)
            self.drawn[choice] = tables.of_protocol(found[found["column"].isin([column.key for column in self.columns])], choice.protocol)
        return self.drawn[choice]

    def why_empty(self, choice: Choice) -> Callable[[str, str], str]:
        """Says of a variant and a column's key without a difference, in one clause, why."""
        shown, by_key = self.shown(choice), {column.key: column for column in self.columns}
        protocols = dict(zip(zip(shown["task"], shown["corpus"], strict=True), shown["protocol"], strict=True))
        why = why_empty(self.results, baseline=choice.baseline, setting=choice.setting, protocols=protocols)
        return lambda variant, key: "this is the baseline" if variant == choice.baseline else why(variant, by_key[key])

    def gains(self, source: str, choice: Choice, scale: tables.Scaling) -> pd.DataFrame:
        """Variants x columns over the chosen baseline; measured ones with the columns beyond the paper's."""
        if source == "paper":
            return tables.matrix(self.paper, baseline=choice.baseline, scaling=scale)
        return tables.scaled(self.wide(choice, "difference", fill=0.0).astype(float), scale)

    def wide(self, choice: Choice, name: str, fill: object = None) -> pd.DataFrame:
        """A column of `shown` as variants x columns; ``fill`` in the baseline's own row, where others were compared with it."""
        wide = self.shown(choice).pivot(index="variant", columns="column", values=name)
        wide = wide.reindex(index=list(TITLES), columns=[column.key for column in self.columns])
        wide.loc[choice.baseline] = pd.Series(fill, index=wide.columns).where(wide.notna().any(), None)
        return wide


def evidence() -> Evidence:
    """The paper's numbers and the rows of the results store."""
    results = read()
    found = settings(results)
    measured = columns_with({f"{row.task}.{row.corpus}.{metric}" for row in results for metric in row.metrics})
    return Evidence(paper=further_pretraining(), results=results, settings=(*widest(found), *found), columns=measured)


def controls(known: Evidence) -> Choice:
    """Baseline, colour scale, source and, where there are several, protocol, regime and budget."""
    baseline = pick("Gain over", tables.BASELINES, key="baseline", words=TITLES)
    scale = pick("Colour shows", tuple(tables.SCALINGS), key="scale", words=_SCALES, default="max_abs",
                 help=f"Per column: {'; '.join(tables.SCALINGS.values())}. The printed numbers are always points.")
    source = pick("Numbers from", tuple(SOURCES), key="source", words=SOURCES)
    protocol = pick("Protocol", known.protocols, key="protocol") if len(known.protocols) > 1 else "released"
    return Choice(baseline=baseline, scale=scale, source=source, protocol=protocol, setting=_setting(known))  # type: ignore[arg-type]


def _setting(known: Evidence) -> Setting:
    """Regime and budget, each a choice where there are several."""
    regimes, budgets = (list(dict.fromkeys(getattr(setting, name) for setting in known.settings)) for name in ("regime", "budget"))
    regime = pick("Trained on", regimes, key="relations_regime", words=_REGIMES, long=len(regimes) > 4,
                  help="Share of the training examples. Widest: for each task and corpus the share measured for most variants, with several "
                       "seeds and most examples.") if len(regimes) > 1 else next(iter(regimes), "full")
    words = {str(budget): f"{budget / 1e6:g} M" for budget in budgets}
    budget = pick("Budget", list(words), key="relations_budget", words=words,
                  help="Tokens of further pre-training.") if len(words) > 1 else next(iter(words), "0")
    return Setting(regime=regime, budget=int(budget))


def chosen_cell() -> tuple[str, str]:
    """Variant and column of the cell that the visitor looks at."""
    variant, _, key = str(st.session_state.get("cell", START)).partition(".")
    return variant, key


def titles(known: Evidence) -> dict[str, str]:
    """Column key to its words, e.g. ``RS MWOZ R100@1``."""
    return {column.key: column.title for column in known.columns}


def is_in_paper(key: str) -> bool:
    """Whether the paper has this column."""
    return any(column.key == key for column in columns())
