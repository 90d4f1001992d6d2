"""Low-rank pairs at inference, as PEFT trains them: folded into their matrix, or beside it where many share that.

PEFT folds too, but only after copying the layers and setting its own up in them; here nothing is copied but what changes.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

# I inputs, O outputs, R rank
SCALE = 2.0
"""Our adapters are trained with alpha = 2 * rank."""


def product(down_RI: Tensor, up_OR: Tensor) -> Tensor:
    """What a pair adds to its matrix, (O, I)."""
    return (up_OR @ down_RI) * SCALE


class LowRank(nn.Module):
    """A linear layer that is shared, with a pair that is not.

    Args:
        shared: An ``nn.Linear``, or one with a pair already, which becomes one pair with this one; not changed.
        down_RI: First matrix of the pair.
        up_OR: Second matrix.
    """

    def __init__(self, shared: Any, down_RI: Tensor, up_OR: Tensor) -> None:
        super().__init__()
        self.shared: Any
        self.down_RI: nn.Parameter
        self.up_OR: nn.Parameter
        below = shared if isinstance(shared, LowRank) else None
        self.shared = below.shared if below else shared
        downs, ups = ([below.down_RI.detach(), down_RI], [below.up_OR.detach(), up_OR * SCALE]) if below else ([down_RI], [up_OR * SCALE])
        self.down_RI = nn.Parameter(torch.cat(downs))
        self.up_OR = nn.Parameter(torch.cat(ups, dim=1))

    def forward(self, given: Tensor) -> Tensor:
        """(..., I) to (..., O)."""
        whole: Tensor = self.shared(given)
        return whole + functional.linear(functional.linear(given, self.down_RI), self.up_OR)
