"""The registry of further pre-training objectives (paper 1, section 3.2)."""

from engine.objectives.base import Objective
from engine.registry import Registry

OBJECTIVES: Registry[Objective] = Registry("objective", {
    "mlm": ("engine.objectives.mlm:MLM", "Masked language model over the dialogue."),
    "dsp": ("engine.objectives.dsp:DSP", "Dialogue speaker prediction: who said this utterance?"),
    "crm": ("engine.objectives.crm:CRM", "Context response matching: which response continues the dialogue?"),
    "dcv": ("engine.objectives.dcv:DCV", "Dialogue coherence verification: were utterances replaced?"),
    "enp": ("engine.objectives.enp:ENP", "Entity number prediction: how many entities does the utterance hold?"),
    "dur": ("engine.objectives.dur:DUR", "Dialogue utterance reordering: in which order were these said?"),
})
