"""The storyboard of a talk: a YAML file of steps, read and checked; every mistake is one sentence with file and line (no torch).

A file is ``title`` and ``steps``; a step has ``title`` and any of ``text``, ``dialogue``, ``ask``, ``numbers``, ``vote``, ``utterances``,
``reveal``, ``seconds``, ``minutes`` and ``notes``. ``text`` may hold paragraphs, ``- `` lists, ``**strong**``, ``*stressed*`` and
```code```; nothing else of it, and nothing of a dialogue, is ever markup.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.dialogue.model import Dialogue, Turn
from engine.dialogue.upload import read_upload
from engine.errors import InputError
from engine.serve.talk.ask import Ask, check_ask, read_ask
from engine.serve.talk.lined import Lined, read_lined
from engine.serve.talk.numbers import Numbers, read_numbers

Part = Literal["text", "dialogue", "numbers", "answers", "right"]
PARTS: tuple[Part, ...] = ("text", "dialogue", "numbers", "answers", "right")
"""What of a step can be revealed; what ``reveal`` does not name is shown from the start, except the right answers."""
_STEP = ("title", "text", "dialogue", "ask", "numbers", "vote", "utterances", "reveal", "seconds", "minutes", "notes")
_AFTER_USER = ("intent", "state_tracking", "dsp", "enp")
"""What can be asked of an utterance that somebody adds."""
MOST_STEPS, SECONDS, MINUTES = 100, 8.0, 1.0


@dataclass(frozen=True, kw_only=True)
class Step:
    """One picture of the talk."""

    title: str
    where: str
    """File and line."""
    text: str = ""
    dialogue: Dialogue | None = None
    ask: Ask | None = None
    numbers: Numbers | None = None
    vote: str = ""
    """Whose answer the room guesses: a variant, or a task of DialogZoo; empty where there is no vote."""
    utterances: bool = False
    """Whether phones may send utterances."""
    reveal: tuple[tuple[Part, ...], ...] = ()
    """What each press shows."""
    seconds: float = SECONDS
    """A live answer may take so long, from entering the step; then a recorded one stands in."""
    minutes: float = MINUTES
    """Planned."""
    notes: str = ""
    """For the presenter alone."""

    def shown(self, stage: int) -> frozenset[Part]:
        """The parts that are seen after ``stage`` presses."""
        later = {part for parts in self.reveal[stage:] for part in parts}
        named = {part for parts in self.reveal for part in parts}
        return frozenset(part for part in PARTS if part not in later and (part != "right" or part in named))


@dataclass(frozen=True, kw_only=True)
class Story:
    """A whole talk."""

    title: str
    path: Path
    steps: tuple[Step, ...]

    @property
    def minutes(self) -> float:
        """Planned for all steps."""
        return sum(step.minutes for step in self.steps)


def read_story(path: Path) -> Story:
    """Read and check a storyboard.

    Raises:
        InputError: The file cannot be read, or something in it is wrong; names file and line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"the storyboard cannot be read ({error.strerror})", where=str(path), remedy="give the path of a YAML file") from None
    except UnicodeDecodeError:
        raise InputError("the storyboard is not UTF-8 text", where=str(path), remedy="save it as UTF-8") from None
    whole = read_lined(text, str(path))
    fields = whole.fields(("title", "steps"))
    for name in ("title", "steps"):
        if name not in fields:
            raise whole.wrong(f"{name} is missing", f"write `{name}: …`")
    steps = fields["steps"].items()
    if len(steps) > MOST_STEPS:
        raise fields["steps"].wrong(f"there are {len(steps)} steps", f"keep to {MOST_STEPS}")
    return Story(title=fields["title"].text(), path=path, steps=tuple(_step(one, path.parent) for one in steps))


