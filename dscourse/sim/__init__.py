"""The simulated world: virtual time, a network, faults as data, and a trace of everything.

    World(nodes, seed, network, plan).run().trace

Nothing here reads a real clock or global randomness: one seed gives one trace, on every machine.
"""

from dscourse.sim.events import Event, Spell
from dscourse.sim.faults import (
    At,
    Crash,
    CrashDuring,
    Cut,
    Fault,
    Heal,
    Hold,
    Invoke,
    Partition,
    Pause,
    Recover,
    Release,
    Restart,
    Resume,
    SetClock,
    SetLink,
)
from dscourse.sim.follow import follow
from dscourse.sim.network import (
    Constant,
    Empirical,
    Exponential,
    Latency,
    Link,
    LogNormal,
    Network,
    Pareto,
    Uniform,
)
from dscourse.sim.plans import Budget, draw_plan, lasting, random_plan
from dscourse.sim.trace import Trace
from dscourse.sim.world import (
    Drop,
    Duplicate,
    HandlerError,
    Pending,
    Progress,
    Step,
    World,
)

__all__ = [
    "At", "Budget", "Constant", "Crash", "CrashDuring", "Cut", "Drop", "Duplicate", "Empirical",
    "Event", "Exponential", "Fault", "HandlerError", "Heal", "Hold", "Invoke", "Latency", "Link",
    "LogNormal", "Network", "Pareto", "Partition", "Pause", "Pending", "Progress", "Recover",
    "Release", "Restart", "Resume", "SetClock", "SetLink", "Spell", "Step", "Trace", "Uniform",
    "World", "draw_plan", "follow", "lasting", "random_plan",
]  # fmt: skip
