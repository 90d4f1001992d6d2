"""The networks on top of an encoder, one class per *structure*; each reads states (P, D) and gives logits and a loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.models.batch import HeadSpec

# P states read, N rows, D hidden size, K classes, V vocabulary or values, G group size


class Head(Protocol):
    """A module with its loss."""

    def __call__(self, states_PD: Tensor) -> Tensor: ...

    def loss(self, logits: Tensor, targets: Sequence[Any]) -> Tensor:
        """Mean loss over the rows (slots: summed over slots, mean over rows)."""
        ...


class Classifier(nn.Linear):
    """Linear layer and cross-entropy (INT, DSP, DCV, ENP)."""

    def __init__(self, dim: int, size: int) -> None:
        super().__init__(dim, size)

    def loss(self, logits_NK: Tensor, targets: Sequence[int]) -> Tensor:
        """Cross-entropy over K classes."""
        return functional.cross_entropy(logits_NK.float(), torch.tensor(targets, device=logits_NK.device))


class Questions(nn.Module):
    """Several linear classifiers on states of one batch, each state read for one of them; losses are summed (DialoGLUE's intent and tags).

    Args:
        dim: D.
        sizes: Classes of each question.
        dropout: On the states.
    """

    def __init__(self, dim: int, sizes: Sequence[int], *, dropout: float = 0.0) -> None:
        super().__init__()
        self.drop, self.sizes = nn.Dropout(dropout), list(sizes)
        self.linear = nn.Linear(dim, sum(sizes))

    def forward(self, states_PD: Tensor) -> Tensor:
        """Logits (P, K of all questions, one after another)."""
        logits: Tensor = self.linear(self.drop(states_PD))
        return logits

    def loss(self, logits_PK: Tensor, targets: Sequence[tuple[int, int]]) -> Tensor:
        """Cross-entropy, mean over the states of a question; ``targets`` are question and class."""
        question_P, class_P = torch.tensor(targets, device=logits_PK.device).T
        parts = torch.split(logits_PK.float(), self.sizes, dim=1)
        losses = [functional.cross_entropy(part[question_P == number], class_P[question_P == number])
                  for number, part in enumerate(parts) if (question_P == number).any()]
        return torch.stack(losses).sum()


class MultiLabel(nn.Linear):
    """Linear layer and one binary cross-entropy per label (DA, Eq. 6)."""

    def __init__(self, dim: int, size: int) -> None:
        super().__init__(dim, size)

    def loss(self, logits_NK: Tensor, targets: Sequence[Sequence[int]]) -> Tensor:
        """Binary cross-entropy, mean over rows and labels."""
        hot_NK = torch.zeros_like(logits_NK, dtype=torch.float)
        for row, labels in enumerate(targets):
            hot_NK[row, list(labels)] = 1.0
        return functional.binary_cross_entropy_with_logits(logits_NK.float(), hot_NK)


def identity_map(dim: int) -> nn.Linear:
    """A linear map that starts as the identity."""
    made = nn.Linear(dim, dim)
    nn.init.eye_(made.weight)
    nn.init.zeros_(made.bias)
    return made


class Siamese(nn.Module):
    """Similarity of contexts and responses, in-batch cross-entropy (CRM, RS; Eq. 7).

    Args:
        dim: D.
        similarity: ``dot`` (ToD-BERT's code) or ``cosine`` (the paper's Eq. 7).
        scale: Factor on the similarity before the softmax. Not published; 1 for ``dot`` as in ToD-BERT's code, our choice of 20
            for ``cosine``, whose range would otherwise keep the softmax flat.
        projected: Whether contexts pass a linear map first (the linear probe of variants that were not trained with CRM).
        pooler: The encoder's pooler, applied to both sides first (ToD-BERT's fine-tuning code), or None for raw ``[CLS]``.
    """

    def __init__(self, dim: int, *, similarity: str = "dot", scale: float = 1.0, projected: bool = False, pooler: Any = None) -> None:
        super().__init__()
        self.similarity, self.scale, self.pooler = similarity, scale, pooler
        self.project: nn.Module = identity_map(dim) if projected else nn.Identity()

    def compare(self, contexts_ND: Tensor, responses_MD: Tensor) -> Tensor:
        """Logits (N, M) of every response for every context."""
        if self.pooler is not None:
            contexts_ND, responses_MD = (torch.tanh(self.pooler.dense(side)) for side in (contexts_ND, responses_MD))
        contexts_ND = self.project(contexts_ND)
        if self.similarity == "cosine":
            contexts_ND, responses_MD = functional.normalize(contexts_ND, dim=-1), functional.normalize(responses_MD, dim=-1)
        return self.scale * contexts_ND @ responses_MD.T

    def forward(self, states_PD: Tensor) -> Tensor:
        """First half contexts, second half responses: logits (N, N)."""
        contexts_ND, responses_ND = states_PD.chunk(2)
        return self.compare(contexts_ND, responses_ND)

    def loss(self, logits_NN: Tensor, targets: Sequence[int]) -> Tensor:
        """Cross-entropy over the responses of the batch."""
        return functional.cross_entropy(logits_NN.float(), torch.tensor(targets, device=logits_NN.device))


class Rank(nn.Module):
    """Feed-forward score per utterance, ListNet top-1 loss over each shuffled group (DUR, Eq. 4)."""

    EPSILON = 1e-10

    def __init__(self, dim: int, *, group: int = 3) -> None:
        super().__init__()
        self.group = group
        self.score = nn.Sequential(nn.Linear(dim, dim), nn.GELU(), nn.Linear(dim, 1))

    def forward(self, states_PD: Tensor) -> Tensor:
        """Scores (N, G): the later an utterance stood, the higher."""
        scores: Tensor = self.score(states_PD)
        return scores.view(-1, self.group)

    def loss(self, logits_NG: Tensor, targets: Sequence[int]) -> Tensor:
        """Cross-entropy between softmax(true ranks) and softmax(scores), mean over groups."""
        ranks_NG = torch.tensor(targets, dtype=torch.float, device=logits_NG.device).view(-1, self.group)
        predicted = logits_NG.float().softmax(-1)
        return -(ranks_NG.softmax(-1) * (predicted + self.EPSILON).log()).sum(-1).mean()


class MaskedLM(nn.Module):
    """BERT's prediction head: transform, layer norm, decoder tied to the (shared, not copied) word embeddings."""

    def __init__(self, dim: int, *, embeddings: Any) -> None:
        super().__init__()
        rows, width = embeddings.weight.shape  # ELECTRA's embeddings may be narrower than its states
        self.transform = nn.Sequential(nn.Linear(dim, width), nn.GELU(), nn.LayerNorm(width, eps=1e-12))
        self.bias = nn.Parameter(torch.zeros(rows))
        self._embeddings = [embeddings]  # in a list: the encoder owns them

    def forward(self, states_PD: Tensor) -> Tensor:
        """Logits (P, V) at the masked positions only."""
        scores: Tensor = self._embeddings[0].scores(self.transform(states_PD))
        return scores + self.bias

    def loss(self, logits_PV: Tensor, targets: Sequence[int]) -> Tensor:
        """Cross-entropy over the vocabulary."""
        return functional.cross_entropy(logits_PV.float(), torch.tensor(targets, device=logits_PV.device))


