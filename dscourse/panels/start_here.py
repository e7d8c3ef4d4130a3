"""The panel of chapter 00: a counter on three nodes, and a network that loses and repeats messages."""

from __future__ import annotations

from typing import Any

from dscourse.node import Node, cluster
from dscourse.panels.controls import choice, slider
from dscourse.panels.panel import Frame, Panel
from dscourse.protocols import replicated_counter as gossip
from dscourse.protocols.textbook import replicated_counter as textbook
from dscourse.show import Picture, spacetime
from dscourse.show.scene import count
from dscourse.sim import Network, Uniform, World

__all__ = ["broken_counter", "counter_frame", "counter_world"]

_NODES = ("a", "b", "c")
_GAP_MS = 15.0


def counter_world(
    version: str = "textbook",
    increments: int = 6,
    loss: float = 0.3,
    duplicate: float = 0.0,
    seed: int = 1,
) -> World:
    """Three counters that count in turn, ``increments`` in all, run until shortly after the last one.

    ``loss`` and ``duplicate`` are probabilities a message; ``version`` is ``"textbook"`` or ``"repaired"``.
    """
    kind: type[Node] = textbook.Counter if version == "textbook" else gossip.GossipCounter
    network = Network(latency=Uniform(4, 16), loss=loss, duplicate=duplicate)
    world = World(cluster(kind, _NODES), seed=seed, network=network)
    for turn in range(increments):
        world.submit(_NODES[turn % 3], [("add", None, 1)], start_ms=5 + turn * _GAP_MS)
    return world.run(until_ms=5 + increments * _GAP_MS + (25 if version == "textbook" else 65))


def counter_frame(version: str, increments: int, loss: int, duplicate: int, seed: int) -> Frame:
    """The run with these settings, ``loss`` and ``duplicate`` in per cent, and what each node counts at its end."""
    world = counter_world(version, increments, loss / 100, duplicate / 100, seed)
    sentence = _say(world, increments)
    return Frame.of(Picture(sentence, svg=spacetime(world.trace, sentence=sentence).svg))


def _say(world: World, increments: int) -> str:
    says: dict[str, Any] = {name: node.value for name, node in world.nodes.items()}  # type: ignore[attr-defined]
    counts = ", ".join(f"{name} says {value}" for name, value in says.items())
    sent = len(world.trace.kinds("send"))
    lost = len(world.trace.kinds("drop"))
    again = len(world.trace.kinds("duplicate"))
    wrong = sum(value != increments for value in says.values())
    verdict = (
        "all are right"
        if not wrong
        else f"{wrong} of {len(says)} {'is' if wrong == 1 else 'are'} wrong"
    )
    return (
        f"{counts}; {count(increments, 'increment')} {'was' if increments == 1 else 'were'} made, so {verdict}. "
        f"{lost} of {count(sent, 'message')} {'was' if lost == 1 else 'were'} lost, {again} repeated."
    )


def broken_counter() -> Panel:
    """Loss, repetition, number of increments, seed, and which version runs."""
    controls = {
        "version": choice("version", {"send increments": "textbook", "send totals": "repaired"}),
        "increments": slider("increments", "", 6, 1, 15),
        "loss": slider("loss", "%", 30, 0, 100, 5),
        "duplicate": slider("repetition", "%", 0, 0, 100, 5),
        "seed": slider("seed", "", 1, 1, 50),
    }
    return Panel(controls, counter_frame, "A counter on three nodes")
