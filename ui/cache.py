"""What all visitors share: the only file that says ``st.cache_*``."""

from __future__ import annotations

import os

import pandas as pd
import streamlit as st

from engine.entities import default_extractor
from engine.entities.base import Extractor
from engine.results.prediction import Outcome, Question, Readings, outcomes
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
    return default_extractor()
