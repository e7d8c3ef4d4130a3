"""Random fault plans: from a seed and a budget, each seed with a mix of faults of its own.

`draw_plan` asks a function for every choice; a smaller choice always means a plainer plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

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
from dscourse.sim.streams import stream

__all__ = ["MENU", "Budget", "Choose", "draw_plan", "random_plan"]

Choose = Callable[[int], int]  # n -> a whole number from 0 to n - 1
MENU = ("loss", "duplicate", "cut", "partition", "hold", "pause", "crash", "crash_during", "skew")


@dataclass(frozen=True, slots=True)
class Budget:
    """How much may go wrong: at most ``faults`` faults of the kinds in ``menu`` before
    ``horizon_ms``.

    Each fault lasts at most ``longest_ms``. With ``recover`` everything works again at
    ``horizon_ms``.
    """

    horizon_ms: int = 1_000
    faults: int = 4
    longest_ms: int = 300
    menu: tuple[str, ...] = MENU
    recover: bool = True

    def __post_init__(self) -> None:
        for name in ("horizon_ms", "longest_ms"):
            if getattr(self, name) < 1:
                raise ValueError(
                    f"Budget: {name}={getattr(self, name)!r}: it must be at least 1 ms"
                )
        if self.faults < 0:
            raise ValueError(f"Budget: faults={self.faults}: it must be 0 or more")
        for kind in self.menu:
            if kind not in MENU:
                raise ValueError(f"Budget: menu names {kind!r}: the kinds are {', '.join(MENU)}")
        if not self.menu and self.faults:
            raise ValueError("Budget: menu is empty: name at least 1 kind, or faults=0")


def random_plan(seed: int, nodes: Iterable[str], budget: Budget | None = None) -> list[At]:
    """The fault plan of ``seed`` for these nodes; it draws first which kinds of fault this plan
    may use.

    >>> random_plan(1, ["a", "b"], Budget(faults=1))
    [At(80, CrashDuring('b')), At(335, Restart('b')), At(1000, Recover())]
    """
    draws = stream(seed, "plan")
    return draw_plan(lambda n: int(draws.random() * n), nodes, budget)


def draw_plan(choose: Choose, nodes: Iterable[str], budget: Budget | None = None) -> list[At]:
    """A fault plan made of choices; zeros give the plainest: no fault at all."""
    budget = budget or Budget()
    names = sorted(nodes)
    count = choose(budget.faults + 1)
    mix = [kind for kind in budget.menu if choose(2)] or list(budget.menu) if count else []
    plan: list[At] = []
    for _ in range(count):
        kind = mix[choose(len(mix))]
        start = choose(budget.horizon_ms)
        end = min(start + 1 + choose(budget.longest_ms), budget.horizon_ms)
        begin, finish = _DRAW[kind](choose, names)
        plan.append(At(start, begin))
        if finish is not None:
            plan.append(At(end, finish))
    if budget.recover:
        plan.append(At(budget.horizon_ms, Recover()))
    return sorted(plan, key=lambda entry: entry.ms)


def _two(choose: Choose, names: Sequence[str]) -> tuple[str, str]:
    """Two different names."""
    if len(names) < 2:
        raise ValueError(f"a fault between two nodes needs at least 2 nodes, not {len(names)}")
    first = choose(len(names))
    second = (first + 1 + choose(len(names) - 1)) % len(names)
    return names[first], names[second]


def _loss(choose: Choose, names: Sequence[str]) -> tuple[Fault, Fault]:
    source, to = _two(choose, names)
    return SetLink(source, to, loss=(1 + choose(10)) / 10), SetLink(source, to)


def _duplicate(choose: Choose, names: Sequence[str]) -> tuple[Fault, Fault]:
    source, to = _two(choose, names)
    return SetLink(source, to, duplicate=(1 + choose(10)) / 10), SetLink(source, to)


def _cut(choose: Choose, names: Sequence[str]) -> tuple[Fault, Fault]:
    source, to = _two(choose, names)
    return Cut(source, to), Heal(source, to)


def _partition(choose: Choose, names: Sequence[str]) -> tuple[Fault, Fault]:
    alone, _ = _two(choose, names)
    side = {alone} | {name for name in names if choose(2)}
    rest = set(names) - side
    if not rest:
        side, rest = {alone}, set(names) - {alone}
    return Partition(side, rest), Heal()


def _hold(choose: Choose, names: Sequence[str]) -> tuple[Fault, Fault]:
    source, to = _two(choose, names)
    return Hold(source, to), Release(source, to)


def _pause(choose: Choose, names: Sequence[str]) -> tuple[Fault, Fault]:
    name = names[choose(len(names))]
    return Pause(name), Resume(name)


def _crash(choose: Choose, names: Sequence[str]) -> tuple[Fault, Fault]:
    name = names[choose(len(names))]
    return Crash(name), Restart(name)


def _crash_during(choose: Choose, names: Sequence[str]) -> tuple[Fault, Fault]:
    name = names[choose(len(names))]
    return CrashDuring(name, after=choose(3)), Restart(name)


def _skew(choose: Choose, names: Sequence[str]) -> tuple[Fault, None]:
    name = names[choose(len(names))]
    return SetClock(
        name, skew_ms=float(choose(401) - 200), drift_ppm=float(choose(2001) - 1000)
    ), None


_DRAW: dict[str, Callable[[Choose, Sequence[str]], tuple[Fault, Fault | None]]] = {
    "loss": _loss,
    "duplicate": _duplicate,
    "cut": _cut,
    "partition": _partition,
    "hold": _hold,
    "pause": _pause,
    "crash": _crash,
    "crash_during": _crash_during,
    "skew": _skew,
}
