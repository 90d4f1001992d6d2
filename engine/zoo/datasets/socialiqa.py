"""Social IQa: why people act, what they feel and what they will want (Sap et al., EMNLP 2019)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import locate, record, text_of
from engine.zoo.base import Sample
from engine.zoo.datasets.choices import chosen, labelled
from engine.zoo.datasets.shape import check

_ZIP = "socialiqa-train-dev"


class SocialIqa:
    """JSON lines with a context, a question and answers A to C, and a file of labels, 1 to 3, per split."""

    card = CorpusCard(
        name="socialiqa",
        title="Social IQa",
        source="https://leaderboard.allenai.org/socialiqa/submissions/get-started",
        licence="none in the archive (CC BY 4.0 by its page on the Hugging Face hub)",
        redistributable=False,
        version="leaderboard release",
        citation="Sap et al. 2019, Social IQa: Commonsense Reasoning about Social Interactions",
        folders=("socialiqa",),
        splits=("train", "dev"),
        annotations=(),
        changes=("A sample is called by the lines of its context and of itself, for some contexts have several questions.",),
    )
    # The digest is AI2's own (its Rainbow collection checks by it), not that of a copy of ours.
    downloads = (Download(url=f"https://storage.googleapis.com/ai2-mosaic/public/socialiqa/{_ZIP}.zip", filename=f"{_ZIP}.zip",
                          sha256="ee073914a0fc33265cfbcfc50ec20df9b2e07809c3f420f599138d1f394ef5c3"),)
    tasks = ("comm",)

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`."""
        check(self.card, self.tasks, split, task)
        path, labels = (locate(folder, f"{_ZIP}/{split}{ending}", f"{split}{ending}") for ending in (".jsonl", "-labels.lst"))
        seen: dict[str, int] = {}
        for number, raw, label in labelled(path, labels):
            with record(path, f"line {number}"):
                context = text_of(raw["context"])
                choices = {str(place): text_of(raw[key]) for place, key in enumerate(("answerA", "answerB", "answerC"), start=1)}
                yield chosen("socialiqa", split, f"{seen.setdefault(context, number)}/{number}", text_of(raw["question"]), choices, label, context)


SOCIALIQA = SocialIqa()
