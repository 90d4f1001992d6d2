"""States that were read before: a dialogue that grows, or that several visitors ask about, is read only where it is new."""

from __future__ import annotations

import hashlib
import threading
from array import array
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence

import torch

from engine.models.answer import shared_cls_states
from engine.shipped import ShippedTask

MOST = 10_000
"""States: 20 MB for a hidden size of 384."""


class Remembered:
    """The ``[CLS]`` states read last, by weights and text; texts themselves are not kept, only their digests.

    Args:
        most: How many; those used longest ago are forgotten.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._known: OrderedDict[bytes, torch.Tensor] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._known)

    def states(self, models: Mapping[str, ShippedTask], wanted: Mapping[str, Sequence[Sequence[int]]],
               progress: Callable[[float], None] = lambda _: None) -> dict[str, torch.Tensor]:
        """As `shared_cls_states` of the models' encoders; what is remembered is not read."""
        keys = {task: [_key(models[task], ids) for ids in sequences] for task, sequences in wanted.items()}
        with self._lock:
            found = {key: self._known[key] for mine in keys.values() for key in mine if key in self._known}
        missing = {task: [ids for ids, key in zip(sequences, keys[task], strict=True) if key not in found] for task, sequences in wanted.items()}
        shared = min((model.shared for model in models.values()), default=0)
        read = shared_cls_states({task: model.encoder for task, model in models.items()}, missing, shared, progress)
        if not self._most:
            return read
        for task, mine in keys.items():
            new = [key for key in mine if key not in found]
            found |= {key: state.clone() for key, state in zip(new, read[task], strict=True)}
        self._keep(found)
        return {task: torch.stack([found[key] for key in mine]) if mine else read[task] for task, mine in keys.items()}

    def _keep(self, found: Mapping[bytes, torch.Tensor]) -> None:
        with self._lock:
            for key, state in found.items():
                self._known[key] = state
                self._known.move_to_end(key)
            while len(self._known) > self._most:
                self._known.popitem(last=False)


def _key(model: ShippedTask, ids: Sequence[int]) -> bytes:
    """Of the files' digests and the text, so that a model that was evicted and loaded again is the same, one trained anew is not."""
    weights = f"{model.card['variant_fingerprint']} {model.card['weights']['sha256']} ".encode()
    return hashlib.blake2b(weights + array("l", ids).tobytes(), digest_size=16).digest()
