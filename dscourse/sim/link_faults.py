"""Faults of links, as values: partitions, cuts, held links and changed settings, and the faults that end them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dscourse.core.faults import Fault
from dscourse.sim.injection import Injector
from dscourse.sim.network import Link

__all__ = ["Cut", "Heal", "Hold", "Partition", "Release", "SetLink"]


@dataclass(frozen=True, slots=True, repr=False, init=False)
class Partition(Fault):
    """A partition: no message passes between different ``groups``; a node in no group reaches all.

    >>> Partition({"a"}, {"c", "b"})
    Partition({'a'}, {'b', 'c'})
    """

    groups: tuple[frozenset[str], ...]

    def __init__(self, *groups: Iterable[str]) -> None:
        object.__setattr__(self, "groups", tuple(map(_group, groups)))
        if len(groups) < 2 or not all(self.groups):
            raise ValueError(
                f"{self!r}: a partition has at least 2 groups, none of them empty; "
                "write Partition({'a'}, {'b', 'c'})"
            )
        members = [name for group in self.groups for name in sorted(group)]
        for name in members:
            if members.count(name) > 1:
                raise ValueError(f"Partition: {name!r} is in more than one group")

    def names(self) -> Iterable[str]:
        return [name for group in self.groups for name in sorted(group)]

    def apply(self, injector: Injector) -> None:
        for group in self.groups:
            for source in sorted(group):
                for to in self.names():
                    if to not in group:
                        injector.cut(source, to)

    def __repr__(self) -> str:
        shown = ", ".join("{" + ", ".join(map(repr, sorted(group))) + "}" for group in self.groups)
        return f"Partition({shown})"


def _group(names: Any) -> frozenset[str]:
    """Return one side of a partition. Raise TypeError unless it is a set or list of names."""
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise TypeError(f"Partition: {names!r}: a group must be a set of names, not one string")
    group = list(names)
    for name in group:
        if not isinstance(name, str) or not name:
            raise TypeError(
                f"Partition: {name!r}: a node's name is required; write Partition({{'a'}}, {{'b', 'c'}})"
            )
    return frozenset(group)


@dataclass(frozen=True, slots=True, repr=False)
class Cut(Fault):
    """A one-way cut: no message passes from ``source`` to ``to``; the other direction is unaffected."""

    source: str
    to: str

    def apply(self, injector: Injector) -> None:
        injector.cut(self.source, self.to)


@dataclass(frozen=True, slots=True, repr=False)
class Heal(Fault):
    """The end of all partitions and cuts; with two names, only of the cut from ``source`` to ``to``."""

    source: str | None = None
    to: str | None = None

    def __post_init__(self) -> None:
        if (self.source is None) != (self.to is None):
            raise ValueError("Heal: give both ends of a link, or neither")
        if self.source is not None:
            Fault.__post_init__(self)

    def apply(self, injector: Injector) -> None:
        if self.source is not None and self.to is not None:
            injector.heal(self.source, self.to)
        else:
            injector.heal_all()


@dataclass(frozen=True, slots=True, repr=False)
class Hold(Fault):
    """A held link: from now on, messages from ``source`` to ``to`` are kept back, not lost."""

    source: str
    to: str

    def apply(self, injector: Injector) -> None:
        injector.hold(self.source, self.to)


@dataclass(frozen=True, slots=True, repr=False)
class Release(Fault):
    """The end of a `Hold`: the link's held messages arrive now, in order of arrival."""

    source: str
    to: str

    def apply(self, injector: Injector) -> None:
        injector.release(self.source, self.to)


@dataclass(frozen=True, slots=True, repr=False, init=False)
class SetLink(Fault):
    """New settings for messages sent from now on; without settings, the link's initial ones.

    Without names it applies to every link, except those to and from clients.
    """

    source: str | None
    to: str | None
    settings: tuple[tuple[str, Any], ...]

    def __init__(self, source: str | None = None, to: str | None = None, **settings: Any) -> None:
        if (source is None) != (to is None):
            raise ValueError("SetLink: give both ends of a link, or neither")
        Link().changed(**settings)  # raises for settings that no link can have
        object.__setattr__(self, "source", source)
        object.__setattr__(self, "to", to)
        if source is not None:
            Fault.__post_init__(self)
        object.__setattr__(self, "settings", tuple(sorted(settings.items())))

    def apply(self, injector: Injector) -> None:
        if self.source is not None and self.to is not None:
            injector.set_link(self.source, self.to, dict(self.settings))
        else:
            injector.set_server_links(dict(self.settings))

    def __repr__(self) -> str:
        ends = [repr(name) for name in (self.source, self.to) if name is not None]
        return (
            f"SetLink({', '.join(ends + [f'{name}={value!r}' for name, value in self.settings])})"
        )
