"""A sweep on tiny variants and our samples: every cell once, killed or not, in one process, two, or on Ray; and its numbers stay the same."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from random import Random
from typing import Any

import psutil
import pytest

from engine.__main__ import main
from engine.paths import REPOSITORY, runs_root
from engine.results import predictions, store
from engine.train.learner import Learner
from engine.train.matrix import Cell, chosen_targets, plan
from engine.train.sweep import Scoring, name_of, open_cells, sweep
from engine.train.sweep_ray import sweep_on_ray
from tests.unit import tiny, tiny_shipped

Capture = pytest.CaptureFixture[str]
VARIANTS = ("bert", "mlm", "crm")
CELLS = "intent,response_selection/gsim,dialogue_act/gsim/paper"
KILLS = 10
Numbers = dict[tuple[str, str], tuple[tuple[str, float], ...]]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tiny variants, and our samples where corpora lie."""
    root = tmp_path_factory.mktemp("world")
    base = tiny.bert(root / "bert")
    for name in ("oos", "gsim"):
        shutil.copytree(REPOSITORY / "samples" / name, root / "data" / name)
    with tiny_shipped.home(root / "checkpoints"):
        for number, name in enumerate(VARIANTS):
            tiny_shipped.ship(base, name, tasks=(), seed=number)
    return root


