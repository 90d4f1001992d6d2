"""Tensors on disk: safetensors only, written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from engine.errors import CheckpointError
from engine.paths import RESTORE


def write(path: Path, tensors: Mapping[str, Tensor], metadata: dict[str, str]) -> None:
    """Write a safetensors file atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
    save_file({name: value.detach().cpu().contiguous() for name, value in tensors.items()}, unfinished, metadata=metadata)
    unfinished.replace(path)


def write_text(path: Path, text: str) -> None:
    """Write a text file atomically."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)


def load_tensors(path: Path, remedy: str = RESTORE) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors and metadata of a safetensors file.

    Args:
        path: The file.
        remedy: What the error tells the user to do.

    Raises:
        CheckpointError: The file is missing, damaged or not safetensors.
    """
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118 - not a mapping
    except FileNotFoundError:
        raise not_there(path, remedy) from None
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"the weight file is damaged ({error})", where=str(path), remedy=remedy) from None


def not_there(path: Path, remedy: str = RESTORE) -> CheckpointError:
    """The error for a weight file that is missing."""
    return CheckpointError("the weight file is not there", where=str(path), remedy=remedy)
