"""A clock that says between which two moments the true time lies.

Source:        Corbett et al., "Spanner: Google's globally-distributed database", OSDI 2012, section 3 (TrueTime).
Assumes:       that the node's clock is at most ``uncertainty_ms`` ahead of true time, or behind it. Restarts: the
               clock goes on.
Promises:      under this assumption, true time is neither before `earliest` nor after `latest`, and a moment that has
               `passed` is over everywhere.
Not promised:  anything about a clock that is further off; nothing here can notice it.
Departs:       the uncertainty is a constant; in the source it grows between two synchronisations, from 1 to 7 ms.
Size:          none: no message.
"""

from __future__ import annotations

from dscourse.node import Node

__all__ = ["UncertainClock"]


class UncertainClock(Node):
    """A node with a clock whose error is believed to be at most ``uncertainty_ms``. Moments are in whole µs.

    >>> from dscourse.node import Clock, Time, context_of
    >>> node = UncertainClock("n")
    >>> context_of(node).time, context_of(node).clock = Time(20_000), Clock(skew_ms=3)
    >>> node.earliest, node.latest, node.wait_ms(18_000), node.passed(17_999)
    (18000, 28000, 0.001, True)
    """

    uncertainty_ms = 5.0

    @property
    def earliest(self) -> int:
        """The first moment that it can be now."""
        return round((self.now - self.uncertainty_ms) * 1000)

    @property
    def latest(self) -> int:
        """The last moment that it can be now."""
        return round((self.now + self.uncertainty_ms) * 1000)

    def wait_ms(self, us: int) -> float:
        """Return the time until a moment has certainly passed; 0 if it has."""
        return max(0, us - self.earliest + 1) / 1000

    def passed(self, us: int) -> bool:
        """Return whether a moment has certainly passed."""
        return self.wait_ms(us) == 0
