"""One random fault of each kind: a function that draws the nodes and settings, and returns the entries of a plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dscourse.sim.faults import (
    At,
    Crash,
    CrashDuring,
    Cut,
    Heal,
    Hold,
    Partition,
    Pause,
    Release,
    Restart,
    Resume,
    SetClock,
    SetLink,
)

__all__ = ["Choose", "draw_fault"]

Choose = Callable[[int], int]  # n -> a whole number from 0 to n - 1


def draw_fault(kind: str, choose: Choose, names: Sequence[str], start: int, end: int) -> list[At]:
    """Return a fault of this kind from ``start`` to ``end`` (ms), and the fault that ends it."""
    return _DRAW[kind](choose, names, start, end)


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
