"""The panels of chapter 00: a slider that shows whether widgets work, and a counter whose messages are lost."""

from __future__ import annotations

from dscourse.core.wording import count
from dscourse.experiments.start_here import counter_world
from dscourse.panels.controls import choice, slider
from dscourse.panels.panel import Frame, Panel
from dscourse.protocols.replicated_counter import counts
from dscourse.show import Look, cluster_map, spacetime
from dscourse.sim import World

__all__ = ["broken_counter", "counter_frame", "widget_check"]

_LABELLED = 24  # the most messages that are labelled: more labels would overlap


def widget_check() -> Panel:
    """Build a panel with one slider: the number of nodes to draw."""
    return Panel({"nodes": slider("nodes", "", 3, 1, 7)}, _nodes_frame, "Do widgets work?")


def _nodes_frame(nodes: int) -> Frame:
    names = [f"n{number}" for number in range(1, nodes + 1)]
    sentence = f"The slider stands at {nodes}, and the picture shows {count(nodes, 'node')}."
    return Frame.of(cluster_map(names, sentence=sentence, width=420))


def counter_frame(version: str, increments: int, loss: int, duplicate: int, seed: int) -> Frame:
    """Draw one run; the sentence gives each node's count at its end. ``loss`` and ``duplicate`` are in per cent."""
    world = counter_world(version, increments, loss / 100, duplicate / 100, seed)
    sentence = _say(world, increments)
    labels = len(world.trace.kinds("send")) <= _LABELLED
    return Frame.of(spacetime(world.trace, sentence=sentence, look=Look(labels=labels)))


def _say(world: World, increments: int) -> str:
    says = counts(world.nodes)
    each = ", ".join(f"{name} says {value}" for name, value in says.items())
    wrong = sum(value != increments for value in says.values())
    verdict = f"{wrong} of {len(says)} {_are(wrong)} wrong" if wrong else "all are right"
    sent, lost, copies = (len(world.trace.kinds(kind)) for kind in ("send", "drop", "duplicate"))
    requested = f"{count(increments, 'increment')} {_were(increments)} made"
    way = f"{lost} of {count(sent, 'message')} {_were(lost)} lost"
    repeats = f"the network made {copies or 'no'} {'copy' if copies == 1 else 'copies'}"
    return f"{each}; {requested}, so {verdict}. {way}; {repeats}."


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _were(number: int) -> str:
    return "was" if number == 1 else "were"


def broken_counter() -> Panel:
    """Build the panel: the version, the number of increments, loss, repetition and the seed."""
    controls = {
        "version": choice("version", {"send increments": "textbook", "send totals": "repaired"}),
        "increments": slider("increments", "", 6, 1, 15),
        "loss": slider("loss", "%", 30, 0, 100, 5),
        "duplicate": slider("repetition", "%", 0, 0, 100, 5),
        "seed": slider("seed", "", 1, 1, 50),
    }
    return Panel(controls, counter_frame, "A counter on three nodes")
