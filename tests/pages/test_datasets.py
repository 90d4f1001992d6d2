"""The page Datasets: pairs with filters, the paper's figures, and a reader that shows records verbatim and reads nothing before it is asked."""

from __future__ import annotations

import json
import shutil
from html import escape
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from engine.paths import REPOSITORY
from engine.zoo.pairs import PAIRS
from tests.pages.screen import html, open_page, words
from tests.pages.test_hostile_text import HOSTILE
from tests.unit.test_zoo_stats import REPORT, put


@pytest.fixture(autouse=True)
def no_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of checkpoints without recorded counts."""
    monkeypatch.setenv("DIALATLAS_CHECKPOINTS", str(tmp_path / "shelf"))
    return tmp_path / "shelf"


def pairs_of(screen: AppTest) -> pd.DataFrame:
    """The rows of the table of pairs."""
    return pd.DataFrame(screen.dataframe[0].value)


def said(screen: AppTest) -> str:
    return "\n".join([*(element.value for element in [*screen.markdown, *screen.info, *screen.warning]), words(screen)])


def figures(screen: AppTest) -> list[str]:
    """What is said of each figure to those who cannot see it."""
    return [figure.proto.alt for figure in screen.get("plotly_chart")]


def test_without_counts_cards_and_samples_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = open_page("datasets", monkeypatch)
    assert not screen.exception and not screen.error and not screen.warning
    assert "**75 published pairs of task and set.**" in said(screen) and "The paper says 73, as its Table 1 counts" in said(screen)
    assert "`python -m engine zoo build`" in said(screen)
    assert len(pairs_of(screen)) == len(PAIRS)
    assert "[dialqa] [USR] " in words(screen) and "recorded · written by us" in badges(screen)
    assert "Our reading, not the paper's numbers" in words(screen)


def badges(screen: AppTest) -> str:
    return "\n".join(element.value for element in screen.markdown if "-badge[" in element.value).replace("\\", "")


def test_counts_say_whether_they_are_of_this_machine(no_record: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(no_record / "zoo")
    screen = open_page("datasets", monkeypatch)
    assert "recorded · the build whose counts" in badges(screen)
    put(tmp_path / "cache" / "zoo")
    assert "measured · the build on this machine" in badges(screen.run())
    table = pairs_of(screen).set_index("pair")
    assert table.loc["dst/woz", ["splits", "left_out"]].tolist() == ["train, test", "10 equal to a test input"]
    assert table.loc["dst/sgd", ["read", "train"]].tolist() == [300, 240]


def test_three_figures_say_what_they_find(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "cache" / "zoo")
    screen = open_page("datasets", monkeypatch)
    one, four, two = figures(screen)
    assert one.startswith("DST has most training samples here, 300 of 500; the largest set is sgd for DST with 240, 48 % of all. Without any: NLG, SUM")
    assert "56.7 % of 10,661,579 samples are self-supervised" in four and "Here 24.0 % are self-supervised" in four
    assert two.startswith("CHAT needs most of both")
    by_table = open_page("datasets", monkeypatch, datasets_levels="Table 1")
    assert figures(by_table)[2].startswith("KGDIAL, TXT2SQL need most of both: multiple turns, and structured knowledge")
    screen.toggle(key="datasets_samples_table").set_value(True).run()
    assert list(pd.DataFrame(screen.dataframe[1].value)["train"]) == [240, 120, 80, 60]


def test_filters_keep_what_they_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "cache" / "zoo")
    screen = open_page("datasets", monkeypatch, datasets_task="DST", datasets_origin="our fill-in", datasets_here="With training samples")
    assert list(pairs_of(screen)["pair"]) == ["dst/sgd", "dst/woz"]
    nothing = open_page("datasets", monkeypatch, datasets_task="EMO", datasets_here="With training samples")
    assert "No pair meets these choices." in said(nothing) and not nothing.exception


def test_a_pair_in_the_address_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = open_page("datasets", monkeypatch, datasets_pair="intent/banking77", datasets_split="test")
    record = (REPOSITORY / "samples" / "zoo" / "banking77" / "test.csv").read_text().splitlines()[1].rpartition(",")[0].strip('"')
    assert escape(record) in html(screen)
    assert f"[intent] [USR] {record} [EK] " in words(screen)
    assert "(test)" in words(screen)
    assert ">BANKING77, named by the paper<" in html(screen) and ">CC BY 4.0" in html(screen)
    assert "https://" in html(screen) and "<a " not in html(screen), "a location is plain text"


@pytest.mark.parametrize("key", ["datasets_pair", "datasets_task", "datasets_origin", "datasets_levels", "datasets_split", "datasets_tokens"])
def test_nonsense_in_the_address_is_told(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = open_page("datasets", monkeypatch, **{key: "moon"})
    assert [warning.value for warning in screen.warning if "moon" in warning.value]
    assert not screen.exception


def published(tmp_path: Path, text: str) -> None:
    """CANARD's files where the data folder has them, ``text`` in the first question of train."""
    shutil.copytree(REPOSITORY / "samples" / "zoo" / "canard", tmp_path / "data" / "canard")
    path = tmp_path / "data" / "canard" / "train.json"
    rows = json.loads(path.read_text())
    rows[0]["Question"] = text
    path.write_text(json.dumps(rows))


