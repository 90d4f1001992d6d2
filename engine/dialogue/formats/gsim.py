"""Simulated dialogues (M2M): turns that hold the system's utterance, if there is one, and the user's answer to it.

Source: https://github.com/google-research-datasets/simulated-dialogue
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.dialogue.formats.base import Format, Reading, dialogue
from engine.dialogue.formats.node import Node
from engine.dialogue.formats.records import records
from engine.dialogue.formats.source import Head, Source
from engine.dialogue.model import Act, Dialogue, Span, Speaker, State, Turn

_SPEAKERS: tuple[Speaker, ...] = ("system", "user")


def recognise(head: Head) -> float:
    """By the keys that only this format has."""
    found = head.keys & {"user_utterance", "system_utterance", "dialogue_state", "user_acts", "system_acts"}
    return 0.45 + 0.1 * len(found) if "user_utterance" in found else 0.0


def parse(source: Source, reading: Reading) -> Iterator[Dialogue]:
    """Read dialogues; a state's keys are the slots as in the file, behind the domain that the dialogue's name begins with."""
    return (_dialogue(node, str(number)) for number, node in enumerate(records(source, reading), start=1))


def _dialogue(node: Node, number: str) -> Dialogue:
    name = node.text("dialogue_id") or number
    domain = _domain(name)
    return dialogue(name, _turns(node.need("turns", list), domain), [domain] if domain else [])


def _domain(name: str) -> str:
    """``movies_00000001`` to ``movie``, as the unified releases spell it.

    >>> _domain("movies_00000001"), _domain("restaurant_7"), _domain("7")
    ('movie', 'restaurant', '')
    """
    word, mark, _ = name.rpartition("_")
    return word.lower().removesuffix("s") if mark else ""


def _turns(turns: Node, domain: str) -> Iterator[Turn]:
    for pair in turns.items():
        for speaker in _SPEAKERS:
            utterance = pair.get(f"{speaker}_utterance", dict)
            if utterance:
                yield _turn(pair, utterance, speaker, domain)


def _turn(pair: Node, utterance: Node, speaker: Speaker, domain: str) -> Turn:
    user = speaker == "user"
    intents = pair.listed("user_intents", str) if user else []
    published = pair.get(f"{speaker}_acts", list)
    text = utterance.need("text", str).value
    return Turn(speaker=speaker, text=text, intent=intents[0].value if intents else None, state=_state(pair, domain) if user else None,
                acts=tuple(_act(act, domain) for act in published.items()) if published else None, spans=_spans(utterance, text))


def _act(node: Node, domain: str) -> Act:
    slot = node.text("slot")
    return Act(name=node.need("type", str).value.lower(), domain=domain or None if slot else None, slot=slot, value=node.text("value"))


def _state(pair: Node, domain: str) -> State | None:
    published = pair.get("dialogue_state", list)
    if published is None:
        return None
    return {f"{domain}-{slot}" if domain else slot: item.need("value", str).value
            for item in published.items() for slot in [item.need("slot", str).value]}


def _spans(utterance: Node, text: str) -> tuple[Span, ...] | None:
    """Characters from positions of tokens, where the text is the tokens joined with a space."""
    slots, tokens = utterance.get("slots", list), [token.value for token in utterance.listed("tokens", str)]
    if slots is None or " ".join(tokens) != text:
        return None
    starts = [0]
    for token in tokens:
        starts.append(starts[-1] + len(token) + 1)
    places = [(slot.need("start", int).value, slot.need("exclusive_end", int).value, slot.need("slot", str).value) for slot in slots.items()]
    return tuple(Span(start=starts[start], end=starts[end] - 1, label=label) for start, end, label in places if 0 <= start < end <= len(tokens))


GSIM = Format(name="gsim", title="Simulated dialogues (GSIM, M2M)", endings=(".json",), recognise=recognise, parse=parse)
