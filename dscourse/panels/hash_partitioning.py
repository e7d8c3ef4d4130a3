"""The panels of chapter 12: the balance of a placement by hash, and the keys that a join or a leave moves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from dscourse.panels.controls import choice, slider
from dscourse.panels.panel import Frame, Panel
from dscourse.panels.rebalancing import rebalancing_controls, rebalancing_frame
from dscourse.placement import Ring, spread
from dscourse.placement.weak import HASHES
from dscourse.show.loads import cells, loads
from dscourse.show.picture import Picture
from dscourse.show.ring import changed, ring
from dscourse.show.stacked import beside
from dscourse.touch import RingBoard

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
from dscourse.experiments.hash_partitioning import CHANGES, KEYS, SCHEMES, Placed, keys_of, placed

__all__ = ["placement_frame", "placement_panel", "rebalancing_panel", "ring_to_touch"]

_SHOWN = 400  # the most points or keys that are drawn


def placement_frame(
    scheme: str, nodes: int, virtual: int, hashed: str, keys: str, change: str, seed: int = 1
) -> Frame:
    """Draw the ring, or a grid of keys, and the nodes' loads after the change."""
    placement = placed(scheme, nodes, virtual, hashed, keys, change, seed)
    names, times = keys_of(keys)
    requests = placement.loads(times)
    parts = [_even(placement, virtual), *_busiest(requests, times), *_moves(placement, change)]
    sentence = f"{scheme}, {hashed}, {len(names):,} keys: {' '.join(parts)}"
    left = _ring(placement) if isinstance(placement.before, Ring) else _grid(placement)
    share = 100 / times.sum()
    right = loads(
        {name: share * load for name, load in requests.items()}, sentence="loads", form="{:.1f}",
        heading="requests (%); line: equal shares",
    )  # fmt: skip
    return Frame.of(beside(left, right, sentence=sentence))


def _even(placement: Placed, virtual: int) -> str:
    """Return in words how evenly the keys are spread over the nodes."""
    import numpy as np

    loads = placement.loads(np.ones(len(placement.new)))
    fullest = max(loads.values()) * len(loads) / len(placement.new)
    theory = (
        f", where one over the root of {virtual} is {100 / virtual**0.5:.0f} %"
        if isinstance(placement.before, Ring)
        else " (only a ring has virtual nodes)"
    )
    return f"the fullest node holds {fullest:.2f} times the mean, the spread is {100 * spread(loads):.0f} %{theory}."


def _busiest(requests: dict[str, float], times: NDArray[np.float64]) -> Iterator[str]:
    """Yield the load of the busiest node and of the most popular key, unless all keys are equally popular."""
    if times.min() < times.max():
        most = max(requests.values()) * len(requests) / times.sum()
        hottest = 100 * times.max() / times.sum()
        yield f"The busiest gets {most:.2f} times the mean of the requests; {hottest:.1f} % are for one key."


def _moves(placement: Placed, change: str) -> Iterator[str]:
    """Yield the share of the keys that the change moves, and the share to compare it with."""
    if change == "none":
        return
    nodes = placement.before.nodes
    share = 100 * placement.moved.mean()
    if change == "one joins":
        ideal = 100 / (len(nodes) + 1)
        yield f"{placement.after.nodes[-1]} joins: {share:.1f} % of the keys move; an equal share is {ideal:.1f} %."
    else:
        index = len(nodes) - 1 if change == "last leaves" else 0
        owned = 100 * (placement.old == index).mean()
        yield f"{nodes[index]} leaves: {share:.1f} % of the keys move; it held {owned:.1f} %."


def _ring(placement: Placed) -> Picture:
    before, after = placement.before, placement.after
    assert isinstance(before, Ring)
    assert isinstance(after, Ring)
    old, new = list(before.points()), list(after.points())
    moved = changed(old, new) if len(old) + len(new) <= _SHOWN else []
    return ring(new, sentence="ring", moved=moved, order=after.nodes)


def _grid(placement: Placed) -> Picture:
    """Draw the first 400 keys, each in the colour of its node after the change."""
    names = placement.after.nodes
    owners = [names[index] for index in placement.new[:_SHOWN].tolist()]
    return cells(owners, names, sentence="keys", moved=placement.moved[:_SHOWN].tolist())


def placement_panel() -> Panel:
    """Build the panel: a scheme, its nodes, a hash, the keys, a node that joins or leaves, and the names' seed."""
    controls: dict[str, Any] = {
        "scheme": choice("scheme", SCHEMES),
        "nodes": slider("nodes", "", 5, 1, 20),
        "virtual": slider("virtual nodes", "", 4, 1, 200),
        "hashed": choice("hash", tuple(HASHES)),
        "keys": choice("keys", KEYS),
        "change": choice("change", CHANGES, "one joins"),
        "seed": slider("seed of the names", "", 1, 1, 12),
    }

    def only_a_ring_has_virtual_nodes(change: dict[str, Any]) -> None:
        controls["virtual"].disabled = change["new"] != "ring"

    controls["scheme"].observe(only_a_ring_has_virtual_nodes, names="value")
    return Panel(controls, placement_frame, "Keys on nodes")


def ring_to_touch() -> RingBoard:
    """Build the ring of four nodes with one point each, whose points are dragged; up to six more nodes may join."""
    return RingBoard(Ring(list("abcd"), virtual_nodes=1), spare="efghij")


def rebalancing_panel() -> Panel:
    """Build the panel: the move of slots to a node that joins while clients keep working."""
    return Panel(rebalancing_controls(), rebalancing_frame, "A node joins while requests go on")
