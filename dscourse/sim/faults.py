"""Faults as data: values that print as the code that creates them, and that act on a world.

A fault plan is a list such as ``[At(120, Partition({"a"}, {"b", "c"})), At(300, Heal())]``. It can
be printed, replayed, generated and shrunk. `World.apply` applies a single fault at once. Crashes and restarts are
defined in `core.faults`, the faults of links in `sim.link_faults`, those of single messages in
`sim.message_faults`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from numbers import Real

from dscourse.core.faults import Crash, CrashDuring, Fault, Restart, need_names
from dscourse.core.frozen_dict import freeze
from dscourse.core.value_errors import require_value
from dscourse.core.values import is_frozen
from dscourse.node import Clock
from dscourse.sim.injection import Injector
from dscourse.sim.link_faults import Cut, Heal, Hold, Partition, Release, SetLink
from dscourse.sim.message_faults import Delay, Lose, Repeat
from dscourse.sim.timer_faults import Expire

__all__ = [
    "At", "Crash", "CrashDuring", "Cut", "Delay", "Expire", "Fault", "Heal", "Hold", "Lose", "Partition", "Pause",
    "Recover", "Release", "Repeat", "Restart", "Resume", "SetClock", "SetLink", "Submit",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class At:
    """A planned fault: ``fault`` happens at true time ``ms``."""

    ms: float
    fault: Fault

    def __post_init__(self) -> None:
        if not isinstance(self.ms, Real) or not 0 <= self.ms < math.inf:
            raise ValueError(f"At: ms={self.ms!r}: a time must be a finite number of ms, 0 or more")
        _check_fault(self.fault)

    def __repr__(self) -> str:
        short = f"{self.ms:g}"
        ms = short if float(short) == self.ms else repr(float(self.ms))
        return f"At({ms}, {self.fault!r})"


def _check_fault(fault: object) -> None:
    """Raise TypeError unless ``fault`` is an immutable fault."""
    if isinstance(fault, At):
        raise TypeError(f"{fault!r}: a fault is required, without its time; write {fault.fault!r}")
    if not isinstance(fault, Fault):
        raise TypeError(f"At: {fault!r}: it must be a fault such as Crash('a')")
    if not is_frozen(type(fault)):
        raise TypeError(
            f"{type(fault).__name__} must be @dataclass(frozen=True, slots=True): a fault is a value"
        )
    require_value(fault, type(fault).__name__)


# --- nodes ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, repr=False)
class Pause(Fault):
    """A stopped node, as in a garbage collection; its messages and timers wait for `Resume`."""

    node: str

    def apply(self, injector: Injector) -> None:
        injector.pause(self.node)


@dataclass(frozen=True, slots=True, repr=False)
class Resume(Fault):
    """The end of a pause; the messages and timers that waited come first, in order of arrival."""

    node: str

    def apply(self, injector: Injector) -> None:
        injector.resume(self.node)


@dataclass(frozen=True, slots=True, repr=False)
class SetClock(Fault):
    """A wrong clock: ``skew_ms`` ahead of true time at time 0, gaining ``drift_ppm`` parts per million."""

    node: str
    skew_ms: float = 0.0
    drift_ppm: float = 0.0

    def __post_init__(self) -> None:
        Fault.__post_init__(self)
        Clock(self.skew_ms, self.drift_ppm)  # raises for settings that no clock can have

    def apply(self, injector: Injector) -> None:
        injector.set_clock(self.node, Clock(self.skew_ms, self.drift_ppm))


# --- everything ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, repr=False, init=False)
class Recover(Fault):
    """Recovery of the named nodes, or of all, and of the links among them.

    Cuts end, held messages arrive, links stop dropping, duplicating and reordering, paused nodes
    resume, and crashed nodes restart.
    """

    nodes: tuple[str, ...]

    def __init__(self, *nodes: str) -> None:
        need_names(self, *nodes)
        object.__setattr__(self, "nodes", tuple(sorted(nodes)))

    def names(self) -> Iterable[str]:
        return self.nodes

    def apply(self, injector: Injector) -> None:
        injector.recover(self.nodes)

    def __repr__(self) -> str:
        return f"Recover({', '.join(map(repr, self.nodes))})"


@dataclass(frozen=True, slots=True, repr=False)
class Submit(Fault):
    """A request to a client: operation ``f``, which begins once the operations due before it have ended."""

    client: str
    f: str
    key: object = None
    value: object = None

    def __post_init__(self) -> None:
        Fault.__post_init__(self)
        if not isinstance(self.f, str) or not self.f:
            raise TypeError(f"Submit: f={self.f!r}: the name of an operation is required, a string")
        object.__setattr__(self, "key", freeze(self.key, "Submit.key"))
        object.__setattr__(self, "value", freeze(self.value, "Submit.value"))

    def apply(self, injector: Injector) -> None:
        injector.submit(self.client, self.f, self.key, self.value)


def check_plan(plan: Sequence[At], names: Iterable[str]) -> None:
    """Raise for the first invalid entry: TypeError if it is not an `At`, LookupError for an unknown node."""
    known = sorted(names)
    for entry in plan:
        if not isinstance(entry, At):
            raise TypeError(f"{entry!r}: a fault plan is a list of At(ms, fault)")
        for name in entry.fault.names():
            if name not in known:
                raise LookupError(f"{entry!r} names {name!r}: the nodes are {', '.join(known)}")
