"""Judge of 09.5: waits between retries that spread a crowd."""

from __future__ import annotations

import math
from typing import Any

from dscourse import sim
from dscourse.exercises.tasks import Wrong
from dscourse.experiments.circuit_breakers import crowd_world
from dscourse.protocols.service_tiers import Users
from dscourse.show import traffic

__all__ = ["LINES", "judge"]

LINES = 2_000_000

_MOST_CALLS, _LAST_MS, _LONGEST_MS = 450, 4_000, 10_000


def judge(wait_ms: Any) -> Wrong | None:
    for attempt in range(1, 12):
        wait = wait_ms(attempt)
        pair = isinstance(wait, tuple) and len(wait) == 2
        numbers = pair and all(isinstance(n, int | float) for n in wait)
        if not numbers or not 0 <= wait[0] <= wait[1] <= _LONGEST_MS:
            return Wrong(
                f"`wait_ms({attempt})` is {wait!r:.60}: two numbers (shortest, longest) are required, "
                "from 0 to 10,000 ms."
            )
    world = crowd_world(lambda attempt: tuple(map(float, wait_ms(attempt))))
    return _judge_crowd(world)


def _judge_crowd(world: sim.World) -> Wrong | None:
    callers = [node for node in world.nodes.values() if isinstance(node, Users)]
    ended = [end for caller in callers for end in caller.ended]
    calls = sorted(ms for caller in callers for ms in caller.calls_ms)
    served = sum(end.ok for end in ended)
    last_s = (max(end.ended_ms for end in ended) - 1_000) / 1_000
    sentence = (
        f"{served} of 100 callers are served, with {len(calls):,} calls; the last one ends "
        f"after {last_s:.1f} s."
    )
    until_ms = max(4_000, 100 * math.ceil(calls[-1] / 100 + 1))
    counts = [0] * (until_ms // 100)
    for ms in calls:
        counts[int(ms // 100)] += 1
    picture = traffic({"calls": counts}, step_ms=100, sentence=sentence, ylabel="calls in 0.1 s")
    if served < 100:
        return Wrong(
            f"{sentence} The others have used up their attempts: waits must grow.", picture
        )
    if last_s * 1_000 > _LAST_MS:
        return Wrong(
            f"{sentence} It should be 4 s. Do the same callers meet again and again?", picture
        )
    if len(calls) > _MOST_CALLS:
        return Wrong(
            f"{sentence} At most {_MOST_CALLS} calls are allowed: the first waits are too short.",
            picture,
        )
    return None
