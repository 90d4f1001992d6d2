"""A base encoder that reads lists of sequences and gives the states of all their tokens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn

from engine.models.attention import attend
from engine.models.bases import load_base
from engine.models.lean import Lean, can_be_lean, lean
from engine.models.packing import Packed, pack
from engine.models.tokens import Tokens, tokens_for

# T all tokens of a batch, D hidden size, R rows, W row width
TOKENS_PER_FORWARD = 8192
"""Inference goes in slices of about this many tokens, so that memory stays flat."""


class MarkedEmbedding(nn.Module):
    """The base's word embeddings, frozen or not, with trainable rows for the two markers."""

    def __init__(self, words: nn.Embedding, markers_2D: Tensor) -> None:
        super().__init__()
        self.words: nn.Embedding = words
        self.markers = nn.Parameter(markers_2D)

    @property
    def weight(self) -> Tensor:
        """All rows, the markers last: (vocabulary, D)."""
        return torch.cat([self.words.weight, self.markers])

    def scores(self, states_PW: Tensor) -> Tensor:
        """Product of states with every row of ``weight``, without building it: (P, vocabulary)."""
        return torch.cat([states_PW @ self.words.weight.T, states_PW @ self.markers.T], dim=-1)

    def forward(self, ids: Tensor) -> Tensor:
        """(..., ) ids to (..., D) embeddings."""
        known = self.words.num_embeddings
        plain = self.words(ids.clamp(max=known - 1))
        marked = self.markers[(ids - known).clamp(min=0)]
        return torch.where((ids >= known)[..., None], marked.to(plain.dtype), plain)


