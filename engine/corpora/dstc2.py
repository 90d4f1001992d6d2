"""DSTC2: telephone restaurant search; raw calls carry acts and goals, the e2end form carries text and goals only.

Formats: DSTC 2 & 3 handbook (``log.json`` and ``label.json`` per call); e2end's ``data.dstc2.*.json``.
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import REFETCH, check_split, json_items, lines, locate, locate_optional, opened, record, text_of
from engine.dialogue.model import Act, Dialogue, State, Turn
from engine.errors import InputError, MissingDataError

RELEASE = "https://github.com/matthen/dstc/releases/download/v1"
E2END = "https://raw.githubusercontent.com/oplatek/e2end/f3ddc8d647a61a2ee7d20c1ca64122057201c9e8/data/dstc2_original_split"
ARCHIVES = ("dstc2_traindev_raw.tar.gz", "dstc2_traindev.tar.gz", "dstc2_test.tar.gz")
TRAIN_LIST = "dstc2_train.flist"
HALVES = ("log.json", "label.json")
DOMAIN = "restaurant"
DERIVED = "derived:"

Half = list[Mapping[str, Any]]
"""The turns of one of a call's two files, cut to what the reader uses."""
RawFile = tuple[str, str, str, bytes]
"""Place, call, which of the two files, bytes."""


class Dstc2:
    """Second Dialog State Tracking Challenge: 1,612 train, 506 dev and 1,117 test calls."""

    card = CorpusCard(
        name="dstc2",
        title="Dialog State Tracking Challenge 2",
        source="https://github.com/matthen/dstc",
        licence="GPL-3.0 (repository); e2end form Apache-2.0",
        redistributable=True,
        version="1",
        citation="Henderson, Thomson and Williams 2014, The Second Dialog State Tracking Challenge, SIGDIAL",
        folders=("dstc2",),
        splits=("train", "dev", "test", "derived:train", "derived:dev", "derived:test"),
        annotations=("acts", "state"),
        changes=(
            "User text is the manual transcription; speech recognition hypotheses are not kept.",
            "An act with several slots becomes one act per slot; a requested slot is the act's slot, without value.",
            "Test comes without acts where the raw test calls are not there (e2end form).",
            "The splits derived:* are the e2end form: text and goals of food, area and price range, no acts.",
        ),
    )
    downloads = (
        Download(url=f"{RELEASE}/dstc2_traindev.tar.gz", filename="dstc2_traindev.tar.gz"),
        Download(url=f"{RELEASE}/dstc2_test.tar.gz", filename="dstc2_test.tar.gz"),
        Download(url=f"{RELEASE}/dstc2_scripts.tar.gz", filename="dstc2_scripts.tar.gz"),
        Download(url=f"{E2END}/data.dstc2.train.json", filename="e2end/data.dstc2.train.json",
                 sha256="74e2a72fd6040b04774f40cfa187bb4ada180deb8038ca9b6500905278b12afd"),
        Download(url=f"{E2END}/data.dstc2.test.json", filename="e2end/data.dstc2.test.json",
                 sha256="f560fd1ea284a56dd6e89f529b65c53e264d4b2d89ab9f250648454e1581582b"),
    )

    def read(self, folder: Path, split: str) -> Iterator[Dialogue]:
        """Stream one split: raw calls where they are there, else (test, derived) the e2end form."""
        check_split(split, self.card.splits, self.card.name)
        if split.startswith(DERIVED) or (split == "test" and not _has_raw_test(folder)):
            yield from _read_e2end(folder, split)
        else:
            yield from _read_raw(folder, split)


DSTC2 = Dstc2()


def _has_raw_test(folder: Path) -> bool:
    return (folder / "dstc2_test.tar.gz").is_file() or any(tree_of(folder).glob("Mar13_S2*"))


def _read_e2end(folder: Path, split: str) -> Iterator[Dialogue]:
    name = f"data.dstc2.{split.removeprefix(DERIVED)}.json"
    path = locate(folder, f"e2end/{name}", name)
    for index, item in json_items(path):
        with record(path, f"/{index}"):
            turns = tuple(turn for row in item["turns"] for turn in _e2end_turns(*row))
            dialogue = _dialogue(item["session-id"], split, turns)
        yield dialogue


def _e2end_turns(system: str, user: str, _asr: str, _score: float, state: str) -> tuple[Turn, Turn]:
    # "food area pricerange", where only food may be several words
    *food, area, price = state.split()
    goals = {"food": " ".join(food), "area": area, "pricerange": price}
    return (
        Turn(speaker="system", text=text_of(system)),
        Turn(speaker="user", text=text_of(user), state=_state({slot: value for slot, value in goals.items() if value != "none"})),
    )


def _read_raw(folder: Path, split: str) -> Iterator[Dialogue]:
    tree = sorted(tree_of(folder).glob("Mar13_S*/*/l*.json"))
    return read_calls(raw_files(_archives(folder, split), tree, _calls_of(folder, split)), folder, split)


