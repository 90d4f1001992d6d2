"""What many dialogues' answers amount to: verdicts, shares by domain and by place in the dialogue, and the dialogues one by one (no torch)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from engine.results.verdicts import ROWS, Beside, Method, beside
from engine.serve.compact import Answered

POSITIONS = ((2, "1–2"), (4, "3–4"), (8, "5–8"), (16, "9–16"))
"""The last utterance of each stretch of a dialogue, counted from 1, and its name."""
LATER = "17 on"
NO_DOMAIN = "not annotated"
SPLIT = ["by", "part", "task", "variant", "measure", "n", "share"]
"""Columns of the splits; ``measure`` is ``right`` where gold judges the task, else ``agrees`` (with the baseline)."""


@dataclass(frozen=True, kw_only=True)
class Summary:
    """A run beside one baseline."""

    baseline: str
    dialogues: int
    beside: tuple[Beside, ...]
    splits: pd.DataFrame
    """Columns `SPLIT`; ``by`` is ``domain`` or ``position``. A dialogue of two domains counts in both."""
    table: pd.DataFrame
    """A row per dialogue: number (from 0), dialogue (its id), domains, utterances, questions, differing and wrong (shares), judged."""


def summary(answered: Sequence[Answered], baseline: str) -> Summary:
    """Everything that the page states about a run; of one dialogue the verdicts are over its rows, else over dialogues."""
    frames = [one.rows(baseline, number) for number, one in enumerate(answered)]
    rows = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=ROWS)
    method: Method = "bootstrap" if len(answered) > 1 else "mcnemar"
    return Summary(baseline=baseline, dialogues=len(answered), beside=tuple(beside(rows, baseline, method)) if len(rows) else (),
                   splits=pd.concat([pd.DataFrame(columns=SPLIT), *_splits(rows, answered, baseline)], ignore_index=True),
                   table=pd.DataFrame([_line(number, one, frame, baseline) for number, (one, frame) in enumerate(zip(answered, frames, strict=True))]))


def export_rows(answered: Sequence[Answered], baseline: str) -> Iterator[dict[str, Any]]:
    """One line per dialogue, turn (from 1), task and variant; answers as they were given."""
    for number, one in enumerate(answered):
        frame = one.rows(baseline, number)
        for said, row in zip(one.predictions(), frame.itertuples(index=False), strict=True):
            right = None if pd.isna(row.right) else bool(row.right)
            yield {"dialogue": one.dialogue.id, "turn": said.turn + 1, "task": said.task, "variant": said.variant, "answer": said.answer,
                   "confidence": min(said.scores.values(), default=None), "gold": said.gold, "differs_from_baseline": bool(row.differs), "right": right}


def position(turn: int) -> str:
    """The stretch of a dialogue that a turn index (from 0) lies in.

    >>> position(0), position(4), position(40)
    ('1–2', '5–8', '17 on')
    """
    return next((name for last, name in POSITIONS if turn < last), LATER)


def _splits(rows: pd.DataFrame, answered: Sequence[Answered], baseline: str) -> Iterator[pd.DataFrame]:
    if not len(rows):
        return
    domains = pd.DataFrame([(number, domain) for number, one in enumerate(answered) for domain in sorted(one.dialogue.domains) or [NO_DOMAIN]],
                           columns=["dialogue", "part"])
    yield _shares(rows.merge(domains, on="dialogue"), "domain", baseline)
    yield _shares(rows.assign(part=rows["turn"].map(position)), "position", baseline)


def _shares(rows: pd.DataFrame, by: str, baseline: str) -> pd.DataFrame:
    """Share right where a task has gold anywhere, else agreement with the baseline."""
    found = []
    with_gold = rows[rows["right"].notna()]["task"].unique()
    for (task, part, variant), some in rows.groupby(["task", "part", "variant"], sort=False):
        measured = some["right"].dropna() if task in with_gold else 1 - some["differs"].astype(float)
        if len(measured) and (task in with_gold or variant != baseline):
            found.append((by, part, task, variant, "right" if task in with_gold else "agrees", len(measured), float(measured.mean())))
    return pd.DataFrame(found, columns=SPLIT)


def _line(number: int, one: Answered, rows: pd.DataFrame, baseline: str) -> dict[str, object]:
    others = rows[rows["variant"] != baseline]
    judged = rows["right"].dropna()
    return {"number": number, "dialogue": one.dialogue.id, "domains": ", ".join(sorted(one.dialogue.domains)), "utterances": len(one.dialogue.turns),
            "questions": len(one.places), "differing": float(others["differs"].mean()) if len(others) else 0.0,
            "wrong": float(1 - judged.mean()) if len(judged) else float("nan"), "judged": len(judged)}
