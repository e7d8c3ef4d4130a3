"""Judge of 09.5: waits between retries that spread a crowd, whether small or large."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from dscourse.exercises.judges.values import listed, number
from dscourse.exercises.tasks import Wrong
from dscourse.experiments.circuit_breakers import crowd_world
from dscourse.protocols.service_tiers import Users
from dscourse.show import Picture, traffic

__all__ = ["LINES", "judge"]

LINES = 2_000_000

Range = tuple[float, float]

_ATTEMPTS = 12
_LONGEST_MS = 10_000
_FEW, _FEW_MS = 15, 600
_CALLERS, _MOST_CALLS, _LAST_MS = 100, 450, 4_000
_MANY = 600


def judge(wait_ms: Any) -> Wrong | None:
    for attempt in range(1, _ATTEMPTS):
        if _range(wait_ms(attempt)) is None:
            return Wrong(
                f"`wait_ms({attempt})` is {wait_ms(attempt)!r:.60}: two numbers (shortest, longest) are required, "
                "from 0 to 10,000 ms."
            )
    return _judge_crowds(lambda attempt: _range(wait_ms(attempt)) or (0.0, 0.0))


def _range(wait: Any) -> Range | None:
    numbers = [number(one) for one in listed(wait, 3) or ()]
    if len(numbers) != 2 or numbers[0] is None or numbers[1] is None:
        return None
    shortest, longest = numbers[0], numbers[1]
    return (shortest, longest) if 0 <= shortest <= longest <= _LONGEST_MS else None


class _Crowd:
    """A crowd that has called with these waits."""

    def __init__(self, wait_ms: Callable[[int], Range], callers: int) -> None:
        nodes = crowd_world(wait_ms, callers, _ATTEMPTS).nodes.values()
        users = [node for node in nodes if isinstance(node, Users)]
        ended = [end for user in users for end in user.ended]
        self.calls_ms = sorted(ms for user in users for ms in user.calls_ms)
        self.failed = sum(not end.ok for end in ended)
        self.last_ms = max(end.ended_ms for end in ended) - 1_000
        self.sentence = (
            f"{callers - self.failed:,} of {callers:,} callers are served, with {len(self.calls_ms):,} calls; the "
            f"last one ends after {self.last_ms / 1_000:.1f} s."
        )

    def wrong(self, why: str) -> Wrong:
        return Wrong(f"{self.sentence} {why}", self._picture())

    def _picture(self) -> Picture:
        until_ms = max(4_000, 100 * math.ceil(self.calls_ms[-1] / 100 + 1))
        counts = [0] * (until_ms // 100)
        for ms in self.calls_ms:
            counts[int(ms // 100)] += 1
        return traffic(
            {"calls": counts}, step_ms=100, sentence=self.sentence, ylabel="calls in 0.1 s"
        )


def _judge_crowds(wait_ms: Callable[[int], Range]) -> Wrong | None:
    crowd = _Crowd(wait_ms, _CALLERS)
    if crowd.failed:
        return crowd.wrong("The others have used up their attempts: waits must grow.")
    if crowd.last_ms > _LAST_MS:
        return crowd.wrong("It should be 4 s. Do the same callers meet again and again?")
    if len(crowd.calls_ms) > _MOST_CALLS:
        return crowd.wrong(
            f"At most {_MOST_CALLS} calls are allowed: the first waits are too short."
        )
    few = _Crowd(wait_ms, _FEW)
    if few.last_ms > _FEW_MS:
        return few.wrong("It should be 0.6 s: a small crowd needs short first waits.")
    many = _Crowd(wait_ms, _MANY)
    if many.failed:
        return many.wrong(
            "The others have used up their attempts: the larger the crowd, the longer the waits must become."
        )
    return None