class Slots(nn.Module):
    """One projection per slot, cosine with fixed value vectors, cross-entropy summed over slots (DST, Eq. 8).

    Args:
        dim: D.
        size: Number of slots J.
        values: One (V_j, D) matrix per slot, the ``[CLS]`` of a frozen encoder; not trained, not saved.
        rank: Rank of each projection's deviation from the identity; None for full matrices as in the paper.
        scale: Factor on the cosine before the softmax. Not published; our choice.
        scorer: ``cosine`` (Eq. 8) or ``released`` (ToD-BERT's three-layer scorer over [projection, value, difference, product]).
    """

    def __init__(self, dim: int, size: int, *, values: Sequence[Tensor], rank: int | None = None, scale: float = 20.0, scorer: str = "cosine") -> None:
        super().__init__()
        self.rank, self.scale, self.scorer = rank, scale, scorer
        width = dim if rank is None else rank
        self.down_JDR = nn.Parameter(torch.randn(size, dim, width) * dim**-0.5)
        self.up_JRD = nn.Parameter(torch.zeros(size, width, dim)) if rank is not None else None
        self.bias_JD = nn.Parameter(torch.zeros(size, dim))
        self.score = nn.Sequential(nn.Linear(4 * dim, dim), nn.ReLU(), nn.Linear(dim, dim), nn.ReLU(), nn.Linear(dim, 1)) if scorer == "released" else None
        self.sizes = [len(value) for value in values]
        self.values_VD: Tensor
        self.register_buffer("values_VD", torch.cat(list(values)), persistent=False)

    def project(self, states_ND: Tensor) -> Tensor:
        """G_j of every state: (N, J, D)."""
        down_NJR = torch.einsum("nd,jdr->njr", states_ND, self.down_JDR.to(states_ND.dtype))
        if self.up_JRD is None:
            return down_NJR + self.bias_JD
        return states_ND[:, None] + torch.einsum("njr,jrd->njd", down_NJR, self.up_JRD.to(down_NJR.dtype)) + self.bias_JD

    def forward(self, states_ND: Tensor) -> Tensor:
        """Logits (N, all values of all slots, one after another)."""
        projected_NJD = self.project(states_ND)
        parts = zip(projected_NJD.unbind(1), torch.split(self.values_VD, self.sizes), strict=True)
        return torch.cat([self._compare(query_ND, values_VD) for query_ND, values_VD in parts], dim=1)

    def _compare(self, query_ND: Tensor, values_VD: Tensor) -> Tensor:
        if self.score is None:
            return self.scale * functional.normalize(query_ND.float(), dim=-1) @ functional.normalize(values_VD, dim=-1).T
        query = query_ND[:, None].expand(-1, len(values_VD), -1)
        value = values_VD[None].expand(len(query_ND), -1, -1)
        scores: Tensor = self.score(torch.cat([query, value, (query - value).abs(), query * value], dim=-1))
        return scores.squeeze(-1)

    def loss(self, logits_NV: Tensor, targets: Sequence[Sequence[int]]) -> Tensor:
        """Cross-entropy per slot, summed over slots, mean over rows."""
        right_NJ = torch.tensor(targets, device=logits_NV.device)
        parts = zip(torch.split(logits_NV.float(), self.sizes, dim=1), right_NJ.unbind(1), strict=True)
        return torch.stack([functional.cross_entropy(logits, right) for logits, right in parts]).sum()


KINDS: dict[str, type[nn.Module]] = {
    "classifier": Classifier, "multi_label": MultiLabel, "siamese": Siamese, "rank": Rank, "masked_lm": MaskedLM, "slots": Slots,
}


def build_head(spec: HeadSpec, encoder: Any, **extra: Any) -> nn.Module:
    """The head that ``spec`` describes, for this encoder (``extra``: value vectors of a slot head)."""
    options = {**spec.options, **extra}
    if options.pop("pooled", False):
        options["pooler"] = encoder.model.pooler
    if spec.kind == "masked_lm":
        options["embeddings"] = encoder.embeddings
    sizes = (spec.size,) if spec.kind in ("classifier", "multi_label", "slots") else ()
    return KINDS[spec.kind](encoder.dim, *sizes, **options)
