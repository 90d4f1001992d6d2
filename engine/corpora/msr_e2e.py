"""MSR-E2E, the Microsoft Dialogue Challenge: movies, restaurants, taxis (Li et al. 2018)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import REFETCH, check_split, lines, locate, locate_optional, one_of, record
from engine.dialogue.model import Act, Dialogue, Speaker, Turn
from engine.errors import InputError

SPEAKERS: Mapping[str, Speaker] = {"user": "user", "agent": "system"}
FILES = {domain: f"{domain}_all.tsv" for domain in ("movie", "restaurant", "taxi")}
GITHUB = "https://raw.githubusercontent.com/xiul-msr/e2e_dialog_challenge"

ARGUMENT = re.compile(r"(?:\{[^}]*\}|[^;])+")
"""An argument ends at a semicolon, but not inside braces."""


class MsrE2E:
    """One tab-separated file per domain, a line per message, any number of act columns."""

    card = CorpusCard(
        name="msr_e2e",
        title="MSR-E2E",
        source="https://github.com/xiul-msr/e2e_dialog_challenge",
        licence="Microsoft terms (Human Dialogue Dataset License Terms.txt): research use, no distribution",
        redistributable=False,
        version="SLT 2018 challenge",
        citation="Li et al. 2018, Microsoft Dialogue Challenge: Building End-to-End Task-Completion Dialogue Systems",
        folders=("msr_e2e",),
        splits=("movie", "restaurant", "taxi", "all"),
        annotations=("acts",),
        changes=(
            "The data has no split: a split is a domain, and all is every domain that is there.",
            "The agent is the system; wrong speakers and repeated speakers in the files are kept.",
            "An act has one entry per argument; alternatives {a#b} are joined with |.",
            "Quotes around a whole cell (taxi file) are dropped.",
        ),
        pretraining_splits=("all",),
    )
    downloads = (
        Download(
            url=f"{GITHUB}/05de23b4488350cb963dfc5592f27821e5171470/data/movie_all.tsv",
            filename=FILES["movie"],
            sha256="d2291fd898d8c2d92d7c92affa5601a0561a28f07f6147e9c196c5a573a222d6",
        ),
        Download(url=f"{GITHUB}/master/data/restaurant_all.tsv", filename=FILES["restaurant"]),
        Download(url=f"{GITHUB}/cee28ff7f4e5e5e13c106926ddc1f0c42ca26e96/data/taxi_all.tsv", filename=FILES["taxi"]),
    )

    def read(self, folder: Path, split: str) -> Iterator[Dialogue]:
        """Stream the sessions of one domain, or of all that are there (errors as `Corpus.read`)."""
        check_split(split, self.card.splits, self.card.name)
        if split != "all":
            yield from _sessions(locate(folder, FILES[split]), split)
            return
        locate(folder, *FILES.values())
        for domain, name in FILES.items():
            if path := locate_optional(folder, name):
                yield from _sessions(path, domain)


def _sessions(path: Path, domain: str) -> Iterator[Dialogue]:
    for session, rows in groupby(_rows(path), key=lambda row: row[0]):
        turns = tuple(turn for _, turn in rows)
        yield Dialogue(corpus="msr_e2e", id=f"{domain}-{session}", split=domain, turns=turns, domains=frozenset({domain}))


def _rows(path: Path) -> Iterator[tuple[str, Turn]]:
    """``(session, turn)`` per line; tabs part the columns, in quotes or not."""
    number = 0
    for number, line in lines(path):
        if number == 1:
            _check_header(line, path)
        elif line.strip():
            with record(path, f"line {number}"):
                session, _, _, speaker, text, *acts = line.split("\t")
                turn = Turn(speaker=one_of(SPEAKERS, speaker), text=_unquoted(text), acts=parse_acts(acts))
            yield session, turn
    if number < 2:
        raise InputError("no dialogue in the file", where=str(path), remedy=REFETCH)


def _check_header(line: str, path: Path) -> None:
    if not line.startswith("session.ID\t"):
        raise InputError("the header session.ID, Message.ID, ... is missing", where=f"{path} line 1", remedy=REFETCH)


def parse_acts(columns: list[str]) -> tuple[Act, ...]:
    """The acts of one message, one entry per argument.

    >>> [(act.name, act.slot, act.value) for act in parse_acts(["inform(city={a; b#c};date) ", ""])]
    [('inform', 'city', 'a; b|c'), ('inform', 'date', None)]
    """
    return tuple(act for column in columns if column.strip() for act in _acts(_unquoted(column)))


def _unquoted(cell: str) -> str:
    # The taxi file was saved by a spreadsheet: cells with a comma stand in quotes.
    return cell[1:-1].replace('""', '"') if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell


def _acts(column: str) -> Iterator[Act]:
    name, _, arguments = column.strip().partition("(")
    found = [argument.strip() for argument in ARGUMENT.findall(arguments.removesuffix(")")) if argument.strip()]
    if not found:
        yield Act(name=name.strip())
    for argument in found:
        slot, equals, value = argument.partition("=")
        yield Act(name=name.strip(), slot=slot.strip(), value=_value(value.strip()) if equals else None)


def _value(value: str) -> str:
    return "|".join(part.strip("{} ") for part in value.split("#")) if value.startswith("{") else value


MSR_E2E = MsrE2E()
