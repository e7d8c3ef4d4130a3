"""The quality of failure detectors, measured on recorded heartbeats: detection time and mistakes.

Source: Chen, Toueg and Aguilera, "On the quality of service of failure detectors", IEEE Transactions on Computers
51(5), 2002, section 2: detection time (from the crash to the last transition to suspicion, 0 if that came before),
mistake rate, mistake duration, mistake recurrence time, good period, and query accuracy probability.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from dscourse.detectors.detector import Detector, positive

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_Pair = tuple[float, int]

__all__ = ["Heartbeats", "Quality", "deadlines", "for_good", "quality", "simulated"]


@dataclass(frozen=True, slots=True, eq=False)
class Heartbeats:
    """Heartbeats in the order of arrival: their numbers, from 1, and the times of sending and arrival (ms)."""

    number: NDArray[np.int64]
    sent_ms: Floats
    arrived_ms: Floats

    @classmethod
    def recorded(cls, columns: Mapping[str, NDArray[np.int64]]) -> Heartbeats:
        """Return the heartbeats of a recording, as `dscourse.datasets` loads it."""
        return cls(columns["number"] + 1, columns["sent_us"] / 1_000, columns["arrived_us"] / 1_000)

    def __len__(self) -> int:
        return len(self.number)


@dataclass(frozen=True, slots=True)
class Quality:
    """The quality of a detector on heartbeats of a node that was up throughout.

    ``detection_ms`` is the mean time from a crash to permanent suspicion, over crashes equally likely at any time of
    the run, and ``longest_ms`` the maximum; it is 0 for a crash while the node is already permanently suspected.
    ``mistakes`` counts the false suspicions, ``per_hour`` is their rate, ``mistake_ms`` their mean duration (0 if
    there are none), and ``accuracy`` is the share of time in which the answer is right.
    """

    detection_ms: float
    longest_ms: float
    mistakes: int
    per_hour: float
    mistake_ms: float
    accuracy: float

    @property
    def recurrence_ms(self) -> float:
        """The mean time from one mistake to the next; infinite if there are none."""
        return 3_600_000 / self.per_hour if self.mistakes else math.inf

    @property
    def good_ms(self) -> float:
        """The mean time from the end of a mistake to the next mistake; infinite if there are none."""
        return self.recurrence_ms - self.mistake_ms


def deadlines(detector: Detector, heartbeats: Heartbeats) -> Floats:
    """Return, for each heartbeat, the time of suspicion if no further heartbeat arrived."""
    import numpy as np

    found = np.empty(len(heartbeats))
    pairs = zip(heartbeats.arrived_ms.tolist(), heartbeats.number.tolist(), strict=True)
    for index, (now, number) in enumerate(pairs):
        detector.heartbeat(now, number)
        found[index] = detector.deadline
    return found


def quality(detector: Detector, heartbeats: Heartbeats, skip: int = 0) -> Quality:
    """Return the quality of a fresh detector on these heartbeats.

    The first ``skip`` heartbeats warm the detector up and are not judged. Crashes are judged from the sending of the
    next heartbeat to the sending of the last, answers from the arrival of the next one to the arrival of the last.
    After a crash, heartbeats in flight still arrive, and no others. Raises ValueError for fewer than two heartbeats
    to judge, or if all of them were sent or arrived at one instant.
    """
    import numpy as np

    if skip < 0 or len(heartbeats) < skip + 2:
        raise ValueError(
            f"{len(heartbeats)} heartbeats, of which {skip} are skipped: at least 2 must be left"
        )
    due, final = _followed(detector, heartbeats)
    due, final, arrived = due[skip:], final[skip:-1], heartbeats.arrived_ms[skip:]
    sent = np.sort(heartbeats.sent_ms)[skip:]
    if not arrived[-1] > arrived[0] or not sent[-1] > sent[0]:
        raise ValueError("all heartbeats came at once: there is no time in which to judge")
    wrong = np.maximum(arrived[1:] - np.maximum(due[:-1], arrived[:-1]), 0.0)
    goes_on = (due[1:-1] <= arrived[1:-1]) & (wrong[:-1] > 0)  # a heartbeat that ends no suspicion
    mistakes = int(np.count_nonzero(wrong[1:][~goes_on]) + (wrong[0] > 0))
    lasted = float(arrived[-1] - arrived[0])
    first, last = np.maximum(final - sent[:-1], 0.0), np.maximum(final - sent[1:], 0.0)
    return Quality(
        detection_ms=float(np.sum(first**2 - last**2)) / 2 / float(sent[-1] - sent[0]),
        longest_ms=float(np.max(first, where=sent[1:] > sent[:-1], initial=0.0)),
        mistakes=mistakes,
        per_hour=mistakes / lasted * 3_600_000,
        mistake_ms=float(wrong.sum()) / mistakes if mistakes else 0.0,
        accuracy=1 - float(wrong.sum()) / lasted,
    )


def for_good(detector: Detector, heartbeats: Heartbeats) -> Floats:
    """Return, in the order of sending, the time of permanent suspicion if that heartbeat were the last one sent.

    All heartbeats sent before it arrive, and none sent after it, whatever the order of arrival in the recording.
    """
    return _followed(detector, heartbeats)[1]


def _followed(detector: Detector, heartbeats: Heartbeats) -> tuple[Floats, Floats]:
    """Return the results of `deadlines` and of `for_good`; the detector hears each heartbeat once.

    If all that arrived until a heartbeat had been sent until then, the recording itself tells what comes after it.
    """
    import numpy as np

    pairs, departures = _course(heartbeats)
    due: list[float] = []

    def hear(until: int) -> None:
        for now, number in pairs[len(due) : until]:
            detector.heartbeat(now, number)
            due.append(detector.deadline)

    apart = {}
    for last, common, overtaken in departures:
        hear(common)
        late = detector.clone()  # some were overtaken by a later one, and now arrive without it
        for now, number in overtaken:
            late.heartbeat(now, number)
        apart[last] = max(late.deadline, late.last_ms)
    hear(len(pairs))
    found = np.maximum(np.array(due), heartbeats.arrived_ms)
    found[list(apart)] = list(apart.values())
    return np.array(due), found


@lru_cache(maxsize=1)  # many detectors hear the same heartbeats, one after the other
def _course(heartbeats: Heartbeats) -> tuple[list[_Pair], list[tuple[int, int, list[_Pair]]]]:
    """Return the time and number of each arrival, and the crashes after which others arrive than were recorded.

    Of each such crash: the index of the last heartbeat in the order of sending, how many arrive before any sent
    later, and those that arrive after them.
    """
    import numpy as np

    order, common = _arrangement(heartbeats)
    pairs = list(zip(heartbeats.arrived_ms.tolist(), heartbeats.number.tolist(), strict=True))
    departures = [
        (last, int(common[last]), [pairs[index] for index in _overtaken(order, last, common[last])])
        for last in np.flatnonzero(common <= np.arange(len(pairs))).tolist()
    ]
    return pairs, departures


def _arrangement(heartbeats: Heartbeats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return, in the order of sending, the index of each arrival, and how many arrive before any sent later."""
    import numpy as np

    count = len(heartbeats)
    order = np.argsort(heartbeats.sent_ms, kind="stable")
    rank = np.empty(count, dtype=np.int64)
    rank[order] = np.arange(count)
    furthest = np.maximum.accumulate(rank)
    return order, np.searchsorted(furthest, np.arange(count), side="right")


