"""Random fault plans from a seed and a budget; each seed has its own mix of faults.

A fault shorter than a protocol's time-out goes unnoticed. Durations are therefore drawn relative to that time-out:
shorter, about equal, several times longer, and to the end of the plan. `draw_plan` asks a function for every choice;
a smaller choice always means a simpler plan.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from numbers import Integral, Real

from dscourse.node import as_names
from dscourse.sim.faults import (
    At,
    Crash,
    CrashDuring,
    Cut,
    Fault,
    Heal,
    Hold,
    Partition,
    Pause,
    Recover,
    Release,
    Restart,
    Resume,
    SetClock,
    SetLink,
)
from dscourse.sim.given import as_seed
from dscourse.sim.streams import stream

__all__ = ["MENU", "Budget", "Choose", "draw_plan", "lasting", "random_plan"]

Choose = Callable[[int], int]  # n -> a whole number from 0 to n - 1
MENU = (
    "loss", "duplicate", "cut", "cut_both", "partition", "bridge", "hold", "pause", "crash",
    "crash_during", "restarts", "skew",
)  # fmt: skip
_SEVERAL = 8  # the longest fault, in time-outs, unless the budget says otherwise


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits of a fault plan: at most ``faults`` faults of the kinds in ``menu`` before ``horizon_ms``.

    ``timeout_ms`` is the longest time-out of the protocol under test. With equal probability a fault is shorter,
    about as long, 2 to 8 times as long, or lasts to the horizon. With ``longest_ms`` no fault is longer, and the
    third class reaches up to it. Without ``timeout_ms``, durations are uniform up to ``longest_ms``; without both, an
    eighth of the horizon stands in for the time-out. Every fault except a wrong clock ends by the horizon; with
    ``recover`` all nodes and links recover there.

    Raises ValueError if a fault of twice ``timeout_ms`` does not fit.
    """

    horizon_ms: int = 1_000
    faults: int = 4
    longest_ms: int | None = None
    timeout_ms: float | None = None
    menu: tuple[str, ...] = MENU
    recover: bool = True

    def __post_init__(self) -> None:
        for name in ("horizon_ms", "longest_ms", "timeout_ms"):
            value = getattr(self, name)
            if value is not None and not (isinstance(value, Real) and 1 <= float(value) < math.inf):
                raise ValueError(
                    f"Budget: {name}={value!r}: it must be a number of ms, at least 1, finite"
                )
        for name in ("horizon_ms", "longest_ms"):
            value, least = getattr(self, name), 2 * (self.timeout_ms or 0)
            if value is not None and value < least:
                raise ValueError(
                    f"Budget: {name}={value!r}: too short for a fault that outlasts "
                    f"timeout_ms={self.timeout_ms:g}; it must be at least {least:g} ms"
                )
        if not isinstance(self.faults, Integral) or self.faults < 0:
            raise ValueError(
                f"Budget: faults={self.faults!r}: it must be a whole number, 0 or more"
            )
        if isinstance(self.menu, str) or not isinstance(self.menu, Sequence):
            raise TypeError(
                f"Budget: menu={self.menu!r}: a tuple of kinds is required, such as ('cut', 'crash')"
            )
        object.__setattr__(self, "menu", tuple(self.menu))
        for kind in self.menu:
            if kind not in MENU:
                raise ValueError(f"Budget: menu names {kind!r}: the kinds are {', '.join(MENU)}")
        if not self.menu and self.faults:
            raise ValueError("Budget: menu is empty: name at least 1 kind, or faults=0")

    def durations(self) -> list[tuple[int, int]]:
        """Return the classes of durations, shortest first, each as (least, most) in ms.

        >>> Budget(horizon_ms=2_000, timeout_ms=100).durations()
        [(1, 75), (75, 125), (200, 800), (2000, 2000)]
        >>> Budget(longest_ms=400).durations()
        [(1, 400)]
        """
        most = min(self.longest_ms or self.horizon_ms, self.horizon_ms)
        if self.longest_ms and not self.timeout_ms:
            return [(1, most)]
        timeout = self.timeout_ms or most / _SEVERAL
        several = most if self.longest_ms else min(int(_SEVERAL * timeout), most)
        bounds = [(0, 0.75 * timeout), (0.75 * timeout, 1.25 * timeout), (2 * timeout, several)]
        if not self.longest_ms:
            bounds.append((most, most))
        return [(max(1, int(least)), max(1, int(high))) for least, high in bounds]


