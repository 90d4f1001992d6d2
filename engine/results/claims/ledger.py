"""The ledger: every claim with its verdict on the paper's own numbers and on our measurements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from engine.results.claims import CLAIMS
from engine.results.claims.base import Claim, Differences, Gap, Pair, Part, Side
from engine.results.claims.columns import side, task_code, title
from engine.results.claims.judge import LETTERS, Judgement, by_sign, on_ours, on_paper, part_truth
from engine.results.claims.measured import adjusted
from engine.results.claims.published import differences, numbers

NOT_HERE = {1: "no rows under this setting", 2: "no T5-base is trained here"}
"""Why a claim of a paper is not measured."""
SHOWN_WAYS = 4
"""Of a part with many ways that all fail, the nearest are shown."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of the ledger."""

    claim: Claim
    paper: Judgement
    ours: Judgement
    leaning: Judgement
    """Ours by the signs of the estimates alone: no verdict, but where they point."""

    @property
    def tasks(self) -> tuple[str, ...]:
        """Codes of the downstream tasks that it is about."""
        return tuple(dict.fromkeys(task_code(column) for column in self.claim.columns))

    @property
    def ours_words(self) -> str:
        """The verdict on ours, with what the estimates point to where it cannot tell."""
        if self.ours.verdict != "cannot tell":
            return self.ours.words
        return f"{LETTERS['cannot tell']} · cannot tell ({self.leaning.held} of {len(self.leaning.truths)} by sign)"

    @property
    def why(self) -> str:
        """Why ours is open, in one clause."""
        return NOT_HERE[self.claim.paper] if self.ours.verdict == "not measured" else self.ours.reason


def unmeasured(one: Side, other: Side, column: str) -> Gap | None:
    """The differences of an empty store."""
    return None


def ledger(ours: Differences = unmeasured) -> list[Entry]:
    """Every claim, judged; on ours with Holm's correction over the differences of each claim."""
    return [Entry(claim=claim, paper=on_paper(claim, differences(numbers(claim.paper))), ours=on_ours(claim, adjusted(claim, ours)),
                  leaning=on_ours(claim, by_sign(ours))) for claim in CLAIMS.values()]


def frame(entries: Sequence[Entry]) -> pd.DataFrame:
    """One row per claim: what stands in the ledger, and in its CSV file."""
    rows = [{"id": entry.claim.id, "paper": entry.claim.paper, "statement": entry.claim.statement, "on the paper's numbers": entry.paper.words,
             "measured here": entry.ours_words, "caution": entry.claim.caution, "tasks": ", ".join(entry.tasks), "place": entry.claim.place,
             "quotation": entry.claim.quotation, "predicate": entry.claim.predicate.words, "why open here": entry.why} for entry in entries]
    return pd.DataFrame(rows)


def summary(entries: Sequence[Entry]) -> str:
    """The finding in two sentences, counted over ``entries``."""
    if not entries:
        return "No statement meets these choices."
    paper = Counter(entry.paper.verdict for entry in entries)
    ours = Counter(entry.ours.verdict for entry in entries)
    short = paper["holds in part"] + paper["does not hold"]
    silent = f"; {paper['no numbers']} cannot be checked, its numbers are not printed" if paper["no numbers"] else ""
    return (f"{short} of {len(entries)} statements do not fully hold on the paper's own numbers ({paper['holds in part']} hold in part, "
            f"{paper['does not hold']} not at all{silent}). Measured here: {ours['holds']} hold, {ours['does not hold']} do not hold, "
            f"{ours['cannot tell']} cannot be told, {ours['not measured']} are not measured.")


def deciding(part: Part, judgement: Judgement) -> tuple[Pair, ...]:
    """The pairs that settle a part: those of the first way that is true, else one failing pair of each way, the nearest ones."""
    ways = [(part_truth(Part(name="", ways=(way,)), judgement.gaps), way) for way in part.ways]
    for truth, way in ways:
        if truth:
            return way
    failing = [next((pair for pair in way if _fails(pair, judgement)), way[0]) for _, way in ways]
    return tuple(sorted(dict.fromkeys(failing), key=lambda pair: _shortfall(pair, judgement))[:SHOWN_WAYS])


def _fails(pair: Pair, judgement: Judgement) -> bool:
    gap = judgement.gaps[pair]
    return gap is None or gap.above(pair.by) is not True


def _shortfall(pair: Pair, judgement: Judgement) -> float:
    gap = judgement.gaps[pair]
    return float("inf") if gap is None else pair.by - gap.difference


def needed(pair: Pair, *, inside: str = "") -> str:
    """What a pair says; the column goes without saying ``inside`` a part of that name.

    >>> needed(Pair(one="crm", other="dur", column="response_selection.multiwoz21.r100_at_1"))
    'CRM > DUR on RS MWOZ R100@1'
    """
    sign, more = (">", f" {pair.by:+g}") if abs(pair.by) > 0.01 else ("≥" if pair.by < 0 else ">", "")
    where = "" if title(pair.column) == inside else f" on {title(pair.column)}"
    return f"{side(pair.one)} {sign} {side(pair.other)}{more}{where}"
