"""DSTC3: tourist information by telephone, in DSTC2's format (Henderson, Thomson and Williams 2014)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.corpora.base import CorpusCard, Download
from engine.corpora.dstc2 import RELEASE, raw_files, read_calls, tree_of
from engine.corpora.files import lines, locate
from engine.zoo.datasets.goals import CHANGES, GoalDataset, Story, slot_list

PARTS = {"train": "seed", "test": "test"}
"""Our split to the published set."""
CARD = CorpusCard(
    name="dstc3", title="Dialog State Tracking Challenge 3", source="https://github.com/matthen/dstc", licence="GPL-3.0 (repository)", redistributable=True,
    version="1", citation="Henderson, Thomson and Williams 2014, The Third Dialog State Tracking Challenge, SLT", folders=("dstc3",),
    splits=tuple(PARTS), annotations=(),
    changes=("The labelled seed set (11 calls) is the split train; test has 2,264 calls, and there is no dev.",
             "User text is the manual transcription; speech recognition hypotheses are not kept.",
             "The domain of slots is called venue: restaurants, pubs and coffee shops.", *CHANGES[1:]))


def _read(folder: Path, split: str) -> Iterator[Story]:
    archive = folder / f"dstc3_{PARTS[split]}.tar.gz"
    if archive.is_file():
        files = raw_files([archive], (), lambda call: True)
    else:
        wanted = _calls(folder, PARTS[split])
        files = raw_files((), sorted(tree_of(folder).glob("*/*/l*.json")), wanted.__contains__)
    for dialogue in read_calls(files, folder, split, "dstc3", "venue"):
        yield Story(dialogue=dialogue, slots=slot_list((), "dstc3"))


def _calls(folder: Path, part: str) -> frozenset[str]:
    """The published list of a set's calls, where the archives are unpacked."""
    path = locate(folder, f"scripts/config/dstc3_{part}.flist", f"dstc3_{part}.flist")
    return frozenset(line.strip() for _, line in lines(path) if line.strip())


DSTC3 = GoalDataset(CARD, tuple(Download(url=f"{RELEASE}/dstc3_{part}.tar.gz", filename=f"dstc3_{part}.tar.gz") for part in PARTS.values()),
                    ("sim", "tod"), _read)
