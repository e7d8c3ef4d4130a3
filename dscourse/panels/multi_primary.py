"""The panels of chapter 11: the fate of concurrent users' writes, and two editors of one text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dscourse.core.wording import count
from dscourse.experiments.multi_primary import (
    RULES,
    UNTIL_MS,
    fates,
    lost_by,
    values_at_end,
    writers_world,
)
from dscourse.panels.controls import choice, slider
from dscourse.panels.editors import Editors
from dscourse.panels.panel import Frame, Panel
from dscourse.show.timeline import Mark, timeline
from dscourse.show.traffic import Span
from dscourse.sim import World

__all__ = ["editors", "survival", "survival_frame"]


# --- what survives -------------------------------------------------------------------------------

_MARKS = {"kept": "good", "replaced": "refused", "lost": "bad"}
_MEANINGS = {
    "good": "there at the end",
    "bad": "lost: no primary that had it replaced it",
    "refused": "replaced at a primary that had it",
}


def survival_frame(
    rule: str, writers: int, skew: int, delay: int, interval: int, seed: int = 1
) -> Frame:
    """Draw each user's writes over 1 s, each marked as kept, replaced or lost."""
    world = writers_world(RULES[rule], writers, skew, delay, interval, seed)
    fate_of = fates(world)
    marks = _marks(world, fate_of)
    outcomes = list(fate_of.values())
    share = outcomes.count("lost") / len(outcomes)
    users = {user: lost_by(user, fate_of) for user in marks}
    worst = max(users, key=lambda user: users[user])
    sentence = (
        f"{rule}: of {count(len(outcomes), 'acknowledged write')} {outcomes.count('replaced')} were replaced "
        f"by a write that had them, {outcomes.count('lost')} are lost ({share:.0%}), and {outcomes.count('kept')} "
        f"{'is' if outcomes.count('kept') == 1 else 'are'} there at the end: "
        f"{', '.join(map(str, values_at_end(world)))}."
    )
    if users[worst]:
        sentence += f" {worst} lost the most: {users[worst]} of {len(marks[worst])}."
    rows: dict[str, list[Span]] = {user: [] for user in marks}
    picture = timeline(rows, until_ms=UNTIL_MS, sentence=sentence, marks=marks, meanings=_MEANINGS)
    return Frame.of(picture)


def _marks(world: World, fate_of: Mapping[str, str]) -> dict[str, list[Mark]]:
    marks: dict[str, list[Mark]] = {}
    for op in world.history.ok:
        begun = world.trace[op.invoked].time_ms
        mark = Mark(begun, _MARKS[fate_of[str(op.value)]], f"{op.value}, at {begun:.0f} ms")
        marks.setdefault(str(op.process), []).append(mark)
    return dict(sorted(marks.items()))


def survival() -> Panel:
    """Build the panel: the rule, the number of writers, the clock skew, the delay, the write interval, the seed."""
    controls: dict[str, Any] = {
        "rule": choice("rule", list(RULES)),
        "writers": slider("writers", "", 2, 2, 4),
        "skew": slider("Ann ahead by", "ms", 100, 0, 1_000, 10),
        "delay": slider("delay", "ms", 20, 1, 200),
        "interval": slider("a write every", "ms", 100, 40, 500, 20),
        "seed": slider("seed", "", 1, 1, 40),
    }
    return Panel(controls, survival_frame, "What was written, and what survived")


# --- two editors ---------------------------------------------------------------------------------


def editors() -> Editors:
    """Build the editors of Ann and Bob, who have edited one line while the network was cut."""
    panel = Editors(("Ann", "Bob"), "buy some milk")
    panel.cut()
    panel.type("Ann", "buy some milk and eggs")
    panel.type("Bob", "buy cold milk")
    return panel
