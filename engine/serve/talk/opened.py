"""From models and a story to a room in which the talk can begin (no torch, no gradio)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from engine.serve.base import Predictor
from engine.serve.talk.answers import Models
from engine.serve.talk.live import Live
from engine.serve.talk.recorded import questions, read_recorded, recorded_path
from engine.serve.talk.room import Room
from engine.serve.talk.story import Story
from engine.serve.zoo.base import Told, ZooAnswer, ZooCard, ZooModel, ZooQuestion
from engine.zoo.prompt import Prompt


class LaterZoo:
    """A text-to-text model that is opened when it is first asked: a talk begins at once, and goes on with recorded answers where it cannot be opened."""

    def __init__(self, open_model: Callable[[], ZooModel]) -> None:
        self._open, self._lock = open_model, threading.Lock()
        self._model: ZooModel | None = None

    @property
    def model(self) -> ZooModel:
        """The model; what could not be opened is tried again by whoever asks next (errors as of opening it)."""
        with self._lock:
            if self._model is None:
                self._model = self._open()
            return self._model

    @property
    def card(self) -> ZooCard:
        """As in the contract."""
        return self.model.card

    def prompt(self, question: ZooQuestion) -> Prompt:
        """As in the contract."""
        return self.model.prompt(question)

    def answer(self, questions: Sequence[ZooQuestion], *, constrained: bool = True, told: Told | None = None,
               stop: Callable[[], bool] = lambda: False) -> list[ZooAnswer]:
        """As in the contract."""
        return self.model.answer(questions, constrained=constrained, told=told, stop=stop)


def open_room(predictor: Predictor, zoo: ZooModel, story: Story) -> Room:
    """A fresh room with the answers recorded beside the story; the weights behind every question are looked up, and so opened, in the background.

    Raises:
        InputError: The recorded answers are damaged.
    """
    models, recorded = Models(predictor, zoo), read_recorded(recorded_path(story.path))
    live = Live(models, recorded)
    threading.Thread(target=live.check_weights, args=([question for _, question in questions(story)],), name="talk-weights", daemon=True).start()
    return Room(story, live, models.titles)