def read_calls(files: Iterable[RawFile], folder: Path, split: str, corpus: str = "dstc2", domain: str = DOMAIN) -> Iterator[Dialogue]:
    """The dialogues of raw calls, each as soon as both of its files are there.

    Raises:
        InputError: There is no call, or one has only one file.
    """
    waiting: dict[str, dict[str, Half]] = {}
    empty = True
    for place, call, half, data in files:
        with record(Path(place), "/turns"):
            waiting.setdefault(call, {})[half] = [_cut(turn) for turn in json.loads(data)["turns"]]
        if len(waiting[call]) == len(HALVES):
            empty = False
            yield _call(place, call, split, waiting.pop(call), corpus, domain)
    if waiting:
        call, halves = next(iter(waiting.items()))
        raise InputError(f"the call {call} has only {', '.join(halves)}", where=str(folder), remedy=REFETCH)
    if empty:
        raise InputError(f"no call of the split {split!r} is there", where=str(folder), remedy=REFETCH)


def _calls_of(folder: Path, split: str) -> Callable[[str], bool]:
    if split == "test":
        return lambda call: call.startswith("Mar13_S2")
    train = _train_calls(folder)
    if split == "train":
        return train.__contains__
    return lambda call: call not in train and not call.startswith("Mar13_S2")


def _train_calls(folder: Path) -> frozenset[str]:
    path = locate_optional(folder, TRAIN_LIST, f"e2end/{TRAIN_LIST}", f"scripts/config/{TRAIN_LIST}")
    if path is not None:
        return frozenset(line.strip() for _, line in lines(path))
    for archive in _archives(folder, "train"):
        for _, data in _members(archive, lambda name: name.endswith(TRAIN_LIST)):
            return frozenset(data.decode("utf-8").split())
    raise MissingDataError(f"{TRAIN_LIST}, the list of train calls, is not there", where=str(folder), remedy=REFETCH)


def raw_files(archives: Sequence[Path], tree: Iterable[Path], wanted: Callable[[str], bool]) -> Iterator[RawFile]:
    """The files of every wanted call, from archives (one pass each) or else the unpacked tree."""
    for archive in archives:
        for name, data in _members(archive, lambda name: _is_half(name) and wanted(_call_name(name))):
            yield f"{archive}!{name}", _call_name(name), PurePosixPath(name).name, data
    if not archives:
        for path in tree:
            if _is_half(path.as_posix()) and wanted(_call_name(path.as_posix())):
                with opened(path) as stream:
                    yield str(path), _call_name(path.as_posix()), path.name, stream.read()


def _archives(folder: Path, split: str) -> list[Path]:
    there = [folder / name for name in ARCHIVES if (folder / name).is_file()]
    return [path for path in there if (path.name == "dstc2_test.tar.gz") == (split == "test")]


def tree_of(folder: Path) -> Path:
    """The folder that holds the groups of calls: the official archives unpack below ``data/``."""
    return folder / "data" if (folder / "data").is_dir() else folder


def _is_half(name: str) -> bool:
    return PurePosixPath(name).name in HALVES


def _call_name(name: str) -> str:
    return "/".join(PurePosixPath(name).parts[-3:-1])


def _members(archive: Path, wanted: Callable[[str], bool]) -> Iterator[tuple[str, bytes]]:
    try:
        with opened(archive) as stream, tarfile.open(fileobj=stream, mode="r|", bufsize=1 << 20) as tar:
            for member in tar:
                file = tar.extractfile(member) if member.isfile() and wanted(member.name) else None
                if file is not None:
                    yield member.name, file.read()
    except tarfile.TarError as error:
        raise InputError(f"the archive is damaged ({error})", where=str(archive), remedy=REFETCH) from None


def _cut(turn: Mapping[str, Any]) -> Mapping[str, Any]:
    """A turn without the recogniser's hypotheses, which are nearly all of its bytes."""
    return {key: value for key, value in turn.items() if key != "input"}


def _call(place: str, call: str, split: str, halves: Mapping[str, Half], corpus: str, domain: str) -> Dialogue:
    log, label = halves["log.json"], halves["label.json"]
    with record(Path(place), "/turns"):
        turns = tuple(turn for heard, said in zip(log, label, strict=True) for turn in (_system(heard, domain), _user(said, domain)))
    return _dialogue(call.rpartition("/")[2], split, turns, corpus, domain)


def _system(turn: Mapping[str, Any], domain: str) -> Turn:
    output = turn["output"]
    return Turn(speaker="system", text=text_of(output["transcript"]), acts=_acts(output["dialog-acts"], domain))


def _user(turn: Mapping[str, Any], domain: str) -> Turn:
    acts = _acts(turn["semantics"]["json"], domain)
    return Turn(speaker="user", text=text_of(turn["transcription"]), acts=acts, state=_state(turn["goal-labels"], domain))


def _acts(published: list[Mapping[str, Any]], domain: str) -> tuple[Act, ...]:
    return tuple(act for item in published for act in _acts_of(item["act"], item["slots"], domain))


def _acts_of(name: str, slots: list[list[Any]], domain: str) -> Iterator[Act]:
    if not slots:
        yield Act(name=name)
    for slot, value in slots:
        # a request is published as slot=food: the value names what is asked for
        asked = slot == "slot"
        yield Act(name=name, domain=domain, slot=str(value) if asked else slot, value=None if asked else str(value))


def _state(goals: Mapping[str, str], domain: str = DOMAIN) -> State:
    return {f"{domain}-{slot}": value for slot, value in goals.items()}


def _dialogue(identity: str, split: str, turns: tuple[Turn, ...], corpus: str = "dstc2", domain: str = DOMAIN) -> Dialogue:
    return Dialogue(corpus=corpus, id=identity, split=split, turns=turns, domains=frozenset({domain}))
