"""What the server's rooms (pages, API, talk) share: whoever opens a model first for all of them puts it here."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

from engine.serve import PREDICTORS
from engine.serve.base import Predictor
from engine.serve.zoo import ZOO_MODELS
from engine.serve.zoo.base import Told, ZooAnswer, ZooCard, ZooModel, ZooQuestion
from engine.zoo.prompt import Prompt

_PREDICTORS: dict[str, Predictor] = {}
_ZOOS: dict[str, ZooModel] = {}
OPENINGS: Counter[str] = Counter()
"""How often this process has opened each model, as ``predictor NAME`` or ``zoo NAME``: one copy of the weights means once."""


def predictor_name() -> str:
    """``remote`` where ``ENGINE_URL`` is set, else ``DIALATLAS_PREDICTOR``, else ``local``."""
    return "remote" if os.environ.get("ENGINE_URL") else os.environ.get("DIALATLAS_PREDICTOR", "local")


def zoo_name() -> str:
    """``remote`` where ``ENGINE_URL`` is set, else ``DIALATLAS_ZOO``, else ``local``."""
    return "remote" if os.environ.get("ENGINE_URL") else os.environ.get("DIALATLAS_ZOO", "local")


def share(name: str, predictor: Predictor) -> None:
    """From now on ``predictor`` is what `opened_predictor` gives under that name."""
    _PREDICTORS[name] = predictor


def share_zoo(name: str, zoo: ZooModel) -> None:
    """As `share`, for `opened_zoo`."""
    _ZOOS[name] = zoo


def withdraw() -> None:
    """Nothing is shared any more."""
    _PREDICTORS.clear()
    _ZOOS.clear()


def opened_predictor(name: str) -> Predictor:
    """The shared one, or where nobody shares, one opened anew (errors as that predictor's own opening)."""
    if name in _PREDICTORS:
        return _PREDICTORS[name]
    opened = PREDICTORS[name]()
    OPENINGS[f"predictor {name}"] += 1
    return opened


def opened_zoo(name: str) -> ZooModel:
    """As `opened_predictor`."""
    return _ZOOS[name] if name in _ZOOS else _open_zoo(name)


def _open_zoo(name: str) -> ZooModel:
    opened = ZOO_MODELS[name]()
    OPENINGS[f"zoo {name}"] += 1
    return opened


class LazyZoo:
    """A text-to-text model that is opened when it is first asked, once for all threads; an opening that failed is tried again.

    Args:
        name: In the registry `ZOO_MODELS`.
        opening: How it is opened, where not by that registry.
    """

    def __init__(self, name: str, opening: Callable[[], ZooModel] | None = None) -> None:
        self._opening, self._lock = opening or partial(_open_zoo, name), threading.Lock()
        self._model: ZooModel | None = None

    @property
    def ready(self) -> bool:
        """Whether it is open."""
        return self._model is not None

    def opened(self) -> ZooModel:
        """The model itself (errors as its opening)."""
        with self._lock:
            if self._model is None:
                self._model = self._opening()
            return self._model

    @property
    def card(self) -> ZooCard:
        """See `ZooModel`."""
        return self.opened().card

    def prompt(self, question: ZooQuestion) -> Prompt:
        """See `ZooModel`."""
        return self.opened().prompt(question)

    def answer(self, questions: Sequence[ZooQuestion], *, constrained: bool = True, told: Told | None = None,
               stop: Callable[[], bool] = lambda: False) -> list[ZooAnswer]:
        """See `ZooModel`."""
        return self.opened().answer(questions, constrained=constrained, told=told, stop=stop)
