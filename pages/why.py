"""Why: what in the dialogue an answer rests on, by attribution and by leaving out; and what the model really read."""

from __future__ import annotations

from ui.cache import predictor
from ui.choices import one
from ui.dialogue_source import beside
from ui.frame import page
from ui.why import VIEWS
from ui.why_controls import ask

with page("Why", lead="What does an answer rest on? Every token's share in it, the same question without each utterance, and what the model really read."):
    models = predictor()
    dialogue = beside("why", 160)
    why = ask(models.card, dialogue, "why") if dialogue else None
    if why:
        view = one("Show", {name: title for name, (title, _) in VIEWS.items()}, "why_view")
        VIEWS[view][1](models, why, "why")
