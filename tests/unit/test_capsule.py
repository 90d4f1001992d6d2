"""Capsules: what is packed comes back, broken files are one sentence, and verification tells equal from near from different."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.__main__ import main
from engine.dialogue.lineage import begin
from engine.dialogue.model import Dialogue, Span, Turn
from engine.dialogue.samples import samples
from engine.errors import InputError
from engine.paths import REPOSITORY
from engine.serve.base import Prediction, Predictor, ProbeQuestion
from engine.serve.capsule import Capsule, Probed, asked_of, capsule, pack, snippet
from engine.serve.capsule_check import TOLERANCE, verify
from engine.serve.capsule_file import FIELDS, unpack
from engine.serve.fake import FakePredictor, open_fake
from engine.serve.local import LocalPredictor
from tests.unit import tiny, tiny_shipped

NASTY = "line\nbreak \"quoted\" '''triple''' {braces} \\ back ☃ 𝄞 <b>"
NAMES = ("bert", "crm")


def annotated() -> Dialogue:
    """A sample with every kind of annotation and words that are hard to keep."""
    first, *others = samples()["thai restaurant"].turns
    marked = replace(first, text=NASTY, intent="find", spans=(Span(start=0, end=4, label="x"),), acts=(), state={})
    return samples()["thai restaurant"].with_turns([marked, *others])


def made(predictor: Predictor, dialogue: Dialogue, names: Sequence[str] = NAMES) -> Capsule:
    """A capsule with answers, a probe and a lineage."""
    said = predictor.compare(dialogue, variants=names, tasks=predictor.card.tasks, candidates=["Never said."])
    question = ProbeQuestion(objective="dsp", turns=(Turn(speaker="user", text="a taxi to the hotel"),))
    return capsule(predictor, dialogue, page="compare", options={"compare_tasks": ["Intent", "Dialogue act"], "compare_differences": ["true"]},
                   typed={"compare_candidates": "Never said."}, asked=[asked_of(said, ["Never said."])], seed=3,
                   probes=[Probed(question=question, answers=tuple(predictor.probe(question, variants=names)))],
                   lineage=begin(dialogue.until(2)).then(dialogue, "grew").undo().then(dialogue, "grew again"))


@pytest.fixture(scope="module")
def one() -> Capsule:
    return made(open_fake(), annotated())


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two shipped variants, written once."""
    root = tmp_path_factory.mktemp("capsule")
    base = tiny.bert(root / "bert")
    with tiny_shipped.home(root / "checkpoints"):
        for seed, name in enumerate(("bert", "mlm")):
            tiny_shipped.ship(base, name, seed=seed)
    return root / "checkpoints"


@pytest.fixture
def local(shelf: Path) -> Iterator[LocalPredictor]:
    with tiny_shipped.home(shelf):
        yield LocalPredictor()


# The file


def test_what_is_packed_comes_back(one: Capsule) -> None:
    back = unpack(pack(one))
    assert back == replace(one, options={key: tuple(values) for key, values in one.options.items()})
    assert pack(back) == pack(one) and set(json.loads(pack(one))) == set(FIELDS)
    assert back.dialogue.turns[0].text == NASTY and back.dialogue.turns[0].state == {} and back.dialogue.turns[0].acts == ()
    assert back.lineage and back.lineage.path == (0, 2) and back.seed == 3


def test_it_says_what_stood_behind_the_answers(one: Capsule) -> None:
    assert one.fingerprints == {"bert": "fake-bert", "crm": "fake-crm"}
    assert len(one.files) == 2 * (1 + len(open_fake().card.tasks) + 1) and all(len(digest) == 64 for digest in one.files.values())
    assert "torch" in one.versions and one.commit and one.created.endswith("+00:00") and one.predictor == "fake"


def changed(one: Capsule, path: str, value: Any) -> bytes:
    """The file with one value replaced (``...``: removed) at a JSON pointer."""
    whole: Any = json.loads(pack(one))
    *above, last = path.strip("/").split("/")
    place = whole
    for key in above:
        place = place[int(key) if isinstance(place, list) else key]
    at: Any = int(last) if isinstance(place, list) else last
    if value is ...:
        del place[at]
    else:
        place[at] = value
    return json.dumps(whole).encode()


