"""The registry of DialoGLUE's seven sets (Mehri et al. 2020), by the keys of its submissions."""

from engine.registry import Registry
from engine.zoo.glue.base import GlueSet

_IN = "engine.zoo.glue.sets:"
GLUE_SETS: Registry[GlueSet] = Registry("DialoGLUE set", {
    "banking": (_IN + "BANKING", "Banking77: intent accuracy."),
    "hwu": (_IN + "HWU", "HWU64: intent accuracy."),
    "clinc": (_IN + "CLINC", "CLINC150 without what is out of scope: intent accuracy."),
    "restaurant8k": (_IN + "RESTAURANT8K", "RESTAURANTS-8K: slot F1."),
    "dstc8": (_IN + "DSTC8", "Slots of four domains of SGD: slot F1."),
    "top": (_IN + "TOP", "Nested requests: intent and all tags right."),
    "multiwoz": (_IN + "MULTIWOZ", "MultiWOZ 2.1: joint goal accuracy."),
})
