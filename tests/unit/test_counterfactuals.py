"""Every kind of change keeps its rules: what holds for any dialogue, and each line of each table of rules."""

from __future__ import annotations

import copy
import json
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.dialogue.counterfactuals import COUNTERFACTUALS
from engine.dialogue.counterfactuals.base import PARTS, Changed, Counterfactual
from engine.dialogue.counterfactuals.places import moved, rewritten
from engine.dialogue.counterfactuals.values import choices, held
from engine.dialogue.counterfactuals.versions import MOST, grown, start, tried, written
from engine.dialogue.difference import difference
from engine.dialogue.model import Act, Dialogue, Span, Turn
from engine.dialogue.samples import samples
from engine.dialogue.upload import read_upload
from engine.errors import InputError, UnknownNameError

WORDS = ("thai", "Thai", "north", "cheap", "please", "table", "19:30", "I", "two", "ß", "ﬁne", "book", "it.", "–", "what's", "4")
TEXTS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=7).map(" ".join)


def talk(*turns: Turn) -> Dialogue:
    return Dialogue(corpus="toy", id="one", split="all", turns=turns)


def user(text: str, state: dict[str, str] | None = None, **more: object) -> Turn:
    return Turn(speaker="user", text=text, state=state, **more)  # type: ignore[arg-type]


def system(text: str, **more: object) -> Turn:
    return Turn(speaker="system", text=text, **more)  # type: ignore[arg-type]


@st.composite
def dialogues(draw: st.DrawFn) -> Dialogue:
    """Dialogues with and without annotation; spans cover whole words, states only grow or stay."""
    turns, state = [], {}
    for _ in range(draw(st.integers(2, 7))):
        text, speaker = draw(TEXTS), draw(st.sampled_from(("user", "system")))
        first = text.split()[0]
        if draw(st.booleans()):
            state = state | {draw(st.sampled_from(("r-food", "r-area", "h-stay"))): draw(st.sampled_from(("thai", "north", "two")))}
        known = draw(st.booleans())
        turns.append(Turn(speaker=speaker, text=text, intent="book" if known else None, tokens=(1, 2),
                          acts=(Act(name="inform", domain="r", slot="food", value="thai"),) if known else None,
                          state=dict(state) if speaker == "user" and draw(st.booleans()) else None,
                          spans=(Span(start=0, end=len(first), label="food"),) if known else None))
    return talk(*turns)


BOOKING = talk(
    user("Thai food, please.", {"restaurant-food": "thai"}, intent="find", spans=(Span(start=0, end=4, label="food"),),
         acts=(Act(name="inform", domain="restaurant", slot="Food", value="thai"),)),
    system("Thai in the north?", acts=(Act(name="inform", domain="restaurant", slot="Food", value="thai"), Act(name="request", slot="area")),
           spans=(Span(start=0, end=4, label="food"), Span(start=12, end=17, label="area"))),
    user("Yes, the north.", {"restaurant-food": "thai", "restaurant-area": "north"}, intent="find", spans=(Span(start=9, end=14, label="area"),), acts=()),
    system("Booked.", acts=(Act(name="book"),), spans=()),
    user("Thank you.", {"restaurant-food": "thai", "restaurant-area": "north"}, intent="thanks", spans=(), acts=(Act(name="thank"),)))
"""Annotated throughout; the third utterance says its own area, the last one changes no state."""


def apply(kind: str, dialogue: Dialogue, seed: int = 1, **parameters: object) -> Changed:
    return COUNTERFACTUALS[kind].apply(dialogue, parameters, Random(seed))


def states(changed: Changed) -> list[dict[str, str] | None]:
    return [None if turn.state is None else dict(turn.state) for turn in changed.dialogue.turns if turn.speaker == "user"]


@pytest.mark.parametrize("kind", COUNTERFACTUALS)
def test_counterfactual(kind: str) -> None:
    """The contract's looks: a page can draw it without knowing it."""
    counterfactual = COUNTERFACTUALS[kind]
    assert counterfactual.name == kind
    assert counterfactual.title and counterfactual.sentence.endswith("?")
    assert len({parameter.name for parameter in counterfactual.parameters}) == len(counterfactual.parameters)
    assert all(parameter.title for parameter in counterfactual.parameters)
    assert all((parameter.kind == "choice") == bool(parameter.options) for parameter in counterfactual.parameters)
    drawn = counterfactual.draw(BOOKING, Random(3))
    assert drawn is not None and set(drawn) == {parameter.name for parameter in counterfactual.parameters}
    assert counterfactual.apply(BOOKING, drawn, Random(3)).sentence
    with pytest.raises(InputError, match="no utterance"):
        counterfactual.apply(talk(), drawn, Random(3))


