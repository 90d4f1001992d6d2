"""TXT2SQL: a question about a database becomes a query."""

from __future__ import annotations

from engine.zoo.base import ZooTask
from engine.zoo.outputs import SQL

TXT2SQL = ZooTask(
    name="txt2sql", title="Text to SQL", content="multiple turns", knowledge="structured knowledge", output=SQL, metric="exact_set_match",
    longest=100,
    definition="Write the SQL query that answers the last question.")