class Encoder(nn.Module):
    """Base weights, marker embeddings and pooler behind one call.

    The marker rows start as the embeddings of the words "user" and "system" (not published; our choice).
    """

    def __init__(self, base: str, *, dropout: float | None = None) -> None:
        super().__init__()
        self.base = base
        self.served_in: torch.dtype | None = None
        """Where set, layers without gradients are read leanly and in this precision (`engine.models.lean`)."""
        self.tokens: Tokens = tokens_for(base)
        self.model: Any = load_base(base, dropout=dropout)
        words: Any = self.model.get_input_embeddings()
        known = self.tokens.size - self.tokens.added
        if words.num_embeddings > known:  # some bases pad their matrix with rows that no word uses, where the markers' ids lie
            words.num_embeddings = known
            words.weight = nn.Parameter(words.weight.detach()[:known].clone())
        rows = [ids[0] for ids in self.tokens.texts(["user", "system"])]
        self.model.set_input_embeddings(MarkedEmbedding(words, words.weight.detach()[rows].clone()))

    @property
    def dim(self) -> int:
        """Hidden size D."""
        return int(self.model.config.hidden_size)

    @property
    def layers(self) -> nn.ModuleList:
        """The transformer layers, lowest first."""
        return cast(nn.ModuleList, self.model.encoder.layer)

    @property
    def embeddings(self) -> MarkedEmbedding:
        """Word embeddings with the marker rows."""
        return cast(MarkedEmbedding, self.model.get_input_embeddings())

    @property
    def first_position(self) -> int:
        """Where the base counts positions from: 0, but RoBERTa begins behind its padding id."""
        padding = getattr(getattr(self.model.embeddings, "position_embeddings", None), "padding_idx", None)
        return 0 if padding is None else padding + 1

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.embeddings.markers.device

    def forward(self, sequences: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        """Encode sequences of wordpiece ids.

        Returns:
            States of all tokens in order, (T, D), and the index of each sequence's first token, (S,).
        """
        packed = pack(sequences, self.device)
        if self.served_in and not torch.is_grad_enabled():
            return self.climb(self.embed(packed), packed, list(self.layers)).flatten(0, 1)[packed.flat_T], packed.starts_S
        states_RWD = self.model(input_ids=packed.input_ids_RW, position_ids=packed.position_ids_RW + self.first_position,
                                attention_mask=packed.mask_R1WW).last_hidden_state
        return states_RWD.flatten(0, 1)[packed.flat_T], packed.starts_S

    def embed(self, packed: Packed, words_RWE: Tensor | None = None) -> Tensor:
        """Embedding output (R, W, D), the input of the lowest layer; ``words_RWE`` stands in for the embeddings of the ids."""
        words = {"input_ids": packed.input_ids_RW} if words_RWE is None else {"inputs_embeds": words_RWE}
        embedded: Tensor = self.model.embeddings(**words, position_ids=packed.position_ids_RW + self.first_position)
        widen = getattr(self.model, "embeddings_project", None)  # a small ELECTRA's embeddings are narrower than its states
        return embedded if widen is None else widen(embedded)

    def climb(self, states_RWD: Tensor, packed: Packed, layers: Sequence[nn.Module]) -> Tensor:
        """Pass states through some layers (which may belong to another encoder of the same shape)."""
        for layer in layers:
            made = self._lean(layer)
            states_RWD = made(states_RWD, packed.mask_R1WW) if made else layer(states_RWD, packed.mask_R1WW)
        return states_RWD

    def _lean(self, layer: nn.Module) -> Lean | None:
        return lean(layer, self.served_in) if self.served_in and can_be_lean(layer) and not torch.is_grad_enabled() else None

    def first(self, states_RWD: Tensor, packed: Packed, layer: Any) -> Tensor:
        """One more layer, but only for the first token of each sequence, where nothing else will be read: (S, D).

        Queries, the output projection and the feed-forward part, five sixths of a layer, are computed for these tokens alone.
        """
        if made := self._lean(layer):
            return made.first(states_RWD, packed)
        attention = layer.attention.self
        place_S, row_S, number_S, columns_RQ = packed.firsts
        asked_RQD = states_RWD.gather(1, columns_RQ[..., None].expand(-1, -1, states_RWD.size(2)))
        query_RHQK, key_RHWK, value_RHWK = (part(given).unflatten(-1, (attention.num_attention_heads, -1)).transpose(1, 2) for part, given in (
            (attention.query, asked_RQD), (attention.key, states_RWD), (attention.value, states_RWD)))
        mask_R1QW = packed.mask_R1WW.gather(2, columns_RQ[:, None, :, None].expand(-1, 1, -1, states_RWD.size(1)))
        mixed_RQHK, _ = attend(attention, query_RHQK, key_RHWK, value_RHWK, mask_R1QW, dropout=attention.dropout.p if self.training else 0.0)
        attended_SD = layer.attention.output(mixed_RQHK.flatten(2)[row_S, number_S], states_RWD.flatten(0, 1)[place_S])
        top_SD: Tensor = layer.output(layer.intermediate(attended_SD), attended_SD)
        return top_SD

    def cls(self, sequences: Sequence[Sequence[int]]) -> Tensor:
        """State of each sequence's first token, (S, D): what `forward` gives there, for less work in the top layer."""
        packed = pack(sequences, self.device)
        *below, top = self.layers
        return self.first(self.climb(self.embed(packed), packed, below), packed, top)


@torch.no_grad()
def read(encoder: Encoder, sequences: Sequence[Sequence[int]], places: Sequence[tuple[int, int]],
         progress: Callable[[float], None] = lambda _: None) -> Tensor:
    """States at ``(sequence, position)`` places without gradients, in slices of similar length: (len(places), D), float32.

    ``progress`` is told the share of the slices read so far.
    """
    order = sorted({sequence for sequence, _ in places}, key=lambda i: len(sequences[i]))
    wanted: dict[int, list[int]] = {}
    for row, (sequence, _) in enumerate(places):
        wanted.setdefault(sequence, []).append(row)
    out = torch.empty(len(places), encoder.dim)
    parts = slices(order, [len(ids) for ids in sequences])
    for done, part in enumerate(parts, start=1):
        states, starts = encoder([sequences[i] for i in part])
        rows = [row for i in part for row in wanted[i]]
        index = torch.tensor([int(starts[n]) + places[row][1] for n, i in enumerate(part) for row in wanted[i]])
        out[rows] = states[index.to(states.device)].float().cpu()
        progress(done / len(parts))
    return out


def slices(order: Sequence[int], lengths: Sequence[int], limit: int = TOKENS_PER_FORWARD) -> list[list[int]]:
    """Cut ``order`` into parts of at most ``limit`` tokens.

    >>> slices([0, 1, 2], [4, 4, 4], limit=8)
    [[0, 1], [2]]
    """
    parts: list[list[int]] = [[]]
    filled = 0
    for index in order:
        if parts[-1] and filled + lengths[index] > limit:
            parts.append([])
            filled = 0
        parts[-1].append(index)
        filled += lengths[index]
    return parts if parts[0] else []
