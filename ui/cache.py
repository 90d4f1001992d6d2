"""What all visitors share: the only file that says ``st.cache_*``."""

from __future__ import annotations

import os

import streamlit as st

from engine.entities import default_extractor
from engine.entities.base import Extractor
from engine.results.claims.ledger import Entry, ledger
from engine.results.claims.measured import of_store
from engine.results.comparison import Setting, settings
from engine.results.store import default_path, read
from engine.serve import PREDICTORS
from engine.serve.base import Predictor


@st.cache_resource(max_entries=1, show_spinner="Opening the models …")
def _open(name: str) -> Predictor:
    opened = PREDICTORS[name]()
    opened.warm()
    return opened


def predictor() -> Predictor:
    """The predictor named in ``DIALATLAS_PREDICTOR`` (default ``local``), opened once for all visitors.

    Raises:
        UnknownNameError: The variable names no registered predictor.
        CheckpointError: The weights are missing or damaged.
    """
    return _open(os.environ.get("DIALATLAS_PREDICTOR", "local"))


@st.cache_resource(max_entries=1, show_spinner="Opening the entity extractor …")
def extractor() -> Extractor:
    """The best entity extractor on this machine, opened once for all visitors.

    Raises:
        MissingDataError: There is none.
    """
    return default_extractor()


def claims_settings() -> list[Setting]:
    """The settings under which claims can be held against our rows, those with most variants first."""
    return settings(read())


def claims_ledger(setting: Setting | None) -> list[Entry]:
    """Every claim, judged under ``setting`` (None: the best measured of each task and corpus); anew when the store has changed.

    Raises:
        InputError: A row or the predictions behind it are damaged.
    """
    path = default_path()
    if not path.is_file():
        return ledger()
    return _ledger(setting, str(path), path.stat().st_mtime_ns, path.stat().st_size)


@st.cache_data(max_entries=8, show_spinner="Comparing what was measured …")
def _ledger(setting: Setting | None, path: str, changed: int, size: int) -> list[Entry]:
    return ledger(of_store(read(), setting))
