"""The papers' published numbers, with their spellings mapped to ours in one declared place.

Sources: "Further pre-training tasks" tables 2 to 7 (percent) and DialogZoo tables 2 to 6.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

DATA = Path(__file__).resolve().parent / "data"

VARIANTS = {"BERT": "bert", "MLM": "mlm", "DSP": "dsp", "CRM": "crm", "DCV": "dcv", "ENP": "enp", "DUR": "dur",
            "JOINT": "joint", "ENP_NO_MLM": "enp_no_mlm"}
"""The paper's spelling of a variant to ours, in the paper's order."""
TASKS = {"INT": "intent", "DA": "dialogue_act", "RS": "response_selection", "DST": "state_tracking"}
"""The paper's code of a downstream task to ours."""
CORPORA = {"OOS": "oos", "MWOZ": "multiwoz21", "MWOZ2.1": "multiwoz21", "DSTC2": "dstc2", "GSIM": "gsim"}
"""The paper's spelling of a corpus to ours."""
METRICS = {"acc_all": "acc(all)", "acc_in": "acc(in)", "acc_out": "acc(out)", "recall_out": "recall(out)",
           "f1_micro": "micro F1", "f1_macro": "macro F1", "r100_at_1": "R100@1", "r100_at_3": "R100@3",
           "joint_acc": "joint acc", "slot_acc": "slot acc"}
"""Metric name to the way the paper prints it."""
TITLES = {ours: papers for papers, ours in VARIANTS.items()} | {"enp_no_mlm": "ENP w.o. MLM", "joint": "Joint"}
"""Our name of a variant to the words on the screen."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One downstream metric of the paper: what a column of the gain matrix stands for."""

    task: str
    corpus: str
    metric: str
    task_code: str
    corpus_code: str

    @property
    def key(self) -> str:
        """The name in tables and addresses, e.g. ``response_selection.multiwoz21.r100_at_1``."""
        return f"{self.task}.{self.corpus}.{self.metric}"

    @property
    def title(self) -> str:
        """The name on the screen, e.g. ``RS MWOZ R100@1``."""
        return f"{self.task_code} {self.corpus_code} {METRICS[self.metric]}"


@cache
def _raw(name: str) -> pd.DataFrame:
    return pd.read_csv(DATA / name, dtype={"paper_tables": str, "paper_table": str})


@cache
def columns() -> tuple[Column, ...]:
    """The 18 downstream metrics: intent, dialogue act, response selection, state tracking."""
    seen = _raw("reported_further_pretraining.csv")[["downstream", "dataset", "metric"]].drop_duplicates()
    found = (Column(task=TASKS[task], corpus=CORPORA[corpus], metric=metric, task_code=task, corpus_code=corpus)
             for task, corpus, metric in seen.itertuples(index=False))
    return tuple(sorted(found, key=lambda column: list(TASKS.values()).index(column.task)))


def further_pretraining() -> pd.DataFrame:
    """162 numbers: ``variant``, ``task``, ``corpus``, ``metric``, ``column`` (`Column.key`), ``value`` (percent), ``paper_tables``."""
    raw = _raw("reported_further_pretraining.csv")
    frame = pd.DataFrame({"variant": raw["variant"].map(VARIANTS), "task": raw["downstream"].map(TASKS),
                          "corpus": raw["dataset"].map(CORPORA), "metric": raw["metric"]})
    frame["column"] = frame["task"] + "." + frame["corpus"] + "." + frame["metric"]
    return frame.assign(value=raw["value_percent"], paper_tables=raw["paper_tables"])


def dialogzoo() -> pd.DataFrame:
    """DialogZoo's published numbers as its tables give them (``paper_table`` to ``note``)."""
    return _raw("reported_dialogzoo.csv").copy()


def dialogzoo_tasks() -> pd.DataFrame:
    """DialogZoo's Table 1, one row per task, and how many data sets its Table 5 names (NaN where our copy of the text lacks the row)."""
    return _raw("dialogzoo_tasks.csv").copy()


def table_one() -> pd.DataFrame:
    """Table 1: one row per task, ``kind``, and eight columns of 0 or 1."""
    return _raw("task_profiles.csv").set_index("task")
