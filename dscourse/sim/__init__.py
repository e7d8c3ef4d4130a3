"""The simulated world: virtual time, a network, faults as data, and a trace of everything.

    World(nodes, seed, network, plan).run().trace

A fault plan states what goes wrong and when. A schedule (`Start`, `Deliver`, `Drop`, …) states it without time;
`follow` carries it out. `StepPending`, `DropPending` and `DuplicatePending` choose pending events of one world by id.

Nothing here reads a real clock or global randomness: one seed gives one trace, on every machine.
"""

from dscourse.core.schedule import (
    CrashDuringStep,
    Deliver,
    Drop,
    Duplicate,
    Fire,
    Invoke,
    Start,
)
from dscourse.sim.budget import Budget
from dscourse.sim.events import Event, Spell
from dscourse.sim.faults import (
    At,
    Crash,
    CrashDuring,
    Cut,
    Delay,
    Expire,
    Fault,
    Heal,
    Hold,
    Lose,
    Partition,
    Pause,
    Recover,
    Release,
    Repeat,
    Restart,
    Resume,
    SetClock,
    SetLink,
    Submit,
)
from dscourse.sim.follow import follow
from dscourse.sim.handlers import HandlerError
from dscourse.sim.lasting import lasting
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
from dscourse.sim.observation import PropertyWatch, StateRecorder, observing
from dscourse.sim.pending import DropPending, DuplicatePending, Pending, StepPending
from dscourse.sim.plans import draw_plan, random_plan
from dscourse.sim.progress import Progress
from dscourse.sim.trace import Trace
from dscourse.sim.world import World

__all__ = [
    "At", "Budget", "Constant", "Crash", "CrashDuring", "CrashDuringStep", "Cut", "Delay", "Deliver",
    "Drop", "DropPending", "Duplicate", "DuplicatePending", "Empirical", "Event", "Expire", "Exponential",
    "Fault", "Fire", "HandlerError", "Heal", "Hold", "Invoke", "Latency", "Link", "LogNormal", "Lose",
    "Network", "Pareto", "Partition", "Pause", "Pending", "Progress", "PropertyWatch", "Recover", "Release", "Repeat",
    "Restart", "Resume", "SetClock", "SetLink", "Spell", "Start", "StateRecorder", "StepPending", "Submit",
    "Trace", "Uniform", "World", "draw_plan", "follow", "lasting", "observing", "random_plan",
]  # fmt: skip
