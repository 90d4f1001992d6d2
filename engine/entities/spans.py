"""Sentences with entity spans, made from the slot values that dialogue corpora mark in their utterances."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import nsmallest
from pathlib import Path

import spacy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import offsets_to_biluo_tags
from spacy.util import filter_spans

from engine.corpora import CORPORA
from engine.dialogue.model import Span, Turn
from engine.errors import MissingDataError

LABELS = {
    "LOCATION": "area city city_of_event depart departure dest destination destination_airport destination_airport_name destination_city "
                "destination_station_name from_location from_station location origin origin_airport origin_airport_name origin_city "
                "origin_station_name pickup_city pickup_location to_location to_station",
    "ADDRESS": "addr address address_of_location post postcode street_address venue_address",
    "VENUE": "attraction_name dentist_name event_location hotel_name name place_name poi restaurant_name room stylist_name theater_name "
             "theatre_name venue",
    "PERSON": "actors artist contact_name director directed_by doctor_name party recipient_account_name recipient_name starring "
              "therapist_name",
    "TITLE": "album event_name movie movie_name song_name title track",
    "DATE": "appointment_date check_in_date check_out_date date day departure_date dropoff_date event_date leaving_date pickup_date "
            "return_date show_date",
    "TIME": "appointment_time arrive arriveby available_end_time available_start_time departure_time event_time inbound_arrival_time "
            "inbound_departure_time leave leaveat leaving_time open outbound_arrival_time outbound_departure_time pickup_time "
            "show_time time",
    "PRICE": "account_balance amount balance fare fee price price_per_night price_range pricerange ride_fare ticket "
             "total_price transfer_amount",
    "NUMBER": "aggregate_rating approximate_ride_duration average_rating book_people book_stay choice distance duration humidity "
              "num_people num_tickets number_of_days people precipitation rating stars stay temperature transfer_time wait_time "
              "wind",
    "CODE": "id phone phone_number ref trainid",
    "CATEGORY": "category cuisine department event food genre meal poi_type subcategory type",
}
"""Coarse entity label to the slots (without their domain) that it gathers; every other slot is `OTHER`."""
OTHER = "OTHER"
NO_ENTITIES = frozenset({"agenda", "distance", "traffic_info", "weather_attribute"})
"""Slots whose values name nothing (``nearest``, ``overcast``, ``route that avoids all heavy traffic``), left out."""
_LABEL_OF = {slot: label for label, slots in LABELS.items() for slot in slots.split()}

TRAINING = {("sgd", "train"): 0.85, ("smd", "train"): 0.07, ("gsim", "train"): 0.08}
"""Share of the training turns from each corpus and split; never a test split."""
HELD_OUT = (("sgd", "dev"), ("smd", "dev"), ("gsim", "dev"), ("multiwoz21", "dev"))
"""Where extractors are scored; no MultiWOZ turn is trained on, so that score is out of domain."""
USER_TURNS_ONLY = frozenset({"smd"})
"""Corpora that mark the user's values but not what the system adds from its knowledge base."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One utterance and its entities."""

    text: str
    spans: tuple[Span, ...]


def label_of(slot: str) -> str | None:
    """The coarse label of a slot as a corpus spells it; None for slots whose values are no entities.

    >>> label_of("train-leaveAt"), label_of("hotel_name"), label_of("traffic_info"), label_of("car_name")
    ('TIME', 'VENUE', None, 'OTHER')
    """
    name = slot.lower().rpartition("-")[2].replace(" ", "_")
    return None if name in NO_ENTITIES else _LABEL_OF.get(name, OTHER)


def training_sentences(data_root: Path, *, turns: int, seed: int) -> list[Sentence]:
    """A shuffled sample of about ``turns`` sentences from `TRAINING`; half of them lower-cased, as our models see text.

    Raises:
        MissingDataError: A corpus is not below ``data_root``.
    """
    rng = random.Random(seed)
    sample = [sentence for (corpus, split), share in TRAINING.items()
              for sentence in sentences(data_root, corpus, split, turns=round(turns * share), rng=rng)]
    rng.shuffle(sample)
    return [lowered(sentence) if rng.random() < 0.5 else sentence for sentence in sample]


def held_out_sentences(data_root: Path, *, turns: int, seed: int,
                       splits: Iterable[tuple[str, str]] = HELD_OUT) -> dict[str, list[Sentence]]:
    """``corpus/split`` to at most ``turns`` sentences, as published, and once more in lower case (errors as above)."""
    gold = {f"{corpus}/{split}": sentences(data_root, corpus, split, turns=turns, rng=random.Random(seed)) for corpus, split in splits}
    return gold | {f"{name}, lower case": [lowered(sentence) for sentence in part] for name, part in gold.items()}


def sentences(data_root: Path, corpus: str, split: str, *, turns: int, rng: random.Random) -> list[Sentence]:
    """At most ``turns`` sentences drawn from one split; turns without annotation are passed over (errors as above)."""
    return nsmallest(turns, _annotated(data_root, corpus, split), key=lambda _: rng.random())


def lowered(sentence: Sentence) -> Sentence:
    """The same sentence in lower case, where that moves no offset."""
    text = sentence.text.lower()
    return Sentence(text, sentence.spans) if len(text) == len(sentence.text) else sentence


def to_doc(nlp: Language, sentence: Sentence) -> Doc:
    """The sentence as a spaCy document; a span shrinks to whole tokens."""
    doc = nlp.make_doc(sentence.text)
    found = (doc.char_span(span.start, span.end, label=span.label, alignment_mode="contract") for span in sentence.spans)
    doc.ents = [span for span in found if span is not None]
    return doc


def to_bioes(sentence: Sentence) -> list[dict[str, str]]:
    """The sentence in stanza's training form: ``{"text": token, "ner": tag}`` with tags B-, I-, O, E-, S-."""
    doc = to_doc(_BLANK, sentence)
    tags = offsets_to_biluo_tags(doc, [(ent.start_char, ent.end_char, ent.label_) for ent in doc.ents])
    return [{"text": token.text, "ner": _BIOES[tag[0]] + tag[1:]} for token, tag in zip(doc, tags, strict=True) if not token.is_space]


_BLANK = spacy.blank("en")
_BIOES = {"B": "B", "I": "I", "O": "O", "L": "E", "U": "S"}


def _annotated(data_root: Path, corpus: str, split: str) -> Iterator[Sentence]:
    folder = next((data_root / name for name in CORPORA[corpus].card.folders if (data_root / name).is_dir()), None)
    if folder is None:
        raise MissingDataError(f"the corpus {corpus} is not there", where=str(data_root),
                               remedy=f"fetch it with `python -m engine data fetch {corpus}`")
    turns = (turn for dialogue in CORPORA[corpus].read(folder, split) for turn in dialogue.turns)
    return (_sentence(turn) for turn in turns if turn.spans is not None and turn.text.strip()
            and (turn.speaker == "user" or corpus not in USER_TURNS_ONLY))


def _sentence(turn: Turn) -> Sentence:
    """Of overlapping spans the longest stays (spaCy's rule, which looks at nothing but ``start`` and ``end``)."""
    named = ((span, label_of(span.label)) for span in turn.spans or ())
    spans = [Span(start=span.start, end=span.end, label=label) for span, label in named if label]
    return Sentence(turn.text, tuple(filter_spans(spans)))  # type: ignore[arg-type]