def random_plan(seed: int, nodes: Iterable[str], budget: Budget | None = None) -> list[At]:
    """Return the fault plan of ``seed`` for these nodes; the kinds of fault it may use are drawn first.

    >>> random_plan(1, ["a", "b"], Budget(faults=1))
    [At(376, Crash('b')), At(492, Restart('b')), At(1000, Recover())]
    """
    draws = stream(as_seed(seed), "plan")
    return draw_plan(lambda n: int(draws.random() * n), nodes, budget)


def draw_plan(choose: Choose, nodes: Iterable[str], budget: Budget | None = None) -> list[At]:
    """Return a fault plan built from choices; all zeros give the simplest: no faults before the recovery."""
    budget = Budget() if budget is None else budget
    names = _check_arguments(choose, nodes, budget)
    count = choose(budget.faults + 1)
    mix = [kind for kind in budget.menu if choose(2)] or list(budget.menu) if count else []
    plan: list[At] = []
    for _ in range(count):
        kind = mix[choose(len(mix))]
        plan += _DRAW[kind](choose, names, *_draw_span(choose, budget))
    if budget.recover:  # this ends every fault that lasts to the horizon
        plan = [entry for entry in plan if entry.ms < budget.horizon_ms]
        plan.append(At(budget.horizon_ms, Recover()))
    return sorted(plan, key=lambda entry: entry.ms)


def _check_arguments(choose: Choose, nodes: Iterable[str], budget: Budget) -> list[str]:
    """Return the nodes' names, sorted. Raise TypeError for a wrong type, ValueError for faults without nodes."""
    if not callable(choose):
        raise TypeError(
            f"choose={choose!r}: a function is required that takes n and returns 0 to n - 1"
        )
    if not isinstance(budget, Budget):
        raise TypeError(f"budget={budget!r}: a Budget is required, such as Budget(faults=2)")
    names = sorted(as_names(nodes, "nodes"))
    if budget.faults and not names:
        raise ValueError("nodes is empty: faults happen to at least 1 node")
    return names


def _draw_span(choose: Choose, budget: Budget) -> tuple[int, int]:
    """Return the start and end of a fault (ms); each class of durations is equally likely."""
    classes, horizon = budget.durations(), budget.horizon_ms
    number = choose(len(classes))
    least, most = classes[number]
    if number == 3:  # to the horizon, from any time that lets it outlast the time-out
        return choose(max(1, horizon - classes[2][0])), horizon
    start = choose(max(1, horizon - least))
    return start, min(start + least + choose(most - least + 1), horizon)


def lasting(plan: Iterable[At], longer_than_ms: float) -> list[Fault]:
    """Return the faults of a plan that last longer than ``longer_than_ms``.

    A test counts them to show that its faults outlasted a time-out. A fault lasts until the first entry that ends it,
    wholly or in part; without one, for ever. Wrong clocks do not count.

    >>> plan = [At(10, Crash("a")), At(15, Cut("a", "b")), At(40, Restart("a")), At(95, Heal())]
    >>> lasting(plan, 30), lasting(plan, 29)
    ([Cut('a', 'b')], [Crash('a'), Cut('a', 'b')])
    """
    entries = sorted(plan, key=lambda entry: entry.ms)
    return [
        entry.fault
        for index, entry in enumerate(entries)
        if _begins(entry.fault)
        and all(
            later.ms - entry.ms > longer_than_ms
            for later in entries[index + 1 :]
            if _ends(later.fault, entry.fault)
        )
    ]


def _begins(fault: Fault) -> bool:
    return isinstance(fault, Crash | CrashDuring | Cut | Hold | Partition | Pause) or (
        isinstance(fault, SetLink) and bool(fault.settings)
    )


def _ends(later: Fault, fault: Fault) -> bool:
    """Return True if ``later`` ends ``fault``, wholly or in part."""
    match later:
        case Recover(nodes=nodes):
            return not nodes or bool(set(nodes) & set(fault.names()))
        case Restart(node):
            return isinstance(fault, Crash | CrashDuring) and fault.node == node
        case Resume(node):
            return fault == Pause(node)
        case Release(source, to):
            return fault == Hold(source, to)
        case Heal(source, to) if isinstance(fault, Cut):
            return source is None or (source, to) == (fault.source, fault.to)
        case Heal(source, to) if isinstance(fault, Partition):
            return source is None or {source, to} <= set(fault.names())
        case SetLink(source=source, to=to) if isinstance(fault, SetLink):
            return source is None or (source, to) == (fault.source, fault.to)
    return False


