"""MultiDoGO: customer service in six domains; slots are annotated on the customer's turns (Peskov et al., EMNLP 2019)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from engine.corpora.base import CorpusCard, Download
from engine.corpora.files import locate, one_of, record, text_of
from engine.dialogue.model import Act, Dialogue, Speaker, Turn
from engine.zoo.base import Sample
from engine.zoo.datasets.goals import CHANGES, Story, goal_samples, slot_list
from engine.zoo.datasets.shape import asked, check, words
from engine.zoo.datasets.tables import table
from engine.zoo.escape import tidy
from engine.zoo.knowledge import Description
from engine.zoo.outputs import Pairs

COMMIT = "286e8f05437382bd08b93cd6b66b6d25ed4a9a49"
_AT = f"https://raw.githubusercontent.com/awslabs/multi-domain-goal-oriented-dialogues-dataset/{COMMIT}/data/"
SPLITS = ("train", "dev", "test")
CHECKSUMS = Path(__file__).with_suffix(".sha256")
"""One line a published file of the turn-level splits: SHA-256, two blanks, name."""
SLOTS = {
    "airline": "name email_address phone_number booking_confirmation_number departure_city arrival_city start_date end_date departure_time arrival_time "
               "number_of_passengers seat_type old_seat_number new_seat_number flight_number price",
    "fastfood": "food_item drink_item ingredient excluded_ingredient size quantity name address phonenumber payment_type",
    "finance": "name ssn card_number account_number target_account_number address transferamount charge_date charge_time charge_amount "
               "replacement_reason lastuseddate lastusedtime police_notified offer",
    "insurance": "name ssn car_brand car_model car_year phone_number email_address policyid claimid",
    "media": "service_type current_city current_zipcode new_city new_zipcode datacategoryvalues date address username email_address ssn price account_id "
             "channel_package promotion",
    "software": "company_name name password account_number order_number item_name item_code quantity cost software_name expense_type date frequency "
                "address approver_name",
}
"""Domain to its slots, as they occur in the splits."""
WORDS = {slot: words(slot) for slots in SLOTS.values() for slot in slots.split()}
ALL_SLOTS = Description(tuple((name, "") for name in WORDS.values()), f"the {len(WORDS)} slots of multidogo")
SPEAKERS: Mapping[str, Speaker] = {"customer": "user", "agent": "system"}
ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
OUTSIDE, DIVIDER = "O", "<div>"


@dataclass(frozen=True, slots=True)
class Said:
    """An annotated turn of a customer."""

    number: int
    text: str
    filled: Pairs
    intents: tuple[str, ...]


class MultiDogo:
    """Turn-level paper splits; SIM and TOD join them with the whole conversations."""

    card = CorpusCard(
        name="multidogo", title="MultiDoGO", source="https://github.com/awslabs/multi-domain-goal-oriented-dialogues-dataset",
        licence="CDLA-Permissive 1.0", redistributable=True, version="2019 release, turn-level annotation",
        citation="Peskov et al. 2019, Multi-Domain Goal-Oriented Dialogues (MultiDoGO), EMNLP", folders=("multidogo",), splits=SPLITS, annotations=(),
        changes=("Neighbouring words of one label are one value; a row without words gives no sample of FILL and DST.",
                 "DST: the turns are the customer's alone; the state is the last value of each slot so far, the domain stands before the slot.",
                 "SIM and TOD need the conversations of the folder unannotated, joined by conversation and turn number, in their own spelling.",
                 "A conversation of the splits that is not in those files gives no sample of SIM and TOD.",
                 "SIM: what the customer wants are the intents and the slots of the turn; turns without annotation are content only.", CHANGES[2]))
    downloads = (*(Download(url=f"{_AT}{name}", filename=name, sha256=digest)
                   for digest, name in map(str.split, CHECKSUMS.read_text(encoding="ascii").splitlines())),
                 *(Download(url=f"{_AT}unannotated/{domain}.tsv", filename=f"unannotated/{domain}.tsv") for domain in SLOTS))
    tasks = ("fill", "dst", "sim", "tod")

    def samples(self, folder: Path, split: str, task: str) -> Iterator[Sample]:
        """See `ZooDataset`."""
        check(self.card, self.tasks, split, task)
        for domain in SLOTS:
            path = locate(folder, f"paper_splits/splits_annotated_at_turn_level/{domain}/{split}.tsv")
            yield from _MAKERS[task](folder, path, domain, split, task)


def _fill(folder: Path, path: Path, domain: str, split: str, task: str) -> Iterator[Sample]:
    for name, said in _annotated(path):
        if said.text.strip():
            yield Sample(task=task, dataset="multidogo", id=f"{name}/{said.number}", split=split, turns=asked(said.text), knowledge=ALL_SLOTS,
                         answer=tuple((WORDS.get(slot) or words(slot), value) for slot, value in said.filled))


def _track(folder: Path, path: Path, domain: str, split: str, task: str) -> Iterator[Sample]:
    for name, entries in groupby(_annotated(path), key=lambda entry: entry[0]):
        turns = _with_states((Turn(speaker="user", text=said.text), said) for _, said in entries)
        yield from goal_samples(_story(name, turns, domain, split), "multidogo", task)


def _converse(folder: Path, path: Path, domain: str, split: str, task: str) -> Iterator[Sample]:
    known: dict[str, dict[int, Said]] = {}
    for name, said in _annotated(path):
        known.setdefault(name, {})[said.number] = said
    whole = _conversations(locate(folder, f"unannotated/{domain}.tsv"), known)
    for name in filter(whole.__contains__, known):
        turns = _with_states((turn, known[name].get(number)) for number, turn in sorted(whole[name].items()))
        yield from goal_samples(_story(name, turns, domain, split), "multidogo", task)


_MAKERS: Mapping[str, Callable[[Path, Path, str, str, str], Iterator[Sample]]] = {"fill": _fill, "dst": _track, "sim": _converse, "tod": _converse}


def _story(name: str, turns: Iterator[tuple[Turn, dict[str, str] | None, Said | None]], domain: str, split: str) -> Story:
    def slot(label: str) -> str:
        return f"{domain}-{label}"

    made = [replace(turn, state=None if state is None else {slot(label): value for label, value in state.items()},
                    acts=None if said is None else (*(Act(name=intent) for intent in said.intents),
                                                    *(Act(name="inform", domain=domain, slot=label, value=value) for label, value in said.filled)))
            for turn, state, said in turns]
    return Story(dialogue=Dialogue(corpus="multidogo", id=name, split=split, turns=tuple(made)),
                 slots=slot_list([slot(label) for label in SLOTS[domain].split()], "multidogo"))


def _with_states(turns: Iterator[tuple[Turn, Said | None]]) -> Iterator[tuple[Turn, dict[str, str] | None, Said | None]]:
    """Annotated turns of the customer with all slots filled so far."""
    state: dict[str, str] = {}
    for turn, said in turns:
        found = said if turn.speaker == "user" else None
        if found is not None:
            state = {**state, **dict(found.filled)}
        yield turn, None if found is None else state, found


def _annotated(path: Path) -> Iterator[tuple[str, Said]]:
    """Conversation and turn of each row."""
    for line, row in table(path, "\t"):
        with record(path, f"line {line}"):
            text, labels = text_of(row["utterance"]), text_of(row["slot-labels"])
            found = text_of(row["conversationId"]), Said(_number(row), text, tuple(_values(text, labels)), tuple(text_of(row["intent"]).split(DIVIDER)))
        yield found


def _values(text: str, labels: str) -> Iterator[tuple[str, str]]:
    pairs = zip(labels.split(" "), text.split(" "), strict=True)
    for label, group in groupby(pairs, key=lambda pair: pair[0]):
        value = tidy(" ".join(word for _, word in group))
        if label != OUTSIDE and value:
            yield label, value


def _conversations(path: Path, wanted: Mapping[str, object]) -> dict[str, dict[int, Turn]]:
    """The turns of some conversations by number; there the id stands inside a longer one, and commas part the columns."""
    found: dict[str, dict[int, Turn]] = {}
    for line, row in table(path, ",\t"):
        with record(path, f"line {line}"):
            inside = ID.search(text_of(row["conversationId"]))
            if inside and inside[0] in wanted:
                found.setdefault(inside[0], {})[_number(row)] = Turn(speaker=one_of(SPEAKERS, row["authorRole"]), text=text_of(row["utterance"]))
    return found


def _number(row: Mapping[str, str]) -> int:
    """A whole number, written as 4.0 in some files."""
    return int(float(text_of(row["turnNumber"])))


MULTIDOGO = MultiDogo()
