"""The fields of nodes that keep their value in a run: mostly settings, which a table of states need not repeat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dscourse.sim import World

__all__ = ["unchanging_fields"]


def unchanging_fields(
    world: World,
    initial: Mapping[str, Mapping[str, str]],
    base: Mapping[str, Any],
    changes: Sequence[Sequence[Any]],
) -> dict[str, dict[str, str]]:
    """Return, per node, the fields in words that no node of its class changes in these moments.

    ``base`` and ``changes`` are those of `moments`. A field that differs from the one in ``initial``, where the node
    is there, has been changed before these moments. A crash and a restart alone change no field: a field counts as
    changed if it has two values while the node is up, or is there at one moment and missing at another.
    """
    courses = {name: _Course(node) for name, node in base.items()}
    for _, name, new in changes:
        courses[name].follow(new)
    for name, fields in initial.items():
        courses[name].compare(fields)
    changed: dict[type, set[str]] = {}
    for name, course in courses.items():
        changed.setdefault(type(world.nodes[name]), set()).update(course.changed)
    return {
        name: {
            field: text
            for field, text in course.values.items()
            if field not in changed[type(world.nodes[name])]
        }
        for name, course in courses.items()
    }


class _Course:
    """The values of one node's fields while it is up, and the fields that have changed so far."""

    def __init__(self, node: Mapping[str, Any]) -> None:
        self.up = node["status"] != "down"
        self.values: dict[str, str] = dict(node["fields"])
        self.changed: set[str] = set()
        self._known = self.up  # the fields of the node have been seen

    def follow(self, new: Mapping[str, Any]) -> None:
        """Take one change of the node into account."""
        self.up = new.get("status", "down" if not self.up else "") != "down"
        if not self.up:
            return
        for field, text in new.get("fields", {}).items():
            if self._known and self.values.get(field) != text:
                self.changed.add(field)
            if text is not None:
                self.values[field] = text
        self._known = True

    def compare(self, fields: Mapping[str, str]) -> None:
        """Take the node's fields at another moment into account."""
        self.changed.update(
            field for field, text in fields.items() if self.values.get(field) != text
        )
