"""Exact-set match of SQL: pairs of queries judged by hand, and no text that stops it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.zoo.metrics.sql import Tables, exact_set_match, query_is_valid

PETS: Tables = (("owners", ("id", "name", "city")), ("pets", ("id", "owner_id", "kind", "weight", "age")), ("visits", ("pet_id", "day", "cost")))

EQUAL = [
    ("select name from owners", "SELECT Name FROM OWNERS;"),
    ("select name, city from owners", "select city, name from owners"),
    ("select T1.name from owners as T1", "select name from owners"),
    ("select T1.name from owners as T1", "select o.name from owners o"),
    ("select owners.name from owners", "select `name` from `owners`"),
    ("select name from owners where city = 'Rome'", 'select name from owners where city = "Oslo"'),
    ("select name from owners where city = 'Rome'", "select name from owners where 'Rome' = city"),
    ("select kind from pets where age > 3 and weight < 2", "select kind from pets where weight < 9 and age > 1"),
    ("select kind from pets where age > 3", "select kind from pets where 4 < age"),
    ("select kind from pets where age > 3 or age < 1 or weight = 2", "select kind from pets where weight = 2 or (age < 1 or age > 3)"),
    ("select kind from pets where age != 3", "select kind from pets where age <> 4"),
    ("select kind from pets where age ! = 3", "select kind from pets where not age = 3"),
    ("select kind from pets where age > = 3", "select kind from pets where age >= 3"),
    ("select count(*) from pets", "select COUNT ( * ) from pets"),
    ("select count(*) from pets", "select count(*) as number from pets"),
    ("select distinct kind from pets", "select kind from pets"),
    ("select count(distinct kind) from pets", "select count(kind) from pets"),
    ("select kind from pets order by age limit 3", "select kind from pets order by age asc limit 1"),
    ("select kind, count(*) from pets group by kind order by count(*) desc", "select kind, count(*) as n from pets group by kind order by n desc"),
    ("select kind, age from pets group by kind, age", "select age, kind from pets group by age, kind"),
    ("select kind from pets group by kind having count(*) > 2 and max(age) < 9", "select kind from pets group by kind having max(age) < 1 and count(*) > 2"),
    ("select T1.name from owners as T1 join pets as T2 on T1.id = T2.owner_id", "select a.name from pets as b join owners as a on b.owner_id = a.id"),
    ("select T1.name from owners as T1 join pets as T2 on T1.id = T2.owner_id", "select name from pets inner join owners on owner_id = owners.id"),
    ("select T1.id from owners as T1 join pets as T2 on T1.id = T2.owner_id", "select T2.owner_id from owners as T1 join pets as T2 on T1.id = T2.owner_id"),
    ("select kind from pets where age between 1 and 3", "select kind from pets where age between 2 and 8"),
    ("select kind from pets where kind like '%a%'", "select kind from pets where kind like 'b'"),
    ("select kind from pets where kind in ('cat', 'dog')", "select kind from pets where kind in ('cow')"),
    ("select name from owners where id not in (select owner_id from pets where age > 2)",
     "select T1.name from owners as T1 where T1.id not in (select T2.owner_id from pets as T2 where T2.age > 5)"),
    ("select name from owners except select kind from pets", "select T1.name from owners as T1 except select T1.kind from pets as T1"),
    ("select max(age), min(age) from pets", "select min(age), max(age) from pets"),
    ("select avg(age) from (select age from pets) as young", "select avg(old.age) from (select age from pets) as old"),
    ("select kind from pets where age > (select avg(age) from pets)", "select P.kind from pets as P where P.age > (select avg(Q.age) from pets as Q)"),
]
DIFFERENT = [
    ("select name from owners", "select city from owners"),
    ("select name from owners", "select name, city from owners"),
    ("select name, name from owners", "select name from owners"),
    ("select id from owners", "select id from pets"),
    ("select T1.id from owners as T1 join pets as T2", "select T2.id from owners as T1 join pets as T2"),
    ("select name from owners", "select T1.name from owners as T1 join pets as T2 on T1.id = T2.owner_id"),
    ("select kind from pets where age > 3", "select kind from pets where age >= 3"),
    ("select kind from pets where age > 3", "select kind from pets where age < 3"),
    ("select kind from pets where age > 3", "select kind from pets"),
    ("select kind from pets where age > 3 and weight < 2", "select kind from pets where age > 3 or weight < 2"),
    ("select kind from pets where age > 3 or weight < 2 and kind = 'cat'", "select kind from pets where (age > 3 or weight < 2) and kind = 'cat'"),
    ("select count(*) from pets", "select count(kind) from pets"),
    ("select max(age) from pets", "select min(age) from pets"),
    ("select kind from pets order by age", "select kind from pets order by age desc"),
    ("select kind from pets order by age, weight", "select kind from pets order by weight, age"),
    ("select kind from pets order by age limit 1", "select kind from pets order by age"),
    ("select kind from pets order by age desc", "select kind from pets"),
    ("select kind, count(*) from pets group by kind", "select kind, count(*) from pets group by age"),
    ("select kind from pets group by kind having count(*) > 2", "select kind from pets group by kind having count(*) < 2"),
    ("select kind from pets where kind like 'a'", "select kind from pets where kind not like 'a'"),
    ("select kind from pets where age between 1 and 2", "select kind from pets where age not between 1 and 2"),
    ("select name from owners where city is null", "select name from owners where city is not null"),
    ("select cast(age as int) from pets", "select cast(age as text) from pets"),
    ("select name from owners where id in (select owner_id from pets)", "select name from owners where id not in (select owner_id from pets)"),
    ("select name from owners where id in (select owner_id from pets where age > 2)", "select name from owners where id in (select owner_id from pets)"),
    ("select name from owners union select kind from pets", "select name from owners intersect select kind from pets"),
    ("select name from owners except select kind from pets", "select kind from pets except select name from owners"),
    ("select weight - age from pets", "select age - weight from pets"),
    ("select T1.name from owners as T1 left join pets as T2 on T1.id = T2.owner_id", "select T1.name from owners as T1 join pets as T2 on T1.id = T2.owner_id"),
    ("select kind from pets where age = weight", "select kind from pets where age = 3"),
    ("select name from owners", "with owners as (select kind as name from pets) select name from owners"),
    ("select name from owners limit 1", "select name from owners limit 1 offset 2"),
    ("select name from owners", "name from owners"),
    ("select name from owners", "select name from owners; select 1"),
    ("select name from owners", ""),
]


@pytest.mark.parametrize(("gold", "guess"), EQUAL)
def test_these_match(gold: str, guess: str) -> None:
    assert exact_set_match(gold, guess, PETS) and exact_set_match(guess, gold, PETS)


@pytest.mark.parametrize(("gold", "guess"), DIFFERENT)
def test_these_differ(gold: str, guess: str) -> None:
    assert not exact_set_match(gold, guess, PETS) and not exact_set_match(guess, gold, PETS)
    assert not exact_set_match(gold, guess)


@pytest.mark.parametrize("gold", sorted({gold for gold, _ in EQUAL + DIFFERENT}))
def test_every_query_matches_itself_with_and_without_a_schema(gold: str) -> None:
    assert exact_set_match(gold, gold, PETS) and exact_set_match(gold, gold) and query_is_valid(gold, PETS)


def test_a_bare_column_needs_the_schema_where_there_are_two_tables() -> None:
    gold, guess = "select T1.name from owners as T1 join pets as T2 on T1.id = T2.owner_id", "select name from owners join pets on owners.id = pets.owner_id"
    assert exact_set_match(gold, guess, PETS) and not exact_set_match(gold, guess)


def test_an_inner_query_sees_the_columns_around_it() -> None:
    query = "select name from owners where exists (select * from pets where owner_id = owners.id and city = 'Rome')"
    assert query_is_valid(query, PETS) and exact_set_match(query, query.replace("owners.id", "T1.id").replace("from owners", "from owners as T1"), PETS)


@pytest.mark.parametrize("text", ["", "pets", "select", "select kind from", "select kind from cats", "select size from pets", "select T1.kind from pets as T2",
                                  "delete from pets", "select kind from pets; drop table pets", "select name from pets", "(" * 500, "select " + "(" * 500,
                                  "select kind from pets where " + "not " * 900 + "age", "select '", "select kind from pets where age = "])
def test_what_is_no_query_of_the_database_is_not_valid(text: str) -> None:
    assert not query_is_valid(text, PETS) and not exact_set_match("select kind from pets", text, PETS)


def test_a_gold_query_that_cannot_be_read_is_compared_as_words() -> None:
    assert exact_set_match("select a )", "SELECT a  )") and not exact_set_match("select a )", "select a")
    assert not exact_set_match("select a )", "select b )") and not exact_set_match("select a", "select a )")


def test_a_long_answer_is_judged_soon() -> None:
    started = time.monotonic()
    for text in ("select " + "((" * 170, "select " + "case when " * 170, "select a from t where " + " or ".join(["x = 1"] * 100), "select " + "a, " * 170):
        exact_set_match("select a from t", text)
    assert time.monotonic() - started < 10


PIECES = ["select", "from", "where", "(", ")", "and", "or", "not", "in", "name", "pets", "owners", ".", ",", "*", "=", "<", ">", "'x'", '"', "join", "on",
          "as", "T1", "group", "by", "order", "limit", "union", "3", "with", "like", "between"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(PIECES),
                max_size=20), st.text(max_size=10))
def test_any_text_is_judged(words: list[str], text: str) -> None:
    for guess in (" ".join(words), "select " + " ".join(words), text, f"select {text}"):
        assert isinstance(exact_set_match("select name from owners", guess, PETS), bool)
        assert exact_set_match(guess, guess, PETS) and isinstance(query_is_valid(guess, PETS), bool)
