"""The blocks of the page DialogZoo results: scores per pair, the paper's numbers beside them, and training curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from engine.results import zoo, zoo_scores
from engine.results.zoo_scores import VERDICTS, Run
from ui import zoo_results_figures
from ui.blocks import badge, pick, plain, table_twin
from ui.choices import listed, several

ALL = "all"
MEAN = "mean"
DECODINGS = {"constrained": "Constrained", "free": "Free"}
METRICS = {"accuracy": "accuracy", "slot_f1": "slot F1", "joint_accuracy": "joint accuracy", "exact_set_match": "exact-set match", "bleu4": "BLEU-4",
           "rouge_l": "ROUGE-L", "exact_match": "exact match"}
"""Metric name to the words on the screen."""
_FEW, _HIGHEST = 20, 520
"""Pairs up to which the figure is shown whole; pixels of it where there are more, the rest by scrolling inside."""
_PER_CENT = {name: st.column_config.NumberColumn(words, format="%.1f", width=75, help=help) for name, words, help in (
    ("score", "Model", "Headline metric, per cent"), ("untrained", "Untrained", "The same network before training"),
    ("baseline", "Baseline", "The best answer that needs no training"), ("valid", "Valid", "Per cent of answers that are of the task's form and name only "
                                                                         "what the sample knows"),
    ("valid_other", "Other way", "Valid answers under the other way of writing"), ("before", "Best before", "The paper's SOTA"),
    ("paper", "Paper", "DialogZoo with T5-base"), ("tuned", "Tuned", "Paper: DialogZoo with T5-base, fine-tuned on the set"), ("here", "Here", None))}


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What the visitor chose; all of it stands in the address."""

    model: str
    decoding: str
    task: str


def rows() -> list[zoo.ZooScore]:
    """The newest rows of the store.

    Raises:
        InputError: A line of the store is not a row.
    """
    return zoo_scores.current(zoo.read())


def controls(known: Sequence[zoo.ZooScore]) -> Choice | None:
    """Model, way of writing and task; None where no trained model has been scored."""
    models = zoo_scores.models(known)
    if not models:
        return None
    with st.container(horizontal=True, gap="small"):
        model = pick("Model", models, key="zoo_results_model", long=len(models) > 4)
        ways = {name: words for name, words in DECODINGS.items() if any(row.model == model and row.decoding == name for row in known)}
        decoding = pick("Answers written", tuple(ways), key="zoo_results_decoding", words=ways,
                        help="Constrained: only known labels, slots, tables and columns. Free: whatever the model writes.")
        tasks = {ALL: "All", **{name: name.upper() for name in dict.fromkeys(row.task for row in known if row.model == model)}}
        task = listed("Task", tasks, "zoo_results_task")
    return Choice(model=model, decoding=decoding, task=task)


def scores(known: Sequence[zoo.ZooScore], choice: Choice | None) -> None:
    """The model beside its untrained self and the best baseline, drawn and as a table."""
    st.subheader("Scores per pair", anchor=False)
    if choice is None:
        st.info("No trained model has been scored yet. `python -m engine zoo evaluate` scores the shipped one; `--model untrained` and `--model baselines` "
                "give what it is held against.", icon=":material/straighten:")
        return
    table = zoo_scores.scores(known, choice.model, choice.decoding)
    table = table if choice.task == ALL else table[table["task"] == choice.task]
    if table.empty:
        st.info("This model has not been asked so.", icon=":material/filter_alt_off:")
        return
    about = [row for row in known if row.model == choice.model and row.decoding == choice.decoding]
    badge("measured", f"n {table['n'].sum():,}, seed {about[0].seed}, {about[0].tokens_seen:,} training tokens, commit {about[0].commit[:7]}")
    words = zoo_scores.summary(table)
    st.markdown(f"**{plain(words)}**")
    with st.container(height=_HIGHEST if len(table) > _FEW else "content", border=False, key="zoo_results_drawn"):
        st.plotly_chart(zoo_results_figures.scores(table), key="zoo_results_figure", config=zoo_results_figures.CONFIG, alt=words)
    _score_table(table)


def _score_table(table: pd.DataFrame) -> None:
    shown = table.assign(pair=table["task"] + "/" + table["dataset"], trained=["never (zero-shot)" if unseen else "yes" for unseen in table["unseen"]],
                         verdict=[f"{VERDICTS[word]} {word}" for word in table["verdict"]],
                         metric=table["metric"].map(lambda name: METRICS.get(name, name)),
                         interval=[f"{low:.1f} to {high:.1f}" for low, high in zip(table["low"], table["high"], strict=True)],
                         asked=[f"{n:,} of {available:,}" for n, available in zip(table["n"], table["available"], strict=True)])
    order = ["pair", "metric", "score", "interval", "untrained", "baseline", "baseline_name", "verdict", "trained", "asked", "split", "valid", "valid_other"]
    st.dataframe(shown, hide_index=True, width="stretch", key="zoo_results_scores", column_order=order, height=min(430, 38 + 35 * len(shown)), column_config={
        "pair": st.column_config.TextColumn("Pair", width=165), "metric": st.column_config.TextColumn("Metric", width=105), **_PER_CENT,
        "interval": st.column_config.TextColumn("95 % interval", width=100), "baseline_name": st.column_config.TextColumn("which", width=75),
        "verdict": st.column_config.TextColumn("Verdict", width=105), "asked": st.column_config.TextColumn("n of all", width=105),
        "trained": st.column_config.TextColumn("Trained on", width=105),
        "split": st.column_config.TextColumn("Split", width=60)})
    st.caption("A above: the model's 95 % interval (bootstrap over dialogues, documents or rows) lies above the better of untrained model and best baseline. "
               "B below it. ? cannot tell. Only rows over the same samples stand beside each other. dev*: the tenth of dev's dialogues that stands apart "
               "where the rest of dev stands in for training. An untrained model that may only write known labels is right by chance.")
    st.download_button("Download CSV", table.to_csv(index=False), file_name="dialogzoo_scores.csv", mime="text/csv", icon=":material/download:",
                       key="zoo_results_csv", on_click="ignore")


