"""What is trained and what is shipped: all weights, or low-rank adapters (PEFT) with the marker rows."""

from __future__ import annotations

from collections.abc import Sequence

from peft import LoraConfig, get_peft_model_state_dict, inject_adapter_in_model, set_peft_model_state_dict
from peft.tuners.lora import LoraLayer
from torch import Tensor, nn

from engine.models.encoder import Encoder

TARGETS = ("query", "key", "value", "dense")
"""Attention and feed-forward matrices of BERT-like layers; the pooler's own ``dense`` lies outside the layers."""


def add_adapters(encoder: Encoder, *, rank: int, layers: Sequence[int], markers: bool) -> None:
    """Freeze the encoder and put trainable low-rank adapters on the given layers (alpha = 2 * rank).

    Args:
        encoder: Changed in place.
        rank: Rank of every adapter.
        layers: Indices of the adapted layers.
        markers: Whether the marker embeddings are trained too.
    """
    inject_adapter_in_model(_config(rank, layers), encoder.model)
    for module in encoder.model.modules():
        if isinstance(module, LoraLayer):
            module.cast_input_dtype_enabled = False  # autocast sees to the types; PEFT's own cast to float32 and back costs a copy each way
    for name, weight in encoder.named_parameters():
        weight.requires_grad = "lora_" in name or (markers and name.endswith("markers"))


def adapter_state(encoder: Encoder) -> dict[str, Tensor]:
    """The trained part: adapter matrices and marker rows."""
    return {**get_peft_model_state_dict(encoder.model), "markers": encoder.embeddings.markers.detach()}


def load_adapters(encoder: Encoder, state: dict[str, Tensor], *, rank: int, layers: Sequence[int]) -> None:
    """Put shipped adapters on a base and fold them into its weights (no cost at inference)."""
    add_adapters(encoder, rank=rank, layers=layers, markers=False)
    encoder.embeddings.markers.data.copy_(state["markers"])
    set_peft_model_state_dict(encoder.model, {name: value for name, value in state.items() if name != "markers"})
    fold(encoder)


def fold(encoder: Encoder) -> None:
    """Merge every adapter into the matrix that it adapts and take it out."""
    for parent in list(encoder.model.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, LoraLayer):
                child.merge()
                setattr(parent, name, child.get_base_layer())
    vars(encoder.model).pop("peft_config", None)  # else PEFT takes the next adapter for a second one


def _config(rank: int, layers: Sequence[int]) -> LoraConfig:
    return LoraConfig(r=rank, lora_alpha=2 * rank, lora_dropout=0.0, bias="none", target_modules=list(TARGETS),
                      layers_to_transform=list(layers), layers_pattern="layer")


def trainable(module: nn.Module) -> list[nn.Parameter]:
    """The parameters that an optimizer must see."""
    return [weight for weight in module.parameters() if weight.requires_grad]
