"""BERT layers as they are served: the same sums in fewer and larger products, in a precision of choice, without gradients.

What several encoders share is converted once for all of them; low-rank pairs stay beside the matrices that they change, as in `engine.models.lowrank`.
Checked against transformers' own layers in ``tests/unit/test_lean.py``; what it gains is in ``benchmarks/serving.py``.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers.models.bert.modeling_bert import BertLayer

from engine.models.lowrank import LowRank
from engine.models.packing import Packed

# R rows, W row width, D hidden size, H heads, K size of one head, I inputs, O outputs, N sequences, Q first tokens per row
SIZES = (*range(16, 128, 16), *range(128, 256, 32), *range(256, 512, 64), *range(512, 1025, 128))
"""Rows that one product has in half precision. oneDNN makes code for every number of rows, which costs a millisecond and half a megabyte each."""
_WHOLE: WeakKeyDictionary[nn.Module, dict[tuple[torch.dtype, int], tuple[Tensor, Tensor]]] = WeakKeyDictionary()
_LAYERS: WeakKeyDictionary[nn.Module, dict[torch.dtype, Lean]] = WeakKeyDictionary()


def can_be_lean(layer: nn.Module) -> bool:
    """Whether a layer is one whose sums are known here: BERT's, as an encoder, with its usual activation."""
    return type(layer) is BertLayer and not layer.is_decoder and layer.intermediate.intermediate_act_fn.__class__.__name__ == "GELUActivation"


def lean(layer: nn.Module, dtype: torch.dtype) -> Lean:
    """The layer in this precision, made when first asked for and kept as long as the layer is."""
    made = _LAYERS.setdefault(layer, {})
    if dtype not in made:
        made[dtype] = Lean(layer, dtype)
    return made[dtype]


@dataclass(frozen=True)
class _Product:
    """One or several linear layers on the same input, as one product, with their low-rank pairs beside it."""

    weight_OI: Tensor
    bias_O: Tensor
    down_SI: Tensor | None
    """Of all pairs, one below the other."""
    up_OS: Tensor | None
    """Of all pairs, zero where a pair does not reach."""

    @classmethod
    def of(cls, linears: Sequence[Any], dtype: torch.dtype) -> _Product:
        shared = [one.shared if isinstance(one, LowRank) else one for one in linears]
        pairs = [(one.down_RI.detach(), one.up_OR.detach()) if isinstance(one, LowRank) else None for one in linears]
        if not any(pairs):
            return cls(*_whole(shared, dtype), None, None)
        ups = [pair[1] if pair else one.weight.new_zeros(one.out_features, 0) for pair, one in zip(pairs, shared, strict=True)]
        return cls(*_whole(shared, dtype), _stacked([pair[0] for pair in pairs if pair]).to(dtype),
                   (ups[0] if len(ups) == 1 else torch.block_diag(*ups)).to(dtype))  # type: ignore[no-untyped-call]

    def __call__(self, given: Tensor) -> Tensor:
        """(T, I) to (T, O)."""
        made = functional.linear(given, self.weight_OI, self.bias_O)
        if self.down_SI is not None and self.up_OS is not None:
            made.addmm_(given @ self.down_SI.T, self.up_OS.T)
        return made


