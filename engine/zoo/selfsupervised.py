"""REO and CLO samples from the dialogues of the supervised sources: one window of consecutive turns per dialogue (paper 2, section 4.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby, islice
from pathlib import Path
from random import Random

import pyarrow.parquet as pq

from engine.dialogue.model import Turn
from engine.entities.base import Extractor
from engine.fingerprint import fingerprint
from engine.zoo.base import Sample
from engine.zoo.build import Progress, Source, Tests, use_of
from engine.zoo.outputs import read_turns, write_turns
from engine.zoo.pairs import PAIRS, Pair
from engine.zoo.shards import shard_counts, write_shard
from engine.zoo.tasks.clo import masked
from engine.zoo.tasks.reo import shuffled

DIALOGUES = ("tod", "dst", "chat", "sum", "dialqa", "kgdial", "rew")
"""Tasks whose content is a dialogue, best first: a dataset's windows come from its best task's samples."""
TURNS, WORDS = (3, 8), 100
"""A window's turns, at least and at most, and its words at most. Not published; our choice."""
DIALOGUES_PER_SOURCE = 4000
"""A larger source gives windows of about so many dialogues, drawn by their names. Not published; our choice."""
CHUNK = 512
Windows = Iterator[tuple[str, tuple[Turn, ...]]]


def reordering() -> _Maker:
    """A maker of REO sources."""
    def samples(source: Source, windows: Windows) -> Iterator[Sample | None]:
        for name, turns in windows:
            yield shuffled(turns, Random(f"reo/{name}"), dataset=source.pair.dataset, id=name, split=source.split)
    return _Maker("reo", "1", samples)


def cloze(extractor: Extractor) -> _Maker:
    """A maker of CLO sources with the entities that an extractor finds."""
    def samples(source: Source, windows: Windows) -> Iterator[Sample | None]:
        while chunk := list(islice(windows, CHUNK)):
            spans = iter(extractor.entities([turn.text for _, turns in chunk for turn in turns]))
            for name, turns in chunk:
                yield masked(turns, [next(spans) for _ in turns], Random(f"clo/{name}"), dataset=source.pair.dataset, id=name, split=source.split)
    return _Maker("clo", f"1 {extractor.card.title}", samples)


class _Maker:
    """One self-supervised source beside each supervised one of the best task of its dataset."""

    def __init__(self, task: str, version: str, samples: Callable[[Source, Windows], Iterator[Sample | None]]) -> None:
        self.task, self.version, self.samples = task, version, samples

    def __call__(self, sources: Sequence[Source], tests: Tests, out: Path, progress: Progress) -> list[Source]:
        made = []
        for source in best(sources):
            stamp = fingerprint([self.version, TURNS, WORDS, DIALOGUES_PER_SOURCE, source.path.name, tests.fingerprint()])
            path = out / "read" / f"{self.task}.{source.pair.dataset}.{source.split}.{stamp}.parquet"
            pair = Pair(task=self.task, dataset=source.pair.dataset, origin="beyond")
            counts = shard_counts(path)
            if counts is None:
                told = f"{pair.name} {source.split}"
                windows = dialogue_windows(source, tests if use_of(source, sources) != {"test"} else None)
                found = (sample for sample in self.samples(source, windows) if sample is not None)
                counts = write_shard(path, found, lambda done, told=told: progress(f"{told}: {done:,} samples"))  # type: ignore[misc]
            made.append(Source(pair=pair, split=source.split, path=path, counts=counts))
        return made


def best(sources: Sequence[Source]) -> list[Source]:
    """For each dataset and split, the source of its best dialogue task; sets that are never trained on have none."""
    chosen: dict[tuple[str, str], Source] = {}
    for source in sources:
        place, task = (source.pair.dataset, source.split), source.pair.task
        if task in DIALOGUES and source.pair.origin != "unseen":
            old = chosen.get(place)
            if old is None or DIALOGUES.index(task) < DIALOGUES.index(old.pair.task):
                chosen[place] = source
    return list(chosen.values())


def dialogue_windows(source: Source, without: Tests | None) -> Iterator[tuple[str, tuple[Turn, ...]]]:
    """A window of each dialogue of a source, named by the dialogue; its longest content stands for the dialogue.

    Args:
        source: Rows of one dialogue stand together.
        without: Dialogues that open like one of these are left out.
    """
    share = min(1.0, DIALOGUES_PER_SOURCE / max(1, _dialogues(source)))
    for group, rows in groupby(_contents(source, without), key=lambda row: row[0]):
        if Random(f"drawn/{source.pair.dataset}/{group}").random() > share:
            continue
        turns = window_of(source.pair.dataset, group, (content for _, content in rows))
        if len(turns) >= TURNS[0]:
            yield group, turns


def made(task: str, dataset: str, split: str, samples: Iterable[Sample], extractor: Callable[[], Extractor]) -> Iterator[Sample]:
    """REO or CLO samples of a dataset's `dialogue_task` as the build makes them, but of every dialogue, those that open like a test dialogue included.

    Args:
        task: ``reo`` or ``clo``.
        dataset: Registry name.
        split: Of the samples.
        samples: As the dataset's reader gives them.
        extractor: Opens what finds the entities; called for CLO alone.
    """
    maker = reordering() if task == "reo" else cloze(extractor())
    windows = ((group, window_of(dataset, group, (write_turns(turn for turn in sample.turns if turn.text.strip()) for sample in rows)))
               for group, rows in groupby(samples, key=lambda sample: sample.group))
    long = ((group, turns) for group, turns in windows if len(turns) >= TURNS[0])
    source = Source(pair=Pair(task=task, dataset=dataset, origin="beyond"), split=split, path=Path(), counts={})
    return (sample for sample in maker.samples(source, long) if sample is not None)


def dialogue_task(dataset: str) -> str | None:
    """The task whose samples of a dataset give the windows; None where none is of dialogues, or the set is never trained on."""
    tasks = {pair.task for pair in PAIRS if pair.dataset == dataset and pair.origin != "unseen"}
    return next((task for task in DIALOGUES if task in tasks), None)


def window_of(dataset: str, group: str, contents: Iterable[str]) -> tuple[Turn, ...]:
    """A dialogue's window; its longest content stands for it."""
    return window(read_turns(max(contents, key=len)) or (), Random(f"window/{dataset}/{group}"))


def window(turns: Sequence[Turn], rng: Random) -> tuple[Turn, ...]:
    """Consecutive turns from a random place on, as many as the limits allow."""
    start = rng.randrange(max(1, len(turns) - TURNS[0] + 1))
    wanted, words, chosen = rng.randint(*TURNS), 0, []
    for turn in turns[start:start + wanted]:
        words += len(turn.text.split())
        if words > WORDS:
            break
        chosen.append(turn)
    return tuple(chosen)


def _dialogues(source: Source) -> int:
    """How many dialogues the rows are of."""
    ids = pq.read_table(source.path, columns=["id"])["id"].to_pylist()
    return len({name.rpartition("/")[0] or name for name in ids})


def _contents(source: Source, without: Tests | None) -> Iterator[tuple[str, str]]:
    with pq.ParquetFile(source.path) as file:
        for group in range(file.num_row_groups):
            table = file.read_row_group(group, columns=["id", "content", "opening"])
            known = without.opens_like(table) if without else [False] * len(table)
            for name, content, drop in zip(table["id"].to_pylist(), table["content"].to_pylist(), known, strict=True):
                if not drop:
                    yield name.rpartition("/")[0] or name, content
