"""What the newer formats say of their dialogues, the encodings that files come in, and who is who."""

from __future__ import annotations

import codecs
import json
from pathlib import Path

import pytest

from engine.dialogue.detect import Detection
from engine.dialogue.formats import FORMATS
from engine.dialogue.formats.base import MOST_NOTES, Reading
from engine.dialogue.model import Act, Dialogue, Span
from engine.dialogue.upload import Upload, read_upload
from engine.errors import InputError, UnknownNameError

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "uploads"


def first(name: str) -> Dialogue:
    return read_upload((SAMPLES / name).read_bytes()).dialogues[0]


def spoken(upload: Upload) -> list[list[tuple[str, str]]]:
    return [[(turn.speaker, turn.text) for turn in dialogue.turns] for dialogue in upload.dialogues]


def told(data: bytes | str, **options: str) -> str:
    with pytest.raises(InputError) as caught:
        read_upload(data.encode() if isinstance(data, str) else data, form=options.get("form"))
    return caught.value.sentence


def test_gold_of_dialogstudio() -> None:
    dialogue = first("dialogstudio.json")
    user, system, later, _ = dialogue.turns
    assert (dialogue.id, dialogue.split, dialogue.domains) == ("GardenShop--train--1", "train", frozenset({"garden"}))
    assert (user.intent, user.state, user.acts) == ("BuyPlant", {"garden-colour": "red", "garden-place": "shade"},
                                                    (Act(name="INFORM", domain="garden", slot="colour", value="red"),))
    assert user.spans == (Span(start=9, end=12, label="colour"),) and user.text[9:12] == "red"
    assert system.acts is not None and [act.name for act in system.acts] == ["OFFER", "REQUEST"] and system.state is None and system.intent is None
    assert later.acts is None and later.state is not None and later.state["garden-day"] == "friday morning"


def test_dialogstudio_side_information_may_be_json_in_a_text() -> None:
    value = json.loads((SAMPLES / "dialogstudio.json").read_text())
    for turn in value["GardenShop--train--1"]["log"]:
        for key in ("original user side information", "original system side information"):
            turn[key] = json.dumps(turn[key])
    assert read_upload(json.dumps(value).encode()).dialogues[0] == first("dialogstudio.json")


def test_gold_of_gsim() -> None:
    dialogue = first("gsim.json")
    user, system, answer = dialogue.turns[:3]
    assert dialogue.domains == frozenset({"theatre"})
    assert (user.intent, user.state) == ("BUY_PLAY_TICKETS", {"theatre-num_tickets": "2"})
    assert user.acts == (Act(name="greeting"), Act(name="inform")) and system.acts == (Act(name="request", domain="theatre", slot="date"),)
    assert user.spans == (Span(start=12, end=13, label="num_tickets"),) and user.text[12] == "2" and system.spans == ()
    assert answer.state == {"theatre-num_tickets": "2", "theatre-date": "sunday"} and answer.intent is None


def test_gold_of_dstc2_comes_from_the_label() -> None:
    system, user, offer, ask = first("dstc2.json").turns
    assert system.acts == (Act(name="welcomemsg"), Act(name="request", domain="restaurant", slot="food"))
    assert (user.text, user.state) == ("thai food in the south", {"restaurant-food": "thai", "restaurant-area": "south"})
    assert offer.acts is not None and offer.acts[0] == Act(name="offer", domain="restaurant", slot="name", value="blue spoon")
    assert ask.acts == (Act(name="request", domain="restaurant", slot="phone"),)


def test_dstc2_log_alone_and_label_alone() -> None:
    value = json.loads((SAMPLES / "dstc2.json").read_text())
    log, label = (read_upload(json.dumps(value[half]).encode()) for half in ("log", "label"))
    assert spoken(log)[0][1] == ("user", "thai food in the mouth") and log.dialogues[0].turns[1].state is None
    assert log.notes == ("A user's words are the speech recogniser's best guess: the call has no label.json (2 times, first at /turns/0).",)
    assert spoken(label) == [[("user", "thai food in the south"), ("user", "what is the phone number")]]
    value["label"]["turns"].pop()
    assert told(json.dumps(value)) == "/label: the label has 1 turns but the log has 2; put the log and the label of the same call together."


def test_chatgpt_tree_is_read_along_the_branch_that_was_shown() -> None:
    upload = read_upload((SAMPLES / "chatgpt.json").read_bytes())
    assert [text for _, text in spoken(upload)[0]] == ["Can I bake bread without yeast?", "Yes, soda bread needs none.", "How long does this one take?",
                                                       "About forty minutes."]
    assert "Only the branch that was shown last is read (at /0)." in upload.notes and upload.dialogues[0].id == "made-up-tree"


