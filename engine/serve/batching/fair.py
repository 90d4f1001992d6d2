"""Who is next: visitors in turn, each in the order of their own requests; bounded, and no visitor can fill it alone."""

from __future__ import annotations

from collections import OrderedDict, deque

from engine.serve.batching.ticket import Ticket


class FairQueue:
    """Requests of visitors who take turns; not thread-safe by itself.

    Args:
        most: Places.
        per_visitor: Places that one visitor may take.
    """

    def __init__(self, most: int, per_visitor: int) -> None:
        self.most, self.per_visitor = most, per_visitor
        self._turns: OrderedDict[str, deque[Ticket]] = OrderedDict()

    def __len__(self) -> int:
        return sum(map(len, self._turns.values()))

    def full(self, visitor: str) -> bool:
        """Whether there is no place for a further request of this visitor."""
        return len(self) >= self.most or len(self._turns.get(visitor, ())) >= self.per_visitor

    def put(self, ticket: Ticket) -> None:
        """Take a place behind the visitor's own."""
        self._turns.setdefault(ticket.request.visitor, deque()).append(ticket)

    def discard(self, ticket: Ticket) -> None:
        """Give the place up, if it is still held."""
        waiting = self._turns.get(ticket.request.visitor, deque())
        if ticket in waiting:
            waiting.remove(ticket)
            if not waiting:
                del self._turns[ticket.request.visitor]

    def first(self) -> Ticket | None:
        """Who is next; stays in place."""
        return next((waiting[0] for waiting in self._turns.values()), None)

    def take(self, most: int, weight: int) -> list[Ticket]:
        """The next request, and with it others of its kind: visitors in turn, up to ``most`` requests and about ``weight`` work."""
        first = self.first()
        if first is None:
            return []
        taken = [self._pop(first)]
        while first.kind is not None:
            heads = [waiting[0] for waiting in self._turns.values() if waiting[0].kind == first.kind]
            for ticket in heads:
                if len(taken) >= most or sum(one.weight for one in taken) + ticket.weight > weight:
                    return taken
                taken.append(self._pop(ticket))
            if not heads:
                break
        return taken

    def _pop(self, ticket: Ticket) -> Ticket:
        """Out of the queue; its visitor goes behind all others."""
        self.discard(ticket)
        if ticket.request.visitor in self._turns:
            self._turns.move_to_end(ticket.request.visitor)
        return ticket
