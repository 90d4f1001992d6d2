"""The talk's storyboard: what is read, and one sentence with file and line for every mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.__main__ import main
from engine.errors import InputError
from engine.paths import REPOSITORY
from engine.serve.talk.ask import asked
from engine.serve.talk.lined import LARGEST
from engine.serve.talk.recorded import questions, read_recorded, recorded_path
from engine.serve.talk.story import Story, read_story

SHIPPED = sorted((REPOSITORY / "samples" / "talk").glob("*.yaml"))
HEAD = "title: A talk\nsteps:\n"
ASKING = "  - title: One\n    dialogue:\n      - user: I need a room.\n      - system: Which area?\n    ask: "


def written(folder: Path, text: str) -> Path:
    path = folder / "story.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def read(folder: Path, text: str) -> Story:
    return read_story(written(folder, text))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_story_has_twelve_steps(path: Path) -> None:
    story = read_story(path)
    assert len(story.steps) == 12
    assert sum(step.ask is not None for step in story.steps) >= 8
    assert any(step.vote for step in story.steps) and any(step.utterances for step in story.steps) and any(step.numbers for step in story.steps)


def test_there_are_two_shipped_stories() -> None:
    assert [path.stem for path in SHIPPED] == ["abilities", "dialogzoo"]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_recorded_answers_that_are_shipped_belong_to_the_story(path: Path) -> None:
    recorded = read_recorded(recorded_path(path))
    assert set(recorded) <= {question.mark for _, question in questions(read_story(path))}


def test_words_that_yaml_takes_for_other_things_stay_words(tmp_path: Path) -> None:
    story = read(tmp_path, HEAD + "  - title: 7\n    dialogue:\n      - user: yes\n      - system: 19:30\n      - user: 2026-11-21\n")
    assert story.steps[0].title == "7" and story.steps[0].dialogue
    assert [turn.text for turn in story.steps[0].dialogue.turns] == ["yes", "19:30", "2026-11-21"]


def test_a_sample_is_cut_to_its_first_turns(tmp_path: Path) -> None:
    (tmp_path / "talk.txt").write_text("User: Hi\nSystem: Hello\nUser: Bye\n", encoding="utf-8")
    story = read(tmp_path, HEAD + "  - title: One\n    dialogue: {sample: talk.txt, turns: 2}\n  - title: Two\n    dialogue: talk.txt\n")
    assert [len(step.dialogue.turns) for step in story.steps if step.dialogue] == [2, 3]


def test_what_is_revealed_is_hidden_before(tmp_path: Path) -> None:
    story = read(tmp_path, HEAD + ASKING + "{tasks: [intent], variants: [bert, dsp]}\n    reveal: [answers, right]\n")
    step = story.steps[0]
    assert [sorted(step.shown(stage) & {"answers", "right", "dialogue"}) for stage in range(3)] == [
        ["dialogue"], ["answers", "dialogue"], ["answers", "dialogue", "right"]]


def test_the_room_sees_no_more_than_the_models(tmp_path: Path) -> None:
    story = read(tmp_path, HEAD + ASKING + "{objective: dsp, variants: [bert], turn: 2}\n" + ASKING.replace("One", "Two")
                 + "{tasks: [response_selection], variants: [bert], candidates: [Hello.]}\n")
    dsp, response = [asked(step.ask, step.dialogue) for step in story.steps if step.ask and step.dialogue]
    assert ([turn.text for turn in dsp.turns], dsp.speakers) == (["Which area?"], False)
    assert ([turn.text for turn in response.turns], response.offered) == (["I need a room."], ("Hello.", "Which area?"))


WRONG = {
    "title: A talk\n": r"story.yaml:1: steps is missing",
    "": r"story.yaml: the file is empty",
    "title: [\n": r"story.yaml:2: this is not YAML",
    "title: A\ntitle: B\nsteps: []\n": r"story.yaml:2: the key 'title' stands twice",
    "title: &a A\nsteps: [*a]\n": r"story.yaml:2: an alias stands here",
    "title: !!python/object/apply:os.system [ls]\nsteps: []\n": r"story.yaml:1: the tag .* is not used here",
    "title: A\nsteps: []\n": r"story.yaml:2: this is no list with anything in it",
    HEAD + "  - titel: One\n": r"story.yaml:3: unknown key 'titel'; did you mean 'title'",
    HEAD + "  - text: One\n": r"story.yaml:3: the step has no title",
    HEAD + "  - title: One\n    seconds: soon\n": r"story.yaml:4: 'soon' is not a number from 0.1 to 600",
    HEAD + "  - title: One\n    minutes: .nan\n": r"story.yaml:4: '.nan' is not a number",
    HEAD + "  - title: One\n    dialogue:\n      - guest: Hi\n": r"story.yaml:5: unknown key 'guest'",
    HEAD + "  - title: One\n    dialogue: nowhere.txt\n": r"story.yaml:4: the sample cannot be read",
    HEAD + "  - title: One\n    dialogue: story.yaml\n": r"story.yaml:4: the sample is not a dialogue",
    HEAD + "  - title: One\n    ask: {tasks: [intent], variants: [bert]}\n": r"story.yaml:4: there is no dialogue to ask about",
    HEAD + ASKING + "{tasks: [intnet], variants: [bert]}\n": r"story.yaml:7: unknown task 'intnet'; did you mean 'intent'",
    HEAD + ASKING + "{tasks: [intent], variants: [brt]}\n": r"story.yaml:7: unknown variant 'brt'",
    HEAD + ASKING + "{tasks: [intent]}\n": r"story.yaml:7: nobody is asked",
    HEAD + ASKING + "{tasks: [intent], zoo: [sum]}\n": r"story.yaml:7: it is not clear what is asked",
    HEAD + ASKING + "{zoo: [sum], hide: room}\n": r"story.yaml:7: 'hide' does not go with 'zoo'",
    HEAD + ASKING + "{zoo: [nlg], boxes: {nlg.act: x}}\n": r"story.yaml:7: unknown key 'nlg.act'",
    HEAD + ASKING + "{zoo: [docqa], boxes: {docqa.document: ' '}}\n": r"story.yaml:7: words are missing here",
    HEAD + ASKING + "{tasks: [intent], variants: [bert], turn: 2}\n": r"story.yaml:7: intent is asked after user turns",
    HEAD + ASKING + "{objective: mlm, variants: [bert], turn: 1, hide: hotel}\n": r"story.yaml:7: utterance 1: the utterance has no word 'hotel'",
    HEAD + ASKING + "{objective: dur, variants: [bert]}\n": r"story.yaml:7: the dialogue has 2 utterances",
    HEAD + ASKING + "{objective: crm, variants: [bert]}\n": r"story.yaml:7: there is nothing to choose from",
    HEAD + ASKING + "{objective: dsp, variants: [bert], turn: 9}\n": r"story.yaml:7: the dialogue has 2 utterances",
    HEAD + ASKING + "{objective: dcv, variants: [bert], turn: 2, instead: \"which  AREA?\"}\n": r"story.yaml:7: utterance 2: the distractor says the same",
    HEAD + ASKING + "{tasks: [intent], variants: [bert, dsp]}\n    vote: dsp\n": r"story.yaml:8: the answers stand there with their names",
    HEAD + ASKING + "{tasks: [intent], variants: [bert, dsp]}\n    vote: crm\n    reveal: [answers]\n": r"story.yaml:8: unknown choice of the vote 'crm'",
    HEAD + ASKING + "{tasks: [intent], variants: [bert]}\n    vote: bert\n    reveal: [answers]\n": r"story.yaml:8: there is only one choice",
    HEAD + ASKING + "{tasks: [dialogue_act], variants: [bert]}\n    utterances: true\n": r"story.yaml:8: what the step asks cannot be asked of an utterance",
    HEAD + "  - title: One\n    reveal: [numbers]\n": r"story.yaml:4: 'numbers' is revealed, but the step has none",
    HEAD + "  - title: One\n    text: x\n    reveal: [text, [text]]\n": r"story.yaml:5: 'text' is revealed twice",
    HEAD + "  - title: One\n    utterances: perhaps\n": r"story.yaml:4: unknown answer 'perhaps'",
    HEAD + "  - title: One\n    numbers: {paper: 1, rows: [bert], columns: [intent.oos.acc]}\n": r"story.yaml:4: unknown column 'intent.oos.acc'; did you mean",
    HEAD + "  - title: One\n    numbers: {paper: 2, rows: [Table 1], columns: [SUM.SAMSUM.rouge_l]}\n": r"story.yaml:4: the paper gives no number",
    HEAD + "  - title: One\n    numbers: {paper: 3, rows: [bert], columns: [x]}\n": r"story.yaml:4: '3' is not a number from 1 to 2",
    "[" * 5000: r"story.yaml:1: lists stand too deep in each other",
    "x" * (LARGEST + 1): r"story.yaml: the file has .* characters",
}


@pytest.mark.parametrize("text", WRONG, ids=lambda text: WRONG[text].partition(": ")[2][:50])
def test_a_mistake_is_one_sentence_with_its_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match=WRONG[text]) as caught:
        read(tmp_path, text)
    assert "\n" not in caught.value.sentence and caught.value.remedy


def test_a_story_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_story(tmp_path / "none.yaml")
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not UTF-8"):
        read_story(tmp_path / "bytes.yaml")


def test_the_command_checks_and_records(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, HEAD + ASKING + "{tasks: [intent], variants: [bert, dsp]}\n")
    assert main(["talk", str(path), "--check"]) == 0
    assert "1  One: intent (not recorded)" in capsys.readouterr().out
    assert main(["talk", str(path), "--record", "--predictor", "fake", "--zoo", "fake"]) == 0
    assert main(["talk", str(path), "--check"]) == 0
    assert "1  One: intent (recorded)" in capsys.readouterr().out


def test_the_command_tells_a_mistake_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["talk", str(written(tmp_path, HEAD + "  - titel: One\n"))]) == 2
    assert capsys.readouterr().err.count("\n") == 1
