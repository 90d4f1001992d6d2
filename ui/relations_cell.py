"""One cell of "Task relations": its numbers beside the maps, and on demand the evidence behind them."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from engine.results import evidence
from engine.results.changed import changed
from engine.results.profiles import overlap, shared
from engine.results.reported import TITLES, Column
from engine.results.store import Result
from ui.blocks import badge, pick, plain
from ui.choices import switch
from ui.html_table import TableCell, html_table
from ui.relations import START, Choice, Evidence, chosen_cell, is_in_paper, titles
from ui.relations_maps import interval, judged, p_words

SHOWN = 50
"""Of the examples that were gained or lost, how many are listed."""


def cell_panel(known: Evidence, choice: Choice) -> None:
    """The numbers of one cell: the paper's, ours with n, seeds, commit and command, and the overlap of profiles."""
    names = titles(known)
    words = {f"{variant}.{key}": f"{title} on {column}" for variant, title in TITLES.items() for key, column in names.items()}
    variant, _, key = pick("Cell", tuple(words), key="cell", default=START, words=words, long=True).partition(".")
    _reported(known, variant, key, choice)
    rows = known.measured(choice).query("variant == @variant and column == @key")
    for _, row in rows.sort_values("protocol", key=lambda names: names != choice.protocol, kind="stable").iterrows():
        _measured_value(known, row, choice)
    if rows.empty:
        st.caption("Not measured here yet." if choice.source == "paper" else f"Measured here: – {plain(known.why_empty(choice)(variant, key))}.")
    task = key.partition(".")[0]
    both = ", ".join(shared(variant, task)) or "nothing"
    st.caption(f"Profiles of {TITLES[variant]} and {_column(known, key).task_code} share {both} (overlap {overlap(variant, task):.2f}).")


def _column(known: Evidence, key: str) -> Column:
    return next(column for column in known.columns if column.key == key)


def _reported(known: Evidence, variant: str, key: str, choice: Choice) -> None:
    if not is_in_paper(key):
        st.caption("Beyond the paper: it has no number for this column.")
        return
    _value("Paper", known.paper, variant, key, choice.baseline)
    tables_named = known.paper.query("variant == @variant and column == @key")["paper_tables"].iloc[0]
    badge("paper", f"table{'s' if ',' in tables_named else ''} {tables_named.replace(',', ', ')}")


def _value(label: str, table: pd.DataFrame, variant: str, key: str, baseline: str, spread: str = "", told: bool = True) -> None:
    found = table[table["column"] == key].set_index("variant")["value"]
    base = found.get(baseline)
    known = base is not None and variant != baseline
    delta = f"{found[variant] - base:+.2f} over {TITLES[baseline]} ({base:.2f})" if known else None
    st.metric(label, f"{found[variant]:.2f} %{spread}", delta, delta_color="normal" if told else "off")


def _measured_value(known: Evidence, row: pd.Series, choice: Choice) -> None:
    table = known.measured(choice)
    difference = None if choice.source == "paper" else _difference(known, choice, row["variant"], row["column"], row["protocol"])
    spread = "" if pd.isna(row["sd"]) else f" ± {row['sd']:.2f}"
    _value(f"Measured here, protocol {row['protocol']}", table[table["protocol"] == row["protocol"]], row["variant"], row["column"], choice.baseline,
           spread, told=difference is not None and difference["verdict"] != "cannot tell")
    if difference is not None:
        st.markdown(f"**{plain(_verdict(difference))}**, {plain(interval(difference) + p_words(difference['p_holm']))}")
    badge("measured", f"n {row['examples']:,}, {row['seeds']} seed{'s' if row['seeds'] > 1 else ''}")
    st.caption(f"{row['tokens_seen']:,} tokens of further pre-training, fine-tuned on {row['trained_examples']:,} examples ({plain(row['regime'])}); "
               f"{plain(_splits(row))}weights {row['fingerprint']}, commit {plain(row['commit'])}, {plain(row['hardware'])}, {row['created'][:10]}.")


def _splits(row: pd.Series) -> str:
    """What was trained and tested on, where the rows say so."""
    return f"trained on {row['trained_on']}, tested on {row['tested_on']}; " if row["trained_on"] else ""


def _difference(known: Evidence, choice: Choice, variant: str, key: str, protocol: str) -> pd.Series | None:
    found = known.compared(choice).query("variant == @variant and column == @key and protocol == @protocol")
    return found.iloc[0] if len(found) else None


def _verdict(cell: pd.Series) -> str:
    letter = {"better": "B", "worse": "W", "cannot tell": "~"}[cell["verdict"]]
    return f"{letter} {judged(cell)}"


def asked(known: Evidence) -> bool:
    """A switch for the chosen cell's `drawer`."""
    variant, key = chosen_cell()
    return switch(f"Evidence behind {TITLES[variant]} on {titles(known)[key]}", "relations_evidence")


