"""A client as an answer: outages that are longer than its own patience."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from dscourse.exercises.judges.payments import run_briefly
from dscourse.exercises.judges.requests import asked_wrongly, requests_of
from dscourse.exercises.tasks import Wrong
from dscourse.node import Node
from dscourse.protocols.payments import IdempotentAccount
from dscourse.show import spacetime
from dscourse.sim import At, Constant, Crash, Link, Pause, Restart, Resume, World

__all__ = ["outage_mistake"]

_CLIENT, _BANK = "zoë", "till"
_WORK = {_CLIENT: (0, 7)}  # the first payment is of 0: an outage starts before it is made
_DAY_MS = 86_400_000.0
_YEARS_MS = 3_650 * _DAY_MS
_TRIES = 2_500
_EVENTS_PER_TRY = 3  # a request, its loss and a timer
_STEADY = Link(Constant(12))
_NUMBER = 10**6  # of the first operation: no small one

Complain = Callable[[World, str, float], str | None]


def outage_mistake(
    make: Callable[[str, str], Node], complain: Complain, bound_ms: float
) -> Wrong | None:
    """Return the first mistake of a client in outages of the bank; None if it outlasts them all.

    ``make(name, bank)`` builds the client, and ``complain(world, bank, works_ms)`` judges a run in which everything
    works from ``works_ms`` on. The longest outage lasts for 2,500 of the client's own tries. While it waits, it must
    ask at least once in ``bound_ms``, the time in which it must be answered once everything works.
    """

    def run(plan: Sequence[At], **options: Any) -> World:
        clients = [make(_CLIENT, _BANK)]
        return run_briefly(
            IdempotentAccount(_BANK), clients, _WORK, [At(5, Crash(_BANK)), *plan], _STEADY,
            first=_NUMBER, **options,
        )  # fmt: skip

    endless = run([], until_ms=30 * _DAY_MS, most_events=_TRIES * _EVENTS_PER_TRY)
    complaint = asked_wrongly(endless) or _silence(endless, bound_ms)
    if complaint is not None:
        return Wrong(complaint, spacetime(endless.trace, end_ms=400))
    return _after(run, _worst_end(endless), complain) or _after_a_long_pause(run, complain)


def _silence(world: World, bound_ms: float) -> str | None:
    """Return when the client was silent for longer than ``bound_ms`` though its payment was not answered."""
    times = next(iter(requests_of(world).values()), [])
    if not times:
        return f"{_CLIENT} never asked."
    for tries, (before, after) in enumerate(pairwise([*times, world.now_ms]), start=1):
        if after - before > bound_ms:
            again = "never again" if tries == len(times) else f"only at {after / 1000:.1f} s again"
            return (
                f"The bank was down for long: {_CLIENT} asked {_often(tries)} to pay 0, at {before / 1000:.1f} s for "
                f"the last time, and then {again}. If the bank comes back right after that, its answer is too late: "
                f"at most {bound_ms / 1000:g} s are allowed, however long the outage was."
            )
    return None


def _often(tries: int) -> str:
    return "once" if tries == 1 else f"{tries:,} times"


def _worst_end(world: World) -> float:
    """Return when the bank should come back to keep the client waiting: right after a lost request, in ms."""
    times = next(iter(requests_of(world).values()))[:400]
    before, _ = max(pairwise(times), key=lambda pair: pair[1] - pair[0])
    return before + 12.5


def _after(run: Any, works_ms: float, complain: Complain) -> Wrong | None:
    world = run([At(works_ms, Restart(_BANK))], until_ms=works_ms + 10_000)
    complaint = complain(world, _BANK, works_ms)
    if complaint is None:
        return None
    return Wrong(
        f"{complaint} The bank was down from 5 ms to {works_ms:.1f} ms, and came back right after a request.",
        spacetime(world.trace, end_ms=400),
    )


def _after_a_long_pause(run: Any, complain: Complain) -> Wrong | None:
    """Judge a client that stands still for ten years while the bank is down."""
    works_ms = _YEARS_MS + 100
    plan = [
        At(700, Pause(_CLIENT)), At(_YEARS_MS, Resume(_CLIENT)), At(works_ms, Restart(_BANK)),
    ]  # fmt: skip
    world = run(plan, until_ms=works_ms + 10_000)
    complaint = complain(world, _BANK, works_ms)
    if complaint is None:
        return None
    return Wrong(
        f"{complaint} The bank was down for ten years, and {_CLIENT} stood still for most of them.",
        spacetime(world.trace, end_ms=800),
    )
