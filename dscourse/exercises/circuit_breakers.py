"""The predictions of chapter 09, and three exercises: a threshold, a pattern of failures, and waits with jitter."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from dscourse import sim
from dscourse.breaker import CircuitBreaker, ConsecutiveFailures, State
from dscourse.exercises.kit import Exercise, Prediction, Wrong
from dscourse.protocols.service_tiers import SheddingBack, Users
from dscourse.show import traffic

__all__ = ["EXERCISES", "PREDICTIONS", "calls_before_it_opens", "crowd_world"]

PREDICTIONS = (
    Prediction(
        "09.1",
        "A back end can serve 33 calls a second, and users bring 20. The two tiers before it try each call up to three times. The "
        "back end stands still for 3 s, and then works as before. When are users' requests answered again?",
        {
            "A": ("at once: the back end works again",
                  "It works, but on calls that wait in its queue since long, and whose callers have given up."),
            "B": ("after a few seconds, when the queue of 60 missed requests is served",
                  "This is what happens without retries. Here each missed request is up to nine calls, and new ones come faster than they are served."),
            "C": ("never, as long as users keep coming",
                  "This is so. Every call waits for longer than its caller, so every call is tried again, and that keeps the queue long."),
            "D": ("after some minutes: the queue is long, but it shrinks",
                  "It grows: 20 requests a second become 180 calls, and the back end serves 33."),
        },
        "C",
    ),
    Prediction(
        "09.2",
        "The same stall of 3 s. Now both tiers wait before they try again: up to 0.1 s, then up to 0.2 s, drawn at random, as "
        "everybody recommends. What changes?",
        {
            "A": ("the service comes back: the retries are spread out",
                  "Spread out, there are still as many of them in each second, because new requests keep coming."),
            "B": ("it comes back, but later than without retries",
                  "It does not come back: after the waits each request is still tried three times in each tier."),
            "C": ("nothing: it stays down",
                  "This is so. A wait puts a retry off, and does not take it away. Jitter helps where callers are in step with each other."),
            "D": ("it becomes worse: calls now wait in two places",
                  "The load on the back end is the same as before, to within a few calls."),
        },
        "C",
    ),
)  # fmt: skip


def crowd_world(wait_ms: Callable[[int], Any], callers: int = 100, attempts: int = 12) -> sim.World:
    """All ``callers`` call at the same moment, 1 s after the start; the back end serves 100 a second and sheds the rest.

    A caller that is refused waits for a time from the range ``wait_ms(attempt)`` and tries again.

    >>> crowd_world(lambda attempt: (0.0, 100.0), callers=3).nodes["back"].came
    3
    """
    policy = _Given(wait_ms, attempts)
    users = [
        Users(f"user {i}", "back", (1_000, 1_000), 1_001, policy, timeout_ms=500)  # type: ignore[arg-type]
        for i in range(callers)
    ]
    back = SheddingBack("back", room=8, servers=2, service_ms=(20.0, 20.0))
    return sim.World([*users, back], 1).run(130_000)


class _Given:
    """The retry policy of an answer."""

    def __init__(self, wait_ms: Callable[[int], Any], attempts: int) -> None:
        self._wait_ms, self._attempts = wait_ms, attempts

    def first(self) -> None:
        """Nothing to count."""

    def wait_ms(self, attempt: int) -> Any:
        return self._wait_ms(attempt) if attempt < self._attempts else None

    def clone(self) -> _Given:
        return self


# --- 09.3: a threshold ---------------------------------------------------------------------------

_SHARE, _A_DAY, _EVERY_MS, _MOST_MS = 0.1, 1_728_000, 50, 500


def calls_before_it_opens(share: float, limit: int) -> float:
    """The mean number of calls until ``limit`` failures in a row, if each call fails with probability ``share``.

    >>> calls_before_it_opens(0.5, 2)
    6.0
    """
    return (1 - share**limit) / ((1 - share) * share**limit)


def _judge_threshold(threshold: Any) -> Wrong | None:
    if not isinstance(threshold, int) or isinstance(threshold, bool) or threshold < 1:
        return Wrong(f"`threshold` must be a whole number, 1 or more, not {threshold!r:.40}.")
    a_day = _A_DAY / calls_before_it_opens(_SHARE, threshold)
    if a_day > 1:
        return Wrong(
            f"With {threshold} failures in a row the circuit opens {a_day:,.1f} times a day on average, although the service is well: "
            f"{threshold} of the calls that fail anyway come one after the other."
        )
    if threshold * _EVERY_MS > _MOST_MS:
        return Wrong(
            f"When the service dies, {threshold} calls must fail first. At 20 calls a second that takes {threshold * _EVERY_MS:,} ms."
        )
    return None


# --- 09.4: a pattern that a count does not see ---------------------------------------------------

_LIMIT = 5


def _judge_pattern(outcomes: Any) -> Wrong | None:
    if not isinstance(outcomes, list) or not all(isinstance(one, bool) for one in outcomes):
        return Wrong("`outcomes` must be a list of True (the call is good) and False (it fails).")
    if len(outcomes) != 100:
        return Wrong(f"`outcomes` has {len(outcomes)} calls: give 100.")
    failed = outcomes.count(False)
    if failed < 80:
        return Wrong(f"Only {failed} of 100 calls fail: at least 80 must.")
    opened = _opens_at(CircuitBreaker(ConsecutiveFailures(_LIMIT)), outcomes)
    if opened is not None:
        return Wrong(f"The circuit opens at call {opened}: it is the fifth failure in a row.")
    return None


def _opens_at(breaker: CircuitBreaker, outcomes: list[bool]) -> int | None:
    """The number, from 1, of the call that opens the circuit."""
    for number, ok in enumerate(outcomes, start=1):
        permit = breaker.allow(float(number))
        assert permit is not None
        breaker.record(permit, number + 0.5, ok)
        if breaker.state is State.OPEN:
            return number
    return None


# --- 09.5: waits ---------------------------------------------------------------------------------

_MOST_CALLS, _LAST_MS, _LONGEST_MS = 450, 4_000, 10_000


def _judge_waits(wait_ms: Any) -> Wrong | None:
    for attempt in range(1, 12):
        wait = wait_ms(attempt)
        numbers = isinstance(wait, tuple) and len(wait) == 2 and all(isinstance(n, int | float) for n in wait)  # fmt: skip
        if not numbers or not 0 <= wait[0] <= wait[1] <= _LONGEST_MS:
            return Wrong(
                f"`wait_ms({attempt})` is {wait!r:.60}: two numbers (shortest, longest) are required, from 0 to 10,000 ms."
            )
    world = crowd_world(lambda attempt: tuple(map(float, wait_ms(attempt))))
    return _judge_crowd(world)


def _judge_crowd(world: sim.World) -> Wrong | None:
    ended = [end for node in world.nodes.values() if isinstance(node, Users) for end in node.ended]
    calls = sorted(ms for node in world.nodes.values() if isinstance(node, Users) for ms in node.calls_ms)  # fmt: skip
    served = sum(end.ok for end in ended)
    last_s = (max(end.ended_ms for end in ended) - 1_000) / 1_000
    told = f"{served} of 100 callers are served, with {len(calls):,} calls; the last one ends after {last_s:.1f} s."
    until_ms = max(4_000, 100 * math.ceil(calls[-1] / 100 + 1))
    counts = [0] * (until_ms // 100)
    for ms in calls:
        counts[int(ms // 100)] += 1
    picture = traffic({"calls": counts}, step_ms=100, sentence=told, ylabel="calls in 0.1 s")
    if served < 100:
        return Wrong(f"{told} The others have used up their attempts: waits must grow.", picture)
    if last_s * 1_000 > _LAST_MS:
        return Wrong(f"{told} It should be 4 s. Do the same callers meet again and again?", picture)
    if len(calls) > _MOST_CALLS:
        return Wrong(
            f"{told} At most {_MOST_CALLS} calls are allowed: the first waits are too short.",
            picture,
        )
    return None


EXERCISES = (
    Exercise(
        id="09.3",
        title="Tweak: a threshold",
        name="threshold",
        stub="threshold = None\n",
        solution="threshold = 8\n",
        reasoning="A run of k failures, each with probability p, takes (1 - p^k) / ((1 - p) p^k) calls on average: 1.1 million for k = 6 "
        "and p = 0.1, which is less than a day of 1.7 million calls; 11 million for k = 7. And ten calls are made in half a second. So 7 "
        "to 10 will do. With p = 0.3 no threshold would: a rate over the last calls separates 30 % from 100 %, and a count of runs does not.",
        hints=(
            "How likely is it that k calls in a row fail, if each fails with probability 0.1? And how many calls are there a day?",
            "calls_before_it_opens(0.1, k) is the mean number of calls until k failures in a row.",
        ),
        judge=_judge_threshold,
        praise="Less than one false alarm a day, and a dead service is noticed within half a second.",
    ),
    Exercise(
        id="09.4",
        title="Break: fail, and never trip",
        name="outcomes",
        stub="outcomes = []\n",
        solution="outcomes = [False, False, False, False, True] * 20\n",
        reasoning="One good call in five starts the count again each time. A service that answers every fifth call is of no use to "
        "anybody, and its breaker never opens. A failure rate over a window of calls sees it: here it opens with the tenth call if "
        "the window and its minimum are 10 and the rate is 50 %.",
        hints=(
            "What does one good call do to a count of failures in a row?",
            "At most four failures may stand side by side, and 20 good calls are allowed.",
        ),
        judge=_judge_pattern,
        praise="80 calls in 100 fail, and the circuit stays closed. A rate over the last ten calls would have opened it.",
    ),
    Exercise(
        id="09.5",
        title="Fill in: who waits how long",
        name="wait_ms",
        stub="def wait_ms(attempt):\n    return (0, 0)\n",
        solution="def wait_ms(attempt):\n    return (0, min(10_000, 100 * 2 ** (attempt - 1)))\n",
        reasoning="Without jitter all who were refused wait equally long and come back together: of each crowd ten are served, and the "
        "next crowd is hardly smaller. Drawn from 0 to a bound that doubles, their calls spread, and they spread further the "
        "more often they are refused, so the load falls to what the back end can serve without anybody knowing what that is.",
        hints=(
            "The simulator draws from the range that you return. What do callers do that all draw from (200, 200)?",
            "Let the longest wait double with each attempt, up to 10,000 ms; begin with about 100 ms.",
        ),
        judge=_judge_waits,
        praise="The crowd spreads, everybody is served within 4 s, and few calls are made in vain.",
        names={},
        lines=2_000_000,
    ),
)
