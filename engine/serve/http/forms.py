"""The API's own requests and answers, made of the program's dataclasses: what those say of their fields is said once."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, Field

from engine.dialogue.model import Act, Dialogue, Span, Turn
from engine.dialogue.upload import Upload
from engine.serve import base, reasons, state
from engine.serve.base import Prediction, ProbeQuestion
from engine.serve.problems import Problem
from engine.serve.wire import Strict, mirrored, values_of
from engine.serve.zoo.base import ZooAnswer, ZooCard
from engine.zoo.prompt import Prompt

Talk = mirrored("Talk", Dialogue, defaults={"corpus": "request", "id": "", "split": "all"})
"""A `Dialogue` of which the turns are enough."""


def dialogue_of(talk: BaseModel, number: int) -> Dialogue:
    """The dialogue, named by its number where it has no name."""
    values = values_of(talk)
    return Dialogue(**values | {"id": values["id"] or str(number)})


class PredictRequest(Strict):
    """Tasks x variants x dialogues."""

    dialogues: list[Talk]  # type: ignore[valid-type]
    variants: list[str] = Field(default=[], description="Names, as `models` gives them; none: all.")
    tasks: list[str] = Field(default=[], description="Names; none: all.")
    candidates: list[str] = Field(default=[], description="Responses to choose from, beside the dialogue's own.")


class Predicted(BaseModel):
    """One dialogue's answers."""

    dialogue: str
    predictions: list[Prediction]


class ObjectivesRequest(Strict):
    """Pre-training objectives put to dialogues."""

    questions: list[ProbeQuestion]
    variants: list[str] = Field(default=[], description="Names; none: all.")


class ZooRequest(Strict):
    """DialogZoo's tasks asked of one dialogue."""

    dialogue: Talk  # type: ignore[valid-type]
    tasks: list[str] = Field(default=[], description="Names, e.g. `rew`; none: all that the model was trained on.")
    texts: dict[str, str] = Field(default={}, description="Knowledge box to its text; boxes that are not named hold their defaults.")
    prompts: dict[str, str] = Field(default={}, description="Task to its whole prompt, instead of the one written from the dialogue.")
    seed: int = Field(default=0, description="Draws the order of turns (reo) and of entities (clo).")
    constrained: bool = Field(default=True, description="Whether answers keep to the task's form and to known labels, slots, tables and columns.")


class ZooAnswers(BaseModel):
    """What the text-to-text model wrote."""

    model: ZooCard
    answers: list[ZooAnswer]
    not_asked: dict[str, str] = Field(description="Task to the reason why it cannot be asked of this dialogue.")


class Converted(BaseModel):
    """What was found in a file."""

    format: str
    sentence: str = Field(description="How sure that is, and why.")
    notes: list[str] = Field(description="What was merged, dropped or mapped, each with its place and remedy.")
    dialogues: list[Dialogue]


def converted(upload: Upload) -> Converted:
    """An upload as the API gives it."""
    return Converted(format=upload.detection.format, sentence=upload.detection.sentence, notes=list(upload.notes), dialogues=list(upload.dialogues))


TableForm = Literal["json", "csv", "markdown", "latex"]
_MODULES = (base, reasons, state)
_DOCUMENTED = (*(value for module in _MODULES for value in vars(module).values() if inspect.isclass(value) and value.__module__ == module.__name__),
               Act, Dialogue, Problem, Prompt, Span, Turn, ZooAnswer, ZooCard)


def field_notes(of: type) -> Mapping[str, str]:
    """The text under each field of a class, as it stands in its source.

    >>> field_notes(Prediction)["gold"]
    "What the upload's annotation says, in the same form, where it says anything."
    """
    body = ast.parse(textwrap.dedent(inspect.getsource(of))).body[0]
    assert isinstance(body, ast.ClassDef)
    pairs = zip(body.body, body.body[1:], strict=False)
    return {one.target.id: inspect.cleandoc(note.value.value) for one, note in pairs
            if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
            and isinstance(note, ast.Expr) and isinstance(note.value, ast.Constant) and isinstance(note.value.value, str)}


def explain_fields(schemas: dict[str, Any]) -> None:
    """Write into OpenAPI's schemas what the dataclasses say of their fields."""
    for of in _DOCUMENTED:
        for name in (of.__name__, f"{of.__name__}-Input", f"{of.__name__}-Output", *(["Talk"] if of is Dialogue else [])):
            for key, note in field_notes(of).items() if name in schemas else ():
                schemas[name].get("properties", {}).get(key, {}).setdefault("description", note.replace("``", "`"))
