"""The rule of TXT2SQL: our own right queries keep to it, and whatever random choices write under it is a valid query within the limit."""

from __future__ import annotations

import random
from functools import cache

import pytest

from engine.dialogue.model import Turn
from engine.models.seq2seq.codec import Codec
from engine.recipes import PACKAGED
from engine.zoo import ZOO_TASKS
from engine.zoo.base import Sample
from engine.zoo.constraints import rule_for
from engine.zoo.constraints.base import Rule
from engine.zoo.constraints.sql import query_rule
from engine.zoo.escape import BRACKETED
from engine.zoo.knowledge import Database
from engine.zoo.metrics.base import Row
from engine.zoo.scores import is_valid
from engine.zoo.spelling import spelled

FORM = ZOO_TASKS["txt2sql"]
SCHEMAS = {
    "several": Database((("owners", ("id", "name", "city")), ("pets", ("pet_id", "owner_id", "kind", "weight")),
                         ("pets_visits", ("pet_id", "day_of_week", "cost", "name")), ("a_b", ("id", "t", "pet")))),
    "one": Database((("t", ("a",)),)),
    "keywords": Database((("order", ("group", "order", "select", "name", "name_first", "count", "date", "18_49_share")), ("t1", ("a",)),
                          ("names", ("name", "name_first_x", "from", "interval", "home town")), ("Select", ("x",)))),
}
RIGHT = [
    "select name from owners",
    "select count ( * ) from pets",
    "select count(distinct kind), max(weight) from pets",
    "select name, city from owners where city = 'rome' or id != 3",
    "select name from owners where city like '%rome%' and id between 1 and 3.5",
    "select * from owners where id >= 1200",
    "select kind from pets where weight > (select avg(weight) from pets)",
    "select name from owners where id not in (select owner_id from pets where kind = \"big pets\")",
    "select t1.name from owners as t1 join pets as t2 on t1.id = t2.owner_id where t2.weight < 5",
    "select t2.name, t1.weight from pets as t1 join owners as t2 on t1.owner_id = t2.id",
    "select owners.name from owners join pets on owners.id = pets.owner_id",
    "select city from owners as t1 join pets as t2 on t1.id = t2.owner_id group by t1.city having count(*) > 2",
    "select kind, count(*) from pets group by kind order by count(*) desc limit 1",
    "select kind from pets where weight is not null order by weight asc, kind desc ;",
    "select name from owners union select kind from pets",
    "select name from owners intersect select t1.name from owners as t1 join pets_visits as t2 where t2.cost > 3",
    "select t1.* from owners as t1",
    "select max(weight) - min(weight) from pets",
    "select name from owners where id in (1, 2, 3)",
]
WRONG = [
    ("select kind from owners where", "where"),
    ("select name, kind", "kind"),
    ("select t1.name from pets as t1", "##1"),
    ("select name from owners where kind", "kind"),
    ("select t1.name from owners where", "where"),
    ("select name from owners where city = 'oslo'", "oslo"),
    ("select id from owners join a_b", "a_b"),
    ("select name, count(*) from owners group by count", "count"),
    ("select name from owners where id in (select id, name", ","),
]


@cache
def codec() -> Codec:
    return Codec(PACKAGED, BRACKETED)


def asked(database: Database) -> Sample:
    text = "Which big pets [dst] cost 'more' than 3.5 or 1,200 | in Rome?"
    return Sample(task="txt2sql", dataset="d", id="1", split="t", turns=(Turn(speaker="user", text=text),), knowledge=database)


def rule_of(database: Database, longest: int = FORM.longest) -> Rule:
    made = query_rule(codec().mark_ids[FORM.token], codec(), asked(database), longest)
    assert made
    return made


def ids_of(query: str) -> list[int]:
    return codec().encode([FORM.target(query)])[0]


def admitted(rule: Rule, ids: list[int]) -> int:
    """How many ids from the first on may stand."""
    return next((place for place, number in enumerate(ids) if number not in rule(ids[:place]).ids), len(ids))


@pytest.mark.parametrize("query", RIGHT)
def test_right_queries_keep_to_the_rule(query: str) -> None:
    ids = [*ids_of(query), codec().last_id]
    assert codec().decode(ids[admitted(rule_of(SCHEMAS["several"]), ids):]) == ""
    assert admitted(rule_of(SCHEMAS["several"]), ids) == len(ids)


@pytest.mark.parametrize(("query", "word"), WRONG)
def test_wrong_names_do_not_follow(query: str, word: str) -> None:
    ids = ids_of(query)
    place = admitted(rule_of(SCHEMAS["several"]), ids)
    assert place < len(ids) and codec().decode(ids[place:]).startswith(word), codec().decode(ids[:place])


def walk(rule: Rule, seed: int, longest: int) -> list[int]:
    """Any id that may follow, up to the end."""
    drawn, written = random.Random(seed), list[int]()
    while len(written) < longest:
        number = drawn.choice(list(rule(written).ids))
        if number == codec().last_id:
            return written
        written.append(number)
    raise AssertionError(f"no end within {longest}: {codec().decode(written)}")


@pytest.mark.parametrize("longest", [14, 30, 100])
@pytest.mark.parametrize("name", SCHEMAS)
def test_random_queries_are_valid_and_end_in_time(name: str, longest: int) -> None:
    sample = spelled(asked(SCHEMAS[name]), codec().normal)
    for seed in range(12):
        text = codec().decode(walk(rule_of(SCHEMAS[name], longest), seed, longest))
        assert is_valid(FORM, Row(gold=None, guess=FORM.read(text), sample=sample)), text


def test_names_that_sql_cannot_hold_are_never_written() -> None:
    first = set(rule_of(SCHEMAS["keywords"])(ids_of("select")).ids)
    begins = {name: codec().encode([name])[0][0] for name in ("home town", "interval", "from", "date", "name")}
    assert first >= {begins["name"], begins["date"]} and not first & {begins["home town"], begins["interval"], begins["from"]}


def test_a_rule_answers_the_same_in_any_order() -> None:
    written = walk(rule_of(SCHEMAS["several"]), 7, 100)
    onward, back = rule_of(SCHEMAS["several"]), rule_of(SCHEMAS["several"])
    there = [list(onward(written[:size]).ids) for size in range(len(written) + 1)]
    assert there == [list(back(written[:size]).ids) for size in range(len(written), -1, -1)][::-1]
    assert list(back([*written[:1], codec().last_id]).ids) == [codec().last_id], "what no query begins with can only end"


def test_without_a_table_that_sql_can_hold_words_are_free() -> None:
    for database in (Database(()), Database((("a b", ("c",)),)), Database((("t", ("a b",)),))):
        assert query_rule(0, codec(), asked(database), 100) is None
        assert not rule_for(FORM, asked(database), codec())(ids_of("")).only