@pytest.mark.parametrize(("path", "value", "told"), [
    ("/dialatlas_capsule", 2, "the capsule is of version 2, and only version 1 is known here; open it"),
    ("/dialatlas_capsule", True, "the capsule is of version True"),
    ("/dialatlas_capsule", ..., "the file is not a capsule: it lacks the field 'dialatlas_capsule'"),
    ("/extra", 1, "top level: the field 'extra' is not known here; remove it; known are dialatlas_capsule"),
    ("/dialogue/turns/0/colour", "red", "/dialogue/turns/0: the field 'colour' is not known here"),
    ("/dialogue/turns/0/speaker", "robot", "/dialogue/turns/0/speaker: the speaker 'robot' is not known"),
    ("/dialogue/turns/0/spans", [[3, 9999, "x"]], "/dialogue/turns/0/spans/0: the span is not within its utterance"),
    ("/dialogue/turns", [], "/dialogue/turns: a capsule's dialogue has between 1 and 2,000 utterances, not 0"),
    ("/dialogue/turns", [{"speaker": "user", "text": "x"}] * 2001, "not 2,001"),
    ("/page", "../../etc/passwd", "/page: this is not the name of a page"),
    ("/page", ..., "the key 'page' is missing"),
    ("/options/compare_tasks", "Intent", "/options/compare_tasks: a list is expected here"),
    ("/asked", [{}] * 101, "/asked: there are 101 entries, more than 100"),
    ("/asked/0/predictions/0/turn", 99, "the dialogue has 10 utterances, counted from 0"),
    ("/asked/0/predictions/0/turn", "0", "/asked/0/predictions/0/turn: a whole number is expected here"),
    ("/asked/0/predictions/0/scores", {"a": float("inf")}, "/asked/0/predictions/0/scores/a: a finite number is expected"),
    ("/asked/0/predictions/0/scores", {"a": True}, "a finite number is expected"),
    ("/asked/0/predictions/0/answer", 7, "text is expected here, not 7"),
    ("/asked/0/predictions/0/answer", ..., "the key 'answer' is missing"),
    ("/probes/0/answers/0/head", "borrowed", "a head is 'trained' or a 'linear probe'"),
    ("/lineage/current", 9, "/lineage/current: there are 3 versions"),
    ("/lineage/versions/2/parent", 2, "/lineage/versions/2: a version's parent is an earlier version"),
    ("/lineage/versions/1/parent", None, "/lineage/versions/1: a version's parent is an earlier version"),
    ("/seed", "three", "/seed: a whole number is expected here"),
])
def test_each_fault_is_one_sentence(one: Capsule, path: str, value: Any, told: str) -> None:
    with pytest.raises(InputError) as caught:
        unpack(changed(one, path, value))
    assert told in caught.value.sentence
    assert caught.value.sentence.endswith(".") and "\n" not in caught.value.sentence and len(caught.value.sentence) < 500


@pytest.mark.parametrize(("data", "told"), [
    (b"", "not valid JSON"), (b"[]", "the file is not a capsule"), (b"\xff\xfe{}", "the file is not UTF-8 text (byte 0)"),
    (b"[" * 100_000, "nested"), (b'{"dialatlas_capsule":' + b"[" * 60 + b"]" * 60 + b"}", "the JSON is nested more than 50 deep"),
    (b" " * 20_000_001, "the file has 20,000,001 bytes, more than 20,000,000"), (b'{"dialatlas_capsule": 1}', "the key 'dialogue' is missing"),
    (b'{"dialatlas_capsule": ' + b"9" * 5000 + b"}", "not usable JSON"), (b"{\"dialatlas_capsule\": 1, \"\\u0000\\ud800\": 2}", "is not known here"),
], ids=range(9))
def test_what_is_no_capsule_is_one_sentence(data: bytes, told: str) -> None:
    with pytest.raises(InputError) as caught:
        unpack(data)
    assert told in caught.value.sentence and "\n" not in caught.value.sentence and len(caught.value.sentence) < 500


def test_no_cut_or_flipped_file_is_a_traceback(one: Capsule) -> None:
    data = pack(one)
    for number in range(200):
        place = number * len(data) // 200
        for broken in (data[:place], data[:place] + bytes([data[place] ^ 0x15]) + data[place + 1:]):
            with suppress(InputError):  # anything else is a fault of ours
                unpack(broken)


# Verification


class Drifted(FakePredictor):
    """The fake, with every score moved by a little."""

    def __init__(self, drift: float) -> None:
        super().__init__()
        self.drift = drift

    def compare(self, *given: Any, **named: Any) -> list[Prediction]:
        return [replace(one, scores={label: score - self.drift for label, score in one.scores.items()}) for one in super().compare(*given, **named)]


def test_the_same_models_give_the_same_numbers(one: Capsule) -> None:
    told: list[float] = []
    outcome = verify(unpack(pack(one)), open_fake(), lambda share, words: told.append(share))
    assert outcome.reproduced and {line.status for line in outcome.lines} == {"identical"} and all(fact.same for fact in outcome.facts)
    assert len(outcome.lines) == len(one.asked[0].predictions) + 2 and told == sorted(told) and told[-1] == 1.0
    assert "Weights, versions and commit are the same as here." in outcome.sentence


@pytest.mark.parametrize(("drift", "status"), [(TOLERANCE / 4, "within 1e-5"), (TOLERANCE * 4, "different")])
def test_near_and_different_are_told_apart(one: Capsule, drift: float, status: str) -> None:
    outcome = verify(one, Drifted(drift))
    scored = [line for line in outcome.lines if line.turn is not None and line.gap]
    assert scored and {line.status for line in scored} == {status} and outcome.reproduced == (status != "different")
    assert max(line.gap or 0 for line in scored) == pytest.approx(drift) and f"differ by at most {drift:.2g}" in outcome.sentence