def changes_of(counterfactual: Counterfactual, dialogue: Dialogue, seed: int) -> Changed | None:
    parameters = counterfactual.draw(dialogue, Random(seed))
    try:
        return None if parameters is None else counterfactual.apply(dialogue, parameters, Random(seed))
    except InputError:
        return None


@pytest.mark.parametrize("kind", COUNTERFACTUALS)
@given(dialogue=dialogues(), seed=st.integers(0, 99))
def test_what_holds_for_every_kind_and_dialogue(kind: str, dialogue: Dialogue, seed: int) -> None:
    before = copy.deepcopy(dialogue)
    changed = changes_of(COUNTERFACTUALS[kind], dialogue, seed)
    assert dialogue == before and [turn.tokens for turn in dialogue.turns] == [(1, 2)] * len(dialogue.turns), "the input was mutated"
    if changed is None:
        return
    assert changed == changes_of(COUNTERFACTUALS[kind], dialogue, seed), "the seed does not decide"
    assert len(changed.pieces) == len(changed.dialogue.turns)
    known = [origin for origin in changed.origins if origin is not None]
    assert len(known) == len(set(known)) and set(known) <= set(range(len(dialogue.turns)))
    assert kind == "reorder" or known == sorted(known), "an order changed that was not asked for"
    for one, turn in zip(changed.pieces, changed.dialogue.turns, strict=True):
        assert one.turn == turn
        old = None if one.origin is None else dialogue.turns[one.origin]
        assert turn.spans is None or all(0 <= span.start <= span.end <= len(turn.text) for span in turn.spans)
        if old is None:
            continue
        assert (one.said == "same") == (old.text == turn.text and old.speaker == turn.speaker)
        assert turn.tokens is None or turn.text == old.text
        for part in PARTS:
            fate, now, then = one.fates[part], getattr(turn, part), getattr(old, part)
            assert {"kept": now == then, "unknown": now is None, "updated": now is not None or then is None}[fate], (part, fate)
    told = {**dict.fromkeys(changed.updated, "updated"), **dict.fromkeys(changed.unknown, "unknown")}
    assert told == {(index, part): one.fates[part] for index, one in enumerate(changed.pieces) for part in PARTS
                    if one.origin is not None and one.fates[part] != "kept" and getattr(dialogue.turns[one.origin], part) is not None}


def test_the_drawn_dialogues_let_every_kind_work() -> None:
    """Otherwise the property above would hold of nothing."""
    for kind in COUNTERFACTUALS:
        found = [changes_of(COUNTERFACTUALS[kind], dialogue, seed) for seed, dialogue in enumerate([BOOKING, *samples().values()])]
        assert sum(one is not None for one in found) >= 6, kind


@given(dialogues(), st.data())
def test_exchanging_twice_restores_the_order(dialogue: Dialogue, data: st.DataObject) -> None:
    first, second = data.draw(st.lists(st.integers(0, len(dialogue.turns) - 1), min_size=2, max_size=2, unique=True))
    if (dialogue.turns[first].speaker, dialogue.turns[first].text) == (dialogue.turns[second].speaker, dialogue.turns[second].text):
        return
    once = apply("reorder", dialogue, first=first, second=second)
    assert [once.dialogue.turns[place].text for place in (first, second)] == [dialogue.turns[place].text for place in (second, first)]
    twice = apply("reorder", once.dialogue, first=second, second=first)
    assert [(turn.speaker, turn.text, turn.intent, turn.acts, turn.spans) for turn in twice.dialogue.turns] == [
        (turn.speaker, turn.text, turn.intent, turn.acts, turn.spans) for turn in dialogue.turns]


@given(dialogues())
def test_swapping_speakers_twice_restores_who_said_what(dialogue: Dialogue) -> None:
    once = apply("swap_speakers", dialogue)
    assert all(now.speaker != before.speaker for now, before in zip(once.dialogue.turns, dialogue.turns, strict=True))
    twice = apply("swap_speakers", once.dialogue).dialogue
    assert [(turn.speaker, turn.text, turn.spans) for turn in twice.turns] == [(turn.speaker, turn.text, turn.spans) for turn in dialogue.turns]