@pytest.mark.parametrize(("current", "texts"), [("a1", ["Can I bake bread without yeast?", "No."]), (None, 4)])
def test_chatgpt_follows_current_node_or_the_last_leaf(current: str | None, texts: list[str] | int) -> None:
    value = json.loads((SAMPLES / "chatgpt.json").read_text())
    value[0]["current_node"] = current
    found = [text for _, text in spoken(read_upload(json.dumps(value).encode()))[0]]
    assert (len(found) if isinstance(texts, int) else found) == texts


def test_chatgpt_loops_and_holes_are_refused() -> None:
    value = json.loads((SAMPLES / "chatgpt.json").read_text())
    value[0]["mapping"]["root"]["parent"] = "a3"
    assert told(json.dumps(value)) == "/0/mapping/a3: the message is its own ancestor; mend 'parent' there."
    value[0]["mapping"]["root"]["parent"] = "gone"
    assert told(json.dumps(value)) == "/0/mapping/root: the message 'gone' is not in 'mapping'; export the conversation again."


@pytest.mark.parametrize("start", ["12/31/20, 9:58 PM - ", "31.12.20, 21:58 - ", "[31/12/2020, 21:58:03] ", "\u200e[2020-12-31, 9:58:03\u202fp.m.] ",
                                   "31-12-20 21:58:03: ", "31/12/2020 21:58 - "])
def test_whatsapp_times_of_many_phones(start: str) -> None:
    upload = read_upload(f"{start}Orchard: two\nlines: here\n{start}Mill: yes\n{start}\u200eMill: \u200eimage omitted\nof a bag\n".encode())
    assert (upload.detection.format, spoken(upload)) == ("whatsapp", [[("user", "two\nlines: here"), ("system", "yes")]])
    assert upload.roles == {"Orchard": "user", "Mill": "system"}


def test_parlai_episodes_and_escapes() -> None:
    data = rb"text:one\ntwo	labels:yes|no	episode_done:False" + b"\n" + rb"text:a __PIPE__ b	eval_labels:c	episode_done:True" + b"\n"
    assert spoken(read_upload(data)) == [[("user", "one\ntwo"), ("system", "yes"), ("user", "a | b"), ("system", "c")]]
    assert told(b"text:a\tlabels:b\nlabels:c\n") == "line 2: the field 'text' is missing; begin the line with text:."


def test_clinc_splits_and_intents() -> None:
    dialogues = read_upload((SAMPLES / "clinc.json").read_bytes()).dialogues
    assert [(one.id, one.split, one.turns[0].intent) for one in dialogues] == [
        ("train/0", "train", "balance"), ("train/1", "train", "card_status"), ("val/0", "val", "block_card"), ("oos_train/0", "train", "oos"),
        ("test/0", "test", "balance")]


