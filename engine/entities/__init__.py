"""The registry of entity extractors: each name opens one."""

from collections.abc import Callable

from engine.entities.base import Extractor
from engine.errors import MissingDataError
from engine.registry import Registry

EXTRACTORS: Registry[Callable[..., Extractor]] = Registry("extractor", {
    "shipped": ("engine.entities.spacy_ner:open_shipped", "The small spaCy model that comes with the repository."),
    "spacy": ("engine.entities.spacy_ner:open_spacy", "An installed spaCy model for English."),
    "stanza": ("engine.entities.stanza_ner:open_stanza", "Stanza's own English model, as in the ENP paper."),
    "stanza_local": ("engine.entities.stanza_ner:open_stanza_local", "A stanza model that we trained (a file)."),
})


def default_extractor() -> Extractor:
    """Stanza's English model where it is installed, else an installed spaCy model, else the shipped one.

    Raises:
        MissingDataError: Not even the shipped model is there.
    """
    for name in ("stanza", "spacy"):
        try:
            return EXTRACTORS[name]()
        except MissingDataError:
            continue
    return EXTRACTORS["shipped"]()
