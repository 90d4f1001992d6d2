"""A text-to-text model behind one face: its codec, the loss of right answers, and its trainable parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoModelForSeq2SeqLM

from engine.models.bases import explained, weights_of
from engine.models.batch import TextPairs
from engine.models.seq2seq.codec import Codec
from engine.models.seq2seq.compact import Compact, warm_start
from engine.recipes import PACKAGED

# B rows, S input length, T answer length, N answer tokens of all rows


class TextToText(nn.Module):
    """Reads ids, writes ids.

    Args:
        codec: Text to ids and back.
        net: A `Compact`, or a T5 or BART of transformers.
    """

    def __init__(self, codec: Codec, net: Any) -> None:
        super().__init__()
        self.codec, self.net = codec, net
        self.served_in: torch.dtype | None = None
        """Where set, inputs are read by lean layers in this precision, where the reader has such layers (`engine.models.lean`)."""

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return torch.device(next(self.net.parameters()).device)

    def losses(self, batch: TextPairs) -> tuple[Tensor, Tensor]:
        """Negative log-likelihood of each right token, (N,), and the row that it belongs to, (N,)."""
        source_BS, mask_BS = padded(batch.sources, self.codec.pad_id, self.device)
        labels_BT, real_BT = padded([[*ids, self.codec.last_id] for ids in batch.targets], 0, self.device)
        labels_BT = labels_BT.masked_fill(real_BT == 0, -100)
        before_BT, _ = padded([[self.codec.first_id, *ids] for ids in batch.targets], self.codec.pad_id, self.device)
        row_N = torch.arange(len(labels_BT), device=self.device)[:, None].expand_as(labels_BT)[labels_BT >= 0]
        if isinstance(self.net, Compact):
            return self.net.negative_log_likelihood(source_BS, mask_BS, before_BT, labels_BT), row_N
        logits_BTV = self.net(input_ids=source_BS, attention_mask=mask_BS, decoder_input_ids=before_BT, use_cache=False).logits.float()
        return nn.functional.cross_entropy(logits_BTV[labels_BT >= 0], labels_BT[labels_BT >= 0], reduction="none"), row_N

    def parts(self) -> tuple[list[nn.Module], list[nn.Module]]:
        """What was pre-trained, and what begins afresh: a compact model's decoder has new cross-attention and new heads."""
        if not isinstance(self.net, Compact):
            return [self.net], []
        fresh = [getattr(self.net, name) for name in ("shape", "ask", "offer", "gate") if hasattr(self.net, name)]
        return [self.net.encoder], [self.net.decoder, *fresh]


def padded(rows: Sequence[Sequence[int]], fill: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Rows filled up at their end, (B, longest), and a mask of the same shape: 1 where a row has an id."""
    longest = max(map(len, rows))
    ids = torch.full((len(rows), longest), fill, dtype=torch.long)
    mask = torch.zeros(len(rows), longest, dtype=torch.long)
    for place, row in enumerate(rows):
        ids[place, :len(row)] = torch.tensor(row, dtype=torch.long)
        mask[place, :len(row)] = 1
    return ids.to(device), mask.to(device)


def compact(marks: Sequence[str], *, base: str = PACKAGED, decoder_layers: Sequence[int] = (1, 3, 5), copies: bool = True,
            frozen_layers: int = 0, dropout: float | None = None) -> TextToText:
    """The compact model, warm-started; word embeddings and the lowest ``frozen_layers`` of the encoder are not trained."""
    codec = Codec(base, marks)
    net = warm_start(base, codec.encode([mark.strip("[]").lower() for mark in marks]), decoder_layers=decoder_layers, copies=copies,
                     dropout=dropout)
    freeze(net, frozen_layers)
    return TextToText(codec, net)


def freeze(net: Compact, layers: int) -> None:
    """Leave word and position embeddings of both sides, and the encoder's lowest layers, as they are."""
    for part in (net.encoder, net.decoder):
        for name, weight in part.embeddings.named_parameters():
            weight.requires_grad = name.endswith("markers")
    for layer in net.encoder.encoder.layer[:layers]:
        layer.requires_grad_(False)


def from_hub(name: str, marks: Sequence[str]) -> TextToText:
    """T5, BART or another encoder-decoder of transformers, from the hub or a folder; marks start as the mean of all embeddings.

    Raises:
        MissingDataError: The hub cannot be reached, or the folder holds no such model.
    """
    codec = Codec(name, marks)
    with explained(name):
        net: Any = AutoModelForSeq2SeqLM.from_pretrained(weights_of(name), dtype="float32", use_safetensors=True)
    if net.get_input_embeddings().num_embeddings < codec.size:
        net.resize_token_embeddings(codec.size, mean_resizing=True)
    return TextToText(codec, net)
