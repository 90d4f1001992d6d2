"""``ls``: what there is, by kind."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from engine.registry import Registry, unknown


class List:
    """List the registries."""

    def add(self, parser: argparse.ArgumentParser) -> None:
        """An optional kind."""
        parser.add_argument("kind", nargs="?", help="variants, objectives, tasks, corpora, formats or extractors")

    def run(self, arguments: argparse.Namespace) -> None:
        """Print names and notes."""
        kinds = shelves()
        if arguments.kind and arguments.kind not in kinds:
            raise unknown("kind", arguments.kind, list(kinds))
        for kind, notes in kinds.items():
            if arguments.kind in (None, kind):
                print(kind)
                print("\n".join(f"  {name:<20}{note}" for name, note in notes.items()))


def shelves() -> dict[str, Mapping[str, str]]:
    """Kind to name to note."""
    from engine.corpora import CORPORA
    from engine.dialogue.formats import FORMATS
    from engine.entities import EXTRACTORS
    from engine.objectives import OBJECTIVES
    from engine.tasks import TASKS
    from engine.variants import VARIANTS

    registries: dict[str, Registry[object]] = {"objectives": OBJECTIVES, "tasks": TASKS, "corpora": CORPORA, "formats": FORMATS,  # type: ignore[dict-item]
                                               "extractors": EXTRACTORS}  # type: ignore[dict-item]
    return {"variants": {name: value.note for name, value in VARIANTS.items()},
            **{kind: {name: shelf.note(name) for name in shelf} for kind, shelf in registries.items()}}


LS = List()