def _step(place: Lined, folder: Path) -> Step:
    found = place.fields(_STEP)
    if "title" not in found:
        raise place.wrong("the step has no title", "write `title: …`")
    dialogue = _dialogue(found["dialogue"], folder) if "dialogue" in found else None
    ask = read_ask(found["ask"]) if "ask" in found else None
    step = Step(
        title=found["title"].text(), where=place.where, text=found["text"].text() if "text" in found else "", dialogue=dialogue, ask=ask,
        numbers=read_numbers(found["numbers"]) if "numbers" in found else None, vote=found["vote"].text() if "vote" in found else "",
        utterances="utterances" in found and found["utterances"].flag(), reveal=_reveal(found["reveal"]) if "reveal" in found else (),
        seconds=found["seconds"].number(0.1, 600) if "seconds" in found else SECONDS,
        minutes=found["minutes"].number(0.1, 240) if "minutes" in found else MINUTES, notes=found["notes"].text() if "notes" in found else "")
    _fits(step, found)
    return step


def _dialogue(place: Lined, folder: Path) -> Dialogue:
    """Inline turns, ``sample: path`` with the number of its first turns, or a path alone."""
    if isinstance(place.value, tuple):
        turns = tuple(_turn(one) for one in place.items())
        return Dialogue(corpus="talk", id=place.where, split="talk", turns=turns)
    named = place.fields(("sample", "turns")) if isinstance(place.value, dict) else {"sample": place}
    if "sample" not in named:
        raise place.wrong("the dialogue names no sample", "write `sample: path`, or turns as `- user: …`")
    path = folder / named["sample"].text()
    try:
        found = read_upload(path.read_bytes(), path.name).dialogues[0]
    except OSError as error:
        raise named["sample"].wrong(f"the sample cannot be read ({error.strerror})", "give a path from the storyboard's folder") from None
    except InputError as error:
        raise named["sample"].wrong(f"the sample is not a dialogue ({error.what})", error.remedy or "give another file") from None
    return found.until(named["turns"].count(1, len(found.turns))) if "turns" in named else found


def _turn(place: Lined) -> Turn:
    if not isinstance(place.value, dict) or len(place.value) != 1:
        raise place.wrong("this is no utterance", "write `- user: …` or `- system: …`")
    speaker, said = next(iter(place.fields(("user", "system")).items()))
    return Turn(speaker="user" if speaker == "user" else "system", text=said.text())


def _reveal(place: Lined) -> tuple[tuple[Part, ...], ...]:
    found = []
    for one in place.items():
        names = one.some_of(PARTS, "part")
        found.append(tuple(part for part in PARTS if part in names))
    parts = [part for stage in found for part in stage]
    if twice := next((part for part in parts if parts.count(part) > 1), None):
        raise place.wrong(f"{twice!r} is revealed twice", "name it once")
    return tuple(found)


def _fits(step: Step, found: dict[str, Lined]) -> None:
    """Whether the parts of a step belong together."""
    if step.ask is not None:
        check_ask(step.ask, step.dialogue, found["ask"])
    for part, stands in (("text", step.text), ("dialogue", step.dialogue), ("numbers", step.numbers), ("answers", step.ask), ("right", step.ask)):
        if not stands and any(part in parts for parts in step.reveal):
            raise found["reveal"].wrong(f"{part!r} is revealed, but the step has none", "take it out, or add it to the step")
    if step.vote:
        _vote_fits(step, found["vote"])
    if step.utterances:
        _utterances_fit(step, found["utterances"])


def _vote_fits(step: Step, place: Lined) -> None:
    if step.ask is None:
        raise place.wrong("there is nothing to vote on", "add `ask` to the step")
    place.one_of(step.ask.who, "choice of the vote")
    if len(step.ask.who) < 2:
        raise place.wrong("there is only one choice", "ask two or more")
    if not any("answers" in parts for parts in step.reveal):
        raise place.wrong("the answers stand there with their names, so the vote is not blind", "add `answers` to `reveal`")


def _utterances_fit(step: Step, place: Lined) -> None:
    if step.ask is None or (step.ask.kind != "zoo" and not set(step.ask.names) <= set(_AFTER_USER)):
        raise place.wrong("what the step asks cannot be asked of an utterance from the room",
                          f"ask {', '.join(_AFTER_USER)}, or tasks of DialogZoo")
