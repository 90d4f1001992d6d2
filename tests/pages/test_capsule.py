"""The page Capsule with the fake predictor: the example, a broken file, verification, the way back; links and the coverage panel."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from engine.dialogue.export import EXPORTS
from engine.dialogue.samples import samples
from engine.dialogue.upload import read_upload
from engine.serve.capsule import Capsule, asked_of, capsule, pack
from engine.serve.capsule_check import verify
from engine.serve.capsule_file import unpack
from engine.serve.fake import open_fake
from tests.pages.screen import html, open_page, words
from ui.capsule import Shown, _file
from ui.permalink import address

NASTY = "*star* <b>bold</b> ![x](http://example.org/x.png) :smile: $x$"


def saved(words_of_first: str = "", **changes: object) -> Capsule:
    dialogue = samples()["thai restaurant"]
    if words_of_first:
        dialogue = dialogue.with_turns([replace(dialogue.turns[0], text=words_of_first), *dialogue.turns[1:]])
    said = open_fake().compare(dialogue, variants=["bert", "crm"], tasks=["intent"])
    return replace(capsule(open_fake(), dialogue, page="compare", options={"compare_tasks": ["Intent"], "dialogue_from": ["Paste"]},
                           asked=[asked_of(said)]), **changes)  # type: ignore[arg-type]


def bring(monkeypatch: pytest.MonkeyPatch, data: bytes) -> AppTest:
    screen = open_page("capsule", monkeypatch)
    screen.file_uploader(key="capsule_file").upload("capsule.json", data, "application/json").run()
    return screen


def shown(screen: AppTest) -> str:
    return "\n".join([words(screen), html(screen), *(element.value for element in [*screen.success, *screen.warning, *screen.info])])


def unfolded(screen: AppTest) -> AppTest:
    """The page with "Link to this view" open."""
    screen.session_state["permalink"] = True
    return screen.run()


def test_an_empty_page_offers_an_example_that_verifies(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = open_page("capsule", monkeypatch)
    assert not screen.exception and "try the example" in screen.info[0].value
    screen.button(key="capsule_example").click().run()
    assert "I need a taxi" in html(screen) and not screen.exception and not screen.error
    screen.button(key="capsule_verify").click().run()
    assert len(screen.success) == 1 and "identical" in screen.success[0].value


def test_a_brought_capsule_is_shown_verbatim_and_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = bring(monkeypatch, pack(saved(NASTY)))
    assert "&lt;b&gt;bold&lt;/b&gt;" in html(screen) and "<b>bold" not in html(screen) and not screen.exception
    assert "10 utterances, 10 answers of 2 variants" in words(screen)
    screen.button(key="capsule_verify").click().run()
    assert "Of 10 answers: 10 identical" in screen.success[0].value.replace("\\", "")
    assert html(screen).count("identical") == 10


def test_a_changed_number_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    one = saved()
    first, *others = one.asked[0].predictions
    lied = replace(one, asked=(replace(one.asked[0], predictions=(replace(first, scores={**first.scores, "oos": 0.99}), *others)),))
    screen = bring(monkeypatch, pack(lied))
    screen.button(key="capsule_verify").click().run()
    assert not screen.success and "9 identical, 1 different" in screen.warning[0].value.replace("\\", "") and "≠" in html(screen)


def test_a_broken_file_is_one_sentence_and_the_last_good_one_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = bring(monkeypatch, pack(saved()))
    whole = json.loads(pack(saved()))
    screen.file_uploader(key="capsule_file").upload("other.json", json.dumps(whole | {"dialatlas_capsule": 7}).encode(), "application/json").run()
    assert len(screen.error) == 1 and "version 7" in screen.error[0].value and "Still shown" in words(screen)
    assert "Saved on the page compare" in words(screen) and not screen.exception


def test_a_page_that_is_not_here_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = bring(monkeypatch, pack(saved(page="karaoke")))
    screen.button(key="capsule_open").click().run()
    assert "the page 'karaoke' is not in this release" in screen.error[0].value.replace("\\", "") and not screen.exception


def test_a_handed_over_dialogue_is_read_back_whole() -> None:
    dialogue = samples()["thai restaurant"]
    [back] = read_upload(EXPORTS["convlab3"].write([dialogue]).encode()).dialogues
    assert back.turns == dialogue.turns and back.domains == dialogue.domains


# On the other pages


def test_the_link_holds_every_choice_even_the_usual_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = unfolded(open_page("compare", monkeypatch, dialogue_sample="taxi", compare_tasks=["Intent"]))
    [link] = [element.value for element in screen.code if "dialogue_sample" in element.value]
    for part in ("dialogue_from=Sample", "dialogue_sample=taxi", "compare_tasks=Intent", "compare_differences=false", "compare_baseline=BERT%20%28fake%29"):
        assert part in link
    assert link.count("compare_variants=") == 9 and "restores the view" in words(screen)


def test_the_link_of_a_pasted_dialogue_says_what_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = open_page("compare", monkeypatch, dialogue_from="Paste")
    screen.text_area(key="dialogue_text").set_value("User: secret words\nSystem: Hello.")
    unfolded(screen)
    assert any("not your dialogue" in element.value for element in screen.caption)
    assert not any("secret" in element.value for element in screen.code)


def test_pages_without_a_dialogue_have_a_link_too(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = unfolded(open_page("claims", monkeypatch))
    assert any("The link holds every choice on this page." in element.value for element in screen.caption)


def test_a_link_keeps_an_empty_choice_and_odd_characters() -> None:
    assert address("http://h/compare", {"a": [], "b": ["x & y"]}) == "http://h/compare?a=&b=x%20%26%20y"


def test_the_file_of_a_page_holds_what_was_shown() -> None:
    dialogue, models = samples()["taxi"], open_fake()
    said = models.compare(dialogue, variants=["crm"], tasks=["intent"])
    back = unpack(_file([Shown(predictor=models, dialogue=dialogue, asked=asked_of(said))], "compare", {"compare_tasks": ["Intent"]}, {}))
    assert back.dialogue == dialogue and back.asked[0].predictions == tuple(said) and back.options == {"compare_tasks": ("Intent",)}


def test_compare_offers_a_capsule_after_its_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = open_page("compare", monkeypatch, dialogue_sample="taxi")
    assert not [one for one in screen.get("download_button") if one.proto.label == "Capsule"]
    screen.button(key="compare_run").click().run()
    assert len([one for one in screen.get("download_button") if one.proto.label == "Capsule"]) == 1
    assert len([one for one in unfolded(screen).get("download_button") if one.proto.label == "Capsule"]) == 2 and not screen.exception


@pytest.mark.parametrize("page", ["probe", "state", "what_if"])
def test_other_pages_save_what_they_show(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[bytes] = []
    monkeypatch.setattr("ui.capsule.st.download_button", lambda label, data, *_, **__: made.append(data()) if label == "Capsule" else False)
    screen = open_page(page, monkeypatch, dialogue_sample="thai restaurant")
    if page == "state":
        screen.button(key="state_ask").click().run()
    if page == "what_if":
        screen.button(key="what_if_apply").click().run()
    back = unpack(made[-1])
    assert back.page == page and back.dialogue.turns and not screen.exception
    assert list(back.options["dialogue_sample"]) == ["thai restaurant"]
    assert back.probes[0].answers if page == "probe" else back.asked[0].predictions
    found = verify(back, open_fake())
    assert found.lines and {line.status for line in found.lines} == {"identical"}


def test_coverage_stands_before_any_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = open_page("compare", monkeypatch, dialogue_sample="thai restaurant")
    assert verdicts(screen) == ["Inside"] and "da-grid" not in html(screen) and "MultiWOZ 2.2 (fake)" in words(screen).replace("\\", "")
    screen.session_state["dialogue_from"] = "paste"
    screen.run().text_area(key="dialogue_text").set_value("User: xylophone quartz\nSystem: obelisk wombat trapezoid")
    screen.session_state["compare_why"] = True
    screen.run()
    assert verdicts(screen) == ["Outside"] and "What sets it apart" in words(screen)
    assert "frequent in no training corpus (5): xylophone, quartz" in words(screen).replace("\\", "") and "CamRest676 (fake)" in html(screen)


def verdicts(screen: AppTest) -> list[str]:
    return [element.value.partition(" the training domains")[0].split()[-1] for element in screen.markdown if "the training domains" in element.value]
