"""A lineage keeps every version, and undo, redo and jump move among them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.dialogue.lineage import begin


@given(st.lists(st.sampled_from(["then", "undo", "redo"]), max_size=30))
def test_nothing_is_lost_and_every_path_begins_at_the_original(steps: list[str]) -> None:
    made, count = begin(0), 1
    for step in steps:
        if step == "then":
            made, count = made.then(count, f"step {count}"), count + 1
        else:
            made = made.undo() if step == "undo" else made.redo()
        assert [version.value for version in made.versions] == list(range(count))
        assert made.path[0] == 0 and made.path[-1] == made.current
        assert made.undo().redo().versions == made.versions


def test_a_version_that_is_not_there_is_refused() -> None:
    with pytest.raises(IndexError, match="1 versions"):
        begin("a").jump(1)
