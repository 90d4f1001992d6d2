"""The verb ``abilities`` on tiny encoders and made-up dialogues: every row, resumed, and states as they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest

from engine.__main__ import main
from engine.dialogue.model import Act, Dialogue, Span, Turn
from engine.errors import InputError
from engine.models.encoder import read
from engine.models.store import variant_encoder
from engine.models.tokens import TextForm
from engine.probing import PROBES, SCORES
from engine.probing.base import Question
from engine.results import abilities as rows
from engine.results.abilities import Measurement, frame
from engine.tasks import TASKS
from engine.tasks.base import Example
from engine.train import abilities, features
from tests.unit import tiny, tiny_shipped

CELLS = [("intent", "oos", "default"), ("dialogue_act", "gsim", "released"), ("response_selection", "gsim", "paper"), ("state_tracking", "multiwoz21", "paper")]
FOOD, AREA = ("thai", "greek", "indian"), ("north", "south", "east")


def made(split: str, count: int = 60) -> list[Dialogue]:
    """Dialogues of six turns with acts, states and spans, different in every split."""
    rng, found = Random(split), []
    for number in range(count):
        food, area, mark = rng.choice(FOOD), rng.choice(AREA), f"{split} {number}"
        said = [(f"hello {mark}", {}, "hello"), (f"{food} food {mark}", {"restaurant-food": food}, "inform"),
                (f"in the {area} {mark}", {"restaurant-food": food, "hotel-area": area}, "request")]
        turns = [turn for text, state, act in said for turn in (
            Turn(speaker="user", text=text, acts=(Act(name=act),), state=state, spans=(Span(start=0, end=len(text.split()[0]), label=act),)),
            Turn(speaker="system", text=f"fine {rng.randrange(10**6)}", acts=(Act(name="offer"),), spans=()))]
        found.append(Dialogue(corpus="c", id=f"{split}-{number}", split=split, turns=tuple(turns)))
    return found


def made_cell(task: str, corpus: str, protocol: str, data_root: Path, count: int, seed: int) -> features.Cell:
    targets = {"intent": ("a", "b"), "dialogue_act": (("bye",), ("bye", "inform")), "response_selection": ("", ""),
               "state_tracking": ({"hotel-area": "north"}, {"hotel-stars": "4"})}[task]
    examples = [Example(id=f"{one.id}#1", corpus=corpus, turns=one.turns[:1 + number % 3], target=targets[number % 2], response=one.turns[1].text)
                for number, one in enumerate(made("train", count))]
    return features.Cell(task=task, corpus=corpus, protocol=protocol, examples=examples)


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("shipped")
    base = tiny.bert(folder / "base")
    with tiny_shipped.home(folder / "checkpoints"):
        for seed, name in enumerate(("mlm", "crm")):
            tiny_shipped.ship(base, name, tasks=(), seed=seed)
        yield folder


@pytest.fixture
def corpora(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[str, str]]:
    """Made-up dialogues in place of published ones; the list holds what was read."""
    asked: list[tuple[str, str]] = []

    def dialogues(self: abilities.Questions, corpus: str, split: str) -> list[Dialogue]:
        asked.append((corpus, split))
        return made(split.rpartition(":")[2])

    monkeypatch.setattr(abilities.Questions, "_dialogues", dialogues)
    monkeypatch.setattr(features, "cell", made_cell)
    monkeypatch.setattr(features, "cell_names", lambda: CELLS)
    (tmp_path / "data").mkdir()
    return asked


def test_the_verb_measures_everything_once(shipped: Path, corpora: list[tuple[str, str]], capsys: pytest.CaptureFixture[str]) -> None:
    command = ["abilities", "--variants", "mlm,crm", "--examples", "40"]
    assert main(command) == 0
    found = rows.read()
    assert [row.kind for row in found] == (["ability"] * len(PROBES) + ["transferability"] * len(CELLS)) * 2 + ["similarity"]
    assert {row.subject for row in found if row.kind == "ability"} == set(PROBES)
    assert {row.group for row in found if row.kind == "ability"} == {PROBES[name].card.ability for name in PROBES}
    assert all(set(row.numbers) == set(SCORES) for row in found if row.kind == "transferability")
    assert all(row.held_out and row.commit == "test" and row.seed == 0 and row.versions for row in found if row.kind == "ability")
    assert 0 <= found[-1].numbers["history"] <= 1
    assert {split.rpartition(":")[2] for _, split in corpora} == {"train", "dev"}
    corpora.clear()
    assert main(command) == 0
    assert rows.read() == found and corpora == []


def test_what_is_missing_is_measured_again_and_comes_out_the_same(shipped: Path, corpora: list[tuple[str, str]]) -> None:
    assert main(["abilities", "--variants", "mlm", "--examples", "40"]) == 0
    before = [(row.subject, row.numbers) for row in rows.read()]
    lines = rows.default_path().read_text(encoding="utf-8").splitlines(keepends=True)
    rows.default_path().write_text("".join(lines[:3]) + lines[3][:20], encoding="utf-8")  # killed while it wrote the fourth
    assert main(["abilities", "--variants", "mlm", "--examples", "40"]) == 0
    assert [(row.subject, row.numbers) for row in rows.read()] == before


def test_too_few_questions_are_told(shipped: Path, corpora: list[tuple[str, str]], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["abilities", "--variants", "mlm", "--examples", "1"]) == 2
    assert "dstc2: no question of the probe user_act is left on held-out dialogues; give --examples a larger number" in capsys.readouterr().err


def test_another_number_of_questions_is_another_plan(shipped: Path, corpora: list[tuple[str, str]]) -> None:
    frozen, other = (abilities.Frozen("mlm", abilities.Plan(examples=count)) for count in (40, 50))
    known = frozenset(row.key for row in abilities.measured(frozen, abilities.Questions(frozen.plan, Path()), abilities.missing(frozen, frozenset())[:2]))
    assert [what for _, what in abilities.missing(frozen, known)][:1] == [list(PROBES)[2]]
    assert len(abilities.missing(other, known)) == len(PROBES) + len(CELLS)


def test_a_wrong_variant_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["abilities", "--variants", "crn"]) == 2
    assert "did you mean 'crm'" in capsys.readouterr().err


def test_states_are_those_of_the_place_in_question(shipped: Path) -> None:
    encoder = variant_encoder("crm").eval()
    form = TextForm(encoder.tokens, 64)
    turn = Turn(speaker="user", text="taxi to hotel")
    asked = [Question(dialogue="d", turns=(turn,), label="x", word=word) for word in (0, 2)]
    ids = form.utterance(turn)
    assert [features.word(question, form) for question in asked] == [(ids, 1), (ids, ids.index(form.tokens.texts(["hotel"])[0][0]))]
    found = features.states(encoder, asked, "word", form)
    assert np.allclose(found, read(encoder, [ids, ids], [(0, 1), (1, features.word(asked[1], form)[1])]).numpy(), atol=1e-5)
    history = features.states(encoder, [replace(asked[0], turns=(turn, turn))], "history", form)
    assert np.allclose(history, read(encoder, [form.history((turn, turn))[0]], [(0, 0)]).numpy(), atol=1e-4)


def test_response_selection_is_true_against_another_rows_response(shipped: Path) -> None:
    encoder = variant_encoder("crm").eval()
    cell = made_cell("response_selection", "gsim", "paper", Path(), 12, 0)
    values, labels, groups = features.features(encoder, cell, TextForm(encoder.tokens, 64))
    assert values.shape == (24, encoder.dim) and len(groups) == 24
    assert labels.tolist() == [[1, 0]] * 12 + [[0, 1]] * 12
    assert not np.allclose(values[:12], values[12:])


def test_labels_that_nearly_all_or_none_have_are_left_out() -> None:
    acts = [("bye", "inform")] * 10 + [("inform",)] * 20 + [("inform", "rare")] * 2
    examples = [Example(id=f"d#{number}", corpus="c", turns=(), target=target) for number, target in enumerate(acts)]
    assert features.labels(TASKS["dialogue_act"].card, examples).sum(axis=0).tolist() == [10]


def measurement(**more: object) -> Measurement:
    given = {"kind": "ability", "variant": "crm", "fingerprint": "old", "plan": "p", "subject": "user_act", "group": "single_turn_representation",
             "numbers": {"selectivity": 0.1}, "examples": 10, "seed": 0, "seconds": 1.0, "hardware": "h", "commit": "c", "command": "x", "versions": {},
             "created": "2026-01-01", **more}
    return Measurement(**given)  # type: ignore[arg-type]


def test_the_newest_weights_of_the_commonest_plan_are_shown() -> None:
    given = [measurement(), measurement(fingerprint="new", created="2026-01-02", numbers={"selectivity": 0.2}), measurement(variant="mlm"),
             measurement(plan="q", created="2026-02-01", numbers={"selectivity": 0.9})]
    shown = frame(given, "ability").set_index("variant")
    assert (shown.at["crm", "selectivity"], shown.at["crm", "fingerprint"], set(shown.index)) == (0.2, "new", {"crm", "mlm"})
    assert frame(given, "similarity").empty


def test_rows_are_checked(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a finite number"):
        measurement(numbers={"selectivity": float("nan")})
    path = tmp_path / "abilities.jsonl"
    rows.append(measurement(), path)
    assert rows.read(path) == [measurement()]
    path.write_text(path.read_text(encoding="utf-8") + '{"kind": "ability"}\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"abilities.jsonl:2: this line is not a result row \(missing:"):
        rows.read(path)
