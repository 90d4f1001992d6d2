"""The first page with the fake predictor: a worked example stands there without a click, and what was measured is told."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from engine.dialogue.samples import samples
from engine.results import store
from engine.serve.fake import open_fake
from engine.serve.questions import gold
from tests.pages.screen import html, open_page, words
from ui.compare_rows import written
from ui.start import SAMPLE, UNTIL


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> AppTest:
    return open_page("start", monkeypatch)


def test_every_variant_has_read_the_example(screen: AppTest) -> None:
    drawn = html(screen)
    assert all(turn.text in drawn for turn in samples()[SAMPLE].turns[:UNTIL])
    assert samples()[SAMPLE].turns[UNTIL].text not in drawn
    assert all(f">{variant.title}<" in drawn for variant in open_fake().card.variants)
    right = gold(samples()[SAMPLE], UNTIL - 1, "state_tracking")
    assert right and written(right) in drawn and not screen.exception and not screen.error


def test_letters_say_who_agrees_with_gold(screen: AppTest) -> None:
    fake, dialogue = open_fake(), samples()[SAMPLE].until(UNTIL)
    said = [one for one in fake.compare(dialogue, variants=[v.name for v in fake.card.variants], tasks=["state_tracking"]) if one.turn == UNTIL - 1]
    right = sum(one.answer == one.gold for one in said)
    assert f"{right} of {len(said)} variants have the whole state right" in words(screen)
    assert html(screen).count('<span class="da-letter">R</span>') == right


def test_nothing_is_claimed_without_a_store(screen: AppTest) -> None:
    assert not store.read()
    assert "differences to MLM" not in " ".join(element.value for element in screen.markdown)
