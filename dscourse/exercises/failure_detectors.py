"""The predictions of chapter 07, and its exercises: a threshold, an exact tail, a repaired window, misleading heartbeats."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from dscourse.detectors import FixedTimeout, Normal, PhiAccrual, TextbookPhi, quality
from dscourse.exercises.kit import Exercise, Prediction, Wrong
from dscourse.experiments.failure_detectors import INTERVAL_MS, arriving

__all__ = ["EXERCISES", "PREDICTIONS"]

PREDICTIONS = (
    Prediction(
        "07.1",
        "A node has sent a heartbeat every 100 ms for five seconds. Then it stops for 20 seconds, comes back, and beats as "
        "before for two seconds. Then it crashes. The textbook φ detector keeps every gap in its window. How soon does it "
        "suspect the crash?",
        {
            "A": ("about as soon as before the outage: one gap among seventy changes little",
                  "One gap of 20 seconds makes the standard deviation of seventy gaps of 100 ms more than two seconds."),
            "B": ("sooner: it has learnt that this node is unreliable",
                  "It learns what is usual. Long silences are now usual."),
            "C": ("more than ten seconds later than before",
                  "This is so: the outage is in the window, and makes silence look usual."),
            "D": ("never: φ cannot reach the threshold any more",
                  "It does in the end, since the silence grows without bound."),
        },
        "C",
    ),
    Prediction(
        "07.2",
        "φ = 8 means: a gap this long comes once in 10⁸ heartbeats. Heartbeats come every 50 ms, so that is once in two months. "
        "The detector with this threshold listens to a real process for two and a half minutes; the process runs all the time, "
        "but on a busy machine. How many wrong suspicions?",
        {
            "A": ("none: that would take two months",
                  "The number is right for gaps that are normally distributed. Those of a busy machine are not."),
            "B": ("a few",
                  "This is so. Gaps of a busy machine have a far heavier tail than the normal distribution."),
            "C": ("hundreds",
                  "The window adapts: it has learnt that gaps of a busy machine differ, and waits longer."),
            "D": ("none, because the deviation is measured: φ adapts to any machine",
                  "The deviation adapts, but not the shape: the tail is still taken to be that of a normal distribution."),
        },
        "B",
    ),
)  # fmt: skip


# --- 07.3: a threshold ---------------------------------------------------------------------------

_LOSS, _JITTER, _BEATS = 20, 40, 3_100
_MOST_MISTAKES, _MOST_MS = 12, 480.0


def _judge_threshold(threshold: Any) -> Wrong | None:
    number = isinstance(threshold, int | float) and not isinstance(threshold, bool)
    if not number or not 0.1 <= threshold <= 100:
        return Wrong(f"`threshold` must be a number from 0.1 to 100, not {threshold!r}.")
    detector = PhiAccrual(threshold, 100, 5, 0, INTERVAL_MS)
    found = quality(detector, arriving(_BEATS, _LOSS, _JITTER), 100)
    if found.mistakes > _MOST_MISTAKES:
        return Wrong(
            f"With φ = {threshold:g} the node is wrongly suspected {found.mistakes} times in five minutes: too hasty."
        )
    if found.detection_ms > _MOST_MS:
        return Wrong(
            f"With φ = {threshold:g} there are only {found.mistakes} mistakes, but a crash is suspected after "
            f"{found.detection_ms:.0f} ms: too late."
        )
    return None


# --- 07.4: φ at any distance ---------------------------------------------------------------------


def _judge_phi(phi: Any) -> Wrong | None:
    for y in (
        -6.0,
        -2.0,
        0.0,
        1.0,
        3.0,
        5.0,
        7.0,
        8.5,
        9.0,
        12.0,
        20.0,
        30.0,
        37.0,
        40.0,
        60.0,
        200.0,
    ):
        elapsed = 1_000 + 100 * y
        exact = Normal().phi(elapsed, 1_000, 100)
        got = phi(elapsed, 1_000, 100)
        if not isinstance(got, int | float) or math.isnan(got):
            return Wrong(f"phi({elapsed:g}, 1000, 100) gives {got!r}: it must be a number.")
        if math.isinf(got):
            return Wrong(
                f"phi({elapsed:g}, 1000, 100) is infinite, {y:g} deviations after the mean. It is {exact:.5g}: the "
                "probability became 0 before its logarithm was taken."
            )
        if abs(got - exact) > max(1e-6 * exact, 1e-12):
            return Wrong(
                f"phi({elapsed:g}, 1000, 100) gives {got:.6g}; -log10 of the normal tail {y:g} deviations after the mean "
                f"is {exact:.6g}."
            )
    return None


# --- 07.5: a window without outages ---------------------------------------------------------------


def _judge_detector(detector: Any) -> Wrong | None:
    if not (isinstance(detector, type) and issubclass(detector, TextbookPhi)):
        return Wrong("`SteadyPhi` must be a class derived from TextbookPhi.")
    return _judge_young(detector) or _judge_outage(detector) or _judge_slower(detector)


def _judge_young(kind: Any) -> Wrong | None:
    one = kind(8, 100, 10)
    one.heartbeat("a", 0)
    if one.suspects("a", 1_100):
        return Wrong(
            "After a single heartbeat the node is suspected 1,100 ms later, though heartbeats may come every second."
        )
    if not one.suspects("a", 60_000):
        return Wrong(
            f"A node that has sent one heartbeat and died is not suspected a minute later: φ is {one.phi('a', 60_000):g}. "
            "Assume something before there are gaps."
        )
    return None


def _judge_outage(kind: Any) -> Wrong | None:
    one = kind(8, 100, 10)
    times = [*range(0, 5_000, 100), *range(25_000, 27_000, 100)]
    for now in times:
        one.heartbeat("a", now)
    late = next((ms for ms in range(100, 60_000, 100) if one.suspects("a", times[-1] + ms)), None)
    if late is None or late > 3_000:
        told = "not within a minute" if late is None else f"only after {late:,} ms"
        return Wrong(
            f"Beats every 100 ms, an outage of 20 s, beats for 2 s, a crash: suspected {told}. The outage is still in the window."
        )
    return None


def _judge_slower(kind: Any) -> Wrong | None:
    """Gaps that become longer little by little, from 100 to 200 ms, must be learnt."""
    one = kind(8, 100, 10)
    now, wrong = 0.0, 0
    for number in range(1_000):
        gap = 100 + min(number, 800) / 8 + 8 * (number % 3)
        if number > 100 and one.suspects("a", now + gap):
            wrong += 1
        now += gap
        one.heartbeat("a", now)
    if wrong > 5:
        return Wrong(
            f"The gaps grow from 100 to 200 ms over 800 heartbeats, and the node is wrongly suspected {wrong} times: "
            "what is no outage must still be learnt."
        )
    return None


# --- 07.6: heartbeats that mislead φ -------------------------------------------------------------


def _judge_heartbeats(arrivals: Any) -> Wrong | None:
    if not isinstance(arrivals, list) or not all(
        isinstance(one, int | float) and not isinstance(one, bool) for one in arrivals
    ):
        return Wrong("`arrivals` must be a list of times in ms, as in [100, 200, 300].")
    if not 2 <= len(arrivals) <= 100:
        return Wrong(f"{len(arrivals)} heartbeats: give from 2 to 100.")
    if any(b < a for a, b in pairwise(arrivals)) or arrivals[0] < 0:
        return Wrong(
            "Times must not be negative, and none may be before the one that stands before it."
        )
    phi, fixed = PhiAccrual(8, 100, 10, 0, 100), FixedTimeout(100, 3)
    by_phi, by_fixed = 0, 0
    for now in arrivals:
        by_phi += phi.suspects(now)
        by_fixed += fixed.suspects(now)
        phi.heartbeat(now)
        fixed.heartbeat(now)
    if by_fixed:
        return Wrong(
            f"The fixed time-out of 300 ms is wrong as well, {by_fixed} times: no gap may be as long as that."
        )
    if not by_phi:
        return Wrong(
            f"φ is never wrong on these: at the end it takes gaps of {phi.usual[0]:.0f} ms, give or take {phi.usual[1]:.0f} ms, "
            "for usual."
        )
    return None


_NAMES: Mapping[str, Any] = {"TextbookPhi": TextbookPhi, "deque": deque, "math": math}

_STUB = """class SteadyPhi(TextbookPhi):
    def heartbeat(self, node, now_ms):
        if node in self.last:
            self.gaps[node].append(now_ms - self.last[node])
        else:
            self.gaps[node] = deque(maxlen=self.window)
        self.last[node] = now_ms
