"""MELD and EmoryNLP: utterances of the television series Friends with emotions (Poria et al., ACL 2019; Zahiri and Choi, AAAI 2018 workshops)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import locate, one_of, record
from engine.zoo.base import Sample
from engine.zoo.datasets.choices import felt
from engine.zoo.datasets.shape import check, label_set, words
from engine.zoo.datasets.tables import table

_AT = "https://raw.githubusercontent.com/declare-lab/MELD/"


class FriendsEmotion:
    """A CSV file per split: a row is an utterance, and a scene's rows stand together."""

    tasks = ("emo",)

    def __init__(self, card: CorpusCard, downloads: tuple[Download, ...], emotions: Sequence[str], scene: Sequence[str]) -> None:
        """``emotions`` as the file spells them; ``scene`` are the columns that name one."""
        self.card, self.downloads = card, downloads
        self._files = dict(zip(card.splits, (item.filename for item in downloads), strict=True))
        self._words = {emotion: words(emotion) for emotion in emotions}
        self._known = label_set(emotions, f"the {len(emotions)} emotions of {card.title}")
        self._scene = scene

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`."""
        check(self.card, self.tasks, split, task)
        path = locate(folder, self._files[split])
        for line, row in table(path):
            with record(path, f"line {line}"):
                name = f"{'_'.join(row[column] for column in self._scene)}/{row['Utterance_ID']}"
                yield felt(self.card.name, split, name, row["Utterance"], one_of(self._words, row["Emotion"]), self._known)


_CHANGES = ("Each utterance stands alone: speaker, scene and times are not used.",)
MELD = FriendsEmotion(
    CorpusCard(
        name="meld", title="MELD", source="https://affective-meld.github.io/", licence="GPL-3.0", redistributable=True, version="2019 release",
        citation="Poria et al. 2019, MELD: A Multimodal Multi-Party Dataset for Emotion Recognition in Conversations",
        folders=("meld",), splits=("train", "dev", "test"), annotations=(),
        changes=(*_CHANGES, "The dyadic files, the same utterances cut into other dialogues, are not read.")),
    (Download(url=_AT + "master/data/MELD/train_sent_emo.csv", filename="train_sent_emo.csv",
              sha256="d2fa2d6529cf03cac2989efec05c9b27d8fd2f4c8fc5974c7ae88aa537fa02db"),
     Download(url=_AT + "ca3e1266db4cc4a4e802156e2f721c4cd114a696/data/MELD/dev_sent_emo.csv", filename="dev_sent_emo.csv",
              sha256="2e89c6f8aa182d6f62f8c6331aece905ac7273ca4999660bfb5213e1d0370c1c"),
     Download(url=_AT + "76e4ed20032322e47bbe04d3b5179f9b2e35bec9/data/MELD/test_sent_emo.csv", filename="test_sent_emo.csv",
              sha256="8d37103938f7067600839fe29d5a114a6cd1bcdafb75bec101e06464c5006888")),
    ("anger", "disgust", "fear", "joy", "neutral", "sadness", "surprise"), ("Dialogue_ID",))
EMORYNLP = FriendsEmotion(
    CorpusCard(
        name="emorynlp", title="EmoryNLP", source="https://github.com/emorynlp/emotion-detection", licence="Apache-2.0 (CSV files: GPL-3.0)",
        redistributable=True, version="as CSV in the repository of MELD",
        citation="Zahiri and Choi 2018, Emotion Detection on TV Show Transcripts with Sequence-based Convolutional Neural Networks",
        folders=("emorynlp", "emorynlp_emotion"), splits=("train", "dev", "test"), annotations=(), changes=_CHANGES),
    tuple(Download(url=f"{_AT}master/data/emorynlp/emorynlp_{split}_final.csv", filename=f"emorynlp_{split}_final.csv", sha256=digest)
          for split, digest in (("train", "462c66c333783adb801836d12d1424f48489bef4fb8ddfec7fbb2f08ce8211d5"),
                                ("dev", "20edc9d5917fe705b17b849f7f288e495d4132a60353a6247c3800445bdf8734"),
                                ("test", "dbc4b5638acd12c92a5f48def829e04f1c765cddffb4eedbe34216312e0d2d78"))),
    ("Joyful", "Mad", "Neutral", "Peaceful", "Powerful", "Sad", "Scared"), ("Season", "Episode", "Scene_ID"))
