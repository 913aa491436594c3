"""How much one client may send in a while.

Source: a name of the client, such as that of its token, and how much it sends now.
Shape:  a bucket per client that fills steadily and holds a burst.
Units:  things a second; waits in seconds.
Errors: none.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable

MOST_CLIENTS = 10_000


class RateLimit:
    """The buckets of all clients; a client that is not limited has no name."""

    def __init__(
        self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._full_at: dict[Hashable, float] = {}  # when the bucket will be full again

    def wait(self, client: Hashable | None, count: int = 1) -> float:
        """Take `count` from the client's bucket; return 0, or how long to wait instead."""
        if client is None:
            return 0.0
        now = self._clock()
        if len(self._full_at) >= MOST_CLIENTS:
            self._full_at = {name: at for name, at in self._full_at.items() if at > now}
        full_at = max(self._full_at.get(client, now), now) + count / self._rate
        missing = full_at - now - self._burst / self._rate
        if missing > 0:
            return missing
        self._full_at[client] = full_at
        return 0.0
