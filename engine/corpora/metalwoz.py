"""MetaLWOZ: crowd dialogues in 47 domains, plus the 4 held-out ones of DSTC8 (Lee et al. 2019)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import REFETCH, check_split, json_line, lines, record, text_of
from engine.dialogue.model import Dialogue, Turn
from engine.errors import MissingDataError

MICROSOFT = "https://download.microsoft.com/download"
FOLDERS = {"train": "dialogues", "heldout": "heldout/dialogues"}


class MetaLWOZ:
    """One file of JSON lines per domain; the bot speaks first."""

    card = CorpusCard(
        name="metalwoz",
        title="MetaLWOZ",
        source="https://www.microsoft.com/en-us/research/project/metalwoz/",
        licence="Microsoft Research Data License Agreement: research use, no distribution",
        redistributable=False,
        version="1 (47 domains) and the DSTC8 test release (4 domains)",
        citation="Lee et al. 2019, Multi-Domain Task-Completion Dialog Challenge (DSTC8)",
        folders=("metalwoz",),
        splits=("train", "heldout"),
        annotations=(),
        changes=(
            "The bot is the system; its fixed greeting is kept.",
            "Domain names are in lower case; prompts and roles (tasks.txt) are left out.",
        ),
        pretraining_splits=("train", "heldout"),
    )
    downloads = (
        # Both digests as ParlAI's builder publishes them.
        Download(
            url=f"{MICROSOFT}/E/B/8/EB84CB1A-D57D-455F-B905-3ABDE80404E5/metalwoz-v1.zip",
            filename="metalwoz-v1.zip",
            sha256="2a2ae3b25760aa2725e70bc6480562fa5d720c9689a508d28417631496d6764f",
        ),
        # Holds a second archive, dstc8_metalwoz_heldout.zip, with the dialogues.
        Download(
            url=f"{MICROSOFT}/0/c/4/0c4a8893-cbf9-4a43-a44a-09bab9539234/metalwoz-test-v1.zip",
            filename="heldout/metalwoz-test-v1.zip",
            sha256="6722d1d9ec05334dd801972767ae3bdefcd15f71bf73fea1d098f214a96a7c6c",
        ),
    )

    def read(self, folder: Path, split: str) -> Iterator[Dialogue]:
        """Stream the dialogues, domain by domain in the order of their names (errors as `Corpus.read`)."""
        return (dialogue for dialogue, _ in self.read_with_tasks(folder, split))

    def read_with_tasks(self, folder: Path, split: str) -> Iterator[tuple[Dialogue, str]]:
        """The same dialogues, each with its line of ``tasks.txt`` (``task_id``; errors as `Corpus.read`)."""
        check_split(split, self.card.splits, self.card.name)
        for path in _domain_files(folder / FOLDERS[split]):
            for number, line in lines(path):
                with record(path, f"line {number}"):
                    raw = json_line(line, path, number)
                    told = _dialogue(raw, split), str(raw.get("task_id", ""))
                yield told


def _domain_files(folder: Path) -> list[Path]:
    paths = sorted([*folder.glob("*.txt"), *folder.glob("*.txt.gz")])
    if not paths:
        raise MissingDataError("no domain file (DOMAIN.txt, plain or .gz) is there", where=str(folder), remedy=REFETCH)
    return paths


def _dialogue(raw: Mapping[str, Any], split: str) -> Dialogue:
    turns = tuple(
        Turn(speaker="user" if position % 2 else "system", text=text_of(text)) for position, text in enumerate(raw["turns"])
    )
    return Dialogue(corpus="metalwoz", id=raw["id"], split=split, turns=turns, domains=frozenset({raw["domain"].lower()}))


METALWOZ = MetaLWOZ()
