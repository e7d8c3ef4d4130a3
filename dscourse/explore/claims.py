"""The properties that a search decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from dscourse.core.properties import Property, Ruling, properties
from dscourse.explore.orders import Order

__all__ = ["NO_HANDLER_RAISES", "Claims", "Properties", "claimed"]

Properties = Sequence[Property | Callable[[Any], Ruling]]
NO_HANDLER_RAISES = Property("no handler raises", lambda view: not view.errors)


@dataclass(frozen=True, slots=True)
class Claims:
    """The properties that a search decides.

    Each of ``always`` must hold in every state, and each of ``sometimes`` in one at least. From every state, one in
    which each of ``within_reach`` holds must be reachable. Every weakly fair run must come to a state in which each
    of ``eventually`` holds.
    """

    always: tuple[Property, ...] = ()
    sometimes: tuple[Property, ...] = ()
    within_reach: tuple[Property, ...] = ()
    eventually: tuple[Property, ...] = ()

    @property
    def all(self) -> tuple[Property, ...]:
        return self.always + self.sometimes + self.within_reach + self.eventually


def claimed(order: Order, *by_kind: Properties) -> Claims:
    """Return the properties by their kind; ValueError if two different ones have one name, or the order is none."""
    if isinstance(order, type) or not isinstance(order, Order):
        raise TypeError(
            f"order={order!r}: an order is required, such as DepthFirst() or RandomWalks(walks=100, steps=50, seed=1)"
        )
    kinds = ("always", "sometimes", "within_reach", "eventually")
    claims = Claims(*(properties(some, kind) for some, kind in zip(by_kind, kinds, strict=True)))
    if not order.complete and (claims.within_reach or claims.eventually):
        raise ValueError(
            "within_reach=… and eventually=… need every state: explore with BreadthFirst() or DepthFirst()"
        )
    known = {NO_HANDLER_RAISES.name: NO_HANDLER_RAISES}
    for kind in kinds:
        for one in getattr(claims, kind):
            if known.setdefault(one.name, one) != one:
                raise ValueError(
                    f"{kind}: another property is called {one.name!r} as well; "
                    "give each a name of its own: Property('one leader', holds)"
                )
    return claims
