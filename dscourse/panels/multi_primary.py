"""The panels of chapter 11: what survives of several users' writes, and two editors of one text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dscourse.node import Clock, cluster
from dscourse.panels.controls import choice, slider
from dscourse.panels.editors import Editors
from dscourse.panels.panel import Frame, Panel
from dscourse.protocols.conflict_rules import HybridLast, LastWriterWins, Siblings, lost_writes
from dscourse.protocols.multi_primary import MultiPrimary, shown
from dscourse.protocols.stores import StoreClient
from dscourse.show.timeline import Mark, timeline
from dscourse.show.traffic import Span
from dscourse.show.words import count
from dscourse.sim import Constant, Network, World
from dscourse.sim.streams import stream

__all__ = ["RULES", "editors", "fates", "lost_share", "survival_frame", "what_survives", "writers_world"]  # fmt: skip

RULES: dict[str, type[MultiPrimary]] = {
    "last writer wins": LastWriterWins,
    "hybrid clocks": HybridLast,
    "siblings": Siblings,
}
UNTIL_MS = 1_000
_USERS = ("Ann", "Bob", "Cleo", "Dan")
_KEY = "page"


def writers_world(
    rule: type[MultiPrimary],
    writers: int = 2,
    skew_ms: float = 0.0,
    delay_ms: float = 20.0,
    interval_ms: float = 100.0,
    seed: int = 1,
) -> World:
    """Some users who each write to one page at a primary of their own, about every ``interval_ms`` for a second.

    The clock of the first primary is ``skew_ms`` ahead; messages between primaries take ``delay_ms``.

    >>> len(writers_world(LastWriterWins).history.ok)
    20
    """
    names = [f"n{n}" for n in range(1, writers + 1)]
    users = [StoreClient(user, name) for user, name in zip(_USERS, names, strict=False)]
    primaries = cluster(rule, names, resend_ms=4 * delay_ms + 10)
    clocks = {"n1": Clock(skew_ms=skew_ms)}
    world = World([*users, *primaries], seed, Network(Constant(delay_ms)), clocks=clocks)
    for user in users:
        draws = stream(seed, "writes", user.id)
        times = sorted(UNTIL_MS * draws.random() for _ in range(round(UNTIL_MS / interval_ms)))
        for number, start_ms in enumerate(times, start=1):
            world.submit(user.id, [("write", _KEY, f"{user.id} {number}")], start_ms=start_ms)
    return world.run(until_ms=UNTIL_MS + 20 * delay_ms + 100)


def fates(world: World) -> dict[str, str]:
    """What became of each acknowledged write: "kept", "replaced" by a write whose primary held it, or "lost".

    >>> set(fates(writers_world(Siblings)).values()) == {"kept", "replaced"}
    True
    """
    primaries = {name: node for name, node in world.nodes.items() if isinstance(node, MultiPrimary)}
    lost = set()
    if all(isinstance(node, LastWriterWins) for node in primaries.values()):
        lost = set(lost_writes(world.history, {name: world.log(name) for name in primaries}))
    kept = {value for held in shown(primaries).values() for value in _listed(held.get(_KEY))}
    return {
        str(op.value): "lost" if op.id in lost else "kept" if op.value in kept else "replaced"
        for op in world.history.ok
    }


def _listed(held: Any) -> Iterable[Any]:
    return held if isinstance(held, tuple) else (held,)


def lost_share(
    rule: type[MultiPrimary], skew_ms: float, interval_ms: float = 100.0, runs: int = 20
) -> float:
    """The share of acknowledged writes of two users that are lost, over some seeds, messages taking 20 ms.

    >>> lost_share(Siblings, 500, runs=2)
    0.0
    """
    worlds = (writers_world(rule, 2, skew_ms, 20, interval_ms, seed) for seed in range(runs))
    found = [fate for world in worlds for fate in fates(world).values()]
    return found.count("lost") / len(found)


# --- what survives -------------------------------------------------------------------------------

_MARKS = {"kept": "good", "replaced": "refused", "lost": "bad"}
_MEANINGS = {
    "good": "there at the end",
    "bad": "lost: nobody who had it replaced it",
    "refused": "replaced by a write that had it",
}


def survival_frame(rule: str, writers: int, skew: int, delay: int, interval: int) -> Frame:
    """Each user's writes over a second, and what became of them."""
    world = writers_world(RULES[rule], writers, skew, delay, interval)
    became = fates(world)
    marks = _marks(world, became)
    told = list(became.values())
    share = told.count("lost") / len(told)
    users = {user: _lost_by(user, became) for user in marks}
    worst = max(users, key=lambda user: users[user])
    sentence = (
        f"{rule}: of {count(len(told), 'acknowledged write')} {told.count('replaced')} were replaced by a write that "
        f"had them, {told.count('lost')} are lost ({share:.0%}), and {told.count('kept')} "
        f"{'is' if told.count('kept') == 1 else 'are'} there at the end: {_names(world)}."
    )
    if users[worst]:
        sentence += f" {worst} lost the most: {users[worst]} of {len(marks[worst])}."
    rows: dict[str, list[Span]] = {user: [] for user in marks}
    picture = timeline(rows, until_ms=UNTIL_MS, sentence=sentence, marks=marks, meanings=_MEANINGS)
    return Frame.of(picture)


def _lost_by(user: str, became: Mapping[str, str]) -> int:
    """How many writes of this user are lost."""
    return sum(fate == "lost" for write, fate in became.items() if write.startswith(f"{user} "))


def _marks(world: World, became: Mapping[str, str]) -> dict[str, list[Mark]]:
    found: dict[str, list[Mark]] = {}
    for op in world.history.ok:
        begun = world.trace[op.invoked].time_ms
        mark = Mark(begun, _MARKS[became[str(op.value)]], f"{op.value}, at {begun:.0f} ms")
        found.setdefault(str(op.process), []).append(mark)
    return dict(sorted(found.items()))


def _names(world: World) -> str:
    """What the first primary shows at the end."""
    held = shown(world.nodes)["n1"][_KEY]
    return ", ".join(str(value) for value in _listed(held))


def what_survives() -> Panel:
    """The rule, the number of writers, the fast clock, the delay, and how often they write."""
    controls: dict[str, Any] = {
        "rule": choice("rule", list(RULES)),
        "writers": slider("writers", "", 2, 2, 4),
        "skew": slider("Ann ahead by", "ms", 100, 0, 1_000, 10),
        "delay": slider("delay", "ms", 20, 1, 200),
        "interval": slider("a write every", "ms", 100, 40, 500, 20),
    }
    return Panel(controls, survival_frame, "What was written, and what survived")


# --- two editors ---------------------------------------------------------------------------------


def editors() -> Editors:
    """Ann and Bob, who have edited one line while they could not reach each other."""
    panel = Editors(("Ann", "Bob"), "buy some milk")
    panel.cut()
    panel.type("Ann", "buy some milk and eggs")
    panel.type("Bob", "buy cold milk")
    return panel
