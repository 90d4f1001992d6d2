"""What a cell of a sweep costs, and what cells share: one process with shared work against the same cells begun from nothing, in one run.

Shared are the corpus and its questions, the variant's encoder and the lower layers' states of the test rows, and the vectors of slot values.
Prints the seconds of every cell, all training tokens, and the ratio of both ways. Needs the published corpora (``--data`` or DIALATLAS_DATA);
rows are not recorded.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # so that it runs as a file, too


from engine.models.checkpoint import read_card
from engine.models.values import forget as forget_values
from engine.paths import data_root
from engine.train.matrix import Cell, chosen_targets, plan
from engine.train.sweep import Scoring, forget, run_cell, run_folder

CELLS = "intent,dialogue_act/multiwoz21/paper,response_selection/multiwoz21/paper,state_tracking/multiwoz21/paper"


def seconds(cells: list[Cell], scoring: Scoring, *, apart: bool) -> tuple[float, int]:
    """Seconds and training tokens of all cells, each begun from nothing where ``apart``."""
    forget()
    forget_values()
    started, tokens = time.perf_counter(), 0
    with TemporaryDirectory() as home:
        os.environ["DIALATLAS_RUNS"] = home
        for cell in cells:
            before = time.perf_counter()
            if apart:
                forget()
                forget_values()
            run_cell(cell, scoring)
            tokens += _tokens(cell)
            print(f"  {'apart ' if apart else 'shared'} {cell}: {time.perf_counter() - before:.1f} s", flush=True)
    return time.perf_counter() - started, tokens


def _tokens(cell: Cell) -> int:
    return int(read_card(run_folder(cell) / "weights" / "task.safetensors")["tokens"])


def main() -> None:
    """Both ways over the same cells."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data")
    parser.add_argument("--variants", default="bert,mlm")
    parser.add_argument("--seeds", default="0,1")
    parser.add_argument("--fraction", type=float, default=0.01)
    parser.add_argument("--rows", type=int, default=500)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    cells = plan(arguments.variants.split(","), chosen_targets(CELLS), seeds=[int(seed) for seed in arguments.seeds.split(",")], share=arguments.fraction)
    scoring = Scoring(data_root=data_root(arguments.data), rows=arguments.rows)
    shared, tokens = seconds(cells, scoring, apart=False)
    apart, _ = seconds(cells, scoring, apart=True)
    print(f"{len(cells)} cells, {tokens:,} training tokens: shared {shared / len(cells):.1f} s a cell, apart {apart / len(cells):.1f} s a cell, "
          f"{apart / shared:.2f} times")


if __name__ == "__main__":
    main()
