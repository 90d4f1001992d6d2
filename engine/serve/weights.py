"""Whether the weight files on this machine are those that their cards describe; reads bytes, loads nothing (no torch here)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.errors import DialAtlasError
from engine.fingerprint import file_sha256
from engine.paths import RESTORE, checkpoints_root, without_home
from engine.serve.base import Progress

NO_CARDS = ("counts.json",)
"""Beside the cards of weights, but none of them."""


@dataclass(frozen=True, kw_only=True)
class WeightFile:
    """One weight file beside its card."""

    name: str
    """Path below ``checkpoints/variants``, or that of DialogZoo's below ``checkpoints``."""
    size: int
    """Bytes on disk; 0 where it is not there."""
    trouble: str = ""
    """What is wrong and what to do, in one sentence; empty where it is what its card says."""
    checked: bool = False
    """Whether all bytes were read and compared, not the size alone."""


def weight_files(*, thorough: bool = False, progress: Progress | None = None) -> list[WeightFile]:
    """Every weight file, also those of which only the card is left.

    Args:
        thorough: Read every byte and compare SHA-256; otherwise sizes alone.
        progress: Called before each file and at the end.
    """
    shelf, zoo = checkpoints_root() / "variants", checkpoints_root() / "zoo"
    paths = sorted({path.with_suffix(".safetensors") for ending in ("safetensors", "json") for folder, depth in ((shelf, "*/*"), (zoo, "*"))
                    for path in folder.glob(f"{depth}.{ending}") if path.name not in NO_CARDS})
    found = []
    for number, path in enumerate(paths):
        if progress:
            progress(number / len(paths), f"{path.parent.name}/{path.name}")
        found.append(_looked_at(path, zoo.parent if path.parent == zoo else shelf, thorough))
    if progress:
        progress(1.0, "done")
    return found


def _looked_at(path: Path, root: Path, thorough: bool) -> WeightFile:
    size, trouble = 0, ""
    try:
        size = path.stat().st_size
        _compare(path, size, thorough)
    except FileNotFoundError:
        trouble = _told("the weight file is not there", path)
    except OSError as error:
        trouble = _told(f"the weight file cannot be read ({error.strerror})", path, "check the disk and permissions")
    except DialAtlasError as error:
        trouble = without_home(error.sentence)
    return WeightFile(name=path.relative_to(root).as_posix(), size=size, trouble=trouble, checked=thorough)


def _told(what: str, path: Path, remedy: str = RESTORE) -> str:
    return without_home(DialAtlasError(what, where=str(path), remedy=remedy).sentence)


def _compare(path: Path, size: int, thorough: bool) -> None:
    stated = _stated(path.with_suffix(".json"))
    if size != stated["bytes"]:
        raise DialAtlasError(f"the weight file has {size:,} bytes, its card says {stated['bytes']:,}", where=str(path), remedy=RESTORE)
    if thorough and file_sha256(path) != stated["sha256"]:
        raise DialAtlasError("the weight file's SHA-256 is not the one on its card", where=str(path), remedy=RESTORE)


def _stated(card: Path) -> dict[str, int | str]:
    """Bytes and SHA-256 as the card gives them."""
    try:
        stated = json.loads(card.read_text(encoding="utf-8"))["weights"]
        return {"bytes": int(stated["bytes"]), "sha256": str(stated["sha256"])}
    except FileNotFoundError:
        raise DialAtlasError("the card is not there", where=str(card), remedy=RESTORE) from None
    except (ValueError, TypeError, KeyError) as error:
        what = "the card does not say what its weight file is" if isinstance(error, KeyError) else "the card is damaged"
        raise DialAtlasError(what, where=str(card), remedy=RESTORE) from None


def damaged(files: Sequence[WeightFile]) -> list[WeightFile]:
    """Those with something wrong."""
    return [file for file in files if file.trouble]
