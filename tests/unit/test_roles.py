"""Who is who in an upload: nothing is lost but what is skipped, the order stays, and merged turns keep their annotation."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest

from engine.__main__ import main
from engine.dialogue.export import EXPORTS
from engine.dialogue.model import Act, Role, Span, Turn
from engine.dialogue.overview import annotation, letters, matching
from engine.dialogue.roles import merged
from engine.dialogue.upload import Upload, read_upload
from engine.errors import InputError, UnknownSpeakersError

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "uploads"
GOOD = sorted(path for path in SAMPLES.iterdir() if not path.name.startswith("broken"))
NAMES = ["user", "Agent", "Tom", "Kim", "tool"]
ROLES: list[Role] = ["user", "system", "skip"]


def table(said: list[tuple[str, str, str]]) -> bytes:
    return EXPORTS["csv_long"].write([]).splitlines()[0].encode() + b"\n" + "".join(
        f"{dialogue},,{speaker},{text},,,,,,\n" for dialogue, speaker, text in said).encode()


def texts(upload: Upload) -> dict[str, list[str]]:
    return {dialogue.id: [line for turn in dialogue.turns for line in turn.text.split("\n")] for dialogue in upload.dialogues}


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("merge", [False, True])
def test_no_text_is_lost_but_the_skipped_and_the_order_stays(seed: int, merge: bool) -> None:
    rng = Random(seed)
    said = [(f"d{rng.randrange(3)}", rng.choice(NAMES), f"text {number}") for number in range(rng.randint(1, 40))]
    roles = {name: rng.choice(ROLES) for name in NAMES}
    kept = [(dialogue, speaker, text) for dialogue, speaker, text in said if roles[speaker] != "skip"]
    if not kept:
        with pytest.raises(InputError, match="every turn is skipped"):
            read_upload(table(said), roles=roles, merge=merge)
        return
    upload = read_upload(table(said), roles=roles, merge=merge)
    assert texts(upload) == {name: [text for dialogue, _, text in kept if dialogue == name] for name in dict.fromkeys(name for name, *_ in said)
                             if any(dialogue == name for dialogue, *_ in kept)}
    by_text = {text: roles[speaker] for _, speaker, text in kept}
    assert all(by_text[line] == turn.speaker for dialogue in upload.dialogues for turn in dialogue.turns for line in turn.text.split("\n"))
    assert upload.dropped == len(said) - len(kept) and dict(upload.said) == {name: sum(one == name for _, one, _ in said) for name in upload.said}
    turns = sum(len(dialogue.turns) for dialogue in upload.dialogues)
    assert turns == len(kept) - upload.merged and (merge or not upload.merged)
    if merge:
        assert all(one.speaker != other.speaker for dialogue in upload.dialogues for one, other in zip(dialogue.turns, dialogue.turns[1:], strict=False))


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.name)
def test_the_labels_of_every_format_are_told_and_may_be_swapped_or_skipped(path: Path) -> None:
    plain = read_upload(path.read_bytes())
    assert set(plain.roles) == set(plain.said) and sum(plain.said.values()) == sum(len(dialogue.turns) for dialogue in plain.dialogues)
    other: dict[Role, Role] = {"user": "system", "system": "user", "skip": "skip"}
    swapped = read_upload(path.read_bytes(), roles={label: other[role] for label, role in plain.roles.items()})
    assert [[turn.speaker for turn in one.turns] for one in swapped.dialogues] == [[other[turn.speaker] for turn in one.turns] for one in plain.dialogues]
    assert texts(swapped) == texts(plain)
    users = [label for label, role in plain.roles.items() if role == "user"]
    if len(users) < len(plain.roles):
        alone = read_upload(path.read_bytes(), roles={**plain.roles, **dict.fromkeys(users, "skip")})
        assert {turn.speaker for one in alone.dialogues for turn in one.turns} == {"system"}
        assert alone.dropped == sum(plain.said[label] for label in users)


def test_merged_turns_keep_their_annotation() -> None:
    one = Turn(speaker="user", text="to Rome", intent="book", acts=(Act(name="inform"),), spans=(Span(start=3, end=7, label="to"),), tokens=(1,))
    two = Turn(speaker="user", text="from Oslo", state={"train-to": "Rome"}, acts=(Act(name="bye"),), spans=(Span(start=5, end=9, label="from"),))
    both = merged([one, two])
    assert (both.text, both.intent, both.state, both.tokens) == ("to Rome\nfrom Oslo", "book", {"train-to": "Rome"}, None)
    assert both.acts == (Act(name="inform"), Act(name="bye"))
    assert both.spans and [both.text[span.start:span.end] for span in both.spans] == ["Rome", "Oslo"]
    assert merged([one]) is one and merged([Turn(speaker="user", text="a"), Turn(speaker="user", text="b")]).acts is None


def test_all_unknown_speakers_are_named_with_their_places() -> None:
    with pytest.raises(UnknownSpeakersError) as told:
        read_upload(b"speaker,text\nTom,a\nuser,b\nKim,c\nTom,d\nBoss,e\n")
    assert told.value.labels == {"Tom": "line 2, column speaker", "Kim": "line 4, column speaker", "Boss": "line 6, column speaker"}
    assert told.value.sentence.startswith("line 2, column speaker: the speakers 'Tom', 'Kim', 'Boss' are not known; write user or system")
    roles: dict[str, Role] = {"Tom": "user", "Kim": "system", "Boss": "skip"}
    assert [turn.text for turn in read_upload(b"speaker,text\nTom,a\nuser,b\nKim,c\nTom,d\nBoss,e\n", roles=roles).dialogues[0].turns] == list("abcd")


def test_many_unknown_speakers_are_told_in_short() -> None:
    with pytest.raises(UnknownSpeakersError) as told:
        read_upload(b"speaker,text\n" + b"".join(b"person %d,hi\n" % (number + 10) for number in range(1_000)))
    assert len(told.value.labels) == 51 and "'person 14' and 46 more are not known" in told.value.sentence


def test_a_transcript_of_names_asks_who_they_are() -> None:
    talk = b"Ada: Is there a table?\nBen: For when?\nAda: For eight.\nCleo: I come, too.\nBen: Done."
    with pytest.raises(UnknownSpeakersError) as told:
        read_upload(talk)
    assert set(told.value.labels) == {"ada", "ben", "cleo"} and told.value.where == "line 1"
    upload = read_upload(talk, roles={"Ada": "user", "Ben": "system", "Cleo": "user"}, merge=True)
    assert [(turn.speaker, turn.text) for turn in upload.dialogues[0].turns] == [
        ("user", "Is there a table?"), ("system", "For when?"), ("user", "For eight.\nI come, too."), ("system", "Done.")]
    assert upload.merged == 1


def test_a_name_inside_a_transcript_is_told_and_may_be_given_a_role() -> None:
    talk = b"User: hello\nSupervisor: I listen.\nAgent: hi\nSupervisor: Go on.\nAgent: note: this"
    upload = read_upload(talk)
    assert upload.possible == {"supervisor": 2} and upload.dialogues[0].turns[0].text == "hello\nSupervisor: I listen."
    assert upload.remarks[-1].where == "line 2" and upload.remarks[-1].remedy and "supervisor" in upload.remarks[-1].what
    skipped = read_upload(talk, roles={"Supervisor": "skip"})
    assert [turn.text for turn in skipped.dialogues[0].turns] == ["hello", "hi", "note: this"] and skipped.dropped == 2


@pytest.mark.parametrize("path", [*GOOD, SAMPLES / "sharegpt.json"], ids=lambda path: path.name)
def test_every_remark_says_what_to_do(path: Path) -> None:
    assert all(remark.remedy and not remark.remedy.endswith(".") for remark in read_upload(path.read_bytes()).remarks)


def test_prompts_may_be_given_a_voice() -> None:
    chat = json.dumps({"messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "hi"}]}).encode()
    assert [turn.text for turn in read_upload(chat).dialogues[0].turns] == ["hi"]
    assert [(turn.speaker, turn.text) for turn in read_upload(chat, roles={"system": "system"}).dialogues[0].turns] == [("system", "Be kind."), ("user", "hi")]


def test_the_command_line_skips_and_merges(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_bytes(table([("d", "Tom", "a"), ("d", "Tom", "b"), ("d", "Spam", "c"), ("d", "agent", "e")]))
    assert main(["convert", str(source), str(target), "--roles", "Tom=user,Spam=skip", "--merge"]) == 0
    assert [turn.text for turn in read_upload(target.read_bytes()).dialogues[0].turns] == ["a\nb", "e"]
    assert "1 turns dropped, 1 merged." in capsys.readouterr().err


def test_annotation_is_counted_and_words_are_found() -> None:
    dialogues = read_upload((SAMPLES / "csv_long.csv").read_bytes()).dialogues
    found = annotation(dialogues)
    assert found["intents"].turns == sum(turn.intent is not None for one in dialogues for turn in one.turns) > 0
    assert found["states"].turns == sum(turn.state is not None for one in dialogues for turn in one.turns) > found["states"].dialogues > 0
    assert letters(dialogues[0]).split()[0] == "I" and letters(dialogues[0].with_turns([])) == ""
    assert matching(dialogues, " ") == list(range(len(dialogues))) and matching(dialogues, "ORCHARD second") == [0]
    assert matching(dialogues, dialogues[1].id) == [1] and matching(dialogues, "nowhere to be found") == []
