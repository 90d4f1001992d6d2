"""Doors open one way: rooms import from the lines below them, and pages never see torch."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from engine.paths import REPOSITORY

LINES = (
    ("app", "pages"),
    ("ui",),
    ("engine.__main__",),
    ("engine.commands",),
    ("engine.train", "engine.serve"),
    ("engine.shipped", "engine.probing", "engine.coverage"),
    ("engine.variants",),
    ("engine.objectives", "engine.tasks", "engine.zoo"),
    ("engine.entities",),
    ("engine.corpora", "engine.models", "engine.results"),
    ("engine.dialogue",),
    ("engine.recipes", "engine.registry", "engine.paths", "engine.provenance", "engine.fingerprint", "engine.cluster"),
    ("engine.errors",),
)
"""Top to bottom; a room sees itself and the lines below it, never its neighbours."""
LINE = {room: number for number, rooms in enumerate(LINES) for room in rooms}

NEIGHBOURS: dict[tuple[str, str], str] = {}
"""(module, module that it imports although the line forbids it) to the reason."""

SCREEN_ROOMS = ("ui", "engine.serve", "engine.results", "engine.dialogue", "engine.errors", "engine.registry", "engine.paths")
"""What pages/ and ui/ may import from."""
SCREEN_REGISTRIES = ("engine.objectives", "engine.tasks", "engine.zoo")
"""Of these, pages/ and ui/ may import the registry, nothing below it."""
SCREEN_EXCEPTIONS = {
    ("ui.cache", "engine.entities"): "opens the extractor that all visitors share",
    ("ui.cache", "engine.entities.base"): "names that extractor's type",
}

UNSAFE = ("pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal")
"""Modules that run code out of a file."""
UNSAFE_EXCEPTIONS = {"engine.entities.stanza_ner": "catches the error of stanza's own loading of a tagger file"}

LIGHT = (
    "engine.zoo.glue", "engine.zoo.glue.sets", "engine.zoo.glue.scores", "engine.zoo.glue.submission", "engine.results.glue", "engine.commands.zoo_glue",
    "engine.serve", "engine.serve.fake", "engine.results", "engine.results.tables", "engine.results.comparison", "engine.dialogue.upload",
    "engine.dialogue.export", "engine.dialogue.counterfactuals.versions", "engine.serve.moves", "engine.serve.robustness", "engine.objectives",
    "engine.objectives.base", "engine.tasks", "engine.tasks.base", "engine.corpora", "engine.variants", "ui.frame", "ui.compare", "ui.probe",
    "ui.relations", "ui.relations_cell", "ui.relations_export", "engine.results.claims.ledger", "ui.claims", "ui.claims_detail",
    "engine.serve.timeline", "engine.serve.replay", "ui.state", "ui.state_figures", "ui.state_replay", "ui.what_if", "ui.what_if_answers",
    "ui.what_if_robustness", "ui.why", "engine.serve.reasons", "engine.serve.agreement", "ui.predict", "ui.predict_abilities", "engine.probing",
    "engine.probing.scores", "engine.probing.linear", "ui.probe_details", "ui.sortable", "engine.serve.verdicts", "ui.dialogue_source",
    "ui.dialogue_reading", "ui.dialogue_many", "ui.dialogue_export", "engine.serve.many", "engine.serve.many_summary", "ui.compare_grid",
    "ui.many", "ui.many_detail", "engine.coverage", "engine.serve.capsule", "engine.serve.capsule_file", "engine.serve.capsule_check",
    "ui.coverage", "ui.capsule", "ui.capsule_view", "ui.permalink", "engine.serve.weights", "engine.serve.machine", "engine.serve.found",
    "ui.health", "engine.serve.zoo", "engine.serve.zoo.fake", "engine.serve.zoo.questions", "engine.serve.zoo.beside", "ui.dialogzoo",
    "engine.serve.batching.predictor", "engine.serve.memory", "engine.serve.asked",
    "engine.serve.zoo.sets", "engine.serve.zoo.unify", "engine.results.zoo_scores", "ui.datasets", "ui.datasets_reader", "ui.zoo_results",
    "engine.serve.ray.inner", "engine.serve.ray.opened", "engine.serve.ray.described",
    "engine.results.glue_table", "ui.zoo_results_glue", "engine.serve.remote", "engine.serve.shared", "engine.serve.http.process", "engine.serve.zoo.remote",
)
"""Modules that must not bring torch."""


@cache
def modules() -> dict[str, ast.Module]:
    """Dotted name to syntax tree, for every module of the program."""
    files = [REPOSITORY / "app.py", *(file for room in ("engine", "ui", "pages") for file in (REPOSITORY / room).rglob("*.py"))]
    return {dotted(file): ast.parse(file.read_text(encoding="utf-8"), str(file)) for file in sorted(files)}


def dotted(file: Path) -> str:
    return ".".join(file.relative_to(REPOSITORY).with_suffix("").parts).removesuffix(".__init__")


def imported(tree: ast.Module) -> Iterator[str]:
    """Every module that a tree imports, at whatever depth; ``from a import b`` counts as ``a.b`` where that is a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            below = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in modules() else node.module for name in below)


