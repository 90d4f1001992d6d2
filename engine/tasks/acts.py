"""Dialogue act names: MultiWOZ verbs, and DSTC2 and GSIM in universal dialogue acts (Paul et al. 2019).

The label files of the papers are not public, so the mapping is declared here. It gives the published numbers of labels:
13 for MultiWOZ, 19 for DSTC2 and 13 for GSIM, both speakers counted, although only system turns are asked about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.dialogue.model import Speaker, Turn

UNIVERSAL: Mapping[str, Mapping[Speaker, Mapping[str, str | None]]] = {
    "dstc2": {
        "user": {
            "ack": "ack", "affirm": "affirm", "bye": "bye", "confirm": "user-confirm", "deny": "deny", "hello": "user-hi",
            "inform": "inform", "negate": "user-negate", "repeat": "repeat", "reqalts": "reqalts", "reqmore": "reqmore",
            "request": "request", "restart": "restart", "thankyou": "thank_you",
        },
        "system": {
            "canthelp": "sys-notify-failure", "canthelp.exception": "sys-notify-failure", "confirm-domain": "sys-expl-confirm",
            "expl-conf": "sys-expl-confirm", "impl-conf": "sys-impl-confirm", "inform": "inform", "offer": "sys-offer",
            # reqmore is no universal act; by its own name it makes the published 19 labels, 9 of them on system turns.
            "repeat": "repeat", "reqmore": "reqmore", "request": "request", "select": "sys-offer", "welcomemsg": "sys-hi",
        },
    },
    "gsim": {
        "user": {
            # Neither has a universal counterpart; without them GSIM has the published 13 labels.
            "cant_understand": None, "other": None,
            "affirm": "affirm", "good_bye": "bye", "greeting": "user-hi", "inform": "inform", "negate": "user-negate",
            "request_alts": "reqalts", "thank_you": "thank_you",
        },
        "system": {
            "confirm": "sys-expl-confirm", "negate": "sys-negate", "notify_failure": "sys-notify-failure",
            "notify_success": "sys-notify-success", "offer": "sys-offer", "request": "request", "select": "sys-offer",
        },
    },
}
"""Corpus, speaker, published name (lower-cased) to universal act; None: no counterpart, the act is left out."""

VERBS: Mapping[str, tuple[str, ...]] = {
    "multiwoz21": ("book", "bye", "greet", "inform", "nobook", "nooffer", "offerbook", "offerbooked", "recommend", "reqmore",
                   "request", "select", "welcome"),
    "sgd": ("confirm", "goodbye", "inform", "inform_count", "notify_failure", "notify_success", "offer", "offer_intent", "req_more", "request"),
}
"""Corpora whose label is the verb (MultiWOZ: after the dash), with every verb on their system turns."""


def label(corpus: str, speaker: Speaker, name: str) -> str | None:
    """The label of one published act name; a name that the table does not list keeps itself.

    >>> label("dstc2", "system", "welcomemsg"), label("multiwoz21", "system", "Hotel-Inform"), label("gsim", "user", "OTHER")
    ('sys-hi', 'inform', None)
    """
    lower = name.lower()
    if corpus in UNIVERSAL:
        return UNIVERSAL[corpus][speaker].get(lower, lower)
    return lower.rpartition("-")[2]


def labels_of(corpus: str, turn: Turn) -> tuple[str, ...] | None:
    """The labels of a turn, sorted, each once; None where its acts are not annotated."""
    if turn.acts is None:
        return None
    return tuple(sorted({found for act in turn.acts if (found := label(corpus, turn.speaker, act.name))}))


def columns(corpora: Iterable[str]) -> tuple[str, ...]:
    """Every declared label of ``corpora``, sorted; a corpus without a table declares none.

    >>> [len(columns([corpus])) for corpus in ("multiwoz21", "dstc2", "gsim")]
    [13, 19, 13]
    """
    return tuple(sorted({name for corpus in corpora for name in _declared(corpus)}))


def _declared(corpus: str) -> set[str]:
    universal = (name for table in UNIVERSAL.get(corpus, {}).values() for name in table.values() if name)
    return {*VERBS.get(corpus, ()), *universal}
