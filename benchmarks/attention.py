"""Attention with a gradient in bfloat16 on one CPU thread: PyTorch's `scaled_dot_product_attention` against `engine.models.attention`, in one run.

Prints milliseconds of a forward and backward pass over one training batch's shape and the ratio between the two.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers.integrations.sdpa_attention import sdpa_attention_forward

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # so that it runs as a file, too

from engine.models.attention import attend

SHAPE = (14, 12, 128, 32)
"""Rows, heads, width, size of a head: MiniLM-L6 on 16 dialogues of up to 128 wordpieces."""
ROUNDS = 12


def milliseconds(attention: Callable[..., Any]) -> float:
    """Mean of the rounds after the first two."""
    rng = torch.Generator().manual_seed(0)
    parts = [torch.randn(SHAPE, generator=rng).bfloat16().requires_grad_() for _ in range(3)]
    owners = torch.arange(SHAPE[2]) // 48
    mask = (owners[:, None] == owners[None]).expand(SHAPE[0], 1, -1, -1)
    spent = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        mixed: Tensor = attention(torch.nn.Identity(), *parts, mask, is_causal=False)[0]
        mixed.sum().backward()
        spent.append(time.perf_counter() - started)
    return 1000 * sum(spent[2:]) / len(spent[2:])


def main() -> None:
    """One line."""
    torch.set_num_threads(1)
    peer, ours = milliseconds(sdpa_attention_forward), milliseconds(attend)
    print(f"PyTorch {peer:.1f} ms, written out {ours:.1f} ms, {peer / ours:.1f} times")


if __name__ == "__main__":
    main()
