"""Knowledge boxes: what a visitor types for a task, read line by line into knowledge, with one sentence for what is malformed (no torch)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from engine.errors import InputError
from engine.zoo.escape import split_at, tidy, unshield_value
from engine.zoo.knowledge import Database, Description, Document, Knowledge, Triples

LONGEST = 100_000
"""Characters of a box that are read; a model reads a few hundred words of them."""
Form = Literal["text", "names", "facts", "tables", "choices"]
FORMS: Mapping[Form, str] = {
    "text": "free text", "names": "one `name` or `name = what it means` a line", "facts": "one `subject | relation | object` a line",
    "tables": "one `table = column | column` a line", "choices": "one choice a line",
}
"""How each form is written; lines may also stand side by side with ` ; ` between them."""
_MISSING: Mapping[Form, str] = {"text": "there are no words in it", "names": "it lists no name", "facts": "it lists no fact", "tables": "it lists no table",
                                "choices": "it lists fewer than two choices"}


@dataclass(frozen=True, kw_only=True)
class Box:
    """One text that a task takes besides the dialogue."""

    name: str
    """Task and what it holds, e.g. ``fill.slots``."""
    title: str
    form: Form
    needed: bool = True
    """Whether the task makes no sense without it."""
    note: str = ""
    """What an empty box means, or where the box was filled from."""

    @property
    def task(self) -> str:
        """Registry name of the task."""
        return self.name.partition(".")[0]


BOXES: Mapping[str, Box] = {box.name: box for box in (
    Box(name="nlg.acts", title="Dialogue acts", form="names", note="From the last annotated system turn, or else from the state."),
    Box(name="fill.slots", title="Slots", form="names", note="Slots of the domains that the dialogue speaks of."),
    Box(name="intent.labels", title="Intents", form="names", note="Annotated intents stand first."),
    Box(name="dst.slots", title="Slots", form="names", note="Annotated slots, and those of the domains that the dialogue speaks of."),
    Box(name="comm.question", title="Question", form="text", needed=False, note="Empty: the user's last utterance."),
    Box(name="comm.choices", title="Choices", form="choices"),
    Box(name="emo.emotions", title="Emotions", form="names"),
    Box(name="docqa.document", title="Document", form="text"),
    Box(name="docqa.question", title="Question", form="text", needed=False, note="Empty: the user's last question in the dialogue."),
    Box(name="dialqa.question", title="Question", form="text"),
    Box(name="chat.persona", title="Persona or situation", form="text", needed=False, note="May be empty."),
    Box(name="kgdial.facts", title="Facts", form="facts", needed=False, note="From the annotated state, where there is one. May be empty."),
    Box(name="txt2sql.schema", title="Database schema", form="tables"),
    Box(name="txt2sql.question", title="Question", form="text", needed=False, note="Empty: the dialogue up to the user's last question."),
    Box(name="sim.intent", title="What the user wants to say", form="names", note="From the turn's acts, or what its state gains, where annotated."),
    Box(name="tod.state", title="State so far", form="names", needed=False, note="From the annotated state, where there is one. May be empty."),
)}
_PARSE: Mapping[Form, Callable[[str], Knowledge | None]] = {"names": Description.parse, "facts": Triples.parse, "tables": Database.parse}


def boxes_of(task: str) -> list[Box]:
    """The boxes of a task, in their order."""
    return [box for box in BOXES.values() if box.task == task]


def read_box(box: Box, text: str) -> Knowledge:
    """The knowledge that a text holds (``choices`` as a description of names).

    Raises:
        InputError: The text is too long, a line is malformed (named), or the box is needed and empty.
    """
    if len(text) > LONGEST:
        raise InputError(f"it has {len(text):,} characters, and {LONGEST:,} at most are read", where=_where(box), remedy="give the part that matters")
    known = Document.parse(text) if box.form == "text" else _listed(box, text)
    if box.needed and len(known.items) < (2 if box.form == "choices" else 1):
        raise InputError(_MISSING[box.form], where=_where(box), remedy=f"write {FORMS[box.form].replace('`', '')}")
    return known


def _listed(box: Box, text: str) -> Knowledge:
    lines = [(number, re.sub(r"(?:^|\s);\s*$", "", line.strip())) for number, line in enumerate(text.splitlines(), start=1)]
    kept = [(number, line) for number, line in lines if line]
    if box.form == "choices":
        choices = [unshield_value(part) for _, line in kept for part in split_at(tidy(line), ";") if part]
        return Description(tuple((choice, "") for choice in dict.fromkeys(choices)))
    parse = _PARSE[box.form]
    for number, line in kept:
        if parse(line) is None:
            raise InputError("the line is malformed", where=f"{_where(box)}, line {number}", remedy=f"write {FORMS[box.form].replace('`', '')}")
    whole = parse(" ; ".join(dict.fromkeys(line for _, line in kept)) or "none")
    assert whole is not None, "lines that can be read can be read together"
    return whole


def _where(box: Box) -> str:
    return f"{box.title} of {box.task.upper()}"
