"""The blocks of the page "Task relations": choices, maps of gain, the numbers behind a cell, profiles and overlap."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from engine.results import tables
from engine.results.profiles import DOWNSTREAM, SINGLE, jaccard, overlap, profile, shared
from engine.results.reported import TASKS, TITLES, columns, further_pretraining, table_one
from engine.results.statistics import cells, relation, spearman
from engine.results.store import read
from ui import figures
from ui.blocks import badge, pick, plain, table_twin

SOURCES = {"paper": "Paper", "measured": "Measured here", "both": "Both"}
_SCALES = {"points": "Points", "max_abs": "Share of largest", "sd": "SDs"}
_COLUMNS = {column.key: column for column in columns()}
_CELLS = [f"{variant}.{key}" for variant in TITLES for key in _COLUMNS]
_START = "crm.response_selection.multiwoz21.r100_at_1"
_TASK_WORDS = {"intent": "INT, intent", "dialogue_act": "DA, dialogue act", "response_selection": "RS, response selection",
               "state_tracking": "DST, state tracking"}


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What the visitor chose; all of it stands in the address."""

    baseline: tables.Baseline
    scale: tables.Scaling
    source: str
    protocol: str

    @property
    def sources(self) -> tuple[str, ...]:
        """``paper``, ``measured``, or both in this order."""
        return ("paper", "measured") if self.source == "both" else (self.source,)


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Long tables of values in percent: the paper's, and all that was measured here."""

    paper: pd.DataFrame
    measured: pd.DataFrame

    def of(self, source: str, choice: Choice) -> pd.DataFrame:
        """One value per variant and column."""
        return self.paper if source == "paper" else tables.of_protocol(self.measured, choice.protocol)

    def gains(self, source: str, choice: Choice, scale: tables.Scaling) -> pd.DataFrame:
        """Variants x columns over the chosen baseline."""
        return tables.matrix(self.of(source, choice), baseline=choice.baseline, scaling=scale)


def evidence() -> Evidence:
    """The paper's numbers and the rows of the results store."""
    return Evidence(paper=further_pretraining(), measured=tables.measured(read()))


def controls(known: Evidence) -> Choice:
    """Baseline, colour scale, source and, where rows of several protocols exist, the protocol."""
    with st.container(horizontal=True, gap="large"):
        baseline = pick("Gain over", tables.BASELINES, key="baseline", words=TITLES)
        scale = pick("Colour shows", tuple(tables.SCALINGS), key="scale", words=_SCALES, default="max_abs",
                     help=f"Per column: {'; '.join(tables.SCALINGS.values())}. The printed numbers are always points.")
        source = pick("Numbers from", tuple(SOURCES), key="source", words=SOURCES)
        protocols = tuple(sorted(set(known.measured["protocol"]) - {"default"}, key=lambda name: name != "released"))
        protocol = pick("Protocol", protocols, key="protocol") if len(protocols) > 1 else "released"
    return Choice(baseline=baseline, scale=scale, source=source, protocol=protocol)  # type: ignore[arg-type]


def gain_maps(known: Evidence, choice: Choice) -> None:
    """A clickable map for each chosen source, with a caption that states what it shows."""
    for source in choice.sources:
        points = known.gains(source, choice, "points").drop(index=choice.baseline)
        _source_badge(source, known, choice)
        if points.notna().any(axis=None):
            _gain_map(source, points, known.gains(source, choice, choice.scale).loc[points.index], choice)
        else:
            st.info(f"Nothing is measured here yet that can be compared with {TITLES[choice.baseline]}: the results store has "
                    f"{len(known.measured)} numbers. Each evaluation on a test split adds a row, and this map fills itself.")


def _gain_map(source: str, points: pd.DataFrame, shade: pd.DataFrame, choice: Choice) -> None:
    key, words = f"relations_{source}_map", finding(points, choice.baseline)
    st.plotly_chart(figures.gain_map(points, shade, chosen=_split(st.session_state.get("cell", _START))), key=key, alt=words,
                    on_select=lambda: _take(key), selection_mode="points", config=figures.CONFIG)
    st.caption(f"{words} Printed: percentage points over {TITLES[choice.baseline]}. Blue is above it, orange below; "
               f"colour by {tables.SCALINGS[choice.scale]}. Click a cell for the numbers behind it.")