def test_arena_pairs_are_two_dialogues() -> None:
    sides = {f"conversation_{side}": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": side}] for side in "ab"}
    upload = read_upload(json.dumps({"question_id": "q", **sides}).encode())
    assert [(one.id, one.turns[1].text) for one in upload.dialogues] == [("q-a", "a"), ("q-b", "b")]


@pytest.mark.parametrize("name", ["sharegpt.json", "lmsys.jsonl", "openai_chat.jsonl", "convlab3.json", "gsim.json", "gradio.json", "chatgpt.json"])
def test_a_list_lines_and_loose_values_are_the_same(name: str) -> None:
    text = (SAMPLES / name).read_text()
    values = [json.loads(line) for line in text.splitlines() if line] if name.endswith("l") else json.loads(text)
    values = [values] if name == "gradio.json" else values
    shapes = (json.dumps(values), "\n".join(map(json.dumps, values)), "\n\n".join(json.dumps(value, indent=2) for value in values))
    read = [read_upload(shape.encode()) for shape in shapes]
    assert [one.detection.format for one in read] == [name.partition(".")[0]] * 3
    assert read[0].dialogues == read[1].dialogues == read[2].dialogues == read_upload((SAMPLES / name).read_bytes()).dialogues


ENCODINGS = {"utf-8-sig": b"", "utf-16": b"", "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE, "utf-32": b"",
             "utf-16-le without mark": b"", "utf-16-be without mark": b""}


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_encodings_and_line_ends(encoding: str, ends: str) -> None:
    text = f"User: a café, s'il vous plaît{ends}System: voilà{ends}"
    upload = read_upload(ENCODINGS[encoding] + text.encode(encoding.partition(" ")[0]))
    assert spoken(upload) == [[("user", "a café, s'il vous plaît"), ("system", "voilà")]] and upload.notes == ()


def test_latin_1_is_read_with_a_warning() -> None:
    upload = read_upload("User: un café – s'il vous plaît".encode("cp1252"))
    assert spoken(upload) == [[("user", "un café – s'il vous plaît")]]
    assert upload.notes == ("The file is not UTF-8; it was read as Latin-1 (Windows-1252), so look whether accented letters are right.",)


def test_a_cut_utf_16_file_is_refused() -> None:
    assert told("User: hello".encode("utf-16")[:-1]) == "the file is not UTF-16 text (byte 22); save it as UTF-8."


@pytest.mark.parametrize(("data", "roles", "speakers"), [
    (b"Dr. No: hello\nUser: hi", {"dr. no": "system"}, ["system", "user"]),
    (b"A: hello\nB: hi", {"a": "system", "B": "user"}, ["system", "user"]),
    (b'[{"speaker": "x", "text": "a"}, {"speaker": "y", "text": "b"}]', {"x": "system", "y": "user"}, ["system", "user"]),
    (b"1/1/21, 8:00 AM - Ox: a\n1/1/21, 8:00 AM - Elk: b\n", {"Ox": "system"}, ["system", "user"]),
    (b"speaker,text\nclerk,a\nuser,b", {"Clerk": "system"}, ["system", "user"]),
    (b'{"conversations": [{"from": "bing", "value": "a"}, {"from": "human", "value": "b"}]}', {"bing": "system"}, ["system", "user"]),
    (b'{"messages": [{"role": "boss", "content": "a"}, {"role": "user", "content": "b"}]}', {"boss": "system"}, ["system", "user"]),
])
def test_roles_may_be_given(data: bytes, roles: dict[str, str], speakers: list[str]) -> None:
    upload = read_upload(data, roles=roles)  # type: ignore[arg-type]
    assert [turn.speaker for turn in upload.dialogues[0].turns] == speakers and set(upload.roles.values()) == {"user", "system"}


@pytest.mark.parametrize(("text", "speakers"), [("Q: why?\nA: so", "us"), ("U: a\nS: b", "us"), ("B: a\nA: b", "su"), ("**Customer:** a\n**Agent:** b", "us"),
                                                ("Speaker 1: a\nSpeaker 2: b", "us"), ("Guest: a\nReceptionist: b", "us")])
def test_usual_words_for_speakers(text: str, speakers: str) -> None:
    upload = read_upload(text.encode())
    assert "".join(turn.speaker[0] for turn in upload.dialogues[0].turns) == speakers
    assert all(turn.text in ("why?", "so", "a", "b") for turn in upload.dialogues[0].turns)


def test_a_format_may_be_named() -> None:
    upload = read_upload((SAMPLES / "multiwoz22.json").read_bytes(), form="sgd")
    assert (upload.detection.format, upload.detection.chosen, upload.detection.runner_up) == ("sgd", True, ("multiwoz22", 0.95))
    assert upload.detection.sentence == "Read as Schema-Guided Dialogue, as asked; next best: multiwoz22 95%."
    with pytest.raises(UnknownNameError, match="did you mean 'sgd'"):
        read_upload(b"User: a", form="sdg")


def test_confidence_is_told() -> None:
    found = Detection(format="sgd", title="SGD", confidence=0.6, runner_up=None)
    assert found.sentence == "Read as SGD, 60% sure."


def test_names_that_are_there_twice_get_a_number() -> None:
    chats = [{"id": "x", "messages": [{"role": "user", "content": text}]} for text in "abc"]
    upload = read_upload(json.dumps(chats).encode())
    assert [one.id for one in upload.dialogues] == ["x", "x (2)", "x (3)"]
    assert upload.notes == ("A name is there twice: the later dialogue got a number (2 times, first at dialogue 'x').",)


def test_notes_do_not_grow_without_end() -> None:
    reading = Reading()
    for number in range(1_000):
        reading.note(f"Remark {number}", f"line {number}")
    assert len(reading.notes) == MOST_NOTES + 1
    assert reading.notes[-1] == f"There is more to say that is not shown ({1_000 - MOST_NOTES} times, first at line {MOST_NOTES})."


def test_what_a_file_says_of_itself_stays_on_one_line() -> None:
    said = told(json.dumps({"conversations": [{"from": "x\ny" * 1_000, "value": "a"}]}))
    assert said.startswith("/conversations/0/from: the speaker 'x\\ny") and "\n" not in said and len(said) < 600


@pytest.mark.parametrize("name", FORMATS)
def test_progress_rises_to_one(name: str) -> None:
    shares: list[float] = []
    read_upload(min(SAMPLES.glob(f"{name}.*")).read_bytes(), progress=lambda share, words: shares.append(share))
    assert shares == sorted(shares) and shares[-1] == 1.0