def paper(known: Sequence[zoo.ZooScore], choice: Choice | None) -> None:
    """The paper's Tables 3 and 4, with ours where there is one."""
    st.subheader("Beside the paper (Tables 3 and 4)", anchor=False)
    table = zoo_scores.beside_paper(known, choice.model if choice else "", choice.decoding if choice else "")
    ours = table["here"].notna()
    with st.container(horizontal=True, vertical_alignment="center"):
        badge("paper", "DialogZoo with T5-base, 10,661,579 samples")
        if ours.any():
            badge("measured", f"{ours.sum()} of {len(table)} sets")
    shown = table.assign(pair=table["task"] + "/" + table["dataset"], metric=table["metric"].map(METRICS), table="Table " + table["table"].astype(str))
    order = ["pair", "metric", "before", "paper", "tuned", "here", "n", "split", "note", "table"]
    st.dataframe(shown, hide_index=True, width="stretch", key="zoo_results_paper", column_order=order, height=38 + 35 * len(shown), column_config={
        **_PER_CENT, "pair": st.column_config.TextColumn("Pair", width=150), "metric": st.column_config.TextColumn("Metric", width=110),
        "n": st.column_config.NumberColumn("n", format="localized", width=60), "split": st.column_config.TextColumn("Split", width=60),
        "note": st.column_config.TextColumn("Note", width=270), "table": st.column_config.TextColumn("Where", width=70)})
    st.caption(f"{'Our numbers are' if ours.any() else 'Nothing of this is measured here yet; ours would be'} of a far smaller model and far fewer samples: "
               "compare where it is strong and weak, not values. Our metric is the nearest to the paper's, whose scorers are not published. Table 2 "
               "(DialoGLUE, fine-tuned as an encoder) is another use and stands below.")


def curves(runs: Sequence[Run]) -> None:
    """Losses of trainings, several in one figure."""
    st.subheader("Training curves and ablations", anchor=False)
    if not runs:
        st.info("No training has left a curve yet: `python -m engine zoo train --ship NAME` does, and so do its ablations, e.g. `--schedule proportional` "
                "or `--tasks` without reo and clo.", icon=":material/show_chart:")
        return
    words = {run.name: zoo_scores.described(run, runs) for run in runs}
    with st.container(horizontal=True, gap="small"):
        chosen = several("Runs", {run.name: run.name for run in runs}, "zoo_results_runs")
        shown = [run for run in runs if run.name in chosen]
        shared = zoo_scores.tasks_of(shown)
        task = listed("Loss of", {MEAN: "All tasks that these runs share", **{name: name.upper() for name in shared}}, "zoo_results_loss") if shared else MEAN
    table = zoo_scores.losses(shown, "" if task == MEAN else task)
    if table.empty:
        st.info("Choose at least one run; runs that share no task with a dev loss cannot be drawn together.", icon=":material/filter_alt_off:")
        return
    badge("measured", f"{len(shown)} runs, seeds {', '.join(sorted({str(run.about.get('seed', 'unknown')) for run in shown}))}")
    _drawn(table, {name: words[name] for name in chosen}, task, shared)


def _drawn(table: pd.DataFrame, words: dict[str, str], task: str, shared: Sequence[str]) -> None:
    silent = [name for name in words if name not in set(table["run"])]
    upward = f"loss per token, {'mean of ' + str(len(shared)) + ' tasks' if task == MEAN else task.upper()}"
    last = zoo_scores.ends(table)
    best = min(last, key=last.__getitem__, default="")
    told = f"Lowest dev loss at the end: {best} with {last[best]:.3f}" + "".join(
        f", {name} {loss:.3f}" for name, loss in sorted(last.items(), key=lambda one: one[1]) if name != best) + "." if last else "No dev loss yet."
    st.plotly_chart(zoo_results_figures.curves(table, words, upward), key="zoo_results_curves", config=zoo_results_figures.CONFIG, alt=told)
    told += f" Without a dev loss yet: {', '.join(silent)}." if silent else ""
    thin = "" if task == MEAN else "; thin lines are losses in training"
    st.caption(f"{plain(told)} Dev losses (with marks) are of a few samples per task{thin}. Where runs differ in backbone, losses "
               "per token compare only if the vocabulary is the same. "
               "The paper's Figure 5 draws DialoGLUE scores over training with and without REO and CLO, and prints no numbers.")
    table_twin(table, "zoo_results_losses", "dialogzoo_curves")