def _take(key: str) -> None:
    """A click on a map chooses the cell for the panel."""
    points = st.session_state[key].selection.points
    if points:
        st.session_state["cell"] = ".".join(points[0]["customdata"][:2])


def _split(cell: str) -> tuple[str, str]:
    variant, _, key = cell.partition(".")
    return variant, key


def finding(points: pd.DataFrame, baseline: str) -> str:
    """What a map of gains shows, in one or two sentences."""
    long = points.stack().dropna()
    (up, up_key), (down, down_key) = long.idxmax(), long.idxmin()
    above = (points > 0).sum(axis=1).sort_values(ascending=False)
    most = above.index[0]
    return (f"{TITLES[most]} is above {TITLES[baseline]} most often ({above.iloc[0]} of {points.loc[most].notna().sum()} columns). "
            f"Largest gain: {TITLES[up]} on {_COLUMNS[up_key].title} ({figures.signed(long.max())}); "
            f"largest loss: {TITLES[down]} on {_COLUMNS[down_key].title} ({figures.signed(long.min())}).")


def _source_badge(source: str, known: Evidence, choice: Choice) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if source == "paper":
            badge("paper", "Further pre-training tasks, tables 2 to 7")
            return
        table = known.of("measured", choice)
        if len(table):
            badge("measured", f"{_range(table['seeds'])} seed{'s' if table['seeds'].max() > 1 else ''}, n {_range(table['examples'])}")
            st.caption(_distance(table))


def _distance(table: pd.DataFrame) -> str:
    """How our setting differs from the paper's, from the rows themselves."""
    tokens = table.loc[table["tokens_seen"] > 0, "tokens_seen"]
    seen = f"{_range(tokens)} tokens" if len(tokens) else "no tokens"
    return (f"Not the paper's scale (BERT-base, 100,707 dialogues): {seen} of further pre-training here, protocol "
            f"{', '.join(sorted(table['protocol'].unique()))}. Compare signs and ranks, not values.")


def _range(numbers: pd.Series) -> str:
    low, high = int(numbers.min()), int(numbers.max())
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def cell_panel(known: Evidence, choice: Choice) -> None:
    """The numbers behind one cell: the paper's, ours with n, seeds, commit and command, and the overlap of profiles."""
    cell = pick("Cell", tuple(_CELLS), key="cell", default=_START, words={name: _cell_words(name) for name in _CELLS}, long=True)
    variant, key = _split(cell)
    _value("Paper", known.paper, variant, key, choice)
    tables_named = known.paper.query("variant == @variant and column == @key")["paper_tables"].iloc[0]
    badge("paper", f"table{'s' if ',' in tables_named else ''} {tables_named.replace(',', ', ')}")
    rows = known.measured.query("variant == @variant and column == @key")
    for _, row in rows.iterrows():
        _measured_value(known, row, choice)
    if rows.empty:
        st.caption("Not measured here yet.")
    column = _COLUMNS[key]
    words = ", ".join(shared(variant, column.task)) or "nothing"
    st.caption(f"Profiles of {TITLES[variant]} and {column.task_code} share {words} (overlap {overlap(variant, column.task):.2f}).")


def _cell_words(cell: str) -> str:
    variant, key = _split(cell)
    return f"{TITLES[variant]} on {_COLUMNS[key].title}"


def _value(label: str, table: pd.DataFrame, variant: str, key: str, choice: Choice, spread: str = "") -> None:
    found = table[table["column"] == key].set_index("variant")["value"]
    base = found.get(choice.baseline)
    known = base is not None and variant != choice.baseline
    delta = f"{found[variant] - base:+.2f} over {TITLES[choice.baseline]} ({base:.2f})" if known else None
    st.metric(label, f"{found[variant]:.2f} %{spread}", delta)


