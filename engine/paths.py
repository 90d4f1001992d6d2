"""Where things live: data, caches, runs, results and the weights that come with the repository."""

from __future__ import annotations

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent


def _home(variable: str, default: Path) -> Path:
    return Path(os.environ[variable]).expanduser() if os.environ.get(variable) else default


def data_root(flag: str | os.PathLike[str] | None = None) -> Path:
    """The folder that holds one folder per corpus: ``--data``, else ``DIALATLAS_DATA``, else ``data/``."""
    return Path(flag).expanduser() if flag else _home("DIALATLAS_DATA", REPOSITORY / "data")


def cache_root() -> Path:
    """Tokenised corpora and other things that can be rebuilt (``DIALATLAS_CACHE``)."""
    return _home("DIALATLAS_CACHE", REPOSITORY / ".cache")


def runs_root() -> Path:
    """Training runs: resumable state, logs (``DIALATLAS_RUNS``)."""
    return _home("DIALATLAS_RUNS", REPOSITORY / "runs")


RESTORE = "restore it with `git checkout -- checkpoints`"
"""The remedy for shipped weights that are missing or damaged."""


def checkpoints_root() -> Path:
    """Weights and cards that come with the repository (``DIALATLAS_CHECKPOINTS``)."""
    return _home("DIALATLAS_CHECKPOINTS", REPOSITORY / "checkpoints")


def results_root() -> Path:
    """Result rows, appended, as JSON lines (``DIALATLAS_RESULTS``)."""
    return _home("DIALATLAS_RESULTS", checkpoints_root() / "results")


def without_home(text: str) -> str:
    """The text with paths of this machine shortened to what a visitor may see: below the repository, or below the folder's variable."""
    for name, root in {"DIALATLAS_RESULTS": results_root(), "DIALATLAS_CHECKPOINTS": checkpoints_root(), "DIALATLAS_DATA": data_root(),
                       "DIALATLAS_CACHE": cache_root(), "DIALATLAS_RUNS": runs_root()}.items():
        if not root.is_relative_to(REPOSITORY):
            text = text.replace(str(root), name)
    text, home = text.replace(f"{REPOSITORY}/", "").replace(str(REPOSITORY), "."), Path.home()
    return text.replace(str(home), "~") if len(home.parts) > 1 else text
