"""Which weight files stand behind an answer, and their SHA-256; a file is hashed again only after it has changed."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from engine.errors import CheckpointError
from engine.fingerprint import file_sha256
from engine.models.bases import weights_of
from engine.models.checkpoint import read_card
from engine.models.store import encoder_file, objective_file, task_file
from engine.paths import RESTORE, checkpoints_root


def weight_files(variants: Iterable[str], tasks: Iterable[tuple[str, str]], objectives: Iterable[str]) -> dict[str, str]:
    """Name below ``checkpoints/`` to SHA-256; the base encoder as ``base/NAME`` where it is a folder on this machine.

    Args:
        variants: Names.
        tasks: Pairs of task and corpus.
        objectives: Names.

    Raises:
        CheckpointError: A file is missing.
    """
    tasks, objectives, found = list(tasks), list(objectives), {}
    for name in variants:
        base = read_card(encoder_file(name))["base"]
        if (whole := Path(weights_of(base)) / "model.safetensors").is_file():
            found[f"base/{Path(base).name}"] = sha256(whole)
        for path in (encoder_file(name), *(task_file(name, *pair) for pair in tasks), *(objective_file(name, one) for one in objectives)):
            found[path.relative_to(checkpoints_root()).as_posix()] = sha256(path)
    return found


def sha256(path: Path) -> str:
    """The digest of a file's bytes.

    Raises:
        CheckpointError: It is not there.
    """
    try:
        state = path.stat()
    except OSError:
        raise CheckpointError("the weight file is not there", where=str(path), remedy=RESTORE) from None
    return _hashed(str(path), state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=512)
def _hashed(path: str, changed_ns: int, size: int) -> str:
    return file_sha256(Path(path))
