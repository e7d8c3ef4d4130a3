"""Failure detectors as introductions write them: the versions to break.

`TickingDetector` counts misses by its own ticks. `TextbookPhi` keeps outages in its window, has no estimate before
two gaps, takes an unknown node for dead, and computes a tail that underflows: φ is infinite where the true value is
about 300.
"""

from __future__ import annotations

import math
from collections import deque

from dscourse.detectors.detector import positive, whole

__all__ = ["TextbookPhi", "TickingDetector"]


class TickingDetector:
    """A detector that counts the ticks that find the last heartbeat too old; at three the node is dead.

    >>> detector = TickingDetector(timeout_ms=100)
    >>> detector.heartbeat("a", 0)
    >>> [detector.tick("a", now) for now in (150, 151, 152)]  # three ticks in 2 ms
    [False, False, True]
    """

    def __init__(self, timeout_ms: float) -> None:
        self.timeout_ms = positive("timeout_ms", timeout_ms)
        self.last: dict[str, float] = {}
        self.missed: dict[str, int] = {}

    def heartbeat(self, node: str, now_ms: float) -> None:
        self.last[node] = now_ms

    def tick(self, node: str, now_ms: float) -> bool:
        """Look at the node now; True if it is taken for dead."""
        late = now_ms - self.last[node] > self.timeout_ms
        self.missed[node] = self.missed.get(node, 0) + 1 if late else 0
        return self.missed[node] >= 3


class TextbookPhi:
    """A φ detector with the logistic formula and a window that keeps every gap.

    >>> detector = TextbookPhi()
    >>> detector.phi("never heard of", 0), detector.heartbeat("a", 0), detector.phi("a", 1_000_000)
    (inf, None, 0.0)
    """

    def __init__(
        self, threshold: float = 8.0, window: int = 1_000, min_deviation_ms: float = 100.0
    ) -> None:
        self.threshold = positive("threshold", threshold)
        self.min_deviation_ms = positive("min_deviation_ms", min_deviation_ms)
        self.window = whole("window", window, "gap")
        self.last: dict[str, float] = {}
        self.gaps: dict[str, deque[float]] = {}

    def heartbeat(self, node: str, now_ms: float) -> None:
        if node in self.last:
            self.gaps[node].append(now_ms - self.last[node])
        else:
            self.gaps[node] = deque(maxlen=self.window)
        self.last[node] = now_ms

    def phi(self, node: str, now_ms: float) -> float:
        if node not in self.last:
            return math.inf
        gaps = self.gaps[node]
        if len(gaps) < 2:
            return 0.0
        mean = sum(gaps) / len(gaps)
        deviation = math.sqrt(sum((gap - mean) ** 2 for gap in gaps) / len(gaps))
        y = (now_ms - self.last[node] - mean) / max(deviation, self.min_deviation_ms)
        e = math.exp(min(700.0, -y * (1.5976 + 0.070566 * y * y)))  # exp(710) overflows a float
        later = e / (1 + e) if y > 0 else 1 - 1 / (1 + e)
        return abs(math.log10(later)) if later > 0 else math.inf

    def suspects(self, node: str, now_ms: float) -> bool:
        return self.phi(node, now_ms) > self.threshold