def edges() -> set[tuple[str, str]]:
    return {(name, target) for name, tree in modules().items() for target in imported(tree)}


def room(module: str) -> str | None:
    """The room of one of our modules; None for foreign ones.

    >>> room("engine.corpora.sgd"), room("ui.frame"), room("numpy.typing")
    ('engine.corpora', 'ui', None)
    """
    parts = module.split(".")
    if parts[0] in ("app", "pages", "ui"):
        return parts[0]
    return ".".join(parts[:2]) if parts[0] == "engine" and len(parts) > 1 else None


def names(tree: ast.Module) -> Iterator[str]:
    """Attribute chains of a module as they are written, e.g. ``torch.load``."""
    return (ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute))


def test_every_room_stands_on_a_line() -> None:
    assert {found for name in modules() if (found := room(name))} - set(LINE) == set()


def climbs(found: set[tuple[str, str]]) -> list[str]:
    """Imports of a room on the same line or above."""
    return [f"{name} imports {target}" for name, target in sorted(found)
            if (here := room(name)) and (there := room(target)) and here != there
            and LINE[there] <= LINE[here] and (name, target) not in NEIGHBOURS]


def test_imports_go_down_only() -> None:
    assert climbs(edges()) == []


@pytest.mark.parametrize("edge", [("engine.errors", "engine.paths"), ("engine.corpora.sgd", "engine.models.tokens"),
                                  ("engine.serve.local", "engine.train.loop"), ("engine.results.store", "ui.blocks"),
                                  ("ui.frame", "pages.probe"), ("engine.dialogue.model", "engine.serve")])
def test_a_wrong_import_would_be_seen(edge: tuple[str, str]) -> None:
    assert len(climbs({edge})) == 1


def test_the_walk_sees_what_is_there() -> None:
    assert {("engine.corpora.base", "engine.dialogue.model"), ("ui.frame", "engine.errors"), ("pages.compare", "ui.frame")} <= edges()


def test_pages_and_ui_see_contracts_only() -> None:
    wrong = [f"{name} imports {target}" for name, target in sorted(edges())
             if name.partition(".")[0] in ("app", "pages", "ui") and (there := room(target))
             and there not in SCREEN_ROOMS and target not in SCREEN_REGISTRIES and (name, target) not in SCREEN_EXCEPTIONS]
    assert wrong == []


def test_pages_and_ui_never_import_torch() -> None:
    heavy = ("torch", "transformers", "peft", "accelerate", "stanza", "spacy")
    assert [edge for edge in sorted(edges()) if edge[0].partition(".")[0] in ("app", "pages", "ui")
            and edge[1].partition(".")[0] in heavy] == []


def test_transformers_is_known_to_models_only() -> None:
    assert {room(name) for name, target in edges() if target.partition(".")[0] == "transformers"} == {"engine.models"}


def test_only_the_cache_says_cache() -> None:
    wrong = {name for name, tree in modules().items() for chain in names(tree) if chain.startswith(("st.cache_", "streamlit.cache_"))}
    assert wrong == {"ui.cache"}


@pytest.mark.parametrize("declared", [NEIGHBOURS, SCREEN_EXCEPTIONS], ids=["neighbours", "screens"])
def test_no_exception_outlives_its_need(declared: dict[tuple[str, str], str]) -> None:
    assert set(declared) - edges() == set()


def test_imports_are_absolute_and_named() -> None:
    wrong = [f"{name}:{node.lineno}" for name, tree in modules().items() for node in ast.walk(tree)
             if isinstance(node, ast.ImportFrom) and (node.level or node.names[0].name == "*")]
    assert wrong == []


def test_no_file_can_run_code_by_being_loaded() -> None:
    loaders = {name for name, target in edges() if target.partition(".")[0] in UNSAFE}
    loaders |= {name for name, tree in modules().items() for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
                and node.module == "torch" and "load" in {alias.name for alias in node.names}}
    loaders |= {name for name, tree in modules().items() for chain in names(tree) if chain in ("torch.load", "pd.read_pickle")}
    loaders |= {name for name, tree in modules().items() for node in ast.walk(tree)
                if isinstance(node, ast.keyword) and node.arg in ("allow_pickle", "trust_remote_code")}
    assert loaders == set(UNSAFE_EXCEPTIONS)


def test_the_door_opens_without_torch() -> None:
    code = f"import sys, {', '.join(LIGHT)}; print([name for name in ('torch', 'transformers', 'spacy', 'stanza') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr
