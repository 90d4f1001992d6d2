"""The registry of corpora."""

from engine.corpora.base import Corpus
from engine.registry import Registry

CORPORA: Registry[Corpus] = Registry("corpus", {
    "toy": ("engine.corpora.toy:TOY", "Dialogues that we wrote ourselves, for tests and first steps."),
    "frames": ("engine.corpora.frames:FRAMES", "Travel booking with memory of alternatives."),
    "metalwoz": ("engine.corpora.metalwoz:METALWOZ", "Crowd dialogues in 47 + 4 domains."),
    "woz2": ("engine.corpora.woz2:WOZ2", "Restaurant search, typed, with belief states."),
    "camrest676": ("engine.corpora.camrest676:CAMREST676", "Cambridge restaurants, typed."),
    "msr_e2e": ("engine.corpora.msr_e2e:MSR_E2E", "Microsoft dialogue challenge: movies, restaurants, taxis."),
    "multiwoz21": ("engine.corpora.multiwoz21:MULTIWOZ21", "Multi-domain dialogues with states and acts, version 2.1."),
    "multiwoz22": ("engine.corpora.multiwoz22:MULTIWOZ22", "Multi-domain dialogues, version 2.2."),
    "sgd": ("engine.corpora.sgd:SGD", "Schema-guided dialogues (DSTC8)."),
    "smd": ("engine.corpora.smd:SMD", "In-car assistant with a knowledge base (KVRET)."),
    "taskmaster1": ("engine.corpora.taskmaster1:TASKMASTER1", "Spoken and written task dialogues."),
    "oos": ("engine.corpora.oos:OOS", "CLINC150 single-turn intents with out-of-scope queries."),
    "dstc2": ("engine.corpora.dstc2:DSTC2", "Telephone restaurant search with dialogue acts."),
    "gsim": ("engine.corpora.gsim:GSIM", "Simulated dialogues, rewritten by people: sim-R and sim-M."),
})