def test_another_answer_with_the_same_numbers_is_different(one: Capsule) -> None:
    first, *others = one.asked[0].predictions
    outcome = verify(replace(one, asked=(replace(one.asked[0], predictions=(replace(first, answer="other"), *others)),)), open_fake())
    assert [line.status for line in outcome.lines].count("different") == 1 and not outcome.reproduced


def test_what_differs_behind_the_numbers_is_named(one: Capsule) -> None:
    other = replace(one, files=dict.fromkeys(one.files, "0" * 64), versions={**one.versions, "torch": "0.1", "unheard": "1"}, commit="c", predictor="local")
    outcome = verify(other, open_fake())
    assert f"{len(one.files)} weight files, 2 versions, 1 commit, 1 predictor" in outcome.sentence and outcome.reproduced


def test_variants_and_tasks_that_are_not_here_are_not_answered(one: Capsule) -> None:
    asked = one.asked[0]
    strange = replace(asked, variants=("gone",), tasks=("sing",), predictions=tuple(replace(line, variant="gone", task="sing") for line in asked.predictions))
    nonsense = replace(one.probes[0], question=replace(one.probes[0].question, objective="nsp"))
    outcome = verify(replace(one, asked=(strange,), probes=(nonsense,)), open_fake())
    assert {line.status for line in outcome.lines} == {"not answered here"} and not outcome.reproduced


# Real networks


def test_a_capsule_of_real_weights_is_verified_and_its_hashes_are_those_of_the_files(local: LocalPredictor, shelf: Path) -> None:
    one = made(local, samples()["taxi"], ("bert", "mlm"))
    assert {name for name in one.files if not name.startswith("base/")} == {
        f"variants/{name}/{part}.safetensors" for name in ("bert", "mlm")
        for part in ("encoder", "objective-dsp", *(f"{task}-{corpus}" for task, corpus in tiny_shipped.CORPUS.items()))}
    assert verify(unpack(pack(one)), local).reproduced
    path = shelf / "variants" / "mlm" / "intent-oos.safetensors"
    before = path.read_bytes()
    try:
        path.write_bytes(before[:-1] + bytes([before[-1] ^ 64]))
        differing = [fact.name for fact in verify(one, local).facts if fact.kind == "weights" and not fact.same]
    finally:
        path.write_bytes(before)
    assert differing == ["variants/mlm/intent-oos.safetensors"]


def test_the_program_runs_and_gives_the_same_numbers(local: LocalPredictor, shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = made(local, annotated(), ("bert", "mlm"))
    (tmp_path / "capsule.json").write_bytes(pack(one))
    (tmp_path / "snippet.py").write_text(one.snippet, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    done = subprocess.run([sys.executable, "snippet.py", "capsule.json"], cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    *said, first, second = map(json.loads, done.stdout.splitlines())
    before = one.asked[0].predictions
    assert [(row["variant"], row["task"], row["turn"]) for row in said] == [(line.variant, line.task, line.turn) for line in before]
    for row, line in zip(said, before, strict=True):
        assert row["scores"] == pytest.approx(dict(line.scores), abs=TOLERANCE)
    assert [tuple(row["guess"]) for row in (first, second)] == [answer.guess for answer in one.probes[0].answers]


def test_the_program_is_made_of_names_and_numbers_alone(one: Capsule) -> None:
    hostile = replace(one, predictor='x"]; import os #', asked=(replace(one.asked[0], variants=('a"]); import os #',)),))
    compile(snippet(hostile), "snippet", "exec")
    assert not [row for row in snippet(hostile).splitlines() if row.strip().startswith("import os")]


# The command line


def saved(one: Capsule, folder: Path) -> str:
    (folder / "capsule.json").write_bytes(pack(one))
    return str(folder / "capsule.json")


def test_the_verb_verifies(one: Capsule, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["capsule", saved(one, tmp_path), "--predictor", "fake"]) == 0
    assert f"Of {len(one.asked[0].predictions) + 2} answers: " in capsys.readouterr().out
    assert main(["capsule", saved(one, tmp_path), "--predictor", "fake", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["reproduced"] is True


def test_the_verb_ends_with_one_where_numbers_differ(one: Capsule, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, *others = one.asked[0].predictions
    lied = replace(one, asked=(replace(one.asked[0], predictions=(replace(first, scores={"a": 0.9}), *others)),))
    assert main(["capsule", saved(lied, tmp_path), "--predictor", "fake"]) == 1
    out, err = capsys.readouterr()
    assert "different" in out and err.endswith(".\n") and "not every answer is reproduced" in err


def test_the_verb_prints_our_program_never_the_files(one: Capsule, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["capsule", saved(replace(one, snippet="import os"), tmp_path), "--snippet"]) == 0
    assert capsys.readouterr().out == snippet(one)
    assert main(["capsule", str(tmp_path / "none.json")]) == 2
