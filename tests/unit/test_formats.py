"""Upload formats: every sample is detected and read, every broken file is refused with its place, every text survives."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.dialogue.detect import ENDING_BONUS, rank
from engine.dialogue.formats import FORMATS
from engine.dialogue.formats.source import Head
from engine.dialogue.limits import Limits
from engine.dialogue.model import Act, Dialogue, Span, Turn
from engine.dialogue.text import render
from engine.dialogue.upload import Upload, read_upload
from engine.errors import InputError

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "uploads"
GOOD = {  # file: format, dialogues, turns in the first, first words of the last turn there
    "transcript.txt": ("transcript", 2, 4, "The last one"),
    "csv_long.csv": ("csv_long", 2, 4, "It waits"),
    "csv_long.tsv": ("csv_long", 1, 4, "It is at the depot"),
    "openai_chat.jsonl": ("openai_chat", 2, 4, "Move it"),
    "sgd.json": ("sgd", 1, 4, "Your bike"),
    "multiwoz.json": ("multiwoz", 1, 4, "The Lantern"),
    "multiwoz22.json": ("multiwoz22", 1, 4, "The Weaver"),
    "convlab3.json": ("convlab3", 1, 2, "Leek"),
    "dialogstudio.json": ("dialogstudio", 1, 4, "Three roses"),
    "gsim.json": ("gsim", 1, 5, "yes please"),
    "dstc2.json": ("dstc2", 1, 4, "what is the phone"),
    "sharegpt.json": ("sharegpt", 2, 4, "A clove hitch"),
    "lmsys.jsonl": ("lmsys", 2, 4, "In New Zealand"),
    "chatgpt.json": ("chatgpt", 1, 4, "About forty"),
    "whatsapp.txt": ("whatsapp", 1, 4, "Good. We have clay"),
    "parlai.txt": ("parlai", 2, 4, "Twenty-four"),
    "parlai_numbered.txt": ("parlai", 2, 7, "it is yours"),
    "gradio.json": ("gradio", 1, 4, "Yes, they cost"),
    "clinc.json": ("clinc", 5, 1, "how much is on my card"),
}
OTHER_ORDER = {"dstc2.json": "susu", "parlai_numbered.txt": "ususs" + "us", "gsim.json": "ususu"}
"""First letters of the speakers where they do not take turns from the user on."""
NOBODY = "is not known; write user or system, another usual word (customer, agent, human, assistant, ...), or say who that is."
BROKEN = {
    "broken_csv.csv": "line 3: the row has 5 cells but the header has 4; put quotes around a text that holds the delimiter.",
    "broken_sgd.json": f"/0/turns/1/speaker: the speaker 'CLERK' {NOBODY}",
}


def uploaded(name: str) -> Upload:
    return read_upload((SAMPLES / name).read_bytes())


def told(text: str | bytes, filename: str = "") -> str:
    with pytest.raises(InputError) as caught:
        read_upload(text.encode() if isinstance(text, str) else text, filename)
    return caught.value.sentence


def talk(*texts: str) -> Dialogue:
    turns = (Turn(speaker="system" if index % 2 else "user", text=text) for index, text in enumerate(texts))
    return Dialogue(corpus="upload", id="d", split="all", turns=tuple(turns))


def spoken(dialogues: tuple[Dialogue, ...]) -> list[list[tuple[str, str]]]:
    return [[(turn.speaker, turn.text) for turn in dialogue.turns] for dialogue in dialogues]


def test_every_sample_is_named_here() -> None:
    assert {path.name for path in SAMPLES.iterdir()} == GOOD.keys() | BROKEN.keys()
    assert {name for name, *_ in GOOD.values()} == set(FORMATS)


@pytest.mark.parametrize("name", FORMATS)
def test_registered_formats_keep_the_contract(name: str) -> None:
    assert FORMATS[name].name == name
    assert FORMATS[name].title and all(ending.startswith(".") for ending in FORMATS[name].endings)
    assert FORMATS[name].recognise(Head("The weather was fine.\nWe went out, all of us.")) == 0
    assert FORMATS[name].recognise(Head("")) == FORMATS[name].recognise(Head("\n \n")) == 0


@pytest.mark.parametrize("name", GOOD)
def test_sample_is_detected_without_its_name_and_read(name: str) -> None:
    form, dialogues, turns, start = GOOD[name]
    upload = uploaded(name)
    found = upload.detection
    assert (found.format, len(upload.dialogues), len(upload.dialogues[0].turns)) == (form, dialogues, turns)
    assert upload.dialogues[0].turns[-1].text.startswith(start)
    assert "".join(turn.speaker[0] for turn in upload.dialogues[0].turns) == OTHER_ORDER.get(name, ("us" * turns)[:turns])
    assert 0.9 <= found.confidence <= 1
    assert found.runner_up is None or found.runner_up[1] < found.confidence - 0.3


@pytest.mark.parametrize("name", GOOD)
def test_a_fitting_ending_adds_a_little_and_a_wrong_one_changes_nothing(name: str) -> None:
    head = Head((SAMPLES / name).read_text())
    (form, plain), *_ = rank(head)
    assert rank(head, name)[0] == (form, round(min(1, plain + ENDING_BONUS), 3))
    assert rank(head, "holiday.png")[0] == (form, plain)


@pytest.mark.parametrize("name", BROKEN)
def test_broken_sample_is_refused_with_its_place(name: str) -> None:
    assert told((SAMPLES / name).read_bytes()) == BROKEN[name]


def test_gold_of_the_table() -> None:
    first, second, third, _ = uploaded("csv_long.csv").dialogues[0].turns
    assert first.text == 'Do you have "The Glass Orchard", the second edition?'
    assert (first.intent, first.state) == ("find_book", {"book-title": "the glass orchard", "book-edition": "2"})
    assert second.acts == (Act(name="inform"), Act(name="offer")) and second.intent is None and second.state is None
    assert third.acts == (Act(name="affirm"), Act(name="inform", domain="book", slot="day", value="friday"))
    assert third.state == {"book-title": "the glass orchard", "book-edition": "2", "book-day": "friday"}
    assert uploaded("csv_long.csv").dialogues[1].turns[0].state == {}


def test_gold_of_sgd() -> None:
    dialogue = uploaded("sgd.json").dialogues[0]
    user, system = dialogue.turns[0], dialogue.turns[3]
    assert (dialogue.id, dialogue.domains) == ("1_00000", frozenset({"bikes"}))
    assert (user.intent, user.state, user.acts) == ("RentBike", {"Bikes_1-station": "North Gate|north gate"}, None)
    assert user.spans == (Span(start=17, end=27, label="station"),) and user.text[17:27] == "North Gate"
    assert system.acts == (Act(name="CONFIRM", domain="bikes", slot="hours", value="3"), Act(name="NOTIFY_SUCCESS", domain="bikes"))


@pytest.mark.parametrize("end", [26, 27, 28, 29, 99])
def test_spans_outside_their_utterance_are_dropped(end: int) -> None:
    frame = {"service": "s_1", "slots": [{"slot": "x", "start": 1, "exclusive_end": end}]}
    act = {"intent": "inform", "domain": "s", "slot": "x", "start": 1, "end": end}
    framed = [{"services": [], "turns": [{"speaker": "USER", "utterance": "y" * 28, "frames": [frame]}]}]
    unified = [{"turns": [{"speaker": "user", "utterance": "y" * 28, "dialogue_acts": {"non-categorical": [act]}}]}]
    for value in (framed, unified):
        spans = read_upload(json.dumps(value).encode()).dialogues[0].turns[0].spans
        assert spans == ((Span(start=1, end=end, label="x"),) if end <= 28 else ())


def test_gold_of_multiwoz21_stands_at_the_user_turn_in_trade_spelling() -> None:
    dialogue = uploaded("multiwoz.json").dialogues[0]
    assert (dialogue.id, dialogue.domains) == ("MUL9001.json", frozenset({"hotel"}))
    assert dialogue.turns[2].state == {"hotel-area": "west", "hotel-price range": "cheap", "hotel-type": "hotel",
                                       "hotel-book people": "2", "hotel-book day": "monday", "taxi-arrive by": "10:30"}
    assert dialogue.turns[1].state is None and dialogue.turns[1].acts == (Act(name="request", domain="booking", slot="People"),)
    assert dialogue.turns[0].spans == (Span(start=13, end=18, label="Price"),) and dialogue.turns[1].spans is None
    assert dialogue.turns[3].acts == (Act(name="book", domain="booking", slot="Name", value="the lantern"),
                                      Act(name="bye", domain="general"))


def test_gold_of_multiwoz22_in_trade_spelling() -> None:
    turn = uploaded("multiwoz22.json").dialogues[0].turns[2]
    assert turn.state == {"train-day": "sunday", "train-leave at": "09:15|9:15", "restaurant-book people": "4",
                          "restaurant-price range": "expensive"}
    assert (turn.intent, turn.acts) == ("book_restaurant", None)


def test_gold_of_convlab3() -> None:
    dialogue = uploaded("convlab3.json").dialogues[0]
    assert (dialogue.id, dialogue.split, dialogue.domains) == ("kitchen-validation-0", "validation", frozenset({"recipe"}))
    assert dialogue.turns[0].state == {"recipe-course": "soup", "recipe-ingredient": "leeks"}
    assert [act.slot for act in dialogue.turns[0].acts or ()] == ["course", "ingredient", "duration"]


def test_system_prompts_and_tools_become_notes() -> None:
    messages = [{"role": "system", "content": "p"}, {"role": "system", "content": "q"}, {"role": "user", "content": "hi"},
                {"role": "assistant", "content": None, "tool_calls": [{}]}, {"role": "tool", "content": "42"},
                {"role": "assistant", "content": [{"type": "text", "text": "a"}, {"type": "image_url"}, {"type": "text", "text": "b"}]}]
    upload = read_upload(json.dumps(messages).encode())
    assert spoken(upload.dialogues) == [[("user", "hi"), ("system", "a\nb")]]
    assert upload.notes == (
        "A message of role 'system' was left out (2 times, first at /0).", "A message that only calls a tool was left out (at /3).",
        "A message of role 'tool' was left out (at /4).", "A part of type 'image_url' was left out (at /5/content/1).")


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("listed", [False, True])
def test_openai_chat_may_be_one_json_value(indent: int | None, listed: bool) -> None:
    chat = {"id": "c1", "messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yes"}]}
    upload = read_upload(json.dumps([chat, chat] if listed else chat, indent=indent).encode())
    assert spoken(upload.dialogues) == [[("user", "hi"), ("system", "yes")]] * (1 + listed)
    assert upload.dialogues[0].id == "c1"


@pytest.mark.parametrize(("user", "system"), [("User:", "System:"), ("A:", "B:"), ("a :", "b :"), ("CUSTOMER:", "agent:"),
                                              ("Human:", "Assistant:"), ("[USR]", "[SYS]"), ("[usr]:", "[sys]:"), ("User:", "Bot:")])
def test_transcript_labels(user: str, system: str) -> None:
    upload = read_upload(f"{user} hello\n  there\n{system} yes\n\nno\n\n{system} bye\n".encode())
    assert (upload.detection.format, spoken(upload.dialogues)) == (
        "transcript", [[("user", "hello\n  there"), ("system", "yes\n\nno"), ("system", "bye")]])


def test_letters_name_speakers_only_where_they_begin() -> None:
    assert spoken(read_upload(b"User: which?\nA: tea\nB: milk\nSystem: tea").dialogues) == [
        [("user", "which?\nA: tea\nB: milk"), ("system", "tea")]]
    assert read_upload(b"A: tea?\nB: milk").notes == ("A is read as the user (at line 1).", "B is read as the system (at line 2).")


def test_headings_part_dialogues() -> None:
    upload = read_upload(b"===\nUser: a\n=== second one ===  \nUser: b\n====\nUser: c\n=== d\n")
    assert [dialogue.id for dialogue in upload.dialogues] == ["1", "second one", "3"]
    assert spoken(upload.dialogues) == [[("user", "a")], [("user", "b")], [("user", "c\n=== d")]]


def test_rendered_text_is_a_transcript() -> None:
    upload = read_upload(render(talk("hi", "hello: there", "bye").turns).encode())
    assert spoken(upload.dialogues) == spoken((talk("hi", "hello: there", "bye"),))


def test_table_rows_follow_the_turn_column() -> None:
    upload = read_upload(b"turn,role,message,mood\r\n10,bot,b,x\r\n9,user,a,y\r\n")
    assert spoken(upload.dialogues) == [[("user", "a"), ("system", "b")]]
    assert upload.notes == ("The column 'mood' is not known and was left out (at line 1).",
                            "Rows were put in the order of the column 'turn' (at line 2).")


def test_empty_utterances_and_dialogues_are_dropped_with_a_note() -> None:
    upload = read_upload(b"=== a ===\nUser:\nSystem: yes\nUser:  \n=== b ===\nUser: \n")
    assert spoken(upload.dialogues) == [[("system", "yes")]]
    assert upload.notes == ("An empty utterance was left out (3 times, first at dialogue 'a', utterance 1).", "A dialogue without utterances was left out.")


@pytest.mark.parametrize(("text", "sentence"), [
    ("", "the file is empty; upload a file with at least one utterance."),
    (" \n", "the file is empty; upload a file with at least one utterance."),
    (b"\xef\xbb\xbf", "the file is empty; upload a file with at least one utterance."),
    (b"\x89PNG\x00", "the file is not UTF-8 text (byte 0); save it as UTF-8."),
    (b"User: a\0", "the file is not text (NUL at byte 7); save it as UTF-8 text."),
    (b"User: caf\xe9 \x01", "the file is not UTF-8 text (byte 9); save it as UTF-8."),
    (b"PK\x03\x04\x00", "the archive is damaged (File is not a zip file); pack it again."),
    ("User:\nSystem:", "the file holds no utterance; upload a file with at least one."),
    ("Minutes\n\nUser: hi", "line 1: no speaker is named before this text; start the line with User: or System: "
                            "(also A:/B:, Customer:/Agent:, Human:/Assistant:, [USR]/[SYS])."),
    ("speaker,txt\nuser,hi", "line 1: the column 'text' is missing; known columns are "
                             "dialogue_id, turn, speaker, text, intent, acts, state, spans, domains, split."),
    ("text,speaker,text\na,user,b", "line 1: the column 'text' is there twice; rename or remove one of them."),
    ('speaker,text\nuser,"a\nb"\nclerk,c', f"line 4, column speaker: the speaker 'clerk' {NOBODY}"),
    ('speaker,text\nuser,a\nuser,"b', 'line 3: the row cannot be read (unexpected end of data); '
                                      'put quotes around the cell and write a quote inside it as "".'),
    ("turn,speaker,text\none,user,a", "line 2: the turn 'one' is not a whole number; number the turns, or remove the column."),
    ("speaker,text,state\nuser,a,food", "line 2, column state: the state 'food' is not readable; "
                                        "write a JSON object, or slot=value with ; between them."),
    ('speaker\ttext\tacts\nuser\ta\t[{}]', "line 2, /0: the key 'name' is missing; add 'name' with text."),
    ('{"messages": []}\n{"messages": [{"role": "user", "content": "a"}, {"role": "boss", "content": "b"}]}',
     f"line 2, /messages/1/role: the speaker 'boss' {NOBODY}"),
    ('{"messages": [{"role": "user", "content": "a"}]}\n{"messages": [}', "line 2: not valid JSON (Expecting value, column 15); "
                                                                          "mend the JSON there."),
    ('{"messages": [{"role": "user"}]}', "/messages/0: the key 'content' is missing; add 'content' with text."),
    ('[\n{"turns": [\n{"speaker": "user", "utterance": 7}]}]', "/0/turns/0/utterance: text is expected here, not 7; write text."),
    ('[{"turns": [{"speaker": "user",\n"utterance": "a"',
     "line 2: not valid JSON (Expecting ',' delimiter, column 17); mend the JSON there."),
    ('{"a/b~c": {"log": [{"metadata": {}}]}}', "/a~1b~0c/log/0: the key 'text' is missing; add 'text' with text."),
    ('{"messages": [{"role": "user", "content": ' + "[" * 60 + "]" * 60 + "}]}",
     "the JSON is nested more than 50 deep; upload only the dialogues."),
    ('{"messages": [{"role": ' + "[" * 100_000, "the JSON is nested more than 50 deep; upload only the dialogues."),
])
def test_refusals_say_where_and_what_to_do(text: str | bytes, sentence: str) -> None:
    assert told(text) == sentence


def test_unknown_format_lists_the_known_ones() -> None:
    sentence = told("Dear all, see you on Monday.", "letter.txt")
    assert sentence.startswith("letter.txt: the file is in no known format; known formats are Plain transcript (Lines such as")
    assert all(FORMATS[name].title in sentence for name in FORMATS)


@pytest.mark.parametrize(("limits", "sentence"), [
    (Limits(turns=2), "dialogue '1' has 3 turns, more than 2; cut it into shorter ones."),
    (Limits(bytes=40), "talk.txt: the file has 41 bytes, more than 40; upload a part of it."),
    (Limits(dialogues=1), "the file has more than 1 dialogues; upload a part of it."),
])
def test_limits_are_kept_to_the_last(limits: Limits, sentence: str) -> None:
    data = b"User: a\nUser: b\nUser: c\n=== d ===\nUser: e"
    assert len(read_upload(data, limits=Limits(turns=3, bytes=41, dialogues=2)).dialogues) == 2
    with pytest.raises(InputError) as caught:
        read_upload(data, "talk.txt", limits=limits)
    assert caught.value.sentence == sentence


def test_byte_order_mark_and_windows_line_ends() -> None:
    assert spoken(read_upload(b"\xef\xbb\xbfUser: a\r\nSystem: b\r\n").dialogues) == [[("user", "a"), ("system", "b")]]