def test_a_published_file_is_read_only_when_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published(tmp_path, "Which umbrella was it?")
    screen = open_page("datasets", monkeypatch, datasets_pair="rew/canard", datasets_place="Published file", datasets_split="train")
    assert "Nothing of the published file has been read" in said(screen) and "umbrella" not in html(screen)
    screen.button(key="datasets_read").click().run()
    assert "Which umbrella was it?" in html(screen) and "Which umbrella was it? [EK] none [C]" in words(screen)
    assert "recorded · the published file on this machine" in badges(screen)
    screen.number_input(key="datasets_number_rew/canard_published_train").set_value(9_000).run()
    assert "umbrella" not in html(screen), "another sample has not been asked for"
    screen.button(key="datasets_read").click().run()
    assert "samples; choose a number from 1 to" in screen.warning[0].value
    assert not screen.exception


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_record_is_shown_as_it_is(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published(tmp_path, HOSTILE[kind])
    screen = open_page("datasets", monkeypatch, datasets_pair="rew/canard", datasets_place="Published file", datasets_split="train")
    screen.button(key="datasets_read").click().run()
    assert escape(HOSTILE[kind]) in html(screen)
    read = [*screen.markdown, *screen.caption, *screen.info, *screen.warning, *screen.error]
    assert not [element for element in read if HOSTILE[kind] in element.value]
    assert not screen.exception and not screen.error


def test_a_damaged_file_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published(tmp_path, "x")
    (tmp_path / "data" / "canard" / "train.json").write_text("[{")
    screen = open_page("datasets", monkeypatch, datasets_pair="rew/canard", datasets_place="Published file", datasets_split="train")
    screen.button(key="datasets_read").click().run()
    assert "train.json" in screen.warning[0].value and str(tmp_path) not in screen.warning[0].value.replace("\\", "")
    assert len(figures(screen)) == 2, "the rest of the page is there"


def test_damaged_counts_are_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "cache" / "zoo", "{")
    screen = open_page("datasets", monkeypatch)
    assert "not the counts of a build" in screen.error[0].value and not screen.exception


def test_a_partial_build_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "cache" / "zoo", REPORT | {"pairs": [], "absent": []})
    screen = open_page("datasets", monkeypatch)
    assert set(pairs_of(screen)["absent"]) == {"not built"}
    assert "No training samples have been counted" in said(screen) and not screen.exception


def test_what_is_made_from_dialogues_can_be_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = open_page("datasets", monkeypatch, datasets_pair="reo/metalwoz")
    assert "[reo] [USR] " in words(screen) and "made from the dialogues" in html(screen) and not screen.exception and not screen.warning
    short = open_page("datasets", monkeypatch, datasets_pair="reo/woz")
    assert "long enough" in said(short) and not short.exception
