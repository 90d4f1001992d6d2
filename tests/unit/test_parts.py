"""Parts of a predictor: loaded once, and each state is told without waiting."""

from __future__ import annotations

import re
import threading

import pytest

from engine.errors import CheckpointError, InputError, NoMemoryError
from engine.paths import REPOSITORY
from engine.serve.memory import Budget, limit, size
from engine.serve.parts import Parts
from engine.serve.state import Description, Part


def fail(error: Exception) -> object:
    raise error


def test_a_part_is_loaded_once_by_whoever_comes_first() -> None:
    parts, loads, everybody = Parts(), [], threading.Barrier(8)

    def ask() -> None:
        everybody.wait(10)
        parts.get("intent", lambda: loads.append(1) or object())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert loads == [1] and parts.state("intent") == ("ready", "") and parts.state("other") == ("not loaded", "")


def test_while_it_loads_its_state_is_told_at_once() -> None:
    parts, begun, go_on = Parts(), threading.Event(), threading.Event()
    thread = threading.Thread(target=lambda: parts.get("crm", lambda: (begun.set(), go_on.wait(10))))
    thread.start()
    assert begun.wait(10) and parts.state("crm") == ("loading", "")
    go_on.set()
    thread.join(10)
    assert parts.state("crm") == ("ready", "")


SCARCE = "crm: there is too little memory to load a model; try again with a shorter dialogue or fewer variants, or close other programs."


@pytest.mark.parametrize(("error", "raised", "sentence"), [
    (CheckpointError("the weight file is damaged", where=f"{REPOSITORY}/checkpoints/a", remedy="restore it"), CheckpointError,
     "checkpoints/a: the weight file is damaged; restore it."),
    (MemoryError(), NoMemoryError, SCARCE),
    (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"), NoMemoryError, SCARCE),
    (KeyError("x"), KeyError, "it could not be loaded (KeyError); look into the server's log, then restart the server."),
])
def test_a_failure_is_kept_until_it_loads(error: Exception, raised: type[Exception], sentence: str) -> None:
    parts = Parts()
    with pytest.raises(raised):
        parts.get("crm", lambda: fail(error))
    assert parts.state("crm") == ("failed", sentence)
    assert parts.get("crm", lambda: 7) == 7 and parts.state("crm") == ("ready", "")


# What goes when memory is short


def test_what_was_used_longest_ago_goes_first_and_is_loaded_again() -> None:
    budget, loads = Budget(30), []
    one, other = Parts(budget), Parts(budget)

    def get(parts: Parts, name: str) -> object:
        return parts.get(name, lambda: loads.append(name) or name, lambda _: 10)

    assert [get(one, "a"), get(other, "b"), get(one, "c"), get(one, "a"), get(other, "d")] == ["a", "b", "c", "a", "d"]
    assert (other.state("b")[0], one.state("a")[0], one.state("c")[0], budget.bytes) == ("evicted", "ready", "ready", 30)
    assert get(other, "b") == "b" and one.state("c")[0] == "evicted" and loads == ["a", "b", "c", "d", "b"]


def test_what_others_stand_on_stays_with_them() -> None:
    budget = Budget(20)
    parts, other = Parts(budget, below="encoder"), Parts(budget)
    parts.get("encoder", lambda: 1, lambda _: 10)
    parts.get("intent", lambda: 2, lambda _: 10)
    other.get("x", lambda: 3, lambda _: 10)
    assert (parts.state("encoder")[0], parts.state("intent")[0]) == ("ready", "evicted")
    other.get("y", lambda: 4, lambda _: 10)
    assert parts.state("encoder")[0] == "evicted"


def test_what_is_let_go_counts_no_more_and_is_loaded_again() -> None:
    budget = Budget()
    parts, others = Parts(budget), Parts(budget)
    for name in ("encoder", "intent"):
        parts.get(name, object, lambda _: 10)
    others.get("encoder", object, lambda _: 7)
    parts.clear()
    parts.clear()
    assert budget.bytes == 7 and parts.state("intent") == ("evicted", "") and others.state("encoder") == ("ready", "")
    parts.get("intent", object, lambda _: 10)
    assert budget.bytes == 17 and parts.state("intent") == ("ready", "")


def test_a_part_larger_than_the_budget_is_held_alone() -> None:
    budget = Budget(5)
    parts = Parts(budget)
    assert [parts.get(name, lambda: 1, lambda _: 10) for name in "ab"] == [1, 1] and parts.state("a")[0] == "evicted" and budget.bytes == 10


@pytest.mark.parametrize("text", ["", "x", "-1", "0", "1.2 XB", "5e9", "GB", "0.1"])
def test_what_is_no_size_is_one_sentence(text: str) -> None:
    with pytest.raises(InputError, match=f"DIALATLAS_MEMORY: {re.escape(repr(text))} is not a size; write bytes or, for example, 1.2GB"):
        size(text)


def test_sizes_have_units_and_an_unset_one_is_no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [size(text) for text in ("1.2GB", "300 MiB", "70", "2k")] == [1_200_000_000, 300 * 2**20, 70, 2000]
    monkeypatch.delenv("DIALATLAS_MEMORY", raising=False)
    assert limit() is None
    monkeypatch.setenv("DIALATLAS_MEMORY", "1.2GB")
    assert limit() == 1_200_000_000


def test_a_description_counts_states_and_tells_each_trouble_once() -> None:
    parts = [Part(variant=name, kind="task", name="intent", state="failed", trouble="Broken; mend it.") for name in ("bert", "mlm")]
    ready = Part(variant="crm", kind="task", name="intent", state="ready")
    described = Description(predictor="x", device="cpu", threads=1, memory_bytes=0, parts=(*parts, ready))
    assert (described.count("failed"), described.count("ready"), described.count("loading")) == (2, 1, 0)
    assert described.troubles == ("Broken; mend it.",)