def _measured_value(known: Evidence, row: pd.Series, choice: Choice) -> None:
    table = known.measured[known.measured["protocol"] == row["protocol"]]
    spread = "" if pd.isna(row["sd"]) else f" ± {row['sd']:.2f}"
    _value(f"Measured here, protocol {row['protocol']}", table, row["variant"], row["column"], choice, spread)
    badge("measured", f"n {row['examples']:,}, {row['seeds']} seed{'s' if row['seeds'] > 1 else ''}")
    st.caption(f"{row['tokens_seen']:,} tokens of further pre-training, fine-tuned on {row['trained_examples']:,} examples; "
               f"weights {row['fingerprint']}, commit {plain(row['commit'])}, {plain(row['hardware'])}, {row['created'][:10]}.")
    st.code(row["command"], language="bash", wrap_lines=True)


def profiles() -> None:
    """Table 1 as a matrix, and what a chosen pair of tasks shares."""
    codes = {ours: code for code, ours in TASKS.items()}
    objective = pick("Further pre-training task", SINGLE, key="pretraining", default="crm", words=TITLES)
    task = pick("Downstream task", DOWNSTREAM, key="downstream", default="response_selection", words=codes)
    both, share = shared(objective, task), jaccard(profile(objective), profile(task))
    words = (f"{TITLES[objective]} and {_TASK_WORDS[task]}, share {' and '.join(both) or 'nothing'}: "
             f"{len(both)} of {len(profile(objective) | profile(task))} features, overlap {share:.2f}.")
    st.plotly_chart(figures.profile_map(task, objective), key="relations_profile_map", config=figures.CONFIG, alt=words)
    st.caption(f"{words} A: ability, S: structure; what the chosen two share is outlined.")
    table_twin(table_one().reset_index(), "relations_profiles", "task_profiles")


def overlap_and_gain(known: Evidence, choice: Choice) -> None:
    """Overlap of profiles against gain for each chosen source, with the rank correlation and its p-values."""
    for source in choice.sources:
        gains = known.gains(source, choice, choice.scale)
        found = relation(gains)
        if found is None:
            st.info(f"{SOURCES[source]}: too few cells for a correlation.")
            continue
        badge("paper" if source == "paper" else "measured", f"Spearman {found.rho:.2f}, n {found.cells} cells")
        words = (f"Overlap goes {_strength(found.rho)} with gain over {TITLES[choice.baseline]}: Spearman {found.rho:.2f} "
                 f"over {found.cells} cells, p {found.p_profiles:.3f} when whole profiles are exchanged ({found.orders} orders).")
        st.plotly_chart(figures.overlap_plot(cells(gains), unit=tables.SCALINGS[choice.scale]), key=f"relations_{source}_overlap",
                        config=figures.CONFIG, alt=words)
        st.caption(f"{words} Shuffling single cells gives p {found.p_cells:.4f}, but cells of one task are not independent. "
                   f"The size depends on the scale: {_by_scale(known, source, choice)}.")


def _strength(rho: float) -> str:
    if rho < 0:
        return "not"
    return next(word for limit, word in ((0.1, "hardly"), (0.4, "weakly"), (0.7, "moderately"), (1.1, "strongly")) if rho < limit)


def _by_scale(known: Evidence, source: str, choice: Choice) -> str:
    found = {words: spearman(cells(known.gains(source, choice, scale))) for scale, words in tables.SCALINGS.items()}
    return ", ".join(f"{rho:.2f} by {words}" for words, rho in found.items() if rho is not None)


def twin(known: Evidence, choice: Choice) -> None:
    """Every number of the maps and the scatter as a table with a CSV download."""
    table_twin(side_by_side(known, choice), "relations_values", "task_relations")


def side_by_side(known: Evidence, choice: Choice) -> pd.DataFrame:
    """One row per variant and column: paper, gain, scaled gain, overlap, and what was measured."""
    frame = known.paper[["variant", "task", "corpus", "metric", "column", "value", "paper_tables"]].rename(columns={"value": "paper"})
    for source in ("paper", "measured"):
        for scale in ("points", choice.scale):
            gains = known.gains(source, choice, scale).stack().rename(f"{source}_gain_{scale}")
            frame = frame.merge(gains.reset_index(), on=["variant", "column"], how="left") if gains.name not in frame else frame
    frame["overlap"] = [overlap(variant, task) for variant, task in zip(frame["variant"], frame["task"], strict=True)]
    ours = known.of("measured", choice).drop(columns=["task", "corpus", "metric"]).rename(columns={"value": "measured"})
    return frame.merge(ours, on=["variant", "column"], how="left").drop(columns="column")
