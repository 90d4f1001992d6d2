"""Every edit of a dialogue carries its right answer: properties that hold for any dialogue."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.dialogue import edits
from engine.dialogue.model import Dialogue, Span, Turn
from engine.errors import InputError

TEXTS = st.text(alphabet=st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=40).filter(
    lambda text: "[mask]" not in text.casefold())
TURNS = st.lists(st.builds(lambda speaker, text: Turn(speaker=speaker, text=text, intent="x", tokens=(1,)),
                           st.sampled_from(["user", "system"]), TEXTS), min_size=3, max_size=8)
OTHERS = [Dialogue(corpus="o", id="o", split="all", turns=tuple(
    Turn(speaker=speaker, text=f"other {speaker} utterance {number}") for number in range(9) for speaker in ("user", "system")))]


def texts(turns: tuple[Turn, ...] | list[Turn]) -> list[str]:
    return [turn.text for turn in turns]


@given(TURNS, st.data())
def test_putting_the_words_back_restores_the_dialogue(turns: list[Turn], data: st.DataObject) -> None:
    spots = [(index, word) for index, turn in enumerate(turns) for word in range(len(edits.words(turn.text)))]
    picks = data.draw(st.lists(st.sampled_from(spots), min_size=1, unique=True)) if spots else []
    if not picks:
        with pytest.raises(InputError, match="no word is hidden"):
            edits.mask_words(turns, picks)
        return
    posed = edits.mask_words(turns, picks)
    assert sum(text.count(edits.MASK) for text in texts(posed.turns)) == len(picks) == len(posed.right)
    joined = "\0".join(texts(posed.turns))
    for word in posed.right:
        joined = joined.replace(edits.MASK, word, 1)
    assert joined.lower() == "\0".join(texts(turns)).lower()


def test_a_word_has_one_mask_for_each_of_its_pieces() -> None:
    turns = [Turn(speaker="user", text="A guesthouse, please")]
    posed = edits.mask_words(turns, [(0, 2), (0, 1)], lambda word: ["guest", "##house"] if word == "guesthouse" else [word])
    assert posed.turns[0].text == "A [MASK][MASK], [MASK]" and posed.right == ("guest", "##house", "please")


def test_typed_candidates_come_last_and_never_twice() -> None:
    turns = [Turn(speaker="user", text="Hello"), Turn(speaker="user", text="A taxi")]
    drawn = edits.offer_candidates(turns, 1, OTHERS, count=3, rng=Random(4))
    typed = edits.offer_candidates(turns, 1, OTHERS, count=3, rng=Random(4), typed=["A bus", " a TAXI ", "", "A bus"])
    assert typed.candidates == (*drawn.candidates, "A bus") and typed.right == ("A taxi",)


@given(TURNS, st.data())
def test_speaker_is_asked_of_one_unmarked_utterance(turns: list[Turn], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(turns) - 1))
    marked = [*turns[:index], Turn(speaker=turns[index].speaker, text=f"[usr] {turns[index].text}"), *turns[index + 1:]]
    posed = edits.speaker_of(marked, index)
    assert posed.right == (turns[index].speaker,) and len(posed.turns) == 1
    assert posed.turns[0].text == turns[index].text.strip()


@given(TURNS, st.data(), st.integers(2, 6), st.integers(0, 99))
def test_the_true_continuation_is_among_distinct_candidates(turns: list[Turn], data: st.DataObject, count: int, seed: int) -> None:
    index = data.draw(st.integers(1, len(turns) - 1))
    posed = edits.offer_candidates(turns, index, OTHERS, count=count, rng=Random(seed))
    assert posed.right == (turns[index].text,) and texts(posed.turns) == texts(turns[:index])
    assert posed.candidates.count(turns[index].text) == 1 and len(set(posed.candidates)) == count
    assert all(turns[index].speaker in text for text in posed.candidates if text != turns[index].text)
    assert posed == edits.offer_candidates(turns, index, OTHERS, count=count, rng=Random(seed))


@given(TURNS, st.data(), st.integers(0, 99))
def test_incoherent_if_and_only_if_something_was_replaced(turns: list[Turn], data: st.DataObject, seed: int) -> None:
    chosen = data.draw(st.sets(st.integers(0, len(turns) - 1)))
    posed = edits.replace_utterances(turns, chosen, OTHERS, Random(seed))
    changed = {index for index, (now, before) in enumerate(zip(posed.turns, turns, strict=True)) if now.text != before.text}
    assert changed == chosen
    assert posed.right == (("incoherent",) if changed else ("coherent",))
    assert [turn.speaker for turn in posed.turns] == [turn.speaker for turn in turns]


@given(TURNS, st.data())
def test_sorting_by_the_right_ranks_restores_the_order(turns: list[Turn], data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(turns) - edits.GROUP))
    if edits.alike_in_group(turns, start):
        with pytest.raises(InputError, match="say the same"):
            edits.shuffle_group(turns, start, [1, 2, 0])
        return
    posed = edits.shuffle_group(turns, start, data.draw(st.permutations(range(edits.GROUP))))
    shown = [posed.turns[place] for place in posed.group]
    restored = [turn for _, turn in sorted(zip(map(int, posed.right), shown, strict=True), key=lambda pair: pair[0])]
    assert texts(restored) == texts(turns[start:start + edits.GROUP])
    outside = [index for index in range(len(turns)) if index not in posed.group]
    assert [posed.turns[index].text for index in outside] == [turns[index].text for index in outside]


@given(TURNS)
def test_swapping_speakers_twice_changes_nothing(turns: list[Turn]) -> None:
    once = edits.swap_speakers(turns)
    assert all(now.speaker != before.speaker for now, before in zip(once, turns, strict=True))
    assert [(turn.speaker, turn.text) for turn in edits.swap_speakers(once)] == [(turn.speaker, turn.text) for turn in turns]


@given(TURNS, st.data())
def test_entities_are_counted_in_the_shown_utterance(turns: list[Turn], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(turns) - 1))
    posed = edits.count_entities(turns, index, len)
    assert posed.right == (str(len(turns[index].text)),) and texts(posed.turns) == [turns[index].text]


def test_no_edit_keeps_what_may_be_stale() -> None:
    turns = [Turn(speaker="user", text="Thai food", tokens=(5, 6), spans=(Span(start=0, end=4, label="food"),), state={"a": "b"}),
             Turn(speaker="system", text="Thai food", tokens=(5, 6)), Turn(speaker="user", text="Yes", tokens=(7,))]
    for posed in (edits.mask_words(turns, [(0, 0)]), edits.replace_utterances(turns, [1], OTHERS, Random(0)),
                  edits.shuffle_group(turns, 0, [2, 1, 0]), edits.speaker_of(turns, 0)):
        assert all((turn.tokens, turn.spans, turn.state) == (None, None, None) for turn in posed.turns), posed.objective


@pytest.mark.parametrize(("act", "words"), [
    (lambda t: edits.mask_words([Turn(speaker="user", text="a [mask] b")], [(0, 0)]), "utterance 1: .* pick it instead"),
    (lambda t: edits.mask_words(t, [(0, 9)]), "utterance 1: there are 1 words"),
    (lambda t: edits.mask_words(t, [(9, 0)]), "pick utterances 1 to 3"),
    (lambda t: edits.offer_candidates(t, 0, OTHERS, count=2, rng=Random(0)), "no context"),
    (lambda t: edits.offer_candidates(t, 1, OTHERS, count=99, rng=Random(0)), "9 other utterances .* 98 are needed"),
    (lambda t: edits.replace_utterances(t, [1], [], Random(0)), "no other dialogue has a different user utterance"),
    (lambda t: edits.shuffle_group(t, 1, [0, 1, 2]), "not there"),
    (lambda t: edits.shuffle_group(t, 0, [0, 0, 2]), "does not order 3"),
    (lambda t: edits.shuffle_group([t[0], t[1], Turn(speaker="user", text=" ONE ")], 0, [1, 2, 0]), "utterances 1 and 3 say the same"),
    (lambda t: edits.put_instead(t, {1: " Two"}), "utterance 2: the distractor says the same"),
    (lambda t: edits.put_instead(t, {1: " "}), "utterance 2: .* or nothing"),
    (lambda t: edits.put_instead(t, {3: "four"}), "utterance 4: there are 3"),
    (lambda t: edits.mask_words(t, [(0, 0)], lambda word: ["[UNK]"]), "utterance 1: .*vocabulary lacks"),
])
def test_what_cannot_be_done_is_told(act, words: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError, match=words):
        act([Turn(speaker="user", text=text) for text in ("one", "two", "three")])


@pytest.mark.parametrize(("right", "guess", "good"), [
    ("6", "6 or more", True), ("11", "6 or more", True), ("5", "6 or more", False), ("3", "3", True), ("3", "4", False),
    ("North", "north", True), ("six", "6 or more", False)])
def test_open_counts_cover_larger_ones(right: str, guess: str, good: bool) -> None:
    assert edits.agrees(right, guess) is good
