"""Coverage: measures by hand, ranks that keep their promise, statistics of toy corpora, no test split, and the fake's contract."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from shutil import copytree
from typing import Any

import numpy as np
import pytest

from engine.__main__ import main
from engine.corpora import CORPORA
from engine.corpora.mixture import NINE
from engine.coverage import EDGE, INSIDE, ORDINARY, Reference, known, lengths, mark, measure, middle, packed, ranks, union, unknown_words, verdict, words
from engine.dialogue.model import Dialogue, Turn
from engine.dialogue.samples import samples
from engine.errors import InputError, MissingDataError
from engine.paths import REPOSITORY
from engine.serve.base import Coverage, Predictor
from engine.serve.fake import open_fake
from engine.serve.local import LocalPredictor
from engine.train import coverage as making
from engine.train.coverage import Plan, make, splits
from tests.unit import tiny, tiny_shipped

SALAD = tiny.said("xylophone quartz defenestrate marmalade", "obelisk wombat trapezoid fjord", "zephyr quixotic gargoyle")
CODE = tiny.said("def main(argv): return sys.exit(parse(argv))", "import numpy as np; np.linalg.svd(matrix)")


def drawn(count: int = 110) -> list[Dialogue]:
    """Small talk about hotels and taxis of a few words, by a seed."""
    rng = Random(0)
    return [tiny.said(*(" ".join(rng.choices(["the", "hotel", "taxi", "is", "you", "to", "it", "a"], k=rng.randint(3, 6)))
                        for _ in range(rng.randint(3, 5))), id=str(number)) for number in range(count)]


# Measures and ranks


def test_words_and_their_marks() -> None:
    said = words([Turn(speaker="user", text="I’d like 2 rooms, REF A7X9!")])
    assert said == ["i'd", "like", "#", "rooms", "ref", "#"]
    vocabulary = np.array(sorted(map(mark, ["like", "#"])), dtype=np.uint32)
    assert known(said, vocabulary) == [False, True, True, False, False, True]


def test_lengths_have_a_middle_and_a_spread_that_is_never_nothing() -> None:
    turns = tiny.said("one two three", "four").turns
    assert lengths(turns) == pytest.approx((np.log(2), np.log(2)))
    assert middle([lengths(turns)] * 5)[1] > 0.1


def reference(states: Any, vocabulary: list[str], held_out: Any) -> Reference:
    return Reference(corpus="c", states_RD=packed(np.array(states, dtype=float)), vocabulary=np.array(sorted(map(mark, vocabulary)), dtype=np.uint32),
                     middle=np.array([np.log(2), 0.5, np.log(2), 0.5], dtype=np.float32), held_out_CM=np.array(held_out, dtype=np.float32))


def test_the_three_measures_by_hand() -> None:
    one = reference([[1, 0], [1, 0], [0, 1], [0, 2]], ["a", "taxi"], np.zeros((0, 3)))
    other = reference([[1, 0]], ["now"], np.zeros((0, 3)))
    turns = tiny.said("a taxi please now", "a taxi please now").turns
    meaning, unknown, length = measure(turns, np.array([3.0, 0.0]), one, union([one, other]))
    assert meaning == pytest.approx(1 - 2 / 3, abs=0.02) and unknown == 0.25 and length == pytest.approx(np.log(2) / 0.5)
    assert measure(tiny.said("a taxi now").turns, np.array([3.0, 0.0]), one, union([one, other]))[1] == ORDINARY
    assert list(unknown_words(turns, one.vocabulary)) == ["please", "now"]


def test_p_is_uniform_for_exchangeable_dialogues_and_small_for_others() -> None:
    rng = np.random.default_rng(0)
    points = rng.normal(size=(2000, 3))
    ps = [ranks(tuple(points[n]), np.delete(points[n - n % 100:n - n % 100 + 100], n % 100, axis=0)).p for n in range(2000)]
    assert np.mean(np.array(ps) >= INSIDE) == pytest.approx(1 - INSIDE, abs=0.03)
    assert np.mean(np.array(ps) < 0.5) == pytest.approx(0.5, abs=0.05)
    assert ranks((0.0, 9.0, 0.0), points[:199]).p == pytest.approx(3 / 200, abs=0.001)
    assert [verdict(p) for p in (INSIDE, INSIDE - 1e-9, EDGE, EDGE - 1e-9)] == ["inside", "at the edge", "at the edge", "outside"]


# Making them


def test_only_training_splits_are_read() -> None:
    assert set(NINE) <= set(splits()) and {"oos", "multiwoz21", "dstc2", "gsim"} <= set(splits()) and len(splits()) == 13
    for corpus, names in splits().items():
        published_in_one_piece = "test" not in CORPORA[corpus].card.splits and names == ("all",)
        assert published_in_one_piece or not [name for name in names if any(word in name for word in ("test", "heldout", "all"))], corpus


def test_the_maker_asks_for_no_other_split(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[str] = []

    class Watched:
        card = CORPORA["toy"].card

        def read(self, folder: Path, split: str) -> Iterator[Dialogue]:
            asked.append(split)
            return iter(drawn())

    monkeypatch.setattr(making, "CORPORA", {"toy": Watched()})
    plan = Plan(splits={"toy": ("train", "dev")}, reference=10, held_out=20)
    one = making.draw("toy", plan, tmp_path, print)
    assert set(asked) == {"train", "dev"} and one.dialogues == 220
    assert (len(one.reference), len(one.held_out)) == (10, 20)
    assert [making.draw("toy", plan, tmp_path, print).held_out] == [one.held_out]
    assert making.draw("toy", replace(plan, seed=1), tmp_path, print).held_out != one.held_out


def test_words_of_held_out_dialogues_do_not_count(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    marked = [tiny.said(f"word{chr(97 + number)} hotel", id=str(number)) for number in range(20)]
    monkeypatch.setattr(making, "_dialogues", lambda *_: iter(marked))
    one = making.draw("toy", Plan(splits={"toy": ("train",)}, reference=10, held_out=10), tmp_path, print)
    own = {words(dialogue.turns)[0] for dialogue in one.held_out}
    assert len(own) == 10 and not own & set(one.vocabulary) and len(one.vocabulary) == 11


def test_a_corpus_with_too_few_dialogues_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="dialogues are too few"):
        making.draw("woz2", Plan(splits={"woz2": ("train",)}), REPOSITORY / "samples", print)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny variant with statistics of made-up dialogues."""
    root = tmp_path_factory.mktemp("coverage")
    with tiny_shipped.home(root / "checkpoints"), pytest.MonkeyPatch.context() as patch:
        tiny_shipped.ship(tiny.bert(root / "bert"), "bert", tasks=())
        patch.setattr(making, "_dialogues", lambda *_: iter(drawn()))
        assert make(Plan(splits={"toy": ("train",)}, reference=30, held_out=80, max_tokens=64), REPOSITORY / "samples") == {"toy": 110}
    return root / "checkpoints"


