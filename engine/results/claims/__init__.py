"""The registry of claims: every empirical statement of the two papers that their tables can decide."""

from engine.registry import unknown
from engine.results.claims import paper1_factors, paper1_joint, paper1_mlm, paper1_tasks, paper2
from engine.results.claims.base import Claim

CLAIMS: dict[str, Claim] = {claim.id: claim for claim in (
    *paper1_mlm.CLAIMS, *paper1_tasks.CLAIMS, *paper1_factors.CLAIMS, *paper1_joint.CLAIMS, *paper2.CLAIMS)}
"""Claim by its id, in the order of the papers."""


def claim(name: str) -> Claim:
    """The claim of that id.

    Raises:
        UnknownNameError: With a hint and the list.
    """
    if name not in CLAIMS:
        raise unknown("claim", name, list(CLAIMS))
    return CLAIMS[name]
