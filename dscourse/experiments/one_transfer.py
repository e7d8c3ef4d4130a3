"""Chapter 06: one transfer by two-phase commit, small enough to be touched."""

from __future__ import annotations

from collections.abc import Sequence

from dscourse.core.properties import unless
from dscourse.core.verdict import Verdict
from dscourse.experiments.atomic_commit import lasted_ms, locks
from dscourse.protocols.atomicity import Outcome
from dscourse.protocols.transaction_client import TransactionClient
from dscourse.protocols.two_phase_commit import Coordinator, Participant
from dscourse.protocols.two_phase_messages import Decision, Prepare
from dscourse.sim import At, Constant, Link, Network, World

__all__ = [
    "BLOCKED_MS",
    "both_commit",
    "both_wait",
    "end_without_c",
    "nobody_waits",
    "one_transfer",
]

_BOTH = ("p1", "p2")
_NETWORK = Network(Constant(10), client=Link(Constant(10)))
BLOCKED_MS = 200.0


def one_transfer(plan: Sequence[At] = ()) -> World:
    """Run one transfer between p1 and p2 by two-phase commit, for 500 ms. u begins at 0 ms; messages take 10 ms.

    >>> one_transfer().history[0].result
    'committed'
    """
    nodes = [TransactionClient("u", "c"), Coordinator("c", _BOTH)]
    nodes += [Participant(name, ["c", *(n for n in _BOTH if n != name)]) for name in _BOTH]
    world = World(nodes, network=_NETWORK, plan=plan)
    work = [("transfer", None, {"p1": {"account": 70}, "p2": {"account": 30}})]
    return world.submit("u", work).run(until_ms=500)


def waits_ms(world: World) -> dict[str, float]:
    """Return for how long each participant was in doubt, in ms; one that has not voted yes is not in it."""
    return {spell.node: lasted_ms(spell, world.now_ms) for spell in locks(world)}


def _failed(world: World) -> str:
    """Return the first failure of a participant in words; "" if both ran all the time."""
    failures = [event for event in world.trace.kinds("crash", "pause") if event.node in _BOTH]
    return f"{failures[0].node} itself {failures[0].kind}s" if failures else ""


def nobody_waits(world: World) -> Verdict:
    """Judge that no participant is in doubt for `BLOCKED_MS` or longer.

    >>> nobody_waits(one_transfer())
    no participant is blocked
    """
    blocked = [f"{name} for {ms:g} ms" for name, ms in waits_ms(world).items() if ms >= BLOCKED_MS]
    return unless(
        "no participant is blocked", f"in doubt: {', '.join(blocked)}" if blocked else None
    )


def both_wait(world: World) -> bool | Verdict:
    """Return True if both participants were in doubt for `BLOCKED_MS` or longer, unless one of them failed."""
    waits = waits_ms(world)
    long = all(waits.get(name, 0) >= BLOCKED_MS for name in _BOTH)
    return long and unless("although they work", _failed(world))


def both_commit(world: World) -> bool:
    """Return True if both participants have committed."""
    return all(Outcome(0, True) in world.log(name) for name in _BOTH)


def end_without_c(world: World) -> bool | Verdict:
    """Return True if c crashed for good and both ended all the same, unless it had not asked both, or had decided."""
    ended = all(any(isinstance(one, Outcome) for one in world.log(name)) for name in _BOTH)
    return not world.alive("c") and ended and unless("without c", _not_between(world))


def _not_between(world: World) -> str:
    """Return why c did not crash between its questions and its decision, or what else failed; "" if neither."""
    sent = [event for event in world.trace.kinds("send") if event.node == "c"]
    if {event.peer for event in sent if isinstance(event.what, Prepare)} != {*_BOTH}:
        return "c crashes before it has asked both"
    if any(isinstance(event.what, Decision) for event in sent):
        return "c sends its decision before it crashes"
    return _failed(world)
