"""Faults of single timers, as values: one timer goes off earlier or later than it was set to.

A timer is named by its node, its type and its number among the timers of this type that the node has set since the
start of the run. Real processes need no such fault: there every timer is late, by as much as the system takes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Integral, Real

from dscourse.core.faults import Fault, code
from dscourse.sim.injection import Injector

__all__ = ["Expire"]


@dataclass(frozen=True, slots=True, repr=False)
class Expire(Fault):
    """The node's ``nth`` timer of type ``timer`` goes off ``after_ms`` of true time after it is set.

    Plan it at 0 ms: then it is in force before the nodes start. A timer that is set by then is not affected.

    >>> Expire("a", "Heartbeat", 2, after_ms=31.5)
    Expire('a', 'Heartbeat', 2, after_ms=31.5)
    """

    node: str
    timer: str
    nth: int
    after_ms: float

    def __post_init__(self) -> None:
        Fault.__post_init__(self)
        if not isinstance(self.timer, str) or not self.timer.isidentifier():
            raise TypeError(
                f"Expire: timer={self.timer!r}: the name of a timer's type is required, such as 'Heartbeat'"
            )
        if isinstance(self.nth, bool) or not isinstance(self.nth, Integral) or self.nth < 1:
            raise ValueError(
                f"Expire: nth={self.nth!r}: the number of a timer is whole, 1 for the first"
            )
        if not isinstance(self.after_ms, Real) or not 0 <= float(self.after_ms) < math.inf:
            raise ValueError(
                f"Expire: after_ms={self.after_ms!r}: it must be a finite number of ms, 0 or more"
            )

    def apply(self, injector: Injector) -> None:
        injector.expire(self.node, self.timer, self.nth, self.after_ms)

    def __repr__(self) -> str:
        return code(self, ("node", "timer", "nth"))