def _whole(linears: Sequence[nn.Linear], dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Weights and biases one below the other, kept for all that share them."""
    made, key = _WHOLE.setdefault(linears[0], {}), (dtype, len(linears))
    if key not in made:
        made[key] = _stacked([one.weight.detach() for one in linears]).to(dtype), _stacked([one.bias.detach() for one in linears]).to(dtype)
    return made[key]


def _stacked(parts: Sequence[Tensor]) -> Tensor:
    """One below the other; a single one is not copied."""
    return parts[0] if len(parts) == 1 else torch.cat(list(parts))


class Lean:
    """One layer (see `lean`). Sums run in its precision; attention, what is normalised and what is handed on, in float32."""

    def __init__(self, layer: Any, dtype: torch.dtype) -> None:
        inner, out = layer.attention.self, layer.attention.output
        self._dtype, self._heads, self._inner = dtype, inner.num_attention_heads, (inner.query, inner.key, inner.value)
        self._mixes = _Product.of([out.dense], dtype)
        self._widens = _Product.of([layer.intermediate.dense], dtype)
        self._narrows = _Product.of([layer.output.dense], dtype)
        self._norms = tuple((norm.weight.detach(), norm.bias.detach(), norm.eps) for norm in (out.LayerNorm, layer.output.LayerNorm))

    @cached_property
    def _all(self) -> _Product:
        return _Product.of(self._inner, self._dtype)

    @cached_property
    def _asks(self) -> _Product:
        return _Product.of(self._inner[:1], self._dtype)

    @cached_property
    def _offers(self) -> _Product:
        return _Product.of(self._inner[1:], self._dtype)

    def __call__(self, states_RWD: Tensor, mask_R1WW: Tensor) -> Tensor:
        """States above the layer, (R, W, D) in float32, of those below it."""
        query_RHWK, key_RHWK, value_RHWK = self._parts(self._all, states_RWD)
        mixed_RHWK = functional.scaled_dot_product_attention(query_RHWK, key_RHWK, value_RHWK, mask_R1WW)
        return self._rest(mixed_RHWK.transpose(1, 2).reshape(-1, states_RWD.size(-1)), states_RWD.flatten(0, 1)).view_as(states_RWD)

    def first(self, states_RWD: Tensor, packed: Packed) -> Tensor:
        """As `engine.models.encoder.Encoder.first`: (S, D)."""
        place_S, row_S, number_S, columns_RQ = packed.firsts
        asked_RQD = states_RWD.gather(1, columns_RQ[..., None].expand(-1, -1, states_RWD.size(2)))
        mask_R1QW = packed.mask_R1WW.gather(2, columns_RQ[:, None, :, None].expand(-1, 1, -1, states_RWD.size(1)))
        [query_RHQK], (key_RHWK, value_RHWK) = self._parts(self._asks, asked_RQD), self._parts(self._offers, states_RWD)
        mixed_RQHK = functional.scaled_dot_product_attention(query_RHQK, key_RHWK, value_RHWK, mask_R1QW).transpose(1, 2)
        return self._rest(mixed_RQHK.flatten(2)[row_S, number_S], states_RWD.flatten(0, 1)[place_S])

    def _parts(self, product: _Product, states_RWD: Tensor) -> Tensor:
        """Queries, keys or values one after the other, (parts, R, H, W, K)."""
        rows, width, dim = states_RWD.shape
        made = self._sized(lambda given_TD: product(given_TD.to(self._dtype)).float(), states_RWD.flatten(0, 1))
        return made.view(rows, width, -1, self._heads, dim // self._heads).permute(2, 0, 3, 1, 4)

    def _sized(self, work: Callable[..., Tensor], *given: Tensor) -> Tensor:
        """What ``work`` makes of rows, in parts of one of `SIZES`."""
        rows = len(given[0])
        if self._dtype == torch.float32 or rows in SIZES:
            return work(*given)
        if rows > SIZES[-1]:
            return torch.cat([self._sized(work, *(one[start:start + SIZES[-1]] for one in given)) for start in range(0, rows, SIZES[-1])])
        lacking = SIZES[bisect_left(SIZES, rows)] - rows
        return work(*(functional.pad(one, (0, 0, 0, lacking)) for one in given))[:rows]

    def _rest(self, mixed_TD: Tensor, states_TD: Tensor) -> Tensor:
        """Everything behind the attention, for any tokens."""
        return self._sized(self._behind, mixed_TD, states_TD)

    def _behind(self, mixed_TD: Tensor, states_TD: Tensor) -> Tensor:
        attended_TD = self._normed(self._mixes(mixed_TD.to(self._dtype)), states_TD, 0)
        return self._normed(self._narrows(functional.gelu(self._widens(attended_TD.to(self._dtype)))), attended_TD, 1)

    def _normed(self, given_TD: Tensor, states_TD: Tensor, which: int) -> Tensor:
        weight_D, bias_D, eps = self._norms[which]
        return functional.layer_norm(given_TD + states_TD, weight_D.shape, weight_D, bias_D, eps)