# --- one function per kind of fault ----------------------------------------------------------------


def _two(choose: Choose, names: Sequence[str]) -> tuple[str, str]:
    """Return two different names."""
    if len(names) < 2:
        raise ValueError(f"a fault between two nodes needs at least 2 nodes, not {len(names)}")
    first = choose(len(names))
    second = (first + 1 + choose(len(names) - 1)) % len(names)
    return names[first], names[second]


def _node(choose: Choose, names: Sequence[str]) -> str:
    return names[choose(len(names))]


def _loss(choose: Choose, names: Sequence[str], start: int, end: int) -> list[At]:
    source, to = _two(choose, names)
    lossy = SetLink(source, to, loss=(1 + choose(10)) / 10)
    return [At(start, lossy), At(end, SetLink(source, to))]


def _duplicate(choose: Choose, names: Sequence[str], start: int, end: int) -> list[At]:
    source, to = _two(choose, names)
    duplicating = SetLink(source, to, duplicate=(1 + choose(10)) / 10)
    return [At(start, duplicating), At(end, SetLink(source, to))]


def _cut(choose: Choose, names: Sequence[str], start: int, end: int) -> list[At]:
    source, to = _two(choose, names)
    return [At(start, Cut(source, to)), At(end, Heal(source, to))]


def _cut_both(choose: Choose, names: Sequence[str], start: int, end: int) -> list[At]:
    """Cut one link in both directions; all other links work."""
    one, other = _two(choose, names)
    return [
        At(start, Partition({one}, {other})), At(end, Heal(one, other)), At(end, Heal(other, one))
    ]  # fmt: skip


def _partition(choose: Choose, names: Sequence[str], start: int, end: int) -> list[At]:
    alone, _ = _two(choose, names)
    side = {alone} | {name for name in names if choose(2)}
    rest = set(names) - side
    if not rest:
        side, rest = {alone}, set(names) - {alone}
    return [At(start, Partition(side, rest)), At(end, Heal())]


def _bridge(choose: Choose, names: Sequence[str], start: int, end: int) -> list[At]:
    """Partition the nodes around a hub: two sides joined only by it, or a star."""
    if len(names) < 3:
        return _partition(choose, names, start, end)
    hub = _node(choose, names)
    others = [name for name in names if name != hub]
    if choose(2):
        return [At(start, Partition(*({name} for name in others))), At(end, Heal())]
    return _partition(choose, others, start, end)


def _hold(choose: Choose, names: Sequence[str], start: int, end: int) -> list[At]:
    source, to = _two(choose, names)
    return [At(start, Hold(source, to)), At(end, Release(source, to))]


def _pause(choose: Choose, names: Sequence[str], start: int, end: int) -> list[At]:
    name = _node(choose, names)
    return [At(start, Pause(name)), At(end, Resume(name))]


def _crash(choose: Choose, names: Sequence[str], start: int, end: int) -> list[At]:
    name = _node(choose, names)
    return [At(start, Crash(name)), At(end, Restart(name))]


def _crash_during(choose: Choose, names: Sequence[str], start: int, end: int) -> list[At]:
    name = _node(choose, names)
    return [At(start, CrashDuring(name, after=choose(3))), At(end, Restart(name))]


def _restarts(choose: Choose, names: Sequence[str], start: int, end: int) -> list[At]:
    """Crash one node two or three times, with only a moment between restarts and crashes."""
    name, crashes = _node(choose, names), 2 + choose(2)
    each = (end - start) // crashes
    up = min(1 + choose(20), each // 2)
    plan = []
    for number in range(crashes):
        begin = start + number * each
        back = end if number == crashes - 1 else begin + each - up
        plan += [At(begin, Crash(name)), At(back, Restart(name))]
    return plan


def _skew(choose: Choose, names: Sequence[str], start: int, end: int) -> list[At]:
    """Set a wrong clock at ``start``, for ever."""
    name = _node(choose, names)
    skew, drift = float(choose(401) - 200), float(choose(2001) - 1000)
    return [At(start, SetClock(name, skew_ms=skew, drift_ppm=drift))]


_DRAW: dict[str, Callable[[Choose, Sequence[str], int, int], list[At]]] = {
    "loss": _loss,
    "duplicate": _duplicate,
    "cut": _cut,
    "cut_both": _cut_both,
    "partition": _partition,
    "bridge": _bridge,
    "hold": _hold,
    "pause": _pause,
    "crash": _crash,
    "crash_during": _crash_during,
    "restarts": _restarts,
    "skew": _skew,
}
