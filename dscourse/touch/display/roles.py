"""The roles of nodes as spells, which a picture marks on the nodes' lines."""

from __future__ import annotations

from dscourse.sim import Event, Spell, StateRecorder, World

__all__ = ["role_spells"]


def role_spells(world: World) -> list[Spell]:
    """Return the periods in which each node had a `Node.shown_role`, by their beginnings; none if none was recorded.

    >>> from dscourse.node import cluster
    >>> from dscourse.protocols.bully import Bully
    >>> from dscourse.sim import observing
    >>> with observing(StateRecorder):
    ...     world = World(cluster(Bully, ["n1", "n2"])).run(until_ms=100)
    >>> [spell.text for spell in role_spells(world)]
    ['n2 leads']
    """
    recorder = world.observer
    if not isinstance(recorder, StateRecorder) or not world.trace:
        return []
    begun: dict[str, tuple[str, Event]] = {}
    spells: list[Spell] = []
    for change in recorder.roles:
        event = world.trace[change.event]
        if change.node in begun:
            role, start = begun.pop(change.node)
            spells.append(Spell(change.node, role, start, event))
        if change.role:
            begun[change.node] = change.role, event
    spells += [Spell(node, role, start, None) for node, (role, start) in begun.items()]
    return sorted(spells, key=lambda spell: spell.start.index)