def _overtaken(order: NDArray[np.int64], last: int, before: int) -> list[int]:
    """Return the heartbeats sent up to index ``last`` that are not among the first ``before`` to arrive, in order."""
    found: list[int] = []
    missing, rank = last + 1 - before, last
    while len(found) < missing:
        if order[rank] >= before:
            found.append(int(order[rank]))
        rank -= 1
    return sorted(found)


def simulated(
    seed: int,
    count: int,
    interval_ms: float = 100.0,
    loss: float = 0.0,
    delay: Callable[[np.random.Generator, int], Floats] | None = None,
) -> Heartbeats:
    """Return the heartbeats of a node that sends one every ``interval_ms``; each is lost with probability ``loss``.

    ``delay(draws, n)`` returns n delays in ms; the default is log-normal with a median of 10 ms and a sigma of 0.5.
    The same seed gives the same heartbeats. Raises ValueError for an interval that is not above 0, an invalid loss,
    and delays that are negative or not finite.

    >>> len(simulated(seed=1, count=1_000, loss=0.1))
    902
    """
    import numpy as np

    if not 0 <= loss <= 1:
        raise ValueError(f"loss={loss!r}: a share from 0 to 1 is required")
    positive("interval_ms", interval_ms)
    draws = np.random.Generator(np.random.PCG64(seed))
    number = np.arange(1, count + 1)
    sent: Floats = interval_ms * number.astype(np.float64)
    late = delay(draws, count) if delay else np.exp(draws.normal(np.log(10.0), 0.5, count))
    if not np.all((late >= 0) & np.isfinite(late)):
        raise ValueError("delay(draws, n) gave a delay that is negative or not finite")
    kept = draws.random(count) >= loss
    order = np.argsort((sent + late)[kept], kind="stable")
    return Heartbeats(number[kept][order], sent[kept][order], (sent + late)[kept][order])
