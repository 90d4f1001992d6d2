"""What travels between machines: every method of `Predictor` as a request model and a result, made from its signature (no torch)."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, TypeAdapter, create_model

from engine.serve.base import Predictor, PredictorCard
from engine.serve.problems import Problem
from engine.serve.state import Description
from engine.serve.zoo.base import ZooCard


class Strict(BaseModel):
    """A request: a field that nobody knows is a mistake to be told, not to be passed over."""

    model_config = ConfigDict(extra="forbid")


VERSION = "v1"
"""Of paths below ``/api``; a change that breaks a client gets another."""
NDJSON = "application/x-ndjson"
"""A line of JSON per event: what was told on the way, ``{"result": ...}`` or ``{"problem": ...}`` last; empty lines keep the connection alive."""
VISITOR, SECONDS = "X-DialAtlas-Visitor", "X-DialAtlas-Seconds"
"""Headers: for whom a trusted client asks, and after how many seconds the answer is worth nothing."""


@dataclass(frozen=True, kw_only=True)
class Method:
    """One method of `Predictor`."""

    name: str
    about: str
    """The first sentences of its description."""
    request: type[BaseModel]
    """Its arguments but for ``progress``."""
    result: Any
    """The type of what it returns."""
    adapter: TypeAdapter[Any]
    """Of ``result``."""
    tells: bool
    """Whether it reports progress."""


class Models(BaseModel):
    """What this server can answer, and how its models are."""

    card: PredictorCard
    description: Description
    zoo: ZooCard | None
    """The text-to-text model; null where it has not been opened or cannot be."""
    zoo_trouble: str = ""
    """Why there is none, in one sentence."""


def mirrored(name: str, of: type[Any], *, defaults: Mapping[str, Any] | None = None, kinds: Mapping[str, Any] | None = None) -> type[BaseModel]:
    """A request model with the fields of a dataclass.

    Args:
        name: Of the model.
        of: The dataclass.
        defaults: For fields that have none there.
        kinds: For fields whose type there cannot be read from JSON.
    """
    hints = get_type_hints(of) | dict(kinds or {})
    shapes: dict[str, Any] = {}
    for one in fields(of):
        own = one.default_factory() if one.default_factory is not MISSING else ... if one.default is MISSING else one.default
        shapes[one.name] = (hints[one.name], (defaults or {}).get(one.name, own))
    made: type[BaseModel] = create_model(name, __base__=Strict, **shapes)
    made.__doc__ = inspect.getdoc(of)
    return made


def values_of(asked: BaseModel) -> dict[str, Any]:
    """A request's fields by name, nested dataclasses as such."""
    return {name: getattr(asked, name) for name in type(asked).model_fields}


def _method(name: str) -> Method:
    call = getattr(Predictor, name)
    hints, parameters = get_type_hints(call), inspect.signature(call).parameters
    fields: dict[str, Any] = {one.name: (hints[one.name], ... if one.default is one.empty else one.default)
                              for one in parameters.values() if one.name not in ("self", "progress")}
    request = create_model(f"{name.title().replace('_', '')}Request", __base__=Strict, **fields)
    about = inspect.cleandoc(call.__doc__ or "").partition("\n\n")[0].replace("\n", " ")
    return Method(name=name, about=about, request=request, result=hints["return"], adapter=TypeAdapter(hints["return"]), tells="progress" in parameters)


METHODS: Mapping[str, Method] = {name: _method(name) for name, value in vars(Predictor).items() if inspect.isfunction(value) and not name.startswith("_")}
"""Every method of the contract; nothing here needs to know them one by one."""
PROBLEM: TypeAdapter[Problem] = TypeAdapter(Problem)
