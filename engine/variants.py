"""The nine variants of paper 1, one value each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from engine.fingerprint import fingerprint
from engine.recipes import CPU_PRETRAIN, PACKAGED, Recipe, settings
from engine.registry import unknown


@dataclass(frozen=True, kw_only=True)
class Variant:
    """A base encoder, further pre-trained with some objectives, or with none."""

    name: str
    title: str
    note: str
    objectives: Mapping[str, float] = field(default_factory=dict)
    """Objective to its weight in the summed loss (weights: not published; our choice is 1)."""
    base: str = PACKAGED
    recipe: Recipe = CPU_PRETRAIN

    def fingerprint(self) -> str:
        """Names the weights: base, objectives and recipe."""
        return fingerprint({"base": self.base, "objectives": dict(self.objectives), "recipe": settings(self.recipe) if self.objectives else None})


BERT = Variant(name="bert", title="BERT", note="The base encoder without further pre-training.")
MLM = replace(BERT, name="mlm", title="MLM", note="Masked language model alone.", objectives={"mlm": 1.0})
DSP = replace(MLM, name="dsp", title="DSP", note="MLM and dialogue speaker prediction.", objectives={"mlm": 1.0, "dsp": 1.0})
CRM = replace(MLM, name="crm", title="CRM", note="MLM and context response matching.", objectives={"mlm": 1.0, "crm": 1.0})
DCV = replace(MLM, name="dcv", title="DCV", note="MLM and dialogue coherence verification.", objectives={"mlm": 1.0, "dcv": 1.0})
ENP = replace(MLM, name="enp", title="ENP", note="MLM and entity number prediction.", objectives={"mlm": 1.0, "enp": 1.0})
DUR = replace(MLM, name="dur", title="DUR", note="MLM and dialogue utterance reordering.", objectives={"mlm": 1.0, "dur": 1.0})
JOINT = replace(MLM, name="joint", title="Joint", note="MLM, entity number prediction and context response matching.",
                objectives={"mlm": 1.0, "enp": 1.0, "crm": 1.0})
ENP_NO_MLM = replace(MLM, name="enp_no_mlm", title="ENP w.o. MLM", note="Entity number prediction alone.", objectives={"enp": 1.0})

VARIANTS: dict[str, Variant] = {v.name: v for v in (BERT, MLM, DSP, CRM, DCV, ENP, DUR, JOINT, ENP_NO_MLM)}


def variant(name: str) -> Variant:
    """The variant of that name.

    Raises:
        UnknownNameError: With a hint and the list.
    """
    if name not in VARIANTS:
        raise unknown("variant", name, list(VARIANTS))
    return VARIANTS[name]
