"""Parts of a predictor: loaded once, and each state is told without waiting."""

from __future__ import annotations

import threading

import pytest

from engine.errors import CheckpointError
from engine.paths import REPOSITORY
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


@pytest.mark.parametrize(("error", "sentence"), [
    (CheckpointError("the weight file is damaged", where=f"{REPOSITORY}/checkpoints/a", remedy="restore it"),
     "checkpoints/a: the weight file is damaged; restore it."),
    (MemoryError(), "it could not be loaded (MemoryError); look into the server's log, then restart the server."),
])
def test_a_failure_is_kept_until_it_loads(error: Exception, sentence: str) -> None:
    parts = Parts()
    with pytest.raises(type(error)):
        parts.get("crm", lambda: fail(error))
    assert parts.state("crm") == ("failed", sentence)
    assert parts.get("crm", lambda: 7) == 7 and parts.state("crm") == ("ready", "")


def test_a_description_counts_states_and_tells_each_trouble_once() -> None:
    parts = [Part(variant=name, kind="task", name="intent", state="failed", trouble="Broken; mend it.") for name in ("bert", "mlm")]
    ready = Part(variant="crm", kind="task", name="intent", state="ready")
    described = Description(predictor="x", device="cpu", threads=1, memory_bytes=0, parts=(*parts, ready))
    assert (described.count("failed"), described.count("ready"), described.count("loading")) == (2, 1, 0)
    assert described.troubles == ("Broken; mend it.",)