@given(dialogues())
def test_swapping_a_value_reaches_every_gold_state_and_swapping_back_restores_all(dialogue: Dialogue) -> None:
    for old in choices(dialogue.turns):
        slot, value = old.split(" = ")
        try:
            once = apply("swap_value", dialogue, old=old, new="greek")
        except InputError:
            assert value != "thai" or any(one.value == "thai" and one.slot != slot for one in held(dialogue.turns))
            continue
        for now, before in zip(once.dialogue.turns, dialogue.turns, strict=True):
            assert (now.state is None) == (before.state is None)
            assert now.text == before.text.replace(value, "greek").replace(value.title(), "Greek")
            if now.state is not None and before.state is not None:
                assert dict(now.state) == {name: "greek" if known == value else known for name, known in before.state.items()}
        if all(turn.state is not None for turn in dialogue.turns if turn.speaker == "user") and all(turn.spans is not None for turn in dialogue.turns):
            assert apply("swap_value", once.dialogue, old=f"{slot} = greek", new=value).dialogue == dialogue


@given(dialogues(), st.sampled_from(("lower", "upper", "unmarked", "bare")))
def test_casing_twice_changes_nothing_more(dialogue: Dialogue, way: str) -> None:
    try:
        once = apply("casing", dialogue, way=way)
    except InputError:
        return
    with pytest.raises(InputError, match="nothing would change"):
        apply("casing", once.dialogue, way=way)


@given(TEXTS, st.data())
def test_spans_move_with_the_text_around_them(text: str, data: st.DataObject) -> None:
    start, end = sorted(data.draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))))
    span, new = Span(start=start, end=end, label="x"), data.draw(TEXTS)
    for edits in ([(0, start, new)], [(end, len(text), new)], [(0, start, ""), (end, len(text), new)]):
        if start == end:
            continue
        (now,) = moved([span], edits, inside=False) or ()
        assert rewritten(text, edits)[now.start:now.end] == text[start:end]
    assert moved([span], [(start, end, new)], inside=False) is None or start == end
    if start < end:
        (now,) = moved([span], [(start, end, new)], inside=True) or ()
        assert rewritten(text, [(start, end, new)])[now.start:now.end] == new
        assert moved([span], [(start, end, "")], inside=True) is None, "a place without characters is no place"


@given(TEXTS, TEXTS)
def test_a_difference_holds_both_texts(before: str, after: str) -> None:
    parts = difference(before, after)
    assert "".join(words for kind, words in parts if kind != "new") == before
    assert "".join(words for kind, words in parts if kind != "gone") == after


def test_very_long_texts_are_not_compared_word_by_word() -> None:
    assert difference("a " * 3000, "b") == [("gone", "a " * 3000), ("new", "b")]


def test_dropping_keeps_states_that_owe_nothing_to_it() -> None:
    whole = states_of(BOOKING)
    assert states(apply("drop", BOOKING, turn=4)) == whole[:2]
    assert states(apply("drop", BOOKING, turn=1)) == whole, "the user says the area in the answer"
    assert states(apply("drop", BOOKING, turn=2)) == [whole[0], None]
    assert states(apply("drop", BOOKING, turn=0)) == [None, None]
    assert apply("drop", BOOKING, turn=0).unknown == ((1, "state"), (3, "state"))
    thanks = talk(*BOOKING.turns, system("Bye."), user("Bye.", dict(whole[2] or {})))
    assert states(apply("drop", thanks, turn=4)) == [whole[0], whole[1], whole[2]], "nothing changed at that utterance"


def test_a_bare_yes_leans_on_the_question() -> None:
    dialogue = talk(user("A hotel.", {}), system("With parking?"), user("Yes.", {"hotel-parking": "yes"}))
    assert states(apply("drop", dialogue, turn=1)) == [{}, {"hotel-parking": "yes"}]
    leaning = talk(user("A hotel.", {}), system("With parking?"), user("Sure.", {"hotel-parking": "yes"}))
    assert states(apply("drop", leaning, turn=1)) == [{}, None]


def states_of(dialogue: Dialogue) -> list[dict[str, str] | None]:
    return [None if turn.state is None else dict(turn.state) for turn in dialogue.turns if turn.speaker == "user"]


def test_unannotated_states_are_never_said_to_stay() -> None:
    bare = talk(user("One."), system("Two."), user("Three."))
    assert [one.fates["state"] for one in apply("drop", bare, turn=0).pieces] == ["unknown", "unknown"]
    assert [one.fates["intent"] for one in apply("drop", bare, turn=0).pieces] == ["kept", "kept"]