"""

_SOLUTION = """class SteadyPhi(TextbookPhi):
    def heartbeat(self, node, now_ms):
        if node not in self.last:
            self.gaps[node] = deque([750, 1250], maxlen=self.window)
        elif not self.suspects(node, now_ms):
            self.gaps[node].append(now_ms - self.last[node])
        self.last[node] = now_ms
"""

EXERCISES = (
    Exercise(
        id="07.3",
        title="Tweak: a threshold",
        name="threshold",
        stub="threshold = None\n",
        solution="threshold = 6\n",
        reasoning="On this network about one heartbeat in five is lost, so gaps of 200 and 300 ms are common, and the deviation "
        "of the window is large. A low φ trips at two lost in a row, a high one waits for four or five. In between lies what was asked for. "
        "On a network that loses nothing the same φ would find a crash far sooner.",
        hints=(
            "Move the second panel: loss 20 %, jitter 40 ms, detector φ, normal. Between which two settings must it lie?",
            "Setting 4 is φ = 5, setting 5 is φ = 8.",
        ),
        judge=_judge_threshold,
        praise="Quick enough, and wrong seldom enough.",
    ),
    Exercise(
        id="07.4",
        title="Fill in: φ that does not run out of numbers",
        name="phi",
        stub="def phi(elapsed, mean, deviation):\n    return 0.0\n",
        solution="from scipy.special import log_ndtr\n\n\n"
        "def phi(elapsed, mean, deviation):\n"
        "    return -log_ndtr((mean - elapsed) / deviation) / math.log(10)\n",
        reasoning="1 - F(t) is 0 from 8.3 deviations on, because F(t) differs from 1 by less than a float can tell: φ ends at "
        "about 16. The tail itself, `ndtr` of the negative distance, is exact down to 10⁻³⁰⁸, so φ up to 308 is safe. Its "
        "logarithm needs no such small number at all: `log_ndtr` computes it directly, at any distance.",
        hints=(
            "P(later) is the normal distribution function at (mean - elapsed) / deviation: the distance with its sign turned.",
            "scipy has that function's natural logarithm: log_ndtr. Divide by math.log(10).",
        ),
        judge=_judge_phi,
        praise="Exact from long before the mean to 200 deviations after it.",
        names={"math": math},
    ),
    Exercise(
        id="07.5",
        title="Repair: outages and young nodes",
        name="SteadyPhi",
        stub=_STUB,
        solution=_SOLUTION,
        reasoning="A gap at whose end the node was suspected is an outage, and says nothing of what is usual; leave it out. And "
        "begin with an estimate instead of nothing: two gaps around a second, so that there is a mean and a deviation from the "
        "first heartbeat on. Akka does both. What is no outage is still learnt, so a network that becomes slower little by "
        "little is followed; one that becomes slower at a stroke is an outage for ever, and needs a person.",
        hints=(
            "Which gaps are outages? Ask self.suspects(node, now_ms) before the gap goes into the window.",
            "A window that begins with two gaps, such as 750 and 1250 ms, gives a φ from the first heartbeat on.",
        ),
        judge=_judge_detector,
        praise="A young node is found out, an outage is not taken for usual, and slow change is followed.",
        names=_NAMES,
        lines=1_000_000,
    ),
    Exercise(
        id="07.6",
        title="Break: mislead φ",
        name="arrivals",
        stub="arrivals = []\n",
        solution="arrivals = [100 * n for n in range(1, 50)] + [5150]\n",
        reasoning="φ learns what is usual. After fifty heartbeats that came to the millisecond, a gap of 250 ms is many deviations "
        "away, and φ is far above 8; the fixed time-out of 300 ms does not care. That is why a least deviation and an acceptable "
        "pause are settings of every φ detector in use: a network that has been quiet for an hour may still hiccup.",
        hints=(
            "What does φ take for usual after many heartbeats that came exactly on time?",
            "Then let one come later than φ expects, but earlier than 300 ms after the last.",
        ),
        judge=_judge_heartbeats,
        praise="A node that was up all the time, and only φ was wrong.",
    ),
)
