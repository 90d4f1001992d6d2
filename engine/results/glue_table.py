"""DialoGLUE as the paper's Table 2 has it: six published models, and the encoders that were fine-tuned here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from engine.results.glue import GlueScore
from engine.results.reported import dialogzoo

SETS: Mapping[str, tuple[str, str]] = {
    "banking": ("INTENT", "BANKING77"), "clinc": ("INTENT", "CLINC150"), "hwu": ("INTENT", "HWU64"), "restaurant8k": ("FILL", "RESTAURANT8K"),
    "dstc8": ("FILL", "DSTC8"), "top": ("SEMANTIC_PARSING", "TOP"), "multiwoz": ("DST", "MULTIWOZ2.1"),
}
"""Key of a set in a submission to the paper's spelling, in the paper's order."""
AVERAGE = ("AVERAGE", "DialoGLUE")
SHOTS: Mapping[str, str] = {"full": "All training rows", "10": "Few-shot"}
"""A row's ``shots`` to the words on the screen. The paper has numbers for the first alone."""
_SETTING = ["recipe", "steps", "trained_examples", "examples"]
_WIDE = ["model", "kind", *SETS, "mean", "seeds", "tokens_seen"]


def reported() -> pd.DataFrame:
    """Table 2, a row per model: ``model``, a column per set, ``mean`` as printed; per cent."""
    published = dialogzoo()
    published = published[published["paper_table"] == "2"]
    names = {spelling: name for name, spelling in SETS.items()} | {AVERAGE: "mean"}
    columns = [names[place] for place in zip(published["task"], published["dataset"], strict=True)]
    table = published.assign(column=columns).pivot_table(index="model", columns="column", values="value", sort=False).reset_index()
    return table[["model", *SETS, "mean"]].rename_axis(columns=None)


def measured(rows: Iterable[GlueScore], shots: str) -> pd.DataFrame:
    """Our scores under ``full`` or ``10``, a row per encoder and set, over seeds, in per cent.

    Of an encoder only its newest weights count. Of a set only rows of one setting (recipe, steps, training and test rows): the one that most
    encoders were measured under, of several the newest; so what stands in a column may be compared.

    Returns:
        Columns: encoder, dataset, score, sd (n - 1; NaN for one seed), seeds, metric, dev, n, trained, available, recipe, steps, tokens_seen, weights,
        hardware, commit, created, protocol.
    """
    known = sorted((row for row in rows if row.shots == shots and row.dataset in SETS), key=lambda row: row.created)
    newest = {row.encoder: row.weights for row in known}
    current = list({(row.encoder, row.dataset, row.seed, *_setting(row)): row for row in known if row.weights == newest[row.encoder]}.values())
    chosen = {name: _common([row for row in current if row.dataset == name]) for name in SETS}
    cells: dict[tuple[str, str], list[GlueScore]] = {}
    for row in current:
        if _setting(row) == chosen[row.dataset]:
            cells.setdefault((row.encoder, row.dataset), []).append(row)
    return pd.DataFrame([_cell(found) for found in cells.values()], columns=list(_cell_columns()))


def beside(rows: Sequence[GlueScore], shots: str) -> pd.DataFrame:
    """The paper's models (where all rows are trained on) above ours: a row per model, a column per set, per cent; NaN where there is no number.

    ``kind`` is ``paper`` or ``measured``; ``mean`` is over the seven sets, ``shared`` over those that all of our encoders have.
    """
    ours = measured(rows, shots)
    wide = ours.pivot(index="encoder", columns="dataset", values="score").reindex(columns=list(SETS)) if len(ours) else pd.DataFrame(columns=list(SETS))
    about = ours.groupby("encoder", sort=False).agg(seeds=("seeds", "min"), tokens_seen=("tokens_seen", "max"))
    wide = wide.loc[list(about.index)].assign(mean=wide.mean(axis=1, skipna=False), kind="measured").join(about)
    wide = wide.rename_axis("model").reset_index()
    published = [reported().assign(kind="paper")] if shots == "full" else []
    table = pd.concat([part for part in (*published, wide) if len(part)] or [wide], ignore_index=True).reindex(columns=_WIDE)
    common = shared(table)
    return table.assign(shared=table[common].astype(float).mean(axis=1) if common else float("nan"))


def shared(table: pd.DataFrame) -> list[str]:
    """The sets of a table of `beside` that all of our encoders were measured on."""
    ours = table[table["kind"] == "measured"]
    return [name for name in SETS if len(ours) and ours[name].notna().all()]


def summary(table: pd.DataFrame) -> str:
    """What a table of `beside` says of our encoders, best first."""
    ours, common = table[table["kind"] == "measured"], shared(table)
    if ours.empty:
        return "Nothing of this is measured here yet."
    if not common:
        return f"{len(ours)} encoders were measured, but none of the sets with all of them."
    best = ours.sort_values("shared", ascending=False, kind="stable")
    listed = ", ".join(f"{name} {value:.1f}" for name, value in zip(best["model"], best["shared"], strict=True))
    return f"Mean over the {len(common)} of {len(SETS)} sets that all encoders here were fine-tuned on: {listed}."


def _setting(row: GlueScore) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in _SETTING)


def _common(rows: Sequence[GlueScore]) -> tuple[object, ...]:
    """The setting that most encoders have; of several, that of the newest row (rows come oldest first)."""
    encoders: dict[tuple[object, ...], set[str]] = {}
    for row in reversed(rows):
        encoders.setdefault(_setting(row), set()).add(row.encoder)
    return max(encoders, key=lambda setting: len(encoders[setting]), default=())


def _cell_columns() -> tuple[str, ...]:
    return ("encoder", "dataset", "score", "sd", "seeds", "metric", "dev", "n", "trained", "available", "recipe", "steps", "tokens_seen", "weights",
            "hardware", "commit", "created", "protocol")


def _cell(rows: Sequence[GlueScore]) -> dict[str, object]:
    scores, last = pd.Series([row.headline for row in rows]), rows[-1]
    return {"encoder": last.encoder, "dataset": last.dataset, "score": scores.mean(), "sd": scores.std(ddof=1), "seeds": len(rows), "metric": last.metric,
            "dev": pd.Series([row.dev for row in rows]).mean(), "n": last.examples, "trained": last.trained_examples, "available": last.available_examples,
            "recipe": last.recipe, "steps": last.steps, "tokens_seen": last.tokens_seen, "weights": last.weights[:12], "hardware": last.hardware,
            "commit": last.commit, "created": last.created, "protocol": last.protocol}