def test_reordering_keeps_states_where_none_of_those_between_matters() -> None:
    assert states(apply("reorder", BOOKING, first=3, second=4)) == states_of(BOOKING)
    assert states(apply("reorder", BOOKING, first=2, second=3)) == [{"restaurant-food": "thai"}, None, None]


def test_noise_keeps_all_but_the_spans_that_it_hits() -> None:
    changed = apply("noise", BOOKING, seed=2, rate=1.0, speakers="user")
    for now, before in zip(changed.dialogue.turns, BOOKING.turns, strict=True):
        assert (now.intent, now.acts, now.state) == (before.intent, before.acts, before.state)
        assert now == before if before.speaker == "system" else now.text != before.text
    assert changed.dialogue.turns[0].spans is None and (0, "spans") in changed.unknown
    assert all(turn.text.strip() for turn in changed.dialogue.turns)
    with pytest.raises(InputError, match="nothing would change; choose other settings or another seed"):
        apply("noise", BOOKING, rate=0.0, speakers="both")


def test_a_misheard_value_has_no_known_place() -> None:
    dialogue = talk(user("Thai", spans=(Span(start=0, end=4, label="food"),)))
    for seed in range(12):
        changed = apply("noise", dialogue, seed=seed, rate=1.0, speakers="user")
        (turn,) = changed.dialogue.turns
        assert turn.spans == (dialogue.turns[0].spans if turn.text.startswith("Thai ") else None), turn.text
        assert changed.unknown == (() if turn.spans else ((0, "spans"),))


@given(dialogues(), st.integers(0, 999))
def test_noise_grows_with_its_rate(dialogue: Dialogue, seed: int) -> None:
    def hit(rate: float) -> int:
        try:
            return int(apply("noise", dialogue, seed=seed, rate=rate, speakers="both").sentence.split(": ")[1].split()[0])
        except InputError:
            return 0

    assert hit(0.0) == 0 <= hit(0.3) and hit(1.0) == sum(len(turn.text.split()) - turn.text.split().count("–") for turn in dialogue.turns)


def test_noise_passes_over_an_utterance_without_words() -> None:
    changed = apply("noise", talk(user("–"), user("Hello there.")), rate=1.0, speakers="both")
    assert changed.dialogue.turns[0].text == "–" and changed.pieces[0].said == "same"


def test_a_time_is_one_word_to_the_recogniser() -> None:
    for seed in range(30):
        changed = apply("noise", talk(user("At 19:30 please")), seed=seed, rate=1.0, speakers="user").dialogue.turns[0].text
        assert "19:30" in changed or ":" not in changed


@pytest.mark.parametrize(("way", "text", "span"), [
    ("upper", "STRASSE 5, O'CLOCK.", "STRASSE"), ("lower", "straße 5, o'clock.", "straße"), ("unmarked", "Straße 5 o'clock", "Straße"),
    ("bare", "straße 5 o'clock", "straße")])
def test_casing_moves_spans_with_the_text(way: str, text: str, span: str) -> None:
    dialogue = talk(user("Straße 5, o'clock.", {"a": "b"}, intent="i", acts=(), spans=(Span(start=0, end=6, label="s"), Span(start=7, end=8, label="n"))))
    (turn,) = apply("casing", dialogue, way=way).dialogue.turns
    assert turn.text == text and turn.spans is not None
    assert [turn.text[one.start:one.end] for one in turn.spans] == [span, "5"]
    assert (turn.intent, turn.acts, turn.state) == ("i", (), {"a": "b"})


def test_an_utterance_of_marks_alone_stays_and_a_vanished_span_is_unknown() -> None:
    dialogue = talk(user("..."), user("Yes !", spans=(Span(start=4, end=5, label="mark"),)))
    changed = apply("casing", dialogue, way="unmarked")
    assert [(turn.text, turn.spans) for turn in changed.dialogue.turns] == [("...", None), ("Yes ", None)] and changed.unknown == ((1, "spans"),)


def test_editing_makes_unknown_what_the_words_carried() -> None:
    changed = apply("edit", BOOKING, turn=2, text="No, the south.")
    turn = changed.dialogue.turns[2]
    assert (turn.intent, turn.acts, turn.state, turn.spans) == (None, None, None, None)
    assert states(changed) == [{"restaurant-food": "thai"}, None, None]
    assert changed.dialogue.turns[4].intent == "thanks"
    same = apply("edit", BOOKING, turn=2, text="yes the north")
    assert states(same) == states_of(BOOKING) and same.pieces[2].said == "reworded" and same.dialogue.turns[2].intent == "find"
    assert states(apply("edit", BOOKING, turn=3, text="All done.")) == states_of(BOOKING)


