"""The versions of one dialogue as a lineage: growing it by a change, trying every kind once, and writing it as one file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from engine.dialogue.counterfactuals import COUNTERFACTUALS
from engine.dialogue.counterfactuals.base import Changed, Values
from engine.dialogue.export_json import convlab3_record
from engine.dialogue.lineage import Lineage, begin
from engine.dialogue.model import Dialogue
from engine.errors import InputError

MOST = 60
"""Versions of one dialogue at most."""
KEY = "version"
"""Where a record of the file says how its dialogue came about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One version: a dialogue, and how it was made from its parent (nothing of that for the first)."""

    dialogue: Dialogue
    kind: str = ""
    """Registry name of the counterfactual."""
    parameters: Values = field(default_factory=dict)
    seed: int | None = None
    changed: Changed | None = None


def start(dialogue: Dialogue) -> Lineage[Made]:
    """A lineage of the dialogue as it is."""
    return begin(Made(dialogue=dialogue))


def grown(lineage: Lineage[Made], kind: str, parameters: Values, seed: int) -> Lineage[Made]:
    """The lineage with a changed copy of the current version, which becomes the current one; the very same change is not made twice.

    Raises:
        UnknownNameError: There is no such kind.
        InputError: The change cannot be made, or there are too many versions.
    """
    if len(lineage.versions) >= MOST:
        raise InputError(f"there are {MOST} versions", remedy="export them and start afresh")
    changed = COUNTERFACTUALS[kind].apply(lineage.value.dialogue, parameters, Random(seed))
    for number, version in enumerate(lineage.versions):
        if version.parent == lineage.current and version.change == changed.sentence and version.value.dialogue == changed.dialogue:
            return lineage.jump(number)
    return lineage.then(Made(dialogue=changed.dialogue, kind=kind, parameters=dict(parameters), seed=seed, changed=changed), changed.sentence)


def tried(lineage: Lineage[Made], seed: int) -> tuple[Lineage[Made], list[str]]:
    """Every kind once on the current version, which stays current, with parameters drawn by ``seed``; and why some kinds were left out."""
    here, left_out = lineage.current, []
    for kind, counterfactual in ((name, COUNTERFACTUALS[name]) for name in COUNTERFACTUALS):
        parameters = counterfactual.draw(lineage.value.dialogue, Random(f"{seed} {kind}"))
        if parameters is None:
            left_out.append(f"{counterfactual.title}: nothing in this dialogue to try it on.")
            continue
        try:
            lineage = grown(lineage, kind, parameters, seed).jump(here)
        except InputError as error:
            left_out.append(f"{counterfactual.title}: {error.sentence}")
    return lineage, left_out


def written(lineage: Lineage[Made]) -> str:
    """All versions as one ConvLab-3 file that any upload reads; each record says under ``version`` how it came about (numbers from 0)."""
    records = [_record(number, lineage) for number in range(len(lineage.versions))]
    return json.dumps(records, ensure_ascii=False, indent=1)


def _record(number: int, lineage: Lineage[Made]) -> Mapping[str, Any]:
    version = lineage.versions[number]
    made = version.value
    named = replace(made.dialogue, id=f"{made.dialogue.id} v{number}") if number else made.dialogue
    how = {"number": number, "parent": version.parent, "change": version.change, "counterfactual": made.kind or None,
           "parameters": dict(made.parameters), "seed": made.seed, "origins": made.changed and list(made.changed.origins)}
    return convlab3_record(named) | {KEY: how}
