"""The one queue of this process's device, where comparisons, probes, explanations and the text-to-text model's answers all wait (no torch here)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from engine.serve.batching.ticket import Ticket
from engine.serve.batching.worker import SCARCE, Worker
from engine.serve.parts import told


@lru_cache(maxsize=1)
def device_worker() -> Worker:
    """The worker for everything that is computed here: the cores, or the GPU, of one machine."""
    return Worker(answer)


def answer(tickets: Sequence[Ticket]) -> None:
    """Answer what was taken from the queue.

    Args:
        tickets: Of one kind, which is a function from what they ask and what they are told by to numbered outcomes, as
            `engine.serve.asked.Together.compare_many`; or a single one without a kind, whose question is itself a function.
    """
    kind = tickets[0].kind
    if kind is None:
        [ticket] = tickets
        ticket.succeed(ticket.asked(progress=ticket.tell))
        return
    for number, found in kind([ticket.asked for ticket in tickets], [ticket.tell for ticket in tickets]):
        if isinstance(found, Exception):
            tickets[number].fail(told(found, SCARCE))
        else:
            tickets[number].succeed(found)
