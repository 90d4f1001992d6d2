"""CLINC150: single queries with an intent or ``oos`` (out of scope), five files of ``[text, intent]`` pairs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import check_split, json_members, locate, locate_optional, record
from engine.dialogue.model import Dialogue, Turn

COMMIT = "828f8093932c8fe6ca7936c3d2e52903b1c523de"
FILES = {"": "data_full", "small": "data_small", "imbalanced": "data_imbalanced", "oos_plus": "data_oos_plus",
         "binary_undersample": "binary_undersample"}
"""Prefix of a split name to file."""
SHA256 = {
    "data_full.json": "36923c3705a59e08fe9c3883d8bc2dd966ef93e22cb78ac41171782a698d56e0",
    "data_small.json": "050e17476e6b4fa88f8518edaf09921c8f5e3a86dc8b63615361102a20b2ac01",
    "data_imbalanced.json": "4886730b20c51eece26aa392ecae2717bfe9908680419e96255351c6148eb4cc",
    "data_oos_plus.json": "bfcca9ae515623541dc1983c94c4ed7cae9d26b42ae47d74b972e51bb6f7a21f",
    "binary_undersample.json": "d69777f0d6b3cf7fe295bb6bcc26ae6dabeb5b711f19f9b9a0251138dc54584b",
    "domains.json": "b947b579d3b8e74b06f93b01083d8efaff2888b43a3e362533bd88a6e1211b3a",
}
PARTS = {"train": "train", "dev": "val", "test": "test"}


class OutOfScope:
    """CLINC150 with its out-of-scope queries."""

    card = CorpusCard(
        name="oos", title="CLINC150", source="https://github.com/clinc/oos-eval", licence="CC BY 3.0", redistributable=True,
        version=f"commit {COMMIT[:12]}",
        citation="Larson et al. 2019, An Evaluation Dataset for Intent Classification and Out-of-Scope Prediction, EMNLP",
        folders=("oos", "clinc150_oos"), annotations=("intent",),
        splits=tuple(f"{prefix}:{part}" if prefix else part for prefix in FILES for part in PARTS),
        changes=("Each query is a dialogue of one turn; the in-scope and the out-of-scope part of a split follow each other.",
                 "train, dev and test are data_full; a prefix names another file, e.g. small:train."))
    downloads = tuple(Download(url=f"https://raw.githubusercontent.com/clinc/oos-eval/{COMMIT}/data/{name}", filename=name, sha256=digest)
                      for name, digest in SHA256.items())

    def read(self, folder: Path, split: str) -> Iterator[Dialogue]:
        """Stream one split of one file (errors as `Corpus.read`)."""
        check_split(split, self.card.splits, self.card.name)
        prefix, _, part = split.rpartition(":")
        path = locate(folder, f"{FILES[prefix]}.json")
        names = [PARTS[part]] if prefix == "binary_undersample" else [PARTS[part], f"oos_{PARTS[part]}"]
        return _queries(path, names, split, _domains(folder))


def _queries(path: Path, names: list[str], split: str, domains: Mapping[str, str]) -> Iterator[Dialogue]:
    lists = dict(json_members(path))
    for name in names:
        with record(path, "/"):
            rows = lists[name]
        for index, row in enumerate(rows):
            with record(path, f"/{name}/{index}"):
                yield _query(f"{path.name.partition('.')[0]}/{name}/{index}", row, split, domains)


def _query(name: str, row: list[str], split: str, domains: Mapping[str, str]) -> Dialogue:
    text, intent = row
    return Dialogue(corpus="oos", id=name, split=split, turns=(Turn(speaker="user", text=text, intent=intent),),
                    domains=frozenset([domains[intent]] if intent in domains else []))


def _domains(folder: Path) -> dict[str, str]:
    """Intent to domain; empty where the list is not there."""
    path = locate_optional(folder, "domains.json")
    return {intent: domain for domain, intents in json_members(path) for intent in intents} if path else {}


OOS = OutOfScope()
