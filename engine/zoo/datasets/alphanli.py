"""αNLI, also called ART: which of two events explains what was seen before and after (Bhagavatula et al., ICLR 2020)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import locate, record, text_of
from engine.zoo.base import Sample
from engine.zoo.datasets.choices import chosen, labelled
from engine.zoo.datasets.shape import check

QUESTION = "What happened in between?"
_UUID = 36
"""Characters of a story's own id; a number behind them tells its variants apart."""


class AlphaNli:
    """JSON lines with two observations and two hypotheses, and a file of labels, 1 or 2, per split."""

    card = CorpusCard(
        name="alphanli",
        title="αNLI (ART)",
        source="https://github.com/allenai/abductive-commonsense-reasoning",
        licence="none stated for the data (code: Apache-2.0)",
        redistributable=False,
        version="ICLR 2020 release",
        citation="Bhagavatula et al. 2020, Abductive Commonsense Reasoning",
        folders=("alphanli",),
        splits=("train", "dev", "test"),
        annotations=(),
        changes=(f"The set asks without words: {QUESTION[:-1]!r} is ours.", "The two observations are the context, one behind the other."),
    )
    downloads = (Download(url="https://storage.googleapis.com/ai2-mosaic/public/abductive-commonsense-reasoning-iclr2020/anli.zip", filename="anli.zip"),)
    tasks = ("comm",)

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`."""
        check(self.card, self.tasks, split, task)
        path, labels = (locate(folder, f"anli/{split}{ending}", f"{split}{ending}") for ending in (".jsonl", "-labels.lst"))
        for number, raw, label in labelled(path, labels):
            with record(path, f"line {number}"):
                first, last, one, other = (text_of(raw[key]) for key in ("obs1", "obs2", "hyp1", "hyp2"))
                yield chosen("alphanli", split, f"{text_of(raw['story_id'])[:_UUID]}/{number}", QUESTION, {"1": one, "2": other}, label, f"{first} {last}")


ALPHANLI = AlphaNli()