def test_what_is_inserted_has_no_gold_and_only_users_make_states_unknown() -> None:
    changed = apply("insert", BOOKING, place=3, speaker="system", text="Hm.")
    assert changed.origins == (0, 1, 2, None, 3, 4)
    assert all(getattr(changed.dialogue.turns[3], part) is None for part in PARTS)
    assert states(changed) == states_of(BOOKING)
    assert states(apply("insert", BOOKING, place=3, speaker="user", text="Hm.")) == [*states_of(BOOKING)[:2], None, None]
    assert apply("insert", BOOKING, place=5, speaker="user", text="Hm.").origins == (0, 1, 2, 3, 4, None)


def test_a_repetition_has_the_gold_of_the_utterance() -> None:
    changed = apply("repeat", BOOKING, turn=2)
    assert changed.origins == (0, 1, 2, None, 3, 4) and changed.dialogue.turns[3] == BOOKING.turns[2]
    assert not changed.unknown and not changed.updated and changed.history_kept == (True,) * 6


def test_swapping_speakers_leaves_nothing_but_spans() -> None:
    changed = apply("swap_speakers", BOOKING)
    assert [turn.spans for turn in changed.dialogue.turns] == [turn.spans for turn in BOOKING.turns]
    assert all((turn.intent, turn.acts, turn.state) == (None, None, None) for turn in changed.dialogue.turns)


def test_a_value_is_swapped_in_text_acts_spans_and_states() -> None:
    changed = apply("swap_value", BOOKING, old="restaurant-food = thai", new="east asian")
    first, second, third, *_ = changed.dialogue.turns
    assert first.text == "East asian food, please." and first.state == {"restaurant-food": "east asian"}
    assert first.acts and first.acts[0].value == "east asian" and first.intent == "find"
    assert first.spans == (Span(start=0, end=10, label="food"),)
    assert second.spans == (Span(start=0, end=10, label="food"), Span(start=18, end=23, label="area"))
    assert third.state == {"restaurant-food": "east asian", "restaurant-area": "north"} and third.text == "Yes, the north."
    assert {part for _, part in changed.updated} == {"acts", "spans", "state"} and not changed.unknown
    assert changed.sentence == "“thai” became “east asian” (restaurant-food)"


def test_a_word_without_annotation_is_swapped_and_the_state_is_not_known() -> None:
    changed = apply("swap_value", talk(user("Hello."), user("To OSLO."), system("Oslo it is.")), old="oslo", new="rome")
    assert [turn.text for turn in changed.dialogue.turns] == ["Hello.", "To ROME.", "Rome it is."]
    assert [one.fates["state"] for one in changed.pieces] == ["kept", "unknown", "unknown"]


