"""How a training went: one JSON line per point, appended while it runs."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

EVERY = 20
"""Steps per point."""


class Curve:
    """Appends points; a run that is resumed drops the points after the step it goes on from.

    Args:
        path: ``curve.jsonl``.
        about: What the first line says of the run.
    """

    def __init__(self, path: Path, about: Mapping[str, Any]) -> None:
        self.path, self.about = path, dict(about)
        self._sums: dict[str, list[float]] = defaultdict(list)
        self._begun = False

    def add(self, step: Any, dev: Mapping[str, float]) -> None:
        """Note a step; a point is written now and then, and whenever dev losses are there."""
        if not self._begun:
            self._begin(step.number)
        for name, value in step.losses.items():
            self._sums[name].append(value)
        if dev or step.number % EVERY == 0 or step.share >= 1:
            point = {"step": step.number, "tokens": step.tokens, "seconds": round(step.seconds, 1),
                     "train": {name: round(sum(values) / len(values), 4) for name, values in self._sums.items()},
                     **({"dev": {name: round(value, 4) for name, value in dev.items()}} if dev else {})}
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(point) + "\n")
            self._sums.clear()

    def last_dev(self) -> dict[str, float]:
        """The dev losses of the last look; none where there was no look yet."""
        looks = [point["dev"] for point in (read_curve(self.path)[1] if self.path.is_file() else []) if "dev" in point]
        return dict(looks[-1]) if looks else {}

    def _begin(self, first: int) -> None:
        self._begun = True
        known = read_curve(self.path)[1] if self.path.is_file() else []
        kept = [self.about, *(point for point in known if point["step"] < first)]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text("".join(json.dumps(row) + "\n" for row in kept), encoding="utf-8")


def read_curve(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What a run was, and its points; a last line that was cut short is left out."""
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            rows.append(json.loads(line))
        except ValueError:
            break
    return (rows[0], rows[1:]) if rows else ({}, [])
