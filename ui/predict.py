"""The blocks of the page "Predict": choices, the computed answer, predictor against gain, the table of predictors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from engine.results import tables
from engine.results.agreement import AIM, KNOWN
from engine.results.beyond import BEYOND
from engine.results.prediction import PREDICTORS, Outcome, Question, Readings, answer, summary
from engine.results.reported import TASKS, TITLES, columns, further_pretraining
from ui import predict_figures
from ui.blocks import badge, door, pick, table_twin
from ui.cache import held_against, predicted_from

SOURCES = {"paper": "Paper", "measured": "Measured here"}
GROUPS = {"single": "Five single tasks", "all": "All"}
LETTERS = {"works": "W", "does not": "N", "cannot tell": "?", "reference": "R", "not measured": "–"}
"""Verdicts as letters, since colour is never alone."""
_COLUMNS = {column.key: column for column in (*columns(), *BEYOND)}
_CODES = {ours: code for code, ours in TASKS.items()}


@dataclass(frozen=True, kw_only=True)
class Known:
    """Everything the page draws from."""

    values: pd.DataFrame
    """All measured values (`tables.measured`)."""
    readings: Readings
    similarities: pd.DataFrame


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What the visitor chose; all of it stands in the address."""

    question: Question
    protocol: str
    predictor: str


def evidence() -> Known:
    """The measured rows of both stores (errors as `ui.cache.predicted_from`)."""
    values, *frames = predicted_from()
    known = dict(zip(("ability", "transferability", "similarity"), frames, strict=True))
    return Known(values=values, similarities=known["similarity"], readings=Readings(abilities=known["ability"], scores=known["transferability"]))


def controls(known: Known) -> Choice:
    """Source of the gains, baseline, variants, protocol where there are several, and the predictor that is drawn."""
    with st.container(horizontal=True, gap="large"):
        source = pick("Gains from", tuple(SOURCES), key="predict_source", words=SOURCES, default="measured")
        baseline = pick("Gain over", tables.BASELINES, key="predict_baseline", words=TITLES)
        group = pick("Variants", tuple(GROUPS), key="predict_variants", words=GROUPS, help="The five of Table 1, or all but the baseline.")
        protocols = tables.protocols(known.values["protocol"].repeat(known.values["seeds"]))
        protocol = pick("Protocol", protocols, key="predict_protocol") if source == "measured" and len(protocols) > 1 else "released"
        question = Question(source=source, baseline=baseline, group=group)  # type: ignore[arg-type]
        drawn = [name for name, entry in PREDICTORS.items() if source in entry.sources and entry.kind != "reference"]
        predictor = pick("Predictor", drawn, key="predict_predictor", words={name: PREDICTORS[name].title for name in drawn}, long=True)
    return Choice(question=question, protocol=protocol, predictor=predictor)


def outcomes(known: Known, choice: Choice) -> list[Outcome]:
    """Each predictor held against the chosen gains; those measured here see only what belongs to the same weights."""
    if choice.question.source == "paper":
        return held_against(choice.question, further_pretraining(), known.readings.abilities, known.readings.scores)
    values = tables.of_protocol(known.values, choice.protocol)
    readings = known.readings.of(values)
    return held_against(choice.question, values, readings.abilities, readings.scores)


def finding(known: Known, found: Sequence[Outcome], choice: Choice) -> None:
    """The answer in one computed sentence, and where the gains come from."""
    tested = [one for one in found if one.tested]
    with st.container(horizontal=True, vertical_alignment="center"):
        badge("paper" if choice.question.source == "paper" else "measured", _about(tested))
    st.markdown(f"**{answer(found, choice.question)}**")
    if choice.question.source == "measured" and known.values.empty:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption("Nothing is measured here yet. What the paper measured is on Task relations, in the numbers from Paper.", width="content")
            door("task_relations", "The paper's gains", {"source": "Paper"})