@pytest.fixture(autouse=True)
def at_home(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIALATLAS_CHECKPOINTS", str(world / "checkpoints"))
    monkeypatch.setenv("DIALATLAS_DATA", str(world / "data"))


def cells(seeds: tuple[int, ...] = (0, 1)) -> list[Cell]:
    return plan(VARIANTS, chosen_targets(CELLS), seeds=seeds)


def scoring() -> Scoring:
    return Scoring(data_root=Path(os.environ["DIALATLAS_DATA"]), fast=False)


def numbers() -> Numbers:
    """Every row's metrics by its cell; a doubled row fails."""
    rows = store.read()
    found = {(row.finetuning, row.split): tuple(sorted(row.metrics.items())) for row in rows}
    assert len(found) == len(rows), "a cell has two rows"
    return found


@pytest.fixture(scope="module")
def undisturbed(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Numbers:
    """What a sweep gives that nobody disturbs."""
    home = tmp_path_factory.mktemp("undisturbed")
    with pytest.MonkeyPatch.context() as patch:
        for name, folder in (("CHECKPOINTS", world / "checkpoints"), ("DATA", world / "data"), ("RUNS", home / "runs"), ("RESULTS", home / "results")):
            patch.setenv(f"DIALATLAS_{name}", str(folder))
        for _ in sweep(cells(), scoring()):
            pass
        return numbers()


def command(*flags: str) -> int:
    return main(["sweep", "--variants", ",".join(VARIANTS), "--cells", CELLS, "--seeds", "0,1", "--fp32", *flags])


def test_every_cell_gets_a_row_with_its_predictions_and_is_never_run_again(undisturbed: Numbers, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    assert command() == 0
    assert numbers() == undisturbed and len(undisturbed) == len(cells())
    assert all(predictions.recompute(row) == pytest.approx(dict(row.metrics)) for row in store.read())
    assert not list(runs_root().rglob("*.safetensors")), "training states of finished cells go"
    monkeypatch.setattr("engine.train.sweep.run_cell", lambda *_: pytest.fail("a finished cell was run again"))
    assert command() == 0
    assert "24 of 24 cells" in capsys.readouterr().err and numbers() == undisturbed


def test_rows_say_what_they_are() -> None:
    *_, last = sweep(cells((1,))[:1], Scoring(data_root=scoring().data_root, rows=3, fast=False))
    row = last.last
    assert row and (row.variant, row.task, row.seed, row.split, row.examples, row.regime) == ("bert", "intent", 1, "test[3]", 3, "full")
    assert (row.trained_on, row.tested_on) == ("train", "test") and row.recipe
    assert row.command == "python -m engine sweep --variants bert --cells intent/oos/default --seeds 1 --fraction 1 --recipe cpu --rows 3 --fp32"


def test_the_command_of_a_row_is_that_of_its_cell(undisturbed: Numbers) -> None:
    cell = cells()[7]
    assert main([*cell.command.split()[3:], "--fp32"]) == 0
    assert numbers() == {key: undisturbed[key] for key in [(name_of(cell), "test")]}


def test_interrupted_in_the_middle_of_a_cell(undisturbed: Numbers, monkeypatch: pytest.MonkeyPatch) -> None:
    forward, calls = Learner.forward, [0]

    def interrupted(self: Learner, batches: Any) -> Any:
        calls[0] += 1
        if calls[0] == 5:
            raise KeyboardInterrupt
        return forward(self, batches)

    with monkeypatch.context() as patch:
        patch.setattr(Learner, "forward", interrupted)
        assert command() == 130
    assert 0 < len(numbers()) < len(undisturbed)
    assert command() == 0 and numbers() == undisturbed


def test_no_time_no_cell_and_a_dry_run_only_tells(capsys: Capture) -> None:
    assert command("--minutes", "0") == 0 and command("--dry-run") == 0
    out = capsys.readouterr().out
    assert "24 of 24 cells have no row on test" in out and "crm on dialogue_act/gsim/paper, seed 1, 100% of the examples" in out
    assert not store.read()


def _sweep_alone(environment: dict[str, str]) -> None:
    os.environ.update(environment)
    sys.stderr = open(os.devnull, "w")  # noqa: SIM115 - until the process ends
    command()


def begun() -> ForkServerProcess:
    """The sweep in a process of its own, forked from one that has torch already."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["engine.train.sweep", "tests.slow.test_sweep"])
    process = context.Process(target=_sweep_alone, args=({name: value for name, value in os.environ.items() if name.startswith("DIALATLAS_")},))
    process.start()
    return process


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.01)


def moved(process: ForkServerProcess, before: int) -> bool:
    """Whether the sweep has added a row or is over."""
    return len(store.read()) > before or not process.is_alive()


@pytest.mark.timeout(300)
def test_killed_ten_times(undisturbed: Numbers) -> None:
    rng, killed, halfway = Random(0), 0, 0
    while killed < KILLS:
        before = len(store.read())
        process = begun()
        wait_for(partial(moved, process, before))
        time.sleep(rng.uniform(0, 0.4))
        if not process.is_alive():
            break
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        killed, halfway = killed + 1, halfway + (0 < len(numbers()) < len(undisturbed))
    assert halfway, "at least one kill came in the middle"
    assert command() == 0 and numbers() == undisturbed


@pytest.mark.timeout(120)
def test_two_sweeps_at_once_share_the_cells(undisturbed: Numbers) -> None:
    processes = [begun(), begun()]
    for process in processes:
        process.join()
    assert command() == 0 and numbers() == undisturbed


@pytest.fixture
def ray_home(tmp_path: Path) -> Iterator[Path]:
    import ray

    yield tmp_path
    ray.shutdown()


def kill_a_worker(found: list[int], over: threading.Event) -> None:
    """SIGKILL the first Ray worker that is seen at a cell."""
    while not over.wait(0.02) and not found:
        for process in psutil.Process().children(recursive=True):
            with suppress(psutil.Error):
                if process.cmdline()[:1] == ["ray::_work"]:
                    process.kill()
                    found.append(process.pid)
                    break


@pytest.mark.timeout(400)
def test_on_ray_with_a_worker_killed(undisturbed: Numbers, ray_home: Path) -> None:
    """Ray begins the dead worker's cell again; the rows are those of one undisturbed process."""
    some, found, over = plan(("bert", "crm"), chosen_targets("intent"), seeds=(0, 1)), list[int](), threading.Event()
    killer = threading.Thread(target=kill_a_worker, args=(found, over))
    killer.start()
    try:
        done = [pace.done for pace in sweep_on_ray(some, scoring(), address="local", threads=1)]
    finally:
        over.set()
        killer.join()
    assert found, "a worker was killed"
    assert done == [0, 1, 2, 3, 4]
    assert numbers() == {key: undisturbed[key] for key in ((name_of(cell), "test") for cell in some)}


@pytest.mark.parametrize(("address", "hint"), [("127.0.0.1:{free}", "nothing answers there"), ("nowhere", "not an address"), ("host:99999", "not an address")])
def test_a_ray_that_does_not_answer_is_told(address: str, hint: str, capsys: Capture) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        given = address.format(free=held.getsockname()[1])
        assert command("--ray", given) == 2
    message = capsys.readouterr().err.strip().splitlines()[-1]
    assert message.startswith(f"--ray {given}: ") and hint in message and "ray start --head" in message


def test_nothing_is_open_after_a_sweep_under_the_same_split_only() -> None:
    some = cells((0,))[:2]
    for _ in sweep(some, scoring()):
        pass
    assert open_cells(some, "test") == [] and open_cells(some, "test[3]") == some


@pytest.mark.parametrize(("flags", "hint"), [
    (("--seeds", "0,x"), "--seeds: '0,x' is not a list of whole numbers"), (("--fraction", "2"), "--fraction: 2.0 is not a share"),
    (("--cells", "intnet"), "did you mean 'intent'"), (("--variants", "bret"), "did you mean 'bert'")])
def test_wrong_flags_are_told(flags: tuple[str, str], hint: str, capsys: Capture) -> None:
    assert main(["sweep", *flags]) == 2
    assert hint in capsys.readouterr().err


def test_variants_without_weights_and_absent_corpora_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    assert main(["sweep", "--variants", "dur", "--cells", "intent"]) == 2
    assert "the card is not there" in capsys.readouterr().err
    monkeypatch.setenv("DIALATLAS_DATA", str(tmp_path))
    assert command("--cells", "intent") == 2
    assert "oos" in capsys.readouterr().err

