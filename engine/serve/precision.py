"""How exactly the shipped models compute: as in evaluation, or faster and almost so; no torch here."""

from __future__ import annotations

import os
from typing import Literal, get_args

from engine.errors import InputError

Precision = Literal["float32", "bfloat16"]
VARIABLE = "DIALATLAS_PRECISION"
USUAL: Precision = "float32"
"""Answers and scores of evaluation. In bfloat16, where the processor has it, a request costs a third less; what changes, `benchmarks/serving.py` tells."""


def precision() -> Precision:
    """What ``DIALATLAS_PRECISION`` names, else `USUAL`.

    Raises:
        InputError: It names something else.
    """
    named = os.environ.get(VARIABLE, "").strip().lower() or USUAL
    for known in get_args(Precision):
        if named == known:
            return known  # type: ignore[no-any-return]
    raise InputError(f"{named!r} is no precision", where=VARIABLE, remedy="write float32 or bfloat16")
