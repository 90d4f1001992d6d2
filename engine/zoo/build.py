"""The unified dataset: every pair's samples in one form, test inputs kept out of training, duplicates removed, all of it counted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from engine.corpora.locate import corpus_folder
from engine.errors import InputError, MissingDataError
from engine.fingerprint import fingerprint
from engine.zoo.datasets import ZOO_DATASETS
from engine.zoo.pairs import Pair
from engine.zoo.record import SCHEMA
from engine.zoo.shards import ROWS, shard_counts, write_shard

Progress = Callable[[str], None]
Rows = np.ndarray[tuple[int], np.dtype[np.bool_]]
NO_DIGESTS = np.array([], dtype=np.int64)
USES = ("train", "dev", "test")
TENTHS = 10
"""Where a training split is not there but dev is, nine tenths of dev's dialogues stand in for it, and the last tenth is dev."""
TESTED = ("test", "heldout")
"""Published splits that are tested on."""
VERSION = "3"
"""Raised when the form of rows or a rule of the build changes."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """One published split of one pair, as a file of rows."""

    pair: Pair
    split: str
    path: Path
    counts: Mapping[str, int]


def build(pairs: Sequence[Pair], root: Path, out: Path, *, makers: Iterable[Maker] = (), progress: Progress = lambda _: None) -> dict[str, Any]:
    """Make ``out/USE/TASK.parquet`` for every task of ``pairs`` and ``out/counts.json``; what is whole already is not made again.

    Args:
        pairs: Which pairs; those whose data is not on this machine are told in the counts and left out.
        root: The folder with a folder per dataset.
        out: The unified dataset's folder.
        makers: Make self-supervised sources from the supervised ones.
        progress: Told what is being done.

    Raises:
        InputError: No pair has any data here, or a file is damaged.
    """
    sources, absent = read_pairs(pairs, root, out, progress)
    if not sources:
        raise InputError("none of the datasets is on this machine", where=str(root), remedy="fetch some with `python -m engine data fetch NAME`")
    supervised, tests = list(sources), Tests.of(sources)
    for make in makers:
        sources += make(supervised, tests, out, progress)
    tests, rows = Tests.of(sources), []
    for task in dict.fromkeys(source.pair.task for source in sources):
        rows += _unify(task, [source for source in sources if source.pair.task == task], tests, out, progress)
    report = {"version": VERSION, "pairs": rows, "absent": absent}
    _write_text(out / "counts.json", json.dumps(report, indent=1) + "\n")
    return report


Maker = Callable[[Sequence[Source], "Tests", Path, Progress], list[Source]]


def read_pairs(pairs: Sequence[Pair], root: Path, out: Path, progress: Progress) -> tuple[list[Source], list[dict[str, str]]]:
    """The published splits that are here, as files of rows; and which splits are not, with the reason."""
    sources, absent = [], []
    for pair in pairs:
        dataset = ZOO_DATASETS[pair.dataset]
        for split in dataset.card.splits:
            path = out / "read" / f"{pair.task}.{pair.dataset}.{split}.{_stamp(dataset.card)}.parquet"
            counts = shard_counts(path)
            try:
                if counts is None:
                    samples = dataset.samples(corpus_folder(dataset, root), split, pair.task)
                    counts = write_shard(path, samples, lambda done, name=f"{pair.name} {split}": progress(f"{name}: {done:,} samples"))  # type: ignore[misc]
                sources.append(Source(pair=pair, split=split, path=path, counts=counts))
            except MissingDataError as error:
                absent.append({"task": pair.task, "dataset": pair.dataset, "split": split, "reason": error.what})
    return sources, absent


def use_of(source: Source, sources: Sequence[Source]) -> set[str]:
    """What a published split is used for: itself, or train and dev where there is no training split. Test is never anything else."""
    if source.pair.origin == "unseen" or source.split in TESTED:
        return {"test"}
    if source.split != "dev":
        return {source.split}
    has_train = any(other.pair == source.pair and other.split == "train" for other in sources)
    return {"dev"} if has_train else {"train", "dev"}


class Tests:
    """Digests of all test inputs."""

    @classmethod
    def of(cls, sources: Sequence[Source]) -> Tests:
        """Of the sources that are tested on."""
        return cls([source for source in sources if use_of(source, sources) == {"test"}])

    def __init__(self, sources: Sequence[Source]) -> None:
        found: dict[str, dict[str, list[Any]]] = {}
        for source in sources:
            table = pq.read_table(source.path, columns=["exact", "near", "opening"])
            for name in ("exact", "near"):
                found.setdefault(source.pair.task, {"exact": [], "near": []})[name].append(table[name].to_numpy())
            found.setdefault("", {"opening": []})["opening"].append(table["opening"].to_numpy())
        self._found = {task: {name: np.unique(np.concatenate(parts)) for name, parts in names.items()} for task, names in found.items()}

    def fingerprint(self) -> str:
        """Changes when any test input does."""
        return fingerprint([[task, name, len(values), int(values.sum())] for task, names in self._found.items() for name, values in names.items()])

    def same(self, task: str, table: pa.Table) -> dict[str, Rows]:
        """For each way of being a test input, which rows are: equal words, equal set of words, opening of a test dialogue of any dataset."""
        own = self._found.get(task, {"exact": NO_DIGESTS, "near": NO_DIGESTS})
        return {
            "equal to a test input": np.isin(table["exact"].to_numpy(), own["exact"]),
            "same words as a test input": np.isin(table["near"].to_numpy(), own["near"]),
            "opens like a test dialogue": self.opens_like(table),
        }

    def opens_like(self, table: pa.Table) -> Rows:
        """Which rows open like a test dialogue of any dataset."""
        opening = table["opening"].to_numpy()
        like: Rows = (opening != 0) & np.isin(opening, self._found.get("", {"opening": NO_DIGESTS})["opening"])
        return like


def _unify(task: str, sources: list[Source], tests: Tests, out: Path, progress: Progress) -> list[dict[str, Any]]:
    """Write the task's files, rows in an order that is random but always the same; returns a row of counts per pair and split."""
    name = fingerprint([VERSION, tests.fingerprint(), [[source.path.name, dict(source.counts)] for source in sources]])
    note = out / "unified" / f"{task}.json"
    known = _read_json(note)
    if known.get("name") == name and all((out / use / f"{task}.parquet").is_file() for use in known["uses"]):
        return list(known["rows"])
    parts: dict[str, list[pa.Table]] = {use: [] for use in USES}
    rows, seen = [], set[tuple[int, int]]()
    for source in sources:
        progress(f"{task}: {source.pair.dataset} {source.split}")
        counts: dict[str, Any] = {"task": task, "dataset": source.pair.dataset, "origin": source.pair.origin, "split": source.split, **source.counts}
        for use, table in _used(source, sources):
            kept, removed = _cleaned(task, table, tests, seen) if use == "train" else (table, {})
            parts[use].append(kept)
            counts |= {use: len(kept), **removed}
        rows.append(counts)
    uses = [use for use in USES if sum(map(len, parts[use]))]
    for use in uses:
        _write_shuffled(out / use / f"{task}.parquet", pa.concat_tables(parts[use]))
    _write_text(note, json.dumps({"name": name, "uses": uses, "rows": rows}, indent=1) + "\n")
    return rows


