"""Failure detectors: plain objects that take the time, in ms, as an argument.

detector   the common base: heartbeats, and a deadline for the next one
timeouts   `FixedTimeout`, `AdaptiveTimeout`
phi        `PhiAccrual`, over one of the tails `Normal`, `Exponential` and `Logistic`
monitor    `Monitor`: many nodes, with listeners for changes
quality    detection time, mistake rate and accuracy
suspicion  `suspicions`: the spans in which a detector suspects
textbook   the versions to break
"""

from __future__ import annotations

from dscourse.detectors.detector import Detector
from dscourse.detectors.monitor import Change, Monitor
from dscourse.detectors.phi import PhiAccrual
from dscourse.detectors.quality import Heartbeats, Quality, deadlines, for_good, quality, simulated
from dscourse.detectors.suspicion import suspicions
from dscourse.detectors.tails import Exponential, Logistic, Normal, Tail
from dscourse.detectors.textbook import TextbookPhi, TickingDetector
from dscourse.detectors.timeouts import AdaptiveTimeout, FixedTimeout
from dscourse.detectors.window import Window

__all__ = [
    "AdaptiveTimeout", "Change", "Detector", "Exponential", "FixedTimeout", "Heartbeats", "Logistic", "Monitor",
    "Normal", "PhiAccrual", "Quality", "Tail", "TextbookPhi", "TickingDetector", "Window", "deadlines", "for_good",
    "quality", "simulated", "suspicions",
]  # fmt: skip
