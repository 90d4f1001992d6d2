"""Large uploads in bounded memory: by default 20 MB of each shape (DIALATLAS_TEST_MEGABYTES=200 for the largest allowed), and long or many dialogues."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from engine.dialogue.export import EXPORTS
from engine.dialogue.formats.base import UPLOAD
from engine.dialogue.model import Act, Dialogue, Speaker, Turn
from engine.paths import REPOSITORY

SIZE = 1_000_000 * int(os.environ.get("DIALATLAS_TEST_MEGABYTES", "20"))
MEMORY = 100_000_000 + 4.5 * SIZE
"""1 GB for the 200 MB that are allowed."""
MOST_MEMORY = 1_000_000_000
READ = r"""
import json, re, sys
from engine.dialogue.upload import read_upload
shares = []
with open(sys.argv[1], "rb") as stream:
    upload = read_upload(stream, progress=lambda share, words: shares.append(share))
peak = re.search(r"VmHWM:\s+(\d+)", open("/proc/self/status").read())  # ru_maxrss would count the process that started this one
print(json.dumps({"format": upload.detection.format, "dialogues": len(upload.dialogues), "turns": sum(len(d.turns) for d in upload.dialogues),
                  "bytes": 1024 * int(peak.group(1)), "shares": len(shares), "rising": shares == sorted(shares)}))
"""


def talk(number: int, turns: int = 20) -> Dialogue:
    """A made-up dialogue whose state grows, as states do."""
    speakers: tuple[Speaker, Speaker] = ("user", "system")
    said = (Turn(speaker=speakers[place % 2], text=f"This is utterance {place} of dialogue {number}, and it asks for {place * number % 97} tickets.",
                 acts=(Act(name="inform", domain="train", slot=f"slot {place % 9}", value=str(place * number % 97)),),
                 state=None if place % 2 else {f"train-slot {slot}": str(number * slot % 89) for slot in range(place % 9)}) for place in range(turns))
    return Dialogue(corpus=UPLOAD, id=f"made up {number}", split="all", turns=tuple(said), domains=frozenset({"train"}))


def written(path: Path, form: str, dialogues: Iterator[Dialogue], size: int | None = None) -> tuple[int, int]:
    """Write dialogues until the file is nearly as large as wanted; how many dialogues and utterances there are."""
    sizes: list[int] = []

    def enough() -> Iterator[Dialogue]:
        for dialogue in dialogues:
            if size is not None and stream.tell() > size * 0.995:
                return
            sizes.append(len(dialogue.turns))
            yield dialogue

    with path.open("w", encoding="utf-8", newline="") as stream:
        for piece in EXPORTS[form].pieces(enough()):
            stream.write(piece)
    return len(sizes), sum(sizes)


def read(path: Path) -> dict[str, int]:
    done = subprocess.run([sys.executable, "-c", READ, str(path)], cwd=REPOSITORY, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("form", list(EXPORTS))
def test_a_large_file_takes_a_few_times_its_size_in_memory(tmp_path: Path, form: str) -> None:
    path = tmp_path / "large"
    dialogues, turns = written(path, form, map(talk, count()), SIZE)
    found = read(path)
    print(form, path.stat().st_size, found)
    assert SIZE * 0.98 < path.stat().st_size <= SIZE
    assert (found["format"], found["dialogues"], found["turns"]) == (form, dialogues, turns)
    assert found["bytes"] < MEMORY
    assert found["shares"] > 5 and found["rising"]


SHAPES: dict[str, Callable[[], Iterator[Dialogue]]] = {"one of 100,000 utterances": lambda: iter([talk(1, 100_000)]),
                                                       "10,000 dialogues": lambda: map(talk, range(10_000))}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("form", ["transcript", "openai_chat"])
def test_long_dialogues_and_many_dialogues(tmp_path: Path, form: str, shape: str) -> None:
    path = tmp_path / "long"
    dialogues, turns = written(path, form, SHAPES[shape]())
    found = read(path)
    assert (found["format"], found["dialogues"], found["turns"]) == (form, dialogues, turns)
    assert found["bytes"] < MOST_MEMORY
