"""Reading a capsule file strictly: it comes from anybody, so every field is checked, and nothing in it is ever run."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, Literal, cast

from engine.dialogue.formats.base import tidy
from engine.dialogue.formats.node import Node, load
from engine.dialogue.model import Dialogue
from engine.dialogue.record import dialogue_of, lineage_of, only, turn_of
from engine.errors import InputError
from engine.serve.base import Answer, Prediction, ProbeAnswer, ProbeQuestion
from engine.serve.capsule import VERSION, Asked, Capsule, Probed

MAX_BYTES = 20_000_000
MAX_TURNS = 2_000
"""Utterances of one dialogue, as many as a page takes."""
MAX_QUESTIONS = 100
"""Entries of ``asked`` and of ``probes``."""
FIELDS = ("dialatlas_capsule", "page", "options", "typed", "dialogue", "lineage", "asked", "probes", "predictor", "seed", "fingerprints", "files",
          "versions", "commit", "hardware", "created", "snippet")
_PAGE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_REMEDY = "save the capsule again on the page that it comes from"


def unpack(data: bytes) -> Capsule:
    """Read a capsule.

    Raises:
        InputError: Too large, not JSON, nested too deeply, of another version, or a field is missing, unknown or not as written; names the place.
    """
    try:
        return _capsule(_opened(data))
    except InputError as error:  # what a file says of itself may be long, or hold line ends
        raise InputError(tidy(error.what), where=tidy(error.where or "") or None, remedy=tidy(error.remedy or "") or None) from None


def _opened(data: bytes) -> Node:
    if len(data) > MAX_BYTES:
        raise InputError(f"the file has {len(data):,} bytes, more than {MAX_BYTES:,}", remedy="a capsule of a page is far smaller")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"the file is not UTF-8 text (byte {error.start:,})", remedy="upload the capsule as it was downloaded") from None
    node = load(text)
    version = node.value.get("dialatlas_capsule") if isinstance(node.value, dict) else None
    if version is None:
        raise InputError("the file is not a capsule: it lacks the field 'dialatlas_capsule'", remedy="upload a file saved with the button Capsule")
    if version != VERSION or isinstance(version, bool):
        raise InputError(f"the capsule is of version {tidy(repr(version), 20)}, and only version {VERSION} is known here",
                         remedy="open it with the release of DialAtlas that made it")
    only(node, FIELDS)
    return node


def _capsule(node: Node) -> Capsule:
    dialogue = _short(node.need("dialogue", dict))
    lineage, seed, page = node.get("lineage", dict), node.get("seed", int), node.need("page", str)
    if not _PAGE.fullmatch(page.value):
        raise page.fail("this is not the name of a page", "write its file name without ending, e.g. compare")
    return Capsule(
        page=page.value, dialogue=dialogue, lineage=lineage_of(lineage) if lineage else None, seed=seed.value if seed else None,
        options={key: tuple(one.value for one in values.items(str)) for key, values in node.need("options", dict).members(list)},
        asked=tuple(_asked(one, dialogue) for one in _few(node.need("asked", list)).items()),
        probes=tuple(map(_probed, _few(node.need("probes", list)).items())),
        typed=_texts(node, "typed"), fingerprints=_texts(node, "fingerprints"), files=_texts(node, "files"), versions=_texts(node, "versions"),
        **{key: node.need(key, str).value for key in ("predictor", "commit", "hardware", "created", "snippet")})


def _short(node: Node) -> Dialogue:
    turns = node.need("turns", list)
    if not 0 < len(turns.value) <= MAX_TURNS:
        raise turns.fail(f"a capsule's dialogue has between 1 and {MAX_TURNS:,} utterances, not {len(turns.value):,}", _REMEDY)
    return dialogue_of(node)


def _few(node: Node) -> Node:
    if len(node.value) > MAX_QUESTIONS:
        raise node.fail(f"there are {len(node.value):,} entries, more than {MAX_QUESTIONS}", _REMEDY)
    return node


def _texts(node: Node, key: str) -> Mapping[str, str]:
    return {name: one.value for name, one in node.need(key, dict).members(str)}


def _names(node: Node, key: str) -> tuple[str, ...]:
    return tuple(one.value for one in node.need(key, list).items(str))


def _asked(node: Node, dialogue: Dialogue) -> Asked:
    only(node, ("variants", "tasks", "candidates", "predictions"))
    return Asked(variants=_names(node, "variants"), tasks=_names(node, "tasks"), candidates=_names(node, "candidates"),
                 predictions=tuple(_prediction(one, len(dialogue.turns)) for one in node.need("predictions", list).items()))


def _prediction(node: Node, turns: int) -> Prediction:
    only(node, ("variant", "task", "turn", "answer", "scores", "gold"))
    turn = node.need("turn", int)
    if not 0 <= turn.value < turns:
        raise turn.fail(f"the dialogue has {turns:,} utterances, counted from 0", _REMEDY)
    gold = None if node.value.get("gold") is None else _answer(node.at("gold"))
    return Prediction(variant=node.need("variant", str).value, task=node.need("task", str).value, turn=turn.value,
                      answer=_answer(_there(node, "answer")), scores=_scores(node.need("scores", dict)), gold=gold)


def _there(node: Node, key: str) -> Node:
    if key not in node.value:
        raise node.fail(f"the key {key!r} is missing", _REMEDY)
    return node.at(key)


def _answer(node: Node) -> Answer:
    if isinstance(node.value, list):
        return tuple(one.value for one in node.items(str))
    if isinstance(node.value, dict):
        return {slot: one.value for slot, one in node.members(str)}
    return cast(str, node.of(str).value)


def _scores(node: Node) -> Mapping[str, float]:
    return {label: _number(node.at(label)) for label in node.value}


def _number(node: Node) -> float:
    value: Any = node.value
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise node.fail("a finite number is expected here", _REMEDY)
    return float(value)


def _probed(node: Node) -> Probed:
    only(node, ("question", "answers"))
    asked = node.need("question", dict)
    only(asked, ("objective", "turns", "candidates", "group", "right"))
    turns = asked.need("turns", list)
    if len(turns.value) > MAX_TURNS:
        raise turns.fail(f"there are {len(turns.value):,} utterances, more than {MAX_TURNS:,}", _REMEDY)
    question = ProbeQuestion(objective=asked.need("objective", str).value, turns=tuple(map(turn_of, turns.items())), candidates=_names(asked, "candidates"),
                             group=tuple(one.value for one in asked.need("group", list).items(int)), right=_names(asked, "right"))
    return Probed(question=question, answers=tuple(map(_probe_answer, node.need("answers", list).items())))


def _probe_answer(node: Node) -> ProbeAnswer:
    only(node, ("variant", "head", "guess", "scores", "chances"))
    head = node.need("head", str)
    if head.value not in ("trained", "linear probe"):
        raise head.fail("a head is 'trained' or a 'linear probe'", _REMEDY)
    shares = node.need("chances", list)
    return ProbeAnswer(variant=node.need("variant", str).value, head=cast(Literal["trained", "linear probe"], head.value), guess=_names(node, "guess"),
                       scores=tuple(map(_scores, node.need("scores", list).items(dict))),
                       chances=tuple(_number(shares.at(place)) for place in range(len(shares.value))))
