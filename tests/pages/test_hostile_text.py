"""Foreign text on every page that takes a dialogue: each character as it was written, nothing of it read as Markdown or HTML."""

from __future__ import annotations

import json
from html import escape

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.screen import open_page

HOSTILE = {
    "markdown": "*star* **bold** _under_ ~~gone~~ `code` # head > quote",
    "link": "[click](http://example.org/a) ![x](http://example.org/x.png) <http://example.org>",
    "html": "<b>now</b> <img src=http://example.org/y.png onerror=alert(1)> &amp; &lt;",
    "script": "<script>document.title='owned'</script></div></style><style>*{display:none}</style>",
    "icons": ":smile: :material/delete: :red[warm] :streamlit:",
    "latex": "$x^2$ $$\\frac{1}{2}$$ \\(y\\) 5$ and 6$",
    "direction": "\u202eevil\u202c \u2066abc\u2069 שלום عربى",
    "invisible": "a\u200bb\u200dc\ufeffd\u00ad e\u2060f",
    "long": "x" * 3_000,
    "terminal": "\x1b[31mred\x1b[0m \x07 \x1b]0;title\x07",
    "emoji": "👩‍👩‍👧 🇺🇳 ☠️ e\u0301",
    "templates": "{} {0} %s %(a)s ${x} {{y}} \\n \\u0041",
}
"""What a dialogue may hold, kind by kind."""
PAGES = ("compare", "probe", "dialogue", "state", "why", "what_if", "dialogzoo")
"""Those that show a dialogue as soon as it is there."""


def opened(name: str, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The page before anything was pasted; Probe with the objective that leaves every word as it is."""
    return open_page(name, monkeypatch, dialogue_from="Paste", probe_objective="DSP")


def pasted(name: str, text: str, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The page with a dialogue that holds the text in both speakers' turns."""
    screen = opened(name, monkeypatch)
    turns = [{"role": "user", "content": text}, {"role": "assistant", "content": text}, {"role": "user", "content": f"thai {text}"}]
    return screen.text_area(key="dialogue_text").set_value(json.dumps({"messages": turns})).run()


def bodies(screen: AppTest) -> str:
    return "\n".join(element.proto.body for element in screen.get("html"))


def interpreted(screen: AppTest) -> list[str]:
    """Everything that Streamlit reads as Markdown."""
    found = [*screen.markdown, *screen.caption, *screen.error, *screen.warning, *screen.info, *screen.success]
    return [str(element.value) for element in found]


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("name", PAGES)
def test_foreign_text_stays_as_it_was_written(name: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = HOSTILE[kind]
    screen = pasted(name, text, monkeypatch)
    if name == "compare":
        screen.button(key="compare_run").click().run()
        assert "da-grid" in bodies(screen)
    assert not screen.exception and not screen.error
    assert escape(text) in bodies(screen)
    if escape(text) != text:
        assert text not in bodies(screen)
    assert not [shown for shown in interpreted(screen) if text in shown]


@pytest.mark.parametrize("name", PAGES)
def test_half_characters_and_nul_are_shown_as_their_escapes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = opened(name, monkeypatch)
    screen.text_area(key="dialogue_text").set_value('{"messages": [{"role": "user", "content": "a\\ud83d b\\u0000"}]}').run()
    assert not screen.exception and not screen.error and "a\\ud83d b\\u0000" in bodies(screen)


@pytest.mark.parametrize("name", PAGES)
def test_what_an_error_quotes_is_not_interpreted(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = opened(name, monkeypatch)
    screen.text_area(key="dialogue_text").set_value(json.dumps({"messages": [{"role": "**bad** :smile: <b>", "content": 7}]})).run()
    assert len(screen.error) == 1
    told = screen.error[0].value
    assert "\n" not in told and not any(mark in told for mark in ("**bad**", ":smile:", "<b>"))


@pytest.mark.parametrize(("name", "kind"), [(name, kind) for name in ("claims", "predict", "task_relations", "compare", "probe", "health")
                                            for kind in ("link", "script", "icons", "latex")])
def test_an_address_with_hostile_values_is_told_verbatim(name: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    address = dict.fromkeys(("dialogue_sample", "dialogue_from", "claims_paper", "predict_baseline", "relations_baseline", "probe_objective"), HOSTILE[kind])
    screen = open_page(name, monkeypatch, **address)
    assert not screen.exception
    assert not [shown for shown in interpreted(screen) if HOSTILE[kind] in shown] and HOSTILE[kind] not in bodies(screen)
