"""The registry of counterfactuals."""

from engine.dialogue.counterfactuals.base import Counterfactual
from engine.registry import Registry

COUNTERFACTUALS: Registry[Counterfactual] = Registry("counterfactual", {
    "drop": ("engine.dialogue.counterfactuals.drop:DROP", "One utterance was never said."),
    "swap_value": ("engine.dialogue.counterfactuals.swap_value:SWAP_VALUE", "A slot has another value, in text, acts, spans and states."),
    "reorder": ("engine.dialogue.counterfactuals.reorder:REORDER", "Two utterances exchange their places."),
    "noise": ("engine.dialogue.counterfactuals.noise:NOISE", "Words are lost, added or misheard, as by a speech recogniser."),
    "casing": ("engine.dialogue.counterfactuals.casing:CASING", "Everything in lower or upper case, or without punctuation."),
    "edit": ("engine.dialogue.counterfactuals.edit:EDIT", "One utterance in your own words."),
    "insert": ("engine.dialogue.counterfactuals.insert:INSERT", "One more utterance."),
    "swap_speakers": ("engine.dialogue.counterfactuals.swap_speakers:SWAP_SPEAKERS", "User and system exchange their roles."),
    "repeat": ("engine.dialogue.counterfactuals.repeat:REPEAT", "One utterance is said twice."),
})