def drawer(known: Evidence, choice: Choice) -> None:
    """The statistics of the chosen cell, each seed, the examples that changed, and the commands that made it."""
    variant, key = chosen_cell()
    found = known.shown(choice).query("variant == @variant and column == @key")
    if found.empty:
        st.info(f"There is no measured difference for this cell: {plain(known.why_empty(choice)(variant, key))}.", icon=":material/info:")
        return
    cell = found.iloc[0]
    both = evidence.pairs(known.results, variant, choice.baseline, task=cell["task"], corpus=cell["corpus"], protocol=cell["protocol"],
                          setting=choice.setting)
    left, right = st.columns(2, gap="large")
    with left:
        _statistics(cell, choice)
    with right:
        _seeds(both, cell, choice)
        st.code(commands(both), language="bash", wrap_lines=True)
    _examples(both, cell, choice)


def _statistics(cell: pd.Series, choice: Choice) -> None:
    badge("measured", f"{cell['seeds']} seed{'s' if cell['seeds'] > 1 else ''}, n {cell['examples']:,}")
    rows = [[TableCell(text=name), TableCell(text=text)] for name, text in statistics(cell, TITLES[choice.baseline]).items()]
    html_table(["", TITLES[cell["variant"]]], rows, "relations_statistics")


def statistics(cell: pd.Series, baseline: str) -> dict[str, str]:
    """Everything about a measured difference, in words."""
    effect = "needs several seeds" if pd.isna(cell["effect"]) else f"{cell['effect']:+.2f} standard deviations over seeds".replace("-", "−")
    return {
        "Verdict": _verdict(cell), "Value": f"{cell['value']:.2f} % ({baseline}: {cell['base_value']:.2f} %)",
        "Difference, 95 % interval": f"{interval(cell)} points", "Effect": effect,
        "Spread over seeds": "unknown" if pd.isna(cell["seed_sd"]) else f"{cell['seed_sd']:.2f} points, pooled over the variants of the column",
        "p, corrected (Holm)": f"{_p(cell['p'])}, {_p(cell['p_holm'])}",
        "Test rows": f"{cell['examples']:,} ({cell['split']})", "Training examples": _trained(cell), "Protocol": cell["protocol"],
        "Further pre-training": f"{cell['tokens_seen']:,} tokens", "Weights": cell["fingerprint"], "Hardware": cell["hardware"],
        "Commit, day": f"{cell['commit']}, {cell['created'][:10]}"}


def _p(value: float) -> str:
    return "not tested" if pd.isna(value) else "< 0.001" if value < 0.001 else f"{value:.3f}"


def _trained(cell: pd.Series) -> str:
    of = f" of {cell['available_examples']:,}" if cell["available_examples"] else ""
    return f"{cell['trained_examples']:,}{of} ({cell['regime']})"


def _seeds(both: list[evidence.Pair], cell: pd.Series, choice: Choice) -> None:
    table = evidence.by_seed(both, cell["metric"])
    rows = [[TableCell(text=str(row.seed)), *(TableCell(text=f"{number:.2f}".replace("-", "−")) for number in (row.value, row.base_value, row.difference)),
             TableCell(text=str(row.hardware))] for row in table.itertuples()]
    html_table(["Seed", TITLES[cell["variant"]], TITLES[choice.baseline], "Difference", "Hardware"], rows, "relations_seeds")


def commands(both: list[evidence.Pair]) -> str:
    """The commands that made these rows, each after its commit."""
    return "\n".join(dict.fromkeys(_command(row) for pair in both for row in pair))


def _command(row: Result) -> str:
    """``+changes`` marks a commit whose working tree differed."""
    commit, _, changes = row.commit.partition("+")
    note = f"  # and {changes} that were not committed" if changes else ""
    return row.command if commit == "unknown" else f"git checkout {commit}{note}\n{row.command}"


def _examples(both: list[evidence.Pair], cell: pd.Series, choice: Choice) -> None:
    name, seeds, table = changed(both, cell["metric"])
    if not seeds:
        st.caption("Which examples changed is unknown: no predictions of both are stored for the same examples.")
        return
    mine, base = TITLES[cell["variant"]], TITLES[choice.baseline]
    parts = {"Gained": table[table["gain"] > 0], "Lost": table[table["gain"] < 0]}
    st.caption(f"By {name}, mean over {seeds} seed{'s' if seeds > 1 else ''}: of {cell['examples']:,} examples {mine} gains {len(parts['Gained']):,} "
               f"and loses {len(parts['Lost']):,} against {base}; up to {SHOWN} are listed, the most decisive first. Gain 1: right against wrong in "
               "every seed. Answers: one a seed where seeds differ.")
    side = pick("Examples", tuple(parts), key="relations_changed")
    st.dataframe(parts[side].head(SHOWN).rename(columns={"id": "example", "answer": mine, "base_answer": base}), hide_index=True, width="stretch",
                 height=320, key="relations_examples", column_config={"gain": st.column_config.NumberColumn(format="%+.2f", width="small")})
    st.download_button("Download all changed examples", lambda: table.to_csv(index=False), f"changed_{cell['variant']}_{cell['column']}.csv", "text/csv",
                       icon=":material/download:", key="relations_examples_csv", on_click="ignore")