def _about(tested: Sequence[Outcome]) -> str:
    cells = tested[0].cells if tested else pd.DataFrame(columns=["variant", "column"])
    return f"{len(cells)} cells: {cells['variant'].nunique()} variants x {cells['column'].nunique()} columns"


def scatter(found: Sequence[Outcome], choice: Choice) -> None:
    """The chosen predictor against the gain, one mark per cell."""
    one = next(one for one in found if one.name == choice.predictor)
    if one.agreement is None:
        st.info(f"{PREDICTORS[one.name].title} is not measured for these weights yet: `python -m engine abilities` measures it.", icon=":material/straighten:")
        return
    where = zip(one.cells["variant"], one.cells["column"], strict=True)
    cells = one.cells.assign(title=[f"{TITLES[variant]} on {_COLUMNS[key].title}" for variant, key in where])
    gain = f"gain over {TITLES[choice.question.baseline]}"
    words = f"{PREDICTORS[one.name].title} against {gain}: {correlation(one)}"
    figure = predict_figures.scatter(cells, PREDICTORS[one.name].title, f"{gain}, share of largest")
    st.plotly_chart(figure, key="predict_scatter", config=predict_figures.CONFIG, alt=words)
    st.caption(words)
    table_twin(cells[["title", "predicted", "gain", "points"]], "predict_cells", "predictor_against_gain")


def correlation(one: Outcome) -> str:
    """A predictor's numbers in a sentence."""
    agreed = one.agreement
    if agreed is None:
        return "not measured."
    return (f"Spearman {agreed.rho:.2f} (95 % interval {agreed.low:.2f} to {agreed.high:.2f}), Kendall {agreed.tau:.2f}, over {agreed.cells} cells; "
            f"p {agreed.p_rho:.3f} when whole variants are exchanged ({agreed.orders:,} orders).")


def explained(found: Sequence[Outcome], choice: Choice) -> None:
    """What the chosen predictor is, and how it does with each task left out."""
    one = next(one for one in found if one.name == choice.predictor)
    st.markdown(f"**{PREDICTORS[one.name].title}.** {PREDICTORS[one.name].note}")
    if one.agreement is not None:
        left = ", ".join(f"{rho:.2f} without {_CODES[task]}" for task, rho in one.agreement.without.items())
        st.markdown(f"Leave-one-task-out: {left}.")
    st.caption("Gains are shares of the column's largest difference, so that columns can be compared. The interval draws whole variants and whole corpora of "
               "a task; it does not hold the error of the gains themselves (few seeds). Of several predictors the best looks better than it is.")
    if choice.question.source == "paper":
        st.caption("The paper's encoders are not public: its gains are held against the declared overlap and against abilities measured on our small variants. "
                   "Scores of our features do not apply to them.")


def ranking(found: Sequence[Outcome], choice: Choice) -> None:
    """Every predictor with its numbers and verdict."""
    rows = summary(found)
    rows.insert(1, "mark", rows["verdict"].map(LETTERS))
    names = {"rho": "Spearman", "low": "from", "high": "to", "p_rho": "p", "tau": "Kendall", "p_tau": "p (Kendall)", "ndcg": "NDCG", "regret": "Regret@1"}
    shown = rows.drop(columns=[name for name in rows if name.startswith("rho_without")]).rename(columns=names)
    st.dataframe(shown, hide_index=True, width="stretch", key="predict_ranking",
                 column_config={name: st.column_config.NumberColumn(format="%.2f") for name in ("Spearman", "from", "to", "Kendall", "NDCG", "Regret@1")}
                 | {name: st.column_config.NumberColumn(format="%.3f") for name in ("p", "p (Kendall)")})
    st.caption(f"W works: Spearman of {AIM} or more and an interval above {KNOWN}. N does not: the interval ends below {AIM}. ? cannot tell. R reference: what "
               "choosing at random gives. Regret@1: points lost by taking the predictor's favourite, mean over columns.")
    st.download_button("Download CSV", rows.to_csv(index=False), file_name="predictors.csv", mime="text/csv", icon=":material/download:",
                       key="predict_ranking_csv", on_click="ignore")
