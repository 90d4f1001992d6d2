"""Resumable training state in safetensors: trained weights, optimizer moments, counters; written whole or not at all."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import nn

from engine.errors import CheckpointError
from engine.models.files import load_tensors, write

AFRESH = "remove the folder to start afresh"
MOMENTS = ("step", "exp_avg", "exp_avg_sq")


@dataclass(kw_only=True)
class Progress:
    """How far a run is."""

    step: int = 0
    tokens: int = 0
    share: float = 0.0
    best: float | None = None
    bad_looks: int = 0
    seconds: float = 0.0

    def count(self, tokens: int, budget: int | None, steps: float) -> None:
        """One more step of so many tokens."""
        self.step += 1
        self.tokens += tokens
        self.share = min(1.0, self.tokens / budget if budget else self.step / max(steps, 1))

    def look(self, held_out: float) -> bool:
        """Note a held-out loss; whether it is the best so far."""
        better = self.best is None or held_out < self.best
        self.best, self.bad_looks = (held_out, 0) if better else (self.best, self.bad_looks + 1)
        return better


class RunState:
    """The folder of one run. ``fingerprint`` keeps a run from resuming another one's state."""

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self.folder, self.fingerprint = folder, fingerprint
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def path(self) -> Path:
        """The resumable state."""
        return self.folder / "state.safetensors"

    def save(self, learner: nn.Module, optimizer: torch.optim.Optimizer, progress: Progress) -> None:
        """Write everything that resuming needs."""
        tensors = {f"weight/{name}": weight for name, weight in _trained(learner).items()}
        moments = getattr(optimizer, "optimizer", optimizer).state
        for name, weight in _trained(learner).items():
            tensors |= {f"{kind}/{name}": moments[weight][kind] for kind in MOMENTS if kind in moments.get(weight, {})}
        write(self.path, tensors, {"fingerprint": self.fingerprint, "progress": json.dumps(asdict(progress))})

    def load(self, learner: nn.Module, optimizer: torch.optim.Optimizer) -> Progress:
        """Take up a saved state, or start afresh where there is none.

        Raises:
            CheckpointError: The state is damaged or belongs to another recipe.
        """
        if not self.path.is_file():
            return Progress()
        tensors, metadata = load_tensors(self.path, AFRESH)
        if metadata.get("fingerprint") != self.fingerprint:
            raise CheckpointError("the saved run was trained by another recipe", where=str(self.path), remedy=AFRESH)
        for name, weight in _trained(learner).items():
            saved = tensors.get(f"weight/{name}")
            if saved is None or saved.shape != weight.shape:
                raise CheckpointError(f"the saved run has no fitting {name}", where=str(self.path), remedy=AFRESH)
            weight.data.copy_(saved)
            optimizer.state[weight] = {kind: tensors[f"{kind}/{name}"].to(weight.device if kind != "step" else "cpu")
                                       for kind in MOMENTS if f"{kind}/{name}" in tensors}
        return Progress(**json.loads(metadata["progress"]))

    def keep_best(self, learner: nn.Module) -> None:
        """Remember the present weights as the best."""
        write(self.folder / "best.safetensors", dict(_trained(learner)), {"fingerprint": self.fingerprint})

    def restore_best(self, learner: nn.Module) -> None:
        """Go back to the best weights, where any were kept."""
        if (self.folder / "best.safetensors").is_file():
            tensors, metadata = load_tensors(self.folder / "best.safetensors", AFRESH)
            if metadata.get("fingerprint") == self.fingerprint:
                for name, weight in _trained(learner).items():
                    weight.data.copy_(tensors[name])


def _trained(learner: nn.Module) -> dict[str, nn.Parameter]:
    return {name: weight for name, weight in learner.named_parameters() if weight.requires_grad}
