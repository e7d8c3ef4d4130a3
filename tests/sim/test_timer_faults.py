"""A single timer goes off earlier or later, by its name, and the rest of the run stays as it was."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

import pytest

from dscourse.node import Clock, Node
from dscourse.run import Cluster
from dscourse.run.external.refused import check
from dscourse.sim import At, Crash, Expire, Fault, Restart, World
from tests.sim.worlds import Tick


class Watch(Node):
    """Ticks every 10 ms, five times in all, and again after a restart."""

    def __init__(self, id: str) -> None:
        super().__init__(id)
        self.ticks = 0

    def on_start(self, log: object) -> None:
        self.set_timer(Tick(), (5, 15) if self.id == "b" else 10)

    def on_tick(self, timer: Tick) -> None:
        self.ticks += 1
        if self.ticks < 3:
            self.set_timer(timer, (5, 15) if self.id == "b" else 10)


def ticks(*faults: Fault | At, node: str = "a", clock: Clock | None = None) -> list[float]:
    plan = [fault if isinstance(fault, At) else At(0, fault) for fault in faults]
    world = World([Watch(node)], plan=plan, clocks={node: clock} if clock else None).run()
    return [event.time_ms for event in world.trace.kinds("timer")]


def test_a_timer_is_named_by_its_number_and_those_set_later_follow() -> None:
    assert ticks() == [10, 20, 30]
    assert ticks(Expire("a", "Tick", 2, after_ms=31.5)) == [10, 41.5, 51.5]
    assert ticks(Expire("a", "Tick", 1, after_ms=0), Expire("a", "Tick", 3, after_ms=1)) == [
        0,
        10,
        11,
    ]
    assert ticks(Expire("a", "Other", 1, after_ms=5)) == [10, 20, 30]


def test_its_time_is_true_time_and_no_other_timer_draws_another_number() -> None:
    assert ticks(Expire("a", "Tick", 1, after_ms=4), clock=Clock(7, 500_000))[0] == 4
    usual, changed = ticks(node="b"), ticks(Expire("b", "Tick", 1, after_ms=50), node="b")
    gaps = [[later - one for one, later in pairwise(row)] for row in (usual, changed)]
    assert changed[0] == 50
    assert gaps[0] == pytest.approx(gaps[1])


def test_timers_are_counted_over_restarts_and_from_the_start() -> None:
    crash = [At(15, Crash("a")), At(50, Restart("a"))]
    assert ticks(*crash) == [10, 60, 70, 80]
    assert ticks(*crash, Expire("a", "Tick", 3, after_ms=1)) == [10, 51, 61, 71]
    assert ticks(At(15, Expire("a", "Tick", 2, after_ms=1))) == [10, 20, 30]  # it is set already
    assert ticks(At(15, Expire("a", "Tick", 3, after_ms=1))) == [10, 20, 21]


def test_a_clone_keeps_it_and_a_state_differs_by_it() -> None:
    plain, world = (
        World([Watch("a")], plan=plan) for plan in ([], [At(0, Expire("a", "Tick", 2, after_ms=1))])
    )
    assert plain.state_key() != world.state_key()
    assert world.clone().run().trace == world.run().trace
    assert [event.time_ms for event in world.trace.kinds("timer")] == [10, 11, 21]


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Expire("a", "No Name", 1, 5), TypeError, "Expire: timer='No Name': the name of a timer's type"),
        (lambda: Expire("a", "Tick", 0, 5), ValueError, "Expire: nth=0: the number of a timer is whole"),
        (lambda: Expire("a", "Tick", True, 5), ValueError, "Expire: nth=True: the number of a timer"),
        (lambda: Expire("a", "Tick", 1, -5), ValueError, "Expire: after_ms=-5: it must be a finite number"),
        (lambda: Expire("", "Tick", 1, 5), TypeError, "Expire: '': a node's name is required"),
        (lambda: World([Watch("a")], plan=[At(0, Expire("z", "Tick", 1, 5))]), LookupError, "names 'z'"),
        (lambda: Cluster([Watch("a")], plan=[At(0, Expire("a", "Tick", 1, 5))]), ValueError, "is for a World"),
        (lambda: check([At(0, Expire("a", "Tick", 1, 5))], ["a"]), ValueError, "go off when the system lets them"),
    ],
)  # fmt: skip
def test_what_no_timer_can_do_is_refused(
    make: Callable[[], object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=re.escape(message)):
        make()
