"""Colours read on light and dark grounds: contrast as WCAG 2.2 defines it (7 for text, 4.5 for links and buttons, 3 for marks)."""

from __future__ import annotations

import tomllib

import pytest

from engine.paths import REPOSITORY
from ui import theme

CONFIG = tomllib.loads((REPOSITORY / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
MODES = ("light", "dark")


def luminance(color: str) -> float:
    """Relative luminance of ``#rrggbb``."""
    parts = [int(color[place:place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_black_on_white_is_the_known_number() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("mode", MODES)
def test_text_and_links_read_on_both_grounds(mode: str) -> None:
    colors = CONFIG[mode]
    for ground in (colors["backgroundColor"], colors["secondaryBackgroundColor"]):
        assert contrast(colors["textColor"], ground) >= 7
        assert contrast(colors["primaryColor"], ground) >= 4.5


@pytest.mark.parametrize("mode", MODES)
def test_the_figures_know_the_ground_that_streamlit_paints(mode: str) -> None:
    assert theme.GROUND[mode] == CONFIG[mode]["backgroundColor"]


@pytest.mark.parametrize("color", [*theme.DIVERGING, *theme.ABILITY, *theme.STRUCTURE])
def test_ink_reads_on_every_filled_cell(color: str) -> None:
    assert contrast(theme.INK, color) >= 6


@pytest.mark.parametrize("name", theme.SERIES)
@pytest.mark.parametrize("mode", MODES)
def test_a_series_is_seen_on_both_grounds(mode: str, name: str) -> None:
    assert contrast(theme.SERIES[name][0], theme.GROUND[mode]) >= 3
    assert len({shape for _, shape in theme.SERIES.values()}) == len(theme.SERIES)


@pytest.mark.parametrize("mode", MODES)
def test_the_chosen_cell_and_absent_marks_are_seen(mode: str) -> None:
    assert contrast(theme.CHOSEN, theme.GROUND[mode]) >= 3 and contrast(theme.ABSENT, theme.GROUND[mode]) >= 3
