"""Judge of 04.6: the rule by which a replica may apply an update."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

from dscourse import checkers
from dscourse.clocks import VectorClock
from dscourse.exercises.judges.names import AWKWARD
from dscourse.exercises.judges.values import distinct, whole
from dscourse.exercises.tasks import Wrong, plain
from dscourse.experiments.consistency_models import conversation
from dscourse.protocols.causal_store import CausalStore, Update
from dscourse.show import Look, Picture, spacetime
from dscourse.sim.streams import stream

__all__ = ["LINES", "judge"]

LINES = 1_000_000

_GAPS = (0, 2, 3, 101, 1_001, 2**16 + 1, 2**32 + 1)

Deliverable = Callable[[VectorClock, str, VectorClock], bool]


def judge(deliverable: Any) -> Wrong | None:
    for clock, origin, mine in _cases():
        wanted, answer = (
            _right(clock, origin, mine),
            plain(deliverable(clock, distinct(origin), mine)),
        )
        if not isinstance(answer, bool) and whole(answer) not in (0, 1):
            call = f"deliverable({clock}, {origin!r}, {mine})"
            return Wrong(f"{call} returned {answer!r}; it must be True or False.")
        if bool(answer) is not wanted:
            call = f"deliverable({clock}, {origin!r}, {mine})"
            return Wrong(
                f"{call} returned {answer!r}; it should be {wanted}. {_reason(clock, origin, mine)}",
                _talk(deliverable),
            )
    return None


def _right(clock: VectorClock, origin: str, mine: VectorClock) -> bool:
    others = {name: count for name, count in clock.items() if name != origin}
    return clock[origin] == mine[origin] + 1 and VectorClock(others) <= mine


def _cases() -> list[tuple[VectorClock, str, VectorClock]]:
    """Return cases (update's clock, origin, replica's clock), simple ones first, then larger ones."""
    clocks = [VectorClock({"n1": a, "n2": b, "n3": c}) for a, b, c in product(range(3), repeat=3)]
    cases = [(c, origin, m) for c in clocks for m in clocks for origin in c]
    cases.sort(key=lambda case: sum(case[0].values()) + sum(case[2].values()))
    return [*cases, *_larger_cases()]


def _larger_cases() -> Iterator[tuple[VectorClock, str, VectorClock]]:
    """Yield cases of names that look alike, from two to twelve nodes, and counts of one to 18 digits."""
    draws = stream(6, "updates")
    for number in range(600):
        names = AWKWARD[: 2 + number % 11]
        digits = 3 if number < 300 else 18
        mine = {name: int(10 ** (digits * draws.random())) for name in names}
        origin = names[int(len(names) * draws.random())]
        clock = {name: max(0, count - int(3 * draws.random())) for name, count in mine.items()}
        clock[origin] = mine[origin] + (
            1 if draws.random() < 0.8 else _GAPS[int(len(_GAPS) * draws.random())]
        )
        ahead = names[int(len(names) * draws.random())]
        if ahead != origin and draws.random() < 0.5:
            clock[ahead] = mine[ahead] + 1
        yield VectorClock(clock), origin, VectorClock(mine)


def _reason(clock: VectorClock, origin: str, mine: VectorClock) -> str:
    """Return the reason that decides this case, in a sentence."""
    if clock[origin] <= mine[origin]:
        return f"Write {clock[origin]} of {origin} has been applied here."
    if clock[origin] > mine[origin] + 1:
        return f"Write {mine[origin] + 1} of {origin} has to come first."
    for name, count in clock.items():
        if name != origin and count > mine[name]:
            return f"Its writer had seen write {count} of {name}, and here there are {mine[name]}."
    return "All that its writer had seen has been applied here."


def _talk(deliverable: Deliverable) -> Picture | None:
    """Return the conversation under this rule, if the rule breaks it."""

    class Ruled(CausalStore):
        def deliverable(self, update: Update) -> bool:
            return bool(deliverable(update.clock, update.origin, self.clock))

    world = conversation(Ruled)
    verdict = checkers.causal_memory(world.history)
    if verdict.ok is not False:
        return None
    return spacetime(world.trace, timers=False, look=Look(labels=False), highlight=verdict.refuting)
