"""Foreign words inside our own marks: what looks like a mark gets one backslash more, and loses it again when it is read.

Words are tidy: single spaces, none at the ends. Marks are the bracketed tokens (``[USR]``, ``[EK]``, a task's ``[rew]`` ...) and, inside
structures, the lone signs ``;``, ``=`` and ``|``.
"""

from __future__ import annotations

import re

TASK_NAMES = ("rew", "nlg", "sum", "fill", "intent", "dst", "comm", "emo", "docqa", "dialqa", "chat", "kgdial", "txt2sql", "sim", "tod", "reo", "clo")
"""The fifteen tasks in the order of the paper's Table 1, and the two that supervise themselves."""
KNOWLEDGE, DEFINITION, MASK = "[EK]", "[C]", "[mask]"
BRACKETED = ("[USR]", "[SYS]", KNOWLEDGE, DEFINITION, MASK, *(f"[{name}]" for name in TASK_NAMES))
_MARK = r"\[(?=(?:" + "|".join(mark[1:-1] for mark in BRACKETED) + r")\])"
_SIGN = r"(?<!\S)\\*[;=|](?!\S)"


def tidy(text: str) -> str:
    """The words of a text with single spaces between them."""
    return " ".join(text.split())


def shield(text: str) -> str:
    r"""Tidy words that no bracketed mark stands in.

    >>> print(shield("a [EK] b"))
    a \[EK] b
    """
    return re.sub(r"\\*" + _MARK, lambda found: "\\" + found[0], tidy(text))


def unshield(text: str) -> str:
    """The words before `shield`."""
    return re.sub(r"\\(\\*" + _MARK + ")", r"\1", text)


def shield_value(text: str) -> str:
    r"""Tidy words that neither a bracketed mark nor a lone sign stands in.

    >>> print(shield_value("x ; y = z;"))
    x \; y \= z;
    """
    return re.sub(_SIGN, lambda found: "\\" + found[0], shield(text))


def unshield_value(text: str) -> str:
    """The words before `shield_value`."""
    return unshield(re.sub(r"(?<!\S)\\(\\*[;=|](?!\S))", r"\1", text))


def split_at(text: str, sign: str) -> list[str]:
    """The parts between lone signs, e.g. between ``;``; an empty text has none.

    >>> split_at("a = b ; c = d", ";"), split_at("", ";")
    (['a = b', 'c = d'], [])
    """
    return [part.strip() for part in re.split(rf"(?<!\S){re.escape(sign)}(?!\S)", text)] if text.strip() else []
