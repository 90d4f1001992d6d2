"""From models and a story to a room in which the talk can begin (no torch, no gradio)."""

from __future__ import annotations

import threading

from engine.serve.base import Predictor
from engine.serve.talk.answers import Models
from engine.serve.talk.live import Live
from engine.serve.talk.recorded import questions, read_recorded, recorded_path
from engine.serve.talk.room import Room
from engine.serve.talk.story import Story
from engine.serve.zoo.base import ZooModel


def open_room(predictor: Predictor, zoo: ZooModel, story: Story) -> Room:
    """A fresh room with the answers recorded beside the story; the weights behind every question are looked up, and so opened, in the background.

    Raises:
        InputError: The recorded answers are damaged.
    """
    models, recorded = Models(predictor, zoo), read_recorded(recorded_path(story.path))
    live = Live(models, recorded)
    threading.Thread(target=live.check_weights, args=([question for _, question in questions(story)],), name="talk-weights", daemon=True).start()
    return Room(story, live, models.titles)
