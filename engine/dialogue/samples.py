"""The sample dialogues that come with the app; we wrote them ourselves."""

from __future__ import annotations

from functools import cache

from engine.dialogue.model import Dialogue
from engine.dialogue.upload import read_upload
from engine.errors import MissingDataError
from engine.paths import REPOSITORY

FOLDER = REPOSITORY / "samples" / "app"


@cache
def samples() -> dict[str, Dialogue]:
    """Name (the file's stem) to dialogue, in the order of the names.

    Raises:
        MissingDataError: The folder of samples is empty or not there.
    """
    files = sorted(path for path in FOLDER.glob("*") if path.suffix in (".txt", ".json"))
    if not files:
        raise MissingDataError("no sample dialogues", where=str(FOLDER), remedy="restore the folder from the repository")
    return {path.stem.replace("_", " "): read_upload(path.read_bytes(), path.name).dialogues[0] for path in files}
