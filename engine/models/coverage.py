"""The file of coverage statistics, and the state by which a dialogue is compared: one path for making and asking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from engine.dialogue.model import Turn
from engine.errors import CheckpointError, MissingDataError
from engine.models import checkpoint
from engine.models.encoder import Encoder
from engine.models.files import load_tensors
from engine.models.pooled import mean_states
from engine.models.tokens import TextForm
from engine.paths import checkpoints_root

FORMAT = "1"
MAKE = "make it with `python -m engine coverage`"
PARTS = ("states", "vocabulary", "middle", "held_out")


def coverage_file() -> Path:
    """The statistics; their card is beside them."""
    return checkpoints_root() / "coverage" / "reference.safetensors"


def states_of(encoder: Encoder, dialogues: Sequence[Sequence[Turn]], max_tokens: int) -> Tensor:
    """Mean-pooled state of each dialogue's end of at most ``max_tokens`` wordpieces, (N, D)."""
    form = TextForm(encoder.tokens, max_tokens)
    return mean_states(encoder, [form.history(turns)[0] for turns in dialogues])


def load_coverage() -> tuple[Mapping[str, Any], Mapping[str, Mapping[str, Tensor]]]:
    """The card, and for each corpus its tensors by the names of `PARTS`.

    Raises:
        MissingDataError: There is no file.
        CheckpointError: It is damaged or of another format.
    """
    path = coverage_file()
    if not path.is_file():
        raise MissingDataError("there are no coverage statistics of these weights", where=str(path), remedy=MAKE)
    tensors, meta = load_tensors(path, MAKE)
    card = checkpoint.read_card(path)
    if meta.get("format") != FORMAT or card["format"] != FORMAT:
        raise CheckpointError("the coverage statistics are of another format", where=str(path), remedy=MAKE)
    wanted = [f"{corpus}.{part}" for corpus in card["corpora"] for part in PARTS]
    if lacking := [name for name in wanted if name not in tensors]:
        raise CheckpointError(f"the tensor {lacking[0]} is missing", where=str(path), remedy=MAKE)
    return card, {corpus: {part: tensors[f"{corpus}.{part}"] for part in PARTS} for corpus in card["corpora"]}
