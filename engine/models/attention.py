"""Attention that trains fast on a CPU, under the name ``explicit`` in transformers' registry of attention functions.

On a CPU, PyTorch's backward pass of `scaled_dot_product_attention` in bfloat16 costs several times that of two written-out matrix
products (`benchmarks/attention.py`); in float32 it is the faster one. So: written out in bfloat16, else PyTorch's own.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

EXPLICIT = "explicit"
FAR = -1e4
"""Added to the score of a place that must not be looked at; within the range of half precision."""

# R rows, H attention heads, W row width, K size of one head


def attend(module: nn.Module, query_RHWK: Tensor, key_RHWK: Tensor, value_RHWK: Tensor, attention_mask: Tensor | None, dropout: float = 0.0,
           scaling: float | None = None, **options: Any) -> tuple[Tensor, None]:
    """Mix values by attention, as transformers asks for it.

    Args:
        module: The attention layer.
        query_RHWK: Queries.
        key_RHWK: Keys.
        value_RHWK: Values.
        attention_mask: (R, 1, W, W), True where a token may look, or None.
        dropout: Share of weights dropped.
        scaling: Factor on the scores; None for one over the root of K.
        **options: What else transformers passes on.

    Returns:
        (R, W, H, K) and no weights.
    """
    fits = query_RHWK.device.type == "cpu" and query_RHWK.dtype == torch.bfloat16 and not dropout
    if not fits or (attention_mask is not None and attention_mask.dtype != torch.bool):
        given = sdpa_attention_forward(module, query_RHWK, key_RHWK, value_RHWK, attention_mask, dropout=dropout, scaling=scaling, **options)
        return given[0], None
    scores_RHWW = (query_RHWK * (scaling or query_RHWK.size(-1)**-0.5)) @ key_RHWK.transpose(-1, -2)
    with torch.autocast("cpu", enabled=False):  # else softmax goes through float32 tensors
        if attention_mask is not None:
            scores_RHWW = scores_RHWW + torch.full_like(attention_mask, FAR, dtype=scores_RHWW.dtype).masked_fill_(attention_mask, 0.0)
        weights_RHWW = scores_RHWW.softmax(-1)
    return (weights_RHWW @ value_RHWK).transpose(1, 2), None


AttentionInterface.register(EXPLICIT, attend)
AttentionMaskInterface.register(EXPLICIT, sdpa_mask)