@pytest.fixture
def local(shelf: Path) -> Iterator[LocalPredictor]:
    with tiny_shipped.home(shelf):
        yield LocalPredictor()


def test_the_card_says_where_the_statistics_come_from(shelf: Path) -> None:
    card = json.loads((shelf / "coverage" / "reference.json").read_text(encoding="utf-8"))
    assert card["corpora"]["toy"]["splits"] == ["train"] and card["corpora"]["toy"]["licence"] == CORPORA["toy"].card.licence
    assert card["plan"]["seed"] == 0 and card["encoder"]["variant"] == "bert" and card["corpora"]["toy"]["held_out"] == 80
    text = (shelf / "coverage" / "reference.safetensors").read_bytes() + json.dumps(card).encode()
    assert not any(dialogue.turns[0].text.encode() in text for dialogue in drawn())


def test_training_dialogues_are_inside_as_often_as_the_rule_says(local: LocalPredictor) -> None:
    verdicts = [local.coverage(dialogue).verdict for dialogue in drawn()]
    assert verdicts.count("inside") >= 0.8 * len(verdicts)


@pytest.mark.parametrize("strange", [SALAD, CODE], ids=["salad", "code"])
def test_salad_and_code_are_not_inside(local: LocalPredictor, strange: Dialogue) -> None:
    found = local.coverage(strange)
    assert found.verdict != "inside" and found.corpora[0].words < 0.05 and len(found.unknown) > 5


def test_statistics_of_other_weights_are_refused(local: LocalPredictor, shelf: Path, tmp_path: Path) -> None:
    copytree(shelf, tmp_path / "other")
    card = tmp_path / "other" / "variants" / "bert" / "encoder.json"
    card.write_text(card.read_text(encoding="utf-8").replace('"variant_fingerprint": "', '"variant_fingerprint": "x'), encoding="utf-8")
    with tiny_shipped.home(tmp_path / "other"), pytest.raises(MissingDataError, match=r"made with another encoder; make it with `python -m engine coverage`"):
        LocalPredictor().coverage(SALAD)


def test_without_statistics_it_says_what_to_do(shelf: Path, tmp_path: Path) -> None:
    copytree(shelf / "variants", tmp_path / "bare" / "variants")
    with tiny_shipped.home(tmp_path / "bare"), pytest.raises(MissingDataError, match="no coverage statistics of these weights"):
        LocalPredictor().coverage(SALAD)


def test_the_verb_names_its_corpora(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["coverage", "--data", str(tmp_path), "--corpora", "camrest"]) == 2
    assert "unknown training corpus 'camrest'; did you mean 'camrest676'?" in capsys.readouterr().err


# The contract


@pytest.fixture(params=["fake", "local"])
def predictor(request: pytest.FixtureRequest) -> Predictor:
    return open_fake() if request.param == "fake" else request.getfixturevalue("local")


def test_the_contract(predictor: Predictor) -> None:
    found: Coverage = predictor.coverage(samples()["taxi"])
    assert found == predictor.coverage(samples()["taxi"]) and found.rule.endswith(".") and found.made
    assert [one.p for one in found.corpora] == sorted((one.p for one in found.corpora), reverse=True)
    assert all(0 <= share <= 1 for one in found.corpora for share in (one.p, one.meaning, one.words, one.length, one.unknown))
    assert found.verdict == verdict(found.corpora[0].p) and found.turns == len(samples()["taxi"].turns) and found.words > 10
    assert len(set(found.unknown)) == len(found.unknown) and set(found.unknown) <= set(words(samples()["taxi"].turns))
    with pytest.raises(InputError, match="the dialogue has no"):
        predictor.coverage(Dialogue(corpus="c", id="i", split="all", turns=()))


def test_the_fake_knows_three_verdicts() -> None:
    assert open_fake().coverage(samples()["thai restaurant"]).verdict == "inside"
    assert open_fake().coverage(SALAD).verdict == "outside"
