"""Judge of 03.7: a node of a quorum store, in clusters of 1 to 5 nodes, under chosen and random faults."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dscourse.exercises.judges import registers
from dscourse.exercises.judges.registers import Scene
from dscourse.exercises.tasks import Wrong, by_name
from dscourse.node import Node
from dscourse.protocols.quorum_store_messages import (
    Query,
    QueryReply,
    ResendDue,
    Update,
    UpdateAck,
)
from dscourse.protocols.stores import Request, Stored, Tag

__all__ = ["LINES", "NAMES", "judge"]

LINES = 6_000_000
NAMES = by_name(Node, Query, QueryReply, Request, ResendDue, Stored, Tag, Update, UpdateAck)

_RESEND_MS = 30
_GROUPS = (("n1", "n2", "n3"), ("a", "b", "c", "d"), ("n1", "n2", "n3", "n4", "n5"))
_PLANS = 12


def judge(store: Any) -> Wrong | None:
    if not (isinstance(store, type) and issubclass(store, Node)):
        return Wrong("`Replica` must be a class derived from Node.")
    found = (registers.play(store, scene) for scene in _scenes())
    priced = (registers.costs(store, scene, _RESEND_MS) for scene in _priced())
    hunted = (registers.hunt_plans(store, names, _PLANS) for names in _GROUPS)
    return next((wrong for part in (found, priced, hunted) for wrong in part if wrong), None)


def _scenes() -> Iterator[Scene]:
    """Yield the scenes, the simplest first."""
    for count in (1, 2, 3, 4, 5):
        yield registers.calm(count)
    for count in (3, 4, 5):
        yield registers.minority_down(count)
    yield from (registers.cut_off(50), registers.cut_off(250))
    yield from (registers.split(2, 5), registers.split(2, 4))
    yield from (registers.ties(3), registers.ties(5))
    yield registers.missed(3)
    yield from registers.crashing()
    yield registers.overtaken()
    yield from registers.inverted(_GROUPS[-1])


def _priced() -> Iterator[Scene]:
    yield from (registers.calm(3), registers.calm(5), registers.cut_off(250))
