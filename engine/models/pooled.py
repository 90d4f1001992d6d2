"""One state per sequence: the mean of its tokens' states, which tells more of the subject than ``[CLS]`` where nothing was fine-tuned."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from engine.models.encoder import Encoder, slices

# S sequences, T tokens of a slice, D hidden size


@torch.no_grad()
def mean_states(encoder: Encoder, sequences: Sequence[Sequence[int]], progress: Callable[[int], None] = lambda _: None) -> Tensor:
    """Mean state of each sequence, (S, D) in float32; ``progress`` is told how many sequences are read."""
    lengths = [len(ids) for ids in sequences]
    out, read = torch.zeros(len(sequences), encoder.dim), 0
    for part in slices(sorted(range(len(sequences)), key=lengths.__getitem__), lengths):
        states_TD, _ = encoder([sequences[index] for index in part])
        for index, own_TD in zip(part, states_TD.float().cpu().split([lengths[index] for index in part]), strict=True):
            out[index] = own_TD.mean(dim=0)
        progress(read := read + len(part))
    return out
