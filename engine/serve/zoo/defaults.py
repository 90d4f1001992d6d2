"""What stands in the knowledge boxes at first: filled from the dialogue's annotation where it has some, else words of our own (no torch)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from engine.dialogue.model import Act, Dialogue, State, Turn
from engine.zoo.datasets.shape import words
from engine.zoo.knowledge import Description, Triples

_DOMAINS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "restaurant": (r"restaurants?|food|eat|dinner|table", {
        "area": "part of town", "food": "kind of food", "price range": "cheap, moderate or expensive", "name": "name of the restaurant",
        "book day": "day of the booking", "book time": "time of the booking", "book people": "number of people"}),
    "hotel": (r"hotels?|room|stay|guesthouse|nights?", {
        "area": "part of town", "price range": "cheap, moderate or expensive", "name": "name of the hotel", "parking": "whether it has parking",
        "internet": "whether it has wifi", "book day": "first day", "book stay": "number of nights", "book people": "number of people"}),
    "taxi": (r"taxis?|cab", {
        "departure": "where the ride starts", "destination": "where the ride ends", "leave at": "time to leave", "arrive by": "time to arrive"}),
    "train": (r"trains?", {
        "departure": "where the train starts", "destination": "where the train goes", "day": "day of the journey", "leave at": "time to leave",
        "arrive by": "time to arrive", "book people": "number of seats"}),
    "movies": (r"movies?|films?|cinema", {
        "genre": "kind of film", "movie name": "title of the film", "location": "town of the cinema", "show date": "day of the show",
        "show time": "time of the show", "number of tickets": "how many tickets"}),
    "weather": (r"weather|rain|snow|windy?", {"city": "place of the forecast", "date": "day of the forecast"}),
}
"""Domain to the words that it is known by, and its slots with what they mean; the domains of the sample dialogues."""
INTENTS = ("find a restaurant", "book a table", "find a hotel", "book a room", "find a train", "buy tickets", "book a taxi", "find a film",
           "ask for the weather", "ask for the price", "ask for the phone number", "thank and say goodbye")
EMOTIONS = ("neutral", "happiness", "sadness", "anger", "fear", "disgust", "surprise")
CHOICES = ("to eat something", "to travel somewhere", "to sleep somewhere", "to hear the news")
DOCUMENT = ("Alder Bridge is a small town on the river Wend. Its railway station has four platforms, and taxis wait at exit B day and night. A ride to the "
            "Old Mill theatre takes ten minutes. The Lantern House in the centre is a guesthouse with free parking, and breakfast is served from seven to "
            "ten. Thai and Indian restaurants stand on both sides of the river; the Blue Lotus in the east is the cheapest of them. In winter it snows often, "
            "and the museum is closed on Mondays.")
QUESTION, NEXT, COUNTED = "What does the user want?", "What will the user do next?", "How many restaurants are there in the east?"
PERSONA = "I work at the information desk of a small town. I like trains and good food. I answer in a friendly way."
SCHEMA = "restaurants = id | name | food | area | price range | phone\nbookings = id | restaurant id | day | time | people"
_FACTS = (("blue lotus", "food", "indian"), ("blue lotus", "area", "east"), ("blue lotus", "price range", "cheap"), ("lantern house", "area", "centre"),
          ("lantern house", "parking", "yes"))
_SAID = (("inform name", "blue lotus"), ("inform food", "indian"), ("inform price range", "cheap"))
_WANTED = (("request phone number", ""), ("thank you", ""))
Pairs = tuple[tuple[str, str], ...]


def default_text(name: str, dialogue: Dialogue) -> str:
    """What stands in the box at first."""
    return _DEFAULTS[name](dialogue)


def last_state(turns: Iterable[Turn]) -> State | None:
    """The last annotated state; None where there is none."""
    return next((turn.state for turn in reversed(tuple(turns)) if turn.state is not None), None)


def last_user(turns: Iterable[Turn]) -> int | None:
    """Index of the last user turn with words."""
    return max((index for index, turn in enumerate(turns) if turn.speaker == "user" and turn.text.strip()), default=None)


def state_words(state: State) -> dict[str, str]:
    """Slots as words with their first value, in their order.

    >>> state_words({"hotel-book day": "friday|saturday", "hotel-area": ""})
    {'hotel book day': 'friday'}
    """
    first = {words(slot): value.partition("|")[0].strip() for slot, value in state.items()}
    return {slot: value for slot, value in first.items() if slot and value}


def simulated_at(turns: tuple[Turn, ...]) -> int | None:
    """Index of the user turn that SIM says: the last one that another stands before, or the one that would follow; None where there is neither."""
    last = last_user(turns)
    if last:
        return last
    return len(turns) if turns and turns[-1].speaker == "system" else None


def _lines(pairs: Iterable[tuple[str, str]]) -> str:
    return "\n".join(Description(tuple(pairs)).items)


def _domains(dialogue: Dialogue) -> list[str]:
    """Those that the dialogue speaks of; all where it speaks of none."""
    said = " ".join(turn.text.lower() for turn in dialogue.turns)
    found = [name for name, (known_by, _) in _DOMAINS.items() if name in dialogue.domains or re.search(rf"\b(?:{known_by})\b", said)]
    return found or list(_DOMAINS)


def _tracked(dialogue: Dialogue) -> str:
    known = {f"{domain} {slot}": meaning for domain in _domains(dialogue) for slot, meaning in _DOMAINS[domain][1].items()}
    annotated = {slot: "" for turn in dialogue.turns for slot in state_words(turn.state or {})}
    return _lines((annotated | known).items())


def _slots(dialogue: Dialogue) -> str:
    return _lines({slot: meaning for domain in _domains(dialogue) for slot, meaning in _DOMAINS[domain][1].items()}.items())


def _intents(dialogue: Dialogue) -> str:
    annotated = [words(turn.intent) for turn in dialogue.turns if turn.intent]
    return "\n".join(dict.fromkeys(name for name in (*annotated, *INTENTS) if name))


def _acts(acts: Iterable[Act], *, domains: bool) -> Pairs:
    named = ((words(" ".join(filter(None, (act.name, act.domain if domains else None, act.slot)))), act.value or "") for act in acts)
    return tuple(dict.fromkeys((name, value) for name, value in named if name))


def _said(dialogue: Dialogue) -> str:
    annotated = next((acts for turn in reversed(dialogue.turns) if turn.speaker == "system" and (acts := _acts(turn.acts or (), domains=False))
                      if any(value for _, value in acts)), ())
    state = last_state(dialogue.turns) or {}
    believed = tuple((words(f"inform {slot.partition('-')[2] or slot}"), value.partition("|")[0]) for slot, value in state.items() if value.strip())
    return _lines(annotated or believed or _SAID)


def _wanted(dialogue: Dialogue) -> str:
    index = simulated_at(dialogue.turns)
    if index is None or index == len(dialogue.turns):
        return _lines(_WANTED)
    turn = dialogue.turns[index]
    before = state_words(last_state(dialogue.turns[:index]) or {})
    gained = tuple((slot, value) for slot, value in state_words(turn.state or {}).items() if before.get(slot) != value)
    return _lines(_acts(turn.acts or (), domains=True) or gained or _WANTED)


def _believed(dialogue: Dialogue) -> str:
    index = last_user(dialogue.turns)
    return "" if index is None else _lines(state_words(last_state(dialogue.turns[:index + 1]) or {}).items())


def _facts(dialogue: Dialogue) -> str:
    state = last_state(dialogue.turns) or {}
    parts = ((words(slot.partition("-")[0]), words(slot.partition("-")[2]) or "value", value.partition("|")[0].strip()) for slot, value in state.items())
    found = tuple(fact for fact in parts if all(fact))
    return "\n".join(Triples(found or _FACTS).items)


_DEFAULTS: Mapping[str, Callable[[Dialogue], str]] = {
    "nlg.acts": _said, "fill.slots": _slots, "intent.labels": _intents, "dst.slots": _tracked, "comm.question": lambda _: NEXT,
    "comm.choices": lambda _: "\n".join(CHOICES), "emo.emotions": lambda _: "\n".join(EMOTIONS), "docqa.document": lambda _: DOCUMENT,
    "docqa.question": lambda _: "", "dialqa.question": lambda _: QUESTION, "chat.persona": lambda _: PERSONA, "kgdial.facts": _facts,
    "txt2sql.schema": lambda _: SCHEMA, "txt2sql.question": lambda _: COUNTED, "sim.intent": _wanted, "tod.state": _believed,
}
