"""Shrinking a list of gestures: nothing needless stays, and the claim says no more than was tried."""

from __future__ import annotations

from itertools import combinations
from random import Random

import pytest

from dscourse.sim import At, Crash
from dscourse.touch import TouchedRun
from dscourse.touch.run.gestures import make
from dscourse.touch.run.shrinking import shrink
from dscourse.touch.run.touches import Touch
from tests.touch.builds import counter, right


def touches(number: int) -> tuple[Touch, ...]:
    return tuple(Touch(f"crash n{at} at 0 ms", (At(0, Crash(f"n{at}")),)) for at in range(number))


def on(some: tuple[Touch, ...]) -> set[int]:
    return {at for at, touch in enumerate(some) if touch.on}


def test_a_pair_is_found_where_leaving_out_one_at_a_time_stops_at_three() -> None:
    def refutes(some: tuple[Touch, ...]) -> bool:
        return {0, 1, 2} == on(some) & {0, 1, 2} or {3, 4} <= on(some)

    found = shrink(touches(5), refutes)
    assert on(found.touches) == {3, 4}
    assert found.claim.startswith("2 touches are the fewest of yours")
    assert found.changed == (2, 1, 0)
    assert [len(on(step)) for step in found.steps] == [5, 4, 3, 2]


def test_with_too_many_sets_to_try_nothing_is_said_of_the_fewest() -> None:
    asked = 0

    def refutes(some: tuple[Touch, ...]) -> bool:
        nonlocal asked
        asked += 1
        return set(range(8)) <= on(some) or set(range(8, 15)) == on(some)

    found = shrink(touches(20), refutes)
    assert on(found.touches) == set(range(8))
    assert (
        found.claim
        == "None of the 8 touches can be left out alone; not all smaller sets were tried."
    )
    assert asked < 500


def test_a_run_that_is_refuted_untouched_needs_no_touch() -> None:
    found = shrink(touches(3), lambda _: True)
    assert (on(found.touches), found.claim) == (set(), "The run is refuted without any touch.")


def test_one_that_is_off_stays_off_and_is_no_step() -> None:
    first, second, third = touches(3)
    some = (first, second.__class__(second.text, second.entries, on=False), third)
    found = shrink(some, lambda rest: 2 in on(rest))
    assert (found.changed, on(found.touches)) == ((0,), {2})


def test_a_stretch_gets_as_short_as_the_round_lengths_allow() -> None:
    pause = make(counter([]), "pause", "a", 30, 95.5)
    crash = touches(1)[0]

    def refutes(some: tuple[Touch, ...]) -> bool:
        return some[0].on and some[0].entries[-1].ms >= 43

    found = shrink((pause, crash), refutes)
    assert found.touches[0] == make(counter([]), "pause", "a", 30, 50)
    assert found.changed == (1, 0)
    assert "1 stretch of time got shorter" in found.claim
    assert shrink(found.touches, refutes).changed == ()


@pytest.mark.parametrize("seed", range(30))
def test_random_conditions_are_shrunk_to_what_brute_force_finds(seed: int) -> None:
    draws, size = Random(seed), 7
    needed = [set(draws.sample(range(size), draws.randrange(1, 5))) for _ in range(3)]

    def refutes(some: tuple[Touch, ...]) -> bool:
        return any(one == on(some) & (one | {0}) for one in needed)  # not monotonic: 0 may mend

    def set_refutes(some: tuple[int, ...]) -> bool:
        return any(one == set(some) & (one | {0}) for one in needed)

    some = touches(size)
    needed.append(set(range(size)))
    found = shrink(some, refutes)
    fewest = next(
        n for n in range(size + 1) for s in combinations(range(size), n) if set_refutes(s)
    )
    assert refutes(found.touches)
    assert len(on(found.touches)) == fewest


def test_a_real_run_keeps_one_loss_of_four_gestures_and_is_undone_in_one_step() -> None:
    run = TouchedRun(counter, right)
    run.crash("a", 149)
    run.lose(next(iter(run.messages)))
    run.skew("b", 10, 5)
    run.move(list(run.messages)[5], 100)
    assert run.shrink() == 3
    assert [touch.on for touch in run.touches] == [False, True, False, False]
    assert run.shrinking is not None
    assert run.shrinking.claim == "1 touch is needed: without it, the verdict is another."
    run.undo()
    assert all(touch.on for touch in run.touches)
