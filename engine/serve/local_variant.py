"""One variant as it is served: its encoder, and its tasks and objective heads as cheap as what they change."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn

from engine.models.encoder import Encoder
from engine.models.files import not_there
from engine.models.store import encoder_file, frozen_base, objective_file, shared_encoder, task_file
from engine.objectives import OBJECTIVES
from engine.paths import without_home
from engine.serve.memory import Budget
from engine.serve.parts import Parts
from engine.serve.state import Part
from engine.shipped import ShippedObjective, ShippedTask

SERVED = {"intent": "oos", "dialogue_act": "multiwoz21", "response_selection": "multiwoz21", "state_tracking": "multiwoz21"}
"""Which corpus's model answers each task."""
ENCODER = "encoder"
"""Name of the part on which tasks and objectives stand."""


class LocalVariant:
    """One variant with its tasks and objective heads; parts are loaded on first use."""

    def __init__(self, name: str, budget: Budget | None = None, dtype: torch.dtype = torch.float32) -> None:
        self.name, self.dtype = name, dtype
        self.parts = Parts(budget, below=ENCODER)

    @property
    def encoder(self) -> Encoder:
        """The variant's encoder without any task, on the base that all share."""
        part = self.parts.get(ENCODER, lambda: shared_encoder(self.name, self.dtype), lambda made: own_bytes([made], [frozen_base(made.base)]))
        assert isinstance(part, Encoder)
        return part

    def task(self, name: str) -> ShippedTask:
        """The model of a downstream task."""
        part = self.parts.get(name, lambda: ShippedTask(self.name, name, SERVED[name], self.encoder, folded=False), self._size)
        assert isinstance(part, ShippedTask)
        return part

    def objective(self, name: str) -> ShippedObjective:
        """The head of an objective."""
        part = self.parts.get(name, lambda: ShippedObjective(self.name, name, self.encoder), self._size)
        assert isinstance(part, ShippedObjective)
        return part

    def _size(self, part: ShippedTask | ShippedObjective) -> int:
        return own_bytes([part.encoder, part.head], [self.encoder])

    def described(self) -> list[Part]:
        """The state of every part; a file that is not there is told before anybody asks for it."""
        files = {task: task_file(self.name, task, corpus) for task, corpus in SERVED.items()}
        files |= {name: objective_file(self.name, name) for name in OBJECTIVES}
        return [self._described(name, file) for name, file in files.items()]

    def _described(self, name: str, file: Path) -> Part:
        state, trouble = self.parts.state(name)
        gone = next((path for path in (encoder_file(self.name), file) if not path.is_file()), None)
        if state == "not loaded" and gone:
            state, trouble = "failed", without_home(not_there(gone).sentence)
        return Part(variant=self.name, kind="task" if name in SERVED else "objective", name=name, state=state, trouble=trouble)


def own_bytes(modules: Sequence[nn.Module], below: Sequence[nn.Module]) -> int:
    """Bytes of the weights of ``modules`` that are not those of ``below``."""
    def storages(of: Sequence[nn.Module]) -> dict[int, int]:
        tensors = (tensor for module in of for tensor in (*module.parameters(), *module.buffers()))
        return {tensor.untyped_storage().data_ptr(): tensor.untyped_storage().nbytes() for tensor in tensors}

    shared = storages(below)
    return sum(size for place, size in storages(modules).items() if place not in shared)