def _used(source: Source, sources: Sequence[Source]) -> Iterator[tuple[str, pa.Table]]:
    table = pq.read_table(source.path, schema=SCHEMA)
    table = table.filter(pc.not_equal(table["target"], ""))
    uses = use_of(source, sources)
    if len(uses) == 1:
        yield from ((use, table) for use in uses if use in USES)
        return
    last = np.array([stands_apart(group) for group in pc.replace_substring_regex(table["id"], r"/[^/]*$", "").to_pylist()], dtype=bool)
    yield from (("train", table.filter(~last)), ("dev", table.filter(last)))


def stands_apart(group: str) -> bool:
    """Whether a dialogue of dev stays dev where the others stand in for training."""
    return int(fingerprint([group]), 16) % TENTHS == 0


def _cleaned(task: str, table: pa.Table, tests: Tests, seen: set[tuple[int, int]]) -> tuple[pa.Table, dict[str, int]]:
    """Training rows without test inputs and without what another row of the task says already."""
    keep, removed = np.ones(len(table), dtype=bool), {}
    for reason, rows in tests.same(task, table).items():
        removed[reason] = int((rows & keep).sum())
        keep &= ~rows
    twice = 0
    exact, targets = table["exact"].to_pylist(), table["target"].to_pylist()
    for row in np.flatnonzero(keep):
        key = (exact[row], hash_of(targets[row]))
        if key in seen:
            keep[row] = False
            twice += 1
        seen.add(key)
    return table.filter(keep), {**removed, "twice": twice}


def hash_of(text: str) -> int:
    """A digest that is the same in every run."""
    return int(fingerprint([text]), 16)


def _write_shuffled(path: Path, table: pa.Table) -> None:
    order = np.argsort([hash_of(f"{dataset}/{name}") for dataset, name in zip(table["dataset"].to_pylist(), table["id"].to_pylist(), strict=True)],
                       kind="stable")
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    plain = pa.schema([(field.name, field.type.value_type if pa.types.is_dictionary(field.type) else field.type) for field in table.schema])
    pq.write_table(table.take(order).cast(plain), part, compression="zstd", row_group_size=ROWS)
    part.replace(path)


def _stamp(card: Any) -> str:
    return fingerprint([VERSION, card.name, card.version, list(card.changes)])


def _read_json(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError):
        return {}


def _write_text(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
