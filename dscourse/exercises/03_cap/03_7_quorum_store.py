"""Judge of 03.7: a node of a quorum store, in clusters of 1 to 12 nodes, under chosen and random faults."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dscourse.exercises.judges import register_races as races
from dscourse.exercises.judges import register_scenes as scenes
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
_PLANS = 8
_LONG_MS = 40_000  # more than a thousand attempts


def judge(store: Any) -> Wrong | None:
    if not (isinstance(store, type) and issubclass(store, Node)):
        return Wrong("`Replica` must be a class derived from Node.")
    found = (registers.play(store, scene) for scene in _scenes())
    priced = (registers.costs(store, scene, _RESEND_MS) for scene in _priced())
    hunted = (registers.hunt_plans(store, names, _PLANS) for names in _GROUPS)
    return next((wrong for part in (found, priced, hunted) for wrong in part if wrong), None)


def _scenes() -> Iterator[Scene]:
    """Yield the scenes, the simplest first."""
    yield from map(scenes.calm, (1, 2, 3, 4, 5))
    yield from map(scenes.minority_down, (3, 4, 5, 7))
    yield from (scenes.cut_off(50), scenes.cut_off(250))
    yield from (
        scenes.update_cut_off(50, 3),
        scenes.update_cut_off(50, 5, down=2),
        scenes.crowd(20),
    )
    yield from (scenes.cut_off(_LONG_MS, 2), scenes.update_cut_off(_LONG_MS, 2))
    yield from (scenes.split(few, count) for few, count in ((2, 5), (2, 4), (3, 7), (5, 11)))
    yield from (scenes.ties(3), scenes.ties(5), races.same_moment(), scenes.falling())
    yield races.missed(3)
    yield from scenes.crashing()
    yield from (scenes.many_keys(), races.overtaken(), races.repeated_value())
    yield from map(scenes.calm, (7, 12))
    yield from races.inverted(_GROUPS[-1])
    yield from (races.within_a_read(), races.two_readers())
    yield from races.inverted(_GROUPS[-1], value=0, key=7)


def _priced() -> Iterator[Scene]:
    yield from map(scenes.calm, (2, 3, 5, 9))
    yield from (scenes.writes(5), scenes.cut_off(250))
