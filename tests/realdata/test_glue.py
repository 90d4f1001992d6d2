"""DialoGLUE's sets from the published files: its counts, EvalAI's gold spans, and no test sentence drawn from training."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.models.tokens import tokens_for
from engine.recipes import PACKAGED
from engine.train.glue_cells import PASSED_OVER
from engine.zoo.glue import GLUE_SETS, sets
from engine.zoo.glue.base import GlueRow, Parts
from engine.zoo.glue.tags import spans, vocabulary


@pytest.mark.parametrize(("read", "folder", "counts"), [
    (sets.banking, "banking77", (8622, 770, 1540, 3080)),
    (sets.clinc, "clinc150_oos", (15000, 1500, 3000, 4500)),
    (sets.restaurant8k, "restaurant8k", (7244, 724, 1000, 3731)),
    (sets.dstc8, "dstc8_slots", (5023, 502, 602, 1813)),
    (sets.top, "top", (31279, 3127, 4462, 9042)),
])
def test_counts_are_the_published_ones(shared_data: Path, read: Callable[[Path], Parts], folder: str, counts: tuple[int, ...]) -> None:
    parts = read(shared_data / folder)
    assert tuple(map(len, (parts.train, parts.few, parts.dev, parts.test))) == counts
    assert counts[-1] in {part.test_rows for part in GLUE_SETS.values() if part.parts is read}
    assert not {*parts.dev} & {*parts.few} or folder in ("clinc150_oos", "dstc8_slots", "top"), "draws keep dev apart, DSTC8's within a domain"


def test_gold_spans_are_those_of_evalai(shared_data: Path) -> None:
    tokens = tokens_for(PACKAGED)

    def said(row: GlueRow) -> list[str]:
        pieces = [sum(piece not in PASSED_OVER for piece in tokens.words(ids)) for ids in tokens.texts(list(row.words))]
        return [f"{slot}:{place}" for slot, place in spans(row.tags, pieces)]

    booked = sets.restaurant8k(shared_data / "restaurant8k")
    assert [said(row) for row in booked.test[-12:]] == [
        ["first_name:3-5", "last_name:5-7"], ["last_name:3-8"], ["last_name:4-6"], ["first_name:2-5", "last_name:5-6"], ["first_name:2-4", "last_name:4-7"],
        ["first_name:6-8", "last_name:8-10"], ["people:5-6", "first_name:7-10", "last_name:10-14"], ["last_name:1-4", "people:6-7"],
        ["first_name:3-4", "last_name:4-6"], ["first_name:2-4", "last_name:4-6"], ["first_name:6-8", "last_name:8-11"], ["first_name:2-4", "last_name:4-6"]]
    four = sets.dstc8(shared_data / "dstc8_slots")
    assert {place: said(row) for place, row in enumerate(four.test[:20]) if row.tags and said(row)} == {
        1: ["leaving_date:12-14", "from_location:24-25"], 9: ["to_location:10-11"], 10: ["from_location:14-15", "leaving_date:16-17"],
        18: ["leaving_date:29-32"], 19: ["from_location:11-13"]}
    assert len(vocabulary(booked.train)) == 11 and len(vocabulary(four.train)) == 27