@pytest.mark.parametrize(("turns", "old", "new", "words"), [
    ([user("At 7 pm.", {"t-time": "19:00"})], "t-time = 19:00", "20:00", "“19:00” is in no utterance as it is written; edit"),
    ([user("4 of us, 4 nights.", {"h-people": "4", "h-stay": "4"})], "h-stay = 4", "5", "the value of h-people as well"),
    ([user("In the north.", {"h-area": "north"}), user("Also north.", {"h-area": "north", "r-area": "north"})], "h-area = north", "west", "r-area"),
    ([user("Cambridge Belfry in Cambridge.", {"h-name": "cambridge belfry", "t-to": "cambridge"})], "t-to = cambridge", "ely", "part of “cambridge belfry”"),
    ([user("Thai or Greek?", {"r-food": "thai"})], "r-food = thai", "greek", "would become one"),
    ([user("Thai.", {"r-food": "thai"})], "r-area = thai", "greek", "no annotation gives r-area .* choose one of r-food = thai"),
    ([user("Thai.", {"r-food": "thai"})], "r-food = thai", "a|b", "not one value"),
    ([user("Thai.", {"r-food": "thai"})], "r-food = thai", "  ", "write at least one word"),
    ([user("Thai.", {"r-food": "thai"})], "", "greek", "Value: .* write at least one word"),
])
def test_what_is_ambiguous_or_absent_is_told(turns: list[Turn], old: str, new: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        apply("swap_value", talk(*turns), old=old, new=new)


@pytest.mark.parametrize(("kind", "parameters"), [
    ("drop", {"turn": 5}), ("drop", {"turn": -1}), ("drop", {"turn": None}), ("drop", {}), ("drop", {"turn": True}), ("insert", {"place": 6}),
    ("noise", {"rate": 2, "speakers": "user"}), ("noise", {"rate": 0.5, "speakers": "nobody"}), ("casing", {"way": 3}),
    ("reorder", {"first": 1, "second": 1}), ("edit", {"turn": 0, "text": BOOKING.turns[0].text})])
def test_what_cannot_be_meant_is_told(kind: str, parameters: dict[str, object]) -> None:
    with pytest.raises(InputError, match=r"\w; (choose|give|write) "):
        apply(kind, BOOKING, **parameters)


def test_the_only_utterance_is_not_dropped() -> None:
    with pytest.raises(InputError, match="only utterance"):
        apply("drop", talk(user("Hi.")), turn=0)


@pytest.mark.parametrize(("kind", "parameters", "kept"), [
    ("drop", {"turn": 2}, [True, True, False, False]), ("drop", {"turn": 4}, [True] * 4), ("casing", {"way": "upper"}, [True] * 5),
    ("reorder", {"first": 1, "second": 2}, [True, False, False, False, False]), ("repeat", {"turn": 0}, [True] * 6),
    ("insert", {"place": 1, "speaker": "user", "text": "Hm."}, [True, True, False, False, False, False]),
    ("edit", {"turn": 1, "text": "What?"}, [True, True, False, False, False]), ("swap_speakers", {}, [True, False, False, False, False])])
def test_a_history_is_kept_until_something_else_was_said(kind: str, parameters: dict[str, object], kept: list[bool]) -> None:
    assert list(apply(kind, BOOKING, **parameters).history_kept) == kept


def test_versions_grow_branch_and_are_not_made_twice() -> None:
    lineage = grown(start(BOOKING), "drop", {"turn": 3}, 1)
    again = grown(lineage.undo(), "drop", {"turn": 3}, 7)
    assert again == lineage and len(again.versions) == 2
    branched = grown(again.undo(), "repeat", {"turn": 0}, 1)
    assert [one.parent for one in branched.versions] == [None, 0, 0] and branched.current == 2
    with pytest.raises(UnknownNameError, match="did you mean 'drop'"):
        grown(lineage, "dropp", {}, 1)


def test_trying_all_makes_each_kind_once_and_stays_where_it_was() -> None:
    lineage, left_out = tried(start(BOOKING), seed=3)
    assert sorted(one.value.kind for one in lineage.versions[1:]) == sorted(COUNTERFACTUALS) and not left_out
    assert lineage.current == 0 and {one.parent for one in lineage.versions[1:]} == {0}
    assert tried(lineage, seed=3) == (lineage, []) and len(tried(lineage, seed=4)[0].versions) > len(lineage.versions)
    _, without = tried(start(talk(user("Hi"))), seed=1)
    assert any(sentence.startswith("Swap a slot value: nothing in this dialogue") for sentence in without)


def test_there_is_an_end_to_versions() -> None:
    lineage = start(BOOKING)
    for number in range(MOST - 1):
        lineage = grown(lineage, "insert", {"place": 0, "speaker": "user", "text": f"Word {number}"}, 1)
    with pytest.raises(InputError, match=f"there are {MOST} versions"):
        grown(lineage, "drop", {"turn": 0}, 1)
    assert "versions" in tried(lineage, 1)[1][0]


@pytest.mark.parametrize("dialogue", [BOOKING, *samples().values()], ids=lambda one: one.id)
def test_the_file_of_all_versions_is_read_again(dialogue: Dialogue) -> None:
    lineage, _ = tried(start(dialogue), seed=5)
    text = written(lineage)
    upload = read_upload(text.encode(), "versions.json")
    assert upload.detection.format == "convlab3"
    assert [one.turns for one in upload.dialogues] == [version.value.dialogue.turns for version in lineage.versions]
    how = [record["version"] for record in json.loads(text)]
    assert [(one["number"], one["parent"], one["change"]) for one in how] == [
        (number, version.parent, version.change) for number, version in enumerate(lineage.versions)]
    again = COUNTERFACTUALS[how[1]["counterfactual"]].apply(dialogue, how[1]["parameters"], Random(how[1]["seed"]))
    assert again.dialogue.turns == upload.dialogues[1].turns and list(again.origins) == how[1]["origins"]
