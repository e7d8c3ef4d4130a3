"""The picture at the top of README: one payment, made twice."""

from __future__ import annotations

from dscourse.protocols.textbook.payments import Account, RetryingClient
from dscourse.show import Picture, spacetime
from dscourse.sim import At, Constant, Cut, Heal, Link, Network, World

__all__ = ["cover"]


def cover() -> Picture:
    """Draw the failure of chapter 01: a client whose answer is lost retries, and the bank pays again.

    >>> "cut" in cover().sentence
    True
    """
    plan = [At(15, Cut("bank", "ann")), At(30, Heal())]
    nodes = [RetryingClient("ann", "bank", timeout_ms=60), Account("bank")]
    world = World(nodes, network=Network(client=Link(Constant(10))), plan=plan)
    world.submit("ann", [("pay", None, 10)], start_ms=1).run()
    sentence = (
        "Ann asks the bank to pay 10. The bank pays; its answer is lost in a cut link. "
        "Ann's time-out fires, she asks again, and the bank pays again."
    )
    return spacetime(world.trace, end_ms=90, sentence=sentence)
