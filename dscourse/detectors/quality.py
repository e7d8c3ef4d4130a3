"""How good is a failure detector? Soon enough, and seldom wrong: measured on heartbeats that did arrive.

Source: Chen, Toueg and Aguilera, "On the quality of service of failure detectors", IEEE Transactions on Computers
51(5), 2002, section 2: detection time, mistake rate, mistake duration, and query accuracy probability.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dscourse.detectors.detector import Detector

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Heartbeats", "Quality", "deadlines", "quality", "simulated"]


@dataclass(frozen=True, slots=True)
class Heartbeats:
    """Heartbeats that arrived, in the order of their arrival: their numbers from 1 on, and when (ms)."""

    number: NDArray[np.int64]
    sent_ms: Floats
    arrived_ms: Floats

    @classmethod
    def recorded(cls, columns: Mapping[str, NDArray[np.int64]]) -> Heartbeats:
        """Those of a recording, as `dscourse.datasets` loads it."""
        return cls(columns["number"] + 1, columns["sent_us"] / 1_000, columns["arrived_us"] / 1_000)

    def __len__(self) -> int:
        return len(self.number)


@dataclass(frozen=True, slots=True)
class Quality:
    """What a detector made of heartbeats that all came from a node that was up.

    ``detection_ms`` is how long after a crash the node is suspected for good, on average over all moments at which it
    might have crashed, and ``longest_ms`` at the worst of them. ``mistakes`` counts suspicions of the node while it
    was up, ``per_hour`` how many that are in an hour, ``mistake_ms`` how long they last on average (0 if there are
    none), and ``accuracy`` is the share of time at which the answer is right.
    """

    detection_ms: float
    longest_ms: float
    mistakes: int
    per_hour: float
    mistake_ms: float
    accuracy: float


def deadlines(detector: Detector, heartbeats: Heartbeats) -> Floats:
    """After each of these heartbeats, when the node would be suspected if no further one came."""
    import numpy as np

    found = np.empty(len(heartbeats))
    pairs = zip(heartbeats.arrived_ms.tolist(), heartbeats.number.tolist(), strict=True)
    for place, (now, number) in enumerate(pairs):
        detector.heartbeat(now, number)
        found[place] = detector.deadline
    return found


def quality(detector: Detector, heartbeats: Heartbeats, skip: int = 0) -> Quality:
    """The quality of a fresh detector on these heartbeats.

    The first ``skip`` are heard but not judged, so that the detector has warmed up. ValueError for fewer than two
    heartbeats to judge.
    """
    import numpy as np

    if len(heartbeats) < skip + 2:
        raise ValueError(
            f"{len(heartbeats)} heartbeats, of which {skip} are skipped: at least 2 must be left"
        )
    due = deadlines(detector, heartbeats)[skip:]
    sent, arrived = heartbeats.sent_ms[skip:], heartbeats.arrived_ms[skip:]
    wrong = np.maximum(arrived[1:] - np.maximum(due[:-1], arrived[:-1]), 0.0)
    mistakes = int(np.count_nonzero(wrong))
    lasted = float(arrived[-1] - arrived[0])
    middle = (sent[:-1] + sent[1:]) / 2  # crashes come at any time between two heartbeats
    return Quality(
        detection_ms=float(np.mean(due[:-1] - middle)),
        longest_ms=float(np.max(due[:-1] - sent[:-1])),
        mistakes=mistakes,
        per_hour=mistakes / lasted * 3_600_000,
        mistake_ms=float(wrong.sum()) / mistakes if mistakes else 0.0,
        accuracy=1 - float(wrong.sum()) / lasted,
    )


def simulated(
    seed: int,
    count: int,
    interval_ms: float = 100.0,
    loss: float = 0.0,
    delay: Callable[[np.random.Generator, int], Floats] | None = None,
) -> Heartbeats:
    """Heartbeats of a node that sends one every ``interval_ms``, of which a share ``loss`` is lost.

    ``delay(draws, n)`` gives n delays in ms; log-normal ones with a median of 10 ms and a sigma of 0.5 if left out.
    The same seed gives the same heartbeats.

    >>> len(simulated(seed=1, count=1_000, loss=0.1))
    902
    """
    import numpy as np

    draws = np.random.Generator(np.random.PCG64(seed))
    number = np.arange(1, count + 1)
    sent: Floats = interval_ms * number.astype(np.float64)
    late = delay(draws, count) if delay else np.exp(draws.normal(np.log(10.0), 0.5, count))
    kept = draws.random(count) >= loss
    order = np.argsort((sent + late)[kept], kind="stable")
    return Heartbeats(number[kept][order], sent[kept][order], (sent + late)[kept][order])
