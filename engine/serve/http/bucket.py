"""A token bucket per client: so many requests at once, so many per second in the long run."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Callable


class Buckets:
    """Thread-safe; of the clients seen longest ago, those beyond ``clients`` are forgotten, which can only favour them.

    Args:
        rate: Requests per second; 0: no limit.
        burst: Requests at once.
        clients: How many are remembered.
        clock: In seconds.
    """

    def __init__(self, rate: float, burst: float, clients: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._burst, self._most, self._clock = rate, burst, clients, clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, client: str, *, take: bool = True) -> float:
        """Take one request of the client, or only look: 0 if it may pass, else the seconds until one may.

        >>> buckets = Buckets(2, 1, 10, clock=lambda: 0.0)
        >>> buckets.wait("ada"), buckets.wait("ada"), buckets.wait("bob")
        (0.0, 0.5, 0.0)
        """
        if not self._rate:
            return 0.0
        with self._lock:
            now = self._clock()
            left, seen = self._left.pop(client, (self._burst, now))
            left = min(self._burst, left + (now - seen) * self._rate)
            passes = left >= 1
            self._left[client] = (left - (passes and take), now)
            if len(self._left) > self._most:
                self._left.popitem(last=False)
            return 0.0 if passes else (1 - left) / self._rate


def client_of(address: str) -> str:
    """Who an address is: of IPv6 the network of 64 bits, since one machine has as many addresses as it likes.

    >>> client_of("192.0.2.7"), client_of("2001:db8:1:2:3:4:5:6"), client_of("testclient")
    ('192.0.2.7', '2001:db8:1:2::/64', 'testclient')
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:  # a name, as of a socket file
        return address
    return str(found) if found.version == 4 else str(ipaddress.ip_network((found, 64), strict=False))
