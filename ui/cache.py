"""What all visitors share: the only file that says ``st.cache_*``."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from engine.entities import default_extractor
from engine.entities.base import Extractor
from engine.results import abilities, evidence, store, tables
from engine.results.claims.ledger import Entry, ledger
from engine.results.claims.measured import of_store
from engine.results.prediction import Outcome, Question, Readings, outcomes
from engine.results.settings import CELL, Setting, settings
from engine.serve import shared
from engine.serve.base import Predictor
from engine.serve.zoo import unify
from engine.serve.zoo.base import ZooModel


@st.cache_resource(max_entries=1, show_spinner="Opening the models …")
def _open(name: str) -> Predictor:
    opened = shared.opened_predictor(name)
    opened.warm()
    gc.collect()
    gc.freeze()  # Streamlit after each run, and statsmodels at each correction, collect all garbage: what was imported need not be walked
    return opened


def predictor() -> Predictor:
    """The predictor at ``ENGINE_URL``, else that named in ``DIALATLAS_PREDICTOR`` (default ``local``), opened once for all visitors.

    Raises:
        UnknownNameError: The variable names no registered predictor.
        InputError, UnreachableError: There is no engine at that address.
        CheckpointError: The weights are missing or damaged.
    """
    return _open(shared.predictor_name())


@st.cache_resource(max_entries=1, show_spinner="Opening DialogZoo …")
def _open_zoo(name: str) -> ZooModel:
    return shared.opened_zoo(name)


def zoo_model() -> ZooModel:
    """The text-to-text model at ``ENGINE_URL``, else that named in ``DIALATLAS_ZOO`` (default ``local``), opened once for all visitors.

    Raises:
        UnknownNameError: The variable names no registered model.
        CheckpointError: The weights are missing or damaged.
    """
    return _open_zoo(shared.zoo_name())


@st.cache_data(max_entries=32, show_spinner="Holding predictors against gains …", hash_funcs={Question: repr})
def held_against(question: Question, values: pd.DataFrame, abilities: pd.DataFrame, scores: pd.DataFrame) -> list[Outcome]:
    """Every predictor against the gains in ``values``, worked out once per choice and data for all visitors."""
    return outcomes(question, values, Readings(abilities=abilities, scores=scores))


@st.cache_resource(max_entries=1, show_spinner="Opening the entity extractor …")
def extractor() -> Extractor:
    """The best entity extractor on this machine, opened once for all visitors.

    Raises:
        MissingDataError: There is none.
    """
    opened = default_extractor()
    _opened_extractors().append(opened)
    return opened


@st.cache_resource(max_entries=1, show_spinner=False)
def _opened_extractors() -> list[Extractor]:
    return []


def opened_extractor() -> Extractor | None:
    """The shared extractor where somebody has needed it already; opens nothing."""
    return next(iter(_opened_extractors()), None)


def measured(baseline: str, setting: Setting) -> pd.DataFrame:
    """`engine.results.tables.measured` of the results store, beside ``baseline`` where that was measured; made once per state of the store.

    Raises:
        InputError: A line of the store is not a result.
    """
    return _measured(*_state(), baseline, setting.regime, setting.budget)


def compared(baseline: str, setting: Setting) -> pd.DataFrame:
    """`engine.results.evidence.described` of the results store, made once per state of the store.

    Raises:
        InputError: A line of the store is not a result, or stored predictions are damaged.
    """
    return _compared(*_state(), baseline, setting.regime, setting.budget)


def predicted_from() -> tuple[pd.DataFrame, ...]:
    """Measured values, then abilities, transferability and similarity as `abilities.frame`: what Predict draws; read once per state of the two stores.

    Raises:
        InputError: A line of a store is damaged.
    """
    return _predicted_from(*_state(), *_state(abilities.default_path()))


@st.cache_data(max_entries=4, show_spinner=False)
def _predicted_from(path: str, changed_ns: int, size: int, about: str, about_changed_ns: int, about_size: int) -> tuple[pd.DataFrame, ...]:
    rows = abilities.read(Path(about))
    return (tables.measured(store.read(Path(path))), abilities.frame(rows, "ability"), abilities.frame(rows, "transferability"),
            abilities.frame(rows, "similarity"))


def _state(of: Path | None = None) -> tuple[str, int, int]:
    """Path, time of change (ns) and size (bytes) of a store, that of results if none is named: rows are only appended, so these name its content."""
    path = of or store.default_path()
    known = path.stat() if path.is_file() else None
    return str(path), known.st_mtime_ns if known else 0, known.st_size if known else 0


@st.cache_data(max_entries=16, show_spinner=False)
def _measured(path: str, changed_ns: int, size: int, baseline: str, regime: str, budget: int) -> pd.DataFrame:
    rows, setting = store.read(Path(path)), Setting(regime=regime, budget=budget)
    beside, alone = tables.measured(rows, setting, needed=[baseline]), tables.measured(rows, setting)
    others = ~pd.MultiIndex.from_frame(alone[CELL]).isin(pd.MultiIndex.from_frame(beside[CELL]))
    return pd.concat([part for part in (beside, alone[others]) if len(part)] or [beside], ignore_index=True)


@st.cache_data(max_entries=16, show_spinner="Comparing with the baseline …")
def _compared(path: str, changed_ns: int, size: int, baseline: str, regime: str, budget: int) -> pd.DataFrame:
    return evidence.described(store.read(Path(path)), baseline=baseline, setting=Setting(regime=regime, budget=budget))


def claims_settings() -> list[Setting]:
    """The settings under which claims can be held against our rows, those with most variants first."""
    return settings(store.read())


def claims_ledger(setting: Setting | None) -> list[Entry]:
    """Every claim, judged under ``setting`` (None: the best measured of each task and corpus); anew when the store has changed.

    Raises:
        InputError: A row or the predictions behind it are damaged.
    """
    return _ledger(setting, *_state()) if store.default_path().is_file() else ledger()


@st.cache_data(max_entries=8, show_spinner="Comparing what was measured …")
def _ledger(setting: Setting | None, path: str, changed_ns: int, size: int) -> list[Entry]:
    return ledger(of_store(store.read(Path(path)), setting))


def zoo_sample(task: str, dataset: str, place: str, split: str, number: int) -> Any:
    """`engine.serve.zoo.unify.read`, once per sample for all visitors: a published file is read from its beginning."""
    return _zoo_sample(str(unify.folder_of(dataset, place)), task, dataset, place, split, number)


@st.cache_data(max_entries=64, show_spinner="Reading the file …")
def _zoo_sample(folder: str, task: str, dataset: str, place: str, split: str, number: int) -> Any:
    return unify.read(task, dataset, place, split, number, extractor)


@st.cache_data(max_entries=256, show_spinner=False)
def zoo_splits(task: str, dataset: str, place: str) -> dict[str, int]:
    """`engine.serve.zoo.unify.splits_of`, once per pair and place."""
    return unify.splits_of(task, dataset, place, extractor)


@st.cache_resource(max_entries=1, show_spinner="Opening the wordpieces …")
def zoo_wordpieces() -> unify.Count:
    """How the shipped text-to-text model counts tokens, opened once for all visitors."""
    return unify.wordpieces()
