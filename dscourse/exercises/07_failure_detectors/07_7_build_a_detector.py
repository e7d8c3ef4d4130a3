"""Judge of 07.7: a whole failure detector, on calm, bad and changing networks, with crashes and restarts."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dscourse.exercises.judges.names import AWKWARD
from dscourse.exercises.judges.values import listed
from dscourse.exercises.tasks import Wrong, by_name
from dscourse.node import Node
from dscourse.protocols.textbook.swim import Beat, NextBeat
from dscourse.show import Picture, spacetime
from dscourse.sim import At, Crash, Link, Network, Restart, SetLink, Uniform, World

__all__ = ["LINES", "NAMES", "judge"]

LINES = 6_000_000
NAMES = by_name(Beat, Node, NextBeat, deque, math) | {"np": np}

_PERIOD_MS, _SAMPLE_MS = 100.0, 50.0
_SOON_MS, _LATE_MS = 500.0, 3_000.0
_GRACE_MS = 300.0  # for the first heartbeat after a restart to arrive
_SHARE = 0.02
_DRAWN_MS = 600.0  # shown before the moment of a complaint
_CALM, _BAD = Link(Uniform(1, 20)), Link(Uniform(1, 150), loss=0.55)


@dataclass(frozen=True)
class _Scene:
    """A cluster on a network, and the times at which its nodes go down and come back.

    ``bad`` names the nodes whose links are bad, from ``bad_ms`` to ``good_ms``. From ``settled_ms`` after each of
    these changes on, answers are judged.
    """

    title: str
    names: Sequence[str]
    down: Mapping[str, Sequence[tuple[float, float]]]
    end_ms: float
    bad: Sequence[str] = ()
    bad_ms: float = 0.0
    good_ms: float = math.inf
    settled_ms: float = 0.0
    wrong: dict[bool, list[int]] = field(default_factory=lambda: {True: [0, 0], False: [0, 0]})

    def is_bad(self, one: str, other: str, now: float) -> bool | None:
        """Return whether the link is bad now; None while the detector may still adapt to a change."""
        if not {one, other} & {*self.bad}:
            return False
        for change in (self.bad_ms, self.good_ms):
            if change <= now < change + self.settled_ms:
                return None
        return self.bad_ms <= now < self.good_ms

    def up_since(self, name: str, now: float) -> float | None:
        """Return when the node last started; None if it is down."""
        since = 0.0
        for start, end in self.down.get(name, ()):
            if start <= now < end:
                return None
            since = end if end <= now else since
        return since

    def plan(self) -> list[At]:
        found = [
            At(ms, fault(name))
            for name, spells in self.down.items()
            for spell in spells
            for ms, fault in zip(spell, (Crash, Restart), strict=True)
            if ms < self.end_ms
        ]
        for ms, link in ((self.bad_ms, _BAD), (self.good_ms, _CALM)):
            if self.bad and ms < self.end_ms:
                found += [
                    At(ms, SetLink(a, b, latency=link.latency, loss=link.loss))
                    for a, b in self._bad_links()
                ]
        return found

    def _bad_links(self) -> Iterator[tuple[str, str]]:
        for a in self.names:
            yield from ((a, b) for b in self.names if a != b and {a, b} & {*self.bad})


def _scenes() -> list[_Scene]:
    a, b, c, d, e = AWKWARD[:5]
    return [
        _Scene(
            "two nodes on a calm network", (a, b),
            {b: [(0, 6_000), (12_000, 32_000), (36_000, math.inf)]}, 40_000,
        ),
        _Scene(
            "four nodes on a calm network, of which one never begins, and one is started again", (c, b, d, a),
            {d: [(0, math.inf)], c: [(15_030, 15_060)], a: [(20_000, 23_000), (26_000, math.inf)]}, 32_000,
        ),
        _Scene(
            f"five nodes, with bad links of {e!r}", (a, b, c, d, e),
            {b: [(25_000, math.inf)], e: [(33_000, math.inf)]}, 37_000, bad=(e,), settled_ms=10_000,
        ),
        _Scene(
            "three nodes, with bad links from 20 s to 60 s", (d, e, a), {e: [(85_000, math.inf)]}, 90_000,
            bad=(a, d, e), bad_ms=20_000, good_ms=60_000, settled_ms=20_000,
        ),
    ]  # fmt: skip


def judge(kind: Any) -> Wrong | None:
    if not (isinstance(kind, type) and issubclass(kind, Node)):
        return Wrong("`MyDetector` must be a class derived from Node.")
    for seed, scene in enumerate(_scenes()):
        wrong = _play(kind, scene, seed)
        if wrong is not None:
            return wrong
    return None


def _play(kind: type[Node], scene: _Scene, seed: int) -> Wrong | None:
    """Run the scene, and look at what each node suspects every 50 ms."""
    nodes = [kind(name, [n for n in scene.names if n != name]) for name in scene.names]
    world = World(nodes, seed, Network(_CALM.latency), scene.plan())
    now, most = 0.0, 60 * len(nodes) ** 2 * int(scene.end_ms / _PERIOD_MS)
    while now < scene.end_ms:
        now += _SAMPLE_MS
        world.run(until_ms=now, max_events=most)
        for name in scene.names:
            since = scene.up_since(name, now)
            complaint = None if since is None else _look(world, scene, name, now, since)
            if complaint is not None:
                return Wrong(_titled(scene, complaint), _before(world, now))
    complaint = _complaint_on_share(scene) or _complaint_on_messages(world, scene)
    return None if complaint is None else Wrong(_titled(scene, complaint), _before(world, now))


def _titled(scene: _Scene, complaint: str) -> str:
    return f"{scene.title[0].upper()}{scene.title[1:]}: {complaint}"


def _before(world: World, now: float) -> Picture:
    """Draw the messages of the last moments."""
    return spacetime(world.trace, start_ms=max(0.0, now - _DRAWN_MS), end_ms=now, timers=False)


def _look(world: World, scene: _Scene, name: str, now: float, since: float) -> str | None:
    """Judge what one node suspects at one moment."""
    suspected = listed(getattr(world.nodes[name], "suspected", None))
    if suspected is None:
        return f"`suspected` of {name!r} must be a set of names."
    others = [other for other in scene.names if other != name]
    strange = [one for one in suspected if one not in others]
    if strange:
        return f"{name!r} suspects {strange[0]!r}, which is not one of its peers."
    for other in others:
        bad, up = scene.is_bad(name, other, now), scene.up_since(other, now)
        if up is None:
            gone = max(start for start, _ in scene.down[other] if start <= now)
            limit = _SOON_MS if bad is False and now - since > 5_000 and gone > since else _LATE_MS
            if other not in suspected and now - max(gone, since) > limit:
                return (
                    f"{other!r} is down from {gone:,.0f} ms on, and {name!r}, which is up from {since:,.0f} ms on, "
                    f"does not suspect it at {now:,.0f} ms: at most {limit:,.0f} ms are allowed."
                )
        elif bad is not None and now >= up + _GRACE_MS:
            scene.wrong[bad][0] += other in suspected
            scene.wrong[bad][1] += 1
            if other in suspected and not bad:
                return (
                    f"{name!r}, up since {since:,.0f} ms, suspects {other!r} at {now:,.0f} ms, which is up since "
                    f"{up:,.0f} ms, over a link that loses nothing and delays by 20 ms at most."
                )
    return None


def _complaint_on_share(scene: _Scene) -> str | None:
    wrong, looks = scene.wrong[True]
    if looks and wrong > _SHARE * looks:
        return (
            f"over links that lose 55 % of the heartbeats and delay them by up to 150 ms, nodes that are up are "
            f"suspected for {wrong / looks:.1%} of the time: at most {_SHARE:.0%} is allowed."
        )
    return None


def _complaint_on_messages(world: World, scene: _Scene) -> str | None:
    """Complain of more or fewer messages than one heartbeat per peer and period."""
    for name in scene.names:
        sent = [event for event in world.trace.kinds("send") if event.node == name]
        up_ms = scene.end_ms - sum(
            min(end, scene.end_ms) - start for start, end in scene.down.get(name, ())
        )
        wanted = up_ms / _PERIOD_MS * (len(scene.names) - 1)
        if abs(len(sent) - wanted) > 0.05 * wanted + 3 * len(scene.names):
            return (
                f"{name!r} sends {len(sent):,} messages in {up_ms / 1_000:.0f} s: one heartbeat per peer and period "
                f"makes {wanted:,.0f}."
            )
    return None
