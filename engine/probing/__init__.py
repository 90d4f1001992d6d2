"""The registries of probing tasks (what frozen states tell of an ability) and of transferability scores."""

from engine.probing.base import Probe
from engine.probing.scores import Score
from engine.registry import Registry

PROBES: Registry[Probe] = Registry("probe", {
    "user_act": ("engine.probing.single_turn:USER_ACT", "Single turn: which act does this bare utterance carry?"),
    "utterance_domain": ("engine.probing.single_turn:UTTERANCE_DOMAIN", "Single turn: which domain does this bare utterance add something to?"),
    "slots_before": ("engine.probing.multi_turn:SLOTS_BEFORE", "Multi-turn: which slots were known two exchanges ago?"),
    "domain_before": ("engine.probing.multi_turn:DOMAIN_BEFORE", "Multi-turn: which domain was discussed before the present one?"),
    "next_turn": ("engine.probing.coherence:NEXT_TURN", "Coherence: does the last utterance stand in its own place?"),
    "exchange_order": ("engine.probing.coherence:EXCHANGE_ORDER", "Coherence: were two neighbouring exchanges swapped?"),
    "slot_words": ("engine.probing.entity:SLOT_WORDS", "Entity information: to which slot's value does this word belong?"),
    "slot_kind": ("engine.probing.entity:SLOT_KIND", "Entity information: which slot's value does this bare utterance hold?"),
})

SCORES: Registry[Score] = Registry("score", {
    "logme": ("engine.probing.scores:logme", "LogME: evidence of a linear model on the frozen features."),
    "h_score": ("engine.probing.scores:h_score", "H-score: share of the features' variance between classes, with shrinkage."),
    "linear_probe": ("engine.probing.scores:linear_probe", "Cross-validated linear probe on the frozen features."),
})
