"""The contents of a cluster map, read from a world: members, links and groups, still without coordinates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from dscourse.core.wording import count

if TYPE_CHECKING:
    from dscourse.sim import World

__all__ = ["LinkState", "Member", "Topology"]


_MANY = {"cut": "cut", "one way": "one way only", "held": "held", "lossy": "lose messages"}


@dataclass(frozen=True, slots=True)
class Member:
    """A node or client, and whether it is ``up``, ``paused`` or ``down``."""

    name: str
    state: str = "up"
    client: bool = False


@dataclass(frozen=True, slots=True)
class LinkState:
    """Both directions between two members; ``kind`` is ``open``, ``lossy``, ``held``, ``one way`` or ``cut``.

    With ``directed``, what ``kind`` says holds from ``source`` to ``to`` alone; of a link that is ``one way`` this is
    the direction in which messages pass.
    """

    source: str
    to: str
    kind: str = "open"
    loss: float = 0.0
    directed: bool = False

    @property
    def text(self) -> str:
        """The link in words, as in ``a – b loses 30 %``."""
        ends = f"{self.source} {'→' if self.directed else '–'} {self.to}"
        words = {"one way": "only", "lossy": f"loses {100 * self.loss:g} %", "open": ""}
        return f"{ends} {words.get(self.kind, self.kind)}".strip()


@dataclass(frozen=True, slots=True)
class Topology:
    """A cluster at one moment."""

    members: tuple[Member, ...]
    links: tuple[LinkState, ...]
    at_ms: float | None = None

    @classmethod
    def of_names(cls, names: Iterable[str]) -> Topology:
        """Return nodes of these names, all of them up and linked to each other."""
        listed = isinstance(names, Iterable) and not isinstance(names, str)
        chosen = tuple(dict.fromkeys(names)) if listed else ()
        if not listed or not all(isinstance(name, str) for name in chosen):
            raise TypeError(
                f"{type(names).__name__}: a world is required, or a list of names such as ['a', 'b']"
            )
        return cls(
            tuple(map(Member, chosen)), tuple(LinkState(a, b) for a, b in combinations(chosen, 2))
        )

    @classmethod
    def of_world(cls, world: World) -> Topology:
        """Return the members and links of ``world`` as they are now; clients have no links among themselves."""
        members = tuple(
            Member(name, _state(world, name), world.is_client(name)) for name in world.nodes
        )
        pairs = [(a.name, b.name) for a, b in combinations(members, 2) if not a.client & b.client]
        return cls(members, tuple(_link(world, *pair) for pair in pairs), world.now_ms)

    def groups(self) -> list[list[str]]:
        """The groups of nodes that reach each other, directly or through other nodes, the largest first.

        A client stands with the first of the groups that it reaches, and alone if it cannot reach any.
        """
        import networkx as nx

        clients = {member.name for member in self.members if member.client}
        graph: nx.Graph[str] = nx.Graph()
        graph.add_nodes_from(m.name for m in self.members if not m.client)
        both = [(x.source, x.to) for x in self.links if x.kind not in ("cut", "one way")]
        graph.add_edges_from(pair for pair in both if clients.isdisjoint(pair))
        order = {member.name: index for index, member in enumerate(self.members)}
        groups = [sorted(group, key=order.__getitem__) for group in nx.connected_components(graph)]
        groups.sort(key=lambda group: (-len(group), order[group[0]]))
        for client in sorted(clients, key=order.__getitem__):
            reached = {name for pair in both if client in pair for name in pair}
            home = next((group for group in groups if not reached.isdisjoint(group)), None)
            if home is None:
                groups.append([client])
            else:
                home.append(client)
        return groups

    def sentence(self) -> str:
        """Describe in words the members, the groups that reach each other, and the faults."""
        groups = self.groups()
        parts = [
            _members_in_words(self.members)
            + ("" if self.at_ms is None else f" at {self.at_ms:g} ms")
        ]
        if len(groups) > 1:
            shown = " | ".join(", ".join(group) for group in groups)
            parts.append(f"split into {shown}")
        else:
            parts.append("all connected")
        for state in ("down", "paused"):
            names = [member.name for member in self.members if member.state == state]
            parts += [f"{', '.join(names)} {state}"] if names else []
        return "; ".join(parts + self._links_in_words(groups)) + "."

    def _links_in_words(self, groups: Sequence[Sequence[str]]) -> list[str]:
        """Describe the faulty links; of those that are cut, only the ones within a group."""
        parts = []
        for kind in ("cut", "one way", "held", "lossy"):
            links = [x for x in self.links if x.kind == kind and not apart(x, groups)]
            if len(links) > 3:
                parts.append(f"{len(links)} links {_MANY[kind]}")
            else:
                parts += [link.text for link in links]
        return parts


def apart(link: LinkState, groups: Sequence[Sequence[str]]) -> bool:
    """Return True if the link is cut in both directions and leads from one group to another."""
    return link.kind == "cut" and not any(link.source in g and link.to in g for g in groups)


def _members_in_words(members: Sequence[Member]) -> str:
    clients = sum(member.client for member in members)
    nodes = count(len(members) - clients, "node")
    return f"{nodes} and {count(clients, 'client')}" if clients else nodes


def _state(world: World, name: str) -> str:
    if not world.alive(name):
        return "down"
    return "paused" if world.paused(name) else "up"


def _link(world: World, a: str, b: str) -> LinkState:
    """Return the link between ``a`` and ``b``, in the worse of the states of its two directions."""
    forth, back = world.link(a, b), world.link(b, a)
    if forth.cut and back.cut:
        return LinkState(a, b, "cut")
    if forth.cut or back.cut:
        source, to = (b, a) if forth.cut else (a, b)
        return LinkState(source, to, "one way", directed=True)
    if forth.held or back.held:
        source, to = (a, b) if forth.held else (b, a)
        return LinkState(source, to, "held", directed=not (forth.held and back.held))
    there, again = forth.settings.loss, back.settings.loss
    if there or again:
        source, to = (a, b) if there >= again else (b, a)
        return LinkState(source, to, "lossy", max(there, again), directed=there != again)
    return LinkState(a, b)
