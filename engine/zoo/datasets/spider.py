"""Spider, SParC and CoSQL: questions about 200 databases with their SQL (Yu et al., EMNLP 2018, ACL 2019 and EMNLP 2019)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import json_items, locate, locate_optional, record, text_of
from engine.dialogue.model import Turn
from engine.zoo.base import Sample
from engine.zoo.datasets.shape import alternating, asked, check
from engine.zoo.escape import tidy
from engine.zoo.knowledge import Database

_DRIVE = "https://drive.usercontent.google.com/download?export=download&confirm=t&id="
_SCHEMA = (
    "The SQL stands in one line with single spaces.",
    "A database is its tables with their columns, in the words of the SQL and lower case; keys, types and contents are left out.",
)


class Spider:
    """A JSON list of questions per split, and one of schemas; or Spider-Syn's list, which keeps the published question."""

    card = CorpusCard(
        name="spider",
        title="Spider",
        source="https://yale-lily.github.io/spider",
        licence="CC BY-SA 4.0",
        redistributable=True,
        version="1.0 (release of 2024, with the test split)",
        citation="Yu et al. 2018, Spider: A Large-Scale Human-Labeled Dataset for Complex and Cross-Domain Semantic Parsing and Text-to-SQL Task",
        folders=("spider", "spider_sparc_cosql"),
        splits=("train", "dev", "test"),
        annotations=(),
        changes=(*_SCHEMA, "train is train_spider.json, then train_others.json where that is there."),
    )
    downloads = (Download(url=_DRIVE + "1403EGqzIDoHMdQF4c9Bkyl7dZLZ5Wt6J", filename="spider_data.zip"),)
    tasks = ("txt2sql",)

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`."""
        check(self.card, self.tasks, split, task)
        databases = _databases(locate(folder, *_in_spider("test_tables.json" if split == "test" else "tables.json")))
        for path in _spider_files(folder, split):
            part = path.name.partition(".")[0]
            for index, raw in json_items(path):
                with record(path, f"/{index}"):
                    question = text_of(raw["question"] if "question" in raw else raw["SpiderQuestion"])
                    database, query = _database(databases, raw["db_id"]), tidy(text_of(raw["query"]))
                yield Sample(task=task, dataset="spider", id=f"{part}-{index}", split=split, turns=asked(question), knowledge=database, answer=query)


class Interactions:
    """A JSON list of interactions per split, and one of schemas."""

    tasks = ("txt2sql",)

    def __init__(self, card: CorpusCard, download: Download, files: tuple[str, ...]) -> None:
        self.card = card
        self.downloads = (download,)
        self._files = files
        """Where a split's file may lie, ``{}`` being the split."""

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`."""
        check(self.card, self.tasks, split, task)
        name = self.card.name
        databases = _databases(locate(folder, f"{name}/tables.json", f"{name}_dataset/tables.json", "tables.json"))
        path = locate(folder, *(file.format(split) for file in self._files))
        for index, raw in json_items(path):
            with record(path, f"/{index}"):
                database = _database(databases, raw["database_id"])
                asked_so_far = [(_turns(step["utterance"]), tidy(text_of(step["query"]))) for step in raw["interaction"]]
            turns: tuple[Turn, ...] = ()
            for number, (more, query) in enumerate(asked_so_far):
                turns += more
                yield Sample(task=task, dataset=name, id=f"{split}-{index}/{number}", split=split, turns=turns, knowledge=database, answer=query)


def _in_spider(name: str) -> tuple[str, ...]:
    return f"spider_data/{name}", f"spider/{name}", name, f"editsql/spider/{name}", f"spider_syn/{name}"


def _spider_files(folder: Path, split: str) -> list[Path]:
    if split != "train":
        return [locate(folder, *_in_spider(f"{split}.json"))]
    others = locate_optional(folder, *_in_spider("train_others.json"))
    return [locate(folder, *_in_spider("train_spider.json")), *([others] if others else [])]


def _databases(path: Path) -> dict[str, Database]:
    found = {}
    for index, raw in json_items(path):
        with record(path, f"/{index}"):
            columns: list[list[str]] = [[] for _ in raw["table_names_original"]]
            for table, column in raw["column_names_original"]:
                if table >= 0:  # -1 is the star
                    columns[table].append(text_of(column).lower())
            tables = zip(raw["table_names_original"], columns, strict=True)
            found[text_of(raw["db_id"])] = Database(tuple((text_of(table).lower(), tuple(mine)) for table, mine in tables))
    return found


def _database(databases: Mapping[str, Database], name: Any) -> Database:
    if name not in databases:
        raise ValueError(f"the database {name!r} is not in tables.json")
    return databases[name]


def _turns(utterance: Any) -> tuple[Turn, ...]:
    """The user's question; CoSQL puts a clarifying question of the system and the user's answer behind it, with ``|`` between them."""
    parts = text_of(utterance).split("|")
    return alternating(map(str.strip, parts), first="user" if len(parts) % 2 else "system")


SPIDER = Spider()
SPARC = Interactions(
    CorpusCard(
        name="sparc",
        title="SParC",
        source="https://yale-lily.github.io/sparc",
        licence="CC BY-SA 4.0",
        redistributable=True,
        version="1.0",
        citation="Yu et al. 2019, SParC: Cross-Domain Semantic Parsing in Context",
        folders=("sparc", "spider_sparc_cosql"),
        splits=("train", "dev"),
        annotations=(),
        changes=(*_SCHEMA, "The turns are the questions alone, without their SQL or its results."),
    ),
    Download(url=_DRIVE + "1Uu7NMHTR1tdQw1t7bAuM7OPU4LElVKfg", filename="sparc.zip"),
    ("sparc/{}.json", "editsql/sparc/{}.json", "{}.json"),
)
COSQL = Interactions(
    CorpusCard(
        name="cosql",
        title="CoSQL",
        source="https://yale-lily.github.io/cosql",
        licence="CC BY-SA 4.0",
        redistributable=True,
        version="1.0, SQL state tracking",
        citation="Yu et al. 2019, CoSQL: A Conversational Text-to-SQL Challenge Towards Cross-Domain Natural Language Interfaces to Databases",
        folders=("cosql", "spider_sparc_cosql"),
        splits=("train", "dev"),
        annotations=(),
        changes=(*_SCHEMA, "The turns are the questions, and the system's clarifying questions with their answers; results are left out."),
    ),
    Download(url=_DRIVE + "1Y3ydpFiQQ3FC0bzdfy3groV95O_f1nXF", filename="cosql_dataset.zip"),
    ("cosql_dataset/sql_state_tracking/cosql_{}.json", "sql_state_tracking/cosql_{}.json", "cosql_{}.json", "editsql/cosql/{}.json"),
)
